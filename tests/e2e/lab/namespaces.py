"""Linux namespaces for Python 3.11, which cannot make or enter them itself."""

import contextlib
import ctypes
import os

NEWNS = 0x00020000
NEWUTS = 0x04000000
NEWIPC = 0x08000000
NEWPID = 0x20000000
NEWNET = 0x40000000

PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name, *args):
    if getattr(_libc, name)(*args) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def unshare(flags):
    """Gives this process namespaces of its own."""
    _call("unshare", flags)


def die_with_parent(signal):
    """Has the kernel send `signal` to this process when its parent ends, however it ends."""
    _call("prctl", PR_SET_PDEATHSIG, int(signal), 0, 0, 0)


@contextlib.contextmanager
def inside_network(path):
    """Sockets opened in this block live in the network namespace `path`, even afterwards."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call("setns", there, NEWNET)
        try:
            yield
        finally:
            _call("setns", home, NEWNET)
    finally:
        os.close(there)
        os.close(home)
