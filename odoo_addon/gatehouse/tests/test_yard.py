from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .commands import CommandCase


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@tagged("post_install", "-at_install")
class TestYard(CommandCase):
    """What docks and yards say of a transfer: when it is planned, and who came."""

    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now().replace(microsecond=0)
        self.planned = self.picking.scheduled_date
        self.deadline = self.picking.date_deadline
        self.first, self.second = self.now + timedelta(days=1), self.now + timedelta(days=2)

    def appoint(self, at, schedule=None, **values):
        self.do("appointment", at=iso(at) if at else None, dock="D1", state="SCHEDULED", schedule=iso(schedule) if schedule else None, **values)

    def arrive(self, state, uid="v1", **values):
        self.do("arrival", uid=uid, state=state, carrier="DSV", trailer="TR-1", checked_in_at=iso(self.now), **values)

    def receipt(self):
        """Of two products, five each."""
        order = self.purchase(5)
        line = {"product_id": self._make_product("Gatehouse Lid").id, "product_qty": 5, "price_unit": 4.0, self.tax_field("purchase.order.line"): [(6, 0, [])]}
        order.write({"order_line": [(0, 0, line)]})
        order.button_confirm()
        return order.picking_ids

    def notes(self):
        return self.picking.message_ids.filtered(lambda message: message.subtype_id == self.env.ref("mail.mt_note") and "TR-1" in (message.body or ""))

    # The plan

    def test_a_transfer_is_planned_for_its_appointment_and_its_deadline_stays(self):
        self.appoint(self.first, self.first)
        self.assertEqual(self.picking.scheduled_date, self.first)
        self.appoint(self.second, self.second)
        self.assertEqual(self.picking.scheduled_date, self.second)
        self.assertEqual(self.picking.date_deadline, self.deadline)
        self.appoint(None)
        self.assertEqual((self.picking.scheduled_date, self.picking.date_deadline), (self.planned, self.deadline))

    def test_each_line_of_a_receipt_is_planned_as_before_when_the_appointment_is_gone(self):
        receipt = self.receipt()
        receipt.move_ids[0].date = self.now + timedelta(days=5)
        before = {move.id: (move.date, move.date_deadline) for move in receipt.move_ids}
        self.do("appointment", receipt, at=iso(self.first), dock="D1", state="SCHEDULED", schedule=iso(self.first))
        self.assertEqual(set(receipt.move_ids.mapped("date")), {self.first})
        self.do("appointment", receipt, at=None, schedule=None)
        self.assertEqual({move.id: (move.date, move.date_deadline) for move in receipt.move_ids}, before)

    def test_an_appointment_that_plans_nothing_is_shown_alone(self):
        self.do("appointment", at=iso(self.first), dock="D1", state="SCHEDULED")
        self.assertEqual((self.picking.gatehouse_appointment_at, self.picking.scheduled_date), (self.first, self.planned))

    def test_a_date_that_somebody_changed_by_hand_stays_until_the_appointment_is_to_be_followed_again(self):
        self.appoint(self.first, self.first)
        by_hand = self.now + timedelta(days=7)
        self.picking.scheduled_date = by_hand
        self.appoint(self.second, self.second)
        self.assertEqual(self.picking.scheduled_date, by_hand)
        self.assertTrue(self.picking.gatehouse_schedule_differs)
        self.assertEqual(len(self.picking.message_ids.filtered(lambda message: "by hand" in (message.body or ""))), 1)
        self.appoint(None)
        self.assertEqual(self.picking.scheduled_date, by_hand)
        self.assertFalse(self.picking.gatehouse_schedule_differs)
        self.appoint(self.second, self.second)
        self.picking.action_gatehouse_follow_appointment()
        self.assertEqual(self.picking.scheduled_date, self.second)
        self.appoint(self.first, self.first)
        self.assertEqual(self.picking.scheduled_date, self.first)
        self.appoint(None)
        self.assertEqual(self.picking.scheduled_date, self.planned)

    def test_a_line_that_is_added_later_is_planned_with_the_others(self):
        receipt = self.receipt()
        self.do("appointment", receipt, at=iso(self.first), state="SCHEDULED", schedule=iso(self.first))
        added = receipt.move_ids[0].copy({"picking_id": receipt.id, "date": self.now + timedelta(days=9)})
        added._action_confirm(merge=False)
        self.do("appointment", receipt, at=iso(self.second), state="SCHEDULED", schedule=iso(self.second))
        self.assertEqual(set(receipt.move_ids.mapped("date")), {self.second})

    def test_what_stays_behind_is_planned_as_before_when_the_appointment_is_gone(self):
        receipt = self.receipt()
        before = receipt.scheduled_date
        self.do("appointment", receipt, at=iso(self.first), state="SCHEDULED", schedule=iso(self.first))
        lines = [{"product_id": product.id, "quantity": 3} for product in receipt.move_ids.product_id]
        self.do("validate", receipt, lines=lines, backorder=True)
        rest = receipt.backorder_ids
        self.assertEqual((sum(rest.move_ids.mapped("product_uom_qty")), rest.scheduled_date), (4, self.first))
        self.do("appointment", rest, at=iso(self.second), state="SCHEDULED", schedule=iso(self.second))
        self.assertEqual(rest.scheduled_date, self.second)
        self.do("appointment", rest, at=None, schedule=None)
        self.assertEqual(rest.scheduled_date, before)

    def test_what_stays_behind_keeps_the_date_that_somebody_changed_by_hand(self):
        receipt = self.receipt()
        self.do("appointment", receipt, at=iso(self.first), state="SCHEDULED", schedule=iso(self.first))
        by_hand = self.now + timedelta(days=7)
        receipt.scheduled_date = by_hand
        lines = [{"product_id": product.id, "quantity": 3} for product in receipt.move_ids.product_id]
        self.do("validate", receipt, lines=lines, backorder=True)
        self.do("appointment", receipt.backorder_ids, at=iso(self.second), state="SCHEDULED", schedule=iso(self.second))
        self.assertEqual(receipt.backorder_ids.scheduled_date, by_hand)

    def test_what_is_done_keeps_its_date(self):
        self.do("validate", lines=[], backorder=True)
        done = self.picking.scheduled_date
        self.appoint(self.first, self.first)
        self.assertEqual((self.picking.scheduled_date, self.picking.gatehouse_appointment_at), (done, self.first))
        self.assertFalse(self.picking.gatehouse_schedule_differs)

    def test_a_statement_that_comes_late_plans_nothing(self):
        self.appoint(self.second, self.second, version=2)
        self.appoint(self.first, self.first, version=1)
        self.assertEqual(self.picking.scheduled_date, self.second)

    # Trucks

    def test_an_arrival_is_told_once_however_often_it_is_stated(self):
        self.arrive("CHECKED_IN")
        self.arrive("CHECKED_IN", dock="D4")
        self.arrive("CHECKED_IN", dock="D4")
        self.assertEqual(len(self.notes()), 1)
        self.assertEqual(self.picking.activity_ids, self.picking.gatehouse_arrival_ids.activity_id)
        self.arrive("AT_DOCK", dock="D4", at_dock_at=iso(self.now))
        self.assertEqual((len(self.notes()), len(self.picking.activity_ids)), (2, 1))
        self.assertIn("D4", self.picking.activity_ids.summary)
        self.arrive("CHECKED_OUT", left_at=iso(self.now))
        self.assertEqual(len(self.notes()), 3)
        self.assertFalse(self.picking.activity_ids)
        self.assertEqual(self.picking.gatehouse_arrival_count, 1)

    def test_what_is_taken_back_is_shown_no_more_and_not_told_again(self):
        self.arrive("CHECKED_IN")
        self.do("arrival", uid="v1", retracted=True)
        self.do("arrival", uid="never told", retracted=True)
        self.assertFalse(self.picking.activity_ids)
        self.assertEqual(self.picking.gatehouse_arrival_count, 0)
        self.arrive("CHECKED_IN")
        self.assertEqual((self.picking.gatehouse_arrival_count, len(self.notes())), (1, 1))

    def test_a_truck_that_did_not_come_is_an_activity(self):
        self.do("arrival", uid="a1", state="NO_SHOW", carrier="TR-1", expected_at=iso(self.now))
        self.assertEqual((len(self.notes()), len(self.picking.activity_ids)), (1, 1))
        self.assertIn("vanished", self.refused("arrival", uid="a1", state="vanished"))

    def test_nobody_is_told_of_history_or_where_that_is_not_wanted(self):
        self.do("arrival", uid="v0", state="CHECKED_IN", trailer="TR-1", checked_in_at=iso(self.now - timedelta(days=9)))
        self.company.gatehouse_arrival_alerts = "none"
        self.arrive("CHECKED_IN")
        self.assertFalse(self.notes() or self.picking.activity_ids)
        self.company.gatehouse_arrival_alerts = "note"
        self.arrive("AT_DOCK")
        self.assertTrue(self.notes())
        self.assertFalse(self.picking.activity_ids)

    def test_who_looks_after_several_transfers_of_a_truck_is_notified_once(self):
        other = self.order()
        other.action_confirm()
        sent = []
        self.patch(type(self.env["bus.bus"]), "_sendone", lambda _self, target, kind, message: sent.append((target, kind)))
        self.arrive("CHECKED_IN")
        self.do("arrival", other.picking_ids, uid="v1", state="CHECKED_IN", trailer="TR-1", checked_in_at=iso(self.now))
        notified = [target for target, kind in sent if kind == "simple_notification"]
        self.assertEqual(len(notified), len(set(notified)))
        self.assertTrue(notified)

    def test_an_estimate_is_told_when_it_differs_beyond_the_tolerance(self):
        receipt = self.receipt()

        def estimate(at):
            self.do("estimate", receipt, at=iso(at) if at else None, promised_late=False)
            return len(receipt.message_ids.filtered(lambda message: "instead of" in (message.body or "")))

        self.do("appointment", receipt, at=iso(self.first), state="SCHEDULED", schedule=iso(self.first))
        self.assertEqual(estimate(self.first + timedelta(minutes=50)), 0)
        self.assertEqual(estimate(self.first + timedelta(minutes=90)), 1)
        self.assertEqual(estimate(self.first + timedelta(minutes=90)), 1)
        self.assertEqual(estimate(self.first + timedelta(minutes=60)), 1)
        self.assertEqual(estimate(None), 1)
        self.assertEqual(estimate(self.first), 2)
        self.company.gatehouse_eta_tolerance = 0
        self.assertEqual(estimate(self.second), 2)

    # What was counted

    def test_what_was_counted_is_shown_and_moves_nothing(self):
        line = {"name": self.product.display_name, "product_id": self.product.id, "counted": 4, "expected": 10, "unit": "Units"}
        self.do("progress", lines=[line, {"name": "Pallets", "counted": "1.5", "unit": "PALLET"}])
        self.assertEqual((self.picking.gatehouse_counted, self.picking.gatehouse_counted_text, self.picking.state), (40, "40 %", "assigned"))
        self.do("progress", lines=[{**line, "counted": 12}])
        self.assertEqual((self.picking.gatehouse_count_ids.mapped("counted"), self.picking.gatehouse_counted), ([12], 100))
        self.do("progress", lines=[])
        self.assertFalse(self.picking.gatehouse_count_ids or self.picking.gatehouse_counted_text)
        self.assertIn("no whole number", self.refused("progress", lines=[{**line, "product_id": "x"}]))

    def test_more_than_demanded_is_received_where_somebody_accepted_it(self):
        receipt = self.receipt()
        first, second = receipt.move_ids.product_id
        lines = [{"product_id": first.id, "quantity": 7}, {"product_id": second.id, "quantity": 5}]
        self.assertIn("more than", self.refused("validate", receipt, lines=lines, backorder=True))
        self.do("validate", receipt, lines=lines, backorder=True, over=True)
        self.assertEqual(receipt.state, "done")
        self.assertEqual(sum(receipt.move_ids.filtered(lambda move: move.product_id == first and move.state == "done").mapped("quantity")), 7)
