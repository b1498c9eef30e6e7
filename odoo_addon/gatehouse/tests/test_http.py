import json

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import GatehouseMixin


@tagged("post_install", "-at_install", "gatehouse")
class TestHttp(GatehouseMixin, HttpCase):
    """What a browser asks for, through Odoo's own HTTP server."""

    def setUp(self):
        super().setUp()
        self.company = self.env.company
        self._switch_on(self.company)
        self._start()

    def call(self, model, method, *args, **named):
        response = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": {"model": model, "method": method, "args": args, "kwargs": named}}),
            headers={"Content-Type": "application/json"},
        )
        return response.json()

    def test_the_settings_page_and_the_list_of_events_are_served_to_an_administrator(self):
        self.authenticate("admin", "admin")
        settings = self.call("res.config.settings", "get_views", views=[[False, "form"]], options={})
        self.assertIn("gatehouse_url", settings["result"]["views"]["form"]["arch"])
        kind = "list" if "list" in dict(self.env["ir.ui.view"]._fields["type"]._description_selection(self.env)) else "tree"
        events = self.call("gatehouse.outbox", "get_views", views=[[False, kind], [False, "form"], [False, "search"]], options={})
        self.assertIn("action_replay", events["result"]["views"][kind]["arch"])
        pickings = self.call("stock.picking", "get_views", views=[[False, "form"]], options={})
        self.assertIn("gatehouse_release_reason", pickings["result"]["views"]["form"]["arch"])

    def test_a_change_by_http_is_told_and_the_test_button_answers(self):
        self.authenticate("admin", "admin")
        created = self.call("res.partner", "create", {"name": "By HTTP"})["result"]
        rows = self.commit()
        self.assertIn(("res.partner", created), [(row.model, row.res_id) for row in rows])
        answer = self.call("res.company", "action_gatehouse_test", [self.company.id])
        self.assertEqual(answer["result"]["params"]["type"], "success")

    @mute_logger("odoo.http")
    def test_others_see_neither_secret_nor_events(self):
        user = new_test_user(self.env, "gatehouse_http", "base.group_user", password="gatehouse_http")
        self.authenticate(user.login, "gatehouse_http")
        for model, method, args in (
            ("res.company", "read", [[self.company.id], ["gatehouse_secret"]]),
            ("res.company", "action_gatehouse_test", [[self.company.id]]),
            ("gatehouse.outbox", "search_read", [[]]),
        ):
            answer = self.call(model, method, *args)
            self.assertEqual(answer["error"]["data"]["name"], "odoo.exceptions.AccessError", f"{model}.{method}")
