from odoo import SUPERUSER_ID, _, api, fields, models, release
from odoo.tools import float_compare
from odoo.tools.sql import column_exists, create_column

OPEN_STATES = ("confirmed", "waiting", "assigned")
TRANSPORTED = ("outgoing", "dropship")
DEBTORS = "gatehouse.debtors"
# Reasons name at most so many products or packages.
NAMED = 3


class StockPicking(models.Model):
    """
    The release gate: a delivery goes to transport only when everything that transport needs is there.

    Checked anew whenever something on the transfer changes (as any computed field), and by
    `_gatehouse_recheck` where something else does: an address, a product, a carrier, a payment.
    """

    _inherit = "stock.picking"

    gatehouse_release_state = fields.Selection(
        [("ready", "Released to transport"), ("blocked", "Not released to transport")],
        "Release", compute="_compute_gatehouse_release", store=True, copy=False, readonly=True,
    )
    gatehouse_release_blocked = fields.Json("What Blocks the Release", compute="_compute_gatehouse_release", store=True, copy=False, readonly=True)
    gatehouse_release_reason = fields.Text("Why It Is Not Released", compute="_compute_gatehouse_release_reason")

    def _auto_init(self):
        # Columns that are there are not computed for every transfer there ever was; those that are open are
        # computed when they change next.
        for column, kind in (("gatehouse_release_state", "varchar"), ("gatehouse_release_blocked", "jsonb")):
            if not column_exists(self.env.cr, self._table, column):
                create_column(self.env.cr, self._table, column, kind)
        return super()._auto_init()

    @api.depends(lambda self: self._gatehouse_release_depends())
    def _compute_gatehouse_release(self):
        for picking in self:
            picking.update(picking._gatehouse_release())

    def _gatehouse_release_depends(self):
        """Only what lies on the transfer itself: what is shared by many is watched by `_gatehouse_recheck`."""
        names = ["state", "picking_type_id", "company_id", "partner_id", "scheduled_date", "date_deadline", "move_ids.state", "move_ids.product_id", "move_line_ids.result_package_id"]
        return names + [name for name in ("carrier_id", "weight") if name in self._fields]

    @api.depends("gatehouse_release_blocked")
    def _compute_gatehouse_release_reason(self):
        for picking in self:
            picking.gatehouse_release_reason = "\n".join(each["reason"] for each in picking.gatehouse_release_blocked or []) or False

    def _gatehouse_release(self, only=None):
        """
        What the two stored fields are now: nothing for a transfer that the gate is not for.

        :param only: one check that is made anew; what the others found stays as it is
        """
        checks = self.sudo().company_id._gatehouse_release_checks()
        if not checks or self.state not in OPEN_STATES or self.picking_type_id.code not in TRANSPORTED:
            return {"gatehouse_release_state": False, "gatehouse_release_blocked": False}
        picking = self.sudo().with_company(self.company_id).with_context(lang=self.company_id.sudo().partner_id.lang)
        known = picking.gatehouse_release_blocked or [] if only else []
        blocked = []
        for check in checks:
            if only and check != only:
                blocked += [each for each in known if each["check"] == check]
            else:
                blocked += [{"check": check, "reason": reason} for reason in getattr(picking, f"_gatehouse_{check}_check")() or []]
        return {"gatehouse_release_state": "blocked" if blocked else "ready", "gatehouse_release_blocked": blocked or False}

    # The checks: each answers the reasons against a release, in the words of people

    def _gatehouse_address_check(self):
        partner = self.partner_id
        if not partner:
            return [_("There is no delivery address.")]
        country = partner.country_id
        missing = [
            label
            for label, value, needed in (
                (_("street"), partner.street, True),
                (_("city"), partner.city, True),
                (_("ZIP"), partner.zip, country.zip_required),
                (_("state"), partner.state_id, country.state_required),
                (_("country"), country, True),
            )
            if needed and not value
        ]
        return [_("The delivery address of %(partner)s lacks: %(missing)s.", partner=partner.display_name.replace("\n", " "), missing=", ".join(missing))] if missing else []

    def _gatehouse_weight_check(self):
        """Every product has a weight, or lies in a package that was weighed; no package weighs more than its type holds."""
        reasons = []
        weighed = self.move_line_ids.filtered(lambda line: line.result_package_id.shipping_weight > 0)
        products = self.env["product.product"]
        for move in self.move_ids.filtered(lambda move: move.state != "cancel"):
            if move.product_id.weight <= 0 and (not move.move_line_ids or move.move_line_ids - weighed):
                products |= move.product_id
        if products:
            reasons.append(_("Without a weight: %s.", self._gatehouse_names(products)))
        for package in self.move_line_ids.result_package_id:
            limit = package.package_type_id.max_weight
            weight = package.shipping_weight or ("weight" in package._fields and package.weight) or 0.0
            if limit and float_compare(weight, limit, precision_digits=4) > 0:
                reasons.append(_("Package %(package)s weighs %(weight)s, its type holds %(limit)s.", package=package.display_name, weight=weight, limit=limit))
        return reasons

    def _gatehouse_dimensions_check(self):
        packages = self.move_line_ids.result_package_id
        if not packages:
            return [_("Nothing is packed yet, so its dimensions are not known.")]
        unknown = packages.filtered(lambda package: not (package.package_type_id.packaging_length and package.package_type_id.width and package.package_type_id.height))
        loose = self.move_line_ids.filtered(lambda line: not line.result_package_id)
        reasons = [_("Packages without dimensions: %s.", self._gatehouse_names(unknown))] if unknown else []
        return reasons + ([_("Not packed: %s.", self._gatehouse_names(loose.product_id))] if loose else [])

    def _gatehouse_service_check(self):
        """Constraints of the transport service: a carrier where one is required, and one that goes there and takes it."""
        carrier = self.carrier_id if "carrier_id" in self._fields else None
        if not carrier:
            return [_("No carrier is chosen.")] if self.company_id.gatehouse_carrier_required else []
        if not carrier.active:
            return [_("The carrier %s is archived.", carrier.name)]
        reasons = []
        if self.partner_id and hasattr(carrier, "_match_address") and not carrier._match_address(self.partner_id):
            reasons.append(_("The carrier %(carrier)s does not deliver to %(place)s.", carrier=carrier.name, place=self.partner_id.country_id.name or self.partner_id.display_name))
        limit = carrier.max_weight if "max_weight" in carrier._fields else 0.0
        weight = self.shipping_weight or self.weight
        if limit and float_compare(weight, limit, precision_digits=4) > 0:
            reasons.append(_("The carrier %(carrier)s takes %(limit)s at most; this weighs %(weight)s.", carrier=carrier.name, limit=limit, weight=weight))
        return reasons

    def _gatehouse_window_check(self):
        if not self.scheduled_date:
            return [_("No date is planned.")]
        if self.date_deadline and self.scheduled_date > self.date_deadline:
            return [_("It is planned for %(planned)s, after the date promised, %(promised)s.", planned=fields.Datetime.to_string(self.scheduled_date), promised=fields.Datetime.to_string(self.date_deadline))]
        return []

    def _gatehouse_credit_check(self):
        """
        Whether the customer's credit holds; for a company to replace by the answer of its own system:
        override it, and call `_gatehouse_recheck` when that changes (what is blocked is also checked every hour).

        By default Odoo's own credit limit, where the company uses it.

        :return: reasons against a release, none where the credit holds. Called with sudo and with the
            company of the transfer; must not raise.
        """
        company = self.company_id
        if "account_use_credit_limit" not in company._fields or not company.account_use_credit_limit:
            return []
        customer = self._gatehouse_debtor()
        # As Odoo's own warning on orders: 0 is no limit.
        if not customer or not customer.credit_limit:
            return []
        owed = customer.credit + customer.credit_to_invoice
        if company.currency_id.compare_amounts(owed, customer.credit_limit) <= 0:
            return []
        return [_(
            "%(customer)s owes %(owed)s %(currency)s with its open orders, the credit limit is %(limit)s.",
            customer=customer.name, owed=company.currency_id.round(owed), currency=company.currency_id.name, limit=customer.credit_limit,
        )]

    def _gatehouse_debtor(self):
        """The commercial entity that pays."""
        sale = self.sale_id if "sale_id" in self._fields else None
        return ((sale and sale.partner_invoice_id) or self.partner_id).commercial_partner_id

    def _gatehouse_names(self, records):
        names = records[:NAMED].mapped("display_name")
        return ", ".join(names) + (_(" and %s more", len(records) - NAMED) if len(records) > NAMED else "")

    # Checking again

    def _gatehouse_recheck(self, only=None):
        """
        Checks open transfers again and tells of those whose answer is another now.

        :param only: name of the one check that may answer otherwise
        """
        for picking in self.sudo():
            now = picking._gatehouse_release(only if picking.gatehouse_release_state else None)
            if any((picking[name] or False) != value for name, value in now.items()):
                if picking._gatehouse_is_on():
                    picking._gatehouse_note("updated")
                picking.write(now)

    @api.model
    def _gatehouse_recheck_where(self, domain, check=None):
        """
        Checks the open deliveries of a domain again.

        :param check: only in companies that make this check
        """
        companies = [company_id for company_id, checks in self.env["res.company"]._gatehouse_gated().items() if check is None or check in checks]
        if not companies:
            return
        self.sudo().search([("state", "in", OPEN_STATES), ("picking_type_id.code", "in", TRANSPORTED), ("company_id", "in", companies), *domain])._gatehouse_recheck(check)

    @api.model
    def _gatehouse_recheck_open(self, companies):
        """After a change of settings: also those of companies whose gate is off now."""
        self.sudo().search([("state", "in", OPEN_STATES), ("picking_type_id.code", "in", TRANSPORTED), ("company_id", "child_of", companies.ids)])._gatehouse_recheck()

    @api.model
    def _gatehouse_recheck_credit(self, customers):
        """:param customers: commercial entities whose debt changed"""
        if not customers:
            return
        domain = [("partner_id", "child_of", customers.ids)]
        if "sale_id" in self._fields:
            domain = ["|", *domain, ("sale_id.partner_invoice_id", "child_of", customers.ids)]
        self._gatehouse_recheck_where(domain, "credit")

    @api.model
    def _gatehouse_note_debtors(self, documents):
        """
        Orders, invoices and payments change what a customer owes: the credit is checked again before the
        transaction ends, when all of it is computed.

        :param documents: records with a `commercial_partner_id` or a `partner_invoice_id`
        """
        if not documents or not self.env["res.company"]._gatehouse_limits_credit():
            return
        debtors = documents.sudo()["commercial_partner_id" if "commercial_partner_id" in documents._fields else "partner_invoice_id"].commercial_partner_id
        data = self.env.cr.precommit.data
        if DEBTORS not in data:
            data[DEBTORS] = set()
            self.env.cr.precommit.add(api.Environment(self.env.cr, SUPERUSER_ID, {})["stock.picking"]._gatehouse_recheck_debtors)
        data[DEBTORS].update(debtors.ids)

    def _gatehouse_recheck_debtors(self):
        debtors = self.env["res.partner"].browse(self.env.cr.precommit.data.pop(DEBTORS, ()))
        # What they owe is computed from the database, and was perhaps read before.
        debtors.invalidate_recordset(["credit", "credit_to_invoice"])
        self._gatehouse_recheck_credit(debtors)
        self.env.flush_all()

    @api.model
    def _cron_recheck_release(self):
        """
        For answers that no hook sees change: a company's own credit system, the constraints of a carrier
        (whose addon this one does not need).
        """
        domain = [("gatehouse_release_state", "=", "blocked")]
        self._gatehouse_recheck_where(["|", *domain, ("carrier_id", "!=", False)] if "carrier_id" in self._fields else domain)

    def action_gatehouse_recheck(self):
        """The button on the form, for who sees the transfer."""
        self.read(["gatehouse_release_state"])
        self._gatehouse_recheck()
        return False


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        pickings = self.env["stock.picking"]
        if self and not vals.keys().isdisjoint(("street", "city", "zip", "state_id", "country_id")):
            pickings._gatehouse_recheck_where([("partner_id", "in", self.ids)])
        if self and not vals.keys().isdisjoint(("credit_limit", "use_partner_credit_limit", "parent_id")):
            pickings._gatehouse_recheck_credit(self.commercial_partner_id)
        return result


class ProductProduct(models.Model):
    _inherit = "product.product"

    def write(self, vals):
        result = super().write(vals)
        if self and "weight" in vals:
            self.env["stock.picking"]._gatehouse_recheck_where([("move_ids.product_id", "in", self.ids)], "weight")
        return result


class StockPackageType(models.Model):
    _inherit = "stock.package.type"

    def write(self, vals):
        result = super().write(vals)
        if self and not vals.keys().isdisjoint(("packaging_length", "width", "height", "max_weight")):
            self.env["stock.picking"]._gatehouse_recheck_where([("move_line_ids.result_package_id.package_type_id", "in", self.ids)])
        return result


class StockPackage(models.Model):
    _inherit = "stock.package" if release.version_info[0] >= 19 else "stock.quant.package"

    def write(self, vals):
        result = super().write(vals)
        if self and not vals.keys().isdisjoint(("package_type_id", "shipping_weight")):
            self.env["stock.picking"]._gatehouse_recheck_where([("move_line_ids.result_package_id", "in", self.ids)])
        return result
