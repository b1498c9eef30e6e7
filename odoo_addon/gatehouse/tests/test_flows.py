from odoo import fields
from odoo.tests import tagged

from .common import GatehouseCase


@tagged("post_install", "-at_install", "gatehouse")
class TestFlows(GatehouseCase):
    """What Odoo's own flows leave in the outbox, and what is said of the records."""

    def test_confirm_change_and_cancel_an_order(self):
        self.fill(20)
        order = self.order(10, client_order_ref="PO-1")
        row = self.of(self.commit(), order)
        self.assertEqual((row.action, row.topic, self.transitions(row)["state"]), ("created", "order", (None, "draft")))

        with self.one_event(order) as found:
            order.action_confirm()
        self.assertEqual(found[0].action, "updated")
        self.assertEqual(self.transitions(found[0])["state"], ("draft", "sale"))
        self.assertEqual(self.transitions(found[0])["delivery_status"], (None, "pending"))

        with self.one_event(order) as found:
            order.order_line.product_uom_qty = 12
        self.assertNotIn("state", self.transitions(found[0]))

        with self.one_event(order) as found:
            order.commitment_date = fields.Datetime.to_datetime("2030-01-02 03:04:05")

        picking = order.picking_ids
        self.cancel(order)
        rows = self.commit()
        self.assertEqual(self.transitions(self.of(rows, order))["state"], ("sale", "cancel"))
        self.assertEqual(self.transitions(self.of(rows, picking))["state"], ("assigned", "cancel"))

        events = [event for event in self.deliver() if event["model"] == "sale.order"]
        self.assertEqual([event.get("transition", {}).get("to") for event in events][:2], ["draft", "sale"])
        versions = [event["version"] for event in events]
        self.assertEqual(versions, sorted(set(versions)))
        record = events[-1]["record"]
        self.assertEqual(record["state"], "cancel")
        self.assertEqual(record["commitment_date"], "2030-01-02 03:04:05")
        self.assertEqual(record["client_order_ref"], "PO-1")
        self.assertEqual(record["amount_total"], 120.0)
        self.assertEqual(record["currency_id"]["name"], self.company.currency_id.name)
        self.assertEqual([(line["product_id"]["id"], line["quantity"]) for line in record["lines"]], [(self.product.id, 12.0)])

    def test_cancel_of_a_transfer_without_moves_is_seen(self):
        picking = self.env["stock.picking"].create({
            "picking_type_id": self.warehouse.out_type_id.id, "location_id": self.stock.id, "location_dest_id": self.partner.property_stock_customer.id,
        })
        with self.one_event(picking) as found:
            picking.action_cancel()
        self.assertEqual(self.transitions(found[0])["state"], ("draft", "cancel"))

    def test_reserve_in_part_ship_in_part_backorder_and_return(self):
        self.fill(7)
        order = self.order(10)
        self.commit()
        order.action_confirm()
        picking = order.picking_ids
        rows = self.commit()
        delivery = self.of(rows, picking)
        self.assertEqual((delivery.topic, delivery.action), ("delivery", "created"))
        self.assertEqual(self.transitions(delivery)["state"], (None, "assigned"))
        self.assertIn(("stock.quant", self.product.id, self.stock.id), [(row.model, row.res_id, row.location_id) for row in rows])
        event = next(event for event in self.deliver() if event["model"] == "stock.picking")
        self.assertEqual((event["record"]["state"], event["record"]["picking_type_code"]), ("assigned", "outgoing"))
        self.assertEqual([line["quantity"] for line in event["record"]["lines"]], [7.0])
        self.assertEqual([(move["product_uom_qty"], move["quantity"], move["state"]) for move in event["record"]["moves"]], [(10.0, 7.0, "partially_available")])
        self.assertEqual(event["record"]["sale_id"], {"id": order.id, "name": order.name})
        self.assertEqual(event["record"]["partner_id"]["commercial_partner_id"]["id"], self.partner.id)

        # The state stays `assigned`: only the moves tell that three more came.
        self.fill(3)
        with self.one_event(picking) as found:
            picking.action_assign()
        self.assertFalse(self.transitions(found[0]))

        self.ship(picking, 4)
        backorder = order.picking_ids - picking
        rows = self.commit()
        self.assertEqual(self.transitions(self.of(rows, picking))["state"], ("assigned", "done"))
        self.assertEqual(self.of(rows, backorder).action, "created")
        self.assertEqual(self.transitions(self.of(rows, order))["delivery_status"], ("pending", "partial"))
        records = {event["recordId"]: event["record"] for event in self.deliver() if event["model"] == "stock.picking"}
        self.assertEqual(records[picking.id]["date_done"], fields.Datetime.to_string(picking.date_done))
        self.assertEqual([line["quantity"] for line in records[picking.id]["lines"]], [4.0])
        self.assertEqual(records[backorder.id]["backorder_id"], {"id": picking.id, "name": picking.name})

        self.ship(backorder)
        self.assertEqual(self.transitions(self.of(self.commit(), order))["delivery_status"], ("partial", "full"))

        came_back = self.give_back(picking, 2)
        self.ship(came_back, 2)
        rows = self.commit()
        self.assertEqual(self.of(rows, came_back).topic, "receipt")
        record = next(event["record"] for event in self.deliver() if event["model"] == "stock.picking" and event["recordId"] == came_back.id)
        self.assertEqual((record["state"], record["return_id"]), ("done", {"id": picking.id, "name": picking.name}))
        self.assertEqual(self.level(), (2.0, 0.0))

    def level(self):
        """The last level told of the product at our stock."""
        levels = [event["record"] for event in self.receiver.events if event["topic"] == "stock" and event["record"]["location_id"]["id"] == self.stock.id and event["recordId"] == self.product.id]
        return levels[-1]["quantity"], levels[-1]["reserved_quantity"]

    def test_unreserve_and_a_package_are_changes_of_the_transfer(self):
        self.fill(10)
        order = self.order(10)
        order.action_confirm()
        picking = order.picking_ids
        with self.one_event(picking) as found:
            picking.do_unreserve()
        self.assertEqual(self.transitions(found[0])["state"], ("assigned", "confirmed"))
        with self.one_event(picking):
            picking.action_assign()
        package = self.env["stock.package" if "stock.package" in self.env else "stock.quant.package"].create({"name": "BOX-1"})
        with self.one_event(picking):
            picking.move_line_ids.result_package_id = package
        record = [event["record"] for event in self.deliver() if event["recordId"] == picking.id and event["model"] == "stock.picking"][-1]
        self.assertEqual((record["package_count"], record["lines"][0]["package_id"]["name"]), (1, "BOX-1"))

    def test_a_tracking_number_is_a_change(self):
        if "carrier_tracking_ref" not in self.env["stock.picking"]._fields:
            self.skipTest("stock_delivery is not installed.")
        order = self.order(1)
        order.action_confirm()
        with self.one_event(order.picking_ids):
            order.picking_ids.carrier_tracking_ref = "1Z999"
        record = [event["record"] for event in self.deliver() if event["model"] == "stock.picking"][-1]
        self.assertEqual((record["carrier_tracking_ref"], record["weight"], record["weight_uom_name"]), ("1Z999", 2.5, order.picking_ids.weight_uom_name))

    def test_two_and_three_step_deliveries_tell_every_step(self):
        for steps in ("pick_ship", "pick_pack_ship"):
            self.warehouse.delivery_steps = steps
            self.fill(5)
            order = self.order(5)
            order.action_confirm()
            for _step in range(4):
                open_pickings = order.picking_ids.filtered(lambda picking: picking.state == "assigned")
                if not open_pickings:
                    break
                self.commit()
                self.ship(open_pickings)
                rows = self.commit()
                for picking in open_pickings:
                    self.assertEqual(self.transitions(self.of(rows, picking))["state"], ("assigned", "done"))
            self.assertEqual(set(order.picking_ids.mapped("state")), {"done"}, steps)
            self.assertGreaterEqual(len(order.picking_ids), 2 if steps == "pick_ship" else 3)
            self.assertEqual(order.delivery_status, "full")

    def test_buy_and_receive(self):
        purchase = self.purchase(5)
        self.commit()
        purchase.button_confirm()
        rows = self.commit()
        self.assertEqual(self.transitions(self.of(rows, purchase))["state"], ("draft", "purchase"))
        receipt = purchase.picking_ids
        self.assertEqual((self.of(rows, receipt).topic, self.of(rows, receipt).action), ("receipt", "created"))
        self.ship(receipt, 5)
        rows = self.commit()
        self.assertEqual(self.transitions(self.of(rows, receipt))["state"], ("assigned", "done"))
        self.assertEqual(self.transitions(self.of(rows, purchase))["receipt_status"], ("pending", "full"))
        events = self.deliver()
        record = [event["record"] for event in events if event["model"] == "purchase.order"][-1]
        self.assertEqual((record["client_order_ref"], record["delivery_status"], record["lines"][0]["quantity"]), ("V-77", "full", 5.0))
        record = [event["record"] for event in events if event["model"] == "stock.picking"][-1]
        self.assertEqual(record["purchase_id"], {"id": purchase.id, "name": purchase.name})
        self.assertEqual(self.level(), (5.0, 0.0))

    def test_a_pallet_is_told_with_where_it_is_put(self):
        pallet = self.env["stock.package" if "stock.package" in self.env else "stock.quant.package"].create({"name": "106141411234567897"})
        self.warehouse.reception_steps = "two_steps"
        purchase = self.purchase(5)
        purchase.button_confirm()
        receipt = purchase.picking_ids.filtered(lambda each: each.picking_type_id.code == "incoming")
        receipt.move_line_ids.result_package_id = pallet
        self.ship(receipt)
        put_away = receipt.move_ids.move_dest_ids.picking_id or self.env["stock.picking"].search([("picking_type_id.code", "=", "internal"), ("product_id", "=", self.product.id)])
        put_away.action_assign()
        put_away.move_line_ids.result_package_id = pallet
        self.ship(put_away)
        self.commit()
        told = {event["recordId"]: event["record"] for event in self.deliver() if event["model"] == "stock.picking"}
        for picking, location, stored in ((receipt, self.warehouse.wh_input_stock_loc_id, False), (put_away, self.stock, True)):
            record = told[picking.id]
            self.assertEqual((record["state"], [line["package_id"]["name"] for line in record["lines"]]), ("done", ["106141411234567897"]))
            self.assertEqual(record["lines"][0]["location_dest_id"], {"id": location.id, "name": location.complete_name, "warehouse": self.warehouse.code, "stored": stored})
            self.assertIsNone(record["lines"][0]["expiration_date"])

    def test_products_and_partners(self):
        with self.one_event(self.product):
            self.product.name = "Gatehouse Box"
        with self.one_event(self.product):
            self.product.weight = 3.0
        with self.one_event(self.partner):
            self.partner.street = "Quay 2"
        child = self.env["res.partner"].create({"parent_id": self.partner.id, "type": "delivery", "street": "Dock 3"})
        self.assertEqual(self.of(self.commit(), child).action, "created")
        events = self.deliver()
        self.assertEqual([event["record"]["weight"] for event in events if event["topic"] == "product"], [3.0, 3.0])
        record = next(event["record"] for event in events if event["recordId"] == child.id)
        self.assertEqual(record["commercial_partner_id"]["id"], self.partner.id)
        child.unlink()
        row = self.of(self.commit(), child)
        self.assertEqual(row.action, "deleted")
        self.assertNotIn("record", self.deliver()[-1])

    def test_a_counted_stock_is_told_as_a_level(self):
        self.fill(4)
        self.commit()
        quant = self.env["stock.quant"].with_context(inventory_mode=True).create({"product_id": self.product.id, "location_id": self.stock.id, "inventory_quantity": 9})
        quant.action_apply_inventory()
        rows = self.commit().filtered(lambda row: row.topic == "stock")
        self.assertEqual([(row.res_id, row.location_id) for row in rows], [(self.product.id, self.stock.id)])
        self.deliver()
        self.assertEqual(self.level(), (9.0, 0.0))
