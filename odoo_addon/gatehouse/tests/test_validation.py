from odoo.tests import tagged

from .commands import CommandCase


@tagged("post_install", "-at_install")
class TestValidation(CommandCase):
    """Transfers validated by a confirmation of the warehouse or of dispatch, without a question to anybody."""

    def lines(self, quantity, product=None, **values):
        return [{"product_id": (product or self.product).id, "quantity": quantity, **values}]

    def test_what_is_missing_stays_behind_as_a_backorder(self):
        self.do("validate", lines=self.lines(7), backorder=True)
        self.assertEqual((self.picking.state, self.picking.move_ids.quantity), ("done", 7))
        backorder = self.sale.picking_ids - self.picking
        self.assertEqual((backorder.backorder_id, backorder.move_ids.product_uom_qty), (self.picking, 3))

    def test_what_is_missing_is_cancelled_where_no_backorder_is_wanted(self):
        self.do("validate", lines=self.lines(7), backorder=False)
        self.assertEqual((self.picking.state, len(self.sale.picking_ids)), ("done", 1))

    def test_without_lines_what_is_reserved_is_moved(self):
        self.do("validate", backorder=True)
        self.assertEqual((self.picking.state, self.sale.order_line.qty_delivered), ("done", 10))
        sale = self.order(95)
        sale.action_confirm()
        self.do("validate", sale.picking_ids, backorder=True)
        self.assertEqual((sale.order_line.qty_delivered, sorted(sale.picking_ids.mapped("state"))), (90, ["confirmed", "done"]))

    def test_a_product_that_is_not_named_was_not_moved(self):
        other = self._make_product("Other")
        self.fill(50, other)
        sale = self.order()
        sale.order_line.create({"order_id": sale.id, "product_id": other.id, "product_uom_qty": 4})
        sale.action_confirm()
        picking = sale.picking_ids
        self.do("validate", picking, lines=self.lines(4, other))
        self.assertEqual(picking.move_ids.filtered(lambda move: move.state == "done").product_id, other)
        self.assertEqual((sale.picking_ids - picking).move_ids.product_id, self.product)

    def test_a_transfer_that_was_validated_in_odoo_stays_as_it_is(self):
        self.ship(self.picking, 4)
        self.do("validate", lines=self.lines(10))
        self.assertEqual(self.picking.move_ids.quantity, 4)

    def test_more_than_demanded_a_stranger_and_a_cancelled_transfer_are_for_people(self):
        self.assertIn("more than", self.refused("validate", lines=self.lines(11)))
        self.assertIn("no product", self.refused("validate", lines=self.lines(1, self._make_product("Stranger"))))
        self.assertIn("below zero", self.refused("validate", lines=self.lines(-1)))
        self.assertEqual(self.picking.state, "assigned")
        self.picking.action_cancel()
        self.assertIn("cancelled", self.refused("validate", lines=self.lines(10)))

    def test_quantities_come_in_the_unit_of_the_transfer_or_of_the_product(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.picking.move_ids.write({"product_uom": dozen.id, "product_uom_qty": 0.5})
        self.assertIn("no unit", self.refused("validate", lines=self.lines(1, uom="Hogshead")))
        self.do("validate", lines=self.lines(0.5, uom=dozen.name), backorder=True)
        self.assertEqual((self.picking.state, self.picking.move_ids.product_qty), ("done", 6))

    def test_a_question_of_odoo_is_an_error_and_nothing_is_validated(self):
        picking = self.picking
        self.assertTrue(self.refused("validate", lines=self.lines(0)))
        self.assertEqual(picking.state, "assigned")

    def test_receipts_take_lots_and_make_those_that_are_new(self):
        tracked = self._make_product("Tracked", tracking="lot")
        purchase = self.env["purchase.order"].create({"partner_id": self.vendor.id, "order_line": [(0, 0, {"product_id": tracked.id, "product_qty": 5, "price_unit": 4.0})]})
        purchase.button_confirm()
        receipt = purchase.picking_ids
        self.assertIn("lots", self.refused("validate", receipt, lines=self.lines(5, tracked)))
        self.do("validate", receipt, lines=self.lines(3, tracked, lot="L1") + self.lines(1, tracked, lot="L2"))
        self.assertEqual(receipt.state, "done")
        self.assertEqual({(line.lot_id.name, line.quantity) for line in receipt.move_line_ids}, {("L1", 3.0), ("L2", 1.0)})
        self.assertEqual((purchase.picking_ids - receipt).move_ids.product_uom_qty, 1)
