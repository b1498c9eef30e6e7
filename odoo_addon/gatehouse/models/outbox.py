import json
import logging
import uuid

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, MissingError

from .waking import waker

_logger = logging.getLogger(__name__)

CHANGES = "gatehouse.changes"
ORIGIN = "gatehouse.origin"
WOKEN = "gatehouse.woken"
STOCK = "stock.quant"
INSERT_CHUNK = 1000
GC_CHUNK = 10000

UPSERT = """
    INSERT INTO gatehouse_outbox AS o (
        uuid, txid, topic, action, model, res_id, location_id, company_id, record_company_id,
        transitions, origin, correlation_id, occurred_at, next_try_at, state, attempts, version
    )
    SELECT v.uuid, txid_current(), v.topic, v.action, v.model, v.res_id, v.location_id, v.company_id, v.record_company_id,
           v.transitions, v.origin, v.correlation_id, clock_timestamp() AT TIME ZONE 'UTC', clock_timestamp() AT TIME ZONE 'UTC', 'pending', 0, 0
      FROM jsonb_to_recordset(%s::jsonb) AS v (
        uuid varchar, topic varchar, action varchar, model varchar, res_id int, location_id int, company_id int, record_company_id int,
        transitions jsonb, origin varchar, correlation_id varchar
      )
    ON CONFLICT (txid, model, res_id, topic, location_id, company_id) WHERE txid IS NOT NULL
    DO UPDATE SET
        action = CASE
            WHEN o.action = 'created' AND excluded.action = 'updated' THEN 'created'
            WHEN o.action = 'created' AND excluded.action = 'deleted' THEN 'void'
            ELSE excluded.action END,
        record_company_id = excluded.record_company_id,
        origin = COALESCE(excluded.origin, o.origin),
        correlation_id = COALESCE(excluded.correlation_id, o.correlation_id),
        transitions = (
            SELECT COALESCE(jsonb_object_agg(field, jsonb_build_object(
                       'from', COALESCE(o.transitions -> field, excluded.transitions -> field) -> 'from',
                       'to', COALESCE(excluded.transitions -> field, o.transitions -> field) -> 'to')), '{}')
              FROM jsonb_object_keys(COALESCE(o.transitions, '{}') || COALESCE(excluded.transitions, '{}')) AS field
        )
"""


