from odoo import _, fields, models
from odoo.exceptions import UserError

from ..lib import changes


class StockPicking(models.Model):
    _inherit = "stock.picking"

    gatehouse_costs = fields.Json("Cost by Booking", readonly=True, copy=False)
    gatehouse_cost = fields.Float("Cost of Transport", digits="Product Price", readonly=True, copy=False, help="In the currency of the company, as the carriers booked it.")

    def _gatehouse_apply_cost(self, values):
        """values: booking, amount (decimal text; null: none any more), currency (ISO 4217)"""
        booking = changes.text(values, "booking", required=True, limit=100)
        costs = dict(self.gatehouse_costs or {})
        amount = changes.number(values, "amount")
        if amount is None:
            costs.pop(booking, None)
        else:
            costs[booking] = {"amount": amount, "currency": changes.text(values, "currency", required=True, limit=3)}
        total = sum(self._gatehouse_in_company_currency(cost) for cost in costs.values())
        self._gatehouse_set({"gatehouse_costs": costs or False, "gatehouse_cost": total})
        if "carrier_price" in self._fields:
            self._gatehouse_set({"carrier_price": total})

    def _gatehouse_in_company_currency(self, cost):
        company = self.company_id
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", cost["currency"])], limit=1)
        if not currency:
            raise UserError(_("There is no currency %s.", cost["currency"]))
        return currency._convert(cost["amount"], company.currency_id, company, fields.Date.context_today(self))
