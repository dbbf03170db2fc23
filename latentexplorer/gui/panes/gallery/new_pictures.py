"""New images in the gallery: beside their decodes as the selection, or listed from the oddest."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from latentexplorer.gui.panes.gallery.controls import GalleryControls
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import image_tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.code import Code

if TYPE_CHECKING:
    from latentexplorer.gui.panes.gallery.panels import CodeOfImage
    from latentexplorer.gui.workers.job import Work
    from latentexplorer.runs import Trained

NO_NEW = "Drop a folder of images on the window: they are listed here from the oddest"
IN_NO_FILE = "A figure names the files of its images, and some of these lie in none: save them, then open them"


class NewPictures:
    """Which new images a source shows, and what it asks for then."""

    def __init__(self, session: Session, controls: GalleryControls) -> None:
        self._session, self._controls = session, controls

    def lists(self, source: str) -> bool:
        """Whether a source lists new images from the oddest."""
        return source == "odd-images" and self._controls.part.currentData() == "new"

    def shown_by(self, source: str) -> tuple[Code, ...]:
        """The codes of the new images that a source shows; none where it shows others."""
        return self._session.selection.new if source == "selection" or self.lists(source) else ()

    def missing(self, source: str) -> str:
        """Why a source that lists new images shows none; "" where it does, or lists others."""
        return NO_NEW if self.lists(source) and not self._session.selection.new else ""

    def code_of(self, source: str) -> CodeOfImage:
        """What gives the codes of the images that a source shows."""
        codes = self.shown_by(source)
        return partial(_code_of_new, codes) if codes else self._session.current.code_of

    def unfiled(self, source: str) -> bool:
        """Whether some of those that a source shows lie in no file, so that no figure can name them."""
        return any(code.image is None or not code.image.files for code in self.shown_by(source))

    def listing(self, run: Trained, source: str) -> Work:
        """A job's work: the oddest of them."""
        return partial(image_tasks.odd_images, run, self.shown_by(source), self._controls.count.value())

    def settings(self, run: Trained, source: str) -> Settings:
        """Settings that name them by the files they lie in."""
        codes = self.shown_by(source)
        images = [code.image for code in codes if code.image is not None]
        files = [file for image in images for file in image.files or (f"{image.name} (in no file)",)]
        if self.lists(source):
            return {"images": files, "count": self._controls.count.value()}
        # With their class where all are decoded with the same.
        classes = {code.y for code in codes}
        y = classes.pop() if len(classes) == 1 else None
        return {"images": files} | ({} if y is None else {"label": run.class_names[y]})


def _code_of_new(codes: tuple[Code, ...], part: str, index: int) -> Code:
    return codes[index]
