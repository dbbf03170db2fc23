"""A plane through the latent space, decoded point by point."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, View
from latentexplorer.views.fading import fading_of
from latentexplorer.views.judging import judge_of, judged
from latentexplorer.views.local_axes import UNIT, metric_known
from latentexplorer.views.lookup import at_epoch, centre, code_note, decode, decode_class
from latentexplorer.views.magnified import magnified, note_of
from latentexplorer.views.pick import Picked, pick_code, usual_pick
from latentexplorer.views.plane_result import Result
from latentexplorer.views.plane_settings import Settings
from latentexplorer.views.plane_sides import along_dimensions, along_directions, around
from latentexplorer.views.ranges import leaving_note
from latentexplorer.views.typical import starts_at_code

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

__all__ = ["VIEW", "Result", "Settings", "compute", "lay_out", "metric_to_find"]


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """A plane of codes and its decodes."""
    shown, plane = lay_out(trained, settings, emit=emit, stop=stop)
    flat = plane.codes.reshape(-1, plane.codes.shape[-1])
    images = decode(shown, flat, plane.label, emit=emit, stop=stop)
    plane = replace(plane, images=images.reshape(*plane.codes.shape[:2], *images.shape[1:]))
    if settings.magnification:
        values = magnified(shown, plane.codes, plane.basis, plane.label, emit=emit, stop=stop)
        plane = replace(plane, magnification=values, notes=(*plane.notes, note_of(values)))
    if settings.regions:
        judge = judge_of(trained, settings.classifier, emit=emit, stop=stop)
        regions = judged(shown, judge, plane.codes, plane.label, emit=emit, stop=stop)
        plane = replace(plane, regions=regions, notes=(*plane.notes, regions.note("Rims")))
    if not settings.fade:
        return plane
    fading = fading_of(shown, flat, plane.label, stop=stop)
    return replace(plane, fading=fading.shaped(plane.codes.shape[:2]), notes=(*plane.notes, fading.note))


def lay_out(
    trained: Trained,
    settings: Settings,
    *,
    before: Result | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> tuple[Trained, Result]:
    """The run at the epoch asked for, and the plane's codes without their images: `images` is empty.

    `before` is what is shown of the same plane while its codes move: its sides are kept as long as they nearly fit.
    """
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    if shown.code_dim < 2:
        raise NotApplicableError("A plane needs codes of two dimensions", "Use the traversal for a single one")
    axes = settings.axes_for(shown.code_dim)
    raw = axes == "dims"
    # The same places at every epoch: what changes is what they decode to.
    frame = shown.frame
    centre, through, label = _through(trained, frame, settings, before)
    middle = None if through is None else through.z
    if axes == "nearby" or axes == "metric":
        plane, spans = around(frame, settings, axes, middle, label, stop=stop)
    else:
        plane, spans = (along_dimensions if raw else along_directions)(frame, settings, middle, before)
    parts = [" and ".join(plane.names) if raw else _WHAT[axes]]
    if through is not None:
        parts.append(f"through {through.title}")
    if label is not None:
        parts.append(f"class {trained.class_names[label]}")
    if settings.epoch is not None:
        parts.append(f"epoch {shown.epoch}")
    laid_out = Result(
        images=np.zeros((0, 0, 0, 0, 0), np.float32),
        codes=plane.codes,
        x=plane.u,
        y=plane.v,
        axes=plane.names,
        label=label,
        origin=plane.origin.astype(np.float32),
        basis=plane.axes.astype(np.float32),
        spans=spans,
        centre=centre,
        title="Latent grid",
        subtitle=", ".join(parts),
        notes=(*code_note(trained), *(leaving_note(trained, settings.range, plane.names, spans) if raw else ())),
    )
    return shown, laid_out


def _through(
    trained: Trained, frame: Trained, settings: Settings, before: Result | None = None
) -> tuple[str | tuple[float, ...], Picked | None, int | None]:
    """The code that a plane goes through, as settings name it and as it is, and the class that all is decoded as."""
    centre = settings.centre or _usual_centre(frame, before)
    through = pick_code(frame, centre) if centre else None
    return centre, through, decode_class(trained, settings.label, default=(through.y if through else None) or 0)


def metric_to_find(run: Trained, settings: Settings) -> tuple[Array, int | None] | None:
    """The code (D,) and the class around which a plane needs the axes of the decoder's metric; None where it has them.

    To find them takes seconds in many dimensions: `local_axes.axes_at` does, and remembers them.
    """
    if settings.axes != "metric" or run.code_dim < 2:
        return None
    _, through, label = _through(run, run.frame, settings)
    z = centre(run.frame) if through is None else through.z
    return None if metric_known(run.frame, z, label) is not None else (z, label)


_WHAT = {
    "directions": "principal directions of the codes, with their parts of the variance",
    "nearby": f"principal axes of the codes nearby, in {UNIT}",
    "metric": f"axes of the decoder's metric, in {UNIT}",
}


def _usual_centre(shown: Trained, before: Result | None) -> str | tuple[float, ...]:
    """The code a plane goes through where nobody says so; "" for the mean of a prior or of codes."""
    # All numbers of a code of two are those of the plane.
    if not starts_at_code(shown) or shown.code_dim == 2:
        return ""
    return usual_pick(shown, "" if before is None else before.centre)


VIEW = View(Settings, compute)
