import json
import uuid

import requests

from odoo.addons.gatehouse.tests.common import GatehouseCase
from odoo.addons.gatehouse_delivery.models import client as client_module

RATES = [
    {"service": "GROUND", "carrier": "UPS", "label": "UPS Ground", "price": {"amount": "9.50", "currency": "USD"}, "deliveryAt": None},
    {"service": "FEDEX_2_DAY", "carrier": "FEDEX", "label": "FedEx 2Day", "price": {"amount": "14.20", "currency": "USD"}, "deliveryAt": "2026-11-24T17:00:00Z"},
]


class Gate:
    """Stands for Gatehouse's /token and /graphql: keeps what is asked and answers as told."""

    def __init__(self):
        self.calls = []
        self.quote = {"id": str(uuid.uuid4()), "rates": RATES, "partial": False, "missing": []}
        self.errors = []
        self.answers = []

    def post(self, _client, url, **options):
        self.calls.append((url, options))
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if url.endswith("/token"):
            return 200, json.dumps({"access_token": "t0k3n", "token_type": "Bearer", "expires_in": 300})
        return 200, json.dumps({"data": {"requestQuote": {"quote": None if self.errors else self.quote, "userErrors": self.errors}}})

    def asked(self, end):
        return [options for url, options in self.calls if url.endswith(end)]


class DeliveryCase(GatehouseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.sudo().write({"gatehouse_client_id": "rates", "gatehouse_client_secret": "s3cret"})
        cls.company.partner_id.write({"street": "Dock 9", "city": "Ghent", "zip": "9000", "country_id": cls.env.ref("base.be").id})
        cls.freight_product = cls.env["product.product"].create({"name": "Freight", "type": "service", "list_price": 0.0})
        cls.carrier = cls.env["delivery.carrier"].create({
            "name": "Gatehouse Parcel", "delivery_type": "gatehouse", "integration_level": "rate_and_ship", "product_id": cls.freight_product.id, "invoice_policy": "real",
        })
        cls.usd = cls.env.ref("base.USD")
        cls.fill_class(100)
        bot = cls.env["res.users"].with_context(no_reset_password=True).create({
            "name": "Gatehouse Bot", "login": "gatehouse-bot-delivery", "email": "bot@gatehouse.test", "company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)],
        })
        cls.env.ref("gatehouse.group_sync").sudo().write({("user_ids" if "user_ids" in cls.env["res.groups"]._fields else "users"): [(4, bot.id)]})
        cls.bot = bot

    @classmethod
    def fill_class(cls, quantity):
        cls.env["stock.quant"]._update_available_quantity(cls.product, cls.stock, quantity)

    def setUp(self):
        super().setUp()
        self.gate = Gate()
        gate = self.gate
        client_module._tokens.clear()
        self.patch(type(self.env["gatehouse.client"]), "_http", lambda client, url, **options: gate.post(client, url, **options))

    def confirmed(self, quantity=2, carrier=None):
        """The delivery of a confirmed order, reserved."""
        order = self.order(quantity)
        order.carrier_id = carrier or self.carrier
        order.action_confirm()
        picking = order.picking_ids
        picking.carrier_id = carrier or self.carrier
        picking.action_assign()
        return picking

    def requests(self):
        """Requests in the outbox, oldest first."""
        return [row.request for row in self.outbox.search([("topic", "=", "request")], order="id")]

    def apply(self, picking, topic, **values):
        """Has Gatehouse write something back; answers how it was taken."""
        command = {"id": str(uuid.uuid4()), "topic": topic, "model": picking._name, "record_id": picking.id, "values": values}
        (answer,) = self.env["gatehouse.command"].with_user(self.bot).apply_commands([command])
        self.env.invalidate_all()
        return answer

    def taken(self, picking, topic, **values):
        answer = self.apply(picking, topic, **values)
        self.assertEqual(answer["state"], "applied", answer.get("error"))


def down():
    return requests.exceptions.ConnectTimeout("down")
