"""Names in little room, shortened so that those that begin alike are told apart."""

from __future__ import annotations

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
        for at in group if start else ():
            shown[at] = next(_by_ends(names[at], start, metrics, room_px), shown[at])
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


def _by_ends(name: str, start: int, metrics: QFontMetrics | QFontMetricsF, room_px: float) -> Iterator[str]:
    """The first letters of a name, dots, and as much as fits of what comes from `start` on; the longest first."""
    for count in range(min(HEAD_LETTERS, start), LEAST_LETTERS - 1, -1):
        head = f"{name[:count].rstrip(JOINTS)}{DOTS}"
        end = shortened(name[start:], metrics, room_px - metrics.horizontalAdvance(head))
        if end and end != DOTS:
            yield f"{head}{end}"
