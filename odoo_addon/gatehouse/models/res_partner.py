from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "gatehouse.tracked"]

    _gatehouse_watched = frozenset((
        "name", "is_company", "parent_id", "commercial_partner_id", "email", "phone", "street", "street2", "city", "zip", "state_id", "country_id",
        "company_id", "active",
    ))

    def _gatehouse_topic(self):
        return "partner"
