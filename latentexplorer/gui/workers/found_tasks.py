"""What the sheets that seek the code of one image ask of the window's threads: plain functions without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.paths import atomic_write, free
from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.job import Report
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.asked_image import Asked, same_shape
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.missing_part import parts_of
from latentexplorer.views.new_image import png_of

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.code_found import Result as Found
    from latentexplorer.views.mended import Result as Mended


def watch(run: Trained, image: Asked, settings: Settings, emit: Report, stop: StopToken) -> Found | Refused:
    """Seek the code of an image; what was found by then where it is stopped, or why there is none."""
    from latentexplorer.views.code_found import Settings as ViewSettings
    from latentexplorer.views.code_found import watch as watched
    from latentexplorer.views.registry import settings_of

    chosen = settings_of("code-found", settings)
    assert isinstance(chosen, ViewSettings)
    try:
        return watched(run, image, chosen, emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)


def mend(
    run: Trained, others: Sequence[Path], image: Asked, erased: Array, settings: Settings, emit: Report, stop: StopToken
) -> Mended | Refused:
    """Complete an image by the open run and others; who cannot is left out, and it is said why."""
    from latentexplorer.runs import Trained
    from latentexplorer.views.mended import Settings as ViewSettings
    from latentexplorer.views.mended import mend as mended
    from latentexplorer.views.registry import settings_of

    chosen = settings_of("mended", settings)
    assert isinstance(chosen, ViewSettings)
    try:
        result = mended((run,), image, erased, chosen, emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)
    for path in others:
        if stop.requested:
            break
        try:
            other = Trained.load(path, emit=emit, stop=stop)
            same_shape(other, image)
            own = mended((other,), image, erased, chosen, emit=emit, stop=stop)
        except LatentExplorerError as error:
            result = replace(result, notes=(*result.notes, f"{path.name} is left out: {error.what}"))
        else:
            result = replace(result, rows=(*result.rows, *own.rows), notes=(*result.notes, own.notes[-1]))
    return result


def export(
    run: Trained,
    kind: str,
    settings: Settings,
    erased: Array | None,
    path: Path,
    dpi: int,
    size: tuple[float, float] | None,
    emit: Report,
    stop: StopToken,
) -> Path:
    """Draw the figure of a sheet into a file; `erased` (H, W), bool, is told to it by names of parts, or as a mask."""
    told = dict(settings)
    if erased is not None:
        parts = parts_of(erased)
        told |= {"missing": list(parts)} if parts is not None else {"missing": [], "mask": _kept(run, erased, path)}
    return tasks.export(run, kind, as_changes(told), path, dpi, size, emit, stop)


def _kept(run: Trained, erased: Array, beside: Path) -> str:
    """A file that a mask lies in: the run keeps it; beside the figure where the run takes nothing."""
    png = png_of((np.asarray(erased)[..., None] * 255).astype(np.uint8))
    try:
        return run.folder().keep_picture("mask", png)
    except LatentExplorerError:
        path = free(beside.with_name(f"{beside.stem}-mask.png"))
        atomic_write(path, png)
        return str(path.absolute())
