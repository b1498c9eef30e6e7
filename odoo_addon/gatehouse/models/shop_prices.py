from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_is_zero, float_round

# Lines of a shop's order that are none of the shop's: their names cannot be ids of lines, which come without a blank before them.
SHIPPING, DIFFERENCE = " shipping", " difference"
# States in which an order is not confirmed.
QUOTATION = ("draft", "sent")
# So much may a tax that Odoo works out differ from that of the shop, which rounds at other places: steps of the currency, and a part of it.
TAX_STEPS, TAX_PART = 2, 0.005


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    gatehouse_shop_line = fields.Char(readonly=True, copy=False, help="The shop's own ID of the line.")

    def _gatehouse_shop_line_told(self):
        """The shop's own id of the line; None of a line that the shop does not have."""
        return None if self.gatehouse_shop_line in (SHIPPING, DIFFERENCE) else self.gatehouse_shop_line or None

    @api.model
    def _gatehouse_taxes_field(self):
        """`tax_id` until 18, `tax_ids` since 19."""
        return "tax_ids" if "tax_ids" in self._fields else "tax_id"

    def _gatehouse_charge(self, line, prices_include_tax):
        """
        Sets taxes and price, so that the line comes to what the shop charges for it. What the shop says of the tax
        stands: the product's own taxes (by the fiscal position) where they come to it, else a tax on sales of that
        rate, else none where it charged none. Where it says nothing, or nothing comes to it, the product's own
        taxes stand, within the same total.

        :param line: of lib.shop.Order
        :return: the shop's tax where no tax of Odoo comes to it, else None
        """
        self.ensure_one()
        field = self._gatehouse_taxes_field()
        self.env.add_to_compute(self._fields[field], self)
        own = self[field]
        amount = line.quantity * line.unit_price - line.discount
        gross = amount if prices_include_tax else None if line.tax is None else amount + line.tax
        taxes = own if line.tax is None else self._gatehouse_taxes_for(own, gross, line.tax, prices_include_tax)
        unmatched = None
        if taxes is None:
            taxes, unmatched = own, line.tax
        includes = any(tax.price_include for tax in taxes)
        is_same_way = bool(taxes) and unmatched is None and includes == prices_include_tax
        target = amount if is_same_way else self._gatehouse_target(taxes, includes, amount, gross)
        self.write({field: [fields.Command.set(taxes.ids)], **self._gatehouse_price(line, amount, target)})
        return unmatched

    def _gatehouse_taxes_for(self, own, gross, tax, prices_include_tax):
        """The taxes that come to `tax` within `gross`; None where there are none."""
        if self._gatehouse_comes_to(own, gross, tax):
            return own
        if self.currency_id.is_zero(tax):
            return own.browse()
        net = gross - tax
        if net <= 0:
            return None
        rate = tax / net * 100
        known = own.search([("type_tax_use", "=", "sale"), ("amount_type", "=", "percent"), ("company_id", "parent_of", self.company_id.ids)])
        fitting = known.filtered(lambda each: self._gatehouse_comes_to(each, gross, tax))
        return fitting.sorted(lambda each: (abs(each.amount - rate), each.price_include != prices_include_tax, each.sequence, each.id))[:1] or None

    def _gatehouse_comes_to(self, taxes, gross, tax):
        allowed = max(TAX_STEPS * self.currency_id.rounding, TAX_PART * abs(tax))
        return abs(gross - self._gatehouse_net(taxes, gross) - tax) <= allowed + 1e-9

    def _gatehouse_net(self, taxes, gross):
        return taxes.with_context(force_price_include=True).compute_all(gross, self.currency_id, 1.0, self.product_id, self.order_partner_id)["total_excluded"] if taxes else gross

    def _gatehouse_target(self, taxes, includes, amount, gross):
        """What quantity times price has to come to where the taxes are reckoned otherwise than by the shop."""
        if gross is None:
            if not includes:
                return amount
            return taxes.with_context(force_price_include=False).compute_all(amount, self.currency_id, 1.0, self.product_id, self.order_partner_id)["total_included"]
        return gross if includes or not taxes else self._gatehouse_net(taxes, gross)

    def _gatehouse_price(self, line, amount, target):
        """Price of one and discount: as the shop shows them where that comes to the target, else without showing a discount."""
        digits = self.env["decimal.precision"].precision_get("Product Price")
        full = line.quantity * line.unit_price
        scale = target / amount if amount else 1.0
        unit = float_round(line.unit_price * scale, precision_digits=digits)
        percent = float_round(100.0 * line.discount / full, precision_digits=2) if full else 0.0
        shown = {"price_unit": unit, "discount": percent}
        if not line.quantity or self._gatehouse_is(line.quantity * unit * (1 - percent / 100), target):
            return shown
        plain = float_round(target / line.quantity, precision_digits=digits)
        return {"price_unit": plain, "discount": 0.0} if self._gatehouse_is(line.quantity * plain, target) else shown

    def _gatehouse_is(self, amount, target):
        return float_is_zero(self.currency_id.round(amount) - self.currency_id.round(target), precision_rounding=self.currency_id.rounding)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.model
    def _gatehouse_shop_pricelist(self, code, company):
        """A price list in the currency, none where it is the company's own: prices come from the shop, it gives the currency alone."""
        currency = self.env["res.currency"].search([("name", "=", code)], limit=1)
        if not currency:
            raise UserError(_("The currency %s is not active in Odoo.", code))
        pricelists = self.env["product.pricelist"].with_context(active_test=False)
        if currency == company.currency_id:
            return pricelists.browse()
        name = f"Gatehouse {code}"
        known = pricelists.search([("name", "=", name), ("currency_id", "=", currency.id), ("company_id", "=", company.id)], limit=1)
        return known or pricelists.create({"name": name, "currency_id": currency.id, "company_id": company.id, "active": False})

    def _gatehouse_even_out(self, total):
        """
        Has the order come to the shop's total: by a line without taxes for what is left.

        :return: what is left
        """
        line = self.order_line.filtered(lambda each: each.gatehouse_shop_line == DIFFERENCE)
        rest = self.currency_id.round(total - self._gatehouse_shop_amount(self.order_line - line))
        if not line and not self.currency_id.is_zero(rest):
            product = self._gatehouse_shop_product("GATEHOUSE-DIFFERENCE", _("Difference to the shop's total"))
            line = self.env["sale.order.line"].create({"order_id": self.id, "product_id": product.id, "product_uom_qty": 1, "gatehouse_shop_line": DIFFERENCE, "sequence": 9999})
        if line and self.state in QUOTATION and self.currency_id.is_zero(rest):
            line.unlink()
        elif line:
            line.write({"price_unit": rest, "discount": 0.0, line._gatehouse_taxes_field(): [fields.Command.clear()]})
        return rest

    def _gatehouse_shop_amount(self, lines):
        """What the lines of the shop come to; others are lines that people added in Odoo."""
        others = lines.filtered(lambda each: not each.gatehouse_shop_line and not each.display_type)
        line = self.order_line - lines
        if not others:
            # The total of an order whose taxes are rounded once for all of it is not the sum of its lines.
            return self.amount_total - sum(line.mapped("price_total"))
        return sum((lines - others).mapped("price_total"))

    @api.model
    def _gatehouse_shop_product(self, code, name):
        """A service of ours, made when it is first needed."""
        products = self.env["product.product"].with_context(active_test=False)
        return products.search([("default_code", "=", code)], limit=1) or products.create({
            "name": name, "default_code": code, "detailed_type" if "detailed_type" in products._fields else "type": "service", "invoice_policy": "order", "list_price": 0.0, "sale_ok": False, "purchase_ok": False, "company_id": False,
            "taxes_id": [fields.Command.clear()], "supplier_taxes_id": [fields.Command.clear()],
        })
