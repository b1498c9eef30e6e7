import logging
import re
from datetime import datetime
from urllib.parse import urlsplit

from odoo import _, api, fields, models, release
from odoo.exceptions import AccessError, UserError

from ..lib import envelope

_logger = logging.getLogger(__name__)

SEQUENCE = "gatehouse_outbox_version_seq"
MAX_RECORDS = 1000
MAX_FLOOR = 2**53
STOCK = "stock.quant"

# Models of a topic in the order in which they are read, with what narrows them to the topic.
MODELS = {
    "partner": (("res.partner", []),),
    "product": (("product.product", []),),
    "order": (("sale.order", []), ("purchase.order", [])),
    "delivery": (("stock.picking", [("picking_type_id.code", "!=", "incoming")]),),
    "receipt": (("stock.picking", [("picking_type_id.code", "=", "incoming")]),),
    "invoice": (("account.move", [("move_type", "!=", "entry")]),),
    "stock": ((STOCK, []),),
}

STOCK_PAGE = """
    SELECT q.product_id, q.location_id, l.company_id
      FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
     WHERE l.usage IN ('internal', 'transit') AND (l.company_id IN %s OR (%s AND l.company_id IS NULL))
       AND (q.product_id, q.location_id) > (%s, %s)
     GROUP BY 1, 2, 3 ORDER BY 1, 2 LIMIT %s
"""
STOCK_COUNT = """
    SELECT count(DISTINCT (q.product_id, q.location_id))
      FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
     WHERE l.usage IN ('internal', 'transit') AND (l.company_id IN %s OR (%s AND l.company_id IS NULL))
"""


