"""What real servers write of a login, of a wrong password, and of what an attacker does around it.

Each function returns the lines of one conversation: pairs of a time stamp and a text. The formats are
those of the labelled logs in tests/corpus.
"""

import datetime
import functools
import itertools

SERVER = "203.0.113.1"
_numbers = itertools.count(1)


class Later:
    """Lines that are written when they are read for the first time: most of an attacker's moves are not made."""

    def __init__(self, write):
        self._write = write
        self._lines = None

    def __iter__(self):
        if self._lines is None:
            self._lines = list(self._write())
        return iter(self._lines)

    def __add__(self, others):
        return Later(lambda: [*self, *others])


def later(write):
    """For a class method that returns lines."""
    @functools.wraps(write)
    def wrapper(*arguments, **more):
        return Later(functools.partial(write, *arguments, **more))
    return classmethod(wrapper)


def _utc(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc)


def _number():
    return next(_numbers)


def _session():
    return f"s{_number():015}"


def syslog(at, program, text):
    """A line of rsyslog's RSYSLOG_FileFormat."""
    return at, f"{_utc(at):%Y-%m-%dT%H:%M:%S.%f}+00:00 mail {program}: {text}"


class Dovecot:
    """IMAP. Without auth_verbose a connection has one line, written at its end."""

    @staticmethod
    def _line(at, text):
        return syslog(at, "dovecot", text)

    @later
    def login(cls, at, ip, account):
        return [cls._line(at, f"imap-login: Login: user=<{account}>, method=PLAIN, rip={ip}, lip={SERVER}, "
                              f"mpid={_number()}, TLS, session=<{_session()}>")]

    @later
    def summary(cls, at, ip, account, attempts, lasted):
        return [cls._line(at + lasted, f"imap-login: Disconnected: Connection closed (auth failed, {attempts} "
                                       f"attempts in {lasted} secs): user=<{account}>, method=PLAIN, rip={ip}, "
                                       f"lip={SERVER}, TLS, session=<{_session()}>")]

    @later
    def failure(cls, at, ip, account):
        return cls.summary(at, ip, account, 1, 2)

    @later
    def instead_of_the_number(cls, at, ip, account, reason, lasted, method="PLAIN"):
        return [cls._line(at + lasted, f"imap-login: Disconnected: Connection closed ({reason}): user=<{account}>, "
                                       f"method={method}, rip={ip}, lip={SERVER}, TLS, session=<{_session()}>")]


class VerboseDovecot(Dovecot):
    """With auth_verbose = yes: a line for each password, and the summary."""

    @later
    def attempt(cls, at, ip, account, session):
        return [cls._line(at, f"auth: passwd-file({account},{ip},<{session}>): Password mismatch")]

    @later
    def failure(cls, at, ip, account):
        session = _session()
        return cls.attempt(at, ip, account, session) + [
            cls._line(at + 2, f"imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
                              f"user=<{account}>, method=PLAIN, rip={ip}, lip={SERVER}, TLS, session=<{session}>")]


class Postfix:
    """3.7.11 on Debian 12."""

    @staticmethod
    def _program():
        return f"postfix/submission/smtpd[{_number() % 32000 + 300}]"

    @later
    def login(cls, at, ip, account):
        return [syslog(at, cls._program(), f"{_number():010X}: client=unknown[{ip}], sasl_method=PLAIN, "
                                           f"sasl_username={account}")]

    @later
    def refusal(cls, at, ip, why):
        program = cls._program()
        return [syslog(at, program, f"connect from unknown[{ip}]"),
                syslog(at + 0.1, program, f"warning: unknown[{ip}]: SASL PLAIN authentication failed: {why}"),
                syslog(at + 0.2, program, f"disconnect from unknown[{ip}] ehlo=1 auth=0/1 quit=1 commands=2/3")]

    @later
    def failure(cls, at, ip, account):
        return cls.refusal(at, ip, f"(reason unavailable), sasl_username={account}")

    @later
    def lost(cls, at, ip, account):
        """Dovecot makes who fails wait, and Postfix does not wait for so long."""
        return cls.refusal(at, ip, f"Connection lost to authentication server, sasl_username={account}")


class MxPostfix(Postfix):
    """The same on port 25."""

    @staticmethod
    def _program():
        return f"postfix/smtpd[{_number() % 32000 + 300}]"


