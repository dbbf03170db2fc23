"""What the sliders of the traversal span, as a person chose it: for all of them, and for single ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.traversal.range_panel import RangePanel
from latentexplorer.gui.session.undo import changed
from latentexplorer.views.ranges import span_text
from latentexplorer.views.traversal import Ends, Settings

if TYPE_CHECKING:
    from latentexplorer.latent.ranges import Choice, Span

WHOSE = {"codes": "the codes' range", "prior": "the prior's range", "given": "given ends"}


class SliderRanges(QObject):
    """Holds the choice and the panel that it is made in.

    Attributes
    ----------
    choice : "auto", "codes", "prior" or (low, high)
        For all dimensions.
    own_ends : dict of int to (low, high)
        For single ones.

    Signals
    -------
    changed : ()
    by_person : (Change)
        Comes first.
    """

    changed = Signal()
    by_person = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.choice: Choice = "auto"
        self.own_ends: Ends = {}
        self._prior = False
        self.panel = RangePanel(parent)
        self.panel.chosen.connect(self._on_chosen)
        self.panel.typed.connect(self.set_ends)
        self.panel.forgotten.connect(self._on_forgotten)

    def forget(self) -> None:
        """What was chosen for another run means nothing."""
        self.choice, self.own_ends = "auto", {}

    def open_all(self, button: QWidget, prior: bool) -> None:
        """Show what all can span; `prior`: whether there is one."""
        self._prior = prior
        self.panel.open_below(button, self.choice, prior)

    def open_one(self, label: QWidget, prior: bool, dimension: int, span: Span) -> None:
        """Show the ends of one slider too, to be typed."""
        self._prior = prior
        self.panel.open_below(label, self.choice, prior, dimension, span)

    @Slot(object)
    def _on_chosen(self, choice: Choice) -> None:
        self._change(choice, {}, "choosing what the sliders span")

    @Slot(int, object)
    def set_ends(self, dimension: int, ends: tuple[float, float]) -> None:
        """Another range for one dimension."""
        self._change(self.choice, {**self.own_ends, dimension: ends}, f"choosing the ends of z{dimension}")

    @Slot(int)
    def _on_forgotten(self, dimension: int) -> None:
        ends = {other: ends for other, ends in self.own_ends.items() if other != dimension}
        self._change(self.choice, ends, f"resetting the ends of z{dimension}")

    def _change(self, choice: Choice, own_ends: Ends, what: str) -> None:
        before, after = (self.choice, self.own_ends), (choice, own_ends)
        self.by_person.emit(changed(what, self._put, before, after, idle=before == after))
        self._put(after)

    def _put(self, chosen: tuple[Choice, Ends]) -> None:
        self.choice, self.own_ends = chosen
        self.panel.choice.show_choice(self.choice, self._prior)
        self.changed.emit()

    def restore(self, settings: dict[str, Any]) -> None:
        """Take what a figure's settings say."""
        asked = Settings.model_validate({key: settings[key] for key in ("range", "ends") if key in settings})
        self.choice, self.own_ends = asked.choice, asked.own_ends

    def settings(self, spans: Sequence[Span], dimensions: Sequence[int], moving: bool) -> list[str]:
        """The settings of a figure of some dimensions, where they are not as by default.

        `moving`: ranges that were kept while the codes moved are not those that a figure would find, so they are named.
        """
        named = [dim for dim in dimensions if dim in self.own_ends or (moving and spans[dim].of == "codes")]
        found: dict[str, object] = {} if self.choice == "auto" else {"range": self.choice}
        if named:
            found["ends"] = [[dim, spans[dim].low, spans[dim].high] for dim in named]
        return as_changes(found)


def range_words(spans: Sequence[Span]) -> str:
    """Whose ranges the sliders span, for the head of the pane."""
    of = {span.of for span in spans}
    if {"codes", "prior"} <= of:
        return " · spans the codes where they leave the prior"
    return " · spans the codes" if "codes" in of else " · spans the prior" if "prior" in of else ""


def weight_tip(dimension: int, words: str, span: Span) -> str:
    """What is known of a dimension, for the tip of its name."""
    ends = f"{span_text(span.low, span.high)}, {WHOSE[span.of]}"
    return f"Dimension {dimension}: {words}. {ends}. Click to change the ends"
