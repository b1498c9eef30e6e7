import json
from datetime import timedelta
from unittest.mock import patch

import requests

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..lib import signing
from .common import SECRET, URL, GatehouseCase

LOGGER = "odoo.addons.gatehouse.models.delivery"


@tagged("post_install", "-at_install", "gatehouse")
class TestDelivery(GatehouseCase):
    def partners(self, count):
        """That many changes, each in its own transaction."""
        partners = self.env["res.partner"]
        for number in range(count):
            partners |= self.env["res.partner"].create({"name": f"Partner {number}"})
            self.commit()
        return partners

    def test_posts_signed_batches_in_order_until_nothing_is_left(self):
        self.env["ir.config_parameter"].set_param("gatehouse.batch_size", "2")
        partners = self.partners(5)
        self.assertEqual([event["recordId"] for event in self.deliver()], partners.ids)
        self.assertEqual([len(call["document"]["events"]) for call in self.receiver.calls], [2, 2, 1])
        self.assertEqual(set(self.outbox.search([]).mapped("state")), {"sent"})
        call = self.receiver.calls[0]
        self.assertEqual(call["url"], URL)
        headers = call["headers"]
        expected = signing.signature(SECRET, headers["webhook-id"], int(headers["webhook-timestamp"]), call["body"])
        self.assertEqual(headers["webhook-signature"], expected)
        self.assertEqual(call["document"]["database"], self.env.cr.dbname)
        self.assertEqual(len({each["headers"]["webhook-id"] for each in self.receiver.calls}), 3)
        self.assertFalse(self.deliver())

    @mute_logger(LOGGER)
    def test_the_same_batch_sent_again_is_the_same_message(self):
        self.partners(3)
        self.receiver.answers = [requests.exceptions.ReadTimeout("slow")]
        self.deliver()
        self.make_due()
        self.deliver()
        first, second = self.receiver.calls
        self.assertEqual(first["headers"]["webhook-id"], second["headers"]["webhook-id"])
        self.assertEqual(first["document"]["events"], second["document"]["events"])
        versions = [int(row.version) for row in self.outbox.search([], order="id")]
        self.assertEqual([event["version"] for event in second["document"]["events"]], versions)

    def test_every_transaction_wakes_the_cron_once(self):
        triggers = self.env["ir.cron.trigger"]
        domain = [("cron_id", "=", self.env.ref("gatehouse.cron_deliver").id)]
        triggers.search(domain).unlink()
        self.partners(3)
        self.assertEqual(triggers.search_count(domain), 3, "A trigger that waits may be one that a run is using up")
        partner = self.env["res.partner"].create({"name": "Flushed twice"})
        self.env.cr.flush()
        partner.city = "Ghent"
        self.commit()
        self.assertEqual(triggers.search_count(domain), 4)

    def test_two_changes_are_two_events_with_rising_versions_and_the_newest_state(self):
        partner = self.partners(1)
        partner.city = "Ghent"
        self.commit()
        first, second = self.deliver()
        self.assertEqual((first["action"], second["action"]), ("created", "updated"))
        self.assertLess(first["version"], second["version"])
        self.assertEqual((first["record"]["city"], second["record"]["city"]), ("Ghent", "Ghent"))

    @mute_logger(LOGGER)
    def test_a_repeated_attempt_says_the_same_under_the_same_id(self):
        partner = self.partners(1)
        self.receiver.answers = [requests.exceptions.ReadTimeout("slow")]
        self.deliver()
        partner.city = "Ghent"
        self.commit()
        self.make_due()
        self.deliver()
        first, second, third = self.receiver.events
        self.assertEqual(first, second)
        self.assertEqual(third["record"]["city"], "Ghent")
        self.assertGreater(third["version"], second["version"])
        self.assertNotEqual(self.receiver.calls[0]["headers"]["webhook-id"], self.receiver.calls[1]["headers"]["webhook-id"])

    @mute_logger(LOGGER)
    def test_while_gatehouse_is_down_nothing_overtakes_and_it_is_asked_once(self):
        self.receiver.answers = [(503, "120", '{"detail": "Not now."}')]
        waiting = self.partners(1)
        self.deliver()
        row = self.outbox.search([("res_id", "=", waiting.id)])
        self.assertEqual((row.state, row.attempts, row.failure), ("pending", 1, "destination"))
        self.assertIn("Not now.", row.last_error)
        self.assertGreater(row.next_try_at, fields.Datetime.now() + timedelta(seconds=100))
        later = self.partners(2)
        self.assertFalse(self.deliver())
        self.assertEqual(len(self.receiver.calls), 1)
        cron = self.env.ref("gatehouse.cron_deliver")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id), ("call_at", ">", row.next_try_at)]))
        self.make_due()
        self.assertEqual([event["recordId"] for event in self.deliver()], (waiting | later).ids)

    @mute_logger(LOGGER)
    def test_the_answer_of_a_wrong_secret_is_told_and_nothing_is_lost(self):
        self.receiver.answers = [(401, None, "")]
        partner = self.partners(1)
        self.deliver()
        row = self.outbox.search([("res_id", "=", partner.id)])
        self.assertIn("secret", row.last_error)
        self.make_due()
        self.assertEqual(len(self.deliver()), 1)
        self.assertFalse(row.last_error)

    def test_a_batch_that_is_too_large_is_halved_and_the_one_event_to_blame_is_dead(self):
        partners = self.partners(4)
        self.receiver.answers = [(413, None, ""), (413, None, ""), (413, None, "")]
        self.deliver()
        states = {row.res_id: row.state for row in self.outbox.search([])}
        self.assertEqual([states[each] for each in partners.ids], ["dead", "sent", "sent", "sent"])

    def test_a_lease_that_ran_out_is_taken_back_and_sent_word_by_word(self):
        partner = self.partners(1)
        ids = self.outbox._claim(self.company, "dead-worker")
        self.outbox._freeze(ids, "dead-worker")
        row = self.outbox.browse(ids)
        frozen = json.loads(row.payload)
        self.assertFalse(self.deliver(), "The lease still holds")
        partner.city = "Ghent"
        self.commit()
        self.assertFalse(self.deliver(), "A younger change of the record waits for the older")
        self.env.cr.execute("UPDATE gatehouse_outbox SET lease_until = lease_until - interval '1 hour' WHERE state = 'sending'")
        self.outbox.invalidate_model()
        first, second = self.deliver()
        self.assertEqual(first, frozen)
        self.assertGreater(second["version"], first["version"])

    @mute_logger(LOGGER)
    def test_a_worker_whose_lease_was_taken_marks_nothing(self):
        self.partners(1)
        ids = self.outbox._claim(self.company, "slow")
        self.outbox._freeze(ids, "slow")
        self.env.cr.execute("UPDATE gatehouse_outbox SET lease = 'other'")
        self.outbox._send(self.company, ids, "slow")
        self.assertEqual(self.outbox.browse(ids).state, "sending")
        self.receiver.answers = [(500, None, "")]
        self.outbox._send(self.company, ids, "slow")
        self.assertEqual((self.outbox.browse(ids).state, self.outbox.browse(ids).attempts), ("sending", 0))

    @mute_logger(LOGGER)
    def test_dead_after_the_last_attempt_and_alive_by_replay(self):
        self.env["ir.config_parameter"].set_param("gatehouse.max_attempts", "2")
        partner = self.partners(1)
        self.receiver.answers = [requests.exceptions.ConnectionError("Connection refused"), (500, None, "")]
        self.deliver()
        row = self.outbox.search([("res_id", "=", partner.id)])
        self.assertEqual(row.state, "pending")
        self.assertIn("refuses", row.last_error)
        self.make_due()
        self.deliver()
        self.assertEqual((row.state, row.attempts), ("dead", 2))
        self.make_due()
        self.assertFalse(self.deliver())
        uuid = row.uuid
        partner.city = "Ghent"
        self.commit()
        row.action_replay()
        events = self.deliver()
        self.assertEqual([event["id"] for event in events][0], uuid)
        self.assertEqual(events[0]["record"]["city"], "Ghent")
        self.assertEqual((row.state, row.attempts), ("sent", 1))

    def test_a_sent_event_is_replayed_under_a_higher_version(self):
        partner = self.partners(1)
        (first,) = self.deliver()
        self.outbox.search([("res_id", "=", partner.id)]).action_replay()
        (second,) = self.deliver()
        self.assertEqual(first["id"], second["id"])
        self.assertGreater(second["version"], first["version"])

    def test_only_administrators_replay_and_see_events(self):
        self.partners(1)
        user = new_test_user(self.env, "gatehouse_clerk", "base.group_user")
        row = self.outbox.search([], limit=1).with_user(user)
        with self.assertRaises(AccessError):
            row.action_replay()
        with self.assertRaises(AccessError):
            row.read(["state"])

    @mute_logger(LOGGER)
    def test_one_unreadable_record_does_not_hold_up_the_others(self):
        partners = self.partners(3)
        outbox = type(self.env["gatehouse.outbox"])
        original = outbox._read_res_partner

        def read(rows, partner):
            if partner.id == partners[1].id:
                raise ValueError("broken")
            return original(rows, partner)

        with patch.object(outbox, "_read_res_partner", read):
            self.assertEqual([event["recordId"] for event in self.deliver()], [partners[0].id, partners[2].id])
        row = self.outbox.search([("res_id", "=", partners[1].id)])
        self.assertEqual((row.state, row.failure), ("pending", "record"))
        self.assertIn("broken", row.last_error)
        self.make_due()
        self.assertEqual([event["recordId"] for event in self.deliver()], [partners[1].id])

    def test_a_record_gone_before_it_was_sent_is_told_as_deleted(self):
        partner = self.partners(1)
        partner.city = "Ghent"
        self.commit()
        self.env.cr.execute("DELETE FROM res_partner WHERE id = %s", [partner.id])
        self.env.invalidate_all()
        self.assertEqual([event["action"] for event in self.deliver()], ["deleted", "deleted"])

    @mute_logger(LOGGER)
    def test_the_cron_never_fails(self):
        with patch.object(type(self.env["gatehouse.outbox"]), "_deliver", side_effect=RuntimeError("x")):
            self.outbox._cron_deliver()

    def test_old_sent_events_are_removed_and_dead_ones_kept(self):
        first, second = self.partners(2)
        self.deliver()
        self.env.cr.execute("UPDATE gatehouse_outbox SET occurred_at = occurred_at - interval '20 days'")
        self.env.cr.execute("UPDATE gatehouse_outbox SET state = 'dead' WHERE res_id = %s", [second.id])
        self.partners(1)
        self.assertEqual(self.outbox._gc_outbox(), 1)
        self.outbox.invalidate_model()
        self.assertFalse(self.outbox.search([("res_id", "=", first.id)]))
        self.assertEqual(self.outbox.search_count([]), 2)
