from odoo import fields, models

from ..lib import changes


class StockPicking(models.Model):
    _inherit = "stock.picking"

    gatehouse_appointment_at = fields.Datetime("Appointment", readonly=True, copy=False, index="btree_not_null")
    gatehouse_dock = fields.Char("Dock", readonly=True, copy=False)
    gatehouse_appointment_state = fields.Char("State of the Appointment", readonly=True, copy=False)

    def _gatehouse_apply_appointment(self, values):
        """values: at (null: there is none any more), dock?, state?"""
        at = changes.instant(values, "at")
        self._gatehouse_set({
            "gatehouse_appointment_at": at,
            "gatehouse_dock": at and changes.text(values, "dock", limit=60),
            "gatehouse_appointment_state": at and changes.text(values, "state", limit=40),
        })