class GatehouseSync(models.AbstractModel):
    """
    What Gatehouse reads by RPC: records in the same words in which the outbox tells of them, so that
    it can find what was lost on the way and what was changed behind the ORM.

    Only members of the group Gatehouse: Synchronisation may call it.
    """

    _name = "gatehouse.sync"
    _description = "Gatehouse Synchronisation"

    @api.model
    def begin(self, connection, floor=0, key_start=None):
        """
        What there is to read for a connection of Gatehouse.

        :param connection: last part of the URL that companies send to
        :param floor: highest version that Gatehouse knows. Where the sequence is behind it (a database
            restored from a backup), it is moved on, or what is read would count as old.
        :param key_start: the first characters of the API key in use, by which its end is found
        """
        destinations = self._destinations(connection)
        self._raise_sequence(floor)
        return {
            "database": self.env.cr.dbname,
            "odooVersion": release.major_version,
            "companies": sorted({company for destination in destinations for company in self._companies(destination)[0]}),
            "totals": {topic: self._count(topic, destinations) for topic in MODELS},
            "keyExpiresAt": self._key_expiry(key_start),
        }

    @api.model
    def read_page(self, connection, topic, after=None, limit=100):
        """
        The next records of a topic.

        :param after: `next` of the page before; None for the first
        :return: an envelope as it is posted, with `next` (None after the last page), `underway` (how
            many are left out because the outbox is about to tell of them) and `unreadable`
        """
        destinations = self._destinations(connection)
        limit = min(max(int(limit), 1), MAX_RECORDS)
        if topic not in MODELS:
            raise UserError(_("There is no topic %s.", topic))
        version = self._next_version()
        # A page is of one model. A model that is at its end gives place to the next one.
        of_topic = [each for each in MODELS[topic] if each[0] in self.env]
        name, position = self._cursor(after) or (of_topic[0][0], (0, 0))
        index = [model for model, _domain in of_topic].index(name) if name in dict(of_topic) else 0
        model, domain = of_topic[index]
        keys = self._keys_after(model, domain, destinations, position, limit)
        page = self._page(topic, model, version, keys, destinations)
        page["next"] = None
        if len(keys) == limit:
            last = keys[-1]
            page["next"] = f"{model}:{last[0]}:{last[1]}"
        elif index + 1 < len(of_topic):
            page["next"] = f"{of_topic[index + 1][0]}:0:0"
        return page

    @api.model
    def read_known(self, connection, topic, records):
        """
        Of records that Gatehouse has, those which are no longer there, as deletions. A stock level of
        which no quant is left is told as nought, as the outbox does.

        :param records: lists of model, id, location id (0 but for stock levels), company id (0 for none)
        """
        destinations = self._destinations(connection)
        version = self._next_version()
        page = self._envelope()
        gone = {}
        for model, res_id, location_id, company_id in records[:MAX_RECORDS]:
            if topic in MODELS and model in dict(MODELS[topic]):
                gone.setdefault(model, []).append((int(res_id), int(location_id), int(company_id) or None))
        for model, keys in gone.items():
            missing = self._missing_levels(keys) if model == STOCK else self._missing(model, keys)
            if missing:
                told = self._page(topic, model, version, missing, destinations)
                page["events"] += told["events"]
                page["underway"] += told["underway"]
                page["unreadable"] += told["unreadable"]
        return page

    # Who may, and for whom

    @api.model
    def _destinations(self, connection):
        """The companies by whose settings events go to this connection."""
        if not self.env.user.has_group("gatehouse.group_sync"):
            raise AccessError(_("Only members of the group Gatehouse: Synchronisation may read for Gatehouse."))
        routes = self.env["res.company"]._gatehouse_routes()
        found = self.env["res.company"].sudo().browse({destination for of_company in routes.values() for destination in of_company})
        chosen = found.filtered(lambda company: self._connection_of(company.gatehouse_url) == connection).sorted("id")
        if not chosen:
            raise UserError(_("No company sends to /ingest/%s. Enter the URL of this connection in the settings of Gatehouse.", connection))
        return chosen

    @api.model
    def _connection_of(self, url):
        return urlsplit(url or "").path.rstrip("/").rsplit("/", 1)[-1]

    @api.model
    def _companies(self, destination):
        """Ids of the companies whose records go to a destination, and whether those of no company do."""
        routes = self.env["res.company"]._gatehouse_routes()
        companies = [company for company, of_company in routes.items() if company and destination.id in of_company]
        return companies, destination.id in routes.get(False, ())

    @api.model
    def _all_companies(self, destinations):
        parts = [self._companies(destination) for destination in destinations]
        return sorted({company for companies, _shared in parts for company in companies}), any(shared for _companies, shared in parts)

    # Which records

    @api.model
    def _domain(self, domain, destinations):
        companies, shared = self._all_companies(destinations)
        of_companies = [("company_id", "in", companies + [False] if shared else companies)]
        return domain + of_companies

    @api.model
    def _records(self, model):
        return self.env[model].sudo().with_context(active_test=False, lang=None)

    @api.model
    def _count(self, topic, destinations):
        total = 0
        for model, domain in MODELS[topic]:
            if model == STOCK:
                companies, shared = self._all_companies(destinations)
                self.env.cr.execute(STOCK_COUNT, [tuple(companies) or (0,), shared])
                total += self.env.cr.fetchone()[0]
            elif model in self.env:
                total += self._records(model).search_count(self._domain(domain, destinations))
        return total

    @api.model
    def _cursor(self, after):
        """Model and position of a cursor; None for the beginning."""
        if not after:
            return None
        match = re.fullmatch(r"([a-z_.]+):(\d{1,10}):(\d{1,10})", after)
        if not match:
            raise UserError(_("%s is no cursor.", after))
        return match[1], (int(match[2]), int(match[3]))

    @api.model
    def _keys_after(self, model, domain, destinations, position, limit):
        """Id, location id and company id of the records that follow."""
        if model == STOCK:
            companies, shared = self._all_companies(destinations)
            self.env["stock.quant"].flush_model()
            self.env.cr.execute(STOCK_PAGE, [tuple(companies) or (0,), shared, *position, limit])
            return self.env.cr.fetchall()
        found = self._records(model).search(self._domain(domain, destinations) + [("id", ">", position[0])], order="id", limit=limit)
        return [(record.id, 0, record._gatehouse_company().id or None) for record in found]

    @api.model
    def _missing(self, model, keys):
        existing = set()
        if model in self.env:
            existing = set(self.env[model].sudo().browse([res_id for res_id, *_rest in keys]).exists().ids)
        return [key for key in keys if key[0] not in existing]

    @api.model
    def _missing_levels(self, keys):
        self.env.cr.execute(
            "SELECT DISTINCT product_id, location_id FROM stock_quant WHERE (product_id, location_id) IN %s",
            [tuple((product, location) for product, location, _company in keys)],
        )
        existing = set(self.env.cr.fetchall())
        return [key for key in keys if key[:2] not in existing]

    # What is said of them

    @api.model
    def _envelope(self):
        return {
            "specversion": envelope.SPEC_VERSION,
            "database": self.env.cr.dbname,
            "odooVersion": release.major_version,
            "sentAt": envelope.iso(datetime.utcnow()),
            "events": [],
            "underway": 0,
            "unreadable": [],
        }

    @api.model
    def _page(self, topic, model, version, keys, destinations):
        """An envelope with one event per record of which the outbox has nothing more to tell."""
        page = self._envelope()
        if not keys:
            return page
        open_keys = self._open_keys(model, keys, destinations)
        told = [key for key in keys if key[:2] not in open_keys]
        page["underway"] = len(keys) - len(told)
        states = self._states(model, told, destinations)
        now = datetime.utcnow()
        for res_id, location_id, company_id in told:
            state = states.get((res_id, location_id))
            if isinstance(state, Exception):
                page["unreadable"].append({"model": model, "id": res_id, "error": type(state).__name__})
                continue
            page["events"].append(envelope.event(
                {
                    "id": f"read:{version}:{model}:{res_id}:{location_id}",
                    "topic": topic,
                    "action": "deleted" if state is None else "updated",
                    "model": model,
                    "record_id": res_id,
                    "version": version,
                    "occurred_at": now,
                    "company": self.env["gatehouse.outbox"]._many2one(self.env["res.company"].sudo().browse(company_id or 0).exists()),
                },
                state,
            ))
        return page

    @api.model
    def _open_keys(self, model, keys, destinations):
        """Records of which the outbox is about to tell this Gatehouse: what is read of them now would only be earlier."""
        self.env.cr.execute(
            "SELECT DISTINCT res_id, location_id FROM gatehouse_outbox WHERE model = %s AND res_id IN %s AND state IN ('pending', 'sending') "
            "AND company_id IN %s",
            [model, tuple(key[0] for key in keys), tuple(destinations.ids)],
        )
        return {(res_id, location_id or 0) for res_id, location_id in self.env.cr.fetchall()}

    @api.model
    def _states(self, model, keys, destinations):
        """By id and location id what the outbox would say: the state, None where it is gone, or why it cannot be read."""
        try:
            with self.env.cr.savepoint():
                return self._hydrated(model, keys, destinations)
        except Exception:
            _logger.info("Gatehouse: a record of the page cannot be read; they are read one by one.", exc_info=True)
        states = {}
        for key in keys:
            try:
                with self.env.cr.savepoint():
                    states.update(self._hydrated(model, [key], destinations))
            except Exception as error:
                _logger.warning("Gatehouse: %s %s cannot be read.", model, key[0], exc_info=True)
                states[key[:2]] = error
        return states

    @api.model
    def _hydrated(self, model, keys, destinations):
        """Through rows of the outbox that are never saved, so that there is one description of a record and no other."""
        states = {}
        outbox = self.env["gatehouse.outbox"].sudo()
        for res_id, location_id, company_id in keys:
            row = outbox.new({
                "model": model,
                "res_id": res_id,
                "location_id": location_id,
                "company_id": self._destination_of(company_id, destinations).id,
                "record_company_id": company_id,
            })
            states[res_id, location_id] = row
        rows = outbox.union(*states.values()) if states else outbox
        hydrated = rows._hydrate() if rows else {}
        return {key: hydrated.get(row.id) for key, row in states.items()}

    @api.model
    def _destination_of(self, company_id, destinations):
        routes = self.env["res.company"]._gatehouse_routes()
        return destinations.filtered(lambda each: each.id in routes.get(company_id or False, ()))[:1] or destinations[:1]

    # Versions

    @api.model
    def _next_version(self):
        """
        One version for all that is read now. It is taken before the snapshot in which the records are
        read: a change that this snapshot does not hold is claimed later by the outbox and so has a
        higher version, and every version given before is of a state that this snapshot holds or of a
        row that is still open, which is left out.
        """
        self.env.cr.execute("SELECT nextval(%s)", [SEQUENCE])
        version = int(self.env.cr.fetchone()[0])
        if not self._is_test_cursor():
            self.env.cr.commit()
        self.env.invalidate_all()
        return version

    @api.model
    def _raise_sequence(self, floor):
        floor = int(floor)
        if not 0 <= floor < MAX_FLOOR:
            raise UserError(_("%s is no version.", floor))
        if floor:
            self.env.cr.execute(f"SELECT setval(%s, %s) FROM {SEQUENCE} WHERE last_value < %s", [SEQUENCE, floor, floor])

    @api.model
    def _is_test_cursor(self):
        return self.env["gatehouse.outbox"]._is_test_cursor()

    @api.model
    def _key_expiry(self, key_start):
        """When the API key in use ends, ISO 8601; None where it does not, or is a password. Odoo 17 has no end of keys."""
        keys = self.env["res.users.apikeys"]
        if not key_start or "expiration_date" not in keys._fields:
            return None
        # Odoo finds a key by its first characters, too; they stand in a column that is no field.
        self.env.cr.execute('SELECT expiration_date FROM res_users_apikeys WHERE user_id = %s AND "index" = %s', [self.env.uid, key_start])
        ends = [end for (end,) in self.env.cr.fetchall() if end]
        return envelope.iso(min(ends)) if ends else None
