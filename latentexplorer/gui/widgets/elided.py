"""A one-line label that shows as much of its text as there is room for, and tells the whole of it as its tip."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStyleOption

from latentexplorer.gui.style.plain_text import Label, verbatim

DOTS = "…"
LEAST_LETTERS = 2
"""Of a word that is cut."""


def shortened(text: str, metrics: QFontMetrics | QFontMetricsF, room_px: float) -> str:
    """A text in the room there is: its beginning, of whole words, and dots.

    No number is cut: a part of one would be another number. Of several parts, a later one does not stay as a first word
    without the rest. The first word of all is cut where it does not fit alone, as is that behind a word that only says
    what is to come ("Open: "); a number at its end, or at that of the text, by which names differ, stays.
    """
    if metrics.horizontalAdvance(text) <= room_px:
        return text
    numbered = re.fullmatch(r"([^\W\d]+)[^\d·+]* (\d+)", text)
    if numbered:
        first, number = numbered.groups()
        numbers = (f"{first[:count]}{DOTS}{number}" for count in range(len(first), 0, -1))
        fits = next((shown for shown in numbers if metrics.horizontalAdvance(shown) <= room_px), "")
        if fits:
            return fits
    # What is multiplied, or stands in one pair of brackets, is one number.
    words = re.split(r"(?<!×)(?<!\d x) (?!×)(?!x \d)(?![^\[]*\])", text)
    announces = len(words) > 1 and words[0].endswith(":")
    for count in range(len(words) - 1, int(announces), -1):
        shown = " ".join(words[:count])
        # A mark that joins two parts, or a bracket that only opens, says nothing at the end.
        shown = re.sub(r"(?: [·+–/(]|[,;:])+$", "", shown)
        if words[count] not in ("·", "+"):
            shown = re.sub(r" [·+] [^\d\s]+$", "", shown)
        shown = f"{shown} {DOTS}"
        if metrics.horizontalAdvance(shown) <= room_px:
            return shown
    if announces:
        head = f"{words[0]} "
        named = _shortened_word(words[1], metrics, room_px - metrics.horizontalAdvance(head))
        if named != DOTS and metrics.horizontalAdvance(head + named) <= room_px:
            return head + named
    return _shortened_word(words[0].rstrip(":"), metrics, room_px)


def briefly(text: str) -> tuple[str, ...]:
    """Ever shorter beginnings of a sentence of the program's own, each of which says something, the longest first.

    A reservation ("..., but this one was learned") goes with what it is about or not at all.
    """
    ends = [found.start() for found in re.finditer(r" · | \(|[.;,:] (?!but |not )", text)]
    return tuple(text[:end] for end in reversed(ends) if text[:end].count("(") == text[:end].count(")"))


def _parts(text: str) -> list[str]:
    """The beginnings of a text of several parts, of whole parts: the longest first."""
    parts = text.split(" · ")
    return [" · ".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]


def _shortened_word(word: str, metrics: QFontMetrics | QFontMetricsF, room_px: float) -> str:
    if " " in word:
        return DOTS
    within = {at for number in re.finditer(r"[−+-]?\d[\d.,]*", word) for at in range(number.start() + 1, number.end())}
    last = re.search(r"(?<=[^\d.,])\d+$", word)
    for tail in (last.group() if last else "", ""):
        head = word[: len(word) - len(tail)]
        cuts = [count for count in range(len(head), min(LEAST_LETTERS, len(head)) - 1, -1) if count not in within]
        for count in cuts:
            shown = f"{head[:count].rstrip('.,-_')}{DOTS}{tail}"
            if metrics.horizontalAdvance(shown) <= room_px:
                return shown
    return DOTS


class ElidedLabel(Label):
    """Never asks for more room than it is given: where that is little, it says less, but whole parts of what it says.

    A new text is drawn and nothing else: Qt's own label would have all that it stands in laid out anew, up to the
    window, though nothing moves by it.

    Attributes
    ----------
    shown : str
        What is drawn of its text.
    briefer : tuple of str
        What it says instead where its text does not fit, the longest first; empty for the beginning of the text. With
        "" as the last it says nothing where nothing fits.
    meaning : str
        What its tip says beside what is cut off.
    """

    def __init__(self, text: str = "") -> None:
        self._text = self._spoken = ""
        super().__init__(text)
        super().setText("")
        self.briefer: tuple[str, ...] = ()
        self.meaning = ""
        self._told = "", "", ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def text(self) -> str:
        return self._text

    def setText(self, text: str) -> None:
        if text == self._text:
            return
        self._text = text
        # For those who are read to, unless it was called something else.
        if self.accessibleName() == self._spoken:
            self.setAccessibleName(text)
            self._spoken = text
        if self.sizePolicy().horizontalPolicy() != QSizePolicy.Policy.Ignored:
            self.updateGeometry()
        self.update()

    @property
    def shown(self) -> str:
        metrics = self.fontMetrics()
        texts = (self.text(), *self.briefer)
        fits = (text for text in (*texts, *_parts(texts[-1])) if metrics.horizontalAdvance(text) <= self.width())
        fitting = next(fits, None)
        return shortened(texts[-1], metrics, self.width()) if fitting is None else fitting

    def minimumSizeHint(self) -> QSize:
        return QSize(0, QFontMetrics(self.font()).height())

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text), metrics.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        text, shown = self.text(), self.shown
        if (text, shown, self.meaning) != self._told:
            self._told = text, shown, self.meaning
            self.setToolTip(verbatim(". ".join(filter(None, (text if shown != text else "", self.meaning)))))
        self.style().drawItemText(
            painter,
            self.rect(),
            int(self.alignment()),
            option.palette,
            self.isEnabled(),
            shown,
            self.foregroundRole(),
        )
