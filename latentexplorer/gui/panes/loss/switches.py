"""What of the curves is shown: a switch for each quantity and for both kinds of images, the scale, the smoothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QToolButton, QWidget

from latentexplorer.gui.panes.loss.curve_switch import WIDTH, CurveSwitch
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.epochs import LOG, LOG_TIP
from latentexplorer.gui.widgets.flow import FlowLayout, rows_of
from latentexplorer.gui.widgets.plot import line
from latentexplorer.views.base import Part
from latentexplorer.views.loss import COMMON, PART_TITLES, QUANTITIES, Settings, named, term_color
from latentexplorer.views.palette import SECOND, class_color

COLORS = {"loss": "text", "recon": "accent", "kl": SECOND}
PURPLE = 5
"""Of the palette, for the pixel error, as on paper."""
WIDTHS = {"loss": 2.4, "rmse": 1.8}
"""Of lines where each run has its colour; those of all other terms are thin, and dotted but for the reconstruction."""
THIN = 1.1
ROOMY_PX = 345
"""Width in which the switches of every run have room for their whole names."""
MARGINS_PX = 4 * SPACE
"""Of a pane beside its switches, and a little."""
GAP_PX = SPACE // 4
SMOOTHINGS = {"Raw": 0.0, "Smooth": 0.6, "Smoother": 0.85, "Smoothest": 0.95}


class Switches(QWidget):
    """Switches are the key as well: each is a piece of its curve's line.

    Signals
    -------
    changed : ()
        Something else is to be shown.

    Attributes
    ----------
    quantities : list of str
        Those on offer: what every run has, and what the runs at hand have beside it.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.quantities: list[str] = []
        self._own: dict[str, CurveSwitch] = {}
        self._weighted: set[str] = set()
        self._width_px, self._several = ROOMY_PX, False
        self.row = FlowLayout(GAP_PX, self)
        self.parts = {
            part: CurveSwitch(f"loss_{part}", text, "muted", dashed=part == "test")
            for part, text in PART_TITLES.items()
        }
        self.log = QToolButton()
        self.log.setObjectName("loss_log")
        self.log.setText(LOG)
        self.log.setToolTip(verbatim(LOG_TIP))
        self.log.setAccessibleName(LOG)
        self.log.setFont(caption_font())
        self.log.setCheckable(True)
        self.log.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for switch in (*self.parts.values(), self.log):
            switch.toggled.connect(self.changed)
            self.row.addWidget(switch)
        self.smoothing = Choice("loss_smoothing", "Smoothing")
        self.smoothing.setToolTip("A running mean over the epochs")
        self.smoothing.setFont(caption_font())
        self.smoothing.setFixedWidth(88)
        for text, weight in SMOOTHINGS.items():
            self.smoothing.addItem(text, weight)
        self.smoothing.activated.connect(self.changed)
        self.row.addWidget(self.smoothing)
        self.offer(())

    def offer(self, terms: Iterable[str]) -> None:
        """Have switches for what every run has and for these terms, and for no others."""
        self.quantities = [*COMMON, *terms]
        for name in self.quantities:
            if name not in self._own:
                self._add(name)
        for name, switch in self._own.items():
            switch.setVisible(name in self.quantities)
        self._dress()

    def _add(self, name: str) -> None:
        quantity = QUANTITIES[name]
        order = list(QUANTITIES)
        place = sum(before in self._own for before in order[: order.index(name)])
        switch = self._own[name] = CurveSwitch(f"loss_{name}", quantity.title, _color(name))
        switch.setToolTip(verbatim(quantity.summary))
        switch.toggled.connect(self.changed)
        self.row.insertWidget(place, switch)

    def shorten(self, width_px: int) -> None:
        """In a pane that is narrow for so many switches short names save a row, which the plots can use."""
        self._width_px = width_px
        self._dress()

    def show_several(self, several: bool) -> None:
        """Where there are several runs, kinds of lines tell the quantities apart: each run has its colour."""
        self._several = several
        self._dress()

    def _dress(self) -> None:
        narrow = self._narrow
        for name, switch in self._own.items():
            switch.setText(self.short(name) if narrow else self.title(name))
            switch.set_color(_color(name))
            if self._several:
                switch.set_line(self._style(name, "train"), WIDTHS.get(name, THIN))
            else:
                switch.set_line(Qt.PenStyle.SolidLine, WIDTH)

    @property
    def _narrow(self) -> bool:
        """Whether short names save a row, or whole ones cannot have the room they need."""
        cramped = self._width_px < ROOMY_PX * len(self.quantities) / len(COMMON)
        return cramped or self._rows(self.short) < self._rows(self.title)

    def _rows(self, named: Callable[[str], str]) -> int:
        """How many rows there are with these names."""
        wide = [self._own[name].width_of(named(name)) for name in self.quantities]
        wide += [other.sizeHint().width() for other in (*self.parts.values(), self.log)]
        return rows_of([*wide, self.smoothing.maximumWidth()], GAP_PX, self._width_px - MARGINS_PX)

    def name_weighted(self, quantities: set[str]) -> None:
        """Call these by what they are while they are drawn with a weight."""
        if quantities != self._weighted:
            self._weighted = quantities
            self._dress()

    def title(self, quantity: str) -> str:
        """What it is called."""
        return named(quantity, quantity in self._weighted)[0]

    def short(self, quantity: str) -> str:
        """The same where there is little room."""
        return named(quantity, quantity in self._weighted)[1]

    def color(self, quantity: str) -> QColor:
        """The colour of a quantity's curve in force."""
        return self._own[quantity].color()

    def pen(self, quantity: str, part: Part, color: QColor | str) -> QPen:
        """The line of a curve."""
        if not self._several:
            return line(color, dashed=part == "test")
        pen = line(color, width=WIDTHS.get(quantity, THIN))
        pen.setStyle(self._style(quantity, part))
        return pen

    def _style(self, quantity: str, part: Part) -> Qt.PenStyle:
        if quantity in ("loss", "recon", "rmse"):
            return Qt.PenStyle.DashLine if part == "test" else Qt.PenStyle.SolidLine
        return Qt.PenStyle.DashDotLine if part == "test" else Qt.PenStyle.DotLine

    def explain_total(self, words: str) -> None:
        """What the total is the sum of."""
        self._own["loss"].setToolTip(verbatim(words))

    def shows(self, quantity: str, part: Part) -> bool:
        """Whether a curve is asked for."""
        return quantity in self.quantities and self._own[quantity].isChecked() and self.parts[part].isChecked()

    @property
    def first(self) -> str:
        """The first quantity that is asked for; the total where none is."""
        return next((name for name in self.quantities if self._own[name].isChecked()), "loss")

    @property
    def weight(self) -> float:
        """Of the past in the smoothed curves."""
        return float(self.smoothing.currentData())

    def settings(self) -> dict[str, object]:
        """What is shown, as settings of the view."""
        settings: dict[str, object] = {"log": self.log.isChecked(), "smoothing": self.weight}
        chosen = [name for name in self.quantities if self._own[name].isChecked()]
        parts = [part for part, switch in self.parts.items() if switch.isChecked()]
        if chosen:
            settings["curves"] = chosen
        if len(parts) == 1:
            settings["part"] = parts[0]
        return settings

    def restore(self, settings: Settings) -> None:
        """Show what settings of the view say."""
        for name, switch in self._own.items():
            switch.setChecked(name in settings.curves)
        for part, switch in self.parts.items():
            switch.setChecked(settings.part in ("both", part))
        self.log.setChecked(settings.log)
        nearest = min(SMOOTHINGS.values(), key=lambda weight: abs(weight - settings.smoothing))
        self.smoothing.setCurrentIndex(self.smoothing.findData(nearest))


def _color(name: str) -> str:
    if name == "rmse":
        return class_color(PURPLE, dark=theme.dark)
    return COLORS.get(name) or term_color(name, dark=theme.dark)
