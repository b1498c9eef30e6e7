from datetime import timedelta

from markupsafe import escape

from odoo import _, api, fields, models

from ..lib import changes

STATES = [
    ("CHECKED_IN", "Checked in"),
    ("AT_DOCK", "At the dock"),
    ("CHECKED_OUT", "Left"),
    ("REJECTED", "Turned away"),
    ("NO_SHOW", "Did not come"),
]
# When each state began, where that is told.
SINCE = {"CHECKED_IN": "checked_in_at", "AT_DOCK": "at_dock_at", "CHECKED_OUT": "left_at", "REJECTED": "checked_in_at", "NO_SHOW": "expected_at"}
# As long as it is one of these, somebody has to see to it.
OPEN_STATES = ("CHECKED_IN", "AT_DOCK", "REJECTED", "NO_SHOW")
# What happened longer ago is history that is loaded, and nobody's news.
NEWS_DAYS = 3
TEXTS = ("carrier", "truck", "trailer", "dock", "appointment")
TIMES = ("checked_in_at", "at_dock_at", "left_at", "expected_at")
ETA_TOLERANCE = 60


class ResCompany(models.Model):
    _inherit = "res.company"

    gatehouse_arrival_alerts = fields.Selection(
        [("none", "Nobody is told"), ("note", "Note and notification"), ("activity", "Note, notification and activity")], "Arrivals of Trucks", default="activity",
        help="What happens on a transfer when its truck is at the gate, at the dock, has left, or did not come: each once.",
    )
    gatehouse_eta_tolerance = fields.Integer(
        "Tolerance of Arrival (Minutes)", default=ETA_TOLERANCE, help="By more than so many minutes an estimated arrival of a receipt must differ from what was told last. 0: nobody is told."
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    gatehouse_arrival_alerts = fields.Selection(related="company_id.gatehouse_arrival_alerts", readonly=False)
    gatehouse_eta_tolerance = fields.Integer(related="company_id.gatehouse_eta_tolerance", readonly=False)


class GatehouseArrival(models.Model):
    """A truck that came for a transfer, or that was to come and did not."""

    _name = "gatehouse.arrival"
    _description = "Gatehouse Arrival"
    _order = "id desc"
    _rec_name = "uid"
    _log_access = False

    picking_id = fields.Many2one("stock.picking", "Transfer", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="picking_id.company_id", store=True)
    uid = fields.Char("Gatehouse ID", required=True, readonly=True, index=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    carrier = fields.Char(readonly=True)
    truck = fields.Char(readonly=True)
    trailer = fields.Char(readonly=True)
    dock = fields.Char(readonly=True)
    appointment = fields.Char(readonly=True)
    checked_in_at = fields.Datetime(readonly=True)
    at_dock_at = fields.Datetime(readonly=True)
    left_at = fields.Datetime(readonly=True)
    expected_at = fields.Datetime(readonly=True)
    told = fields.Char(readonly=True, help="States that were told to people: each once.")
    retracted = fields.Boolean(readonly=True, help="Its source took it back, or it belongs to another transfer.")
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null")

    def _auto_init(self):
        result = super()._auto_init()
        self.env.cr.execute("CREATE UNIQUE INDEX IF NOT EXISTS gatehouse_arrival_uid_key ON gatehouse_arrival (picking_id, uid)")
        return result

    def _is_told(self):
        return self.state in (self.told or "").split(",")

    def _is_news(self):
        since = self[SINCE[self.state]]
        return not since or since > fields.Datetime.now() - timedelta(days=NEWS_DAYS)

    def _line(self):
        """Checked in · 2026-11-22 10:04 · DSV · trailer X."""
        label = dict(self._fields["state"]._description_selection(self.env))[self.state]
        parts = [label, self.picking_id._gatehouse_local(self[SINCE[self.state]]), self.dock, self.carrier, self.truck, self.trailer, self.appointment]
        return " · ".join(part for part in parts if part)


class StockPicking(models.Model):
    _inherit = "stock.picking"

    gatehouse_arrival_ids = fields.One2many("gatehouse.arrival", "picking_id", "Trucks", readonly=True, copy=False)
    gatehouse_arrival_count = fields.Integer(compute="_compute_gatehouse_arrival_count")
    gatehouse_eta_told = fields.Datetime("Estimated Arrival as Told", readonly=True, copy=False)

    @api.depends("gatehouse_arrival_ids.retracted")
    def _compute_gatehouse_arrival_count(self):
        for picking in self:
            picking.gatehouse_arrival_count = len(picking.gatehouse_arrival_ids.filtered(lambda each: not each.retracted))

    def action_gatehouse_arrivals(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": _("Trucks"), "res_model": "gatehouse.arrival",
            "domain": [("picking_id", "=", self.id), ("retracted", "=", False)], "views": [(False, "list")],
        }

    def _gatehouse_apply_arrival(self, values):
        """
        values: uid, state, carrier?, truck?, trailer?, dock?, appointment?, checked_in_at?, at_dock_at?, left_at?, expected_at?;
        or uid and retracted. Each state of an arrival is told to people once, whatever is said of it again.
        """
        uid = changes.text(values, "uid", required=True, limit=100)
        arrival = self.gatehouse_arrival_ids.filtered(lambda each: each.uid == uid)
        if values.get("retracted"):
            if arrival:
                arrival.retracted = True
                self._gatehouse_end_arrival(arrival, is_taken_back=True)
            return
        state = changes.text(values, "state", required=True)
        if state not in dict(STATES):
            raise changes.InvalidChange(f"state cannot be {state[:40]}.")
        stated = {
            "state": state, "retracted": False,
            **{name: changes.text(values, name, limit=100) for name in TEXTS}, **{name: changes.instant(values, name) for name in TIMES},
        }
        if arrival:
            arrival.write(stated)
        else:
            arrival = self.env["gatehouse.arrival"].create({"picking_id": self.id, "uid": uid, **stated})
        self._gatehouse_tell_viewers()
        self._gatehouse_tell_arrival(arrival)

    def _gatehouse_tell_arrival(self, arrival):
        is_open = arrival.state in OPEN_STATES and self.state not in ("done", "cancel")
        if not is_open:
            self._gatehouse_end_arrival(arrival)
        alerts = self.company_id.sudo().gatehouse_arrival_alerts or "activity"
        if alerts == "none" or arrival._is_told() or not arrival._is_news():
            return
        arrival.told = ",".join(filter(None, (arrival.told, arrival.state)))
        line = arrival._line()
        self.message_post(body=line, subtype_xmlid="mail.mt_note")
        # One truck with goods for ten transfers is one message for who looks after all of them.
        others = self.env["gatehouse.arrival"].search([("uid", "=", arrival.uid), ("id", "!=", arrival.id)]).filtered(lambda each: each._is_told() and each.state == arrival.state)
        known = self.browse()._gatehouse_people()
        for other in others.picking_id:
            known |= other._gatehouse_people()
        self._gatehouse_notify(line, self._gatehouse_people() - known)
        if is_open and alerts == "activity":
            self._gatehouse_ask_arrival(arrival, line)

    def _gatehouse_ask_arrival(self, arrival, line):
        """One activity for each truck, brought up to date while it is here."""
        activity = arrival.activity_id.exists()
        if activity and ("active" not in activity._fields or activity.active):
            activity.write({"summary": line})
            return
        arrival.activity_id = self.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_todo", summary=line, note=escape(self.name), user_id=self._gatehouse_in_charge().id
        )

    def _gatehouse_end_arrival(self, arrival, is_taken_back=False):
        activity = arrival.activity_id.exists()
        arrival.activity_id = False
        # Somebody may have marked it as done before.
        if activity and ("active" not in activity._fields or activity.active):
            activity.action_feedback(feedback=_("It was taken back.") if is_taken_back else False)

    def _gatehouse_people(self):
        """Who works on the transfer: the one in charge, and followers of the company's own people."""
        if not self:
            return self.env["res.users"]
        followers = self.message_partner_ids.user_ids.filtered(lambda user: user.active and not user.share)
        return self._gatehouse_in_charge() | followers

    def _gatehouse_notify(self, text, users):
        """Shows it to them where they are signed in; nobody is mailed."""
        for partner in users.partner_id:
            self.env["bus.bus"]._sendone(partner, "simple_notification", {"type": "info", "title": self.name, "message": text, "sticky": False})

    def _gatehouse_local(self, moment):
        if not moment:
            return None
        return fields.Datetime.context_timestamp(self.with_context(tz=self.company_id.partner_id.tz or "UTC"), moment).strftime("%Y-%m-%d %H:%M")

    # Estimated arrivals

    def _gatehouse_apply_estimate(self, values):
        super()._gatehouse_apply_estimate(values)
        self._gatehouse_tell_estimate()

    def _gatehouse_tell_estimate(self):
        """Says that a receipt comes at another time than was told last, or than its appointment, beyond the tolerance."""
        at = self.gatehouse_eta
        tolerance = self.company_id.sudo().gatehouse_eta_tolerance
        if not at or tolerance <= 0 or self.picking_type_id.code != "incoming" or self.state in ("done", "cancel"):
            return
        told = self.gatehouse_eta_told or self.gatehouse_schedule_at
        if told and abs((at - told).total_seconds()) <= tolerance * 60:
            return
        self.gatehouse_eta_told = at
        if told:
            line = _("Expected %(now)s instead of %(before)s", now=self._gatehouse_local(at), before=self._gatehouse_local(told))
            self.message_post(body=line, subtype_xmlid="mail.mt_note")
            self._gatehouse_notify(line, self._gatehouse_people())
