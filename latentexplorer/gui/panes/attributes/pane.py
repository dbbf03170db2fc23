"""Attributes: directions between groups of images, with a receipt each; they move the current code."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from latentexplorer.core.paths import free, own_folder, slug
from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.attributes.along import Along
from latentexplorer.gui.panes.attributes.analogy import Analogy
from latentexplorer.gui.panes.attributes.maker import Maker
from latentexplorer.gui.panes.attributes.row import AGAIN, DELETE, RENAME, SAVE, AttributeRow
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.asking import asking
from latentexplorer.gui.widgets.file_dialogs import ask_file, ask_new_file
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.workers import attribute_tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.attribute_groups import positions_text
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.code import Code, as_setting

if TYPE_CHECKING:
    from latentexplorer.gui.workers.attribute_tasks import Groups
    from latentexplorer.runs import Trained
    from latentexplorer.runs.attributes import Attribute

SAYS = "Two groups of images give a direction for any code: 0 is where it came from, 1 from group to group"
NONE_YET = "No direction yet: choose two groups, or draw round points on the map"
SELECTED = "Make a direction to the selection…"
SELECTED_KNOWN_AS = ("make a direction", "attribute vector", "direction from selection", "lasso direction")
OPEN = "Open a direction from a file…"
ANALOGY = "Analogy: A is to B as C is to ?"
ANALOGY_KNOWN_AS = ("analogy", "analogies", "vector arithmetic", "latent arithmetic")
FILES = "Directions (*.json)"


class AttributesPane(Pane):
    """A row a direction, below the two groups of the next one; below all the analogy of the two anchors."""

    object_name, title, view_kind = "attributes_pane", "Attributes", "attribute"
    follows = draws_later = True

    def __init__(self) -> None:
        super().__init__()
        self._run: Trained | None = None
        """The state of the run that is shown; it stays while the pane is frozen."""
        self.along = Along()
        self.rows: dict[str, AttributeRow] = {}
        self._steps: dict[str, Array] = {}
        self._open = ""
        self._touched = ""
        self._sending = False
        self.maker = Maker()
        self.maker.asked.connect(self._make)
        self.nothing = Label(NONE_YET)
        self.nothing.setProperty("role", "empty")
        self.nothing.setWordWrap(True)
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE)
        self.says = caption(SAYS)
        self.says.setWordWrap(True)
        self.add_menu_action(SELECTED, self._make_selected)
        self.add_menu_action(OPEN, self.open_file)
        self.add_menu_action(ANALOGY, self.show_analogy)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self.says, 1)
        head.addWidget(GuideLink("attributes"))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, SPACE // 2, 0)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self.maker)
        column.addWidget(self.nothing)
        column.addLayout(self._list)
        column.addWidget(self.analogy)
        column.addStretch(1)
        self.area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setAccessibleName("Directions")
        area.installEventFilter(self)
        self.body.addWidget(area, 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            # With the scroll bar's room left, whether it is there or not: it comes and goes with their height.
            bar = self.area.verticalScrollBar().sizeHint().width()
            self.analogy.fit(self.area.contentsRect().width() - bar - SPACE // 2)
        return super().eventFilter(watched, event)

    # -- what the session says --------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        session = self.session
        self.analogy = Analogy(session)
        self._build()
        session.attributes.changed.connect(self._show_rows)
        session.attributes.wanted.connect(self._on_wanted)
        session.selection.images_changed.connect(self._on_selected)
        session.selection.anchors_changed.connect(self._on_anchors)

    def on_run(self) -> None:
        run = self._show_state()
        self.maker.forget()
        self.session.decoder.ask(
            "attribute_groups", partial(attribute_tasks.groups_of, run), partial(self._on_groups, run)
        )

    def on_snapshot(self) -> None:
        # Its classes and columns are the same; directions of the weights before say so themselves.
        self._show_state()
        self.session.attributes.look()
        self._on_anchors()

    def _show_state(self) -> Trained:
        """What directions are made of, and the analogy is decoded with."""
        run = self._run = self.analogy.run = self.run
        return run

    @Slot(bool)
    def set_frozen(self, frozen: bool) -> None:
        changed = frozen != self.frozen
        if changed and self.session is not None:
            self.session.attributes.hold(self._run if frozen else None)
        super().set_frozen(frozen)
        if changed and not frozen and self.session is not None and self.session.current.code is not None:
            # The code of the same image, as it is by now.
            self.on_code(self.session.current.code)

    def _keeps(self, code: Code) -> bool:
        """Whether a code is that of the same image by newer weights, while the pane is frozen."""
        mine = self.along.base
        return self.frozen and mine is not None and mine.of_image and (mine.part, mine.index) == (code.part, code.index)

    def _on_groups(self, run: Trained, groups: Groups) -> None:
        if self.refused(Refused(groups.refused) if groups.refused else groups):
            return
        self.maker.show_groups(groups)
        self.nothing.setText(self.maker.nothing_else or NONE_YET)
        self._on_selected()
        self._show_rows()
        self._on_anchors()

    def on_code(self, code: Code) -> None:
        if not self._sending:
            if self._keeps(code):
                return
            self.along.follow(code, self._steps)
        if self.seen and not self._stale:
            self._show_amounts()
            self.analogy.follow(code)

    def on_seen(self) -> None:
        super().on_seen()
        if self.session.run is not None:
            self._on_selected()
            self.session.attributes.look()
            self._show_amounts()
            code = self.session.current.code
            if code is None or not self._keeps(code):
                self.analogy.follow(code)

    @Slot()
    def _on_anchors(self) -> None:
        if self.seen:
            self.analogy.show_codes()

    @Slot()
    def _on_selected(self) -> None:
        if not self.seen:
            # Thousands of positions are not written for nobody.
            return
        self.maker.show_selected(*self.session.selection.images)

    @Slot(str)
    def _on_wanted(self, group: str) -> None:
        self._on_selected()
        self.maker.offer(group)
        # When the pane has come into sight: the keyboard is where the next key makes it.
        QTimer.singleShot(0, self.maker.make.setFocus)

    # -- rows -------------------------------------------------------------------------------------------------------

    @Slot()
    def _show_rows(self) -> None:
        """A row for each direction that is kept."""
        kept = self.session.attributes.kept
        shown = {attribute.name: (attribute, self.session.attributes.fits(attribute)) for attribute in kept}
        for name, row in list(self.rows.items()):
            attribute, fits = shown.get(name, (None, False))
            if row.attribute != attribute:
                self._list.removeWidget(row)
                self.rows.pop(name).deleteLater()
                row.hide()
            elif row.fits != fits:
                # The same row, which somebody may have in hand while a model trains.
                row.show_fits(fits)
        self._take_steps({attribute.name: attribute.vector for attribute in kept})
        for at, attribute in enumerate(kept):
            if attribute.name not in self.rows:
                row = AttributeRow(attribute, shown[attribute.name][1], at)
                row.moved.connect(partial(self._move, True))
                row.settled.connect(partial(self._move, False))
                row.opened.connect(self._on_opened)
                row.asked.connect(self._on_asked)
                self.rows[attribute.name] = row
            self._list.insertWidget(at, self.rows[attribute.name])
        self.nothing.setVisible(not kept)
        self._show_open()
        self._show_amounts()

    def _take_steps(self, steps: dict[str, Array]) -> None:
        """Where a direction that moved the code leads elsewhere by now, or is gone, sliders start from where it is."""
        used = [name for name, by in self.along.amounts.items() if by]
        if any(name not in steps or not np.array_equal(steps[name], self._steps[name]) for name in used):
            self.along.rebase(self.session.current.code)
        self._steps = steps

    def _show_open(self) -> None:
        for name, row in self.rows.items():
            row.show_receipt(name == self._open)

    def _show_amounts(self) -> None:
        for name, row in self.rows.items():
            row.show_amount(self.along.amounts.get(name, 0.0))

    @Slot(str, bool)
    def _on_opened(self, name: str, shown: bool) -> None:
        self._open = name if shown else ""
        self._show_open()

    def _move(self, passing: bool, name: str, amount: float) -> None:
        if self.along.base is None and self.session.current.code is not None:
            self.along.follow(self.session.current.code, self._steps)
        code = self.along.moved(name, amount, self._steps)
        if code is None:
            return
        self._touched = name
        self._sending = True
        self.session.current.set(code, passing=passing, what=f"moving along {name}")
        self._sending = False

    @Slot(str, str)
    def _on_asked(self, what: str, name: str) -> None:
        attribute = self.session.attributes.named(name)
        if attribute is None:
            return
        if what == DELETE:
            self.session.attributes.remove(name)
        elif what == RENAME:
            self._ask_name(name)
        elif what == SAVE:
            self._ask_file(attribute)
        elif what == AGAIN:
            self._make(attribute.from_group, attribute.to_group, name)

    def _ask_name(self, name: str) -> None:
        dialog = asking(self.window(), "attribute_name_dialog", "Rename", "Name of this direction")
        dialog.setTextValue(name)
        dialog.textValueSelected.connect(partial(self._rename, name))
        dialog.open()

    def _rename(self, old: str, new: str) -> None:
        if self._open == old and self.session.attributes.named(new) is None and new.strip():
            self._open = new.strip()
        self.session.attributes.rename(old, new)

    # -- making -----------------------------------------------------------------------------------------------------

    def _make(self, from_group: str, to_group: str, name: str = "") -> None:
        work = partial(attribute_tasks.make, self._run or self.run, from_group, to_group)
        job = self.session.submit("Measuring a direction", work, "attribute")
        job.succeeded.connect(partial(self._on_made, name))

    def _on_made(self, name: str, found: Attribute | Refused) -> None:
        if isinstance(found, Refused):
            self.maker.say(found.text)
            return
        self.maker.say("")
        found = found.model_copy(update={"name": name or self.session.attributes.free_name(found)})
        self._open = found.name
        self.session.attributes.add(found)

    @Slot()
    def _make_selected(self) -> None:
        part, index = self.session.selection.images
        if len(index):
            self.session.attributes.want(positions_text(part, index))
        else:
            self.session.message.emit("info", "Nothing is selected: draw round points on the map first (Shift-drag)")
            self.session.attributes.pane_wanted.emit()

    @Slot()
    def show_analogy(self) -> None:
        """Bring the four pictures into sight."""
        self.session.attributes.pane_wanted.emit()
        self.area.ensureWidgetVisible(self.analogy)

    # -- files ------------------------------------------------------------------------------------------------------

    def _ask_file(self, attribute: Attribute) -> None:
        path = free(own_folder() / f"{slug(attribute.name)}.json")
        take = partial(self.save_to, attribute)
        ask_new_file(self, "attribute_save_dialog", "Save the direction", path, take, FILES, suffix="json")

    def save_to(self, attribute: Attribute, path: Path) -> None:
        """Write one direction into a file, with what it fits."""
        self.session.write(f"Writing {path.name}", partial(attribute_tasks.save, attribute, path), path)

    @Slot()
    def open_file(self) -> None:
        """Ask for a file with a direction of this run's model."""
        if self.session.run is None:
            return
        ask_file(self, "attribute_open_dialog", "Open a direction", own_folder(), self.load_from, FILES)

    def load_from(self, path: Path) -> None:
        """Keep the direction in a file with the run; one of another model is refused with both named."""
        work = partial(attribute_tasks.load, self._run or self.run, path)
        job = self.session.submit(f"Reading {path.name}", work, "attribute_file")
        job.succeeded.connect(partial(self._on_made, ""))

    # -- export -----------------------------------------------------------------------------------------------------

    def offers(self) -> list[Offer]:
        known = {SELECTED: SELECTED_KNOWN_AS, ANALOGY: ANALOGY_KNOWN_AS}
        return [replace(offer, known_as=known.get(offer.name, ())) for offer in super().offers()]

    @property
    def _shown(self) -> Attribute | None:
        """The direction that a figure shows: the one that is open, was moved last, or is the first."""
        names = [name for name in (self._open, self._touched) if name in self.rows]
        names += list(self.rows)
        return self.session.attributes.named(names[0]) if names else None

    def view_settings(self) -> list[str]:
        attribute = self._shown
        if attribute is None:
            return []
        settings: Settings = {"kept": attribute.name}
        if self.along.base is not None:
            return [*as_changes(settings), f"base={as_setting(self.run, self.along.base)}"]
        return as_changes(settings)

    def nothing_to_export(self) -> str:
        return super().nothing_to_export() or ("" if self.rows else "it has no direction yet")

    def restore(self, kind: str, settings: Settings) -> bool:
        if kind != self.view_kind:
            return False
        self._open = settings.get("kept", "")
        if not self._open and (settings.get("from_group") or settings.get("to_group")):
            self._make(settings.get("from_group", ""), settings.get("to_group", ""))
        self._show_open()
        return True
