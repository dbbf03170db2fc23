"""What is chosen about a latent grid: its axes in a row above it, the rest in a panel that opens from there."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QPushButton, QWidget

from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.widgets.flow import FlowLayout
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.number_box import NumberLine, number_of
from latentexplorer.gui.widgets.range_choice import RangeChoice
from latentexplorer.views.fading import FADE_HELP
from latentexplorer.views.judging import REGIONS_HELP
from latentexplorer.views.latent_grid import Result, Settings
from latentexplorer.views.magnified import MAGNIFICATION_HELP
from latentexplorer.views.plane import Rectangle, evenly_spaced, shown_range
from latentexplorer.views.ranges import LIMIT, span_text

CELLS = (4, 6, 8, 10, 12, 16, 20, 24, 32)
SPACINGS = {"auto": "Quantiles", "linear": "Linear"}
WHOSE = {"codes": "codes ", "prior": "prior ", "given": ""}
QWIDGETSIZE_MAX = (1 << 24) - 1
ARROW_PX = 36
BESIDE_PX = 124
"""Width of the row where it stands beside the grid, its boxes one below the other."""
CLASS_PX = 260
"""Of the class with a long name, where the row has so much left."""
MANY = 512
"""More dimensions than this are not listed."""

PLANE_TIP = (
    "Two raw dimensions of the code, two principal directions of the training codes, or two principal axes around the "
    "current code: of the 50 codes nearby, or those along which the decoder changes the image most"
)


class PlaneRow(QWidget):
    """Which plane, along which two axes; and for a conditional model the class beside it.

    Signals
    -------
    chosen : (str, int, int)
        Kind of axes, and which two.
    class_chosen : (int)
    """

    chosen = Signal(str, int, int)
    class_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.kind = Choice("plane_axes", "Plane")
        self.kind.addItem("Dimensions", "dims")
        self.kind.addItem("Directions", "directions")
        self.kind.addItem("Codes nearby", "nearby")
        self.kind.addItem("Decoder's metric", "metric")
        self.kind.setToolTip(verbatim(PLANE_TIP))
        self.kind.setFixedWidth(124)
        self.kind.activated.connect(self._on_kind)
        self.axes: list[Choice] = []
        for name, text in (("plane_across", "Across"), ("plane_up", "Up")):
            choice = Choice(name, text)
            choice.setToolTip(verbatim(text))
            choice.setMinimumContentsLength(2)
            choice.setFixedWidth(60)
            choice.activated.connect(self._on_axes)
            self.axes.append(choice)
        self.klass = Choice("plane_class", "Class")
        self.klass.setToolTip("The class that codes are decoded with")
        self.klass.prefix = "class "
        self.klass.activated.connect(self.class_chosen)
        self._row = FlowLayout(SPACE // 2, self)
        for widget in (self.kind, *self.axes, self.klass):
            self._row.addWidget(widget)
        self._shown: tuple[str, int] = ("", 0)
        self._last = (0, 1)
        self._widest_px = 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_class()

    def _fit_class(self) -> None:
        """A class has the room that the plane leaves in the row, as far as its name takes it."""
        free = self.width() - sum(box.width() + SPACE // 2 for box in (self.kind, *self.axes))
        self.klass.setFixedWidth(min(self._widest_px, max(BESIDE_PX, min(free, CLASS_PX))))

    def height_in(self, width_px: int) -> int:
        """Height of the row in a width, where it stands above the grid."""
        return self._row.heightForWidth(width_px)

    def stand_beside(self, beside: bool) -> None:
        """Take a narrow column instead of a row."""
        self.setMinimumWidth(BESIDE_PX if beside else 0)
        self.setMaximumWidth(BESIDE_PX if beside else QWIDGETSIZE_MAX)
        self.updateGeometry()

    def show_choice(self, choice: Settings, code_dim: int) -> None:
        """Show what is chosen, for codes of so many numbers."""
        self.kind.setCurrentIndex(self.kind.findData(choice.axes))
        if self._shown != (choice.axes, code_dim):
            self._shown = (choice.axes, code_dim)
            first, prefix = (0, "z") if choice.axes == "dims" else (1, "")
            names = [f"{prefix}{at + first}" for at in range(min(code_dim, MANY))]
            for box in self.axes:
                box.clear()
                box.addItems(names)
        for box, at in zip(self.axes, choice.dims, strict=True):
            box.setCurrentIndex(at)

    def show_classes(self, names: tuple[str, ...], current: int | None) -> None:
        """The classes of a conditional model; none hides the box."""
        self.klass.setVisible(bool(names))
        if [self.klass.itemText(at) for at in range(self.klass.count())] != list(names):
            self.klass.clear()
            self.klass.addItems(list(names))
            widest = max((self.klass.fontMetrics().horizontalAdvance(f"class {name}") for name in names), default=0)
            self._widest_px = widest + ARROW_PX
            self._fit_class()
        if current is not None:
            self.klass.setCurrentIndex(current)

    @Slot()
    def _on_kind(self) -> None:
        self.chosen.emit(self.kind.currentData(), 0, 1)

    @Slot()
    def _on_axes(self) -> None:
        first, second = (box.currentIndex() for box in self.axes)
        if first == second:
            # The other one makes room: a plane needs two.
            moved = self.axes[1] if self.sender() is self.axes[0] else self.axes[0]
            before = self._last[1] if moved is self.axes[0] else self._last[0]
            moved.setCurrentIndex(before if before != first else (first + 1) % moved.count())
            first, second = (box.currentIndex() for box in self.axes)
        self.chosen.emit(self.kind.currentData(), first, second)

    def remember(self, dims: tuple[int, int]) -> None:
        """The two axes before a person chooses another one."""
        self._last = dims


class PlanePanel(QFrame):
    """Opens below its button: number of images, spacing, what is spanned, ends typed by hand, codes as dots.

    Signals
    -------
    cells_chosen : (int)
    filling : (bool)
        Whether rows and columns follow the shape of the pane.
    spacing_chosen : (str)
    span_chosen : ("auto", "codes", "prior" or (low, high))
    range_typed : ((float, float), (float, float))
    dots_wanted : (bool)
    magnification_wanted, regions_wanted : (bool)
    panning : (bool)
        Whether a plain drag moves the plane.
    reset : ()
    """

    cells_chosen = Signal(int)
    filling = Signal(bool)
    span_chosen = Signal(object)
    spacing_chosen = Signal(str)
    range_typed = Signal(object, object)
    dots_wanted = Signal(bool)
    magnification_wanted = Signal(bool)
    regions_wanted = Signal(bool)
    panning = Signal(bool)
    reset = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("plane_options")
        self.setAccessibleName("Latent grid options")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.cells = Choice("plane_cells", "Images along each side")
        for count in CELLS:
            self.cells.addItem(f"{count} × {count}", count)
        self.cells.activated.connect(self._on_cells)
        self.fill = QCheckBox("Fill the pane")
        self.fill.setObjectName("plane_fill")
        self.fill.setToolTip("About as many images, in as many rows and columns as the pane has room for")
        self.fill.setChecked(True)
        self.fill.toggled.connect(self.filling)
        self.span = RangeChoice("plane_range")
        self.span.chosen.connect(self.span_chosen)
        self.spans = Label()
        self.spans.setObjectName("plane_spans")
        self.spans.setProperty("role", "muted")
        self.spacing = Choice("plane_spacing", "Spacing")
        for name, text in SPACINGS.items():
            self.spacing.addItem(text, name)
        self.spacing.setToolTip(
            "Quantiles: as much of the prior (or as many codes) between any two neighbours. Linear: even steps"
        )
        self.spacing.activated.connect(self._on_spacing)
        self.ends = {name: NumberLine() for name in ("x_low", "x_high", "y_low", "y_high")}
        titles = {"x_low": "Across, from", "x_high": "Across, to", "y_low": "Up, from", "y_high": "Up, to"}
        for name, field in self.ends.items():
            field.setObjectName(f"plane_{name}")
            field.setAccessibleName(titles[name])
            field.setFixedWidth(72)
            field.returnPressed.connect(self._on_ends)
            field.editingFinished.connect(self._on_ends)
        self.problem = Label()
        self.problem.setProperty("role", "danger")
        self.problem.hide()
        self.dots = QCheckBox("Codes as dots")
        self.dots.setObjectName("plane_dots")
        self.dots.setToolTip("Where the training codes come nearest to the plane, in the colours of their classes")
        self.dots.toggled.connect(self.dots_wanted)
        self.fade = QCheckBox("Fade away from data")
        self.fade.setObjectName("plane_fade")
        self.fade.setToolTip(verbatim(f"{FADE_HELP} In every pane alike"))
        self.fade.setChecked(fade.on)
        self.fade.toggled.connect(fade.set_on)
        fade.changed.connect(self._on_fade)
        self.magnification = QCheckBox("Magnification")
        self.magnification.setObjectName("plane_magnification")
        self.magnification.setToolTip(verbatim(MAGNIFICATION_HELP))
        self.magnification.toggled.connect(self.magnification_wanted)
        self.regions = QCheckBox("Decision regions")
        self.regions.setObjectName("plane_regions")
        self.regions.setToolTip(verbatim(REGIONS_HELP))
        self.regions.toggled.connect(self.regions_wanted)
        self.hand = QCheckBox("Drag moves the plane")
        self.hand.setObjectName("plane_pan")
        self.hand.setToolTip("Else a drag walks; Shift or the middle button always move the plane")
        self.hand.toggled.connect(self.panning)
        again = QPushButton("Reset")
        again.setObjectName("plane_reset_button")
        again.clicked.connect(self.reset)
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE * 3 // 2, SPACE * 3 // 2, SPACE * 3 // 2, SPACE * 3 // 2)
        grid.setSpacing(SPACE)
        for row, (text, widget) in enumerate((("Images", self.cells), ("Spacing", self.spacing), ("Spans", self.span))):
            grid.addWidget(caption(text), row * 2 if row else 0, 0)
            grid.addWidget(widget, row * 2 if row else 0, 1, 1, 3)
        grid.addWidget(self.fill, 1, 1, 1, 3)
        grid.addWidget(self.spans, 5, 1, 1, 3)
        for row, (text, axis) in enumerate((("Across", "x"), ("Up", "y")), start=6):
            grid.addWidget(caption(text), row, 0)
            grid.addWidget(self.ends[f"{axis}_low"], row, 1)
            grid.addWidget(caption("to"), row, 2)
            grid.addWidget(self.ends[f"{axis}_high"], row, 3)
        pages = {self.fade: "near-data", self.magnification: "magnification", self.regions: "decision-regions"}
        marks = (self.problem, self.dots, self.fade, self.magnification, self.regions, self.hand)
        for row, lone in enumerate(marks, start=8):
            line = QHBoxLayout()
            line.addWidget(lone)
            line.addStretch()
            if lone in pages:
                line.addWidget(GuideLink(pages[lone]))
            grid.addLayout(line, row, 0, 1, 4)
        grid.addWidget(again, 14, 3)
        self._ranges: Rectangle | None = None

    def open_below(self, widget: QWidget, field: str = "") -> None:
        """Show it under a button, within the screen; with an end (`x_low`) ready to be typed."""
        self.adjustSize()
        corner = widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height() + 2))
        self.move(max(corner.x(), 0), corner.y())
        self.show()
        if field:
            self.ends[field].setFocus()
            self.ends[field].selectAll()
        else:
            self.cells.setFocus()

    def show_choice(self, choice: Settings, fill: bool, result: Result | None, prior: bool) -> None:
        """Show what is chosen, and what is on the screen; `prior`: whether there is a prior to span."""
        with QSignalBlocker(self.fill):
            self.fill.setChecked(fill)
        with QSignalBlocker(self.magnification):
            self.magnification.setChecked(choice.magnification)
        with QSignalBlocker(self.regions):
            self.regions.setChecked(choice.regions)
        typed = choice.x_range is not None or choice.y_range is not None
        self.span.show_choice(None if typed else choice.range, prior)
        at = self.cells.findData(choice.n)
        if at < 0:
            self.cells.addItem(f"{choice.n} × {choice.n}", choice.n)
            at = self.cells.count() - 1
        self.cells.setCurrentIndex(at)
        even = choice.spacing == "linear" if result is None else evenly_spaced(result)
        self.spacing.setCurrentIndex(self.spacing.findData("linear" if even else "auto"))
        if result is None or result.spans is None:
            return
        words = [
            f"{title}: {WHOSE[span.of]}{span_text(span.low, span.high)}"
            for title, span in zip(("across", "up"), result.spans, strict=True)
        ]
        self.spans.setText("\n".join(words))
        ranges = self._ranges = shown_range(result)
        for name, value in zip(self.ends, (*ranges[0], *ranges[1]), strict=True):
            if not self.ends[name].isModified() or not self.ends[name].hasFocus():
                self.ends[name].setText(f"{value:.4g}")
                self.ends[name].setModified(False)

    @Slot()
    def _on_fade(self) -> None:
        self.fade.setChecked(fade.on)

    @Slot()
    def _on_cells(self) -> None:
        self.cells_chosen.emit(self.cells.currentData())

    @Slot()
    def _on_spacing(self) -> None:
        self.spacing_chosen.emit(self.spacing.currentData())

    @Slot()
    def _on_ends(self) -> None:
        if not any(field.isModified() for field in self.ends.values()) or self._ranges is None:
            return
        known = dict(zip(self.ends, (*self._ranges[0], *self._ranges[1]), strict=True))
        typed = {
            name: number_of(field.text(), LIMIT) if field.isModified() else known[name]
            for name, field in self.ends.items()
        }
        values = {name: value for name, value in typed.items() if value is not None}
        problem = ""
        if len(values) < len(typed):
            problem = "Write numbers"
        elif not (values["x_low"] < values["x_high"] and values["y_low"] < values["y_high"]):
            problem = "The first number must be the smaller one"
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        if not problem:
            for field in self.ends.values():
                field.setModified(False)
            self.range_typed.emit((values["x_low"], values["x_high"]), (values["y_low"], values["y_high"]))
