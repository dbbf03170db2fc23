"""Traversal: a slider and a strip for each latent dimension, the ones that matter most first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QActionGroup, QShowEvent

from latentexplorer.gui.panes.base import Pane, expanding
from latentexplorer.gui.panes.traversal.dimension_rows import DimensionRows
from latentexplorer.gui.session.picks import as_setting, named_code, picked_code, title_of
from latentexplorer.gui.widgets.pictures import picture_style
from latentexplorer.gui.window.animation_dialog import AnimationChoice, AnimationDialog
from latentexplorer.gui.workers import decoding, tasks
from latentexplorer.views.code import Code

STEPS = (5, 7, 9, 11, 15)
USUAL_STEPS = 9
ALL = "those that are seen, one after another"
DEAD_NATS = 0.01
"""A dimension with less KL than this carries nothing (as in the collapse notice of training)."""


@dataclass(frozen=True, eq=False)
class _Measured:
    """How much each dimension of a run matters, and from where to where it goes (D, 2)."""

    run: Any
    importance: Any
    ends: np.ndarray


@dataclass(frozen=True, eq=False)
class _Strips:
    """Decodes (R, S, H, W, C) of R dimensions at values (R, S)."""

    version: int
    dimensions: np.ndarray
    values: np.ndarray
    images: np.ndarray


class TraversalPane(Pane):
    """The current code, dimension by dimension.

    The strips show what each slider would make of the current code, so that a picture that is clicked is the one that
    becomes current. What came from elsewhere is the base: resetting goes back to it.
    """

    object_name, title, view_kind = "traversal_pane", "Traversal", "traversal"
    follows = True

    def __init__(self) -> None:
        super().__init__()
        self.measured: _Measured | None = None
        self.base: Code | None = None
        self._run: Any = None
        self._code: Code | None = None
        self._bases: WeakKeyDictionary[Code, Code] = WeakKeyDictionary()
        self._sending = False
        self._version = 0
        self._turn = 0
        self._draws = 0
        self._steps = USUAL_STEPS
        self._first: int | None = None
        self._touched: int | None = None
        self.rows = DimensionRows()
        self.rows.moved.connect(self._on_moved)
        self.rows.settled.connect(self._on_settled)
        self.rows.picked.connect(self._on_picked)
        self.rows.seen.connect(self._show_rows)
        self.rows.made.connect(self._on_made)
        self.body.addWidget(expanding(self.rows), 1)
        self._build_buttons()

    def _build_buttons(self) -> None:
        for at, (symbol, tip, slot, name) in enumerate(
            (
                ("reset", "Reset all dimensions", self.reset_all, "reset"),
                ("home", "Start from the prior's mean", self.use_mean, "mean"),
                ("dice", "Start from a random draw", self.use_random, "random"),
            )
        ):
            button = self.header.add_button(symbol, tip)
            button.setObjectName(f"traversal_{name}")
            button.clicked.connect(slot)
            self.header.row.insertWidget(2 + at, button)
            self.add_menu_action(tip, slot)
        self.add_menu_action("Start from the code as it is now", self.use_current)
        self.add_menu_action("Export animation…", self.export_animation)
        choice = self.menu.addMenu("Images in a row")
        group = QActionGroup(self)
        self._step_actions: dict[int, QAction] = {}
        for count in STEPS:
            action = self._step_actions[count] = QAction(str(count), self, checkable=True, checked=count == self._steps)
            group.addAction(action)
            choice.addAction(action)
        group.triggered.connect(self._on_steps)

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.rows.serve(self.session)

    def on_run(self) -> None:
        self._run = self.session.run
        self._measure()

    def on_code(self, code: Code) -> None:
        if self._run is not None and self._run.code_dim != code.z.size:
            self._run = None
        if self.frozen and not self._sending and self._same_image(code):
            # Only the run has gone on: what is shown is kept.
            return
        if not self._sending:
            self.base = self._base_of(code)
        self._code = code
        self._version += 1
        if self.isVisible() and not self._stale:
            self._show_code()

    def _same_image(self, code: Code) -> bool:
        mine = self._code
        return mine is not None and mine.of_image and (mine.part, mine.index) == (code.part, code.index)

    def _base_of(self, code: Code) -> Code:
        """What a code that comes from elsewhere is reset to."""
        before = self._code
        base = self._bases.get(code)
        if base is None and before is not None and self.base is not None and np.array_equal(before.z, code.z):
            # Another class, or the same code again after new weights.
            base = self.base if before.y == code.y else self.base.with_class(code.y)
        if base is None:
            return code
        if base.of_image:
            base = self.session.current.code_of(base.part, base.index) or base
        return base

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.session is not None and self.session.run is not None and self.measured is not None:
            self._show_code()

    # -- which dimensions, and how far -----------------------------------------------------------------------------

    def _measure(self) -> None:
        self.session.decoder.ask("traversal_order", _measure_question(self._run), self._on_measured)

    def _on_measured(self, measured: _Measured) -> None:
        if measured.run is not self._run:
            return
        before = None if self.measured is None else self.measured.run
        run = measured.run
        another = before is None or (before.path, before.code_dim) != (run.path, run.code_dim)
        self.measured = measured
        self._version += 1
        order = [int(dimension) for dimension in measured.importance.order]
        if not another and self.rows.in_hand:
            order = self.rows.order
        _, height, width = run.image_shape
        self.rows.set_order(order, (height, width * run.config.model.kind.components), self._steps)
        if self._first is not None:
            self.rows.show_first(self._first)
            self._first = None
        elif another:
            self.rows.verticalScrollBar().setValue(0)
        self._show_weights(measured)
        self._show_code()

    @Slot()
    def _on_made(self) -> None:
        if self.measured is not None:
            self._show_weights(self.measured)
            self._show_code()

    def _show_weights(self, measured: _Measured) -> None:
        value, measure = measured.importance.value, measured.importance.measure
        kl = measure.startswith("KL")
        top = float(np.nanmax(value, initial=0.0)) or 1.0
        for dimension, row in self.rows.rows.items():
            low, high = (float(end) for end in measured.ends[dimension])
            row.slider.set_range(low, high)
            weight = float(value[dimension])
            words = f"KL {weight:.3g} nats" if kl else f"variance of the codes {weight:.3g}"
            dead = weight < (DEAD_NATS if kl else 1e-3 * top)
            tip = f"Dimension {dimension}: {words}, from {low:.2f} to {high:.2f}"
            row.label.set_weight(min(max(weight / top, 0.0), 1.0), dead, tip)

    def _show_code(self) -> None:
        """Sliders and strips for the current code."""
        code = self._code or self.session.current.code
        if self.measured is None or code is None or code.z.size != self.measured.run.code_dim:
            return
        self._code, self.base = code, self.base or code
        measure = self.measured.importance.measure.split(",")[0]
        start = title_of(self.measured.run, self.base)
        self.set_subtitle(f"from {start} · sorted by {measure}")
        self._show_rows()

    @Slot()
    def _show_rows(self) -> None:
        """Sliders and strips of the rows that are seen: the others get theirs when they are."""
        code, base = self._code, self.base
        if self.measured is None or code is None or base is None or code.z.size != self.measured.run.code_dim:
            return
        for row in self.rows.visible_rows:
            row.slider.rest = float(base.z[row.dimension])
            if row.slider.value != float(code.z[row.dimension]):
                row.set_value(float(code.z[row.dimension]))
        self._ask_strips()

    # -- strips ----------------------------------------------------------------------------------------------------

    def _ask_strips(self) -> None:
        """Decode the strips that are seen and show something older."""
        if self.measured is None or self._code is None or self._run is None or not self.isVisible():
            return
        if self._code.z.size != self.measured.run.code_dim:
            return
        wanted = [row.dimension for row in self.rows.visible_rows if row.version != self._version]
        if not wanted:
            return
        # While somebody drags, only the first rows of a question are answered: each time other ones are first.
        self._turn = (self._turn + 1) % len(wanted)
        dimensions = np.roll(np.array(wanted), -self._turn * max(decoding.pace.tile // self._steps, 1))
        ends = self.measured.ends[dimensions]
        values = np.linspace(ends[:, 0], ends[:, 1], self._steps, axis=1)
        y = self._code.y if self.session.current.conditional else None
        question = _strips_question(self._run, self._code.z, dimensions, values, y, self._version)
        self.session.decoder.ask_in_steps("traversal", question, self._on_strips)

    def _on_strips(self, strips: _Strips) -> None:
        for dimension, values, images in zip(strips.dimensions, strips.values, strips.images, strict=True):
            row = self.rows.rows.get(int(dimension))
            if row is not None and strips.version >= row.version:
                row.set_strip(images, values, strips.version, _CellCode(self, int(dimension)))

    def cell_code(self, dimension: int, cell: int) -> Code | None:
        """The code of a picture in a strip."""
        row = self.rows.rows.get(dimension)
        if row is None or cell >= len(row.values):
            return None
        return self._with(dimension, float(row.values[cell]))

    # -- what a person does ----------------------------------------------------------------------------------------

    def _with(self, dimension: int, value: float) -> Code | None:
        """The current code with one dimension changed; the base itself where that makes it whole again."""
        if self._code is None or self.base is None:
            return None
        z = self._code.z.copy()
        z[dimension] = value
        if np.array_equal(z, self.base.z) and self._code.y == self.base.y:
            return self.base
        code = Code(z, self._code.y, how=f"z{dimension} = {value:.3g}, {_from(self.base)}")
        self._bases[code] = self.base
        return code

    def _set(self, dimension: int, value: float, passing: bool) -> None:
        code = self._with(dimension, value)
        if code is None:
            return
        self._touched = dimension
        self._sending = True
        self.session.current.set(code, passing=passing)
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
            self.session.current.set(self.base)

    @Slot()
    def use_current(self) -> None:
        """The code as it is now becomes what resetting goes back to."""
        if self._code is not None:
            self.base = self._code
            self._show_code()

    @Slot()
    def use_mean(self) -> None:
        """Start from the prior's mean, or the mean of the codes where there is no prior."""
        self._by_name("prior-mean")

    @Slot()
    def use_random(self) -> None:
        """Start from another draw from the prior, or from what is fitted to the codes."""
        self._by_name(f"random:{self._draws}")
        self._draws += 1

    def _by_name(self, pick: str) -> None:
        run = self.run
        if run is None:
            return
        question = _name_question(run, pick)
        if run.prior is None and pick.startswith("random:"):
            job = self.session.submit("Drawing a code", lambda emit, stop: question(), "traversal-draw")
            job.succeeded.connect(self._on_named)
        else:
            self.session.decoder.ask("traversal_base", question, self._on_named)

    @Slot(object)
    def _on_named(self, code: Code) -> None:
        self.session.current.set(code)

    @Slot(QAction)
    def _on_steps(self, action: QAction) -> None:
        self._steps = int(action.text())
        self._version += 1
        if self.measured is not None:
            self._on_measured(self.measured)

    # -- export ----------------------------------------------------------------------------------------------------

    def view_settings(self) -> list[str]:
        if self.measured is None or self._code is None:
            return []
        return self._settings_of(self.rows.shown_dimensions, self._steps)

    def _settings_of(self, dimensions: Sequence[int], steps: int) -> list[str]:
        run, code = self.run, self._code
        if code is None:
            return []
        dims = ", ".join(map(str, dimensions))
        settings = [f"dims=[{dims}]", f"steps={steps}", f"base={as_setting(run, code)}"]
        if self.session.current.conditional and code.y is not None:
            settings.append(f"label={run.class_names[code.y]}")
        return settings

    @Slot()
    def export_animation(self) -> None:
        """Ask for a file and write one dimension, or one after another, from end to end as an animation."""
        run, seen = self.run, list(self.rows.shown_dimensions)
        if run is None or self.measured is None or self._code is None or not seen:
            self.session.message.emit("info", "There is no dimension to move yet")
            return
        first = self._touched if self._touched in self.rows.order else seen[0]
        others = [dimension for dimension in self.rows.order if dimension != first]
        parts = [f"z{first}", *([ALL] if len(seen) > 1 else []), *(f"z{dimension}" for dimension in others)]
        _, height, width = run.image_shape
        size = height, width * run.config.model.kind.components
        dialog = AnimationDialog(run.name, "traversal", size, self.window(), parts=("Dimension", parts))
        dialog.chosen.connect(self._write_animation)
        dialog.open()

    @Slot(object)
    def _write_animation(self, choice: AnimationChoice) -> None:
        every = choice.part == ALL
        dimensions = list(self.rows.shown_dimensions) if every else [int(choice.part.removeprefix("z"))]
        settings = self._settings_of(dimensions, choice.frames)
        work = partial(
            tasks.animation,
            self.run,
            self.view_kind,
            settings,
            choice.path,
            choice.frames_per_s,
            choice.back,
            choice.scale,
            picture_style.smooth,
        )
        self.session.write(f"Writing {choice.path.name}", work, choice.path)

    def restore(self, kind: str, settings: dict[str, Any]) -> bool:
        if kind != self.view_kind:
            return False
        # An animation has more images than a row.
        self._steps = min(int(settings.get("steps", 10)), STEPS[-1])
        if self._steps in self._step_actions:
            self._step_actions[self._steps].setChecked(True)
        self._first = next(iter(settings.get("dims", ())), None)
        job = self.session.submit("Bringing the figure's code back", _base_work(self.session.run, settings))
        job.succeeded.connect(self._on_restored)
        return True

    @Slot(object)
    def _on_restored(self, code: Code) -> None:
        known = self.session.current.code_of(code.part, code.index) if code.of_image else None
        if known is not None:
            code = known if known.y == code.y else known.with_class(code.y)
        self.session.current.set(code)
        self._run = self.session.run
        self._measure()


