"""The rules are no weapon: who else is shut out when somebody fails on purpose."""

import ipaddress
import unittest

from lines import Dovecot, MxPostfix
from model import ATTACK, BEGIN, DAY, Customers, Move, play, prevented, replay
from strategy import every

ATTACKER = "198.51.100.9"
SHARED = "198.51.100.200"


def guesses(server, client, account, times):
    return [line for at in times for line in server.failure(at, client, account)]


def who_is_hit(bans, addresses):
    """Which of these addresses a ban covers."""
    return sorted({one for one in addresses for ban in bans if ipaddress.ip_address(one) in ban.network})


class SharedAddress(unittest.TestCase):
    """Fifty known customers behind one address, and somebody else."""

    USERS = 50

    def setUp(self):
        self.logins = [line for turn, at in enumerate(every(60, BEGIN, ATTACK + DAY))
                       for line in Dovecot.login(at, SHARED, f"user{turn % self.USERS}")]

    def test_stands_when_one_more_person_fails(self):
        for number in (5, 10):
            with self.subTest(number):
                failures = guesses(Dovecot, SHARED, "bob", every(20, ATTACK, ATTACK + number * 20))
                self.assertEqual(who_is_hit(replay(self.logins + failures), [SHARED]), [])

    def test_is_no_place_to_guess_from(self):
        moves = [Move(at, SHARED, Dovecot.failure(at, SHARED, "bob"), 1) for at in every(60)]
        customers = Customers(Dovecot, 60)
        customers.lines += self.logins
        outcome = play(moves, customers)
        self.assertLessEqual(outcome.a_day(), 300)


class AttackedAccounts(unittest.TestCase):
    """Ten addresses have failed at each of many accounts."""

    ACCOUNTS = 100

    def setUp(self):
        self.attack = []
        for number in range(self.ACCOUNTS * 10):
            address = number % 334  # no more than three accounts each
            client = f"100.{64 + address // 250}.{address % 250}.9"
            at = ATTACK + number * 7
            self.attack += Dovecot.failure(at, client, f"owner{number // 10}")

    def owners(self, slips):
        """Each owner mistypes on a new network, and then logs in."""
        lines, homes = [], []
        for number in range(self.ACCOUNTS):
            home, at = f"198.19.{number}.7", ATTACK + 8 * 3600 + 60 * number
            lines += guesses(Dovecot, home, f"owner{number}", [at + 10 * slip for slip in range(slips)])
            lines += Dovecot.login(at + 10 * slips, home, f"owner{number}")
            homes.append(home)
        return lines, homes

    def test_do_not_shut_out_an_owner_at_the_first_slip(self):
        lines, homes = self.owners(1)
        self.assertEqual(who_is_hit(replay(self.attack + lines), homes), [])

    def test_still_shut_out_strangers_soon(self):
        lines, homes = [], []
        for number in range(50):
            home = f"198.19.{number}.9"
            lines += guesses(Dovecot, home, "owner99", every(60, ATTACK + 8 * 3600 + number, ATTACK + 9 * 3600))
            homes.append(home)
        bans = replay(self.attack + lines)
        self.assertEqual(who_is_hit(bans, homes), sorted(homes))


class Blocks(unittest.TestCase):
    """Machines of one block fail on purpose, so that their neighbours are shut out with them."""

    def test_of_a_hoster_may_still_send_mail_when_eight_of_its_machines_fail(self):
        lines = [line for number in range(8)
                 for line in Dovecot.failure(ATTACK + 60 * number, f"2001:db8:b:{number * 4096 + 1:x}::1", "bob")]
        neighbour, later = "2001:db8:b:fffe::25", ATTACK + 900
        self.assertEqual(prevented(lines + list(MxPostfix.failure(later, neighbour, "bob"))), 0)
        self.assertEqual(prevented(lines + list(Dovecot.failure(later, neighbour, "bob"))), 1)


class Limits(unittest.TestCase):
    """Memory is bounded, and nobody can have it emptied."""

    def test_of_known_users_are_not_used_up_by_one_account(self):
        lines = [line for number in range(20)
                 for line in Dovecot.login(BEGIN + number, f"198.18.{number}.7", f"c{number}")]
        for number in range(3000):
            lines += Dovecot.login(ATTACK + number, f"2001:db8:a:{number:x}::1", f"mallory{number % 8}")
        homes = [f"198.18.{number}.7" for number in range(20)]
        lines += [line for number, home in enumerate(homes)
                  for line in guesses(Dovecot, home, f"c{number}", every(5, ATTACK + 4000, ATTACK + 4030))]
        self.assertEqual(who_is_hit(replay(lines, known_logins=1000), homes), [])

    def test_of_bans_let_nobody_go_for_others_that_are_less_guilty(self):
        persistent = [Move(at, ATTACKER, Dovecot.failure(at, ATTACKER, "bob"), 1) for at in every(30)]
        # Ten failures each, banned for a day.
        crowd = [Move(at, client, guesses(Dovecot, client, f"x{turn}", every(1, at, at + 10)))
                 for turn, at in enumerate(every(60))
                 for client in [f"2001:db8:{turn:x}:1::1"]]
        outcome = play(persistent + crowd, Customers(Dovecot, 600), bans=20)
        self.assertLessEqual(outcome.a_day(), 100)


if __name__ == "__main__":
    unittest.main()
