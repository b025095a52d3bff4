"""systemd's end of sd_notify(3): hears what a daemon tells its service manager."""

import os
import socket
import threading


# systemd passes over what is longer (NOTIFY_BUFFER_MAX).
LONGEST = 4096


class ServiceManager:
    """Listens for as long as its block lasts."""

    def __init__(self, path):
        self.environment = {"NOTIFY_SOCKET": path}
        self._path = path
        self._status = ""
        self.pings = 0  # of the watchdog
        self.told = []  # the lines, in order

    def __enter__(self):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._path)
        # Read at once: a full queue would hold up whoever tells.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(10)
        self._socket.close()
        os.unlink(self._path)

    def status(self):
        """The STATUS= that was told last."""
        return self._status

    def is_ready(self):
        """Whether READY=1 was told: systemd starts now what waits for this service."""
        return "READY=1" in self.told

    def _read(self):
        while message := self._socket.recv(1 << 20):
            if len(message) > LONGEST:
                continue
            for line in message.decode(errors="replace").splitlines():
                name, _, value = line.partition("=")
                self.told.append(line)
                if name == "STATUS":
                    self._status = value
                self.pings += name == "WATCHDOG"
