"""Debian's Dovecot in the foreground: IMAP, POP3, a submission server, and passwords for others."""

import os

from . import exim, guessing
from .shell import run, start, stop, wait_until

FOLDER = "/srv/dovecot"
LOG = f"{FOLDER}/dovecot.log"
PORTS = (143, 993, 110, 995, 1587)

# Every folder of Dovecot's own is below /run, and gone with the machine.
_CONFIGURATION = """
protocols = imap pop3 submission
listen = *, ::
log_path = {log}
auth_verbose = {auth_verbose}
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/mail/%n
mail_max_userip_connections = 100
first_valid_uid = 1
{passwords}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%n allow_all_users=yes
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
  }}
}}
{delays}
service submission-login {{
  inet_listener submission {{
    port = 1587
  }}
}}
submission_relay_host = 127.0.0.1
"""

PASSWORDS = f"""
passdb {{
  driver = passwd-file
  args = {FOLDER}/users
}}
"""

# The first list does not hold the account that clients know. It has to keep quiet: of every list
# that refuses a client Dovecot would tell one failure, even if the next one lets it in.
CHAINED = PASSWORDS.replace("users\n", "others\n  auth_verbose = no\n") + PASSWORDS


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
        self._configuration = _CONFIGURATION.format(
            log=log, auth_verbose=auth_verbose, passwords=passwords, delays=delays, folder=FOLDER)

    def __enter__(self):
        os.makedirs(f"{FOLDER}/mail", exist_ok=True)
        run("chown", "mail:mail", f"{FOLDER}/mail")
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


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
