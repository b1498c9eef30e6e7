from odoo import _, api, models
from odoo.exceptions import UserError

from ..lib import shop


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _gatehouse_shop_contacts(self, connection, people, company):
        """
        Who bought and who gets it, by what is known of them; what is missing is made. A contact that was there
        before is never changed: an address that differs from its own becomes a child of it, once.

        :param people: of lib.shop.Order
        :return: contact, invoice address, delivery address
        :raise UserError: where nothing says who bought
        """
        key = shop.buyer_key(people)
        if key is None:
            raise UserError(_("The shop does not say who bought: neither an ID nor an e-mail nor an address."))
        buyer = self.env["gatehouse.shop.buyer"]._take(connection, key)
        contact = buyer.partner_id if buyer.partner_id.active else self.browse()
        contact = contact or self._gatehouse_with_email(people["email"], company) or self._gatehouse_make_contact(people, company)
        buyer.partner_id = contact
        # Where the shop names one address alone, goods go there and not to what the contact had before.
        delivery = contact._gatehouse_address("delivery", people["ship_to"] or people["bill_to"], people)
        invoice = contact._gatehouse_address("invoice", people["bill_to"], people)
        return contact, invoice, delivery

    @api.model
    def _gatehouse_with_email(self, email, company):
        """The contact that has this e-mail address; its addresses for delivery and invoice count for less."""
        if not email:
            return self.browse()
        # An underscore in an address is itself, not any character.
        pattern = email.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
        found = self.search([("email", "=ilike", pattern), ("company_id", "in", (False, company.id))])
        return found.sorted(lambda partner: (partner.type in ("delivery", "invoice", "other"), bool(partner.parent_id), partner.id))[:1]

    @api.model
    def _gatehouse_make_contact(self, people, company):
        known = people["bill_to"] or people["ship_to"] or {}
        business = known.get("company")
        return self.create({
            **self._gatehouse_address_values(known),
            "name": business or known.get("name") or people["email"] or people["buyer"],
            "is_company": bool(business),
            "email": people["email"] or known.get("email"),
            "phone": people["phone"] or known.get("phone"),
            "company_id": company.id,
        })

    def _gatehouse_address(self, kind, address, people):
        """The contact itself where this is its address, else the child that has it; one is made where none has."""
        if not address:
            return self
        wanted = self._gatehouse_address_key(self._gatehouse_address_values(address))
        name = shop.same(self._gatehouse_name_at(address))
        for partner in self | self.child_ids:
            own = {field: partner[field] for field in ("street", "street2", "city", "zip", "country_id", "state_id")}
            if self._gatehouse_address_key(own) == wanted and (not name or shop.same(partner.name) == name):
                return partner
        return self.create({
            **self._gatehouse_address_values(address),
            "type": kind,
            "parent_id": self.id,
            "name": self._gatehouse_name_at(address),
            "phone": address.get("phone") or people["phone"],
            "email": address.get("email") or people["email"],
            "company_id": self.company_id.id,
        })

    def _gatehouse_name_at(self, address):
        """Name of an address of the contact: Odoo itself puts the name of the company before it, of another company only what is in the name."""
        name, business = address.get("name"), address.get("company")
        own = self.commercial_partner_id
        if not business or (own.is_company and shop.same(own.name) == shop.same(business)):
            return name or business
        return f"{name}, {business}" if name else business

    @api.model
    def _gatehouse_address_values(self, address):
        country = self.env["res.country"]
        if address.get("country"):
            country = country.search([("code", "=", address["country"].upper())], limit=1)
            if not country:
                raise UserError(_("There is no country %s.", address["country"]))
        return {
            "street": address.get("street"),
            "street2": address.get("street2"),
            "city": address.get("city"),
            "zip": address.get("postalCode"),
            "country_id": country.id,
            "state_id": self._gatehouse_region(country, address.get("region")).id,
        }

    @api.model
    def _gatehouse_region(self, country, region):
        """By its code, or by its name as the shop writes it; none where Odoo knows none of them."""
        states = country.state_ids
        if not region or not states:
            return states.browse()
        # Some shops put the country before: US-CA.
        code = shop.same(region).removeprefix(f"{shop.same(country.code)}-")
        return states.filtered(lambda state: shop.same(state.code) == code)[:1] or states.filtered(lambda state: shop.same(state.name) == shop.same(region))[:1]

    @api.model
    def _gatehouse_address_key(self, values):
        texts = [shop.same(values[field]) for field in ("street", "street2", "city", "zip")]
        return (*texts, int(values["country_id"] or 0), int(values["state_id"] or 0))
