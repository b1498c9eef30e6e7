import logging
from datetime import timedelta

import psycopg2

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..lib import changes

_logger = logging.getLogger(__name__)

MAX_COMMANDS = 200
MAX_ERROR = 500
GC_CHUNK = 10000
KEPT_DAYS = 180
APPLIED, DUPLICATE, REJECTED = "applied", "duplicate", "rejected"

# A command that was rejected may come again under its id, after what stood against it was mended.
TAKE = """
    INSERT INTO gatehouse_command AS c (command, topic, model, res_id, register, version, state, error, arrived_at)
    VALUES (%(command)s, %(topic)s, %(model)s, %(res_id)s, %(register)s, %(version)s, %(state)s, %(error)s, clock_timestamp() AT TIME ZONE 'UTC')
    ON CONFLICT (command) DO UPDATE
       SET topic = excluded.topic, model = excluded.model, res_id = excluded.res_id, register = excluded.register, version = excluded.version,
           state = excluded.state, error = excluded.error, arrived_at = excluded.arrived_at
     WHERE c.state = 'rejected'
    RETURNING id
"""


class GatehouseCommand(models.Model):
    """
    What Gatehouse wanted to stand in Odoo: one row per command, written by the transaction that carries
    it out, so that a command whose answer was lost is known when it comes again.
    """

    _name = "gatehouse.command"
    _description = "Gatehouse Command"
    _order = "id desc"
    _rec_name = "command"
    _log_access = False

    command = fields.Char(required=True, readonly=True)
    topic = fields.Char(required=True, readonly=True)
    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="model", readonly=True)
    register = fields.Char(readonly=True, help="What the command states of the record; of several that state the same the highest version stands.")
    # With digits 0 the column is numeric, which holds whole numbers far beyond the four bytes of an Integer.
    version = fields.Float(digits=0, readonly=True)
    state = fields.Selection([(APPLIED, "Applied"), ("outdated", "Outdated"), (REJECTED, "Rejected")], required=True, readonly=True)
    error = fields.Char(readonly=True)
    arrived_at = fields.Datetime(required=True, readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id", search="_search_company_id")

    def _auto_init(self):
        result = super()._auto_init()
        cr = self.env.cr
        cr.execute("CREATE UNIQUE INDEX IF NOT EXISTS gatehouse_command_command_key ON gatehouse_command (command)")
        cr.execute("CREATE INDEX IF NOT EXISTS gatehouse_command_register_idx ON gatehouse_command (model, res_id, register, version)")
        cr.execute("CREATE INDEX IF NOT EXISTS gatehouse_command_arrived_idx ON gatehouse_command (arrived_at)")
        return result

    def _compute_company_id(self):
        for command in self:
            command.company_id = self.env[command.model].sudo().browse(command.res_id).exists().company_id if command.model in self._handled() else False

    @api.model
    def _search_company_id(self, operator, value):
        pickings = self.env["stock.picking"].sudo()._search([("company_id", operator, value)])
        orders = self.env["sale.order"].sudo()._search([("company_id", operator, value)])
        return ["|", "&", ("model", "=", "stock.picking"), ("res_id", "in", pickings), "&", ("model", "=", "sale.order"), ("res_id", "in", orders)]

    @api.model
    def apply_commands(self, commands):
        """
        Carries out commands of Gatehouse, in their order and each in a savepoint of its own: one that is
        rejected leaves the others alone. Called again with commands that were carried out, it does
        nothing a second time.

        :param commands: list of {"id", "topic", "model", "record_id", "values", "correlation_id"?};
            what `values` hold is said at the method `_gatehouse_apply_<topic>` of the record; `record_id` is 0
            of a topic whose record is found by the values (lib/changes.py, FINDING)
        :return: one {"id", "state": "applied" | "duplicate" | "rejected", "error"?} per command, in order
        """
        if not self.env.user.has_group("gatehouse.group_sync"):
            raise AccessError(_("Only members of the group Gatehouse: Synchronisation may write for Gatehouse."))
        if not isinstance(commands, list) or len(commands) > MAX_COMMANDS:
            raise UserError(_("A list of at most %s commands is expected.", MAX_COMMANDS))
        return [self._apply_one(command) for command in commands]

    @api.model
    def _apply_one(self, command):
        try:
            order = changes.read(command)
        except changes.InvalidChange as error:
            # Without an id nobody can be told otherwise.
            return {"id": command.get("id") if isinstance(command, dict) else None, "state": REJECTED, "error": str(error)}
        try:
            with self.env.cr.savepoint():
                return {"id": order.id, "state": self._carry_out(order)}
        except (UserError, ValidationError, AccessError, changes.InvalidChange) as error:
            return self._reject(order, str(error))
        except psycopg2.Error as error:
            # Neither a conflict with another transaction nor a lost database is about the command: Odoo
            # itself, and then Gatehouse, calls again.
            if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
                raise
            _logger.warning("Gatehouse: the command %s (%s) failed.", order.id, order.topic, exc_info=True)
            return self._reject(order, f"{type(error).__name__}: {error}")
        except Exception as error:
            _logger.warning("Gatehouse: the command %s (%s) failed.", order.id, order.topic, exc_info=True)
            return self._reject(order, f"{type(error).__name__}: {error}")

    @api.model
    def _carry_out(self, order):
        """:return: how it is answered"""
        if order.topic in changes.FINDING:
            return self._carry_out_finding(order)
        outdated = self._is_outdated(order)
        if not self._take(order, "outdated" if outdated else APPLIED):
            return DUPLICATE
        if outdated:
            return APPLIED
        self.env["gatehouse.outbox"]._pin_origin("gatehouse", order.correlation_id)
        getattr(self._record_of(order), f"_gatehouse_apply_{order.topic}")(order.values)
        return APPLIED

    @api.model
    def _carry_out_finding(self, order):
        """As `_carry_out`, of a topic whose handler finds or makes the record and knows itself which version stands there."""
        if not self._take(order, APPLIED):
            return DUPLICATE
        self.env["gatehouse.outbox"]._pin_origin("gatehouse", order.correlation_id)
        company = self._company_of(order)
        model = self._model_of(order).with_company(company).with_context(allowed_company_ids=company.ids)
        record, is_outdated = getattr(model, f"_gatehouse_apply_{order.topic}")(order.values)
        self.env.cr.execute("UPDATE gatehouse_command SET res_id = %s, state = %s WHERE command = %s", [record.id or 0, "outdated" if is_outdated else APPLIED, order.id])
        self.invalidate_model()
        return APPLIED

    @api.model
    def _is_outdated(self, order):
        """Whether a later statement of the same was carried out already: an earlier one must not undo it."""
        if order.version is None:
            return False
        self.env.cr.execute(
            "SELECT 1 FROM gatehouse_command WHERE model = %s AND res_id = %s AND register = %s AND version > %s AND state = 'applied' LIMIT 1",
            [order.model, order.record_id, order.register, order.version],
        )
        return bool(self.env.cr.fetchone())

    @api.model
    def _take(self, order, state, error=None):
        """
        Writes the row of the command.

        :return: whether it is new, or was rejected before. A transaction that takes the same command at
            this moment is waited for; Odoo then runs this one anew.
        """
        values = {
            "command": order.id, "topic": order.topic, "model": order.model, "res_id": order.record_id,
            "register": order.register, "version": order.version, "state": state, "error": error,
        }
        self.env.cr.execute(TAKE, values)
        taken = bool(self.env.cr.fetchone())
        self.invalidate_model()
        return taken

    @api.model
    def _reject(self, order, reason):
        error = reason[:MAX_ERROR] or "?"
        with self.env.cr.savepoint():
            if not self._take(order, REJECTED, error):
                return {"id": order.id, "state": DUPLICATE}
        return {"id": order.id, "state": REJECTED, "error": error}

    @api.model
    def _handled(self):
        """Models whose records commands may change: those that have `_gatehouse_apply_<topic>`."""
        return ("stock.picking", "sale.order")

    @api.model
    def _model_of(self, order):
        """The model, with the rights that carrying it out needs."""
        if order.model not in self._handled():
            raise UserError(_("Commands do not change records of %s.", order.model))
        model = self.env[order.model].sudo()
        if not hasattr(model, f"_gatehouse_apply_{order.topic}"):
            raise UserError(_("This version of the addon does not know commands of topic %s.", order.topic))
        return model

    @api.model
    def _company_of(self, order):
        """The company for which a record is found or made: that of the values, else the caller's own."""
        user = self.env.user.sudo()
        wanted = order.values.get("company_id")
        company = user.company_ids.filtered(lambda each: each.id == wanted) if wanted else user.company_id
        if not company:
            raise UserError(_("The user of Gatehouse does not belong to the company %s.", wanted))
        return company

    @api.model
    def _record_of(self, order):
        """The record, of a company that the caller belongs to, with the rights that carrying it out needs."""
        record = self._model_of(order).browse(order.record_id).exists()
        if not record:
            raise UserError(_("%(model)s %(id)s does not exist.", model=order.model, id=order.record_id))
        if record.company_id and record.company_id not in self.env.user.sudo().company_ids:
            raise UserError(_("The user of Gatehouse does not belong to the company of %s.", record.display_name))
        # A choice of companies on the bot's side must not narrow what the document's own company needs.
        return record.with_company(record.company_id).with_context(allowed_company_ids=record.company_id.ids or self.env.companies.ids)

    @api.autovacuum
    def _gc_commands(self):
        """Removes commands that Gatehouse will not send again: it gives up long before."""
        self.env.cr.execute(
            "DELETE FROM gatehouse_command WHERE id IN (SELECT id FROM gatehouse_command WHERE arrived_at < %s ORDER BY arrived_at LIMIT %s)",
            [fields.Datetime.now() - timedelta(days=KEPT_DAYS), GC_CHUNK],
        )
        return self.env.cr.rowcount
