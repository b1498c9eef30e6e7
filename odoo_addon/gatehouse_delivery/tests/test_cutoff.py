from datetime import datetime, timedelta

import pytz

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..models.cutoff import next_cutoff
from .common import DeliveryCase

BRUSSELS = pytz.timezone("Europe/Brussels")
WORKDAYS = {1, 2, 3, 4, 5}


@tagged("post_install", "-at_install", "gatehouse_delivery")
class TestCutoff(DeliveryCase):
    def test_before_the_hour_it_is_today(self):
        # A Friday; Brussels is one hour ahead of UTC in November.
        self.assertEqual(next_cutoff(datetime(2026, 11, 20, 14, 0), 16.5, BRUSSELS, WORKDAYS), datetime(2026, 11, 20, 15, 30))

    def test_after_the_hour_it_is_the_next_day_on_which_the_carrier_comes(self):
        self.assertEqual(next_cutoff(datetime(2026, 11, 20, 15, 31), 16.5, BRUSSELS, WORKDAYS), datetime(2026, 11, 23, 15, 30))

    def test_summer_time_moves_it(self):
        self.assertEqual(next_cutoff(datetime(2026, 7, 1, 8, 0), 16.5, BRUSSELS, WORKDAYS), datetime(2026, 7, 1, 14, 30))

    def test_what_is_planned_for_later_has_the_cutoff_of_its_day(self):
        at = next_cutoff(datetime(2026, 11, 16, 8, 0), 16.5, BRUSSELS, WORKDAYS, not_before=datetime(2026, 11, 18, 9, 0))
        self.assertEqual(at, datetime(2026, 11, 18, 15, 30))

    def test_gatehouse_tells_a_method_its_cutoff(self):
        self.taken(self.carrier, "cutoff", time="16:30", zone="Europe/Brussels", days=[1, 2, 3, 4, 5, 6])
        self.assertEqual((self.carrier.gatehouse_cutoff, self.carrier.gatehouse_cutoff_days), (16.5, "1,2,3,4,5,6"))

    def test_an_open_delivery_counts_down_and_a_done_one_does_not(self):
        self.carrier.write({"gatehouse_cutoff": 23.9, "gatehouse_cutoff_zone": "UTC", "gatehouse_cutoff_days": "1,2,3,4,5,6,7"})
        picking = self.confirmed()
        self.assertLess(picking.gatehouse_cutoff_at - fields.Datetime.now(), timedelta(days=2))
        self.ship(picking)
        self.assertFalse(picking.gatehouse_cutoff_at)

    def test_the_warehouse_goes_before_the_carrier(self):
        self.carrier.write({"gatehouse_cutoff": 18.0, "gatehouse_cutoff_zone": "UTC"})
        self.warehouse.write({"gatehouse_cutoff": 12.0, "gatehouse_cutoff_zone": "UTC"})
        self.assertEqual(self.confirmed().gatehouse_cutoff_at.hour, 12)

    def test_a_zone_that_is_none_is_refused(self):
        with self.assertRaises(ValidationError):
            self.carrier.gatehouse_cutoff_zone = "Mars/Olympus"
        self.assertEqual(self.apply(self.carrier, "cutoff", time="25:00")["state"], "rejected")

    def test_gatehouse_tells_a_warehouse_the_cutoffs_of_its_carriers(self):
        week = [1, 2, 3, 4, 5, 6, 7]
        rows = [
            {"carrier": "FEDEX", "service": None, "time": "17:00", "zone": "UTC", "days": week},
            {"carrier": "FEDEX", "service": "FEDEX_2_DAY", "time": "15:30", "zone": "UTC", "days": week},
            {"carrier": "UPS", "service": None, "time": "11:00", "zone": "UTC", "days": week},
        ]
        self.carrier.write({"gatehouse_cutoff": 18.0, "gatehouse_cutoff_zone": "UTC"})
        picking = self.confirmed()
        self.taken(picking, "cutoff", cutoffs=rows)
        other = self.confirmed()
        self.assertEqual(other.gatehouse_cutoff_at.hour, 18, "Nobody knows yet which carrier it will be.")
        self.carrier.gatehouse_carrier_code = "FEDEX"
        self.assertEqual(self.confirmed().gatehouse_cutoff_at.hour, 17)
        self.carrier.gatehouse_service_code = "FEDEX_2_DAY"
        found = self.confirmed().gatehouse_cutoff_at
        self.assertEqual((found.hour, found.minute), (15, 30))
        self.taken(picking, "cutoff", cutoffs=[])
        self.assertEqual(self.confirmed().gatehouse_cutoff_at.hour, 18)

    def test_cutoffs_that_are_none_are_refused(self):
        picking = self.confirmed()
        row = {"carrier": "FEDEX", "time": "17:00", "zone": "UTC", "days": [1]}
        for wrong in ({"zone": "Mars/Olympus"}, {"time": "25:00"}, {"days": [9]}, {"days": None}, {"carrier": None}):
            self.assertEqual(self.apply(picking, "cutoff", cutoffs=[{**row, **wrong}])["state"], "rejected", wrong)
