"""The Debian package in a booted fresh Debian: install, upgrade, remove, purge.

It takes the package from build/roots/SUITE/build/package; without one, scripts/package builds it there, which takes
minutes. So it runs with MAILBAN_LONG=1 only. MAILBAN_SUITE names the release: bookworm without it.
"""

import glob
import os
import re
import shutil
import sys
import tempfile
import threading
import time
import unittest

from lab import fresh, machine
from lab.shell import run, wait_until

PROJECT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
SUITE = os.environ.get("MAILBAN_SUITE", "bookworm")
BUILT = f"{PROJECT}/build/roots/{SUITE}/build/package"
CONFIGURATION = "/etc/mailban/mailban.yaml"
BANNED = ("192.0.2.7", "2001:db8:7::/64")


def the_package():
    """The newest package of this release; builds one if there is none."""
    if not glob.glob(f"{BUILT}/mailban_*.deb"):
        run(f"{PROJECT}/scripts/in-root", SUITE, "./scripts/package", "--no-lint", timeout=3000)
    return max(glob.glob(f"{BUILT}/mailban_*.deb"), key=os.path.getmtime)


def an_older_one(package):
    """The same package under a lower version, with another shipped configuration."""
    older = f"{BUILT}/older/mailban_0.0.1_older.deb"
    shutil.rmtree(os.path.dirname(older), ignore_errors=True)
    os.makedirs(os.path.dirname(older))
    with tempfile.TemporaryDirectory() as folder:
        run("dpkg-deb", "-R", package, folder)
        with open(f"{folder}/DEBIAN/control", encoding="utf-8") as file:
            control = file.read()
        with open(f"{folder}/DEBIAN/control", "w", encoding="utf-8") as file:
            file.write(re.sub(r"^Version: .*", "Version: 0.0.1", control, flags=re.M))
        with open(folder + CONFIGURATION, "a", encoding="utf-8") as file:
            file.write("# older\n")
        run("dpkg-deb", "--root-owner-group", "-b", folder, older)
    return older


class BansInTheKernel:
    """Looks, as fast as it can, whether the bans are in force; `gaps` are the moments when they were not."""

    def __init__(self, booted):
        self._booted = booted
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.looks = 0
        self.gaps = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _look(self):
        while not self._end.is_set():
            rules = self._booted.nft("list", "ruleset")
            if "drop" not in rules or not all(one.partition("/")[0] in rules for one in BANNED):
                self.gaps.append((time.time(), rules))
            self.looks += 1


