from odoo import models
from odoo.tools import float_round

DIGITS = 6


class GatehouseFreight(models.AbstractModel):
    """Orders and transfers in the words of a freight request: addresses and packages."""

    _name = "gatehouse.freight"
    _description = "Freight Requests"

    def _address(self, partner):
        """:return: an address, with keys only for what is known; None without a partner"""
        if not partner:
            return None
        partner = partner.sudo()
        commercial = partner.commercial_partner_id
        address = {
            "name": partner.name or (commercial.name if not partner.is_company else None),
            "company": commercial.name if commercial.is_company else None,
            "street": partner.street or "",
            "street2": partner.street2,
            "city": partner.city or "",
            "region": partner.state_id.code,
            "postalCode": partner.zip,
            "country": partner.country_id.code or "",
            "phone": partner.phone or ("mobile" in partner._fields and partner.mobile) or None,
            "email": partner.email,
        }
        return {key: value for key, value in address.items() if value or key in ("street", "city", "country")}

    def _warehouse_address(self, warehouse, company):
        return self._address(warehouse.partner_id or company.partner_id)

    def _package(self, name, weight, package_type):
        """:param package_type: may be empty; without all three dimensions none is told"""
        package = {"id": name, "weight": self._number(weight), "weight_uom": self._weight_unit()}
        sizes = (package_type.packaging_length, package_type.width, package_type.height)
        if all(sizes):
            length, width, height = sizes
            package.update({"length": length, "width": width, "height": height, "dimension_uom": self._length_unit()})
        return package

    def _order_packages(self, order, carrier):
        """As many packages of the carrier's type as the weight of the order fills."""
        package_type = carrier.gatehouse_package_type_id
        weight = self.env.context.get("order_weight") or order.shipping_weight or order._get_estimated_weight()
        limit = max(package_type.max_weight - package_type.base_weight, 0.0) if package_type.max_weight else 0.0
        full, rest = divmod(weight, limit) if limit else (0, weight)
        weights = [limit] * int(full) + ([rest] if rest > 1e-6 or not full else [])
        return [self._package(str(number), each + package_type.base_weight, package_type) for number, each in enumerate(weights, 1)]

    def _picking_packages(self, picking):
        """One per package that leaves, and one for what lies in none."""
        lines = picking.move_line_ids.filtered(lambda line: line.quantity > 0)
        leaving = self._outermost(lines.result_package_id)
        packages = [self._package(package.name, package.shipping_weight or package.weight, package.package_type_id) for package in leaving]
        loose = lines.filtered(lambda line: not line.result_package_id)
        if loose or not packages:
            weight = sum(line.product_uom_id._compute_quantity(line.quantity, line.product_id.uom_id) * line.product_id.weight for line in loose)
            packages.append(self._package(picking.name, weight or (0.0 if packages else picking.shipping_weight or picking.weight), picking.carrier_id.gatehouse_package_type_id))
        return packages

    def _outermost(self, packages):
        """Since 19 packages lie in packages; those that leave."""
        return packages.outermost_package_id if "outermost_package_id" in packages._fields else packages

    def _weight_unit(self):
        return self.env["product.template"].sudo().with_context(lang=None)._get_weight_uom_name_from_ir_config_parameter()

    def _length_unit(self):
        return self.env["product.template"].sudo().with_context(lang=None)._get_length_uom_name_from_ir_config_parameter()

    def _number(self, value):
        return float_round(value or 0.0, precision_digits=DIGITS)
