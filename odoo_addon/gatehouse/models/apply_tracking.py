from odoo import _, fields, models

from ..lib import changes


class GatehouseTracking(models.Model):
    """A tracking number of a transfer, with the package that carries it: Odoo itself has one text for all of them."""

    _name = "gatehouse.tracking"
    _description = "Gatehouse Tracking Number"
    _order = "id"
    _rec_name = "number"
    _log_access = False

    picking_id = fields.Many2one("stock.picking", "Transfer", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="picking_id.company_id", store=True)
    number = fields.Char(required=True, readonly=True, index=True)
    url = fields.Char("Link", readonly=True)
    package = fields.Char(readonly=True, help="Name of the package in Odoo; empty where the transfer is not packed.")
    carrier = fields.Char(readonly=True)
    booking = fields.Char(readonly=True, help="The booking at Gatehouse that the number came with.")


class StockPicking(models.Model):
    _inherit = "stock.picking"

    gatehouse_tracking_ids = fields.One2many("gatehouse.tracking", "picking_id", "Tracking Numbers", readonly=True, copy=False)

    def _gatehouse_apply_tracking(self, values):
        """
        values: booking, carrier?, packages: [{number, package? (name in Odoo), url?}]. What the same
        booking stated before is replaced: no packages, and its numbers are gone.
        """
        booking = changes.text(values, "booking", limit=100)
        carrier = changes.text(values, "carrier", limit=60)
        wanted = {}
        for row in changes.rows(values, "packages"):
            number = changes.text(row, "number", required=True, limit=100)
            wanted[number] = {
                "number": number, "url": changes.text(row, "url"), "package": changes.text(row, "package", limit=100), "carrier": carrier, "booking": booking,
            }
        known = self.gatehouse_tracking_ids.filtered(lambda row: (row.booking or None) == booking)
        stale = known.filtered(lambda row: row.number not in wanted)
        replaced = stale.mapped("number")
        stale.unlink()
        for row in known - stale:
            row.write(wanted.pop(row.number))
        self.env["gatehouse.tracking"].create([{"picking_id": self.id, **row} for row in wanted.values()])
        self._gatehouse_show_numbers(replaced)

    def _gatehouse_apply_cutoff(self, values):
        """values: cutoffs, until when carriers take what leaves this warehouse: shown by Gatehouse Delivery, and of no use without it."""

    def _gatehouse_show_numbers(self, replaced):
        """Joins the numbers in Odoo's own field, where it has one, beside those that came otherwise."""
        if "carrier_tracking_ref" not in self._fields:
            return
        shown = [number.strip() for number in (self.carrier_tracking_ref or "").split(",")]
        numbers = [number for number in shown if number and number not in replaced] + self.gatehouse_tracking_ids.mapped("number")
        self._gatehouse_set({"carrier_tracking_ref": ",".join(dict.fromkeys(numbers)) or False})

    def action_gatehouse_track(self):
        """Opens the carrier's page of the one number, or the list of them."""
        self.ensure_one()
        links = self.gatehouse_tracking_ids.filtered("url")
        if len(links) == 1:
            return {"type": "ir.actions.act_url", "url": links.url, "target": "new"}
        return {
            "type": "ir.actions.act_window", "name": _("Tracking Numbers"), "res_model": "gatehouse.tracking",
            "domain": [("picking_id", "=", self.id)], "views": [(False, "list")], "target": "new",
        }
