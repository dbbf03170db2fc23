"""What `sweep` prints: a table for a person, a document for a program."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from latentexplorer.views.sweep import Curve, Result, number_words
from latentexplorer.views.swept_runs import ACTIVE, BOUND, ERROR


def table(result: Result) -> list[str]:
    """Lines: each combination with mean and spread over its seeds, then what they say."""
    rows: dict[tuple[str, ...], list[str]] = {run.words: [] for run in result.runs}
    for panel in result.panels:
        cells = {
            runs[0].words: number_words(panel, float(mean), float(deviation))
            for curve in panel.curves
            for runs, mean, deviation in zip(curve.runs, curve.mean, curve.deviation, strict=True)
        }
        for words, row in rows.items():
            row.append(cells.get(words, "–"))
    counts = {words: sum(run.finished for run in result.runs if run.words == words) for words in rows}
    heads = [*result.keys, "runs", *(f"{panel.title}, {panel.unit}" for panel in result.panels)]
    lines = [heads, *([*words, str(counts[words]), *cells] for words, cells in rows.items())]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    aligned = ["  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)) for line in lines]
    return [*aligned, *(f"{text}." for text in (*result.findings, *(note.rstrip(".") for note in result.notes)))]


def as_json(result: Result, path: Path) -> dict[str, Any]:
    """The whole sweep, as `sweep --json` prints it. Numbers that are not known are null."""
    return {
        "sweep": str(path),
        "vary": list(result.keys),
        "runs": [
            {
                "run": str(run.path),
                "settings": dict(zip(result.keys, map(_plain, run.values), strict=True)),
                "seed": run.seed,
                "status": run.status,
                "problem": run.problem,
                **{name: _known(run.measures.get(name, math.nan)) for name in (BOUND, ERROR, ACTIVE)},
            }
            for run in result.runs
        ],
        "curves": [
            {
                "measure": panel.measure,
                "unit": panel.unit,
                "of": curve.name,
                "against": result.keys[result.axis],
                "values": [words for at, words in result.ticks if at in curve.x],
                "mean": list(map(_known, curve.mean.tolist())),
                "standard_deviation": list(map(_known, curve.deviation.tolist())),
                "range": [[low, high] for low, high in zip(curve.low.tolist(), curve.high.tolist(), strict=True)],
                "seeds": [len(runs) for runs in curve.runs],
                "knee": None if curve.knee.at is None else dict(result.ticks)[float(curve.x[curve.knee.at])],
                "knee_share": _known(curve.knee.share),
                "knee_between": _between(result, curve),
                "no_knee_because": curve.knee.why,
            }
            for panel in result.panels
            for curve in panel.curves
        ],
        "notes": list(result.notes),
    }


def _between(result: Result, curve: Curve) -> list[str] | None:
    """The values between which nine of ten redraws of a curve have their knee; None where that is not known."""
    if curve.knee.low < 0:
        return None
    words = dict(result.ticks)
    return [words[float(curve.x[end])] for end in (curve.knee.low, curve.knee.high)]


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
