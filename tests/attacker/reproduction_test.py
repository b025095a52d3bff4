"""The inputs by which the faults were shown, as they were logged, and what each has to become."""

import unittest

from model import events_of, replay

AUTH_LOST = "SASL PLAIN authentication failed: Connection lost to authentication server, sasl_username=bob"
AUTH_FAILED = "SASL PLAIN authentication failed: (reason unavailable), sasl_username=bob"

SOGO = ["Nov 28 18:25:37 sogod [20517]: SOGoRootPage Login from '8.8.8.8' for user 'bob' might not have worked - "
        "password policy: 65535  grace: -1  expire: -1  bound: 173"]

ROUNDCUBE = [
    "[28-Nov-2026 18:30:42 +0000]: <heen8gie> Failed login for x",
    *["[28-Nov-2026 18:30:34] Login failed for  from 198.51.100.80. "] * 3,
    "[28-Nov-2026 18:30:34] Login failed for  from 198.51.100.80. from 10.66.0.41 in session heen8giecte19hee (error: 0)",
]

HORDE_PID = '[pid 683 on line 192 of "/usr/share/horde/login.php"]'
HORDE = [
    f"2026-11-23T22:30:58+00:00 ERR: HORDE [horde] FAILED LOGIN for bob to horde (192.0.2.7) {HORDE_PID}",
    f"2026-11-23T22:30:58+00:00 ERR: HORDE [horde] FAILED LOGIN for x [8.8.8.8] to y to horde (192.0.2.7) {HORDE_PID}",
    "2026-11-23T22:30:58+00:00 INFO: HORDE [imp] FAILED LOGIN for bob (192.0.2.7) (forwarded for [a [8.8.8.8] to b]) to "
    '{imap://localhost/} [pid 683 on line 156 of "/usr/share/horde/imp/lib/Auth.php"]',
]

EXIM_WITNESS = [
    "2026-11-28 18:47:37 SMTP connection from [10.66.0.99]:40000 (TCP/IP connection count = 1)",
    "2026-11-28 18:47:57 SMTP connection from [10.66.0.72]:32001 (TCP/IP connection count = 4)",
    "2026-11-28 18:47:57 SMTP connection from [10.66.0.72]:34049 (TCP/IP connection count = 3)",
    "2026-11-28 18:47:59 dovecot_plain authenticator failed for (x) [10.66.0.99]:40000: 535 Incorrect authentication "
    "data (set_id=y) [10.66.0.72]:32001: 535 Incorrect authentication data (set_id=bob)",
]

DOVECOT = [
    "Nov 28 18:14:45 imap-login: Info: Disconnected: Connection closed (auth failed, 3 attempts in 18 secs): user=<>, "
    "method=PLAIN, rip=10.66.0.8, lip=10.77.0.1, session=<4NWrJVphi8wKQgAI>",
    "Nov 28 18:19:16 imap-login: Info: Disconnected: Connection closed (sent invalid base64 in response): user=<bob>, "
    "method=PLAIN, rip=10.66.0.33, lip=10.77.0.1, session=<j1BuNlphO74KQgAh>",
    "Nov 28 18:19:24 imap-login: Info: Disconnected: Connection closed (tried to use unsupported auth mechanism): "
    "user=<bob>, method=FOO, rip=10.66.0.34, lip=10.77.0.1, session=<ih3pNlphkcgKQgAi>",
]

HARAKA_ID = "[A1F5A29E-3F91-4DE9-9E1B-2E36199553A2]"
HARAKA = [
    f"2026-11-28T18:40:00Z [NOTICE] {HARAKA_ID} [core] connect ip=10.66.0.51 port=57701 local_ip=10.77.0.1 "
    "local_port=2525",
    f"2026-11-28T18:40:00Z [NOTICE] {HARAKA_ID} [auth/flat_file] delaying for 1 seconds",
    f"2026-11-28T18:40:00Z [NOTICE] {HARAKA_ID} [auth/flat_file] delaying for 2 seconds",
    f"2026-11-28T18:40:00Z [NOTICE] {HARAKA_ID} [core] disconnect ip=10.66.0.51 rdns=NXDOMAIN helo=x relay=N early=N "
    'esmtp=Y tls=N pipe=N errors=1 txns=0 rcpts=0/0/0 msgs=0/0/0 bytes=0 lr="500 Unrecognized command" time=7.034',
]

