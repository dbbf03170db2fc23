"""What a person has chosen of the map, so that it can be undone: how it is laid out, its colours, hidden classes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.gui.panes.map.controls import MapControls
from latentexplorer.gui.panes.map.legend import Legend
from latentexplorer.gui.session.undo import Chosen, changed
from latentexplorer.gui.workers.tasks import Settings

WORDS = {"method": "choosing the map's method", "part": "choosing the map's images", "color_by": "colouring the map"}
NUMBERS = "choosing how the map is laid out"


class MapChoices(QObject):
    """Reports what is changed in the controls and the legend.

    Signals
    -------
    by_person : (Change)
    """

    by_person = Signal(object)

    def __init__(self, controls: MapControls, legend: Legend, parent: QObject) -> None:
        super().__init__(parent)
        self._controls, self._legend = controls, legend
        self._settings = Chosen(controls.settings, self._bring_settings)
        self._presses = 0
        controls.given.connect(self._settings.note)
        controls.layout_asked.connect(self._on_controls)
        controls.colors_asked.connect(self._on_controls)
        legend.pressed.connect(self._on_pressed)
        legend.hid.connect(self._on_hid)

    @Slot()
    def _on_controls(self) -> None:
        before = self._settings.last
        other = [words for key, words in WORDS.items() if before.get(key) != self._controls.settings().get(key)]
        self.by_person.emit(self._settings.change(other[0] if other else NUMBERS))

    def _bring_settings(self, settings: Settings) -> None:
        before = self._controls.settings()
        self._controls.restore(settings)
        same = {key: value for key, value in before.items() if key != "color_by"}
        only_colors = same == {key: value for key, value in settings.items() if key != "color_by"}
        (self._controls.colors_asked if only_colors else self._controls.layout_asked).emit()

    @Slot()
    def _on_pressed(self) -> None:
        self._presses += 1

    @Slot(object, object)
    def _on_hid(self, before: frozenset[int], after: frozenset[int]) -> None:
        words = "hiding classes" if len(after) > len(before) else "showing classes"
        # A double click is two things to the legend, and one to a person.
        gesture = f"legend {self._presses}"
        put = self._legend.set_hidden
        self.by_person.emit(changed(words, put, before, after, gesture=gesture, ends=False, idle=before == after))
