"""Icons of one family, drawn from SVG in the colour of a token."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from latentexplorer.core.paths import resource
from latentexplorer.gui.style.theme import theme


def icon(name: str, token: str = "text") -> QIcon:
    """An icon of our own family in a token's colour, sharp at 1x, 2x and 3x."""
    return _icon(name, str(getattr(theme.tokens, token)), theme.tokens.faint)


@cache
def _icon(name: str, color: str, disabled: str) -> QIcon:
    result = QIcon()
    for mode, shown in ((QIcon.Mode.Normal, color), (QIcon.Mode.Disabled, disabled)):
        renderer = QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", shown).encode()))
        for scale in (1, 2, 3):
            result.addPixmap(_draw(renderer, 16, scale), mode)
    return result


@cache
def _drawing(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


def _draw(renderer: QSvgRenderer, size_px: int, scale: int) -> QPixmap:
    pixmap = QPixmap(size_px * scale, size_px * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size_px * scale, size_px * scale))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap
