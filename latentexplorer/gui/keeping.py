"""Bookmarks are kept with their run: read when it is opened, written whenever one changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from latentexplorer.core.errors import LatentExplorerError, RunError
from latentexplorer.gui.code import Code
from latentexplorer.gui.work import Refused

if TYPE_CHECKING:
    from latentexplorer.runs.bookmarks import Bookmark


def reading(run: Any) -> Callable[[], tuple[Any, dict[str, Code] | Refused]]:
    """A question for the decoder's thread: the run, and its bookmarks by name or why they cannot be read."""

    def question() -> tuple[Any, dict[str, Code] | Refused]:
        from latentexplorer.runs.folder import RunFolder

        try:
            kept = RunFolder(run.path, run.config).bookmarks
            return run, {bookmark.name: _code(run, bookmark) for bookmark in kept}
        except LatentExplorerError as error:
            return run, Refused(error.what, error.todo)

    return question


def write(run: Any, bookmarks: dict[str, Code]) -> str:
    """Write the bookmarks of a run; what is wrong where that is not possible, else ""."""
    if run.path is None:
        return "this run has no folder"
    try:
        run.folder().write_bookmarks([_bookmark(name, code) for name, code in bookmarks.items()])
    except LatentExplorerError as error:
        return error.what
    except ValueError:
        return "a code holds numbers that are not finite"
    return ""


def _code(run: Any, bookmark: Bookmark) -> Code:
    """The code of a bookmark, if it is one of this run."""
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
    )


def _bookmark(name: str, code: Code) -> Bookmark:
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
    )
