"""The body that is posted: one envelope with a batch of events (schema/odoo-events.json)."""
import hashlib
import json
from datetime import timezone

SPEC_VERSION = "1"
# The transition that is told where several fields changed in one transaction; the others follow in
# `transitions`.
TRANSITION_ORDER = ("state", "payment_state", "delivery_status", "receipt_status", "invoice_status")


def iso(moment):
    """A naive UTC or aware datetime as ISO 8601 in UTC, to the millisecond."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    text = moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def transitions_of(changes):
    """
    Transitions that really changed something, the most telling first.

    :param changes: ``{field: {"from": value, "to": value}}`` or None
    """
    told = []
    for field, change in (changes or {}).items():
        before, after = change.get("from") or None, change.get("to") or None
        if before != after:
            told.append({"field": field, "from": before, "to": after})
    return sorted(told, key=lambda each: (rank(each["field"]), each["field"]))


def rank(field):
    return TRANSITION_ORDER.index(field) if field in TRANSITION_ORDER else len(TRANSITION_ORDER)


def event(row, record):
    """
    One event.

    :param row: of the outbox: id, topic, action, model, record_id, version, occurred_at, company
        (``{"id", "name"}`` or None), transitions, origin, correlation_id
    :param record: the state of the record, or None where it is deleted. A stock level keeps its
        record: product and location are its name.
    """
    told = transitions_of(row.get("transitions"))
    message = {
        "id": row["id"],
        "topic": row["topic"],
        "action": row["action"],
        "model": row["model"],
        "recordId": row["record_id"],
        "version": row["version"],
        "occurredAt": iso(row["occurred_at"]),
        "company": row.get("company"),
        "origin": row.get("origin") or "user",
    }
    if told:
        message["transition"] = told[0]
    if len(told) > 1:
        message["transitions"] = told
    if row.get("correlation_id"):
        message["correlationId"] = row["correlation_id"]
    if record is not None:
        message["record"] = record
    return message


def text(value):
    """JSON as it is stored and sent. NaN and infinity are no JSON and are refused."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def body(database, odoo_version, sent_at, events):
    """
    The bytes to post.

    :param events: JSON text of each event, as it was frozen when the event was first read
    """
    head = text({
        "specversion": SPEC_VERSION,
        "database": database,
        "odooVersion": odoo_version,
        "sentAt": iso(sent_at),
    })
    return f'{head[:-1]},"events":[{",".join(events)}]}}'.encode()


def message_id(events):
    """
    The id of a batch, made from what it holds: the same events in the same versions are the same
    message however often it is sent, and any other composition is another message. An id that
    stayed while the composition changed would make the receiver drop events as repeated.

    :param events: pairs of event id and version
    """
    digest = hashlib.sha256()
    for event_id, version in events:
        digest.update(f"{event_id}:{version}\n".encode())
    return "msg_" + digest.hexdigest()[:40]
