"""Asks where figures and animations are to go, and has them written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from latentexplorer.core.paths import free, is_there, slug
from latentexplorer.gui.panes.animation import Animated, AnimatedPane
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.window.animation_dialog import AnimationDialog
from latentexplorer.gui.window.export_all_dialog import ExportAllChoice, ExportAllDialog
from latentexplorer.gui.window.export_dialog import ExportChoice, ExportDialog
from latentexplorer.gui.window.replacing import ask_to_replace
from latentexplorer.gui.window.report_dialog import ReportDialog
from latentexplorer.gui.workers import tasks

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class Exporting(QObject):
    """Opens the dialogs of one pane, above the window that the pane is in."""

    def __init__(self, pane: Pane) -> None:
        super().__init__(pane)
        self._pane = pane
        pane.export_asked.connect(self._on_export)
        if isinstance(pane, AnimatedPane):
            pane.animation_asked.connect(self._on_animation)

    @Slot()
    def _on_export(self) -> None:
        pane = self._pane
        moves = isinstance(pane, AnimatedPane) and pane.moves_as_shown
        dialog = ExportDialog(*pane.figure_names, pane.window(), part=pane.shows_part, moves=moves)
        dialog.chosen.connect(self._export)
        dialog.animation_wanted.connect(self._ask_of_animation)
        dialog.open()

    @Slot(object)
    def _export(self, choice: ExportChoice) -> None:
        self._pane.export_to(choice.path, choice.dpi, choice.size, whole=choice.whole)

    @Slot(object)
    def _ask_of_animation(self, path: Path) -> None:
        pane = self._pane
        animated = pane.animated() if isinstance(pane, AnimatedPane) else None
        if animated is not None:
            self._on_animation(animated, path)

    @Slot(object)
    def _on_animation(self, animated: Animated, path: Path | None = None) -> None:
        pane = self._pane
        assert isinstance(pane, AnimatedPane)
        dialog = AnimationDialog(animated, pane.window(), path)
        dialog.chosen.connect(pane.animate)
        dialog.open()


class ExportingAll(QObject):
    """Asks which figures are wanted, and whether the report is, and writes them into one folder, in one job.

    Signals
    -------
    written : (str, Path)
        What to tell the person, and the folder.
    """

    written = Signal(str, object)

    def __init__(self, session: Session, panes: Mapping[str, Pane], window: QWidget) -> None:
        super().__init__(window)
        self._session, self._panes, self._window = session, panes, window

    @Slot()
    def ask(self) -> None:
        """Open the list of figures."""
        dialog = ExportAllDialog(self._panes, self._window)
        dialog.chosen.connect(self._export)
        dialog.open()

    @Slot(object)
    def _export(self, choice: ExportAllChoice) -> None:
        if self._session.run is None:
            return
        run = self._session.run
        figures: list[tasks.Wanted] = []
        for name in choice.panes:
            pane = self._panes[name]
            # Two panes may show the same kind of view.
            kind = pane.view_kind if pane.view_kind not in [before.kind for before in figures] else name
            # A comparison may be of others than the open run, and is not called after it.
            of = pane.figure_names[1]
            path = choice.folder / f"{slug(of)}-{kind.replace('_', '-')}.png"
            figures.append(tasks.Wanted(pane.run, pane.view_kind, pane.figure_settings(), path))
        page = choice.folder / f"{slug(run.name)}-report.html" if choice.report else None
        there = [path for path in (*(each.path for each in figures), page) if path is not None and is_there(path)]
        write = partial(self._write, run, figures, page, choice)
        if there:
            others = [replace(each, path=free(each.path)) for each in figures]
            rename = partial(self._write, run, others, None if page is None else free(page), choice)
            ask_to_replace(there, self._window, write, rename)
        else:
            write()

    def _write(self, run: Trained, figures: list[tasks.Wanted], page: Path | None, choice: ExportAllChoice) -> None:
        work = partial(tasks.export_many, run, figures, page, choice.folder, choice.dpi)
        said = f"Exporting {len(figures)} figures" if figures else "Writing the report"
        job = self._session.submit(said, work, file=choice.folder.name)
        job.succeeded.connect(self._on_written)

    @Slot(object)
    def _on_written(self, done: tasks.Written) -> None:
        figures = "1 figure" if done.count == 1 else f"{done.count} figures"
        parts = [figures] * (done.count > 0 or not done.report) + ["the report"] * done.report
        left = f"; not drawn: {'; '.join(done.refused)}" if done.refused else ""
        what = " and ".join(parts)
        self.written.emit(f"{what[:1].upper()}{what[1:]} in {done.folder}{left}", done.folder)

    @Slot()
    def ask_report(self) -> None:
        """Ask where the report of the open run is to go, and write it."""
        if self._session.run is None:
            return
        dialog = ReportDialog(self._session.run.name, self._window)
        dialog.chosen.connect(self._report)
        dialog.open()

    @Slot(object)
    def _report(self, path: Path) -> None:
        if self._session.run is None:
            return
        work = partial(tasks.report, self._session.run, path)
        job = self._session.submit("Writing the report", work, file=path.name)
        job.succeeded.connect(self._on_report)

    @Slot(object)
    def _on_report(self, path: Path) -> None:
        self.written.emit(str(path), path.parent)
