"""What a strategy is, and what it comes to."""

import dataclasses
import typing

from model import ATTACK, DAY, Customers, play, source_of


@dataclasses.dataclass(frozen=True)
class Strategy:
    """A way to guess more than the rules allow.

    `moves` makes the moves of one day at a given pace; all of `paces` are played, and the best counts.
    `before` is what it came to when it was found. Beyond `bound` guesses a day it is a fault; None: no
    log can show it, and `residue` says why.
    """

    name: str
    needs: str
    before: str
    bound: typing.Optional[int]
    server: type
    moves: typing.Callable
    paces: tuple = (1,)
    logins_one_in: float = 60
    hours: int = 24
    parser: str = "auto"
    residue: str = ""
    known: tuple = ()  # logins of before: pairs of an address and an account

    def cost(self):
        """The outcome of the best pace."""
        customers = Customers(self.server, self.logins_one_in, ATTACK + self.hours * 3600)
        for number, (ip, account) in enumerate(self.known):
            customers.lines += self.server.login(ATTACK - 3600 + number, ip, account)
        end = ATTACK + self.hours * 3600
        played = [play([move for move in self.moves(pace) if move.at < end], customers, source_of(self.parser))
                  for pace in self.paces]
        best = max(played, key=lambda outcome: outcome.a_day())
        hit = sorted({one for outcome in played for one in outcome.customers_banned})
        return dataclasses.replace(best, customers_banned=hit)


def every(seconds, begin=ATTACK, end=ATTACK + DAY):
    """Times of a day so far apart."""
    at = begin
    while at < end:
        yield at
        at += seconds
