from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import GatehouseCase

CONNECTION = "odoo"


@tagged("post_install", "-at_install")
class TestSync(GatehouseCase):
    """Reading by RPC says the same as the outbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = [cls.env.ref("base.group_user").id, cls.env.ref("gatehouse.group_sync").id]
        users = cls.env["res.users"].with_context(no_reset_password=True)
        field = "group_ids" if "group_ids" in users._fields else "groups_id"
        cls.bot = users.create({"name": "Gatehouse Bot", "login": "gatehouse_bot", field: [(6, 0, groups)]})
        cls.clerk = users.create({"name": "Clerk", "login": "gatehouse_clerk", field: [(6, 0, groups[:1])]})
        cls.sync = cls.env["gatehouse.sync"].with_user(cls.bot).with_context(gatehouse_no_commit=True)

    def pages(self, topic, limit=100):
        after, events = None, []
        while True:
            page = self.sync.read_page(CONNECTION, topic, after, limit)
            events += page["events"]
            after = page["next"]
            if after is None:
                return events

    def read(self, topic, record):
        return next(event for event in self.pages(topic) if event["model"] == record._name and event["recordId"] == record.id)

    def test_a_record_that_is_read_is_what_was_sent_under_a_higher_version(self):
        self.fill(20)
        order = self.order()
        order.action_confirm()
        picking = order.picking_ids
        self.ship(picking, 4)
        bought = self.purchase()
        bought.button_confirm()
        self.commit()
        sent = {}
        for event in self.deliver():
            sent[event["topic"], event["model"], event["recordId"], event.get("record", {}).get("location_id", {}).get("id") if event["topic"] == "stock" else 0] = event
        self.assertGreater(len(sent), 5)
        for (topic, model, record_id, location), event in sent.items():
            found = [
                each for each in self.pages(topic)
                if each["model"] == model and each["recordId"] == record_id and (topic != "stock" or each["record"]["location_id"]["id"] == location)
            ]
            self.assertEqual(len(found), 1, (topic, model, record_id))
            self.assertEqual(found[0]["record"], event["record"])
            self.assertEqual(found[0]["company"], event["company"])
            self.assertGreater(found[0]["version"], event["version"])

    def test_what_is_sent_after_a_page_has_a_higher_version_than_the_page(self):
        page = self.read("partner", self.partner)
        self.partner.city = "Ghent"
        self.commit()
        event = next(each for each in self.deliver() if each["recordId"] == self.partner.id)
        self.assertGreater(event["version"], page["version"])

    def test_a_change_that_is_still_to_be_sent_is_left_to_the_outbox(self):
        self.partner.city = "Ghent"
        self.commit()
        page = self.sync.read_page(CONNECTION, "partner", f"res.partner:{self.partner.id - 1}:0", 1)
        self.assertEqual((page["events"], page["underway"]), ([], 1))
        self.deliver()
        self.assertEqual(self.read("partner", self.partner)["record"]["city"], "Ghent")

    def test_a_delivery_whose_order_is_deleted_is_told_again(self):
        self.fill(20)
        order = self.order()
        order.action_confirm()
        picking = order.picking_ids
        self.cancel(order)
        self.commit()
        self.deliver()
        order.unlink()
        self.commit()
        told = [event for event in self.deliver() if event["model"] == "stock.picking" and event["recordId"] == picking.id]
        self.assertEqual([event["record"]["sale_id"] for event in told], [None])
        self.assertEqual(self.read("delivery", picking)["record"], told[0]["record"])

    def test_a_change_behind_the_orm_is_read(self):
        self.env.cr.execute("UPDATE res_partner SET city = 'Bruges' WHERE id = %s", [self.partner.id])
        self.assertEqual(self.read("partner", self.partner)["record"]["city"], "Bruges")

    def test_pages_of_any_size_give_every_record_once(self):
        whole = [(event["model"], event["recordId"]) for event in self.pages("partner", 1000)]
        self.assertEqual(len(whole), len(set(whole)))
        self.assertEqual([(event["model"], event["recordId"]) for event in self.pages("partner", 2)], whole)

    def test_known_records_that_are_gone_are_told_as_deleted(self):
        page = self.sync.read_known(CONNECTION, "partner", [["res.partner", self.partner.id, 0, 0], ["res.partner", 2000000000, 0, 0]])
        self.assertEqual([(event["action"], event["recordId"]) for event in page["events"]], [("deleted", 2000000000)])

    def test_a_level_without_quants_is_told_as_nought(self):
        page = self.sync.read_known(CONNECTION, "stock", [["stock.quant", self.product.id, self.stock.id, self.company.id]])
        self.assertEqual([(event["action"], event["record"]["quantity"]) for event in page["events"]], [("updated", 0.0)])

    def test_another_model_than_that_of_the_topic_is_not_looked_at(self):
        page = self.sync.read_known(CONNECTION, "partner", [["res.users", 2000000000, 0, 0]])
        self.assertEqual(page["events"], [])

    def test_versions_go_on_above_what_gatehouse_knows(self):
        before = self.read("partner", self.partner)["version"]
        self.sync.begin(CONNECTION, before + 1000)
        self.assertGreater(self.read("partner", self.partner)["version"], before + 1000)
        # What is lower than the sequence moves nothing back.
        self.sync.begin(CONNECTION, 1)
        self.assertGreater(self.read("partner", self.partner)["version"], before + 1000)

    def test_only_the_group_may_read(self):
        with self.assertRaises(AccessError):
            self.env["gatehouse.sync"].with_user(self.clerk).begin(CONNECTION)

    def test_a_connection_that_no_company_sends_to_is_refused(self):
        with self.assertRaises(UserError):
            self.sync.begin("another")

    def test_records_of_a_company_that_sends_elsewhere_are_not_read(self):
        other = self.env["res.company"].create({"name": "Elsewhere", "gatehouse_url": "https://gatehouse.test/ingest/elsewhere", "gatehouse_secret": self.company.gatehouse_secret})
        theirs = self.env["res.partner"].create({"name": "Of the other", "company_id": other.id})
        self.commit()
        self.deliver()
        self.assertNotIn(theirs.id, [event["recordId"] for event in self.pages("partner")])
        there = self.sync.read_page("elsewhere", "partner", f"res.partner:{theirs.id - 1}:0", 1)
        self.assertEqual([event["recordId"] for event in there["events"]], [theirs.id])
