from odoo import _, models

from odoo.addons.gatehouse.lib import changes


class StockPicking(models.Model):
    """What Gatehouse writes back of a booking, beside what the core addon makes of it."""

    _inherit = "stock.picking"

    def _gatehouse_apply_tracking(self, values):
        """values: see the core addon; no packages: the booking was cancelled, or never came into being; then `request` says which of ours it was, where it was one."""
        super()._gatehouse_apply_tracking(values)
        if self.delivery_type != "gatehouse":
            return
        booking = changes.text(values, "booking", limit=100)
        if values.get("packages"):
            others = self.gatehouse_tracking_ids.filtered(lambda row: row.booking and row.booking != booking)
            if others:
                self._gatehouse_warn_of_two_bookings(booking, others)
            if booking and booking == self.gatehouse_booking and self.gatehouse_label_state == "cancelled":
                # The carrier took it at first, and then did not cancel.
                self._gatehouse_set({"gatehouse_label_state": "ready"})
            self._gatehouse_set({"gatehouse_booking": booking})
        elif not self.gatehouse_tracking_ids and self._gatehouse_is_own_booking(booking, changes.text(values, "request", limit=100)):
            self._gatehouse_set({"gatehouse_label_state": "cancelled", "gatehouse_label_error": False})
            self.message_post(body=_("The booking at the carrier is cancelled."))

    def _gatehouse_is_own_booking(self, booking, request):
        """Whether a booking that is cancelled is the one that was asked for last, and not one that it replaced."""
        if self.gatehouse_label_state == "cancelled":
            return False
        if request:
            return request == self.gatehouse_request
        return self.gatehouse_label_state == "cancelling" or (booking and booking == self.gatehouse_booking)

    def _gatehouse_apply_exception(self, values):
        """values: see the core addon; of kind CANCEL_FAILED: the carrier would not cancel `booking`, which stands."""
        super()._gatehouse_apply_exception(values)
        if self.delivery_type != "gatehouse" or values.get("kind") != "CANCEL_FAILED" or self.gatehouse_label_state not in ("cancelling", "cancelled"):
            return
        booking = changes.text(values, "booking", limit=100)
        if booking and booking == self.gatehouse_booking:
            self._gatehouse_set({"gatehouse_label_state": "ready", "gatehouse_label_error": changes.text(values, "detail", limit=500)})

    def _gatehouse_warn_of_two_bookings(self, booking, others):
        self.activity_schedule(
            "mail.mail_activity_data_warning", summary=_("Two bookings at carriers"), user_id=self.user_id.id or self.env.uid,
            note=_("Booked as %(one)s and as %(other)s: cancel one of them.", one=booking, other=", ".join(sorted(set(others.mapped("booking"))))),
        )

    def _gatehouse_show_numbers(self, replaced):
        """As Odoo's own `send_to_shipper`: the steps before and after of the same goods show the numbers too."""
        super()._gatehouse_show_numbers(replaced)
        numbers = self.gatehouse_tracking_ids.mapped("number")
        for picking in self._gatehouse_chain():
            shown = [number.strip() for number in (picking.carrier_tracking_ref or "").split(",")]
            kept = [number for number in shown if number and number not in replaced]
            picking._gatehouse_set({"carrier_tracking_ref": ",".join(dict.fromkeys(kept + numbers)) or False})

    def _gatehouse_chain(self):
        """Transfers of the same goods before this one and after it; what brings them back is another journey."""
        chain = self.browse()
        if not self.move_ids.origin_returned_move_id:
            for step in ("move_orig_ids", "move_dest_ids"):
                seen = moves = self.move_ids[step].filtered(lambda move: not move.origin_returned_move_id)
                while moves:
                    chain |= moves.picking_id
                    moves = moves[step].filtered(lambda move: not move.origin_returned_move_id) - seen
                    seen |= moves
        return chain - self

    def _gatehouse_apply_label(self, values):
        attachment = super()._gatehouse_apply_label(values)
        carrier = self.carrier_id
        if carrier.delivery_type != "gatehouse":
            return attachment
        goes_back = bool(values.get("return"))
        prefix = carrier.get_return_label_prefix() if goes_back else carrier._get_delivery_label_prefix()
        if not attachment.name.startswith(prefix):
            # Odoo finds labels by their names.
            attachment.name = f"{prefix}-{attachment.name}"
        if goes_back and carrier.get_return_label_from_portal:
            attachment.generate_access_token()
        if not goes_back or self._gatehouse_returned_delivery() != self:
            self._gatehouse_label_is_ready()
        return attachment

    def _gatehouse_label_is_ready(self):
        if self.gatehouse_label_state not in ("cancelling", "cancelled"):
            self._gatehouse_set({"gatehouse_label_state": "ready", "gatehouse_label_error": False})
        # What failed of the booking that stands (one of its packages) is still to be seen to.
        own = f"label:{self.gatehouse_booking}"
        for matter in self.gatehouse_exception_ids.filtered(lambda each: each.kind == "LABEL_FAILED" and each.state == "open" and each.uid != own):
            self._gatehouse_close(matter.uid, _("The label came."))

    def _gatehouse_apply_label_failed(self, values):
        """values: reason, booking: what failed, retryable. What failed before and was asked for anew since says nothing any more."""
        booking = changes.text(values, "booking", limit=100)
        if self.delivery_type == "gatehouse" and booking and booking in (self.gatehouse_failed or []):
            return
        if self.delivery_type == "gatehouse" and self.gatehouse_label_state == "cancelling":
            # It was to be cancelled, and never came into being.
            self._gatehouse_set({"gatehouse_label_state": "cancelled"})
            return
        super()._gatehouse_apply_label_failed(values)
        if self.delivery_type == "gatehouse" and self.gatehouse_label_state == "pending":
            self._gatehouse_set({
                "gatehouse_label_state": "failed", "gatehouse_label_error": changes.text(values, "reason", limit=500),
                "gatehouse_failed": [*(self.gatehouse_failed or []), booking] if booking else self.gatehouse_failed,
            })

    def _gatehouse_apply_cost(self, values):
        """The core addon keeps the cost; here what the customer is charged follows from it, as in Odoo's own `send_to_shipper`."""
        super()._gatehouse_apply_cost(values)
        if self.delivery_type != "gatehouse":
            return
        company = self.company_id
        order = self.sale_id
        currency = order.currency_id or company.currency_id
        cost = company.currency_id._convert(self.gatehouse_cost, currency, company, self.date_done or self.create_date)
        self._gatehouse_set({"carrier_price": self._gatehouse_price_to_charge(cost)})
        if self.picking_type_code == "outgoing":
            self._add_delivery_cost_to_so()

    def _get_matching_delivery_lines(self):
        """A cost that changes later changes the line that it made, as long as that is not invoiced."""
        made = self.gatehouse_cost_line_id
        if made and made.qty_invoiced == 0:
            return made
        return super()._get_matching_delivery_lines()

    def _add_delivery_cost_to_so(self):
        lines = self.sale_id.order_line.filtered("is_delivery")
        before = {line: line.price_unit for line in lines}
        result = super()._add_delivery_cost_to_so()
        if self.delivery_type == "gatehouse":
            changed = self.sale_id.order_line.filtered(lambda line: line.is_delivery and before.get(line) != line.price_unit)
            if changed:
                self.sudo().gatehouse_cost_line_id = changed[0]
        return result
