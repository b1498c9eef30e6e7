from datetime import timedelta

import requests

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import file_open

from ..lib import signing
from .common import SECRET, GatehouseCase


@tagged("post_install", "-at_install", "gatehouse")
class TestSettings(GatehouseCase):
    def test_the_test_button_posts_no_events_and_says_that_all_is_well(self):
        answer = self.env["res.config.settings"].create({}).action_gatehouse_test()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertEqual(self.receiver.calls[0]["document"]["events"], [])

    def test_the_test_button_says_what_is_wrong(self):
        cases = (
            ((401, None, '{"detail": "The signature is wrong."}'), "signature is wrong"),
            ((404, None, ""), "no connection of this name"),
            ((301, None, ""), "leads elsewhere"),
            ((503, None, ""), "cannot store"),
            ((200 + 218, None, ""), "not one of Gatehouse"),
            (requests.exceptions.SSLError("x"), "certificate"),
            (requests.exceptions.ConnectTimeout("x"), "firewall"),
            (requests.exceptions.ReadTimeout("x"), "did not answer in time"),
            (requests.exceptions.ConnectionError("Failed to resolve 'x'"), "not known"),
            (requests.exceptions.ConnectionError("Connection refused"), "refuses"),
            (requests.exceptions.InvalidURL("x"), "must look like"),
        )
        for answer, expected in cases:
            self.receiver.answers = [answer]
            params = self.company.action_gatehouse_test()["params"]
            self.assertEqual(params["type"], "danger")
            self.assertIn(expected, params["message"])
        self.company.gatehouse_secret = False
        self.assertIn("secret", self.company.action_gatehouse_test()["params"]["message"])
        self.company.gatehouse_url = False
        self.assertIn("URL", self.company.action_gatehouse_test()["params"]["message"])

    def test_a_new_secret_is_used_together_with_the_old_one_for_a_while(self):
        settings = self.env["res.config.settings"].create({"gatehouse_secret": "fresh"})
        settings.execute()
        self.assertEqual(self.company._gatehouse_secrets(), ["fresh", SECRET])
        self.company.action_gatehouse_test()
        headers = self.receiver.calls[-1]["headers"]
        signatures = headers["webhook-signature"].split(" ")
        body = self.receiver.calls[-1]["body"]
        self.assertEqual(signatures, [signing.signature(secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body) for secret in ("fresh", SECRET)])
        self.company.gatehouse_secret = "fresh"
        self.assertEqual(self.company.gatehouse_secret_previous, SECRET, "Saving the same secret is no rotation")
        self.company.gatehouse_secret_previous_until = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self.company._gatehouse_secrets(), ["fresh"])
        self.company.action_gatehouse_end_overlap()
        self.assertFalse(self.company.gatehouse_secret_previous)

    def test_what_cannot_work_is_refused_when_saved(self):
        for values in ({"gatehouse_url": "gatehouse.example.com"}, {"gatehouse_secret": "whsec_***"}):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.company.write(values)

    def test_users_see_no_secret_and_cannot_test(self):
        user = new_test_user(self.env, "gatehouse_user", "base.group_user")
        company = self.company.with_user(user)
        with self.assertRaises(AccessError):
            company.read(["gatehouse_secret"])
        with self.assertRaises(AccessError):
            company.action_gatehouse_test()

    def test_a_neutralized_copy_tells_nothing(self):
        self.env["res.partner"].create({"name": "Before"})
        rows = self.commit()
        with file_open("gatehouse/data/neutralize.sql") as file:
            self.env.flush_all()
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertEqual(set(rows.mapped("state")), {"dead"})
        self.assertFalse(self.env.ref("gatehouse.cron_deliver").active)
        self.env["res.partner"].create({"name": "After"})
        self.assertFalse(self.commit())
        self.assertFalse(self.deliver())
