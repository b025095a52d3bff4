"""Strategies that make use of what is known: an account of one's own, neighbours, a switched-off guard."""

import itertools

from lines import CyrusPostfix, Dovecot, Exim, OldPostfix, Postfix, Stalwart
from model import ATTACK, DAY, Move
from strategy import Strategy, every

ATTACKER = "198.51.100.9"
VICTIM = "bob"
THREE = ("198.51.101.1", "198.51.102.1", "198.51.103.1")


def connection_lost(pace):
    """Three addresses guess as fast as one connection each allows; a fourth has its time.

    Measured in 150 s: 26 failures of the three, 34 times that Postfix did not wait for Dovecot.
    """
    moves = []
    for number, client in enumerate(THREE):
        for turn, at in enumerate(every(7.5, ATTACK + 2 * number)):
            if turn % 7 < 3:
                moves.append(Move(at, client, Postfix.failure(at, client, VICTIM), 1))
            else:
                moves.append(Move(at, client, Postfix.lost(at, client, VICTIM)))
    return moves + [Move(at, ATTACKER, Postfix.failure(at, ATTACKER, VICTIM), 1) for at in every(pace, ATTACK + 150)]


def connection_lost_of_many(pace):
    """The signs come from a new address each time, of a new network; each fails but once or twice."""
    moves = []
    for turn, at in enumerate(every(100)):
        client = f"100.{64 + turn // 250}.{turn % 250}.9"
        moves.append(Move(at, client, Postfix.lost(at, client, f"user{turn}")))
    return moves + [Move(at, ATTACKER, Postfix.failure(at, ATTACKER, VICTIM), 1) for at in every(pace, ATTACK + 600)]


def empty_names(pace):
    """Three /64s of one block send empty names; then 20 guesses, every ten seconds."""
    moves = []
    for at in every(10):
        moves += [Move(at, client, CyrusPostfix.empty_name(at, client))
                  for client in (f"2001:db8:a:{number}::1" for number in range(3))]
    return moves + [Move(at, ATTACKER, CyrusPostfix.failure(at, ATTACKER, VICTIM), 1)
                    for at in every(pace, ATTACK + 15)]


def client_errors(pace):
    """Three clients ask for a mechanism that there is not."""
    details = ("Authentication mechanism not supported.", "Failed to decode challenge.")
    moves = [Move(at, client, Stalwart.client_error(at, client, details[number % 2]))
             for at in every(10) for number, client in enumerate(THREE)]
    return moves + [Move(at, ATTACKER, Stalwart.failure(at, ATTACKER, VICTIM), 1) for at in every(pace, ATTACK + 15)]


def own_outage(networks):
    """Logs in from each /64 of a block, then fails once from each at one's own account."""
    def moves(pace):
        result = []
        for turn, at in enumerate(every(240)):
            for number in range(turn * networks, (turn + 1) * networks):
                client = f"2001:db8:a:{number:x}::1"
                result.append(Move(at, client, Dovecot.login(at, client, "mallory")))
                result.append(Move(at + 70, client, Dovecot.failure(at + 70, client, "mallory")))
            result += [Move(guess, ATTACKER, Dovecot.failure(guess, ATTACKER, VICTIM), 1)
                       for guess in every(pace, at + 75, at + 75 + 100 * pace)]
        return result
    return moves


def neighbours(clients):
    """Each of these clients is in the network from which the victim logs in, and fails in turn."""
    def moves(pace):
        return [Move(at, client, Dovecot.failure(at, client, VICTIM), 1)
                for at, client in zip(every(pace), itertools.cycle(clients))]
    return moves


def exim_names_another(field):
    """What the client put into TLS names the victim where the log names who logged in."""
    def moves(pace):
        more = f'{field}="CN=x\\" A=dovecot_plain:{VICTIM} S=1 y" '
        logins = [Move(at, ATTACKER, Exim.login(at, ATTACKER, "mallory", more)) for at in every(3600, ATTACK - 60)]
        return logins + [Move(at, ATTACKER, Exim.failure(at, ATTACKER, VICTIM), 1) for at in every(pace)]
    return moves


def exim_own_account(pace):
    """Logs in at one's own account and guesses at another."""
    logins = [Move(at, ATTACKER, Exim.login(at, ATTACKER, "mallory")) for at in every(600, ATTACK - 60)]
    return logins + [Move(at, ATTACKER, Exim.failure(at, ATTACKER, VICTIM), 1) for at in every(pace)]


def no_name(pace):
    """Has logged in once; the failures name no account."""
    login = Move(ATTACK - 60, ATTACKER, OldPostfix.login(ATTACK - 60, ATTACKER, "mallory"))
    return [login] + [Move(at, ATTACKER, OldPostfix.failure(at, ATTACKER, VICTIM), 1) for at in every(pace)]


def no_name_forgiven(pace):
    """Logs in again and again."""
    logins = [Move(at, ATTACKER, OldPostfix.login(at, ATTACKER, "mallory")) for at in every(600, ATTACK - 60)]
    return logins + [Move(at, ATTACKER, OldPostfix.failure(at, ATTACKER, VICTIM), 1) for at in every(pace)]


