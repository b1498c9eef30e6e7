from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    gatehouse_client_id = fields.Char(related="company_id.gatehouse_client_id", readonly=False)
    gatehouse_client_secret = fields.Char(related="company_id.gatehouse_client_secret", readonly=False)
