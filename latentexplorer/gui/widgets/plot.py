"""pyqtgraph in the program's own look."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QColor, QFocusEvent, QGuiApplication, QPainter, QPen

from latentexplorer.gui.style.plain_text import escaped
from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.graphs import pg

pg.setConfigOptions(antialias=True)


TICK_GAP_PX = 2
PLAIN = re.compile(r"−?\d+(\.(\d+))?$")
"""A number as it stands at a tick."""

Tick = tuple[QRectF, object, str]
"""Where a number stands at an axis, how it is aligned there, and the number."""
Specs = tuple[object, object, list[Tick]]


class Axis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose numbers have the same decimals and never stand on each other: where it is short, some go."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Numbers with the sign that all other numbers in the window have."""
        return [text.replace("-", "−") for text in super().tickStrings(values, scale, spacing)]

    def generateDrawSpecs(self, painter: QPainter) -> Specs | None:
        specs: Specs | None = super().generateDrawSpecs(painter)
        if specs is None:
            return None
        lines, ticks, texts = specs
        kept = _apart(texts)
        # What somebody has named, and powers of ten, stand as they are.
        return lines, ticks, kept if self.logMode or self._tickLevels is not None else _apart(self._even(kept, painter))

    def _even(self, texts: list[Tick], painter: QPainter) -> list[Tick]:
        """Numbers with as many decimals as the one with most of them: 0.200 beside 0.205."""
        found = [PLAIN.match(text) for _, _, text in texts]
        decimals = [len(each[2] or "") for each in found if each is not None]
        if len(decimals) < len(texts) or len(set(decimals)) < 2:
            return texts
        metrics, even = painter.fontMetrics(), []
        for (room, flags, text), has in zip(texts, decimals, strict=True):
            more = f"{text}{'' if has else '.'}{'0' * (max(decimals) - has)}" if has < max(decimals) else text
            wider = metrics.horizontalAdvance(more) - metrics.horizontalAdvance(text)
            left = wider if self.orientation == "left" else wider / 2
            even.append((room.adjusted(-left, 0, wider - left, 0), flags, more))
        return even


def _apart(texts: list[Tick]) -> list[Tick]:
    """Those that stand on none before them."""
    kept: list[Tick] = []
    for text in texts:
        room = text[0].adjusted(-TICK_GAP_PX, 0, TICK_GAP_PX, 0)
        if not any(room.intersects(other) for other, _, _ in kept):
            kept.append(text)
    return kept


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """A plot on a card: quiet axes, no frame, colours that follow the theme.

    Parameters
    ----------
    bottom, left : Axis or None
        One of another kind.
    """

    def __init__(
        self, name: str, x_label: str = "", y_label: str = "", bottom: Axis | None = None, left: Axis | None = None
    ) -> None:
        super().__init__(axisItems={"left": left or Axis("left"), "bottom": bottom or Axis("bottom")}, enableMenu=False)
        self.setObjectName(name)
        self._labels = {"bottom": x_label, "left": y_label}
        self._unnamed: set[str] = set()
        self.hideButtons()
        self.getPlotItem().setContentsMargins(0, 4, 4, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self.recolour)
        self.recolour()

    @Slot()
    def recolour(self) -> None:
        """Take the theme's colours."""
        self.setBackground(theme.color("card"))
        for side, label in self._labels.items():
            axis = self.getAxis(side)
            if axis.autoSIPrefix:
                axis.enableAutoSIPrefix(False)
            axis.setPen(pg.mkPen(theme.color("border")))
            axis.setTextPen(pg.mkPen(theme.color("muted")))
            axis.setTickFont(caption_font())
            if label:
                axis.setLabel(escaped(label), **{"color": theme.tokens.muted, "font-size": "9pt"})
                # Which shows it, in whatever colour.
                axis.showLabel(side not in self._unnamed)
        self.dress()

    def set_labels(self, x_label: str, y_label: str) -> None:
        """What the axes are called when colours are taken the next time."""
        self._labels = {"bottom": x_label, "left": y_label}

    def name_axis(self, side: str, named: bool) -> None:
        """Whether an axis says what it is called: another plot beside it may do so for both."""
        (self._unnamed.discard if named else self._unnamed.add)(side)
        self.getAxis(side).showLabel(named)

    def dress(self) -> None:
        """For what a subclass colours. `recolour` itself is not overridden: PySide would call it after the end."""

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        if self.hasFocus():
            painter.save()
            painter.resetTransform()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            painter.restore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def hide_axes(self) -> None:
        """For coordinates that mean nothing."""
        self.hideAxis("bottom")
        self.hideAxis("left")


def line(color: QColor | str, dashed: bool = False, width: float = 1.8) -> QPen:
    """The pen of a curve."""
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    # Such pens count in the pixels of the screen.
    app = QGuiApplication.instance()
    ratio = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
    pen: QPen = pg.mkPen(QColor(color), width=width * ratio, style=style)
    return pen
