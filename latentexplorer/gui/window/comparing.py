"""Sets chosen runs beside each other, and asks where the images of a run are that is not open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from latentexplorer.core.config import DataConfig
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.comparison.pane import ComparisonPane
from latentexplorer.gui.panes.runs.pane import RunsPane
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.window.missing_images import Locating, PlacesAsked
from latentexplorer.gui.workers import run_tasks


class Comparing(QObject):
    """Connects the panes of runs with the session and the window.

    Parameters
    ----------
    show_pane : callable (name)
        Brings a pane to the front.
    window : QWidget
        What dialogs stand in front of.

    Signals
    -------
    new_run_wanted : ()
        There is no other run to compare with.
    """

    new_run_wanted = Signal()

    def __init__(
        self, session: Session, panes: Mapping[str, Pane], show_pane: Callable[[str], object], window: QWidget
    ) -> None:
        super().__init__(window)
        self._session, self._show_pane = session, show_pane
        runs, comparison = panes["runs"], panes["comparison"]
        assert isinstance(runs, RunsPane) and isinstance(comparison, ComparisonPane)
        self._runs, self._comparison = runs, comparison
        self._path = Path()
        self._places = PlacesAsked(window)
        self._places.answered.connect(self._on_answered)
        self._of_open = Locating(window, session)
        self._of_open.located.connect(self._on_located)
        runs.compare_wanted.connect(self._on_compare)
        comparison.nothing.runs_wanted.connect(partial(show_pane, "runs"))
        comparison.nothing.new_run_wanted.connect(self.new_run_wanted)
        for pane in (runs, comparison):
            pane.locate_wanted.connect(self._on_locate)

    @Slot(object)
    def _on_compare(self, paths: Sequence[Path]) -> None:
        self._session.compare_apart(paths)
        self._show_pane("comparison")

    @Slot(object, object)
    def _on_locate(self, path: Path, data: DataConfig) -> None:
        if self._session.is_open(path):
            self._of_open.ask()
        else:
            self._path = path
            self._places.ask(data)

    @Slot(object)
    def _on_answered(self, places: dict[str, str]) -> None:
        work = partial(run_tasks.locate, self._path, places)
        job = self._session.submit(f"Looking at the images of {self._path.name}", work, "locate", of_run=False)
        job.succeeded.connect(self._on_located)

    @Slot(object)
    def _on_located(self, path: Path) -> None:
        self._session.message.emit("info", f"{path.name} has its images again")
        self._runs.refresh()
        self._comparison.read_again(path)
