"""The project's own files, as the purity tests read them."""

import os
import re
import subprocess

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
CPP = (".cpp", ".h")

_TOKEN = re.compile(r"""
      (?P<comment>//[^\n]*|/\*.*?\*/)
    | R"(?P<mark>[^()\s]*)\(.*?\)(?P=mark)"
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9A-Za-z])'(?:\\.|[^'\\\n])+'
    """, re.VERBOSE | re.DOTALL)


def files(*folders, ends=CPP):
    """Paths, relative to the project, of what is below `folders` and ends so; sorted."""
    found = []
    for folder in folders:
        for where, below, names in os.walk(os.path.join(ROOT, folder)):
            below[:] = [one for one in below if one not in ("build", ".git", "__pycache__")]
            found += [os.path.relpath(os.path.join(where, name), ROOT)
                      for name in names if name.endswith(ends)]
    return sorted(found)


def belonging():
    """Every file that belongs to the project: what git knows of, or else whatever lies here."""
    listed = subprocess.run(("git", "-C", ROOT, "ls-files", "--cached", "--others",
                             "--exclude-standard"), capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        return files(".", ends="")
    return [one for one in listed.stdout.splitlines() if os.path.isfile(os.path.join(ROOT, one))]


def text(path):
    """The content of one file, given relative to the project."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def without_comments(code):
    """The code with comments and the insides of literals blanked; line numbers stay true."""
    def blank(match):
        newlines = "\n" * match[0].count("\n")
        return newlines if match["comment"] else '""' + newlines
    return _TOKEN.sub(blank, code)


def matches(code, pattern):
    """(line number, line) of everything in the code proper that fits the regular expression."""
    found = []
    for number, line in enumerate(without_comments(code).splitlines(), 1):
        if re.search(pattern, line):
            found.append((number, line.strip()))
    return found


def includes(code):
    """What a file includes, without its quotes or angle brackets, with line numbers."""
    pattern = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
    return [(code.count("\n", 0, one.start()) + 1, one[1]) for one in pattern.finditer(code)]
