from odoo import _, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, float_is_zero

from ..lib import changes


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _gatehouse_apply_validate(self, values):
        """
        values: lines: [{product_id, quantity (in the unit of the product, or in the one named), uom?, lot?}], backorder, over? (somebody
        accepted that more was moved than is demanded). Validates the transfer with what was really moved; what is missing stays behind as a backorder, or is cancelled.
        No lines: what Odoo has reserved went out. A transfer that was validated before is left as it is.
        """
        if self.state == "done":
            return
        if self.state == "cancel":
            raise UserError(_("%s is cancelled and cannot be validated.", self.name))
        if self.state == "draft":
            self.action_confirm()
        lines = changes.rows(values, "lines")
        if lines:
            self._gatehouse_fill(self._gatehouse_moved(lines), bool(values.get("over")))
        else:
            for move in self._gatehouse_open_moves():
                move.picked = bool(move.quantity)
        stay = values.get("backorder", True)
        picking = self.with_context(skip_backorder=True, skip_sms=True, picking_ids_not_to_backorder=[] if stay else self.ids)
        answer = picking.button_validate()
        # Odoo may answer with a report to print, and then it is done; or with a question, which nobody is there for.
        if self.state != "done":
            asked = answer.get("name") or answer.get("res_model") if isinstance(answer, dict) else answer
            raise UserError(_("Odoo does not validate %(transfer)s without asking: %(question)s", transfer=self.name, question=asked))

    def _gatehouse_open_moves(self):
        return self.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))

    def _gatehouse_moved(self, lines):
        """By product: what was moved of each lot, {name of the lot, None without one: quantity}."""
        moved = {}
        for line in lines:
            product = line.get("product_id")
            if not changes.is_whole(product):
                raise changes.InvalidChange("product_id of a line is no whole number.")
            quantity = changes.number(line, "quantity", required=True)
            if quantity < 0:
                raise changes.InvalidChange("quantity of a line is below zero.")
            uom = changes.text(line, "uom", limit=100)
            if uom:
                quantity = self._gatehouse_in_product_unit(product, uom, quantity)
            lots = moved.setdefault(product, {})
            lot = changes.text(line, "lot", limit=100)
            lots[lot] = lots.get(lot, 0.0) + quantity
        return moved

    def _gatehouse_in_product_unit(self, product, name, quantity):
        """The quantity in the unit of the product; `name` is that of a unit in which the transfer or the product counts."""
        moves = self._gatehouse_open_moves().filtered(lambda move: move.product_id.id == product)
        if not moves:
            return quantity
        own = moves.product_id.uom_id
        # Whoever told of the transfer may have spoken another language.
        unit = (moves.product_uom | own).filtered(lambda each: name in (each.name, each.with_context(lang="en_US").name))[:1]
        if not unit:
            raise UserError(_("%(transfer)s counts %(product)s in no unit %(unit)s.", transfer=self.name, product=moves.product_id.display_name, unit=name))
        return unit._compute_quantity(quantity, own, round=False)

    def _gatehouse_fill(self, moved, is_over_accepted=False):
        """Puts what was moved on the moves, in their order; what is not named was not moved. What is too much goes to the last, where that was accepted."""
        moves = self._gatehouse_open_moves()
        strangers = set(moved) - set(moves.product_id.ids)
        if strangers:
            raise UserError(_("%(transfer)s holds no product %(products)s.", transfer=self.name, products=", ".join(map(str, sorted(strangers)))))
        for product in moves.product_id:
            of_product = moves.filtered(lambda move: move.product_id == product)
            lots = dict(moved.get(product.id, {}))
            if product.tracking != "none" and any(lot is None and quantity for lot, quantity in lots.items()):
                raise UserError(_("%s is tracked: its lots or serial numbers are missing.", product.display_name))
            for move in of_product:
                self._gatehouse_fill_move(move, lots, takes_all=is_over_accepted and move == of_product[-1:])
            over = sum(lots.values())
            if not float_is_zero(over, precision_rounding=product.uom_id.rounding):
                raise UserError(_("%(quantity)s of %(product)s are more than %(transfer)s demands: somebody has to look at it.", quantity=over, product=product.display_name, transfer=self.name))

    def _gatehouse_fill_move(self, move, lots, takes_all=False):
        """Takes from `lots` what the move demands, or all that is left."""
        unit = move.product_id.uom_id
        demand = move.product_uom._compute_quantity(move.product_uom_qty, unit, round=False)
        taken = {}
        for lot in list(lots):
            quantity = lots[lot] if takes_all else min(lots[lot], demand - sum(taken.values()))
            if float_compare(quantity, 0.0, precision_rounding=unit.rounding) > 0:
                taken[lot] = quantity
                lots[lot] -= quantity
        if move.product_id.tracking == "none":
            move.quantity = unit._compute_quantity(sum(taken.values()), move.product_uom, round=False)
        else:
            self._gatehouse_fill_lots(move, taken)
        # Of several moves only those of which something was moved are picked: the others stay behind.
        move.picked = bool(taken)

    def _gatehouse_fill_lots(self, move, taken):
        move.move_line_ids.unlink()
        for name, quantity in taken.items():
            lot = self.env["stock.lot"].search([("name", "=", name), ("product_id", "=", move.product_id.id), ("company_id", "in", (False, self.company_id.id))], limit=1)
            if not lot and not self.picking_type_id.use_create_lots:
                raise UserError(_("There is no lot %(lot)s of %(product)s.", lot=name, product=move.product_id.display_name))
            self.env["stock.move.line"].create({
                **move._prepare_move_line_vals(), "quantity": quantity, "product_uom_id": move.product_id.uom_id.id, "lot_id": lot.id, "lot_name": False if lot else name,
            })
