"""Lines of mail servers' logs as those write them, stamped to the millisecond, and a daemon that follows
them in a folder of its own, without root and with a firewall that only pretends."""

import contextlib
import datetime
import json
import os
import pathlib
import select
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "../e2e"))
from lab import control  # noqa: E402
from lab.seed import property_seed  # noqa: E402, F401
from lab.service_manager import ServiceManager  # noqa: E402, F401
PROGRAM = str(os.environ.get("MAILBAN") or HERE / "../../build/dev/mailban")
ENVIRONMENT = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def exim_stamp(at):
    return utc(at).strftime("%Y-%m-%d %H:%M:%S.") + f"{int(at * 1000) % 1000:03}"


def exim_failure(at, ip, account, port):
    return (f"{exim_stamp(at)} dovecot_login authenticator failed for (client.example) [{ip}]:{port}: 535 "
            f"Incorrect authentication data (set_id={account})\n")


def exim_login(at, ip, account, port):
    return (f"{exim_stamp(at)} 1xVcUm-{port:06}-0v <= {account} H=(client.example) [{ip}]:{port} P=esmtpa "
            f"A=dovecot_login:{account} S=377 id={port}@client.example\n")


def postfix_failure(at, ip, account, pid):
    stamp = utc(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(at * 1000) % 1000:03}000+00:00"
    return (f"{stamp} mail postfix/smtpd[{pid}]: warning: unknown[{ip}]: SASL LOGIN authentication failed: "
            f"authentication failure, sasl_username={account}\n")


def mailban(*arguments, text=None, timeout=200, user=None, **environment):
    return subprocess.run((PROGRAM, *map(str, arguments)), input=text, capture_output=True, check=False,
                          timeout=timeout, user=user, env={**ENVIRONMENT, **environment})


def until(what, seconds=30):
    """What `what` gives, as soon as it gives anything; at most a tenth of what was waited later."""
    began = time.monotonic()
    while not (found := what()):
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError("waited in vain")
        select.select([], [], [], max(0.005, waited / 10))
    return found


class Daemon:
    """`mailban run` over some logs; `with` it, it runs. A log may bring keys of its source with it, in lines."""

    def __init__(self, folder, logs, more="", environment=None, waits=True):
        self.folder = pathlib.Path(folder)
        self.socket = self.folder / "socket"
        self.config = self.folder / "mailban.yaml"
        sources = "\n".join(f"  - file: {log}" for log in logs)
        self.config.write_text(f"""sources:
{sources}
firewall: {{backend: dry-run}}
state: {{directory: {self.folder}/state}}
control: {{socket: {self.socket}}}
{more}
""")
        self.environment = {**ENVIRONMENT, **(environment or {})}
        self.running = None
        self.waits = waits  # until the start is over, or only until it answers
        self.said = ""

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            self.running = undo.enter_context(
                subprocess.Popen((PROGRAM, "run", "--config", self.config), env=self.environment, text=True,
                                 stderr=subprocess.PIPE, stdout=subprocess.DEVNULL))
            undo.callback(self.running.kill)
            until(self.has_begun if self.waits else self.status)
            undo.pop_all()
        return self

    def __exit__(self, *_):
        if self.running.poll() is None:
            self.stop()
        else:
            _, self.said = self.running.communicate(timeout=30)

    def stop(self):
        """Ends it by SIGTERM, and looks how it ended."""
        self.running.terminate()
        try:
            _, self.said = self.running.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.running.kill()
            _, self.said = self.running.communicate()
            raise AssertionError(f"mailban did not end within 30 s:\n{self.said}") from None
        # A sanitizer that found something as it ended has a code of its own.
        if self.running.returncode != 0:
            raise AssertionError(f"mailban ended with {self.running.returncode}:\n{self.said}")

    def ask(self, verb):
        """What the command of this name gives as JSON; None: nobody answers."""
        return control.ask(self.socket, verb)

    def status(self):
        return self.ask("status")

    def has_begun(self):
        """Whether it follows its logs."""
        status = self.status()
        return status and status["firewall"]["state"] != "starting"

    def wait_for(self, lines):
        """Until so many lines have been read."""
        until(lambda: sum(log["lines"] for log in self.status()["sources"]) >= lines)


def _field(name, value):
    """A field of an entry in journald's export format, in its binary form."""
    return name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"


def write_journal(folder, entries, name="system"):
    """A journal in `folder` of (when in seconds, unit, identifier, message), by time."""
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    text = b""
    for number, (at, unit, identifier, message) in enumerate(entries, 1):
        text += (f"__REALTIME_TIMESTAMP={int(at * 1000000)}\n__MONOTONIC_TIMESTAMP={number}\n"
                 "_BOOT_ID=0123456789abcdef0123456789abcdef\n").encode()
        for field, value in (("_SYSTEMD_UNIT", unit), ("SYSLOG_IDENTIFIER", identifier), ("_UID", "0"),
                             ("_HOSTNAME", "mx"), ("_PID", "77"), ("MESSAGE", message)):
            if value is not None:
                text += _field(field, value if isinstance(value, bytes) else value.encode())
        text += b"\n"
    subprocess.run(("/lib/systemd/systemd-journal-remote", "-o", str(folder / f"{name}.journal"), "-"),
                   input=text, capture_output=True, check=True, timeout=60)
    return folder


def dovecot_failure(ip, account):
    """What Dovecot's login process says to the journal."""
    return (f"imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<{account}>, method=PLAIN, "
            f"rip={ip}, lip=192.0.2.1, session=<Ab12>")


def postfix_message(ip, account):
    return (f"warning: unknown[{ip}]: SASL LOGIN authentication failed: authentication failure, "
            f"sasl_username={account}")
