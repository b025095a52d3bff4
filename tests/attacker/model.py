"""A day of an attacker against mailban's shipped rules, by `mailban replay`, in virtual time.

An attacker is a list of moves. A move that is made while a ban of its client stands is not made: the
firewall drops it, so its lines are never written and its guesses never reach a password check. As bans
follow from the lines, and lines from the bans, play() replays until the two agree.
"""

import contextlib
import dataclasses
import datetime
import functools
import ipaddress
import itertools
import json
import os
import pathlib
import re
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = str(os.environ.get("MAILBAN") or HERE / "../../build/dev/mailban")
SHIPPED = HERE / "../../config/mailban.yaml"
ENVIRONMENT = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}

BEGIN = 1793491200  # 2026-11-01: the customers' first logins
ATTACK = BEGIN + 2 * 3600
DAY = 86400
# A strategy that has made so many guesses is not limited; its pace says the rest.
ENOUGH = 1000
MOST_REPLAYS = 40


@dataclasses.dataclass(frozen=True)
class Move:
    """What one client does at once."""

    at: float
    client: str
    lines: list
    guesses: int = 0  # passwords of others that reach a check


@dataclasses.dataclass(frozen=True)
class Ban:
    """As replay reports it."""

    begin: float
    until: float
    network: object
    rule: str

    def is_in_force(self, at):
        """A connection of the moment in which it begins is through."""
        return self.begin < at < self.until


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What an attacker has got."""

    guesses: int
    seconds: float  # from the first move to the last guess that was counted
    is_limited: bool
    bans: list
    customers_banned: list

    def a_day(self):
        """Guesses a day; of one who was not limited, at the pace of those that were played."""
        if self.is_limited:
            return self.guesses
        return round(self.guesses * DAY / max(self.seconds, 1))


def shipped_config(folder, log, source="parser: auto", **changes):
    """The shipped configuration with this log as its source; `changes` replace single values."""
    text = SHIPPED.read_text(encoding="utf-8")
    text, found = re.subn(r"(?m)^sources: auto\n", f"sources:\n  - {{file: {log}, {source}}}\n", text)
    assert found == 1, "config/mailban.yaml does not say sources: auto"
    text = text.replace("  backend: auto\n", "  backend: dry-run\n").replace("/var/lib/mailban", f"{folder}/state")
    for key, value in changes.items():
        text, found = re.subn(rf"(?m)^(\s+{key}:) [^ #\n]+", rf"\1 {value}", text)
        assert found == 1, f"config/mailban.yaml has no single value {key}"
    path = pathlib.Path(folder) / "mailban.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mailban(*arguments):
    """Runs the program to its end; what it wrote to standard output."""
    done = subprocess.run((PROGRAM, *map(str, arguments)), capture_output=True, check=False, timeout=120,
                          env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


# How a log of web programs has to be named, in the configuration and for `scan`.
SOURCES = {
    "sogo": ("parser: sogo, trusted_front_end: true", ("--trusted-front-end",)),
    "horde": ("parser: horde, escaped_line_feeds: true", ("--escaped-line-feeds",)),
}


def source_of(parser):
    """The keys of a source whose log is read so."""
    return SOURCES.get(parser, (f"parser: {parser}", ()))[0]


def events_of(lines, parser="auto"):
    """What a log of these texts tells, one dictionary an event."""
    flags = SOURCES.get(parser, ("", ()))[1]
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log"
        log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return [json.loads(one) for one in mailban("scan", "--events", "--parser", parser, *flags, log).splitlines()]


def _seconds(stamp):
    if stamp is None:
        return float("inf")
    whole, _, rest = stamp.rstrip("Z").partition(".")
    day, clock = whole.split("T")
    year, month, date = map(int, day.split("-"))
    hours, minutes, seconds = map(int, clock.split(":"))
    days = datetime.date(year, month, date).toordinal() - datetime.date(1970, 1, 1).toordinal()
    return days * DAY + hours * 3600 + minutes * 60 + seconds + float(f"0.{rest or 0}")


@contextlib.contextmanager
def _written(lines, source, changes):
    """A log with these lines, and a configuration for it."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "server.log"
        text = "".join(f"{line}\n" for _, line in sorted(lines, key=lambda line: line[0]))
        log.write_text(text, encoding="utf-8")
        yield shipped_config(folder, log, source, **changes), log


def replay(lines, source="parser: auto", **changes):
    """The bans of the shipped rules over these lines, in the order in which they were decided."""
    with _written(lines, source, changes) as (config, log):
        told = [json.loads(one) for one in mailban("replay", "--json", "--config", config, log).splitlines()]
    return [Ban(_seconds(one["decided"]), _seconds(one["until"]), ipaddress.ip_network(one["prefix"]), one["rule"])
            for one in told]


def prevented(lines, source="parser: auto", **changes):
    """How many guesses of these lines a ban would have kept out."""
    with _written(lines, source, changes) as (config, log):
        told = json.loads(mailban("replay", "--json", "--config", config, "--compare", config, log))
    return told["configurations"][0]["guesses_blocked"]


class Customers:
    """People who log in all the time, from networks of their own, and mistype now and then."""

    COUNT = 40

    def __init__(self, server, one_in, until=ATTACK + DAY):
        self._server = server
        self.addresses = {self.home(number) for number in range(self.COUNT)}
        self.lines = []
        for turn in itertools.count():
            at = BEGIN + turn * one_in
            if at >= until:
                break
            self._log_in(turn, at)

    @staticmethod
    def home(number):
        """Every second customer has IPv6."""
        return f"198.18.{number}.7" if number % 2 == 0 else f"2001:db8:c{number:03x}:1::7"

    def _log_in(self, turn, at):
        number = turn % self.COUNT
        home, account = self.home(number), f"customer{number}"
        if turn % 37 == 0:
            self.lines += self._server.failure(at, home, account)
        self.lines += self._server.login(at + 8, home, account)


_address = functools.lru_cache(100_000)(ipaddress.ip_address)


def _made(moves, bans, enough):
    """The moves that no ban stops, until their guesses are enough; and the first that was stopped."""
    made, guesses, first_stopped = [], 0, None
    bans_of = functools.cache(lambda client: [ban for ban in bans if _address(client) in ban.network])
    for move in moves:
        if any(ban.is_in_force(move.at) for ban in bans_of(move.client)):
            first_stopped = first_stopped or move
            continue
        made.append(move)
        guesses += move.guesses
        if guesses >= enough:
            break
    return made, first_stopped


def play(moves, customers, source="parser: auto", enough=ENOUGH, **changes):
    """What these moves come to, made only while no ban stands in their way."""
    moves = sorted(moves, key=lambda move: move.at)
    accepted, told, stopped = [], [], None
    for _ in range(MOST_REPLAYS):
        made, _ = _made(moves, accepted, enough)
        told = replay(customers.lines + [line for move in made for line in move.lines], source, **changes)
        _, stopped = _made(made, told, enough)
        if stopped is None:
            break
        # Up to the first move that was not to be made, all was as it would have been.
        accepted = [ban for ban in told if ban.begin <= stopped.at]
    else:
        made, _ = _made(made, told, enough)
    guesses = sum(move.guesses for move in made)
    guessing = [move.at for move in made if move.guesses]
    seconds = max(guessing) - moves[0].at if guessing else 0
    hit = sorted({home for home in customers.addresses for ban in told if _address(home) in ban.network})
    return Outcome(guesses, seconds, guesses < enough, told, hit)
