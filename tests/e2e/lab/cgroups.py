"""Control groups: the one thing a machine makes that the kernel does not take away with it.

A booted systemd needs some of its own. They are made below one folder a lab, which the process
outside removes at the end; what a killed lab left behind, the next one removes.
"""

import glob
import os

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
    for tree in _trees():
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
