"""What *Classes × styles* asks beside its choices: the current code, or the two anchors, as settings; and back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from latentexplorer.core.settings_text import parse_setting
from latentexplorer.gui.panes.animation import Animated
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import code_tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.code import Code, as_setting

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

NO_ANCHORS = "Choose the two ends first: anchor A and anchor B, in the menu of any picture"


class ClassSource(QObject):
    """Settings of a class grid from the session, and the session as a figure had it."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._kept: Settings = {}

    @property
    def anchored(self) -> bool:
        """Whether both anchors are codes of this run."""
        run = self._session.run
        anchors = self._session.selection.anchors.values()
        return run is not None and all(code is not None and code.z.size == run.code_dim for code in anchors)

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

    def animated(self, size: tuple[int, int]) -> Animated | None:
        """The way from A to B, in all classes at once; None without anchors."""
        return Animated("classes", self._session.shown.name, size) if self.anchored else None

    def frames(self, settings: Settings, frames: int) -> Settings:
        """The settings of a class grid whose rows are the frames."""
        kept = {key: settings[key] for key in ("classes", "most") if key in settings}
        return {"source": "path", "count": frames} | kept | self._kept | self._ends()


def _named(run: Trained, code: Code) -> object:
    """A code as a setting: its name, or its numbers."""
    return parse_setting(f"code={as_setting(run, code)}")[1]
