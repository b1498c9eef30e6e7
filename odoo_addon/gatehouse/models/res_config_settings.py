from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    gatehouse_url = fields.Char(related="company_id.gatehouse_url", readonly=False)
    gatehouse_secret = fields.Char(related="company_id.gatehouse_secret", readonly=False)
    gatehouse_secret_previous_until = fields.Datetime(related="company_id.gatehouse_secret_previous_until")
    gatehouse_retention_days = fields.Integer("Keep Sent Events (Days)", config_parameter="gatehouse.retention_days", default=14)

    gatehouse_check_address = fields.Boolean(related="company_id.gatehouse_check_address", readonly=False)
    gatehouse_check_weight = fields.Boolean(related="company_id.gatehouse_check_weight", readonly=False)
    gatehouse_check_dimensions = fields.Boolean(related="company_id.gatehouse_check_dimensions", readonly=False)
    gatehouse_check_service = fields.Boolean(related="company_id.gatehouse_check_service", readonly=False)
    gatehouse_carrier_required = fields.Boolean(related="company_id.gatehouse_carrier_required", readonly=False)
    gatehouse_check_window = fields.Boolean(related="company_id.gatehouse_check_window", readonly=False)
    gatehouse_check_credit = fields.Boolean(related="company_id.gatehouse_check_credit", readonly=False)

    gatehouse_billing = fields.Selection(related="company_id.gatehouse_billing", readonly=False)
    gatehouse_exception_user_id = fields.Many2one(related="company_id.gatehouse_exception_user_id", readonly=False)

    def action_gatehouse_test(self):
        return self.company_id.action_gatehouse_test()

    def action_gatehouse_end_overlap(self):
        self.company_id.action_gatehouse_end_overlap()
        return {"type": "ir.actions.client", "tag": "reload"}
