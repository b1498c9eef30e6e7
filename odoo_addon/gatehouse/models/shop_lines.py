from odoo import _, api, models
from odoo.exceptions import UserError

from ..lib import shop
from .shop_prices import QUOTATION, SHIPPING


class SaleOrder(models.Model):
    """Lines of an order of a shop: those that the shop has, what the buyer pays for sending it, and what is left to its total."""

    _inherit = "sale.order"

    def _gatehouse_changed(self, wanted, products):
        """Whether more of something is wanted than stands in a confirmed order, and whether less is."""
        known = {line.gatehouse_shop_line: line for line in self.order_line if line._gatehouse_shop_line_told()}
        more = less = False
        for line in wanted.lines:
            own = known.pop(line.id, None)
            if own is None:
                more = more or line.quantity > 0
            elif line.quantity and own.product_id != products[line.sku]:
                less = True
            else:
                more, less = more or line.quantity > own.product_uom_qty, less or line.quantity < own.product_uom_qty
        return more, less or any(line.product_uom_qty for line in known.values())

    @api.model
    def _gatehouse_products(self, wanted):
        """
        By SKU, which is Odoo's internal reference.

        :raise UserError: naming each that is on no product, or on several
        """
        skus = {line.sku for line in wanted.lines if line.quantity}
        found = self.env["product.product"].search([("default_code", "in", list(skus - {""})), ("company_id", "in", (False, self.env.company.id))])
        by_sku = {}
        for product in found:
            by_sku.setdefault(product.default_code, []).append(product)
        # Odoo does not find the language within a comprehension.
        without = _("without a SKU")
        unknown = [line.sku or f"{line.description} ({without})" for line in wanted.lines if line.quantity and line.sku not in by_sku]
        doubled = [sku for sku, products in by_sku.items() if len(products) > 1]
        faults = []
        if unknown:
            faults.append(_("No product has the internal reference %s.", ", ".join(dict.fromkeys(unknown))))
        if doubled:
            faults.append(_("Several products have the internal reference %s.", ", ".join(doubled)))
        if faults:
            raise UserError(" ".join(faults))
        empty = self.env["product.product"]
        return {line.sku: by_sku[line.sku][0] if line.sku in by_sku else empty for line in wanted.lines}

    def _gatehouse_put_lines(self, wanted, products):
        """Lines as the shop has them; those that people added in Odoo stay."""
        known = {line.gatehouse_shop_line: line for line in self.order_line if line._gatehouse_shop_line_told()}
        unmatched = []
        for line in wanted.lines:
            own = known.pop(line.id, None)
            product = products[line.sku]
            if own and (own.product_id != product or not line.quantity):
                self._gatehouse_drop(own)
                own = None
            if not line.quantity:
                continue
            own = own or self.env["sale.order.line"].create({"order_id": self.id, "product_id": product.id, "product_uom_qty": line.quantity, "gatehouse_shop_line": line.id})
            if own.product_uom_qty != line.quantity:
                own.product_uom_qty = line.quantity
            if line.description and own.name != line.description:
                own.name = line.description
            tax = own._gatehouse_charge(line, wanted.prices_include_tax)
            if tax is not None:
                unmatched.append(line.sku)
        for line in known.values():
            self._gatehouse_drop(line)
        self._gatehouse_put_shipping(wanted)
        rest = self._gatehouse_even_out(wanted.total)
        self._gatehouse_tell_difference(unmatched, rest, len(wanted.lines) + 1)

    def _gatehouse_drop(self, line):
        """A line that the shop does not have any more."""
        if not line:
            return
        if self.state in QUOTATION:
            line.unlink()
        elif line.product_uom_qty:
            line.product_uom_qty = 0

    def _gatehouse_put_shipping(self, wanted):
        line = self.order_line.filtered(lambda each: each.gatehouse_shop_line == SHIPPING)
        if not wanted.shipping:
            self._gatehouse_drop(line)
            return
        label, price = wanted.shipping
        product, more = self._gatehouse_shop_delivery(label)
        if line and line.product_id != product and self.state in QUOTATION:
            # Not taken away: with the line that charges for it the order would lose its delivery method.
            line.write({"product_id": product.id, **more})
        line = line or self.env["sale.order.line"].create({"order_id": self.id, "product_id": product.id, "product_uom_qty": 1, "gatehouse_shop_line": SHIPPING, "sequence": 9998, **more})
        if line.name != label:
            line.name = label
        line._gatehouse_charge(shop.Line(SHIPPING, "", label, 1.0, price, 0.0, None), wanted.prices_include_tax)

    def _gatehouse_shop_delivery(self, label):
        """
        What the buyer pays for sending it is charged by: a product, and more values of its line. Gatehouse Delivery
        finds the delivery method of this name.
        """
        return self._gatehouse_shop_product("GATEHOUSE-SHIPPING", _("Shipping")), {}

    def _gatehouse_tell_difference(self, unmatched, rest, lines):
        """Says on the order what a person may want to look at; cents that come of rounding are none of it."""
        said = []
        if unmatched:
            said.append(_("No tax of Odoo comes to what the shop charged for %s: the product's own taxes stand, within the same total.", ", ".join(dict.fromkeys(unmatched))))
        if abs(rest) > lines * self.currency_id.rounding:
            said.append(_("The shop's total is %s other than what the lines come to: the difference is a line of its own.", self.currency_id.format(rest)))
        if said:
            self.message_post(body=" ".join(said), subtype_xmlid="mail.mt_note")
