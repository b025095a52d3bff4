"""What a story that draws lots starts from, as tests/seed.h has it for tests: the same at each run, and
printed. MAILBAN_PROPERTY_SEED chooses another one; `fresh` draws a new one."""

import os
import random


def property_seed(usual=20261129):
    chosen = os.environ.get("MAILBAN_PROPERTY_SEED") or str(usual)
    seed = random.randrange(2**32) if chosen == "fresh" else int(chosen)
    print(f"MAILBAN_PROPERTY_SEED={seed}", flush=True)
    return seed
