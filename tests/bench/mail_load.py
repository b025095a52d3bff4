"""A busy mail server's logs at a known rate: the forms of Exim, Postfix and Dovecot, with a known seed.

Of the lines a tenth are wrong passwords of 200,000 addresses, each with an account of its own, and a
few are logins of customers; the others are what goes on beside them. Each log is rotated by renaming
each minute: Exim's counted and packed one rotation later, as with logrotate's delaycompress, and
Postfix's dated. Everything written is counted.
"""

import ipaddress
import json
import os
import random
import subprocess
import time

ADDRESSES = 200_000
CUSTOMERS = 2_000
FAILURES = 0.10
LOGINS = 0.01
TICKS = 20  # writes a second
KEPT = 3    # rotated files of a log

EXIM_FAILURE = ("{stamp} dovecot_login authenticator failed for (guess.example) [{ip}]:{port} "
                "I=[203.0.113.1]:587: 535 Incorrect authentication data (set_id={account})\n")
EXIM_LOGIN = ("{stamp} 1xVd9X-{number:06d}-0y <= {account} H=(client.example) [{ip}]:{port} P=esmtpsa "
              "X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no A=dovecot_plain:{account} "
              "S=452 id=1795475331301420.{number}@client.example\n")
EXIM_OTHER = (
    "{stamp} no host name found for IP address {ip}\n",
    "{stamp} SMTP connection from [{ip}]:{port} (TCP/IP connection count = 6)\n",
    "{stamp} SMTP connection from (client.example) [{ip}]:{port} closed by QUIT\n",
    "{stamp} no MAIL in SMTP connection from (client.example) [{ip}]:{port} D=0.164s "
    "X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no C=EHLO,STARTTLS,EHLO,QUIT\n",
    "{stamp} 1xVd9W-{number:06d}-2q => alice <alice@example.com> R=local T=local_mbox\n",
    "{stamp} 1xVd9W-{number:06d}-2q Completed\n",
)
POSTFIX_HEAD = "{stamp} mail postfix/submission/smtpd[{pid}]: "
POSTFIX_FAILURE = (POSTFIX_HEAD + "warning: unknown[{ip}]: SASL LOGIN authentication failed: "
                   "UGFzc3dvcmQ6, sasl_username={account}\n")
POSTFIX_LOGIN = POSTFIX_HEAD + "{number:010X}: client=unknown[{ip}], sasl_method=PLAIN, sasl_username={account}\n"
POSTFIX_OTHER = (
    POSTFIX_HEAD + "connect from unknown[{ip}]\n",
    POSTFIX_HEAD + "Anonymous TLS connection established from unknown[{ip}]: TLSv1.3 with cipher "
    "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits)\n",
    POSTFIX_HEAD + "disconnect from unknown[{ip}] ehlo=2 starttls=1 auth=0/1 quit=1 commands=4/5\n",
    "{stamp} mail postfix/cleanup[{pid}]: {number:010X}: message-id=<{number}@client.example>\n",
    "{stamp} mail postfix/qmgr[140]: {number:010X}: from=<bob@example.com>, size=452, nrcpt=1 (queue active)\n",
    "{stamp} mail postfix/qmgr[140]: {number:010X}: removed\n",
)
DOVECOT_HEAD = "{stamp} mail dovecot: "
DOVECOT_SESSION = "lip=203.0.113.1, TLS, session=<{number:06d}AbCdEfGhIjKl>\n"
DOVECOT_FAILURE = (DOVECOT_HEAD + "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<{account}>, "
                   "method=PLAIN, rip={ip}, " + DOVECOT_SESSION)
DOVECOT_LOGIN = (DOVECOT_HEAD + "imap-login: Login: user=<{account}>, method=PLAIN, rip={ip}, mpid={pid}, " +
                 DOVECOT_SESSION)
DOVECOT_OTHER = (
    DOVECOT_HEAD + "imap-login: Disconnected (no auth attempts in 0 secs): user=<>, rip={ip}, " + DOVECOT_SESSION,
    DOVECOT_HEAD + "imap(alice@example.com)<{pid}><{number:06d}AbCdEfGhIjKl>: Disconnected: Logged out in=88 "
    "out=1716 deleted=0 expunged=0 trashed=0 hdr_count=1 hdr_bytes=205 body_count=0 body_bytes=0\n",
    DOVECOT_HEAD + "imap(bob@example.com)<{pid}><{number:06d}AbCdEfGhIjKl>: Connection closed (IDLE running for 0.001 "
    "+ waiting input for 1739.2 secs, 2 B in + 10+10 B out, state=wait-input) in=412 out=4711 deleted=0 expunged=0\n",
    DOVECOT_HEAD + "lmtp(carol@example.com)<{pid}><{number:06d}>: msgid=<{number}@client.example>: saved mail to INBOX\n",
)
FORMS = {"exim": (EXIM_FAILURE, EXIM_LOGIN, EXIM_OTHER),
         "postfix": (POSTFIX_FAILURE, POSTFIX_LOGIN, POSTFIX_OTHER),
         "dovecot": (DOVECOT_FAILURE, DOVECOT_LOGIN, DOVECOT_OTHER)}


