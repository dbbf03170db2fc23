"""The table of `reproduce`, as text and as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Any

from latentexplorer.cli.common import version
from latentexplorer.core.counting import amount_text

Result = dict[str, Any]
"""A row as `reproduce --json` prints it."""
LINE = "{:<34} {:<38} {:>9} {:>9} {:>19} {:<7} {:>8}  {}"
HEAD = ("name", "metric", "reported", "measured", "range", "", "time", "note")
DRAWN = "{:<34} {:>15} {:>9} {:>6} {:>9} {:>9}"
DRAWN_HEAD = ("Frechet distance from held-out", "reconstructions", "fitted", "times", "prior", "real")
SAMPLES = ("frechet_reconstructions", "frechet_fitted", "frechet_prior", "frechet_real")
"""What is told of a system's draws, as `evaluate` calls it."""
READ = (
    "fitted: draws near the codes, also in times of reconstructions; real: as many training images. Reconstructions "
    "are of those very held-out images and share their chance: draws are read above real, which none get below by "
    "more than chance. Of few images chance alone makes them many times as far: draws as good as reconstructions lie "
    "about as far as reconstructions and real together."
)


def text_line(result: Result) -> str:
    """A row as a line of text."""
    return LINE.format(*_cells(result), " ".join(_notes(result))).rstrip()


def text(results: Sequence[Result], *, finished: bool = False) -> str:
    """The whole table, and how many rows are as good as reported; with `finished` of those that were measured."""
    lines = [LINE.format(*HEAD), *map(text_line, _shown(results, finished)), summary(results)]
    if drawn := _drawn(results):
        lines += ["", *(DRAWN.format(*cells).rstrip() for cells in (DRAWN_HEAD, *drawn)), READ]
    return "\n".join(lines)


def markdown(results: Sequence[Result], *, finished: bool = False) -> str:
    """The same in Markdown, with what it was measured with."""
    head = ("name", "metric", "reported", "measured", "range", "verdict", "time", "note")
    shown = _shown(results, finished)
    rows = [head, ("---",) * len(head), *((*_cells(result), " ".join(_notes(result))) for result in shown)]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    lines = [*_table(rows), "", f"{summary(results)} latentexplorer {version()}; {machine}."]
    if drawn := _drawn(results):
        lines += ["", *_table([DRAWN_HEAD, ("---",) * len(DRAWN_HEAD), *drawn]), "", READ]
    return "\n".join(lines)


def _table(rows: Sequence[Sequence[object]]) -> list[str]:
    return ["| " + " | ".join(_escaped(str(cell)) for cell in row) + " |" for row in rows]


def _drawn(results: Sequence[Result]) -> list[tuple[str, ...]]:
    """What is told of the draws of each system, once for all of its rows."""
    lines: dict[str, tuple[str, ...]] = {}
    for result in results:
        found = result.get("samples") or {}
        ours, fitted, prior, real = (found.get(key) for key in SAMPLES)
        if fitted is not None:
            times = f"{fitted / ours:.1f}" if ours else "-"
            lines[title(result)] = (title(result), number(ours), number(fitted), times, number(prior), number(real))
    return list(lines.values())


def _shown(results: Sequence[Result], finished: bool) -> list[Result]:
    return [result for result in results if not finished or result["measured"] is not None]


def summary(results: Sequence[Result]) -> str:
    """How many rows are as good as reported, which are not, and which are still to be measured."""
    compared = [result for result in results if result["met"] is not None]
    worse = [title(result) for result in compared if not result["met"]]
    open_rows = [title(result) for result in results if result["measured"] is None]
    said = f"{len(compared) - len(worse)} of {len(compared)} rows are as good as reported or better"
    spread = sum(_equal(result) for result in compared)
    said += f", {spread} of them equal within the range that was measured." if spread else "."
    if worse:
        said += f" Not yet: {', '.join(dict.fromkeys(worse))}."
    if open_rows:
        said += f" Not measured: {', '.join(dict.fromkeys(open_rows))}."
    return said


def _equal(result: Result) -> bool:
    """Whether what was measured lies on both sides of what was reported: chance may have put its mean there."""
    spread = result.get("by_range_alone") or result.get("inside_range")
    return bool(result["met"] and spread and "accepted" not in result)


def title(result: Result) -> str:
    """What a row is called: its name, and the preset or the settings that tell it from others."""
    preset = result.get("preset") or ""
    beside = [preset] if preset and preset != result["name"] else []
    return " ".join([result["name"], *beside, *(change.removeprefix("model.") for change in result["settings"])])


def _cells(result: Result) -> tuple[str, ...]:
    verdict = {True: "better", False: "worse", None: "-"}[result["met"]]
    if _equal(result):
        verdict = "equal"
    if "accepted" in result and result["met"] is not None:
        verdict = "met" if result["met"] else "missed"
    several = result["range"] is not None and result["range"][0] < result["range"][1]
    spread = "{} .. {}".format(*map(number, result["range"])) if several else ""
    seconds = "" if result["seconds"] is None else f"{result['seconds']:.0f} s"
    metric = f"{result['metric']} ({result['kind']})"
    return (title(result), metric, number(result["reported"]), number(result["measured"]), spread, verdict, seconds)


def _notes(result: Result) -> list[str]:
    source = result.get("source")
    return [note for note in (result["note"], source and f"Source: {source}.") if note]


def number(value: float | None) -> str:
    """Four digits; whole parts are never cut."""
    if value is None:
        return "-"
    return f"{value:.2f}" if 100 <= abs(value) < 1000 else amount_text(value)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
