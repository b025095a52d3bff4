"""Answers in pages, and a state that keeps its size: what the daemon does at once is bounded.

Rows and bytes are counted, not seconds. Needs nothing.
"""

import json
import os
import shutil
import socket
import sqlite3
import tempfile
import threading
import time
import unittest

from lab.daemon import PROGRAM, Mailban, append, failure
from lab.shell import outcome, wait_until

BANS, PAGE, MOST_BYTES = 2300, 500, 256 * 1024
ALLOWANCES = 1200


class Connection:
    """One connection to the control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def ask(self, **request):
        """The reply, and its length."""
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        line = self.file.readline()
        return json.loads(line), len(line)


class Answers(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mailban-answers-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.log = f"{self.folder}/main.log"
        append(self.log, "")
        self.mailban = Mailban(f"{self.folder}/mailban", "dry-run", self.log)

    def begin(self):
        """Starts the daemon, and a connection."""
        self.mailban.start()
        self.addCleanup(lambda: self.mailban.process.poll() is None and self.mailban.stop())
        self.connection = Connection(self.mailban.socket)
        self.addCleanup(self.connection.close)

    def database(self):
        """The state of a daemon that does not run."""
        return sqlite3.connect(f"{self.mailban.folder}/state/mailban.db")

    def begin_with_bans(self, until):
        """A daemon with more bans and allowances than go into a page."""
        self.mailban.start()
        self.mailban.stop()
        now = int(time.time() * 1e6)
        self.prefixes = {f"198.18.{number >> 8}.{number & 255}/32" for number in range(BANS)}
        database = self.database()
        database.executemany(
            "INSERT INTO bans (prefix, since, until, origin, rule, reason, count, level) "
            "VALUES (?, ?, ?, 0, 'password-guessing', '5 failures within 10m', 5, 1)",
            [(prefix, now, until) for prefix in self.prefixes])
        database.executemany("INSERT INTO allowed VALUES (?, ?, NULL, 'ours')",
                             [(f"10.0.{number >> 8}.{number & 255}/32", now) for number in range(ALLOWANCES)])
        database.commit()
        database.close()
        self.begin()

    def pages(self, verb, rows, **more):
        """All that a verb tells, page by page: (rows, pages)."""
        told, pages, after = [], 0, {}
        while pages < 100:
            reply, length = self.connection.ask(verb=verb, **more, **after)
            self.assertTrue(reply["ok"], reply)
            self.assertLessEqual(len(rows(reply["result"])), PAGE)
            self.assertLess(length, MOST_BYTES)
            told += rows(reply["result"])
            pages += 1
            if reply["next"] is None:
                return told, pages
            after = {"after": reply["next"]}
        raise AssertionError(f"{verb} never ends")

    def test_are_pages_that_hold_all_there_is(self):
        self.begin_with_bans(None)
        bans, pages = self.pages("bans", lambda result: result)
        self.assertEqual({ban["prefix"] for ban in bans}, self.prefixes)
        self.assertEqual((len(bans), pages), (BANS, -(-BANS // PAGE)))
        few, pages = self.pages("bans", lambda result: result, most="100")
        self.assertEqual((few, pages), (bans, BANS // 100))
        entries, pages = self.pages("allowed", lambda result: result["entries"])
        self.assertEqual(len({(one["prefix"], one["origin"], one["source"]) for one in entries}), len(entries))
        self.assertGreater(len(entries), ALLOWANCES)
        self.assertGreater(pages, 2)
        # The commands put them together, to one document or one table.
        self.assertEqual(self.mailban.ask("bans"), bans)
        self.assertEqual(self.mailban.ask("allow", "--list")["entries"], entries)
        dry_run, *table = self.mailban.command("bans").stdout.splitlines()
        self.assertTrue(dry_run.startswith("DRY RUN"), dry_run)
        self.assertEqual(len(table), BANS + 1)
        self.assertEqual(table[0].split()[0], "ADDRESS")
        refused, _ = self.connection.ask(verb="bans", after="nowhere")
        self.assertIn("not a position in this list", refused["error"])

    def test_of_a_change_that_reaches_many_bans_end_a_page_of_them_at_once(self):
        self.begin_with_bans(None)
        reply, _ = self.connection.ask(verb="unban_all")
        self.assertEqual(len(reply["result"]["changed"]), PAGE)
        self.assertIsNotNone(reply["next"])
        self.assertEqual(self.mailban.ask("status")["active_bans"], BANS - PAGE)
        reply, _ = self.connection.ask(verb="allow", prefix="198.18.0.0/22")
        self.assertEqual(len(reply["result"]["changed"]), PAGE)
        # The others of the block follow by themselves.
        wait_until(lambda: self.mailban.ask("status")["active_bans"] == BANS - 1024, "the others follow", 20)
        done = self.mailban.ask("unban", "--all")
        self.assertEqual(len(done["changed"]), BANS - 1024)
        self.assertEqual(self.mailban.banned(), [])
        self.assertEqual(self.mailban.command("bans").stdout, "Nobody is banned.\n")

    def test_of_one_address_name_the_log_that_told_each_event(self):
        self.begin()
        append(self.log, failure("198.18.0.1") * 2)
        evidence = wait_until(lambda: self.mailban.ask("show", "198.18.0.1")["evidence"], "it is read")
        self.assertEqual({one["log"] for one in evidence}, {self.log})
        self.assertIn(self.log, self.mailban.command("show", "198.18.0.1").stdout)

    def test_go_on_while_a_crowd_of_bans_ends(self):
        until = int((time.time() + 6) * 1e6)
        self.begin_with_bans(until)
        left = wait_until(lambda: BANS - self.mailban.ask("status")["active_bans"], "the first end", 20, 0.002)
        self.assertEqual(left % PAGE, 0 if left < BANS else BANS % PAGE)
        wait_until(lambda: self.mailban.ask("status")["active_bans"] == 0, "all have ended", 20)
        self.connection.close()
        self.mailban.stop()
        ended = self.database().execute("SELECT count(*), min(ended), max(ended) FROM bans").fetchone()
        self.assertEqual(ended, (BANS, until, until))

    def told_by(self, *replies):
        """What `mailban bans --json` makes of a daemon that gives these replies, one a connection; its requests."""
        path = f"{self.folder}/fake.sock"
        requests = []

        def serve(listener):
            for reply in replies:
                client, _ = listener.accept()
                with client, client.makefile("rb") as file:
                    requests.append(json.loads(file.readline()))
                    client.sendall(json.dumps(reply).encode() + b"\n")

        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            listener.settimeout(20)
            thread = threading.Thread(target=serve, args=(listener,))
            thread.start()
            done = outcome(PROGRAM, "bans", "--json", "--socket", path)
            thread.join()
        os.remove(path)
        return done, requests

    def test_are_waited_for_where_a_reader_has_used_up_its_share(self):
        busy = {"ok": False, "error": "too many requests; ask again in 1 s", "again_in_seconds": 1}
        first, last = {"ok": True, "result": [1, 2], "next": "x"}, {"ok": True, "result": [3], "next": None}
        done, requests = self.told_by(first, busy, last)
        self.assertEqual((done.returncode, json.loads(done.stdout)), (0, [1, 2, 3]))
        self.assertEqual([one.get("after") for one in requests], [None, "x", "x"])
        # Who gets nothing at all hears why; what breaks off is no document.
        done, _ = self.told_by(busy)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("ask again in 1 s", done.stderr)
        done, _ = self.told_by(first, {"ok": False, "error": "no"})
        self.assertEqual(done.returncode, 1)
        self.assertRaises(ValueError, json.loads, done.stdout)
        # A daemon of before.
        done, _ = self.told_by({"ok": True, "result": [1]})
        self.assertEqual((done.returncode, json.loads(done.stdout)), (0, [1]))

    def test_tell_of_a_state_that_keeps_its_size(self):
        with open(self.mailban.config, encoding="utf-8") as file:
            text = file.read().replace("/state}", "/state, max_size: 1MiB}")
        self.mailban.write_config(text)
        self.begin()
        for turn in range(6):
            append(self.log, "".join(failure(f"198.{18 + turn}.{number >> 8}.{number & 255}")
                                     for number in range(3000)))
            wait_until(lambda: self.mailban.ask("status")["sources"][0]["bytes_behind"] == 0, "all is read", 60)
        wait_until(lambda: self.mailban.ask("status")["state"]["bytes"] <= 1 << 20, "the size is kept", 30)
        status = self.mailban.ask("status")
        self.assertGreater(status["state"]["dropped_events"], 1000)
        self.assertIsNotNone(status["state"]["last_dropped"])
        # All of these a rule still looks at, and nothing else was there.
        self.assertTrue(any("state.max_size 1MiB is too small" in one for one in status["warnings"]),
                        status["warnings"])
        self.assertIn("oldest events", self.mailban.command("status").stdout)
        self.connection.close()
        self.mailban.stop()
        events = self.database().execute("SELECT count(*), max(ip) FROM events").fetchone()
        self.assertEqual(events[0], 18000 - status["state"]["dropped_events"])
        self.assertTrue(events[1].startswith("198.23."), events)
        self.assertLess(os.path.getsize(f"{self.mailban.folder}/state/mailban.db"), 6 << 20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
