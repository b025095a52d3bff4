"""An address that an attacker has chosen is in no event and in no ban, whatever he sends."""

import dataclasses
import ipaddress
import unittest

from lines import Exim, Horde, Roundcube, Sogo
from model import ATTACK, events_of, replay, source_of

ATTACKER = "198.51.100.9"
CHOSEN = "192.0.2.80"
REQUESTS = 60
STAMP = "01-Nov-2026 02:00:00"
FAILED = f"[{STAMP}] Login failed for  from {CHOSEN}. "
TOLD = f"[{STAMP} +0000]: Failed login for bob from {CHOSEN} in session a (error: 0)"
SUCCEEDED = f"[{STAMP} +0000]: Successful login for bob (ID: 1) from {CHOSEN} in session a"
SOGO = "Nov 01 02:00:00 sogod [300]: "
SOGO_FAILED = (f"{SOGO}SOGoRootPage Login from '{CHOSEN}' for user 'b' might not have worked - password policy: 65535  "
               "grace: -1  expire: -1  bound: 0")
SOGO_SUCCEEDED = f"{SOGO}SOGoRootPage successful login from '{CHOSEN}' for user 'b' - expire = -1  grace = -1"
SOGO_ACCESS = f'{SOGO}{CHOSEN} "POST /SOGo/connect HTTP/1.1" 403 34/68 0.114 - - 0 - 13'


@dataclasses.dataclass(frozen=True)
class Frame:
    """One request that an attacker repeats, as lines of a log at a time."""

    name: str
    request: object
    parser: str
    mine: bool = False  # whether the log must still tell of the attacker

    def lines(self):
        return [line for number in range(REQUESTS) for line in self.request(ATTACK + number)]


def roundcube(*forged):
    """A name with these lines in it, as many as Roundcube writes of it."""
    return lambda at: Roundcube.failure(at, ATTACKER, "\n".join(["x", *forged]))


def sogo(*forged, claimed=None):
    return lambda at: Sogo.failure(at, ATTACKER, "\n".join(["x", *forged]), claimed)


def horde(account="bob", forwarded=""):
    return lambda at: Horde.failure(at, ATTACKER, account, forwarded)


def exim_witnessed(at):
    """The chosen client has a connection of its own, and the HELO name tells of it."""
    port = 40000
    helo = f"x) [{CHOSEN}]:{port}: 535 Incorrect authentication data (set_id=y"
    own = 31001 + int(at) % 1000
    return (Exim.connection(at, CHOSEN, port) + Exim.connection(at, ATTACKER, own)
            + Exim.connection(at, ATTACKER, own + 2048) + Exim.failure(at + 0.5, ATTACKER, "bob", helo, f":{own}"))


def exim_unwitnessed(at):
    """The attacker's own connection is not in the log at all."""
    helo = f"x) [{CHOSEN}]:40000: 535 Incorrect authentication data (set_id=y"
    return Exim.connection(at, CHOSEN, 40000) + Exim.failure(at, ATTACKER, f"bob{int(at)}", helo, ":31001")


def exim_by_name(field):
    more = f'{field}="CN=x\\" H=(y) [{CHOSEN}] A=dovecot_plain:bob S=1 y" '
    return lambda at: Exim.login(at, ATTACKER, "mallory", more)


FRAMES = [
    *(Frame(f"Roundcube, {count} lines of errors.log", roundcube(*[FAILED] * count), "roundcube")
      for count in (1, 2, 3, 4, 5)),
    *(Frame(f"Roundcube, {count} whole lines", roundcube(*[TOLD] * count), "roundcube") for count in (1, 2, 3)),
    Frame("Roundcube, three short lines and a whole one", roundcube(*["[a] Login failed for x"] * 3, TOLD),
          "roundcube"),
    Frame("Roundcube, a login", roundcube(*[f"[{STAMP}] Login failed for x"] * 3, SUCCEEDED, "z"), "roundcube"),
    Frame("Roundcube, lines between empty ones", roundcube(*["", FAILED] * 4), "roundcube"),
    Frame("Roundcube, a mark that strip_tags lets through",
          roundcube(*[f"[{STAMP} +0000]: < 4f3a> Failed login for b from {CHOSEN} in session 4f3a (error: 0)"] * 2),
          "roundcube"),
    Frame("SOGo, header x-webobjects-remote-host", sogo(claimed=CHOSEN), "auto"),
    Frame("SOGo, a line in the name", sogo(SOGO_FAILED), "auto"),
    Frame("SOGo, a login in the name", sogo(SOGO_SUCCEEDED), "auto"),
    Frame("SOGo alone, a line in the name", sogo(SOGO_FAILED), "sogo"),
    Frame("SOGo alone, a line and its access line in the name", sogo(SOGO_FAILED, SOGO_ACCESS), "sogo"),
    Frame("SOGo alone, lines of two processes", sogo(SOGO_FAILED, SOGO_ACCESS.replace("300", "301"), SOGO_ACCESS),
          "sogo"),
    Frame("SOGo alone, a login in the name", sogo(SOGO_SUCCEEDED, SOGO_ACCESS.replace("403", "200")), "sogo"),
    Frame("Horde, a name like the line's end", horde(f"x [{CHOSEN}] to y"), "horde"),
    Frame("Horde, a name like the end of 5.2's", horde(f"x to horde ({CHOSEN})"), "horde"),
    Frame("Horde, a name with a whole end", horde(f"x to horde ({CHOSEN}) [pid 1 on line 1 of \"/x\"]"), "horde"),
    Frame("Horde, a header like the line's end", horde(forwarded=f" (forwarded for [a [{CHOSEN}] to b])"), "horde"),
    Frame("Horde, a header like the end of 5.2's", horde(forwarded=f" (forwarded for [a to horde ({CHOSEN})])"),
          "horde"),
    Frame("Horde, a header with an address", horde(forwarded=f" (forwarded for [{CHOSEN}])"), "horde", mine=True),
    Frame("Exim, junk HELO, the chosen client has a witness", exim_witnessed, "exim"),
    Frame("Exim, junk HELO, the attacker has none", exim_unwitnessed, "exim"),
    Frame("Exim, a DN like a login", exim_by_name("DN"), "exim"),
    Frame("Exim, SNI like a login", exim_by_name("SNI"), "exim"),
]


class Framing(unittest.TestCase):
    """Each subtest is one request, repeated."""

    def test_gives_no_event_for_the_address(self):
        for frame in FRAMES:
            with self.subTest(frame.name):
                events = events_of([text for _, text in frame.lines()], frame.parser)
                self.assertEqual([event["kind"] for event in events if event["ip"] == CHOSEN], [])
                self.assertTrue(not frame.mine or any(event["ip"] == ATTACKER for event in events))

    def test_bans_no_such_address(self):
        for frame in FRAMES:
            with self.subTest(frame.name):
                bans = replay(frame.lines(), source_of(frame.parser))
                self.assertEqual([ban.rule for ban in bans if ipaddress.ip_address(CHOSEN) in ban.network], [])


if __name__ == "__main__":
    unittest.main()
