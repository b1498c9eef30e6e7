# A user for Gatehouse and one who is nobody special, each with an API key.
import inspect
from datetime import datetime, timedelta

users = env["res.users"].with_context(no_reset_password=True)
field = "group_ids" if "group_ids" in users._fields else "groups_id"


def key_of(login, groups):
    user = users.create({"name": login, "login": login, field: [(6, 0, [env.ref(group).id for group in groups])]})
    keys = env(user=user)["res.users.apikeys"]
    # Keys end since 18.
    end = [datetime.now() + timedelta(days=args["days"])] if len(inspect.signature(keys._generate).parameters) > 2 else []
    return keys._generate("rpc", "test", *end)


found = {"apiKey": key_of("gatehouse", ["base.group_user", "gatehouse.group_sync"]), "otherApiKey": key_of("other", ["base.group_user"])}
env.cr.commit()
print("KEYS", json.dumps(found))
