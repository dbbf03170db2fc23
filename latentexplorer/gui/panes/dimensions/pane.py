"""Dimensions: which of them carry something, live while a model learns."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout

from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.dimensions.effect_bar import EffectBar
from latentexplorer.gui.panes.dimensions.model import STATE
from latentexplorer.gui.panes.dimensions.table import DimensionsTable
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.elided import ElidedLabel, briefly
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.workers import tasks
from latentexplorer.views.base import Refused
from latentexplorer.views.dimension_columns import COLUMNS
from latentexplorer.views.dimension_effect import CHANGE
from latentexplorer.views.dimensions import AUTO, MOST_ROWS, NUMBER, ORDERS, Result, Settings

EFFECT_KNOWN_AS = (
    "dimension effect",
    "effect of a dimension",
    "importance of a dimension",
    "dimension importance",
    "sensitivity",
    "disentanglement",
    "goes with",
    "correlation with factors",
    "correlation with labels",
    "correlation with columns",
    "what does a dimension do",
    "latent factors",
    "factors of variation",
    "feature importance",
)
TOP_KNOWN_AS = ("top dimensions", "most important dimensions")


class DimensionsPane(Pane):
    """A row a dimension: its number, bars of its values, whether it is active, and how that came about."""

    object_name, title, view_kind = "dimensions_pane", "Dimensions", "dimensions"
    empty_text = "Train a model to see which of its dimensions carry something"
    follows = True
    draws_later = True

    def __init__(self) -> None:
        super().__init__()
        self.result: Result | None = None
        self._plain: Result | None = None
        self._chosen = False
        self.table = DimensionsTable()
        self.table.sorted.connect(self._on_sorted)
        self.body.addWidget(self.table, 1)
        self.words = ElidedLabel()
        self.words.setObjectName("dimensions_words")
        self.words.setFont(caption_font())
        self.words.setProperty("role", "muted")
        below = QHBoxLayout()
        below.setSpacing(SPACE)
        below.addWidget(self.words, 1)
        self._link, self._effect_link = GuideLink("collapse"), GuideLink("dimension-effect")
        for link in (self._link, self._effect_link):
            below.addWidget(link)
        self._effect_link.hide()
        self.body.addLayout(below)
        self.held_out: QAction = self.add_menu_action("Held-out images", self._ask_again, checkable=True)
        titles = {NUMBER: "number", **{column.name: column.title for column in COLUMNS}, STATE: "state"}
        for name, title in titles.items():
            title = title if title.isupper() else title.lower()
            self.add_menu_action(f"Sort the dimensions by {title}", partial(self._sort, name))

    # -- what the session says --------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.session.training.state_changed.connect(self._on_training)
        self.effect = EffectBar(self.session)
        self.effect.measured.connect(self._on_effect)
        self.effect.refused.connect(self._on_refused)
        self.body.insertWidget(self.body.indexOf(self.table) + 1, self.effect)
        self.table.picked.connect(self.session.dimensions.seek)
        self.table.brought.connect(partial(self.session.dimensions.seek, bring=True))

    def on_run(self) -> None:
        self._chosen = False
        self._ask()

    def on_snapshot(self) -> None:
        self._ask()

    @Slot(str)
    def _on_training(self, _state: str) -> None:
        if self.seen and self.session.explorable and not self.session.training.active:
            self._ask()

    @Slot()
    def _ask_again(self) -> None:
        if self.session is not None and self.session.run is not None:
            self._ask()

    def _ask(self) -> None:
        """Off the window's thread; of several snapshots the newest counts."""
        settings = {"part": self._part, "sort": NUMBER, "count": MOST_ROWS}
        question = partial(tasks.quick_view, self.run, self.view_kind, settings)
        self.session.decoder.ask("dimensions", question, self._on_answer)

    @property
    def _part(self) -> str:
        return "test" if self.held_out.isChecked() else "train"

    @property
    def _live(self) -> bool:
        return self.session.snapshots.following and self.session.training.active

    # -- drawing ----------------------------------------------------------------------------------------------------

    def _on_answer(self, result: Result | Refused) -> None:
        if self.refused(result):
            self._plain = self.result = None
            self.set_subtitle("")
            return
        self.effect.follow(self.run)
        self._plain, self.result = result, self.effect.beside(result)
        self._show(self.result)

    def _show(self, result: Result) -> None:
        model = self.table.dimensions
        if not self._chosen:
            # While a model learns rows keep their places; then those that carry most stand above.
            first = NUMBER if self._live else result.columns[0].name
            model.sorted_by, model.descending = first, first != NUMBER
        self.table.show_result(result, keep_order=self._live)
        self.set_subtitle(result.subtitle)
        # One line, whose tip tells the rest: the room is that of the rows.
        words = ". ".join(note.rstrip(".") for note in result.notes)
        self.words.briefer = briefly(words)
        self.words.setText(words)
        # One link, to what the words below the table explain last.
        self._effect_link.setVisible(self.effect.result is not None)
        self._link.setVisible(self.effect.result is None)

    @Slot()
    def _on_effect(self) -> None:
        """It is known what each one changes: those that change the image most stand above."""
        if self._plain is not None:
            self.result = self.effect.beside(self._plain)
            self._show(self.result)
            self._sort(CHANGE.name)

    @Slot(object)
    def _on_refused(self, why: Refused) -> None:
        self.session.message.emit("warning", f"{why.what}. {why.todo}")

    @Slot()
    def _on_sorted(self) -> None:
        self._chosen = True

    def _sort(self, name: str, *_: object) -> None:
        if name in self.table.dimensions.names:
            self.table.sort_by(name, name != NUMBER)

    def offers(self) -> list[Offer]:
        found = super().offers()
        mine = {self.effect.measure.text(): EFFECT_KNOWN_AS, self.effect.top.text(): TOP_KNOWN_AS}
        return [replace(offer, known_as=mine.get(offer.name, ())) for offer in found]

    # -- export -----------------------------------------------------------------------------------------------------

    def view_settings(self) -> list[str]:
        if self.result is None:
            # As it would be sorted when it is looked at.
            return as_changes({"part": self._part})
        model = self.table.dimensions
        sort = model.sorted_by if model.sorted_by in ORDERS else NUMBER
        reverse = model.descending if sort == NUMBER else not model.descending
        return as_changes({"part": self._part, "sort": sort, "reverse": reverse})

    def nothing_to_export(self) -> str:
        # Where nobody has looked at it yet nothing is known, and the figure says so where there is none.
        unseen = self._stale and not self.seen
        none = self.result is None and not unseen
        return super().nothing_to_export() or ("it has no codes to show" if none else "")

    def restore(self, kind: str, settings: tasks.Settings) -> bool:
        if kind != self.view_kind:
            return False
        given = Settings.model_validate(settings)
        self.held_out.setChecked(given.part == "test")
        if given.sort != AUTO:
            self.table.sort_by(given.sort, given.reverse if given.sort == NUMBER else not given.reverse)
        return True
