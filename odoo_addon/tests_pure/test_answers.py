import json
import unittest

from lib import answers


class Answers(unittest.TestCase):
    def test_any_success_means_sent(self):
        for status in (200, 202, 204):
            self.assertEqual(answers.judge(status).kind, answers.SENT)

    def test_too_large_is_split(self):
        self.assertEqual(answers.judge(413).kind, answers.SPLIT)

    def test_everything_else_is_tried_again_a_redirect_included(self):
        for status in (301, 308, 400, 401, 403, 404, 415, 418, 429, 500, 502, 503, 599):
            with self.subTest(status):
                verdict = answers.judge(status)
                self.assertEqual(verdict.kind, answers.RETRY)
                self.assertTrue(verdict.message.startswith(f"{status}: "))

    def test_reads_retry_after_as_seconds_and_as_date(self):
        self.assertEqual(answers.judge(503, "17").retry_after, 17)
        self.assertEqual(answers.seconds_of("Thu, 01 Jan 1970 00:01:00 GMT", now=20), 40)
        self.assertEqual(answers.seconds_of("Thu, 01 Jan 1970 00:01:00 GMT", now=200), 0)
        for broken in ("soon", "-5", "", None):
            self.assertIsNone(answers.seconds_of(broken))

    def test_says_what_gatehouse_says(self):
        self.assertIn("It says: No such thing.", answers.explain(404, json.dumps({"title": "x", "detail": "No such thing."})))
        for body in ("<html>", "", None, "[]", "7", '{"detail": 5}'):
            self.assertNotIn("It says", answers.explain(404, body))


if __name__ == "__main__":
    unittest.main()