def below_the_rules(clients, account):
    """So many clients in six hours as the pace says, nine guesses of each; none trips a rule by itself."""
    def moves(pace):
        result = []
        for number, client in enumerate(clients):
            begin = ATTACK + (number // pace) * (6 * 3600 + 9 * 160) + number % pace
            result += [Move(at, client, Postfix.failure(at, client, account(number)), 1)
                       for at in every(151, begin, begin + 9 * 151)]
        return result
    return moves


def block(number):
    """The /64s of the /48 of that number that have their turn within a day."""
    return [f"2001:db8:{number:x}:{host:x}::1" for host in range(1, 29)]


def one_victim(_):
    return VICTIM


def three_of_many(number):
    """Below the rules that count by account: few addresses each."""
    return f"user{number // 4}"


FAST = (1, 30, 126)
SIGNS = "4 IPv4"
HOME48, HOME24 = ("2001:db8:a:ff00::7", VICTIM), ("198.51.100.77", VICTIM)
EIGHT_BLOCKS = [client for turn in zip(*(block(0xa00 + number) for number in range(8))) for client in turn]
PREFIX56 = [f"2001:db8:a:{number:x}::1" for number in range(256)]

STRATEGIES = [
    *(Strategy(f"Postfix + Dovecot, Connection lost, a login in {told}", SIGNS, before, 100, Postfix, connection_lost,
               (2,), logins_one_in=one_in, hours=hours)
      for told, one_in, before, hours in (("10 min", 600, "43,000", 24), ("1 min", 60, "1,300 in 44 min", 24),
                                          ("10 s", 10, "120 in 4 min", 12), ("2 s", 2, "30 in 1 min", 3))),
    Strategy("Postfix + Dovecot, Connection lost of many", "864 IPv4", "33,000", 100, Postfix, connection_lost_of_many,
             (2,), logins_one_in=600),
    Strategy("Postfix + Cyrus, empty names", "3 /64 and one IPv4", "172,800", 100, CyrusPostfix, empty_names, (1,)),
    Strategy("Stalwart, mistakes that it calls errors", "4 IPv4", "85,000", 100, Stalwart, client_errors, (1,)),
    Strategy("own account, outage of own /64s", "an account, a /48", "35,600", 300, Dovecot, own_outage(50), (0.03,),
             logins_one_in=2, hours=2),
    Strategy("own account, outage, few customers", "an account, a /48", "35,600", 300, Dovecot, own_outage(8), (0.03,),
             logins_one_in=600),
    Strategy("neighbour in the /48", "a /56 in the victim's /48", "178,000", 100, Dovecot, neighbours(PREFIX56),
             (2, 126, 900), known=(HOME48,)),
    Strategy("neighbour in the /48, one /64", "a /64 in the victim's /48", "695", 100, Dovecot,
             neighbours(PREFIX56[:1]), (*FAST, 9700), known=(HOME48,)),
    Strategy("neighbour in the /24", "one IPv4 in the victim's /24", "695", 100, Dovecot, neighbours([ATTACKER]),
             (*FAST, 9700), known=(HOME24,)),
    Strategy("neighbours in the /24", "30 IPv4 in the victim's /24", "11,000", 200, Dovecot,
             neighbours([f"198.51.100.{host}" for host in range(1, 31)]), (4, 126, 900), known=(HOME24,),
             residue="160 a network, then one a neighbour's address"),
    Strategy("Exim, another's name in the DN", "an account, one IPv4", "999, repeated", 300, Exim,
             exim_names_another("DN"), (*FAST, 9700)),
    Strategy("Exim, another's name in SNI", "an account, one IPv4", "999, repeated", 300, Exim,
             exim_names_another("SNI"), (*FAST, 9700)),
    Strategy("own account, guesses at another", "an account, one IPv4", "10", 300, Exim, exim_own_account,
             (*FAST, 9700)),
    Strategy("no account in the line", "an account, one IPv4", "695", 300, OldPostfix, no_name, (*FAST, 9700)),
    Strategy("no account in the line, logins between", "an account, one IPv4", "695", 300, OldPostfix,
             no_name_forgiven, (*FAST, 9700)),
    Strategy("below all rules, IPv6 /48", "a free tunnel", "242", 100, Postfix,
             below_the_rules(block(0xa), three_of_many), (7, 28)),
    Strategy("below all rules, 8 /48 of a /32", "a /32", "242 a /48", 800, Postfix,
             below_the_rules(EIGHT_BLOCKS, three_of_many), (56, 7),
             residue="by the /48 that is used: a /32 has 65,536 of them"),
    Strategy("one account, 8 /48 of a /32", "224 /64 of 8 /48", "233", 450, Postfix,
             below_the_rules(EIGHT_BLOCKS, one_victim), (56, 7),
             residue="two guesses an address, once ten have tried the account"),
]
