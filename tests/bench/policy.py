"""Questions of mail servers while a log grows: answers a second, how long they take, what becomes of the lines.

    policy.py PROGRAM [RATE [LINES [SECONDS]]]      needs g++; 20,000 questions and lines a second for 10 s

Each server asks over 100 kept connections, first at RATE, then as fast as it can. The daemon is bound to one
processor, the questions and the lines come from the others. As root, it and the questions have precedence over
all other programs of the machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = "0123456789abcdef0123456789abcdef"
PORTS = {"dovecot": 4501, "postfix": 4502}
CONNECTIONS = 100
TICKS = 100  # writes a second
LINE = (" dovecot_login authenticator failed for (guess.example) [10.{a}.{b}.{c}]:40000 I=[203.0.113.1]:587: "
        "535 Incorrect authentication data (set_id=user{n}@example.com)\n")
OTHER = " 1xVd9W-{n:06d}-2q => alice <alice@example.com> R=local T=local_mbox\n"


def precede_others():
    """What this process becomes is not kept from its processor by others, if that is permitted."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(5))
    except PermissionError:
        pass


class Daemon:
    """A daemon that enforces nothing, reads one log and is asked."""

    def __init__(self, program, folder):
        self.program, self.log, self.config = program, f"{folder}/mainlog", f"{folder}/mailban.yaml"
        self.socket = f"{folder}/control.sock"
        with open(self.log, "w", encoding="ascii"):
            pass
        with open(f"{folder}/key", "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write(KEY)
        with open(self.config, "w", encoding="ascii") as file:
            file.write(f"sources: [{{file: {self.log}, parser: exim}}]\nfirewall: {{backend: dry-run}}\n"
                       f"state: {{directory: {folder}/state}}\n"
                       f"control: {{socket: {self.socket}, group: root}}\nlog: {{level: warning}}\n"
                       f"policy:\n  mode: enforce\n"
                       f"  dovecot: {{listen: 127.0.0.1:{PORTS['dovecot']}, key_file: {folder}/key}}\n"
                       f"  postfix: {{listen: 127.0.0.1:{PORTS['postfix']}}}\n")
        clean = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
        self.process = subprocess.Popen([program, "run", "--config", self.config], env=clean,
                                        preexec_fn=precede_others)
        os.sched_setaffinity(self.process.pid, {0})
        while subprocess.run([program, "status", "--socket", self.socket], capture_output=True,
                             check=False).returncode != 0:
            if self.process.poll() is not None:
                raise SystemExit("the daemon has ended")
            time.sleep(0.1)

    def status(self):
        """`mailban status`."""
        return json.loads(subprocess.run([self.program, "status", "--json", "--socket", self.socket],
                                         capture_output=True, check=True).stdout)

    def seconds(self):
        """Of the processor, so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            words = file.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Lines(threading.Thread):
    """A log that grows by so many lines a second; a tenth are wrong passwords."""

    def __init__(self, path, rate):
        super().__init__()
        self.path, self.rate, self.written, self.is_over = path, rate, 0, False

    def run(self):
        precede_others()
        texts = [(LINE if n % 10 == 0 else OTHER).format(n=n, a=n % 200, b=n % 251, c=n % 241) for n in range(50_000)]
        began = time.monotonic()
        with open(self.path, "ab", buffering=0) as log:
            while not self.is_over:
                due = int((time.monotonic() - began) * self.rate)
                stamp = time.strftime("%Y-%m-%d %H:%M:%S")
                text = "".join(stamp + texts[n % len(texts)] for n in range(self.written, due))
                log.write(text.encode())
                self.written = due
                time.sleep(1 / TICKS)


def measure(daemon, load, server, rate, lines, seconds):
    """One run; prints its figures."""
    before, lines_before = daemon.seconds(), daemon.status()["sources"][0]["lines"]
    writer = Lines(daemon.log, lines)
    writer.start()
    done = subprocess.run([load, server, str(PORTS[server]), str(CONNECTIONS), str(rate), str(seconds), KEY],
                          capture_output=True, text=True, check=True, preexec_fn=precede_others)
    taken, written = daemon.seconds() - before, writer.written
    read = daemon.status()["sources"][0]["lines"] - lines_before
    writer.is_over = True
    writer.join()
    found = json.loads(done.stdout)
    end = time.monotonic() + 30
    while daemon.status()["sources"][0]["lines"] - lines_before < writer.written and time.monotonic() < end:
        time.sleep(0.1)
    print(f"{server:<8} {rate or 'as fast as it can':>18} asked/s: {found['a_second']:>7.0f} answers/s, "
          f"median {found['median_ms']:.2f} ms, p99 {found['p99_ms']:.2f} ms, worst {found['worst_ms']:.1f} ms, "
          f"{found['lost']} lost; {read:,} of {written:,} lines read by then; processor {taken:.2f} s "
          f"of {seconds} s", flush=True)


def main(program, rate=20_000, lines=20_000, seconds=10):
    """The runs, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        load = f"{folder}/policy_load"
        subprocess.run(["g++", "-std=c++20", "-O2", "-o", load, f"{HERE}/policy_load.cpp"], check=True)
        daemon = Daemon(program, folder)
        try:
            measure(daemon, load, "postfix", 1, lines, seconds)
            for server in PORTS:
                for at in (rate, 0):
                    measure(daemon, load, server, at, lines, seconds)
            for one in daemon.status()["policy"]["servers"]:
                print(f"{one['server']}: {one['questions']:,} questions, {one['late']} too late")
        finally:
            daemon.process.terminate()
            daemon.process.wait(60)


if __name__ == "__main__":
    main(sys.argv[1], *(int(word) for word in sys.argv[2:]))
