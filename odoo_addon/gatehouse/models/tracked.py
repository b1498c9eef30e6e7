from odoo import api, models


class GatehouseTracked(models.AbstractModel):
    """
    Notes changes of a model for the outbox.

    Stored computed fields change without `write`, so `_compute_field_value` is watched as well.
    Lower hooks (`_write`) come too late: the old values are gone by then.
    """

    _name = "gatehouse.tracked"
    _description = "Changes are told to Gatehouse"

    # Fields whose change is told.
    _gatehouse_watched = frozenset()
    # Those among them whose value before and after is kept.
    _gatehouse_transitions = ()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if records._gatehouse_is_on():
            records._gatehouse_note("created")
        return records

    def write(self, vals):
        # Odoo writes on empty recordsets dozens of times per flow.
        names = self._gatehouse_watched.intersection(vals) if self else ()
        if not names or not self._gatehouse_is_on():
            return super().write(vals)
        self._gatehouse_note("updated", names)
        result = super().write(vals)
        self._gatehouse_after_write(names)
        return result

    def unlink(self):
        if self and self._gatehouse_is_on():
            self._gatehouse_note("deleted")
        return super().unlink()

    def _compute_field_value(self, field):
        if field.store and self:
            names = self._gatehouse_watched.intersection(each.name for each in self.pool.field_computed[field] if each.store)
            if names and self._gatehouse_is_on():
                self._gatehouse_note("updated", names)
        return super()._compute_field_value(field)

    def _gatehouse_is_on(self):
        return self.env["gatehouse.outbox"]._is_on()

    def _gatehouse_saved(self):
        """Without the records of a form that is not saved, or every onchange would be told."""
        return self.browse([record.id for record in self if isinstance(record.id, int)])

    def _gatehouse_note(self, action, names=()):
        """
        Notes that the records are about to change (or were created).

        :param names: the fields, for `updated`
        """
        outbox = self.env["gatehouse.outbox"]
        watched = [name for name in self._gatehouse_transitions if name in names]
        noted = outbox._noted()
        for record in self._gatehouse_saved().sudo():
            if action == "updated":
                known = noted.get((record._name, record.id, 0))
                # Most changes are one more of a record that is noted already.
                if known and all(name in known["before"] for name in watched):
                    continue
            if not record._gatehouse_is_told():
                continue
            before = {name: record[name] or None for name in watched}
            if action == "created":
                # A new record comes from nothing, whatever was computed on the way.
                before = dict.fromkeys(self._gatehouse_known_transitions())
            topic = record._gatehouse_topic() if action == "deleted" else None
            company = record._gatehouse_company().id if action == "deleted" else None
            outbox._note((record._name, record.id, 0), action, before, topic, company)

    def _gatehouse_known_transitions(self):
        return [name for name in self._gatehouse_transitions if name in self._fields]

    def _gatehouse_after_write(self, names):
        """For models that belong to another record, which `write` may have replaced."""

    def _gatehouse_is_told(self):
        """Whether this record is one that Gatehouse keeps."""
        return True

    def _gatehouse_topic(self):
        raise NotImplementedError(f"{self._name} has no topic.")

    def _gatehouse_company(self):
        return self.company_id


class GatehouseTrackedPart(models.AbstractModel):
    """A part of a document (a line, a move): its change is a change of the document."""

    _name = "gatehouse.tracked.part"
    _inherit = "gatehouse.tracked"
    _description = "Changes are told to Gatehouse as those of the document"

    # The many2one to the document.
    _gatehouse_whole = None

    def _gatehouse_note(self, action, names=()):
        whole = self._gatehouse_saved().sudo()[self._gatehouse_whole]
        # All of its fields are the same document; which one changed does not matter.
        whole._gatehouse_note("updated")

    def _gatehouse_after_write(self, names):
        if self._gatehouse_whole in names:
            self._gatehouse_note("updated")
