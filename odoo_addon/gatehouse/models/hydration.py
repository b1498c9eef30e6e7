from collections import defaultdict

from odoo import models
from odoo.tools import float_round

# Noise of binary floating point ends here; no unit is finer.
DIGITS = 6


class GatehouseOutboxHydration(models.Model):
    """
    The state of records in the words of schema/odoo-events.json. Where versions of Odoo name a
    field differently, the name here is the same for all.
    """

    _inherit = "gatehouse.outbox"

    def _hydrate(self):
        """By id of the row, the record as it is now; None where it is gone."""
        found = {}
        grouped = defaultdict(lambda: self.browse())
        for row in self:
            grouped[row.model, row.record_company_id] |= row
        for (model, company), rows in grouped.items():
            if model == "stock.quant":
                found.update(rows._hydrate_stock(company))
            else:
                found.update(rows._hydrate_records(model, company))
        return found

    def _hydrate_records(self, model, company):
        found = dict.fromkeys(self.ids)
        if model not in self.env:
            return found
        # Untranslated: whoever caused the change, the text is the same.
        records = self.env[model].sudo().with_company(company or self[:1].company_id).with_context(lang=None, active_test=False)
        existing = {record.id: record for record in records.browse(set(self.mapped("res_id"))).exists()}
        read = getattr(self, "_read_" + model.replace(".", "_"))
        states = {}
        for row in self:
            record = existing.get(row.res_id)
            if record is None:
                continue
            if record.id not in states:
                states[record.id] = read(record)
            found[row.id] = states[record.id]
        return found

    # One per model

    def _read_sale_order(self, order):
        return {
            "name": order.name,
            "state": order.state,
            "locked": order.locked,
            "partner_id": self._partner(order.partner_id),
            "partner_shipping_id": self._partner(order.partner_shipping_id),
            "client_order_ref": order.client_order_ref or None,
            "date_order": self._datetime(order.date_order),
            "commitment_date": self._datetime(order.commitment_date),
            "amount_total": self._number(order.amount_total),
            "currency_id": self._many2one(order.currency_id),
            "delivery_status": self._optional(order, "delivery_status"),
            "invoice_status": order.invoice_status or None,
            "shop": self._shop(order.gatehouse_shop_ids),
            "lines": [
                {
                    "id": line.id,
                    "product_id": self._many2one(line.product_id),
                    "name": line.name or None,
                    "quantity": self._number(line.product_uom_qty),
                    "uom_id": self._many2one(self._unit(line)),
                    "display_type": line.display_type or None,
                    "shop_line": line._gatehouse_shop_line_told(),
                }
                for line in order.order_line
            ],
        }

    def _read_purchase_order(self, order):
        return {
            "name": order.name,
            "state": order.state,
            "partner_id": self._partner(order.partner_id),
            "client_order_ref": order.partner_ref or None,
            "date_order": self._datetime(order.date_order),
            "date_planned": self._datetime(order.date_planned),
            "amount_total": self._number(order.amount_total),
            "currency_id": self._many2one(order.currency_id),
            "delivery_status": self._optional(order, "receipt_status"),
            "invoice_status": order.invoice_status or None,
            "lines": [
                {
                    "id": line.id,
                    "product_id": self._many2one(line.product_id),
                    "name": line.name or None,
                    "quantity": self._number(line.product_qty),
                    "uom_id": self._many2one(self._unit(line)),
                    "display_type": line.display_type or None,
                }
                for line in order.order_line
            ],
        }

    def _read_stock_picking(self, picking):
        moves = picking.move_ids
        packages = picking.move_line_ids.result_package_id
        return {
            "name": picking.name,
            "state": picking.state,
            "picking_type_code": picking.picking_type_id.code,
            "origin": picking.origin or None,
            "priority": picking.priority or None,
            "partner_id": self._partner(picking.partner_id),
            "sale_id": self._many2one(self._optional(picking, "sale_id")),
            "purchase_id": self._many2one(self._optional(picking, "purchase_id")),
            "backorder_id": self._many2one(picking.backorder_id),
            "return_id": self._many2one(self._return_of(picking)),
            "carrier_id": self._many2one(self._optional(picking, "carrier_id")),
            "carrier_tracking_ref": self._optional(picking, "carrier_tracking_ref"),
            "scheduled_date": self._datetime(picking.scheduled_date),
            "date_deadline": self._datetime(picking.date_deadline),
            "date_done": self._datetime(picking.date_done),
            "weight": self._number(self._optional(picking, "weight") or 0.0),
            "weight_uom_name": self._weight_unit(),
            "package_count": len(packages),
            "release": self._release(picking),
            "lines": [line for move in moves for line in self._read_lines(move, picking.state)],
            "moves": [
                {
                    "id": move.id,
                    "product_id": self._many2one(move.product_id),
                    "state": move.state,
                    "product_uom_qty": self._number(move.product_uom_qty),
                    "quantity": self._number(move.quantity),
                    "picked": move.picked,
                    "uom_id": self._many2one(move.product_uom),
                }
                for move in moves
            ],
        }

    def _read_lines(self, move, picking_state):
        """One per line of the move, or the move itself where it has none. A cancelled move ships nothing."""
        if move.move_line_ids:
            return [
                {
                    "id": line.id,
                    "product_id": self._many2one(line.product_id),
                    "quantity": self._number(line.quantity),
                    "uom_id": self._many2one(line.product_uom_id),
                    "lot_id": self._many2one(line.lot_id),
                    "package_id": self._many2one(line.result_package_id),
                    "location_dest_id": self._location(line.location_dest_id),
                    "expiration_date": self._datetime(self._optional(line.lot_id, "expiration_date")),
                    "order_line_id": self._order_line(move),
                }
                for line in move.move_line_ids
            ]
        if move.state == "cancel" and picking_state != "cancel":
            return []
        return [
            {
                "id": move.id,
                "product_id": self._many2one(move.product_id),
                "quantity": self._number(move.product_uom_qty),
                "uom_id": self._many2one(move.product_uom),
                "lot_id": None,
                "package_id": None,
                "location_dest_id": self._location(move.location_dest_id),
                "expiration_date": None,
                "order_line_id": self._order_line(move),
            }
        ]

    def _order_line(self, move):
        """The line of the order that a move fulfils; of a kit each component names the line of the kit."""
        return (move.sale_line_id or move.purchase_line_id).id or None

    def _location(self, location):
        """Storage is what lies at or below the stock location of its warehouse; input, quality control, packing and output stand beside it."""
        storage = location.warehouse_id.lot_stock_id
        return {
            "id": location.id,
            "name": location.complete_name or None,
            "warehouse": location.warehouse_id.code or None,
            "stored": bool(storage) and (location.parent_path or "").startswith(storage.parent_path or "-"),
        }

    def _shop(self, rows):
        return {"connection": rows[0].connection, "order": rows[0].number} if rows else None

    def _release(self, picking):
        """Whether it may go to transport; nothing where the gate is not for it."""
        if not picking.gatehouse_release_state:
            return None
        return {"ready": picking.gatehouse_release_state == "ready", "blocked": picking.gatehouse_release_blocked or []}

    def _return_of(self, picking):
        if "return_id" in picking._fields:
            return picking.return_id
        return picking.move_ids.origin_returned_move_id.picking_id[:1]

    def _read_account_move(self, move):
        return {
            "name": move.name or None,
            "state": move.state,
            "payment_state": move.payment_state or None,
            "move_type": move.move_type,
            "partner_id": self._partner(move.partner_id),
            "invoice_origin": move.invoice_origin or None,
            "invoice_date": self._date(move.invoice_date),
            "invoice_date_due": self._date(move.invoice_date_due),
            "amount_total": self._number(move.amount_total),
            "amount_residual": self._number(move.amount_residual),
            "currency_id": self._many2one(move.currency_id),
        }

    def _read_product_product(self, product):
        return {
            "name": product.name,
            "default_code": product.default_code or None,
            "barcode": product.barcode or None,
            "weight": self._number(product.weight),
            "weight_uom_name": self._weight_unit(),
            "active": product.active,
        }

    def _read_res_partner(self, partner):
        return {
            "name": partner.name or None,
            "is_company": partner.is_company,
            "commercial_partner_id": self._many2one(partner.commercial_partner_id),
            "email": partner.email or None,
            "phone": partner.phone or None,
            "street": partner.street or None,
            "street2": partner.street2 or None,
            "city": partner.city or None,
            "zip": partner.zip or None,
            "state_id": self._many2one(partner.state_id),
            "country_code": partner.country_id.code or None,
            "active": partner.active,
        }

    def _hydrate_stock(self, company):
        """
        The level as the sum of all quants: quants split under contention and are merged by raw SQL,
        so a single one says nothing.
        """
        found = dict.fromkeys(self.ids)
        self.env["stock.quant"].flush_model()
        self.env.cr.execute(
            "SELECT product_id, location_id, SUM(quantity), SUM(reserved_quantity) FROM stock_quant WHERE product_id IN %s AND location_id IN %s GROUP BY 1, 2",
            [tuple(self.mapped("res_id")), tuple(self.mapped("location_id"))],
        )
        levels = {(product, location): sums for product, location, *sums in self.env.cr.fetchall()}
        as_company = self.sudo().with_company(company or self[:1].company_id).with_context(lang=None, active_test=False).env
        products = {each.id: each for each in as_company["product.product"].browse(set(self.mapped("res_id"))).exists()}
        locations = {each.id: each for each in as_company["stock.location"].browse(set(self.mapped("location_id"))).exists()}
        for row in self:
            product, location = products.get(row.res_id), locations.get(row.location_id)
            quantity, reserved = levels.get((row.res_id, row.location_id), (0.0, 0.0))
            found[row.id] = {
                "product_id": self._many2one(product) if product else {"id": row.res_id},
                "location_id": {"id": row.location_id, "name": location.complete_name if location else None},
                "quantity": self._number(quantity),
                "reserved_quantity": self._number(reserved),
                "uom_id": self._many2one(product.uom_id) if product else None,
            }
        return found

    # Values

    def _many2one(self, record):
        if not record:
            return None
        name = record.name if "name" in record._fields else record.display_name
        return {"id": record.id, "name": name or record.display_name or None}

    def _partner(self, partner):
        reference = self._many2one(partner)
        if reference:
            reference["commercial_partner_id"] = self._many2one(partner.commercial_partner_id)
        return reference

    def _unit(self, line):
        """`product_uom` until 18, `product_uom_id` since 19."""
        return line["product_uom_id" if "product_uom_id" in line._fields else "product_uom"]

    def _optional(self, record, field):
        """A field of an addon that may not be installed."""
        return (record[field] or None) if field in record._fields else None

    def _weight_unit(self):
        return self.env["product.template"].sudo().with_context(lang=None)._get_weight_uom_name_from_ir_config_parameter()

    def _number(self, value):
        return float_round(value or 0.0, precision_digits=DIGITS)

    def _datetime(self, value):
        return value.strftime("%Y-%m-%d %H:%M:%S") if value else None

    def _date(self, value):
        return value.strftime("%Y-%m-%d") if value else None
