from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import Form, tagged

from .common import GatehouseCase


@tagged("post_install", "-at_install", "gatehouse")
class TestRelease(GatehouseCase):
    """A delivery goes to transport when everything for it is there, and by itself once what lacked is mended."""

    def delivery(self, partner=None, product=None, **values):
        product = product or self.product
        self.fill(5, product)
        order = self.order(5, partner=partner, product=product, **values)
        order.action_confirm()
        self.commit()
        return order.picking_ids

    def blocked(self, picking):
        return [each["check"] for each in picking.gatehouse_release_blocked or []]

    def told(self, picking):
        """What was last posted of the release."""
        events = [event for event in self.deliver() if event["model"] == "stock.picking" and event["recordId"] == picking.id]
        return events[-1]["record"]["release"] if events else "not told"

    def assertReady(self, picking):
        self.assertEqual((picking.gatehouse_release_state, picking.gatehouse_release_reason), ("ready", False))

    def test_a_complete_delivery_is_released(self):
        picking = self.delivery()
        self.assertReady(picking)
        self.assertEqual(self.told(picking), {"ready": True, "blocked": []})

    def test_a_missing_address_blocks_until_it_is_there(self):
        partner = self.env["res.partner"].create({"name": "Nowhere"})
        picking = self.delivery(partner)
        self.assertEqual(self.blocked(picking), ["address"])
        self.assertIn("street, city", picking.gatehouse_release_reason)
        release = self.told(picking)
        self.assertEqual((release["ready"], [each["check"] for each in release["blocked"]]), (False, ["address"]))
        self.assertIn("Nowhere", release["blocked"][0]["reason"])

        partner.write({"street": "Quay 1", "city": "Antwerp", "zip": "2000", "country_id": self.env.ref("base.be").id})
        self.assertReady(picking)
        self.assertEqual(len(self.of(self.commit(), picking)), 1)
        self.assertEqual(self.told(picking), {"ready": True, "blocked": []})

    def test_what_changes_nothing_for_the_release_is_not_told(self):
        picking = self.delivery()
        self.told(picking)
        self.partner.street = "Quay 2"
        self.product.weight = 3.0
        self.assertFalse(self.of(self.commit(), picking))

    def test_a_zip_is_needed_only_where_the_country_has_them(self):
        country = self.env["res.country"].create({"name": "Ziplessland", "code": "ZQ", "zip_required": False})
        partner = self.env["res.partner"].create({"name": "Zipless", "street": "Pier 1", "city": "Port", "country_id": country.id})
        picking = self.delivery(partner)
        self.assertReady(picking)
        partner.country_id = self.env.ref("base.be")
        self.assertIn("ZIP", picking.gatehouse_release_reason)

    def test_a_product_without_weight_blocks_until_it_is_weighed(self):
        product = self._make_product("Unweighed", weight=0.0)
        picking = self.delivery(product=product)
        self.assertEqual(self.blocked(picking), ["weight"])
        self.assertIn("Unweighed", picking.gatehouse_release_reason)
        product.weight = 1.5
        self.assertReady(picking)

    def test_a_weighed_package_does_for_its_products(self):
        product = self._make_product("Unweighed", weight=0.0)
        picking = self.delivery(product=product)
        package = self.package("BOX-W")
        picking.move_line_ids.result_package_id = package
        self.assertEqual(self.blocked(picking), ["weight"])
        package.shipping_weight = 12.0
        self.assertReady(picking)
        package.package_type_id = self.env["stock.package.type"].create({"name": "Small", "max_weight": 10.0})
        self.assertEqual(self.blocked(picking), ["weight"])
        self.assertIn("its type holds 10.0", picking.gatehouse_release_reason)
        package.package_type_id.max_weight = 20.0
        self.assertReady(picking)

    def package(self, name):
        return self.env["stock.package" if "stock.package" in self.env else "stock.quant.package"].create({"name": name})

    def test_dimensions_are_those_of_the_packages_where_they_are_checked(self):
        self.company.gatehouse_check_dimensions = True
        picking = self.delivery()
        self.assertEqual(self.blocked(picking), ["dimensions"])
        package = self.package("BOX-D")
        picking.move_line_ids.result_package_id = package
        self.assertIn("BOX-D", picking.gatehouse_release_reason)
        kind = self.env["stock.package.type"].create({"name": "Euro", "packaging_length": 120, "width": 80})
        package.package_type_id = kind
        self.assertEqual(self.blocked(picking), ["dimensions"])
        kind.height = 100
        self.assertReady(picking)

    def test_a_carrier_is_needed_where_required_and_must_deliver_there(self):
        if "carrier_id" not in self.env["stock.picking"]._fields:
            self.skipTest("stock_delivery is not installed.")
        self.company.gatehouse_carrier_required = True
        picking = self.delivery()
        self.assertEqual(self.blocked(picking), ["service"])
        freight = self._make_product("Freight")
        carrier = self.env["delivery.carrier"].create({"name": "Only France", "product_id": freight.id, "country_ids": [(6, 0, self.env.ref("base.fr").ids)]})
        picking.carrier_id = carrier
        self.assertIn("does not deliver to Belgium", picking.gatehouse_release_reason)
        carrier.country_ids += self.env.ref("base.be")
        self.env["stock.picking"]._cron_recheck_release()
        self.assertReady(picking)
        if "max_weight" in carrier._fields:
            carrier.max_weight = 12.0
            self.env["stock.picking"]._cron_recheck_release()
            self.assertIn("takes 12.0 at most; this weighs 12.5", picking.gatehouse_release_reason)
        picking.carrier_id = False
        self.company.gatehouse_carrier_required = False
        self.assertReady(picking)

    def test_a_plan_after_the_promise_blocks(self):
        picking = self.delivery(commitment_date=fields.Datetime.now() + timedelta(days=10))
        self.assertReady(picking)
        picking.scheduled_date = picking.date_deadline + timedelta(days=1)
        self.assertEqual(self.blocked(picking), ["window"])
        picking.scheduled_date = picking.date_deadline - timedelta(days=1)
        self.assertReady(picking)

    def test_a_company_may_answer_for_the_credit_itself(self):
        picking = self.delivery()
        answers = [["The credit insurer refuses."]]
        with patch.object(type(picking), "_gatehouse_credit_check", lambda picking: answers[0]):
            picking._gatehouse_recheck()
            self.assertEqual((self.blocked(picking), picking.gatehouse_release_reason), (["credit"], "The credit insurer refuses."))
            self.assertEqual(len(self.of(self.commit(), picking)), 1)
            answers[0] = []
            self.env["stock.picking"]._cron_recheck_release()
            self.assertReady(picking)

    def test_the_gate_is_not_for_receipts_steps_inside_and_what_is_over(self):
        purchase = self.purchase()
        purchase.button_confirm()
        self.assertFalse(purchase.picking_ids.gatehouse_release_state)
        self.commit()
        self.assertIsNone(self.told(purchase.picking_ids))
        picking = self.delivery(self.env["res.partner"].create({"name": "Nowhere"}))
        self.ship(picking)
        self.assertEqual((picking.state, picking.gatehouse_release_state, picking.gatehouse_release_blocked), ("done", False, False))
        self.commit()
        self.assertIsNone(self.told(picking))

    def test_each_company_says_which_checks_it_makes(self):
        picking = self.delivery(self.env["res.partner"].create({"name": "Nowhere"}))
        self.assertEqual(self.blocked(picking), ["address"])
        self.env["res.config.settings"].create({"gatehouse_check_address": False}).execute()
        self.assertReady(picking)
        self.company.write({f"gatehouse_check_{check}": False for check in ("weight", "service", "window", "credit")})
        self.assertFalse(picking.gatehouse_release_state)
        self.assertEqual(len(self.of(self.commit(), picking)), 1)
        self.assertIsNone(self.told(picking))

    def test_the_form_shows_the_reason_and_checks_again(self):
        picking = self.delivery(self.env["res.partner"].create({"name": "Nowhere"}))
        with Form(picking) as form:
            self.assertEqual(form.gatehouse_release_state, "blocked")
            self.assertIn("Nowhere", form.gatehouse_release_reason)
        self.assertFalse(picking.action_gatehouse_recheck())
        self.assertIn(picking, self.env["stock.picking"].search([("gatehouse_release_state", "=", "blocked")]))

    def test_a_copy_and_a_backorder_are_checked_for_themselves(self):
        picking = self.delivery(self.env["res.partner"].create({"name": "Nowhere"}))
        self.ship(picking, 2)
        backorder = picking.backorder_ids
        self.assertEqual(self.blocked(backorder), ["address"])
