"""Says in the panes what one would not see of the shown run: asks, keeps it steady, and does what helps at a click."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot
from PySide6.QtGui import QAction

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import LOADING
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.widgets.notice_line import NEVER, NoticeLine
from latentexplorer.gui.window.workspaces import Workspace
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.decoder import BACKGROUND
from latentexplorer.latent.notices import KnownImages, Steady

if TYPE_CHECKING:
    from latentexplorer.latent.notices import Notice
    from latentexplorer.runs import Trained

PLACES = ("loss", "map", "traversal", "decoded", "gallery", "dimensions")
"""Panes that say something; named as `latent.notices.Place`."""


class Noticing(QObject):
    """Owns the lines of the panes. Only the first notice of a pane is shown, and the next one when that is dismissed.

    Signals
    -------
    setting_wanted : (str)
        A setting of the next run has been changed, and is to be seen.
    """

    setting_wanted = Signal(str)

    def __init__(self, session: Session, settings: Settings, panes: Mapping[str, Pane], parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self._panes = panes
        self._lines = {place: PaneNotices(panes[place], self) for place in PLACES}
        self._steady, self._images = Steady(), KnownImages()
        self._found: list[Notice] = []
        self._dismissed: set[tuple[Path | None, str]] = set()
        self._done: dict[str, RunConfig | float] = {}
        self._live: dict[str, float] = {}
        self._path: Path | None = None
        self._asked: tuple[Trained | None, int, bool] = (None, 0, False)
        self._bare = False
        session.run_changed.connect(self._on_run)
        session.snapshot_changed.connect(self._look)
        session.history_changed.connect(self._look)
        session.preparing_changed.connect(self._show)
        session.epochs.changed.connect(self._show)
        session.training.state_changed.connect(self._on_training)
        session.training.live_changed.connect(self._on_live)
        for place in PLACES:
            panes[place].seen_changed.connect(self._show)
        for line in self._lines.values():
            line.remedy_wanted.connect(self._do)
            line.dismissed.connect(self._dismiss)
            line.never_wanted.connect(self._never)

    # -- what there is to say --------------------------------------------------------------------------------------

    @Slot()
    def _on_run(self) -> None:
        self._steady, self._found, self._done, self._asked = Steady(), [], {}, (None, 0, False)
        self._path = self._session.shown.path
        self._show()
        self._look()

    @Slot(str)
    def _on_training(self, state: str) -> None:
        if state == LOADING:
            self._live = {}
        self._look()

    @Slot(str, float)
    def _on_live(self, key: str, value: float) -> None:
        self._live[key] = value

    @Slot()
    def _look(self) -> None:
        """Judge the shown run anew where it has come farther; off the window's thread."""
        session = self._session
        run = session.run
        if run is None or not session.explorable or session.epochs.shown is not None:
            return
        going = session.snapshots.following and session.training.active
        asked, self._asked = self._asked, (run, len(session.history), going)
        # Of one epoch there are many snapshots: one of them is enough.
        same = asked[0] is run or (going and asked[0] is not None and asked[0].path == run.path)
        if same and asked[1:] == self._asked[1:]:
            return
        live = dict(self._live) if going else {}
        question = partial(tasks.notices, run, session.history.rows[:], going, live, self._images)
        session.decoder.ask("notices", question, partial(self._on_found, self._steady, going), BACKGROUND)

    def _on_found(self, steady: Steady, going: bool, found: tuple[int, list[Notice]]) -> None:
        if steady is self._steady:
            self._found = steady.take(*found, going)
            self._show()

    # -- what is shown ---------------------------------------------------------------------------------------------

    @property
    def never(self) -> set[str]:
        """Kinds that a person does not want to be told again."""
        return set(str(self._settings["notices_never"]).split())

    @Slot(object)
    def on_workspace(self, workspace: Workspace) -> None:
        """Nothing is said on a stage."""
        self._bare = workspace.bare
        self._show()

    @Slot()
    def _show(self) -> None:
        session = self._session
        silent = self._bare or not session.explorable or session.epochs.shown is not None
        unwanted = self.never | {kind for path, kind in self._dismissed if path == self._path}
        wanted = [] if silent else [notice for notice in self._found if notice.kind not in unwanted]
        for place, line in self._lines.items():
            notice = next((notice for notice in wanted if self._place_of(notice) == place), None)
            live = session.snapshots.following and session.training.active
            line.show_notice(notice, live, notice is not None and notice.kind in self._done)

    def _place_of(self, notice: Notice) -> str:
        """Which pane says it: its own, or where that is not seen another one that is."""
        return next((place for place in notice.places if self._panes[place].seen), notice.where)

    # -- what is done ----------------------------------------------------------------------------------------------

    @Slot(object)
    def _do(self, notice: Notice) -> None:
        """Do what helps; where it has been done, take it back."""
        if notice.kind in self._done:
            self._take_back(notice, self._done.pop(notice.kind))
        elif notice.live and self._session.training.controls is not None and self._session.snapshots.following:
            self._set_live(notice)
        else:
            self._set_next(notice)
        self._show()

    def _set_live(self, notice: Notice) -> None:
        config = self._session.training.config
        assert config is not None
        table, name = notice.key.split(".")
        before = self._live.get(notice.key, float(getattr(getattr(config, table), name)))
        problem = self._session.training.set_live(notice.key, float(notice.value))
        if not problem:
            self._done[notice.kind] = before
        words = f"{notice.remedy}, was {before:g}, from the next step on"
        self._session.message.emit("warning" if problem else "info", problem or words)

    def _set_next(self, notice: Notice) -> None:
        """Put the setting into the form: among what stands there where that is alike, else among the run's own."""
        session, run = self._session, self._session.shown
        draft = session.training.draft
        same = draft is not None and _kind_of(draft) == _kind_of(run.config)
        base = draft if draft is not None and same else run.config
        try:
            config = base.updated([notice.change])
        except LatentExplorerError as error:
            session.message.emit("warning", str(error))
            return
        self._done[notice.kind] = draft or run.config
        session.training.set_draft(config)
        others = "" if same else f"; the other settings are those of {run.name}"
        session.message.emit("info", f"{notice.remedy} for the next run{others}")
        self.setting_wanted.emit(notice.key)

    def _take_back(self, notice: Notice, before: RunConfig | float) -> None:
        if isinstance(before, float):
            self._session.training.set_live(notice.key, before)
        else:
            self._session.training.set_draft(before)
            self.setting_wanted.emit(notice.key)

    @Slot(object)
    def _dismiss(self, notice: Notice) -> None:
        self._dismissed.add((self._path, notice.kind))
        self._show()

    @Slot(object)
    def _never(self, notice: Notice) -> None:
        self._settings["notices_never"] = " ".join(sorted(self.never | {notice.kind}))
        self._session.message.emit("info", "Not said again; View, Show all notices again brings it back")
        self._show()

    @Slot()
    def bring_back(self) -> None:
        """Say again what was dismissed, for a run or for good."""
        gone = len(self.never) + len(self._dismissed)
        self._settings["notices_never"] = ""
        self._dismissed.clear()
        self._session.message.emit("info", "All notices are shown again" if gone else "No notice had been dismissed")
        self._show()


