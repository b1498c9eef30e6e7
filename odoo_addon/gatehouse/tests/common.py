import json
import os
from contextlib import contextmanager

from odoo.tests.common import TransactionCase

try:
    import jsonschema
except ImportError:
    jsonschema = None

URL = "https://gatehouse.test/ingest/odoo"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def schema_validator():
    """Holds what is posted against schema/odoo-events.json, where GATEHOUSE_SCHEMA says where it lies."""
    path = os.environ.get("GATEHOUSE_SCHEMA")
    if not path or jsonschema is None:
        return None
    with open(path) as file:
        return jsonschema.Draft202012Validator(json.load(file))


class Receiver:
    """Stands for Gatehouse: keeps what is posted and answers as told."""

    def __init__(self):
        self.calls = []
        self.answers = []
        self.validator = schema_validator()

    def post(self, outbox, url, body, headers):
        document = json.loads(body)
        if self.validator is not None:
            self.validator.validate(document)
        if os.environ.get("GATEHOUSE_CAPTURE"):
            # One body per line, to be read by the tests of the other side.
            with open(os.environ["GATEHOUSE_CAPTURE"], "ab") as file:
                file.write(body + b"\n")
        self.calls.append({"url": url, "body": body, "document": document, "headers": dict(headers)})
        answer = self.answers.pop(0) if self.answers else (202, None, "{}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def events(self):
        return [event for call in self.calls for event in call["document"]["events"]]


class GatehouseMixin:
    """The one transaction of a test as many: `commit` ends one for the outbox."""

    @classmethod
    def _switch_on(cls, company):
        company.sudo().write({"gatehouse_url": URL, "gatehouse_secret": SECRET})
        cls.outbox = cls.env["gatehouse.outbox"].with_context(gatehouse_no_commit=True)

    def _start(self):
        self.receiver = Receiver()
        receiver = self.receiver
        self.patch(type(self.env["gatehouse.outbox"]), "_http_post", lambda outbox, url, body, headers: receiver.post(outbox, url, body, headers))
        self.commit()
        self.env.cr.execute("DELETE FROM gatehouse_outbox")
        self.outbox.invalidate_model()

    def commit(self):
        """Ends the transaction as far as the outbox sees it; answers the rows it left."""
        self.env.cr.flush()
        self.env.cr.execute("SELECT id FROM gatehouse_outbox WHERE txid IS NOT NULL ORDER BY id")
        ids = [row_id for (row_id,) in self.env.cr.fetchall()]
        self.env.cr.execute("UPDATE gatehouse_outbox SET txid = NULL")
        self.env.cr.postcommit.data.clear()
        self.outbox.invalidate_model()
        return self.outbox.browse(ids)

    def of(self, rows, record):
        return rows.filtered(lambda row: row.model == record._name and row.res_id == record.id)

    def transitions(self, row):
        return {field: (change["from"], change["to"]) for field, change in (row.transitions or {}).items()}

    def deliver(self):
        """Runs the cron; answers the events that were posted."""
        before = len(self.receiver.events)
        self.outbox._deliver()
        return self.receiver.events[before:]

    def make_due(self):
        self.env.cr.execute("UPDATE gatehouse_outbox SET next_try_at = next_try_at - interval '1 day' WHERE state = 'pending'")
        self.outbox.invalidate_model()

    @contextmanager
    def one_event(self, record):
        """The block leaves one row for the record; yields a list that holds it afterwards."""
        self.commit()
        found = []
        yield found
        rows = self.of(self.commit(), record)
        self.assertEqual(len(rows), 1, f"{record} should have one event")
        found.append(rows)


class GatehouseCase(GatehouseMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls._switch_on(cls.company)
        cls.partner = cls.env["res.partner"].create({"name": "Gatehouse Customer", "street": "Quay 1", "city": "Antwerp", "zip": "2000", "country_id": cls.env.ref("base.be").id})
        cls.vendor = cls.env["res.partner"].create({"name": "Gatehouse Vendor"})
        cls.product = cls._make_product("Gatehouse Crate")
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.stock = cls.warehouse.lot_stock_id

    def setUp(self):
        super().setUp()
        self._start()

    @classmethod
    def _make_product(cls, name, **values):
        storable = {"is_storable": True, "type": "consu"} if "is_storable" in cls.env["product.product"]._fields else {"detailed_type": "product"}
        return cls.env["product.product"].create({"name": name, "default_code": name.upper(), "weight": 2.5, "list_price": 10.0, **storable, **values})

    def fill(self, quantity, product=None, location=None):
        self.env["stock.quant"]._update_available_quantity(product or self.product, location or self.stock, quantity)

    def order(self, quantity=10, partner=None, product=None, **values):
        product = product or self.product
        return self.env["sale.order"].create({
            "partner_id": (partner or self.partner).id,
            "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": quantity, "price_unit": 10.0, self.tax_field("sale.order.line"): [(6, 0, [])]})],
            **values,
        })

    def purchase(self, quantity=5):
        return self.env["purchase.order"].create({
            "partner_id": self.vendor.id,
            "partner_ref": "V-77",
            "order_line": [(0, 0, {"product_id": self.product.id, "product_qty": quantity, "price_unit": 4.0, self.tax_field("purchase.order.line"): [(6, 0, [])]})],
        })

    def tax_field(self, model):
        return next(name for name in ("tax_ids", "tax_id", "taxes_id") if name in self.env[model]._fields)

    def ship(self, picking, quantity=None):
        for move in picking.move_ids:
            if quantity is not None:
                move.quantity = quantity
            move.picked = True
        return picking.with_context(skip_backorder=True, skip_sms=True).button_validate()

    def cancel(self, order):
        return order.with_context(disable_cancel_warning=True).action_cancel()

    def give_back(self, picking, quantity):
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking").create({})
        for line in wizard.product_return_moves:
            line.quantity = quantity
        make = wizard.action_create_returns if hasattr(wizard, "action_create_returns") else wizard.create_returns
        return self.env["stock.picking"].browse(make()["res_id"])
