"""Which runs are listed, in which order and under which headings: plain functions of the runs and what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.gui.panes.runs.columns import COLUMNS, Column, data_words, searched

if TYPE_CHECKING:
    from latentexplorer.runs.listing import RunSummary


@dataclass(frozen=True)
class Heading:
    """A line above the runs of a group."""

    text: str
    count: int


def _no_group(run: RunSummary) -> str:
    return ""


def _model(run: RunSummary) -> str:
    return FAMILIES[run.family].title if run.family in FAMILIES else run.family


GROUPS: dict[str, Callable[[RunSummary], str]] = {"none": _no_group, "data": data_words, "model": _model}
UNREADABLE = "Cannot be read"


def arranged(
    runs: Iterable[RunSummary], words: str, column: Column, descending: bool, group: str
) -> list[RunSummary | Heading]:
    """The lines of the table.

    Parameters
    ----------
    words : str
        Each of them is part of what is known of a run that is listed.
    column : Column
        Sorted by its values; runs of which it knows none stand last in both orders. Values that cannot be compared
        stand in groups of their own.
    group : str
        One of `GROUPS`.
    """
    wanted = words.casefold().split()
    found = [run for run in runs if not wanted or all(word in searched(run) for word in wanted)]
    groups: dict[str, list[RunSummary]] = {}
    apart = column.kind if column.kind is not None and _kinds(found, column) > 1 else None
    for run in found:
        kind = apart(run) if apart is not None else ""
        # What can be compared has its images in it.
        names = [GROUPS[group](run) if not kind or group != "data" else "", kind]
        groups.setdefault(" · ".join(filter(None, names)), []).append(run)
    lines: list[RunSummary | Heading] = []
    # Damaged runs belong to no group: they come last.
    for name in sorted(groups, key=lambda name: (not name, name.casefold())):
        if group != "none" or apart is not None:
            lines.append(Heading(name or UNREADABLE, len(groups[name])))
        lines += in_order(groups[name], column, descending)
    return lines


def _kinds(runs: Iterable[RunSummary], column: Column) -> int:
    """How many kinds of values there are that cannot be compared with each other."""
    return len({column.kind(run) for run in runs if column.key(run) is not None}) if column.kind is not None else 1


def in_order(runs: Iterable[RunSummary], column: Column, descending: bool) -> list[RunSummary]:
    """Runs by the values of a column; what is unknown stands last, what is equal by date."""
    newest = sorted(runs, key=lambda run: -run.modified)
    known = [(key, run) for run in newest if (key := column.key(run)) is not None]
    unknown = [run for run in newest if column.key(run) is None]
    known.sort(key=lambda pair: pair[0], reverse=descending)
    return [*(run for _, run in known), *unknown]


def best_first(column: Column) -> bool:
    """Whether a first click on its title sorts it downwards: the newest, the longest."""
    return column.name in ("modified", "epochs", "seconds", "psnr", "ssim", "elbo", "log_p")


FIRST = next(column for column in COLUMNS if column.name == "modified")
