"""Latent grid: a plane through latent space, decoded; a click makes a cell's code current."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout

from latentexplorer.gui.code import Code
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.widgets.captions import caption
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.tiles import Tiles

CELLS = 12


class LatentGridPane(Pane):
    """Row 0 is the top."""

    object_name, title, view_kind = "latent_grid_pane", "Latent grid", "latent-grid"
    follows = True

    def __init__(self) -> None:
        super().__init__()
        self.result: Any = None
        self.grid = Tiles(columns=CELLS, gap_px=0)
        self.grid.setObjectName("latent_grid_plot")
        self.grid.setAccessibleName("Latent grid")
        self.grid.picked.connect(self._on_picked)
        self.low, self.across, self.high = caption(), ElidedLabel(), caption()
        self.across.setFont(self.low.font())
        self.across.setProperty("role", "caption")
        foot = QHBoxLayout()
        foot.addWidget(self.low)
        foot.addWidget(self.across, 1)
        foot.addWidget(self.high)
        self.body.addWidget(self.grid, 1)
        self.body.addLayout(foot)

    def on_bind(self) -> None:
        self.grid.serve(self.session)

    def on_run(self) -> None:
        self.result = None
        self.on_snapshot()

    def on_snapshot(self) -> None:
        self.session.ask_grid("latent_grid", self._settings(), self._on_result)

    def _settings(self) -> dict[str, Any]:
        label = ""
        if self.session.conditional and self.session.code is not None and self.session.code.y is not None:
            label = self.session.run.class_names[self.session.code.y]
        return {"n": CELLS, "label": label}

    def _on_result(self, result: Any) -> None:
        if self.refused(result):
            return
        self.result = result
        rows, columns = result.images.shape[:2]
        self.grid.set_images(result.images.reshape(rows * columns, *result.images.shape[2:]), self._code_of, columns)
        self.set_subtitle(result.subtitle)
        self.low.setText(f"{result.x[0]:.2g}")
        self.high.setText(f"{result.x[-1]:.2g}")
        self.across.setText(result.axes[0])
        self._mark()

    def _code_of(self, index: int) -> Code | None:
        if self.result is None:
            return None
        row, column = divmod(index, self.result.codes.shape[1])
        how = f"latent grid, column {column + 1}, row {row + 1}"
        return Code(self.result.codes[row, column], self.result.label, how=how)

    @Slot(int)
    def _on_picked(self, index: int) -> None:
        code = self._code_of(index)
        if code is not None:
            self.session.set_code(code)

    def on_code(self, code: Code) -> None:
        if self.result is not None and self.session.conditional and code.y != self.result.label and not self.frozen:
            self.on_snapshot()
        self._mark()

    def _mark(self) -> None:
        """Frame the cell whose code is the current one."""
        code = self.session.code
        if self.result is None or code is None or code.z.size != self.result.codes.shape[-1]:
            self.grid.set_current(-1)
            return
        same = np.flatnonzero((self.result.codes.reshape(-1, code.z.size) == code.z).all(1))
        self.grid.set_current(int(same[0]) if len(same) else -1)

    def view_settings(self) -> list[str]:
        return [f"{key}={value}" for key, value in self._settings().items() if value != ""]