class _CellCode:
    """The code of each picture in a strip, as it is when it is asked for."""

    def __init__(self, pane: TraversalPane, dimension: int) -> None:
        self._pane, self._dimension = pane, dimension

    def __call__(self, cell: int) -> Code | None:
        return self._pane.cell_code(self._dimension, cell)


def _from(base: Code) -> str:
    return f"from {base.how}" if base.how else "changed"


def _measure_question(run: Any) -> Callable[[], _Measured]:
    """A question for the decoder's thread."""

    def question() -> _Measured:
        from latentexplorer.views.traversal import importance_of, ranges_of

        return _Measured(run, importance_of(run), ranges_of(run))

    return question


def _name_question(run: Any, pick: str) -> Callable[[], Code]:
    """A question for the decoder's thread, or work for a job."""

    def question() -> Code:
        return named_code(run, pick)

    return question


def _base_work(run: Any, settings: dict[str, Any]) -> Callable[..., Code]:
    """Work that finds the code a figure starts from, with the class it is decoded with."""

    def task(emit: Any, stop: Any) -> Code:
        from latentexplorer.views.lookup import decode_class
        from latentexplorer.views.pick import pick_code
        from latentexplorer.views.registry import settings_of

        checked = settings_of("traversal", settings)
        code = picked_code(run, pick_code(run, checked.base or "prior-mean"))
        return replace(code, y=decode_class(run, checked.label, default=code.y or 0))

    return task


def _strips_question(
    run: Any, z: np.ndarray, dimensions: np.ndarray, values: np.ndarray, y: int | None, version: int
) -> Callable[[], Iterator[_Strips]]:
    """A question for the decoder's thread, answered a few rows at a time."""

    def question() -> Iterator[_Strips]:
        from latentexplorer.latent.traversal import strip

        rows, steps = values.shape
        start = 0
        while start < rows:
            part = slice(start, start + max(decoding.pace.tile // steps, 1))
            start = part.stop
            codes = [strip(z, int(at), row) for at, row in zip(dimensions[part], values[part], strict=True)]
            flat = np.concatenate(codes)
            images = decoding.decode(run, flat, decoding.classes(y, len(flat)))
            yield _Strips(version, dimensions[part], values[part], images.reshape(-1, steps, *images.shape[1:]))

    return question
