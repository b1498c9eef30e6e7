import pytz

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.gatehouse.lib import changes

WORKDAYS = "1,2,3,4,5"


def hour_of(values):
    """:return: hours since midnight of values["time"], 16.5 for "16:30"; 0 where there is none"""
    hours, _colon, minutes = (changes.text(values, "time") or "0:0").partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise changes.InvalidChange("time is none of a day.")
    return int(hours) + int(minutes) / 60


class GatehouseCutoff(models.AbstractModel):
    """Until when a carrier takes what is to leave on a day; told by Gatehouse, or entered here."""

    _name = "gatehouse.cutoff"
    _description = "Cut-off of a Carrier"

    gatehouse_cutoff = fields.Float("Cut-off", help="Time of day at the warehouse; none at 00:00.")
    gatehouse_cutoff_zone = fields.Char("Time Zone of the Cut-off", help="e.g. Europe/Brussels. Empty: that of the warehouse.")
    gatehouse_cutoff_days = fields.Char("Days", default=WORKDAYS, help="Weekdays on which the carrier comes, 1 is Monday.")

    @api.constrains("gatehouse_cutoff", "gatehouse_cutoff_zone", "gatehouse_cutoff_days")
    def _check_gatehouse_cutoff(self):
        for record in self:
            if not 0 <= record.gatehouse_cutoff < 24:
                raise ValidationError(_("A cut-off is a time of day."))
            if record.gatehouse_cutoff_zone and record.gatehouse_cutoff_zone not in pytz.all_timezones_set:
                raise ValidationError(_("%s is no time zone.", record.gatehouse_cutoff_zone))
            record._gatehouse_cutoff_weekdays()

    def _gatehouse_cutoff_weekdays(self):
        days = {day.strip() for day in (self.gatehouse_cutoff_days or WORKDAYS).split(",")}
        if not days <= set("1234567"):
            raise ValidationError(_("Weekdays are numbers from 1 (Monday) to 7, with commas between them."))
        return {int(day) for day in days}

    def _gatehouse_apply_cutoff(self, values):
        """:param values: {"time": "16:30" | null, "zone"?: "Europe/Brussels", "days"?: [1, 2, 3]}"""
        days = values.get("days")
        self.write({
            "gatehouse_cutoff": hour_of(values),
            "gatehouse_cutoff_zone": changes.text(values, "zone") or False,
            "gatehouse_cutoff_days": ",".join(str(day) for day in days) if days else WORKDAYS,
        })
