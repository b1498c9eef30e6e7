from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    gatehouse_quotes = fields.Json("Quotes of Gatehouse", copy=False, readonly=True, help="By delivery method: the quote that was shown, its service and its price.")

    def _gatehouse_keep_quote(self, carrier, quote_id, rate):
        """What was shown is what is booked, and its price is kept for settlement."""
        for order in self:
            order.gatehouse_quotes = {
                **(order.gatehouse_quotes or {}),
                str(carrier.id): {"id": quote_id, "service": {"carrier": rate["carrier"], "code": rate["service"]}, "price": rate["price"]},
            }
