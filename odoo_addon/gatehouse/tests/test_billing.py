from odoo.tests import tagged

from .commands import CommandCase


@tagged("post_install", "-at_install")
class TestBilling(CommandCase):
    """Invoicing waits for what the customer agreed."""

    def agreed(self, policy, quantity=10, invoiced_on="delivery"):
        self.product.invoice_policy = invoiced_on
        self.partner.gatehouse_billing = policy
        sale = self.order(quantity)
        sale.action_confirm()
        return sale

    def test_each_policy_is_released_by_its_stage_and_by_every_later_one(self):
        for policy, stages in (("dispatch", {"dispatch", "delivery", "pod"}), ("delivery", {"delivery", "pod"}), ("pod", {"pod"})):
            for stage in ("dispatch", "delivery", "pod"):
                sale = self.agreed(policy)
                picking = sale.picking_ids
                self.ship(picking)
                self.assertEqual((sale.gatehouse_billing_hold, sale.order_line.qty_to_invoice, sale.invoice_status), (True, 0, "no"))
                self.do("release_hold", picking, policy=stage, at="2026-11-22T10:00:00.000Z")
                free = stage in stages
                self.assertEqual((sale.gatehouse_billing_hold, sale.order_line.qty_to_invoice), (not free, 10 if free else 0), (policy, stage))
                self.assertEqual(sale.invoice_status, "to invoice" if free else "no")

    def test_without_an_agreement_nothing_waits(self):
        for policy in ("none", False):
            sale = self.agreed(policy)
            self.ship(sale.picking_ids)
            self.assertEqual((sale.gatehouse_billing_hold, sale.invoice_status), (False, "to invoice"))

    def test_the_company_says_what_holds_for_customers_that_say_nothing(self):
        self.company.gatehouse_billing = "pod"
        self.assertEqual(self.agreed(False).picking_ids.gatehouse_billing, "pod")
        self.assertFalse(self.agreed("none").picking_ids.gatehouse_billing)

    def test_of_a_partial_delivery_only_what_is_released_is_invoiced(self):
        sale = self.agreed("delivery")
        first = sale.picking_ids
        self.ship(first, 6)
        second = sale.picking_ids - first
        self.ship(second)
        self.assertEqual(sale.order_line.qty_to_invoice, 0)
        self.do("release_hold", first, policy="delivery", at="2026-11-22T10:00:00.000Z")
        self.assertEqual((sale.order_line.qty_to_invoice, sale.gatehouse_billing_hold), (6, True))
        invoice = sale._create_invoices()
        self.assertEqual(invoice.invoice_line_ids.filtered("product_id").quantity, 6)
        self.assertEqual(sale.order_line.qty_to_invoice, 0)
        self.do("release_hold", second, policy="pod", at="2026-11-23T10:00:00.000Z")
        self.assertEqual((sale.order_line.qty_to_invoice, sale.gatehouse_billing_hold), (4, False))

    def test_what_is_invoiced_as_ordered_waits_as_well(self):
        sale = self.agreed("delivery", invoiced_on="order")
        self.assertEqual(sale.order_line.qty_to_invoice, 0)
        self.ship(sale.picking_ids)
        self.do("release_hold", sale.picking_ids, policy="delivery", at="2026-11-22T10:00:00.000Z")
        self.assertEqual(sale.order_line.qty_to_invoice, 10)

    def test_a_delivery_that_was_taken_back_holds_again(self):
        sale = self.agreed("delivery")
        picking = sale.picking_ids
        self.ship(picking)
        self.do("release_hold", picking, policy="delivery", at="2026-11-22T10:00:00.000Z", version=1)
        self.do("release_hold", picking, policy="dispatch", at="2026-11-21T10:00:00.000Z", version=2)
        self.assertTrue(sale.gatehouse_billing_hold)
        self.do("release_hold", picking, policy="none", at=None, version=3)
        self.assertFalse(picking.gatehouse_stage)

    def test_people_may_release_by_hand(self):
        sale = self.agreed("pod")
        self.ship(sale.picking_ids)
        sale.picking_ids.action_gatehouse_free_billing()
        self.assertEqual((sale.gatehouse_billing_hold, sale.order_line.qty_to_invoice), (False, 10))

    def test_a_receipt_and_a_return_hold_nothing(self):
        purchase = self.purchase()
        purchase.button_confirm()
        self.assertFalse(purchase.picking_ids.gatehouse_billing)
        sale = self.agreed("pod")
        self.ship(sale.picking_ids)
        back = self.give_back(sale.picking_ids, 3)
        self.assertFalse(back.gatehouse_billing)
