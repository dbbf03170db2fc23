"""One code: its decode, the image it is the code of, its numbers, and the training images nearest to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, SnapshotSettings, View, ViewResult
from latentexplorer.views.code import Code
from latentexplorer.views.code_facts import KnownSupport, judged, likely_of
from latentexplorer.views.lookup import at_epoch, code_note, decode, decode_class, nearest_rows, pictures_of, rmse
from latentexplorer.views.new_image import Files
from latentexplorer.views.pick import Pick, Picked, pick_code
from latentexplorer.views.separation import in_order

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class Settings(SnapshotSettings):
    """Which code."""

    code: Pick = Field(
        "",
        title="Code",
        description="The code, such as test:3, random:7 or its numbers. Empty: that of the first image.",
    )
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes. Empty: the code's own."
    )
    image: Files = Field(
        (),
        max_length=2,
        title="New image",
        description="The file of an image that is none of the data, which the code is that of; two for a mixture. "
        "Without a code it is encoded, or one is fitted to it.",
    )
    nearest: int = Field(
        8, ge=0, le=50, title="Nearest", description="How many of the training images with the nearest codes."
    )

    support: bool = Field(
        False,
        title="Support",
        description="Say how odd the code is beside those of held-out images, and how likely by prior and fitted "
        "sampler.",
    )


@dataclass(frozen=True)
class Result(ViewResult):
    """A code and what it decodes to.

    Attributes
    ----------
    code : Picked
    image : (H, W', C) float32 in [0, 1]
        Its decode; both components side by side for a model that takes mixtures apart.
    original : (H, W', C) uint8 or None
        The image it is the code of, both in the order of the components for a mixture.
    error : float or None
        Root mean squared error of the decode on [0, 1].
    scale : (D,) float32 or None
        Standard deviation of the posterior it is the mean of.
    nearest : (K, H, W, C) uint8 or float32
        Training images with the nearest codes, nearest first; their decodes where the images are not there.
    nearest_index : (K,) int64
        Their positions.
    label : int or None
        Class it was decoded with (conditional models).
    """

    code: Picked
    image: Array
    original: Array | None
    error: float | None
    scale: Array | None
    nearest: Array
    nearest_index: Array
    label: int | None


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Decode one code and look around it."""
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    new = _new_code(trained, shown, settings, emit, stop) if settings.image else None
    code = _picked(new) if new is not None else pick_code(shown, settings.code or _first(shown), images=trained)
    label = decode_class(trained, settings.label, default=code.y or 0)
    image = decode(shown, code.z[None], label, stop=stop)[0]
    original = code.original
    if original is not None and trained.config.model.kind.separates and original.shape == image.shape:
        original = in_order(trained, image, original)
    mine = _image_of(code)
    own = mine[1] if mine is not None and mine[0] == "train" else None
    codes = shown.codes_of("train").take(nearest_rows(shown, code.z, settings.nearest, own=own, stop=stop))
    named = f", decoded as class {trained.class_names[label]}" if label is not None else ""
    return Result(
        code=code,
        image=image,
        original=original,
        error=None
        if original is None or original.shape != image.shape
        else float(rmse(image[None], original[None])[0]),
        scale=_scale(shown, code) if new is None else new.scale,
        nearest=pictures_of(trained, "train", codes, partial(decode, shown, stop=stop))[0],
        nearest_index=codes.index,
        label=label,
        title="Decoded",
        subtitle=f"{code.title}{named}",
        notes=(
            *code_note(trained),
            *(new.image.notes if new is not None and new.image is not None else ()),
            *(support_notes(shown, code.z, label, stop) if settings.support else ()),
        ),
    )


def support_notes(shown: Trained, z: Array, label: int | None, stop: StopToken = NEVER) -> tuple[str, ...]:
    """How odd a code (D,) is, how near to data, and how likely; one line where there are too few codes to tell."""
    known, y = KnownSupport(), None if label is None else np.array([label])
    lines = ["There are too few codes to tell how near to data this one is"]
    for found in judged(shown, z[None], y, known, decode):
        stop.check()
        if found is not None:
            lines = [f"{found[0].words[0].capitalize()}: {found[1].sentence(float(found[0].share[0])).lower()}"]
    for densities in known.densities(shown):
        stop.check()
        if densities is not None:
            lines += likely_of(densities, Code(z, label))
    return tuple(lines)


def _new_code(trained: Trained, shown: Trained, settings: Settings, emit: Emit, stop: StopToken) -> Code:
    """The code of a new image; where the settings hold its numbers, with these."""
    from latentexplorer.views.bring import as_one, bring, read

    given = read(trained, settings.image, emit=emit, stop=stop)
    if not settings.code:
        return bring(shown, given, settings.label, emit=emit, stop=stop)[0]
    image = as_one(trained, given.images)
    return Code(pick_code(shown, settings.code).z, how=image.name, image=image)


def _picked(code: Code) -> Picked:
    original = None if code.image is None else code.image.pixels
    return Picked(code.z, code.y, code.how, original, tuple(code.z.tolist()))


def _first(shown: Trained) -> str:
    part = "test" if "test" in shown.codes and len(shown.codes["test"].loc) else "train"
    return f"{part}:{int(shown.codes_of(part).index[0])}"


def _image_of(code: Picked) -> tuple[str, int] | None:
    kind, _, value = code.pick.partition(":") if isinstance(code.pick, str) else ("", "", "")
    return (kind, int(value)) if kind in ("train", "test") else None


def _scale(shown: Trained, code: Picked) -> Array | None:
    mine = _image_of(code)
    codes = shown.codes.get(mine[0]) if mine is not None else None
    if mine is None or codes is None or codes.scale is None:
        return None
    return np.asarray(codes.scale[codes.index == mine[1]][0])


VIEW = View(Settings, compute)
