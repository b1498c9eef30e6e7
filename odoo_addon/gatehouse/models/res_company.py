from datetime import timedelta

from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError

from ..lib import answers, signing
from .apply_billing import STAGES

OVERLAP_DAYS = 2
# In the order in which people would mend what is missing.
RELEASE_CHECKS = ("address", "weight", "dimensions", "service", "window", "credit")
RELEASE_SETTINGS = {f"gatehouse_check_{check}" for check in RELEASE_CHECKS} | {"gatehouse_carrier_required"}


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

    gatehouse_check_address = fields.Boolean("Delivery Address", default=True, help="A street, a city, a country, and ZIP and state where the country needs them.")
    gatehouse_check_weight = fields.Boolean("Weight", default=True, help="Every product has a weight or lies in a package that was weighed; no package is heavier than its type holds.")
    gatehouse_check_dimensions = fields.Boolean("Dimensions", help="Everything is packed, in packages whose type has length, width and height.")
    gatehouse_check_service = fields.Boolean("Service", default=True, help="The carrier delivers to the address and takes the weight.")
    gatehouse_carrier_required = fields.Boolean("Carrier Required", help="A delivery without a carrier is not released.")
    gatehouse_check_window = fields.Boolean("Delivery Window", default=True, help="It is planned, and not for after the date promised.")
    gatehouse_check_credit = fields.Boolean("Credit", default=True, help="The customer owes no more than the credit limit, where sales credit limits are used.")

    gatehouse_billing = fields.Selection(
        [("none", "At once"), *STAGES], "Deliveries Are Billed", default="none", help="What may be invoiced of a delivery waits for this, unless the customer's own setting says otherwise."
    )
    gatehouse_exception_user_id = fields.Many2one(
        "res.users", "Exceptions Go To", domain=[("share", "=", False)], help="Who is asked to see to exceptions of transfers that nobody is in charge of."
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
        if {"gatehouse_url", "parent_id", "active", "account_use_credit_limit"} & vals.keys() or not RELEASE_SETTINGS.isdisjoint(vals):
            self.env.registry.clear_cache()
        if not (RELEASE_SETTINGS | {"gatehouse_url", "account_use_credit_limit"}).isdisjoint(vals):
            self.env["stock.picking"]._gatehouse_recheck_open(self)
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

    @api.model
    @tools.ormcache()
    def _gatehouse_gated(self):
        """The checks that each company makes before it releases a delivery to transport; none without a URL."""
        routes = self._gatehouse_routes()
        companies = self.sudo().with_context(active_test=False).browse([company_id for company_id in routes if company_id])
        gated = {company.id: tuple(check for check in RELEASE_CHECKS if company[f"gatehouse_check_{check}"]) for company in companies}
        return {company_id: checks for company_id, checks in gated.items() if checks}

    @api.model
    @tools.ormcache()
    def _gatehouse_limits_credit(self):
        """Whether any company holds deliveries back by Odoo's own credit limits, which orders, invoices and payments move."""
        if "account_use_credit_limit" not in self._fields:
            return False
        gated = self._gatehouse_gated()
        return any("credit" in gated[company.id] and company.account_use_credit_limit for company in self.sudo().browse(gated))

    def _gatehouse_release_checks(self):
        return self._gatehouse_gated().get(self.id, ())

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
