from odoo import models


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "gatehouse.tracked"]

    _gatehouse_watched = frozenset((
        "name", "state", "origin", "priority", "partner_id", "sale_id", "purchase_id", "group_id", "backorder_id", "return_id", "carrier_id",
        "carrier_tracking_ref", "scheduled_date", "date_deadline", "date_done", "weight", "picking_type_id", "company_id",
    ))
    _gatehouse_transitions = ("state",)

    def _gatehouse_topic(self):
        return "receipt" if self.picking_type_id.code == "incoming" else "delivery"


class StockMove(models.Model):
    """A transfer of which 7 of 10 are reserved is ready like one of which all are: the moves tell."""

    _name = "stock.move"
    _inherit = ["stock.move", "gatehouse.tracked.part"]

    _gatehouse_whole = "picking_id"
    _gatehouse_watched = frozenset((
        "picking_id", "state", "quantity", "picked", "product_id", "product_uom_qty", "product_uom", "origin_returned_move_id",
    ))


class StockMoveLine(models.Model):
    _name = "stock.move.line"
    _inherit = ["stock.move.line", "gatehouse.tracked.part"]

    _gatehouse_whole = "picking_id"
    _gatehouse_watched = frozenset((
        "picking_id", "move_id", "quantity", "product_id", "product_uom_id", "lot_id", "result_package_id", "location_dest_id",
    ))


class StockQuant(models.Model):
    """
    Told as the level of a product at a location, never as a quant: quants split under contention
    and are merged behind the ORM, which leaves the level as it was.
    """

    _name = "stock.quant"
    _inherit = ["stock.quant", "gatehouse.tracked"]

    _gatehouse_watched = frozenset(("quantity", "reserved_quantity", "product_id", "location_id"))

    def _gatehouse_note(self, action, names=()):
        outbox = self.env["gatehouse.outbox"]
        noted = outbox._noted()
        for quant in self._gatehouse_saved().sudo():
            key = (quant._name, quant.product_id.id, quant.location_id.id)
            if key in noted:
                continue
            # What stands at customers, suppliers and in adjustments is no stock of ours.
            if quant.location_id.usage not in ("internal", "transit"):
                continue
            outbox._note(key, "updated", {}, "stock", quant.location_id.company_id.id)

    def _gatehouse_after_write(self, names):
        if "location_id" in names or "product_id" in names:
            self._gatehouse_note("updated", names)
