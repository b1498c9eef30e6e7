import json

from odoo import _, api, fields, models

from odoo.addons.gatehouse.models.client import GatehouseUnreachable

KILOGRAMS = {"kg": 1.0, "g": 0.001, "lb": 0.45359237, "oz": 0.028349523125}
CENTIMETRES = {"mm": 0.1, "cm": 1.0, "m": 100.0, "in": 2.54, "ft": 30.48}
# More in one declaration is refused by Gatehouse.
MOST_CUSTOMS_ITEMS = 500


class DeliveryCarrier(models.Model):
    """
    The provider `gatehouse`. Only rates are asked for while somebody waits; everything that happens at a carrier is a
    request in the outbox, which rolls back with the transaction that wanted it, and whose result is written back.
    """

    _inherit = "delivery.carrier"

    delivery_type = fields.Selection(selection_add=[("gatehouse", "Gatehouse")], ondelete={"gatehouse": lambda carriers: carriers.write({"delivery_type": "fixed", "fixed_price": 0})})
    gatehouse_carrier_code = fields.Char("Only This Carrier", help="Gatehouse's code of the carrier, e.g. FEDEX. Empty: the rules of Gatehouse choose.")
    gatehouse_service_code = fields.Char("Only This Service", help="The carrier's own code of the service, e.g. FEDEX_2_DAY. Empty: the rules of Gatehouse choose.")
    gatehouse_package_type_id = fields.Many2one("stock.package.type", "Package for Rates", help="What an order is packed in when rates are asked for, before anything is packed.")
    gatehouse_label_format = fields.Selection([("PDF", "PDF"), ("ZPL", "ZPL"), ("PNG", "PNG")], "Label Format", default="PDF")

    @api.depends("delivery_type")
    def _compute_can_generate_return(self):
        super()._compute_can_generate_return()
        self.filtered(lambda carrier: carrier.delivery_type == "gatehouse").can_generate_return = True

    # Rates

    def gatehouse_rate_shipment(self, order):
        """Called by `rate_shipment`. Never raises: what is wrong stands in `error_message`."""
        self.ensure_one()
        if not self._match_address(order.partner_shipping_id):
            return self._gatehouse_no_rate(_("This delivery method is not available for this address."))
        request, undeclared = self._gatehouse_quote_request(order)
        try:
            quote = self.env["gatehouse.client"]._request_quote(order.company_id, request)
            rate = self._gatehouse_choose(quote.get("rates") or [])
            price = self._gatehouse_in_currency(rate["price"], order)
        except GatehouseUnreachable as error:
            return self._gatehouse_no_rate(str(error))
        order._origin.sudo()._gatehouse_keep_quote(self, quote["id"], rate)
        missing = [each.get("reason") or each.get("connection") for each in quote.get("missing") or []]
        warnings = [_("Not every carrier answered: %s", "; ".join(filter(None, missing)))] if quote.get("partial") else []
        if undeclared:
            warnings.append(_("Customs need the weight and the country of origin of: %s", ", ".join(undeclared)))
        return {"success": True, "price": price, "error_message": False, "warning_message": "\n".join(warnings) or False}

    def _gatehouse_no_rate(self, message):
        return {"success": False, "price": 0.0, "error_message": message, "warning_message": False}

    def _gatehouse_quote_request(self, order):
        """
        :return: input of `requestQuote`, and products that customs want to know more of. With such products nothing is said
            of customs: carriers give rates without, and a declaration with holes is no input. The booking says what there is.
        """
        freight = self.env["gatehouse.freight"]
        packages = freight._order_packages(order, self)
        request = {
            "from": freight._warehouse_address(order.warehouse_id, order.company_id),
            "to": freight._address(order.partner_shipping_id),
            "packages": [self._gatehouse_metric(package) for package in packages],
            "reference": order.name,
        }
        if order.commitment_date:
            request["promisedAt"] = order.commitment_date.isoformat() + "Z"
        customs = freight._order_customs(order, request["from"], request["to"], packages)
        items = customs["items"] if customs else []
        undeclared = list(dict.fromkeys(item["description"] for item in items if not item["origin"] or not item["weight"]))
        if items and not undeclared and len(items) <= MOST_CUSTOMS_ITEMS:
            request["customs"] = {**customs, "items": [self._gatehouse_customs_item(item) for item in items]}
        return request, undeclared

    def _gatehouse_customs_item(self, item):
        """As `requestQuote` takes it."""
        return {
            "package": item["package"],
            "description": item["description"],
            "quantity": item["quantity"],
            "value": {"amount": self._gatehouse_decimal(item["value"], 6), "currency": item["currency"]},
            "weightKg": self._gatehouse_decimal(item["weight"] * KILOGRAMS.get(item["weight_uom"], 1.0), 6),
            "hsCode": item["hs_code"],
            "originCountry": item["origin"],
            "sku": item["sku"],
        }

    def _gatehouse_metric(self, package):
        """A package in kilograms and centimetres, as decimal text."""
        metric = {"id": package["id"], "weightKg": self._gatehouse_decimal(package["weight"] * KILOGRAMS.get(package["weight_uom"], 1.0))}
        for name in ("length", "width", "height"):
            if package.get(name):
                metric[f"{name}Cm"] = self._gatehouse_decimal(package[name] * CENTIMETRES.get(package["dimension_uom"], 1.0))
        return metric

    def _gatehouse_decimal(self, value, digits=4):
        return f"{value:.{digits}f}".rstrip("0").rstrip(".")

    def _gatehouse_choose(self, rates):
        """The first of the rates (they come in the order of Gatehouse's rules) that this method allows."""
        allowed = [
            rate for rate in rates
            if (not self.gatehouse_carrier_code or rate["carrier"] == self.gatehouse_carrier_code)
            and (not self.gatehouse_service_code or rate["service"] == self.gatehouse_service_code)
        ]
        if not allowed:
            raise GatehouseUnreachable(_("No carrier offers this method for this shipment."))
        return allowed[0]

    def _gatehouse_in_currency(self, price, order):
        """The price in the currency of the order."""
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", price["currency"])], limit=1)
        if not currency:
            raise GatehouseUnreachable(_("The price is in %s, which is no currency here.", price["currency"]))
        return currency._convert(float(price["amount"]), order.currency_id, order.company_id, order.date_order or fields.Date.context_today(self))

    # Booking

    def gatehouse_send_shipping(self, pickings):
        """
        Puts a request for each transfer into the outbox. No carrier is called: a validation that rolls back takes the
        request with it.

        :return: per transfer the quoted price, and no tracking number, which is written back
        """
        answers = []
        for picking in pickings:
            picking._gatehouse_request_booking()
            if self.return_label_on_delivery:
                self.get_return_label(picking)
            answers.append({"exact_price": picking._gatehouse_quoted_price(), "tracking_number": False})
        return answers

    def gatehouse_cancel_shipment(self, pickings):
        for picking in pickings:
            picking._gatehouse_request_cancel()

    def gatehouse_get_return_label(self, pickings, tracking_number=None, origin_date=None):
        """Asks for a label for goods that come back; it is attached to the transfer when it is written back."""
        for picking in pickings:
            picking._gatehouse_request_return()

    def gatehouse_get_tracking_link(self, picking):
        """As Odoo takes it: one address, or JSON of several [number, address]; False where none is known."""
        numbers = [number.strip() for number in (picking.carrier_tracking_ref or "").split(",")]
        # By number: the steps before and after of the same goods show it too.
        rows = self.env["gatehouse.tracking"].sudo().search([("number", "in", numbers), ("url", "!=", False), ("company_id", "=", picking.company_id.id)])
        urls = {row.number: row.url for row in rows}
        pattern = self.tracking_url or ""
        links = [[number, urls.get(number) or pattern.replace("<shipmenttrackingnumber>", number)] for number in numbers if number and (number in urls or pattern)]
        if len(links) > 1:
            return json.dumps(links)
        return links[0][1] if links else False
