import json
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

from lib import envelope

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMA = Path(__file__).parents[2] / "schema" / "odoo-events.json"
NOW = datetime(2026, 11, 21, 12, 0, 0, 123456)


def row(**changes):
    return {
        "id": "6f0c1a52-8e0c-4f5c-9d6f-1f6f5b1f2a11", "topic": "order", "action": "updated", "model": "sale.order", "record_id": 7, "version": 12,
        "occurred_at": NOW, "company": {"id": 1, "name": "Harbor"}, "transitions": None, "origin": None, "correlation_id": None, **changes,
    }


PARTNER = {"id": 3, "name": "Azure", "commercial_partner_id": {"id": 3, "name": "Azure"}}
UNIT = {"id": 1, "name": "Units"}
SAMPLES = {
    "order": ("sale.order", {
        "name": "S7", "state": "sale", "partner_id": PARTNER, "partner_shipping_id": PARTNER, "client_order_ref": False, "date_order": "2026-11-21 12:00:00",
        "commitment_date": False, "amount_total": 12.5, "currency_id": {"id": 1, "name": "EUR"}, "delivery_status": "pending", "invoice_status": "no",
        "lines": [{"id": 1, "product_id": {"id": 5, "name": "Desk"}, "name": "Desk", "quantity": 2.0, "uom_id": UNIT, "display_type": False}],
    }),
    "delivery": ("stock.picking", {
        "name": "WH/OUT/1", "state": "assigned", "picking_type_code": "outgoing", "partner_id": PARTNER, "scheduled_date": "2026-11-21 12:00:00", "weight": 1.5,
        "package_count": 0, "lines": [{"id": 4, "product_id": {"id": 5, "name": "Desk"}, "quantity": 2.0, "uom_id": UNIT, "lot_id": False, "package_id": False}],
    }),
    "invoice": ("account.move", {"name": False, "state": "draft", "partner_id": PARTNER, "amount_total": 12.5, "currency_id": {"id": 1, "name": "EUR"}, "invoice_date": False}),
    "product": ("product.product", {"name": "Desk", "weight": 0.0}),
    "partner": ("res.partner", {"name": False, "country_code": "BE"}),
    "stock": ("stock.quant", {"product_id": {"id": 5, "name": "Desk"}, "location_id": {"id": 8, "name": "WH/Stock"}, "quantity": -1.0, "reserved_quantity": 0.0, "uom_id": UNIT}),
}


def samples():
    for topic, (model, record) in SAMPLES.items():
        yield envelope.event(row(topic=topic, model=model, action="created"), record)
        yield envelope.event(row(topic=topic, model=model, action="deleted"), record if topic == "stock" else None)
    change = {"state": {"from": "draft", "to": "sale"}, "invoice_status": {"from": "no", "to": "to invoice"}}
    yield envelope.event(row(transitions=change, origin="gatehouse", correlation_id="c1"), SAMPLES["order"][1])


class Envelope(unittest.TestCase):
    def test_time_is_utc_with_milliseconds_whatever_the_zone(self):
        self.assertEqual(envelope.iso(NOW), "2026-11-21T12:00:00.123Z")
        self.assertEqual(envelope.iso(NOW.replace(tzinfo=timezone(timedelta(hours=2)))), "2026-11-21T10:00:00.123Z")

    def test_tells_the_most_telling_transition_and_all_of_them(self):
        told = envelope.event(row(transitions={"invoice_status": {"from": "no", "to": "to invoice"}, "state": {"from": "draft", "to": "sale"}}), {})
        self.assertEqual(told["transition"], {"field": "state", "from": "draft", "to": "sale"})
        self.assertEqual([each["field"] for each in told["transitions"]], ["state", "invoice_status"])

    def test_a_change_there_and_back_is_no_transition(self):
        told = envelope.event(row(transitions={"state": {"from": "sale", "to": "sale"}, "invoice_status": {"from": False, "to": None}}), {})
        self.assertNotIn("transition", told)
        self.assertNotIn("transitions", told)

    def test_the_body_holds_the_events_as_they_were_frozen(self):
        frozen = [envelope.text({"b": 1, "a": "ä"}), envelope.text({"c": 2})]
        body = envelope.body('da"ta', "18.0", NOW, frozen)
        self.assertEqual(json.loads(body), {"specversion": "1", "database": 'da"ta', "odooVersion": "18.0", "sentAt": "2026-11-21T12:00:00.123Z", "events": [{"b": 1, "a": "ä"}, {"c": 2}]})
        self.assertEqual(json.loads(envelope.body("d", "18.0", NOW, []))["events"], [])

    def test_what_is_no_json_number_is_refused(self):
        for value in (float("nan"), float("inf")):
            with self.assertRaises(ValueError):
                envelope.text({"quantity": value})

    def test_the_same_events_in_the_same_versions_are_the_same_message(self):
        one = envelope.message_id([("a", 1), ("b", 2)])
        self.assertEqual(one, envelope.message_id([("a", 1), ("b", 2)]))
        others = ([("a", 1)], [("a", 1), ("b", 3)], [("b", 2), ("a", 1)], [("a", 1), ("b", 2), ("c", 3)])
        self.assertEqual(len({one, *map(envelope.message_id, others)}), 5)

    @unittest.skipIf(jsonschema is None, "python3-jsonschema is not installed: samples are not held against the schema")
    def test_samples_of_every_topic_are_valid_by_the_schema(self):
        validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
        body = envelope.body("db", "18.0", NOW, [envelope.text(each) for each in samples()])
        errors = [f"{list(error.absolute_path)}: {error.message[:200]}" for error in validator.iter_errors(json.loads(body))]
        self.assertEqual(errors, [])

    @unittest.skipIf(jsonschema is None, "python3-jsonschema is not installed: samples are not held against the schema")
    def test_the_schema_refuses_what_is_broken(self):
        validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
        for broken in (envelope.event(row(), None), envelope.event(row(topic="weather"), {}), envelope.event(row(version=-1), SAMPLES["order"][1])):
            document = json.loads(envelope.body("db", "18.0", NOW, [envelope.text(broken)]))
            self.assertFalse(validator.is_valid(document))


if __name__ == "__main__":
    unittest.main()
