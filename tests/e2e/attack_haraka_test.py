"""A Haraka whose clients leave before it answers, or say nonsense at the end: each password counts.

Needs node, and Haraka, which MAILBAN_LONG=1 installs by npm.
"""

import os
import sys
import unittest

from lab import attack, guessing, haraka, login, machine, network, story
from lab.attack import Attack, Result, ShippedMailban
from lab.haraka import Haraka
from lab.login import Smtp

SECONDS = 90 if story.IS_LONG else 25


class Direct(Smtp):
    """Sends the password with the command, as most guessers' programs do."""

    def _last_word(self, mechanism, account, password):
        return f"AUTH PLAIN {login.response_of('PLAIN', account, password)}"


def leaves(attacking, result, line):
    """Hangs up while the server makes it wait: a right password would have been answered by now."""
    line.send_password("PLAIN", guessing.ACCOUNT, "wrong")
    attacking.wait(0.4)
    result.refused += 1


def three_then(last):
    """Three passwords, and a last command."""
    def way(attacking, result, line):
        for number in range(3):
            attacking.one_guess(result, line, guessing.ACCOUNT, f"wrong-{number}")
        line.ask_for_anything(last)
        line.quit()
    return way


def one_then(attacking, result, line, last):
    attacking.one_guess(result, line, guessing.ACCOUNT, "wrong")
    line.ask_for_anything(last)


WAYS = {"leaves": leaves, "nonsense": three_then("FOO"), "nobody's recipient": three_then("RCPT TO:<x@y.example>"),
        "a bad command": three_then("MAIL FROM:x"), "nothing": three_then("NOOP"),
        # What Haraka calls a bad protocol, and hangs up.
        "begins anew": lambda attacking, result, line: one_then(attacking, result, line, "AUTH PLAIN")}


class AnAttackedHaraka(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        network.connect_hosts()
        attack.add_clients(3)

    def test_hides_no_guess(self):
        os.makedirs(haraka.FOLDER, exist_ok=True)
        with open(haraka.LOG, "w", encoding="ascii"):
            pass
        mailban = self.enterContext(ShippedMailban("/srv/mailban", [haraka.LOG]))
        results = {name: Result(network.attacker(number + 1)) for number, name in enumerate(WAYS)}
        customer = Result(attack.network_of(1))
        with Haraka():
            attacking = Attack(SECONDS)
            attacking.start(attacking.live, customer, "carla", 4, ((Direct, haraka.PORT),), 4)
            for name, way in WAYS.items():
                for _ in range(2):
                    attacking.start(self.guess, attacking, results[name], way)
            attacking.join(results.values())
        print(f"\n{attack.HEAD}", *(f"{result.row()}  {name}" for name, result in results.items()),
              f"{customer.row()}  customer", sep="\n", flush=True)
        self.assertFalse(mailban.ask("show", customer.source)["banned"])
        for name, result in results.items():
            with self.subTest(name):
                self.assertTrue(mailban.ask("show", result.source)["banned"])
                self.assertLessEqual(result.refused, 30)

    @staticmethod
    def guess(attacking, result, way):
        while attacking.goes_on() and result.shut_out is None:
            if (line := attacking.connect(result, Direct, haraka.PORT)) is not None:
                with attacking.counting(result, line):
                    way(attacking, result, line)


if __name__ == "__main__":
    if haraka.program() is None:
        print("skipped: needs node, and Haraka, which MAILBAN_LONG=1 installs by npm")
        sys.exit(machine.SKIPPED)
    story.tell("postfix")
