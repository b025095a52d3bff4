"""An Exim whose client chooses its HELO name with care: no guess is hidden, and nobody else is named."""

import contextlib
import os
import unittest

from lab import attack, client, exim, network, story, syslog
from lab.attack import Attack, Result, ShippedMailban
from lab.exim import Exim
from lab.login import Smtp
from lab.servers import running
from lab.shell import wait_until
from lab.syslog import Syslog

SECONDS = 60 if story.IS_LONG else 15
JUNK = "helo_accept_junk_hosts = *\n"
WITNESSES = "+incoming_port +smtp_connection"
VICTIM = "198.18.5.7"
SLOTS = 2048  # so far apart, two ports once shared a place among the witnesses


class Named(Smtp):
    """A client that greets by a name of its choice, from a port of its choice."""

    helo = "guess.example"

    def _greet(self):
        self._answer()
        self._command(f"EHLO {self.helo}")


def named(name):
    """A kind of conversation that greets so."""
    return type("Named", (Named,), {"helo": name})


class AnAttackedExim(unittest.TestCase):
    """Each way has an Exim and a daemon of its own."""

    @classmethod
    def setUpClass(cls):
        network.connect_hosts()
        attack.add_clients(10)

    def mailban(self, log):
        os.makedirs(os.path.dirname(log), exist_ok=True)
        with open(log, "w", encoding="ascii"):
            pass
        return self.enterContext(ShippedMailban(f"/srv/{self.id().rsplit('.', 1)[-1]}", [log]))

    def guess(self, *ways):
        """Each client guesses in connections of one password each, until it is shut out."""
        attacking = Attack(SECONDS)
        results = [Result(network.attacker(number + 1)) for number in range(len(ways))]
        for result, speaks in zip(results, ways):
            attacking.start(attacking.guess_at_a_rate, result, speaks, 587, 0.5)
        attacking.join(results)
        print(f"\n{attack.HEAD}", *(result.row() for result in results), sep="\n", flush=True)
        return results

    def assert_banned(self, mailban, results):
        for result in results:
            with self.subTest(result.source):
                self.assertTrue(mailban.ask("show", result.source)["banned"])
                self.assertLessEqual(result.refused, 20)

    def test_counts_lines_that_syslog_has_in_pieces(self):
        mailban = self.mailban(syslog.MAIL_LOG)
        with running(Syslog(), Exim(log="syslog")):
            results = self.guess(Named, named("a" * 900), named("a" * 4000))
        self.assert_banned(mailban, results)

    def test_names_nobody_else_and_counts_itself_by_its_witness(self):
        mailban = self.mailban(exim.MAIN_LOG)
        with Exim(log_selector=WITNESSES, more=JUNK):
            held = client.connect(VICTIM, 587)
            port = held.getsockname()[1]
            name = f"x) [{VICTIM}]:{port}: 535 Incorrect authentication data (set_id=y"
            nobody = name.replace(VICTIM, "8.8.8.8")
            # Where both have a witness the line can be read in two ways: it names nobody.
            _, alone = self.guess(named(name), named(nobody))
            self.push_out_the_witness(network.attacker(8), named(name))
            pushed_out = self.push_out_the_witness(network.attacker(9), named(nobody))
            held.close()
        self.assertFalse(mailban.ask("show", VICTIM)["banned"])
        self.assertEqual(mailban.ask("show", VICTIM)["evidence"], [])
        self.assert_banned(mailban, [alone, pushed_out])

    @staticmethod
    def push_out_the_witness(source, speaks):
        """Connects from a port and from one that shares its place before each guess."""
        result = Result(source)
        attacking = Attack(SECONDS)
        for port in range(31001, 31025):
            with contextlib.suppress(*attack.GONE), contextlib.ExitStack() as closing:
                with client.from_port(port):
                    line = closing.enter_context(contextlib.closing(speaks(result.source, 587)))
                with client.from_port(port + SLOTS):
                    closing.enter_context(contextlib.closing(client.connect(result.source, 587)))
                attacking.one_guess(result, line, "anna", f"wrong-{port}")
        print(result.row(), flush=True)
        return result

    def test_names_the_remedy_where_somebody_guesses_unseen(self):
        mailban = self.mailban(exim.MAIN_LOG)
        with Exim():
            results = self.guess(named("a" * 8100))
            self.assertGreater(results[0].refused, 0)
            wait_until(lambda: "acl_smtp_helo" in mailban.command("status").stdout, "status names the remedy", 5)


if __name__ == "__main__":
    story.tell("exim")
