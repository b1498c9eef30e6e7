# Confirmed deliveries of one crate each, each with its tracking number.
partner = env["res.partner"].create({"name": "Write-Back Customer", "street": "Quay 1", "city": "Antwerp", "zip": "2000", "country_id": env.ref("base.be").id})
storable = {"is_storable": True, "type": "consu"} if "is_storable" in env["product.product"]._fields else {"detailed_type": "product"}
product = env["product.product"].create({"name": "Write-Back Crate", "weight": 2.5, "list_price": 10.0, **storable})
warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, len(args["numbers"]))
made = []
for number in args["numbers"]:
    order = env["sale.order"].create({"partner_id": partner.id, "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 1})]})
    order.action_confirm()
    order.picking_ids.carrier_tracking_ref = number
    made.append(order.picking_ids.id)
env.cr.commit()
print("DELIVERIES", json.dumps(made))
