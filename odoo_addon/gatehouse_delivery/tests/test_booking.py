from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import DeliveryCase


@tagged("post_install", "-at_install", "gatehouse_delivery")
class TestBooking(DeliveryCase):
    def test_validating_requests_a_booking_and_calls_nobody(self):
        picking = self.confirmed()
        self.ship(picking)
        (request,) = self.requests()
        self.assertEqual(picking.state, "done")
        self.assertEqual(request["kind"], "shipment.requested")
        self.assertEqual(request["request_id"], picking.gatehouse_request)
        self.assertEqual(picking.gatehouse_label_state, "pending")
        self.assertFalse(picking.carrier_tracking_ref)
        self.assertFalse(self.gate.calls)

    def test_a_validation_that_rolls_back_leaves_no_request(self):
        picking = self.confirmed()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.ship(picking)
            raise ZeroDivisionError
        self.assertFalse(self.requests())

    def test_no_message_speaks_of_a_tracking_number_that_is_not_there(self):
        picking = self.confirmed()
        self.ship(picking)
        said = " ".join(picking.message_ids.mapped("body"))
        self.assertNotIn("False", said)
        self.assertIn("Booking requested", said)

    def test_the_quote_that_was_shown_is_what_is_booked(self):
        picking = self.confirmed()
        self.carrier.rate_shipment(picking.sale_id)
        self.ship(picking)
        (request,) = self.requests()
        self.assertEqual(request["quote_id"], self.gate.quote["id"])
        self.assertEqual(request["service"], {"carrier": "UPS", "code": "GROUND"})
        self.assertEqual(request["quoted"], {"amount": "9.50", "currency": "USD"})
        price = self.usd._convert(9.5, picking.sale_id.currency_id, self.company, picking.sale_id.date_order)
        self.assertAlmostEqual(picking.carrier_price, price, 2)

    def test_a_backorder_books_its_own_without_the_quote_of_the_first(self):
        picking = self.confirmed(5)
        self.carrier.rate_shipment(picking.sale_id)
        self.ship(picking, 3)
        rest = picking.sale_id.picking_ids - picking
        self.assertFalse(rest.gatehouse_label_state)
        self.ship(rest)
        first, second = self.requests()
        self.assertTrue(first["quote_id"])
        self.assertIsNone(second["quote_id"])
        self.assertNotEqual(first["request_id"], second["request_id"])

    def test_packages_go_by_name_with_weight_and_what_is_loose_by_the_transfer(self):
        picking = self.confirmed(4)
        line = picking.move_line_ids
        package_model = "stock.package" if "stock.package" in self.env else "stock.quant.package"
        package = self.env[package_model].create({"name": "PACK-A", "shipping_weight": 7.5})
        line.write({"quantity": 3, "result_package_id": package.id})
        line.copy({"quantity": 1, "result_package_id": False})
        packages = self.env["gatehouse.freight"]._picking_packages(picking)
        self.assertEqual([(each["id"], each["weight"]) for each in packages], [("PACK-A", 7.5), (picking.name, 2.5)])

    def test_the_pack_bench_books_before_the_validation_and_the_validation_not_again(self):
        picking = self.confirmed()
        self.assertTrue(picking.gatehouse_can_book)
        picking.action_gatehouse_book()
        self.assertEqual(picking.state, "assigned")
        self.assertEqual(picking.gatehouse_label_state, "pending")
        self.ship(picking)
        self.assertEqual(len(self.requests()), 1)

    def test_the_pack_bench_books_once(self):
        picking = self.confirmed()
        picking.action_gatehouse_book()
        with self.assertRaises(UserError):
            picking.action_gatehouse_book()
        self.assertEqual(len(self.requests()), 1)

    def test_packages_that_differ_from_what_was_booked_are_pointed_out(self):
        picking = self.confirmed(4)
        picking.action_gatehouse_book()
        self.ship(picking, 2)
        self.assertIn("not those that were booked", " ".join(picking.message_ids.mapped("body")))
        self.assertTrue(picking.activity_ids)

    def test_retry_asks_again_under_a_new_id_that_names_what_it_replaces(self):
        picking = self.confirmed()
        self.ship(picking)
        first = picking.gatehouse_request
        self.taken(picking, "label_failed", reason="The carrier refuses the address.", booking=None, retryable=True)
        self.assertEqual(picking.gatehouse_label_state, "failed")
        self.assertIn("refuses the address", picking.gatehouse_label_error)
        picking.action_gatehouse_retry()
        self.assertEqual(picking.gatehouse_label_state, "pending")
        self.assertFalse(picking.gatehouse_label_error)
        self.assertNotEqual(picking.gatehouse_request, first)
        self.assertEqual(self.requests()[-1]["replaces"], first)

    def test_a_second_press_of_retry_asks_nothing(self):
        picking = self.confirmed()
        self.ship(picking)
        self.taken(picking, "label_failed", reason="Down.", retryable=True)
        picking.action_gatehouse_retry()
        picking.action_gatehouse_retry()
        self.assertEqual(len(self.requests()), 2)

    def test_a_failure_of_a_request_that_was_replaced_says_nothing_any_more(self):
        picking = self.confirmed()
        self.ship(picking)
        self.taken(picking, "label_failed", reason="Down.", retryable=True, booking="C1")
        picking.action_gatehouse_retry()
        self.taken(picking, "label_failed", reason="Down, said in other words.", retryable=True, booking="C1")
        self.assertEqual(picking.gatehouse_label_state, "pending")
        self.taken(picking, "label_failed", reason="Down again.", retryable=True, booking="C2")
        self.assertEqual(picking.gatehouse_label_state, "failed")

    def test_cancelling_keeps_the_tracking_number_until_the_carrier_has_cancelled(self):
        picking = self.confirmed()
        self.ship(picking)
        self.taken(picking, "tracking", booking="B1", carrier="UPS", packages=[{"number": "1Z1", "url": "https://ups.test/1Z1", "package": None}])
        self.taken(picking, "label", document="D1", name="label.pdf", format="PDF", content="JVBERg==", package=None)
        picking.cancel_shipment()
        self.assertEqual(picking.gatehouse_label_state, "cancelling")
        self.assertEqual(picking.carrier_tracking_ref, "1Z1")
        request = self.requests()[-1]
        self.assertEqual((request["kind"], request["booking"], request["cancels"]), ("shipment.cancel_requested", "B1", picking.gatehouse_request))
        self.taken(picking, "tracking", booking="B1", packages=[])
        self.assertEqual(picking.gatehouse_label_state, "cancelled")
        self.assertFalse(picking.carrier_tracking_ref)

    def test_cancelling_twice_asks_once(self):
        picking = self.confirmed()
        self.ship(picking)
        picking.cancel_shipment()
        picking.cancel_shipment()
        self.assertEqual([request["kind"] for request in self.requests()], ["shipment.requested", "shipment.cancel_requested"])

    def test_a_transfer_that_is_cancelled_after_the_pack_bench_cancels_its_booking(self):
        picking = self.confirmed()
        picking.action_gatehouse_book()
        picking.action_cancel()
        self.assertEqual(picking.gatehouse_label_state, "cancelling")
        self.assertEqual(self.requests()[-1]["kind"], "shipment.cancel_requested")

    def test_a_return_asks_for_a_label_from_the_customer_to_the_warehouse(self):
        picking = self.confirmed()
        self.ship(picking)
        self.taken(picking, "tracking", booking="B1", carrier="UPS", packages=[{"number": "1Z1"}])
        back = self.give_back(picking, 1)
        back.carrier_id = self.carrier
        self.assertTrue(back.is_return_picking)
        back.print_return_label()
        request = self.requests()[-1]
        self.assertEqual((request["kind"], request["return_of"]), ("return_label.requested", "B1"))
        self.assertEqual((request["from"]["city"], request["to"]["city"]), ("Antwerp", "Ghent"))
        self.assertEqual(back.gatehouse_label_state, "pending")
        self.taken(back, "label", document="D2", name="back.pdf", format="PDF", content="JVBERg==", package=None, **{"return": True})
        self.assertEqual(back.gatehouse_label_state, "ready")
        self.assertEqual(len(back.return_label_ids), 1)
        self.taken(back, "tracking", booking="B2", carrier="UPS", packages=[{"number": "1Z2"}])
        self.assertEqual((picking.carrier_tracking_ref, back.carrier_tracking_ref), ("1Z1", "1Z2"))

    def test_a_method_with_return_labels_asks_for_one_with_each_delivery(self):
        self.carrier.return_label_on_delivery = True
        picking = self.confirmed()
        self.ship(picking)
        self.assertEqual([request["kind"] for request in self.requests()], ["shipment.requested", "return_label.requested"])
        self.taken(picking, "label", document="D2", name="back.pdf", format="PDF", content="JVBERg==", **{"return": True})
        self.assertEqual(picking.gatehouse_label_state, "pending")

    def test_a_request_is_said_word_by_word_again_when_it_is_replayed(self):
        picking = self.confirmed()
        self.ship(picking)
        self.commit()
        first = [event for event in self.deliver() if event["topic"] == "request"]
        rows = self.outbox.search([("topic", "=", "request")])
        rows.action_replay()
        again = [event for event in self.deliver() if event["topic"] == "request"]
        self.assertEqual(len(first), 1)
        self.assertEqual(first[0]["record"], again[0]["record"])
        self.assertEqual((first[0]["model"], first[0]["recordId"]), ("stock.picking", picking.id))

    def test_other_providers_are_left_as_odoo_has_them(self):
        fixed = self.env["delivery.carrier"].create({"name": "Fixed", "delivery_type": "fixed", "fixed_price": 5, "product_id": self.freight_product.id, "integration_level": "rate_and_ship"})
        picking = self.confirmed(carrier=fixed)
        self.ship(picking)
        self.assertFalse(self.requests())
        self.assertFalse(picking.gatehouse_label_state)
