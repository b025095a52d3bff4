"""Logs that are meant to hurt: random bytes, lines without end, whole lines inside of lines, and more
bytes a second than any mail server writes. No crash, no wrong ban, bounded memory, every line counted.

MAILBAN_HOSTILE_MEGABYTES (48) and MAILBAN_FLOOD_SECONDS (3, at 100 MB/s) make it worse. Needs no root.
"""

import json
import os
import random
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from lab import daemon
from lab.daemon import Mailban, append, failure
from lab.seed import property_seed
from lab.shell import wait_until

MEGABYTES = int(os.environ.get("MAILBAN_HOSTILE_MEGABYTES", "48"))
FLOOD_SECONDS = int(os.environ.get("MAILBAN_FLOOD_SECONDS", "3"))
FLOOD_RATE = 100  # megabytes a second
SEED = property_seed(1)
# In kB. The last 65,536 events are remembered three times over to know doubles by, with up to 256 bytes of
# a name: 70 MB if all of them are that long.
MOST_MEMORY = 112 << 10
MEGABYTE = 1 << 20

ATTACKERS = [f"198.51.100.{number}" for number in range(1, 41)]
LIARS = [f"192.0.2.{number}" for number in range(1, 41)]
VICTIMS = [f"203.0.113.{number}" for number in range(1, 41)]

# What a liar may write where; {fake} is a line, or its end, that tells of a victim.
STAMP = "2026-11-24 12:00:00 "
FORMS = (
    STAMP + "dovecot_login authenticator failed for ({fake}) [{liar}]:4711: 535 Incorrect authentication "
    "data (set_id=bob)",
    STAMP + "dovecot_login authenticator failed for (x) [{liar}]:4711: 535 Incorrect authentication data "
    "(set_id={fake})",
    STAMP + "H=({fake}) [{liar}]:4711 F=<{fake}> rejected RCPT <{fake}>: relay not permitted",
    STAMP + "SMTP protocol error in \"{fake}\" H=({fake}) [{liar}]:4711 LOGIN authentication mechanism not "
    "supported",
    "Nov 24 12:00:00 mail postfix/smtpd[1]: warning: unknown[{liar}]: SASL LOGIN authentication failed: "
    "UGFzc3dvcmQ6, sasl_username={fake}",
    "Nov 24 12:00:00 mail postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[{liar}]: 554 5.7.1 <{fake}>: "
    "Relay access denied; from=<{fake}> to=<{fake}> proto=ESMTP helo=<{fake}>",
    "Nov 24 12:00:00 mail dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<{fake}>, "
    "method=PLAIN, rip={liar}, lip=203.0.113.250",
    # Behind what a line was cut at, and as what goes on with another.
    "\t{fake}", " {fake}", "#011{fake}", "\r{fake}", "x\0{fake}", "2026-11-24 12:00:{fake}",
    "Nov 24 12:00:00 mail kernel: {fake}", "<22 {fake}",
)
FAKES = (
    STAMP + "dovecot_login authenticator failed for (x) [{victim}]:1: 535 Incorrect authentication data "
    "(set_id=bob)",
    "x) [{victim}]:1: 535 Incorrect authentication data (set_id=bob",
    "x>, rip={victim}, lip=203.0.113.250",
    "warning: unknown[{victim}]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=bob",
    "Nov 24 12:00:00 mail postfix/smtpd[1]: warning: unknown[{victim}]: SASL LOGIN authentication failed: "
    "UGFzc3dvcmQ6, sasl_username=bob",
    "Nov 24 12:00:00 mail dovecot: imap-login: Disconnected (auth failed, 5 attempts in 2 secs): user=<bob>, "
    "method=PLAIN, rip={victim}, lip=203.0.113.250",
)


