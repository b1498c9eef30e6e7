from odoo import models


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "gatehouse.tracked"]

    _gatehouse_watched = frozenset(("default_code", "barcode", "weight", "active", "product_tmpl_id"))

    def _gatehouse_topic(self):
        return "product"


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "gatehouse.tracked.part"]

    # Fields of the variants that are kept on the template.
    _gatehouse_whole = "product_variant_ids"
    _gatehouse_watched = frozenset(("name", "company_id", "uom_id"))

    def _gatehouse_note(self, action, names=()):
        # Variants are created and deleted by themselves.
        if action == "updated":
            return super(ProductTemplate, self.with_context(active_test=False))._gatehouse_note(action, names)
        return None
