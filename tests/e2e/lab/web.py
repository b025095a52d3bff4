"""A service that has nothing to do with mail: it must stay reachable for everyone."""

import contextlib
import socket
import threading

from . import client

PORT = 8080


class OtherService:
    """Accepts connections on port 8080, both families, until the block ends."""

    def __enter__(self):
        self._listening = socket.create_server(("::", PORT), family=socket.AF_INET6,
                                               dualstack_ipv6=True, backlog=64)
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listening.close()

    def _serve(self):
        while True:
            try:
                visitor, _ = self._listening.accept()
            except OSError:
                return
            # A ban may cut a connection before it is greeted.
            with visitor, contextlib.suppress(OSError):
                visitor.sendall(b"hello\n")


def is_reachable(source):
    """Whether a client is greeted on port 8080."""
    try:
        with client.connect(source, PORT, 2.0) as line:
            return line.recv(16) == b"hello\n"
    except (client.NoAnswer, client.CutOff, OSError):
        return False
