"""Standard Webhooks signatures (https://www.standardwebhooks.com)."""
import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"


class InvalidSecret(ValueError):
    """The secret starts with ``whsec_`` but what follows is no base64."""


def key_of(secret):
    """The bytes a secret stands for: ``whsec_<base64>`` is decoded, any other text is UTF-8."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret[len(PREFIX):], validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidSecret("The secret starts with whsec_ but the rest is not base64.") from error
    if not key:
        raise InvalidSecret("The secret is empty after whsec_.")
    return key


def signature(secret, message_id, timestamp, body):
    """One entry of ``webhook-signature``: ``v1,<base64>`` of HMAC-SHA256 over ``id.timestamp.body``."""
    signed = b"%s.%d." % (message_id.encode(), timestamp) + body
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(secrets, message_id, timestamp, body):
    """
    Headers of one message.

    :param secrets: the current secret first; during a rotation the one before as well, so that the
        receiver may change its own at any time between
    :param timestamp: seconds since 1970, of this attempt
    """
    usable = [secret for secret in secrets if secret]
    if not usable:
        raise InvalidSecret("There is no secret to sign with.")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message_id, timestamp, body) for secret in usable),
    }
