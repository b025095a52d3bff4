"""Mail servers that ask mailban before they compare a password: docs/policy.md has the same recipes."""

import contextlib
import json
import os
import selectors
import signal
import socket
import statistics
import threading
import time

from .daemon import PROGRAM, Mailban
from .dovecot import SETTINGS
from .shell import outcome, wait_until
from .story import IS_LONG

KEY = "0123456789abcdef0123456789abcdef"
DOVECOT_PORT = 4001
POSTFIX_PORT = 4002
EXIM_PORT = 4003

DOVECOT_ASKS = SETTINGS.asks.format(port=DOVECOT_PORT, key=KEY)

# Without the first line Postfix would ask when the client names a recipient; without the default action it
# would answer "451 Server configuration problem" while mailban does not.
POSTFIX_ASKS = f"""
smtpd_delay_reject = no
smtpd_client_restrictions = check_policy_service {{ inet:127.0.0.1:{POSTFIX_PORT}, timeout=1s, try_limit=1, default_action=DUNNO }}
"""

_EXIM_QUESTION = "${readsocket{inet:127.0.0.1:%d}{$sender_host_address $received_port%s\\n}{1s}{}{allow}}"
EXIM_ASKS_AT_CONNECT = """
acl_smtp_connect = check_connect
"""
EXIM_ACL = f"""
check_connect:
  deny condition = ${{if eq{{{_EXIM_QUESTION % (EXIM_PORT, "")}}}{{deny}}}}
  accept
"""


def exim_condition(account, condition):
    """A server_condition that asks before `condition` compares the password."""
    question = _EXIM_QUESTION % (EXIM_PORT, f" {account}")
    return f"${{if and{{{{!eq{{{question}}}{{deny}}}}{{{condition}}}}}}}"


