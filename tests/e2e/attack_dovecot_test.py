"""A default Dovecot, which writes one line a connection: no last command hides the guesses before it."""

import os
import unittest

from lab import attack, dovecot, guessing, network, story
from lab.attack import Attack, Result, ShippedMailban
from lab.dovecot import Dovecot
from lab.login import Imap, Pop3

SECONDS = 90 if story.IS_LONG else 20
GUESSES = 3  # in each connection
CONNECTIONS = 4  # at once


def says(command):
    """A last command of these words; what it is answered does not matter."""
    return lambda line: line.ask_for_anything(command)


def refused_as(account):
    """A wrong password at another account."""
    return lambda line: line.try_password("command", account, "wrong")


def welcomed_as(account):
    """The right password of one's own account."""
    return lambda line: line.try_password("command", account, guessing.PASSWORD)


class ADefaultDovecot(unittest.TestCase):
    """Each way has a client of its own, a customer logs in meanwhile."""

    @classmethod
    def setUpClass(cls):
        network.connect_hosts()
        attack.add_clients(10)

    def attack(self, ways, auth_verbose="no", logs_in_first=False, connections=CONNECTIONS):
        """The results of all clients, by way, and the daemon when all is over."""
        name = self.id().rsplit(".", 1)[-1]
        # Not the log of the story before: what its Dovecot held back may come when this one has begun.
        log = f"{dovecot.FOLDER}/{name}.log"
        os.makedirs(dovecot.FOLDER, exist_ok=True)
        with open(log, "w", encoding="ascii"):
            pass
        mailban = self.enterContext(ShippedMailban(f"/srv/{name}", [log]))
        results = {name: Result(network.attacker(number + 1)) for number, name in enumerate(ways)}
        customer = Result(attack.network_of(1))
        with Dovecot(log=log, auth_verbose=auth_verbose, accounts=("mallory", "carla")):
            attacking = Attack(SECONDS)
            attacking.start(attacking.live, customer, "carla", 3, slips=4)
            for name, (speaks, port, last) in ways.items():
                if logs_in_first:
                    attacking.one_guess(Result(""), line := speaks(results[name].source, port), "mallory",
                                        guessing.PASSWORD)
                    line.quit()
                for _ in range(connections):
                    attacking.start(self.guess, attacking, results[name], speaks, port, last)
            attacking.join(results.values())
        print(f"\n{attack.HEAD}", *(f"{result.row()}  {name}" for name, result in results.items()),
              f"{customer.row()}  customer", sep="\n", flush=True)
        self.assertFalse(mailban.ask("show", customer.source)["banned"])
        self.assertIsNone(customer.shut_out)
        return results, mailban

    @staticmethod
    def guess(attacking, result, speaks, port, last):
        while attacking.goes_on() and result.shut_out is None:
            line = attacking.connect(result, speaks, port)
            if line is None:
                continue
            with attacking.counting(result, line):
                for number in range(GUESSES):
                    attacking.one_guess(result, line, guessing.ACCOUNT, f"wrong-{number}", "PLAIN")
                last(line)

    def assert_banned(self, results, mailban, bound):
        for name, result in results.items():
            with self.subTest(name):
                self.assertTrue(mailban.ask("show", result.source)["banned"])
                self.assertLessEqual(result.refused, bound)

    def test_hides_no_guess_behind_a_last_command(self):
        results, mailban = self.attack({
            "nothing": (Imap, 143, lambda line: None),
            "an empty name": (Imap, 143, says('a LOGIN "" "x"')),
            "an empty name, POP3": (Pop3, 110, says("AUTH PLAIN AAB4")),
            "bad base64": (Imap, 143, says("a AUTHENTICATE PLAIN !!!!")),
            "bad base64, POP3": (Pop3, 110, says("AUTH PLAIN !!!!")),
            "an unknown mechanism": (Imap, 143, says("a AUTHENTICATE FOO")),
            "a mechanism taken back": (Imap, 143, lambda line: line.cancel("PLAIN")),
            "nonsense": (Imap, 143, says("a FOO"))})
        self.assert_banned(results, mailban, 100)

    def test_hides_no_guess_behind_an_account_of_one_s_own(self):
        results, mailban = self.attack({"own account, wrong": (Imap, 143, refused_as("mallory"))},
                                       logs_in_first=True, connections=30)
        self.assert_banned(results, mailban, 300)

    def test_that_tells_each_password_hides_none_behind_a_login(self):
        results, mailban = self.attack({"own account, right": (Imap, 143, welcomed_as("mallory")),
                                        "own account, wrong": (Imap, 143, refused_as("mallory")),
                                        "an empty name": (Imap, 143, says('a LOGIN "" "x"'))},
                                       auth_verbose="yes", logs_in_first=True)
        self.assert_banned(results, mailban, 100)


if __name__ == "__main__":
    story.tell("postfix")
