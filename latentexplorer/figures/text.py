"""Text that fits: measured before it is placed, wrapped or shortened where there is no room."""

from __future__ import annotations

from functools import cache, lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import TextToPath

from latentexplorer.figures.style import FONT

LINE = 1.3
"""Distance of two lines of text, in sizes."""

_WIDER = 1.04
"""Screens round the width of letters; a little room keeps the last one inside."""

_EXACT = 1e-6
"""Inches that rounding may take away from room that was measured for the very same words."""

ELLIPSIS = "…"


def width_of(text: str, size_pt: float, bold: bool = False) -> float:
    """Width of one line, inches."""
    return _width(text, bold) * size_pt / 10


@lru_cache(maxsize=4096)
def _width(text: str, bold: bool) -> float:
    font = FontProperties(family=FONT, weight="bold" if bold else "normal", size=10)
    width: float = TextToPath().get_text_width_height_descent(text, font, ismath=False)[0]
    return width * _WIDER / 72


def height_of(lines: int, size_pt: float) -> float:
    """Height of so many lines, inches."""
    return lines * LINE * size_pt / 72


def shown(text: str) -> str:
    """`text` on one line, characters that the font does not have as empty boxes."""
    known = _characters()
    text = " ".join(str(text).split())
    return "".join(letter if ord(letter) in known else "□" for letter in text)


@cache
def _characters() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family=FONT))).get_charmap())


def wrap(text: str, size_pt: float, width: float, *, most: int = 0, bold: bool = False) -> list[str]:
    """`text` in lines no wider than `width` inches; at most `most` lines (0: any number), the last one shortened."""
    lines: list[str] = []
    line = ""
    for word in shown(text).split(" "):
        longer = f"{line} {word}" if line else word
        if not line or width_of(longer, size_pt, bold) <= width + _EXACT:
            line = longer
        else:
            lines.append(line)
            line = word
    lines.append(line)
    if most and len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [shorten(line, size_pt, width, bold=bold) for line in lines]


def shorten(text: str, size_pt: float, width: float, *, bold: bool = False) -> str:
    """`text`, its end replaced by an ellipsis where it is wider than `width` inches."""
    text = shown(text)
    if width_of(text, size_pt, bold) <= width + _EXACT:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width_of(text[:middle].rstrip() + ELLIPSIS, size_pt, bold) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS


def number(value: float, digits: int = 2) -> str:
    """A number for an axis or a caption, with a true minus sign: `1.2`, `−0.05`, `1,204`."""
    if abs(value) < 0.5 * 10**-digits:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.{digits}f}".rstrip("0").rstrip(".").replace("-", "−") if digits else f"{value:.0f}"
