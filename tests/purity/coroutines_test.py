"""co_await only in the shell, and only with named arguments.

g++ 12 destroys the temporaries of an awaited call twice: a lambda, a braced list, a conditional. It
warns of nothing, so this looks for them.
"""

import re
import unittest

import sources

_AWAIT = re.compile(r"\bco_await\b")


def awaited(code):
    """(line, text) of every awaited expression, up to the end of its statement or bracket."""
    code = sources.without_comments(code)
    return [(code.count("\n", 0, one.start()) + 1, _expression(code, one.end()), _before(code, one))
            for one in _AWAIT.finditer(code)]


def _expression(code, begin):
    depth = 0
    for at in range(begin, len(code)):
        letter = code[at]
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        if depth < 0 or (depth == 0 and letter in ";,"):
            return code[begin:at]
    return code[begin:]


def _before(code, found):
    """The statement that leads up to it."""
    begin = max(code.rfind(mark, 0, found.start()) for mark in ";{}")
    return code[begin + 1:found.start()]


def is_dangerous(expression, before):
    """Whether an awaited expression makes a temporary that g++ 12 destroys twice."""
    if "{" in expression or re.search(r"\[[^\]]*\]\s*\(", expression):
        return True
    conditional = re.search(r"\?[^;]*$", before)
    return bool(conditional) or re.search(r"\?.*:", expression, re.DOTALL) is not None


def dangers(code):
    """(line, expression) of what is dangerous in this code."""
    return [(line, " ".join(expression.split())) for line, expression, before in awaited(code)
            if is_dangerous(expression, before)]


class Coroutines(unittest.TestCase):

    def test_are_in_the_shell_alone(self):
        wrong = [f"{path}:{line}: {said}"
                 for path in sources.files("include", "src/core", "src/cli")
                 for line, said in sources.matches(sources.text(path), r"\bco_(await|return|yield)\b")]
        self.assertEqual(wrong, [])

    def test_await_calls_with_named_arguments(self):
        files = sources.files("src/io", "tests")
        self.assertGreater(sum(len(awaited(sources.text(path))) for path in files), 5)
        wrong = [f"{path}:{line}: co_await {said}" for path in files
                 for line, said in dangers(sources.text(path))]
        self.assertEqual(wrong, [])

    def test_reach_asio_by_one_door(self):
        wrong = [f"{path}:{line}: {name}" for path in sources.files("include", "src")
                 for line, name in sources.includes(sources.text(path))
                 if name.startswith("boost/asio") and path != "src/io/asio.h"]
        self.assertEqual([one for one in wrong if "/experimental/" not in one], [])

    def test_wait_for_threads_by_a_worker_alone(self):
        # A thread that a suspended coroutine owns outlives the context that it comes back to.
        holders = [path for path in sources.files("include", "src")
                   if list(sources.matches(sources.text(path), r"\bthread_pool\b"))]
        self.assertEqual(holders, ["src/io/worker.cpp", "src/io/worker.h"])

    def test_would_be_caught_with_temporaries(self):
        for code in ("co_await f([p]{ return p; });", "co_await f({p, 1});",
                     "co_await f(Options{.a = p});", "x = c ? co_await f(p) : q;",
                     "co_await f(c ? p : q);", "co_await f([](int a) -> int { return a; });"):
            self.assertEqual(len(dangers(code)), 1, code)
        for code in ("co_await f(p, std::move(q));", "if (ok) { co_await f(std::string(p)); }",
                     "const auto [ec, n] = co_await f(p);", "// co_await f({p})",
                     "co_await (f(p) || g(q));", "co_await list_[i].f(p);",
                     "const int a = c ? 1 : 2; co_await f(a);"):
            self.assertEqual(dangers(code), [], code)


if __name__ == "__main__":
    unittest.main()
