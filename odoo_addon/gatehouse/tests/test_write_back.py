import base64

from odoo import fields
from odoo.tests import tagged

from .commands import CommandCase

PDF = base64.b64encode(b"%PDF-1.4 label").decode()


@tagged("post_install", "-at_install")
class TestWriteBack(CommandCase):
    """What stands on a transfer after the commands of Gatehouse."""

    def test_milestones_are_kept_once_each_whatever_order_they_come_in(self):
        delivered, departed = self.milestone("m2", "DELIVERED", 15, place="Ghent"), self.milestone("m1", "PICKED_UP", 9)
        for values in (delivered, departed, delivered, departed):
            self.do("milestone", **values)
        self.assertEqual(self.picking.gatehouse_milestone_ids.mapped("code"), ["DELIVERED", "PICKED_UP"])
        self.assertEqual(self.picking.gatehouse_milestone_ids[0].place, "Ghent")
        self.assertFalse(self.picking.message_ids.filtered(lambda message: "DELIVERED" in (message.body or "")))

    def test_a_milestone_that_was_taken_back_stays_and_is_marked(self):
        self.do("milestone", **self.milestone("m1", "DELIVERED", 9))
        self.do("milestone", uid="m1", retracted=True)
        self.do("milestone", uid="never told", retracted=True)
        self.assertEqual(self.picking.gatehouse_milestone_ids.mapped("retracted"), [True])
        self.do("milestone", **self.milestone("m1", "DELIVERED", 9))
        self.assertEqual(self.picking.gatehouse_milestone_ids.mapped("retracted"), [False])

    def test_status_eta_and_exception_can_be_searched_and_grouped(self):
        self.do("status", status="IN_TRANSIT", raw="On the way", at="2026-11-20T10:00:00.000Z")
        self.do("estimate", at="2026-11-24T12:00:00+02:00", promised_late=True)
        self.do("exception", uid="x1", kind="WEATHER", severity="LOW", title="Snow", detail="On the pass")
        self.do("exception", uid="x2", kind="DAMAGE", severity="HIGH", title="Broken", detail="<b>glass</b>")
        pickings = self.env["stock.picking"]
        domain = [("gatehouse_status", "=", "IN_TRANSIT"), ("gatehouse_late", "=", True), ("gatehouse_eta", "=", "2026-11-24 10:00:00"), ("gatehouse_exception", "=", "Broken")]
        self.assertEqual(pickings.search(domain), self.picking)
        for field in ("gatehouse_status", "gatehouse_exception", "gatehouse_exception_severity", "gatehouse_eta:day"):
            self.assertTrue(pickings.read_group([("id", "=", self.picking.id)], ["__count"], [field]) if not hasattr(pickings, "formatted_read_group") else pickings.formatted_read_group([("id", "=", self.picking.id)], [field], ["__count"]))

    def test_a_status_of_a_newer_gatehouse_is_shown_in_its_own_words(self):
        self.do("status", status="TELEPORTED")
        self.assertEqual((self.picking.gatehouse_status, self.picking.gatehouse_status_raw), ("UNKNOWN", "TELEPORTED"))

    def test_each_package_has_its_number_and_a_second_statement_replaces_the_first(self):
        self.do("tracking", booking="b1", carrier="FEDEX", packages=[{"package": "PACK1", "number": "111", "url": "https://track/111"}, {"package": "PACK2", "number": "222"}])
        self.do("tracking", booking="b2", carrier="UPS", packages=[{"package": None, "number": "333"}])
        self.do("tracking", booking="b1", carrier="FEDEX", packages=[{"package": "PACK1", "number": "111"}, {"package": "PACK2", "number": "444"}])
        numbers = {(row.package or None, row.number) for row in self.picking.gatehouse_tracking_ids}
        self.assertEqual(numbers, {("PACK1", "111"), ("PACK2", "444"), (None, "333")})
        if "carrier_tracking_ref" in self.picking._fields:
            self.assertEqual(set(self.picking.carrier_tracking_ref.split(",")), {"111", "444", "333"})
        self.do("tracking", booking="b1", packages=[])
        self.assertEqual(self.picking.gatehouse_tracking_ids.mapped("number"), ["333"])

    def test_a_number_that_somebody_entered_stays(self):
        if "carrier_tracking_ref" not in self.picking._fields:
            self.skipTest("stock_delivery is not installed")
        self.picking.carrier_tracking_ref = "BY-HAND"
        self.do("tracking", booking="b1", packages=[{"number": "111"}])
        self.do("tracking", booking="b1", packages=[])
        self.assertEqual(self.picking.carrier_tracking_ref, "BY-HAND")

    def test_a_file_is_attached_once_under_one_message(self):
        before = len(self.picking.message_ids)
        self.do("label", document="d1", name="label.pdf", format="PDF", content=PDF, package="PACK1")
        self.do("label", document="d1", name="label.pdf", format="PDF", content=PDF, package="PACK1")
        self.do("document", document="d2", kind="POD", format="PNG", content=PDF)
        files = self.env["ir.attachment"].search([("res_model", "=", "stock.picking"), ("res_id", "=", self.picking.id)], order="id")
        self.assertEqual(files.mapped("gatehouse_kind"), ["LABEL", "POD"])
        self.assertEqual((files[0].raw, files[0].mimetype), (b"%PDF-1.4 label", "application/pdf"))
        messages = self.picking.message_ids[: len(self.picking.message_ids) - before]
        self.assertEqual(sorted(messages.attachment_ids.mapped("gatehouse_document")), ["d1", "d2"])
        self.assertEqual(len(messages), 2)
        self.assertFalse(messages.notification_ids)
        self.assertIn("base64", self.refused("document", document="d3", kind="POD", format="PDF", content="not base64!"))

    def test_costs_of_several_bookings_add_up_in_the_company_s_currency(self):
        self.do("cost", booking="b1", amount="10.25", currency=self.company.currency_id.name)
        self.do("cost", booking="b2", amount="4.75", currency=self.company.currency_id.name)
        self.assertAlmostEqual(self.picking.gatehouse_cost, 15.0)
        self.do("cost", booking="b1", amount=None)
        self.assertAlmostEqual(self.picking.gatehouse_cost, 4.75)
        if "carrier_price" in self.picking._fields:
            self.assertAlmostEqual(self.picking.carrier_price, 4.75)
        self.assertIn("QQQ", self.refused("cost", booking="b3", amount="1", currency="QQQ"))

    def test_an_exception_is_an_activity_as_long_as_it_is_open(self):
        values = {"uid": "x1", "kind": "DAMAGE", "severity": "HIGH", "title": "Broken", "detail": "<b>glass</b>"}
        self.do("exception", **values)
        self.do("exception", **{**values, "title": "Broken glass"})
        activity = self.picking.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertIn("&lt;b&gt;", str(activity.note))
        self.assertEqual((self.picking.gatehouse_exception, self.picking.gatehouse_exception_severity), ("Broken glass", "HIGH"))
        self.do("exception_closed", uid="x1", resolution="Replaced.")
        self.assertFalse(self.picking.activity_ids)
        self.assertFalse(self.picking.gatehouse_exception)
        self.do("exception", **values)
        self.assertEqual(len(self.picking.gatehouse_exception_ids), 1)
        self.assertEqual(len(self.picking.activity_ids), 1)

    def test_an_activity_that_somebody_marked_as_done_leaves_the_exception_open_until_it_is_closed(self):
        self.do("exception", uid="x1", kind="DAMAGE", severity="HIGH", title="Broken")
        self.picking.activity_ids.action_feedback(feedback="seen")
        self.assertEqual(self.picking.gatehouse_exception, "Broken")
        self.do("exception_closed", uid="x1")
        self.assertFalse(self.picking.gatehouse_exception)

    def test_the_one_in_charge_is_asked(self):
        group = self.env.ref("stock.group_stock_user")
        user = self.clerk
        user.write({"group_ids" if "group_ids" in user._fields else "groups_id": [(4, group.id)]})
        self.company.gatehouse_exception_user_id = user
        self.sale.user_id = False
        self.do("exception", uid="x1", kind="DAMAGE", severity="HIGH", title="Broken")
        self.assertEqual(self.picking.activity_ids.user_id, user)

    def test_a_label_that_failed_is_seen_on_the_transfer(self):
        self.do("label_failed", reason="The address is unknown.", booking="b1", retryable=False)
        self.assertEqual(self.picking.gatehouse_exception_ids.detail, "The address is unknown.")
        self.do("exception_closed", uid="label:b1", version=2)
        self.do("label_failed", reason="An earlier failure that comes late.", booking="b1", retryable=False, version=1)
        self.assertFalse(self.picking.gatehouse_exception)

    def test_what_is_delivered_outside_moves_no_stock(self):
        self.do("delivered", at="2026-11-22T10:00:00.000Z")
        self.assertEqual(self.picking.state, "assigned")
        self.assertEqual(self.picking.gatehouse_delivered_at, fields.Datetime.to_datetime("2026-11-22 10:00:00"))
        self.do("delivered", at=None)
        self.assertFalse(self.picking.gatehouse_delivered_at)

    def test_an_appointment_comes_and_goes(self):
        self.do("appointment", at="2026-11-22T10:00:00.000Z", dock="D1", state="CONFIRMED")
        self.assertEqual((self.picking.gatehouse_dock, self.picking.gatehouse_appointment_state), ("D1", "CONFIRMED"))
        self.do("appointment", at=None)
        self.assertFalse(self.picking.gatehouse_appointment_at or self.picking.gatehouse_dock)
