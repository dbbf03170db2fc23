"""What *Classes × styles* asks beside its choices: the current code, or the two anchors, as settings; and back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.core.settings_text import parse_setting
from latentexplorer.gui.panes.animation import Animated
from latentexplorer.gui.panes.gallery.controls import GalleryControls
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import code_tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.class_grid import MOST_CLASSES, Result
from latentexplorer.views.code import Code, as_setting
from latentexplorer.views.tiling import montage_size

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

NO_ANCHORS = "Choose the two ends first: anchor A and anchor B, in the menu of any picture"


MANY = 128
"""Pictures of a class grid that are decoded while somebody waits."""


class ClassSource(QObject):
    """Settings of a class grid from the session, and the session as a figure had it.

    Attributes
    ----------
    shown : bool
        Whether the gallery shows a class grid.
    result : Result or None
        The newest one.

    Signals
    -------
    outdated : ()
        It is to be asked again: there are other anchors.
    """

    outdated = Signal()

    def __init__(self, session: Session, controls: GalleryControls, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._controls = session, controls
        self._kept: Settings = {}
        self.shown = False
        self.result: Result | None = None
        session.selection.anchors_changed.connect(self._on_anchors)

    def _shows(self, styles: str) -> bool:
        """Whether these styles are shown in every class."""
        return self.shown and self._controls.styles.currentData() == styles

    @property
    def unanchored(self) -> bool:
        """Whether a way between anchors is to be shown that are not there."""
        return self._shows("path") and not self.anchored

    @property
    def anchored(self) -> bool:
        """Whether both anchors are codes of this run."""
        run = self._session.run
        anchors = self._session.selection.anchors.values()
        return run is not None and all(code is not None and code.z.size == run.code_dim for code in anchors)

    def outdated_by(self, code: Code) -> bool:
        """Whether the current code is to be shown in every class, and this is another one."""
        known = self.result is not None and np.array_equal(self.result.codes[0], code.z)
        return self._shows("code") and not known

    @Slot()
    def _on_anchors(self) -> None:
        if self._shows("path") and self._session.run is not None:
            self.outdated.emit()

    def many(self, settings: Settings) -> bool:
        """Whether a class grid has more pictures than a click may wait for."""
        rows = 1 if settings.get("source") == "code" else settings.get("count", 1)
        return self.shown and rows * self._class_count > MANY

    @property
    def _class_count(self) -> int:
        return len(self._controls.classes.chosen) or min(self._session.shown.num_classes, MOST_CLASSES)

    def completed(self, settings: Settings) -> Settings:
        """Settings with the codes that they are about."""
        run, styles = self._session.shown, settings["source"]
        code = self._session.current.code
        if styles == "code" and code is not None:
            settings = settings | {"code": _named(run, code)}
        elif styles == "path" and self.anchored:
            settings = settings | self._kept | self._ends()
        return settings

    def _ends(self) -> Settings:
        run, anchors = self._session.shown, self._session.selection.anchors
        first, last = anchors["A"], anchors["B"]
        assert first is not None and last is not None
        return {"code": _named(run, first), "end": _named(run, last)}

    def restore(self, settings: Settings) -> None:
        """Bring the codes of a figure back: the current one, or the anchors."""
        run, styles = self._session.shown, settings.get("source", "prior")
        self._kept = {"method": settings["method"]} if "method" in settings else {}
        if styles == "code" and settings.get("code"):
            work = partial(code_tasks.code_of_figure, run, settings["code"], "", ())
            job = self._session.submit("Bringing the figure's code back", work)
            job.succeeded.connect(self._session.current.restore)
        elif styles == "path":
            ends = {"start": settings.get("code", ""), "end": settings.get("end", "")}
            job = self._session.submit("Bringing the figure's ends back", partial(code_tasks.ends_of_figure, run, ends))
            job.succeeded.connect(self._on_ends)

    @Slot(object)
    def _on_ends(self, ends: dict[str, Code]) -> None:
        for which, code in ends.items():
            self._session.selection.set_anchor(which, code)

    def animated(self) -> Animated | None:
        """The way from A to B, in all classes at once; None without anchors."""
        if not self.anchored:
            return None
        run = self._session.shown
        return Animated("classes", run.name, montage_size(self._class_count, *run.image_shape[1:]))

    def frames(self, frames: int) -> Settings:
        """The settings of a class grid whose rows are the frames."""
        chosen = self._controls.classes.chosen
        classes = {"classes": chosen} if chosen else {}
        return {"source": "path", "count": frames} | classes | self._kept | self._ends()


def _named(run: Trained, code: Code) -> object:
    """A code as a setting: its name, or its numbers."""
    return parse_setting(f"code={as_setting(run, code)}")[1]
