"""What a person has chosen: images, the two anchors of the interpolation, runs to compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from latentexplorer.gui.session.undo import changed
from latentexplorer.views.base import Array, count_text
from latentexplorer.views.code import Code, code_now

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

Chosen = tuple[tuple[str, Array], tuple[Code, ...]]
Anchors = dict[str, Code | None]


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
    brought_back : ()
        New images are selected again that were before: the run may have become another since.
    by_person : (Change)
    """

    images_changed = Signal()
    images_wanted = Signal()
    anchors_changed = Signal()
    compared_changed = Signal()
    brought_back = Signal()
    by_person = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.compared: tuple[Path, ...] = ()
        self.with_open = True
        self.clear(None)

    def clear(self, run: Trained | None) -> None:
        """Another run is open: its images and codes are others. `announce` follows, when whoever listens knows."""
        self._run = run
        self.images: tuple[str, Array] = ("train", np.zeros(0, dtype=np.int64))
        self.new: tuple[Code, ...] = ()
        self.anchors: Anchors = {"A": None, "B": None}

    def follow(self, run: Trained) -> None:
        """A newer state of the same run."""
        self._run = run

    def announce(self) -> None:
        """Say that images and anchors are no longer what they were."""
        self.images_changed.emit()
        self.anchors_changed.emit()

    # -- images ----------------------------------------------------------------------------------------------------

    def select(self, part: str, indices: npt.ArrayLike) -> None:
        """Select images by position in a part of the data."""
        index = np.unique(np.asarray(indices, dtype=np.int64))
        what = f"selecting {count_text(len(index), 'image')}" if len(index) else "clearing the selection"
        self._choose(((part, index), ()), what)

    def select_new(self, codes: Iterable[Code], gesture: str = "") -> None:
        """Select images that are none of the data, by their codes; `gesture`: what that is the end of."""
        codes = tuple(codes)
        self._choose((self._none, codes), f"selecting {count_text(len(codes), 'new image')}", gesture)

    def renew(self, codes: tuple[Code, ...]) -> None:
        """The same new images have other codes."""
        self._put((self._none, codes))

    @property
    def _none(self) -> tuple[str, Array]:
        return (self.images[0], np.zeros(0, dtype=np.int64))

    def _choose(self, chosen: Chosen, what: str, gesture: str = "") -> None:
        before: Chosen = (self.images, self.new)
        same = before[1] == chosen[1] and before[0][0] == chosen[0][0] and np.array_equal(before[0][1], chosen[0][1])
        self.by_person.emit(changed(what, self._put_back, before, chosen, gesture=gesture, idle=same))
        self._put(chosen)

    def _put(self, chosen: Chosen) -> None:
        self.images, self.new = chosen
        self.images_changed.emit()

    def _put_back(self, chosen: Chosen) -> None:
        self._put(chosen)
        if self.new:
            self.brought_back.emit()

    # -- anchors ---------------------------------------------------------------------------------------------------

    def set_anchor(self, which: str, code: Code | None) -> None:
        """Make a code anchor "A" or "B"."""
        self.set_anchors({which: code})

    def set_anchors(self, codes: Mapping[str, Code | None], what: str = "") -> None:
        """Make codes anchors; `what` it is called where it can be undone."""
        self._set_anchors({**self.anchors, **codes}, what or f"choosing anchor {' and '.join(codes)}")

    def swap_anchors(self) -> None:
        """A becomes B and B becomes A."""
        self._set_anchors({"A": self.anchors["B"], "B": self.anchors["A"]}, "swapping the anchors")

    def follow_anchors(self, run: Trained) -> bool:
        """After new weights an image stays an anchor although its code has moved; whether any has."""
        newer = _now(run, self.anchors)
        moved = any(newer[which] is not code for which, code in self.anchors.items())
        if moved:
            self._put_anchors(newer)
        return moved

    def _set_anchors(self, anchors: Anchors, what: str) -> None:
        same = all(anchors[which] is code for which, code in self.anchors.items())
        self.by_person.emit(changed(what, self._put_anchors_back, self.anchors, anchors, idle=same))
        self._put_anchors(anchors)

    def _put_anchors(self, anchors: Anchors) -> None:
        self.anchors = anchors
        self.anchors_changed.emit()

    def _put_anchors_back(self, anchors: Anchors) -> None:
        """As they were, by what the run has become since."""
        self._put_anchors(_now(self._run, anchors) if self._run is not None else anchors)

    # -- runs ------------------------------------------------------------------------------------------------------

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


def _now(run: Trained, anchors: Anchors) -> Anchors:
    return {which: None if code is None else code_now(run, code) for which, code in anchors.items()}
