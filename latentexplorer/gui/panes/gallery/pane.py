"""Gallery: many pictures at once, from a source of one's choice; any of them can be made current, or an anchor."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.gallery.sources import SOURCES, Panel, Source, selected
from latentexplorer.gui.style.plain import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, icon, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.flow import FlowLayout
from latentexplorer.gui.widgets.image_stacks import StackGrid
from latentexplorer.gui.widgets.slider import ValueSlider
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.job import Job
from latentexplorer.views.base import Refused
from latentexplorer.views.code import Code

CELL_PX = 48
ICON_PX = 16
WIDEST_PX = 120
COUNTS = {"reconstructions": 48, "samples": 48, "separation": 12}
MOST = 500
FIRST = ("reconstructions", "separation", "samples")
"""What is shown where the source that was chosen makes no sense; there is always something to draw."""


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


class _Side(QWidget):
    """One panel: its heading and its pictures."""

    def __init__(self, name: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        self.heading = Label()
        self.heading.setFont(caption_font())
        self.heading.setProperty("role", "caption")
        self.grid = StackGrid(name, CELL_PX)
        self.stacks = self.grid.stacks
        self.stacks.setAccessibleName("Pictures")
        column.addWidget(self.heading)
        column.addWidget(self.grid, 1)
        self.panel: Panel | None = None

    def show_panel(self, panel: Panel) -> None:
        """Draw a panel."""
        self.panel = panel
        self.heading.setText(panel.heading[:1].upper() + panel.heading[1:])
        self.heading.setVisible(bool(panel.heading))
        self.stacks.set_stacks(panel.layers, panel.code_of, panel.captions, panel.names)
        self.stacks.set_tips(self._tip)

    def _tip(self, index: int) -> str:
        return self.panel.tips[index] if self.panel is not None and index < len(self.panel.tips) else ""

    def mark(self, code: Code | None) -> None:
        """Frame the stack whose code is the current one."""
        found = -1
        if self.panel is not None and code is not None:
            for index in range(len(self.panel.layers[0])):
                own = self.panel.code_of(index)
                if own is not None and _same(own, code):
                    found = index
                    break
        self.stacks.set_current(found)


def _same(one: Code, other: Code) -> bool:
    if one.of_image and other.of_image:
        return one.index == other.index and one.part == other.part
    return one.same(other)


class GalleryPane(Pane):
    """Shows one of `SOURCES`."""

    object_name, title = "gallery_pane", "Gallery"
    view_kind = "reconstructions"
    follows = True

    def __init__(self) -> None:
        super().__init__()
        self.source = "reconstructions"
        self.result: Any = None
        self.seed = 0
        self._counts = dict(COUNTS)
        self._asked: tuple[str, dict[str, Any]] | None = None
        self._job: Job | None = None
        self._again = False
        self._part = "test"
        self._flow = FlowLayout(SPACE // 2)
        self._build_sources()
        self._build_controls()
        self.sides = [_Side("gallery_plot"), _Side("gallery_beside")]
        pictures = QWidget()
        row = QHBoxLayout(pictures)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE * 2)
        for side in self.sides:
            row.addWidget(side, 1)
            side.stacks.picked.connect(self._on_picked if side is self.sides[0] else self._on_beside_picked)
        self.refusal = Label()
        self.refusal.setObjectName("gallery_refusal")
        self.refusal.setProperty("role", "empty")
        self.refusal.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.refusal.setWordWrap(True)
        place = QWidget()
        self._place = QStackedLayout(place)
        self._place.addWidget(pictures)
        self._place.addWidget(self.refusal)
        controls = QWidget()
        controls.setLayout(self._flow)
        self.body.addWidget(controls)
        self.body.addWidget(place, 1)
        self._show_controls()

    # -- building ---------------------------------------------------------------------------------------------------

    def _build_sources(self) -> None:
        """The source is chosen in the header, so that the pictures keep the room."""
        self.sources = choice("source", "What the gallery shows", {name: s.title for name, s in SOURCES.items()})
        self.sources.activated.connect(self._on_source)
        self.header.row.insertWidget(1, self.sources)

    def _build_controls(self) -> None:
        self.part = choice("part", "Images", {"test": "Held-out", "train": "Training"})
        self.sort = choice("sort", "Order", {"none": "In order", "worst": "Worst first", "best": "Best first"})
        self.label = choice("label", "Class", {"": "All classes"})
        self.draws_from = choice("draws_from", "Draw from", {"prior": "From the prior", "fitted": "Fitted sampler"})
        self.draws_from.setItemData(
            1, "A density fitted to the training codes: draws from where codes are", Qt.ItemDataRole.ToolTipRole
        )
        self.draw_label = choice("draw_label", "Class that is decoded", {"": "All in turn"})
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
        self.controls: dict[str, QWidget] = {
            "part": self.part,
            "sort": self.sort,
            "label": self.label,
            "source": self.draws_from,
            "statistic": self.statistic,
            "temperature": self.temperature,
            "draw_label": self.draw_label,
            "count": self.count,
            "draw": self.draw,
        }
        for widget in self.controls.values():
            self._flow.addWidget(widget)
            if isinstance(widget, QComboBox) and widget is not self.part:
                widget.activated.connect(self._on_choice)
        self.part.activated.connect(self._on_part)
        self.temperature.moved.connect(self._on_choice)
        self.draw.clicked.connect(self._on_draw)
        self.count.valueChanged.connect(self._on_count)
        theme.changed.connect(self._recolour)
        self._recolour()

    @Slot()
    def _recolour(self) -> None:
        self.draw.setIcon(icon("dice"))

    def on_bind(self) -> None:
        for side in self.sides:
            side.stacks.serve(self.session)
        self.session.selection.images_changed.connect(self._on_selection)

    # -- the run ----------------------------------------------------------------------------------------------------

    def on_run(self) -> None:
        self._show_classes()
        self._show_availability()
        if SOURCES[self.source].refusal(self.session):
            self.choose(next(name for name in FIRST if not SOURCES[name].refusal(self.session)))
        else:
            self._ask()

    def on_snapshot(self) -> None:
        self._show_availability()
        self._ask(follow=True)

    def on_code(self, code: Code) -> None:
        if self.isVisible():
            self._mark()

    def _show_classes(self) -> None:
        for box, first in ((self.label, "All classes"), (self.draw_label, "All in turn")):
            chosen = box.currentData()
            box.clear()
            box.addItem(first, "")
            for name in self.run.class_names:
                box.addItem(name, name)
            box.setCurrentIndex(max(box.findData(chosen), 0))
            fit(box)
        self._show_controls()

    def _show_availability(self) -> None:
        """Grey out what makes no sense for this run, with the reason as its tip."""
        run = self.run
        for name, source in SOURCES.items():
            allow(self.sources, name, source.refusal(self.session), source.tip)
        no_prior = "" if run.prior is not None else f"{run.config.model.kind.title} has no prior"
        allow(self.draws_from, "prior", no_prior)
        if no_prior:
            self.draws_from.setCurrentIndex(self.draws_from.findData("fitted"))
        held_out = "test" in run.codes and len(run.codes["test"].loc) > 0
        allow(self.part, "test", "" if held_out else "No images were held out")
        # A run without held-out images shows others; the next one that has some shows what was chosen again.
        self.part.setCurrentIndex(self.part.findData(self._part if held_out else "train"))

    # -- choices ----------------------------------------------------------------------------------------------------

    def choose(self, name: str) -> None:
        """Show another source."""
        self.source = name
        self.sources.setCurrentIndex(self.sources.findData(name))
        self._show_controls()
        self._ask()

    def _show_controls(self) -> None:
        source = SOURCES[self.source]
        run = self.session.run if self.session is not None else None
        for name, widget in self.controls.items():
            shown = name in source.controls
            if name == "label":
                shown = shown and run is not None and bool(run.class_names)
            elif name == "draw_label":
                shown = shown and run is not None and self.session.current.conditional
            widget.setVisible(shown)
        self.count.blockSignals(True)
        self.count.setValue(self._counts.get(self.source, 1))
        self.count.blockSignals(False)

    @Slot(int)
    def _on_source(self, index: int) -> None:
        self.choose(self.sources.itemData(index))

    @Slot()
    def _on_part(self) -> None:
        self._part = str(self.part.currentData())
        self._ask()

    @Slot()
    def _on_choice(self) -> None:
        self._ask()

    @Slot(int)
    def _on_count(self, count: int) -> None:
        self._counts[self.source] = count
        self._ask()

    @Slot()
    def _on_draw(self) -> None:
        self.seed += 1
        self._ask()

    @Slot()
    def _on_selection(self) -> None:
        if self.session.run is None:
            return
        self._show_availability()
        if self.source != "selection" or not self.isVisible():
            return
        if SOURCES["selection"].refusal(self.session):
            self._refuse(SOURCES["selection"].refusal(self.session))
        else:
            self._ask()

    def settings(self) -> dict[str, Any]:
        """The settings of the view that is shown."""
        source = SOURCES[self.source]
        if self.source == "selection":
            part, index = selected(self.session)
            return {"part": part, "index": index.tolist()}
        values: dict[str, Any] = {}
        for name in ("part", "sort", "source", "statistic"):
            if name in source.controls:
                values[name] = self.controls[name].currentData()  # type: ignore[attr-defined]
        if "label" in source.controls and self.label.currentData():
            values["label"] = self.label.currentData()
        if "temperature" in source.controls:
            values |= {"temperature": round(self.temperature.value, 4), "seed": self.seed}
            if self.session.current.conditional and self.draw_label.currentData():
                values["label"] = self.draw_label.currentData()
        if "count" in source.controls:
            values["count"] = self.count.value()
        return values

    # -- asking and drawing -----------------------------------------------------------------------------------------

    def _slow(self, settings: dict[str, Any]) -> bool:
        """Whether it takes longer than a click may."""
        return settings.get("sort", "none") != "none" or settings.get("source") == "fitted"

    def _ask(self, follow: bool = False) -> None:
        if self.session is None or self.session.run is None:
            return
        settings = self.settings()
        source = SOURCES[self.source]
        self.view_kind = source.kind(self.session)
        if follow and self._job is not None:
            # A job that is replaced at every snapshot would never end.
            self._again = True
            return
        self._asked = (self.source, settings)
        run = self.run
        task = partial(tasks.view, run, self.view_kind, settings)
        if self._job is not None:
            self.session.jobs.cancel(self._job)
        if self._slow(settings):
            job = self._job = self.session.submit(f"Gallery: {source.title.lower()}", task, "gallery")
            job.succeeded.connect(_Answer(self, self._asked))
            job.finished.connect(self._on_job)
        else:
            self.session.decoder.ask(
                "gallery", partial(tasks.quick_view, run, self.view_kind, settings), _Answer(self, self._asked)
            )

    @Slot()
    def _on_job(self) -> None:
        if self.sender() is not self._job:
            return
        self._job = None
        if self._again:
            self._again = False
            if not self.frozen:
                self._ask()

    def show_result(self, asked: tuple[str, dict[str, Any]], result: Any) -> None:
        """Draw what was asked for, unless another source has been chosen since."""
        if self._asked is None or asked[0] != self._asked[0]:
            return
        if isinstance(result, Refused):
            self._refuse(f"{result.what}. {result.todo}".strip())
            return
        self.result = result
        panels = SOURCES[self.source].panels(self.session, result)
        for at, side in enumerate(self.sides):
            side.setVisible(at < len(panels))
            if at < len(panels):
                side.show_panel(panels[at])
            else:
                side.panel = None
        self._place.setCurrentIndex(0)
        self.set_subtitle(self._subtitle(result))
        self._mark()

    def _subtitle(self, result: Any) -> str:
        if self.source != "selection":
            return str(result.subtitle)
        shown, known = len(result.index), len(self.session.selection.images[1])
        name = {"train": "training", "test": "held-out"}[result.part]
        return f"{shown:,} selected {name} images" if shown == known else f"{shown:,} of {known:,} selected images"

    def _refuse(self, why: str) -> None:
        self.result = None
        self.refusal.setText(why)
        self._place.setCurrentIndex(1)
        self.set_subtitle("")

    def _mark(self) -> None:
        for side in self.sides:
            side.mark(self.session.current.code)

    # -- picking ----------------------------------------------------------------------------------------------------

    @Slot(int)
    def _on_picked(self, index: int) -> None:
        self._pick(self.sides[0], index)

    @Slot(int)
    def _on_beside_picked(self, index: int) -> None:
        self._pick(self.sides[1], index)

    def _pick(self, side: _Side, index: int) -> None:
        code = side.panel.code_of(index) if side.panel is not None else None
        if code is not None:
            self.session.current.set(code)
        else:
            self.session.message.emit("warning", "The code of that image is not kept in this run")

    # -- export -----------------------------------------------------------------------------------------------------

    def view_settings(self) -> list[str]:
        return as_changes(self.settings())

    def restore(self, kind: str, settings: dict[str, Any]) -> bool:
        source = next((s for s in SOURCES.values() if s.kind(self.session) == kind), None)
        if source is None or source.refusal(self.session):
            return False
        self._show_classes()
        if settings.get("index"):
            self.session.selection.select(settings.get("part", "test"), settings["index"])
            self.choose("selection")
            return True
        for name, box in self.controls.items():
            if isinstance(box, QComboBox) and name in source.controls:
                value = settings.get("label" if name == "draw_label" else name)
                at = box.findData(value) if value is not None else 0
                box.setCurrentIndex(max(at, 0))
        if "part" in source.controls:
            self._part = str(self.part.currentData())
        self.seed = int(settings.get("seed", 0))
        self.temperature.set_value(float(settings.get("temperature", 1.0)))
        self._show_availability()
        if "count" in settings:
            self._counts[source.name] = int(settings["count"])
        self.choose(source.name)
        return True


class _Answer:
    """Brings a result to the pane together with the question it answers."""

    def __init__(self, pane: GalleryPane, asked: tuple[str, dict[str, Any]]) -> None:
        self.pane, self.asked = pane, asked

    def __call__(self, result: Any) -> None:
        self.pane.show_result(self.asked, result)


__all__ = ["GalleryPane", "Source"]
