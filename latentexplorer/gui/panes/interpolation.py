"""Interpolation: the way between two codes, as a strip and under a slider; it plays, and can be taken along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.gui import work
from latentexplorer.gui.code import Code
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.picks import as_setting, named_code, picked_code, title_of, two_images
from latentexplorer.gui.theme import SPACE, icon, theme
from latentexplorer.gui.widgets.anchors import AnchorBar, Stage
from latentexplorer.gui.widgets.animation_dialog import AnimationChoice, AnimationDialog
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.pictures import picture_style
from latentexplorer.gui.widgets.way import WayView

WAYS = {"linear": "lerp", "spherical": "slerp"}
MIDDLE = 50.0
TICK_MS = 40
PLAY_S = 3.0
"""Seconds from one end to the other when it plays."""
MOST_STEPS = 40
MANY_CLASSES = 30
CHOICE_PX, CLASS_PX = 96, 140
"""Width of what is chosen."""


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
        self._draws = 0
        self._forward = True
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)

        self.way = WayView("interpolation_slider", MIDDLE)
        self.strip, self.slider = self.way.strip, self.way.slider
        self.strip.setObjectName("interpolation_strip")
        self.strip.setAccessibleName("Images from A to B")
        self.strip.set_tips(self._tip)
        self.strip.picked.connect(self._on_cell)
        self.slider.slider.setAccessibleName("Position between A and B")
        self.slider.slider.setToolTip("From A to B; double-click: the middle")
        self.slider.moved.connect(self._on_moved)
        self.slider.settled.connect(self._on_settled)
        self.prompt = self._build_prompt()
        self.ends = AnchorBar()
        self._build_controls()
        self.stage = Stage(self.way, self.ends)
        self.body.addWidget(self.stage, 1)
        self.add_menu_action("Export animation…", self.export_animation)
        self.add_menu_action("Two images", self.pick_images)
        self.add_menu_action("Two random codes", self.pick_random)
        self.add_menu_action("Two class means", self.pick_means)
        theme.changed.connect(self._recolour)
        self._show_prompt(True)

    def _build_prompt(self) -> QWidget:
        """What stands between the ends while there are none."""
        prompt = QWidget()
        text = QLabel("Drop a picture on A and one on B, or right-click any picture")
        text.setProperty("role", "muted")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setWordWrap(True)
        rows = QVBoxLayout(prompt)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACE)
        rows.addStretch()
        rows.addWidget(text)
        for words, name, slot in (
            ("Pick two images for me", "pick_two_images", self.pick_images),
            ("Draw two random codes", "draw_two_codes", self.pick_random),
        ):
            button = QPushButton(words)
            button.setObjectName(name)
            button.clicked.connect(slot)
            rows.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addStretch()
        return prompt

    def _build_controls(self) -> None:
        self.play_button = self._button("play", "Play", checkable=True)
        self.play_button.setObjectName("interpolation_play")
        self.play_button.toggled.connect(self._on_play)
        self.swap_button = self._button("swap", "Swap A and B")
        self.swap_button.setObjectName("interpolation_swap")
        self.swap_button.clicked.connect(self._on_swap)
        self.choose = self._button("dice", "Choose the anchors")
        self.choose.setObjectName("interpolation_choose")
        self.choose.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.choose)
        menu.aboutToShow.connect(self._fill_menu)
        self.choose.setMenu(menu)
        number = self.slider.number
        number.setAccessibleName("Position between A and B, percent")
        percent = QLabel("%")
        percent.setProperty("role", "muted")
        first = QHBoxLayout()
        first.setSpacing(SPACE // 2)
        first.addStretch()
        for widget in (self.play_button, number, percent, self.swap_button, self.choose):
            first.addWidget(widget)
        first.addStretch()
        self.method = Choice("interpolation_method", "Way")
        self.method.setFixedWidth(CHOICE_PX)
        self.method.addItems(list(WAYS))
        self.method.setToolTip("Straight, or along the sphere that draws from a normal prior lie near")
        self.method.activated.connect(self._redraw)
        self.steps = QSpinBox()
        self.steps.setObjectName("interpolation_steps")
        self.steps.setAccessibleName("Images in the strip")
        self.steps.setRange(2, MOST_STEPS)
        self.steps.setValue(10)
        self.steps.setSuffix(" images")
        self.steps.setMinimumWidth(100)
        self.steps.lineEdit().setTextMargins(SPACE // 2, 0, 0, 0)
        self.steps.valueChanged.connect(self._redraw)
        self.klass = Choice("interpolation_class", "Class")
        self.klass.setMinimumWidth(CLASS_PX)
        self.klass.setToolTip("The class the codes are decoded with")
        self.klass.activated.connect(self._on_class)
        self.klass.hide()
        second = QHBoxLayout()
        second.setSpacing(SPACE // 2)
        second.addStretch()
        second.addWidget(self.method)
        second.addWidget(self.steps)
        second.addStretch()
        third = QHBoxLayout()
        third.addStretch()
        third.addWidget(self.klass)
        third.addStretch()
        self.controls = QWidget()
        rows = QVBoxLayout(self.controls)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACE // 2)
        rows.addStretch()
        rows.addLayout(first)
        rows.addLayout(second)
        rows.addLayout(third)
        rows.addStretch()
        self.ends.middle.addWidget(self.prompt)
        self.ends.middle.addWidget(self.controls)

    def _button(self, name: str, tip: str, checkable: bool = False) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name))
        button.setToolTip(tip)
        button.setAccessibleName(f"{self.title}: {tip}")
        button.setCheckable(checkable)
        return button

    @Slot()
    def _recolour(self) -> None:
        self.swap_button.setIcon(icon("swap"))
        self.choose.setIcon(icon("dice"))
        self.play_button.setIcon(icon("pause" if self.play_button.isChecked() else "play"))

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.strip.serve(self.session)
        for view in self.ends.views.values():
            view.serve(self.session)
        self.ends.views["A"].code_dropped.connect(self._drop_a)
        self.ends.views["B"].code_dropped.connect(self._drop_b)
        self.ends.views["A"].picked.connect(self._pick_a)
        self.ends.views["B"].picked.connect(self._pick_b)
        self.session.anchors_changed.connect(self._on_anchors)

    def on_run(self) -> None:
        if (
            self._run is None
            or self._run.path != self.session.run.path
            or self._run.code_dim != self.session.run.code_dim
        ):
            self.shown = None
        self._run = self.session.run
        _, height, width = self._run.image_shape
        self._shape = (height, width * self._run.config.model.kind.parts)
        self._fill_classes()
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
        """After new weights an image stays an anchor although its code has moved; whether any has."""
        moved = False
        for which, code in list(self.session.anchors.items()):
            newer = None
            if code is not None and code.of_image:
                newer = self.session.code_of(code.part, code.index)
            elif code is not None and code.pick.startswith(("mean:", "median:")):
                newer = named_code(self._run, code.pick)
            if code is not None and newer is not None and not np.array_equal(newer.z, code.z):
                self.session.set_anchor(which, newer)
                moved = True
        if moved and self._mine is not None and self._mine is self.session.code:
            self._send(self._code_at(self.slider.value / 100), passing=False, remember=False)
        return moved

    # -- the way ---------------------------------------------------------------------------------------------------

    def _both(self) -> tuple[Code, Code] | None:
        """The two ends, where both are there and belong to this run."""
        if self.session is None or self.session.run is None:
            return None
        first, last = self.session.anchors["A"], self.session.anchors["B"]
        size = self.session.run.code_dim
        if first is None or last is None or first.z.size != size or last.z.size != size:
            return None
        return first, last

    def _class_of(self, code: Code) -> int | None:
        """The class an end is decoded with."""
        if not self.session.conditional:
            return None
        if self.klass.currentIndex() > 0:
            return self.klass.currentIndex() - 1
        found = code.y if code.y is not None else code.label
        return found if found is not None else 0

    def _classes(self, t: np.ndarray, ends: tuple[Code, Code]) -> np.ndarray | None:
        """Classes along the way: each end's own, changing in the middle."""
        first, last = (self._class_of(code) for code in ends)
        return None if first is None or last is None else np.where(t < 0.5, first, last).astype(np.int64)

    def _method(self) -> str:
        return WAYS[self.method.currentText()]

    def _codes(self, t: np.ndarray, ends: tuple[Code, Code]) -> np.ndarray:
        """Codes (n, D) at parts `t` of the way, the ends exactly."""
        from latentexplorer.latent.interpolation import lerp, slerp

        codes = (lerp if self._method() == "lerp" else slerp)(ends[0].z, ends[1].z, t)
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
            return end if end.y == y or not self.session.conditional else end.with_class(y)
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
        self.session.ask("interpolation", _way_question(self._run, codes, self._classes(t, ends)), self._on_way)

    def _on_way(self, way: _Way) -> None:
        if self._both() is None:
            return
        self.shown = way
        self.strip.set_images(way.images, self._cell_code)
        self.stage.arrange()
        self._mark()

    def _show_anchors(self) -> None:
        for which, view in self.ends.views.items():
            code = self.session.anchors[which]
            if code is not None and code.z.size != self._run.code_dim:
                code = None
            self.ends.captions[which].setText("" if code is None else f"{which} · {_caption(self._run, code)}")
            original = self.session.original(code) if self._run.config.model.kind.parts == 1 else None
            view.code = code
            if code is None or original is not None:
                view.set_image(original, code)
            else:
                answer = self._on_end_a if which == "A" else self._on_end_b
                self.session.decode(f"interpolation_{which}", code.z[None], answer, self._class_of(code))

    def _on_end_a(self, images: np.ndarray) -> None:
        self.ends.views["A"].set_image(images[0], self.session.anchors["A"])

    def _on_end_b(self, images: np.ndarray) -> None:
        self.ends.views["B"].set_image(images[0], self.session.anchors["B"])

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
        on_way = self._mine is not None and self._mine is self.session.code
        at = round(self.slider.value / 100 * (len(self.strip) - 1)) if on_way and len(self.strip) else -1
        self.strip.set_current(at)

    # -- what a person does ----------------------------------------------------------------------------------------

    def _send(self, code: Code | None, passing: bool, remember: bool = True) -> None:
        if code is None:
            return
        self._sending = True
        self.session.set_code(code, passing=passing, remember=remember)
        self._sending = False
        self._mine = self.session.code
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
        self.session.swap_anchors()
        self._mark()

    @Slot()
    def _on_class(self) -> None:
        self._redraw()
        if self._mine is not None and self._mine is self.session.code:
            self._send(self._code_at(self.slider.value / 100), passing=False)

    def _fill_classes(self) -> None:
        names = ["each end's class", *self.session.run.class_names]
        if [self.klass.itemText(at) for at in range(self.klass.count())] != names:
            self.klass.clear()
            self.klass.addItems(names)
        self.klass.setVisible(self.session.conditional)
        if not self.session.conditional:
            self.klass.setCurrentIndex(0)

    # -- anchors ---------------------------------------------------------------------------------------------------

    @Slot(object)
    def _drop_a(self, code: Code) -> None:
        self._set("A", code)

    @Slot(object)
    def _drop_b(self, code: Code) -> None:
        self._set("B", code)

    def _set(self, which: str, code: Code) -> None:
        if self.session.run is None or code.z.size != self.session.run.code_dim:
            self.session.message.emit("warning", "That code belongs to another model: it has another size")
            return
        self.session.set_anchor(which, code)

    @Slot()
    def _pick_a(self) -> None:
        self._to_end("A", 0.0)

    @Slot()
    def _pick_b(self) -> None:
        self._to_end("B", 100.0)

    def _to_end(self, which: str, percent: float) -> None:
        self.stop_playing()
        code = self.session.anchors[which]
        if self._both() is not None:
            self.slider.set_value(percent)
            self._go(percent, passing=False)
        elif code is not None:
            self.session.set_code(code)

    @Slot()
    def pick_images(self) -> None:
        """Two images, of two classes where there are classes."""
        if self.session.run is None:
            return
        found = two_images(self.session.run, self._draws)
        self._draws += 1
        if found is None:
            self.session.message.emit("info", "The codes of two images are not known in this run")
            return
        part, first, last = found
        self.session.set_anchor("A", self.session.code_of(part, first))
        self.session.set_anchor("B", self.session.code_of(part, last))

    @Slot()
    def pick_random(self) -> None:
        """Two draws from the prior, or from what is fitted to the codes where there is none."""
        self._by_name({"A": f"random:{self._draws}", "B": f"random:{self._draws + 1}"})
        self._draws += 2

    @Slot()
    def pick_means(self) -> None:
        """The means of two classes, others each time."""
        names = self.session.run.class_names
        count = len(names)
        pairs = [(first, last) for first in range(count) for last in range(first + 1, count)]
        if pairs:
            first, last = pairs[self._draws * 7 % len(pairs)]
            self._by_name({"A": f"mean:{names[first]}", "B": f"mean:{names[last]}"})
        self._draws += 1

    def _by_name(self, picks: dict[str, str]) -> None:
        """Find codes by name and make them anchors. Fitting to the codes may take a while: that is a job."""
        run = self.session.run
        if run is None:
            return
        question = _names_question(run, picks)
        if run.prior is None and any(pick.startswith("random:") for pick in picks.values()):
            job = self.session.submit("Drawing codes", lambda emit, stop: question(), "interpolation-draw")
            job.succeeded.connect(self._on_named)
        else:
            self.session.ask("interpolation_anchors", question, self._on_named)

    @Slot(object)
    def _on_named(self, found: dict[str, Code]) -> None:
        for which, code in found.items():
            self._set(which, code)

    @Slot()
    def _fill_menu(self) -> None:
        menu = self.choose.menu()
        menu.clear()
        for old in menu.findChildren(QMenu):
            old.deleteLater()
        run = self.session.run
        if run is None:
            return
        labelled = bool(run.class_names) and "train" in run.codes and run.codes["train"].labels is not None
        menu.addAction("Two images").triggered.connect(self.pick_images)
        menu.addAction("Two random codes").triggered.connect(self.pick_random)
        means = menu.addAction("Two class means")
        means.triggered.connect(self.pick_means)
        means.setEnabled(labelled and len(run.class_names) > 1)
        menu.addSeparator()
        for which in "AB":
            one = menu.addMenu(which)
            one.addAction("The current code").triggered.connect(_Call(self.session.set_anchor, which))
            one.addAction("A random code").triggered.connect(_Call(self._random_end, which))
            mean = one.addMenu("Mean of a class")
            mean.setEnabled(labelled)
            for name in run.class_names[:MANY_CLASSES] if labelled else ():
                mean.addAction(name).triggered.connect(_Call(self._by_name, {which: f"mean:{name}"}))

    def _random_end(self, which: str) -> None:
        self._by_name({which: f"random:{self._draws}"})
        self._draws += 1

    # -- playing ---------------------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether the slider moves by itself."""
        return self._timer.isActive()

    @Slot(bool)
    def _on_play(self, play: bool) -> None:
        self._recolour()
        self.play_button.setToolTip("Pause" if play else "Play")
        if play and self._both() is not None:
            self._timer.start()
        elif self._timer.isActive():
            self._timer.stop()
            if self.session.run is not None:
                self._go(self.slider.value, passing=False)

    def stop_playing(self) -> None:
        """Stay where it is."""
        self.play_button.setChecked(False)

    @Slot()
    def _on_tick(self) -> None:
        step = 100 * TICK_MS / 1000 / PLAY_S
        at = self.slider.value + (step if self._forward else -step)
        if at >= 100 or at <= 0:
            self._forward = at <= 0
            at = min(max(at, 0.0), 100.0)
        self.slider.set_value(at)
        self._go(at, passing=True)

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
        run = self.session.run
        settings = [f"start={as_setting(run, ends[0])}", f"end={as_setting(run, ends[1])}"]
        settings += [f"method={self._method()}", f"steps={steps}"]
        first, last = (self._class_of(code) for code in ends)
        if first is not None and last is not None:
            settings += [f"label={run.class_names[first]}", f"end_label={run.class_names[last]}"]
        return settings

    def restore(self, kind: str, settings: dict[str, Any]) -> bool:
        if kind != self.view_kind:
            return False
        self.stop_playing()
        self._fill_classes()
        ways = {method: name for name, method in WAYS.items()}
        with QSignalBlocker(self.steps):
            self.steps.setValue(int(settings.get("steps", 10)))
        self.method.setCurrentText(ways[settings.get("method", "lerp")])
        self.klass.setCurrentIndex(0)
        job = self.session.submit("Bringing the figure's codes back", _ends_work(self.session.run, settings))
        job.succeeded.connect(self._on_restored)
        return True

    @Slot(object)
    def _on_restored(self, ends: dict[str, Code]) -> None:
        """Show a figure's ends; a class that both are decoded with, and is not their own, is the chosen one."""
        own = {which: self._kept(code) for which, code in ends.items()}
        other = [which for which, code in ends.items() if own[which].y != code.y]
        classes = {code.y for code in ends.values()}
        if other and len(classes) == 1:
            self.klass.setCurrentIndex(1 + int(classes.pop() or 0))
            other = []
        for which in ends:
            self._set(which, own[which].with_class(ends[which].y) if which in other else own[which])

    def _kept(self, code: Code) -> Code:
        """The same code with all that is known of its image."""
        return (self.session.code_of(code.part, code.index) if code.of_image else None) or code

    @Slot()
    def export_animation(self) -> None:
        """Ask for a file and write the way from A to B as an animation."""
        if self.session.run is None or self._both() is None:
            self.session.message.emit("info", "Choose two anchors first")
            return
        dialog = AnimationDialog(self.session.run.name, "interpolation", self._shape, self.window())
        dialog.chosen.connect(self._write_animation)
        dialog.open()

    @Slot(object)
    def _write_animation(self, choice: AnimationChoice) -> None:
        task = _animation(self.session.run, choice, self._settings_of(choice.frames), picture_style.smooth)
        self.session.write(f"Writing {choice.path.name}", task, choice.path)


