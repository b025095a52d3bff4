"""The throw-away machine: a copy-on-write copy of this one, gone when its last process ends.

enter() moves the calling program into it: its own mounts, processes and network, a root folder that
is an overlay of the real one with the lab's packages in the upper layer, all of it in memory. Ending
the program in any way, SIGKILL included, ends every process inside, and with the last of them the
kernel drops mounts, network and firewall rules. Nothing has to be cleaned up and nothing can be left.
"""

import os
import signal
import sys

from . import cgroups, image, namespaces
from .shell import run

SKIPPED = 77  # what CMake's SKIP_RETURN_CODE expects


def enter(packages="firewalls"):
    """Returns inside a machine with that set of packages (image.PACKAGES).

    The process that called stays outside and passes on the result.
    """
    if os.geteuid() != 0:
        print("skipped: needs root, for network namespaces, mounts and firewalls")
        sys.exit(SKIPPED)
    layer = image.ready(packages)
    owner = os.getpid()
    namespaces.unshare(namespaces.NEWPID)
    inner = os.fork()
    if inner != 0:
        sys.exit(_supervise(inner))
    namespaces.die_with_parent(signal.SIGKILL)
    os.environ["MAILBAN_LAB_OWNER"] = str(owner)
    namespaces.unshare(namespaces.NEWNS | namespaces.NEWNET | namespaces.NEWUTS | namespaces.NEWIPC)
    root, _ = build_root(layer)
    _move_into(root)
    run("ip", "link", "set", "lo", "up")
    # Process 1 of a process namespace inherits every orphan; the program itself would not reap them.
    program = os.fork()
    if program != 0:
        os._exit(_reap_until(program))


def build_root(layer=None):
    """Mounts the overlay with `layer` unpacked into its upper folder; returns (root, upper).

    To be called in a mount namespace of one's own.
    """
    run("mount", "--make-rprivate", "/")
    base = image.mount_point()
    run("mount", "-t", "tmpfs", "-o", "mode=0755", "lab", base)
    root, upper, work = (f"{base}/{name}" for name in ("root", "upper", "work"))
    for folder in (root, upper, work):
        os.mkdir(folder)
    if layer:
        run("tar", *image.TAR_FLAGS, "-xf", layer, "-C", upper)
    run("mount", "-t", "overlay", "overlay", "-o",
        f"lowerdir=/,upperdir={upper},workdir={work}", root)
    _mount_system_folders(root)
    for folder in image.project_folders():
        os.makedirs(root + folder, exist_ok=True)
        run("mount", "--bind", folder, root + folder)
    return root, upper


def _move_into(root):
    here = os.getcwd()
    os.makedirs(f"{root}/mnt/outside", exist_ok=True)
    os.chdir(root)
    run("pivot_root", ".", "mnt/outside")
    os.chdir("/")
    run("umount", "--lazy", "/mnt/outside")
    os.chdir(here if os.path.isdir(here) else "/")


def _mount_system_folders(root):
    run("mount", "-t", "proc", "proc", f"{root}/proc")
    run("mount", "-t", "sysfs", "sysfs", f"{root}/sys")
    run("mount", "--rbind", "/sys/fs/cgroup", f"{root}/sys/fs/cgroup")
    run("mount", "--rbind", "/dev", f"{root}/dev")
    for folder in ("run", "tmp"):
        run("mount", "-t", "tmpfs", "-o", "mode=0755" if folder == "run" else "mode=1777",
            "lab", f"{root}/{folder}")


def _supervise(inner):
    def end_everything(_signal, _frame):
        os.kill(inner, signal.SIGKILL)

    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, end_everything)
    _, status = os.waitpid(inner, 0)
    cgroups.sweep(os.getpid())
    return os.waitstatus_to_exitcode(status) & 0xff


def _reap_until(program):
    while True:
        pid, status = os.wait()
        if pid == program:
            return os.waitstatus_to_exitcode(status) & 0xff
