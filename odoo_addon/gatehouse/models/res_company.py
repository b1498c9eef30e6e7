from datetime import timedelta

from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError

from ..lib import answers, signing

OVERLAP_DAYS = 2


class ResCompany(models.Model):
    _inherit = "res.company"

    gatehouse_url = fields.Char(
        "Gatehouse URL",
        groups="base.group_system",
        help="Where events are posted, e.g. https://gatehouse.example.com/ingest/odoo. A branch without a URL uses that of its parent.",
    )
    gatehouse_secret = fields.Char(
        "Gatehouse Secret", groups="base.group_system", copy=False, help="The webhook secret of the connection at Gatehouse."
    )
    gatehouse_secret_previous = fields.Char("Previous Gatehouse Secret", groups="base.group_system", copy=False)
    gatehouse_secret_previous_until = fields.Datetime(
        "Previous Secret Used Until",
        groups="base.group_system",
        copy=False,
        help="Until then events are signed with both secrets, so that Gatehouse may change its own at any time between.",
    )

    @api.constrains("gatehouse_url", "gatehouse_secret")
    def _check_gatehouse(self):
        for company in self.sudo():
            url = company.gatehouse_url
            if url and not url.lower().startswith(("https://", "http://")):
                raise ValidationError(_("The URL of Gatehouse must start with https:// (or http:// within your own network)."))
            if company.gatehouse_secret:
                try:
                    signing.key_of(company.gatehouse_secret)
                except signing.InvalidSecret as error:
                    raise ValidationError(_("The secret of Gatehouse cannot be used. %s", error)) from error

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env.registry.clear_cache()
        return companies

    def write(self, vals):
        if "gatehouse_secret" in vals:
            self._gatehouse_keep_secret(vals["gatehouse_secret"])
        result = super().write(vals)
        if {"gatehouse_url", "parent_id", "active"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    def _gatehouse_keep_secret(self, secret):
        """A new secret makes the old one the previous one for a while."""
        for company in self:
            old = company.sudo().gatehouse_secret
            if old and secret and old != secret:
                company.sudo().write({
                    "gatehouse_secret_previous": old,
                    "gatehouse_secret_previous_until": fields.Datetime.now() + timedelta(days=OVERLAP_DAYS),
                })

    def _gatehouse_secrets(self):
        """What to sign with, the current one first."""
        until = self.gatehouse_secret_previous_until
        secrets = [self.gatehouse_secret]
        if self.gatehouse_secret_previous and until and until > fields.Datetime.now():
            secrets.append(self.gatehouse_secret_previous)
        return [secret for secret in secrets if secret]

    @api.model
    @tools.ormcache()
    def _gatehouse_routes(self):
        """
        For each company the companies by whose settings its records are sent (one, its own or that of
        a parent); under False those for records of no company: one per URL. Empty where nothing is set.
        """
        companies = self.sudo().with_context(active_test=False).search([], order="id")
        urls = {company.id: company.gatehouse_url for company in companies}
        parents = {company.id: company.parent_id.id for company in companies}
        routes, shared = {}, {}
        for company_id in urls:
            at = company_id
            while at and not urls[at]:
                at = parents.get(at)
            if at:
                routes[company_id] = (at,)
                shared.setdefault(urls[at], at)
        if routes:
            routes[False] = tuple(shared.values())
        return routes

    def action_gatehouse_test(self):
        """Posts a batch without events and says what is wrong."""
        self.ensure_one()
        if not self.env.is_system():
            raise AccessError(_("Only administrators may test the connection to Gatehouse."))
        outbox = self.env["gatehouse.outbox"]
        company = self.sudo()
        if not company.gatehouse_url:
            return outbox._say(_("Enter the URL of Gatehouse and save."), "danger")
        if not company.gatehouse_secret:
            return outbox._say(_("Enter the secret of the connection and save."), "danger")
        verdict = outbox._post_events(company, [], [("test", int(fields.Datetime.now().timestamp()))])
        if verdict.kind == answers.SENT:
            return outbox._say(_("Gatehouse took a signed message without events. Everything is in order."))
        return outbox._say(verdict.message, "danger", _("Gatehouse did not take the message"))

    def action_gatehouse_end_overlap(self):
        self.ensure_one()
        if not self.env.is_system():
            raise AccessError(_("Only administrators may change secrets of Gatehouse."))
        self.sudo().write({"gatehouse_secret_previous": False, "gatehouse_secret_previous_until": False})
