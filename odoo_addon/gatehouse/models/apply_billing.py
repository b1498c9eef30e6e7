from odoo import api, fields, models
from odoo.tools import float_compare
from odoo.tools.sql import column_exists, create_column

from ..lib import changes

STAGES = [("dispatch", "When it is dispatched"), ("delivery", "When it is delivered"), ("pod", "When the proof of delivery is here")]
# A stage that is reached includes those before it.
RANK = {False: 0, None: 0, "none": 0, "dispatch": 1, "delivery": 2, "pod": 3}
HELD = ("outgoing", "dropship")


class ResPartner(models.Model):
    _inherit = "res.partner"

    gatehouse_billing = fields.Selection(
        [("none", "At once"), *STAGES], "Deliveries Are Billed",
        help="What may be invoiced of a delivery waits for this, as Gatehouse reports it. Empty: as the company says.",
    )


class StockPicking(models.Model):
    """Invoicing of a delivery waits until what the customer agreed has happened outside."""

    _inherit = "stock.picking"

    # Fixed when the delivery is made: an agreement that changes later holds nothing back that was free.
    gatehouse_billing = fields.Selection(STAGES, "Billed", compute="_compute_gatehouse_billing", store=True, copy=False)
    gatehouse_stage = fields.Selection([(stage, stage.upper() if stage == "pod" else stage.capitalize()) for stage, _label in STAGES], "Stage Reached", readonly=True, copy=False)
    gatehouse_stage_at = fields.Datetime("Stage Reached At", readonly=True, copy=False)
    gatehouse_billing_freed = fields.Boolean("Billing Released by Hand", readonly=True, copy=False)
    gatehouse_billing_hold = fields.Boolean("Billing on Hold", compute="_compute_gatehouse_billing_hold", store=True, copy=False)

    def _auto_init(self):
        self._gatehouse_make_columns(gatehouse_billing="varchar", gatehouse_billing_hold="boolean")
        return super()._auto_init()

    @api.depends("sale_id", "picking_type_id")
    def _compute_gatehouse_billing(self):
        for picking in self:
            policy = False
            if picking.sale_id and picking.picking_type_id.code in HELD:
                customer = picking.sale_id.partner_invoice_id.commercial_partner_id.sudo()
                policy = customer.with_company(picking.company_id).gatehouse_billing or picking.company_id.sudo().gatehouse_billing
            picking.gatehouse_billing = policy if RANK.get(policy) else False

    @api.depends("gatehouse_billing", "gatehouse_stage", "gatehouse_billing_freed", "state")
    def _compute_gatehouse_billing_hold(self):
        for picking in self:
            waits = RANK[picking.gatehouse_billing] > RANK[picking.gatehouse_stage]
            picking.gatehouse_billing_hold = waits and not picking.gatehouse_billing_freed and picking.state != "cancel"

    def _gatehouse_apply_release_hold(self, values):
        """values: policy: the stage that is reached (dispatch, delivery, pod; none: it was taken back), at"""
        stage = changes.text(values, "policy", required=True)
        if stage not in RANK:
            raise changes.InvalidChange(f"policy cannot be {stage[:40]}.")
        self._gatehouse_set({"gatehouse_stage": stage if RANK[stage] else False, "gatehouse_stage_at": changes.instant(values, "at") if RANK[stage] else False})

    def action_gatehouse_free_billing(self):
        """Lets a delivery be invoiced whatever is still awaited of it."""
        invoices = self.env["account.move"]
        # Odoo 17 has a name of its own for it.
        (invoices.check_access if hasattr(invoices, "check_access") else invoices.check_access_rights)("create")
        self.sudo().write({"gatehouse_billing_freed": True})


class SaleOrder(models.Model):
    _inherit = "sale.order"

    gatehouse_billing_hold = fields.Boolean("Billing on Hold", compute="_compute_gatehouse_billing_hold", store=True, copy=False)

    def _auto_init(self):
        if not column_exists(self.env.cr, self._table, "gatehouse_billing_hold"):
            create_column(self.env.cr, self._table, "gatehouse_billing_hold", "boolean")
        return super()._auto_init()

    @api.depends("picking_ids.gatehouse_billing_hold", "picking_ids.state")
    def _compute_gatehouse_billing_hold(self):
        """Whether anything that went out waits: what has not gone out is no more to be billed than without us."""
        for order in self:
            order.gatehouse_billing_hold = any(picking.gatehouse_billing_hold and picking.state == "done" for picking in order.picking_ids)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.depends("move_ids.picking_id.gatehouse_billing_hold", "move_ids.picking_id.gatehouse_billing", "move_ids.state", "move_ids.quantity")
    def _compute_qty_to_invoice(self):
        """
        No more than what went out free of a hold, whatever the product's own policy. Lines that move no
        goods, refunds, and orders without a hold are as Odoo has them.
        """
        super()._compute_qty_to_invoice()
        for line in self:
            if float_compare(line.qty_to_invoice, 0.0, precision_digits=6) <= 0:
                continue
            moves = line._gatehouse_held_moves()
            if moves:
                held = sum(self._gatehouse_in_unit_of(line, move) for move in moves if move.state == "done")
                line.qty_to_invoice = max(0.0, min(line.qty_to_invoice, line.qty_delivered - held - line.qty_invoiced))

    def _compute_invoice_status(self):
        """Odoo takes goods of which everything moved and nothing is to be invoiced as invoiced; what waits is not."""
        super()._compute_invoice_status()
        for line in self:
            if line.invoice_status == "invoiced" and float_compare(line.qty_invoiced, line.qty_delivered, precision_digits=6) < 0 and line._gatehouse_held_moves():
                line.invoice_status = "no"

    def _gatehouse_held_moves(self):
        return self.move_ids.filtered(lambda move: move.picking_id.gatehouse_billing_hold and move.state != "cancel")

    @api.model
    def _gatehouse_in_unit_of(self, line, move):
        unit = line.product_uom_id if "product_uom_id" in line._fields else line.product_uom
        return move.product_uom._compute_quantity(move.quantity, unit, round=False)
