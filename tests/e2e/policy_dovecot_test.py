"""A real Dovecot asks mailban before it compares a password, and reports what became of it."""

import contextlib
import os
import shutil
import socket
import time
import unittest

from lab import guessing, network, story
from lab.dovecot import FOLDER, LOG, NO_DELAYS, Dovecot
from lab.guessing import ACCOUNT, PASSWORD, Door
from lab.login import Imap, Pop3, Smtp
from lab.policy import (DOVECOT_ASKS, DOVECOT_PORT, DOVECOT_QUESTION, LOGINS, Asked, Logins, Table,
                        tell_of_faults)
from lab.shell import wait_until

BOX_MECHANISMS = ("command", "PLAIN", "CRAM-MD5", "LOGIN")
PLACES = (("Dovecot imap", Imap, 143, BOX_MECHANISMS), ("Dovecot pop3", Pop3, 110, BOX_MECHANISMS),
          ("Dovecot submission", Smtp, 1587))
NO_LOG = "/srv/none.log"
# Far above what any client makes: nobody is to be banned.
UNLIMITED = 1000
MANY = 10  # clients that attack an account
ATTACK = "  - {name: attack, on: auth_failure, by: account, distinct: address, limit: 10, within: 1d, ban: 1d}\n"
LOGS = {"with its log": [LOG], "without a log": [NO_LOG]}
NO_FAILURE_DELAY = "auth_failure_delay = 0\n"


def asking_dovecot(*accounts):
    """Dovecot with the recipe, and accounts that all have the same password."""
    return Dovecot(delays=NO_DELAYS + DOVECOT_ASKS + NO_FAILURE_DELAY, accounts=accounts)


def logs_in(source, account=ACCOUNT, password=PASSWORD, speaks=Imap, port=143):
    """Whether the server lets a client in."""
    conversation = speaks(source, port)
    try:
        return conversation.try_password("PLAIN", account, password)
    finally:
        conversation.quit()


def guess(source, times, name="nobody"):
    """Wrong passwords at accounts that nobody has."""
    for number in range(times):
        if logs_in(source, f"{name}{number}", f"wrong-{number}"):
            raise AssertionError("let in with a wrong password")


