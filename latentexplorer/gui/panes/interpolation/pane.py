"""Interpolation: the path between two codes, as a strip and under a slider; it plays, and can be taken along."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtGui import QHideEvent

from latentexplorer.gui.panes.animation import EXPORT, Animated, AnimatedPane
from latentexplorer.gui.panes.interpolation.anchors import AnchorBar, Stage
from latentexplorer.gui.panes.interpolation.as_figure import path_settings, race_settings
from latentexplorer.gui.panes.interpolation.ends import Ends, known_ends, same_image
from latentexplorer.gui.panes.interpolation.path_controls import PathChoice, PathControls, PathPrompt
from latentexplorer.gui.panes.interpolation.path_strip import PathView
from latentexplorer.gui.panes.interpolation.places import Places
from latentexplorer.gui.panes.interpolation.player import Player
from latentexplorer.gui.panes.interpolation.race import Race
from latentexplorer.gui.panes.interpolation.race_view import RaceView
from latentexplorer.gui.panes.interpolation.regions import PathRegions
from latentexplorer.gui.session.undo import Chosen
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.workers import code_tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.code import Code, title_of
from latentexplorer.views.code_path import CodePath
from latentexplorer.views.lookup import decoded_shape

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MIDDLE = 50.0
ALONG, CLASS = "moving along the path", "choosing the path's class"


class InterpolationPane(AnimatedPane):
    """Asks the session for two anchors and makes what lies between them current."""

    object_name, title, view_kind = "interpolation_pane", "Interpolation", "interpolation"
    follows = True
    not_yet = "Choose two anchors first"

    def __init__(self) -> None:
        super().__init__()
        self.shown: code_tasks.PathImages | None = None
        self._run: Trained | None = None
        """The state of the run that is shown; it stays while the pane is frozen."""
        self._mine: Code | None = None
        """The current code, where it was chosen on the path."""
        self._places, self._sending = Places(), False
        self.player = Player(self)
        self.player.stepped.connect(self._on_played)
        self.path_view = PathView("interpolation_slider", MIDDLE)
        self.strip, self.slider = self.path_view.strip, self.path_view.slider
        self.strip.setObjectName("interpolation_strip")
        self.strip.setAccessibleName("Images from A to B")
        self.strip.set_tips(self.path_view.tip)
        self.strip.picked.connect(self._on_cell)
        self.slider.slider.setAccessibleName("Position between A and B")
        self.slider.slider.setToolTip("From A to B; double-click: the middle")
        self.slider.number.setAccessibleName("Position between A and B, percent")
        self.slider.moved.connect(self._on_moved)
        self.slider.settled.connect(self._on_settled)
        self.prompt = PathPrompt()
        self.ends = AnchorBar()
        self._build_controls()
        self.stage = Stage(self.path_view, self.ends)
        self.stage.slimmed.connect(self.controls.set_slim)
        self.body.addWidget(self.stage, 1)
        self.add_menu_action(f"{EXPORT}…", self.export_animation)
        self._show_prompt(True)

    def _build_controls(self) -> None:
        self.controls = controls = PathControls(self.slider.number)
        self.play_button, self.steps, self.method = controls.play_button, controls.steps, controls.method
        self.play_button.toggled.connect(self._on_play)
        controls.swap_button.clicked.connect(self._on_swap)
        self.method.activated.connect(partial(self._on_choice, "choosing the way between A and B"))
        self.steps.valueChanged.connect(partial(self._on_choice, "choosing the number of images"))
        controls.klass.activated.connect(self._on_class)
        self.ends.middle.addWidget(self.prompt)
        self.ends.middle.addWidget(controls)

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.race = Race(self.session, RaceView(), self)
        self.stage.keep(self.race.view)
        self._chosen = Chosen(self._choice, self._choose)
        self.race.switched.connect(self._on_race)
        self.race.action.triggered.connect(partial(self._on_choice, "racing three ways"))
        self.menu.addAction(self.race.action)
        self.regions = PathRegions(self, self.path_view)
        self.controls.race.setDefaultAction(self.race.action)
        self.finder = finder = Ends(self.session, self)
        finder.restored.connect(self._on_restored)
        menu = self.controls.choose.menu()
        menu.aboutToShow.connect(partial(finder.fill, menu))
        menu.triggered.connect(finder.choose)
        self.prompt.images_wanted.connect(finder.pick_images)
        self.prompt.codes_wanted.connect(finder.pick_random)
        self.add_menu_action("Two images", finder.pick_images)
        self.add_menu_action("Two random codes", finder.pick_random)
        self.add_menu_action("Two class means", finder.pick_means)
        self.strip.serve(self.session)
        for which, view in self.ends.views.items():
            view.serve(self.session)
            view.code_dropped.connect(partial(finder.set, which))
            view.picked.connect(partial(self._to_end, which))
        self.session.selection.anchors_changed.connect(self._on_anchors)
        fade.changed.connect(self._renew)

    def on_run(self) -> None:
        before, run = self._run, self.run
        if before is None or before.path != run.path or before.code_dim != run.code_dim:
            self.shown = None
        self._run = run
        self.controls.offer_classes(run.class_names, self.session.current.conditional)
        self._chosen.note()
        self.ends.set_shape(*decoded_shape(run)[:2])
        self._redraw()

    def on_snapshot(self) -> None:
        self._run = self.run
        if not self._move_anchors(self.run):
            self._redraw()

    def on_code(self, code: Code) -> None:
        if not self._sending and code is not self._mine:
            if self._mine is not None and self._mine.of_image and same_image(code, self._mine):
                self._mine = code
            else:
                # Somebody has gone elsewhere, and is not called back to where the walk had come to.
                self.player.stop()
                self.stop_playing()
                self._mine = None
                self._find_place()
        self._mark()

    def _find_place(self) -> None:
        """Stand where the current code was chosen, if that was on this path."""
        code = self.session.current.code
        percent = self._places.percent_of(code, self.session.selection.anchors)
        if percent is not None:
            self._mine = code
            self.slider.set_value(percent)

    @Slot()
    def _on_anchors(self) -> None:
        if not self._sending and not self.player.playing:
            self._find_place()
        self._renew()

    @Slot()
    def _renew(self) -> None:
        """Draw the path again, or when it is seen."""
        if not self.seen or self.session.run is None:
            self._stale = True
        elif not self._stale:
            self._redraw()

    def _move_anchors(self, run: Trained) -> bool:
        """After new weights the ends are where their images are now; whether any has moved."""
        moved = self.finder.moved(run)
        if moved and self._mine is not None and self._mine is self.session.current.code:
            self._send(self._code_at(self.slider.value / 100), passing=False, remember=False)
        return moved

    # -- the path --------------------------------------------------------------------------------------------------

    def path(self) -> CodePath | None:
        """From A to B, where both are there and belong to this run."""
        if self.session is None or self.session.run is None:
            return None
        first, last = self.session.selection.anchors["A"], self.session.selection.anchors["B"]
        size = self.run.code_dim
        if first is None or last is None or first.z.size != size or last.z.size != size:
            return None
        ys = self._class_of(first), self._class_of(last)
        classes = (ys[0], ys[1]) if ys[0] is not None and ys[1] is not None else None
        return CodePath(first, last, self.controls.chosen_method, classes)

    def _class_of(self, code: Code) -> int | None:
        """The class an end is decoded with: the chosen one, else its own."""
        if not self.session.current.conditional:
            return None
        if self.controls.chosen_class is not None:
            return self.controls.chosen_class
        found = code.y if code.y is not None else code.label
        return found if found is not None else 0

    def _code_at(self, t: float) -> Code | None:
        """The code at a part of the path; at its ends the anchors themselves."""
        path = self.path()
        return None if path is None else path.code_at(self.run, t)

    @Slot()
    def _redraw(self) -> None:
        """Decode the ends and what lies between them."""
        run, path = self._run, self.path()
        if run is None or run.code_dim != self.run.code_dim:
            return  # Another run has come, whose codes these are: it is drawn when all know of it.
        self.ends.show_codes(self.session, run, self._class_of)
        self._show_prompt(path is None)
        self.race.follow(run, path, self.steps.value())
        self.regions.follow(run, None if self.race.on else path, self.steps.value())
        if path is None:
            self.stop_playing()
            self.set_subtitle("")
            return
        names = f"{title_of(run, path.first)} → {title_of(run, path.last)}"
        self.set_subtitle(f"{names} · {'three ways' if self.race.on else self.method.currentText()}")
        t = np.linspace(0, 1, self.steps.value())
        odd = fade.limit(self.session)
        question = partial(code_tasks.path_images, run, path.codes_at(t), path.classes_at(t), odd)
        self.session.decoder.ask_in_steps("interpolation", question, self._on_images)

    def _on_images(self, images: code_tasks.PathImages) -> None:
        if self.path() is None:
            return
        self.shown = images
        self.strip.set_images(images.images, self._cell_code)
        self.path_view.show_fading(images.fading)
        self.stage.arrange()
        self._mark()

    def _show_prompt(self, empty: bool) -> None:
        self.prompt.setVisible(empty)
        self.controls.setVisible(not empty)
        self.stage.show_path(not empty)

    def _cell_code(self, index: int) -> Code | None:
        return self._code_at(index / max(len(self.strip) - 1, 1))

    def _mark(self) -> None:
        """Frame the picture next to the current code, while that lies on the path."""
        on_path = self._mine is not None and self._mine is self.session.current.code
        at = round(self.slider.value / 100 * (len(self.strip) - 1)) if on_path and len(self.strip) else -1
        self.strip.set_current(at)

    # -- what a person does ----------------------------------------------------------------------------------------

    def _send(self, code: Code | None, passing: bool, remember: bool = True, what: str = ALONG) -> None:
        if code is None:
            return
        self._sending = True
        self.session.current.set(code, passing=passing, remember=remember, what=what)
        self._sending, self._mine = False, self.session.current.code
        if self._mine is not None:
            self._places.remember(self._mine, self.slider.value, self.session.selection.anchors)
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
        self.slider.set_value(at := 100 * index / max(len(self.strip) - 1, 1))
        self._go(at, passing=False)

    @Slot()
    def _on_swap(self) -> None:
        """The other way round; the current code keeps its place between the same two ends."""
        self.slider.set_value(100 - self.slider.value)
        self.session.selection.swap_anchors()
        self._mark()

    # -- how the path goes -----------------------------------------------------------------------------------------

    def _on_choice(self, what: str, *_: object) -> None:
        self.by_person.emit(self._chosen.change(what))
        self._redraw()

    @Slot()
    def _on_class(self) -> None:
        on_path = self._mine is not None and self._mine is self.session.current.code
        self.by_person.emit(self._chosen.change(CLASS, gesture=CLASS if on_path else "", ends=False))
        self._redraw()
        if on_path:
            self._send(self._code_at(self.slider.value / 100), passing=False, what=CLASS)

    def _choice(self) -> tuple[PathChoice, bool]:
        return self.controls.choice, self.race.action.isChecked()

    def _choose(self, choice: tuple[PathChoice, bool]) -> None:
        self.controls.show_choice(choice[0])
        self.race.action.setChecked(choice[1])
        self._renew()

    @Slot(bool)
    def _on_race(self, on: bool) -> None:
        self.view_kind = "path-race" if on else "interpolation"
        self.stage.stand(self.race.view if on else self.path_view)
        if on and self.session.run is not None and self.path() is None:
            self.finder.pick_images()
        self._renew()

    def offers(self) -> list[Offer]:
        return self.race.offer(super().offers())

    def _to_end(self, which: str) -> None:
        self.stop_playing()
        percent = 0.0 if which == "A" else 100.0
        code = self.session.selection.anchors[which]
        if self.path() is not None:
            self.slider.set_value(percent)
            self._go(percent, passing=False)
        elif code is not None:
            self.session.current.set(code, what=f"going to anchor {which}")

    # -- playing ---------------------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether the slider moves by itself."""
        return self.player.playing

    @Slot(bool)
    def _on_play(self, play: bool) -> None:
        if play and self.path() is not None:
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

    def nothing_to_export(self) -> str:
        return super().nothing_to_export() or ("no two images are chosen" if self.path() is None else "")

    def view_settings(self) -> list[str]:
        path, steps = self.path(), self.steps.value()
        if path is None:
            return []
        race, regions = self.race.on, self.regions.switch.on
        return race_settings(self.run, path, steps) if race else path_settings(self.run, path, steps, regions)

    def animated(self) -> Animated | None:
        return None if self.path() is None else Animated("interpolation", self.run.name, decoded_shape(self.run)[:2])

    def frame_settings(self, part: str, frames: int) -> list[str]:
        path = self.path()
        return [] if path is None else path_settings(self.run, path, frames)

    def frame_kind(self, part: str) -> str:
        return "interpolation"

    def restore(self, kind: str, settings: Settings) -> bool:
        if kind not in ("interpolation", "path-race"):
            return False
        self.stop_playing()
        self.race.action.setChecked(kind == "path-race")
        fade.set_on(settings.get("fade", False))
        self.regions.restore(settings)
        self.controls.offer_classes(self.run.class_names, self.session.current.conditional)
        with QSignalBlocker(self.steps):
            self.steps.setValue(int(settings.get("steps", 10)))
        self.controls.choose_method(settings.get("method", "lerp"))
        self.controls.klass.setCurrentIndex(0)
        self._chosen.note()
        self.finder.restore(settings)
        return True

    @Slot(object)
    def _on_restored(self, ends: dict[str, Code]) -> None:
        found, y = known_ends(self.session, ends)
        if y is not None:
            self.controls.klass.setCurrentIndex(1 + y)
            self._chosen.note()
        self.finder.set_all(found, "opening a figure")
