from odoo import _, api, fields, models

from ..lib import changes


class StockMove(models.Model):
    _inherit = "stock.move"

    # What an appointment planned, and what was planned before: whoever changed the date since did so by hand.
    gatehouse_date_set = fields.Datetime("Planned by Appointment", readonly=True, copy=False)
    gatehouse_date_before = fields.Datetime("Planned before the Appointment", readonly=True, copy=False)

    def _prepare_move_split_vals(self, qty):
        """What stays behind was planned as the whole was: nobody has changed its date by hand."""
        return {**super()._prepare_move_split_vals(qty), "gatehouse_date_set": self.gatehouse_date_set, "gatehouse_date_before": self.gatehouse_date_before}


class StockPicking(models.Model):
    _inherit = "stock.picking"

    gatehouse_appointment_at = fields.Datetime("Appointment", readonly=True, copy=False, index="btree_not_null")
    gatehouse_dock = fields.Char("Dock", readonly=True, copy=False)
    gatehouse_appointment_state = fields.Char("State of the Appointment", readonly=True, copy=False)
    gatehouse_schedule_at = fields.Datetime("Time by Appointment", readonly=True, copy=False, help="For this time the transfer is planned by its appointment.")
    gatehouse_schedule_differs = fields.Boolean(compute="_compute_gatehouse_schedule_differs")

    @api.depends("gatehouse_schedule_at", "scheduled_date", "state")
    def _compute_gatehouse_schedule_differs(self):
        for picking in self:
            at = picking.gatehouse_schedule_at
            picking.gatehouse_schedule_differs = bool(at) and picking.state not in ("done", "cancel") and picking.scheduled_date != at

    def _gatehouse_apply_appointment(self, values):
        """
        values: at (null: there is none any more), dock?, state?, schedule? (the time for which it is planned by it;
        null: by none any more; absent: appointments plan nothing)
        """
        at = changes.instant(values, "at")
        self._gatehouse_set({
            "gatehouse_appointment_at": at,
            "gatehouse_dock": at and changes.text(values, "dock", limit=60),
            "gatehouse_appointment_state": at and changes.text(values, "state", limit=40),
        })
        if "schedule" in values:
            self._gatehouse_plan(changes.instant(values, "schedule"))

    def _gatehouse_plan(self, at):
        """Plans the transfer for a time, or as it was before any appointment. A date that somebody changed by hand stays."""
        before = self.gatehouse_schedule_at
        self._gatehouse_set({"gatehouse_schedule_at": at})
        if self.state in ("done", "cancel"):
            return
        moves = self._gatehouse_open_moves()
        if any(move.gatehouse_date_set and move.date != move.gatehouse_date_set for move in moves):
            if at and at != before:
                self.message_post(body=_("The appointment is at another time now; the scheduled date was changed by hand and stays."), subtype_xmlid="mail.mt_note")
            return
        self._gatehouse_plan_moves(moves, at)

    def _gatehouse_plan_moves(self, moves, at):
        for move in moves:
            ours = move.gatehouse_date_set
            # The date alone: the deadline is what was promised.
            if at:
                move.write({"date": at, "gatehouse_date_set": at, "gatehouse_date_before": move.gatehouse_date_before if ours else move.date})
            elif ours:
                move.write({"date": move.gatehouse_date_before or move.date, "gatehouse_date_set": False, "gatehouse_date_before": False})

    def action_gatehouse_follow_appointment(self):
        """Plans the transfer for its appointment although somebody changed the date by hand; it follows again from now on."""
        for picking in self.filtered("gatehouse_schedule_differs"):
            picking._gatehouse_plan_moves(picking._gatehouse_open_moves(), picking.gatehouse_schedule_at)
