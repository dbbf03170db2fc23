"""Bookmarks: codes by name, kept with their run. Read when it is opened, written whenever one changes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from latentexplorer.core.errors import LatentExplorerError, RunError
from latentexplorer.gui.session.undo import changed
from latentexplorer.gui.workers.decoder import Decoder
from latentexplorer.views.base import Refused, count_text
from latentexplorer.views.code import Code, title_of
from latentexplorer.views.new_image import MOST_LETTERS, MOST_PIXELS, NewImage

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.runs.bookmarks import Bookmark


class Bookmarks(QObject):
    """The bookmarks of the open run.

    Attributes
    ----------
    codes : dict of name to Code
        In the order in which they were made.

    Signals
    -------
    changed : ()
    message : (level, text)
        What is kept; why they cannot be read or kept.
    by_person : (Change)
    """

    changed = Signal()
    message = Signal(str, str)
    by_person = Signal(object)

    def __init__(self, decoder: Decoder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoder = decoder
        self._run: Trained | None = None
        self._not_kept = ""
        self.codes: dict[str, Code] = {}

    def clear(self, run: Trained) -> None:
        """Another run is open; `read` follows, when whoever listens knows of it."""
        self._run, self._not_kept, self.codes = run, "", {}

    def read(self) -> None:
        """Those that are kept with the run."""
        self.changed.emit()
        run = self._run
        if run is not None and run.path is not None:
            self._decoder.ask("bookmarks", partial(read_bookmarks, run), partial(self._on_read, run))

    def follow(self, run: Trained) -> None:
        """A newer state of the same run."""
        self._run = run

    def _on_read(self, run: Trained, found: dict[str, Code] | Refused) -> None:
        if self._run is None or run.path != self._run.path:
            return
        if isinstance(found, Refused):
            # What cannot be read is not overwritten, either.
            self._not_kept = found.what
            self.message.emit("warning", f"{found.what}. {found.todo}")
        elif found:
            self.codes = {**found, **self.codes}
            self.changed.emit()

    def name_for(self, code: Code) -> str:
        """A name for a code, which no bookmark has."""
        usual = title_of(self._run, code) if self._run is not None else "code"
        numbers = range(len(self.codes) + 1, 2 * len(self.codes) + 2)
        return next(name for number in numbers if (name := f"{usual} {number}") not in self.codes)

    def add(self, name: str, code: Code | None) -> None:
        """Remember a code by name."""
        if code is None:
            return
        replaced = name in self.codes
        other = " from now on; Ctrl+Z brings the one before back" if replaced else ""
        self.message.emit("info", f"The bookmark {name} is this code{other}")
        self._change({**self.codes, name: code}, f"{'replacing' if replaced else 'adding'} the bookmark {name}")

    def rename(self, old: str, new: str) -> None:
        """Another name, at the same place in the list; a bookmark that had it gives way."""
        if new and new != old and old in self.codes:
            kept = {name: code for name, code in self.codes.items() if name != new}
            if new in self.codes:
                self.message.emit("info", f"The bookmark {new} gave way; Ctrl+Z brings it back")
            codes = {new if name == old else name: code for name, code in kept.items()}
            self._change(codes, f"renaming the bookmark {old}")

    def remove(self, name: str) -> None:
        """Take a name off the list."""
        if name in self.codes:
            kept = {other: code for other, code in self.codes.items() if other != name}
            self._change(kept, f"deleting the bookmark {name}")

    def _change(self, codes: dict[str, Code], what: str) -> None:
        before = self.codes
        self.by_person.emit(changed(what, self._put_back, (codes, before), (before, codes)))
        self.codes = codes
        self._keep()

    def _put_back(self, way: tuple[dict[str, Code], dict[str, Code]]) -> None:
        """From how it is now to how it was; what has been read from the run's folder since then stays."""
        now, before = way
        read = {name: code for name, code in self.codes.items() if name not in now}
        self.codes = {**read, **before}
        self._keep()

    def _keep(self) -> None:
        """Show them, and write them into the run's folder."""
        self.changed.emit()
        if self._run is None:
            return
        wrong, bare = (self._not_kept, 0) if self._not_kept else write_bookmarks(self._run, self.codes)
        if bare:
            text = f"{count_text(bare, 'bookmark')} kept without the new image: together they take too much room"
            self.message.emit("warning", text)
        if wrong:
            self.message.emit("warning", f"Bookmarks last only while the run is open: {wrong}")


def read_bookmarks(run: Trained) -> dict[str, Code] | Refused:
    """A question: the bookmarks of a run by name, or why they cannot be read."""
    from latentexplorer.runs.folder import RunFolder

    assert run.path is not None
    found: dict[str, Code] = {}
    room = MOST_PIXELS
    try:
        for bookmark in RunFolder(run.path, run.config).bookmarks:
            code = found[bookmark.name] = _code(run, bookmark, room)
            room -= 0 if code.image is None else code.image.pixels.size
    except LatentExplorerError as error:
        return Refused.of(error)
    return found


def write_bookmarks(run: Trained, bookmarks: dict[str, Code]) -> tuple[str, int]:
    """Write the bookmarks of a run; what is wrong where that is not possible, else "", and how many lack an image."""
    if run.path is None:
        return "this run has no folder", 0
    kept, bare = [], 0
    room = MOST_LETTERS
    for name, code in bookmarks.items():
        values = None if code.image is None else code.image.to_values()
        room -= 0 if values is None else len(values["picture"])
        bare += values is not None and room < 0
        kept.append((name, code, values if room >= 0 else None))
    try:
        run.folder().write_bookmarks([_bookmark(*item) for item in kept])
    except LatentExplorerError as error:
        return error.what, 0
    except ValueError:
        return "a code holds numbers that are not finite", 0
    return "", bare


def _code(run: Trained, bookmark: Bookmark, room: int) -> Code:
    """The code of a bookmark, if it is one of this run; without its image where that has more pixels than `room`."""
    size, classes = run.code_dim, len(run.class_names)
    if len(bookmark.z) != size:
        raise RunError(
            f"{run.name}/bookmarks.json is damaged: a code of {len(bookmark.z)} numbers, not {size}",
            "Delete it; the run opens without",
        )
    if any(number is not None and number >= max(classes, 1) for number in (bookmark.y, bookmark.label)):
        raise RunError(f"{run.name}/bookmarks.json is damaged: no such class", "Delete it; the run opens without")
    return Code(
        np.array(bookmark.z, np.float32),
        bookmark.y,
        bookmark.part,
        bookmark.index,
        bookmark.how,
        None if bookmark.scale is None else np.array(bookmark.scale, np.float32),
        bookmark.label,
        bookmark.pick,
        NewImage.of_values(bookmark.image, room) if bookmark.image is not None else None,
    )


def _bookmark(name: str, code: Code, image: dict[str, Any] | None) -> Bookmark:
    from latentexplorer.runs.bookmarks import Bookmark

    scale = None if code.scale is None else np.asarray(code.scale, float).tolist()
    return Bookmark(
        name=name[:1000],
        z=np.asarray(code.z, float).tolist(),
        scale=scale,
        y=code.y,
        label=code.label,
        part="train" if code.part == "train" else "test" if code.part == "test" else "",
        index=code.index,
        how=code.how[:10_000],
        pick=code.pick[:1000],
        image=image,
    )
