"""What directions between groups ask of the window's threads: plain functions without Qt.

Those that take `emit` and `stop` last are jobs' work; the others are questions for the decoder's thread.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.paths import atomic_write
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Refused

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.runs.attributes import Attribute

Kept = tuple["Attribute", ...]


@dataclass(frozen=True)
class Groups:
    """What groups a run can have.

    Attributes
    ----------
    classes : tuple of str
    columns : tuple of str
        Of numbers.
    refused : str
        Why it has no directions at all; else "".
    """

    classes: tuple[str, ...]
    columns: tuple[str, ...]
    refused: str = ""


def groups_of(run: Trained) -> Groups:
    """A question: the classes and columns whose images make groups."""
    from latentexplorer.views.attribute_made import refuse_mixtures

    try:
        refuse_mixtures(run)
        labels = run.codes_of("train").labels
    except LatentExplorerError as error:
        return Groups((), (), Refused.of(error).text)
    present = () if labels is None else tuple(run.class_names[at] for at in np.unique(labels[labels >= 0]))
    columns = tuple(name for name, values in run.columns("train").items() if values.dtype.kind in "fiu")
    return Groups(present, columns)


def read_kept(run: Trained) -> tuple[Kept, str] | Refused:
    """A question: the directions that are kept with a run and the fingerprint of its model; or why they are not."""
    from latentexplorer.runs.attributes import fingerprint, read_attributes

    try:
        return tuple(read_attributes(run)), fingerprint(run)
    except LatentExplorerError as error:
        return Refused.of(error)


def model_of(run: Trained) -> str:
    """A question: the fingerprint of a run's model."""
    from latentexplorer.runs.attributes import fingerprint

    return fingerprint(run)


def write_kept(run: Trained, kept: Kept) -> str:
    """Keep directions with a run; what is wrong where that is not possible, else ""."""
    from latentexplorer.runs.attributes import write_attributes

    if run.path is None:
        return "this run has no folder"
    try:
        write_attributes(run, list(kept))
    except LatentExplorerError as error:
        return error.what
    return ""


class Keeping:
    """Writes directions, from whichever thread: what is older than what has been written already is not written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest = 0

    def write(self, number: int, run: Trained, kept: Kept) -> str:
        """A question: keep directions with a run; what is wrong where that is not possible, else "".

        Parameters
        ----------
        number : int
            Above 0; larger for what was asked later.
        """
        with self._lock:
            if number <= self._newest:
                return ""
            self._newest = number
            return write_kept(run, kept)


def make(run: Trained, from_group: str, to_group: str, emit: Report, stop: StopToken) -> Attribute | Refused:
    """A job: the direction from one group to another with its receipt, or why there is none."""
    from latentexplorer.views.attribute_made import made

    try:
        return made(run, run, from_group, to_group, emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)


def load(run: Trained, path: Path, emit: Report, stop: StopToken) -> Attribute | Refused:
    """A job: the direction in a file that somebody shared, or why it does not fit this run."""
    from latentexplorer.runs.attributes import read_shared, refuse_others

    try:
        attribute = read_shared(path)
        refuse_others(attribute, run)
    except LatentExplorerError as error:
        return Refused.of(error)
    return attribute


def save(attribute: Attribute, path: Path, emit: Report, stop: StopToken) -> Path:
    """A job: one direction in a file."""
    from latentexplorer.runs.attributes import shared

    atomic_write(path, shared(attribute))
    return path
