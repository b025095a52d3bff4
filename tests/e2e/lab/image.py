"""The machine's upper layer: the distribution's packages, installed once, kept as one archive.

They are installed by apt-get inside an overlay, so the real machine never has them; nothing is
started there. The archive and the downloaded packages lie in build/lab and are made anew when the
list of packages, or what is installed on the real machine, has changed.
"""

import fcntl
import hashlib
import os
import signal
import sys
import time

from . import machine, namespaces
from .shell import outcome, run

PACKAGES = ("exim4-daemon-light", "firewalld", "ufw", "nftables", "iptables", "ipset", "dbus", "iproute2",
            "openssl", "procps", "python3", "systemd-container", "util-linux")

# Only what tells an overlay that a folder hides the one below; the rest refers to inodes.
TAR_FLAGS = ("--xattrs", "--xattrs-include=trusted.overlay.opaque", "--numeric-owner")

_SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../.."))


def folder():
    """Where the lab keeps its downloads and its archive."""
    return os.environ.get("MAILBAN_LAB_DIR", os.path.join(_SOURCE, "build/lab"))


def mount_point():
    """An empty folder; each lab mounts its machine there in a mount namespace of its own."""
    path = os.path.join(folder(), "machine")
    os.makedirs(path, exist_ok=True)
    return path


def project_folders():
    """What a machine shares with the real one: the project and, if elsewhere, its build."""
    program = os.environ.get("MAILBAN", "")
    folders = [_SOURCE, os.path.realpath(folder())]
    if program:
        folders.append(os.path.dirname(os.path.realpath(program)))
    return [one for one in folders
            if not any(one != other and one.startswith(other + "/") for other in folders)]


def ready():
    """The archive's path; makes it first if need be. Only one process at a time makes it."""
    os.makedirs(folder(), exist_ok=True)
    path = os.path.join(folder(), f"image-{_fingerprint()}.tar")
    with open(os.path.join(folder(), "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            _make(path)
    return path


def _fingerprint():
    digest = hashlib.sha256(" ".join(PACKAGES).encode())
    with open("/var/lib/dpkg/status", "rb") as status:
        digest.update(status.read())
    return digest.hexdigest()[:16]


def _make(path):
    began = time.monotonic()
    print(f"installing the lab's packages into a throw-away machine: {' '.join(PACKAGES)}",
          flush=True)
    child = os.fork()
    if child == 0:
        _make_in_child(path)
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit("the lab's packages could not be installed; see above")
    for name in os.listdir(folder()):
        stale = os.path.join(folder(), name)
        if name.startswith("image-") and stale != path:
            os.remove(stale)
    print(f"done in {time.monotonic() - began:.0f} s: {os.path.getsize(path) >> 20} MiB", flush=True)


def _make_in_child(path):
    try:
        namespaces.die_with_parent(signal.SIGKILL)
        namespaces.unshare(namespaces.NEWNS | namespaces.NEWUTS | namespaces.NEWIPC)
        root, upper = machine.build_root()
        _install(root)
        run("tar", *TAR_FLAGS, "-cf", path + ".part", "-C", upper, ".", timeout=120)
        os.rename(path + ".part", path)
        os._exit(0)
    except BaseException as problem:  # the child must not run the parent's code
        print(problem, file=sys.stderr, flush=True)
        os._exit(1)


def _install(root):
    resolver = _read("/etc/resolv.conf")
    _replace(f"{root}/etc/resolv.conf", resolver)
    # Package scripts ask this program whether they may start their service: never.
    _replace(f"{root}/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", mode=0o755)
    os.makedirs(f"{folder()}/debs/partial", exist_ok=True)
    apt = ("chroot", root, "env", "DEBIAN_FRONTEND=noninteractive", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
           "apt-get", "-q", "-o", f"Dir::Cache::Archives={folder()}/debs",
           "-o", "APT::Sandbox::User=root", "-o", "Dpkg::Options::=--force-confold",
           "-o", "Dpkg::Options::=--force-unsafe-io", "-o", "APT::Keep-Downloaded-Packages=true",
           # Some images delete downloads after each run; these are to be kept.
           "-o", "DPkg::Post-Invoke::=", "-o", "APT::Update::Post-Invoke::=")
    install = ("install", "-y", "--no-install-recommends", *PACKAGES)
    if outcome(*apt, *install, timeout=400).returncode != 0:
        run(*apt, "update", timeout=300)
        run(*apt, *install, timeout=400)
    os.remove(f"{root}/usr/sbin/policy-rc.d")


def _read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def _replace(path, text, mode=0o644):
    if os.path.lexists(path):
        os.remove(path)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
