"""An order of a shop as Gatehouse sends it, values of the topic `shop_order`. Plain Python without Odoo."""
import hashlib
import json
from typing import NamedTuple

from . import changes

OPEN, CANCELLED = "OPEN", "CANCELLED"
MAX_LINES = 1000
ADDRESS = ("name", "company", "street", "street2", "city", "region", "postalCode", "country", "phone", "email")


class Line(NamedTuple):
    id: str
    sku: str
    description: str
    quantity: float
    # Of one, before discounts.
    unit_price: float
    # Of the whole line.
    discount: float
    # Of the whole line; None where the shop says nothing of taxes.
    tax: object


class Order(NamedTuple):
    # Connection of the shop at Gatehouse, and the shop's own id of the order: its key.
    connection: str
    number: str
    version: int
    name: str
    state: str
    confirm: bool
    ordered_at: object
    deliver_by: object
    currency: str
    total: float
    prices_include_tax: bool
    lines: list
    # (label, price), None where nothing is sent.
    shipping: object
    note: object
    # {"buyer", "email", "phone"}, and addresses by the keys of ADDRESS.
    people: dict
    company_id: object
    # What tells whether a later version says something else of goods and amounts, or of people.
    content: str
    who: str


def read(values):
    """
    :param values: of the command
    :raises changes.InvalidChange: where they are no order of a shop
    """
    key = changes.mapping(values, "shop", required=True)
    state = changes.text(values, "state", required=True, limit=20)
    if state not in (OPEN, CANCELLED):
        raise changes.InvalidChange(f"state of an order cannot be {state}.")
    rows = changes.rows(values, "lines")
    if len(rows) > MAX_LINES:
        raise changes.InvalidChange(f"An order of more than {MAX_LINES} lines is not taken.")
    if not changes.is_whole(values.get("version")):
        raise changes.InvalidChange("version is missing.")
    company_id = values.get("company_id")
    if company_id is not None and not changes.is_whole(company_id):
        raise changes.InvalidChange("company_id is no whole number.")
    people = changes.mapping(values, "people") or {}
    shipping = changes.mapping(values, "shipping")
    return Order(
        connection=changes.text(key, "connection", required=True, limit=100),
        number=changes.text(key, "order", required=True, limit=200),
        version=values["version"],
        name=changes.text(values, "name", required=True, limit=100),
        state=state,
        confirm=values.get("confirm") is True,
        ordered_at=changes.instant(values, "orderedAt", required=True),
        deliver_by=changes.instant(values, "deliverBy"),
        currency=changes.text(values, "currency", required=True, limit=3),
        total=changes.number(values, "total", required=True),
        prices_include_tax=values.get("pricesIncludeTax") is True,
        lines=taxed([line(row) for row in rows]),
        shipping=shipping and (changes.text(shipping, "label", limit=200) or "?", changes.number(shipping, "price", required=True)),
        note=changes.text(values, "note"),
        people={
            "buyer": changes.text(people, "buyerId", limit=200),
            "email": changes.text(people, "email", limit=200),
            "phone": changes.text(people, "phone", limit=60),
            "bill_to": address(changes.mapping(people, "billTo")),
            "ship_to": address(changes.mapping(people, "shipTo")),
        },
        company_id=company_id,
        content=digest([values.get(name) for name in ("lines", "shipping", "total", "currency", "pricesIncludeTax")]),
        who=digest(people),
    )


def line(row):
    discount = changes.number(row, "discount")
    result = Line(
        id=changes.text(row, "id", required=True, limit=200),
        sku=(changes.text(row, "sku", limit=200) or "").strip(),
        description=changes.text(row, "description") or "",
        quantity=changes.number(row, "quantity", required=True),
        unit_price=changes.number(row, "unitPrice", required=True),
        discount=discount or 0.0,
        tax=changes.number(row, "tax"),
    )
    if result.quantity < 0:
        raise changes.InvalidChange("quantity of a line is below zero.")
    return result


def taxed(lines):
    """A shop that charged tax on one line charged none on those of which it says nothing."""
    return [each._replace(tax=0.0) if each.tax is None else each for each in lines] if any(each.tax for each in lines) else lines


def address(row):
    """An address with keys only for what is known; None where nothing is."""
    if row is None:
        return None
    known = {name: (changes.text(row, name, limit=200) or "").strip() for name in ADDRESS}
    return {name: value for name, value in known.items() if value} or None


def same(text):
    """A text for comparing: two that differ in case and blanks alone are the same."""
    return " ".join(str(text or "").split()).casefold()


def buyer_key(people):
    """Under which the contact of a buyer is kept: the shop's own id, else the e-mail address, else what is known of the address; None where nothing is."""
    if people["buyer"]:
        return f"id:{people['buyer']}"
    if people["email"]:
        return f"email:{same(people['email'])}"
    known = people["bill_to"] or people["ship_to"]
    return known and f"address:{digest([same(known.get(name)) for name in ADDRESS])}"


def digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