class _Call:
    """A call with its arguments, for an entry of a menu; what the signal brings is left out."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._function, self._arguments = function, arguments

    def __call__(self, *_: Any) -> None:
        self._function(*self._arguments)


def _same_image(code: Code, other: Code) -> bool:
    return (code.part, code.index) == (other.part, other.index)


def _caption(run: Any, code: Code) -> str:
    """What an end is: its class and where it is from."""
    names = run.class_names
    if code.label is not None and code.label < len(names) and code.of_image:
        return f"{names[code.label]}, {code.how}"
    return code.how or "a code"


def _way_question(run: Any, codes: np.ndarray, classes: np.ndarray | None) -> Callable[[], _Way]:
    """A question for the decoder's thread."""

    def question() -> _Way:
        return _Way(codes, classes, work.decode(run, codes, classes))

    return question


def _names_question(run: Any, picks: dict[str, str]) -> Callable[[], dict[str, Code]]:
    """A question for the decoder's thread, or work for a job."""

    def question() -> dict[str, Code]:
        return {which: named_code(run, pick) for which, pick in picks.items()}

    return question


def _ends_work(run: Any, settings: dict[str, Any]) -> Callable[..., dict[str, Code]]:
    """Work that finds the two ends of a figure, with the classes they are decoded with."""

    def task(emit: Any, stop: Any) -> dict[str, Code]:
        from latentexplorer.views.interpolation import ends_of
        from latentexplorer.views.lookup import decode_class
        from latentexplorer.views.registry import settings_of

        checked = settings_of("interpolation", settings)
        first, last = (picked_code(run, picked) for picked in ends_of(run, run, checked))
        labels = checked.label, checked.end_label or checked.label
        ys = [decode_class(run, label, default=code.y or 0) for label, code in zip(labels, (first, last), strict=True)]
        return {"A": replace(first, y=ys[0]), "B": replace(last, y=ys[1])}

    return task


def _animation(run: Any, choice: AnimationChoice, settings: list[str], smooth: bool) -> Callable[..., Path]:
    """Work that writes an animation."""

    def task(emit: Any, stop: Any) -> Path:
        from latentexplorer.figures.animation import export_animation

        return export_animation(
            run,
            choice.path,
            settings,
            frames_per_s=choice.frames_per_s,
            back=choice.back,
            scale=choice.scale,
            smooth=smooth,
            emit=emit,
            stop=stop,
        )

    return task
