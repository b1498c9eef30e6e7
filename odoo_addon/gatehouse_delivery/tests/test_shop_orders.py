from odoo.tests import tagged

from odoo.addons.gatehouse.tests.test_shop_orders import ShopCase


@tagged("post_install", "-at_install")
class TestShopDelivery(ShopCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.freight = cls.env["product.product"].create({"name": "Freight", "type": "service", "default_code": "FREIGHT", "taxes_id": [(6, 0, [])]})
        cls.carrier = cls.env["delivery.carrier"].create({"name": "Express_Parcel", "delivery_type": "fixed", "product_id": cls.freight.id})
        cls.env["delivery.carrier"].create({"name": "ExpressXParcel", "delivery_type": "fixed", "product_id": cls.freight.id})

    def charged(self, order):
        return [(line.product_id.default_code, line.name, line.price_unit) for line in order.order_line if line.is_delivery]

    def test_the_method_that_is_named_as_the_buyers_choice_delivers_it_for_what_the_buyer_pays(self):
        order = self.put(confirm=True, total="29.95", shipping={"label": "express_parcel", "price": "4.95"})
        self.assertEqual((order.carrier_id, order.picking_ids.carrier_id, order.amount_total), (self.carrier, self.carrier, 29.95))
        self.assertEqual(self.charged(order), [("FREIGHT", "express_parcel", 4.95)])

    def test_a_choice_that_is_no_method_is_charged_and_left_to_people(self):
        order = self.put(total="29.95", shipping={"label": "By balloon", "price": "4.95"})
        self.assertFalse(order.carrier_id)
        self.assertEqual(self.charged(order), [("GATEHOUSE-SHIPPING", "By balloon", 4.95)])
        self.put(version=2, total="31.00", shipping={"label": "Express_Parcel", "price": "6.00"})
        self.assertEqual((order.carrier_id, self.charged(order), order.amount_total), (self.carrier, [("FREIGHT", "Express_Parcel", 6.0)], 31.0))
        self.put(version=3)
        self.assertEqual((self.charged(order), order.amount_total), ([], 25.0))
