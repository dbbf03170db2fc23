"""Interpolation: the way between two codes, as a strip and under a slider; it plays, and can be taken along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtGui import QHideEvent

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.interpolation.anchors import AnchorBar, Stage
from latentexplorer.gui.panes.interpolation.ends import Ends, caption_of
from latentexplorer.gui.panes.interpolation.path_controls import WayControls, WayPrompt
from latentexplorer.gui.panes.interpolation.path_strip import WayView
from latentexplorer.gui.panes.interpolation.player import Player
from latentexplorer.gui.session.picks import as_setting, title_of
from latentexplorer.gui.widgets.pictures import picture_style
from latentexplorer.gui.window.animation_dialog import AnimationChoice, AnimationDialog
from latentexplorer.gui.workers import decoding, tasks
from latentexplorer.views.code import Code

MIDDLE = 50.0


@dataclass(frozen=True, eq=False)
class _Way:
    """What the strip shows: S codes from A to B, the classes they are decoded with, and their images."""

    codes: np.ndarray
    classes: np.ndarray | None
    images: np.ndarray


class InterpolationPane(Pane):
    """Asks the session for two anchors and makes what lies between them current."""

    object_name, title, view_kind = "interpolation_pane", "Interpolation", "interpolation"
    follows = True

    def __init__(self) -> None:
        super().__init__()
        self.shown: _Way | None = None
        self._run: Any = None
        self._mine: Code | None = None
        self._sending = False
        self.player = Player(self)
        self.player.stepped.connect(self._on_played)
        self.way = WayView("interpolation_slider", MIDDLE)
        self.strip, self.slider = self.way.strip, self.way.slider
        self.strip.setObjectName("interpolation_strip")
        self.strip.setAccessibleName("Images from A to B")
        self.strip.set_tips(self._tip)
        self.strip.picked.connect(self._on_cell)
        self.slider.slider.setAccessibleName("Position between A and B")
        self.slider.slider.setToolTip("From A to B; double-click: the middle")
        self.slider.number.setAccessibleName("Position between A and B, percent")
        self.slider.moved.connect(self._on_moved)
        self.slider.settled.connect(self._on_settled)
        self.prompt = WayPrompt()
        self.prompt.images_wanted.connect(self.pick_images)
        self.prompt.codes_wanted.connect(self.pick_random)
        self.ends = AnchorBar()
        self._build_controls()
        self.stage = Stage(self.way, self.ends)
        self.body.addWidget(self.stage, 1)
        self.add_menu_action("Export animation…", self.export_animation)
        self.add_menu_action("Two images", self.pick_images)
        self.add_menu_action("Two random codes", self.pick_random)
        self.add_menu_action("Two class means", self.pick_means)
        self._show_prompt(True)

    def _build_controls(self) -> None:
        self.controls = controls = WayControls(self.slider.number)
        self.play_button, self.steps, self.method = controls.play_button, controls.steps, controls.method
        self.play_button.toggled.connect(self._on_play)
        controls.swap_button.clicked.connect(self._on_swap)
        controls.choose.menu().aboutToShow.connect(self._fill_menu)
        self.method.activated.connect(self._redraw)
        self.steps.valueChanged.connect(self._redraw)
        controls.klass.activated.connect(self._on_class)
        self.ends.middle.addWidget(self.prompt)
        self.ends.middle.addWidget(controls)

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.finder = Ends(self.session, self)
        self.finder.restored.connect(self._on_restored)
        self.strip.serve(self.session)
        for view in self.ends.views.values():
            view.serve(self.session)
        self.ends.views["A"].code_dropped.connect(self._drop_a)
        self.ends.views["B"].code_dropped.connect(self._drop_b)
        self.ends.views["A"].picked.connect(self._pick_a)
        self.ends.views["B"].picked.connect(self._pick_b)
        self.session.selection.anchors_changed.connect(self._on_anchors)

    def on_run(self) -> None:
        if self._run is None or self._run.path != self.run.path or self._run.code_dim != self.run.code_dim:
            self.shown = None
        self._run = self.session.run
        _, height, width = self._run.image_shape
        self._shape = (height, width * self._run.config.model.kind.components)
        self.controls.offer_classes(self._run.class_names, self.session.current.conditional)
        self.ends.set_shape(*self._shape)
        self._redraw()

    def on_snapshot(self) -> None:
        self._run = self.session.run
        if not self._move_anchors():
            self._redraw()

    def on_code(self, code: Code) -> None:
        if not self._sending and code is not self._mine:
            if self._mine is not None and self._mine.of_image and _same_image(code, self._mine):
                self._mine = code
            else:
                self.stop_playing()
                self._mine = None
        self._mark()

    @Slot()
    def _on_anchors(self) -> None:
        if not self.isVisible() or self.session.run is None:
            self._stale = True
        elif not self._stale:
            self._redraw()

    def _move_anchors(self) -> bool:
        """After new weights the ends are where their images are now; whether any has moved."""
        moved = self.finder.moved(self._run)
        if moved and self._mine is not None and self._mine is self.session.current.code:
            self._send(self._code_at(self.slider.value / 100), passing=False, remember=False)
        return moved

    # -- the way ---------------------------------------------------------------------------------------------------

    def _both(self) -> tuple[Code, Code] | None:
        """The two ends, where both are there and belong to this run."""
        if self.session is None or self.session.run is None:
            return None
        first, last = self.session.selection.anchors["A"], self.session.selection.anchors["B"]
        size = self.run.code_dim
        if first is None or last is None or first.z.size != size or last.z.size != size:
            return None
        return first, last

    def _class_of(self, code: Code) -> int | None:
        """The class an end is decoded with."""
        if not self.session.current.conditional:
            return None
        if self.controls.chosen_class is not None:
            return self.controls.chosen_class
        found = code.y if code.y is not None else code.label
        return found if found is not None else 0

    def _classes(self, t: np.ndarray, ends: tuple[Code, Code]) -> np.ndarray | None:
        """Classes along the way: each end's own, changing in the middle."""
        first, last = (self._class_of(code) for code in ends)
        return None if first is None or last is None else np.where(t < 0.5, first, last).astype(np.int64)

    def _codes(self, t: np.ndarray, ends: tuple[Code, Code]) -> np.ndarray:
        """Codes (n, D) at parts `t` of the way, the ends exactly."""
        from latentexplorer.latent.interpolation import lerp, slerp

        codes = (lerp if self.controls.way == "lerp" else slerp)(ends[0].z, ends[1].z, t)
        codes[t <= 0], codes[t >= 1] = ends[0].z, ends[1].z
        return codes

    def _code_at(self, t: float) -> Code | None:
        """The code at a part of the way; at its ends the anchors themselves."""
        ends = self._both()
        if ends is None:
            return None
        y = self._class_of(ends[0] if t < 0.5 else ends[1])
        if t <= 0 or t >= 1:
            end = ends[0] if t <= 0 else ends[1]
            return end if end.y == y or not self.session.current.conditional else end.with_class(y)
        how = f"{100 * t:.3g} % of the way from {title_of(self._run, ends[0])} to {title_of(self._run, ends[1])}"
        return Code(self._codes(np.array([t]), ends)[0], y, how=how)

    @Slot()
    def _redraw(self) -> None:
        """Decode the ends and what lies between them."""
        if self._run is None:
            return
        self._show_anchors()
        ends = self._both()
        self._show_prompt(ends is None)
        if ends is None:
            self.stop_playing()
            self.set_subtitle("")
            return
        names = f"{title_of(self._run, ends[0])} → {title_of(self._run, ends[1])}"
        self.set_subtitle(f"{names} · {self.method.currentText()}")
        t = np.linspace(0, 1, self.steps.value())
        codes = self._codes(t, ends)
        self.session.decoder.ask("interpolation", _way_question(self._run, codes, self._classes(t, ends)), self._on_way)

    def _on_way(self, way: _Way) -> None:
        if self._both() is None:
            return
        self.shown = way
        self.strip.set_images(way.images, self._cell_code)
        self.stage.arrange()
        self._mark()

    def _show_anchors(self) -> None:
        for which, view in self.ends.views.items():
            code = self.session.selection.anchors[which]
            if code is not None and code.z.size != self._run.code_dim:
                code = None
            self.ends.captions[which].setText("" if code is None else f"{which} · {caption_of(self._run, code)}")
            original = self.session.current.original(code) if not self._run.config.model.kind.separates else None
            view.code = code
            if code is None or original is not None:
                view.set_image(original, code)
            else:
                answer = self._on_end_a if which == "A" else self._on_end_b
                question = partial(decoding.decode_as, self.run, code.z[None], self._class_of(code))
                self.session.decoder.ask(f"interpolation_{which}", question, answer)

    def _on_end_a(self, images: np.ndarray) -> None:
        self.ends.views["A"].set_image(images[0], self.session.selection.anchors["A"])

    def _on_end_b(self, images: np.ndarray) -> None:
        self.ends.views["B"].set_image(images[0], self.session.selection.anchors["B"])

    def _show_prompt(self, empty: bool) -> None:
        self.prompt.setVisible(empty)
        self.controls.setVisible(not empty)
        self.way.setVisible(not empty)
        self.stage.arrange()

    def _cell_code(self, index: int) -> Code | None:
        return self._code_at(index / max(len(self.strip) - 1, 1))

    def _tip(self, index: int) -> str:
        return f"{100 * index / max(len(self.strip) - 1, 1):.3g} %"

    def _mark(self) -> None:
        """Frame the picture next to the current code, while that lies on the way."""
        on_way = self._mine is not None and self._mine is self.session.current.code
        at = round(self.slider.value / 100 * (len(self.strip) - 1)) if on_way and len(self.strip) else -1
        self.strip.set_current(at)

    # -- what a person does ----------------------------------------------------------------------------------------

    def _send(self, code: Code | None, passing: bool, remember: bool = True) -> None:
        if code is None:
            return
        self._sending = True
        self.session.current.set(code, passing=passing, remember=remember)
        self._sending = False
        self._mine = self.session.current.code
        self._mark()

    @Slot(float)
    def _on_moved(self, value: float) -> None:
        self.stop_playing()
        self._go(value, passing=True)

    @Slot(float)
    def _on_settled(self, value: float) -> None:
        self._go(value, passing=False)

    def _go(self, percent: float, passing: bool) -> None:
        at = min(max(percent, 0.0), 100.0)
        if at != percent:
            self.slider.set_value(at)
        self._send(self._code_at(at / 100), passing)

    @Slot(int)
    def _on_cell(self, index: int) -> None:
        self.stop_playing()
        at = 100 * index / max(len(self.strip) - 1, 1)
        self.slider.set_value(at)
        self._go(at, passing=False)

    @Slot()
    def _on_swap(self) -> None:
        """The other way round; the current code keeps its place between the same two ends."""
        self.slider.set_value(100 - self.slider.value)
        self.session.selection.swap_anchors()
        self._mark()

    @Slot()
    def _on_class(self) -> None:
        self._redraw()
        if self._mine is not None and self._mine is self.session.current.code:
            self._send(self._code_at(self.slider.value / 100), passing=False)

    # -- anchors ---------------------------------------------------------------------------------------------------

    @Slot(object)
    def _drop_a(self, code: Code) -> None:
        self.finder.set("A", code)

    @Slot(object)
    def _drop_b(self, code: Code) -> None:
        self.finder.set("B", code)

    @Slot()
    def _pick_a(self) -> None:
        self._to_end("A", 0.0)

    @Slot()
    def _pick_b(self) -> None:
        self._to_end("B", 100.0)

    def _to_end(self, which: str, percent: float) -> None:
        self.stop_playing()
        code = self.session.selection.anchors[which]
        if self._both() is not None:
            self.slider.set_value(percent)
            self._go(percent, passing=False)
        elif code is not None:
            self.session.current.set(code)

    @Slot()
    def pick_images(self) -> None:
        """Two images, of two classes where there are classes."""
        self.finder.pick_images()

    @Slot()
    def pick_random(self) -> None:
        """Two draws from the prior, or from what is fitted to the codes where there is none."""
        self.finder.pick_random()

    @Slot()
    def pick_means(self) -> None:
        """The means of two classes, others each time."""
        self.finder.pick_means()

    @Slot()
    def _fill_menu(self) -> None:
        self.finder.fill(self.controls.choose.menu())

    # -- playing ---------------------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether the slider moves by itself."""
        return self.player.playing

    @Slot(bool)
    def _on_play(self, play: bool) -> None:
        if play and self._both() is not None:
            self.player.start(self.slider.value)
        elif self.player.playing:
            self.player.stop()
            if self.session.run is not None:
                self._go(self.slider.value, passing=False)

    def stop_playing(self) -> None:
        """Stay where it is."""
        self.play_button.setChecked(False)

    @Slot(float)
    def _on_played(self, percent: float) -> None:
        self.slider.set_value(percent)
        self._go(percent, passing=True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.stop_playing()

    # -- export ----------------------------------------------------------------------------------------------------

    def view_settings(self) -> list[str]:
        return self._settings_of(self.steps.value())

    def _settings_of(self, steps: int) -> list[str]:
        ends = self._both()
        if ends is None:
            return []
        run = self.run
        settings = [f"start={as_setting(run, ends[0])}", f"end={as_setting(run, ends[1])}"]
        settings += [f"method={self.controls.way}", f"steps={steps}"]
        first, last = (self._class_of(code) for code in ends)
        if first is not None and last is not None:
            settings += [f"label={run.class_names[first]}", f"end_label={run.class_names[last]}"]
        return settings

    def restore(self, kind: str, settings: dict[str, Any]) -> bool:
        if kind != self.view_kind:
            return False
        self.stop_playing()
        self.controls.offer_classes(self.run.class_names, self.session.current.conditional)
        with QSignalBlocker(self.steps):
            self.steps.setValue(int(settings.get("steps", 10)))
        self.controls.choose_way(settings.get("method", "lerp"))
        self.controls.klass.setCurrentIndex(0)
        self.finder.restore(settings)
        return True

    @Slot(object)
    def _on_restored(self, ends: dict[str, Code]) -> None:
        """Show a figure's ends; a class that both are decoded with, and is not their own, is the chosen one."""
        own = {which: self._kept(code) for which, code in ends.items()}
        other = [which for which, code in ends.items() if own[which].y != code.y]
        classes = {code.y for code in ends.values()}
        if other and len(classes) == 1:
            self.controls.klass.setCurrentIndex(1 + int(classes.pop() or 0))
            other = []
        for which in ends:
            self.finder.set(which, own[which].with_class(ends[which].y) if which in other else own[which])

    def _kept(self, code: Code) -> Code:
        """The same code with all that is known of its image."""
        return (self.session.current.code_of(code.part, code.index) if code.of_image else None) or code

    @Slot()
    def export_animation(self) -> None:
        """Ask for a file and write the way from A to B as an animation."""
        if self.session.run is None or self._both() is None:
            self.session.message.emit("info", "Choose two anchors first")
            return
        dialog = AnimationDialog(self.run.name, "interpolation", self._shape, self.window())
        dialog.chosen.connect(self._write_animation)
        dialog.open()

    @Slot(object)
    def _write_animation(self, choice: AnimationChoice) -> None:
        settings = self._settings_of(choice.frames)
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


def _same_image(code: Code, other: Code) -> bool:
    return (code.part, code.index) == (other.part, other.index)


def _way_question(run: Any, codes: np.ndarray, classes: np.ndarray | None) -> Callable[[], _Way]:
    """A question for the decoder's thread."""

    def question() -> _Way:
        return _Way(codes, classes, decoding.decode(run, codes, classes))

    return question
