"""A command of Gatehouse as the addon reads it. Plain Python without Odoo."""
import re
from datetime import datetime, timezone
from typing import NamedTuple

TOPIC = re.compile(r"[a-z]+(_[a-z]+)*\Z")
MAX_ID = 2**31 - 1

# What several commands of a record state of the same thing: topics that share one, and the value that
# tells one thing from another (with what is put before it). Of a topic that is not here every command stands for itself.
REGISTERS = {
    "tracking": ("tracking", "booking"),
    "milestone": ("milestone", "uid"),
    "status": ("status", None),
    "estimate": ("estimate", None),
    "document": ("document", "document"),
    "label": ("document", "document"),
    "cost": ("cost", "booking"),
    "exception": ("exception", "uid"),
    "label_failed": ("exception", "booking", "label:"),
    "exception_closed": ("exception", "uid"),
    "delivered": ("delivered", None),
    "release_hold": ("hold", None),
    "appointment": ("appointment", None),
    "arrival": ("arrival", "uid"),
    "progress": ("progress", None),
}

# Topics whose record is found by what the values say of it: their commands name no record.
FINDING = frozenset(("shop_order",))


class InvalidChange(Exception):
    """A command, or a value in it, that is not as agreed. The message is for people."""


class Change(NamedTuple):
    id: str
    topic: str
    model: str
    record_id: int
    values: dict
    correlation_id: object
    # Rises with every statement of one register; None where the order does not matter.
    version: object
    register: object


def read(command):
    """
    :param command: as received
    :raises InvalidChange: where it is no command
    """
    if not isinstance(command, dict):
        raise InvalidChange("A command is an object.")
    values, record_id = command.get("values"), command.get("record_id")
    is_finding = isinstance(command.get("topic"), str) and command["topic"] in FINDING
    for name, value, valid in (
        ("id", command.get("id"), isinstance(command.get("id"), str) and 0 < len(command["id"]) <= 100),
        ("topic", command.get("topic"), isinstance(command.get("topic"), str) and len(command["topic"]) <= 40 and TOPIC.match(command["topic"])),
        ("model", command.get("model"), isinstance(command.get("model"), str) and 0 < len(command["model"]) <= 60),
        ("record_id", record_id, is_whole(record_id) and (record_id == 0 if is_finding else 0 < record_id <= MAX_ID)),
        ("values", type(values).__name__, isinstance(values, dict)),
    ):
        if not valid:
            raise InvalidChange(f"{name} of a command cannot be {value!r}."[:200])
    version = values.get("version")
    if version is not None and not is_whole(version):
        raise InvalidChange(f"version cannot be {version!r}."[:200])
    return Change(
        command["id"], command["topic"], command["model"], record_id, values, text(command, "correlation_id"), version, register(command["topic"], values)
    )


def register(topic, values):
    """Name of what a command states; None where it states nothing that a later one could replace."""
    if topic not in REGISTERS:
        return None
    name, key, *prefix = REGISTERS[topic]
    return name if key is None else f"{name}:{''.join(prefix)}{values.get(key)}"[:200]


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def text(values, name, required=False, limit=2000):
    """A text, clipped; None where there is none."""
    value = values.get(name)
    if value is None or value == "":
        if required:
            raise InvalidChange(f"{name} is missing.")
        return None
    if not isinstance(value, str):
        raise InvalidChange(f"{name} is no text.")
    return value[:limit]


def number(values, name, required=False):
    """A number, given as one or as decimal text; None where there is none."""
    value = values.get(name)
    if value is None:
        if required:
            raise InvalidChange(f"{name} is missing.")
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        result = float(value)
    except (TypeError, ValueError):
        raise InvalidChange(f"{name} is no number.") from None
    if not -1e15 < result < 1e15:
        raise InvalidChange(f"{name} is no number.")
    return result


def instant(values, name, required=False):
    """An ISO instant with its offset as Odoo stores times: UTC, without one; None where there is none."""
    value = text(values, name, required)
    if value is None:
        return None
    try:
        # Python 3.10 knows neither Z nor three digits of a second beside an offset of four digits.
        read_value = datetime.fromisoformat(value[:-1] + "+00:00" if value.endswith("Z") else value)
    except ValueError:
        raise InvalidChange(f"{name} is no time.") from None
    if read_value.tzinfo is None:
        raise InvalidChange(f"{name} has no offset.")
    return read_value.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)


def rows(values, name):
    """A list of objects, empty where there is none."""
    value = values.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise InvalidChange(f"{name} is no list of objects.")
    return value


def mapping(values, name, required=False):
    """An object; None where there is none."""
    value = values.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, dict):
        raise InvalidChange(f"{name} is no object.")
    return value
