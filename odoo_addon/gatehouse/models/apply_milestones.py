from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

from ..lib import changes

CLASSIFIERS = [("REQUESTED", "Requested"), ("PLANNED", "Planned"), ("ESTIMATED", "Estimated"), ("ACTUAL", "Actual")]
STATUSES = [
    ("UNKNOWN", "Unknown"),
    ("PLANNED", "Planned"),
    ("TENDERED", "Tendered"),
    ("ACCEPTED", "Accepted"),
    ("INFO_RECEIVED", "Announced to carrier"),
    ("AT_PICKUP", "At pickup"),
    ("IN_TRANSIT", "In transit"),
    ("OUT_FOR_DELIVERY", "Out for delivery"),
    ("DELIVERY_ATTEMPTED", "Delivery attempted"),
    ("AVAILABLE_FOR_COLLECTION", "Ready for collection"),
    ("AT_DELIVERY", "At delivery"),
    ("PARTIALLY_DELIVERED", "Partially delivered"),
    ("DELIVERED", "Delivered"),
    ("RETURNING", "Returning"),
    ("RETURNED", "Returned"),
    ("LOST", "Lost"),
    ("CANCELLED", "Cancelled"),
]


class GatehouseMilestone(models.Model):
    """What happened to a transfer outside: written once, never changed, marked where its source took it back."""

    _name = "gatehouse.milestone"
    _description = "Gatehouse Milestone"
    _order = "occurred_at desc, id desc"
    _rec_name = "code"
    _log_access = False

    picking_id = fields.Many2one("stock.picking", "Transfer", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="picking_id.company_id", store=True)
    uid = fields.Char("Gatehouse ID", required=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    classifier = fields.Selection(CLASSIFIERS, required=True, readonly=True)
    occurred_at = fields.Datetime(required=True, readonly=True)
    recorded_at = fields.Datetime(required=True, readonly=True, help="When Gatehouse learnt of it.")
    zone = fields.Char(readonly=True, help="Time zone of the place.")
    place = fields.Char(readonly=True)
    text = fields.Char(readonly=True)
    source = fields.Char(readonly=True, help="Who reported it.")
    package = fields.Char(readonly=True, help="Tracking number of the package that it is about.")
    retracted = fields.Boolean(readonly=True, help="Its source took it back, or it belongs to another transfer.")

    def _auto_init(self):
        result = super()._auto_init()
        self.env.cr.execute("CREATE UNIQUE INDEX IF NOT EXISTS gatehouse_milestone_uid_key ON gatehouse_milestone (picking_id, uid)")
        return result


class StockPicking(models.Model):
    """Where the goods of a transfer are, as Gatehouse makes it out of all that was reported."""

    _inherit = "stock.picking"

    gatehouse_milestone_ids = fields.One2many("gatehouse.milestone", "picking_id", "Milestones", readonly=True, copy=False)
    gatehouse_status = fields.Selection(STATUSES, "Transport Status", readonly=True, copy=False, index="btree_not_null")
    gatehouse_status_raw = fields.Char("Status in the Carrier's Words", readonly=True, copy=False)
    gatehouse_status_at = fields.Datetime("Status Since", readonly=True, copy=False)
    gatehouse_eta = fields.Datetime("Estimated Arrival", readonly=True, copy=False, index="btree_not_null")
    gatehouse_late = fields.Boolean("Later than Promised", readonly=True, copy=False)
    gatehouse_delivered_at = fields.Datetime("Delivered At", readonly=True, copy=False, help="When the carrier handed it over. It moves no stock.")

    def _gatehouse_apply_milestone(self, values):
        """values: uid, code, classifier, occurred_at, recorded_at, zone?, place?, text?, source?, package?; or uid and retracted."""
        uid = changes.text(values, "uid", required=True, limit=100)
        milestones = self.env["gatehouse.milestone"]
        known = milestones.search([("picking_id", "=", self.id), ("uid", "=", uid)])
        if values.get("retracted"):
            known.retracted = True
            return
        if known:
            # What was taken back is reported again.
            known.retracted = False
            return
        classifier = changes.text(values, "classifier", required=True)
        if classifier not in dict(CLASSIFIERS):
            raise changes.InvalidChange(f"classifier cannot be {classifier[:40]}.")
        self._gatehouse_milestone_recorded(milestones.create({
            "picking_id": self.id,
            "uid": uid,
            "code": changes.text(values, "code", required=True, limit=60),
            "classifier": classifier,
            "occurred_at": changes.instant(values, "occurred_at", required=True),
            "recorded_at": changes.instant(values, "recorded_at", required=True),
            **{name: changes.text(values, name, limit=300) for name in ("zone", "place", "text", "source", "package")},
        }))

    def _gatehouse_milestone_recorded(self, milestone):
        """Called once for each milestone that is new on the transfer."""

    def _gatehouse_apply_status(self, values):
        """values: status (one of Gatehouse's), raw?, at?"""
        status = changes.text(values, "status", required=True)
        # A status of a newer Gatehouse is shown in its own words.
        known = status in dict(STATUSES)
        self._gatehouse_set({
            "gatehouse_status": status if known else "UNKNOWN",
            "gatehouse_status_raw": changes.text(values, "raw", limit=300) or (None if known else status),
            "gatehouse_status_at": changes.instant(values, "at"),
        })

    def _gatehouse_apply_estimate(self, values):
        """values: at (null: none any more), promised_late"""
        self._gatehouse_set({"gatehouse_eta": changes.instant(values, "at"), "gatehouse_late": bool(values.get("promised_late"))})

    def _gatehouse_apply_delivered(self, values):
        """values: at (null: it was not delivered after all)"""
        self._gatehouse_set({"gatehouse_delivered_at": changes.instant(values, "at")})

    def _gatehouse_set(self, values):
        """Writes what differs alone: no change, no row, no conflict with whoever is writing at this moment."""
        changed = {name: value for name, value in values.items() if (self[name] or None) != (value or None)}
        if changed:
            self.write(changed)
        return bool(changed)

    @api.model
    def _gatehouse_make_columns(self, **columns):
        """Columns that are there already are not computed for every transfer there ever was."""
        for column, kind in columns.items():
            if not column_exists(self.env.cr, self._table, column):
                create_column(self.env.cr, self._table, column, kind)
