"""Debian's Exim in the foreground, with the authenticators that cPanel's mail servers log."""

import os

from . import client
from .shell import run, start, stop, wait_until

FOLDER = "/srv/exim"
MAIN_LOG = f"{FOLDER}/log/exim_mainlog"
MAILBOX = f"{FOLDER}/mail/anna"
PORTS = (25, 465, 587)
PASSWORD = "correct horse"

_CONFIGURATION = f"""
primary_hostname = mx.example.com
domainlist local_domains = example.com
spool_directory = {FOLDER}/spool
log_file_path = {FOLDER}/log/exim_%slog
log_selector = +incoming_port +smtp_protocol_error +smtp_syntax_error
pid_file_path = {FOLDER}/exim.pid
exim_user = Debian-exim
exim_group = Debian-exim
local_interfaces = <; 0.0.0.0 ; ::0
daemon_smtp_ports = 25 : 465 : 587
tls_on_connect_ports = 465
tls_advertise_hosts = *
tls_certificate = {FOLDER}/certificate.pem
tls_privatekey = {FOLDER}/key.pem
auth_advertise_hosts = *
host_lookup =
rfc1413_hosts =
keep_environment =
smtp_accept_max = 200
smtp_accept_max_per_host = 100
acl_smtp_rcpt = check_recipient

begin acl
check_recipient:
  accept domains = +local_domains
  accept authenticated = *
  deny message = relay not permitted

begin routers
mailbox:
  driver = accept
  domains = +local_domains
  local_parts = anna
  transport = file

begin transports
file:
  driver = appendfile
  file = {FOLDER}/mail/anna
  user = Debian-exim
  create_file = anywhere

begin authenticators
"""

# What the server compares itself.
OWN_PASSWORDS = f"""
dovecot_plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{{PASSWORD}}}}}
  server_set_id = $auth2
dovecot_login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{$auth2}}{{{PASSWORD}}}}}
  server_set_id = $auth1
"""

# Dovecot compares for it.
ASKS_DOVECOT = "".join(f"""
dovecot_{mechanism.partition("-")[0].lower()}:
  driver = dovecot
  public_name = {mechanism}
  server_socket = /run/dovecot/auth-client
  server_set_id = $auth1
""" for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"))


class Exim:
    """The running mail server; ends with the block it is used in."""

    def __init__(self, authenticators=OWN_PASSWORDS, log_selector="+incoming_port", log=f"{FOLDER}/log/exim_%slog",
                 more=""):
        self._configuration = more + _CONFIGURATION.replace("+incoming_port", log_selector).replace(
            f"{FOLDER}/log/exim_%slog", log) + authenticators

    def __enter__(self):
        for name in ("log", "mail", "spool"):
            os.makedirs(f"{FOLDER}/{name}", exist_ok=True)
        make_certificate(FOLDER)
        # Any other path given by -C would cost Exim its privileges.
        with open("/etc/exim4/exim4.conf", "w", encoding="ascii") as file:
            file.write(self._configuration)
        run("chown", "-R", "Debian-exim:Debian-exim", FOLDER)
        self._process = start("exim4", "-bdf", "-q30m", log=f"{FOLDER}/output")
        wait_until(self._is_up, "Exim listens on all its ports")
        return self

    def __exit__(self, *_):
        stop(self._process)

    def _is_up(self):
        if self._process.poll() is not None:
            with open(f"{FOLDER}/output", encoding="utf-8") as said:
                raise AssertionError(f"Exim ended: {said.read()}")
        listening = run("ss", "-Hltn")
        return all(f":{port} " in listening for port in PORTS)


def make_certificate(folder):
    """Writes certificate.pem and key.pem of the lab's mail server there."""
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "2", "-subj", "/CN=mx.example.com", "-keyout", f"{folder}/key.pem",
        "-out", f"{folder}/certificate.pem")


def mailbox_has_mail_from(source):
    """Whether the message that `source` sent has been delivered."""
    def delivered():
        try:
            with open(MAILBOX, encoding="utf-8") as mail:
                return f"Subject: from {source}\n" in mail.read()
        except FileNotFoundError:
            return False
    return wait_until(delivered, f"the mail from {source} is in the mailbox")


def still_serves(source, port=25):
    """A client sends a mail and it arrives; False when the firewall is in the way."""
    try:
        client.send_mail(source, port=port)
    except OSError:
        return False
    return mailbox_has_mail_from(source)
