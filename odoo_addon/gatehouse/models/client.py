import logging
import time
from urllib.parse import quote_plus

import requests

from odoo import _, api, models, release
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

CONNECT_SECONDS = 2
EXCHANGE_SECONDS = 8
EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ODOO_USER = "urn:gatehouse:token-type:odoo-user"
MAX_ANSWER = 1_000_000


class GatehouseUnreachable(Exception):
    """Gatehouse gave no usable answer; its text is for people."""


class GatehouseClient(models.AbstractModel):
    """What Odoo asks Gatehouse while a person waits. Changes never go this way: they go through the outbox."""

    _name = "gatehouse.client"
    _description = "Questions to Gatehouse"

    @api.model
    def _settings_company(self, company):
        """
        The company (itself or a parent) by whose settings `company` speaks to Gatehouse.

        :raise GatehouseUnreachable: where none is set
        """
        route = self.env["res.company"]._gatehouse_routes().get(company.id)
        if not route:
            raise GatehouseUnreachable(_("%s is not connected to Gatehouse (Settings > Gatehouse).", company.name))
        return self.env["res.company"].sudo().browse(route[0])

    @api.model
    def _origin(self, company):
        """
        Scheme, host and path of Gatehouse, and the id of this Odoo's connection, both from the URL that events are posted to.

        :return: e.g. ("https://gatehouse.example.com", "odoo")
        """
        base, found, connection = (company.gatehouse_url or "").rstrip("/").rpartition("/ingest/")
        if not found or not connection or "/" in connection:
            raise GatehouseUnreachable(_("The URL of Gatehouse does not end in /ingest/<connection>."))
        return base, connection

    @api.model
    def _http(self, url, *, headers=None, auth=None, form=None, json=None, seconds=EXCHANGE_SECONDS):
        """
        The only place where this speaks to the network.

        :param seconds: until the answer must have begun
        :return: status and text
        :raise requests.RequestException:
        """
        headers = {"user-agent": f"gatehouse-odoo/{release.major_version}", "accept": "application/json", **(headers or {})}
        response = requests.post(url, data=form, json=json, headers=headers, auth=auth, timeout=(min(CONNECT_SECONDS, seconds), seconds), allow_redirects=False)
        return response.status_code, response.text[:MAX_ANSWER]

    @api.model
    def _ask(self, url, until, **options):
        """
        Posts, and answers what is not to be hoped for as GatehouseUnreachable.

        :param until: time.monotonic() at which the person has waited long enough
        """
        seconds = until - time.monotonic()
        if seconds <= 0:
            raise GatehouseUnreachable(_("Gatehouse did not answer in time."))
        try:
            status, text = self._http(url, seconds=seconds, **options)
        except requests.RequestException as error:
            _logger.info("Gatehouse: %s: %s", url, error)
            raise GatehouseUnreachable(self.env["gatehouse.outbox"]._network_error(error)) from error
        if status == 429 or status >= 500:
            raise GatehouseUnreachable(_("Gatehouse is busy or down (status %s). Try again in a moment.", status))
        return status, text

    @api.model
    def _user_token(self, user, company):
        """
        A short token with the rights that Gatehouse gives this user (RFC 8693). Odoo proves itself by the secret of
        its connection; who the user is and which groups they have is told by Odoo, never by the browser.

        :return: origin of Gatehouse, token, seconds it is good for
        :raise UserError: for people
        """
        try:
            settings = self._settings_company(company)
            base, connection = self._origin(settings)
            status, text = self._ask(
                f"{base}/token",
                time.monotonic() + EXCHANGE_SECONDS,
                auth=self._basic(connection, settings.gatehouse_secret or ""),
                form={
                    "grant_type": EXCHANGE_GRANT,
                    "subject_token": str(user.id),
                    "subject_token_type": ODOO_USER,
                    "odoo_groups": " ".join(sorted(self._group_names(user))),
                    "odoo_partner": str(user.partner_id.commercial_partner_id.id),
                    "odoo_company": str(company.id),
                },
            )
            answer = self._json(text)
        except GatehouseUnreachable as error:
            raise UserError(str(error)) from error
        if status != 200 or not answer.get("access_token"):
            raise UserError(_("Gatehouse gives you no access: %s", answer.get("error_description") or answer.get("detail") or status))
        return base, answer["access_token"], int(answer.get("expires_in") or 60)

    @api.model
    def _group_names(self, user):
        """External ids of the groups a user has, e.g. stock.group_stock_manager."""
        groups = user.sudo().all_group_ids if "all_group_ids" in user._fields else user.sudo().groups_id
        return set(groups._get_external_ids() and [name for names in groups._get_external_ids().values() for name in names])

    @api.model
    def _basic(self, name, secret):
        """Credentials as RFC 6749 (2.3.1) has them in Basic: form-encoded, as a secret may hold + and /."""
        return quote_plus(name), quote_plus(secret)

    @api.model
    def _json(self, text):
        try:
            answer = requests.compat.json.loads(text)
        except ValueError as error:
            raise GatehouseUnreachable(_("What answers at the URL of Gatehouse is not Gatehouse.")) from error
        if not isinstance(answer, dict):
            raise GatehouseUnreachable(_("What answers at the URL of Gatehouse is not Gatehouse."))
        return answer
