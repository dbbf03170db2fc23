"""What a person has chosen: images, the two anchors of the interpolation, runs to compare."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from latentexplorer.views.base import Array
from latentexplorer.views.code import Code


class Selection(QObject):
    """What a person has chosen; panes draw it, whoever chose it.

    Attributes
    ----------
    images : (part, ndarray of positions)
        Selected images.
    new : tuple of Code
        The codes of selected images that are none of the data; then there are no others.
    anchors : dict "A", "B" -> Code or None
    compared : tuple of Path
        Runs that are set beside each other.
    with_open : bool
        Whether they are set beside the open one.

    Signals
    -------
    images_changed, anchors_changed, compared_changed : ()
    images_wanted : ()
        Somebody wants to see the selected images.
    """

    images_changed = Signal()
    images_wanted = Signal()
    anchors_changed = Signal()
    compared_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.compared: tuple[Path, ...] = ()
        self.with_open = True
        self.clear()

    def clear(self) -> None:
        """Another run is open: its images and codes are others. `announce` follows, when whoever listens knows."""
        self.images: tuple[str, Array] = ("train", np.zeros(0, dtype=np.int64))
        self.new: tuple[Code, ...] = ()
        self.anchors: dict[str, Code | None] = {"A": None, "B": None}

    def announce(self) -> None:
        """Say that images and anchors are no longer what they were."""
        self.images_changed.emit()
        self.anchors_changed.emit()

    def select(self, part: str, indices: npt.ArrayLike) -> None:
        """Select images by position in a part of the data."""
        self.images = (part, np.unique(np.asarray(indices, dtype=np.int64)))
        self.new = ()
        self.images_changed.emit()

    def select_new(self, codes: Iterable[Code]) -> None:
        """Select images that are none of the data, by their codes."""
        self.images = (self.images[0], np.zeros(0, dtype=np.int64))
        self.new = tuple(codes)
        self.images_changed.emit()

    def set_anchor(self, which: str, code: Code | None) -> None:
        """Make a code anchor "A" or "B"."""
        self.anchors = {**self.anchors, which: code}
        self.anchors_changed.emit()

    def swap_anchors(self) -> None:
        """A becomes B and B becomes A."""
        self.anchors = {"A": self.anchors["B"], "B": self.anchors["A"]}
        self.anchors_changed.emit()

    def compare(self, paths: Iterable[Path], with_open: bool = True) -> None:
        """Set runs beside each other; with the open one their loss curves are drawn beside its own, too."""
        chosen = tuple(dict.fromkeys(paths))
        if (chosen, with_open) != (self.compared, self.with_open):
            self.compared, self.with_open = chosen, with_open
            self.compared_changed.emit()

    @property
    def beside_open(self) -> tuple[Path, ...]:
        """Those that are set beside the open one."""
        return self.compared if self.with_open else ()

    def relocate(self, old: Path, new: Path | None) -> None:
        """The folder of a run has got another name (None: it is gone)."""
        renamed = [new if path == old else path for path in self.compared]
        self.compare((path for path in renamed if path is not None), self.with_open)
