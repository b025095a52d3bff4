"""saslauthd, which compares passwords for Postfix, Sendmail and Cyrus; and the account it knows."""

import os
import signal

from . import guessing
from .shell import outcome, run, wait_until

_PID_FILE = "/run/saslauthd/saslauthd.pid"


class Saslauthd:
    """Compares the machine's own passwords, through PAM, while the block lasts."""

    def __enter__(self):
        add_account()
        os.makedirs("/run/saslauthd", exist_ok=True)
        run("saslauthd", "-a", "pam", "-n", "40", "-m", "/run/saslauthd")
        wait_until(lambda: os.path.exists("/run/saslauthd/mux"), "saslauthd listens")
        return self

    def __exit__(self, *_):
        with open(_PID_FILE, encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGTERM)


def add_account():
    """The account that clients know, among the machine's own."""
    home = f"/home/{guessing.ACCOUNT}"
    if outcome("id", guessing.ACCOUNT).returncode != 0:
        run("useradd", "--home-dir", home, guessing.ACCOUNT)
    run("chpasswd", stdin=f"{guessing.ACCOUNT}:{guessing.PASSWORD}\n")
    for folder in ("cur", "new", "tmp"):
        os.makedirs(f"{home}/Maildir/{folder}", exist_ok=True)
    run("chown", "-R", f"{guessing.ACCOUNT}:", home)
