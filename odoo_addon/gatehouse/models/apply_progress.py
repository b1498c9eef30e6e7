from odoo import _, api, fields, models

from ..lib import changes


class GatehouseCount(models.Model):
    """What was counted of a product while a truck was loaded or unloaded: progress, which moves no stock."""

    _name = "gatehouse.count"
    _description = "Gatehouse Count"
    _order = "id"
    _log_access = False

    picking_id = fields.Many2one("stock.picking", "Transfer", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="picking_id.company_id", store=True)
    name = fields.Char("Counted Goods", required=True, readonly=True)
    product_id = fields.Many2one("product.product", readonly=True, ondelete="set null")
    counted = fields.Float(readonly=True)
    expected = fields.Float(readonly=True)
    unit = fields.Char(readonly=True)


class StockPicking(models.Model):
    _inherit = "stock.picking"

    gatehouse_count_ids = fields.One2many("gatehouse.count", "picking_id", "Counted", readonly=True, copy=False)
    gatehouse_counted = fields.Float("Counted (%)", readonly=True, copy=False, help="How much of what is expected was counted while loading or unloading. Quantities are written when the warehouse confirms them.")
    gatehouse_counted_text = fields.Char(compute="_compute_gatehouse_counted_text")

    @api.depends("gatehouse_counted", "gatehouse_count_ids")
    def _compute_gatehouse_counted_text(self):
        for picking in self:
            picking.gatehouse_counted_text = f"{picking.gatehouse_counted:.0f} %" if picking.gatehouse_count_ids else False

    def action_gatehouse_counts(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": _("Counted"), "res_model": "gatehouse.count",
            "domain": [("picking_id", "=", self.id)], "views": [(False, "list")],
        }

    def _gatehouse_apply_progress(self, values):
        """values: lines: [{name, product_id?, counted, expected?, unit?}], as it stands now; none: nothing is counted any more"""
        rows = []
        for line in changes.rows(values, "lines"):
            product = line.get("product_id")
            if product is not None and not changes.is_whole(product):
                raise changes.InvalidChange("product_id of a line is no whole number.")
            rows.append({
                "picking_id": self.id, "name": changes.text(line, "name", required=True, limit=200), "product_id": self.env["product.product"].browse(product or ()).exists().id,
                "counted": changes.number(line, "counted", required=True), "expected": changes.number(line, "expected") or 0.0, "unit": changes.text(line, "unit", limit=100),
            })
        self.gatehouse_count_ids.unlink()
        self.env["gatehouse.count"].create(rows)
        expected = sum(row["expected"] for row in rows)
        done = sum(min(row["counted"], row["expected"]) for row in rows)
        self._gatehouse_set({"gatehouse_counted": 100.0 * done / expected if expected else 0.0})
        self._gatehouse_tell_viewers()
