"""mailban itself: a configuration in a folder of its own, the daemon, and the commands."""

import json
import os
import signal
import subprocess
import time

from . import control
from .shell import outcome, start, wait_until

PROGRAM = os.environ.get("MAILBAN") or os.path.realpath(
    os.path.join(os.path.dirname(__file__), "../../../build/dev/mailban"))
PORTS = (25, 465, 587)
READY_SECONDS = 60


class Mailban:
    """A configuration and the daemon that runs on it, started and ended as the story wants.

    Used as a block, it is stopped by SIGTERM at the end. `folder` must not exist, or hold an earlier
    Mailban's state that is to be gone on with. `log` is Exim's, or a list of any servers' logs.
    `environment` is added to the daemon's; `under` is a program, with its arguments, that the daemon
    is run by.
    """

    def __init__(self, folder, backend, log, *, limit=5, within="10m", ban="1h", on_stop="remove",
                 ports=PORTS, environment=None):
        self.folder = folder
        self.environment = environment or {}
        self.under = ()
        self.log = log
        self.config = f"{folder}/mailban.yaml"
        self.socket = f"{folder}/control.sock"
        self.output = f"{folder}/output"
        self.process = None
        self.answer = "no answer on the control socket"
        os.makedirs(folder, exist_ok=True)
        sources = [f"{{file: {log}, parser: exim}}"]
        if isinstance(log, (list, tuple)):
            sources = [f"{{file: {one}}}" for one in log]
        self.write_config(f"""\
sources: [{", ".join(sources)}]
rules:
  - {{name: password-guessing, on: auth_failure, by: ip, limit: {limit}, within: {within}, ban: {ban}}}
escalation: {{factor: 1, max: 30d, forget: 60d}}
firewall:
  backend: {backend}
  ports: [{", ".join(map(str, ports))}]
  on_stop: {on_stop}
state: {{directory: {folder}/state}}
control: {{socket: {self.socket}, group: root}}
""")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            code = self.stop()
            # A sanitizer that found something as it ended has a code of its own.
            if code != 0:
                raise AssertionError(f"mailban ended with {code}:\n{self.said()}")

    def write_config(self, text):
        """Replaces the configuration; the daemon is not told."""
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        """Starts the daemon and waits until its bans stand and its logs are read to their end."""
        self.launch()
        self.await_start()

    def launch(self):
        """Starts the daemon."""
        # Absent, so that the log goes to the file as plain text.
        clean = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
        self.process = start(*self.under, PROGRAM, "run", "--config", self.config, log=self.output,
                             env=clean | self.environment)

    def await_start(self):
        """Waits until its bans stand and its logs are read to their end."""
        try:
            wait_until(self._is_ready, "mailban is ready", READY_SECONDS)
        except AssertionError as late:
            self.process.kill()
            self.process.wait(10)
            raise AssertionError(f"{late}\n{self.answer}\n{self.said()}") from None

    def _is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"mailban ended with {self.process.returncode}:\n{self.said()}")
        status = control.ask(self.socket, "status")
        if status is None:
            return False
        self.answer = status
        caught_up = all(one["caught_up"] or not one["present"] for one in status["sources"])
        return status["firewall"]["state"] == "ok" and caught_up

    def stop(self, seconds=60):
        """Ends the daemon by SIGTERM and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise AssertionError(f"mailban did not end within {seconds} s:\n{self.said()}") from None

    def kill(self):
        """Ends the daemon as a crash would."""
        self.process.kill()
        self.process.wait(10)

    def said(self):
        """What the daemon has written to its standard error so far."""
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def command(self, *words):
        """Runs one of mailban's commands against this daemon; its outcome."""
        return outcome(PROGRAM, *words, "--socket", self.socket)

    def ask(self, *words):
        """The same with --json; what it answered. What stories wait for is asked without the command."""
        verb, *targets = words
        if verb in ("status", "bans", "show") and not any(one.startswith("-") for one in targets):
            answer = control.ask(self.socket, verb, **dict(zip(("prefix",), targets)))
            if answer is not None:
                return answer
        answer = self.command(*words, "--json")
        if answer.returncode != 0:
            raise AssertionError(f"mailban {' '.join(words)} ended with {answer.returncode}: "
                                 f"{answer.stderr}\n{self.said()}")
        return json.loads(answer.stdout)

    def banned(self):
        """The prefixes that are banned, as the daemon lists them."""
        return [ban["prefix"] for ban in self.ask("bans")]

    def wait_for_ban(self, address, seconds=60):
        """Waits until the ban of an address stands in the firewall; returns the ban."""
        def enforced():
            shown = self.ask("show", address)
            return shown["ban"] if shown["banned"] and self.is_settled() else None
        try:
            return wait_until(enforced, f"{address} is banned", seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.said()}") from None

    def is_settled(self):
        """Whether the firewall holds what it shall hold."""
        firewall = self.ask("status")["firewall"]
        return firewall["state"] == "ok" and firewall["pending"] == 0


def failure(address, *, account="bob@example.com", port=40000, at=None):
    """The line that Exim writes for one wrong password."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    return (f"{stamp} dovecot_login authenticator failed for (guess.example) [{address}]:{port}: "
            f"535 Incorrect authentication data (set_id={account})\n")


def append(path, text):
    """Adds to a log as a mail server does: one write."""
    with open(path, "ab", buffering=0) as log:
        log.write(text.encode())
