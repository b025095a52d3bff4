"""Mail servers that ask mailban before they compare a password: docs/policy.md has the same recipes."""

import os
import signal
import statistics
import time

from .daemon import Mailban
from .shell import wait_until

KEY = "0123456789abcdef0123456789abcdef"
DOVECOT_PORT = 4001
POSTFIX_PORT = 4002
EXIM_PORT = 4003

# Dovecot 2.3; the second question would delay a client a second time and learns nothing.
DOVECOT_ASKS = f"""
auth_policy_server_url = http://127.0.0.1:{DOVECOT_PORT}/
auth_policy_server_api_header = X-API-Key: {KEY}
auth_policy_server_timeout_msecs = 200
auth_policy_hash_nonce = a-secret-of-this-machine
auth_policy_check_before_auth = yes
auth_policy_check_after_auth = no
auth_policy_report_after_auth = yes
auth_policy_reject_on_fail = no
auth_policy_request_attributes = login=%{{requested_username}} pwhash=%{{hashed_password}} remote=%{{rip}} device_id=%{{client_id}} protocol=%s session_id=%{{session}} mech=%m local_port=%{{lport}}
"""

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
    """mailban that is asked, on a firewall that bans nobody: only the door is closed to whom it bans."""

    def __init__(self, folder, logs, *, mode="enforce", limit=5, delay="5s", strangers="deny", rules=""):
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
  dovecot: {{listen: 127.0.0.1:{DOVECOT_PORT}, key_file: {self.key_file}}}
  postfix: {{listen: 127.0.0.1:{POSTFIX_PORT}}}
  exim: {{listen: 127.0.0.1:{EXIM_PORT}}}
""")

    def asked_by(self, server):
        """What `status` says of the servers of that kind."""
        return next(one for one in self.ask("status")["policy"]["servers"] if one["server"] == server)

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


def times_of(attempt, times=20):
    """Seconds that an attempt takes, the median and the worst of so many."""
    taken = []
    for _ in range(times):
        began = time.monotonic()
        attempt()
        taken.append(time.monotonic() - began)
    return statistics.median(taken), max(taken)
