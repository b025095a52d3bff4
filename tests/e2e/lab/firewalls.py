"""The three firewalls, really running in this machine's own network, and what they hold."""

import os
import shutil

from .shell import outcome, run, start, stop, wait_until


_FIREWALLD = "/etc/firewalld"


class Nftables:
    """Nothing but the kernel, with an admin's own table in it that must survive untouched."""

    name = "nftables"

    def __enter__(self):
        run("nft", "-f", "-", stdin="""
            table inet admin {
                set friends { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 } }
                chain input {
                    type filter hook input priority filter; policy accept;
                    ip saddr @friends counter accept
                }
            }""")
        return self

    def __exit__(self, *_):
        run("nft", "flush", "ruleset")

    def snapshot(self):
        """Everything the firewall holds, counters and end times aside."""
        return run("nft", "-s", "list", "ruleset")


class Iptables:
    """iptables with an admin's own rules, and nothing that manages them."""

    name = "iptables"

    def __enter__(self):
        for program in ("iptables", "ip6tables"):
            run(program, "-A", "INPUT", "-p", "tcp", "--dport", "25", "-j", "ACCEPT")
        return self

    def __exit__(self, *_):
        run("nft", "flush", "ruleset")

    def snapshot(self):
        """The rules of both families, and every ipset."""
        return "\n".join([_without_comments(run("iptables-save")),
                          _without_comments(run("ip6tables-save")), run("ipset", "save")])


class Ufw:
    """ufw, active, with mail and port 8080 allowed, as on a mail server."""

    name = "ufw"
    _rules = ("/etc/ufw/user.rules", "/etc/ufw/user6.rules")

    def __enter__(self):
        self._shipped = {path: _read(path) for path in self._rules}
        for port in (25, 465, 587, 8080):
            run("ufw", "allow", f"{port}/tcp")
        run("ufw", "--force", "enable")
        return self

    def __exit__(self, *_):
        outcome("ufw", "--force", "disable")
        # ufw leaves its chains in the kernel, and its rules in its files.
        run("nft", "flush", "ruleset")
        for path, text in self._shipped.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def snapshot(self):
        """The kernel's rules as nft and iptables show them, and ufw's own files."""
        parts = [run("nft", "-s", "list", "ruleset"), _without_comments(run("iptables-save")),
                 _without_comments(run("ip6tables-save"))]
        parts += [_read(path) for path in self._rules]
        return "\n".join(parts)


class Firewalld:
    """firewalld on a system bus of its own, with mail and port 8080 open in the public zone."""

    name = "firewalld"

    def __enter__(self):
        for leftover in ("zones", "ipsets", "policies"):
            shutil.rmtree(f"{_FIREWALLD}/{leftover}", ignore_errors=True)
            os.makedirs(f"{_FIREWALLD}/{leftover}")
        # In its files, as administrators have them: what is only at run time goes with any reload.
        run("firewall-offline-cmd", *(f"--add-port={port}/tcp" for port in (25, 465, 587, 8080)))
        start_system_bus()
        self.begin()
        return self

    def __exit__(self, *_):
        self.end()

    def begin(self):
        """Starts it."""
        self._process = start("firewalld", "--nofork", "--nopid", log="/run/firewalld.log")
        wait_until(lambda: outcome("firewall-cmd", "--state").returncode == 0,
                   "firewalld runs", seconds=30, every=0.2)

    def end(self):
        """Ends it; what it has put into the kernel goes with it."""
        stop(self._process)

    def send_signal(self, number):
        """Sends its process a signal."""
        self._process.send_signal(number)

    def snapshot(self):
        """The kernel's rules, and firewalld's own files but for the copies it keeps of old ones."""
        parts = [run("nft", "-s", "list", "ruleset")]
        for where, _, names in sorted(os.walk(_FIREWALLD)):
            for name in sorted(names):
                if not name.endswith(".old"):
                    parts.append(f"{where}/{name}:\n{_read(os.path.join(where, name))}")
        return "\n".join(parts)

    def restart(self):
        """Ends firewalld and starts it anew, as a package upgrade would."""
        self.end()
        self.begin()


def start_system_bus():
    """The D-Bus system bus; it ends with the machine."""
    if os.path.exists("/run/dbus/system_bus_socket"):
        return
    os.makedirs("/run/dbus", exist_ok=True)
    run("dbus-daemon", "--system", "--fork")


def _read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def _without_comments(text):
    """iptables-save writes the time of day and counters; neither is a rule."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return "\n".join(line.split(" [")[0] if line.startswith(":") else line for line in lines)


BY_NAME = {one.name: one for one in (Nftables, Ufw, Firewalld)}