EXIM_NAME = [
    "2026-11-28 18:45:58 1xXNQs-0006lW-0d <= mallory@x.example H=(x) [10.66.0.70] P=esmtpsa X=TLS1.3:ECDHE_X25519__RSA_PSS"
    '_RSAE_SHA256__AES_256_GCM:256 CV=no DN="CN=x\\" A=dovecot_plain:bob S=1 y" A=dovecot_plain:mallory S=249']

EXIM_PIECES = [
    f"Nov 28 18:49:37 mail exim[29797]: [1/2] 2026-11-28 18:49:37 dovecot_plain authenticator failed for ({'a' * 800}",
    "Nov 28 18:49:37 mail exim[29797]: [2/2] aaa) [10.66.0.75]: 535 Incorrect authentication data (set_id=bob)",
]


def told(lines, parser):
    """Address and kind of each event, and how many attempts it tells of."""
    return [(event["ip"], event["kind"], event["attempts"]) for event in events_of(lines, parser)]


def rules(lines, parser="auto"):
    return [ban.rule for ban in replay([(0, line) for line in lines], f"parser: {parser}")]


class Forged(unittest.TestCase):
    """No event for an address, or an account, that a client has chosen."""

    def test_sogo_header_names_nobody(self):
        self.assertEqual(told(SOGO, "auto"), [])

    def test_roundcube_name_with_line_feeds_names_nobody(self):
        self.assertEqual([one for one in told(ROUNDCUBE, "roundcube") if one[0] != "10.66.0.41"], [])
        self.assertEqual(rules(ROUNDCUBE * 5, "roundcube"), [])

    def test_horde_tells_of_its_peer_alone(self):
        self.assertEqual(told(HORDE[:1], "horde"), [("192.0.2.7", "auth_failure", 1)])
        for line in HORDE[1:]:
            self.assertIn(told([line], "horde"), ([], [("192.0.2.7", "auth_failure", 1)]), line)

    def test_exim_witness_that_was_pushed_out_convicts_nobody_else(self):
        self.assertIn(told(EXIM_WITNESS, "exim"), ([], [("10.66.0.72", "auth_failure", 1)]))

    def test_exim_name_of_a_certificate_is_nobody_s_account(self):
        accounts = {event["account"] for event in events_of(EXIM_NAME, "exim")}
        self.assertLessEqual(accounts, {"mallory", None})


class Hidden(unittest.TestCase):
    """Every guess is counted, whatever comes behind it."""

    def test_dovecot_empty_name_hides_no_attempt_before_it(self):
        events = told(DOVECOT, "dovecot")
        self.assertIn(("10.66.0.8", "auth_failure", 3), events)
        # The deduplicator takes off the one that was made without a name.
        repeated = [line.replace("session=<", f"session=<{number}") for number in range(2) for line in DOVECOT[:1]]
        self.assertEqual(rules(repeated, "dovecot"), [])
        repeated = [line.replace("session=<", f"session=<{number}") for number in range(3) for line in DOVECOT[:1]]
        self.assertEqual(rules(repeated, "dovecot"), ["password-guessing"])

    def test_dovecot_lines_without_a_number_are_failures(self):
        for line in DOVECOT[1:]:
            with self.subTest(line):
                repeated = [line.replace("session=<", f"session=<{number}") for number in range(100)]
                self.assertIn("password-guessing", rules(repeated, "dovecot"))

    def test_haraka_counts_what_it_delayed(self):
        self.assertEqual(told(HARAKA, "haraka"), [("10.66.0.51", "auth_failure", 2)])

    def test_exim_pieces_are_joined(self):
        self.assertEqual(told(EXIM_PIECES, "exim"), [("10.66.0.75", "auth_failure", 1)])

    def test_three_guessers_are_no_outage(self):
        lost = [f"Nov 28 18:53:4{number} pf postfix/smtpd[52{number}]: warning: unknown[10.66.0.9{number}]: {AUTH_LOST}"
                for number in range(3)]
        guesses = [f"Nov 28 18:54:{number // 10:02} pf postfix/smtpd[530]: warning: unknown[198.51.100.9]: {AUTH_FAILED}"
                   for number in range(500)]
        self.assertIn("password-guessing", rules(guesses, "postfix"))
        self.assertIn("password-guessing", rules(lost + guesses, "postfix"))


if __name__ == "__main__":
    unittest.main()
