"""Which dimensions of the code a person wants to see first."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal


class ChosenDimensions(QObject):
    """Dimensions that stand above the others, whoever chose them.

    Attributes
    ----------
    first : tuple of int
        In their order; empty where nobody has chosen any.
    why : str
        What they have in common, for a person: `that change the image most`.

    Signals
    -------
    changed : ()
    sought : (int)
        Somebody wants to see one of them.
    strips_wanted : ()
        Somebody wants to see them pulled.
    """

    changed = Signal()
    sought = Signal(int)
    strips_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.clear()

    def clear(self) -> None:
        """Another run is open, whose dimensions are others."""
        self.first: tuple[int, ...] = ()
        self.why = ""

    def choose(self, dimensions: Iterable[int], why: str) -> None:
        """These first, and show them."""
        self.first, self.why = tuple(dimensions), why
        self.changed.emit()
        self.strips_wanted.emit()

    def forget(self) -> None:
        """None of them any more."""
        if self.first:
            self.clear()
            self.changed.emit()

    def seek(self, dimension: int, *, bring: bool = False) -> None:
        """Show one of them where they are pulled; `bring`: also where that is not seen."""
        self.sought.emit(dimension)
        if bring:
            self.strips_wanted.emit()
