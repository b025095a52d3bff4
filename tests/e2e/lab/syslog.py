"""rsyslog, with the files that Debian's configuration writes mail servers' messages to."""

import os
import socket

from .shell import run, start, stop, wait_until

MAIL_LOG = "/var/log/mail.log"
SYSLOG = "/var/log/syslog"  # the same and more, in the older format

_CONFIGURATION = f"""
module(load="imuxsock")
mail.* action(type="omfile" file="{MAIL_LOG}" template="RSYSLOG_FileFormat")
*.*;auth,authpriv.none action(type="omfile" file="{SYSLOG}" template="RSYSLOG_TraditionalFileFormat")
"""
_LAST = "the lab's last message"


class Syslog:
    """Runs while the block lasts; at its end every message that was sent stands in the files."""

    def __enter__(self):
        _own_device_folder()
        with open("/run/rsyslog.conf", "w", encoding="ascii") as file:
            file.write(_CONFIGURATION)
        self._process = start("rsyslogd", "-n", "-f", "/run/rsyslog.conf", "-i", "/run/rsyslog.pid",
                              log="/run/rsyslog.output")
        wait_until(lambda: os.path.exists("/dev/log"), "rsyslog listens")
        return self

    def __exit__(self, *_):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(f"<22>lab: {_LAST}".encode(), "/dev/log")
        for log in (MAIL_LOG, SYSLOG):
            wait_until(lambda path=log: _holds_last_message(path), f"{log} is complete")
        stop(self._process)


def _own_device_folder():
    """The machine shares /dev with the real one, in which no socket is to appear."""
    if os.path.exists("/run/dev"):
        return
    for folder in ("upper", "work"):
        os.makedirs(f"/run/dev/{folder}")
    run("mount", "-t", "overlay", "overlay", "-o",
        "lowerdir=/dev,upperdir=/run/dev/upper,workdir=/run/dev/work", "/dev")


def _holds_last_message(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        return _LAST in log.read()
