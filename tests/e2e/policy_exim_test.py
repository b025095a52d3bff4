"""A real Exim asks mailban: through the Dovecot that compares its passwords, and by its own means."""

import unittest

from lab import exim, network, story
from lab.dovecot import NO_DELAYS, Dovecot
from lab.exim import Exim
from lab.guessing import ACCOUNT, PASSWORD
from lab.login import GONE, Smtp
from lab.policy import (DOVECOT_ASKS, EXIM_ACL, EXIM_ASKS_AT_CONNECT, LOGINS, Asked, Logins, Table, exim_condition,
                        tell_of_faults)
from lab.servers import running
from lab.shell import wait_until

NO_LOG = "/srv/none.log"
_PLAIN = """
dovecot_plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = %s
  server_set_id = $auth2
"""
_IS_RIGHT = "eq{$auth3}{%s}" % PASSWORD
OWN_PASSWORDS = _PLAIN % exim_condition("$auth2", _IS_RIGHT)
UNASKED_PASSWORDS = _PLAIN % ("${if %s}" % _IS_RIGHT)


class AskingExim(Exim):
    """Exim with the recipe: it asks when a client connects and before it compares a password."""

    def __init__(self, at_connect=True):
        super().__init__(OWN_PASSWORDS, more=EXIM_ASKS_AT_CONNECT if at_connect else "")
        self._configuration = self._configuration.replace("begin acl\n", f"begin acl\n{EXIM_ACL}\n")


def logs_in(source, account=ACCOUNT, password=PASSWORD):
    """Whether Exim lets a client in."""
    conversation = Smtp(source, 587)
    try:
        return conversation.try_password("PLAIN", account, password)
    finally:
        conversation.quit()


def guess(source, times):
    """Wrong passwords at accounts that nobody has."""
    for number in range(times):
        if logs_in(source, f"nobody{number}", f"wrong-{number}"):
            raise AssertionError("let in with a wrong password")


def is_turned_away(source):
    """Whether Exim refuses the connection."""
    try:
        conversation = Smtp(source, 587)
    except GONE:
        return True
    try:
        return not conversation.ask_for_anything("NOOP").startswith("250")
    except GONE:
        return True
    finally:
        conversation.quit()


class AnEximThatAsks(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        network.connect_hosts(count=20)

    def folder(self):
        """One for each test."""
        return f"/srv/{self.id().rsplit('.', 1)[-1]}"

    def test_through_dovecot(self):
        owner, bot = network.customer(1), network.attacker(1)
        with running(Dovecot(delays=NO_DELAYS + DOVECOT_ASKS), Exim(exim.ASKS_DOVECOT)), \
                Asked(self.folder(), [exim.MAIN_LOG]) as mailban:
            self.assertTrue(logs_in(owner))
            guess(bot, 5)
            mailban.wait_for_ban(bot)
            self.assertFalse(logs_in(bot), "with the right password")
            self.assertTrue(logs_in(owner))
            wait_until(lambda: mailban.ask("status")["sources"][0]["bytes_behind"] == 0, "the log is read")
            self.assertEqual(mailban.counted(bot), 5)
            self.assertEqual(mailban.asked_by("dovecot")["denied"], 1)

    def test_at_connect(self):
        bot = network.attacker(2)
        with AskingExim(), Asked(self.folder(), [exim.MAIN_LOG]) as mailban:
            self.assertTrue(logs_in(network.customer(2)))
            guess(bot, 5)
            mailban.wait_for_ban(bot)
            self.assertTrue(is_turned_away(bot))
            self.assertFalse(is_turned_away(network.customer(2)))
            self.assertEqual(mailban.counted(bot), 5)
            self.assertGreaterEqual(mailban.asked_by("exim")["denied"], 1)
            self.assertEqual(mailban.asked_by("exim")["malformed"], 0)

    def test_before_it_compares_a_password(self):
        bot = network.attacker(3)
        with AskingExim(at_connect=False), Asked(self.folder(), [exim.MAIN_LOG]) as mailban:
            guess(bot, 5)
            mailban.wait_for_ban(bot)
            self.assertFalse(logs_in(bot), "with the right password")
            self.assertTrue(logs_in(network.customer(3)))
            self.assertEqual(mailban.asked_by("exim")["denied"], 1)
            wait_until(lambda: mailban.ask("status")["sources"][0]["bytes_behind"] == 0, "the log is read")
            self.assertEqual(mailban.counted(bot), 5, "Exim logs what was refused as a failure")
            kinds = [one["kind"] for one in mailban.ask("show", bot)["evidence"]]
            self.assertEqual(kinds.count("rejected"), 1, kinds)
            self.assertEqual(mailban.asked_by("exim")["malformed"], 0)

    def test_goes_on_whatever_becomes_of_mailban(self):
        owner = network.customer(4)
        table = Table()
        with Exim(UNASKED_PASSWORDS), Logins(lambda: logs_in(owner)) as logins:
            table.add("Exim does not ask", logins.next(LOGINS))
        with AskingExim(), Asked(self.folder(), [NO_LOG]) as mailban:
            tell_of_faults(mailban, "exim", lambda: logs_in(owner), table)
        table.show()
        # It asks twice.
        for case in ("mailban hangs (SIGSTOP)", "it was killed (kill -9)", "all its places are taken"):
            self.assertLess(table.median(case), table.median("Exim does not ask") + 4, case)

    def test_is_found_by_check(self):
        with AskingExim(), Asked(self.folder(), [NO_LOG]) as mailban:
            self.assertEqual(mailban.finds("exim"), ("ok", "Exim asks at 127.0.0.1:4003"))
        with Exim(UNASKED_PASSWORDS), Asked(self.folder(), [NO_LOG]) as mailban:
            grade, text = mailban.finds("exim")
            self.assertEqual(grade, "warning")
            self.assertIn("Exim does not ask", text)


if __name__ == "__main__":
    story.tell("exim")