class ThePackage(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.package = the_package()
        cls.older = an_older_one(cls.package)
        cls.booted = cls.enterClassContext(fresh.FreshDebian(SUITE, [cls.package, cls.older]))

    def install(self, package):
        """The seconds that apt took, and what it printed."""
        began = time.monotonic()
        said = self.booted.run("apt-get", "-q", "install", "-y", "--no-install-recommends", "--allow-downgrades",
                               "-o", "Dpkg::Options::=--force-confold", package.replace(BUILT, "/packages"))
        return time.monotonic() - began, said

    def mentions(self):
        """The paths with mailban in their name, and the files that name it, without logs and apt's downloads."""
        paths = self.booted.run("find", "/", "-xdev", "-iname", "*mailban*", "-not", "-path", "/var/cache/*",
                                "-not", "-path", "/proc/*", "-not", "-path", "/sys/*").split()
        # passwd- and the like are the previous versions that the programs of passwd keep.
        texts = self.booted.outcome("grep", "-rl", "mailban", "/etc", "/var/lib/systemd", "--exclude=*-").stdout.split()
        return paths + texts

    def test_lives_from_installation_to_purge(self):
        self.install_it()
        self.start_it()
        self.upgrade_it()
        self.upgrade_it_with_a_wrong_configuration()
        self.remove_it()
        self.install_it_again()
        self.purge_it()

    def install_it(self):
        self.before = self.mentions()
        seconds, said = self.install(self.older)
        print(f"installed in {seconds:.1f} s on {SUITE}", flush=True)
        self.assertIn("mailban setup --watch", said)
        self.assertEqual(self.booted.property("mailban", "ActiveState"), "inactive")
        self.assertEqual(self.booted.property("mailban", "UnitFileState"), "disabled")
        self.assertEqual(self.booted.property("mailban-ufw.socket", "UnitFileState"), "disabled")
        self.assertEqual(self.booted.nft("list", "ruleset"), "", "the installation changes no firewall")
        groups = self.booted.run("id", "-nG", "mailban").split()
        self.assertEqual(groups, ["mailban", "adm", "systemd-journal"])
        self.assertEqual(self.booted.outcome("dpkg", "--verify", "mailban").stdout, "")
        self.assertIn(CONFIGURATION, self.booted.run("dpkg-query", "-W", "-f", "${Conffiles}", "mailban"))
        for document in self.booted.property("mailban", "Documentation").split():
            self.booted.run("test", "-f", document.removeprefix("file://"))

    def start_it(self):
        self.booted.run("sh", "-c", f"echo '# edited' >> {CONFIGURATION}")
        self.booted.run("systemctl", "enable", "--now", "mailban")
        for one in BANNED:
            self.booted.run("mailban", "ban", one, "--for", "2h")
        wait_until(lambda: "192.0.2.7" in self.booted.nft("list", "ruleset"), "the ban is in the kernel", 10)

    def upgrade_it(self):
        before = self.booted.property("mailban", "MainPID")
        with BansInTheKernel(self.booted) as bans:
            seconds, _ = self.install(self.package)
            wait_until(lambda: self.booted.property("mailban", "ActiveState") == "active", "the daemon runs", 30)
            self.booted.run("mailban", "status")
            time.sleep(1)  # what the new daemon does to the firewall at its start is seen, too
        print(f"upgraded in {seconds:.1f} s; the bans were looked at {bans.looks} times", flush=True)
        self.assertEqual(bans.gaps, [])
        self.assertGreater(bans.looks, 20)
        self.assertNotEqual(self.booted.property("mailban", "MainPID"), before, "the new version runs")
        self.assertIn("192.0.2.7", self.booted.run("mailban", "bans"))
        self.assertTrue(self.booted.run("cat", CONFIGURATION).endswith("# older\n# edited\n"), "the edited file stays")
        self.booted.run("test", "-f", f"{CONFIGURATION}.dpkg-dist")

    def upgrade_it_with_a_wrong_configuration(self):
        before = self.booted.property("mailban", "MainPID")
        self.booted.run("sh", "-c", f"cp {CONFIGURATION} /tmp/kept && echo 'limt: 1' >> {CONFIGURATION}")
        again = self.booted.run("sh", "-c", "apt-get -q install -y --reinstall -o Dpkg::Options::=--force-confold "
                                f"{self.package.replace(BUILT, '/packages')} 2>&1")
        self.assertIn("was not restarted", again)
        self.assertEqual(self.booted.property("mailban", "MainPID"), before)
        self.booted.run("cp", "/tmp/kept", CONFIGURATION)

    def remove_it(self):
        self.booted.run("apt-get", "-q", "remove", "-y", "mailban")
        self.assertEqual(self.booted.nft("list", "ruleset"), "")
        self.assertEqual(self.booted.outcome("systemctl", "is-active", "mailban").stdout.strip(), "inactive")
        self.booted.run("test", "-f", CONFIGURATION)
        self.booted.run("test", "-d", "/var/lib/mailban")

    def install_it_again(self):
        self.install(self.package)
        self.assertTrue(self.booted.run("cat", CONFIGURATION).endswith("# edited\n"))
        self.booted.run("systemctl", "start", "mailban")
        self.assertIn("192.0.2.7", self.booted.run("mailban", "bans"), "the state outlives a removal")

    def purge_it(self):
        # A configuration that mailban refuses is no reason to leave its rules in the firewall.
        self.booted.run("sh", "-c", f"echo 'limt: 1' >> {CONFIGURATION}")
        self.booted.run("apt-get", "-q", "purge", "-y", "mailban")
        self.assertEqual(self.booted.nft("list", "ruleset"), "")
        self.assertEqual(self.mentions(), self.before)
        self.assertEqual(self.booted.outcome("getent", "passwd", "mailban").stdout, "")
        self.assertEqual(self.booted.outcome("systemctl", "--failed", "--no-legend").stdout, "")


if __name__ == "__main__":
    if os.environ.get("MAILBAN_LONG") != "1":
        sys.exit(print("skipped: only with MAILBAN_LONG=1") or machine.SKIPPED)
    if os.geteuid() != 0 or not all(map(shutil.which, ("debootstrap", "systemd-nspawn", "nft"))):
        sys.exit(print("skipped: needs root, debootstrap, systemd-nspawn and nft") or machine.SKIPPED)
    unittest.main(verbosity=2)
