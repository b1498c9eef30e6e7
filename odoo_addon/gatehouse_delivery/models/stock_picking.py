from markupsafe import Markup

from odoo import _, api, fields, models, release
from odoo.exceptions import UserError

# States in which a booking exists or may come into being.
BOOKED = ("pending", "ready", "cancelling")


class StockPicking(models.Model):
    _inherit = "stock.picking"

    gatehouse_label_state = fields.Selection(
        [("pending", "Label pending"), ("ready", "Label ready"), ("failed", "Label failed"), ("cancelling", "Cancelling"), ("cancelled", "Booking cancelled")],
        "Label", copy=False, readonly=True, index="btree_not_null", tracking=True,
    )
    gatehouse_label_error = fields.Char("Why There Is No Label", copy=False, readonly=True)
    gatehouse_request = fields.Char("Booking Request", copy=False, readonly=True, help="Id of the last request; a repetition of it makes no second booking.")
    gatehouse_booking = fields.Char("Booking", copy=False, readonly=True, help="Id of the booking at Gatehouse.")
    gatehouse_failed = fields.Json(copy=False, readonly=True)
    gatehouse_booked_packages = fields.Json(copy=False, readonly=True)
    gatehouse_cost_line_id = fields.Many2one("sale.order.line", "Line That Charges the Cost", copy=False, readonly=True, ondelete="set null")
    gatehouse_can_book = fields.Boolean(compute="_compute_gatehouse_can_book")

    @api.depends("state", "carrier_id", "delivery_type", "gatehouse_label_state", "picking_type_code")
    def _compute_gatehouse_can_book(self):
        """At the pack bench: everything is there, nothing is validated, nothing is booked."""
        for picking in self:
            picking.gatehouse_can_book = (
                picking.delivery_type == "gatehouse" and picking.state == "assigned" and picking.picking_type_code != "incoming"
                and picking.gatehouse_label_state in (False, "cancelled")
            )

    # Booking

    def action_gatehouse_book(self):
        """The button at the pack bench: books what is packed, without validating."""
        for picking in self:
            picking._gatehouse_lock()
            if not picking.gatehouse_can_book:
                raise UserError(_("%s cannot be booked now.", picking.name))
            picking.send_to_shipper()
        return False

    def action_gatehouse_retry(self):
        """Asks again for a label that failed. Of two who press at once one finds it pending."""
        for picking in self:
            picking._gatehouse_lock()
            if picking.gatehouse_label_state != "failed":
                continue
            if picking._gatehouse_returned_delivery() == picking:
                picking.send_to_shipper()
            else:
                # The one that failed must never be carried out after the new one.
                picking._gatehouse_ask_to_cancel()
                picking._gatehouse_request_return()
        return False

    def _gatehouse_lock(self):
        """Holds others back until this transaction ends, and reads what they left."""
        self.ensure_one()
        self.check_access("write") if hasattr(self, "check_access") else self.check_access_rule("write")
        self.flush_recordset()
        self.env.cr.execute("SELECT id FROM stock_picking WHERE id = %s FOR UPDATE", [self.id])
        self.invalidate_recordset(["gatehouse_label_state", "gatehouse_request", "gatehouse_booking"])

    def send_to_shipper(self):
        """
        Odoo's own posts that it was sent "with tracking number False" and adds the cost at once; here both follow.
        What was booked at the pack bench is not booked again.
        """
        self.ensure_one()
        if self.delivery_type != "gatehouse":
            return super().send_to_shipper()
        if self.gatehouse_label_state in BOOKED:
            self._gatehouse_compare_packages()
            return None
        price = self.carrier_id.send_shipping(self)[0]["exact_price"]
        self.carrier_price = self._gatehouse_price_to_charge(price)
        currency = self.sale_id.currency_id or self.company_id.currency_id
        self.message_post(
            body=_("Booking requested at Gatehouse (%(carrier)s): label and tracking number follow.", carrier=self.carrier_id.name)
            + (Markup("<br/>") + _("Quoted: %(price).2f %(currency)s", price=self.carrier_price, currency=currency.name) if price else "")
        )
        return None

    def _gatehouse_request_booking(self):
        """Into the outbox, in this transaction. The request that it replaces, if any, must never be carried out after it."""
        self.ensure_one()
        record = self._gatehouse_freight_record("shipment.requested")
        quote = self._gatehouse_quote()
        carrier = self.carrier_id
        service = quote.get("service") or (carrier.gatehouse_carrier_code and carrier.gatehouse_service_code and {"carrier": carrier.gatehouse_carrier_code, "code": carrier.gatehouse_service_code})
        record.update({
            "service": service or None,
            "quoted": quote.get("price"),
            "quote_id": quote.get("id"),
            "promised_at": self.date_deadline.isoformat() + "Z" if self.date_deadline else None,
            "booking": None,
            "replaces": self.gatehouse_request or None,
            "return_of": None,
        })
        self.sudo().write({
            "gatehouse_request": self.env["gatehouse.outbox"].sudo()._request(self, record),
            "gatehouse_label_state": "pending",
            "gatehouse_label_error": False,
            "gatehouse_booking": False,
            "gatehouse_booked_packages": [[package["id"], package["weight"]] for package in record["packages"]],
        })

    def _gatehouse_freight_record(self, kind):
        freight = self.env["gatehouse.freight"]
        warehouse = freight._warehouse_address(self.picking_type_id.warehouse_id, self.company_id)
        partner = freight._address(self.partner_id)
        goes_back = kind == "return_label.requested"
        origin, destination = (partner, warehouse) if goes_back else (warehouse, partner)
        return {
            "kind": kind,
            "picking": self.name,
            "company": str(self.company_id.id),
            "from": origin,
            "to": destination,
            "customs": freight._picking_customs(self, origin, destination, goes_back),
            "packages": freight._picking_packages(self),
            "label_format": self.carrier_id.gatehouse_label_format or "PDF",
        }

    def _gatehouse_quote(self):
        """The quote that the customer was shown; it is for the first delivery of the order, not for its backorders."""
        if not self.sale_id or self.backorder_id:
            return {}
        return (self.sale_id.sudo().gatehouse_quotes or {}).get(str(self.carrier_id.id)) or {}

    def _gatehouse_quoted_price(self):
        """In the currency of the order; 0 where there was no quote, and the cost is written back alone."""
        price = self._gatehouse_quote().get("price")
        return self.carrier_id._gatehouse_in_currency(price, self.sale_id) if price else 0.0

    def _gatehouse_price_to_charge(self, price):
        """What Odoo's own `send_to_shipper` makes of a carrier's price: free from an amount on, else with margins."""
        carrier, order = self.carrier_id, self.sale_id
        if carrier.free_over and order:
            total = carrier._compute_currency(order, order._compute_amount_total_without_delivery(), "pricelist_to_company")
            if total >= carrier.amount:
                price = 0.0
        if release.version_info[0] >= 19:
            return carrier._apply_margins(price, order)
        return carrier.with_context(order=order)._apply_margins(price)

    def _gatehouse_compare_packages(self):
        """What leaves should be what was booked at the pack bench."""
        now = [[package["id"], package["weight"]] for package in self.env["gatehouse.freight"]._picking_packages(self)]
        if self.gatehouse_booked_packages is not None and sorted(now) != sorted(self.gatehouse_booked_packages):
            self.message_post(body=_("The packages are not those that were booked at the carrier: cancel the booking and book again, or settle the difference with the carrier."))
            self.activity_schedule("mail.mail_activity_data_warning", summary=_("Packages differ from the booking"), user_id=self.user_id.id or self.env.uid)

    # Cancelling

    def cancel_shipment(self):
        """Odoo's own drops the tracking number at once; here it stays until the carrier has cancelled."""
        ours = self.filtered(lambda picking: picking.delivery_type == "gatehouse")
        for picking in ours:
            picking._gatehouse_lock()
            picking.carrier_id.cancel_shipment(picking)
        others = self - ours
        return super(StockPicking, others).cancel_shipment() if others else None

    def _gatehouse_request_cancel(self):
        self.ensure_one()
        if self.gatehouse_label_state not in ("pending", "ready"):
            return
        self._gatehouse_ask_to_cancel()
        self.sudo().gatehouse_label_state = "cancelling"
        self.message_post(body=_("Cancelling requested at Gatehouse."))

    def _gatehouse_ask_to_cancel(self):
        record = {
            "kind": "shipment.cancel_requested", "picking": self.name, "company": str(self.company_id.id),
            "booking": self.gatehouse_booking or None, "cancels": self.gatehouse_request,
        }
        self.env["gatehouse.outbox"].sudo()._request(self, record)

    def action_cancel(self):
        result = super().action_cancel()
        # Nothing leaves any more: what was booked at the pack bench is not to be paid for.
        self.filtered(lambda picking: picking.state == "cancel" and picking.delivery_type == "gatehouse" and picking.gatehouse_label_state in ("pending", "ready")).cancel_shipment()
        return result

    # Returns

    def _gatehouse_request_return(self):
        """
        For a return transfer, or for a delivery whose label for coming back goes with it.

        :raise UserError: where the carrier brought nothing that could come back
        """
        self.ensure_one()
        outgoing = self._gatehouse_returned_delivery()
        if not outgoing.gatehouse_request:
            raise UserError(_("%s was not booked through Gatehouse, so there is nothing to return to.", outgoing.name or self.name))
        record = self._gatehouse_freight_record("return_label.requested")
        record.update({"service": None, "quoted": None, "quote_id": None, "promised_at": None, "booking": None, "return_of": outgoing.gatehouse_booking or None, "return_of_request": outgoing.gatehouse_request})
        request_id = self.env["gatehouse.outbox"].sudo()._request(self, record)
        if outgoing != self:
            self.sudo().write({"gatehouse_request": request_id, "gatehouse_label_state": "pending", "gatehouse_label_error": False})
        self.message_post(body=_("Return label requested at Gatehouse."))

    def _gatehouse_returned_delivery(self):
        """The delivery that this transfer takes back; itself where it is no return."""
        return self.move_ids.origin_returned_move_id.picking_id.filtered("gatehouse_request")[:1] or self
