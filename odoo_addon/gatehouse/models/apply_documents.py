import base64
import binascii

from odoo import _, fields, models

from ..lib import changes

MAX_BYTES = 20 * 1024 * 1024
TYPES = {"PDF": "application/pdf", "PNG": "image/png", "JPEG": "image/jpeg", "ZPL": "text/plain"}
KINDS = {"LABEL": "Label", "RETURN_LABEL": "Return label", "POD": "Proof of delivery", "MANIFEST": "Manifest", "CUSTOMS": "Customs document"}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    gatehouse_document = fields.Char("Gatehouse Document", readonly=True, copy=False, index="btree_not_null")
    gatehouse_kind = fields.Char("Kind of Gatehouse Document", readonly=True, copy=False)


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _gatehouse_apply_label(self, values):
        """values: document, name, format, content (base64), package?, return?"""
        return self._gatehouse_attach({**values, "kind": "RETURN_LABEL" if values.get("return") else "LABEL"})

    def _gatehouse_apply_label_failed(self, values):
        """values: reason, booking?, retryable"""
        reason = changes.text(values, "reason", required=True)
        self._gatehouse_raise(f"label:{changes.text(values, 'booking') or ''}", {
            "kind": "LABEL_FAILED", "severity": "HIGH", "title": _("The carrier gave no label"), "detail": reason,
        })

    def _gatehouse_apply_document(self, values):
        """values: document, kind, name?, format, content (base64), package?"""
        return self._gatehouse_attach(values)

    def _gatehouse_attach(self, values):
        """
        Attaches a file once, under one message; one that is there already gets the new content, silently.

        :return: the attachment
        """
        document = changes.text(values, "document", required=True, limit=100)
        kind = changes.text(values, "kind", required=True, limit=40)
        form = changes.text(values, "format", required=True, limit=10)
        content = self._gatehouse_content(values)
        known = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id), ("gatehouse_document", "=", document)], limit=1
        )
        if known:
            if known.raw != content:
                known.raw = content
            return known
        number = changes.text(values, "package", limit=60)
        name = changes.text(values, "name", limit=120) or f"{kind}-{self.name}{f'-{number}' if number else ''}.{form}".replace("/", "-").lower()
        attachment = self.env["ir.attachment"].create({
            "name": name, "raw": content, "mimetype": TYPES.get(form, "application/octet-stream"), "res_model": self._name, "res_id": self.id,
            "gatehouse_document": document, "gatehouse_kind": kind,
        })
        self._gatehouse_announce(kind, attachment)
        return attachment

    def _gatehouse_announce(self, kind, attachment):
        """One message per file: a note, which mails nobody."""
        self.message_post(body=_("%s from Gatehouse", KINDS.get(kind, kind)), attachment_ids=attachment.ids)

    def _gatehouse_content(self, values):
        text = changes.text(values, "content", required=True, limit=MAX_BYTES * 2)
        try:
            content = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise changes.InvalidChange("content is no base64.") from None
        if len(content) > MAX_BYTES:
            raise changes.InvalidChange(f"content is larger than {MAX_BYTES} bytes.")
        return content
