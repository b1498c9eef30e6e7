import uuid

from .common import GatehouseCase


class CommandCase(GatehouseCase):
    """Commands as Gatehouse sends them, by its user, on a delivery of ten crates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        users = cls.env["res.users"].with_context(no_reset_password=True)
        field = "group_ids" if "group_ids" in users._fields else "groups_id"
        groups = [cls.env.ref("base.group_user").id, cls.env.ref("gatehouse.group_sync").id]
        cls.bot = users.create({"name": "Gatehouse Bot", "login": "gatehouse_bot", field: [(6, 0, groups)]})
        cls.clerk = users.create({"name": "Clerk", "login": "gatehouse_clerk", field: [(6, 0, groups[:1])]})
        cls.inbox = cls.env["gatehouse.command"].with_user(cls.bot)

    def setUp(self):
        super().setUp()
        self.fill(100)
        self.sale = self.order()
        self.sale.action_confirm()
        self.picking = self.sale.picking_ids

    def command(self, topic, picking=None, **values):
        return {"id": str(uuid.uuid4()), "topic": topic, "model": "stock.picking", "record_id": (picking or self.picking).id, "values": values}

    def apply(self, *commands):
        return self.inbox.apply_commands(list(commands))

    def do(self, topic, picking=None, **values):
        """Carries out one command, which must be applied."""
        (answer,) = self.apply(self.command(topic, picking, **values))
        self.assertEqual(answer["state"], "applied", answer)

    def refused(self, topic, picking=None, **values):
        """Carries out one command, which must be rejected; answers why."""
        (answer,) = self.apply(self.command(topic, picking, **values))
        self.assertEqual(answer["state"], "rejected", answer)
        return answer["error"]

    def milestone(self, uid, code, hour, **values):
        return {
            "uid": uid, "code": code, "classifier": "ACTUAL", "occurred_at": f"2026-11-20T{hour:02}:00:00.000Z", "recorded_at": "2026-11-20T23:00:00.000Z",
            "zone": "Europe/Brussels", "source": "FEDEX", **values,
        }
