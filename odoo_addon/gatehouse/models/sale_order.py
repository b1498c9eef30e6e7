from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "gatehouse.tracked"]

    _gatehouse_watched = frozenset((
        "name", "state", "locked", "partner_id", "partner_shipping_id", "client_order_ref", "date_order", "commitment_date",
        "amount_total", "currency_id", "delivery_status", "invoice_status", "company_id",
    ))
    _gatehouse_transitions = ("state", "delivery_status", "invoice_status")

    def _gatehouse_topic(self):
        return "order"

    def unlink(self):
        # The database itself empties the field of the transfers, which no hook sees.
        if self and self._gatehouse_is_on():
            self.env["stock.picking"].sudo().search([("sale_id", "in", self.ids)])._gatehouse_note("updated")
        return super().unlink()

    def _gatehouse_note(self, action, names=()):
        self.env["stock.picking"]._gatehouse_note_debtors(self._gatehouse_saved())
        return super()._gatehouse_note(action, names)


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "gatehouse.tracked.part"]

    _gatehouse_whole = "order_id"
    _gatehouse_watched = frozenset(("order_id", "product_id", "name", "product_uom_qty", "product_uom", "product_uom_id", "display_type"))
