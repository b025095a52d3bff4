"""The rooms stand in a row: a room of the core includes only those before it, the shell's never."""

import re
import unittest

import sources

ROOMS = ("net", "smtp", "time", "event", "envelope", "rotation", "parse", "detect", "survey", "ban", "firewall", "hook", "service", "policy", "config", "discover", "control", "engine",
         "replay", "page", "import", "setup")

_PLACE = re.compile(r"^(?:include/mailban|src/core)/(\w+)/")
_ROOM = re.compile(r"^mailban/(\w+)/")


def wrong_way(path, included):
    """Whether the file of one room includes a header of a room that stands after its own."""
    mine, theirs = _PLACE.match(path), _ROOM.match(included)
    if theirs is None:
        return False
    if mine is None:  # result.h and the like stand before every room
        return True
    return ROOMS.index(theirs[1]) > ROOMS.index(mine[1])


class TheRooms(unittest.TestCase):

    def test_of_the_core_are_all_known(self):
        rooms = {found[1] for path in sources.files("include/mailban", "src/core")
                 if (found := _PLACE.match(path))}
        self.assertGreater(len(rooms), 5)
        self.assertEqual(rooms - set(ROOMS), set())

    def test_include_only_what_stands_before_them(self):
        wrong = [f"{path}:{line}: {name}"
                 for path in sources.files("include/mailban", "src/core")
                 for line, name in sources.includes(sources.text(path)) if wrong_way(path, name)]
        self.assertEqual(wrong, [])

    def test_of_the_shell_know_no_command(self):
        wrong = [f"{path}:{line}: {name}" for path in sources.files("src/io")
                 for line, name in sources.includes(sources.text(path)) if name.startswith("cli/")]
        self.assertEqual(wrong, [])

    def test_would_be_caught_out_of_order(self):
        self.assertTrue(wrong_way("src/core/parse/exim.cpp", "mailban/detect/rule.h"))
        self.assertTrue(wrong_way("include/mailban/result.h", "mailban/net/prefix.h"))
        self.assertFalse(wrong_way("src/core/detect/window.cpp", "mailban/parse/event.h"))
        self.assertFalse(wrong_way("src/core/net/prefix.cpp", "mailban/result.h"))


if __name__ == "__main__":
    unittest.main()
