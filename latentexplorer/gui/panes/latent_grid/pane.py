"""Latent grid: a plane through latent space, decoded; a click makes a cell's code current."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QColor

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.gallery.sources import as_changes
from latentexplorer.gui.panes.latent_grid.options import PlanePanel, PlaneRow
from latentexplorer.gui.panes.latent_grid.plane import PlaneChoice, Range, around, moved, shown_range, zoomed
from latentexplorer.gui.panes.latent_grid.plane_view import PlaneView, axis_number, cells_of, place_of, value_at
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.workers import tasks
from latentexplorer.views.code import Code, as_setting, title_of
from latentexplorer.views.palette import UNLABELLED, class_color

MOST_DOTS = 3000


class LatentGridPane(Pane):
    """Row 0 is the top."""

    object_name, title, view_kind = "latent_grid_pane", "Latent grid", "latent-grid"
    follows = True

    def __init__(self) -> None:
        super().__init__()
        self.result: Any = None
        self.choice = PlaneChoice()
        self._run: Any = None
        self._through = ""
        self._pan_from: tuple[Range, Range] | None = None
        self.row = PlaneRow()
        self.row.chosen.connect(self._on_axes)
        self.row.class_chosen.connect(self._on_class)
        self.panel = PlanePanel(self)
        self.panel.cells_chosen.connect(self._on_cells)
        self.panel.spacing_chosen.connect(self._on_spacing)
        self.panel.range_typed.connect(self._on_range)
        self.panel.dots_wanted.connect(self._show_dots)
        self.panel.reset.connect(self.reset)
        self.grid = PlaneView()
        self.grid.setObjectName("latent_grid_plot")
        self.grid.set_tips(self._tip)
        self.grid.code_at = self._code_at
        self.grid.walked.connect(self._on_walked)
        self.grid.pan_began.connect(self._on_pan_began)
        self.grid.panned.connect(self._on_panned)
        self.grid.zoomed.connect(self._on_zoomed)
        self.panel.panning.connect(self.grid.set_panning)
        self.body.addWidget(self.row)
        self.body.addWidget(self.grid, 1)
        self._build_actions()
        theme.changed.connect(self._show_dots)

    def _build_actions(self) -> None:
        for at, (symbol, tip, slot, name, key) in enumerate(
            (
                ("target", "Through the current code", self.centre, "centre", "C"),
                ("reset", "Reset the plane", self.reset, "reset", "0"),
            )
        ):
            button = self.header.add_button(symbol, f"{tip} ({key})")
            button.setObjectName(f"latent_grid_{name}")
            button.clicked.connect(slot)
            self.header.row.insertWidget(2 + at, button)
            action = QAction(tip, self.grid)
            action.setShortcut(key)
            action.setShortcutContext(action.shortcutContext().WidgetShortcut)
            action.triggered.connect(slot)
            self.grid.addAction(action)
            self.add_menu_action(tip, slot)
        self.more = self.header.add_button("tune", "Number of images, spacing, range")
        self.more.setObjectName("plane_options_button")
        self.more.clicked.connect(self._open_panel)
        self.header.row.insertWidget(4, self.more)
        self.add_menu_action("Zoom in", self.zoom_in)
        self.add_menu_action("Zoom out", self.zoom_out)

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.grid.serve(self.session)

    def on_run(self) -> None:
        before, self._run = self._run, self.session.run
        self.result = None
        if before is None or (before.path, before.code_dim) != (self._run.path, self._run.code_dim):
            axes = "dims" if self._run.code_dim == 2 else "directions"
            self.choice, self._through = PlaneChoice(axes, n=self.choice.n), ""
        self._ask()

    def on_snapshot(self) -> None:
        self._run = self.session.run
        self._ask()

    def on_code(self, code: Code) -> None:
        if self.result is not None and self.session.current.conditional and code.y != self.result.label:
            self._ask()
        self._mark()

    # -- asking ----------------------------------------------------------------------------------------------------

    def _settings(self) -> dict[str, Any]:
        settings = self.choice.settings()
        code = self.session.current.code
        if self.session.current.conditional and code is not None and code.y is not None:
            settings["label"] = self._run.class_names[code.y]
        return settings

    def _ask(self) -> None:
        if self._run is None:
            return
        self.row.remember(self.choice.dims)
        self.row.show_choice(self.choice, self._run.code_dim)
        code = self.session.current.code
        names = self._run.class_names if self.session.current.conditional else ()
        self.row.show_classes(names, None if code is None else code.y)
        self.session.decoder.ask_in_steps(
            "latent_grid", partial(tasks.latent_grid, self._run, self._settings()), self._on_result
        )

    def _change(self, choice: PlaneChoice) -> None:
        self.choice = choice
        self._ask()

    def _on_result(self, result: Any) -> None:
        if self.refused(result):
            return
        self.result = result
        code = self.session.current.code
        if self.session.current.conditional and code is not None and code.y != result.label:
            # The class has changed since the question, or was not known yet when the run was opened.
            self._ask()
        self.grid.show_plane(result)
        parts = [f"{len(result.x)} × {len(result.y)}"]
        if self._through:
            parts.append(f"through {self._through}")
        if self.choice.x_range is not None:
            parts.append("moved")
        self.set_subtitle(" · ".join(parts))
        self.panel.show_choice(self.choice, shown_range(result))
        self._show_dots()
        self._mark()

    # -- codes of the plane ----------------------------------------------------------------------------------------

    def _code_at(self, column: float, row: float) -> Code | None:
        """The code at a place between the cells; a cell's own code at its middle."""
        result = self.result
        if result is None:
            return None
        if column == int(column) and row == int(row):
            how = f"latent grid, column {int(column) + 1}, row {int(row) + 1}"
            return Code(result.codes[int(row), int(column)], result.label, how=how)
        u, v = value_at(result.x, column), value_at(result.y, row)
        z = result.origin.astype(np.float64) + u * result.basis[0] + v * result.basis[1]
        return Code(z, result.label, how=f"latent grid, at {u:.3g}, {v:.3g}")

    def _tip(self, index: int) -> str:
        row, column = divmod(index, self.grid.columns)
        across, up = (name.split(" (")[0] for name in self.result.axes)
        return f"{across} = {axis_number(self.result.x, column)}, {up} = {axis_number(self.result.y, row)}"

    @Slot(object, bool)
    def _on_walked(self, code: Code, passing: bool) -> None:
        self.session.current.set(code, passing=passing)

    def _mark(self) -> None:
        """Show where the current code lies."""
        code = self.session.current.code
        if self.result is None or code is None or code.z.size != self.result.codes.shape[-1]:
            self.grid.show_place(None)
        else:
            self.grid.show_place(place_of(self.result, code.z))

    @Slot()
    def _show_dots(self) -> None:
        self.grid.show_dots(self._dots() if self.panel.dots.isChecked() and self.result is not None else [])

    def _dots(self) -> list[tuple[QColor, np.ndarray]]:
        """Columns and rows of the codes, by class."""
        codes = self._run.codes.get("train")
        if codes is None or not len(codes.loc):
            return []
        some = np.unique(np.linspace(0, len(codes.loc) - 1, min(len(codes.loc), MOST_DOTS)).astype(int))
        cells, _ = cells_of(self.result, codes.loc[some])
        inside = ((cells > -0.5) & (cells < [[len(self.result.x) - 0.5, len(self.result.y) - 0.5]])).all(1)
        cells, some = cells[inside], some[inside]
        if codes.labels is None:
            return [(QColor(UNLABELLED), cells)]
        labels = codes.labels[some]
        return [(QColor(class_color(int(at), dark=True)), cells[labels == at]) for at in np.unique(labels)]

    # -- what a person chooses -------------------------------------------------------------------------------------

    @Slot(str, int, int)
    def _on_axes(self, axes: str, first: int, second: int) -> None:
        # Ranges belong to axes: those of other ones mean nothing.
        self._change(replace(self.choice, axes=axes, dims=(first, second), x_range=None, y_range=None))

    @Slot(int)
    def _on_class(self, y: int) -> None:
        self.session.current.set_class(y)

    @Slot(int)
    def _on_cells(self, n: int) -> None:
        self._change(replace(self.choice, n=n))

    @Slot(str)
    def _on_spacing(self, spacing: str) -> None:
        self._change(replace(self.choice, spacing=spacing, x_range=None, y_range=None))

    @Slot(object, object)
    def _on_range(self, x: Range, y: Range) -> None:
        self._change(self.choice.of_range(x, y))

    @Slot()
    def _open_panel(self) -> None:
        if self.result is not None:
            self.panel.show_choice(self.choice, shown_range(self.result))
        self.panel.open_below(self.more)

    @Slot()
    def _on_pan_began(self) -> None:
        self._pan_from = shown_range(self.result) if self.result is not None else None

    @Slot(float, float)
    def _on_panned(self, right: float, down: float) -> None:
        if self._pan_from is not None:
            self._change(self.choice.of_range(*moved(self._pan_from, self.choice.n, right, down)))

    @Slot(float, float, float)
    def _on_zoomed(self, factor: float, column: float, row: float) -> None:
        if self.result is None:
            return
        shown = self.result
        if self.choice.x_range is not None and self.choice.y_range is not None:
            # Several notches of the wheel may come before the first is answered.
            n = self.choice.n
            (left, right), (low, high) = self.choice.x_range, self.choice.y_range
            shown = replace(shown, x=np.linspace(left, right, n), y=np.linspace(high, low, n))
        self._change(self.choice.of_range(*zoomed(shown, factor, column, row)))

    def _zoom(self, factor: float) -> None:
        middle = (self.choice.n - 1) / 2
        self._on_zoomed(factor, middle, middle)

    @Slot()
    def zoom_in(self) -> None:
        """Closer, around the middle."""
        self._zoom(0.8)

    @Slot()
    def zoom_out(self) -> None:
        """Farther, around the middle."""
        self._zoom(1.25)

    @Slot()
    def reset(self) -> None:
        """The plane as it was at first."""
        self._through = ""
        self._change(self.choice.anew())

    @Slot()
    def centre(self) -> None:
        """Lay the plane through the current code, with the code in its middle."""
        code = self.session.current.code
        if self.result is None or code is None:
            return
        self._through = title_of(self._run, code)
        middle = (0.0, 0.0)
        if self.choice.axes == "dims":
            middle = (float(code.z[self.choice.dims[0]]), float(code.z[self.choice.dims[1]]))
        there = around(shown_range(self.result), middle)
        self._change(replace(self.choice, centre=as_setting(self._run, code)).of_range(*there))

    # -- export ----------------------------------------------------------------------------------------------------

    def view_settings(self) -> list[str]:
        return as_changes(self._settings()) if self._run is not None else []

    def restore(self, kind: str, settings: dict[str, Any]) -> bool:
        if kind != self.view_kind:
            return False
        run = self._run = self.run
        self.choice = PlaneChoice.of_settings(settings, run.code_dim)
        self._through = self.choice.centre if not self.choice.centre.startswith("[") else "a given code"
        label = settings.get("label", "")
        if self.session.current.conditional and label in run.class_names:
            self.session.current.set_class(run.class_names.index(label))
        self._ask()
        return True
