from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .commands import CommandCase

LOGGER = "odoo.addons.gatehouse.models.command"


@tagged("post_install", "-at_install")
class TestCommands(CommandCase):
    """The inbox: each command once, each on its own."""

    def test_a_command_that_comes_again_is_a_duplicate_and_changes_nothing(self):
        command = self.command("milestone", **self.milestone("m1", "DELIVERED", 10))
        self.assertEqual(self.apply(command), [{"id": command["id"], "state": "applied"}])
        self.assertEqual(self.apply(command, command), [{"id": command["id"], "state": "duplicate"}] * 2)
        self.assertEqual(len(self.picking.gatehouse_milestone_ids), 1)

    def test_one_that_is_rejected_leaves_its_neighbours_alone(self):
        good = self.command("estimate", at="2026-11-22T10:00:00.000Z", promised_late=True)
        bad = self.command("milestone", uid="m1", code="DELIVERED", classifier="ACTUAL", occurred_at="yesterday", recorded_at="2026-11-20T23:00:00.000Z")
        last = self.command("delivered", at="2026-11-22T10:00:00.000Z")
        self.assertEqual([answer["state"] for answer in self.apply(good, bad, last)], ["applied", "rejected", "applied"])
        self.assertEqual((str(self.picking.gatehouse_eta), self.picking.gatehouse_late), ("2026-11-22 10:00:00", True))
        self.assertTrue(self.picking.gatehouse_delivered_at)
        self.assertFalse(self.picking.gatehouse_milestone_ids)
        row = self.env["gatehouse.command"].search([("command", "=", bad["id"])])
        self.assertEqual((row.state, row.error, row.company_id), ("rejected", "occurred_at is no time.", self.company))

    def test_one_that_was_rejected_is_carried_out_when_what_stood_against_it_is_mended(self):
        command = self.command("validate", lines=[{"product_id": self.product.id, "quantity": 10}])
        command["record_id"] = 2**31 - 1
        self.assertEqual(self.apply(command)[0]["state"], "rejected")
        command["record_id"] = self.picking.id
        self.assertEqual(self.apply(command)[0]["state"], "applied")
        self.assertEqual(self.apply(command)[0]["state"], "duplicate")

    @mute_logger(LOGGER)
    def test_a_handler_that_fails_half_way_leaves_nothing_behind(self):
        original = type(self.picking)._gatehouse_apply_estimate

        def fail(picking, values):
            original(picking, values)
            raise KeyError("half way")

        command = self.command("estimate", at="2026-11-22T10:00:00.000Z", promised_late=False)
        with patch.object(type(self.picking), "_gatehouse_apply_estimate", fail):
            (answer,) = self.apply(command)
        self.assertEqual(answer["state"], "rejected")
        self.assertIn("half way", answer["error"])
        self.assertFalse(self.picking.gatehouse_eta)
        self.assertEqual(self.apply(command)[0]["state"], "applied")

    def test_a_conflict_with_another_transaction_is_left_to_odoo_which_runs_all_of_it_anew(self):
        with patch.object(type(self.picking), "_gatehouse_apply_estimate", side_effect=psycopg2.errors.SerializationFailure("x")):
            with self.assertRaises(psycopg2.OperationalError):
                self.apply(self.command("estimate", at=None))

    def test_only_the_group_may(self):
        with self.assertRaises(AccessError):
            self.env["gatehouse.command"].with_user(self.clerk).apply_commands([])
        with self.assertRaises(AccessError):
            self.env["gatehouse.command"].with_user(self.bot).search([]).mapped("state")

    def test_records_of_a_company_the_user_does_not_belong_to_are_out_of_reach(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        picking = self.env["stock.picking"].create({
            "picking_type_id": warehouse.out_type_id.id, "location_id": warehouse.lot_stock_id.id, "location_dest_id": self.env.ref("stock.stock_location_customers").id,
        })
        self.assertIn("company", self.refused("delivered", picking, at=None))
        self.bot.company_ids += other
        self.do("delivered", picking, at="2026-11-22T10:00:00.000Z")

    def test_what_is_no_command_is_told_and_what_is_no_list_is_refused(self):
        answers = self.apply({"id": "a"}, 7, {**self.command("estimate"), "values": None}, self.command("unheard_of"), {**self.command("delivered"), "model": "res.users"})
        self.assertEqual({answer["state"] for answer in answers}, {"rejected"})
        self.assertIn("unheard_of", answers[3]["error"])
        with self.assertRaises(UserError):
            self.inbox.apply_commands(None)

    def test_a_topic_never_reaches_a_method_of_another_name(self):
        for topic in ("_", "cost__x", "COST", "a-b", "cost\n"):
            self.assertEqual(self.apply({**self.command("cost"), "topic": topic})[0]["state"], "rejected")

    def test_an_earlier_statement_that_comes_late_undoes_nothing(self):
        self.do("status", status="DELIVERED", at="2026-11-22T10:00:00.000Z", version=7)
        self.do("status", status="IN_TRANSIT", at="2026-11-21T10:00:00.000Z", version=6)
        self.do("exception_closed", uid="x1", version=4)
        self.do("exception", uid="x1", kind="DAMAGE", severity="HIGH", title="Broken", version=3)
        self.assertEqual(self.picking.gatehouse_status, "DELIVERED")
        self.assertFalse(self.picking.gatehouse_exception)
        self.do("status", status="RETURNED", at="2026-11-23T10:00:00.000Z", version=8)
        self.assertEqual(self.picking.gatehouse_status, "RETURNED")

    def test_what_a_command_changes_is_told_as_the_effect_of_gatehouse(self):
        self.commit()
        command = {**self.command("validate", lines=[{"product_id": self.product.id, "quantity": 10}]), "correlation_id": "c-1"}
        self.apply(command)
        rows = self.commit()
        self.assertEqual({row.topic for row in rows} & {"delivery", "order", "stock"}, {"delivery", "order", "stock"})
        self.assertEqual({(row.origin, row.correlation_id) for row in rows}, {("gatehouse", "c-1")})

    def test_what_is_shown_of_transport_alone_is_told_to_nobody(self):
        self.commit()
        self.do("milestone", **self.milestone("m1", "DELIVERED", 10))
        self.do("status", status="DELIVERED")
        self.do("estimate", at=None, promised_late=False)
        self.do("appointment", at="2026-11-22T10:00:00.000Z", dock="D1", state="CONFIRMED")
        self.assertFalse(self.commit())

    def test_old_commands_are_removed(self):
        self.do("status", status="DELIVERED")
        self.env.cr.execute("UPDATE gatehouse_command SET arrived_at = arrived_at - interval '200 days'")
        self.do("status", status="DELIVERED")
        self.assertEqual(self.env["gatehouse.command"]._gc_commands(), 1)
