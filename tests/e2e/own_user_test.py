"""The installed service as a user of its own: what it may do, what it may not, and who does the rest.

A booted systemd runs the units as they are installed. Bans are seen as packets that are dropped.
"""

import concurrent.futures
import json
import os
import pwd
import re
import shutil

from lab import network, story, web
from lab.installed import CONFIG, LOG, PORT, STATE, InstalledService
from lab.shell import wait_until

HELPER = "/run/mailban-ufw.sock"
UFW = "/usr/sbin/ufw"
RULE = "/usr/share/polkit-1/rules.d/49-mailban.rules"
WORST_EXPOSURE = 1.5
NET_ADMIN = 1 << 12
# Calls that change a file, or open it for that.
CHANGES = ("openat,open,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,"
           "symlink,symlinkat,chmod,fchmodat,chown,fchownat,truncate,mknod,mknodat,setxattr,utimensat")


class ItsOwnUser(InstalledService):

    HOSTS = 30

    @staticmethod
    def configuration(backend):
        return InstalledService.configuration(backend) + f"allow: [{network.attacker(30)}/32]\n"

    def firewall(self):
        """What the daemon tells of its firewall."""
        return self.status()["firewall"]

    def process(self, unit):
        """What the kernel says of a unit's main process: field -> value."""
        pid = self.machine.property(unit, "MainPID")
        self.assertNotEqual(pid, "0", self.journal(unit))
        status = self.machine.run("cat", f"/proc/{pid}/status")
        return dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)

    def assert_is_its_own_user(self):
        """The daemon is user mailban with one capability and no way to another."""
        status = self.process("mailban")
        uid = str(pwd.getpwnam("mailban").pw_uid)
        self.assertEqual(set(status["Uid"].split()), {uid})
        for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[name], 16), NET_ADMIN, name)
        self.assertEqual(status["NoNewPrivs"].strip(), "1")

    def start_firewalld(self):
        """firewalld with the port open."""
        self.addCleanup(self.machine.run, "systemctl", "stop", "firewalld")
        self.machine.run("firewall-offline-cmd", f"--add-port={PORT}/tcp")
        self.machine.run("systemctl", "start", "firewalld")

    def start_ufw(self):
        """ufw, switched on, with the port open."""
        self.addCleanup(self.machine.run, "ufw", "--force", "disable")
        self.machine.run("ufw", "allow", f"{PORT}/tcp")
        self.machine.run("ufw", "--force", "enable")

    def test_is_little_exposed(self):
        for unit in ("mailban.service", "mailban-ufw.service"):
            said = self.machine.outcome("systemd-analyze", "security", "--no-pager", unit).stdout
            level = re.search(rf"exposure level for {unit}: ([\d.]+)", said)
            self.assertIsNotNone(level, said)
            print(f"systemd-analyze security {unit}: {level[1]}")
            self.assertLessEqual(float(level[1]), WORST_EXPOSURE, said)

    def test_bans_through_nftables(self):
        self.begin("nftables")
        self.assert_is_its_own_user()
        groups = self.machine.run("id", "--name", "--groups", "mailban").split()
        self.assertEqual(set(groups), {"mailban", "adm", "systemd-journal"})
        self.attack(network.attacker(1))
        self.attack(network.attacker6(1))

    def test_bans_through_firewalld_by_the_polkit_rule(self):
        self.start_firewalld()
        self.begin("firewalld")
        self.assert_is_its_own_user()
        self.attack(network.attacker(2))
        self.attack(network.attacker6(2))
        self.assertEqual(self.firewall()["state"], "ok")
        self.machine.run("firewall-cmd", "--reload")
        wait_until(lambda: self.is_out(network.attacker(2)), "the ban is back after a reload", 10)

    def call_firewalld(self, path, interface, method, *arguments):
        """One call to firewalld over the system bus, by user mailban without a way to more; its outcome."""
        return self.machine.outcome(
            "systemd-run", "--quiet", "--wait", "--pipe", "--uid=mailban", "--property=NoNewPrivileges=yes",
            "busctl", "--", "call", "org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1" + path,
            "org.fedoraproject.FirewallD1" + interface, method, *arguments)

    @story.only_long
    def test_has_rights_of_firewalld_that_reach_further_than_bans(self):
        """What docs/security.md says of a daemon that was taken over where firewalld is in use."""
        self.start_firewalld()
        program, trace = f"{STATE}/program", f"{STATE}/trace"
        os.makedirs(STATE, exist_ok=True)
        self.addCleanup(shutil.rmtree, STATE, ignore_errors=True)
        with open(program, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nid > {trace}\n")
        os.chmod(program, 0o755)
        rule = ("-t", "raw", "-A", "PREROUTING", "-s", "192.0.2.201", "-j", "ACCEPT")
        loads = (f"--modprobe={program}", "-t", "raw", "-A", "PREROUTING", "-s", "192.0.2.202", "-j", "ACCEPT")
        for arguments in (rule, loads):
            done = self.call_firewalld("/config", ".config.direct", "addPassthrough", "sas", "ipv4",
                                       str(len(arguments)), *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
        for method in ("enablePanicMode", "disablePanicMode", "reload"):
            done = self.call_firewalld("", "", method)
            self.assertEqual(done.returncode, 0, f"{method}: {done.stderr}")
        rules = self.machine.run("iptables", "-t", "raw", "-S")
        self.assertIn("192.0.2.201", rules)
        self.assertIn("192.0.2.202", rules)
        # iptables of nftables has nothing to load; iptables-legacy would have run it as root.
        self.assertIn("nf_tables", self.machine.run("iptables", "--version"))
        self.assertFalse(os.path.exists(trace))
        # The running firewall's direct rules and lockdown have actions of their own, which nobody granted.
        for interface, method, *arguments in (
                (".direct", "addPassthrough", "sas", "ipv4", str(len(rule)), *rule),
                (".direct", "passthrough", "sas", "ipv4", str(len(rule)), *rule),
                (".policies", "disableLockdown")):
            refused = self.call_firewalld("", interface, method, *arguments)
            self.assertNotEqual(refused.returncode, 0, method)
            self.assertIn("uthori", refused.stderr)

    @story.only_long
    def test_bans_beside_firewalld_where_an_administrator_refuses_the_polkit_rule(self):
        """The way out that docs/firewalls.md names."""
        own = "/etc/polkit-1/rules.d/10-mailban.rules"
        with open(own, "w", encoding="ascii") as file:
            file.write('polkit.addRule(function (action, subject) {\n'
                       '    if (subject.user == "mailban") return polkit.Result.NO;\n'
                       '});\n')
        os.chmod(own, 0o644)
        self.addCleanup(os.remove, own)
        self.start_firewalld()
        self.machine.outcome("systemctl", "restart", "polkit")
        self.addCleanup(self.machine.outcome, "systemctl", "restart", "polkit")
        self.assertNotEqual(self.call_firewalld("", "", "reload").returncode, 0)
        self.begin("nftables")
        self.assert_is_its_own_user()
        self.attack(network.attacker(7))
        self.assertEqual(self.firewall()["state"], "ok")
        self.machine.run("firewall-cmd", "--reload")
        self.assertTrue(self.is_out(network.attacker(7)))

    def test_says_that_firewalld_needs_the_polkit_rule(self):
        os.rename(RULE, "/root.rules")
        self.addCleanup(lambda: os.rename("/root.rules", RULE))
        self.start_firewalld()
        self.machine.outcome("systemctl", "restart", "polkit")
        self.addCleanup(self.machine.outcome, "systemctl", "restart", "polkit")
        self.begin("firewalld")
        told = self.firewall()
        self.assertEqual(told["state"], "degraded")
        self.assertIn("49-mailban.rules", told["reason"])
        self.assertEqual(self.machine.run("firewall-cmd", "--get-ipsets").split(), [])
        found = self.findings("firewalld")["firewall"]
        self.assertEqual(found["grade"], "wrong")
        self.assertIn("49-mailban.rules", found["text"])

    def wait_for_just_one_out(self, banned, what):
        """Until this client's packets are dropped, and not because ufw drops everybody's for a moment."""
        wait_until(lambda: self.is_out(banned) and web.is_reachable(network.attacker(20)), what, 20)

    def test_bans_through_ufw_by_the_helper(self):
        self.start_ufw()
        attacker = network.attacker(3)
        self.begin("ufw")
        self.attack(attacker)
        self.attack(network.attacker6(3))
        self.assert_is_its_own_user()
        self.assertEqual(self.process("mailban-ufw")["Uid"].split()[0], "0")
        self.assertEqual(int(self.process("mailban-ufw")["CapEff"], 16), NET_ADMIN)
        status = self.firewall()
        self.assertEqual((status["backend"], status["state"]), ("ufw", "ok"), status)
        for damage in (("ufw", "reload"), ("iptables", "-F", "ufw-user-input"),
                       ("ufw", "--force", "delete", "deny", "proto", "tcp", "from", attacker, "to", "any",
                        "port", str(PORT))):
            self.machine.run(*damage)
            self.wait_for_just_one_out(attacker, f"the ban is back after {damage}")
        # Killed, it is there again with the next request. A ufw that was at work dies with it, with
        # everybody out between its flush and its rules: they have to be let in again.
        self.machine.run("systemctl", "kill", "--signal=KILL", "mailban-ufw")
        self.machine.run("iptables", "-F", "ufw-user-input")
        self.wait_for_just_one_out(attacker, "ufw's rules are back")
        self.attack(network.attacker(4))
        self.machine.run("ufw", "--force", "disable")
        wait_until(lambda: "not enabled" in (self.firewall()["reason"] or ""), "status tells what ufw lacks", 15)
        self.machine.run("ufw", "--force", "enable")
        wait_until(lambda: self.firewall()["state"] == "ok", "the firewall is there again", 30)
        self.wait_for_just_one_out(attacker, "the bans are back")
        self.machine.run("systemctl", "stop", "mailban")
        self.assertTrue(web.is_reachable(attacker))
        self.assertNotIn("mailban", self.machine.run("ufw", "show", "added"))

    def ask_helper(self, request, user="mailban", end=True):
        """The helper's answer to these bytes, sent by that user; empty where it just hangs up."""
        program = ("import socket, sys\n"
                   "line = socket.socket(socket.AF_UNIX); line.settimeout(20)\n"
                   f"line.connect('{HELPER}')\n"
                   "try:\n"
                   f"    line.sendall({request!r})\n"
                   f"    {'line.shutdown(socket.SHUT_WR)' if end else 'pass'}\n"
                   "except BrokenPipeError: pass\n"
                   "print(line.makefile().readline(), end='')\n")
        done = self.machine.outcome("setpriv", f"--reuid={user}", "--clear-groups", "python3", "-c", program)
        return done.stdout if done.returncode == 0 else done.stderr

    def test_asks_a_helper_that_takes_prefixes_and_nothing_else(self):
        self.start_ufw()
        self.configure(self.configuration("ufw"))
        one, allowed = network.attacker(5), network.attacker(30)
        self.machine.run("ufw", "prepend", "deny", "proto", "tcp", "from", "192.0.2.99", "to", "any", "port",
                         str(PORT))
        rules = self.machine.run("ufw", "show", "added")
        for hostile in (b"ban\n", b"disable\n", b"BAN 192.0.2.7/32\n", b"ban 192.0.2.7\n",
                        b"ban 192.0.2.7/32 22\n", b"ban 192.0.2.7/32;reboot\n", b"ban $(reboot)\n",
                        b"ban  192.0.2.7/32\n", b"ban 192.0.2.7/24\n", b"ban any\n", b"list all\n",
                        b'{"verb":"ban","prefix":"192.0.2.7/32"}\n', b"ban 192.0.2.7/32\nlist\n",
                        b"ban " + b"1" * 100000 + b"\n", b"\0" * 40 + b"\n", b"\n",
                        f"ban {allowed}/32\n".encode(), b"ban 127.0.0.1/32\n", b"ban 0.0.0.0/0\n"):
            answer = self.ask_helper(hostile)
            self.assertTrue(answer.startswith("error ") or "ConnectionResetError" in answer,
                            f"{hostile[:60]}: {answer}")
        self.assertEqual(self.ask_helper(b"ban 192.0.2.7/3"), "")
        # Half a request is given up within seconds, and holds nobody else up.
        self.assertEqual(self.ask_helper(b"ban 192.0.2.7/3", end=False), "")
        self.assertIn("Permission denied", self.ask_helper(b"list\n", user="nobody"))
        self.machine.run("chmod", "666", HELPER)
        self.addCleanup(self.machine.run, "chmod", "600", HELPER)
        self.assertIn("error this user may ask nothing", self.ask_helper(b"list\n", user="nobody"))
        # What an administrator denies stays denied, though it says the same as a ban.
        self.assertEqual(self.ask_helper(b"unban 192.0.2.99/32\n"), "ok\n")
        self.assertEqual(self.machine.run("ufw", "show", "added"), rules)
        self.assertEqual(self.ask_helper(f"ban {one}/32\n".encode()), "ok\n")
        self.assertEqual(self.ask_helper(b"list\n"), f"ok {one}/32\n")
        self.assertTrue(self.is_out(one))
        self.assertEqual(self.ask_helper(f"unban {one}/32\n".encode()), "ok\n")
        self.assertTrue(web.is_reachable(one))
        self.machine.run("ufw", "delete", "deny", "proto", "tcp", "from", "192.0.2.99", "to", "any", "port",
                         str(PORT))

    @story.only_long
    def test_asks_a_helper_that_writes_ufws_files_alone_and_has_no_net(self):
        self.start_ufw()
        self.begin("ufw")
        self.assertEqual(set(self.machine.property("mailban-ufw", "RestrictAddressFamilies").split()),
                         {"AF_UNIX", "AF_NETLINK"})
        pid = self.machine.property("mailban-ufw", "MainPID")
        for place in ("/etc/x", "/etc/default/ufw", "/usr/x", "/var/lib/mailban/x", "/run/x", "/run/systemd/x"):
            self.assertNotEqual(self.machine.outcome("nsenter", f"--target={pid}", "--mount", "touch",
                                                     place).returncode, 0, place)

    @story.only_long
    def test_asks_a_helper_that_ends_what_ufw_is_doing_when_it_is_stopped(self):
        self.start_ufw()
        self.configure(self.configuration("ufw"))
        one, begun = network.attacker(6), "/etc/ufw/begun"
        os.rename(UFW, UFW + ".real")
        self.addCleanup(os.rename, UFW + ".real", UFW)
        self.addCleanup(os.remove, begun)
        with open(UFW, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nif [ $1 = prepend ]; then touch {begun}; sleep 2; fi\nexec {UFW}.real \"$@\"\n")
        os.chmod(UFW, 0o755)
        with concurrent.futures.ThreadPoolExecutor() as threads:
            answer = threads.submit(self.ask_helper, f"ban {one}/32\n".encode())
            wait_until(lambda: os.path.exists(begun), "ufw is at work", 20)
            self.machine.run("systemctl", "stop", "mailban-ufw.service")
            self.assertEqual(answer.result(20), "ok\n")
        self.assertTrue(self.is_out(one))
        self.assertEqual(self.ask_helper(f"unban {one}/32\n".encode()), "ok\n")

    @story.only_long
    def test_helps_nobody_by_a_configuration_that_is_not_roots(self):
        self.start_ufw()
        self.configure(self.configuration("ufw"))
        self.machine.outcome("systemctl", "stop", "mailban-ufw.service")
        shutil.chown(CONFIG, user="mailban")
        self.addCleanup(lambda: shutil.chown(CONFIG, user="root"))
        self.assertIn("neither root nor the user", self.ask_helper(b"list\n"))

    def findings(self, backend):
        """What `mailban check` says as the service's user: subject -> finding."""
        self.configure(self.configuration(backend))
        said = self.machine.outcome("mailban", "check", "--as", "mailban", "--json")
        return {one["subject"]: one for one in json.loads(said.stdout)}

    def test_checks_what_the_service_may_do(self):
        shutil.rmtree(STATE, ignore_errors=True)
        self.assertEqual({one["grade"] for subject, one in self.findings("nftables").items()
                          if subject in (f"log {LOG}", "firewall")}, {"ok"})
        for group, mode, help_ in (("mail", 0o640, "usermod -aG mail mailban"),
                                   ("root", 0o640, "Logs that no group may read"),
                                   ("adm", 0o600, "Logs that no group may read")):
            shutil.chown(LOG, group=group)
            os.chmod(LOG, mode)
            log = self.findings("nftables")[f"log {LOG}"]
            self.assertEqual(log["grade"], "wrong", log)
            self.assertIn(help_, log["text"])
        # Without CAP_NET_ADMIN, as whoever is no service.
        said = self.machine.outcome("setpriv", "--reuid=mailban", "--clear-groups", "mailban", "check", "--json")
        firewall = {one["subject"]: one for one in json.loads(said.stdout)}["firewall"]
        self.assertEqual(firewall["grade"], "wrong", firewall)
        self.start_ufw()
        self.assertEqual(self.findings("ufw")["firewall"]["grade"], "ok")
        self.machine.run("systemctl", "stop", "mailban-ufw.socket", "mailban-ufw.service")
        self.addCleanup(self.machine.run, "systemctl", "start", "mailban-ufw.socket")
        self.assertIn("mailban-ufw.socket", self.findings("ufw")["firewall"]["text"])

    def test_takes_over_what_a_daemon_of_root_left(self):
        os.makedirs(f"{STATE}/sub")
        for name in ("mailban.db.damaged-20260101T000000Z", "sub/file"):
            with open(f"{STATE}/{name}", "w", encoding="ascii"):
                pass
        self.begin("nftables")
        uid = pwd.getpwnam("mailban").pw_uid
        for where, _, names in os.walk(STATE):
            for name in (".", *names):
                self.assertEqual(os.stat(f"{where}/{name}").st_uid, uid, f"{where}/{name}")

    def test_writes_nowhere_but_into_its_two_folders(self):
        """From outside, what there is of its files after a life; by strace, what it tried meanwhile."""
        self.begin("nftables")
        pid = self.machine.property("mailban", "MainPID")
        trace = "/tmp/story.trace"
        self.machine.run("systemd-run", "--quiet", "--unit=story-strace", "strace", "-f", "-y", "-o", trace,
                         "-e", f"trace={CHANGES}", "-p", pid)
        wait_until(lambda: self.machine.outcome("grep", "-q", "TracerPid:\t[1-9]",
                                                f"/proc/{pid}/status").returncode == 0, "it is traced", 10)
        self.attack(network.attacker(6))
        self.machine.run("mailban", "ban", "192.0.2.77")
        self.machine.run("systemctl", "reload", "mailban")
        self.machine.run("mailban", "unban", "--all")
        inside = ("nsenter", f"--target={pid}", "--mount", "setpriv", "--reuid=mailban", "touch")
        for place in ("/etc/mailban/x", "/usr/x", "/var/log/x", "/var/lib/x", "/run/x", "/run/lock/x", "/x"):
            self.assertNotEqual(self.machine.outcome(*inside, place).returncode, 0, place)
        # Root itself could not, in there.
        self.assertNotEqual(self.machine.outcome("nsenter", f"--target={pid}", "--mount", "touch",
                                                 "/etc/x").returncode, 0)
        self.machine.run("systemctl", "stop", "mailban")
        wait_until(lambda: self.machine.property("story-strace", "ActiveState") != "active", "strace ended", 10)
        calls = self.machine.run("cat", trace).splitlines()
        changing = [one for one in calls if re.search(r"O_WRONLY|O_RDWR|O_CREAT", one)
                    or not re.search(r"\bopen(at)?\(", one) and re.search(r"\d+ +\w+\(", one)]
        self.assertTrue(any(STATE in one for one in changing), calls[:50])
        # By its path, or relative to a folder that strace names.
        allowed = re.compile(rf'[("<]({STATE}|/run/mailban)[/">]|"/dev/null"')
        self.assertEqual([one for one in changing if not allowed.search(one)], [])
        own = self.machine.run("find", "/", "/run", "/tmp", "/dev/shm", "-xdev", "-user", "mailban",
                               "-not", "-path", HELPER).split()
        self.assertEqual([one for one in own if not one.startswith(STATE)], [])


if __name__ == "__main__":
    story.tell()
