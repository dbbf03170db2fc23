"""Gallery: many pictures at once, from a source of one's choice; any of them can be made current, or an anchor."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.animation import EXPORT, Animated, AnimatedPane
from latentexplorer.gui.panes.gallery.class_source import NO_ANCHORS, ClassSource
from latentexplorer.gui.panes.gallery.class_table import ClassTable
from latentexplorer.gui.panes.gallery.controls import Choices, GalleryControls, allow, choice
from latentexplorer.gui.panes.gallery.new_pictures import IN_NO_FILE, NewPictures
from latentexplorer.gui.panes.gallery.panel_view import PanelView
from latentexplorer.gui.panes.gallery.panels import Result, panels_of
from latentexplorer.gui.panes.gallery.sources import SOURCES, Source, selected, slow
from latentexplorer.gui.session.undo import Chosen
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.workers import image_tasks, tasks
from latentexplorer.gui.workers.image_tasks import Brought
from latentexplorer.gui.workers.image_tasks import Source as NewSource
from latentexplorer.gui.workers.job import Job
from latentexplorer.views import class_grid, reconstructions, separation
from latentexplorer.views.base import PART_NAMES, Refused
from latentexplorer.views.code import Code

FIRST = ("reconstructions", "separation", "samples")
"""What is shown where the source that was chosen makes no sense; there is always something to draw."""


GalleryChoice = tuple[str, Choices]
"""The source, and what is chosen about it."""


class GalleryPane(AnimatedPane):
    """Shows one of `SOURCES`.

    Attributes
    ----------
    source : str
        Name of the source that is shown.
    result : Result, class_grid.Result or None
        What is drawn; None where the source makes no sense, or nothing has been worked out yet.
    controls : GalleryControls
    sides : list of PanelView
        The second one is hidden where a result has one panel only.
    classes : ClassTable
        What is drawn of styles in every class.
    """

    object_name, title = "gallery_pane", "Gallery"
    view_kind = "reconstructions"
    follows = draws_later = True
    not_yet = NO_ANCHORS

    def __init__(self) -> None:
        super().__init__()
        self.source = "reconstructions"
        self.result: Result | class_grid.Result | None = None
        self._job: Job | None = None
        self._again = False
        # The source is chosen in the header, so that the pictures keep the room.
        self.sources = choice("source", "What the gallery shows", {name: s.title for name, s in SOURCES.items()})
        self.sources.activated.connect(self._on_source)
        self.header.row.insertWidget(1, self.sources)
        self.controls = GalleryControls()
        self.controls.changed.connect(self._on_choice)
        self.controls.let_go.connect(self._on_let_go)
        self.sides = [PanelView("gallery_plot"), PanelView("gallery_beside")]
        pictures = QWidget()
        row = QHBoxLayout(pictures)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE * 2)
        for side, slot in zip(self.sides, (self._on_picked, self._on_beside_picked), strict=True):
            row.addWidget(side, 1)
            side.stacks.picked.connect(slot)
        self.sides[0].guide_left.connect(self.controls.show_guide)
        self.classes = ClassTable()
        self.classes.table.picked.connect(self._on_class_picked)
        self.refusal = Label()
        self.refusal.setObjectName("gallery_refusal")
        self.refusal.setProperty("role", "empty")
        self.refusal.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.refusal.setWordWrap(True)
        place = QWidget()
        self._place = QStackedLayout(place)
        self._place.addWidget(pictures)
        self._place.addWidget(self.refusal)
        self._place.addWidget(self.classes)
        self.body.addWidget(self.controls)
        self.body.addWidget(place, 1)
        self.moving = self.add_menu_action(f"{EXPORT} of all classes…", self.export_animation)
        self.moving.setVisible(False)
        self._chosen = Chosen(self._choice, self._bring)
        self._show_controls()

    def on_bind(self) -> None:
        for side in self.sides:
            side.stacks.serve(self.session)
        self.classes.serve(self.session)
        self.class_source = ClassSource(self.session, self.controls, self)
        self.new = NewPictures(self.session, self.controls)
        self.class_source.outdated.connect(self._on_outdated)
        fade.changed.connect(self._on_outdated)
        self.session.run_changed.connect(self._on_other_run)
        self.session.selection.images_changed.connect(self._on_selection)
        self.session.selection.images_wanted.connect(partial(self.choose, "selection"))
        self.session.new_images.arrived.connect(self._on_arrived)

    @Slot()
    def _on_other_run(self) -> None:
        self.moving.setVisible(self.session.current.conditional)

    # -- the run ----------------------------------------------------------------------------------------------------

    def on_run(self) -> None:
        self.controls.offer_classes(self.run.class_names)
        self._show_controls()
        self._show_availability()
        if self._refusal_of(SOURCES[self.source]):
            self.choose(next(name for name in FIRST if not self._refusal_of(SOURCES[name])))
        else:
            self._ask()

    def on_snapshot(self) -> None:
        self._show_availability()
        self._ask(follow=True)

    def on_code(self, code: Code) -> None:
        if self.class_source.outdated_by(code):
            self._on_outdated()
        elif self.seen:
            self._mark()

    @Slot()
    def _on_outdated(self) -> None:
        """What is shown in every class is another style now."""
        if self.seen:
            self._ask()
        else:
            self._stale = True

    def on_seen(self) -> None:
        super().on_seen()
        self._mark()

    def _refusal_of(self, source: Source) -> str:
        """Why a source makes no sense for the open run; "" where it does."""
        return source.refusal(self.run, self.session.selection)

    def _show_availability(self) -> None:
        """Grey out what makes no sense for this run, with the reason as its tip."""
        for name, source in SOURCES.items():
            allow(self.sources, name, self._refusal_of(source), source.tip)
        self.controls.offer_for(self.run)
        self._chosen.note()

    # -- choices ----------------------------------------------------------------------------------------------------

    def choose(self, name: str) -> None:
        """Show another source."""
        self._show_source(name)
        self._chosen.note()

    def _show_source(self, name: str) -> None:
        self.source = name
        self.class_source.shown = name == "class-grid"
        self.sources.setCurrentIndex(self.sources.findData(name))
        self._show_controls()
        if self.seen:
            self._ask()
        else:
            self._stale = True

    def _show_controls(self) -> None:
        run = self.session.run if self.session is not None else None
        self.controls.show_for(SOURCES[self.source], run, run is not None and self.session.current.conditional)

    @Slot(int)
    def _on_source(self, index: int) -> None:
        self._show_source(self.sources.itemData(index))
        self.by_person.emit(self._chosen.change("choosing what the gallery shows"))

    @Slot()
    def _on_choice(self) -> None:
        self._tell(ends=not self.controls.temperature.slider.isSliderDown())
        self._ask()

    @Slot()
    def _on_let_go(self) -> None:
        self._tell(ends=True)

    def _tell(self, ends: bool) -> None:
        self.by_person.emit(self._chosen.change("choosing the gallery's pictures", gesture="gallery", ends=ends))

    def _choice(self) -> GalleryChoice:
        return self.source, self.controls.choice

    def _bring(self, choice: GalleryChoice) -> None:
        """Show what was chosen before."""
        source, choices = choice
        self.controls.show_choice(choices)
        self._show_source(source)

    @Slot()
    def _on_selection(self) -> None:
        if self.session.run is None:
            return
        self._show_availability()
        if self.source != "selection" and not self.new.lists(self.source):
            return
        if not self.seen:
            self._stale = True
            return
        refusal = self._refusal_of(SOURCES[self.source])
        if refusal:
            self._refuse(refusal)
        else:
            self._ask()

    @Slot(object)
    def _on_arrived(self, found: Brought) -> None:
        """Several new images are there to be seen beside each other, unless they are listed already."""
        if len(found.codes) > 1 and not self.new.lists(self.source):
            self.choose("selection")

    def settings(self) -> tasks.Settings:
        """The settings of the view that is shown."""
        if self.new.shown_by(self.source):
            return self.new.settings(self.run, self.source)
        if self.source == "selection":
            part, index = selected(self.run, self.session.selection.images)
            return {"part": part, "index": index.tolist()}
        settings = self.controls.settings(SOURCES[self.source], self.session.current.conditional)
        return self.class_source.completed(settings) if self.source == "class-grid" else settings

    # -- asking and drawing -----------------------------------------------------------------------------------------

    def _ask(self, follow: bool = False) -> None:
        if self.session is None or self.session.run is None:
            return
        run, source, settings = self.run, SOURCES[self.source], self.settings()
        kind = self.view_kind = source.kind(run)
        if follow and self._job is not None:
            # A job that is replaced at every snapshot would never end.
            self._again = True
            return
        self.session.decoder.drop("gallery")
        if self._job is not None:
            self.session.jobs.leave(self._job)
        why_not = NO_ANCHORS if self.class_source.unanchored else self.new.missing(self.source)
        if why_not:
            self._refuse(why_not)
            return
        answer = partial(self._on_result, self.source)
        new = self.new.shown_by(self.source)
        if new and self.source == "selection":
            kind = self.view_kind = "reconstructions"
            question = partial(image_tasks.pictures_of, run, new)
            self.session.decoder.ask("gallery", question, partial(self._on_new, new))
        elif source.slow or slow(settings) or self.class_source.many(settings):
            work = self.new.listing(run, self.source) if new else partial(tasks.view, run, kind, settings)
            job = self._job = self.session.submit(f"Gallery: {source.title.lower()}", work, "gallery")
            job.succeeded.connect(answer)
            job.finished.connect(self._on_job)
        else:
            self.session.decoder.ask("gallery", partial(tasks.quick_view, run, kind, settings), answer)

    @Slot()
    def _on_job(self) -> None:
        if self.sender() is not self._job:
            return
        self._job = None
        if self._again:
            self._again = False
            if not self.frozen:
                self._ask()

    def _on_new(self, codes: tuple[Code, ...], result: Result | Refused) -> None:
        """New images beside the decodes of their codes."""
        if codes is self.session.selection.new:
            self._on_result("selection", result)

    def _on_result(self, source: str, result: Result | class_grid.Result | Refused) -> None:
        """Draw what a source was asked for, unless another one has been chosen since."""
        if source != self.source or self.class_source.unanchored:
            return
        self.show_empty("")
        if isinstance(result, Refused):
            self._refuse(f"{result.what}. {result.todo}".strip())
            return
        self.result = result
        if isinstance(result, class_grid.Result):
            self._place.setCurrentIndex(2)
            self.classes.show_result(result)
            self.class_source.result = result
            self.set_subtitle(" · ".join((result.subtitle, *result.notes)))
            self._mark()
            return
        panels = panels_of(result, self.new.code_of(source))
        for at, side in enumerate(self.sides):
            side.show_panel(panels[at] if at < len(panels) else None)
        self._place.setCurrentIndex(0)
        self.set_subtitle(self._subtitle(result))
        self._mark()

    def _subtitle(self, result: Result) -> str:
        others = self.source != "selection" or bool(self.session.selection.new)
        if others or not isinstance(result, (reconstructions.Result, separation.Result)):
            return result.subtitle
        shown, chosen = len(result.index), len(self.session.selection.images[1])
        name = PART_NAMES[result.part]
        return f"{shown:,} selected {name} images" if shown == chosen else f"{shown:,} of {chosen:,} selected images"

    def _refuse(self, why: str) -> None:
        self.result = None
        self.show_empty("")
        self.refusal.setText(why)
        self._place.setCurrentIndex(1)
        self.set_subtitle("")

    def _mark(self) -> None:
        if isinstance(self.result, class_grid.Result):
            self.classes.mark(self.session.current.code)
            return
        for side in self.sides:
            side.mark(self.session.current.code)

    # -- picking ----------------------------------------------------------------------------------------------------

    @Slot(int)
    def _on_picked(self, index: int) -> None:
        self._pick(self.sides[0], index)

    @Slot(int)
    def _on_beside_picked(self, index: int) -> None:
        self._pick(self.sides[1], index)

    @Slot(int)
    def _on_class_picked(self, index: int) -> None:
        code = self.classes.code_of(index)
        if code is not None:
            self.session.current.set(code)

    def _pick(self, side: PanelView, index: int) -> None:
        code = side.panel.code_of(index) if side.panel is not None else None
        if code is not None:
            self.session.current.set(code, what="picking an image")
        else:
            self.session.message.emit("warning", "The code of that image is not kept in this run")

    # -- export -----------------------------------------------------------------------------------------------------

    def view_settings(self) -> list[str]:
        return as_changes(self.settings())

    def animated(self) -> Animated | None:
        return self.class_source.animated()

    def frame_kind(self, part: str) -> str:
        return "class-grid"

    def frame_settings(self, part: str, frames: int) -> list[str]:
        return as_changes(self.class_source.frames(frames))

    def _can_export(self) -> bool:
        if self.session is not None and self.new.unfiled(self.source):
            self.session.message.emit("warning", IN_NO_FILE)
            return False
        return super()._can_export()

    def restore(self, kind: str, settings: tasks.Settings) -> bool:
        if kind in ("reconstructions", "odd-images") and settings.get("images"):
            files, label = tuple(settings["images"]), settings.get("label", "")
            new = NewSource(f"{len(files)} files of the figure", files, label=label, selected=True)
            self.session.new_images.bring(new)
            if kind == "odd-images":
                self.controls.list_new(int(settings.get("count", 8)))
            self.choose("selection" if kind == "reconstructions" else kind)
            return True
        source = next((source for source in SOURCES.values() if source.kind(self.run) == kind), None)
        if source is None or self._refusal_of(source):
            return False
        self.controls.offer_classes(self.run.class_names)
        if settings.get("index"):
            self.session.selection.select(settings.get("part", "test"), settings["index"])
            self.choose("selection")
            return True
        self.controls.restore(source, settings)
        if source.name == "class-grid":
            self.class_source.restore(settings)
        self._show_availability()
        self.choose(source.name)
        return True
