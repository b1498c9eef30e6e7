# Changes partners again and again, each time in a transaction of its own; some are rolled back.
COUNT, ROLLED_BACK_EVERY = args["count"], 10
partners = env["res.partner"].search([("name", "=like", "Chaos %")], order="id")
if not partners:
    partners = env["res.partner"].create([{"name": f"Chaos {n}"} for n in range(args["partners"])])
    env.cr.commit()
rolled_back = 0
for n in range(COUNT):
    partner = partners[n % len(partners)]
    if n % ROLLED_BACK_EVERY == 0:
        partner.city = f"Rolled back {n}"
        # As far as a transaction that fails at its commit comes: the rows of the outbox are written.
        env.cr.flush()
        env.cr.rollback()
        rolled_back += 1
    partner.city = f"{args['word']} {n}"
    env.cr.commit()
print("CHANGES", json.dumps({"made": COUNT, "rolledBack": rolled_back}))
