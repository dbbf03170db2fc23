"""New images for the open model, opened, dropped, pasted or drawn; asks where two things may be meant."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QObject, QUrl, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter
from PySide6.QtWidgets import QMessageBox, QWidget

from latentexplorer.core.errors import DataError
from latentexplorer.core.paths import is_file, is_folder, is_there
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.plain_text import Question, verbatim
from latentexplorer.gui.widgets.asking import WhichDialog
from latentexplorer.gui.widgets.file_dialogs import ask_files
from latentexplorer.gui.widgets.pictures import MIME_CODE
from latentexplorer.gui.window.code_sheets.table import SHEETS, CodeSheets
from latentexplorer.gui.window.docks import Docks
from latentexplorer.gui.workers.image_tasks import Brought, Source
from latentexplorer.views.base import count_text
from latentexplorer.views.bring import MOST

PICTURES = (
    "Pictures and arrays (*.png *.jpg *.jpeg *.bmp *.gif *.tif *.tiff *.webp *.ppm *.pgm *.npy *.npz);;All files (*)"
)
ARRAYS = (".npy", ".npz", ".gz", "", ".zip")
"""Files that may hold many images."""
MOST_LOOKED_AT = 5_000
"""Files, hidden ones and folders among them, that are counted while a person waits; more may be anything."""
QUICK = 11
"""Of a hundred, how hard a picture is packed that is read again at once."""
NO_RUN = "Open or train a model first: a new image is explored with one"


class Exploring(QObject):
    """Hands new images to the session, and brings the panes that show them to the front.

    Signals
    -------
    paths_found : (tuple of Path)
        What was dropped or pasted may be anything that can be opened.
    train_wanted : (tuple of Path)
        Images are to be trained on.
    """

    paths_found = Signal(object)
    train_wanted = Signal(object)

    def __init__(self, session: Session, docks: Docks, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._docks, self._window = session, docks, window
        self._sheets = CodeSheets(session, window)
        self._sheets.wanted.connect(self.do)
        session.new_images.began.connect(self._on_began)
        session.new_images.arrived.connect(self._on_arrived)

    @Slot(str)
    def do(self, what: str) -> None:
        """What an action of the window's table wants."""
        if what in SHEETS:
            self._sheets.open(what)
            return
        new = self._session.new_images
        {
            "explore_images": self.choose,
            "paste_image": self.paste,
            "train_on_explored": self.train_on_explored,
            "encode_as": self.encode_as,
            "invert_image": new.invert,
            "stop_fit": new.stop,
        }[what]()

    # -- from outside ----------------------------------------------------------------------------------------------

    @staticmethod
    def takes(content: QMimeData) -> bool:
        """Whether something that is dragged over the window can be brought; codes are for the panes."""
        return not content.hasFormat(MIME_CODE) and (bool(_paths(content)) or content.hasImage())

    def take(self, content: QMimeData, how: str = "dropped") -> bool:
        """Bring what was dropped or pasted; False where it holds nothing for this window."""
        paths = _paths(content) or _paths_in(content.text())
        if paths:
            self.paths_found.emit(tuple(paths))
        elif content.hasImage() and not self._session.explorable:
            self._session.message.emit("warning", NO_RUN)
        elif content.hasImage():
            image = QImage(content.imageData())
            if image.isNull():
                return False
            self._session.new_images.bring(Source(f"a {how} picture", png=partial(_png, image)))
        else:
            return False
        return True

    def paste(self) -> None:
        """Bring what is in the clipboard."""
        content = QGuiApplication.clipboard().mimeData()
        if content is None or not self.take(content, "pasted"):
            what = "a text, but no image and no file" if content is not None and content.hasText() else "no image"
            self._session.message.emit("warning", f"The clipboard holds {what}: copy a picture or a file first")

    def choose(self) -> None:
        """Ask for files and explore them."""
        place = str(Settings()["last_folder"])
        title = "Explore images with this model"
        ask_files(self._window, "explore_dialog", title, place, self._on_chosen, PICTURES)

    def _on_chosen(self, paths: list[Path]) -> None:
        Settings()["last_folder"] = str(paths[0].parent)
        self._session.new_images.bring_files(paths)

    # -- two meanings ----------------------------------------------------------------------------------------------

    @Slot(object)
    def ask(self, paths: tuple[Path, ...]) -> None:
        """Explore a single picture; of more ask whether they are to be explored, or trained on."""
        run = self._session.run
        if run is None or not self._session.explorable:
            self.train_wanted.emit(paths)
            return
        if len(paths) == 1 and is_file(paths[0]) and paths[0].suffix.lower() not in ARRAYS:
            self._session.new_images.bring_files(paths)
            text = f"{paths[0].name} is explored with this model. To train on it: File, Train on the explored images"
            self._session.message.emit("info", text)
            return
        what = paths[0].name if len(paths) == 1 else f"{paths[0].name} and {count_text(len(paths) - 1, 'other')}"
        now = f" as it is now, after epoch {run.epoch}" if self._session.training.active else ""
        text = f"Explore these images with {run.name}{now}, or train a new model on them?"
        limit = f"At most {MOST} of them are explored, evenly spread." if _may_be_many(paths) else ""
        box = Question(QMessageBox.Icon.Question, what, f"{what}\n\n{text}", self._window)
        box.setInformativeText(verbatim(limit))
        box.setObjectName("images_question")
        explore = box.addButton("Explore with this model", QMessageBox.ButtonRole.AcceptRole)
        explore.setObjectName("explore_images")
        train = box.addButton("Train on these images", QMessageBox.ButtonRole.ActionRole)
        train.setObjectName("train_on_images")
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(explore)
        explore.clicked.connect(partial(self._explore, paths))
        train.clicked.connect(partial(self.train_wanted.emit, paths))
        box.finished.connect(box.deleteLater)
        box.open()

    def _explore(self, paths: Sequence[Path], checked: bool = False) -> None:
        if self._session.explorable:
            self._session.new_images.bring_files(paths)

    def train_on_explored(self) -> None:
        """Train on what was explored last."""
        files = self._session.new_images.files
        if files:
            self.train_wanted.emit(tuple(Path(file) for file in files))

    def encode_as(self) -> None:
        """Ask for a class, and encode the current new image as one of it."""
        code, names = self._session.current.code, list(self._session.shown.class_names)
        at = code.y if code is not None and code.y is not None else 0
        title, label = "Encode as another class", "Class of the image"
        dialog = WhichDialog(self._window, "encode_as_dialog", title, label, names, at)
        dialog.chosen.connect(self._session.new_images.again)
        dialog.open()

    # -- what is seen ----------------------------------------------------------------------------------------------

    @Slot()
    def _on_began(self) -> None:
        self._docks.show("decoded")

    @Slot(object)
    def _on_arrived(self, found: Brought) -> None:
        if len(found.codes) > 1:
            self._docks.show("gallery")


