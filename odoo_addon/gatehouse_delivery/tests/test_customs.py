from odoo.tests import tagged

from ..models.customs import crosses_customs
from .common import DeliveryCase


@tagged("post_install", "-at_install", "gatehouse_delivery")
class TestCustoms(DeliveryCase):
    """The warehouse is in Ghent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.abroad = cls.env["res.partner"].create({"name": "Ann Example", "street": "1 King Street", "city": "Toronto", "zip": "M5H 1A1", "country_id": cls.env.ref("base.ca").id})
        cls.product.write({"hs_code": "940330", "country_of_origin": cls.env.ref("base.de").id})
        cls.plain = cls._make_product("Gatehouse Unknown")
        cls.env["stock.quant"]._update_available_quantity(cls.plain, cls.stock, 100)
        cls.dozen = cls.env.ref("uom.product_uom_dozen")

    def sold(self, *lines, **values):
        """The delivery of a confirmed order from abroad: (product, quantity, values of the line)."""
        order = self.env["sale.order"].create({
            "partner_id": self.abroad.id, "carrier_id": self.carrier.id, **values,
            "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": quantity, "price_unit": 10.0, self.tax_field("sale.order.line"): [(6, 0, [])], **more}) for product, quantity, more in lines],
        })
        order.action_confirm()
        picking = order.picking_ids
        picking.carrier_id = self.carrier
        picking.action_assign()
        return picking

    def customs(self, picking):
        self.ship(picking)
        return self.requests()[-1]["customs"]

    def uom_field(self):
        return "product_uom_id" if "product_uom_id" in self.env["sale.order.line"]._fields else "product_uom"

    def test_what_crosses_a_border_says_what_it_is_worth_weighs_and_where_it_was_made(self):
        picking = self.sold((self.product, 3, {"discount": 20.0}))
        customs = self.customs(picking)
        self.assertEqual(customs["contents"], "MERCHANDISE")
        self.assertEqual(customs["items"], [{
            "package": picking.name, "description": "Gatehouse Crate", "quantity": 3, "value": 8.0, "currency": picking.sale_id.currency_id.name, "weight": 2.5,
            "weight_uom": self.env["gatehouse.freight"]._weight_unit(), "hs_code": "940330", "origin": "DE", "sku": "GATEHOUSE CRATE",
        }])

    def test_the_request_with_customs_is_in_the_words_of_the_schema(self):
        self.ship(self.sold((self.product, 3, {})))
        self.commit()
        told = [event["record"]["customs"]["contents"] for event in self.deliver() if event["topic"] == "request"]
        self.assertEqual(told, ["MERCHANDISE"])

    def test_nothing_is_said_within_a_country_and_within_the_european_union(self):
        for country in ("be", "fr"):
            self.abroad.country_id = self.env.ref(f"base.{country}")
            self.assertIsNone(self.customs(self.sold((self.product, 1, {}))), country)

    def test_borders_are_those_of_customs_and_a_country_that_is_not_known_has_none(self):
        crossed = [(origin, destination) for origin in ("BE", "MC", "GB", "CH", "") for destination in ("BE", "MC", "GB", "CH", "") if origin < destination and crosses_customs({"country": origin}, {"country": destination})]
        self.assertEqual(crossed, [("BE", "GB"), ("BE", "CH"), ("GB", "MC"), ("CH", "MC"), ("CH", "GB")])
        self.assertFalse(crosses_customs(None, {"country": "BE"}))

    def test_taxes_are_no_part_of_the_value(self):
        tax = self.env["account.tax"].create({"name": "Gatehouse 25", "amount": 25, "company_id": self.company.id, "type_tax_use": "sale", "country_id": (self.company.account_fiscal_country_id or self.env.ref("base.be")).id})
        (item,) = self.customs(self.sold((self.product, 2, {self.tax_field("sale.order.line"): [(6, 0, tax.ids)]})))["items"]
        self.assertEqual(item["value"], 10.0)

    def test_a_price_by_the_dozen_is_told_by_the_piece(self):
        (item,) = self.customs(self.sold((self.product, 2, {self.uom_field(): self.dozen.id, "price_unit": 120.0})))["items"]
        self.assertEqual((item["quantity"], item["value"], item["weight"]), (24, 10.0, 2.5))

    def test_half_a_piece_counts_as_one_and_is_right_in_value_and_weight(self):
        (item,) = self.env["gatehouse.freight"]._order_customs(self.order(0.5, self.abroad), {"country": "BE"}, {"country": "CA"}, [{"id": "1", "weight": 1.25}])["items"]
        self.assertEqual((item["quantity"], item["value"], item["weight"]), (1, 5.0, 1.25))

    def test_each_package_says_what_it_holds_and_what_lies_in_none_goes_by_the_transfer(self):
        picking = self.sold((self.product, 4, {}))
        line = picking.move_line_ids
        package_model = "stock.package" if "stock.package" in self.env else "stock.quant.package"
        package = self.env[package_model].create({"name": "PACK-A"})
        line.write({"quantity": 3, "result_package_id": package.id})
        line.copy({"quantity": 1, "result_package_id": False})
        self.ship(picking)
        (request,) = self.requests()
        self.assertEqual([(item["package"], item["quantity"]) for item in request["customs"]["items"]], [("PACK-A", 3), (picking.name, 1)])
        self.assertEqual([each["id"] for each in request["packages"]], ["PACK-A", picking.name])

    def test_a_product_that_went_out_of_several_lots_is_one_item(self):
        picking = self.sold((self.product, 4, {}))
        line = picking.move_line_ids
        line.quantity = 3
        line.copy({"quantity": 1})
        (item,) = self.customs(picking)["items"]
        self.assertEqual((item["quantity"], item["value"]), (4, 10.0))

    def test_what_was_not_sold_by_itself_goes_at_its_list_price_in_the_currency_of_the_order(self):
        order = self.order(1, self.abroad)
        freight = self.env["gatehouse.freight"]
        price, currency = freight._customs_price(self.plain, order.order_line, order, self.company)
        self.assertEqual((price, currency), (self.company.currency_id._convert(10.0, order.currency_id, self.company, order.date_order), order.currency_id))
        price, currency = freight._customs_price(self.plain, order.order_line.browse(), order.browse(), self.company)
        self.assertEqual((price, currency), (10.0, self.company.currency_id))

    def test_a_transfer_without_an_order_is_declared_at_list_prices(self):
        picking = self.env["stock.picking"].create({
            "picking_type_id": self.warehouse.out_type_id.id, "partner_id": self.abroad.id, "carrier_id": self.carrier.id,
            "location_id": self.stock.id, "location_dest_id": self.env.ref("stock.stock_location_customers").id,
        })
        move = {"product_id": self.product.id, "product_uom_qty": 2, "product_uom": self.product.uom_id.id, "picking_id": picking.id, "location_id": picking.location_id.id, "location_dest_id": picking.location_dest_id.id}
        self.env["stock.move"].create({**move, **({"name": "Crates"} if self.env["stock.move"]._fields.get("name") and not self.env["stock.move"]._fields["name"].related else {})})
        picking.action_confirm()
        picking.action_assign()
        (item,) = self.customs(picking)["items"]
        self.assertEqual((item["quantity"], item["value"], item["currency"]), (2, 10.0, self.company.currency_id.name))

    def test_the_terms_are_those_of_the_order_else_of_the_company_and_only_known_ones(self):
        self.company.incoterm_id = self.env.ref("account.incoterm_DAP")
        self.assertEqual(self.customs(self.sold((self.product, 1, {})))["incoterm"], "DAP")
        self.assertEqual(self.customs(self.sold((self.product, 1, {}), incoterm=self.env.ref("account.incoterm_DDP").id))["incoterm"], "DDP")
        own = self.env["account.incoterms"].create({"code": "DAT", "name": "Delivered at terminal"})
        self.assertIsNone(self.customs(self.sold((self.product, 1, {}), incoterm=own.id))["incoterm"])

    def test_what_comes_back_is_declared_as_returned_at_what_it_was_sold_for(self):
        self.company.incoterm_id = self.env.ref("account.incoterm_DDP")
        picking = self.sold((self.product, 3, {"price_unit": 7.0}))
        self.ship(picking)
        back = self.give_back(picking, 1)
        back.carrier_id = self.carrier
        back.print_return_label()
        customs = self.requests()[-1]["customs"]
        self.assertEqual((customs["contents"], customs["incoterm"]), ("RETURNED_GOODS", None))
        self.assertEqual([(item["quantity"], item["value"], item["origin"]) for item in customs["items"]], [(1, 7.0, "DE")])

    def test_a_return_label_that_goes_with_the_delivery_declares_it_too(self):
        self.carrier.return_label_on_delivery = True
        self.ship(self.sold((self.product, 3, {})))
        out, back = self.requests()
        self.assertEqual([out["customs"]["contents"], back["customs"]["contents"]], ["MERCHANDISE", "RETURNED_GOODS"])
        self.assertEqual(out["customs"]["items"], back["customs"]["items"])

    def test_what_a_product_does_not_say_is_left_open_the_refusal_shows_and_a_retry_says_what_was_added(self):
        picking = self.sold((self.product, 1, {}), (self.plain, 1, {}))
        customs = self.customs(picking)
        self.assertEqual([(item["hs_code"], item["origin"]) for item in customs["items"]], [("940330", "DE"), (None, None)])
        self.taken(picking, "label_failed", reason="Country of origin is required for Gatehouse Unknown.", booking="C1", retryable=False)
        self.assertEqual((picking.gatehouse_label_state, picking.gatehouse_label_error), ("failed", "Country of origin is required for Gatehouse Unknown."))
        self.plain.write({"hs_code": "8517.12 00", "country_of_origin": self.env.ref("base.us").id})
        picking.action_gatehouse_retry()
        self.assertEqual([(item["hs_code"], item["origin"]) for item in self.requests()[-1]["customs"]["items"]], [("940330", "DE"), ("8517.1200", "US")])

    def test_a_return_label_that_failed_is_asked_for_again_as_a_return(self):
        picking = self.sold((self.product, 1, {}))
        self.ship(picking)
        back = self.give_back(picking, 1)
        back.carrier_id = self.carrier
        back.print_return_label()
        first = back.gatehouse_request
        self.taken(back, "label_failed", reason="No HS code.", booking="C2", retryable=False)
        self.assertEqual(back.gatehouse_label_state, "failed")
        back.action_gatehouse_retry()
        cancel, again = self.requests()[-2:]
        self.assertEqual((cancel["kind"], cancel["cancels"]), ("shipment.cancel_requested", first))
        self.assertEqual((again["kind"], again["from"]["city"], back.gatehouse_label_state), ("return_label.requested", "Toronto", "pending"))

    # Rates

    def rated(self, order):
        rate = self.carrier.rate_shipment(order)
        self.assertTrue(rate["success"], rate)
        return rate, self.gate.asked("/graphql")[-1]["json"]["variables"]["input"]

    def test_rates_are_asked_for_with_what_customs_are_told(self):
        order = self.order(4, self.abroad)
        order.incoterm = self.env.ref("account.incoterm_DAP")
        rate, request = self.rated(order)
        kilograms = self.env["gatehouse.freight"]._weight_unit() == "kg"
        self.assertEqual(request["customs"], {"contents": "MERCHANDISE", "incoterm": "DAP", "items": [{
            "package": "1", "description": "Gatehouse Crate", "quantity": 4, "value": {"amount": "10", "currency": order.currency_id.name},
            "weightKg": "2.5" if kilograms else "1.133981", "hsCode": "940330", "originCountry": "DE", "sku": "GATEHOUSE CRATE",
        }]})
        self.assertFalse(rate["warning_message"])

    def test_rates_within_the_union_say_nothing_of_customs(self):
        _rate, request = self.rated(self.order(4))
        self.assertNotIn("customs", request)

    def test_every_package_of_a_rate_holds_its_part(self):
        self.carrier.gatehouse_package_type_id = self.env["stock.package.type"].create({"name": "Box", "max_weight": 5.0})
        _rate, request = self.rated(self.order(5, self.abroad))
        self.assertEqual([(item["package"], item["quantity"]) for item in request["customs"]["items"]], [("1", 2), ("2", 2), ("3", 1)])

    def test_a_rate_comes_without_customs_and_names_the_products_that_say_too_little(self):
        rate, request = self.rated(self.order(1, self.abroad, self.plain))
        self.assertNotIn("customs", request)
        self.assertIn("country of origin of: Gatehouse Unknown", rate["warning_message"])
