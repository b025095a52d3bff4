"""The throw-away machine, booted: systemd as process 1 of a container on the same root folder.

It shares this lab's network, so that the clients reach its services, and boots no more than the bus
and the journal: whatever else the real machine has enabled stays asleep.
"""

import os

from . import cgroups
from .shell import outcome, run, start, wait_until

_TARGET = """\
[Unit]
Requires=basic.target dbus.service
After=basic.target dbus.service
AllowIsolate=yes
"""


class BootedMachine:
    """Up while the block lasts; run() and outcome() are said inside."""

    def __enter__(self):
        os.makedirs("/mnt/booted", exist_ok=True)
        run("mount", "--bind", "/", "/mnt/booted")
        with open("/etc/systemd/system/lab.target", "w", encoding="ascii") as target:
            target.write(_TARGET)
        # The container may not have the identity of the machine whose root folder it has.
        with open("/etc/machine-id", "w", encoding="ascii") as identity:
            identity.write(os.urandom(16).hex() + "\n")
        self._nspawn = start(
            "systemd-nspawn", "--directory=/mnt/booted", "--register=no", "--keep-unit",
            f"--network-namespace-path=/proc/{os.getpid()}/ns/net", "--capability=CAP_NET_ADMIN",
            "--console=pipe", "--link-journal=no", "--boot", "systemd.unit=lab.target",
            log="/tmp/boot.log",
            preexec_fn=lambda: cgroups.enter(os.environ["MAILBAN_LAB_OWNER"]))
        self._leader = wait_until(self._find_leader, "systemd has been started", 30, 0.1)
        wait_until(self._is_up, "systemd has booted", 120, 0.1)
        return self

    def __exit__(self, *_):
        self._nspawn.kill()
        self._nspawn.wait(10)
        outcome("umount", "--lazy", "/mnt/booted")

    def _find_leader(self):
        if self._nspawn.poll() is not None:
            with open("/tmp/boot.log", encoding="utf-8", errors="replace") as said:
                raise AssertionError(f"systemd-nspawn ended: {said.read()}")
        # By its name as well: systemd-nspawn has a child of its own for a moment before.
        return outcome("pgrep", "--parent", str(self._nspawn.pid), "--exact", "systemd").stdout.strip()

    def _is_up(self):
        return self.outcome("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def outcome(self, *argv, timeout=60):
        """Runs a program inside; the caller looks at its exit code and outputs."""
        return outcome("nsenter", "--target", self._leader, "--all", "--", *argv, timeout=timeout)

    def run(self, *argv, timeout=60):
        """Runs a program inside that has to succeed; what it printed."""
        return run("nsenter", "--target", self._leader, "--all", "--", *argv, timeout=timeout)

    def property(self, unit, name):
        """One property of a unit, as `systemctl show` gives it."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()
