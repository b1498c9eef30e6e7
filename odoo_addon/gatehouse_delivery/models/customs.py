from odoo import fields, models
from odoo.tools import float_round

# The customs union of the European Union, with Monaco: the same list as in Gatehouse (src/model/freight.ts). Places that
# customs treat otherwise than the country they are written with (Northern Ireland, Canary Islands, Büsingen) are not told apart.
CUSTOMS_UNION = frozenset("AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK".split())
# Incoterms 2020, which Gatehouse takes; Odoo's list of terms may be extended with others.
INCOTERMS = frozenset("EXW FCA CPT CIP DAP DPU DDP FAS FOB CFR CIF".split())
DESCRIPTION_LENGTH = 300


def crosses_customs(origin, destination):
    """
    Whether goods between two addresses pass customs; not where a country is not known, which is another matter.

    :param origin: address as `_address` gives it, as is `destination`
    """
    countries = {origin.get("country"), destination.get("country")} if origin and destination else set()
    return len(countries) == 2 and all(countries) and not countries <= CUSTOMS_UNION


class GatehouseFreight(models.AbstractModel):
    """What customs are told of goods that cross their border, in the words of schema/odoo-events.json."""

    _inherit = "gatehouse.freight"

    def _picking_customs(self, picking, origin, destination, goes_back=False):
        """
        :param goes_back: the goods are returned; who pays duties then does not follow from the terms they were sold under
        :return: contents and an item per package and product, as far as products say it; None where no border is crossed
        """
        if not crosses_customs(origin, destination):
            return None
        picking = picking.sudo()
        order = picking.sale_id or self._sale_lines(picking.move_ids).order_id[:1]
        held = {}
        for package, move, quantity in self._picking_contents(picking):
            price, currency = self._customs_price(move.product_id, self._sale_lines(move)[:1], order, picking.company_id)
            total = held.setdefault((package, move.product_id, currency), [0.0, 0.0])
            total[0] += quantity
            total[1] += quantity * price
        items = [self._customs_item(package, product, *total, currency) for (package, product, currency), total in held.items()]
        if goes_back:
            return {"contents": "RETURNED_GOODS", "incoterm": None, "items": items}
        return {"contents": "MERCHANDISE", "incoterm": self._incoterm(order, picking.company_id), "items": items}

    def _order_customs(self, order, origin, destination, packages):
        """As of a transfer, before anything is packed: each package holds of every product the part that it has of the weight."""
        if not crosses_customs(origin, destination):
            return None
        order = order.sudo()
        lines = order.order_line.filtered(lambda line: not line.display_type and not line.is_delivery and line.product_id.type in ("consu", "product") and line.product_uom_qty > 0)
        weight = sum(package["weight"] for package in packages)
        items = []
        for package in packages:
            part = package["weight"] / weight if weight else 1 / len(packages)
            for line in lines:
                quantity = part * self._line_uom(line)._compute_quantity(line.product_uom_qty, line.product_id.uom_id, round=False)
                price, currency = self._customs_price(line.product_id, line, order, order.company_id)
                items.append(self._customs_item(package["id"], line.product_id, quantity, quantity * price, currency))
        return {"contents": "MERCHANDISE", "incoterm": self._incoterm(order, order.company_id), "items": items}

    def _picking_contents(self, picking):
        """:return: (id of the package, move, quantity in the unit of the product) of what leaves; of what is to leave where nothing is reserved"""
        lines = picking.move_line_ids.filtered(lambda line: line.quantity > 0)
        if not lines:
            return [(picking.name, move, move.product_qty) for move in picking.move_ids.filtered(lambda move: move.state != "cancel" and move.product_qty > 0)]
        return [
            (self._outermost(line.result_package_id).name or picking.name, line.move_id, line.product_uom_id._compute_quantity(line.quantity, line.product_id.uom_id, round=False))
            for line in lines
        ]

    def _sale_lines(self, moves):
        """What the goods were sold by; of what comes back, when it went out."""
        return moves.sale_line_id or moves.origin_returned_move_id.sale_line_id

    def _customs_price(self, product, line, order, company):
        """
        What one unit was sold for, after discounts and before taxes. Of what was not sold by itself (a part of a kit, an
        addition at the warehouse) the list price, in the currency of the order: carriers' invoices have one.

        :return: price, currency
        """
        if line.product_id == product and line.product_uom_qty:
            return self._line_uom(line)._compute_price(line.price_reduce_taxexcl, product.uom_id), line.currency_id
        currency = order.currency_id or company.currency_id
        return product.currency_id._convert(product.lst_price, currency, company, fields.Date.context_today(self)), currency

    def _line_uom(self, line):
        return line.product_uom_id if "product_uom_id" in line._fields else line.product_uom

    def _customs_item(self, package, product, quantity, value, currency):
        """
        Customs count whole pieces: of goods by weight or length their number is rounded, and each is worth and weighs so much
        that it is right for all of them together.

        :param quantity: in the unit of the product
        :param value: of all of it
        """
        pieces = max(1, int(float_round(quantity, precision_digits=0)))
        # Customs abroad read English, in which Odoo keeps names where it has them; the language of who packs says nothing.
        product = product.with_context(lang=None)
        return {
            "package": package,
            "description": product.name[:DESCRIPTION_LENGTH],
            "quantity": pieces,
            "value": self._number(value / pieces),
            "currency": currency.name,
            "weight": self._number(product.weight * quantity / pieces),
            "weight_uom": self._weight_unit(),
            "hs_code": "".join((product.hs_code or "").split()) or None,
            "origin": product.country_of_origin.code or None,
            "sku": product.default_code or None,
        }

    def _incoterm(self, order, company):
        term = (order.incoterm or company.incoterm_id).code
        return term if term in INCOTERMS else None
