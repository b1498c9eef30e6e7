import logging
import threading

_logger = logging.getLogger(__name__)


class Waker:
    """
    Notifies Odoo's cron workers from a thread of its own: a notification needs a new connection to the
    database `postgres`, which nobody who saves a document should wait for. What comes while one is made
    is told by the next. One that is lost with its process is made good by the interval of the cron.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._wanted = {}
        self._running = False

    def wake(self, database, notify):
        """
        :param database: name; one notification at a time is enough for each
        :param notify: makes the connection and notifies
        """
        with self._lock:
            self._wanted[database] = notify
            if self._running:
                return
            self._running = True
        threading.Thread(target=self._run, name="gatehouse.wake", daemon=True).start()

    def _run(self):
        while True:
            with self._lock:
                wanted, self._wanted = self._wanted, {}
                if not wanted:
                    self._running = False
                    return
            for database, notify in wanted.items():
                try:
                    notify()
                except Exception as error:
                    # A thread must not end with the others' wishes: the cron comes by itself within a minute.
                    _logger.info("Gatehouse: the cron workers of %s could not be notified: %s", database, error)


waker = Waker()
