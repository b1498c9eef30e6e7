from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "gatehouse.tracked"]

    _gatehouse_watched = frozenset((
        "name", "state", "payment_state", "move_type", "partner_id", "invoice_origin", "invoice_date", "invoice_date_due",
        "amount_total", "amount_residual", "currency_id", "company_id",
    ))
    _gatehouse_transitions = ("state", "payment_state")

    def _gatehouse_is_told(self):
        # A journal entry has no customer and is not paid.
        return self.move_type != "entry"

    def _gatehouse_topic(self):
        return "invoice"

    def _gatehouse_note(self, action, names=()):
        # Payments, which are entries and not told, count as well.
        self.env["stock.picking"]._gatehouse_note_debtors(self._gatehouse_saved())
        return super()._gatehouse_note(action, names)