class OldPostfix(Postfix):
    """Before 3.8.3, 3.7.8, 3.6.12 and 3.5.22: without the account."""

    @later
    def failure(cls, at, ip, account):
        return cls.refusal(at, ip, "UGFzc3dvcmQ6")


class CyrusPostfix(Postfix):
    """Postfix with saslauthd."""

    @later
    def failure(cls, at, ip, account):
        return cls.refusal(at, ip, f"authentication failure, sasl_username={account}")

    @later
    def empty_name(cls, at, ip):
        """What an empty user name is answered; saslauthd is alive."""
        return cls.refusal(at, ip, "generic failure, sasl_username=")


class Exim:
    """4.96 with its own log."""

    selected = ""

    @staticmethod
    def _stamp(at):
        return f"{_utc(at):%Y-%m-%d %H:%M:%S}"

    @later
    def login(cls, at, ip, account, more=""):
        return [(at, f"{cls._stamp(at)} 1xVcUm-{_number() % 1000000:06}-0v <= {account}@example.com "
                     f"H=(client.example) [{ip}] P=esmtpsa X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__"
                     f"AES_256_GCM:256 CV=no {more}A=dovecot_plain:{account} S=377")]

    @later
    def failure(cls, at, ip, account, helo="client.example", port="", authenticator="dovecot_plain"):
        return [(at, f"{cls._stamp(at)} {authenticator} authenticator failed for ({helo}) [{ip}]{port}: 535 Incorrect "
                     f"authentication data (set_id={account})")]

    @later
    def connection(cls, at, ip, port):
        """With +smtp_connection and +incoming_port."""
        return [(at, f"{cls._stamp(at)} SMTP connection from [{ip}]:{port} (TCP/IP connection count = 1)")]

    @later
    def overflow(cls, at):
        """All that is left of a line with a HELO of 8,100 letters."""
        return [(at, f"{cls._stamp(at)} **** log string overflowed log buffer ****"), (at, "")]


class SyslogExim(Exim):
    """The same with log_file_path = syslog: long lines come in pieces."""

    @later
    def failure(cls, at, ip, account, helo="client.example", port=""):
        (_, text), = Exim.failure(at, ip, account, helo, port)
        pieces = [text[begin:begin + 870] for begin in range(0, len(text), 870)]
        program = f"exim[{_number() % 32000 + 300}]"
        if len(pieces) == 1:
            return [syslog(at, program, text)]
        return [syslog(at, program, f"[{number}{chr(92) if number == 1 else '/'}{len(pieces)}] {piece}")
                for number, piece in enumerate(pieces, 1)]

    @later
    def login(cls, at, ip, account, more=""):
        (_, text), = Exim.login(at, ip, account, more)
        return [syslog(at, "exim[77]", text)]


class Haraka:
    """3.3.4 on standard output. A login has a line that names nobody."""

    @staticmethod
    def _line(at, uuid, origin, text):
        stamp = f"{_utc(at):%Y-%m-%dT%H:%M:%S}.{int(at * 1000) % 1000:03}Z"
        return at, f"{stamp} [NOTICE] [{uuid}] [{origin}] {text}"

    @later
    def conversation(cls, at, ip, failures, seconds, last_refusal="", relay="N"):
        number = _number()
        uuid = f"A1F5A29E-3F91-4DE9-9E1B-{number:012X}"
        lines = [cls._line(at, uuid, "core", f"connect ip={ip} port={1024 + number % 60000} local_ip={SERVER} "
                                             "local_port=587")]
        lines += [cls._line(at + 0.01 + failure, uuid, "auth/flat_file", f"delaying for {failure + 1} seconds")
                  for failure in range(failures)]
        lines.append(cls._line(at + seconds, uuid, "core",
                               f"disconnect ip={ip} rdns=NXDOMAIN helo=x relay={relay} early=N esmtp=Y tls=N pipe=N "
                               f"errors=1 txns=0 rcpts=0/0/0 msgs=0/0/0 bytes=0 lr=\"{last_refusal}\" "
                               f"time={seconds:.3f}"))
        return lines

    @later
    def login(cls, at, ip, account):
        return cls.conversation(at, ip, 0, 0.3, relay="Y")

    @later
    def failure(cls, at, ip, account):
        return cls.conversation(at, ip, 1, 1.1, "535 5.7.8 Authentication failed")


