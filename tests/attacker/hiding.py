"""Strategies that hide guesses: what is sent last, first or in between keeps them out of the log."""

import itertools

import lines
from lines import Dovecot, Exim, Haraka, Horde, Postfix, Roundcube, SyslogExim, VerboseDovecot
from model import ATTACK, DAY, Move
from strategy import Strategy, every

ATTACKER = "198.51.100.9"
VICTIM = "bob"
CONNECTIONS = 10  # at once
# What Dovecot lets one connection try in a minute and a half, with its delays.
TRIES, LASTED = 8, 90


def plain(pace):
    """One wrong password after the other, told as they are."""
    return [Move(at, ATTACKER, Postfix.failure(at, ATTACKER, VICTIM), 1) for at in every(pace)]


def two_mechanisms(pace):
    """Each second guess looks like the first one's password, tried with another mechanism."""
    names = itertools.cycle(("dovecot_plain", "dovecot_login"))
    return [Move(at, ATTACKER, Exim.failure(at, ATTACKER, VICTIM, authenticator=next(names)), 1) for at in every(pace)]


def dovecot(last, connections=CONNECTIONS):
    """Connections with TRIES guesses each and a last command whose line is `last(at, ip)`.

    The pace is how many seconds lie between one set of connections and the next.
    """
    def moves(pace):
        return [Move(at, ATTACKER, last(at, ATTACKER), TRIES)
                for at in every(max(pace, LASTED + 1)) for _ in range(1 if pace > 100 else connections)]
    return moves


def empty_name(at, ip):
    return Dovecot.summary(at, ip, "", TRIES + 1, LASTED)


def bad_base64(at, ip):
    return Dovecot.instead_of_the_number(at, ip, VICTIM, "sent invalid base64 in response", LASTED)


def unknown_mechanism(at, ip):
    return Dovecot.instead_of_the_number(at, ip, VICTIM, "tried to use unsupported auth mechanism", LASTED, "FOO")


def own_account_last(pace):
    """A wrong password for oneself ends each connection; a login now and then forgives that."""
    moves = [Move(at, ATTACKER, Dovecot.login(at, ATTACKER, "mallory")) for at in every(1800, ATTACK - 600)]
    def last(at, ip):
        return Dovecot.summary(at, ip, "mallory", TRIES + 1, LASTED)
    return moves + dovecot(last)(pace)


def right_password_last(pace):
    """Nothing but one's own login is logged."""
    return dovecot(lambda at, ip: Dovecot.login(at + LASTED, ip, "mallory"))(pace)


def right_password_last_verbose(pace):
    """The same where auth_verbose = yes."""
    def last(at, ip):
        session = f"v{int(at)}{next(_sessions):06}"
        told = [VerboseDovecot.attempt(at + 11 * number, ip, VICTIM, session) for number in range(TRIES)]
        return sum(told, Dovecot.login(at + LASTED, ip, "mallory"))
    return dovecot(last)(pace)


_sessions = itertools.count()


def all_at_once(pace):
    """Dovecot's hundred login processes, all taken before the first of them has ended."""
    def last(at, ip):
        return Dovecot.summary(at, ip, VICTIM, TRIES, LASTED)
    return dovecot(last, 100)(pace)


def haraka_leaves(pace):
    """Hangs up during the delay that a wrong password is answered with."""
    return [Move(at, ATTACKER, Haraka.conversation(at, ATTACKER, 1, 0.4), 1) for at in every(pace)]


def haraka_last_refusal(pace):
    """Three passwords, and then nonsense, whose refusal is all that the last line tells."""
    return [Move(at, ATTACKER, Haraka.conversation(at, ATTACKER, 3, 7.0, "500 Unrecognized command"), 3)
            for at in every(8 * pace)]


def haraka_next_message(pace):
    """The same, and a recipient that nobody delivers to."""
    refused = "550 I cannot deliver mail for <x@y.example>"
    return [Move(at, ATTACKER, Haraka.conversation(at, ATTACKER, 3, 7.0, refused), 3) for at in every(8 * pace)]


def exim_pieces(pace):
    """A HELO of 900 letters cuts the line that syslog gets in two."""
    return [Move(at, ATTACKER, SyslogExim.failure(at, ATTACKER, VICTIM, "a" * 900), 1) for at in every(pace)]


def exim_many_pieces(pace):
    """A HELO of 4,000 letters: in five."""
    return [Move(at, ATTACKER, SyslogExim.failure(at, ATTACKER, VICTIM, "a" * 4000), 1) for at in every(pace)]


def exim_overflow(pace):
    """A HELO of 8,100 letters: no line."""
    return [Move(at, ATTACKER, Exim.overflow(at), 1) for at in every(pace)]


def exim_junk(claimed):
    """A HELO that holds another failure; the second connection takes the first one's place among the witnesses."""
    def moves(pace):
        result = []
        for turn, at in enumerate(every(pace)):
            port = 31001 + turn % 1000
            helo = f"x) [{claimed}]:1: 535 Incorrect authentication data (set_id=y"
            told = (Exim.connection(at, ATTACKER, port) + Exim.connection(at + 0.2, ATTACKER, port + 2048)
                    + Exim.failure(at + 0.5, ATTACKER, VICTIM, helo, f":{port}"))
            result.append(Move(at, ATTACKER, told, 1))
        return result
    return moves


