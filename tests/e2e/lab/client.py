"""A mail client, as blunt as an attacker's: one connection, one answer a command, all with limits."""

import base64
import contextlib
import contextvars
import errno
import select
import smtplib
import socket
import ssl
import time

from . import network

TLS_PORT = 465
ANSWER_SECONDS = 5


class NoAnswer(Exception):
    """Nothing came back: the packets are being dropped."""


class CutOff(Exception):
    """The connection was reset or closed by the other side."""


def connect(source, port, seconds=ANSWER_SECONDS):
    """A plain TCP connection from one of the clients' addresses to the server."""
    line = _socket(source)
    line.settimeout(seconds)
    try:
        line.connect((network.server_for(source), port))
    except TimeoutError as nothing:
        line.close()
        raise NoAnswer(f"{source} to port {port}") from nothing
    except OSError as problem:
        line.close()
        if problem.errno in (errno.ECONNRESET, errno.ECONNREFUSED):
            raise CutOff(f"{source} to port {port}: {problem}") from problem
        raise
    return line


def _socket(source):
    family = socket.AF_INET6 if network.is_ipv6(source) else socket.AF_INET
    with network.among_clients():
        line = socket.socket(family, socket.SOCK_STREAM)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    line.bind((source, _source_port.get()))
    return line


_source_port = contextvars.ContextVar("the port that a client connects from", default=0)


@contextlib.contextmanager
def from_port(port):
    """In this block clients connect from that port."""
    before = _source_port.set(port)
    try:
        yield
    finally:
        _source_port.reset(before)


def unanswered(source, ports, seconds=1.0):
    """Which of the ports drop a new connection in silence, neither accepting nor refusing it.

    All are tried at the same time, so that a firewall's ban is looked at once.
    """
    waiting = {}
    for port in ports:
        line = _socket(source)
        line.setblocking(False)
        line.connect_ex((network.server_for(source), port))
        waiting[line.fileno()] = (port, line)
    watch = select.poll()
    for number in waiting:
        watch.register(number, select.POLLOUT)
    end = time.monotonic() + seconds
    while waiting and (left := end - time.monotonic()) > 0:
        for number, _ in watch.poll(left * 1000):
            watch.unregister(number)
            waiting.pop(number)[1].close()
    for _, line in waiting.values():
        line.close()
    return sorted(port for port, _ in waiting.values())


def gets_no_answer(source, port, seconds=1.0):
    """The same for one port."""
    return unanswered(source, (port,), seconds) == [port]


class Session:
    """One SMTP session: greeted when made. Closes with the block it is used in."""

    def __init__(self, source, port=25, seconds=ANSWER_SECONDS):
        self._line = connect(source, port, seconds)
        if port == TLS_PORT:
            trusting = ssl.create_default_context()
            trusting.check_hostname = False
            trusting.verify_mode = ssl.CERT_NONE
            self._line = trusting.wrap_socket(self._line)
        self._waiting = b""
        self.greeting = self._answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._line.close()

    def command(self, text):
        """Sends one command and returns (code, last line of the answer)."""
        try:
            self._line.sendall(text.encode() + b"\r\n")
            return self._answer()
        except TimeoutError as nothing:
            raise NoAnswer(text) from nothing
        except OSError as problem:
            raise CutOff(f"{text}: {problem}") from problem

    def guess(self, account, password):
        """One try at a password; the server's answer code."""
        secret = base64.b64encode(f"\0{account}\0{password}".encode()).decode()
        return self.command(f"AUTH PLAIN {secret}")[0]

    def is_dead(self):
        """Whether a command goes without any answer, or the connection is gone."""
        self._line.settimeout(1.0)
        try:
            self.command("NOOP")
        except (NoAnswer, CutOff):
            return True
        return False

    def _answer(self):
        while True:
            line = self._read_line()
            if line[3:4] != b"-":
                return int(line[:3]), line.decode(errors="replace")

    def _read_line(self):
        while b"\n" not in self._waiting:
            received = self._line.recv(4096)
            if not received:
                raise CutOff("end of the connection")
            self._waiting += received
        line, self._waiting = self._waiting.split(b"\n", 1)
        return line.rstrip(b"\r")


def guess_passwords(source, count, account="bob@example.com", port=25):
    """`count` wrong passwords in as few sessions as the server allows; the answers."""
    answers = []
    while len(answers) < count:
        with Session(source, port) as session:
            session.command("EHLO guess.example")
            while len(answers) < count:
                try:
                    answers.append(session.guess(account, f"wrong-{len(answers)}"))
                except (CutOff, NoAnswer):
                    break
    return answers


def send_mail(source, recipient="anna@example.com", port=25):
    """Delivers one message, as an honest client would; raises what smtplib raises."""
    with network.among_clients():
        with smtplib.SMTP(timeout=ANSWER_SECONDS, source_address=(source, 0)) as mail:
            mail.connect(network.server_for(source), port)
            mail.sendmail("carol@example.org", [recipient],
                          f"Subject: from {source}\r\n\r\nStill here.\r\n")
