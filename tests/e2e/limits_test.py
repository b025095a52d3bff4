"""More clients than the limits allow: memory stays as it is, the guilty stay out, and what had to make room
is told. Runs in namespaces of its own (../firewall/in_namespace), with real nftables.
"""

import time
import unittest

from lab.daemon import append, failure
from lab.faults import Faulty, client, stranger
from lab.shell import wait_until

TRACKED, BANS, KNOWN = 1000, 20, 100
CROWD, TURNS, WARM = 36_000, 7, 4  # strangers; after four turns all tables have their final size
STEADY_EVERY, OFFENDER_EVERY = 500, 2000


def login(number):
    """The line that Exim writes for a message of somebody who has logged in."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    return (f"{stamp} 1xVd7j-0000000008G-3uoV <= anna@example.com H=(home.example) [172.16.{number}.1]:40000 "
            f"P=esmtpsa A=dovecot_plain:user{number} S=469\n")


class Limits(Faulty):

    def test_more_clients_than_the_limits_allow_push_out_the_least_guilty(self):
        mailban = self.mailban("nftables")
        with open(mailban.config, encoding="utf-8") as file:
            text = file.read().replace("factor: 1", "factor: 2")  # as it is by default
        mailban.write_config(text + f"limits: {{tracked: {TRACKED}, bans: {BANS}, known_logins: {KNOWN}}}\n")
        mailban.start()
        logins = 2 * KNOWN
        append(self.log, "".join(map(login, range(logins))))
        lines = logins + sum(self.flood(mailban, turn) for turn in range(WARM))
        mailban.ask("status")  # an answer takes memory once, too
        warm = self.resident(mailban)
        for turn in range(WARM, TURNS):
            lines += self.flood(mailban, turn)
            self.assertEqual(mailban.ask("status")["sources"][0]["lines"], lines)
        self.assertLess(self.resident(mailban) - warm, 1024)

        status = mailban.ask("status")
        self.assertEqual((status["events"]["auth_failure"], status["events"]["auth_success"]),
                         (lines - logins, logins))
        self.assertEqual(status["active_bans"], BANS)
        self.assertLessEqual(status["tracked"], TRACKED)
        self.assertGreaterEqual(status["evicted_tracked"], CROWD * TURNS - TRACKED)
        self.assertEqual(status["evicted_bans"], status["bans_made"] - BANS)
        said = mailban.command("status").stdout
        self.assertIn(f"{status['evicted_tracked']} least guilty clients removed (limits.tracked)", said)
        self.assertIn(f"{status['evicted_bans']} bans ended early (limits.bans)", said)
        self.assertGreaterEqual(status["evicted_logins"], 2 * logins - KNOWN)  # each with its network
        self.assertIn(f"{status['evicted_logins']} logins removed (limits.known_logins)", said)
        # The latest offenders are out, and whoever goes on is out again with each step for longer.
        offenders = CROWD * TURNS // OFFENDER_EVERY
        latest = {f"{client(number)}/32" for number in range(offenders - BANS + 2, offenders + 1)}
        banned = set(mailban.banned())
        self.assertLessEqual(latest | {f"{client(0)}/32"}, banned)
        self.assertEqual(len(banned), BANS)
        wait_until(mailban.is_settled, "the kernel has it all")
        self.assertEqual(self.held(), BANS)
        print(f"{lines} lines of {CROWD * TURNS} strangers: {status['evicted_tracked']} forgotten, "
              f"{status['evicted_bans']} of {status['bans_made']} bans ended early; resident {warm} kB after "
              f"the first half, {self.resident(mailban)} kB at last")

    def flood(self, mailban, turn):
        """Strangers with one failure each, an offender now and then, and one who never stops; how many
        lines that were, once they are read.
        """
        text = []
        for number in range(turn * CROWD, (turn + 1) * CROWD):
            text.append(failure(stranger(number), port=number % 60_000))
            if number % STEADY_EVERY == 0:
                text.append(failure(client(0)))
            if (number + 1) % OFFENDER_EVERY == 0:
                text.extend([failure(client((number + 1) // OFFENDER_EVERY))] * 5)
        append(self.log, "".join(text))
        wait_until(lambda: mailban.ask("status")["sources"][0]["bytes_behind"] == 0, "all is read", 60, 0.1)
        return len(text)

    def resident(self, mailban):
        """Its memory in kilobytes."""
        with open(f"/proc/{mailban.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("RssAnon"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