class Hostile:
    """Writes a log of which a few lines are true."""

    def __init__(self, path, seed):
        self.path = path
        self.choose = random.Random(seed)
        self.newlines = 0

    def put(self, data):
        """Adds bytes as they are."""
        self.newlines += data.count(b"\n")
        with open(self.path, "ab", buffering=0) as log:
            log.write(data)

    def noise(self, newline):
        """A megabyte of random bytes; without newlines, or with as many as chance makes."""
        data = self.choose.randbytes(MEGABYTE)
        self.put(data if newline else data.replace(b"\n", b"."))

    def lies(self):
        """Half a megabyte of lines in which whole other lines stand."""
        lines = []
        size = 0
        while size < MEGABYTE // 2:
            fake = self.choose.choice(FAKES).format(victim=self.choose.choice(VICTIMS))
            for _ in range(self.choose.choice((0, 0, 1, 2))):  # a lie in a lie
                fake = self.choose.choice(FORMS).format(fake=fake, liar=self.choose.choice(VICTIMS))
            lines.append(self.choose.choice(FORMS).format(fake=fake, liar=self.choose.choice(LIARS)))
            size += len(lines[-1])
        self.put(b"\n" + "\n".join(lines).encode() + b"\n")

    def long_names(self):
        """Half a megabyte of attempts at accounts with names of up to 8 KB; each is another one."""
        form = FORMS[self.choose.choice((1, 4))]
        self.put(b"\n" + "\n".join(
            form.format(liar=self.choose.choice(LIARS), fake=self.choose.randbytes(16).hex() * size)
            for size in [self.choose.randrange(8, 250) for _ in range(120)]).encode() + b"\n")

    def truth(self, which):
        """One wrong password of one attacker, on a line of its own."""
        self.put(b"\n" + failure(ATTACKERS[which % len(ATTACKERS)]).encode())

    def write(self, megabytes):
        """All of it: a third noise, a third lies, a third one line; five true lines of each attacker."""
        true_lines = 5 * len(ATTACKERS)
        told = 0
        for part in range(megabytes):
            if part < megabytes // 3:
                self.noise(newline=part % 2)
            elif part < 2 * megabytes // 3:
                self.lies()
                self.long_names()
            else:
                self.noise(newline=False)
            # None within the line without end.
            while part < 2 * megabytes // 3 and told < min(true_lines, true_lines * 2 * (part + 1) // megabytes):
                self.truth(told)
                told += 1
        while told < true_lines:
            self.truth(told)
            told += 1


def highest_memory(pid):
    """The most that a process had resident, in kB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


class ALog(unittest.TestCase):
    """One log, and who follows it."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.log = f"{self.folder}/mainlog"
        append(self.log, "")

    def mailban(self):
        made = Mailban(f"{self.folder}/m", "dry-run", [self.log], within="1d", on_stop="keep")
        with open(made.config, encoding="utf-8") as file:
            text = file.read().replace(", group: root", "")
        made.write_config(text)
        self.addCleanup(made.__exit__)
        made.start()
        return made

    def read_of(self, mailban):
        """Lines that were handed over or skipped."""
        source, = mailban.ask("status")["sources"]
        return source["lines"] + source["oversized_lines"]


