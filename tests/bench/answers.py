"""How long the daemon's one thread is deaf while others ask for all there is: 200,000 bans, a ping every 5 ms.

    answers.py PROGRAM [BANS]        needs nothing; some minutes without optimisation
"""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ALLOWANCES = 9_000
READY_SECONDS = 300


class Daemon:
    """A daemon that enforces nothing, on a state that was made for it."""

    def __init__(self, program, folder, bans):
        self.program, self.folder = program, folder
        self.socket = f"{folder}/control.sock"
        self.config = f"{folder}/mailban.yaml"
        with open(f"{folder}/log", "w", encoding="ascii"):
            pass
        with open(self.config, "w", encoding="ascii") as file:
            file.write(f"sources: [{{file: {folder}/log, parser: exim}}]\nfirewall: {{backend: dry-run}}\n"
                       f"state: {{directory: {folder}/state}}\nlimits: {{bans: {bans + 1000}}}\n"
                       f"control: {{socket: {self.socket}, group: root}}\nlog: {{level: warning}}\n")
        self.start()
        self.stop()
        now = int(time.time() * 1e6)
        rows = [(f"2a00:{i >> 16:x}:{i & 0xffff:x}::/64" if i % 2 else
                 f"{20 + (i >> 16)}.{i >> 8 & 255}.{i & 255}.7/32", now, now + 86_400_000_000)
                for i in range(bans)]
        database = sqlite3.connect(f"{folder}/state/mailban.db")
        database.executemany("INSERT INTO bans (prefix, since, until, origin, rule, reason, count, level) "
                             "VALUES (?, ?, ?, 0, 'password-guessing', '5 failures within 10m', 5, 1)", rows)
        database.executemany("INSERT INTO allowed VALUES (?, ?, NULL, 'ours')",
                             [(f"10.{i >> 8}.{i & 255}.0/24", now) for i in range(ALLOWANCES)])
        database.commit()
        database.close()

    def start(self):
        """Returns when it is ready."""
        clean = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
        with open(f"{self.folder}/output", "ab") as output:
            self.process = subprocess.Popen([self.program, "run", "--config", self.config], env=clean,
                                            stdout=output, stderr=output)
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if Connection(self.socket).ask(verb="status")["result"]["firewall"]["state"] == "ok":
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError("it does not get ready")

    def stop(self):
        self.process.terminate()
        self.process.wait(120)


class Connection:
    """One connection to the control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def ask(self, **request):
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(self.file.readline())


class Pings:
    """Asks for the status every 5 ms, and keeps how long each answer took."""

    def __init__(self, path):
        self.path, self.taken, self.is_over = path, [], False
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()

    def run(self):
        connection = Connection(self.path)
        while not self.is_over:
            began = time.monotonic()
            connection.ask(verb="status")
            self.taken.append(time.monotonic() - began)
            time.sleep(0.005)

    def said(self):
        """The longest answer and the 99th percentile."""
        order = sorted(self.taken)
        most = order[len(order) * 99 // 100]
        return f"{len(order)} answers, longest {order[-1] * 1e3:.0f} ms, 99 % {most * 1e3:.0f} ms"


def measure(daemon, *words, then=0.0):
    """Runs a command, and looks on for so many seconds."""
    with Pings(daemon.socket) as pings:
        time.sleep(0.1)
        began = time.monotonic()
        done = subprocess.run(["/usr/bin/time", "-f", "%M", daemon.program, *words, "--socket", daemon.socket],
                              capture_output=True, check=False)
        took = time.monotonic() - began
        time.sleep(0.1 + then)
    memory = done.stderr.decode().split()[-1]
    print(f"{' '.join(words)}: {took:.1f} s, {len(done.stdout)} bytes, client {memory} kB; {pings.said()}",
          flush=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())


def main(program, bans):
    folder = tempfile.mkdtemp(prefix="mailban-answers-")
    try:
        daemon = Daemon(program, folder, bans)
        daemon.start()
        try:
            with Pings(daemon.socket) as pings:
                time.sleep(3)
            print(f"{bans} bans, nobody asks: {pings.said()}")
            measure(daemon, "bans", "--json")
            measure(daemon, "bans")
            measure(daemon, "show", "20.0.4.7")
            measure(daemon, "allow", "--list", "--json")
            measure(daemon, "allow", "20.0.0.0/9", then=20)
            measure(daemon, "unban", "--all")
        finally:
            daemon.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200_000)
