"""Latent grid: a plane through latent space, decoded; a click makes a cell's code current."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QColor

from latentexplorer.core.settings_text import as_changes, parse_setting
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.latent_grid.options import PlanePanel, PlaneRow
from latentexplorer.gui.panes.latent_grid.plane_view import PlaneView
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.workers import tasks
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.code import Code, as_setting, title_of
from latentexplorer.views.latent_grid import Result, Settings
from latentexplorer.views.palette import UNLABELLED, class_color
from latentexplorer.views.plane import (
    Range,
    Rectangle,
    around,
    axis_number,
    code_at,
    codes_in_sight,
    moved,
    over,
    place_of,
    shown_range,
    unmoved,
    zoomed,
)

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MOST_DOTS = 3000


class LatentGridPane(Pane):
    """Row 0 is the top.

    Attributes
    ----------
    result : Result or None
        What is shown; None until there is one of the open run.
    choice : views.latent_grid.Settings
        What a person chose. The class and the epoch are those of the session.
    """

    object_name, title, view_kind = "latent_grid_pane", "Latent grid", "latent-grid"
    follows = True

    def __init__(self) -> None:
        super().__init__()
        self.result: Result | None = None
        self.choice = Settings()
        self._run: Trained | None = None
        self._through = ""
        self._pan_from: Rectangle | None = None
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
        before, run = self._run, self.run
        self._run, self.result = run, None
        if before is None or (before.path, before.code_dim) != (run.path, run.code_dim):
            self.choice, self._through = Settings(axes=Settings().axes_for(run.code_dim), n=self.choice.n), ""
        self._ask()

    def on_snapshot(self) -> None:
        self._run = self.run
        self._ask()

    def on_code(self, code: Code) -> None:
        if self.result is not None and self.session.current.conditional and code.y != self.result.label:
            self._ask()
        self._mark()

    # -- asking ----------------------------------------------------------------------------------------------------

    def _settings(self, run: Trained) -> dict[str, object]:
        settings = self.choice.given()
        code = self.session.current.code
        if self.session.current.conditional and code is not None and code.y is not None:
            settings["label"] = run.class_names[code.y]
        return settings

    def _ask(self) -> None:
        run = self._run
        if run is None:
            return
        self.row.remember(self.choice.dims)
        self.row.show_choice(self.choice, run.code_dim)
        code = self.session.current.code
        names = run.class_names if self.session.current.conditional else ()
        self.row.show_classes(names, None if code is None else code.y)
        question = partial(tasks.latent_grid, run, self._settings(run))
        # mypy finds no union behind "or None".
        self.session.decoder.ask_in_steps("latent_grid", question, self._on_result)  # type: ignore[misc]

    def _change(self, choice: Settings) -> None:
        self.choice = choice
        self._ask()

    def _on_result(self, result: Result | Refused) -> None:
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
        """The code at a place of the plane; None while there is none of the open run."""
        return code_at(self.result, column, row) if self.result is not None else None

    def _tip(self, index: int) -> str:
        result = self.result
        if result is None:
            return ""
        row, column = divmod(index, self.grid.columns)
        across, up = (name.split(" (")[0] for name in result.axes)
        return f"{across} = {axis_number(result.x, column)}, {up} = {axis_number(result.y, row)}"

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
        self.grid.show_dots(self._dots() if self.panel.dots.isChecked() else [])

    def _dots(self) -> list[tuple[QColor, Array]]:
        """Columns and rows of the training codes, by class."""
        codes = self._run.codes.get("train") if self._run is not None else None
        if self.result is None or codes is None or not len(codes.loc):
            return []
        cells, labels = codes_in_sight(self.result, codes, MOST_DOTS)
        if labels is None:
            return [(QColor(UNLABELLED), cells)]
        return [(QColor(class_color(int(at), dark=True)), cells[labels == at]) for at in np.unique(labels)]

    # -- what a person chooses -------------------------------------------------------------------------------------

    def _choose(self, **changes: object) -> None:
        self._change(self.choice.model_copy(update=changes))

    @Slot(str, int, int)
    def _on_axes(self, axes: str, first: int, second: int) -> None:
        # Ranges belong to axes: those of other ones mean nothing.
        self._choose(axes=axes, dims=(first, second), x_range=None, y_range=None)

    @Slot(int)
    def _on_class(self, y: int) -> None:
        self.session.current.set_class(y)

    @Slot(int)
    def _on_cells(self, n: int) -> None:
        self._choose(n=n)

    @Slot(str)
    def _on_spacing(self, spacing: str) -> None:
        self._choose(spacing=spacing, x_range=None, y_range=None)

    @Slot(object, object)
    def _on_range(self, x: Range, y: Range) -> None:
        self._change(over(self.choice, x, y))

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
            self._change(over(self.choice, *moved(self._pan_from, self.choice.n, right, down)))

    @Slot(float, float, float)
    def _on_zoomed(self, factor: float, column: float, row: float) -> None:
        if self.result is None:
            return
        x, y = self.result.x, self.result.y
        if self.choice.x_range is not None and self.choice.y_range is not None:
            # Several notches of the wheel may come before the first is answered.
            (left, right), (low, high) = self.choice.x_range, self.choice.y_range
            x, y = np.linspace(left, right, self.choice.n), np.linspace(high, low, self.choice.n)
        self._change(over(self.choice, *zoomed(x, y, factor, column, row)))

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
        self._change(unmoved(self.choice))

    @Slot()
    def centre(self) -> None:
        """Lay the plane through the current code, with the code in its middle."""
        code = self.session.current.code
        run = self._run
        if run is None or self.result is None or code is None:
            return
        self._through = title_of(run, code)
        middle = (0.0, 0.0)
        if self.choice.axes == "dims":
            middle = (float(code.z[self.choice.dims[0]]), float(code.z[self.choice.dims[1]]))
        through = self.choice.model_copy(update={"centre": parse_setting(f"centre={as_setting(run, code)}")[1]})
        self._change(over(through, *around(shown_range(self.result), middle)))

    # -- export ----------------------------------------------------------------------------------------------------

    def view_settings(self) -> list[str]:
        return as_changes(self._settings(self._run)) if self._run is not None else []

    def restore(self, kind: str, settings: tasks.Settings) -> bool:
        if kind != self.view_kind:
            return False
        run = self._run = self.run
        given = Settings.model_validate(settings)
        self.choice = given.model_copy(update={"axes": given.axes_for(run.code_dim), "epoch": None, "label": ""})
        self._through = given.centre if isinstance(given.centre, str) else "a given code"
        if self.session.current.conditional and given.label in run.class_names:
            self.session.current.set_class(run.class_names.index(given.label))
        self._ask()
        return True