class ADovecotThatAsks(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        network.connect_hosts(count=120)
        # mailban follows it before Dovecot has written to it.
        os.makedirs(FOLDER, exist_ok=True)

    def folder(self):
        """One for each test."""
        return f"/srv/{self.id().rsplit('.', 1)[-1]}"

    def test_refuses_whom_mailban_has_banned_and_no_user(self):
        owner, bot = network.customer(1), network.attacker(1)
        with asking_dovecot("bert"), Asked(self.folder(), [NO_LOG]) as mailban:
            self.assertTrue(logs_in(owner))
            for client in (owner, bot):
                guess(client, 5)
                mailban.wait_for_ban(client)
            self.assertTrue(logs_in(owner), "the user behind a banned address")
            self.assertFalse(logs_in(owner, "bert"), "somebody else behind it, with the right password")
            for speaks, port in ((Imap, 143), (Pop3, 110), (Smtp, 1587)):
                self.assertFalse(logs_in(bot, speaks=speaks, port=port), speaks.name)
            self.assertTrue(logs_in(network.customer(2), "bert"))
            asked = mailban.asked_by("dovecot")
            self.assertEqual(asked["denied"], 4)
            self.assertEqual(asked["malformed"], 0)
            self.assertIn("banned by rule password-guessing", mailban.said())
            # A refusal is no guess, and the client is not told why.
            self.assertEqual(mailban.counted(bot), 5)
            self.assertIn("deny", mailban.said())

    def test_observes_and_refuses_nobody(self):
        bot = network.attacker(2)
        with asking_dovecot(), Asked(self.folder(), [NO_LOG], mode="observe") as mailban:
            guess(bot, 5)
            mailban.wait_for_ban(bot)
            self.assertTrue(logs_in(bot))
            self.assertEqual(mailban.asked_by("dovecot")["would_refuse"], 1)
            self.assertIn("only observed", mailban.said())

    def test_refuses_strangers_at_an_account_under_attack(self):
        owner, traveller = network.customer(3), network.customer(4)
        with asking_dovecot("bert"), Asked(self.folder(), [NO_LOG], rules=ATTACK) as mailban:
            self.assertTrue(logs_in(owner))
            for number in range(MANY):
                self.assertFalse(logs_in(network.attacker6(10 + number), ACCOUNT, f"guess-{number}"))
            wait_until(lambda: mailban.ask("status")["events"]["auth_failure"] == MANY, "all is reported")
            self.assertFalse(logs_in(network.attacker6(40), ACCOUNT, "guess"))
            self.assertEqual(mailban.asked_by("dovecot")["denied"], 1)
            self.assertTrue(logs_in(owner), "its owner")
            self.assertTrue(logs_in(traveller, speaks=Smtp, port=1587), "another service")
            self.assertTrue(logs_in(network.attacker6(40), "bert"), "another account")
            self.assertTrue(logs_in(traveller), "the traveller who was let in by submission")

    def test_delays_strangers(self):
        with asking_dovecot(), Asked(self.folder(), [NO_LOG], rules=ATTACK, delay="2s") as mailban:
            for number in range(MANY):
                self.assertFalse(logs_in(network.attacker(10 + number), "bert", f"guess-{number}"))
            wait_until(lambda: mailban.ask("status")["events"]["auth_failure"] == MANY, "all is reported")
            # Nobody has logged in to this account: its owner would be a stranger, too.
            began = time.monotonic()
            self.assertFalse(logs_in(network.attacker(40), "bert", "guess"))
            self.assertGreaterEqual(time.monotonic() - began, 2)
            self.assertEqual(mailban.asked_by("dovecot")["delayed"], 1)

    def test_is_counted_once_for_each_attempt(self):
        for name, logs in LOGS.items():
            if logs == [LOG] and not story.IS_LONG:
                continue
            with self.subTest(name):
                self.assert_counts(f"{self.folder()}-{len(logs[0])}", logs)

    def assert_counts(self, folder, logs):
        """Every client is counted as often as it failed."""
        for log in (LOG, NO_LOG):
            with open(log, "w", encoding="ascii"):
                pass
        # Without the log nothing says that a client has begun an attempt and not sent a password.
        has_log = logs == [LOG]
        clients = guessing.clients_of([Door(*place, counts_nameless_ends=has_log) for place in PLACES])
        with Asked(folder, logs, limit=UNLIMITED) as mailban:
            with asking_dovecot():
                guessing.guess_all(clients)
            wait_until(lambda: self.is_read(mailban, logs[0]), "the log is read to its end", 20)
            with contextlib.suppress(AssertionError):
                wait_until(lambda: not self.miscounted(mailban, clients), "all is reported", 10, every=1)
            self.assertEqual(mailban.banned(), [])
            made = sum(client.made for client in clients)
            wrong = self.miscounted(mailban, clients)
            print(f"\n{folder}: {made} attempts of {len(clients)} clients, {len(wrong)} clients miscounted; "
                  f"{mailban.asked_by('dovecot')['reports']} reports")
            self.assertEqual(wrong, [])

    @staticmethod
    def miscounted(mailban, clients):
        """What was counted wrong, for people."""
        return [f"{client.door.name}, {client.way.__name__}, {client.source}: {client.made} made, {count} counted"
                for client in clients if not client.is_right(count := mailban.counted(client.source))]

    @staticmethod
    def is_read(mailban, log):
        """Whether nothing is left of the log."""
        return all(one["bytes_behind"] == 0 and one["caught_up"] for one in mailban.ask("status")["sources"]
                   if one["file"] == log)

    def test_counts_a_refused_attempt_for_nothing_though_its_log_calls_it_a_failure(self):
        bot = network.attacker(3)
        with open(LOG, "w", encoding="ascii"):
            pass
        with Asked(self.folder(), [LOG]) as mailban:
            with asking_dovecot():
                guess(bot, 5)
                mailban.wait_for_ban(bot)
                for _ in range(5):
                    self.assertFalse(logs_in(bot))
            wait_until(lambda: self.is_read(mailban, LOG), "the log is read to its end", 20)
            self.assertEqual(mailban.counted(bot), 5)

    def test_goes_on_whatever_becomes_of_mailban(self):
        owner = network.customer(5)
        table = Table()
        with Dovecot(delays=NO_DELAYS + NO_FAILURE_DELAY), Logins(lambda: logs_in(owner)) as logins:
            table.add("Dovecot does not ask", logins.next(LOGINS))
        with asking_dovecot(), Asked(self.folder(), [NO_LOG]) as mailban:
            answers = tell_of_faults(mailban, "dovecot", lambda: logs_in(owner), table)
        table.show()
        self.assertGreater(answers, 100)
        # So long the recipe lets a login wait.
        for case in ("mailban hangs (SIGSTOP)", "it was killed (kill -9)", "all its places are taken"):
            self.assertLess(table.median(case), table.median("Dovecot does not ask") + 1, case)

    def test_gives_no_answer_that_is_late(self):
        owner = network.customer(6)
        with asking_dovecot(), Asked(self.folder(), [NO_LOG], answer_within="50ms") as mailban, \
                socket.create_connection(("127.0.0.1", DOVECOT_PORT), 30) as line:
            mailban.hang()
            line.sendall(DOVECOT_QUESTION)
            # Dovecot's question has waited for 200 ms when it lets the user in.
            self.assertTrue(logs_in(owner))
            mailban.go_on()
            self.assertEqual(line.recv(100), b"")
            self.assertGreaterEqual(mailban.asked_by("dovecot")["late"], 1)

    def test_is_found_by_check(self):
        for dovecot, grade, words in ((asking_dovecot(), "ok", "Dovecot asks at 127.0.0.1:4001"),
                                      (Dovecot(), "warning", "Dovecot does not ask")):
            with self.subTest(words), dovecot, Asked(self.folder(), [NO_LOG]) as mailban:
                os.makedirs("/etc/dovecot", exist_ok=True)
                shutil.copyfile(f"{FOLDER}/dovecot.conf", "/etc/dovecot/dovecot.conf")
                found, text = mailban.finds("dovecot")
                self.assertEqual(found, grade)
                self.assertIn(words, text)

    def test_takes_no_report_without_the_key(self):
        bot = network.attacker(4)
        wrong = DOVECOT_ASKS.replace("X-API-Key: 0", "X-API-Key: 1")
        with Dovecot(delays=NO_DELAYS + wrong), Asked(self.folder(), [NO_LOG]) as mailban:
            guess(bot, 1)
            self.assertTrue(logs_in(bot))
            asked = mailban.asked_by("dovecot")
            self.assertGreaterEqual(asked["malformed"], 3)
            self.assertEqual((asked["questions"], asked["reports"]), (0, 0))
            self.assertEqual(mailban.counted(bot), 0)


if __name__ == "__main__":
    story.tell("exim")
