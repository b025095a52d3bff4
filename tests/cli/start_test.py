"""The start of a daemon that has seen much: the bans stand first, then it reads what it had stored, and only
then it goes on with its logs."""

import pathlib
import signal
import tempfile
import time
import unittest

from lines import Daemon, ServiceManager, exim_failure, mailban, until

CLIENTS = 2000
FAILURES = 3  # each, below every limit
GUESSER = "198.51.100.7"
BANNED = "203.0.113.9"
LIMIT = 5  # of the rule password-guessing


def address(number):
    return f"10.{number // 250}.{number % 250}.1"


class TheStart(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.log = cls.folder / "mail.log"
        at = time.time() - 300
        failures = [exim_failure(at, address(client), f"user{client}", 1000 + failure)
                    for failure in range(FAILURES) for client in range(CLIENTS)]
        failures += [exim_failure(at, GUESSER, "bob", 2000 + number) for number in range(LIMIT - 1)]
        failures += [exim_failure(at, BANNED, "eve", 3000 + number) for number in range(LIMIT)]
        cls.log.write_text("".join(failures))
        cls.lines = len(failures)
        with Daemon(cls.folder, [cls.log]) as daemon:
            daemon.wait_for(cls.lines)

    def setUp(self):
        self.manager = self.enterContext(ServiceManager(str(self.folder / "notify")))

    def daemon(self):
        return Daemon(self.folder, [self.log], environment=self.manager.environment, waits=False)

    def seen(self, daemon):
        """How many failures of how many clients it has in mind."""
        status = daemon.status()
        return status["tracked"], status["active_bans"]

    def test_is_over_for_systemd_when_the_bans_stand(self):
        with self.daemon() as daemon:
            until(lambda: daemon.status()["firewall"]["state"] == "ok")
            told = self.manager.told
            ready = told.index("READY=1")
            self.assertIn("STATUS=Bans stand; reading stored events", told[ready:])
            self.assertIn("WATCHDOG=1", told[:ready], "it may take longer than the watchdog waits")
            self.assertTrue(any(line.startswith("EXTEND_TIMEOUT_USEC=") for line in told[:ready]))
            self.assertEqual(told.count("READY=1"), 1)
            self.assertEqual(daemon.status()["active_bans"], 1)

    def test_makes_a_reload_wait_for_its_end(self):
        with self.daemon() as daemon:
            until(self.manager.is_ready)
            outcome = mailban("reload", "--socket", daemon.socket)
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            self.assertGreaterEqual(daemon.status()["tracked"], CLIENTS)

    def test_makes_a_reload_by_signal_wait_as_well(self):
        with self.daemon() as daemon:
            daemon.config.write_text(daemon.config.read_text() + "no_such_key: 1\n")
            daemon.running.send_signal(signal.SIGHUP)
            until(lambda: daemon.status()["configuration"]["problem"])
            self.assertIn("no_such_key", daemon.status()["configuration"]["problem"])
            self.assertGreaterEqual(daemon.status()["tracked"], CLIENTS)
        self.assertNotIn("still starting", daemon.said)

    def test_can_be_ended_in_the_midst_and_loses_nothing(self):
        for _ in range(3):
            with self.daemon() as daemon:
                until(self.manager.is_ready)
                self.manager.told.clear()
                began = time.monotonic()
                daemon.stop()
                self.assertLess(time.monotonic() - began, 20)
        with self.daemon() as daemon:
            until(lambda: daemon.status()["firewall"]["state"] == "ok")
            self.assertEqual(self.seen(daemon)[1], 1)
            self.assertGreaterEqual(self.seen(daemon)[0], CLIENTS)

    def test_judges_a_new_line_by_all_that_came_before(self):
        with self.daemon() as daemon:
            until(self.manager.is_ready)
            with self.log.open("a") as log:
                log.write(exim_failure(time.time(), GUESSER, "bob", 2100))
            until(lambda: daemon.ask("bans") and
                  any(ban["prefix"].startswith(GUESSER) for ban in daemon.ask("bans")))


if __name__ == "__main__":
    unittest.main()
