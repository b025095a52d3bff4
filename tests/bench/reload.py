"""How long the daemon's one thread is deaf while it takes up another configuration, and what that costs: 1,000,000
stored events, 20,000 lines a second, a ping every 5 ms.

    reload.py PROGRAM [EVENTS [LINES_A_SECOND]]        needs nothing; some minutes without optimisation

For each change: how long `mailban reload` took, the longest answer to a ping meanwhile (and the longest without a
reload, which is what the machine costs), resident memory before, at most and after, and whether every line was read.
Of the longest answer, "own ms" leaves out the time in which the daemon or the pinging thread was ready to run and other
programs had the processors: it says what the daemon did, also on a machine that is not quiet.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

SHIPPED = pathlib.Path(__file__).resolve().parent.parent.parent / "config" / "mailban.yaml"
READY_SECONDS = 1800
PING_SECONDS = 0.005
# So many of the lines that are written meanwhile are failures.
FAILURES = 20


def stamp(at):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) + f".{int(at * 1000) % 1000:03}"


def failure(at, number):
    ip = f"{20 + number % 199}.{number // 199 % 250}.{number // 49750 % 250}.{1 + number % 250}"
    return (f"{stamp(at)} login authenticator failed for (client) [{ip}]:{10000 + number % 50000}: 535 Incorrect "
            f"authentication data (set_id=user{number % 5000})\n")


def delivery(at, number):
    return f"{stamp(at)} 1xVcUm-{number % 1000000:06}-0v => user@example.com R=local T=mail\n"


def write_lines(path, rate):
    """Until it is ended; the number of lines goes to stdout then."""
    number = 0
    began = time.monotonic()
    with open(path, "a", encoding="ascii", buffering=1 << 20) as log:
        try:
            while True:
                due = int((time.monotonic() - began) * rate)
                for number in range(number, due):
                    log.write((failure if number % FAILURES == 0 else delivery)(time.time(), 7_000_000 + number))
                number = max(number, due)
                log.flush()
                time.sleep(0.01)
        except KeyboardInterrupt:
            log.flush()
            print(number)


def shipped_rules():
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("rules:"))
    after = next(at for at, line in enumerate(lines[first + 1:], first + 1) if re.match("[a-z]", line))
    return "\n".join(lines[first:after]) + "\n"


class Daemon:

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.socket = f"{folder}/control.sock"
        self.log = f"{folder}/main.log"
        self.config = pathlib.Path(folder) / "mailban.yaml"
        self.text = (f"sources: [{{file: {self.log}, parser: exim}}]\nfirewall: {{backend: dry-run}}\n"
                     f"state: {{directory: {folder}/state}}\ncontrol: {{socket: {self.socket}, group: root}}\n"
                     "log: {level: warning}\n")
        self.rules = shipped_rules()

    def configure(self, rules, more=""):
        self.config.write_text(self.text + rules + more, encoding="utf-8")

    def start(self):
        clean = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
        self.process = subprocess.Popen([self.program, "run", "--config", self.config], env=clean)
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            try:
                return Connection(self.socket)
            except OSError:
                time.sleep(0.05)
        raise SystemExit("it does not start")

    def memory(self, name):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"{name}:\s+(\d+)", text)[1]) // 1024

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="ascii")

    def reload(self):
        return subprocess.run([self.program, "reload", "--socket", self.socket], capture_output=True, text=True,
                              check=False)


class Connection:

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def ask(self, **request):
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(self.file.readline())["result"]

    def lines(self):
        return self.ask(verb="status")["sources"][0]["lines"]


def waited(task):
    """For how many seconds a thread had been ready to run without running."""
    return int(pathlib.Path(f"/proc/{task}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9


class Pings(threading.Thread):
    """The longest answer since it was asked last, and the longest without the time of other programs."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.tasks = (daemon.process.pid, "thread-self")
        self.connection = Connection(daemon.socket)
        self.longest = self.own = 0.0

    def run(self):
        while True:
            idle = sum(map(waited, self.tasks))
            began = time.monotonic()
            try:
                self.connection.ask(verb="bans", most="1")
            except (OSError, ValueError):
                return  # the daemon has ended
            took = time.monotonic() - began
            idle = sum(map(waited, self.tasks)) - idle
            self.longest = max(self.longest, took)
            self.own = max(self.own, took - idle)
            time.sleep(PING_SECONDS)

    def take(self):
        text = f"{self.longest * 1000:8.1f} {self.own * 1000:8.1f}"
        self.longest = self.own = 0.0
        return text


def changes(daemon):
    limit = re.compile(r"limit: (\d+)")
    raised = [limit.sub(lambda found: f"limit: {int(found[1]) + 1}", daemon.rules, count) for count in (1, 0)]
    return [("nothing", daemon.rules, ""), ("a limit", daemon.rules, "limits: {bans: 100000}\n"),
            ("one rule", raised[0], ""), ("all rules", raised[1], ""), ("and back", daemon.rules, "")]


def measure(daemon, connection, pings):
    print(f"{'changed':28} {'took s':>8} {'deaf ms':>8} {'own ms':>8} {'before MB':>10} {'at most':>8} {'after':>8} "
          f"{'ratio':>6}")
    time.sleep(3)
    pings.take()
    time.sleep(5)
    print(f"{'(no reload)':28} {5.0:8.2f} {pings.take()} {daemon.memory('VmRSS'):10}")
    for what, rules, more in changes(daemon):
        daemon.configure(rules, more)
        daemon.forget_peak()
        before = daemon.memory("VmRSS")
        pings.take()
        began = time.monotonic()
        done = daemon.reload()
        took = time.monotonic() - began
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        peak = daemon.memory("VmHWM")
        print(f"{what:28} {took:8.2f} {pings.take()} {before:10} {peak:8} {daemon.memory('VmRSS'):8} "
              f"{peak / before:6.2f}", flush=True)
        time.sleep(2)


def main(program, events=1_000_000, rate=20_000):
    folder = tempfile.mkdtemp()
    daemon = Daemon(program, folder)
    daemon.configure(daemon.rules)
    try:
        now = time.time()
        with open(daemon.log, "w", encoding="ascii") as log:
            for number in range(events):
                log.write(failure(now - 7200 * (1 - number / events), number))
        connection = daemon.start()
        while connection.lines() < events:
            time.sleep(0.2)
        print(f"{events} stored events, {rate} lines/s, of which one in {FAILURES} is an event")
        writer = subprocess.Popen([sys.executable, __file__, "--write", daemon.log, str(rate)],
                                  stdout=subprocess.PIPE, text=True)
        pings = Pings(daemon)
        pings.start()
        measure(daemon, connection, pings)
        writer.send_signal(2)
        written = events + int(writer.communicate(timeout=30)[0])
        # The first one was idle for longer than the daemon allows.
        connection = Connection(daemon.socket)
        end = time.monotonic() + 60
        while connection.lines() < written and time.monotonic() < end:
            time.sleep(0.2)
        print(f"lines written {written}, read {connection.lines()}")
    finally:
        daemon.process.kill()
        daemon.process.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    if sys.argv[1] == "--write":
        write_lines(sys.argv[2], int(sys.argv[3]))
    else:
        main(sys.argv[1], *map(int, sys.argv[2:]))
