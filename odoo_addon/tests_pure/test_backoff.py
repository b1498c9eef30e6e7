import unittest

from lib import backoff


def middle():
    return 0.5


class Backoff(unittest.TestCase):
    def test_doubles_from_ten_seconds_to_one_hour(self):
        self.assertEqual([backoff.delay(n, rand=middle) for n in range(1, 12)], [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])

    def test_a_huge_number_of_attempts_is_still_one_hour(self):
        self.assertEqual(backoff.delay(10**9, rand=middle), 3600)

    def test_jitter_stays_within_a_fifth(self):
        self.assertEqual((backoff.delay(3, rand=lambda: 0.0), backoff.delay(3, rand=lambda: 1.0)), (32, 48))

    def test_waits_at_least_as_long_as_the_receiver_asks_for_but_not_for_days(self):
        self.assertEqual(backoff.delay(1, retry_after=120, rand=middle), 120)
        self.assertEqual(backoff.delay(9, retry_after=1, rand=middle), 2560)
        self.assertEqual(backoff.delay(1, retry_after=10**9, rand=middle), backoff.MAX_RETRY_AFTER)

    def test_a_message_is_given_up_at_the_limit(self):
        self.assertFalse(backoff.is_exhausted(99, 100))
        self.assertTrue(backoff.is_exhausted(100, 100))


if __name__ == "__main__":
    unittest.main()
