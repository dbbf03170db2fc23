"""`python -m tests.torture KIND --seed S --count N --minutes M`: exit code 1 when a wall broke."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

KINDS = {
    "kills": 200,
    "files": 10_000,
    "events": 20_000,
    "cycles": 100,
    "disk": 60,
    "follow": 20,
}
"""What there is, and how many of them are the full count."""


def main(argv: list[str] | None = None) -> int:
    """Torture, and print a line of what came out."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn")
    parser.add_argument("--count", type=int, help="how many; default: the full count")
    parser.add_argument("--first", type=int, default=0, help="the case to begin with, as a fault names it")
    parser.add_argument("--minutes", type=float, help="begin nothing more after so long")
    parser.add_argument("--stall", type=float, default=250.0, metavar="MS", help="own time of one pass of the window")
    given = parser.parse_args(argv)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from latentexplorer.core.garbage import keep_few_shapes

    from .common import Order, say

    # As the window does, which comes after torch here.
    keep_few_shapes()
    order = Order(given.kind, given.seed, given.count or KINDS[given.kind], given.first, given.minutes, given.stall)
    tally = importlib.import_module(f"tests.torture.{given.kind}").torture(order)
    say(tally.line())
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
