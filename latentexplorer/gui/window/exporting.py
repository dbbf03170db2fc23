"""Asks where a pane's figure or animation is to go, and tells the pane what was chosen."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from latentexplorer.gui.panes.animation import Animated, AnimatedPane
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.window.animation_dialog import AnimationDialog
from latentexplorer.gui.window.export_dialog import ExportChoice, ExportDialog


class Exporting(QObject):
    """Opens the dialogs of one pane, above the window that the pane is in."""

    def __init__(self, pane: Pane) -> None:
        super().__init__(pane)
        self._pane = pane
        pane.export_asked.connect(self._on_export)
        if isinstance(pane, AnimatedPane):
            pane.animation_asked.connect(self._on_animation)

    @Slot()
    def _on_export(self) -> None:
        pane = self._pane
        dialog = ExportDialog(pane.view_kind, pane.run.name, pane.window(), part=pane.shows_part)
        dialog.chosen.connect(self._export)
        dialog.open()

    @Slot(object)
    def _export(self, choice: ExportChoice) -> None:
        self._pane.export_to(choice.path, choice.dpi, choice.size, whole=choice.whole)

    @Slot(object)
    def _on_animation(self, animated: Animated) -> None:
        pane = self._pane
        assert isinstance(pane, AnimatedPane)
        dialog = AnimationDialog(animated, pane.window())
        dialog.chosen.connect(pane.animate)
        dialog.open()
