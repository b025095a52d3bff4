#!/usr/bin/env python3
"""How many instructions a line of an old log costs, and that it does not become more.

    instructions.py MAILBAN COMPILER          compares with the baseline; exit code 1: more than 5 % worse
    instructions.py MAILBAN COMPILER --store  writes the baseline, instructions.json

callgrind counts them (valgrind), so that nothing else on the machine matters. COMPILER is a file that names the
compiler and its flags: figures of another one are no baseline, and then nothing is compared (exit code 77: the test is skipped). The
start of the program, measured with an empty log, does not count. The worst functions are printed where it fails.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import old_logs

LINES = 20_000
WORSE = 1.05
SKIPPED = 77
BASELINE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "instructions.json")


def count(mailban, log, out):
    """Instructions of one whole scan; the profile is left in the file `out`.

    On one processor: how two threads wait for each other is not the same each time.
    """
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", mailban, "scan", "--json", log],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True, timeout=300,
                          preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
                          env={**os.environ, "LC_ALL": "C", "TZ": "UTC"})
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def measure(mailban, folder):
    """Instructions a line, by the log's kind."""
    empty = os.path.join(folder, "empty.log")
    with open(empty, "wb"):
        pass
    start = count(mailban, empty, os.path.join(folder, "start.out"))
    paths = old_logs.write_logs(folder, LINES)
    return {kind: (count(mailban, path, os.path.join(folder, kind + ".out")) - start) // LINES
            for kind, path in paths.items()}


def print_worst(folder, kind):
    """The functions that cost most."""
    done = subprocess.run(["callgrind_annotate", os.path.join(folder, kind + ".out")], capture_output=True, text=True,
                          check=False)
    print("\n".join(done.stdout.splitlines()[:50]))


def main(mailban, compiler, store):
    """The exit code."""
    if not shutil.which("valgrind"):
        print("there is no valgrind")
        return SKIPPED
    with open(compiler, encoding="ascii") as file:
        compiler = file.read().strip()
    with open(BASELINE, encoding="ascii") as file:
        baseline = json.load(file)
    with tempfile.TemporaryDirectory() as folder:
        counted = measure(mailban, folder)
        print(f"instructions a line, {compiler}: {counted}")
        if store:
            baseline[compiler] = counted
            with open(BASELINE, "w", encoding="ascii") as file:
                json.dump(baseline, file, indent=4)
                file.write("\n")
            return 0
        if compiler not in baseline:
            print(f"no baseline of this compiler; there are those of {', '.join(baseline)}")
            return SKIPPED
        print(f"baseline: {baseline[compiler]}")
        worse = [kind for kind, lines in counted.items() if lines > WORSE * baseline[compiler][kind]]
        for kind in worse:
            print(f"\n{kind}: {counted[kind]} instead of {baseline[compiler][kind]}")
            print_worst(folder, kind)
        return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], "--store" in sys.argv))
