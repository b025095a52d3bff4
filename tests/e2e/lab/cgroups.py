"""Control groups: the one thing a machine makes that the kernel does not take away with it.

A booted systemd needs some of its own, and so does a program whose memory is limited. They are made
below one folder a lab, which the process outside removes at the end; what a killed lab left behind,
the next one removes.
"""

import contextlib
import glob
import os

from .shell import wait_until

_NAME = "mailban-lab-"


def _trees():
    """Every hierarchy in which systemd keeps groups: the unified one, and version 1's named one."""
    trees = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")
    return [tree for tree in trees if os.path.exists(f"{tree}/cgroup.procs")]


def enter(owner):
    """Moves this process into groups that belong to the lab of process `owner`."""
    for tree in _trees():
        os.makedirs(f"{tree}/{_NAME}{owner}", exist_ok=True)
        with open(f"{tree}/{_NAME}{owner}/cgroup.procs", "w", encoding="ascii") as members:
            members.write("0")


def sweep(owner):
    """Removes the groups of lab `owner`, and those of labs whose process is gone."""
    for tree in {*_trees(), *filter(None, [_memory_tree()])}:
        for group in glob.glob(f"{tree}/{_NAME}*"):
            lab = group.rpartition("-")[2]
            if lab == str(owner) or not os.path.exists(f"/proc/{lab}"):
                _remove(group)


def _remove(group):
    for where, _, _ in sorted(os.walk(group), reverse=True):
        try:
            os.rmdir(where)
        except OSError:
            return  # somebody is still in there: left to the next sweep


class Memory:
    """A group of its own for programs whose memory, together, is limited; the kernel kills beyond it.

    Of either version of control groups; is_there() tells whether this machine has one that limits
    memory.
    """

    def __init__(self, owner):
        tree = _memory_tree()
        self._is_v2 = os.path.exists(f"{tree}/cgroup.controllers")
        self._group = f"{tree}/{_NAME}memory-{owner}"
        if self._is_v2:
            _write(f"{tree}/cgroup.subtree_control", "+memory")
        os.makedirs(self._group, exist_ok=True)

    @staticmethod
    def is_there():
        """Whether memory can be limited here."""
        return _memory_tree() is not None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        wait_until(lambda: not _read(f"{self._group}/cgroup.procs"), "the group is empty")
        os.rmdir(self._group)

    def entered_by(self):
        """What a program is run by in order to be in the group from its first instruction."""
        return ("sh", "-c", f'echo 0 >{self._group}/cgroup.procs && exec "$@"', "sh")

    def used(self):
        """How many bytes its programs have, what the kernel keeps of their files included."""
        return int(_read(f"{self._group}/" + ("memory.current" if self._is_v2 else "memory.usage_in_bytes")))

    def limit(self, size):
        """From now on they have so many bytes, and may not swap instead."""
        _write(f"{self._group}/" + ("memory.max" if self._is_v2 else "memory.limit_in_bytes"), size)
        swap = ("memory.swap.max", 0) if self._is_v2 else ("memory.memsw.limit_in_bytes", size)
        with contextlib.suppress(FileNotFoundError):  # a kernel that does not count swap
            _write(f"{self._group}/{swap[0]}", swap[1])

    def kills(self):
        """How many programs the kernel has killed here for want of memory."""
        events = _read(f"{self._group}/" + ("memory.events" if self._is_v2 else "memory.oom_control"))
        return int(dict(line.split() for line in events.splitlines())["oom_kill"])


def _memory_tree():
    """The hierarchy that limits memory, or None."""
    if os.path.exists("/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        return "/sys/fs/cgroup/memory"
    for tree in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
        with contextlib.suppress(OSError):
            if "memory" in _read(f"{tree}/cgroup.controllers").split():
                return tree
    return None


def _read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def _write(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))
