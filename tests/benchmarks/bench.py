"""What all benchmarks share: works taken in turn, medians, rows, the table, the machine, the data.

A benchmark is a function from `Options` to rows. It runs ours and the baseline alternately in one process, prints a
table (`--json`: a list of rows) on stdout and what it is doing on stderr.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

Work = Callable[[], Any]


@dataclass
class Row:
    """One line of the table.

    Attributes
    ----------
    name, unit : str
        What was measured, and the unit of `ours` and `baseline`.
    ours, baseline, ratio : float or None
        Medians; `ratio` above 1 is better. None: not measured, or nothing to compare with.
    goal : str
        "" for a row that only informs.
    met : bool or None
        None where there is no goal or nothing was measured.
    note : str
        How it was measured, and whatever else was.
    """

    name: str
    unit: str = ""
    ours: float | None = None
    baseline: float | None = None
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    note: str = ""


@dataclass
class Options:
    """What the command line asked for.

    Attributes
    ----------
    quick : bool
        Tiny sizes: tells whether the scripts work, and nothing about speed.
    repeats : int
    home : Path
        A folder of its own, deleted at the end.
    extra : namespace
        Options of the one script.
    """

    quick: bool
    repeats: int
    home: Path
    extra: argparse.Namespace = field(default_factory=argparse.Namespace)

    @property
    def data_root(self) -> str:
        """Folder of the published sets, as a text for a configuration."""
        return str(data_root())

    def pick(self, usual: Any, quick: Any) -> Any:
        """One of two sizes."""
        return quick if self.quick else usual


# -- works in turn ----------------------------------------------------------------------------------------------------


def alternate(repeats: int, *works: Work, what: str = "") -> list[list[Any]]:
    """Run works in turn `repeats` times, every other time in the opposite order, and return what each returned.

    A drift of the machine then meets all of them alike.
    """
    results: list[list[Any]] = [[] for _ in works]
    for repeat in range(repeats):
        numbers = range(len(works)) if repeat % 2 == 0 else reversed(range(len(works)))
        for number in numbers:
            gc.collect()
            results[number].append(works[number]())
        say(f"{what or 'measured'} {repeat + 1} of {repeats}")
    return results


def seconds(work: Work) -> float:
    """Wall time of a call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def median(values: Sequence[float]) -> float:
    """The median."""
    return float(statistics.median(values))


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` percent lie: the smallest with at least so many at or below it."""
    ordered = sorted(values)
    at = max(0, min(len(ordered) - 1, -(-len(ordered) * part // 100) - 1))
    return float(ordered[int(at)])


def spread(ours: Sequence[float], baseline: Sequence[float]) -> str:
    """ "pairs 1.9 to 2.3": the ratios of neighbours in time."""
    pairs = sorted(one / other for one, other in zip(ours, baseline, strict=True))
    return f"pairs {pairs[0]:.3g} to {pairs[-1]:.3g}"


def rate_row(name: str, unit: str, ours: Sequence[float], baseline: Sequence[float], goal: float, note: str) -> Row:
    """A row of two speeds: the larger the better."""
    mine, theirs = median(ours), median(baseline)
    ratio = mine / theirs
    return Row(
        name,
        unit,
        mine,
        theirs,
        ratio,
        f"{goal:g}x" if goal else "",
        ratio >= goal if goal else None,
        f"{spread(ours, baseline)}; {note}",
    )


def time_row(name: str, unit: str, ours: Sequence[float], baseline: Sequence[float], goal: float, note: str) -> Row:
    """A row of two times: the smaller the better; the ratio is how many times as fast ours is."""
    mine, theirs = median(ours), median(baseline)
    ratio = theirs / mine
    return Row(
        name,
        unit,
        mine,
        theirs,
        ratio,
        f"{goal:g}x" if goal else "",
        ratio >= goal if goal else None,
        f"{spread(baseline, ours)}; {note}",
    )


def limit_row(name: str, unit: str, value: float, limit: float, note: str = "", *, at_least: bool = False) -> Row:
    """A row of one number with a limit of its own and no baseline."""
    met = value >= limit if at_least else value <= limit
    return Row(name, unit, value, goal=f"{'at least' if at_least else 'at most'} {limit:g} {unit}", met=met, note=note)


# -- the machine ------------------------------------------------------------------------------------------------------


def machine(load_before: float) -> str:
    """Cores, load, torch, device and threads, in one line."""
    import torch

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return (
        f"{cores()} cores ({platform.machine()}), load {load_before:.2f} before and {load():.2f} after, "
        f"Python {platform.python_version()}, torch {importlib.metadata.version('torch')}, {device}, "
        f"{torch.get_num_threads()} threads"
    )


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> float:
    """Processes that were busy over the last minute; NaN where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


@contextmanager
def one_core_busy(wanted: bool = True) -> Iterator[None]:
    """Another process that computes without a pause, as a browser or a video call does."""
    if not wanted:
        yield
        return
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


# -- the data ---------------------------------------------------------------------------------------------------------


def data_root() -> Path:
    """Folder of the published image sets: `LATENTEXPLORER_DATA`, else `shared/data` beside the project."""
    chosen = os.environ.get("LATENTEXPLORER_DATA")
    folder = Path(chosen) if chosen else ROOT.parent / "shared" / "data"
    if not (folder / "FashionMNIST").is_dir():
        raise SystemExit(f"The published image sets are not at {folder}; set LATENTEXPLORER_DATA to their folder")
    return folder


# -- the program ------------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    """What is being done, for whoever waits."""
    print(f"  {text}", file=sys.stderr, flush=True)


def run(
    description: str | None,
    measure: Callable[[Options], list[Row]],
    add: Callable[[argparse.ArgumentParser], None] | None = None,
) -> int:
    """The program of one benchmark: read the command line, measure, print.

    Parameters
    ----------
    description : str or None
        The module's docstring.
    measure : callable
    add : callable or None
        Adds options of its own to the parser.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser)
    if add is not None:
        add(parser)
    arguments = parser.parse_args()
    before = load()
    with tempfile.TemporaryDirectory(prefix="latentexplorer-benchmark-") as home:
        # Runs, settings and cache of the person stay untouched.
        os.environ["LATENTEXPLORER_HOME"] = home
        options = Options(arguments.quick, arguments.repeats or (1 if arguments.quick else 5), Path(home), arguments)
        rows = measure(options)
        where = machine(before)
        if arguments.quick:
            where = f"QUICK: the numbers mean nothing. {where}"
            for row in rows:
                row.met = None
        show(rows, where, as_json=arguments.json)
    return 0


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options that every benchmark has."""
    parser.add_argument("--json", action="store_true", help="print a list of rows as JSON")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, only to see that the script works")
    parser.add_argument("--repeats", type=int, metavar="N", help="how often each is measured (default 5; quick: 1)")


def show(rows: Sequence[Row], where: str, *, as_json: bool) -> None:
    """Print rows as a table, or as JSON."""
    if as_json:
        print(json.dumps([finite(asdict(row)) | {"machine": where} for row in rows], indent=2))
        return
    print(where)
    print(table(rows))


def table(rows: Sequence[Row]) -> str:
    """Rows as text: the numbers in columns, the notes below."""
    head = ("row", "ours", "baseline", "ratio", "goal", "reached")
    cells = [
        (
            row.name,
            number(row.ours, row.unit),
            number(row.baseline, row.unit),
            number(row.ratio, "x"),
            row.goal or "-",
            {True: "yes", False: "no", None: "-"}[row.met],
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in [head, *cells]) for column in range(len(head))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in [head, *cells]]
    lines.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"{row.name}: {row.note}" for row in rows if row.note]
    return "\n".join([*(line.rstrip() for line in lines), "", *notes])


def number(value: float | None, unit: str) -> str:
    """A number with its unit, "-" where there is none."""
    if value is None or value != value:
        return "-"
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return text + unit if unit == "x" else f"{text} {unit}".rstrip()


def finite(values: dict[str, Any]) -> dict[str, Any]:
    """NaN and infinity, which JSON does not have, as null."""
    return {
        key: None if isinstance(value, float) and not abs(value) < float("inf") else value
        for key, value in values.items()
    }