class Roundcube:
    """1.6.5, userlogins.log. The user's name is written raw, 256 bytes of it."""

    @staticmethod
    def entry(at, text):
        """One entry, which line feeds in the name make into several lines."""
        session = f"{_number():08x}"
        entry = f"[{_utc(at):%d-%b-%Y %H:%M:%S} +0000]: <{session}> {text} in session {session}cte19hee"
        return entry.split("\n")

    @later
    def failure(cls, at, ip, account):
        lines = cls.entry(at, f"Failed login for {account[:256]} from {ip}")
        lines[-1] += " (error: 0)"
        return [(at, line) for line in lines]

    @later
    def login(cls, at, ip, account):
        return [(at, line) for line in cls.entry(at, f"Successful login for {account} (ID: 7) from {ip}")]


class Sogo:
    """5.8.0 behind a web server; its processes are few and live long."""

    WORKERS = (20517, 20518, 20533)

    @classmethod
    def _lines(cls, at, ip, words, status):
        stamp, pid = f"{_utc(at):%b %d %H:%M:%S}", cls.WORKERS[_number() % len(cls.WORKERS)]
        lines = f"{stamp} sogod [{pid}]: SOGoRootPage {words}".split("\n")
        lines.append(f"{stamp} sogod [{pid}]: {ip} \"POST /SOGo/connect HTTP/1.1\" {status} 34/68 0.114 - - 0 - 13")
        return [(at, line) for line in lines]

    @later
    def failure(cls, at, ip, account, claimed=None):
        """`claimed`: what the client has sent as the header that SOGo's own apache.conf lets pass."""
        return cls._lines(at, claimed or ip,
                          f"Login from '{claimed or ip}' for user '{account}' might not have worked - password "
                          "policy: 65535  grace: -1  expire: -1  bound: 0", 403)

    @later
    def login(cls, at, ip, account):
        return cls._lines(at, ip, f"successful login from '{ip}' for user '{account}' - expire = -1  grace = -1", 200)


class Horde:
    """base 5.2 through syslog, as it is installed since 2014; base 6 has the header as well."""

    @staticmethod
    def _line(at, text):
        return [syslog(at, "HORDE", f"{text} [pid 683 on line 192 of \"/usr/share/horde/login.php\"]")]

    @later
    def failure(cls, at, ip, account, forwarded=""):
        return cls._line(at, f"[horde] FAILED LOGIN for {account} to horde ({ip}){forwarded}")

    @later
    def login(cls, at, ip, account):
        return cls._line(at, f"[horde] Login success for {account} to horde ({ip})")


class Zimbra:
    """audit.log of an IMAP server without nginx in front."""

    @staticmethod
    def _line(at, level, context, more=""):
        stamp = f"{_utc(at):%Y-%m-%d %H:%M:%S},{int(at * 1000) % 1000:03}"
        return [(at, f"{stamp} {level}  [ImapSSLServer-7] [{context}cid={_number()};] security - cmd=Auth; {more}")]

    @later
    def failure(cls, at, ip, account, claimed=""):
        """`claimed`: what the client has said of itself by the command ID."""
        return cls._line(at, "WARN", f"ip={ip};{claimed}", f"account={account}; protocol=imap; error=authentication "
                         f"failed for [{account}], invalid password;")

    @later
    def login(cls, at, ip, account):
        return cls._line(at, "INFO", f"name={account};ip={ip};", f"account={account}; protocol=imap;")


class Stalwart:
    """With level = "debug", which is not the default."""

    @staticmethod
    def _line(at, text, ip, more=""):
        stamp = f"{_utc(at):%Y-%m-%dT%H:%M:%SZ}"
        return [(at, f'{stamp} {text} listenerId = "imaps", localPort = 993, remoteIp = {ip}, remotePort = '
                     f"{1024 + _number() % 60000}{more}")]

    @later
    def failure(cls, at, ip, account):
        return cls._line(at, "DEBUG Authentication failed (auth.failed)", ip, f', accountName = "{account}"')

    @later
    def login(cls, at, ip, account):
        return cls._line(at, "INFO Authentication successful (auth.success)", ip, f', accountName = "{account}"')

    @later
    def client_error(cls, at, ip, details):
        """What it calls an error where the client asks for what there is not."""
        return cls._line(at, "ERROR Authentication error (auth.error)", ip, f', details = "{details}"')

    @later
    def too_many(cls, at, ip):
        """All that the default level shows of a connection with too many wrong passwords."""
        return cls._line(at, "WARN Too many authentication attempts (auth.too-many-attempts)", ip)
