import logging
import time
import uuid
from datetime import datetime, timedelta

import psycopg2
import requests

from odoo import api, fields, models, release

from ..lib import answers, backoff, envelope, signing

_logger = logging.getLogger(__name__)

LEASE_SECONDS = 300
TIMEOUT_SECONDS = (5, 30)
RUN_SECONDS = 45
MAX_ERROR = 500


class GatehouseOutboxDelivery(models.Model):
    """
    Sending the outbox: claim a batch and commit the lease, read the records and commit what is to
    be said, post, mark and commit. No lock is held while Gatehouse is asked.
    """

    _inherit = "gatehouse.outbox"

    @api.model
    def _cron_deliver(self):
        """
        Never raises: a cron that fails is deactivated by Odoo after some days, and a weekend without
        Gatehouse must not end the sending.
        """
        try:
            self._deliver()
        except Exception:
            self._rollback()
            _logger.exception("Gatehouse: the delivery stopped; the next run takes it up.")

    @api.model
    def _deliver(self):
        end = time.monotonic() + RUN_SECONDS
        # First thing after a commit: what the snapshot does not know yet cannot be claimed.
        self._save()
        self._take_back_expired()
        self._save()
        done = 0
        for company in self._due_companies():
            taken = True
            while taken and time.monotonic() < end:
                taken, sent = self._deliver_batch(company)
                done += sent
                self._save(sent, done, self._count_due())
        remaining = self._count_due()
        if remaining and not hasattr(self.env["ir.cron"], "_notify_progress"):
            # Odoo 17 does not come back by itself.
            self._wake()
        self._save(0, done, remaining)
        return done

    @api.model
    def _deliver_batch(self, company):
        """
        One batch of a company.

        :return: whether there may be more to send now, and how many were sent
        """
        lease = str(uuid.uuid4())
        try:
            rows = self._claim(company, lease)
        except psycopg2.errors.SerializationFailure:
            # Another worker was faster.
            self._rollback()
            return False, 0
        if not rows:
            return False, 0
        self._save()
        ready = self._freeze(rows, lease)
        self._save()
        return self._send(company, ready, lease) if ready else (True, 0)

    # Claiming

    @api.model
    def _take_back_expired(self):
        """Rows of a worker that died are sent again, word by word as it would have."""
        self.env.cr.execute(
            "UPDATE gatehouse_outbox SET state = 'pending', lease = NULL, lease_until = NULL "
            "WHERE id IN (SELECT id FROM gatehouse_outbox WHERE state = 'sending' AND lease_until < clock_timestamp() AT TIME ZONE 'UTC' FOR UPDATE SKIP LOCKED)"
        )

    @api.model
    def _due_companies(self):
        """
        Companies with something to send. One whose Gatehouse did not answer is left alone until the
        time for the next attempt: what is younger must not overtake what waits, and a server that is
        down is asked once per interval, not once per change.
        """
        self.env.cr.execute(
            """
            SELECT company_id FROM gatehouse_outbox
             WHERE state = 'pending' AND next_try_at <= clock_timestamp() AT TIME ZONE 'UTC'
             GROUP BY company_id
            EXCEPT
            SELECT company_id FROM gatehouse_outbox
             WHERE state = 'pending' AND failure = 'destination' AND next_try_at > clock_timestamp() AT TIME ZONE 'UTC'
            """
        )
        return self.env["res.company"].browse([company_id for (company_id,) in self.env.cr.fetchall()]).sudo().exists()

    @api.model
    def _count_due(self):
        companies = self._due_companies()
        if not companies:
            return 0
        self.env.cr.execute(
            "SELECT count(*) FROM gatehouse_outbox WHERE state = 'pending' AND next_try_at <= clock_timestamp() AT TIME ZONE 'UTC' AND company_id IN %s",
            [tuple(companies.ids)],
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _claim(self, company, lease):
        """
        Takes the oldest rows under a lease. A row waits for an older one of the same record.

        The version is given here, not when the row was written: of two transactions that change one
        record the later number may commit first. Given here, and the record read after, the highest
        version always carries the newest state.
        """
        self.env.cr.execute(
            """
            SELECT o.id FROM gatehouse_outbox o
             WHERE o.state = 'pending' AND o.company_id = %s AND o.next_try_at <= clock_timestamp() AT TIME ZONE 'UTC'
               AND NOT EXISTS (
                   SELECT 1 FROM gatehouse_outbox e
                    WHERE e.model = o.model AND e.res_id = o.res_id AND e.id < o.id AND e.topic = o.topic AND e.location_id = o.location_id
                      AND e.company_id = o.company_id
                      AND (e.state = 'sending' OR (e.state = 'pending' AND e.next_try_at > clock_timestamp() AT TIME ZONE 'UTC')))
             ORDER BY o.id
             LIMIT %s
               FOR UPDATE SKIP LOCKED
            """,
            [company.id, self._batch_size()],
        )
        ids = [row_id for (row_id,) in self.env.cr.fetchall()]
        if not ids:
            return []
        self.env.cr.execute(
            """
            WITH numbered AS (
                SELECT id, nextval('gatehouse_outbox_version_seq') AS version FROM unnest(%s) AS id
            )
            UPDATE gatehouse_outbox o
               SET state = 'sending', txid = NULL, lease = %s, lease_until = (clock_timestamp() AT TIME ZONE 'UTC') + make_interval(secs => %s),
                   version = CASE WHEN o.payload IS NULL THEN numbered.version ELSE o.version END
              FROM numbered
             WHERE o.id = numbered.id
            """,
            [ids, lease, LEASE_SECONDS],
        )
        self.invalidate_model()
        return ids

    # Reading the records

    @api.model
    def _freeze(self, ids, lease):
        """
        Reads the state of the records and keeps what is to be said, so that a repeated attempt says
        the same under the same version.

        :return: ids of the rows that can be sent
        """
        rows = self.browse(sorted(ids))
        fresh = rows.filtered(lambda row: not row.payload)
        try:
            with self.env.cr.savepoint():
                texts = fresh._event_texts()
        except Exception:
            _logger.info("Gatehouse: a record of the batch cannot be read; they are read one by one.", exc_info=True)
            texts = fresh._event_texts_singly(lease)
        broken = fresh.filtered(lambda row: row.id not in texts)
        if texts:
            self.env.cr.execute(
                "UPDATE gatehouse_outbox o SET payload = v.payload FROM unnest(%s, %s) AS v (id, payload) WHERE o.id = v.id AND o.lease = %s",
                [list(texts), list(texts.values()), lease],
            )
        self.invalidate_model()
        return (rows - broken).ids

    def _event_texts_singly(self, lease):
        texts = {}
        for row in self:
            try:
                with self.env.cr.savepoint():
                    texts.update(row._event_texts())
            except Exception as error:
                _logger.warning("Gatehouse: %s %s cannot be read.", row.model, row.res_id, exc_info=True)
                row._mark_failed(lease, f"{type(error).__name__}: {error}", "record")
        return texts

    def _event_texts(self):
        """JSON of each event, by id of the row."""
        records = self._hydrate()
        texts = {}
        for row in self:
            record = records[row.id]
            action = row.action
            if record is None and action != "deleted":
                # Gone since; a later row tells of it as well, under a higher version.
                action = "deleted"
            texts[row.id] = envelope.text(
                envelope.event(
                    {
                        "id": row.uuid,
                        "topic": row.topic,
                        "action": action,
                        "model": row.model,
                        "record_id": row.res_id,
                        "version": int(row.version),
                        "occurred_at": row.occurred_at,
                        "company": self._many2one(row.record_company_id),
                        "transitions": row.transitions,
                        "origin": row.origin,
                        "correlation_id": row.correlation_id,
                    },
                    record if action != "deleted" or row.location_id else None,
                )
            )
        return texts

    # Sending

    @api.model
    def _send(self, company, ids, lease):
        rows = self.browse(ids)
        verdict = self._post_rows(company, rows)
        if verdict.kind == answers.SENT:
            self.env.cr.execute(
                "UPDATE gatehouse_outbox SET state = 'sent', sent_at = clock_timestamp() AT TIME ZONE 'UTC', payload = NULL, failure = NULL, last_error = NULL, "
                "lease = NULL, lease_until = NULL, attempts = attempts + 1 WHERE id IN %s AND lease = %s",
                [tuple(ids), lease],
            )
            self.invalidate_model()
            return True, len(ids)
        if verdict.kind == answers.SPLIT and len(ids) > 1:
            middle = len(ids) // 2
            more, sent = self._send(company, ids[:middle], lease)
            self._save()
            if not more:
                self._put_back(ids[middle:], lease)
                return False, sent
            more, sent_too = self._send(company, ids[middle:], lease)
            return more, sent + sent_too
        if verdict.kind == answers.SPLIT:
            rows._mark_failed(lease, verdict.message, "record", is_final=True)
            return True, 0
        _logger.warning("Gatehouse: %s events were not taken: %s", len(ids), verdict.message)
        rows._mark_failed(lease, verdict.message, "destination", verdict.retry_after)
        return False, 0

    @api.model
    def _put_back(self, ids, lease):
        self.env.cr.execute(
            "UPDATE gatehouse_outbox SET state = 'pending', lease = NULL, lease_until = NULL WHERE id IN %s AND lease = %s", [tuple(ids), lease]
        )
        self.invalidate_model()

    def _mark_failed(self, lease, error, failure, retry_after=None, is_final=False):
        """Plans the next attempt, or gives the rows up. Not where another worker took them over meanwhile."""
        attempts = max(self.mapped("attempts")) + 1
        limit = self._max_attempts()
        seconds = backoff.delay(attempts, retry_after)
        self.env.cr.execute(
            """
            UPDATE gatehouse_outbox
               SET attempts = attempts + 1, failure = %s, last_error = %s, lease = NULL, lease_until = NULL,
                   state = CASE WHEN %s OR attempts + 1 >= %s THEN 'dead' ELSE 'pending' END,
                   next_try_at = (clock_timestamp() AT TIME ZONE 'UTC') + make_interval(secs => %s)
             WHERE id IN %s AND lease = %s
            """,
            [failure, error[:MAX_ERROR], is_final, limit, seconds, tuple(self.ids), lease],
        )
        self.invalidate_model()
        if not is_final:
            # One second more: a trigger has whole seconds and would come before the row is due.
            self._wake(at=fields.Datetime.now() + timedelta(seconds=seconds + 1))

    @api.model
    def _post_rows(self, company, rows):
        return self._post_events(company, [row.payload for row in rows], [(row.uuid, int(row.version)) for row in rows])

    @api.model
    def _post_events(self, company, texts, identities):
        """Posts events to the Gatehouse of a company and says what came of it."""
        company = company.sudo()
        body = envelope.body(self.env.cr.dbname, release.major_version, datetime.utcnow(), texts)
        try:
            headers = signing.headers(company._gatehouse_secrets(), envelope.message_id(identities), int(time.time()), body)
            if not company.gatehouse_url:
                return answers.Verdict(answers.RETRY, "No URL of Gatehouse is set.")
            headers.update({"content-type": "application/json", "user-agent": f"gatehouse-odoo/{release.major_version}"})
            status, retry_after, text = self._http_post(company.gatehouse_url, body, headers)
        except signing.InvalidSecret as error:
            return answers.Verdict(answers.RETRY, str(error))
        except requests.RequestException as error:
            return answers.Verdict(answers.RETRY, self._network_error(error))
        return answers.judge(status, retry_after, text)

    @api.model
    def _http_post(self, url, body, headers):
        """The only place where the addon speaks to the network."""
        response = requests.post(url, data=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        return response.status_code, response.headers.get("retry-after"), response.text[:4000]

    @api.model
    def _network_error(self, error):
        """What is wrong, for people; the words of the library are for programmers."""
        detail = str(error)
        if isinstance(error, requests.exceptions.SSLError):
            told = "The certificate of Gatehouse is not trusted, or the port speaks no TLS."
        elif isinstance(error, requests.exceptions.ConnectTimeout):
            told = "Gatehouse cannot be reached: no answer to the connection. A firewall may be in the way."
        elif isinstance(error, requests.exceptions.Timeout):
            told = "Gatehouse took the connection but did not answer in time."
        elif isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)):
            told = "The URL is not one: it must look like https://gatehouse.example.com/ingest/odoo."
        elif isinstance(error, requests.exceptions.ConnectionError) and ("resolve" in detail or "Name or service" in detail):
            told = "The name of the host in the URL is not known."
        elif isinstance(error, requests.exceptions.ConnectionError) and "refused" in detail:
            told = "The host refuses the connection: Gatehouse is not running there, or on another port."
        else:
            told = "Gatehouse cannot be reached."
        return f"{told} ({type(error).__name__})"

    # Commits, apart so that tests can do without

    @api.model
    def _save(self, processed=0, done=0, remaining=None):
        """Commits, and tells Odoo's cron how far it is, each version in its own way (17 has none)."""
        cron = self.env["ir.cron"]
        if self._is_test_cursor():
            self.env.flush_all()
            return
        if hasattr(cron, "_commit_progress"):
            cron._commit_progress(processed, remaining=remaining)
            return
        if hasattr(cron, "_notify_progress") and remaining is not None:
            cron._notify_progress(done=done, remaining=remaining)
        self.env.cr.commit()

    @api.model
    def _rollback(self):
        if not self._is_test_cursor():
            self.env.cr.rollback()

    @api.model
    def _is_test_cursor(self):
        """Set by the tests, which live in one transaction."""
        return bool(self.env.context.get("gatehouse_no_commit"))

    @api.model
    def _batch_size(self):
        return max(1, int(self.env["ir.config_parameter"].sudo().get_param("gatehouse.batch_size", 100)))

    @api.model
    def _max_attempts(self):
        """Some four days at one attempt per hour: longer than a weekend."""
        return max(1, int(self.env["ir.config_parameter"].sudo().get_param("gatehouse.max_attempts", 100)))
