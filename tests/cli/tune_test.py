"""`mailban tune`: what it proposes is what it says it is."""

import html.parser
import json
import pathlib
import random
import tempfile
import unittest

from lines import exim_failure, exim_login, mailban, property_seed

BEGIN = 1793491200  # 2026-11-01
DAY = 86400
MISTAKES = 5  # of a customer at most


def ten_days(seed):
    """Customers who log in after some mistakes, and attackers who guess on."""
    chance = random.Random(seed)
    port = iter(range(1024, 65000))
    told = []
    for number in range(60):
        at = BEGIN + chance.random() * 9 * DAY
        ip, account = f"100.64.0.{number}", f"customer{number}@example.com"
        for attempt in range(MISTAKES if number == 0 else chance.randrange(MISTAKES)):
            told.append((at + attempt, exim_failure(at + attempt, ip, account, next(port))))
        told.append((at + 30, exim_login(at + 30, ip, account, next(port))))
    for number in range(40):
        at = BEGIN + DAY + chance.random() * 8 * DAY
        for attempt in range(40):
            told.append((at + attempt * 20, exim_failure(at + attempt * 20, f"198.51.100.{number}",
                                                         f"name{chance.randrange(9)}", next(port))))
    told.append((BEGIN, exim_login(BEGIN, "100.64.1.1", "first@example.com", next(port))))
    told.append((BEGIN + 10 * DAY, exim_login(BEGIN + 10 * DAY, "100.64.1.1", "first@example.com", 1)))
    return "".join(line for _, line in sorted(told))


class Page(html.parser.HTMLParser):
    """What a page is made of, and what it would fetch or run."""

    VOID = {"meta", "rect", "line"}

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.outside, self.text = [], [], [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.outside += [(tag, name) for name, value in attributes
                         if name in ("src", "href", "srcset", "data") or name.startswith("on")
                         or "://" in (value or "")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and tag not in self.VOID:
            assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text += data


class ATuning(unittest.TestCase):

    def setUp(self):
        self.seed = property_seed()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "mainlog"
        self.log.write_text(ten_days(self.seed), encoding="ascii")

    def tuned(self):
        outcome = mailban("tune", "--json", self.log)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)

    def test_proposes_rules_under_which_a_replay_does_what_it_said(self):
        told = self.tuned()
        self.assertEqual((told["evidence"], told["customers"], told["suspects"]), ("enough", 61, []))
        guessing = told["rules"][0]
        self.assertEqual(guessing["rule"], "password-guessing")
        for point in guessing["limits"]:
            self.assertEqual(point["customers"] > 0, point["limit"] <= MISTAKES, point)
        self.assertEqual(guessing["proposal"]["limit"], 7)  # six spares them, and one more
        proposal = self.folder / "proposal.yaml"
        proposal.write_text(told["yaml"], encoding="utf-8")
        outcome = mailban("replay", "--json", "--config", proposal, "--compare", proposal, self.log)
        replayed = json.loads(outcome.stdout)["configurations"][0]
        self.assertEqual({name: replayed[name] for name in ("bans", "prefixes", "guesses_passed", "guesses_blocked")},
                         {name: told["proposed"][name] for name in ("bans", "prefixes", "guesses_passed", "guesses_blocked")})
        self.assertEqual((told["proposed"]["customers"], replayed["customers_banned"]), (0, 0))

    def test_shows_the_same_to_people_and_the_rules_to_paste(self):
        told = self.tuned()
        shown = mailban("tune", self.log).stdout.decode()
        self.assertIn("61 customers", shown)
        self.assertIn("\n" + told["yaml"], shown)
        self.assertIn("█", shown)
        self.assertIn("#", mailban("tune", self.log, LC_ALL="C").stdout.decode("ascii"))

    def test_writes_a_page_that_needs_nothing_else(self):
        told = self.tuned()
        path = self.folder / "out.html"
        self.assertEqual(mailban("tune", "--html", path, self.log).returncode, 0)
        text = path.read_text("utf-8")
        page = Page()
        page.feed(text)
        self.assertEqual((page.open, page.outside), ([], []))
        self.assertEqual({"script", "link", "img", "iframe", "object", "embed"} & set(page.tags), set())
        self.assertNotIn("@import", text)
        self.assertNotIn("url(", text)
        self.assertIn("prefers-color-scheme: dark", text)
        self.assertEqual(page.tags.count("svg"), 4)
        self.assertIn(told["yaml"], page.text)

    def test_says_that_it_cannot_tell_customers_where_none_logs_in(self):
        self.log.write_text("".join(line for line in self.log.read_text("ascii").splitlines(True)
                                    if "535 Incorrect" in line), encoding="ascii")
        told = self.tuned()
        self.assertEqual(told["evidence"], "no logins")
        self.assertTrue(all(rule["proposal"] is None for rule in told["rules"]))
        shown = mailban("tune", self.log).stdout.decode()
        self.assertIn("customers and attackers look the same", shown)
        self.assertNotIn("rules:\n", shown)

    def test_shows_no_tables_for_a_handful_of_lines(self):
        self.log.write_text("".join(self.log.read_text("ascii").splitlines(True)[:6]), encoding="ascii")
        shown = mailban("tune", self.log).stdout.decode()
        self.assertIn("That is not enough to judge limits", shown)
        self.assertLess(len(shown.splitlines()), 8, shown)

    def test_makes_nothing_stricter_for_one_day_of_logs(self):
        first = self.log.read_text("ascii").splitlines(True)
        self.log.write_text("".join(line for line in first if line.startswith("2026-11-03")), encoding="ascii")
        told = self.tuned()
        self.assertEqual(told["evidence"], "little")
        for rule in told["rules"]:
            if rule["proposal"]:
                self.assertGreaterEqual(rule["proposal"]["limit"], rule["limit"])
        self.assertIn("no limit is made stricter", mailban("tune", self.log).stdout.decode())


if __name__ == "__main__":
    unittest.main()
