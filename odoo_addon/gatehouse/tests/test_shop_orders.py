import uuid

from odoo.tests import new_test_user, tagged

from .commands import CommandCase

SHIP_TO = {"name": "Ada Jansen", "street": "Meir 12", "city": "Antwerpen", "postalCode": "2000", "country": "BE"}


class ShopCase(CommandCase):
    """Orders of a shop as Gatehouse sends them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.company.currency_id
        cls.mug = cls._make_product("Mug", default_code="MUG-1", taxes_id=[(6, 0, [])])
        cls.tee = cls._make_product("Tee", default_code="TEE-M", taxes_id=[(6, 0, [])])

    def tax(self, amount, **values):
        """A tax of the company on sales; `price_include` in the words of the series."""
        inclusive = values.pop("price_include", False)
        field = "price_include_override" if "price_include_override" in self.env["account.tax"]._fields else "price_include"
        values[field] = ("tax_included" if inclusive else "tax_excluded") if field != "price_include" else inclusive
        return self.env["account.tax"].create({"name": f"Gatehouse {amount} {field} {inclusive}", "amount": amount, "amount_type": "percent", "type_tax_use": "sale", "company_id": self.company.id, **values})

    def line(self, sku="MUG-1", quantity="2", price="12.50", line_id="l1", **values):
        return {"id": line_id, "sku": sku, "description": f"The {sku}", "quantity": quantity, "unitPrice": price, **values}

    def shop_order(self, number="5001", version=1, **values):
        """Values of an order of two mugs for 25.00 that stays a quotation."""
        values = {
            "shop": {"connection": "webshop", "order": number}, "version": version, "name": f"#{number}", "state": "OPEN", "confirm": False, "orderedAt": "2026-11-20T10:00:00.000Z",
            "currency": self.currency.name, "total": "25.00", "pricesIncludeTax": True, "lines": [self.line()],
            "people": {"buyerId": "77", "email": "Ada@Example.com", "phone": "+32 470 00 00 00", "shipTo": SHIP_TO, "billTo": SHIP_TO}, **values,
        }
        return {"id": str(uuid.uuid4()), "topic": "shop_order", "model": "sale.order", "record_id": 0, "values": values}

    def put(self, *args, **values):
        """Has an order of the shop stand in Odoo, which must succeed; answers the sale order."""
        command = self.shop_order(*args, **values)
        self.assertEqual(self.apply(command), [{"id": command["id"], "state": "applied"}])
        return self.found(command["values"]["shop"]["order"])

    def kept_out(self, *args, **values):
        """As `put`, where it must be rejected; answers why."""
        (answer,) = self.apply(self.shop_order(*args, **values))
        self.assertEqual(answer["state"], "rejected", answer)
        return answer["error"]

    def found(self, number="5001"):
        return self.env["gatehouse.shop.order"].search([("connection", "=", "webshop"), ("number", "=", number)]).order_id

    def goods(self, order):
        """By SKU of the lines of the shop: quantity and price."""
        return {line.product_id.default_code: (line.product_uom_qty, line.price_unit) for line in order.order_line if line._gatehouse_shop_line_told()}

    def taxes(self, line):
        return line[self.tax_field("sale.order.line")]


@tagged("post_install", "-at_install")
class TestShopOrders(ShopCase):
    def test_an_order_of_a_shop_becomes_a_quotation_with_its_numbers_and_times(self):
        order = self.put(deliverBy="2026-11-24T16:00:00.000Z")
        self.assertEqual((order.state, order.client_order_ref, order.origin, order.amount_total), ("draft", "#5001", "webshop", 25.0))
        self.assertEqual((str(order.date_order), str(order.commitment_date)), ("2026-11-20 10:00:00", "2026-11-24 16:00:00"))
        self.assertEqual([(line.product_id, line.name, line.gatehouse_shop_line) for line in order.order_line], [(self.mug, "The MUG-1", "l1")])
        self.assertEqual(order.company_id, self.company)

    def test_it_is_confirmed_where_it_may_be_and_keeps_the_time_at_which_it_was_ordered(self):
        order = self.put(confirm=True, note="Ring twice <b>")
        self.assertEqual((order.state, str(order.date_order)), ("sale", "2026-11-20 10:00:00"))
        self.assertEqual(order.picking_ids.move_ids.product_uom_qty, 2)
        self.assertIn("Ring twice &lt;b&gt;", order.picking_ids.note)
        waiting = self.put("5002")
        self.assertEqual(self.put("5002", version=2, confirm=True), waiting)
        self.assertEqual(waiting.state, "sale")

    def test_the_same_version_and_a_lower_one_change_nothing(self):
        order = self.put(version=5)
        self.assertEqual(self.put(version=4, total="99.00", lines=[self.line(quantity="9")]), order)
        self.assertEqual((self.goods(order), order.amount_total), ({"MUG-1": (2.0, 12.5)}, 25.0))
        self.assertEqual(self.env["gatehouse.command"].search([("topic", "=", "shop_order")], limit=1).state, "outdated")
        command = self.shop_order(version=6)
        self.assertEqual([self.apply(command)[0]["state"] for _time in range(2)], ["applied", "duplicate"])
        self.assertEqual(self.env["sale.order"].search_count([("client_order_ref", "=", "#5001")]), 1)

    def test_every_sku_that_no_product_or_several_have_is_named_and_nothing_is_left_behind(self):
        self._make_product("Mug again", default_code="TEE-M")
        error = self.kept_out(lines=[self.line(), self.line("NO-1", line_id="l2"), self.line("", line_id="l3"), self.line("NO-2", line_id="l4"), self.line("TEE-M", line_id="l5")])
        for named in ("NO-1", "NO-2", "The  (without a SKU)", "TEE-M"):
            self.assertIn(named, error)
        self.assertNotIn("MUG-1", error)
        self.assertFalse(self.env["gatehouse.shop.order"].search([("number", "=", "5001")]))
        self.assertFalse(self.env["res.partner"].search([("email", "=", "Ada@Example.com")]))
        self.assertIn("currency", self.kept_out(currency="XXX"))
        self.assertIn("country", self.kept_out(people={"buyerId": "77", "shipTo": {**SHIP_TO, "country": "QQ"}}))

    def test_what_is_no_order_of_a_shop_is_rejected(self):
        for broken in ({"shop": None}, {"version": None}, {"total": "a lot"}, {"state": "SHUT"}, {"lines": "x"}, {"lines": [{"id": "l1"}]}, {"orderedAt": "yesterday"}):
            with self.subTest(broken):
                self.assertTrue(self.kept_out(**broken))
        self.assertEqual(self.apply({**self.shop_order(), "record_id": 7})[0]["state"], "rejected")
        self.assertEqual(self.apply({**self.shop_order(), "model": "stock.picking"})[0]["state"], "rejected")

    def test_it_goes_to_the_company_that_is_named_which_the_user_must_belong_to(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertIn("company", self.kept_out(company_id=other.id))
        self.bot.company_ids += other
        order = self.put(company_id=other.id, currency=other.currency_id.name)
        self.assertEqual((order.company_id, order.warehouse_id.company_id), (other, other))

    def test_an_order_in_another_currency_keeps_its_amounts(self):
        other = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "CHF")])
        other.active = True
        order = self.put(currency="CHF")
        self.assertEqual((order.currency_id, order.amount_total), (other, 25.0))
        self.put("5002", currency="CHF")
        self.assertEqual(self.env["product.pricelist"].with_context(active_test=False).search_count([("name", "=", "Gatehouse CHF")]), 1)


@tagged("post_install", "-at_install")
class TestShopContacts(ShopCase):
    def test_two_orders_of_a_buyer_are_of_one_contact_with_one_address_each(self):
        first = self.put()
        second = self.put("5002", people={"buyerId": "77", "shipTo": {**SHIP_TO, "name": " ada  JANSEN ", "street": "meir 12"}, "billTo": {**SHIP_TO, "street": "Groenplaats 1"}})
        self.assertEqual((first.partner_id, first.partner_shipping_id, first.partner_invoice_id), (second.partner_id,) * 3)
        self.assertEqual(second.partner_shipping_id, first.partner_id)
        self.assertEqual((second.partner_invoice_id.parent_id, second.partner_invoice_id.type, second.partner_invoice_id.street), (first.partner_id, "invoice", "Groenplaats 1"))
        third = self.put("5003", people={"buyerId": "77", "shipTo": {**SHIP_TO, "street": "Groenplaats 1"}, "billTo": SHIP_TO})
        self.assertEqual(third.partner_shipping_id, second.partner_invoice_id)
        self.assertEqual(len(first.partner_id.child_ids), 1)

    def test_a_contact_that_was_there_is_found_by_its_email_and_left_as_it_is(self):
        known = self.env["res.partner"].create({"name": "Ada J.", "email": "ada@example.com", "street": "Elsewhere 9", "city": "Gent"})
        order = self.put()
        self.assertEqual((order.partner_id, known.name, known.street), (known, "Ada J.", "Elsewhere 9"))
        self.assertEqual((order.partner_shipping_id.parent_id, order.partner_shipping_id.name, order.partner_shipping_id.street), (known, "Ada Jansen", "Meir 12"))
        self.assertEqual(order.partner_invoice_id, order.partner_shipping_id)
        # The buyer stays who it was, whatever becomes of the address.
        known.email = "new@example.com"
        self.assertEqual(self.put("5002").partner_id, known)

    def test_goods_go_to_the_one_address_that_the_shop_names(self):
        known = self.env["res.partner"].create({"name": "Ada J.", "email": "ada@example.com", "street": "Elsewhere 9", "city": "Gent"})
        order = self.put(people={"email": "ada@example.com", "billTo": SHIP_TO})
        self.assertEqual((order.partner_id, order.partner_shipping_id.street, order.partner_invoice_id.street), (known, "Meir 12", "Meir 12"))

    def test_an_email_is_no_pattern(self):
        self.env["res.partner"].create({"name": "Somebody", "email": "adaXj@example.com"})
        self.assertEqual(self.put(people={"email": "ada_j@example.com", "shipTo": SHIP_TO}).partner_id.name, "Ada Jansen")

    def test_a_buyer_without_id_and_email_is_known_by_the_address(self):
        first, second = self.put(people={"shipTo": SHIP_TO}), self.put("5002", people={"shipTo": SHIP_TO})
        self.assertEqual(first.partner_id, second.partner_id)
        self.assertNotEqual(self.put("5003", people={"shipTo": {**SHIP_TO, "name": "Bob"}}).partner_id, first.partner_id)
        self.assertIn("who bought", self.kept_out("5004", people={}))

    def test_a_business_is_a_company_with_people_at_its_addresses(self):
        order = self.put(people={"buyerId": "8", "email": "b@example.com", "billTo": {**SHIP_TO, "company": "Jansen BV"}, "shipTo": {**SHIP_TO, "company": "Jansen BV"}})
        self.assertEqual((order.partner_id.name, order.partner_id.is_company), ("Jansen BV", True))
        self.assertEqual((order.partner_shipping_id.name, order.partner_shipping_id.commercial_partner_id), ("Ada Jansen", order.partner_id))
        self.assertEqual(order.partner_invoice_id, order.partner_shipping_id)

    def test_a_region_is_found_by_its_code_or_its_name(self):
        for number, region in enumerate(("CA", "US-CA", "california"), 1):
            order = self.put(f"600{number}", people={"buyerId": f"us{number}", "shipTo": {"name": "Ann", "street": "1 Main", "city": "Fresno", "postalCode": "93650", "region": region, "country": "us"}})
            self.assertEqual(order.partner_shipping_id.state_id.code, "CA")

    def test_a_new_address_goes_to_what_has_not_left_yet(self):
        order = self.put(confirm=True)
        self.put(version=2, confirm=True, people={"buyerId": "77", "shipTo": {**SHIP_TO, "street": "Nieuwstraat 3"}, "billTo": SHIP_TO})
        self.assertEqual((order.partner_shipping_id.street, order.picking_ids.partner_id.street, order.partner_invoice_id.street), ("Nieuwstraat 3", "Nieuwstraat 3", "Meir 12"))


@tagged("post_install", "-at_install")
class TestShopPrices(ShopCase):
    def test_prices_with_tax_come_to_the_total_whether_odoo_reckons_it_within_or_on_top(self):
        for inclusive in (True, False):
            self.mug.taxes_id = self.tax(21, price_include=inclusive)
            order = self.put(f"70{int(inclusive)}", total="29.97", lines=[self.line(quantity="3", price="9.99", tax="5.20")])
            self.assertEqual((order.amount_total, self.taxes(order.order_line[0])), (29.97, self.mug.taxes_id))
            self.assertAlmostEqual(order.amount_tax, 5.20, delta=0.021)

    def test_prices_without_tax_come_to_the_total_whether_odoo_reckons_it_within_or_on_top(self):
        for inclusive in (True, False):
            self.mug.taxes_id = self.tax(8.875, price_include=inclusive)
            order = self.put(f"71{int(inclusive)}", total="32.63", pricesIncludeTax=False, lines=[self.line(quantity="3", price="9.99", tax="2.66")])
            self.assertEqual((order.amount_total, self.taxes(order.order_line[0])), (32.63, self.mug.taxes_id))
            self.assertAlmostEqual(order.amount_tax, 2.66, delta=0.021)

    def test_a_discount_is_shown_where_its_percentage_comes_to_it_and_charged_in_any_case(self):
        order = self.put(total="90.00", lines=[self.line(quantity="10", price="10.00", discount="10.00")])
        self.assertEqual((order.order_line.discount, order.order_line.price_unit, order.amount_total), (10.0, 10.0, 90.0))
        order = self.put("5002", total="996.67", lines=[self.line(quantity="1", price="1000.00", discount="3.33")])
        self.assertEqual((order.order_line.price_unit, order.order_line.discount, order.amount_total), (996.67, 0.0, 996.67))
        order = self.put("5003", total="29.00", lines=[self.line(quantity="3", price="10.00", discount="1.00")])
        self.assertEqual((order.amount_total, len(order.order_line)), (29.0, 1))
        free = self.put("5004", total="0.00", lines=[self.line(discount="25.00")])
        self.assertEqual((free.amount_total, free.order_line.discount), (0.0, 100.0))

    def test_the_tax_that_the_shop_charged_stands_where_odoo_has_one_of_its_rate(self):
        self.mug.taxes_id = self.tax(21)
        reduced = self.tax(6.25)
        order = self.put(total="26.56", pricesIncludeTax=False, lines=[self.line(tax="1.56")])
        self.assertEqual((self.taxes(order.order_line), order.amount_total), (reduced, 26.56))
        exempt = self.put("5002", lines=[self.line(tax="0.00")])
        self.assertEqual((len(self.taxes(exempt.order_line)), exempt.amount_total), (0, 25.0))
        self.tee.taxes_id = self.mug.taxes_id
        mixed = self.put("5004", total="36.56", pricesIncludeTax=False, lines=[self.line(tax="1.56"), self.line("TEE-M", "1", "10.00", "l2")])
        self.assertEqual(([self.taxes(line) for line in mixed.order_line], mixed.amount_total), ([reduced, reduced.browse()], 36.56))
        silent = self.put("5003")
        self.assertEqual((self.taxes(silent.order_line), silent.amount_total), (self.mug.taxes_id, 25.0))

    def test_a_tax_of_which_odoo_has_none_leaves_the_products_own_within_the_same_total_and_says_so(self):
        self.mug.taxes_id = self.tax(21)
        order = self.put(total="28.13", pricesIncludeTax=False, lines=[self.line(tax="3.13")])
        self.assertEqual((self.taxes(order.order_line[0]), order.amount_total), (self.mug.taxes_id, 28.13))
        self.assertIn("MUG-1", order.message_ids[0].body)

    def test_shipping_is_a_line_and_what_is_left_is_a_line_of_its_own(self):
        order = self.put(total="31.50", shipping={"label": "Express", "price": "4.95"})
        lines = {line.product_id.default_code: (line.name, line.price_total) for line in order.order_line if line.product_id != self.mug}
        self.assertEqual(order.amount_total, 31.5)
        self.assertEqual(lines["GATEHOUSE-SHIPPING"], ("Express", 4.95))
        self.assertAlmostEqual(lines["GATEHOUSE-DIFFERENCE"][1], 1.55)
        self.assertIn("1.55", order.message_ids[0].body)
        self.put(version=2, total="29.95", shipping={"label": "Express", "price": "4.95"})
        self.assertEqual((order.amount_total, len(order.order_line)), (29.95, 2))


@tagged("post_install", "-at_install")
class TestShopChanges(ShopCase):
    def lines(self, mugs, tees=None):
        return [self.line(quantity=str(mugs))] + ([self.line("TEE-M", str(tees), "10.00", "l2")] if tees is not None else [])

    def moving(self, order):
        """What open transfers of the order are to deliver, by SKU."""
        moves = order.picking_ids.move_ids.filtered(lambda move: move.state not in ("cancel", "done"))
        return {product.default_code: sum(moves.filtered(lambda move: move.product_id == product).mapped("product_uom_qty")) for product in moves.product_id}

    def test_a_quotation_becomes_what_the_shop_has_and_keeps_what_people_added(self):
        order = self.put(total="45.00", lines=self.lines(2, 2))
        self.env["sale.order.line"].create({"order_id": order.id, "product_id": self.product.id, "product_uom_qty": 1, "price_unit": 100.0, self.tax_field("sale.order.line"): [(6, 0, [])]})
        self.put(version=2, total="47.50", lines=[self.line(quantity="3"), self.line("TEE-M", "1", "10.00", "l3")])
        self.assertEqual(self.goods(order), {"MUG-1": (3.0, 12.5), "TEE-M": (1.0, 10.0)})
        self.assertEqual((order.amount_total, len(order.order_line)), (147.5, 3))

    def test_what_the_shop_did_not_change_is_left_as_people_have_it(self):
        order = self.put()
        order.order_line.price_unit = 11.0
        self.put(version=2, confirm=True)
        self.assertEqual((order.state, order.amount_total), ("sale", 22.0))

    def test_more_of_a_confirmed_order_is_delivered_with_it(self):
        order = self.put(confirm=True)
        self.put(version=2, confirm=True, total="47.50", lines=self.lines(3, 1))
        self.assertEqual((order.state, order.amount_total, self.moving(order)), ("sale", 47.5, {"MUG-1": 3.0, "TEE-M": 1.0}))

    def test_less_of_a_confirmed_order_is_planned_anew(self):
        self.fill(10, self.mug)
        order = self.put(confirm=True, total="45.00", lines=self.lines(2, 2))
        self.put(version=2, confirm=True, total="12.50", lines=self.lines(1, 0))
        self.assertEqual((order.state, order.amount_total, self.moving(order), self.goods(order)), ("sale", 12.5, {"MUG-1": 1.0}, {"MUG-1": (1.0, 12.5)}))
        self.assertEqual(str(order.date_order), "2026-11-20 10:00:00")

    def test_an_order_that_is_locked_when_it_is_confirmed_is_changed_and_locked_again(self):
        order = self.put(confirm=True)
        order.action_lock()
        self.put(version=2, confirm=True, total="37.50", lines=self.lines(3))
        self.assertEqual((order.locked, self.moving(order)), (True, {"MUG-1": 3.0}))

    def test_quantities_do_not_change_once_something_is_delivered_and_the_reason_is_told(self):
        self.fill(10, self.mug)
        order = self.put(confirm=True)
        self.ship(order.picking_ids, 1)
        done = order.picking_ids.filtered(lambda picking: picking.state == "done")
        self.assertIn(done.name, self.kept_out(version=2, confirm=True, total="12.50", lines=self.lines(1)))
        self.assertEqual((self.goods(order), self.env["gatehouse.shop.order"].search([("number", "=", "5001")]).version), ({"MUG-1": (2.0, 12.5)}, 1))
        self.put(version=3, confirm=True)

    def test_a_cancelled_order_is_cancelled_unless_goods_have_left(self):
        self.fill(10, self.mug)
        order = self.put(confirm=True)
        order.action_lock()
        self.put(version=2, state="CANCELLED")
        self.assertEqual((order.state, order.picking_ids.state), ("cancel", "cancel"))
        gone = self.put("5002", confirm=True)
        self.ship(gone.picking_ids)
        self.assertIn(gone.picking_ids.name, self.kept_out("5002", version=2, state="CANCELLED"))
        self.assertEqual(gone.state, "sale")

    def test_one_that_was_never_there_is_not_made_to_be_cancelled_nor_by_a_version_before(self):
        self.assertFalse(self.put(version=9, state="CANCELLED"))
        self.assertFalse(self.put(version=8))
        self.assertFalse(self.env["sale.order"].search([("client_order_ref", "=", "#5001")]))

    def test_an_order_that_the_shop_opens_again_is_opened_and_one_that_people_cancelled_is_not(self):
        order = self.put(confirm=True)
        self.put(version=2, state="CANCELLED")
        self.put(version=3, confirm=True)
        self.assertEqual((order.state, self.moving(order)), ("sale", {"MUG-1": 2.0}))
        self.cancel(order)
        self.assertIn("cancelled in Odoo", self.kept_out(version=4, confirm=True))

    def test_one_that_people_deleted_is_made_anew_by_the_next_version(self):
        self.put().unlink()
        self.assertEqual(self.goods(self.put(version=2)), {"MUG-1": (2.0, 12.5)})

    def test_what_a_buyer_wrote_is_read_by_who_works_for_the_company_alone(self):
        self.put(note="Ring twice")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        ours, theirs = [
            new_test_user(self.env, name, "sales_team.group_sale_salesman", company_id=company.id, company_ids=[(6, 0, company.ids)])
            for name, company in (("gatehouse_seller", self.company), ("gatehouse_other_seller", other))
        ]
        self.assertEqual(self.env["gatehouse.shop.order"].with_user(ours).search([]).mapped("note"), ["Ring twice"])
        self.assertFalse(self.env["gatehouse.shop.order"].with_user(theirs).search([]))

    def test_what_is_told_names_the_order_of_the_shop_and_its_lines_and_what_a_transfer_fulfils(self):
        self.fill(10, self.mug)
        self.commit()
        order = self.put(confirm=True, total="29.95", shipping={"label": "Express", "price": "4.95"})
        self.ship(order.picking_ids)
        self.commit()
        told = {event["topic"]: event["record"] for event in self.deliver() if event["recordId"] in (order.id, order.picking_ids.id)}
        self.assertEqual(told["order"]["shop"], {"connection": "webshop", "order": "5001"})
        self.assertEqual([line["shop_line"] for line in told["order"]["lines"]], ["l1", None])
        self.assertEqual([line["order_line_id"] for line in told["delivery"]["lines"]], [order.order_line[0].id])
