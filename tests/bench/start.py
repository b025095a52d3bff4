"""How long a start takes with many bans and many stored events.

    MAILBAN=build/release/mailban python3 -B tests/bench/start.py
    MAILBAN=build/release/mailban tests/firewall/in_namespace python3 -B tests/bench/start.py

    MAILBAN_START_CLIENTS   so many are banned (100000)
    MAILBAN_START_FAILURES  each of them, in the last hour (10)
    MAILBAN_START_BACKEND   dry-run, or nftables
    MAILBAN_START_TIMES     starts that are measured (3)

Told of each start: seconds until systemd hears READY=1 (the bans stand), seconds until all stored events are read and the
logs are followed again, and memory.
"""

import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../e2e"))

import mail_load
from lab import daemon
from lab.daemon import Mailban
from lab.service_manager import ServiceManager
from lab.shell import wait_until

CLIENTS = int(os.environ.get("MAILBAN_START_CLIENTS", "100000"))
FAILURES = int(os.environ.get("MAILBAN_START_FAILURES", "10"))
BACKEND = os.environ.get("MAILBAN_START_BACKEND", "dry-run")
TIMES = int(os.environ.get("MAILBAN_START_TIMES", "3"))
CONFIG = """\
sources: [{{file: {folder}/mainlog}}, {{file: {folder}/mail.log}}]
firewall: {{backend: {backend}}}
limits: {{bans: {bans}}}
state: {{directory: {folder}/m/state}}
control: {{socket: {folder}/m/control.sock, mode: 0600}}
log: {{level: warning}}
"""


class Clock:
    """A service manager, and when it heard that the service is ready."""

    def __init__(self, path):
        self.began = time.monotonic()
        self.manager = ServiceManager(path)

    def until_ready(self):
        wait_until(self.manager.is_ready, "systemd hears that it is ready", 600, 0.005)
        return time.monotonic() - self.began


def measure(mailban, folder):
    """One start; printed."""
    clock = Clock(f"{folder}/notify")
    with clock.manager:
        mailban.environment = clock.manager.environment
        mailban.launch()
        ready = clock.until_ready()
        mailban.await_start()
        done = time.monotonic() - clock.began
        with open(f"/proc/{mailban.process.pid}/status", encoding="ascii") as status:
            lines = dict(line.split(":", 1) for line in status)
        bans = mailban.ask("status")["active_bans"]
        print(f"ready after {ready:.2f} s, all read after {done:.2f} s; {bans} bans, "
              f"{int(lines['VmRSS'].split()[0]) / 1024:.0f} MB resident", flush=True)
        mailban.stop()


def main():
    """Makes the past, measures starts after it."""
    mail_load.ADDRESSES = CLIENTS
    daemon.READY_SECONDS = 900
    with tempfile.TemporaryDirectory() as folder:
        for log in mail_load.make_logs(folder, 1):
            log.write_history(FAILURES, time.time() - 3600)
            log.file.flush()
        mailban = Mailban(f"{folder}/m", BACKEND, [], on_stop="keep")
        mailban.write_config(CONFIG.format(folder=folder, backend=BACKEND, bans=2 * CLIENTS))
        began = time.monotonic()
        mailban.start()
        print(f"{CLIENTS * FAILURES} failures read within {time.monotonic() - began:.1f} s", flush=True)
        mailban.stop()
        for _ in range(TIMES):
            measure(mailban, folder)


if __name__ == "__main__":
    main()
