"""What an answer of Gatehouse means for the batch, and how to say it to people."""
import email.utils
import json
import time
from dataclasses import dataclass
from typing import Optional

SENT = "sent"
RETRY = "retry"
SPLIT = "split"


@dataclass(frozen=True)
class Verdict:
    kind: str
    message: str = ""
    retry_after: Optional[int] = None


def judge(status, retry_after=None, body=""):
    """What to do with a batch that was answered by ``status``."""
    if 200 <= status < 300:
        return Verdict(SENT)
    if status == 413:
        return Verdict(SPLIT, "413: the batch is larger than Gatehouse takes.")
    return Verdict(RETRY, f"{status}: {explain(status, body)}", seconds_of(retry_after))


def seconds_of(retry_after, now=None):
    """Retry-After as seconds: a number, or an HTTP date."""
    if not retry_after:
        return None
    value = retry_after.strip()
    if value.isdigit():
        return int(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return max(0, round(moment.timestamp() - (time.time() if now is None else now)))


EXPLANATIONS = {
    400: "Gatehouse does not read the request. Is the URL that of /ingest/<connection>?",
    401: "Gatehouse refuses the signature. The secret is not that of the connection, or the clock of this server is wrong by more than five minutes.",
    403: "A proxy or firewall before Gatehouse refuses the request.",
    404: "Gatehouse has no connection of this name. The URL must end in /ingest/<connection>.",
    405: "The URL takes no POST. It must end in /ingest/<connection>.",
    408: "Gatehouse waited too long for the request.",
    413: "The message is larger than Gatehouse takes.",
    415: "The connection does not take JSON. It must be a connection of the connector odoo.",
    429: "Gatehouse is asked too often. It is tried again later.",
    502: "The proxy before Gatehouse does not reach it.",
    503: "Gatehouse cannot store messages at the moment.",
    504: "The proxy before Gatehouse waited too long for it.",
}


def explain(status, body=""):
    """A sentence on what is wrong, with what Gatehouse itself says."""
    if 300 <= status < 400:
        base = "The URL leads elsewhere. Enter the final one (https, no shortcut)."
    elif status in EXPLANATIONS:
        base = EXPLANATIONS[status]
    elif status >= 500:
        base = "Gatehouse failed."
    else:
        base = "The answer is not one of Gatehouse. Is the URL right?"
    detail = detail_of(body)
    return f"{base} It says: {detail}" if detail else base


def detail_of(body):
    """The sentence of an RFC 9457 problem; nothing where the body is none."""
    try:
        problem = json.loads(body)
    except (TypeError, ValueError):
        return ""
    if not isinstance(problem, dict):
        return ""
    for name in ("detail", "title", "message"):
        if isinstance(problem.get(name), str) and problem[name].strip():
            return problem[name].strip()[:300]
    return ""
