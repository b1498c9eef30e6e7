import unittest
from datetime import datetime

from lib import changes

COMMAND = {"id": "c1", "topic": "release_hold", "model": "stock.picking", "record_id": 42, "values": {"policy": "pod"}}


class Changes(unittest.TestCase):
    def test_reads_a_command(self):
        change = changes.read({**COMMAND, "correlation_id": "x", "values": {"policy": "pod", "version": 3}})
        self.assertEqual((change.id, change.record_id, change.version, change.register, change.correlation_id), ("c1", 42, 3, "hold", "x"))

    def test_refuses_what_is_none_and_says_which_part(self):
        for part, value in (("id", ""), ("id", 5), ("id", "x" * 101), ("topic", "__class__"), ("topic", "a b"), ("topic", "cost\n"), ("topic", None), ("model", ""),
                            ("record_id", 0), ("record_id", True), ("record_id", 2**31), ("record_id", "42"), ("values", None), ("values", [])):
            with self.subTest((part, value)), self.assertRaisesRegex(changes.InvalidChange, f"^{part} "):
                changes.read({**COMMAND, part: value})
        for whole in (None, 7, "text", []):
            with self.subTest(whole), self.assertRaises(changes.InvalidChange):
                changes.read(whole)
        with self.assertRaisesRegex(changes.InvalidChange, "^version "):
            changes.read({**COMMAND, "values": {"version": "3"}})

    def test_what_states_the_same_thing_has_one_register(self):
        self.assertEqual(changes.register("exception", {"uid": "x"}), changes.register("exception_closed", {"uid": "x"}))
        self.assertEqual(changes.register("label", {"document": "d"}), changes.register("document", {"document": "d"}))
        self.assertNotEqual(changes.register("cost", {"booking": "a"}), changes.register("cost", {"booking": "b"}))
        self.assertEqual(changes.register("label_failed", {"booking": "b"}), changes.register("exception_closed", {"uid": "label:b"}))
        self.assertIsNone(changes.register("validate", {}))

    def test_instants_become_utc_without_an_offset(self):
        for text in ("2026-11-20T10:00:00.000Z", "2026-11-20T12:00:00+02:00", "2026-11-20T10:00:00.123456Z"):
            self.assertEqual(changes.instant({"at": text}, "at"), datetime(2026, 11, 20, 10))
        self.assertIsNone(changes.instant({"at": None}, "at"))
        for broken in ("2026-11-20T10:00:00", "yesterday", 5):
            with self.subTest(broken), self.assertRaises(changes.InvalidChange):
                changes.instant({"at": broken}, "at")

    def test_numbers_come_as_numbers_or_decimal_text(self):
        self.assertEqual([changes.number({"n": value}, "n") for value in (1, 2.5, "10.25", None)], [1.0, 2.5, 10.25, None])
        for broken in ("ten", True, [], "nan", "inf", 1e300):
            with self.subTest(broken), self.assertRaises(changes.InvalidChange):
                changes.number({"n": broken}, "n")

    def test_texts_are_clipped_and_lists_hold_objects(self):
        self.assertEqual(changes.text({"t": "abcdef"}, "t", limit=3), "abc")
        self.assertIsNone(changes.text({"t": ""}, "t"))
        with self.assertRaisesRegex(changes.InvalidChange, "t is missing"):
            changes.text({}, "t", required=True)
        self.assertEqual(changes.rows({}, "lines"), [])
        for broken in ("text", [1], {"a": 1}):
            with self.subTest(broken), self.assertRaises(changes.InvalidChange):
                changes.rows({"lines": broken}, "lines")


if __name__ == "__main__":
    unittest.main()
