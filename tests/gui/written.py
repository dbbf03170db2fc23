"""What is written in a widget, whoever writes it there, and where its letters are.

A widget is drawn on a page that notes texts and draws nothing: captions of pictures, cells of tables, entries of menus
and numbers of plots are seen as labels are.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QPaintDevice, QPaintEngine, QRegion, QTextItem
from PySide6.QtWidgets import QWidget

MOST_PX = 2_000_000
"""A widget with more pixels is looked at where it is seen: a gallery of thousands, of which most is scrolled away."""
Metric = QPaintDevice.PaintDeviceMetric


@dataclass(frozen=True)
class Written:
    """A text in one line.

    Attributes
    ----------
    place : QRectF
        Where its letters are, in the coordinates of the widget.
    room : QRectF or None
        What is seen of them, where that was said when it was drawn.
    """

    text: str
    place: QRectF
    room: QRectF | None


def written(widget: QWidget) -> list[Written]:
    """What a widget that is seen writes itself; not what stands in widgets inside it."""
    region = QRegion(widget.rect())
    if widget.width() * widget.height() > MOST_PX:
        region = widget.visibleRegion()
    if region.isEmpty():
        return []
    page = _Page(widget.size())
    # Of a view of graphics, too, what it draws as a widget.
    QWidget.render(widget, page, region.boundingRect().topLeft(), region, QWidget.RenderFlag(0))
    return page.reader.found


class _Page(QPaintDevice):
    """Paper of the size of a widget, with the dots of a usual screen."""

    def __init__(self, size: QSize) -> None:
        super().__init__()
        self.reader = _Reader()
        self._numbers = {
            Metric.PdmWidth: size.width(),
            Metric.PdmHeight: size.height(),
            Metric.PdmWidthMM: size.width() // 4,
            Metric.PdmHeightMM: size.height() // 4,
            Metric.PdmNumColors: 2**24,
            Metric.PdmDepth: 32,
            Metric.PdmDevicePixelRatio: 1,
            Metric.PdmDevicePixelRatioScaled: int(QPaintDevice.devicePixelRatioFScale()),
        }

    def paintEngine(self) -> QPaintEngine:
        return self.reader

    def metric(self, metric: Metric) -> int:
        if metric in (Metric.PdmDevicePixelRatioF_EncodedA, Metric.PdmDevicePixelRatioF_EncodedB):
            return QPaintDevice.encodeMetricF(metric, 1.0)
        return self._numbers.get(metric, 96)


class _Reader(QPaintEngine):
    """Notes what is written and lets all else pass."""

    def __init__(self) -> None:
        super().__init__(QPaintEngine.PaintEngineFeature.AllFeatures)
        self.found: list[Written] = []

    def type(self) -> QPaintEngine.Type:
        return QPaintEngine.Type.User

    def begin(self, device: QPaintDevice) -> bool:
        return True

    def end(self) -> bool:
        return True

    def drawTextItem(self, place: QPointF, item: QTextItem) -> None:
        text = item.text()
        painter = self.painter()
        if not text.strip() or painter.opacity() == 0:
            return
        to_page = painter.deviceTransform()
        room = to_page.mapRect(painter.clipBoundingRect()) if painter.hasClipping() else None
        letters = _letters(text, item.font()).translated(place)
        self.found.append(Written(text, to_page.mapRect(letters), room))

    def _pass(self, *_: object) -> None:
        """Nothing is drawn."""

    updateState = drawPath = drawPixmap = drawTiledPixmap = drawImage = _pass
    drawPolygon = drawLines = drawRects = drawPoints = drawEllipse = _pass


_places: dict[tuple[str, str], QRectF] = {}


def _letters(text: str, font: QFont) -> QRectF:
    """Where the ink of a text is when it begins at the origin; asked once for each text in a font."""
    key = text, font.key()
    if key not in _places:
        _places[key] = QFontMetricsF(font).tightBoundingRect(text)
    return _places[key]
