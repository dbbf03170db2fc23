"""New images for the open run: dropped, pasted, opened or drawn, encoded or fitted, and watched while that goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.core.events import FitMoved, Progress
from latentexplorer.gui.session.current_code import CurrentCode
from latentexplorer.gui.session.selection import Selection
from latentexplorer.gui.workers import image_tasks
from latentexplorer.gui.workers.decoder import Decoder
from latentexplorer.gui.workers.image_tasks import Brought, Seeking, Source
from latentexplorer.gui.workers.job import Failure, Job
from latentexplorer.gui.workers.job_queue import JobQueue
from latentexplorer.gui.workers.torch_threads import cores
from latentexplorer.views.base import Array, count_text
from latentexplorer.views.code import Code
from latentexplorer.views.new_image import NewImage, without_code

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

DRAWING = "a drawing"


class NewImages(QObject):
    """Brings images to the open run. At most one batch of them is under way; a newer one takes its place.

    A single image becomes the current code, also while it is being fitted, unless somebody has gone elsewhere since;
    several become the selection.

    Attributes
    ----------
    files : tuple of str
        Where those that were brought last lie.
    stage : str
        What is being done, for a person; "" where nothing is.
    step, steps : int
        Steps of the fit under way.
    curve : ndarray (L, starts) or None
        The error from each start of the image that is being fitted, or was last, at each look.
    curve_of : Code or None
        The code that this fit has led to, so far.

    Signals
    -------
    began : ()
    changed : ()
        One of the attributes changed.
    arrived : (Brought)
    message, failed : (level, text), (Failure)
    """

    began = Signal()
    changed = Signal()
    arrived = Signal(object)
    message = Signal(str, str)
    failed = Signal(object)

    def __init__(
        self, current: CurrentCode, selection: Selection, decoder: Decoder, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._current, self._selection, self._decoder = current, selection, decoder
        # Of their own: nobody who drops a picture waits for a map that is being laid out.
        self._jobs = JobQueue("new images", self, cores.share)
        self._run: Trained | None = None
        self._job: Job | None = None
        self.files: tuple[str, ...] = ()
        self._forget()
        current.chosen.connect(self._on_chosen)

    def _forget(self) -> None:
        # What was drawn before counts no more.
        self._decoder.drop("drawing")
        job, self._job = self._job, None
        if job is not None:
            self._jobs.leave(job)
        self._sought: tuple[NewImage, ...] = ()
        self._selected = self._passing = False
        self._setting = self._elsewhere = False
        self.stage = ""
        self.step = self.steps = 0
        self.curve: Array | None = None
        self.curve_of: Code | None = None

    def clear(self, run: Trained) -> None:
        """Another run is open: what is under way ends, and nothing of it appears any more."""
        self._forget()
        self._run, self.files = run, ()
        self.changed.emit()

    def follow(self, run: Trained) -> None:
        """A newer state of the same run: encoded images have other codes by it, fitted ones keep theirs."""
        self._run = run
        self._encode_again()

    @Slot()
    def _encode_again(self) -> None:
        run, codes = self._run, self._selection.new
        if codes and run is not None and self.live:
            question = partial(image_tasks.encode_all_again, run, codes)
            self._decoder.ask("new-images", question, partial(self._on_again, codes))

    def _on_again(self, before: tuple[Code, ...], codes: tuple[Code, ...]) -> None:
        if self._selection.new is before:
            self._selection.renew(codes)

    @property
    def running(self) -> bool:
        """Whether images are being read, or their codes sought."""
        return self._job is not None

    @property
    def live(self) -> bool:
        """Whether the model encodes at once, so that a drawing is followed while it is drawn."""
        kind = self._run.config.model.kind if self._run is not None else None
        return kind is not None and kind.encoder and not kind.separates

    # -- asking ----------------------------------------------------------------------------------------------------

    def bring(self, source: Source) -> None:
        """Find the codes of new images."""
        run = self._run
        if run is None:
            return
        self._forget()
        self.files, self._selected, self._passing = source.files, source.selected, not source.kept
        self.stage = f"reading {source.name}"
        job = Job(f"Exploring {source.name}", partial(image_tasks.bring, run, source), "new-images", parent=self)
        self._job = job
        job.reported.connect(self._on_reported)
        job.succeeded.connect(self._on_brought)
        job.failed.connect(self._on_failed)
        job.stopped.connect(self._on_stopped)
        job.finished.connect(job.deleteLater)
        self._jobs.submit(job)
        self.began.emit()
        self.changed.emit()

    def bring_files(self, paths: Sequence[Path]) -> None:
        """Find the codes of the images in files and folders."""
        name = paths[0].name if len(paths) == 1 else count_text(len(paths), "file")
        self.bring(Source(name, tuple(str(path) for path in paths)))

    def again(self, label: str) -> None:
        """Encode the current new image as another class."""
        code = self._current.code
        if code is not None and code.image is not None:
            self.bring(Source(code.image.name, image=without_code(code.image), label=label))

    def invert(self) -> None:
        """Bring the current new image with dark and bright exchanged."""
        code = self._current.code
        if code is not None and code.image is not None:
            before = without_code(code.image)
            notes = tuple(note for note in before.notes if note != INVERTED)
            notes = notes if INVERTED in before.notes else (*notes, INVERTED)
            image = replace(before, pixels=255 - before.pixels, files=(), notes=notes)
            self.bring(Source(before.name, image=image))

    def draw(self, pixels: Array, *, done: bool) -> None:
        """Show the code of a drawing (H, W, C), uint8: at once where the model has an encoder; the newest wins.

        `done`: it is whole, and is kept.
        """
        run = self._run
        if run is None:
            return
        image = NewImage(pixels, DRAWING)
        if done or not self.live:
            self.bring(Source(DRAWING, image=image, kept=done))
        else:
            self._decoder.ask("drawing", partial(image_tasks.encode, run, image, ""), self._on_drawn)

    def stop(self) -> None:
        """Stop what is under way; a fit keeps the best it has."""
        if self._job is not None:
            self._jobs.cancel(self._job)

    # -- what comes back -------------------------------------------------------------------------------------------

    def _on_drawn(self, found: tuple[Code, Array]) -> None:
        self._current.set_decoded(*found, _exploring(DRAWING))

    @Slot(object)
    def _on_reported(self, event: object) -> None:
        if isinstance(event, Seeking):
            self._sought = event.images
            self.stage = f"finding the code of {_names(event.images)}"
        elif isinstance(event, FitMoved):
            self._on_moved(event)
        elif isinstance(event, Progress) and event.what:
            self.stage = event.what
        self.changed.emit()

    def _on_moved(self, event: FitMoved) -> None:
        self.step, self.steps = event.step, event.steps
        self.stage = f"fitting {_names(self._sought)}"
        if len(self._sought) != 1:
            return
        self.curve = np.asarray(event.errors[:, :, 0], np.float64)
        image = self._sought[0]
        scale = None if event.scale is None else event.scale[0]
        self._show(Code(event.z[0], how=f"{image.name}, fitted", scale=scale, image=image), passing=True)

    def _show(self, code: Code, passing: bool) -> bool:
        """Make a code current, unless somebody has gone elsewhere since the last one."""
        if self._elsewhere:
            return False
        self._setting = True
        self._current.set(code, passing=passing, what=_exploring(_name_of(code)))
        self._setting = False
        if self.curve is not None:
            self.curve_of = self._current.code
        return True

    @Slot()
    def _on_chosen(self) -> None:
        """A code was chosen: by somebody who has gone elsewhere, unless it is the one that is being found here."""
        if not self._setting:
            self._elsewhere = True

    @Slot(object)
    def _on_brought(self, found: Brought) -> None:
        self._job, self.stage = None, ""
        selected = len(found.codes) > 1 or self._selected
        shown = self._show(found.codes[0], passing=self._passing or selected)
        if selected or not shown:
            self._selection.select_new(found.codes, gesture=_exploring(_name_of(found.codes[0])))
        if len(found.codes) > 1:
            kept = f"{count_text(len(found.codes), 'new image')} selected: Gallery shows them beside their decodes"
            self.message.emit("warning" if found.notes else "info", ". ".join([kept, *found.notes]))
        elif not shown:
            self.message.emit("info", f"{found.codes[0].how}: Gallery › Selection shows it")
        self.changed.emit()
        self.arrived.emit(found)

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self._job, self.stage = None, ""
        self.failed.emit(failure)
        self.changed.emit()

    @Slot()
    def _on_stopped(self) -> None:
        self._job, self.stage = None, ""
        self.changed.emit()

    def shutdown(self) -> None:
        """End the thread."""
        self._forget()
        self._jobs.shutdown()


INVERTED = "dark and bright exchanged"


def _name_of(code: Code) -> str:
    return code.image.name if code.image is not None else "an image"


def _exploring(name: str) -> str:
    """What a person does, as it is called where it can be undone."""
    return f"exploring {name}"


def _names(images: Sequence[NewImage]) -> str:
    return images[0].name if len(images) == 1 else count_text(len(images), "image")
