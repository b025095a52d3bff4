"""The machine's upper layer: the distribution's packages, installed once, kept as one archive.

They are installed by apt-get inside an overlay, so the real machine never has them; nothing is
started there. There is one image for each set of packages, as no two mail servers go together. The
archives and the downloaded packages lie in build/lab and are made anew when the list of packages,
or what is installed on the real machine, has changed.
"""

import fcntl
import hashlib
import os
import signal
import sys
import time

from . import machine, namespaces
from .shell import outcome, run

_ALWAYS = ("iproute2", "openssl", "procps", "python3", "util-linux")
_DOVECOT = ("dovecot-imapd", "dovecot-pop3d", "dovecot-submissiond")
_SASL = ("sasl2-bin", "libsasl2-modules")
PACKAGES = {
    "firewalls": ("exim4-daemon-light", "firewalld", "ufw", "nftables", "iptables", "ipset", "dbus",
                  "bindfs", "e2fsprogs", "systemd-container", "polkitd", "strace"),
    "exim": ("exim4-daemon-heavy", "rsyslog", *_DOVECOT),
    "postfix": ("postfix", "rsyslog", *_DOVECOT, *_SASL),
    "sendmail": ("sendmail-bin", "sendmail-cf", "cyrus-imapd", "cyrus-pop3d", "rsyslog", *_SASL),
    "web": ("apache2", "libapache2-mod-php", "nginx-light", "roundcube-core", "roundcube-sqlite3", "php-sqlite3",
            "sogo", "memcached", *_DOVECOT),
    # Debian 12 as it is: the mail servers log to the journal alone.
    "auto": ("postfix", "dovecot-imapd", "nftables", "dbus", "systemd-container"),
    # A server that had fail2ban.
    "moving": ("fail2ban", "nftables"),
    "courier": ("courier-mta", "courier-imap", "courier-pop", "rsyslog"),
}

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


def ready(name):
    """The path of the image of that name; makes it first if need be. One process at a time does."""
    os.makedirs(folder(), exist_ok=True)
    packages = _ALWAYS + PACKAGES[name]
    path = os.path.join(folder(), f"image-{name}-{_fingerprint(packages)}.tar")
    with open(os.path.join(folder(), "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            _make(path, packages)
            _remove_all_but(path, f"image-{name}-")
    return path


def _fingerprint(packages):
    digest = hashlib.sha256(" ".join(packages).encode())
    with open("/var/lib/dpkg/status", "rb") as status:
        digest.update(status.read())
    return digest.hexdigest()[:16]


def _remove_all_but(path, beginning):
    for name in os.listdir(folder()):
        stale = os.path.join(folder(), name)
        if name.startswith(beginning) and stale != path:
            os.remove(stale)


def _make(path, packages):
    began = time.monotonic()
    print(f"installing the lab's packages into a throw-away machine: {' '.join(packages)}",
          flush=True)
    child = os.fork()
    if child == 0:
        _make_in_child(path, packages)
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit("the lab's packages could not be installed; see above")
    print(f"done in {time.monotonic() - began:.0f} s: {os.path.getsize(path) >> 20} MiB", flush=True)


def _make_in_child(path, packages):
    try:
        namespaces.die_with_parent(signal.SIGKILL)
        namespaces.unshare(namespaces.NEWNS | namespaces.NEWUTS | namespaces.NEWIPC)
        root, upper = machine.build_root()
        _install(root, packages)
        run("tar", *TAR_FLAGS, "-cf", path + ".part", "-C", upper, ".", timeout=120)
        os.rename(path + ".part", path)
        os._exit(0)
    except BaseException as problem:  # the child must not run the parent's code
        print(problem, file=sys.stderr, flush=True)
        os._exit(1)


def _install(root, packages):
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
    install = ("install", "-y", "--no-install-recommends", *packages)
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
