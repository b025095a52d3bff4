"""What guessing costs: every strategy for a day against the shipped rules, with customers around it."""

import concurrent.futures
import gc
import os
import sys
import unittest

import hiding
import knowing

STRATEGIES = [*hiding.STRATEGIES, *knowing.STRATEGIES]
HEAD = f"\n{'strategy':<52}{'needs':<28}{'before, a day':>18}{'now, a day':>20}{'bound':>8}\n"


def row_of(strategy, played):
    """One line of the table."""
    bound = "-" if strategy.bound is None else f"{strategy.bound:,}"
    count = "failed"
    if not played.exception():
        outcome = played.result()
        count = f"{outcome.a_day():,}" if outcome.is_limited else f"{outcome.a_day():,} (no end)"
    row = f"{strategy.name:<52}{strategy.needs:<28}{strategy.before:>18}{count:>20}{bound:>8}"
    return f"{row}\n    {strategy.residue}" if strategy.residue else row


class Guessing(unittest.TestCase):
    """One strategy a subtest; the table comes at the end."""

    @classmethod
    def setUpClass(cls):
        wanted = os.environ.get("STRATEGY", "")
        # Days of lines are made and none goes round in a circle: looking for garbage was a third of the time.
        gc.disable()
        cls.addClassCleanup(gc.enable)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
            cls.played = [(one, threads.submit(one.cost)) for one in STRATEGIES if wanted in one.name]

    @classmethod
    def tearDownClass(cls):
        sys.stderr.write(HEAD + "\n".join(row_of(*one) for one in cls.played) + "\n")

    def test_stays_within_its_bound(self):
        for strategy, played in self.played:
            with self.subTest(strategy.name):
                outcome = played.result()
                if strategy.bound is not None:
                    self.assertLessEqual(outcome.a_day(), strategy.bound)

    def test_costs_no_customer_anything(self):
        for strategy, played in self.played:
            with self.subTest(strategy.name):
                self.assertEqual(played.result().customers_banned, [])


if __name__ == "__main__":
    unittest.main()