def exim_junk_two_witnesses(pace):
    """The name tells of a connection that another address of one's own holds."""
    moves = [Move(at, "198.51.103.9", Exim.connection(at, "198.51.103.9", 40000)) for at in every(240, ATTACK - 60)]
    for turn, at in enumerate(every(pace)):
        port = 31001 + turn % 1000
        helo = "x) [198.51.103.9]:40000: 535 Incorrect authentication data (set_id=y"
        moves.append(Move(at, ATTACKER, Exim.connection(at, ATTACKER, port)
                          + Exim.failure(at + 0.5, ATTACKER, VICTIM, helo, f":{port}"), 1))
    return moves


def exim_junk_without_ports(pace):
    """The same where neither ports nor connections are logged: two clients can write this line."""
    helo = "x) [8.8.8.8]: 535 Incorrect authentication data (set_id=y"
    return [Move(at, ATTACKER, Exim.failure(at, ATTACKER, VICTIM, helo), 1) for at in every(pace)]


def roundcube_hides(pace):
    """A line feed in the user's name, and three guesses behind it."""
    return [Move(at, ATTACKER, sum((Roundcube.failure(at + number, ATTACKER, VICTIM) for number in range(1, 4)),
                                   Roundcube.failure(at, ATTACKER, "x\ny")), 3)
            for at in every(4 * pace)]


def roundcube_becomes_known(pace):
    """Forges three short lines and a login of the victim's from one's own address, then guesses."""
    short = "[01-Nov-2026 02:00:00] Login failed for x"
    forged = "\n".join(["x", short, short, short, f"[01-Nov-2026 02:00:00] Successful login for {VICTIM} (ID: 1) "
                        f"from {ATTACKER} in session a", "z"])
    moves = [Move(at, ATTACKER, Roundcube.failure(at, ATTACKER, forged))
             for at in every(3600)]
    return moves + [Move(at, ATTACKER, Roundcube.failure(at, ATTACKER, VICTIM), 1)
                    for at in every(pace, ATTACK + 10)]


def sogo_becomes_known(pace):
    """The same in SOGo, by a line feed in the name."""
    forged = (f"x\nNov 01 02:00:00 sogod [300]: SOGoRootPage successful login from '{ATTACKER}' for user '{VICTIM}' - "
              "expire = -1  grace = -1")
    moves = [Move(at, ATTACKER, lines.Sogo.failure(at, ATTACKER, forged)) for at in every(3600)]
    return moves + [Move(at, ATTACKER, lines.Sogo.failure(at, ATTACKER, VICTIM), 1)
                    for at in every(pace, ATTACK + 10)]


def sogo_plain(pace):
    return [Move(at, ATTACKER, lines.Sogo.failure(at, ATTACKER, VICTIM), 1) for at in every(pace)]


def sogo_deafens(pace):
    """Guesses numbers of processes within a name, which makes mailban deaf; then as fast as SOGo answers."""
    forged = "\n".join(["x", *(f"Nov 01 02:00:00 sogod [{number}]: x" for number in range(2, 40))])
    moves = []
    for at in every(pace):
        moves.append(Move(at, ATTACKER, lines.Sogo.failure(at, ATTACKER, forged)))
        moves += [Move(guess, ATTACKER, lines.Sogo.failure(guess, ATTACKER, VICTIM), 1)
                  for guess in every(1, at + 1, at + min(pace, 29))]
    return moves


def roundcube_header(pace):
    """A header of forwarding that reads like the line."""
    sent = f"{ATTACKER}(X-Forwarded-For: y from 8.8.8.8(X-Real-IP: z))"
    return [Move(at, ATTACKER, Roundcube.failure(at, sent, VICTIM), 1) for at in every(pace)]


def horde(forwarded=""):
    """Guesses with that header."""
    def moves(pace):
        return [Move(at, ATTACKER, Horde.failure(at, ATTACKER, VICTIM, forwarded), 1) for at in every(pace)]
    return moves


def zimbra_claims(pace):
    """The command ID says for whom the client speaks."""
    return [Move(at, ATTACKER, lines.Zimbra.failure(at, ATTACKER, VICTIM, "oip=8.8.8.8;ua=x;"), 1)
            for at in every(pace)]


def stalwart_three(pace):
    """At the default level, three in each connection: the third ends it."""
    return [Move(at, ATTACKER, lines.Stalwart.too_many(at + 2, ATTACKER), 3) for at in every(3 * pace)]


def stalwart_two(pace):
    """At the default level, two in each connection: nothing is logged."""
    return [Move(at, ATTACKER, [], 2) for at in every(2 * pace)]


# As fast as a server lets one address; four in ten minutes; nine a day.
PACES = (1, 151, 9700)
NO_LIMIT = "the server's limit"

