"""Habits that no compiler holds: ownership, no shell, short files, a project that names only itself."""

import re
import unittest

import sources

LONGEST_FILE = 430

# What no code of this project does, and what it does instead.
FORBIDDEN = {
    r"\bnew\s+[A-Za-z_(:]": "values, containers, make_unique",
    r"(?<!=)(?<!= )\bdelete\b(?!\s*[;,)])": "values, containers, unique_ptr",
    r"\bstd::regex\b": "a parser of the fixed structure",
    r"\b(system|popen)\s*\(": "an argument vector",
    r"\busing namespace std\b": "names in full",
}
SLEEP = r"\bu?sleep(_for|_until)?\s*\("
# A command's options outlive the function that declares them; CLI11 has no other owner for them.
SHARED = r"\b(shared_ptr|make_shared)\b"


def offences(code, pattern):
    """(line number, line) of what breaks a habit."""
    return sources.matches(code, pattern)


class TheCode(unittest.TestCase):

    def test_keeps_to_its_habits(self):
        wrong = [f"{path}:{line}: {said} (rather: {instead})"
                 for path in sources.files("include", "src")
                 for pattern, instead in FORBIDDEN.items()
                 for line, said in offences(sources.text(path), pattern)]
        self.assertEqual(wrong, [])

    def test_shares_no_ownership(self):
        wrong = [f"{path}:{line}: {said}"
                 for path in sources.files("include", "src/core", "src/io")
                 for line, said in offences(sources.text(path), SHARED)]
        self.assertEqual(wrong, [])

    def test_waits_for_nothing_by_sleeping(self):
        # `status --watch` may: it has nothing else to do.
        wrong = [f"{path}:{line}: {said}"
                 for path in sources.files("include", "src/core", "src/io", "tests")
                 for line, said in offences(sources.text(path), SLEEP)]
        self.assertEqual(wrong, [])

    def test_would_be_caught_breaking_them(self):
        for code in ("auto* p = new Widget;", "delete p;x", "std::regex r;", "system(line);",
                     "popen (c);", "std::this_thread::sleep_for(1s);", "delete[] many;", "new (at) T;"):
            self.assertTrue(any(offences(code, pattern) for pattern in (*FORBIDDEN, SLEEP)), code)
        for code in ("Ban(const Ban&) = delete;", 'say("a new day");', "// new Widget", "renew(a);",
                     "file_system(x);"):
            self.assertFalse(any(offences(code, pattern) for pattern in FORBIDDEN), code)

    def test_tests_are_all_awake(self):
        wrong = [f"{path}:{line}: {said}" for path in sources.files("tests")
                 for line, said in offences(sources.text(path), r"\bDISABLED_|\bGTEST_SKIP\b")]
        self.assertEqual(wrong, [])


class TheFiles(unittest.TestCase):

    def test_are_short(self):
        long = [f"{path}: {count} lines"
                for path in sources.files("include", "src", "tests", ends=(".cpp", ".h", ".py"))
                if (count := sources.text(path).count("\n")) > LONGEST_FILE]
        self.assertEqual(long, [])

    def test_name_nothing_outside_the_project(self):
        # Put together here, so that this file does not name them either.
        places = ["/" + "work/", "/" + "tmp/wt", "shared" + "/corpus", "shared" + "/design",
                  "/" + "root/"]
        pattern = re.compile("|".join(map(re.escape, places)))
        wrong = []
        for path in sources.belonging():
            try:
                content = sources.text(path)
            except UnicodeDecodeError:
                continue
            wrong += [f"{path}:{number}: {line.strip()[:100]}"
                      for number, line in enumerate(content.splitlines(), 1) if pattern.search(line)]
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
