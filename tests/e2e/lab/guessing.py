"""The ways in which a client makes exactly so many wrong attempts, and what mailban made of them."""

import concurrent.futures
import dataclasses
import itertools
import time
from collections.abc import Callable

from . import network

# Known to every server of the lab; PASSWORD is right, for this account only.
ACCOUNT = "anna"
PASSWORD = "correct-horse"


@dataclasses.dataclass
class Door:
    """Where clients knock: a server's name for people, its protocol and port, ways to log in."""

    name: str
    speaks: type
    port: int
    mechanisms: tuple = ("PLAIN", "LOGIN", "CRAM-MD5")
    most: int = 4  # attempts a client makes
    # Where the log has the same words for less than a wrong password: Exim takes a connection that
    # ends when it has asked for an empty answer, Courier's IMAP and POP3 servers say nothing else of
    # what was taken back.
    takes_silence_for_an_answer: bool = False
    takes_cancels_for_answers: bool = False
    # Dovecot, unless auth_verbose is on, tells of a connection's attempts at its end: those that
    # were taken back or left unanswered among them, and none if it ended well.
    tells_at_the_end: bool = False
    # Dovecot's end of a connection with an empty name counts all attempts but the last, unless the
    # log has had a line of the auth service: no line says that they were no passwords.
    counts_nameless_ends: bool = False


@dataclasses.dataclass
class Client:
    """One address, used by nobody else.

    When it is done it has made `made` wrong attempts, has taken back `cancelled` and left as many
    `unanswered`.
    """

    source: str
    door: Door
    way: Callable
    attempts: int
    made: int = 0
    cancelled: int = 0
    unanswered: int = 0

    def __post_init__(self):
        self._next = itertools.count()

    def guess(self):
        """Does what its way says."""
        self.way(self)

    def connect(self):
        """A new connection to its door."""
        return self.door.speaks(self.source, self.door.port)

    def mechanism(self, number):
        """The mechanisms in turns."""
        return self.door.mechanisms[number % len(self.door.mechanisms)]

    def account(self, number):
        """Another than the last: one name with two mechanisms in a row may be one password.

        Attempts that are made at once reach the log in any order, so each has a name of its own.
        """
        is_known = number == 0 if self.way is in_connections_at_once else number % 2 == 0
        return ACCOUNT if is_known else f"nobody{number}"

    def is_right(self, counted):
        """Whether so many attempts are what this client has made."""
        least = most = self.made
        door = self.door
        names_somebody = door.tells_at_the_end and self.made > 0
        has_nameless_ends = door.counts_nameless_ends and self.made == 0
        if door.takes_silence_for_an_answer or names_somebody or has_nameless_ends:
            most += self.unanswered
        if door.takes_cancels_for_answers or names_somebody:
            most += self.cancelled
        if door.tells_at_the_end and self.way is then_succeeds:
            least = 0
        return least <= counted <= most

    def cancel(self, conversation):
        """Begins an attempt and takes it back."""
        conversation.cancel(self.door.mechanisms[-1])
        self.cancelled += 1

    def leave_unanswered(self, conversation):
        """Begins an attempt; what follows is not an answer."""
        conversation.ask(self.door.mechanisms[-1])
        self.unanswered += 1

    def fail(self, conversation):
        """One wrong attempt, known and unknown names in turns."""
        number = next(self._next)
        account = self.account(number)
        if conversation.try_password(self.mechanism(number), account, f"wrong-{number}"):
            raise AssertionError(f"{self.door.name} let {account} in with a wrong password")
        self.made += 1

    def fail_without_waiting(self, conversation):
        """One wrong attempt whose answer the client does not wait for."""
        number = next(self._next)
        conversation.send_password(self.mechanism(number), self.account(number), f"wrong-{number}")
        self.made += 1

    def succeed(self, conversation):
        """One attempt with the right password."""
        if not conversation.try_password(self.mechanism(0), ACCOUNT, PASSWORD):
            raise AssertionError(f"{self.door.name} refused the right password")


