"""What every pane has: a header with its name and what it shows, an export, a menu, a freeze, and an empty state."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QFrame, QMenu, QSizePolicy, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from latentexplorer.gui.panes.empty_state import EmptyState
from latentexplorer.gui.panes.header import PaneHeader, offers_in
from latentexplorer.gui.panes.veil import Veil
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.job import Job
from latentexplorer.views.base import Refused
from latentexplorer.views.code import Code

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from latentexplorer.runs import Trained

EXPORT_DPI = 200


class Pane(QFrame):
    """Base of all panes.

    A subclass names itself, builds its widgets into `self.body` in its constructor, and draws in the `on_...` methods
    what the session says. It asks the session for everything else.

    Attributes
    ----------
    object_name, title : str
        `map_pane`, "Map".
    view_kind : str
        The view (and figure) it shows, see `latentexplorer.views`; "" where there is nothing to export.
    empty_text : str
        What stands in the pane while there is no run.
    part_setting : str
        The setting that cuts the figure to what is seen of it; "" where all is always seen.
    seen : bool
        Whether it is on the screen: not closed, and not behind the tab of another one.
    follows : bool
        Whether it follows training, and so can be frozen.
    counts : bool
        Whether it counts what is done while a new run is prepared.
    draws_later : bool
        Whether it has to ask before it can draw another run, and calls `show_empty` when it can: until then what it
        showed of the run before is covered.
    foot : QVBoxLayout
        Below what the pane shows there is room for a line that is none of its own.
    session : Session
        From `bind` on.

    Signals
    -------
    export_asked : ()
        Somebody wants the figure in a file: the window asks where, `export_to` is called with the answer.
    by_person : (Change)
        A person has changed something that can be undone.
    seen_changed : ()
    """

    export_asked = Signal()
    by_person = Signal(object)
    seen_changed = Signal()

    object_name = ""
    title = ""
    view_kind = ""
    empty_text = "Train a model, or open a run"
    follows = False
    counts = False
    draws_later = False
    part_setting = ""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(self.object_name)
        self.setAccessibleName(self.title)
        self.session: Session = None  # type: ignore[assignment]
        self.frozen = False
        self.seen = False
        self._stale = True
        self.header = PaneHeader(self.title)
        card = QFrame()
        card.setObjectName("pane_body")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(card)
        self.foot = QVBoxLayout(card)
        self.foot.setContentsMargins(0, 0, 0, 0)
        self.foot.setSpacing(0)
        self._stack = QStackedLayout()
        self.foot.addLayout(self._stack, 1)
        self.content = QWidget()
        self.body = QVBoxLayout(self.content)
        self.body.setContentsMargins(SPACE * 3 // 2, SPACE // 2, SPACE * 3 // 2, SPACE * 3 // 2)
        self.body.setSpacing(SPACE)
        self._empty = EmptyState(self.empty_text)
        self._stack.addWidget(self.content)
        self._stack.addWidget(self._empty)
        self.veil = Veil(self.object_name, card, self.header, self.counts)
        self._build_header()

    def _build_header(self) -> None:
        self.menu = QMenu(self)
        if self.follows:
            self.freeze_button = self.header.add_button("freeze", "Freeze: do not follow training", checkable=True)
            self.freeze_button.toggled.connect(self.set_frozen)
            self.freeze_button.hide()
        if self.view_kind:
            self.export_button = self.header.add_button("export", "Export this figure")
            self.export_button.setObjectName(f"{self.object_name}_export")
            self.export_button.clicked.connect(self.export)
            self.add_menu_action("Export to file…", self.export)
            self.add_menu_action("Copy picture", self.copy_picture)
            self.add_menu_action("Copy as command", self.copy_command)
            self.menu.addSeparator()
        self.menu_button = self.header.add_button("more", "More")
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setMenu(self.menu)

    def add_menu_action(self, text: str, slot: Callable[..., object], checkable: bool = False) -> QAction:
        """An entry of the pane's own menu."""
        action = QAction(text, self)
        action.setCheckable(checkable)
        (action.toggled if checkable else action.triggered).connect(slot)
        self.menu.addAction(action)
        return action

    # -- the session -----------------------------------------------------------------------------------------------

    def bind(self, session: Session) -> None:
        """Listen to the session. Called once, when the window is built."""
        self.session = session
        self.by_person.connect(session.undo.record)
        session.run_changed.connect(self._run_changed)
        session.snapshot_changed.connect(self._snapshot_changed)
        session.current.changed.connect(self.on_code)
        session.current.followed.connect(self._code_followed)
        session.epochs.changed.connect(self._say_epoch)
        if self.follows:
            session.training.state_changed.connect(self._training_changed)
        if self.needs_run:
            self.veil.bind(session)
            self._empty.bind(session)
        self.on_bind()
        self.show_empty(self.empty_text if session.run is None and self.needs_run else "")

    @property
    def run(self) -> Trained:
        """The run that the panes show; asked for only while there is one."""
        return self.session.shown

    needs_run = True

    def on_bind(self) -> None:
        """Connect to more of the session's signals."""

    def on_run(self) -> None:
        """Another run is open: draw it. Called when the pane is seen."""

    def on_snapshot(self) -> None:
        """The run has newer weights: draw them. Called when the pane is seen and not frozen."""
        self.on_run()

    def on_code(self, code: Code) -> None:
        """Another code is current. Called for hidden panes too: keep it cheap."""

    def show_code(self, code: Code) -> None:
        """Show where the current code is. Called when the pane is seen, and behind whatever shows its image."""

    @Slot()
    def _training_changed(self) -> None:
        self.freeze_button.setVisible(self.session.training.active or self.frozen)

    @Slot()
    def _run_changed(self) -> None:
        if self.draws_later:
            self.veil.set_undrawn(True)
        else:
            self.show_empty("")
        self.set_frozen(False)
        self._stale = True
        if self.seen:
            self._refresh(self.on_run)

    @Slot()
    def _snapshot_changed(self) -> None:
        if self.frozen:
            return
        if self.seen and not self._stale:
            self._refresh(self.on_snapshot)
        else:
            self._stale = True

    @Slot(object)
    def _code_followed(self, code: Code) -> None:
        if self.seen and not self._stale:
            self.show_code(code)

    def _refresh(self, draw: Callable[[], None]) -> None:
        self._stale = False
        draw()

    @property
    def waiting(self) -> bool:
        """Whether it is seen but has not drawn the run yet."""
        return self._stale and self.seen and self.session.run is not None

    @Slot(bool)
    def set_seen(self, seen: bool) -> None:
        """Whether it is on the screen: not closed, and not behind the tab of another one."""
        changed, self.seen = seen != self.seen, seen
        self.veil.set_seen(seen)
        if changed and seen and self.session is not None:
            self.on_seen()
        if changed:
            self.seen_changed.emit()

    def on_seen(self) -> None:
        """It has come into sight: draw what it has missed."""
        if self.session.run is None:
            return
        if self._stale:
            self._refresh(self.on_run)
        if self.session.current.code is not None:
            self.show_code(self.session.current.code)

    # -- the keyboard ----------------------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        # By the pointer only what has a menu of its own shows one: some drag with the right button.
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.menu.popup(event.globalPos())
        else:
            super().contextMenuEvent(event)

    # -- header and empty state ------------------------------------------------------------------------------------

    def set_subtitle(self, text: str) -> None:
        """What the pane shows, in a few words."""
        self.veil.set_heading(text)

    @Slot()
    def _say_epoch(self) -> None:
        self.veil.set_past(self.session.epochs.words if self.session.epochs.as_setting(self.view_kind) else "")

    def show_empty(self, text: str) -> None:
        """Show what to do instead of the content; "" shows the content again."""
        self._empty.say(text)
        self._stack.setCurrentIndex(1 if text else 0)
        self.veil.set_undrawn(False)

    def refused(self, result: object) -> TypeIs[Refused]:
        """Whether an answer says why there is none; it is shown in place of the content."""
        if isinstance(result, Refused):
            self.show_empty(f"{result.what}. {result.todo}".strip() if result.todo else result.what)
            return True
        self.show_empty("")
        return False

    def minimumSizeHint(self) -> QSize:
        # What stands at the foot takes its room from what is shown: a pane that has it need not be higher.
        lines = [self.foot.itemAt(at) for at in range(1, self.foot.count())]
        height = sum(line.minimumSize().height() for line in lines if line is not None and not line.isEmpty())
        return super().minimumSizeHint() - QSize(0, height)

    def set_bare(self, bare: bool) -> None:
        """Whether it stands on a stage: what is not looked at from afar is left away."""

    @Slot(bool)
    def set_frozen(self, frozen: bool) -> None:
        """Keep what is shown although the run trains on."""
        if not self.follows or frozen == self.frozen:
            return
        self.frozen = frozen
        self.freeze_button.setChecked(frozen)
        if not frozen and self.session is not None and self.session.run is not None:
            self._refresh(self.on_snapshot)

    def offers(self) -> list[Offer]:
        """What the command palette finds of it: its menu, its buttons, and the entries of its choices."""
        # The head stands in the dock, not in the pane.
        return offers_in(self.menu, (self, self.header), self.menu_button)

    # -- export ----------------------------------------------------------------------------------------------------

    def view_settings(self) -> list[str]:
        """The settings of the figure as `KEY=VALUE`, so that it shows what the pane shows."""
        return []

    def figure_settings(self, whole: bool = False) -> list[str]:
        """`view_settings`, and the epoch where an earlier state of the run is looked at.

        `whole`: the figure shows all there is, also where only a part of it is seen.
        """
        settings = [*self.view_settings(), *self.session.epochs.as_setting(self.view_kind)]
        return [setting for setting in settings if not (whole and self._cuts(setting))]

    def _cuts(self, setting: str) -> bool:
        return bool(self.part_setting) and setting.startswith(f"{self.part_setting}=")

    def restore(self, kind: str, settings: tasks.Settings) -> bool:
        """Show what an exported figure of the open run shows; False where this pane does not show such a view.

        Parameters
        ----------
        kind : str
            The kind of view.
        settings : dict
            Its settings, checked; what is left out is as the view has it by default.
        """
        return False

    @property
    def figure_names(self) -> tuple[str, str]:
        """What kind of figure is exported, and of what: its file is named after both."""
        return self.view_kind, self.run.name

    @property
    def shows_part(self) -> bool:
        """Whether only a part of the figure is seen."""
        return any(self._cuts(setting) for setting in self.figure_settings())

    def nothing_to_export(self) -> str:
        """Why there is no figure now, in a few words; "" where there is one."""
        return "no run is open" if self.session.run is None else ""

    @Slot()
    def export(self) -> None:
        """Ask for a file and draw the figure into it."""
        if self._can_export():
            self.export_asked.emit()

    def export_to(
        self, path: Path, dpi: int = EXPORT_DPI, size: tuple[float, float] | None = None, *, whole: bool = False
    ) -> Job:
        """Draw the figure into a PNG, SVG or PDF file."""
        settings = self.figure_settings(whole)
        work = partial(tasks.export, self.run, self.view_kind, settings, path, dpi, size)
        return self.session.write(f"Exporting {path.name}", work, path)

    @Slot()
    def copy_picture(self) -> None:
        """Draw the figure and put it on the clipboard."""
        if self._can_export():
            work = partial(tasks.picture, self.run, self.view_kind, self.figure_settings(), EXPORT_DPI)
            self.session.submit(f"Drawing {self.view_kind}", work, "picture").succeeded.connect(self._copy)

    @Slot(object)
    def _copy(self, png: bytes) -> None:
        # Qt keeps the texts of a PNG with its image, so the recipe goes along. Content made here (a QMimeData) would
        # outlive Python on some platforms, whose clipboards are cleared after it, and crash as the program ends.
        QGuiApplication.clipboard().setImage(QImage.fromData(png))
        self.session.message.emit("info", f"{self.title} copied")

    @Slot()
    def copy_command(self) -> None:
        """Put the command line that makes the same figure on the clipboard."""
        if self._can_export():
            QGuiApplication.clipboard().setText(self.command())
            self.session.message.emit("info", "Command copied")

    def command(self) -> str:
        """The command line that makes the same figure, with as many dots per inch as were exported last."""
        run = self.run
        where = str(run.path) if run.path is not None else "RUN"
        sets = [part for change in self.figure_settings() for part in ("--set", change)]
        file = ["--out", f"{self.view_kind}.png", "--dpi", str(Settings()["export_dpi"])]
        return shlex.join(["latentexplorer", "figure", self.view_kind, where, *file, *sets])

    def _can_export(self) -> bool:
        if self.session is None or not self.session.explorable:
            return False
        # The figure would choose something of its own, which nobody has seen in the pane.
        if why := self.nothing_to_export():
            self.session.message.emit("info", f"Nothing to export: {why}")
        elif not self.run.path:
            self.session.message.emit("info", "This run has no folder; no command makes its figures again")
        return not why


def expanding(widget: QWidget) -> QWidget:
    """Let a widget take all the room there is."""
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    return widget
