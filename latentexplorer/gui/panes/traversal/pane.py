"""Traversal: a slider and a strip for each latent dimension, the ones that matter most first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Slot

from latentexplorer.gui.panes.animation import EXPORT, Animated, AnimatedPane
from latentexplorer.gui.panes.base import expanding
from latentexplorer.gui.panes.traversal.as_figure import ALL, class_settings, movable, rows_settings
from latentexplorer.gui.panes.traversal.base_code import BaseCode, origin_of
from latentexplorer.gui.panes.traversal.dimension_rows import DimensionRows
from latentexplorer.gui.panes.traversal.local_axes import LocalAxesRows
from latentexplorer.gui.panes.traversal.row_steps import RowSteps
from latentexplorer.gui.panes.traversal.row_weights import show_weights
from latentexplorer.gui.panes.traversal.shown import Shown
from latentexplorer.gui.panes.traversal.slider_ranges import SliderRanges, range_words
from latentexplorer.gui.panes.traversal.starts import Starts
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.workers import code_tasks, decoding
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code, as_setting
from latentexplorer.views.lookup import decoded_shape

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.traversal import Dimensions


class TraversalPane(AnimatedPane):
    """The current code, dimension by dimension.

    The strips show what each slider would make of the current code, so that a picture that is clicked is the one that
    becomes current. What came from elsewhere is the base: resetting goes back to it.
    """

    object_name, title, view_kind = "traversal_pane", "Traversal", "traversal"
    follows = draws_later = True
    not_yet = "There is no dimension to move yet"

    def __init__(self) -> None:
        super().__init__()
        self.shown: Shown | None = None
        self.codes = BaseCode()
        self._sending = False
        self._version = 0
        """Of what strips show; each new code, run or number of steps makes those that are there older."""
        self._turn = 0
        self.starts = Starts(self)
        self._first: int | None = None
        """The dimension that a figure's rows begin with, until they are laid out."""
        self._touched: int | None = None
        self.rows = DimensionRows()
        self.rows.moved.connect(self._on_moved)
        self.rows.settled.connect(self._on_settled)
        self.rows.picked.connect(self._on_picked)
        self.rows.seen.connect(self._show_rows)
        self.rows.made.connect(self._on_made)
        self.rows.left.connect(self._sort_at_rest)
        self.rows.ends_asked.connect(self._open_range_of)
        self.rows.value_asked.connect(self._to_value)
        self.ranges = SliderRanges(self)
        self.ranges.changed.connect(self._measure)
        self.ranges.by_person.connect(self.by_person)
        self.body.addWidget(expanding(self.rows), 1)
        self._build_buttons()

    def _build_buttons(self) -> None:
        for at, (symbol, tip, slot, name) in enumerate(
            (
                ("reset", "Reset all dimensions", self.reset_all, "reset"),
                ("home", "Start from the prior's mean", self.starts.use_mean, "mean"),
                ("dice", "Start from a random draw", self.starts.use_random, "random"),
                ("tune", "What the sliders span", self.open_range, "options"),
            )
        ):
            button = self.header.add_button(symbol, tip)
            button.setObjectName(f"traversal_{name}")
            button.clicked.connect(slot)
            self.header.row.insertWidget(2 + at, button)
            self.add_menu_action(tip, slot)
        self.add_menu_action("Start from the code as it is now", self.use_current)
        self.add_menu_action("Sort the dimensions", self.sort)
        self.add_menu_action(f"{EXPORT}…", self.export_animation)
        self.steps = RowSteps(self)
        self.steps.changed.connect(self._on_steps)
        self.steps.by_person.connect(self.by_person)
        self.menu.addMenu(self.steps)

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.rows.serve(self.session)
        self.starts.serve(self.session)
        self.axes = LocalAxesRows(self.session, self)
        self.axes.chosen.connect(self._on_axes)
        self.axes.asked.connect(self._set_along)
        self.axes.by_person.connect(self.by_person)
        self.body.addWidget(self.axes.rows, 1)
        self.menu.addActions(list(self.axes.actions.values()))
        fade.changed.connect(self._on_steps)
        self.session.dimensions.changed.connect(self._on_chosen)
        self.session.dimensions.sought.connect(self._on_sought)

    def on_run(self) -> None:
        before, run = self.shown, self.run
        if before is None or (before.run.path, before.run.code_dim) != (run.path, run.code_dim):
            self.shown = Shown(run, first=self.session.dimensions.first, why=self.session.dimensions.why)
            if self._first is None:
                self.ranges.forget()
        else:
            self.shown = replace(before, run=run)
        # While codes move, their ranges stay as long as they nearly fit.
        self._ask_dimensions(self.shown.dimensions if self.session.training.active else None)
        self._follow_axes()

    def _follow_axes(self) -> None:
        if self.session.run is not None:
            self.axes.follow(self.run, self.session.current.code, self.steps.count)

    @Slot(bool)
    def _on_axes(self, on: bool) -> None:
        self.rows.setVisible(not on)
        self.axes.rows.setVisible(on)
        self._show_code()

    @Slot(object, bool)
    def _set_along(self, code: Code, passing: bool) -> None:
        self._sending = True
        self.session.current.set(code, passing=passing, what="moving along an axis")
        self._sending = False

    @Slot()
    def _measure(self) -> None:
        if self.seen:
            self._ask_dimensions(None)
        else:
            self._stale = True

    def _ask_dimensions(self, before: Dimensions | None) -> None:
        """Ask how much dimensions matter and what they span."""
        if self.shown is None:
            return
        run, ranges = self.shown.run, self.ranges
        question = partial(code_tasks.dimensions, run, ranges.choice, dict(ranges.own_ends), before)
        self.session.decoder.ask("traversal_order", question, partial(self._on_measured, run))

    def on_code(self, code: Code) -> None:
        if self.shown is not None and self.shown.run.code_dim != code.z.size:
            # Of another run, which is drawn when the pane is seen again.
            self.shown = None
        if self._sending:
            self.codes.change(code)
        elif self.frozen and self.codes.is_image_of(code):
            # Only the run has gone on: what is shown is kept.
            return
        else:
            self.codes.follow(self.run, code)
        self._version += 1

    def show_code(self, code: Code) -> None:
        self._show_code()
        if not (self.frozen and self.codes.is_image_of(code)):
            self.axes.follow(self.run, code, self.steps.count)

    # -- which dimensions, and how far -----------------------------------------------------------------------------

    def _on_measured(self, run: Trained, dimensions: Dimensions) -> None:
        if self.shown is None or self.shown.run is not run:
            return
        before, self.shown = self.shown, replace(self.shown, dimensions=dimensions)
        self._lay_out(self.shown, another=before.dimensions is None)

    def _lay_out(self, shown: Shown, another: bool = False) -> None:
        """Rows for the dimensions as they are measured; `another`: of a run that was not shown before."""
        if shown.dimensions is None:
            return
        self._version += 1
        order = shown.order
        # While it trains rows would change places under the eye, and under the hand.
        if not another and (self.rows.in_hand or self.session.training.active):
            order = self.rows.order
        self.rows.set_order(order, decoded_shape(shown.run)[:2], self.steps.count)
        if self._first is not None:
            self.rows.show_first(self._first)
            self._first = None
        elif another:
            self.rows.verticalScrollBar().setValue(0)
        self._on_made()

    @Slot()
    def sort(self) -> None:
        """The dimensions that matter most first again, also while it trains."""
        self.session.dimensions.forget()
        self._sort()

    def _sort(self) -> None:
        if self.shown is not None and self.shown.order != self.rows.order:
            self._lay_out(self.shown, another=True)

    @Slot()
    def _on_chosen(self) -> None:
        """Somebody has chosen which ones stand above the others."""
        if self.shown is not None:
            chosen = self.session.dimensions
            self.shown = replace(self.shown, first=chosen.first, why=chosen.why)
            self._lay_out(self.shown, another=True)

    @Slot(int)
    def _on_sought(self, dimension: int) -> None:
        self.rows.show_first(dimension)

    @Slot()
    def _sort_at_rest(self) -> None:
        if not (self.rows.in_hand or self.session.training.active):
            self._sort()

    @Slot()
    def _on_made(self) -> None:
        """There are rows that know nothing yet."""
        if self.shown is not None and self.shown.dimensions is not None:
            show_weights(self.rows, self.shown.dimensions)
            self._show_code()

    def _show_code(self) -> None:
        """Sliders and strips for the current code."""
        shown, base = self.shown, self.codes.base
        if shown is None or shown.dimensions is None or base is None:
            return
        order = shown.order_words if self.rows.order == shown.order else "order kept"
        told = "along local axes" if self.axes.on else f"{order}{range_words(shown.dimensions.spans)}"
        self.set_subtitle(f"from {origin_of(shown.run, base)} · {told}")
        self._show_rows()

    @Slot()
    def _show_rows(self) -> None:
        """Sliders and strips of the rows that are seen: the others get theirs when they are."""
        shown, code, base = self.shown, self.codes.code, self.codes.base
        if shown is None or shown.dimensions is None or code is None or base is None:
            return
        for row in self.rows.visible_of(base.z.size):
            row.slider.rest = float(base.z[row.dimension])
            if row.slider.value != float(code.z[row.dimension]):
                row.set_value(float(code.z[row.dimension]))
        if self.seen:
            self._ask_strips(shown.run, code, shown.dimensions.ranges)

    # -- strips ----------------------------------------------------------------------------------------------------

    def _ask_strips(self, run: Trained, code: Code, ranges: Array) -> None:
        """Decode the strips that are seen and show something older."""
        wanted = [row.dimension for row in self.rows.visible_of(len(ranges)) if row.version != self._version]
        if not wanted:
            return
        # While somebody drags, only the first rows of a question are answered: each time other ones are first.
        self._turn = (self._turn + 1) % len(wanted)
        dimensions = np.roll(np.array(wanted), -self._turn * max(decoding.pace.tile // self.steps.count, 1))
        ends = ranges[dimensions]
        values = np.linspace(ends[:, 0], ends[:, 1], self.steps.count, axis=1)
        y = code.y if self.session.current.conditional else None
        question = partial(code_tasks.strips, run, code.z, y, dimensions, values, fade.limit(self.session))
        self.session.decoder.ask_in_steps("traversal", question, partial(self._on_strips, self._version))

    def _on_strips(self, version: int, strips: code_tasks.Strips) -> None:
        self.show_empty("")
        shown = zip(strips.dimensions.tolist(), strips.values, strips.images, strict=True)
        for at, (dimension, values, images) in enumerate(shown):
            row = self.rows.rows.get(dimension)
            if row is not None and version >= row.version:
                row.set_strip(images, values, version, partial(self.cell_code, dimension))
                if strips.fading is not None or not fade.on:
                    row.set_fading(None if strips.fading is None else strips.fading.at(at))

    def cell_code(self, dimension: int, cell: int) -> Code | None:
        """The code of a picture in a strip, as it is now."""
        row = self.rows.rows.get(dimension)
        if row is None or cell >= len(row.values):
            return None
        return self.codes.with_value(dimension, float(row.values[cell]))

    # -- what a person does ----------------------------------------------------------------------------------------

    @property
    def base(self) -> Code | None:
        """What resetting goes back to."""
        return self.codes.base

    def _set(self, dimension: int, value: float, passing: bool) -> None:
        code = self.codes.with_value(dimension, value)
        if code is None:
            return
        self._touched = dimension
        self._sending = True
        self.session.current.set(code, passing=passing, what=f"moving z{dimension}")
        self._sending = False

    @Slot(int, float)
    def _on_moved(self, dimension: int, value: float) -> None:
        self._set(dimension, value, passing=True)

    @Slot(int, float)
    def _on_settled(self, dimension: int, value: float) -> None:
        self._set(dimension, value, passing=False)

    @Slot(int, int)
    def _on_picked(self, dimension: int, cell: int) -> None:
        self._set(dimension, float(self.rows.rows[dimension].values[cell]), passing=False)

    @Slot()
    def reset_all(self) -> None:
        """Back to the base code."""
        if self.base is not None and self.session.run is not None:
            self.session.current.set(self.base, what="resetting all dimensions")

    @Slot()
    def use_current(self) -> None:
        """The code as it is now becomes what resetting goes back to."""
        self.codes.rebase()
        self._show_code()

    @Slot()
    def _on_steps(self) -> None:
        self._version += 1
        if self.shown is not None:
            self._lay_out(self.shown)
            self._follow_axes()

    # -- what the sliders span ---------------------------------------------------------------------------------------

    @Slot()
    def open_range(self) -> None:
        """Show what can be spanned."""
        if self.shown is not None:
            self.ranges.open_all(self.header, self.shown.run.prior is not None)

    @Slot(int)
    def _open_range_of(self, dimension: int) -> None:
        if self.shown is not None and self.shown.dimensions is not None:
            span = self.shown.dimensions.spans[dimension]
            label = self.rows.rows[dimension].label
            self.ranges.open_one(label, self.shown.run.prior is not None, dimension, span)

    @Slot(int)
    def _to_value(self, dimension: int) -> None:
        """Move a slider's range until its value stands in the middle."""
        if self.shown is not None and self.shown.dimensions is not None and self.codes.code is not None:
            half, value = self.shown.dimensions.spans[dimension].width / 2, float(self.codes.code.z[dimension])
            self.ranges.set_ends(dimension, (value - half, value + half))

    # -- export ----------------------------------------------------------------------------------------------------

    def view_settings(self) -> list[str]:
        if self.shown is None or self.shown.dimensions is None:
            return []
        if self.axes.on and (centre := self.axes.centre) is not None:
            named = class_settings(self.session, self.run, centre)
            return [*self.axes.settings, f"base={as_setting(self.run, centre)}", *named]
        return self._settings_of(self.rows.shown_dimensions, self.steps.count)

    def _settings_of(self, dimensions: Sequence[int], steps: int) -> list[str]:
        run, code, shown = self.run, self.codes.code, self.shown
        if code is None or shown is None:
            return []
        return rows_settings(self.session, run, code, dimensions, steps, self.ranges, shown)

    def animated(self) -> Animated | None:
        seen = self.rows.shown_dimensions
        if self.shown is None or self.shown.dimensions is None or self.codes.code is None or not seen:
            return None
        return movable(self.run, self.rows.order, seen, self._touched)

    def frame_settings(self, part: str, frames: int) -> list[str]:
        return self._settings_of(self.rows.shown_dimensions if part == ALL else [int(part.removeprefix("z"))], frames)

    def restore(self, kind: str, settings: Settings) -> bool:
        if kind != self.view_kind:
            return False
        self.steps.choose(int(settings.get("steps", 10)))
        self.axes.choose(settings.get("axes", "dims"))
        fade.set_on(settings.get("fade", False))
        self.ranges.restore(settings)
        self._first = next(iter(settings.get("dims", ())), None)
        pick = settings.get("base") or "prior-mean"
        work = partial(code_tasks.code_of_figure, self.run, pick, settings.get("label", ""), ())
        self.session.submit("Bringing the figure's code back", work).succeeded.connect(self._on_restored)
        return True

    @Slot(object)
    def _on_restored(self, code: Code) -> None:
        self.session.current.restore(code)
        self.on_run()
