from odoo import models


class PurchaseOrder(models.Model):
    _name = "purchase.order"
    _inherit = ["purchase.order", "gatehouse.tracked"]

    _gatehouse_watched = frozenset((
        "name", "state", "partner_id", "partner_ref", "date_order", "date_planned", "amount_total", "currency_id",
        "receipt_status", "invoice_status", "company_id",
    ))
    _gatehouse_transitions = ("state", "receipt_status", "invoice_status")

    def _gatehouse_topic(self):
        return "order"

    def unlink(self):
        # The database itself empties the field of the transfers, which no hook sees.
        if self and self._gatehouse_is_on():
            self.env["stock.picking"].sudo().search([("purchase_id", "in", self.ids)])._gatehouse_note("updated")
        return super().unlink()


class PurchaseOrderLine(models.Model):
    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "gatehouse.tracked.part"]

    _gatehouse_whole = "order_id"
    _gatehouse_watched = frozenset(("order_id", "product_id", "name", "product_qty", "product_uom", "product_uom_id", "display_type"))
