"""What is chosen of a comparison: images, maps, losses or numbers, and what of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QPushButton, QToolButton, QWidget

from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.epochs import LOG, LOG_TIP
from latentexplorer.gui.widgets.flow import FlowLayout
from latentexplorer.gui.widgets.offer import KNOWN_AS
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.comparison import Settings as ViewSettings
from latentexplorer.views.duel import Settings as DuelSettings
from latentexplorer.views.loss import COMMON

KNOWN_AS_DUEL = (
    "model duel",
    "CKA",
    "compare two models",
    "representational similarity",
    "matched dimensions",
    "neighbour overlap",
    "similarity of latent spaces",
    "align latent spaces",
    "Procrustes",
)
KINDS: dict[str, tuple[str, str]] = {
    "images": ("Images", "The same images through each of the runs"),
    "maps": ("Maps", "The codes of each run, laid onto those of the first one"),
    "losses": ("Losses", "Curves of training in one plot, where they can be compared"),
    "numbers": ("Numbers", "The settings that differ, and the results"),
    "duel": ("Duel", "Do two models organise the same images alike? The same image, path and dimensions in both"),
}
FRAME_PX = 40
"""What a choice has beside its words."""
WIDEST_PX = 130


class ComparisonHead(QWidget):
    """Shows the choices that change something for what is shown.

    Attributes
    ----------
    kind : "images", "maps", "losses", "numbers" or "duel"

    Signals
    -------
    changed : ()
        By the person.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kind: str = "images"
        self._seed = 0
        self._index: tuple[int, ...] = ()
        self._row = row = FlowLayout(SPACE // 2, self)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for name, (text, tip) in KINDS.items():
            button = self.buttons[name] = _switch(f"compare_{name}", text, tip)
            self._group.addButton(button)
            row.addWidget(button)
        self.buttons["duel"].setProperty(KNOWN_AS, KNOWN_AS_DUEL)
        self.buttons[self.kind].setChecked(True)
        self._group.buttonClicked.connect(self._on_kind)
        self.part = _choice("compare_part", "Images of", {"test": "Held-out", "train": "Training"})
        self.order = _choice(
            "compare_order",
            "Which images",
            {"first": "First", "random": "Random", "differences": "Differ most"},
        )
        self.label = _choice("compare_class", "Class", {"": "All classes"})
        self.draw = QPushButton()
        self.draw.setObjectName("compare_draw")
        self.draw.setToolTip("New draw: other images, at random")
        self.draw.setAccessibleName("New draw of images")
        self.draw.clicked.connect(self._on_draw)
        self.method = _choice(
            "compare_method",
            "Maps by",
            {"auto": "Components", "tsne": "t-SNE", "umap": "UMAP", "dims": "Raw dimensions"},
        )
        self.align = _switch(
            "compare_align", "Align", "Turn, mirror and scale the maps onto the first one (Procrustes)"
        )
        self.align.setChecked(True)
        self.align.clicked.connect(self.changed)
        self.pair = _choice("compare_pair", "Which two", {})
        self.terms: dict[str, QToolButton] = {}
        for name, quantity in COMMON.items():
            tip = quantity.summary or f"{quantity.title}, {quantity.unit}"
            button = self.terms[name] = _switch(f"compare_curve_{name}", quantity.title, tip)
            button.setChecked(name in ViewSettings().curves)
            button.clicked.connect(self._on_term)
        self.curve_part = _choice(
            "compare_curve_part",
            "Curves of",
            {"both": "Held-out and training", "test": "Held-out", "train": "Training"},
        )
        self.log = _switch("compare_log", LOG, LOG_TIP)
        self.log.clicked.connect(self.changed)
        self._of: dict[str, list[QWidget]] = {
            "images": [self.order, self.label, self.part, self.draw],
            "maps": [self.method, self.part, self.align],
            "losses": [*self.terms.values(), self.curve_part, self.log],
            "numbers": [],
            "duel": [self.pair, self.method, self.part, self.align],
        }
        row.addWidget(self.pair)
        for widget in dict.fromkeys(
            widget for widgets in self._of.values() for widget in widgets if widget is not self.pair
        ):
            row.addWidget(widget)
        for box in (self.pair, self.part, self.order, self.label, self.method, self.curve_part):
            box.activated.connect(self._on_choice)
        theme.changed.connect(self._recolour)
        self._recolour()
        self._show_choices()

    @Slot()
    def _recolour(self) -> None:
        self.draw.setIcon(icon("dice"))

    @property
    def given(self) -> bool:
        """Whether an exported figure says which images they are."""
        return bool(self._index)

    # -- what is chosen ---------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_kind(self, button: QToolButton) -> None:
        self.show_kind(next(name for name, known in self.buttons.items() if known is button))

    def show_kind(self, kind: str) -> None:
        """Images, maps, losses, numbers or a duel."""
        self.kind = kind
        self.buttons[kind].setChecked(True)
        self._show_choices()
        self.changed.emit()

    def allow(self, enough: bool) -> None:
        """Whether there are runs of which something can be chosen; the way of comparing can be before."""
        for widget in dict.fromkeys(widget for widgets in self._of.values() for widget in widgets):
            widget.setEnabled(enough)

    def _show_choices(self) -> None:
        for widgets in self._of.values():
            for widget in widgets:
                widget.setVisible(widget in self._of[self.kind])
        self.label.setVisible(self.kind == "images" and self.label.count() > 1)
        self.pair.setVisible(self.kind == "duel" and self.pair.count() > 1)
        self._row.second = next((widget for widget in self._of[self.kind] if not widget.isHidden()), None)
        self._row.invalidate()
        self.updateGeometry()

    @Slot()
    def _on_choice(self) -> None:
        self._index = ()
        self.changed.emit()

    @Slot()
    def _on_draw(self) -> None:
        """Other images; whatever was chosen before, a draw is random."""
        self._index = ()
        self._seed += 1
        self.order.setCurrentIndex(self.order.findData("random"))
        self.changed.emit()

    @Slot()
    def _on_term(self) -> None:
        """At least one curve is always shown."""
        if not any(button.isChecked() for button in self.terms.values()):
            self.terms["loss"].setChecked(True)
        self.changed.emit()

    def offer_classes(self, names: tuple[str, ...]) -> None:
        """The classes of the images that are shown."""
        if [self.label.itemData(at) for at in range(1, self.label.count())] == list(names):
            return
        chosen = self.label.currentData()
        self.label.clear()
        for name, text in {"": "All classes", **{name: name for name in names}}.items():
            self.label.addItem(text, name)
        self.label.setCurrentIndex(max(self.label.findData(chosen), 0))
        _fit(self.label)
        self._show_choices()

    def offer_pairs(self, paths: Sequence[Path]) -> None:
        """The runs of which two can be set beside each other; what was chosen stays where both are still there."""
        pairs = list(combinations(paths, 2))
        if [self.pair.itemData(at) for at in range(self.pair.count())] == pairs:
            return
        # The only pair there was nobody has chosen.
        chosen = self.pair.currentData() if self.pair.count() > 1 else None
        self.pair.clear()
        for pair in pairs:
            self.pair.addItem(" and ".join(path.name for path in pair), pair)
        self.pair.setCurrentIndex(pairs.index(chosen) if chosen in pairs else 0)
        if pairs:
            _fit(self.pair)
        self._show_choices()

    def in_order(self, paths: Sequence[Path]) -> tuple[Path, ...]:
        """Some runs, the two that were chosen for a duel first."""
        first = self.pair.currentData() or ()
        if self.kind != "duel" or not set(first) <= set(paths):
            return tuple(paths)
        return (*first, *(path for path in paths if path not in first))

    def settings(self, count: int) -> Settings:
        """Settings of the view `comparison`, or `duel`, but for the runs; what is as it is by default is left out.

        Parameters
        ----------
        count : int
            How many images there is room for.
        """
        found: Settings = {} if self.kind == "duel" else {"show": self.kind}
        if self.kind == "images":
            found |= {"part": self.part.currentData(), "order": self.order.currentData()}
            found |= {"label": self.label.currentData() or "", "seed": self._seed, "count": count}
            if self._index:
                found["index"] = self._index
        elif self.kind in ("maps", "duel"):
            found |= {"part": self.part.currentData(), "method": self.method.currentData()}
            found["align"] = self.align.isChecked()
        elif self.kind == "losses":
            found["curves"] = tuple(name for name, button in self.terms.items() if button.isChecked())
            found |= {"curve_part": self.curve_part.currentData(), "log": self.log.isChecked()}
        plain = ViewSettings()
        return {name: value for name, value in found.items() if name == "count" or value != getattr(plain, name)}

    def restore_duel(self, given: DuelSettings) -> None:
        """Choose what an exported duel shows."""
        self.part.setCurrentIndex(self.part.findData(given.part))
        self.method.setCurrentIndex(self.method.findData("auto" if given.method == "pca" else given.method))
        self.align.setChecked(given.align)
        self.show_kind("duel")

    def restore(self, given: ViewSettings) -> None:
        """Choose what an exported figure shows."""
        for box, value in (
            (self.part, given.part),
            (self.order, given.order),
            (self.method, "auto" if given.method == "pca" else given.method),
            (self.curve_part, given.curve_part),
        ):
            box.setCurrentIndex(max(box.findData(value), 0))
        if given.label:
            self.offer_classes((given.label,))
        self.label.setCurrentIndex(max(self.label.findData(given.label), 0))
        self._seed, self._index = given.seed, given.index
        self.align.setChecked(given.align)
        self.log.setChecked(given.log)
        for name, button in self.terms.items():
            button.setChecked(name in given.curves)
        self.show_kind(given.show)


def _switch(name: str, text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setText(text)
    button.setToolTip(verbatim(tip))
    button.setCheckable(True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def _choice(name: str, title: str, items: dict[str, str]) -> Choice:
    box = Choice(name, title)
    box.setToolTip(verbatim(title))
    for value, text in items.items():
        box.addItem(text, value)
    _fit(box)
    return box


def _fit(box: Choice) -> None:
    """As wide as its longest text, within reason."""
    texts = [box.itemText(at) for at in range(box.count())]
    widest = max((box.fontMetrics().horizontalAdvance(text) for text in texts), default=0)
    box.setFixedWidth(min(widest, WIDEST_PX) + FRAME_PX)
