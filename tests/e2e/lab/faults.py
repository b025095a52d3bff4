"""What stories of faults share: one log, one daemon, and disks that can be filled."""

import contextlib
import os
import sqlite3
import tempfile
import unittest

from .daemon import Mailban, append, failure
from .shell import outcome, run, wait_until


def client(number):
    """An attacker of many."""
    return f"198.51.{100 + number // 250}.{number % 250 + 1}"


def stranger(number):
    """One of a crowd of millions."""
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def attack(log, number, times=5):
    """So many wrong passwords of one attacker."""
    append(log, failure(client(number)) * times)


def damage(path):
    """What a disk may make of a file."""
    with open(path, "r+b") as file:
        for at in range(100, os.path.getsize(path), 512):
            file.seek(at)
            file.write(b"\xff" * 60)


class Faulty(unittest.TestCase):
    """To be run in namespaces of its own (../firewall/in_namespace), or in the machine."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.log = f"{self.folder}/mainlog"
        append(self.log, "")
        self.addCleanup(outcome, "nft", "delete", "table", "inet", "mailban")

    def mailban(self, backend="dry-run", **settings):
        """A daemon for the log that is not started yet."""
        made = Mailban(f"{self.folder}/m", backend, self.log, on_stop="keep", **settings)
        with open(made.config, encoding="utf-8") as file:
            text = file.read().replace("group: root", "mode: 0600")
        made.write_config(text)
        self.addCleanup(made.__exit__)
        return made

    def small_disk(self, path, size="1m"):
        """A file system of its own at `path`."""
        os.makedirs(path, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", path)
        self.addCleanup(outcome, "umount", "-l", path)

    @contextlib.contextmanager
    def filled(self, path):
        """Nothing more can be written in this directory's file system."""
        with open(f"{path}/filler", "wb", buffering=0) as filler:
            with contextlib.suppress(OSError):
                while True:
                    filler.write(b"x" * 4096)
            with contextlib.suppress(OSError):
                while True:
                    filler.write(b"x")
        try:
            yield
        finally:
            os.remove(f"{path}/filler")

    @contextlib.contextmanager
    def setting(self, path, value):
        """A setting of the kernel is another one."""
        with open(path, encoding="ascii") as file:
            before = file.read()
        with open(path, "w", encoding="ascii") as file:
            file.write(str(value))
        try:
            yield
        finally:
            with open(path, "w", encoding="ascii") as file:
                file.write(before)

    def warned(self, mailban, words):
        """Waits until the status warns in these words."""
        wait_until(lambda: any(words in one for one in mailban.ask("status")["warnings"]),
                   f"'{words}' is said")

    def held(self):
        """How many attackers the kernel shuts out."""
        return run("nft", "list", "table", "inet", "mailban").count("198.51.")

    def events(self, mailban):
        """How many events are stored."""
        with sqlite3.connect(f"file:{mailban.folder}/state/mailban.db?mode=ro", uri=True) as base:
            count, = base.execute("SELECT count(*) FROM events").fetchone()
        base.close()
        return count
