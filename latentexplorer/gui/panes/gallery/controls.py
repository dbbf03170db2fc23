"""What is chosen about a source of the gallery: which images, in which order, how many; what codes are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QPushButton, QSpinBox, QWidget

from latentexplorer.gui.panes.gallery.class_choice import ClassChoice
from latentexplorer.gui.panes.gallery.sources import Source
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.widgets.flow import FlowLayout
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.slider import ValueSlider
from latentexplorer.gui.workers.tasks import Settings

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

ICON_PX = 16
WIDEST_PX = 120
COUNTS = {"reconstructions": 48, "odd-images": 24, "samples": 48, "separation": 12, "class-grid": 6}
STYLES = {
    "prior": "From the prior",
    "held-out": "Of images",
    "code": "Current code",
    "path": "From A to B",
}
MOST_OF = {"class-grid": 64}
"""Of what is many pictures each."""
MOST = 500
Choices = tuple[tuple[int, ...], str, float, int, tuple[tuple[str, int], ...], tuple[str, ...]]
"""Rows of the boxes, the part that is wanted, temperature, seed, how many images of which source, and classes."""


def choice(name: str, title: str, items: dict[str, str]) -> QComboBox:
    """A small choice from a list of values with their texts."""
    box = Choice(f"gallery_{name}", title)
    box.setToolTip(verbatim(title))
    for value, text in items.items():
        box.addItem(text, value)
    fit(box)
    return box


def fit(box: QComboBox) -> None:
    """As wide as its longest text, within reason."""
    widest = max(box.fontMetrics().horizontalAdvance(box.itemText(at)) for at in range(box.count()))
    box.setFixedWidth(min(widest, WIDEST_PX) + 2 * ICON_PX + SPACE)


def allow(box: QComboBox, value: str, refusal: str, tip: str = "") -> None:
    """Let a value be chosen, or grey it out with the reason as its tip."""
    model = box.model()
    if isinstance(model, QStandardItemModel):
        item = model.item(box.findData(value))
        item.setEnabled(not refusal)
        item.setToolTip(verbatim(refusal or tip))


class GalleryControls(QWidget):
    """Shows the choices that change something for a source, and makes settings of its view of them.

    Signals
    -------
    changed : ()
        By the person.
    let_go : ()
        The person has let the temperature go.
    """

    changed = Signal()
    let_go = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.part = choice("part", "Images", {"test": "Held-out", "train": "Training", "new": "New images"})
        self.sort = choice("sort", "Order", {"none": "In order", "worst": "Worst first", "best": "Best first"})
        self.label = choice("label", "Class", {"": "All classes"})
        self.draws_from = choice("draws_from", "Draw from", {"prior": "From the prior", "fitted": "Fitted sampler"})
        self.draws_from.setItemData(
            1, "A density fitted to the training codes: draws from where codes are", Qt.ItemDataRole.ToolTipRole
        )
        self.draw_label = choice("draw_label", "Class that is decoded", {"": "All in turn"})
        self.styles = choice("styles", "Styles", STYLES)
        self.classes = ClassChoice()
        self.statistic = choice("statistic", "Code of a class", {"median": "Median code", "mean": "Mean code"})
        self.temperature = ValueSlider("Temperature", 0.0, 2.0, 1.0, "gallery_temperature")
        self.temperature.setFixedWidth(230)
        self.draw = QPushButton("New draw")
        self.draw.setObjectName("gallery_draw")
        self.draw.setToolTip("Draw other codes")
        self.count = QSpinBox()
        self.count.setObjectName("gallery_count")
        self.count.setAccessibleName("How many")
        self.count.setToolTip("How many")
        self.count.lineEdit().setTextMargins(SPACE // 2, 0, 0, 0)
        self.count.setRange(1, MOST)
        self.count.setKeyboardTracking(False)
        self._boxes: dict[str, QComboBox] = {
            "part": self.part,
            "sort": self.sort,
            "label": self.label,
            "source": self.draws_from,
            "styles": self.styles,
            "statistic": self.statistic,
            "draw_label": self.draw_label,
        }
        self._source: Source | None = None
        self._counts = dict(COUNTS)
        self._seed = 0
        # The part that a person wants, also while a run has no held-out images.
        self._part = "test"
        self._held_out = True
        self._links: dict[str, GuideLink] = {}
        self._arrange()

    def _arrange(self) -> None:
        """In a row, in the order they are read in; as settings are called, see `Source.controls`."""
        boxes = self._boxes
        self._widgets: dict[str, QWidget] = {
            **{name: boxes[name] for name in ("part", "sort", "label", "source", "styles", "statistic")},
            "classes": self.classes,
            "temperature": self.temperature,
            "draw_label": self.draw_label,
            "count": self.count,
            "draw": self.draw,
        }
        row = self._row = FlowLayout(SPACE // 2, self)
        for widget in self._widgets.values():
            row.addWidget(widget)
        for name, box in boxes.items():
            box.activated.connect(self._on_part if name == "part" else self.changed)
        self.styles.activated.connect(self._show_those_of_styles)
        self.classes.changed.connect(self.changed)
        self.temperature.moved.connect(self.changed)
        self.temperature.settled.connect(self.let_go)
        self.draw.clicked.connect(self._on_draw)
        self.count.valueChanged.connect(self._on_count)
        theme.changed.connect(self._recolour)
        self._recolour()

    @Slot(str)
    def show_guide(self, slug: str) -> None:
        """Lead to a page of the guide, or to none, where that has no place above the pictures."""
        if slug and slug not in self._links:
            self._links[slug] = GuideLink(slug)
            self._row.addWidget(self._links[slug])
        for name, link in self._links.items():
            link.setVisible(name == slug)

    @Slot()
    def _recolour(self) -> None:
        self.draw.setIcon(icon("dice"))

    # -- what can be chosen -----------------------------------------------------------------------------------------

    def offer_classes(self, names: tuple[str, ...]) -> None:
        """The classes of another run."""
        self.classes.offer(names)
        for box, first in ((self.label, "All classes"), (self.draw_label, "All in turn")):
            chosen = box.currentData()
            box.clear()
            box.addItem(first, "")
            for name in names:
                box.addItem(name, name)
            box.setCurrentIndex(max(box.findData(chosen), 0))
            fit(box)

    def offer_for(self, run: Trained) -> None:
        """Grey out what makes no sense for a run, with the reason as its tip."""
        no_prior = "" if run.prior is not None else f"{run.config.model.kind.title} has no prior"
        allow(self.draws_from, "prior", no_prior)
        if no_prior:
            self.draws_from.setCurrentIndex(self.draws_from.findData("fitted"))
        self._held_out = "test" in run.codes and len(run.codes["test"].loc) > 0
        allow(self.part, "test", "" if self._held_out else "No images were held out")
        self._show_part()

    def _show_part(self) -> None:
        """Those that are wanted, else others: who has some, or lists some, shows what was chosen again."""
        takes_new = self._source is not None and "new" in self._source.controls
        allow(self.part, "new", "" if takes_new else "Selection shows new images", "Those that are brought, or dropped")
        wanted = "test" if self._part == "new" and not takes_new else self._part
        wanted = "train" if wanted == "test" and not self._held_out else wanted
        self.part.setCurrentIndex(self.part.findData(wanted))
        if wanted == "new":
            # What they are encoded as is found, or told by their names.
            self.label.hide()

    def show_for(self, source: Source, run: Trained | None, conditional: bool) -> None:
        """Show the choices that change something for a source, `conditional`: with a decoder that is told a class."""
        self.show_guide("")
        self._source = source
        for name, widget in self._widgets.items():
            shown = name in source.controls
            if name == "label":
                shown = shown and run is not None and bool(run.class_names)
            elif name == "draw_label":
                shown = shown and conditional
            widget.setVisible(shown)
        self._show_those_of_styles()
        self._show_part()
        self.count.blockSignals(True)
        self.count.setRange(1, MOST_OF.get(source.name, MOST))
        self.count.setValue(self._counts.get(source.name, 1))
        self.count.blockSignals(False)

    @Slot()
    def _show_those_of_styles(self) -> None:
        """Of one code there is one row, and only what is drawn can be drawn again."""
        if self._source is not None and "styles" in self._source.controls:
            styles = self.styles.currentData()
            self.draw.setVisible(styles in ("prior", "held-out"))
            self.count.setVisible(styles != "code")

    # -- what is chosen ---------------------------------------------------------------------------------------------

    @Slot()
    def _on_part(self) -> None:
        self._part = str(self.part.currentData())
        named = self._source is not None and "label" in self._source.controls and self.label.count() > 1
        self.label.setVisible(named and self._part != "new")
        self.changed.emit()

    def list_new(self, count: int) -> None:
        """Choose the new images, so many of them."""
        self._part = "new"
        self._counts["odd-images"] = count

    @Slot(int)
    def _on_count(self, count: int) -> None:
        if self._source is not None:
            self._counts[self._source.name] = count
        self.changed.emit()

    @Slot()
    def _on_draw(self) -> None:
        self._seed += 1
        self.changed.emit()

    def settings(self, source: Source, conditional: bool) -> Settings:
        """The settings of a source's view."""
        values: Settings = {}
        for name in ("part", "sort", "source", "statistic"):
            if name in source.controls:
                values[name] = self._boxes[name].currentData()
        if "label" in source.controls and self.label.currentData() and values.get("part") != "new":
            values["label"] = self.label.currentData()
        if "temperature" in source.controls:
            values |= {"temperature": round(self.temperature.value, 4), "seed": self._seed}
            values |= {"fade": True} if fade.on else {}
            if conditional and self.draw_label.currentData():
                values["label"] = self.draw_label.currentData()
        if "styles" in source.controls:
            values |= {"source": self.styles.currentData(), "seed": self._seed}
        if "classes" in source.controls and self.classes.chosen:
            values["classes"] = self.classes.chosen
        if "count" in source.controls:
            values["count"] = self.count.value()
        return values

    @property
    def choice(self) -> Choices:
        """All that is chosen, for every source."""
        rows = tuple(box.currentIndex() for box in self._boxes.values())
        counts = tuple(sorted(self._counts.items()))
        return rows, self._part, self.temperature.value, self._seed, counts, self.classes.chosen

    def show_choice(self, choices: Choices) -> None:
        """Show what was chosen before; `show_for` follows."""
        rows, self._part, temperature, self._seed, counts, classes = choices
        for box, row in zip(self._boxes.values(), rows, strict=True):
            box.setCurrentIndex(row)
        self.temperature.set_value(temperature)
        self._counts = dict(counts)
        self.classes.choose(classes)

    def restore(self, source: Source, settings: Settings) -> None:
        """Choose what the settings of a source's view say; what is left out is as by default."""
        for name, box in self._boxes.items():
            if name in source.controls:
                value = settings.get({"draw_label": "label", "styles": "source"}.get(name, name))
                at = box.findData(value) if value is not None else 0
                box.setCurrentIndex(max(at, 0))
        if "part" in source.controls:
            self._part = str(self.part.currentData())
        if "classes" in source.controls:
            self.classes.choose(settings.get("classes", ()))
        if "temperature" in source.controls:
            fade.set_on(bool(settings.get("fade", False)))
        self._seed = int(settings.get("seed", 0))
        self.temperature.set_value(float(settings.get("temperature", 1.0)))
        if "count" in settings:
            self._counts[source.name] = int(settings["count"])
