from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models

from odoo.addons.gatehouse.lib import changes

from .cutoff_source import hour_of


def next_cutoff(now, hour, zone, days, not_before=None):
    """
    The next time at which a carrier takes nothing more for that day.

    :param now: naive UTC
    :param hour: hours since midnight at the place, 16.5 is half past four
    :param zone: a pytz zone
    :param days: ISO weekdays (1 is Monday) on which the carrier comes
    :param not_before: naive UTC; of this day at the earliest
    :return: naive UTC
    """
    local = pytz.utc.localize(max(now, not_before or now)).astimezone(zone)
    minutes = round(hour * 60)
    for offset in range(8):
        day = local.date() + timedelta(days=offset)
        if day.isoweekday() not in days:
            continue
        at = zone.localize(datetime.combine(day, time(minutes // 60, minutes % 60))).astimezone(pytz.utc).replace(tzinfo=None)
        if at > now:
            return at
    return None


class DeliveryCarrier(models.Model):
    _name = "delivery.carrier"
    _inherit = ["delivery.carrier", "gatehouse.cutoff"]


class StockWarehouse(models.Model):
    """A cut-off of the warehouse goes before that of the carrier: where the carrier comes early, or the yard closes."""

    _name = "stock.warehouse"
    _inherit = ["stock.warehouse", "gatehouse.cutoff"]

    # [{"carrier", "service" or None, "hour", "zone", "days"}], as Gatehouse has them.
    gatehouse_carrier_cutoffs = fields.Json(copy=False, readonly=True)


class GatehouseCommand(models.Model):
    _inherit = "gatehouse.command"

    @api.model
    def _handled(self):
        return (*super()._handled(), "delivery.carrier", "stock.warehouse")


class StockPicking(models.Model):
    _inherit = "stock.picking"

    gatehouse_cutoff_at = fields.Datetime("Cut-off", compute="_compute_gatehouse_cutoff_at", help="When the carrier takes nothing more for the day.")

    @api.depends("carrier_id", "picking_type_id", "state", "scheduled_date", "delivery_type")
    def _compute_gatehouse_cutoff_at(self):
        now = fields.Datetime.now()
        for picking in self:
            open_outgoing = picking.state in ("confirmed", "waiting", "assigned") and picking.picking_type_code == "outgoing" and picking.delivery_type == "gatehouse"
            picking.gatehouse_cutoff_at = open_outgoing and picking._gatehouse_next_cutoff(now)

    def _gatehouse_apply_cutoff(self, values):
        """
        Until when carriers take what leaves the warehouse of this transfer, all of them at once.

        :param values: {"cutoffs": [{"carrier", "service"?, "time": "16:30", "zone", "days": [1, 2, 3]}]}
        """
        told = []
        for row in changes.rows(values, "cutoffs"):
            zone, days = changes.text(row, "zone", required=True), row.get("days")
            if zone not in pytz.all_timezones_set:
                raise changes.InvalidChange(f"{zone} is no time zone.")
            if not isinstance(days, list) or not all(day in range(1, 8) for day in days):
                raise changes.InvalidChange("days are numbers from 1 (Monday) to 7.")
            carrier = changes.text(row, "carrier", required=True, limit=60)
            told.append({"carrier": carrier, "service": changes.text(row, "service", limit=100), "hour": hour_of(row), "zone": zone, "days": days})
        self.picking_type_id.warehouse_id.sudo().gatehouse_carrier_cutoffs = told

    def _gatehouse_next_cutoff(self, now):
        warehouse = self.picking_type_id.warehouse_id
        told = [next_cutoff(now, row["hour"], pytz.timezone(row["zone"]), row["days"], self.scheduled_date) for row in self._gatehouse_told_cutoffs()]
        if any(told):
            return min(filter(None, told))
        source = next((each for each in (warehouse, self.carrier_id) if each.gatehouse_cutoff), None)
        if source is None:
            return False
        zone = pytz.timezone(source.gatehouse_cutoff_zone or warehouse.partner_id.tz or self.company_id.partner_id.tz or "UTC")
        return next_cutoff(now, source.gatehouse_cutoff, zone, source._gatehouse_cutoff_weekdays(), self.scheduled_date) or False

    def _gatehouse_told_cutoffs(self):
        """Those of the carrier that it is booked with, or that its method names; of the service where it has its own. None as long as the carrier is open."""
        carrier = self.gatehouse_tracking_ids[:1].carrier or self.carrier_id.gatehouse_carrier_code
        rows = [row for row in self.picking_type_id.warehouse_id.sudo().gatehouse_carrier_cutoffs or [] if carrier and row["carrier"] == carrier]
        service = self.carrier_id.gatehouse_service_code
        return [row for row in rows if row["service"] and row["service"] == service] or [row for row in rows if not row["service"]]
