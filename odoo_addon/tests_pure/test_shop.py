import unittest

from lib import changes, shop

VALUES = {
    "shop": {"connection": "webshop", "order": "5001"}, "version": 3, "name": "#5001", "state": "OPEN", "confirm": True, "orderedAt": "2026-11-20T10:00:00.000Z",
    "currency": "EUR", "total": "25.00", "pricesIncludeTax": True, "people": {"email": "Ada@example.com"},
    "lines": [{"id": "l1", "sku": " MUG-1 ", "description": "Mug", "quantity": "2", "unitPrice": "12.50"}],
}


class Shop(unittest.TestCase):
    def test_reads_an_order(self):
        order = shop.read(VALUES)
        self.assertEqual((order.connection, order.number, order.version, order.total, order.shipping), ("webshop", "5001", 3, 25.0, None))
        self.assertEqual(order.lines, [shop.Line("l1", "MUG-1", "Mug", 2.0, 12.5, 0.0, None)])
        self.assertEqual(order.people, {"buyer": None, "email": "Ada@example.com", "phone": None, "bill_to": None, "ship_to": None})

    def test_refuses_what_is_none_and_says_which_part(self):
        for part, value in (("shop", None), ("shop", "x"), ("version", None), ("version", True), ("name", ""), ("state", "SHUT"), ("orderedAt", None), ("currency", None), ("total", "much"),
                            ("lines", [{}]), ("people", []), ("shipping", {"label": "x"}), ("company_id", "1")):
            with self.subTest((part, value)), self.assertRaises(changes.InvalidChange):
                shop.read({**VALUES, part: value})
        for name, value in (("quantity", "-1"), ("unitPrice", None), ("discount", "x")):
            with self.subTest(name), self.assertRaisesRegex(changes.InvalidChange, f"^{name} "):
                shop.read({**VALUES, "lines": [{**VALUES["lines"][0], name: value}]})

    def test_a_shop_that_charges_tax_on_one_line_charges_none_on_the_others(self):
        first, second = {**VALUES["lines"][0], "tax": "1.00"}, {**VALUES["lines"][0], "id": "l2"}
        self.assertEqual([line.tax for line in shop.read({**VALUES, "lines": [first, second]}).lines], [1.0, 0.0])
        self.assertEqual([line.tax for line in shop.read({**VALUES, "lines": [second]}).lines], [None])

    def test_only_what_goods_and_people_are_tells_versions_apart(self):
        first, second = shop.read(VALUES), shop.read({**VALUES, "version": 4, "confirm": False, "note": "x"})
        self.assertEqual((first.content, first.who), (second.content, second.who))
        self.assertNotEqual(shop.read({**VALUES, "total": "26.00"}).content, first.content)
        self.assertNotEqual(shop.read({**VALUES, "people": {}}).who, first.who)

    def test_a_buyer_is_known_by_id_else_email_else_address(self):
        people = {"buyer": "7", "email": "A@b.c", "bill_to": {"name": "Ada", "street": "Meir 1"}, "ship_to": None}
        self.assertEqual(shop.buyer_key(people), "id:7")
        self.assertEqual(shop.buyer_key({**people, "buyer": None}), "email:a@b.c")
        nameless = {**people, "buyer": None, "email": None}
        self.assertEqual(shop.buyer_key(nameless), shop.buyer_key({**nameless, "bill_to": {"name": "ADA ", "street": " meir  1"}}))
        self.assertIsNone(shop.buyer_key({**nameless, "bill_to": None}))

    def test_a_topic_that_finds_its_record_names_none(self):
        command = {"id": "c1", "topic": "shop_order", "model": "sale.order", "record_id": 0, "values": VALUES}
        self.assertEqual(changes.read(command).record_id, 0)
        for wrong in (7, None, False, "0"):
            with self.subTest(wrong), self.assertRaisesRegex(changes.InvalidChange, "^record_id "):
                changes.read({**command, "record_id": wrong})
