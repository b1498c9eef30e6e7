from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    gatehouse_client_id = fields.Char("Gatehouse Client", groups="base.group_system", copy=False, help="A token client of role odoo, made at Gatehouse; asks for rates.")
    gatehouse_client_secret = fields.Char("Gatehouse Client Secret", groups="base.group_system", copy=False)
