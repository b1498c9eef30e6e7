from odoo import SUPERUSER_ID, fields
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.tests import tagged

from .common import GatehouseMixin


@tagged("post_install", "-at_install", "gatehouse")
class TestInvoice(GatehouseMixin, AccountTestInvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.env = cls.env(user=SUPERUSER_ID, context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.company = cls.company.with_env(cls.env)
        cls._switch_on(cls.company)
        cls.outstanding = cls.env["account.account"].create({"name": "Outstanding", "code": "101499", "account_type": "asset_current", "reconcile": True})
        cls.journal = cls.company_data["default_journal_bank"].with_env(cls.env)
        cls.journal.inbound_payment_method_line_ids.payment_account_id = cls.outstanding

    def setUp(self):
        super().setUp()
        self._start()

    def test_post_pay_and_unreconcile(self):
        invoice = self.env["account.move"].create({
            "move_type": "out_invoice",
            "partner_id": self.partner_a.id,
            "invoice_date": fields.Date.to_date("2026-01-15"),
            "invoice_origin": "S00007",
            "invoice_line_ids": [(0, 0, {"name": "Crate", "quantity": 2, "price_unit": 50.0, "tax_ids": [(6, 0, [])]})],
        })
        row = self.of(self.commit(), invoice)
        self.assertEqual((row.topic, row.action, self.transitions(row)["state"]), ("invoice", "created", (None, "draft")))

        with self.one_event(invoice) as found:
            invoice.action_post()
        self.assertEqual(self.transitions(found[0])["state"], ("draft", "posted"))

        with self.one_event(invoice) as found:
            self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create({"journal_id": self.journal.id})._create_payments()
        before, after = self.transitions(found[0])["payment_state"]
        self.assertEqual(before, "not_paid")
        self.assertIn(after, ("paid", "in_payment"))
        record = self.deliver()[-1]["record"]
        self.assertEqual((record["state"], record["amount_total"], record["amount_residual"]), ("posted", 100.0, 0.0))
        self.assertEqual((record["invoice_origin"], record["invoice_date"], record["move_type"]), ("S00007", "2026-01-15", "out_invoice"))
        self.assertEqual((record["name"], record["partner_id"]["id"]), (invoice.name, self.partner_a.id))

        with self.one_event(invoice) as found:
            invoice.line_ids.remove_move_reconcile()
        before, after = self.transitions(found[0])["payment_state"]
        self.assertIn(before, ("paid", "in_payment"))
        self.assertIn(after, ("not_paid", "in_payment"))
        record = self.deliver()[-1]["record"]
        self.assertEqual(record["amount_residual"], 100.0)

        with self.one_event(invoice) as found:
            invoice.button_draft()
        self.assertEqual(self.transitions(found[0])["state"], ("posted", "draft"))

    def test_journal_entries_are_not_told(self):
        receivable = self.company_data["default_account_receivable"]
        self.env["account.move"].create({
            "move_type": "entry",
            "line_ids": [(0, 0, {"account_id": receivable.id, "debit": 5.0}), (0, 0, {"account_id": self.outstanding.id, "credit": 5.0})],
        }).action_post()
        self.assertFalse(self.commit().filtered(lambda row: row.topic == "invoice"))

    def test_credit_holds_a_delivery_back_until_the_customer_pays(self):
        self.company.account_use_credit_limit = True
        partner = self.partner_a
        partner.write({"street": "Quay 1", "city": "Antwerp", "zip": "2000", "country_id": self.env.ref("base.be").id})
        partner.with_company(self.company).credit_limit = 100.0
        storable = {"is_storable": True, "type": "consu"} if "is_storable" in self.env["product.product"]._fields else {"detailed_type": "product"}
        product = self.env["product.product"].create({"name": "On credit", "weight": 1.0, "list_price": 10.0, "taxes_id": [(6, 0, [])], **storable})
        if not self.env["stock.warehouse"].search_count([("company_id", "=", self.company.id)]):
            self.env["stock.warehouse"].create({"name": "Credit", "code": "CRD", "company_id": self.company.id})
        order = self.env["sale.order"].create({"partner_id": partner.id, "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 1, "price_unit": 60.0})]})
        order.action_confirm()
        self.commit()
        picking = order.picking_ids
        self.assertEqual(picking.gatehouse_release_state, "ready")

        invoice = self.env["account.move"].create({
            "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": fields.Date.to_date("2026-01-15"),
            "invoice_line_ids": [(0, 0, {"name": "Earlier", "quantity": 1, "price_unit": 90.0, "tax_ids": [(6, 0, [])]})],
        })
        self.commit()
        self.assertEqual(picking.gatehouse_release_state, "ready", "A draft is no debt")
        invoice.action_post()
        rows = self.commit()
        self.assertEqual([each["check"] for each in picking.gatehouse_release_blocked or []], ["credit"])
        self.assertIn("150.0", picking.gatehouse_release_reason)
        self.assertEqual(len(self.of(rows, picking)), 1)

        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create({"journal_id": self.journal.id})._create_payments()
        rows = self.commit()
        self.assertEqual((picking.gatehouse_release_state, picking.gatehouse_release_blocked), ("ready", False))
        self.assertEqual(len(self.of(rows, picking)), 1)

        partner.with_company(self.company).credit_limit = 50.0
        self.assertEqual(picking.gatehouse_release_state, "blocked")