STRATEGIES = [
    Strategy("nothing hidden", "one IPv4", "10", 100, Postfix, plain, PACES),
    Strategy("two mechanisms in turn", "one IPv4", "10", 20, Exim, two_mechanisms, PACES),
    Strategy("Dovecot, empty name last", "one IPv4", "460,000", 100, Dovecot, dovecot(empty_name), PACES),
    Strategy("Dovecot, bad base64 last", "one IPv4", "460,000", 100, Dovecot, dovecot(bad_base64), PACES),
    Strategy("Dovecot, unknown mechanism last", "one IPv4", "460,000", 100, Dovecot, dovecot(unknown_mechanism),
             PACES),
    Strategy("Dovecot, own account last", "an account, one IPv4", "368,000", 300, Dovecot, own_account_last, PACES,
             residue="a customer's summaries are mostly a stale password; 160 in a day are not: auth_verbose = yes"),
    Strategy("Dovecot, own login last, auth_verbose", "an account, one IPv4", "80", 300, VerboseDovecot,
             right_password_last_verbose, PACES),
    Strategy("Dovecot, own login last", "an account, one IPv4", NO_LIMIT, None, Dovecot, right_password_last, (1,),
             residue="a default Dovecot writes nothing of the failures before a login: auth_verbose = yes"),
    Strategy("Dovecot, 100 connections at once", "one IPv4", "800", 800, Dovecot, all_at_once, (1, 9700),
             residue="what fits in before the first connection's end: auth_verbose = yes"),
    Strategy("Haraka, leave early", "one IPv4", "210,000", 100, Haraka, haraka_leaves, PACES),
    Strategy("Haraka, last refusal", "one IPv4", "32,000", 100, Haraka, haraka_last_refusal, PACES),
    Strategy("Haraka, last refusal of a recipient", "one IPv4", "32,000", 100, Haraka, haraka_next_message, PACES),
    Strategy("Exim, HELO of 900 letters, syslog", "one IPv4", NO_LIMIT, 100, SyslogExim, exim_pieces, PACES),
    Strategy("Exim, HELO of 4,000 letters, syslog", "one IPv4", NO_LIMIT, 100, SyslogExim, exim_many_pieces, PACES),
    Strategy("Exim, HELO of 8,100 letters", "one IPv4", NO_LIMIT, None, Exim, exim_overflow, (1,),
             residue="Exim writes no line with an address: an ACL at HELO"),
    Strategy("Exim, junk HELO, witness pushed out", "one IPv4", NO_LIMIT, 100, Exim, exim_junk("8.8.8.8"), PACES),
    Strategy("Exim, junk HELO, two witnesses", "2 IPv4", NO_LIMIT, None, Exim, exim_junk_two_witnesses, (1,),
             residue="two clients can write the line: no helo_accept_junk_hosts"),
    Strategy("Exim, junk HELO, no ports logged", "one IPv4", NO_LIMIT, None, Exim, exim_junk_without_ports, (1,),
             residue="two clients can write the line: no helo_accept_junk_hosts"),
    Strategy("Roundcube, line feed hides", "one IPv4", "64,800", 100, Roundcube, roundcube_hides, PACES),
    Strategy("Roundcube, forged login", "one IPv4", "999", 100, Roundcube, roundcube_becomes_known, (1, 30, *PACES)),
    Strategy("Roundcube, a header that is a line", "one IPv4", NO_LIMIT, None, Roundcube, roundcube_header, (1,),
             residue="two clients can write the line: the web server has to unset X-Forwarded-For"),
    Strategy("SOGo, nothing hidden", "one IPv4", "10", 100, lines.Sogo, sogo_plain, PACES, parser="sogo"),
    Strategy("SOGo, forged login", "one IPv4", "999", 100, lines.Sogo, sogo_becomes_known, (1, 30, *PACES),
             parser="sogo"),
    Strategy("SOGo, processes guessed", "one IPv4", NO_LIMIT, 300, lines.Sogo, sogo_deafens, (30, 181, 9700),
             parser="sogo", residue="at one a second while mailban is deaf: the web server's own log has no such gap"),
    Strategy("Horde 5.2, nothing hidden", "one IPv4", NO_LIMIT, 100, Horde, horde(), PACES, parser="horde"),
    Strategy("Horde 6, a header with an address", "one IPv4", NO_LIMIT, 100, Horde, horde(" (forwarded for [8.8.8.8])"),
             PACES, parser="horde"),
    Strategy("Horde 6, a header that is a line", "one IPv4", NO_LIMIT, 100, Horde,
             horde(" (forwarded for [a (8.8.8.8) [pid 1 on line 1 of \"/x\"])"), PACES, parser="horde"),
    Strategy("Zimbra, another address claimed", "one IPv4", NO_LIMIT, 100, lines.Zimbra, zimbra_claims, PACES),
    Strategy("Stalwart, default level, three a connection", "one IPv4", NO_LIMIT, 100, lines.Stalwart, stalwart_three,
             PACES),
    Strategy("Stalwart, default level, two a connection", "one IPv4", NO_LIMIT, None, lines.Stalwart, stalwart_two,
             (1,), residue="Stalwart logs wrong passwords at level debug alone"),
]
