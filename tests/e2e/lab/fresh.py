"""A Debian as it is after its installation, booted by systemd-nspawn with a network of its own.

The root is made by scripts/in-root once and kept in build/roots; what happens in the booted machine goes to
an overlay in memory. The machine reaches no other machine: what apt needs is downloaded before.
"""

import contextlib
import os
import signal
import subprocess

from . import cgroups, namespaces
from .shell import outcome, run, start, wait_until

_PROJECT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../.."))
_NAME = "fresh"


def in_root(suite, *command, timeout=900):
    """Runs a command in the root that becomes the machine, with the network of this one."""
    return run(f"{_PROJECT}/scripts/in-root", "--root", _NAME, suite, *command, timeout=timeout)


class FreshDebian:
    """Up while the block lasts. `packages` are .deb files; the machine has them in /packages, and can install
    `servers`, packages of the release, because apt has downloaded them."""

    def __init__(self, suite, packages, servers=()):
        self._root = f"{_PROJECT}/build/roots/{suite}/{_NAME}"
        self._shared = os.path.dirname(packages[0])
        if not os.path.lexists(f"{self._root}/sbin/init"):
            in_root(suite, "sh", "-c", "apt-get -q update && apt-get -q install -y systemd-sysv dbus")
        # The files lie where in-root shows the project's build directory. All have the same dependencies.
        inside = packages[0].replace(f"/roots/{suite}/build/", "/", 1)
        in_root(suite, "apt-get", "-q", "install", "-y", "--download-only", inside, *servers)

    def __enter__(self):
        self._nspawn = start(
            "systemd-nspawn", f"--directory={self._root}", "--volatile=overlay", "--register=no", "--keep-unit",
            "--private-network", "--machine=fresh", "--link-journal=no", "--console=pipe",
            f"--bind-ro={self._shared}:/packages", "--boot",
            log=f"{self._root}.boot.log", preexec_fn=self._begin)
        self._leader = wait_until(self._find_leader, "systemd has been started", 30, 0.1)
        wait_until(self._is_up, "systemd has booted", 120, 0.1)
        return self

    def __exit__(self, *_):
        # The end of the machine's first process is that of all its processes; that of systemd-nspawn is not.
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(self._leader), signal.SIGKILL)
        self._nspawn.kill()
        self._nspawn.wait(10)
        cgroups.sweep(os.getpid())

    @staticmethod
    def _begin():
        namespaces.die_with_parent(signal.SIGKILL)
        cgroups.enter(os.getppid())

    def _find_leader(self):
        if self._nspawn.poll() is not None:
            with open(f"{self._root}.boot.log", encoding="utf-8", errors="replace") as said:
                raise AssertionError(f"systemd-nspawn ended: {said.read()[-2000:]}")
        return outcome("pgrep", "--parent", str(self._nspawn.pid), "--exact", "systemd").stdout.strip()

    def _is_up(self):
        return self.outcome("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def _enter(self, *argv):
        return ("nsenter", "--target", self._leader, "--all", "--", "env", "DEBIAN_FRONTEND=noninteractive",
                "LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *argv)

    def outcome(self, *argv, timeout=300):
        """Runs a program inside; the caller looks at its exit code and outputs."""
        return outcome(*self._enter(*argv), timeout=timeout)

    def run(self, *argv, timeout=300):
        """Runs a program inside that has to succeed; what it printed."""
        return run(*self._enter(*argv), timeout=timeout)

    def nft(self, *argv):
        """An nft that is not the booted machine's, which has none, looking at its firewall.

        It is the release's own, of the root that built the package, where there is one: the nft of Debian 12
        ends with a segmentation fault at what a libnftables of Debian 13 has written.
        """
        builder = os.path.join(os.path.dirname(self._root), "root")
        chroot = ("chroot", builder) if os.path.exists(f"{builder}/usr/sbin/nft") else ()
        return run("nsenter", "--target", self._leader, "--net", "--", *chroot, "nft", *argv)

    def property(self, unit, name):
        """One property of a unit, as `systemctl show` gives it."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    @contextlib.contextmanager
    def attacker(self, address="198.51.100.66", server="198.51.100.1"):
        """A network of the attacker's own, with one cable to the machine; gives the words that enter it."""
        holder = subprocess.Popen(("unshare", "--net", "sleep", "infinity"),
                                  preexec_fn=lambda: namespaces.die_with_parent(signal.SIGKILL))
        try:
            enter = ("nsenter", "--target", str(holder.pid), "--net", "--")
            inside = ("nsenter", "--target", self._leader, "--net", "--")
            wait_until(lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != os.readlink("/proc/self/ns/net"),
                       "the attacker has a network", 10)
            run(*enter, "ip", "link", "add", "wire", "type", "veth", "peer", "name", "cable", "netns", self._leader)
            for words, name, own in ((enter, "wire", address), (inside, "cable", server)):
                run(*words, "ip", "address", "add", f"{own}/24", "dev", name)
                run(*words, "ip", "link", "set", name, "up")
            yield enter, server
        finally:
            holder.kill()
            holder.wait(10)
