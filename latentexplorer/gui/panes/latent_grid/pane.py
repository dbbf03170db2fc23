"""Latent grid: a plane through latent space, decoded; a click makes a cell's code current."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QAction

from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.latent_grid import asked
from latentexplorer.gui.panes.latent_grid.around_code import MetricAxes, along_axes
from latentexplorer.gui.panes.latent_grid.dots import dots_of
from latentexplorer.gui.panes.latent_grid.ground import Ground
from latentexplorer.gui.panes.latent_grid.options import PlanePanel, PlaneRow
from latentexplorer.gui.panes.latent_grid.parts import PlaneParts
from latentexplorer.gui.panes.latent_grid.plane_view import PlaneView
from latentexplorer.gui.panes.latent_grid.regions import Rims
from latentexplorer.gui.panes.latent_grid.words import cell_tip, heading
from latentexplorer.gui.session.undo import changed
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.axes_tasks import AxesWanted
from latentexplorer.views.base import Refused
from latentexplorer.views.code import Code, title_of
from latentexplorer.views.latent_grid import Result, Settings
from latentexplorer.views.plane import (
    Rectangle,
    around,
    code_at,
    moved,
    outside_words,
    over,
    place_of,
    shown_range,
    spanning,
    unmoved,
    zoomed,
)
from latentexplorer.views.ranges import Range, RangeSetting

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

RANGE, MOVING = "choosing the grid's range", "moving the plane"

_Plane = tuple[Settings, bool, str]
"""What was chosen, whether it fills the pane, and what it was laid through."""


class LatentGridPane(Pane):
    """Row 0 is the top.

    Attributes
    ----------
    result : Result or None
        What is shown; None until there is one of the open run.
    choice : views.latent_grid.Settings
        What a person chose. Class and epoch are those of the session, rows and columns those that fill the pane.
    """

    object_name, title, view_kind = "latent_grid_pane", "Latent grid", "latent-grid"
    follows = draws_later = True

    def __init__(self) -> None:
        super().__init__()
        self.result: Result | None = None
        self.choice = Settings()
        self.fill = True
        """Whether rows and columns follow the shape of the pane: about as many images as `choice.n` squared."""
        self._run: Trained | None = None
        self._before: Trained | None = None
        self._asked: Settings | None = None
        self._pan_from: Rectangle | None = None
        self._through, self._pans = "", 0
        self.row = PlaneRow()
        self.row.chosen.connect(self._on_axes)
        self.row.class_chosen.connect(self._on_class)
        self.panel = PlanePanel(self)
        self.panel.cells_chosen.connect(self._on_cells)
        self.panel.spacing_chosen.connect(self._on_spacing)
        self.panel.filling.connect(self._on_fill)
        self.panel.span_chosen.connect(self._on_span)
        self.panel.range_typed.connect(self._on_range)
        self.panel.dots_wanted.connect(self._show_dots)
        self.panel.reset.connect(self.reset)
        self.grid = PlaneView()
        self.grid.setObjectName("latent_grid_plot")
        self.grid.set_tips(self._tip)
        self.grid.code_at = self._code_at
        self.grid.outside_tip = self._outside_tip
        self.grid.room_changed.connect(self._on_room)
        self.grid.place_asked.connect(self._to_place)
        self.grid.end_asked.connect(self._open_panel_at)
        self.grid.walked.connect(self._on_walked)
        self.grid.pan_began.connect(self._on_pan_began)
        self.grid.panned.connect(self._on_panned)
        self.grid.zoomed.connect(self._on_zoomed)
        self.panel.panning.connect(self.grid.set_panning)
        self.parts = PlaneParts(self.row, self.grid)
        self.body.addLayout(self.parts, 1)
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
        self.more.clicked.connect(partial(self._open_panel_at, ""))
        self.header.row.insertWidget(4, self.more)
        self.add_menu_action("Zoom in", partial(self._zoom, 0.8))
        self.add_menu_action("Zoom out", partial(self._zoom, 1.25))

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.grid.serve(self.session)
        fade.changed.connect(self._renew)
        self.finder = MetricAxes(self)
        self.finder.found.connect(self._ask)
        self.finder.refused.connect(self._on_result)
        self.ground = Ground(self, self.grid)
        self.rims = Rims(self, self.grid, self.panel, self.ground)
        self.rims.chosen.connect(self._on_rims)

    @Slot()
    def _run_changed(self) -> None:
        # The current code is one of the other run already, and it may be long until this pane is seen again.
        self._before, self._run, self.result = self._run or self._before, None, None
        super()._run_changed()

    def on_run(self) -> None:
        before, run = self._run or self._before, self.run
        self._before, self._run, self.result = None, run, None
        if before is None or (before.path, before.code_dim) != (run.path, run.code_dim):
            self.choice, self._through = asked.fresh(self.choice, run), ""
            self.fill = True
        self._ask()

    def on_snapshot(self) -> None:
        self._run = self.run
        self._ask()

    def on_seen(self) -> None:
        super().on_seen()
        self._on_room()

    def on_code(self, code: Code) -> None:
        if self.result is not None and self.session.current.conditional and code.y != self.result.label:
            self._ask()

    # -- asking ----------------------------------------------------------------------------------------------------

    def _laid_out(self, run: Trained) -> Settings:
        """What was chosen, in as many rows and columns as fill the pane."""
        return asked.in_room(self.choice, run, self.grid.room, self._asked) if self.fill else self.choice

    def _ask(self, run: Trained | None = None) -> None:
        """Ask for the plane of the run as it is, or as it was when what that takes was begun."""
        if (run := run or self._run) is None:
            return
        self.row.remember(self.choice.dims)
        self.row.show_choice(self.choice, run.code_dim)
        code = self.session.current.code
        names = run.class_names if self.session.current.conditional else ()
        self.row.show_classes(names, None if code is None else code.y)
        plane = self._laid_out(run)
        before = self.result if self.session.training.active and self._asked == plane else None
        self._asked = plane
        settings, odd = asked.settings_of(run, plane, self.session), fade.limit(self.session)
        question = partial(tasks.latent_grid, run, settings, before, odd)
        # mypy finds no union behind "or None".
        self.session.decoder.ask_in_steps("latent_grid", question, self._on_result)  # type: ignore[misc]

    def _change(
        self, choice: Settings, what: str, *, fill: bool | None = None, through: str | None = None, gesture: str = ""
    ) -> None:
        """A person chooses another plane; of a `gesture` more may follow that belongs to it."""
        before: _Plane = (self.choice, self.fill, self._through)
        after: _Plane = (choice, before[1] if fill is None else fill, before[2] if through is None else through)
        same = before == after
        self.by_person.emit(changed(what, self._put, before, after, gesture=gesture, ends=False, idle=same))
        self._put(after)

    def _put(self, plane: _Plane) -> None:
        self.choice, self.fill, self._through = plane
        self.finder.leave()
        self._show_panel()
        self._renew()

    @Slot()
    def _renew(self) -> None:
        if self.seen:
            self._ask()
        else:
            self._stale = True

    def _on_result(self, result: Result | AxesWanted | Refused) -> None:
        if self.finder.takes(result) or self.refused(result):
            return
        self.result = result = asked.still_faded(result, self.result)
        code = self.session.current.code
        if self.session.current.conditional and code is not None and code.y != result.label:
            # The class has changed since the question, or was not known yet when the run was opened.
            self._ask()
        self.grid.show_plane(result)
        self.set_subtitle(heading(result, self._through, moved=self.choice.x_range is not None))
        self._show_panel()
        self._show_dots()
        if code is not None:
            self.show_code(code)

    # -- codes of the plane ----------------------------------------------------------------------------------------

    def _code_at(self, column: float, row: float) -> Code | None:
        """The code at a place of the plane; None while there is none of the open run."""
        return code_at(self.result, column, row) if self.result is not None else None

    def _tip(self, index: int) -> str:
        return cell_tip(self.result, index, self.rims.words(index)) if self.result is not None else ""

    def _outside_tip(self) -> str:
        place = self.grid.place
        return outside_words(self.result, place) if self.result is not None and place is not None else ""

    @Slot(object, bool)
    def _on_walked(self, code: Code, passing: bool) -> None:
        self.session.current.set(code, passing=passing, what="walking the latent grid")

    def show_code(self, code: Code) -> None:
        if self.result is None or code.z.size != self.result.codes.shape[-1]:
            self.grid.show_place(None)
        else:
            self.grid.show_place(place_of(self.result, code.z))

    @Slot()
    def _show_dots(self) -> None:
        self.grid.show_dots(dots_of(self._run, self.result) if self.panel.dots.isChecked() else [])

    # -- what a person chooses -------------------------------------------------------------------------------------

    def _choose(self, what: str, **changes: object) -> None:
        self._change(self.choice.model_copy(update=changes), what)

    @Slot(str, int, int)
    def _on_axes(self, axes: str, first: int, second: int) -> None:
        plane, through = along_axes(self.choice, self._run, self.session.current.code, axes, (first, second))
        self._change(plane, "choosing the grid's axes", through=through)

    @Slot(int)
    def _on_class(self, y: int) -> None:
        self.session.current.set_class(y)

    @Slot(int)
    def _on_cells(self, n: int) -> None:
        self._choose("choosing the number of images", n=n)

    @Slot(bool)
    def _on_fill(self, fill: bool) -> None:
        self._change(self.choice.model_copy(update={"rows": None}), "filling the pane", fill=fill)

    def _on_rims(self, changes: dict[str, bool]) -> None:
        self._choose("choosing what rims show", **changes)

    @Slot()
    def _on_room(self) -> None:
        self.parts.stand(self.content.size())
        # While the docks are laid out it has sizes that it will not keep.
        QTimer.singleShot(0, self, self._fill_again)

    @Slot()
    def _fill_again(self) -> None:
        """Ask for other rows and columns where the pane has another shape than when it asked last."""
        run, asked = self._run, self._asked
        if self.seen and run is not None and asked is not None and self._laid_out(run).shape != asked.shape:
            self._ask()

    @Slot(str)
    def _on_spacing(self, spacing: str) -> None:
        spans = "auto" if isinstance(self.choice.range, tuple) else self.choice.range
        # The codes' range is spaced evenly where nothing else is said.
        named = "quantiles" if spacing == "auto" and spans == "codes" else spacing
        self._choose("choosing the grid's spacing", spacing=named, range=spans, x_range=None, y_range=None)

    @Slot(object)
    def _on_span(self, choice: RangeSetting) -> None:
        self._change(spanning(self.choice, choice), RANGE)

    @Slot(object, object)
    def _on_range(self, x: Range, y: Range) -> None:
        self._change(over(self.choice, x, y), RANGE)

    def _show_panel(self) -> None:
        prior = self._run is not None and self._run.prior is not None and self.choice.axes == "dims"
        self.panel.show_choice(self.choice, self.fill, self.result, prior)
        self.rims.show(self.choice, self._run, self.result)

    def _open_panel_at(self, end: str, *_: object) -> None:
        self._show_panel()
        self.panel.open_below(self.more, end)

    @Slot()
    def _to_place(self) -> None:
        """Bring the current code, which lies outside, into the middle; onto the plane too where it lies beside it."""
        place = self.grid.place
        if place is None or self.result is None:
            return
        if place.on_plane:
            self._change(over(self.choice, *around(shown_range(self.result), place.values)), MOVING)
        else:
            self.centre()

    @Slot()
    def _on_pan_began(self) -> None:
        self._pans += 1
        self._pan_from = shown_range(self.result) if self.result is not None else None

    @Slot(float, float)
    def _on_panned(self, right: float, down: float) -> None:
        if self._pan_from is not None:
            there = moved(self._pan_from, self._shape, right, down)
            self._change(over(self.choice, *there), MOVING, gesture=f"pan {self._pans}")

    @Slot(float, float, float)
    def _on_zoomed(self, factor: float, column: float, row: float) -> None:
        if self.result is None:
            return
        x, y = asked.axes_now(self.choice, self.result, self._shape)
        self._change(over(self.choice, *zoomed(x, y, factor, column, row)), "zooming the grid", gesture="zoom")

    @property
    def _shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self._laid_out(self._run).shape if self._run is not None else self.choice.shape

    def _zoom(self, factor: float, *_: object) -> None:
        """Closer (below 1) or farther, around the middle."""
        rows, columns = self._shape
        self._on_zoomed(factor, (columns - 1) / 2, (rows - 1) / 2)

    @Slot()
    def reset(self) -> None:
        """The plane as it was at first."""
        whole = self.choice.model_copy(update={"rows": None})
        self._change(unmoved(whole), "resetting the plane", fill=True, through="")

    @Slot()
    def centre(self) -> None:
        """Lay the plane through the current code, with the code in its middle."""
        run, code = self._run, self.session.current.code
        if run is not None and self.result is not None and code is not None:
            self._change(asked.laid_through(self.choice, run, self.result, code), MOVING, through=title_of(run, code))

    # -- export ----------------------------------------------------------------------------------------------------

    def view_settings(self) -> list[str]:
        run = self._run
        if run is None or run.path != self.run.path:
            return []
        # As it is seen, or was last: while it is away its size says nothing.
        shown = self.result if self.fill else None
        plane = self.choice if shown is None else self.choice.in_shape(*shown.codes.shape[:2])
        return as_changes(asked.settings_of(run, plane, self.session))

    def restore(self, kind: str, settings: tasks.Settings) -> bool:
        if kind != self.view_kind:
            return False
        run = self._run = self.run
        given = Settings.model_validate(settings)
        choice = asked.choice_of(given, run)
        through = given.centre if isinstance(given.centre, str) else "a given code"
        if self.session.current.conditional and given.label in run.class_names:
            self.session.current.set_class(run.class_names.index(given.label))
        self._change(choice, "opening a figure", fill=False, through=through)
        return True
