"""Logs in other time zones than the machine, and the nights in which its zone changes, by a clock of ours
(libfaketime): bans come as if everything were in one zone."""

import datetime
import glob
import os
import pathlib
import tempfile
import time
import unittest
import zoneinfo

import lines
from lines import exim_failure

FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
UTC = datetime.timezone.utc


def utc(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


AUTUMN = utc("2026-10-25 01:00:00")  # 03:00 becomes 02:00
SPRING = utc("2026-03-29 01:00:00")  # 02:00 becomes 03:00


def failure(at, ip, port, zone):
    """As a server in that zone writes it."""
    offset = datetime.datetime.fromtimestamp(at, zone).utcoffset().total_seconds()
    return exim_failure(at + offset, ip, f"user{ip}", port)


@unittest.skipUnless(FAKETIME, "libfaketime is not installed")
class WithAClock(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.clock = self.folder / "clock"
        self.port = 1024
        self.written = 0
        self.now = 0.0

    def set_clock(self, at):
        """The daemon's, from now on."""
        new = self.clock.with_suffix(".new")
        new.write_text(f"{at - time.time():+.6f}\n")
        os.replace(new, self.clock)
        self.now = at

    def daemon(self, logs, zone="Europe/Berlin"):
        self.written = 0
        return lines.Daemon(self.folder, logs, environment={
            "TZ": zone, "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1"})

    def write(self, log, text):
        with open(self.folder / log, "a", encoding="ascii") as file:
            file.write(text)
        self.written += 1

    def fails(self, daemon, at, ip, *told):
        """An attempt at that time, told by logs, each with its zone."""
        self.set_clock(at)
        self.port += 1
        for log, zone in told:
            self.write(log, failure(at - 0.01, ip, self.port, zone))
        daemon.wait_for(self.written)

    def banned(self, daemon):
        return {ban["address"] for ban in daemon.ask("bans")}


class TheHourThatComesTwice(WithAClock):

    def test_is_told_apart_by_arrival(self):
        self.set_clock(AUTUMN - 3600)
        (self.folder / "log").touch()
        with self.daemon([self.folder / "log"]) as daemon:
            local = ("log", BERLIN)
            for number in range(3):  # five past two, for the first time
                self.fails(daemon, AUTUMN - 3300 + number, "198.51.100.1", local)
            for number in range(3):  # one minute before three
                self.fails(daemon, AUTUMN - 30 + number, "192.0.2.7", local)
            self.fails(daemon, AUTUMN + 10, "192.0.2.7", local)
            self.assertEqual(self.banned(daemon), set())
            self.fails(daemon, AUTUMN + 11, "192.0.2.7", local)
            self.assertEqual(self.banned(daemon), {"192.0.2.7"})
            for number in range(2):  # five past two, for the second time
                self.fails(daemon, AUTUMN + 300 + number, "198.51.100.1", local)
            self.assertEqual(self.banned(daemon), {"192.0.2.7"})
            self.assertLess(abs(daemon.status()["sources"][0]["lag_seconds"]), 5)


class ALogInUtcBesideOneInLocalTime(WithAClock):

    def tell(self, change, keys, is_learned):
        self.set_clock(change - 3000)
        logs = [(self.folder / "utc"), (self.folder / "local")]
        for log in logs:
            log.touch()
        both = ("utc", UTC), ("local", BERLIN)
        with self.daemon([f"{logs[0]}{keys}", logs[1]]) as daemon:
            if is_learned:
                for number in range(12):  # of as many clients
                    self.fails(daemon, change - 2900 + 2 * number, f"203.0.{number}.1", *both)
                self.assertIn("read as UTC", str(daemon.status()["warnings"]))
            for number, after in enumerate((-250, -150, -50, 50, 150)):  # told by both: counts once
                self.assertEqual(self.banned(daemon), set())
                self.fails(daemon, change + after, "192.0.2.7", *both)
            self.assertEqual(self.banned(daemon), {"192.0.2.7"})
            for number, after in enumerate((160, 200, 240, 280, 320)):  # told by one or the other
                self.assertEqual(self.banned(daemon), {"192.0.2.7"})
                self.fails(daemon, change + after, "198.51.100.1", both[number % 2])
            self.assertEqual(self.banned(daemon), {"192.0.2.7", "198.51.100.1"})
            for source in daemon.status()["sources"]:
                self.assertLess(abs(source["lag_seconds"]), 5, source["file"])
            for number, after in enumerate((3400, 3450, 3500)):  # an hour later, over the end of the hour
                self.fails(daemon, change + after, "198.51.100.9", *both)
            for number, after in enumerate((3700, 3750)):
                self.assertNotIn("198.51.100.9", self.banned(daemon))
                self.fails(daemon, change + after, "198.51.100.9", *both)
            self.assertIn("198.51.100.9", self.banned(daemon))
            for ban in daemon.ask("bans"):
                self.assertEqual((ban["rule"], ban["count"]), ("password-guessing", 5))

    def test_in_autumn_as_the_configuration_says(self):
        self.tell(AUTUMN, "\n    zone: UTC", False)

    def test_in_autumn_as_its_lines_show(self):
        self.tell(AUTUMN, "", True)

    def test_in_spring_as_the_configuration_says(self):
        self.tell(SPRING, "\n    zone: UTC", False)

    def test_in_spring_as_its_lines_show(self):
        self.tell(SPRING, "", True)


class WhatALogHasShown(WithAClock):

    def test_holds_for_a_backlog_after_a_restart(self):
        start = utc("2026-07-01 12:00:00")
        self.set_clock(start)
        log = self.folder / "utc"
        log.touch()
        with self.daemon([log]) as daemon:
            for number in range(12):
                self.fails(daemon, start + 2 * number, f"203.0.{number}.1", ("utc", UTC))
        for number in range(5):  # while nobody looks
            self.write("utc", failure(start + 100 + number, "192.0.2.7", 3000 + number, UTC))
        self.set_clock(start + 200)
        with self.daemon([log]) as daemon:
            daemon.wait_for(5)
            bans = daemon.ask("bans")
            self.assertEqual([ban["address"] for ban in bans], ["192.0.2.7"])
            self.assertEqual(bans[0]["since"][:19], "2026-07-01T12:01:44")


class TheMachinesZone(WithAClock):

    def test_is_noticed_when_it_changes(self):
        start = utc("2026-07-01 12:00:00")
        self.set_clock(start)
        zone = self.folder / "localtime"
        zone.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
        (self.folder / "log").touch()
        with self.daemon([self.folder / "log"], f":{zone}") as daemon:
            self.fails(daemon, start + 1, "192.0.2.7", ("log", BERLIN))
            other = self.folder / "other"
            other.symlink_to("/usr/share/zoneinfo/America/Sao_Paulo")
            os.replace(other, zone)
            self.set_clock(start + 120)
            lines.until(lambda: self.counts_now(daemon, start))

    def counts_now(self, daemon, start):
        """Whether a line in the new zone counts at about now; while the zone is changed, no lag is known."""
        self.fails(daemon, max(self.now + 0.1, start + 130), "192.0.2.8",
                   ("log", zoneinfo.ZoneInfo("America/Sao_Paulo")))
        lag = daemon.status()["sources"][0]["lag_seconds"]
        return lag is not None and abs(lag) < 5

    def test_has_its_changes_in_the_years_to_come(self):
        start = utc("2024-09-01 12:00:00")
        self.set_clock(start)
        (self.folder / "log").touch()
        with self.daemon([self.folder / "log"]) as daemon:
            for year in range(2024, 2035):
                for month in (6, 12):
                    at = utc(f"{year}-{month:02}-15 12:00:00")
                    if at < start:
                        continue
                    self.set_clock(at)
                    lines.until(lambda: self.has_no_lag(daemon), 10)

    def has_no_lag(self, daemon):
        self.fails(daemon, self.now + 0.1, f"203.0.{self.port % 250}.1", ("log", BERLIN))
        lag = daemon.status()["sources"][0]["lag_seconds"]
        return lag is not None and abs(lag) < 5


class ZonesOfTheConfiguration(unittest.TestCase):

    def test_are_refused_with_their_place_where_the_machine_does_not_know_them(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "mailban.yaml"
            for zone, word in (("Europe/Berlim", "no time zone 'Europe/Berlim'"), ("../passwd", "expected a time"),
                               ("+25:00", "expected a time"), ("posix", "no time zone 'posix'")):
                config.write_text(f"sources:\n  - file: /var/log/mainlog\n    zone: {zone}\n")
                outcome = lines.mailban("check", "--config", config)
                said = (outcome.stderr + outcome.stdout).decode()
                self.assertIn(f"{config}:3:", said)
                self.assertIn(word, said)
                self.assertNotEqual(outcome.returncode, 0)


if __name__ == "__main__":
    unittest.main()