class GatehouseOutbox(models.Model):
    """
    What Gatehouse is to be told: one row per transaction, record and topic.

    The row is written by the transaction that changes the record, so it comes and goes with it. A
    transition keeps what changed; the state of the record is read when the row is first sent, and
    frozen then, so that every further attempt says the same.
    """

    _name = "gatehouse.outbox"
    _description = "Gatehouse Event"
    _order = "id desc"
    _rec_name = "uuid"
    _log_access = False

    uuid = fields.Char("Event", required=True, readonly=True)
    topic = fields.Char(required=True, readonly=True)
    action = fields.Selection(
        [("created", "Created"), ("updated", "Updated"), ("deleted", "Deleted")], required=True, readonly=True
    )
    model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer("Record ID", required=True, readonly=True, help="Of a stock level, the ID of the product.")
    location_id = fields.Integer(
        "Location ID", readonly=True, default=0, help="Of a stock level, which is one of a product at a location."
    )
    company_id = fields.Many2one(
        "res.company", "Sent For", required=True, readonly=True, ondelete="cascade", help="The company whose settings say where to send."
    )
    record_company_id = fields.Many2one("res.company", "Company", readonly=True, ondelete="cascade")
    transitions = fields.Json(readonly=True)
    transition = fields.Char(compute="_compute_transition")
    origin = fields.Char(readonly=True, help="gatehouse where a result of Gatehouse itself caused the change.")
    correlation_id = fields.Char("Correlation", readonly=True)
    occurred_at = fields.Datetime(required=True, readonly=True)
    # With digits 0 the column is numeric, which holds whole numbers far beyond the four bytes of an Integer.
    version = fields.Float(
        digits=0, readonly=True, help="Rises with every event of the record; given when the event is first taken to be sent."
    )
    state = fields.Selection(
        [("pending", "Pending"), ("sending", "Sending"), ("sent", "Sent"), ("dead", "Dead")], required=True, readonly=True
    )
    attempts = fields.Integer(readonly=True)
    next_try_at = fields.Datetime(readonly=True)
    lease_until = fields.Datetime(readonly=True)
    lease = fields.Char(readonly=True)
    failure = fields.Selection(
        [("destination", "Gatehouse did not take it"), ("record", "The record could not be read")], readonly=True
    )
    last_error = fields.Char(readonly=True)
    sent_at = fields.Datetime(readonly=True)
    payload = fields.Text(readonly=True)

    def _auto_init(self):
        result = super()._auto_init()
        cr = self.env.cr
        cr.execute("CREATE SEQUENCE IF NOT EXISTS gatehouse_outbox_version_seq AS bigint")
        # The transaction that wrote the row, until the row is claimed: one more change in the same
        # transaction goes into the same row. No field, as Odoo has none of 8 bytes. Ids of transactions
        # start anew in a restored database, so none is kept longer than needed.
        cr.execute("ALTER TABLE gatehouse_outbox ADD COLUMN IF NOT EXISTS txid bigint")
        cr.execute("CREATE UNIQUE INDEX IF NOT EXISTS gatehouse_outbox_uuid_key ON gatehouse_outbox (uuid)")
        cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS gatehouse_outbox_txid_key "
            "ON gatehouse_outbox (txid, model, res_id, topic, location_id, company_id) WHERE txid IS NOT NULL"
        )
        cr.execute("CREATE INDEX IF NOT EXISTS gatehouse_outbox_due_idx ON gatehouse_outbox (company_id, id) WHERE state = 'pending'")
        cr.execute(
            "CREATE INDEX IF NOT EXISTS gatehouse_outbox_open_idx ON gatehouse_outbox (model, res_id, id) WHERE state IN ('pending', 'sending')"
        )
        cr.execute("CREATE INDEX IF NOT EXISTS gatehouse_outbox_lease_idx ON gatehouse_outbox (lease_until) WHERE state = 'sending'")
        cr.execute("CREATE INDEX IF NOT EXISTS gatehouse_outbox_occurred_idx ON gatehouse_outbox (occurred_at)")
        return result

    @api.depends("transitions")
    def _compute_transition(self):
        for row in self:
            changes = [
                f"{field}: {change.get('from') or '-'} → {change.get('to') or '-'}"
                for field, change in sorted((row.transitions or {}).items())
                if (change.get("from") or None) != (change.get("to") or None)
            ]
            row.transition = ", ".join(changes)

    # Noting changes

    @api.model
    def _noted(self):
        """What this transaction has noted so far, by key. Asked before each change, so it sees the origin as well."""
        context = self.env.context
        if context.get("gatehouse_origin"):
            self._pin_origin(context["gatehouse_origin"], context.get("gatehouse_correlation_id"))
        return self.env.cr.precommit.data.get(CHANGES) or {}

    @api.model
    def _is_on(self):
        """
        Whether changes are told at all: somewhere to send to, and no module being installed (asked of the
        registry: recomputations lose the `install_mode` of the context).
        """
        if not self.env.registry.ready:
            return False
        return bool(self.env["res.company"]._gatehouse_routes())

    @api.model
    def _pin_origin(self, origin, correlation_id=None):
        """
        Marks what this transaction changes as the effect of a result of Gatehouse. Kept on the cursor:
        recomputations do not keep the context.
        """
        self.env.cr.postcommit.data[ORIGIN] = (origin, correlation_id)

    @api.model
    def _note(self, key, action, before, topic=None, company_id=None):
        """
        Notes one changed record until the transaction ends.

        :param key: (model, id, location id or 0)
        :param before: values of the transition fields before the change
        :param topic: of a record that is about to be deleted and of a stock level, as is company_id
        """
        cr = self.env.cr
        changes = cr.precommit.data.get(CHANGES)
        if changes is None:
            changes = cr.precommit.data[CHANGES] = {}
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.precommit.add(env["gatehouse.outbox"]._write_noted)
        change = changes.get(key)
        if change is None:
            change = changes[key] = {"action": action, "before": {}, "topic": topic, "company_id": company_id}
        elif action == "deleted":
            change.update(action="void" if change["action"] == "created" else "deleted", topic=topic, company_id=company_id)
        elif action == "created":
            change["action"] = "created"
            change["before"] = {}
        for field, value in before.items():
            change["before"].setdefault(field, value)

    def _write_noted(self):
        """
        Runs before commit, and before each savepoint that flushes; the latter is why a row of this
        transaction may be there already.
        """
        cr = self.env.cr
        changes = cr.precommit.data.pop(CHANGES, None)
        if not changes:
            return
        rows = [row for model, of_model in self._by_model(changes).items() for row in self._rows_of(model, of_model)]
        for start in range(0, len(rows), INSERT_CHUNK):
            cr.execute(UPSERT, [json.dumps(rows[start : start + INSERT_CHUNK])])
        if any(row["action"] == "deleted" for row in rows):
            cr.execute("DELETE FROM gatehouse_outbox WHERE txid = txid_current() AND action = 'void'")
        if rows:
            self._wake()

    @api.model
    def _by_model(self, changes):
        grouped = {}
        for (model, res_id, location_id), change in changes.items():
            if change["action"] != "void":
                grouped.setdefault(model, {})[res_id, location_id] = change
        return grouped

    def _rows_of(self, model, changes):
        """The rows to insert for the changes of one model."""
        try:
            return list(self._make_rows(model, changes))
        except MissingError:
            # Deleted by a cascade of the database, which no hook sees.
            existing = set(self.env[model].browse([res_id for res_id, _location in changes]).exists().ids)
            kept = {key: change for key, change in changes.items() if key[0] in existing or change["action"] == "deleted"}
            return list(self._make_rows(model, kept))

    def _make_rows(self, model, changes):
        """One row per change and destination."""
        routes = self.env["res.company"]._gatehouse_routes()
        origin, correlation_id = self.env.cr.postcommit.data.get(ORIGIN, (None, None))
        records = {} if model == STOCK else {record.id: record for record in self.env[model].browse([res_id for res_id, _location in changes])}
        for (res_id, location_id), change in changes.items():
            topic, company_id, transitions = change["topic"], change["company_id"], {}
            if change["action"] != "deleted" and model != STOCK:
                record = records[res_id]
                topic, company_id = record._gatehouse_topic(), record._gatehouse_company().id
                for field, before in change["before"].items():
                    after = record[field] or None
                    if before != after:
                        transitions[field] = {"from": before, "to": after}
            for destination in routes.get(company_id or False, ()):
                yield {
                    "uuid": str(uuid.uuid4()),
                    "topic": topic,
                    "action": change["action"],
                    "model": model,
                    "res_id": res_id,
                    "location_id": location_id,
                    "company_id": destination,
                    "record_company_id": company_id or None,
                    "transitions": transitions,
                    "origin": origin,
                    "correlation_id": correlation_id,
                }

    def _wake(self, at=None):
        """Has the cron deliver soon, or at a time. Once per transaction is enough."""
        data = self.env.cr.postcommit.data
        if at is None and data.get(WOKEN):
            return
        cron_id = self.env["ir.model.data"].sudo()._xmlid_to_res_id("gatehouse.cron_deliver")
        if not cron_id:
            return
        cron = self.env["ir.cron"].sudo().browse(cron_id)
        if at is not None:
            cron._trigger(at=at)
            return
        # Also where a trigger waits already: this transaction may see one that a run, which does not see
        # this transaction, is using up.
        data[WOKEN] = True
        self.env.cr.execute(
            "INSERT INTO ir_cron_trigger (cron_id, call_at) SELECT id, clock_timestamp() AT TIME ZONE 'UTC' FROM ir_cron WHERE id = %s AND active",
            [cron_id],
        )
        self.env.cr.postcommit.add(lambda: waker.wake(cron.env.cr.dbname, cron._notifydb))

    # For administrators

    def action_replay(self):
        """Sends the rows again, with the state that their records have then."""
        self._check_administrator()
        ids = self.filtered(lambda row: row.state in ("sent", "dead", "pending")).ids
        if not ids:
            return False
        self.env.cr.execute(
            """
            UPDATE gatehouse_outbox
               SET state = 'pending', attempts = 0, next_try_at = clock_timestamp() AT TIME ZONE 'UTC', payload = NULL, failure = NULL,
                   last_error = NULL, sent_at = NULL, lease = NULL, lease_until = NULL
             WHERE id IN %s AND state IN ('sent', 'dead', 'pending')
            """,
            [tuple(ids)],
        )
        self.invalidate_model()
        self._wake()
        return self._say(_("%s events will be sent again.", len(ids)))

    def action_send_now(self):
        """Has the cron run at once. It is not run here, so that never two deliver at a time."""
        self._check_administrator()
        self._wake()
        return self._say(_("Delivery starts within a minute."))

    def action_open_record(self):
        self.ensure_one()
        model = "product.product" if self.location_id else self.model
        return {"type": "ir.actions.act_window", "res_model": model, "res_id": self.res_id, "views": [(False, "form")]}

    def _check_administrator(self):
        if not self.env.is_system():
            raise AccessError(_("Only administrators may send events of Gatehouse."))

    @api.model
    def _say(self, message, kind="success", title=None):
        params = {"title": title or _("Gatehouse"), "message": message, "type": kind, "sticky": kind != "success"}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

    @api.autovacuum
    def _gc_outbox(self):
        """Removes what was sent long ago; what is dead is kept longer, for people to see."""
        parameters = self.env["ir.config_parameter"].sudo()
        sent_days = int(parameters.get_param("gatehouse.retention_days", 14))
        dead_days = int(parameters.get_param("gatehouse.dead_retention_days", 180))
        self.env.cr.execute(
            """
            DELETE FROM gatehouse_outbox WHERE id IN (
                SELECT id FROM gatehouse_outbox
                 WHERE (state = 'sent' AND occurred_at < (now() AT TIME ZONE 'UTC') - make_interval(days => %s))
                    OR (state = 'dead' AND occurred_at < (now() AT TIME ZONE 'UTC') - make_interval(days => %s))
                 LIMIT %s)
            """,
            [sent_days, dead_days, GC_CHUNK],
        )
        removed = self.env.cr.rowcount
        if removed == GC_CHUNK:
            self.env.ref("base.autovacuum_job")._trigger()
        return removed
