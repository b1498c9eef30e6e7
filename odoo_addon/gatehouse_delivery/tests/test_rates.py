import json

from odoo.tests import tagged

from .common import DeliveryCase, down


@tagged("post_install", "-at_install", "gatehouse_delivery")
class TestRates(DeliveryCase):
    def test_the_price_is_that_of_the_first_rate_in_the_order_of_gatehouse(self):
        order = self.order(2)
        rate = self.carrier.rate_shipment(order)
        self.assertTrue(rate["success"], rate)
        price = self.usd._convert(9.5, order.currency_id, self.company, order.date_order)
        self.assertAlmostEqual(rate["price"], price, 2)

    def test_the_request_says_from_where_to_where_and_how_heavy(self):
        order = self.order(4)
        self.carrier.rate_shipment(order)
        request = self.gate.asked("/graphql")[0]["json"]["variables"]["input"]
        self.assertEqual(request["from"]["city"], "Ghent")
        self.assertEqual(request["connectionCompany"], {"connection": self.company.gatehouse_url.rpartition("/")[2], "company": str(self.company.id)})
        self.assertEqual(request["to"]["city"], "Antwerp")
        self.assertEqual(request["to"]["country"], "BE")
        weights = [package["weightKg"] for package in request["packages"]]
        unit = self.env["gatehouse.freight"]._weight_unit()
        self.assertEqual(weights, ["10" if unit == "kg" else "4.5359"])

    def test_an_order_fills_packages_of_the_type_of_the_method(self):
        name_field = {"name": "Box", "max_weight": 6.0, "base_weight": 1.0, "packaging_length": 300, "width": 200, "height": 100}
        self.carrier.gatehouse_package_type_id = self.env["stock.package.type"].create(name_field)
        packages = self.env["gatehouse.freight"]._order_packages(self.order(5), self.carrier)
        self.assertEqual([package["weight"] for package in packages], [6.0, 6.0, 3.5])
        self.assertEqual(packages[0]["length"], 300)

    def test_a_method_of_one_service_takes_its_rate(self):
        self.carrier.write({"gatehouse_carrier_code": "FEDEX", "gatehouse_service_code": "FEDEX_2_DAY"})
        order = self.order(2)
        self.carrier.rate_shipment(order)
        kept = order.gatehouse_quotes[str(self.carrier.id)]
        self.assertEqual(kept["service"], {"carrier": "FEDEX", "code": "FEDEX_2_DAY"})
        self.assertEqual(kept["price"]["amount"], "14.20")
        self.assertEqual(kept["id"], self.gate.quote["id"])

    def test_a_service_that_nobody_offers_is_said(self):
        self.carrier.gatehouse_carrier_code = "DHL"
        rate = self.carrier.rate_shipment(self.order(2))
        self.assertFalse(rate["success"])
        self.assertIn("No carrier offers", rate["error_message"])

    def test_gatehouse_that_is_down_is_said_and_nothing_raises(self):
        self.gate.answers = [down()]
        rate = self.carrier.rate_shipment(self.order(2))
        self.assertFalse(rate["success"])
        self.assertIn("cannot be reached", rate["error_message"])

    def test_gatehouse_that_is_busy_is_said(self):
        self.gate.answers = [(503, "")]
        self.assertIn("503", self.carrier.rate_shipment(self.order(2))["error_message"])

    def test_what_is_not_gatehouse_is_said(self):
        self.gate.answers = [(200, "<html>")]
        self.assertIn("not Gatehouse", self.carrier.rate_shipment(self.order(2))["error_message"])

    def test_carriers_that_did_not_answer_are_named(self):
        self.gate.quote = {**self.gate.quote, "partial": True, "missing": [{"connection": "dhl", "reason": "DHL did not answer in time"}]}
        rate = self.carrier.rate_shipment(self.order(2))
        self.assertTrue(rate["success"])
        self.assertIn("DHL did not answer in time", rate["warning_message"])

    def test_a_refusal_is_said_in_the_words_of_gatehouse(self):
        self.gate.errors = [{"field": "to", "message": "The address has no postal code.", "code": "BAD_INPUT"}]
        self.assertIn("no postal code", self.carrier.rate_shipment(self.order(2))["error_message"])

    def test_one_token_serves_several_questions_and_a_refused_one_is_renewed_once(self):
        order = self.order(2)
        self.carrier.rate_shipment(order)
        self.carrier.rate_shipment(order)
        self.assertEqual(len(self.gate.asked("/token")), 1)
        self.gate.answers = [(401, "{}")]
        self.assertTrue(self.carrier.rate_shipment(order)["success"])
        self.assertEqual(len(self.gate.asked("/token")), 2)

    def test_both_questions_together_are_given_five_seconds(self):
        self.carrier.rate_shipment(self.order(2))
        self.assertTrue(all(0 < options["seconds"] <= 5 for _url, options in self.gate.calls))

    def test_secrets_go_in_headers_and_never_in_an_address(self):
        self.carrier.rate_shipment(self.order(2))
        self.assertEqual([url for url, _options in self.gate.calls], ["https://gatehouse.test/token", "https://gatehouse.test/graphql"])
        self.assertEqual(self.gate.calls[0][1]["auth"], ("rates", "s3cret"))
        self.assertEqual(self.gate.calls[1][1]["headers"]["authorization"], "Bearer t0k3n")

    def test_a_company_without_gatehouse_says_so(self):
        self.company.sudo().gatehouse_url = False
        self.assertIn("not connected", self.carrier.rate_shipment(self.order(2))["error_message"])

    def test_the_button_of_the_sale_takes_price_and_service_over(self):
        order = self.order(2)
        wizard = self.env["choose.delivery.carrier"].create({"order_id": order.id, "carrier_id": self.carrier.id})
        wizard.update_price()
        wizard.button_confirm()
        self.assertEqual(order.carrier_id, self.carrier)
        self.assertTrue(order.order_line.filtered("is_delivery"))
        json.dumps(order.gatehouse_quotes)