class PaneNotices(QObject):
    """The line of one pane, and its entry in the pane's menu.

    Signals
    -------
    remedy_wanted, dismissed, never_wanted : (Notice)
    """

    remedy_wanted = Signal(object)
    dismissed = Signal(object)
    never_wanted = Signal(object)

    def __init__(self, pane: Pane, parent: QObject) -> None:
        super().__init__(parent)
        self._pane = pane
        self._notice: Notice | None = None
        self._how = (False, False)
        self.line = NoticeLine(f"{pane.object_name}_notice")
        pane.foot.addWidget(self.line)
        pane.seen_changed.connect(self._fit)
        self._never = QAction(NEVER, self)
        self._never.triggered.connect(self._on_never)
        self.line.remedy_wanted.connect(self._on_remedy)
        self.line.dismissed.connect(self._on_dismissed)
        self.line.never_wanted.connect(self._on_never)

    def show_notice(self, notice: Notice | None, training: bool, done: bool) -> None:
        """Say it, or nothing, and offer what helps: at once while it is `training`; where it is `done`, its undoing."""
        if notice == self._notice and (training, done) == self._how:
            return
        self._notice, self._how = notice, (training, done)
        if notice is None:
            self._pane.menu.removeAction(self._never)
            self.line.tell("")
            return
        self._pane.menu.addAction(self._never)
        remedy = when = tip = ""
        if notice.key and done:
            remedy, tip = f"Take {notice.remedy} back", "As it was before"
        elif notice.key and training and notice.live:
            remedy, when, tip = f"Set {notice.remedy}", "now", "From the next step on; kept in the run"
        elif notice.key:
            remedy, when, tip = f"Set {notice.remedy}", "for the next run", "Puts it into the form of the Training pane"
        self.line.tell(notice.text, notice.advice, remedy, when, tip)

    @Slot()
    def _fit(self) -> None:
        """How much room it needs depends on the pane, which may have been elsewhere when it was told."""
        self.line.updateGeometry()

    @Slot()
    def _on_remedy(self) -> None:
        self._tell(self.remedy_wanted)

    @Slot()
    def _on_dismissed(self) -> None:
        self._tell(self.dismissed)

    @Slot()
    def _on_never(self) -> None:
        self._tell(self.never_wanted)

    def _tell(self, signal: SignalInstance) -> None:
        # It may have gone while a button was held, or a menu was open.
        if self._notice is not None:
            signal.emit(self._notice)


def _kind_of(config: RunConfig) -> tuple[str, str | None, str]:
    """What must be the same for a setting of one run to mean the same in another."""
    return config.data.name, config.data.path, config.model.family
