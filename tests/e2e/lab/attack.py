"""Attackers who guess until they are shut out, customers who log in meanwhile, and the shipped rules."""

import contextlib
import dataclasses
import os
import re
import threading
import time

from . import client, guessing, network
from .daemon import Mailban
from .login import Imap
from .shell import run

MAIL_PORTS = (25, 110, 143, 465, 587, 993, 995, 1587, 4190)
_SHIPPED = os.path.join(os.path.dirname(__file__), "../../../config/mailban.yaml")
GONE = (client.NoAnswer, client.CutOff, TimeoutError, OSError)


def network_of(number):
    """The address of a client in an IPv4 network of its own."""
    return f"198.18.{number}.7"


def add_clients(count):
    """Clients of so many networks, beside those that network.connect_hosts() makes."""
    run("ip", "-n", network.CLIENTS, "-batch", "-", stdin="".join(
        f"addr add {network_of(number)}/32 dev {network.FAR_END}\n" for number in range(count)))
    run("ip", "route", "add", "198.18.0.0/15", "dev", network.CABLE)


class ShippedMailban(Mailban):
    """The daemon with the shipped configuration, but for its logs, its firewall and its folders."""

    def __init__(self, folder, logs, *, source="parser: auto", backend="nftables"):
        super().__init__(folder, backend, list(logs))
        with open(_SHIPPED, encoding="utf-8") as file:
            text = file.read()
        sources = "".join(f"  - {{file: {log}, {source}}}\n" for log in logs)
        for pattern, put in ((r"(?m)^sources: auto\n", f"sources:\n{sources}"),
                             (r"(?m)^  backend: auto$", f"  backend: {backend}"),
                             (r"(?m)^  ports: \[[0-9, ]*\]", f"  ports: [{', '.join(map(str, MAIL_PORTS))}]"),
                             (r"directory: /var/lib/mailban", f"directory: {folder}/state"),
                             (r"socket: /run/mailban/control.sock", f"socket: {self.socket}"),
                             (r"group: mailban", "group: root")):
            text, found = re.subn(pattern, put, text)
            assert found == 1, f"config/mailban.yaml: {pattern}"
        self.write_config(text)


@dataclasses.dataclass
class Result:
    """What one address got: how often it was answered, and when it was shut out."""

    source: str
    refused: int = 0
    temporary: int = 0
    let_in: int = 0
    shut_out: float = None  # seconds after the attack began
    cut_off: int = 0

    def row(self):
        """A line of a table."""
        when = "never" if self.shut_out is None else f"{self.shut_out:.1f} s"
        return f"{self.source:<22}{self.refused:>8}{self.temporary:>11}{self.let_in:>8}{when:>12}"


HEAD = f"{'address':<22}{'refused':>8}{'temporary':>11}{'let in':>8}{'shut out':>12}"


class Attack:
    """Some threads, each with a client of its own; they end when their time is over."""

    def __init__(self, seconds):
        self.began = time.monotonic()
        self._end = self.began + seconds
        self._threads = []
        self._lock = threading.Lock()

    def goes_on(self):
        return time.monotonic() < self._end

    def passed(self):
        return time.monotonic() - self.began

    def start(self, work, *arguments, **more):
        """Runs this beside the others."""
        thread = threading.Thread(target=work, args=arguments, kwargs=more, daemon=True)
        self._threads.append(thread)
        thread.start()

    def join(self, guessers=()):
        """Waits for all of them; their time is over, too, when all of these guessers have been shut out."""
        while self.goes_on() and not (guessers and all(one.shut_out is not None for one in guessers)):
            self.wait(0.2)
        self._end = min(self._end, time.monotonic())
        for thread in self._threads:
            thread.join(90)

    def wait(self, seconds):
        """Between two tries of one client."""
        threading.Event().wait(min(seconds, max(0.0, self._end - time.monotonic())))

    def guess_in_turns(self, result, speaks, port, account="anna"):
        """As fast as one connection at a time allows."""
        number = 0
        while self.goes_on() and result.shut_out is None:
            number = self._try_connection(result, speaks, port, account, number)

    def guess_at_a_rate(self, result, speaks, port, seconds, account="anna"):
        """A connection each time, whatever has become of the others."""
        number = 0
        while self.goes_on() and result.shut_out is None:
            number += 1
            self.start(self._try_connection, result, speaks, port, account, number * 1000, 1)
            self.wait(seconds)

    def connect(self, result, speaks, port):
        """A connection, or None: the client is shut out, or the server has no time for it."""
        began = self.passed()
        try:
            return speaks(result.source, port)
        except client.NoAnswer:
            with self._lock:
                result.shut_out = min(began, result.shut_out or began)
        except GONE:
            result.cut_off += 1
            self.wait(0.2)
        return None

    @contextlib.contextmanager
    def counting(self, result, line):
        """A block that ends with the connection, however that ends."""
        with contextlib.closing(line):
            try:
                yield
            except GONE:
                result.cut_off += 1

    def _try_connection(self, result, speaks, port, account, number, most=100):
        line = self.connect(result, speaks, port)
        if line is None:
            return number
        with self.counting(result, line):
            for number in range(number, number + most):
                self.one_guess(result, line, account, f"wrong-{number}")
                if not self.goes_on():
                    break
            line.quit()
        return number + 1

    def one_guess(self, result, line, account, password, mechanism="PLAIN"):
        """One password; what the server said to it is counted."""
        try:
            is_in = line.try_password(mechanism, account, password)
        except AssertionError:
            result.temporary += 1
            return
        with self._lock:
            result.let_in += is_in
            result.refused += not is_in

    def live(self, result, account, seconds, doors=((Imap, 143),), slips=0):
        """A customer: logs in again and again, by each door in turn; mistypes in every slips-th try, if at all."""
        number = 0
        while self.goes_on():
            speaks, port = doors[number % len(doors)]
            number += 1
            password = "mistyped" if slips and number % slips == 0 else guessing.PASSWORD
            line = self.connect(result, speaks, port)
            if line is not None:
                with self.counting(result, line):
                    self.one_guess(result, line, account, password)
                    line.quit()
            self.wait(seconds)


def banned_since(mailban):
    """Each banned prefix and its rule."""
    return {ban["prefix"]: ban["rule"] for ban in mailban.ask("bans")}
