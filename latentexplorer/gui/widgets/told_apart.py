"""Names in little room, shortened so that those that begin alike are told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from PySide6.QtGui import QFontMetrics, QFontMetricsF

from latentexplorer.gui.widgets.elided import DOTS, LEAST_LETTERS, shortened

HEAD_LETTERS = 4
"""So many letters stay at most of what several names begin with."""
JOINTS = " _-/.:"
"""What parts the words of a name."""


def told_apart(names: Sequence[str], metrics: QFontMetrics | QFontMetricsF, room_px: float) -> tuple[str, ...]:
    """Each name in the room there is: its beginning, or where others would look the same, what it differs by."""
    shown = [shortened(name, metrics, room_px) for name in names]
    alike: dict[str, list[int]] = {}
    for at, text in enumerate(shown):
        if text != names[at]:
            alike.setdefault(text, []).append(at)
    for group in alike.values():
        start = _start([names[at] for at in group]) if len(group) > 1 else 0
        if not start:
            continue
        ends = [next(_by_ends(names[at], start, metrics, room_px), shown[at]) for at in group]
        words = [next(_by_words(names[at], start, metrics, room_px), shown[at]) for at in group]
        # Ends that are cut may be alike again where the first word of each is not.
        for at, text in zip(group, words if len(set(words)) > len(set(ends)) else ends, strict=True):
            shown[at] = text
    return tuple(shown)


def _start(names: list[str]) -> int:
    """Where names that begin alike begin to differ: at a word or a number, if the first one is not the first of all."""
    letters = enumerate(zip(*names, strict=False))
    same = next((at for at, each in letters if len(set(each)) > 1), min(map(len, names)))
    word = max(names[0].rfind(mark, 0, same) + 1 for mark in JOINTS)
    if word >= LEAST_LETTERS:
        return word
    while same and names[0][same - 1].isdigit():
        same -= 1
    return same if same >= LEAST_LETTERS else 0


def _heads(name: str, start: int) -> Iterator[str]:
    """The first letters of a name and dots, the most letters first, at last the dots alone."""
    for count in range(min(HEAD_LETTERS, start), -1, -1):
        yield f"{name[:count].rstrip(JOINTS)}{DOTS}"


def _by_ends(name: str, start: int, metrics: QFontMetrics | QFontMetricsF, room_px: float) -> Iterator[str]:
    """The first letters of a name, dots, and as much as fits of what comes from `start` on; the longest first."""
    for head in _heads(name, start):
        end = shortened(name[start:], metrics, room_px - metrics.horizontalAdvance(head))
        if end and end != DOTS:
            yield f"{head}{end}"


def _by_words(name: str, start: int, metrics: QFontMetrics | QFontMetricsF, room_px: float) -> Iterator[str]:
    """The same of the first word from `start` on, without dots behind it; no number is cut."""
    word = re.split(f"[{re.escape(JOINTS)}]", name[start:], maxsplit=1)[0]
    numbered = any(letter.isdigit() for letter in word)
    least = len(word) if numbered else min(LEAST_LETTERS, len(word))
    for head in _heads(name, start):
        for count in range(len(word), least - 1, -1):
            if word[:count] and metrics.horizontalAdvance(f"{head}{word[:count]}") <= room_px:
                yield f"{head}{word[:count]}"
