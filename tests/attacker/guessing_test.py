"""What guessing costs: every strategy for a day against the shipped rules, with customers around it."""

import concurrent.futures
import os
import sys
import unittest

import hiding
import knowing

STRATEGIES = [*hiding.STRATEGIES, *knowing.STRATEGIES]


def row_of(strategy, outcome):
    """One line of the table."""
    count = f"{outcome.a_day():,}" if outcome.is_limited else f"{outcome.a_day():,} (no end)"
    bound = "-" if strategy.bound is None else f"{strategy.bound:,}"
    return f"{strategy.name:<52}{strategy.needs:<32}{strategy.before:>20}{count:>22}{bound:>8}"


class Guessing(unittest.TestCase):
    """One strategy a subtest; the table comes at the end."""

    @classmethod
    def setUpClass(cls):
        wanted = os.environ.get("STRATEGY", "")
        chosen = [one for one in STRATEGIES if wanted in one.name]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
            cls.outcomes = list(zip(chosen, threads.map(lambda one: one.cost(), chosen)))

    @classmethod
    def tearDownClass(cls):
        head = f"\n{'strategy':<52}{'needs':<32}{'before, a day':>20}{'now, a day':>22}{'bound':>8}\n"
        rows = [row_of(strategy, outcome) + (f"\n    {strategy.residue}" if strategy.residue else "")
                for strategy, outcome in cls.outcomes]
        sys.stderr.write(head + "\n".join(rows) + "\n")

    def test_stays_within_its_bound(self):
        for strategy, outcome in self.outcomes:
            with self.subTest(strategy.name):
                if strategy.bound is not None:
                    self.assertLessEqual(outcome.a_day(), strategy.bound)

    def test_costs_no_customer_anything(self):
        for strategy, outcome in self.outcomes:
            with self.subTest(strategy.name):
                self.assertEqual(outcome.customers_banned, [])


if __name__ == "__main__":
    unittest.main()
