import logging
import re
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

_logger = logging.getLogger(__name__)

FRESH = "gatehouse.fresh_milestones"
TOLD = "gatehouse.told_viewers"
# What happened longer ago is history that is loaded, and nobody's news.
NEWS_DAYS = 3
CODES = re.compile(r"[A-Z][A-Z_]*(\s*,\s*[A-Z][A-Z_]*)*\Z")
# Of no interest to who waits for the goods.
INTERNAL_CODES = ("INFO", "UNKNOWN")


def words(code):
    """OUT_FOR_DELIVERY: Out for delivery."""
    return code.replace("_", " ").capitalize()


class ResCompany(models.Model):
    _inherit = "res.company"

    gatehouse_note_codes = fields.Char("Milestones Noted on Transfers", help="Codes, e.g. DELIVERY_FAILED, CUSTOMS_HOLD. A note is posted for the first of each; nobody is mailed.")
    gatehouse_message_codes = fields.Char("Milestones Told to Followers", help="Codes, e.g. DELIVERED. A message goes to the followers of the transfer for the first of each.")

    @api.constrains("gatehouse_note_codes", "gatehouse_message_codes")
    def _check_gatehouse_codes(self):
        for company in self:
            for codes in (company.gatehouse_note_codes, company.gatehouse_message_codes):
                if codes and not CODES.match(codes.strip()):
                    raise ValidationError(_("Codes of milestones are capital letters, with commas between them: DELIVERED, DELIVERY_FAILED."))

    def _gatehouse_codes(self, field):
        return {code.strip() for code in (self.sudo()[field] or "").split(",") if code.strip()}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    gatehouse_note_codes = fields.Char(related="company_id.gatehouse_note_codes", readonly=False)
    gatehouse_message_codes = fields.Char(related="company_id.gatehouse_message_codes", readonly=False)


class StockPicking(models.Model):
    """What people see of the transport: a timeline that moves while they look, and messages."""

    _inherit = "stock.picking"

    gatehouse_exception_count = fields.Integer(compute="_compute_gatehouse_exception_count")

    @api.depends("gatehouse_exception_ids.state")
    def _compute_gatehouse_exception_count(self):
        for picking in self:
            picking.gatehouse_exception_count = len(picking.gatehouse_exception_ids.filtered(lambda each: each.state == "open"))

    def gatehouse_timeline(self):
        """
        The milestones of a transfer for its form, the latest first; with the rights of the caller.

        :return: {"status", "eta", "late", "exception", "milestones": [{"id", "code", "label", "classifier", "at", "place", "text", "source", "package"}]}
        """
        self.ensure_one()
        labels = dict(self._fields["gatehouse_status"]._description_selection(self.env))
        return {
            "status": labels.get(self.gatehouse_status) or False,
            "eta": fields.Datetime.to_string(self.gatehouse_eta) or False,
            "late": self.gatehouse_late,
            "exception": self.gatehouse_exception or False,
            "milestones": [
                {
                    "id": milestone.id, "code": milestone.code, "label": words(milestone.code), "classifier": milestone.classifier,
                    "at": fields.Datetime.to_string(milestone.occurred_at), "place": milestone.place or False, "text": milestone.text or False,
                    "source": milestone.source or False, "package": milestone.package or False,
                }
                for milestone in self.gatehouse_milestone_ids.filtered(lambda each: not each.retracted)
            ],
        }

    def _gatehouse_portal_milestones(self):
        """What a customer is shown: what really happened, the latest first, each step once."""
        shown = self.env["gatehouse.milestone"]
        for milestone in self.sudo().gatehouse_milestone_ids:
            known = shown.filtered(lambda each: each.code == milestone.code and each.occurred_at == milestone.occurred_at)
            if milestone.classifier == "ACTUAL" and not milestone.retracted and milestone.code not in INTERNAL_CODES and not known:
                shown |= milestone
        return shown

    def action_gatehouse_exceptions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": _("Exceptions"), "res_model": "gatehouse.exception",
            "domain": [("picking_id", "=", self.id)], "views": [(False, "list"), (False, "form")],
        }

    # Live

    def _gatehouse_set(self, values):
        changed = super()._gatehouse_set(values)
        if changed:
            self._gatehouse_tell_viewers()
        return changed

    def _gatehouse_milestone_recorded(self, milestone):
        super()._gatehouse_milestone_recorded(milestone)
        self._gatehouse_tell_viewers()
        self.env.cr.postcommit.data.setdefault(FRESH, []).append(milestone.id)

    def _gatehouse_tell_viewers(self):
        """Says to open forms that there is news, once per transaction. What is new each reads with its own rights."""
        told = self.env.cr.postcommit.data.setdefault(TOLD, set())
        for picking in self:
            if picking.id not in told:
                told.add(picking.id)
                self.env["bus.bus"]._sendone(f"gatehouse.transfer.{picking.id}", "gatehouse.transfer", {"id": picking.id})

    # Messages

    def _gatehouse_post(self, milestones):
        """One message (and one note) for all that is new, without what was told before."""
        news = milestones.filtered(lambda each: each.occurred_at > fields.Datetime.now() - timedelta(days=NEWS_DAYS) and each.classifier == "ACTUAL" and not each.retracted)
        for field, subtype in (("gatehouse_note_codes", "mail.mt_note"), ("gatehouse_message_codes", "mail.mt_comment")):
            codes = self.company_id._gatehouse_codes(field)
            earlier = set((self.gatehouse_milestone_ids - milestones).mapped("code"))
            first = {}
            for milestone in news.sorted("occurred_at"):
                if milestone.code in codes and milestone.code not in earlier:
                    first.setdefault(milestone.code, milestone)
            if first:
                lines = [self._gatehouse_line(milestone) for milestone in first.values()]
                self.message_post(body="\n".join(lines), subtype_xmlid=subtype)

    def _gatehouse_line(self, milestone):
        when = fields.Datetime.context_timestamp(self.with_context(tz=self.company_id.partner_id.tz or "UTC"), milestone.occurred_at).strftime("%Y-%m-%d %H:%M")
        return " · ".join(filter(None, (words(milestone.code), when, milestone.place)))


class GatehouseCommand(models.Model):
    _inherit = "gatehouse.command"

    @api.model
    def apply_commands(self, commands):
        """As of the core; then one message per transfer for all milestones of the batch."""
        answers = super().apply_commands(commands)
        fresh = self.env["gatehouse.milestone"].sudo().browse(self.env.cr.postcommit.data.pop(FRESH, ())).exists()
        for picking in fresh.picking_id:
            try:
                with self.env.cr.savepoint():
                    picking.with_company(picking.company_id)._gatehouse_post(fresh.filtered(lambda each: each.picking_id == picking))
            except Exception:
                # What stands in Odoo stands there; a message that cannot be posted must not undo it.
                _logger.warning("Gatehouse: no message could be posted on %s.", picking.name, exc_info=True)
        return answers
