import threading

from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..models.waking import Waker


@tagged("post_install", "-at_install", "gatehouse")
class TestWaking(BaseCase):
    def test_wishes_that_come_while_one_is_told_are_told_once_more(self):
        waker, told, started, go_on, done = Waker(), [], threading.Event(), threading.Event(), threading.Event()

        def notify():
            told.append(threading.current_thread().name)
            started.set()
            go_on.wait(10)
            if len(told) == 2:
                done.set()

        waker.wake("one", notify)
        self.assertTrue(started.wait(10))
        for _n in range(20):
            waker.wake("one", notify)
        go_on.set()
        self.assertTrue(done.wait(10))
        self.assertEqual(told, ["gatehouse.wake"] * 2)

    @mute_logger("odoo.addons.gatehouse.models.waking")
    def test_a_failure_does_not_keep_others_from_being_told(self):
        waker, told = Waker(), threading.Event()

        def fail():
            raise OSError("no connection")

        waker.wake("broken", fail)
        waker.wake("sound", told.set)
        self.assertTrue(told.wait(10))
