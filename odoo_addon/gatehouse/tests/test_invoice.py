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
