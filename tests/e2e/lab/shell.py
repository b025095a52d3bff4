"""Programs and waiting, both with a limit."""

import os
import subprocess
import time


class CommandFailed(Exception):
    """A program ended with an error; the text says which, and what it printed."""


def run(*argv, timeout=60, check=True, stdin=None):
    """Runs a program to its end and returns what it printed on standard output."""
    done = outcome(*argv, timeout=timeout, stdin=stdin)
    if check and done.returncode != 0:
        raise CommandFailed(f"{' '.join(argv)} ended with {done.returncode}:\n"
                            f"{done.stdout}{done.stderr}")
    return done.stdout


def outcome(*argv, timeout=60, stdin=None):
    """Runs a program to its end; the caller looks at its exit code and both its outputs."""
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=timeout,
                          check=False, stdin=subprocess.DEVNULL if stdin is None else None)


def start(*argv, log, **more):
    """Starts a program in the background; whatever it prints goes to the file `log`."""
    with open(log, "ab") as out:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **more)


def stop(process, seconds=10):
    """Ends a program by SIGTERM, and by SIGKILL if it does not mind; returns its exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait(seconds)


def cpu_seconds(pid):
    """User and system time of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return [int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:13]]


def wait_until(condition, what, seconds=10, every=0.02):
    """Returns the first true answer of `condition`; none in time is an AssertionError.

    The longer it has waited, the less often it asks, so it is at most a tenth too late: the stories beside it
    need the processor.
    """
    began = time.monotonic()
    while True:
        answer = condition()
        if answer:
            return answer
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"within {seconds} s it did not come about that {what}")
        time.sleep(max(every, waited / 10))
