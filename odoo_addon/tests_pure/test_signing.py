import base64
import hashlib
import hmac
import unittest

from lib import signing


class Signing(unittest.TestCase):
    def test_signs_the_example_of_the_standard(self):
        # From the reference implementation's own tests.
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        body = b'{"test": 2432232314}'
        given = signing.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
        self.assertEqual(given, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")

    def test_a_secret_without_prefix_is_taken_as_text(self):
        expected = hmac.new("päss".encode(), b"id.5.x", hashlib.sha256).digest()
        self.assertEqual(signing.signature("päss", "id", 5, b"x"), "v1," + base64.b64encode(expected).decode())

    def test_a_rotation_signs_with_both_secrets_the_current_first(self):
        made = signing.headers(["new", "old"], "id", 5, b"x")
        self.assertEqual(made["webhook-signature"].split(" "), [signing.signature(each, "id", 5, b"x") for each in ("new", "old")])
        self.assertEqual((made["webhook-id"], made["webhook-timestamp"]), ("id", "5"))

    def test_an_empty_previous_secret_is_left_out(self):
        for empty in (None, False, ""):
            self.assertNotIn(" ", signing.headers(["new", empty], "id", 5, b"x")["webhook-signature"])

    def test_refuses_a_broken_secret_and_none_at_all(self):
        for secret in ("whsec_", "whsec_***", "whsec_abc"):
            with self.subTest(secret), self.assertRaises(signing.InvalidSecret):
                signing.key_of(secret)
        with self.assertRaises(signing.InvalidSecret):
            signing.headers([None, ""], "id", 5, b"x")


if __name__ == "__main__":
    unittest.main()