def in_one_connection(client):
    """One after the other, then farewell."""
    line = client.connect()
    for _ in range(client.attempts):
        client.fail(line)
    line.quit()


def in_many_connections(client):
    """One a connection."""
    for _ in range(client.attempts):
        line = client.connect()
        client.fail(line)
        line.quit()


def in_connections_at_once(client):
    """One a connection, all at the same time."""
    lines = [client.connect() for _ in range(client.attempts)]
    with concurrent.futures.ThreadPoolExecutor(len(lines)) as threads:
        list(threads.map(client.fail, lines))
    for line in lines:
        line.quit()


def and_hangs_up(client):
    """Closes instead of taking leave."""
    line = client.connect()
    for _ in range(client.attempts):
        client.fail(line)
    line.hang_up()


def and_resets(client):
    """Ends with a reset, as a killed program's connection may."""
    line = client.connect()
    for _ in range(client.attempts):
        client.fail(line)
    line.reset()


def and_small_talk_between(client):
    """RSET, NOOP or CAPA after each attempt."""
    line = client.connect()
    for _ in range(client.attempts):
        client.fail(line)
        line.chat()
    line.quit()


def and_cancels_between(client):
    """Begins an attempt before each and takes it back."""
    line = client.connect()
    for _ in range(client.attempts):
        client.cancel(line)
        client.fail(line)
    line.quit()


def and_hangs_up_when_asked(client):
    """Begins one more attempt and closes when the server asks for the password."""
    line = client.connect()
    for _ in range(client.attempts):
        client.fail(line)
    client.leave_unanswered(line)
    line.hang_up()


def and_awaits_no_answer(client):
    """Hangs up right behind the last password."""
    line = client.connect()
    for _ in range(client.attempts - 1):
        client.fail(line)
    client.fail_without_waiting(line)
    line.hang_up()


def then_succeeds(client):
    """And is let in by the same connection."""
    line = client.connect()
    for _ in range(client.attempts):
        client.fail(line)
    client.succeed(line)
    line.quit()


def with_successes_between(client):
    """One a connection, between others that are let in."""
    for _ in range(client.attempts):
        line = client.connect()
        client.fail(line)
        line.quit()
        line = client.connect()
        client.succeed(line)
        line.quit()


def never_sends_a_password(client):
    """Takes every attempt back, or hangs up or resets when asked for it: nothing that counts."""
    line = client.connect()
    client.cancel(line)
    line.quit()
    for leave in ("hang_up", "reset"):
        line = client.connect()
        client.cancel(line)
        client.leave_unanswered(line)
        getattr(line, leave)()


WAYS = (in_one_connection, in_many_connections, in_connections_at_once, and_hangs_up, and_resets,
        and_small_talk_between, and_cancels_between, and_hangs_up_when_asked, and_awaits_no_answer,
        then_succeeds, with_successes_between, never_sends_a_password)


def clients_of(doors):
    """One client with IPv4 and one with IPv6 for every door and way."""
    clients = []
    for number, (door, way) in enumerate(itertools.product(doors, WAYS)):
        for family, address in enumerate((network.attacker, network.attacker6)):
            attempts = 1 + (number + 2 * family) % door.most
            clients.append(Client(address(number + 1), door, way, attempts))
    return clients


def guess_all(clients):
    """All clients at the same time; their attempts are made when it returns.

    What kept a client from its attempts is told of every such client, with how far it came.
    """
    began = time.monotonic()

    def guess(client):
        try:
            client.guess()
        except Exception as problem:  # pylint: disable=broad-exception-caught
            return (f"{client.door.name}, {client.way.__name__}, {client.source}: after {client.made} attempts and "
                    f"{time.monotonic() - began:.1f} s: {type(problem).__name__}: {problem}")
        return None

    with concurrent.futures.ThreadPoolExecutor(len(clients)) as threads:
        problems = [problem for problem in threads.map(guess, clients) if problem]
    if problems:
        raise AssertionError("\n".join(problems))
