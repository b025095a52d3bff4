"""A stock Postfix that asks a stock Dovecot, attacked: nobody's guessing is taken for an outage.

Dovecot makes who fails wait, and Postfix does not wait for so long: it logs that it lost the connection
to its authentication server, as it does when Dovecot is down.
"""

import os
import unittest

from lab import attack, network, postfix, story, syslog
from lab.attack import Attack, Result, ShippedMailban
from lab.dovecot import STOCK_DELAYS, Dovecot
from lab.login import Imap, Smtp
from lab.postfix import Postfix
from lab.servers import running
from lab.shell import wait_until
from lab.syslog import Syslog

SECONDS = 150 if story.IS_LONG else 40
OUTAGE_SECONDS = 300 if story.IS_LONG else 8
CUSTOMERS = tuple(f"customer{number}" for number in range(8))


def empty_log():
    os.makedirs("/var/log", exist_ok=True)
    for log in (syslog.MAIL_LOG, syslog.SYSLOG):
        with open(log, "w", encoding="ascii"):
            pass


class AnAttackedPostfix(unittest.TestCase):
    """Every test has a daemon and servers of its own."""

    @classmethod
    def setUpClass(cls):
        network.connect_hosts()
        attack.add_clients(len(CUSTOMERS) + 10)

    def setUp(self):
        empty_log()
        self.mailban = self.enterContext(ShippedMailban(f"/srv/{self.id().rsplit('.', 1)[-1]}", [syslog.MAIL_LOG]))
        self.dovecot = Dovecot(log="syslog", auth_verbose="no", delays=STOCK_DELAYS, accounts=CUSTOMERS)

    def customers(self, attacking, seconds, slips=0, count=len(CUSTOMERS)):
        """So many of them, each from a network of its own."""
        results = [Result(attack.network_of(number)) for number in range(count)]
        for result, account in zip(results, CUSTOMERS):
            attacking.start(attacking.live, result, account, seconds, ((Imap, 143), (Smtp, 587)), slips)
        return results

    def show(self, *results):
        print(f"\n{attack.HEAD}\n" + "\n".join(one.row() for one in results), flush=True)
        print(attack.banned_since(self.mailban), self.mailban.ask("status").get("outage"), flush=True)

    def test_bans_three_guessers_and_a_fourth_and_no_customer(self):
        guessers = [Result(one) for one in (network.attacker(1), network.attacker6(1), attack.network_of(15))]
        fourth = Result(network.customer(9))
        with running(Syslog(), self.dovecot, Postfix(postfix.ASKS_DOVECOT)):
            attacking = Attack(SECONDS)
            customers = self.customers(attacking, 5, slips=7, count=1)
            for guesser in guessers:
                attacking.start(attacking.guess_in_turns, guesser, Smtp, 587)
            # Once the three have done what they can.
            attacking.wait(0.7 * SECONDS)
            attacking.start(attacking.guess_at_a_rate, fourth, Smtp, 587, 0.5)
            attacking.join([*guessers, fourth])
        self.show(*guessers, fourth, *customers)
        for guesser in (*guessers, fourth):
            self.assertTrue(self.mailban.ask("show", guesser.source)["banned"], guesser)
            self.assertLessEqual(guesser.refused, 25, guesser)
        self.assert_nobody_is_out(customers)

    def test_bans_nobody_while_dovecot_is_stopped(self):
        with running(Syslog(), Postfix(postfix.ASKS_DOVECOT)):
            attacking = Attack(OUTAGE_SECONDS + 12)
            with self.dovecot:
                customers = self.customers(attacking, 1)
                wait_until(lambda: all(one.let_in > 1 for one in customers), "customers have logged in", 20)
            attacking.wait(OUTAGE_SECONDS)
            seen = [one.let_in for one in customers]
            with self.dovecot:
                wait_until(lambda: all(one.let_in > before for one, before in zip(customers, seen)),
                           "customers log in again", 20)
                attacking.join()
        self.show(*customers)
        self.assert_nobody_is_out(customers)

    def test_bans_nobody_who_knows_the_password_while_dovecot_knows_none(self):
        guesser = Result(network.attacker(2))
        with running(Syslog(), self.dovecot, Postfix(postfix.ASKS_DOVECOT)):
            attacking = Attack(OUTAGE_SECONDS + 12)
            customers = self.customers(attacking, 1)
            wait_until(lambda: all(one.let_in > 1 for one in customers), "customers have logged in", 20)
            self.dovecot.lose_passwords()
            attacking.start(attacking.guess_at_a_rate, guesser, Smtp, 587, 0.5)
            attacking.wait(OUTAGE_SECONDS)
            self.dovecot.restore_passwords()
            attacking.join()
        self.show(guesser, *customers)
        self.assert_nobody_is_out(customers)
        self.assertTrue(self.mailban.ask("show", guesser.source)["banned"])

    def assert_nobody_is_out(self, customers):
        """No customer is banned, and the last that each heard of the server was a welcome."""
        for customer in customers:
            self.assertFalse(self.mailban.ask("show", customer.source)["banned"], customer)
            self.assertIsNone(customer.shut_out, customer)
            self.assertGreater(customer.let_in, 1, customer)


if __name__ == "__main__":
    story.tell("postfix")
