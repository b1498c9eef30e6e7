import json
import uuid
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import DeliveryCase


def milestone(code, hours_ago, **values):
    at = (fields.Datetime.now() - timedelta(hours=hours_ago)).isoformat() + "Z"
    return {"uid": str(uuid.uuid4()), "code": code, "classifier": "ACTUAL", "occurred_at": at, "recorded_at": at, "zone": "UTC", "place": "Antwerp", "source": "UPS", **values}


@tagged("post_install", "-at_install", "gatehouse_delivery")
class TestTimeline(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.picking = self.confirmed()

    def codes(self):
        return [each["code"] for each in self.picking.gatehouse_timeline()["milestones"]]

    def test_milestones_out_of_order_and_twice_stand_once_in_order(self):
        late, early = milestone("DELIVERED", 1), milestone("PICKED_UP", 9)
        for each in (late, early, late, milestone("OUT_FOR_DELIVERY", 4)):
            self.taken(self.picking, "milestone", **each)
        self.assertEqual(self.codes(), ["DELIVERED", "OUT_FOR_DELIVERY", "PICKED_UP"])

    def test_what_was_taken_back_is_not_shown(self):
        wrong = milestone("DELIVERED", 1)
        self.taken(self.picking, "milestone", **wrong)
        self.taken(self.picking, "milestone", uid=wrong["uid"], retracted=True)
        self.assertEqual(self.codes(), [])

    def test_open_forms_are_told_that_there_is_news_and_nothing_else(self):
        self.env["bus.bus"].sudo().search([]).unlink()
        self.taken(self.picking, "milestone", **milestone("PICKED_UP", 1))
        self.env.cr.precommit.run()
        told = [json.loads(row.message) for row in self.env["bus.bus"].sudo().search([]) if "gatehouse.transfer" in row.message]
        self.assertEqual([message["payload"] for message in told], [{"id": self.picking.id}])

    def test_a_customer_sees_what_happened_and_not_what_is_planned(self):
        for each in (milestone("PICKED_UP", 9), milestone("DELIVERED", -20, classifier="ESTIMATED"), milestone("INFO", 2)):
            self.taken(self.picking, "milestone", **each)
        self.assertEqual(self.picking._gatehouse_portal_milestones().mapped("code"), ["PICKED_UP"])

    def messages(self):
        return self.picking.message_ids.filtered(lambda message: "Picked up" in (message.body or "") or "Delivered" in (message.body or ""))

    def apply_all(self, *milestones):
        commands = [{"id": str(uuid.uuid4()), "topic": "milestone", "model": "stock.picking", "record_id": self.picking.id, "values": each} for each in milestones]
        answers = self.env["gatehouse.command"].with_user(self.bot).apply_commands(commands)
        self.assertEqual({answer["state"] for answer in answers}, {"applied"}, answers)
        self.env.invalidate_all()

    def test_nothing_is_posted_that_was_not_asked_for(self):
        before = self.picking.message_ids
        self.apply_all(milestone("PICKED_UP", 2), milestone("DELIVERED", 1))
        self.assertEqual(self.picking.message_ids, before)

    def test_a_batch_makes_one_message_and_a_code_is_told_once(self):
        self.company.gatehouse_message_codes = "PICKED_UP, DELIVERED"
        self.apply_all(milestone("PICKED_UP", 2), milestone("DELIVERED", 1, package="1Z1"), milestone("DELIVERED", 1, package="1Z2"))
        self.apply_all(milestone("DELIVERED", 1, package="1Z3"))
        (message,) = self.messages()
        self.assertEqual(message.body.count("Delivered"), 1)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))

    def test_a_note_mails_nobody(self):
        self.company.gatehouse_note_codes = "DELIVERED"
        self.apply_all(milestone("DELIVERED", 1))
        self.assertEqual(self.messages().subtype_id, self.env.ref("mail.mt_note"))

    def test_history_that_is_loaded_is_nobodys_news(self):
        self.company.gatehouse_message_codes = "DELIVERED"
        self.apply_all(milestone("DELIVERED", 24 * 9))
        self.assertFalse(self.messages())

    def test_status_estimate_and_exception_can_be_searched_and_grouped(self):
        self.taken(self.picking, "status", status="IN_TRANSIT", at="2026-11-20T10:00:00Z")
        self.taken(self.picking, "estimate", at="2026-11-24T10:00:00Z", promised_late=True)
        self.taken(self.picking, "exception", uid="E1", kind="DELAYED", severity="HIGH", title="Late by a day", detail="")
        domain = [("gatehouse_status", "=", "IN_TRANSIT"), ("gatehouse_eta", ">", "2026-11-23"), ("gatehouse_exception", "ilike", "late")]
        self.assertEqual(self.env["stock.picking"].search([("id", "=", self.picking.id), *domain]), self.picking)
        for by in ("gatehouse_status", "gatehouse_eta:day", "gatehouse_exception"):
            self.assertTrue(self.env["stock.picking"]._read_group([("id", "=", self.picking.id)], [by], ["__count"]), by)


