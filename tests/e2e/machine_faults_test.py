"""Faults that only root can make: a file system that an error made read-only, one that tells of no
changes, a control group that is out of memory. Demanded is what was lost (nothing) and what was said.
"""

import os
import shutil
import signal
import unittest

from lab import cgroups, story
from lab.daemon import append, failure
from lab.faults import Faulty, attack, client, stranger
from lab.shell import CommandFailed, run, wait_until

MEGABYTE = 1 << 20


class MachineFaults(Faulty):

    # The disk.

    def disk(self, path, size="32M"):
        """A real file system at `path` that an error makes read-only; its image and its device."""
        image = f"{self.folder}/disk"
        run("truncate", f"--size={size}", image)
        run("mkfs.ext4", "-q", image)
        os.makedirs(path, exist_ok=True)
        self.mount(image, path)
        return image, os.path.basename(run("findmnt", "-no", "SOURCE", path).strip())

    def mount(self, image, path):
        """Mounts the image."""
        try:
            run("mount", "-o", "loop,errors=remount-ro", image, path)
        except CommandFailed as cannot:
            self.skipTest(f"no loop device: {cannot}")
        self.addCleanup(run, "umount", "--lazy", path, check=False)

    def test_a_file_system_that_an_error_made_read_only_is_waited_out_and_mended(self):
        mailban = self.mailban("nftables")
        state = f"{mailban.folder}/state"
        image, device = self.disk(state)
        mailban.start()
        attack(self.log, 1)
        mailban.wait_for_ban(client(1))
        wait_until(lambda: self.events(mailban) == 5, "it is stored")
        run("sync", "--file-system", state)  # as the kernel itself does within seconds
        with open(f"/sys/fs/ext4/{device}/trigger_fs_error", "w", encoding="ascii") as error:
            error.write("a test")
        with self.assertRaises(OSError):
            append(f"{state}/witness", "")  # the fault has bitten
        for number in range(2, 50):
            attack(self.log, number)
        mailban.wait_for_ban(client(49))
        self.warned(mailban, "state database")
        self.assertEqual(self.held(), 49)
        self.assertEqual(mailban.stop(), 0)
        # As an administrator mends it. Meanwhile nobody is let in.
        run("umount", state)
        self.assertIn("recovering journal", run("e2fsck", "-p", image, check=False))
        self.mount(image, state)
        self.assertEqual(self.events(mailban), 5)
        self.assertEqual(self.held(), 49)
        mailban.start()
        wait_until(lambda: self.events(mailban) == 5 * 49, "all of it is read again and written")
        self.assertEqual((len(mailban.banned()), self.held()), (49, 49))
        self.assertEqual([one for one in os.listdir(state) if "damaged" in one], [])
        self.assertEqual(mailban.ask("status")["warnings"], [])

    def far_folder(self):
        """Two names of one folder: where others write, and where their changes are seen late and untold.

        As with NFS: the kernel tells no watch of what happens at the other end, and believes for a
        second what it has seen of names and sizes.
        """
        far, near = f"{self.folder}/far", f"{self.folder}/near"
        os.mkdir(far)
        os.mkdir(near)
        if not os.path.exists("/dev/fuse"):
            self.skipTest("there is no /dev/fuse")
        run("bindfs", "-o", "attr_timeout=1,entry_timeout=1,negative_timeout=1", far, near)
        self.addCleanup(run, "umount", "--lazy", near, check=False)
        return far, near

    def test_a_log_whose_changes_are_seen_late_and_untold_loses_nothing(self):
        far, near = self.far_folder()
        there, self.log = f"{far}/mainlog", f"{near}/mainlog"
        mailban = self.mailban()
        mailban.start()  # it awaits the log
        attack(there, 1, 2)
        wait_until(lambda: self.events(mailban) == 2, "it is found", 15)
        self.assertEqual(mailban.ask("status")["warnings"], [])  # the kernel did give its watches
        attack(there, 1, 1)
        shutil.copyfile(there, there + ".1")
        os.truncate(there, 0)
        attack(there, 1, 1)
        wait_until(lambda: self.events(mailban) == 4, "what was unread is taken from the copy", 15)
        mailban.kill()
        attack(there, 1, 1)
        mailban.start()
        self.assertEqual(mailban.wait_for_ban(client(1))["count"], 5)
        self.assertEqual(self.events(mailban), 5)

    # Memory.

    def memory(self):
        """A group whose memory can be limited."""
        if not cgroups.Memory.is_there():
            self.skipTest("no control group limits memory here")
        try:
            return self.enterContext(cgroups.Memory(os.environ["MAILBAN_LAB_OWNER"]))
        except OSError as cannot:
            self.skipTest(f"no control group may be made here: {cannot}")

    def test_a_run_that_the_kernel_kills_for_its_memory_loses_nothing(self):
        group = self.memory()
        mailban = self.mailban("nftables", limit=2)
        mailban.under = group.entered_by()
        mailban.start()
        attack(self.log, 1, 2)
        mailban.wait_for_ban(client(1))
        # As much as it has, and a little: the first crowd does not fit in.
        group.limit(group.used() + 2 * MEGABYTE)
        crowd = 60_000
        text = [failure(stranger(number), port=number) for number in range(crowd)]
        for first in range(0, crowd, 1000):
            append(self.log, "".join(text[first:first + 1000]))
        self.assertEqual(mailban.process.wait(60), -signal.SIGKILL)
        self.assertEqual(group.kills(), 1)
        self.assertEqual(self.held(), 1)
        mailban.under = ()
        before = self.events(mailban)
        self.assertLess(before, crowd + 2)
        mailban.start()
        wait_until(lambda: self.events(mailban) >= crowd + 2, "the rest is read", 60, 0.2)
        source, = mailban.ask("status")["sources"]
        self.assertEqual((source["bytes_behind"], self.events(mailban)), (0, crowd + 2))
        self.assertEqual(mailban.banned(), [f"{client(1)}/32"])
        print(f"killed by the kernel after {before} of {crowd + 2} events; all of them were told once")


if __name__ == "__main__":
    story.tell()