def _paths(content: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in content.urls() if url.isLocalFile()]


def _paths_in(text: str) -> list[Path]:
    """The files that the lines of a text name, where all of them are there."""
    lines = [line.strip().strip("\"'") for line in text.splitlines() if line.strip()]
    paths = [Path(QUrl(line).toLocalFile() if line.startswith("file:") else line) for line in lines[:1000]]
    try:
        there = all(path.is_absolute() and is_there(path) for path in paths)
    except (OSError, ValueError):
        return []
    return paths if there else []


def _png(image: QImage) -> bytes:
    """A picture as the content of a PNG file; of a photograph that takes seconds."""
    from latentexplorer.data.readers.image_files import MOST_PIXELS

    if image.width() * image.height() > MOST_PIXELS:
        size = f"{image.height():,} x {image.width():,} pixels"
        raise DataError(f"The picture has {size}, {MOST_PIXELS // 10**6} million at most", "Make it smaller")
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    writer.setCompression(QUICK)
    writer.write(image)
    return bytes(buffer.data().data())


def _may_be_many(paths: Sequence[Path]) -> bool:
    """Whether there may be more images than are explored: files in folders are counted, no further than needed."""
    if any(path.suffix.lower() in ARRAYS and is_file(path) for path in paths):
        return True
    found = itertools.chain.from_iterable(map(_files, paths))
    looked_at = [not name.startswith(".") for name in itertools.islice(found, MOST_LOOKED_AT + 1)]
    return len(looked_at) > MOST_LOOKED_AT or sum(looked_at) > MOST


def _files(path: Path) -> Iterator[str]:
    """Names of files in a folder and those below it, found one after the other; a folder counts as a hidden one."""
    if not is_folder(path):
        yield path.name
        return
    waiting = [str(path)]
    while waiting:
        # What cannot be read holds none, as far as anybody knows.
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                folder = is_folder(entry.path)
                if folder and not entry.is_symlink():
                    waiting.append(entry.path)
                yield "." if folder else entry.name
