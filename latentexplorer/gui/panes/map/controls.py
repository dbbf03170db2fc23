"""What the map can be asked for: method, colours, images and numbers; and how far a slow map is."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QToolButton, QWidget

from latentexplorer.gui.panes.map.cloud import Stamp
from latentexplorer.gui.panes.map.layout_job import Layout
from latentexplorer.gui.panes.map.options import SLOW, TSNE, UMAP, MapOptions
from latentexplorer.gui.style.plain import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, icon, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.views.palette import UNLABELLED, class_color, class_marker

METHODS = {TSNE: "t-SNE", "pca": "PCA", UMAP: "UMAP", "dims": "Dimensions"}
METHOD_TIPS = {
    TSNE: "Keeps neighbours together; worked out on request, and watched",
    "pca": "The two widest directions; follows the training",
    UMAP: "Keeps neighbours together; worked out on request, in one piece",
    "dims": "Two dimensions of the code as they are; follows the training",
}
NO_UMAP = 'UMAP is not installed: pip install "latentexplorer[umap]"'
PARTS = {"train": "Training", "test": "Held-out"}
COLORS = {"class": "Class", "error": "Error", "kl": "KL", "none": "One colour"}


class MapControls(QObject):
    """The row under the map, the sheet behind its button, and the line that says how far the map is.

    Signals
    -------
    layout_asked, colors_asked, stop_asked, resume_asked : ()
    """

    layout_asked = Signal()
    colors_asked = Signal()
    stop_asked = Signal()
    resume_asked = Signal()

    def __init__(self, pane: QWidget) -> None:
        super().__init__(pane)
        self._chosen_method = ""
        self.methods = self._choice("map_method", "Projection", METHODS)
        self.colors = self._choice("map_color", "Colour of the points", COLORS)
        self.parts = self._choice("map_part", "Images", PARTS)
        for name, tip in METHOD_TIPS.items():
            _item(self.methods, name).setToolTip(verbatim(tip))
        self.options = MapOptions(pane)
        self.more = QToolButton()
        self.more.setObjectName("map_more")
        self.more.setToolTip("Numbers of the layout: perplexity, iterations, sample, dimensions")
        self.more.setAccessibleName("Layout of the map")
        self.row = QWidget()
        row = QHBoxLayout(self.row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE // 2)
        for box in (self.methods, self.colors, self.parts):
            row.addWidget(box, 1)
        row.addWidget(self.more)
        self._build_status()
        self.methods.activated.connect(self._on_method)
        self.colors.activated.connect(self._on_color)
        self.parts.activated.connect(self._on_part)
        self.more.clicked.connect(self._open)
        self.options.changed.connect(self._on_number)
        self.options.asked.connect(self.layout_asked)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _choice(self, name: str, accessible: str, entries: dict[str, str]) -> Choice:
        box = Choice(name, accessible)
        for value, text in entries.items():
            box.addItem(text, value)
        box.setToolTip(verbatim(accessible))
        return box

    def _build_status(self) -> None:
        self.status = QWidget()
        self.status.setObjectName("map_status")
        self.said = ElidedLabel()
        self.said.setObjectName("map_said")
        self.said.setFont(caption_font())
        self.said.setProperty("role", "muted")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(80)
        self.progress.setAccessibleName("Progress of the map")
        self.stop, self.resume, self.again = (
            self._button(text, name, signal)
            for text, name, signal in (
                ("Stop", "map_stop", self.stop_asked),
                ("Resume", "map_resume", self.resume_asked),
                ("Recompute", "map_recompute", self.layout_asked),
            )
        )
        row = QHBoxLayout(self.status)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.said, 1)
        row.addWidget(self.progress, 0, Qt.AlignmentFlag.AlignVCenter)
        for button in (self.stop, self.resume, self.again):
            row.addWidget(button)
        self.status.hide()

    def _button(self, text: str, name: str, signal: Any) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.clicked.connect(signal)
        return button

    @Slot()
    def _recolour(self) -> None:
        self.more.setIcon(icon("tune", "muted"))
        self.more.setIconSize(QSize(16, 16))

    # -- what is chosen -----------------------------------------------------------------------------------------

    @property
    def method(self) -> str:
        """`tsne`, `pca`, `umap` or `dims`."""
        return str(self.methods.currentData())

    @property
    def color(self) -> str:
        """`class`, `error`, `kl`, `none` or the name of a column."""
        return str(self.colors.currentData())

    def settings(self) -> dict[str, Any]:
        """Settings of the view."""
        method, value = self.method, self.options.value
        settings: dict[str, Any] = {
            "method": method,
            "part": str(self.parts.currentData()),
            "color_by": self.color,
            "limit": value("slow_limit" if method in SLOW else "limit"),
            "seed": value("seed"),
        }
        if method == "dims":
            settings["dims"] = [value("x"), value("y")]
        if method in SLOW:
            settings["perplexity"] = value("perplexity")
        if method == TSNE:
            settings["steps"] = value("steps")
        return settings

    def restore(self, settings: dict[str, Any]) -> None:
        """Choose what an exported map shows."""
        method = settings.get("method", "auto")
        self._select_method(method if method in METHODS else self._usual(TSNE))
        self._chosen_method = self.method
        _choose(self.parts, settings.get("part", "train"))
        color = settings.get("color_by", "auto")
        self.choose_color(self._usual_color() if color == "auto" else color)
        x, y = settings.get("dims", (0, 1))
        numbers = {"x": x, "y": y, "seed": settings.get("seed", 0), "steps": settings.get("steps", 750)}
        numbers["perplexity"] = settings.get("perplexity", 30)
        numbers["slow_limit" if self.method in SLOW else "limit"] = settings.get("limit", 5000)
        for key, number in numbers.items():
            self.options.set_value(key, int(number))

    def set_run(self, run: Any, training: bool) -> None:
        """Offer what another run can be asked for; keep what was chosen where that still makes sense."""
        self._run = run
        self.options.set_dimensions(run.code_dim)
        # While it trains only what follows it is shown without being asked for.
        keep = self._chosen_method and not (training and self._chosen_method in SLOW)
        self._select_method(self._chosen_method if keep else self._usual("pca"))
        umap = find_spec("umap") is not None
        _allow(self.methods, UMAP, "" if umap else NO_UMAP, METHOD_TIPS[UMAP])
        for part in PARTS:
            codes = run.codes.get(part)
            _allow(self.parts, part, "" if codes is not None and len(codes.loc) else "No codes of these are kept")
        if run.codes.get(str(self.parts.currentData())) is None:
            _choose(self.parts, "train")
        self._offer_colors(run)

    def _offer_colors(self, run: Any) -> None:
        before = self.color
        while self.colors.count() > len(COLORS):
            self.colors.removeItem(self.colors.count() - 1)
        part = str(self.parts.currentData())
        codes = run.codes.get(part)
        kind = run.config.model.kind
        classes = codes is not None and codes.labels is not None
        posterior = codes is not None and codes.scale is not None and run.prior is not None
        no_error = "The images are not there" if run.data is None else "A mixture has two originals"
        _allow(self.colors, "class", "" if classes else "These images carry no classes")
        _allow(self.colors, "error", "" if run.data is not None and not kind.separates else no_error)
        _allow(self.colors, "kl", "" if posterior else f"{kind.title} has no KL")
        if run.data is not None:
            for name in run.columns(part):
                self.colors.addItem(name, name)
        at = self.colors.findData(before)
        kept = at >= 0 and _item(self.colors, before).isEnabled() and before != "none"
        self.choose_color(before if kept else self._usual_color())

    def _usual(self, otherwise: str) -> str:
        return "dims" if self._run.code_dim <= 2 else otherwise

    def _usual_color(self) -> str:
        return "class" if _item(self.colors, "class").isEnabled() else "none"

    def choose_color(self, color: str) -> None:
        """Choose a colour without asking for it."""
        _choose(self.colors, color)

    def _select_method(self, method: str) -> None:
        _choose(self.methods, method)
        self.options.set_method(method)

    # -- what the person does -----------------------------------------------------------------------------------

    @Slot()
    def _on_method(self) -> None:
        self._chosen_method = self.method
        self.options.set_method(self.method)
        self.layout_asked.emit()

    @Slot()
    def _on_color(self) -> None:
        self.colors_asked.emit()

    @Slot()
    def _on_part(self) -> None:
        self._offer_colors(self._run)
        self.layout_asked.emit()

    @Slot()
    def _on_number(self) -> None:
        # What takes milliseconds is shown at once; the rest waits for the button.
        if self.method not in SLOW:
            self.layout_asked.emit()

    @Slot()
    def _open(self) -> None:
        self.options.open_at(self.more)

    # -- how far it is ------------------------------------------------------------------------------------------

    def show_state(self, layouts: Layout, result: Any, run: Any) -> None:
        """Say how far the map is, whether it is still that of the model, and what can be done."""
        name = METHODS[self.method]
        running = layouts.running
        unfinished = result is not None and result.method == TSNE and not running and not result.projection.finished
        more_steps = (
            result is not None
            and result.method == TSNE == self.method
            and not running
            and result.projection.finished
            and hasattr(result.projection, "step")
            and self.options.value("steps") > result.projection.step
        )
        slow = result is not None and result.method in SLOW
        old = slow and not running and run is not None and result.epoch != run.epoch
        missing = layouts.broken_off and not running
        text = ""
        if running:
            far = f"step {layouts.step:,} of {layouts.steps:,}" if layouts.steps else layouts.said or "waiting"
            text = f"{name} · {far}"
        elif missing:
            text = f"{name} was stopped before it could begin"
        elif unfinished:
            step = result.projection.step
            text = f"stopped at step {step:,} of {result.projection.settings.steps:,}"
        if old:
            text = f"of epoch {result.epoch} · model is at {run.epoch}"
        self.said.setText(text)
        self.progress.setVisible(running)
        self.progress.setRange(0, layouts.steps)
        self.progress.setValue(layouts.step)
        self.stop.setVisible(running)
        self.resume.setVisible(bool((unfinished or more_steps) and not old))
        self.again.setVisible(bool(old or missing))
        self.status.setVisible(bool(running or text or more_steps))


def stamps_of(result: Any) -> tuple[np.ndarray, list[Stamp], tuple[float, float] | None]:
    """The looks of the points of a map, and the ends of the scale where they are coloured by a number."""
    count = len(result.index)
    if result.groups is not None:
        numbers = range(max(len(result.group_names), int(result.groups.max(initial=0)) + 1))
        stamps = [Stamp(class_color(number, dark=theme.dark), class_marker(number)) for number in numbers]
        return result.groups, stamps, None
    if result.values is None:
        return np.zeros(count, np.int64), [Stamp(UNLABELLED)], None
    from latentexplorer.views.map import color_limits

    low, high = color_limits(result.values)
    stamps = [Stamp(color) for color in viridis()] + [Stamp(theme.tokens.faint)]
    with np.errstate(invalid="ignore"):
        looks = np.nan_to_num(np.clip((result.values - low) / (high - low), 0, 1) * 255)
    return np.where(np.isfinite(result.values), looks.astype(np.int64), 256), stamps, (low, high)


def viridis() -> list[str]:
    """256 colours of equal steps to the eye (van der Walt and Smith 2015)."""
    import pyqtgraph

    table = pyqtgraph.colormap.get("viridis").getLookupTable(nPts=256)
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in table[:, :3]]


def _item(box: Choice, value: str) -> Any:
    model = box.model()
    if not isinstance(model, QStandardItemModel):
        raise TypeError(f"{box.objectName()} has another model")
    return model.item(box.findData(value))


def _allow(box: Choice, value: str, refusal: str, tip: str = "") -> None:
    """Grey an entry out with the reason as its tip."""
    item = _item(box, value)
    item.setEnabled(not refusal)
    item.setToolTip(verbatim(refusal or tip))


def _choose(box: Choice, value: str) -> None:
    box.setCurrentIndex(max(box.findData(value), 0))
