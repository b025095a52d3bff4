"""How a story begins and ends: inside the machine, as root, or told that it cannot be told here."""

import os
import sys
import unittest

from . import daemon, machine


def tell(packages="firewalls"):
    """Moves into a machine with that set of packages and runs the tests of the calling file."""
    if not os.access(daemon.PROGRAM, os.X_OK):
        sys.exit(f"MAILBAN must name the program to test; it is '{daemon.PROGRAM}'")
    machine.enter(packages)
    os.umask(0o022)
    unittest.main(verbosity=2)
