import time

from odoo import _, api, models

from odoo.addons.gatehouse.models.client import GatehouseUnreachable

QUOTE_SECONDS = 5
# A token is asked for anew so long before it ends.
RENEWAL_SECONDS = 30

QUOTE = """
mutation Quote($input: RequestQuoteInput!) {
  requestQuote(input: $input) {
    quote {
      id
      rates { service carrier label price { amount currency } deliveryAt }
      partial
      missing { connection reason }
    }
    userErrors { field message code }
  }
}
"""

# Per process: (database, token endpoint, client, secret) -> (token, time.monotonic() at which it is renewed)
_tokens = {}


class GatehouseClient(models.AbstractModel):
    _inherit = "gatehouse.client"

    @api.model
    def _request_quote(self, company, request):
        """
        What carriers would take for a shipment, within QUOTE_SECONDS.

        :param request: input of `requestQuote` (see freight.py)
        :return: the quote: id, rates, partial, missing
        :raise GatehouseUnreachable: with a text for people, also where Gatehouse refuses the request
        """
        until = time.monotonic() + QUOTE_SECONDS
        settings = self._settings_company(company)
        base, connection = self._origin(settings)
        # As in events: Gatehouse knows our companies by their ids, per connection.
        body = {"query": QUOTE, "variables": {"input": {**request, "connectionCompany": {"connection": connection, "company": str(company.id)}}}}
        status, text = self._ask(f"{base}/graphql", until, headers=self._bearer(settings, base, until), json=body)
        if status == 401:
            # The keys of Gatehouse changed, or it was taken back: once more with a new one.
            _tokens.pop(self._token_key(settings, base), None)
            status, text = self._ask(f"{base}/graphql", until, headers=self._bearer(settings, base, until), json=body)
        answer = self._json(text)
        payload = (answer.get("data") or {}).get("requestQuote") or {}
        told = [error.get("message") for error in (answer.get("errors") or []) + (payload.get("userErrors") or [])]
        if told or not payload.get("quote"):
            raise GatehouseUnreachable(_("Gatehouse gives no rates: %s", "; ".join(filter(None, told)) or f"status {status}"))
        return payload["quote"]

    @api.model
    def _bearer(self, settings, base, until):
        key = self._token_key(settings, base)
        token, renewal = _tokens.get(key, (None, 0))
        if token is None or renewal <= time.monotonic():
            token, seconds = self._client_token(settings, base, until)
            _tokens[key] = (token, time.monotonic() + seconds - RENEWAL_SECONDS)
        return {"authorization": f"Bearer {token}"}

    @api.model
    def _client_token(self, settings, base, until):
        if not settings.gatehouse_client_id or not settings.gatehouse_client_secret:
            raise GatehouseUnreachable(_("Enter the client of Gatehouse for rates (Settings > Gatehouse)."))
        status, text = self._ask(f"{base}/token", until, auth=self._basic(settings.gatehouse_client_id, settings.gatehouse_client_secret), form={"grant_type": "client_credentials"})
        answer = self._json(text)
        if status != 200 or not answer.get("access_token"):
            raise GatehouseUnreachable(_("Gatehouse does not take the client for rates: %s", answer.get("error_description") or answer.get("detail") or f"status {status}"))
        return answer["access_token"], int(answer.get("expires_in") or 60)

    @api.model
    def _token_key(self, settings, base):
        return self.env.cr.dbname, base, settings.gatehouse_client_id, settings.gatehouse_client_secret
