from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..lib import shop
from .shop_prices import QUOTATION


class SaleOrder(models.Model):
    _inherit = "sale.order"

    gatehouse_shop_ids = fields.One2many("gatehouse.shop.order", "order_id", "Orders of Shops", readonly=True)

    @api.model
    def _gatehouse_apply_shop_order(self, values):
        """
        values: an order of a shop as it is to stand here (see lib/shop.py). It is found by the shop's connection and
        its own id; made, brought up to its new version, or cancelled. What the shop did not change since its last
        version is left as people in Odoo have it.

        :return: the order, empty where there is none, and whether a later version stands there already
        :raise UserError: where it cannot be, with all that stands against it
        """
        self = self.with_context(mail_create_nosubscribe=True)
        wanted = shop.read(values)
        row, is_outdated = self.env["gatehouse.shop.order"]._take(wanted)
        order = row.order_id
        if is_outdated:
            return order, True
        if order:
            company = order.company_id
            if company not in self.env.user.sudo().company_ids:
                raise UserError(_("The user of Gatehouse does not belong to the company of %s.", order.display_name))
            order = order.with_company(company).with_context(allowed_company_ids=company.ids)
        if wanted.state == shop.CANCELLED:
            order._gatehouse_cancel_by_shop()
            row.state = wanted.state
            return order, False
        order = order._gatehouse_put_shop_order(wanted, row)
        row.write({"order_id": order.id, "state": wanted.state, "content": wanted.content, "who": wanted.who, "note": wanted.note})
        if wanted.confirm and order.state in QUOTATION:
            order._gatehouse_confirm(wanted)
        return order, False

    def _gatehouse_put_shop_order(self, wanted, row):
        """Makes the order, or brings it up to the version."""
        if self.state == "cancel":
            if row.state != shop.CANCELLED:
                raise UserError(_("%(order)s was cancelled in Odoo, and %(number)s is still open at the shop.", order=self.name, number=wanted.name))
            self.action_draft()
        is_quotation = not self or self.state in QUOTATION
        order = self
        if not self or row.who != wanted.who:
            order = self._gatehouse_put_people(wanted, is_quotation)
        if row.content != wanted.content or not self:
            order._gatehouse_put_content(wanted)
        elif is_quotation and row.who != wanted.who:
            # Another country may have other taxes.
            order._gatehouse_put_lines(wanted, order._gatehouse_products(wanted))
        deliver_by = wanted.deliver_by or False
        if order.commitment_date != deliver_by:
            order.commitment_date = deliver_by
        return order

    def _gatehouse_put_people(self, wanted, is_quotation):
        company = self.env.company
        contact, invoice, delivery = self.env["res.partner"]._gatehouse_shop_contacts(wanted.connection, wanted.people, company)
        if not is_quotation:
            self._gatehouse_deliver_to(delivery)
            return self
        values = {
            "partner_id": contact.id, "partner_invoice_id": invoice.id, "partner_shipping_id": delivery.id,
            "pricelist_id": self._gatehouse_shop_pricelist(wanted.currency, company).id,
            "client_order_ref": wanted.name, "origin": wanted.connection, "date_order": wanted.ordered_at,
        }
        if self:
            self.write(values)
            return self
        return self.create({**values, "company_id": company.id})

    def _gatehouse_deliver_to(self, partner):
        """What has not left yet goes to another address."""
        if partner == self.partner_shipping_id:
            return
        gone = {picking: picking.partner_id for picking in self.picking_ids if picking.state == "done"}
        # Odoo writes it to all transfers of the order, those that have left as well.
        self.with_context(update_delivery_shipping_partner=True).write({"partner_shipping_id": partner.id})
        for picking, to in gone.items():
            picking.partner_id = to

    def _gatehouse_put_content(self, wanted):
        """Lines, prices and shipping of a version that says something else of them than the last."""
        products = self._gatehouse_products(wanted)
        if self.state in QUOTATION:
            self._gatehouse_put_lines(wanted, products)
            return
        increased, decreased = self._gatehouse_changed(wanted, products)
        if increased or decreased:
            moved = self.picking_ids.filtered(lambda picking: picking.state == "done")
            if moved:
                raise UserError(_("%(order)s cannot follow the change at the shop: %(transfers)s is done.", order=self.name, transfers=", ".join(moved.mapped("name"))))
        invoiced = self.order_line.filtered("qty_invoiced")
        if invoiced:
            raise UserError(_("%(order)s cannot follow the change at the shop: it is invoiced.", order=self.name))
        was_locked = self.locked
        if was_locked:
            self.action_unlock()
        if decreased:
            # Odoo does not take back what it has planned to deliver: it plans anew.
            self._action_cancel()
            self.action_draft()
        self._gatehouse_put_lines(wanted, products)
        if decreased:
            self._gatehouse_confirm(wanted)
        if was_locked and not self.locked:
            self.action_lock()

    def _gatehouse_confirm(self, wanted):
        self.action_confirm()
        # Odoo takes the moment of confirming for that of ordering.
        self.date_order = wanted.ordered_at
        if wanted.note:
            for picking in self.picking_ids.filtered(lambda each: each.state not in ("done", "cancel")):
                picking.note = plaintext2html(wanted.note)

    def _gatehouse_cancel_by_shop(self):
        if not self or self.state == "cancel":
            return
        gone = self.picking_ids.filtered(lambda picking: picking.state == "done" and picking.location_dest_id.usage == "customer")
        if gone:
            raise UserError(_("%(order)s was cancelled at the shop, and %(transfers)s has left.", order=self.name, transfers=", ".join(gone.mapped("name"))))
        if self.locked:
            self.action_unlock()
        self._action_cancel()
        self.message_post(body=_("Cancelled at the shop."), subtype_xmlid="mail.mt_note")
