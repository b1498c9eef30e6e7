"""When a message that was not taken is tried again."""
import random

BASE_SECONDS = 10
MAX_SECONDS = 3600
# What the receiver may ask for by Retry-After.
MAX_RETRY_AFTER = 6 * 3600
JITTER = 0.2


def delay(attempts, retry_after=None, rand=random.random):
    """
    Seconds to wait after the failed attempt number ``attempts`` (from 1).

    Doubles from 10 seconds to one hour, 20 % more or less, so that several databases do not come
    back at one instant. Never shorter than the receiver asked for.
    """
    # Capped before the power: 2 ** 5000 is a number nobody needs.
    steps = min(max(attempts, 1) - 1, 20)
    seconds = min(BASE_SECONDS * 2**steps, MAX_SECONDS)
    seconds *= 1 + JITTER * (2 * rand() - 1)
    if retry_after is not None:
        seconds = max(seconds, min(retry_after, MAX_RETRY_AFTER))
    return max(1, round(seconds))


def is_exhausted(attempts, max_attempts):
    """Whether a message that failed ``attempts`` times is given up."""
    return attempts >= max_attempts
