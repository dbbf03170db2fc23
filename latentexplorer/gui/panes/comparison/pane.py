"""Comparison: the runs that were chosen beside each other, those and no others."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget

from latentexplorer.core.paths import is_folder
from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.comparison.curves import AllCurves
from latentexplorer.gui.panes.comparison.duel import DuelBoard
from latentexplorer.gui.panes.comparison.dueling import Dueling, left_out
from latentexplorer.gui.panes.comparison.head import ComparisonHead
from latentexplorer.gui.panes.comparison.key import key_of
from latentexplorer.gui.panes.comparison.maps import RunMaps
from latentexplorer.gui.panes.comparison.nothing import NoComparison
from latentexplorer.gui.panes.comparison.numbers import NumbersTable
from latentexplorer.gui.panes.comparison.pictures import RunPictures
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.workers import duel_tasks, run_tasks
from latentexplorer.gui.workers.run_tasks import Compared
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Refused
from latentexplorer.views.code import Code
from latentexplorer.views.compared import Result
from latentexplorer.views.comparison import Settings as ViewSettings
from latentexplorer.views.duel import Settings as DuelSettings
from latentexplorer.views.registry import settings_of

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

LEAST_PX, LOW_PX = 24, 300
SETTLED_MS = 200
"""A pane that has not changed its size for so long has room for more images, or for fewer."""
CHOOSE = "Select two or more runs in the Runs table (Ctrl or Shift for several), then press Compare"
DUEL = "Do two models organise the same images alike? A duel needs two runs of the same images"
ONE_LEFT = "One run alone cannot be compared. Select a second one in the Runs table, then press Compare"


class ComparisonPane(Pane):
    """The same images, maps, losses and numbers of the runs that were chosen.

    Signals
    -------
    locate_wanted : (Path, DataConfig)
        Somebody wants to say where the images of a run are.
    """

    locate_wanted = Signal(object, object)

    object_name, title, view_kind = "comparison_pane", "Comparison", "comparison"
    needs_run = False

    def __init__(self) -> None:
        super().__init__()
        self.head = ComparisonHead()
        self.head.changed.connect(self._ask)
        self.pictures, self.maps = RunPictures(), RunMaps()
        self.curves, self.numbers = AllCurves(), NumbersTable()
        self.pictures.stacks.picked.connect(self._on_picked)
        self.maps.picked.connect(self._on_position)
        self.duel = DuelBoard()
        self.dueling = Dueling(self, self.duel)
        self.duel.picked.connect(self._on_position)
        self.curves.read.connect(self._on_read)
        self._shown_by: Settings = {}
        self.nothing = NoComparison()
        self.key = Label()
        self.key.setObjectName("compare_key")
        self.notes = Label()
        self.notes.setObjectName("compare_notes")
        for label in (self.key, self.notes):
            label.setFont(caption_font())
            label.setWordWrap(True)
        self.notes.setProperty("role", "muted")
        self.locate = QPushButton("Locate images…")
        self.locate.setObjectName("compare_locate")
        self.locate.clicked.connect(self._on_locate)
        self.found: Compared | None = None
        self._known: dict[Path, Trained] = {}
        self._asked: tuple[Path, ...] = ()
        self._due = False
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        self._resized.setInterval(SETTLED_MS)
        self._resized.timeout.connect(self._on_resized)
        self._build()
        theme.changed.connect(self._show_key)

    def _build(self) -> None:
        self._place = QStackedWidget()
        for widget in (self.nothing, self.pictures, self.maps, self.curves, self.numbers, self.duel):
            self._place.addWidget(widget)
        # In a low place what is chosen is whole, and what is compared has the rest.
        self._place.setMinimumHeight(LEAST_PX)
        below = QHBoxLayout()
        below.setSpacing(SPACE)
        below.addWidget(self.notes, 1)
        below.addWidget(self.locate, 0, Qt.AlignmentFlag.AlignRight)
        self.body.addWidget(self.head)
        self.body.addWidget(self._place, 1)
        self.body.addWidget(self.key)
        self.body.addLayout(below)
        self.head.allow(False)
        self._refuse_too_few()

    # -- what the session says --------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.pictures.stacks.serve(self.session)
        self.maps.serve(self.session.decoder.turns)
        self.session.selection.compared_changed.connect(self._on_compared)
        self.session.run_saved.connect(self.read_again)
        self.dueling.serve(self.session)
        self.nothing.serve(self.session)

    def on_run(self) -> None:
        """Which run is open changes nothing but what a click means."""
        self.on_code_of_shown()

    def on_snapshot(self) -> None:
        """The open run is read again when it is saved."""

    def on_seen(self) -> None:
        super().on_seen()
        if self._due:
            self._ask()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The runs that were chosen."""
        selection = self.session.selection
        return () if selection.with_open else selection.compared

    @property
    def _result(self) -> Result | None:
        """What is shown; None where it was refused, or nothing is asked yet."""
        found = self.found
        return None if found is None or isinstance(found.result, Refused) else found.result

    @Slot()
    def _on_compared(self) -> None:
        self._known = {path: run for path, run in self._known.items() if path in self.paths}
        if self.found is not None and set(self.found.paths) != set(self.paths):
            self.found = None
        self.head.offer_pairs(self.paths)
        self._ask()

    @Slot(object)
    def read_again(self, path: Path) -> None:
        """A run has been trained on, or its images were found."""
        self._known.pop(path, None)
        if path in self.paths:
            self._ask()

    # -- asking -----------------------------------------------------------------------------------------------------

    @Slot()
    def _ask(self) -> None:
        if not self.seen:
            self._due = True
            return
        self._due, paths = False, self.head.in_order(self.paths)
        self.head.allow(len(paths) > 1)
        if len(paths) < 2:
            self.found, self._asked = None, paths
            self._refuse_too_few()
            self.set_subtitle("")
            return
        self._asked = paths
        known = dict(self._known)
        latest = self.session.epochs.latest
        if latest is not None and latest.path in paths and self.session.explorable:
            known[latest.path] = latest
        if self.found is None:
            self._refuse(Refused("Opening the runs…"), offers=False)
        self.set_subtitle(f"{len(paths)} runs, working it out…")
        if self.head.kind == "duel":
            self.duel.maps.prepare(2)
        elif self.head.kind == "maps":
            self.maps.prepare(len(paths))
        ask = duel_tasks.compare if self.head.kind == "duel" else run_tasks.compare
        settings = self._settings()
        work = partial(ask, known, paths, settings)
        # Only pictures take long: the others do not wait behind a map that is laid out.
        quick = self.head.kind != "images" and bool(self.session.libraries.device)
        job = self.session.submit("Comparing runs", work, "compare", quick=quick, of_run=False)
        job.succeeded.connect(partial(self._on_answer, paths, self.head.kind, settings))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_notes()
        self._resized.start()

    def _show_notes(self) -> None:
        """What is remarked; in a low place, whose room is for what is compared, by the tip of the head alone."""
        words = self.notes.text()
        self.notes.setVisible(bool(words) and self.height() >= LOW_PX)
        self.header.subtitle.meaning = words

    @Slot()
    def _on_resized(self) -> None:
        """Ask for as many images as there is room for now."""
        shows = self.head.kind == "images" and self._result is not None and not self.head.given
        if self.seen and shows and self._settings().get("count") != self._shown_by.get("count"):
            self._ask()

    def _settings(self) -> Settings:
        settings = self.head.settings(self.pictures.count_for(self._place.size(), len(self.paths)))
        return settings | self.dueling.ends(self._asked) if self.head.kind == "duel" else settings

    def _on_answer(self, paths: tuple[Path, ...], kind: str, settings: Settings, found: Compared) -> None:
        if paths != self._asked or kind != self.head.kind or len(self.paths) < 2:
            return
        self.found = found
        self._known = dict(found.runs)
        self.view_kind, self._shown_by = "duel" if kind == "duel" else "comparison", settings
        self._draw()

    # -- drawing ----------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        found = self.found
        if found is None:
            return
        result = found.result
        self.dueling.clear()
        unread = [f"{name} cannot be compared: {why}" for name, why in found.unreadable]
        if isinstance(result, Refused):
            self._refuse(result)
            self.set_subtitle(f"{len(self._asked)} runs")
            self._say(unread)
            return
        if found.duel is not None:
            self._place.setCurrentWidget(self.duel)
            unread += left_out([path.name for path in found.paths[2:]])
            self.dueling.show(found)
        elif result.show == "images":
            self.head.offer_classes(result.class_names)
            self._place.setCurrentWidget(self.pictures)
            self.pictures.show_result(result, self._code_of)
        elif result.show == "maps":
            self._place.setCurrentWidget(self.maps)
            self.maps.show_result(result)
        elif result.show == "losses":
            self._place.setCurrentWidget(self.curves)
            self.curves.show_result(result)
        else:
            self._place.setCurrentWidget(self.numbers)
            self.numbers.show_result(result)
        self.set_subtitle(result.subtitle)
        self._say([*result.notes, *unread])
        self._show_key()
        self.on_code_of_shown()

    def _refuse_too_few(self) -> None:
        """Say how runs come here: whichever way of comparing is chosen, what it asks stands first."""
        paths = self._asked
        self._refuse(Refused(DUEL if self.head.kind == "duel" else "", ONE_LEFT if paths else CHOOSE))

    def _refuse(self, why: Refused, offers: bool = True) -> None:
        """Say why there is nothing to see, and what to do; `offers`: another run can be chosen on the spot."""
        words = ". ".join(filter(None, (why.what.rstrip("."), why.todo)))
        self.nothing.say(words, self._asked[0] if self._asked else None, offers)
        self._place.setCurrentWidget(self.nothing)
        self.key.hide()
        self._say([])

    def _say(self, notes: list[str]) -> None:
        lacking = self.found.lacking if self.found is not None else ()
        if lacking and self.head.kind in ("images", "duel"):
            names = " and ".join(path.name for path in lacking)
            notes = [*notes, f"The images of {names} are not where they were"]
        self.notes.setText(". ".join(note.rstrip(".") for note in notes))
        self._show_notes()
        self.locate.setVisible(bool(lacking))
        if lacking:
            self.locate.setToolTip("")
            self.locate.setAccessibleName(f"Locate the images of {lacking[0].name}")

    @Slot()
    def _show_key(self) -> None:
        words = key_of(self._result) if self._result is not None else None
        self.key.setText(words or "")
        self.key.setVisible(bool(words))

    @Slot(str)
    def _on_read(self, words: str) -> None:
        if self._result is not None:
            self.set_subtitle(words or self._result.subtitle)

    @Slot()
    def _on_locate(self) -> None:
        if self.found is not None and self.found.lacking:
            path = self.found.lacking[0]
            self.locate_wanted.emit(path, self.found.runs[path].config.data)

    # -- the current code -------------------------------------------------------------------------------------------

    @property
    def _shares_images(self) -> bool:
        """Whether the open run knows the images that are shown: then a click makes its code current."""
        result, run = self._result, self.session.run
        if result is None or run is None or not self.session.explorable:
            return False
        return result.fingerprint == run.info.fingerprint

    def _code_of(self, row: int) -> Code | None:
        result = self._result
        if result is None or not self._shares_images:
            return None
        return self.session.current.code_of(result.part, int(result.index[row]))

    @Slot(int)
    def _on_picked(self, row: int) -> None:
        code = self._code_of(row)
        if code is not None:
            self.session.current.set(code)

    @Slot(int)
    def _on_position(self, position: int) -> None:
        result = self._result
        self.dueling.select(position)
        self.dueling.take_up(position)
        if result is not None and self._shares_images:
            code = self.session.current.code_of(result.part, position)
            if code is not None:
                self.session.current.set(code)

    def on_code(self, code: Code) -> None:
        if self.seen:
            self.on_code_of_shown()

    def on_code_of_shown(self) -> None:
        """Frame the image whose code is the current one."""
        result = self._result
        if result is None:
            return
        code = self.session.current.code
        known = code is not None and self._shares_images and code.part == result.part and code.index is not None
        position = code.index if known and code is not None and code.index is not None else -1
        if result.show == "images":
            at = np.flatnonzero(result.index == position)
            self.pictures.stacks.set_current(int(at[0]) if len(at) else -1)
        elif self.dueling.found is not None:
            self.dueling.follow(position)
        elif result.show == "maps":
            self.maps.mark(position)

    # -- export -----------------------------------------------------------------------------------------------------

    @property
    def run(self) -> Trained:
        """The first of the runs: the figure is made of it and the others."""
        return (
            next(iter(self.found.runs.values())) if self.found is not None and self.found.runs else self.session.shown
        )

    def nothing_to_export(self) -> str:
        return "no runs are compared" if self._result is None else ""

    def view_settings(self) -> list[str]:
        others = [] if self.found is None else [str(path) for path in self.found.paths[1:]]
        if self.view_kind == "duel":
            return as_changes({"other": others[0], **self._shown_by, **self.dueling.picks})
        return as_changes({"runs": others, **self._shown_by})

    def restore(self, kind: str, settings: Settings) -> bool:
        if kind not in ("comparison", "duel"):
            return False
        names = settings.get("runs", ()) if kind == "comparison" else (settings.get("other", ""),)
        paths = [path for name in names if name and is_folder(path := Path(name))]
        first = self.session.run.path if self.session.run is not None else None
        if not paths or first is None:
            return False
        given = settings_of(kind, settings)
        if isinstance(given, DuelSettings):
            self.dueling.bring(given)
            self.head.restore_duel(given)
        else:
            assert isinstance(given, ViewSettings)
            self.head.restore(given)
        self.session.compare_apart([first, *paths])
        return True

    def _can_export(self) -> bool:
        if self.session is None or self.nothing_to_export():
            if self.session is not None:
                self.session.message.emit("info", CHOOSE)
            return False
        return True
