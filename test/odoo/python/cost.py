# Confirms orders and validates their deliveries, in turns of four with and without a URL to send to. One
# more goes before each turn unmeasured, for the switch empties caches of Odoo.
import statistics
import time

COUNT, WARM_UP, TURN = args["orders"], 10, 5
company = env.company
storable = {"is_storable": True, "type": "consu"} if "is_storable" in env["product.product"]._fields else {"detailed_type": "product"}
products = env["product.product"].create([{"name": f"Costed {n}", "weight": 1.0, "list_price": 5.0, **storable} for n in range(3)])
stock = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1).lot_stock_id
for product in products:
    env["stock.quant"]._update_available_quantity(product, stock, 100000)
customer = env["res.partner"].create({"name": "Costed Customer"})
orders = [
    env["sale.order"].create({"partner_id": customer.id, "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 2, "price_unit": 5.0}) for product in products]})
    for _n in range(2 * COUNT * TURN // (TURN - 1) + WARM_UP)
]
env.cr.commit()
measured = {}


def switch(on):
    company.write({"gatehouse_url": "http://127.0.0.1:9/ingest/odoo" if on else False, "gatehouse_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
    env.cr.commit()
    # Fills the cache that the switch emptied, or its first user would pay for it.
    company._gatehouse_routes()


def measure(what, on, act):
    env.invalidate_all()
    queries, wall, cpu = env.cr.sql_log_count, time.perf_counter(), time.process_time()
    act()
    env.cr.commit()
    measured.setdefault((what, on), []).append((time.perf_counter() - wall, time.process_time() - cpu, env.cr.sql_log_count - queries))


def validate(order):
    pickings = order.picking_ids
    pickings.move_ids.picked = True
    pickings.with_context(skip_backorder=True, skip_sms=True).button_validate()


for what, act in (("confirm", lambda order: order.action_confirm()), ("validate", validate)):
    for number, order in enumerate(orders):
        on = (number // TURN) % 2 == 0
        if number % TURN == 0:
            switch(on)
        if number < WARM_UP or number % TURN == 0:
            act(order)
            env.cr.commit()
        else:
            measure(what, on, lambda: act(order))

told = []
for what in ("confirm", "validate"):
    on, off = measured[what, True], measured[what, False]
    median = lambda rows, column: statistics.median(row[column] for row in rows)
    extra = [row[2] - median(off, 2) for row in on]
    told.append({
        "what": what,
        "transactions": min(len(on), len(off)),
        "medianMs": {"on": median(on, 0) * 1000, "off": median(off, 0) * 1000},
        "wallRatio": median(on, 0) / median(off, 0),
        "cpuRatio": median(on, 1) / median(off, 1),
        "queries": {"on": median(on, 2), "off": median(off, 2)},
        "extraQueries": {"least": min(extra), "most": max(extra)},
    })
env.cr.execute("SELECT count(*) FROM gatehouse_outbox")
assert env.cr.fetchone()[0] > COUNT, "the addon was not on"
print("COST", json.dumps(told))
