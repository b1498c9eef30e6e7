from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import GatehouseCase


@tagged("post_install", "-at_install", "gatehouse")
class TestOutbox(GatehouseCase):
    def test_a_rollback_leaves_nothing(self):
        self.commit()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order = self.order()
            self.env.cr.flush()
            self.assertTrue(self.outbox.search([("res_id", "=", order.id), ("model", "=", "sale.order")]))
            raise UserError("no")
        self.assertFalse(self.commit())

    def test_changes_noted_before_a_rolled_back_savepoint_stay_and_those_in_it_go(self):
        order = self.order()
        self.commit()
        order.client_order_ref = "kept"
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.action_confirm()
            raise UserError("no")
        row = self.of(self.commit(), order)
        self.assertEqual(len(row), 1)
        self.assertFalse(self.transitions(row))

    def test_savepoints_do_not_part_a_transaction_into_several_events(self):
        order = self.order()
        self.commit()
        with self.env.cr.savepoint():
            order.state = "sent"
        with self.env.cr.savepoint():
            order.action_confirm()
        row = self.of(self.commit(), order)
        self.assertEqual(len(row), 1)
        self.assertEqual(self.transitions(row)["state"], ("draft", "sale"))

    def test_created_and_deleted_in_one_transaction_is_nothing(self):
        for is_flushed in (False, True):
            self.commit()
            partner = self.env["res.partner"].create({"name": "Nobody"})
            if is_flushed:
                self.env.cr.flush()
            partner.unlink()
            self.assertFalse(self.commit())

    def test_no_event_for_empty_writes_unwatched_fields_and_unsaved_forms(self):
        order = self.order()
        self.commit()
        self.env["sale.order"].write({"state": "sale"})
        self.env["stock.picking"].write({"state": "done"})
        order.note = "<p>Only a note</p>"
        self.partner.comment = "Only a comment"
        self.assertFalse(self.commit())
        form = Form(self.env["sale.order"])
        form.partner_id = self.partner
        with form.order_line.new() as line:
            line.product_id = self.product
        self.assertFalse(self.commit())

    def test_a_journal_entry_is_no_invoice(self):
        self.assertFalse(self.env["account.move"].new({"move_type": "entry"})._gatehouse_is_told())

    def test_nothing_is_told_without_url_and_while_modules_install(self):
        self.commit()
        with patch.object(self.env.registry, "ready", False):
            self.env["res.partner"].create({"name": "Module data"})
            self.assertFalse(self.commit())
        self.company.gatehouse_url = False
        self.order()
        self.assertFalse(self.commit())

    def test_two_companies_go_their_own_ways_and_shared_records_to_each(self):
        other = self.env["res.company"].create({"name": "Gatehouse Two"})
        branch = self.env["res.company"].create({"name": "Gatehouse Branch", "parent_id": self.company.id})
        silent = self.env["res.company"].create({"name": "Gatehouse Silent"})
        other.write({"gatehouse_url": "https://two.test/ingest/odoo", "gatehouse_secret": "second"})
        self.commit()
        self.deliver()
        self.receiver.calls.clear()
        for company, destination in ((self.company, self.company), (other, other), (branch, self.company)):
            partner = self.env["res.partner"].create({"name": "Of one", "company_id": company.id})
            row = self.of(self.commit(), partner)
            self.assertEqual((row.company_id, row.record_company_id), (destination, company))
        partner = self.env["res.partner"].create({"name": "Of the silent", "company_id": silent.id})
        self.assertFalse(self.of(self.commit(), partner))
        shared = self.env["res.partner"].create({"name": "Of all"})
        self.assertEqual(self.of(self.commit(), shared).company_id, self.company | other)
        self.deliver()
        urls = {call["url"]: [event["company"] and event["company"]["name"] for event in call["document"]["events"]] for call in self.receiver.calls}
        self.assertEqual(urls["https://two.test/ingest/odoo"], ["Gatehouse Two", None])
        self.assertEqual(len(urls), 2)
        user = self.env["res.users"].search([("share", "=", False)], limit=1)
        seen = self.env["gatehouse.outbox"].with_user(user).with_context(allowed_company_ids=[other.id])
        if user.has_group("base.group_system") and other in user.company_ids:
            self.assertNotIn(self.company, seen.search([]).record_company_id)

    def test_two_companies_ship_apart(self):
        other = self.env["res.company"].create({"name": "Gatehouse Two"})
        other.write({"gatehouse_url": "https://two.test/ingest/odoo", "gatehouse_secret": "second"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        self.env.user.company_ids |= other
        self.commit()
        self.fill(3, location=warehouse.lot_stock_id)
        order = self.env(context=dict(self.env.context, allowed_company_ids=[other.id]))["sale.order"].create({
            "partner_id": self.partner.id, "company_id": other.id, "warehouse_id": warehouse.id,
            "order_line": [(0, 0, {"product_id": self.product.id, "product_uom_qty": 3, "price_unit": 1.0, self.tax_field("sale.order.line"): [(6, 0, [])]})],
        })
        order.action_confirm()
        self.ship(order.picking_ids)
        rows = self.commit()
        self.assertTrue(self.of(rows, order) and self.of(rows, order.picking_ids))
        of_orders_and_stock = rows.filtered(lambda row: row.topic in ("order", "delivery", "stock"))
        self.assertEqual(of_orders_and_stock.record_company_id, other)
        self.assertEqual(of_orders_and_stock.company_id, other)

    def test_write_backs_carry_their_origin_into_recomputed_documents(self):
        self.fill(5)
        order = self.order(5)
        order.action_confirm()
        self.commit()
        picking = order.picking_ids.with_context(gatehouse_origin="gatehouse", gatehouse_correlation_id="c-1")
        picking.move_ids.picked = True
        self.ship(picking)
        rows = self.commit()
        for record in (order, order.picking_ids):
            self.assertEqual((self.of(rows, record).origin, self.of(rows, record).correlation_id), ("gatehouse", "c-1"))
        self.partner.city = "Ghent"
        self.assertFalse(self.commit().origin, "The origin ends with the transaction")
        self.partner.city = "Bruges"
        self.partner.with_context(gatehouse_origin="gatehouse").city = "Ypres"
        self.assertEqual(self.commit().origin, "gatehouse", "A record that is noted already takes the origin too")

    def test_the_cost_of_a_transaction_does_not_grow_with_its_changes(self):
        self.env["res.partner"].create({"name": "Warm"})
        self.commit()
        figures = []
        for count in (1, 50):
            partners = self.env["res.partner"].create([{"name": f"P{number}"} for number in range(count)])
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env.cr.precommit.run()
            figures.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(self.of_all(self.commit(), partners)), count)
        self.assertEqual(figures[0], figures[1])
        self.assertLessEqual(figures[0], 6)

    def of_all(self, rows, records):
        return rows.filtered(lambda row: row.model == records._name and row.res_id in records.ids)