@tagged("post_install", "-at_install", "gatehouse_delivery")
class TestControlRoom(DeliveryCase):
    def test_the_token_is_asked_for_the_user_who_opens_it(self):
        self.gate.answers = [(200, json.dumps({"access_token": "short", "expires_in": 120}))]
        answer = self.env["gatehouse.control.room"].open()
        self.assertEqual(answer, {"url": "https://gatehouse.test/?embedded", "origin": "https://gatehouse.test", "token": "short", "seconds": 120})
        form = self.gate.calls[0][1]["form"]
        self.assertEqual(form["subject_token"], str(self.env.uid))
        self.assertIn("base.group_user", form["odoo_groups"].split())
        self.company.sudo().gatehouse_secret = "whsec_AAAA+BBB/CCCCDDDDEEEEFFFFGGGGHHH="
        self.gate.answers = [(200, json.dumps({"access_token": "short", "expires_in": 120}))]
        self.env["gatehouse.control.room"].open()
        self.assertEqual(self.gate.calls[1][1]["auth"], ("odoo", "whsec_AAAA%2BBBB%2FCCCCDDDDEEEEFFFFGGGGHHH%3D"))

    def test_the_token_stands_in_no_address(self):
        self.gate.answers = [(200, json.dumps({"access_token": "short", "expires_in": 120}))]
        answer = self.env["gatehouse.control.room"].open()
        self.assertNotIn("short", answer["url"])
        self.assertNotIn("short", self.gate.calls[0][0])

    def test_a_refusal_is_said_in_words(self):
        self.gate.answers = [(400, json.dumps({"error": "invalid_grant", "error_description": "No rule gives you rights here."}))]
        with self.assertRaisesRegex(UserError, "No rule gives you rights"):
            self.env["gatehouse.control.room"].open()

    def test_customers_of_the_portal_are_not_let_in(self):
        portal = self.env["res.users"].with_context(no_reset_password=True).create({"name": "P", "login": "gatehouse-portal-user"})
        field = "group_ids" if "group_ids" in portal._fields else "groups_id"
        portal[field] = [(6, 0, [self.env.ref("base.group_portal").id])]
        with self.assertRaises(AccessError):
            self.env["gatehouse.control.room"].with_user(portal).open()


@tagged("post_install", "-at_install", "gatehouse_delivery", "gatehouse_tour")
class TestTours(HttpCase, DeliveryCase):
    """In a real browser."""

    def setUp(self):
        super().setUp()
        # The tour itself plays Gatehouse.
        field = "user_ids" if "user_ids" in self.env["res.groups"]._fields else "users"
        self.env.ref("gatehouse.group_sync").sudo()[field] = [(4, self.env.ref("base.user_admin").id)]

    def test_the_timeline_of_a_form_moves_while_it_is_open(self):
        picking = self.confirmed()
        self.taken(picking, "milestone", **milestone("PICKED_UP", 5))
        self.taken(picking, "status", status="IN_TRANSIT", at="2026-11-20T10:00:00Z")
        self.start_tour(self.form_url(picking), "gatehouse_timeline", login="admin", timeout=120)

    def test_the_rate_button_of_the_sale_shows_the_price_of_gatehouse(self):
        order = self.order(2)
        self.start_tour(self.form_url(order), "gatehouse_rate", login="admin", timeout=120)
        self.assertEqual(order.carrier_id, self.carrier)
        self.assertTrue(order.order_line.filtered("is_delivery"))

    def test_a_customer_sees_the_timeline_on_the_page_of_the_order(self):
        picking = self.confirmed()
        for each in (milestone("PICKED_UP", 5), milestone("DELIVERED", 1)):
            self.taken(picking, "milestone", **each)
        order = picking.sale_id
        page = self.url_open(order.get_portal_url())
        self.assertEqual(page.status_code, 200)
        self.assertIn('data-code="DELIVERED"', page.text)
        self.assertLess(page.text.index('data-code="DELIVERED"'), page.text.index('data-code="PICKED_UP"'))

    def form_url(self, record):
        return f"/web#id={record.id}&model={record._name}&view_type=form"