class Asked(Mailban):
    """mailban that is asked, on a firewall that bans nobody: only the door is closed to whom it bans.

    It has more time to answer than by default: a story counts each answer, on a machine that may be busy.
    """

    def __init__(self, folder, logs, *, mode="enforce", limit=5, delay="5s", strangers="deny", rules="",
                 answer_within="5000ms"):
        os.makedirs(folder, exist_ok=True)
        super().__init__(folder, "dry-run", list(logs), limit=limit)
        self.key_file = f"{folder}/policy.key"
        with open(self.key_file, "w", encoding="ascii") as file:
            file.write(KEY + "\n")
        os.chmod(self.key_file, 0o600)
        with open(self.config, encoding="utf-8") as file:
            text = file.read()
        if rules:
            text = text.replace("escalation:", f"{rules}escalation:")
        self.write_config(text + f"""\
policy:
  mode: {mode}
  strangers: {strangers}
  delay: {delay}
  answer_within: {answer_within}
  dovecot: {{listen: 127.0.0.1:{DOVECOT_PORT}, key_file: {self.key_file}}}
  postfix: {{listen: 127.0.0.1:{POSTFIX_PORT}}}
  exim: {{listen: 127.0.0.1:{EXIM_PORT}}}
""")

    def asked_by(self, server):
        """What `status` says of the servers of that kind."""
        return next(one for one in self.ask("status")["policy"]["servers"] if one["server"] == server)

    def finds(self, server):
        """What `mailban check` says of whether that server asks: (grade, text)."""
        found = outcome(PROGRAM, "check", "--config", self.config, "--json")
        return next((one["grade"], one["text"]) for one in json.loads(found.stdout)
                    if one["subject"] == f"policy {server}")

    def counted(self, address):
        """How many wrong attempts of an address mailban has counted."""
        return sum(one["counted"] for one in self.ask("show", address)["evidence"]
                   if one["kind"] == "auth_failure")

    def wait_for_count(self, address, count):
        """Waits until so many are counted."""
        wait_until(lambda: self.counted(address) >= count, f"{count} attempts of {address} are counted", 15)

    def hang(self):
        """Stops the daemon where it stands; it keeps its connections and answers nothing."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        """Ends the hang."""
        os.kill(self.process.pid, signal.SIGCONT)


class Logins:
    """Clients that log in without a pause, each as soon as the last answer has come; used as a block.

    `attempt` returns whether the client was let in. A login that was refused or not answered is in `lost`.
    """

    def __init__(self, attempt, clients=3):
        self._attempt, self._is_over = attempt, False
        self._threads = [threading.Thread(target=self._log_in) for _ in range(clients)]
        self._taken = []
        self.lost = []

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._is_over = True
        for thread in self._threads:
            thread.join()

    def _log_in(self):
        while not self._is_over:
            began = time.monotonic()
            try:
                is_in = self._attempt()
            except Exception as problem:  # pylint: disable=broad-exception-caught
                is_in = f"{type(problem).__name__}: {problem}"
            taken = time.monotonic() - began
            if is_in is True:
                self._taken.append((began, taken))
            else:
                self.lost.append(f"after {taken:.2f} s: {is_in}")

    def next(self, count, seconds=120):
        """Waits until so many that begin from now on have ended; the seconds that each has taken."""
        begin = time.monotonic()
        def those():
            found = [taken for began, taken in list(self._taken) if began >= begin]
            return found if len(found) >= count or self.lost else None
        return wait_until(those, f"{count} logins are answered", seconds)


class Table:
    """What a login takes in each of several cases, for people."""

    def __init__(self):
        self._rows = {}

    def add(self, name, taken):
        """Seconds of each login."""
        self._rows[name] = sorted(taken)

    def median(self, name):
        """Of one case."""
        return statistics.median(self._rows[name])

    def show(self):
        """Prints it."""
        print()
        for name, taken in self._rows.items():
            p99 = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
            print(f"{name:<26} {len(taken):>4} logins: median {statistics.median(taken) * 1000:6.1f} ms, "
                  f"p99 {p99 * 1000:6.1f} ms")


class Flood:
    """Connections to a port that ask as fast as they are answered, or only stand there; used as a block."""

    def __init__(self, port, connections, question=None, end=b""):
        self._question, self._end, self._is_over = question, end, False
        self._port, self._count = port, connections
        self._lines = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._ask)
        self.answers = 0

    def __enter__(self):
        for _ in range(self._count):
            self._connect()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over = True
        self._thread.join()
        for key in list(self._lines.get_map().values()):
            key.fileobj.close()
        self._lines.close()

    def _connect(self):
        line = socket.create_connection(("127.0.0.1", self._port))
        self._lines.register(line, selectors.EVENT_READ, bytearray())
        if self._question:
            line.sendall(self._question)

    def _ask(self):
        lost = 0
        while not self._is_over:
            ready = self._lines.select(0.05)
            # Whoever has no place any more takes the next; those that only stand there are in no hurry.
            while lost and (self._question or not ready):
                lost -= 1
                with contextlib.suppress(OSError):
                    self._connect()
            for key, _ in ready:
                try:
                    heard = key.fileobj.recv(4096)
                except OSError:
                    heard = b""
                if not heard:
                    self._lines.unregister(key.fileobj)
                    key.fileobj.close()
                    lost += 1
                    continue
                key.data.extend(heard)
                if self._question and key.data.endswith(self._end):
                    key.data.clear()
                    self.answers += 1
                    with contextlib.suppress(OSError):
                        key.fileobj.sendall(self._question)


PLACES = 128  # of each server's
_BODY = ('{"device_id":"","login":"nobody","mech":"PLAIN","protocol":"imap","pwhash":"00","remote":"198.51.100.99",'
         '"session_id":"S","local_port":"143"}')
DOVECOT_QUESTION = (f"POST /?command=allow HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {KEY}\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(_BODY)}\r\n\r\n{_BODY}").encode()
POSTFIX_QUESTION = (b"request=smtpd_access_policy\nprotocol_state=CONNECT\nclient_address=198.51.100.99\n"
                    b"server_port=587\n\n")
EXIM_QUESTION = b"198.51.100.99 587\n"
# What each server asks, and how its answer ends; Exim's with the connection.
FLOODS = {"dovecot": (DOVECOT_PORT, DOVECOT_QUESTION, b'""}'), "postfix": (POSTFIX_PORT, POSTFIX_QUESTION, b"\n\n"),
          "exim": (EXIM_PORT, EXIM_QUESTION, b"<the end>")}
LOGINS = 300 if IS_LONG else 5


def tell_of_faults(mailban, server, attempt, table, clients=3, asks_again_within=90):
    """Whatever becomes of mailban, every login is answered by the mail server; how long each took goes to `table`.

    `mailban` runs and is asked by `server`; `attempt` logs a user in.
    """
    port, question, end = FLOODS[server]
    few = max(LOGINS // 3, 2)  # where each waits for the mail server's patience

    def asked():
        return mailban.asked_by(server)["questions"]

    with Logins(attempt, clients) as logins:
        table.add("asked", logins.next(LOGINS))
        mailban.hang()
        table.add("mailban hangs (SIGSTOP)", logins.next(few))
        mailban.go_on()
        table.add("it goes on", logins.next(LOGINS))
        for _ in range(3):
            reloaded = mailban.command("reload")
            if reloaded.returncode != 0:
                raise AssertionError(f"the reload has failed: {reloaded.stderr}")
        table.add("it reloads", logins.next(LOGINS))
        with Flood(port, PLACES + 20):
            table.add("all its places are taken", logins.next(few))
        with Flood(port, 100, question, end) as flood:
            table.add("100 connections ask", logins.next(LOGINS))
            answers = flood.answers
        mailban.stop()
        mailban.start()
        table.add("it is restarted", logins.next(few))
        mailban.kill()
        table.add("it was killed (kill -9)", logins.next(few))
        mailban.start()
        wait_until(lambda: asked() > 0 or logins.lost, f"{server} asks again", asks_again_within, every=0.2)
        table.add("it is there again", logins.next(LOGINS))
    if logins.lost:
        raise AssertionError(f"{len(logins.lost)} logins were lost: {logins.lost[:5]}")
    return answers