def addresses(choose, count):
    """Addresses of the whole net, three of four IPv4, none near another but by chance."""
    found = set()
    while len(found) < count:
        if choose.random() < 0.75:
            one = ipaddress.IPv4Address(choose.randrange(0x0b000000, 0xdf000000))
            if one.is_global:
                found.add(str(one))
        else:
            found.add(str(ipaddress.IPv6Address((choose.randrange(0x24000000, 0x2d000000) << 96) +
                                                (choose.randrange(1 << 32) << 64) + 0x25)))
    return sorted(found)


class Log:
    """One server's log, its lines and its rotations."""

    def __init__(self, path, server, clients, customers, seed):
        self.path = path
        self.choose = random.Random(seed)
        self.clients = clients
        self.customers = customers
        self.is_exim = server == "exim"
        self.failure, self.login, self.other = FORMS[server]
        self.written = {"lines": 0, "auth_failure": 0, "auth_success": 0, "bytes": 0, "rotations": 0}
        self.names = []  # dated files
        self.packing = None
        self.file = open(path, "ab", buffering=0)  # pylint: disable=consider-using-with

    def stamp(self, at):
        """As the server writes the time."""
        if self.is_exim:
            return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1e6):06d}+00:00"

    def fail(self, which, stamp):
        """The wrong password of one client."""
        self.written["auth_failure"] += 1
        return self.fill(self.failure, stamp, self.clients[which], f"user{which}.{self.is_exim:d}@example.com")

    def fill(self, form, stamp, ip, account):
        """A line with these in it; no two are the same."""
        self.written["lines"] += 1
        number = self.written["lines"] % 1_000_000
        return form.format(stamp=stamp, ip=ip, port=1024 + number % 60000, account=account,
                           number=number, pid=100 + number % 30000)

    def line(self, stamp):
        """What comes next."""
        dice = self.choose.random()
        if dice < FAILURES:
            return self.fail(self.choose.randrange(len(self.clients)), stamp)
        if dice < FAILURES + LOGINS:
            self.written["auth_success"] += 1
            which = self.choose.randrange(len(self.customers))
            return self.fill(self.login, stamp, self.customers[which], f"customer{which}@example.com")
        form = self.other[self.written["lines"] % len(self.other)]
        return self.fill(form, stamp, self.clients[self.choose.randrange(len(self.clients))], "")

    def write(self, text):
        """One write, as servers do."""
        data = text.encode()
        self.written["bytes"] += len(data)
        self.file.write(data)

    def write_lines(self, count):
        """So many lines, now."""
        stamp = self.stamp(time.time())
        self.write("".join(self.line(stamp) for _ in range(count)))

    def write_history(self, times, since):
        """Every client fails so often between `since` and now."""
        now = time.time()
        for turn in range(times):
            at = since + (now - since) * turn / times
            for first in range(0, len(self.clients), 10_000):
                stamp = self.stamp(at + (now - since) / times * first / len(self.clients))
                self.write("".join(self.fail(which, stamp)
                                   for which in range(first, min(first + 10_000, len(self.clients)))))

    def rotate(self):
        """As logrotate does it."""
        self.written["rotations"] += 1
        if self.is_exim:
            self.rotate_counted()
        else:
            self.names.append(f"{self.path}-{int(time.time())}")
            os.rename(self.path, self.names[-1])
            if len(self.names) > KEPT:
                os.remove(self.names.pop(0))
        self.file.close()
        self.file = open(self.path, "ab", buffering=0)  # pylint: disable=consider-using-with

    def rotate_counted(self):
        """The newest rotated file stays plain until the next time."""
        if self.packing:
            self.packing.wait(60)
        for number in range(KEPT, 0, -1):
            for ending in ("", ".gz"):
                name = f"{self.path}.{number}{ending}"
                if os.path.exists(name) and number == KEPT:
                    os.remove(name)
                elif os.path.exists(name):
                    os.rename(name, f"{self.path}.{number + 1}{ending}")
        os.rename(self.path, self.path + ".1")
        if os.path.exists(self.path + ".2"):
            self.packing = subprocess.Popen(["gzip", "-1", self.path + ".2"])


def make_logs(folder, seed):
    """Exim's and Postfix's, each with half of the clients."""
    choose = random.Random(seed)
    clients = addresses(choose, ADDRESSES)
    choose.shuffle(clients)
    customers = addresses(choose, CUSTOMERS)
    half = ADDRESSES // 2
    return [Log(f"{folder}/mainlog", "exim", clients[:half], customers[::2], seed + 1),
            Log(f"{folder}/mail.log", "postfix", clients[half:], customers[1::2], seed + 2)]


def keep_writing(logs, rate, seconds, rotate_every, report):
    """Writes `rate` lines a second to all logs together; what was written goes to the file `report`."""
    began = time.monotonic()
    next_rotation = rotate_every
    late = 0.0
    for tick in range(1, seconds * TICKS + 1):
        for log in logs:
            log.write_lines(rate // TICKS // len(logs))
        elapsed = time.monotonic() - began
        if elapsed >= next_rotation:
            next_rotation += rotate_every
            for log in logs:
                log.rotate()
        wait = tick / TICKS - (time.monotonic() - began)
        late = max(late, -wait)
        if wait > 0:
            time.sleep(wait)
    for log in logs:
        if log.packing:
            log.packing.wait(60)
    with open(report + ".new", "w", encoding="ascii") as file:
        json.dump({"logs": {log.path: log.written for log in logs}, "late": late,
                   "seconds": time.monotonic() - began}, file)
    os.rename(report + ".new", report)
