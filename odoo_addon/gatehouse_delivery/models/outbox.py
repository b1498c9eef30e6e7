import json
import uuid

from odoo import _, api, fields, models
from odoo.exceptions import UserError

INSERT = """
    INSERT INTO gatehouse_outbox (
        uuid, topic, action, model, res_id, location_id, company_id, record_company_id, transitions, request, occurred_at, next_try_at, state, attempts, version
    ) VALUES (%s, 'request', 'created', 'stock.picking', %s, 0, %s, %s, '{}', %s, clock_timestamp() AT TIME ZONE 'UTC', clock_timestamp() AT TIME ZONE 'UTC', 'pending', 0, 0)
"""


class GatehouseOutbox(models.Model):
    """
    Requests: what Odoo wants Gatehouse to do, beside what it tells of its records. A request is said as it was
    when it was made, under the id that makes a repetition harmless, so it stands in the row itself.
    """

    _inherit = "gatehouse.outbox"

    request = fields.Json(readonly=True)

    @api.model
    def _request(self, picking, record):
        """
        Writes a request in the current transaction: it goes out when that commits, and never where it rolls back.

        :param record: the request in the words of schema/odoo-events.json, without its id
        :return: the id
        :raise UserError: where the company is not connected
        """
        company = picking.company_id
        route = self.env["res.company"]._gatehouse_routes().get(company.id)
        if not route:
            raise UserError(_("%s is not connected to Gatehouse (Settings > Gatehouse).", company.name))
        request_id = str(uuid.uuid4())
        self.env.cr.execute(INSERT, [str(uuid.uuid4()), picking.id, route[0], company.id, json.dumps({"request_id": request_id, **record}, allow_nan=False)])
        self._wake()
        return request_id

    def _hydrate(self):
        requests = self.filtered("request")
        found = super(GatehouseOutbox, self - requests)._hydrate()
        found.update((row.id, row.request) for row in requests)
        return found
