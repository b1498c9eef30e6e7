from odoo.tests import tagged

from .common import DeliveryCase

LABEL = {"document": "D1", "name": "label.pdf", "format": "PDF", "content": "JVBERg==", "package": None}


@tagged("post_install", "-at_install", "gatehouse_delivery")
class TestWrittenBack(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.picking = self.confirmed()
        self.carrier.rate_shipment(self.picking.sale_id)
        self.ship(self.picking)

    def tracking(self, *numbers, booking="B1"):
        self.taken(self.picking, "tracking", booking=booking, carrier="UPS", packages=[{"number": number, "url": f"https://ups.test/{number}", "package": None} for number in numbers])

    def test_a_label_makes_it_ready_and_is_found_by_odoo_as_one(self):
        self.tracking("1Z1")
        self.taken(self.picking, "label", **LABEL)
        self.assertEqual(self.picking.gatehouse_label_state, "ready")
        attachment = self.env["ir.attachment"].search([("res_model", "=", "stock.picking"), ("res_id", "=", self.picking.id)])
        self.assertEqual(attachment.name, "LabelShipping-gatehouse-label.pdf")
        self.assertEqual(attachment.raw, b"%PDF")

    def test_one_number_is_a_link_and_several_are_a_list(self):
        self.tracking("1Z1")
        self.assertEqual(self.picking.carrier_tracking_ref, "1Z1")
        self.assertEqual(self.picking.carrier_tracking_url, "https://ups.test/1Z1")
        self.tracking("1Z1", "1Z2")
        self.assertEqual(self.picking.carrier_tracking_ref, "1Z1,1Z2")
        self.assertEqual(self.picking.get_multiple_carrier_tracking(), [["1Z1", "https://ups.test/1Z1"], ["1Z2", "https://ups.test/1Z2"]])

    def test_a_method_may_know_the_link_that_gatehouse_does_not(self):
        self.carrier.tracking_url = "https://track.test/<shipmenttrackingnumber>"
        self.taken(self.picking, "tracking", booking="B1", carrier="UPS", packages=[{"number": "1Z1", "url": None, "package": None}])
        self.assertEqual(self.picking.carrier_tracking_url, "https://track.test/1Z1")

    def test_what_failed_of_a_booking_that_stands_stays_open(self):
        self.tracking("1Z1")
        self.taken(self.picking, "label_failed", reason="PACK2: too heavy", booking="B1", retryable=False)
        self.taken(self.picking, "label", **LABEL)
        self.assertEqual(self.picking.gatehouse_label_state, "ready")
        self.assertTrue(self.picking.gatehouse_exception)

    def test_a_queued_booking_that_is_cancelled_is_told_by_its_command(self):
        self.picking.cancel_shipment()
        self.taken(self.picking, "tracking", booking="command-of-the-booking", packages=[])
        self.assertEqual(self.picking.gatehouse_label_state, "cancelled")

    def test_a_booking_that_somebody_at_gatehouse_called_off_is_told_by_our_request(self):
        self.taken(self.picking, "tracking", booking="command", request=self.picking.gatehouse_request, packages=[])
        self.assertEqual(self.picking.gatehouse_label_state, "cancelled")

    def test_the_booking_that_a_request_replaced_does_not_end_the_cancelling_of_the_new_one(self):
        self.picking.cancel_shipment()
        self.taken(self.picking, "tracking", booking="command", request="an-earlier-request", packages=[])
        self.assertEqual(self.picking.gatehouse_label_state, "cancelling")

    def test_what_the_carrier_would_not_cancel_stands_and_may_be_cancelled_again(self):
        self.tracking("1Z1")
        self.taken(self.picking, "label", **LABEL)
        self.picking.cancel_shipment()
        failed = {"uid": "c9", "kind": "CANCEL_FAILED", "severity": "HIGH", "title": "The carrier did not cancel the booking", "detail": "Already scanned", "booking": "B1"}
        self.taken(self.picking, "exception", **failed)
        self.assertEqual((self.picking.gatehouse_label_state, self.picking.gatehouse_label_error), ("ready", "Already scanned"))
        self.assertTrue(self.picking.gatehouse_exception)
        self.picking.cancel_shipment()
        self.assertEqual(self.picking.gatehouse_label_state, "cancelling")
        self.taken(self.picking, "tracking", booking="B1", packages=[])
        self.taken(self.picking, "exception_closed", uid="c9")
        self.assertEqual((self.picking.gatehouse_label_state, self.picking.gatehouse_exception), ("cancelled", False))

    def test_a_cancellation_that_the_carrier_takes_back_makes_it_ready_again(self):
        self.tracking("1Z1")
        self.picking.cancel_shipment()
        self.taken(self.picking, "tracking", booking="B1", packages=[])
        self.assertEqual(self.picking.gatehouse_label_state, "cancelled")
        self.tracking("1Z1")
        self.assertEqual(self.picking.gatehouse_label_state, "ready")

    def test_what_an_earlier_booking_loses_does_not_touch_the_one_that_is_pending(self):
        self.taken(self.picking, "tracking", booking="earlier", packages=[])
        self.assertEqual(self.picking.gatehouse_label_state, "pending")

    def test_numbers_appear_on_the_steps_before_too_and_go_with_the_booking(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self.order(3)
        order.carrier_id = self.carrier
        order.action_confirm()
        pick = order.picking_ids.filtered(lambda each: each.picking_type_id == self.warehouse.pick_type_id)
        pick.action_assign()
        self.ship(pick)
        out = order.picking_ids.filtered(lambda each: each.picking_type_code == "outgoing")
        out.carrier_id = self.carrier
        self.ship(out)
        self.taken(out, "tracking", booking="B9", carrier="UPS", packages=[{"number": "1Z9", "url": "https://ups.test/1Z9"}])
        self.assertEqual((pick.carrier_tracking_ref, out.carrier_tracking_ref), ("1Z9", "1Z9"))
        self.taken(out, "tracking", booking="B9", packages=[])
        self.assertFalse(pick.carrier_tracking_ref)

    def test_the_cost_that_comes_later_is_what_the_order_is_charged(self):
        order = self.picking.sale_id
        self.taken(self.picking, "cost", booking="B1", amount="11.00", currency=self.company.currency_id.name)
        line = order.order_line.filtered("is_delivery")
        self.assertEqual(line.price_unit, self.picking.carrier_price)
        self.assertAlmostEqual(line.price_unit, self.company.currency_id._convert(11, order.currency_id, self.company, order.date_order), 2)

    def test_a_corrected_cost_changes_the_same_line(self):
        self.taken(self.picking, "cost", booking="B1", amount="11.00", currency=self.company.currency_id.name)
        self.taken(self.picking, "cost", booking="B1", amount="13.00", currency=self.company.currency_id.name)
        line = self.picking.sale_id.order_line.filtered("is_delivery")
        self.assertEqual(len(line), 1)
        self.assertEqual(line.price_unit, self.picking.carrier_price)

    def test_margins_are_put_on_the_cost(self):
        self.carrier.margin = 0.5
        self.taken(self.picking, "cost", booking="B1", amount="10.00", currency=self.company.currency_id.name)
        self.assertAlmostEqual(self.picking.carrier_price, self.company.currency_id._convert(15, self.picking.sale_id.currency_id, self.company, self.picking.sale_id.date_order), 2)

    def test_an_estimated_price_stays_on_the_order_whatever_it_costs(self):
        self.carrier.invoice_policy = "estimated"
        self.taken(self.picking, "cost", booking="B1", amount="11.00", currency=self.company.currency_id.name)
        self.assertFalse(self.picking.sale_id.order_line.filtered("is_delivery"))

    def test_a_failure_after_the_label_does_not_take_it_back(self):
        self.taken(self.picking, "label", **LABEL)
        self.taken(self.picking, "label_failed", reason="One of two packages failed.", retryable=False)
        self.assertEqual(self.picking.gatehouse_label_state, "ready")

    def test_a_label_closes_the_matter_of_its_failure(self):
        self.taken(self.picking, "label_failed", reason="Down.", retryable=True)
        self.assertTrue(self.picking.gatehouse_exception)
        self.picking.action_gatehouse_retry()
        self.taken(self.picking, "label", **LABEL)
        self.assertFalse(self.picking.gatehouse_exception)
        self.assertEqual(self.picking.gatehouse_label_state, "ready")

    def test_a_second_booking_is_pointed_out_and_both_numbers_stand(self):
        self.tracking("1Z1")
        self.tracking("1Z2", booking="B2")
        self.assertEqual(self.picking.carrier_tracking_ref, "1Z1,1Z2")
        self.assertIn("Two bookings", " ".join(self.picking.activity_ids.mapped("summary")))

    def test_a_queued_booking_that_was_cancelled_never_fails(self):
        self.picking.cancel_shipment()
        self.taken(self.picking, "label_failed", reason="Cancelled before it was booked.", retryable=False)
        self.assertEqual(self.picking.gatehouse_label_state, "cancelled")
        self.assertFalse(self.picking.gatehouse_exception)
