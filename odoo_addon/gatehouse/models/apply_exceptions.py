from markupsafe import escape

from odoo import api, fields, models

from ..lib import changes

SEVERITIES = [("LOW", "Low"), ("MEDIUM", "Medium"), ("HIGH", "High")]
RANK = {severity: rank for rank, (severity, _label) in enumerate(SEVERITIES)}


class GatehouseException(models.Model):
    """An open matter of a transfer, as Gatehouse sees it; while it is open an activity asks somebody to see to it."""

    _name = "gatehouse.exception"
    _description = "Gatehouse Exception"
    _order = "id desc"
    _rec_name = "title"
    _log_access = False

    picking_id = fields.Many2one("stock.picking", "Transfer", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="picking_id.company_id", store=True)
    uid = fields.Char("Gatehouse ID", required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True)
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    title = fields.Char(required=True, readonly=True)
    detail = fields.Text(readonly=True)
    state = fields.Selection([("open", "Open"), ("closed", "Closed")], required=True, readonly=True)
    resolution = fields.Char(readonly=True)
    opened_at = fields.Datetime(required=True, readonly=True)
    closed_at = fields.Datetime(readonly=True)
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null")

    def _auto_init(self):
        result = super()._auto_init()
        self.env.cr.execute("CREATE UNIQUE INDEX IF NOT EXISTS gatehouse_exception_uid_key ON gatehouse_exception (picking_id, uid)")
        return result


class StockPicking(models.Model):
    _inherit = "stock.picking"

    gatehouse_exception_ids = fields.One2many("gatehouse.exception", "picking_id", "Exceptions", readonly=True, copy=False)
    gatehouse_exception = fields.Char("Open Exception", compute="_compute_gatehouse_exception", store=True, copy=False, index="btree_not_null")
    gatehouse_exception_severity = fields.Selection(SEVERITIES, "Severity of the Exception", compute="_compute_gatehouse_exception", store=True, copy=False)

    def _auto_init(self):
        self._gatehouse_make_columns(gatehouse_exception="varchar", gatehouse_exception_severity="varchar")
        return super()._auto_init()

    @api.depends("gatehouse_exception_ids.state", "gatehouse_exception_ids.severity", "gatehouse_exception_ids.title")
    def _compute_gatehouse_exception(self):
        """The gravest that is open, the oldest of several."""
        for picking in self:
            still = picking.gatehouse_exception_ids.filtered(lambda each: each.state == "open").sorted(lambda each: (-RANK[each.severity], each.id))[:1]
            picking.gatehouse_exception = still.title
            picking.gatehouse_exception_severity = still.severity

    def _gatehouse_apply_exception(self, values):
        """values: uid, kind, severity, title, detail?"""
        severity = changes.text(values, "severity", required=True)
        self._gatehouse_raise(changes.text(values, "uid", required=True, limit=100), {
            "kind": changes.text(values, "kind", required=True, limit=60),
            "severity": severity if severity in RANK else "HIGH",
            "title": changes.text(values, "title", required=True, limit=200),
            "detail": changes.text(values, "detail"),
        })

    def _gatehouse_apply_exception_closed(self, values):
        """values: uid, resolution?"""
        self._gatehouse_close(changes.text(values, "uid", required=True, limit=100), changes.text(values, "resolution", limit=500))

    def _gatehouse_raise(self, uid, values):
        """Opens the matter, or opens it again, with an activity; one that is open already is brought up to date."""
        matter = self.gatehouse_exception_ids.filtered(lambda each: each.uid == uid)
        if matter.state == "open":
            matter.write({**values, "activity_id": matter.activity_id.id})
            return matter
        opened = {**values, "state": "open", "opened_at": fields.Datetime.now(), "closed_at": False, "resolution": False, "activity_id": self._gatehouse_ask(values).id}
        if matter:
            matter.write(opened)
            return matter
        return self.env["gatehouse.exception"].create({"picking_id": self.id, "uid": uid, **opened})

    def _gatehouse_close(self, uid, resolution=None):
        matter = self.gatehouse_exception_ids.filtered(lambda each: each.uid == uid and each.state == "open")
        if not matter:
            return
        activity = matter.activity_id
        matter.write({"state": "closed", "closed_at": fields.Datetime.now(), "resolution": resolution, "activity_id": False})
        # Somebody may have marked it as done before.
        if activity.exists() and ("active" not in activity._fields or activity.active):
            activity.action_feedback(feedback=resolution or False)

    def _gatehouse_ask(self, values):
        # The activity stands on the transfer; a mail for each would be a flood on a bad day.
        return self.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_warning", summary=values["title"], note=escape(values.get("detail") or ""), user_id=self._gatehouse_in_charge().id
        )

    def _gatehouse_in_charge(self):
        """Who is asked: the one in charge of the transfer, of its order, or whom the company names."""
        order = self.sale_id.user_id or self.purchase_id.user_id
        for user in (self.user_id, order, self.company_id.gatehouse_exception_user_id):
            if user.active and not user.share and user.has_group("stock.group_stock_user"):
                return user
        return self.env.user
