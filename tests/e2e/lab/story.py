"""How a story begins and ends: inside the machine, as root, or told that it cannot be told here."""

import os
import sys
import unittest

from . import daemon, machine

# The long figures are for those who wait for them; in the gate a story has less time.
IS_LONG = os.environ.get("MAILBAN_LONG", "") not in ("", "0")
only_long = unittest.skipUnless(IS_LONG, "scripts/test --long runs it")


def tell(packages="firewalls"):
    """Moves into a machine with that set of packages and runs the tests of the calling file."""
    if not os.access(daemon.PROGRAM, os.X_OK):
        sys.exit(f"MAILBAN must name the program to test; it is '{daemon.PROGRAM}'")
    machine.enter(packages)
    os.umask(0o022)
    unittest.main(verbosity=2)
