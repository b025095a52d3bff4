"""A real Postfix asks mailban: through the Dovecot that compares its passwords, and by its own means."""

import unittest

from lab import network, postfix, story, syslog
from lab.dovecot import NO_DELAYS, Dovecot
from lab.guessing import ACCOUNT, PASSWORD
from lab.login import GONE, Smtp
from lab.policy import DOVECOT_ASKS, LOGINS, POSTFIX_ASKS, Asked, Logins, Table, tell_of_faults
from lab.postfix import Postfix
from lab.sasl import Saslauthd
from lab.servers import running
from lab.shell import wait_until
from lab.syslog import Syslog

NO_LOG = "/srv/none.log"
SUBMISSION = 587


def logs_in(source, account=ACCOUNT, password=PASSWORD, port=SUBMISSION):
    """Whether Postfix lets a client in."""
    conversation = Smtp(source, port)
    try:
        return conversation.try_password("PLAIN", account, password)
    finally:
        conversation.quit()


def guess(source, times):
    """Wrong passwords at accounts that nobody has."""
    for number in range(times):
        if logs_in(source, f"nobody{number}", f"wrong-{number}"):
            raise AssertionError("let in with a wrong password")


def greeting(source, port=SUBMISSION):
    """The answer to EHLO and to NOOP of a client that has connected."""
    try:
        conversation = Smtp(source, port)
    except GONE as gone:
        return str(gone)
    try:
        return conversation.ask_for_anything("AUTH PLAIN AHgAeA==")
    finally:
        conversation.quit()


class APostfixThatAsks(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        network.connect_hosts(count=20)

    def folder(self):
        """One for each test."""
        return f"/srv/{self.id().rsplit('.', 1)[-1]}"

    def test_through_dovecot(self):
        owner, bot = network.customer(1), network.attacker(1)
        with running(Syslog(), Dovecot(delays=NO_DELAYS + DOVECOT_ASKS), Postfix(postfix.ASKS_DOVECOT)), \
                Asked(self.folder(), [syslog.MAIL_LOG]) as mailban:
            self.assertTrue(logs_in(owner))
            guess(bot, 5)
            mailban.wait_for_ban(bot)
            self.assertFalse(logs_in(bot), "with the right password")
            self.assertTrue(logs_in(owner))
            # Postfix' own lines told the same attempts, and its line of the refused one is no guess.
            wait_until(lambda: mailban.ask("status")["sources"][0]["bytes_behind"] == 0, "the log is read")
            self.assertEqual(mailban.counted(bot), 5)
            asked = mailban.asked_by("dovecot")
            self.assertEqual((asked["denied"], asked["reports"]), (1, 8))

    def test_by_its_own_means(self):
        owner, bot = network.customer(2), network.attacker(2)
        with running(Syslog(), Saslauthd(), Postfix(postfix.ASKS_SASLAUTHD + POSTFIX_ASKS)), \
                Asked(self.folder(), [syslog.MAIL_LOG]) as mailban:
            self.assertTrue(logs_in(owner))
            guess(bot, 5)
            mailban.wait_for_ban(bot)
            self.assertIn("503", greeting(bot))
            self.assertTrue(logs_in(owner))
            wait_until(lambda: mailban.ask("status")["sources"][0]["bytes_behind"] == 0, "the log is read")
            self.assertEqual(mailban.counted(bot), 5)
            asked = mailban.asked_by("postfix")
            self.assertEqual((asked["denied"], asked["malformed"]), (1, 0))
            self.assertEqual(asked["questions"], 8)
            # The ban leaves port 25 open to the mail of other servers only if nobody guesses there.
            self.assertIn("deny " + bot, mailban.said())

    def test_goes_on_whatever_becomes_of_mailban(self):
        owner = network.customer(3)
        table = Table()
        # One at a time: the hash of a password of the machine itself costs a third of a second.
        with running(Syslog(), Saslauthd(), Postfix(postfix.ASKS_SASLAUTHD)), \
                Logins(lambda: logs_in(owner), clients=1) as logins:
            table.add("Postfix does not ask", logins.next(LOGINS))
        with running(Syslog(), Saslauthd(), Postfix(postfix.ASKS_SASLAUTHD + POSTFIX_ASKS)), \
                Asked(self.folder(), [NO_LOG]) as mailban:
            answers = tell_of_faults(mailban, "postfix", lambda: logs_in(owner), table, clients=1)
        table.show()
        self.assertGreater(answers, 100)
        for case in ("mailban hangs (SIGSTOP)", "it was killed (kill -9)", "all its places are taken"):
            self.assertLess(table.median(case), table.median("Postfix does not ask") + 3, case)

    def test_is_found_by_check(self):
        with running(Syslog(), Saslauthd(), Postfix(postfix.ASKS_SASLAUTHD + POSTFIX_ASKS)), \
                Asked(self.folder(), [NO_LOG]) as mailban:
            self.assertEqual(mailban.finds("postfix"), ("ok", "Postfix asks at 127.0.0.1:4002 (smtpd_client_restrictions)"))
        with running(Syslog(), Saslauthd(), Postfix(postfix.ASKS_SASLAUTHD)), \
                Asked(self.folder(), [NO_LOG]) as mailban:
            grade, text = mailban.finds("postfix")
            self.assertEqual(grade, "warning")
            self.assertIn("Postfix does not ask", text)


if __name__ == "__main__":
    story.tell("postfix")