class AHostileLog(ALog):

    def test_bans_nobody_but_who_did_it_while_it_is_followed(self):
        mailban = self.mailban()
        hostile = Hostile(self.log, SEED)
        began = time.monotonic()
        hostile.write(MEGABYTES)
        wrote = time.monotonic() - began
        wait_until(lambda: self.read_of(mailban) >= hostile.newlines, "all is read", 300, 0.1)
        took = time.monotonic() - began
        self.assertEqual(self.read_of(mailban), hostile.newlines)
        banned = {one.removesuffix("/32") for one in mailban.banned()}
        self.assertEqual(banned & set(VICTIMS), set())
        self.assertEqual(banned - set(LIARS), set(ATTACKERS))
        highest = highest_memory(mailban.process.pid)
        source, = mailban.ask("status")["sources"]
        print(f"{os.path.getsize(self.log) / 1e6:.0f} MB, {hostile.newlines} lines, "
              f"{source['oversized_lines']} of them too long; written in {wrote:.1f} s, read in {took:.1f} s; "
              f"at most {highest / 1024:.1f} MiB resident", flush=True)
        self.assertGreater(source["oversized_lines"], 0)
        self.assertLess(highest, MOST_MEMORY)
        self.assertEqual(mailban.stop(), 0)

    def test_is_scanned_for_who_did_it_and_nobody_else(self):
        hostile = Hostile(self.log, SEED + 1)
        hostile.write(MEGABYTES)
        output = f"{self.folder}/events"
        with open(output, "wb") as out:
            scan = subprocess.Popen([daemon.PROGRAM, "scan", "--events", self.log], stdout=out)
            _, status, usage = os.wait4(scan.pid, 0)
            scan.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(scan.returncode, 0)
        told = {}
        with open(output, encoding="utf-8") as events:
            for line in events:
                event = json.loads(line)
                told[event["ip"]] = told.get(event["ip"], 0) + 1
        print(f"scanned in {usage.ru_utime + usage.ru_stime:.1f} s; at most {usage.ru_maxrss / 1024:.1f} MiB "
              f"resident; {sum(told.values())} events", flush=True)
        self.assertEqual(set(told) & set(VICTIMS), set())
        self.assertEqual({ip: count for ip, count in told.items() if ip not in LIARS},
                         {ip: 5 for ip in ATTACKERS})
        self.assertLess(usage.ru_maxrss, MOST_MEMORY)


class AFlood(ALog):

    def ask_all_the_time(self, mailban, over, answers):
        """How long each answer to a client took, until `over`."""
        while not over.is_set():
            began = time.monotonic()
            with socket.socket(socket.AF_UNIX) as one:
                one.settimeout(30)
                one.connect(mailban.socket)
                one.sendall(b'{"verb":"status"}\n')
                while not one.recv(1 << 16).endswith(b"\n"):
                    pass
            answers.append(time.monotonic() - began)
            over.wait(0.01)

    def test_is_read_to_the_last_line_and_keeps_nobody_waiting(self):
        mailban = self.mailban()
        other = STAMP + "1xVd9W-{number:06d}-2q => alice <alice@example.com> R=local T=local_mbox\n"
        lines = [failure(ATTACKERS[number // 100 % len(ATTACKERS)], account=f"user{number}", port=number)
                 if number % 100 == 0 else other.format(number=number) for number in range(12_000)]
        block = "".join(lines).encode()
        blocks = FLOOD_SECONDS * FLOOD_RATE * 1_000_000 // len(block)
        answers, over = [], threading.Event()
        asker = threading.Thread(target=self.ask_all_the_time, args=(mailban, over, answers))
        asker.start()
        began = time.monotonic()
        with open(self.log, "ab", buffering=0) as log:
            for number in range(1, blocks + 1):
                log.write(block)
                ahead = number * len(block) / (FLOOD_RATE * 1e6) - (time.monotonic() - began)
                if ahead > 0:
                    time.sleep(ahead)
        wrote = time.monotonic() - began
        expected = blocks * len(lines)
        try:
            wait_until(lambda: self.read_of(mailban) >= expected, "all is read", 300, 0.1)
        finally:
            over.set()
            asker.join()
        took = time.monotonic() - began
        status = mailban.ask("status")
        highest = highest_memory(mailban.process.pid)
        print(f"{blocks * len(block) / 1e6:.0f} MB, {expected} lines written in {wrote:.1f} s, read in "
              f"{took:.1f} s; {len(answers)} answers meanwhile, the longest after {1000 * max(answers):.0f} ms; "
              f"at most {highest / 1024:.1f} MiB resident", flush=True)
        self.assertEqual(status["sources"][0]["lines"], expected)
        self.assertEqual(status["events"]["auth_failure"], expected // 100)
        self.assertEqual({one.removesuffix("/32") for one in mailban.banned()}, set(ATTACKERS))
        self.assertLess(max(answers), 2)
        self.assertLess(highest, MOST_MEMORY)


if __name__ == "__main__":
    unittest.main(verbosity=2)
