"""Logging in, and failing to: SMTP, IMAP and POP3 as a client speaks them, byte by byte.

A Conversation is one connection. What it says, it says as a guesser's program would; what becomes of
the connection is the caller's choice: quit(), hang_up() or reset().
"""

import base64
import contextlib
import hashlib
import hmac
import socket
import ssl
import struct

from . import client

# Servers hold a refusal back: Dovecot for 2 s, Courier for 5 s, each on a machine with two cores.
PATIENCE_SECONDS = 30
# A server that closes in the midst of a conversation.
GONE = (client.CutOff, OSError)


def _base64(text):
    return base64.b64encode(text).decode()


def _response(mechanism, step, challenge, account, password):
    """What a client answers to a server's challenge number `step`."""
    account, password = account.encode(), password.encode()
    if mechanism == "PLAIN":
        return _base64(b"\0" + account + b"\0" + password)
    if mechanism == "LOGIN":
        return _base64((account, password)[step])
    digest = hmac.new(password, base64.b64decode(challenge), hashlib.md5).hexdigest()
    return _base64(account + b" " + digest.encode())


def response_of(mechanism, account, password):
    """What a client answers to the first challenge, or sends along with the mechanism."""
    return _response(mechanism, 0, "", account, password)


class Conversation:
    """One connection of `source` to one port; greeted when made."""

    tls_port = None
    begin = "AUTH {}"

    def __init__(self, source, port):
        self._line = client.connect(source, port)
        self._line.settimeout(PATIENCE_SECONDS)
        self._waiting = b""
        try:
            if port == self.tls_port:
                self._secure()
            self._greet()
        except GONE:
            self._line.close()
            raise

    def _secure(self):
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        self._line = trusting.wrap_socket(self._line)

    def try_password(self, mechanism, account, password):
        """One whole attempt; whether the server lets the client in."""
        return self._verdict(self._last_word(mechanism, account, password))

    def send_password(self, mechanism, account, password):
        """One attempt whose answer is not waited for."""
        self._line.sendall(self._last_word(mechanism, account, password).encode() + b"\r\n")

    def ask(self, mechanism):
        """Begins an attempt; the server now waits for what the client has to say."""
        self._challenge(self.begin.format(mechanism))

    def cancel(self, mechanism):
        """Begins an attempt and takes it back before a password is sent."""
        self.ask(mechanism)
        if self._verdict("*"):
            raise AssertionError("let in without a password")

    def chat(self):
        """Something harmless between two attempts."""
        self._command(self.small_talk)

    def ask_for_anything(self, command):
        """Any one command, and the line that answers it."""
        return self._command(command)

    def quit(self):
        """Takes leave; a server that hangs up without an answer has understood."""
        with contextlib.suppress(*GONE):
            self._command(self.farewell)
        self._line.close()

    def hang_up(self):
        """Closes the connection without a word."""
        self._line.close()

    close = hang_up

    def reset(self):
        """Has the kernel answer the server with a reset from now on."""
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._line.close()

    def _last_word(self, mechanism, account, password):
        """Goes through an attempt up to the line with the password, which it returns."""
        challenge = self._challenge(self.begin.format(mechanism))
        if mechanism == "LOGIN":
            challenge = self._challenge(_response(mechanism, 0, challenge, account, password))
        return _response(mechanism, 1, challenge, account, password)

    def _challenge(self, text):
        answer = self._command(text)
        if not self._is_challenge(answer):
            raise AssertionError(f"{text}: answered with {answer}")
        return answer[4:] if answer.startswith("334") else answer[2:]

    def _verdict(self, text):
        answer = self._command(text)
        if self._is_welcome(answer):
            return True
        if not self._is_refusal(answer):
            raise AssertionError(f"neither let in nor refused: {answer}")
        return False

    def _command(self, text):
        """Says one line; the line that answers it."""
        self._line.sendall(text.encode() + b"\r\n")
        return self._answer()

    def _hear(self):
        while b"\n" not in self._waiting:
            received = self._line.recv(4096)
            if not received:
                raise client.CutOff("end of the connection")
            self._waiting += received
        line, self._waiting = self._waiting.split(b"\n", 1)
        return line.rstrip(b"\r").decode(errors="replace")


class Smtp(Conversation):
    """Port 25, 465 or 587; Dovecot's submission server, too."""

    name = "smtp"
    tls_port = 465
    small_talk = "RSET"
    farewell = "QUIT"

    def _greet(self):
        self._answer()
        self._command("EHLO guess.example")

    def _answer(self):
        while (line := self._hear())[3:4] == "-":
            pass
        return line

    @staticmethod
    def _is_challenge(answer):
        return answer.startswith("334")

    @staticmethod
    def _is_welcome(answer):
        return answer.startswith("235")

    @staticmethod
    def _is_refusal(answer):
        return answer.startswith("5")


class Imap(Conversation):
    """Port 143 or 993."""

    name = "imap"
    tls_port = 993
    begin = "a AUTHENTICATE {}"
    small_talk = "a NOOP"
    farewell = "a LOGOUT"

    def _greet(self):
        self._hear()

    def _last_word(self, mechanism, account, password):
        if mechanism != "command":
            return super()._last_word(mechanism, account, password)
        return f'a LOGIN "{account}" "{password}"'

    def _answer(self):
        while not (line := self._hear()).startswith(("a ", "+")):
            pass
        return line

    @staticmethod
    def _is_challenge(answer):
        return answer.startswith("+")

    @staticmethod
    def _is_welcome(answer):
        return answer.startswith("a OK")

    @staticmethod
    def _is_refusal(answer):
        return answer.startswith(("a NO", "a BAD"))


class Pop3(Conversation):
    """Port 110 or 995."""

    name = "pop3"
    tls_port = 995
    small_talk = "CAPA"
    farewell = "QUIT"

    def _greet(self):
        self._hear()

    def chat(self):
        self._command(self.small_talk)
        while self._hear() != ".":
            pass

    def _last_word(self, mechanism, account, password):
        if mechanism != "command":
            return super()._last_word(mechanism, account, password)
        self._command(f"USER {account}")
        return f"PASS {password}"

    def _answer(self):
        return self._hear()

    @staticmethod
    def _is_challenge(answer):
        return answer.startswith("+ ") or answer == "+"

    @staticmethod
    def _is_welcome(answer):
        return answer.startswith("+OK")

    @staticmethod
    def _is_refusal(answer):
        return answer.startswith("-ERR")
