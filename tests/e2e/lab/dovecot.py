"""Debian's Dovecot in the foreground: IMAP, POP3, a submission server, and passwords for others."""

import os

from . import exim, guessing
from .dovecot_settings import DOVECOT_2_3, DOVECOT_2_4
from .shell import run, start, stop, wait_until

FOLDER = "/srv/dovecot"
LOG = f"{FOLDER}/dovecot.log"
PORTS = (143, 993, 110, 995, 1587)

# The programs of another release's Dovecot, 2.4, in a root where they are installed, take the place of the
# machine's own, 2.3.
OTHER_ROOT = os.environ.get("MAILBAN_DOVECOT_ROOT", "")
SETTINGS = DOVECOT_2_4 if OTHER_ROOT else DOVECOT_2_3

PASSWORDS = SETTINGS.passwords.format(name="users", list=f"{FOLDER}/users", more="")

# The first list does not hold the account that clients know. It has to keep quiet: of every list
# that refuses a client Dovecot would tell one failure, even if the next one lets it in.
CHAINED = SETTINGS.passwords.format(name="others", list=f"{FOLDER}/others", more="auth_verbose = no") + PASSWORDS


# By default Dovecot makes an address that fails wait, up to 15 s, before it looks at its next password.
NO_DELAYS = """
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
"""
STOCK_DELAYS = ""


class Dovecot:
    """The running server; ends with the block it is used in, when all its log is written.

    `accounts` have the lab's password, beside the one that all servers of the lab know.
    """

    def __init__(self, *, log=LOG, auth_verbose="yes", passwords=PASSWORDS, delays=NO_DELAYS, accounts=()):
        self._accounts = (guessing.ACCOUNT, *accounts)
        self._configuration = SETTINGS.configuration.format(
            log=log, auth_verbose=auth_verbose, passwords=passwords, delays=delays, folder=FOLDER)

    def __enter__(self):
        os.makedirs(f"{FOLDER}/mail", exist_ok=True)
        run("chown", "mail:mail", f"{FOLDER}/mail")
        use_other_programs()
        exim.make_certificate(FOLDER)
        self.restore_passwords()
        _write(f"{FOLDER}/others", "carol:{PLAIN}something::::::\n")
        _write(f"{FOLDER}/dovecot.conf", self._configuration)
        self._process = start("dovecot", "-F", "-c", f"{FOLDER}/dovecot.conf", log=f"{FOLDER}/output")
        wait_until(self._is_up, "Dovecot listens on all its ports")
        return self

    def __exit__(self, *_):
        ended_with = self._process.poll()
        stop(self._process)
        if ended_with is not None:
            with open(f"{FOLDER}/output", encoding="utf-8") as said:
                raise AssertionError(f"Dovecot ended by itself with {ended_with}: {said.read()}")

    def restore_passwords(self):
        """Every account has its password."""
        _write(f"{FOLDER}/users", "".join(f"{account}:{{PLAIN}}{guessing.PASSWORD}::::::\n"
                                          for account in self._accounts))

    @staticmethod
    def lose_passwords():
        """Nobody has an account."""
        _write(f"{FOLDER}/users", "carol:{PLAIN}something::::::\n")

    def _is_up(self):
        if self._process.poll() is not None:
            with open(f"{FOLDER}/output", encoding="utf-8") as said:
                raise AssertionError(f"Dovecot ended: {said.read()}")
        listening = run("ss", "-Hltn")
        return all(f":{port} " in listening for port in PORTS)


_OTHER = "/mnt/other-dovecot"
_PROGRAMS = ("/usr/sbin/dovecot", "/usr/bin/doveconf")


def use_other_programs():
    """Those of OTHER_ROOT, if it is set, with its configuration. They see the machine's processes, and its files
    where Dovecot has some; their root is not written to."""
    if not OTHER_ROOT or os.path.ismount(_OTHER):
        return
    for folder in (_OTHER, "/mnt/other-memory"):
        os.makedirs(folder, exist_ok=True)
    run("rm", "-rf", "/etc/dovecot")
    run("cp", "-a", f"{OTHER_ROOT}/etc/dovecot", "/etc/dovecot")
    run("mount", "-t", "tmpfs", "memory", "/mnt/other-memory")
    upper, work = "/mnt/other-memory/upper", "/mnt/other-memory/work"
    for folder in (upper, work):
        os.makedirs(folder)
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={OTHER_ROOT},upperdir={upper},workdir={work}", _OTHER)
    for folder in ("/proc", "/dev", "/run", "/srv", "/etc/dovecot"):
        run("mount", "--rbind", folder, _OTHER + folder)
    for program in _PROGRAMS:
        _write(program + ".new", f'#!/bin/sh\nexec chroot {_OTHER} {program} "$@"\n')
        os.chmod(program + ".new", 0o755)
        os.rename(program + ".new", program)


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
