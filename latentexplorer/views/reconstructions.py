"""Originals above what the model makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import MAX_IMAGES, PART_NAMES, Array, Part, Pictures, SnapshotSettings, View, count_text
from latentexplorer.views.bring import MOST, bring, notes_of, read
from latentexplorer.views.code import Code
from latentexplorer.views.lookup import (
    at_epoch,
    class_number,
    code_note,
    decode,
    is_conditional,
    originals,
    rmse,
)
from latentexplorer.views.new_image import Files

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

SORTED = 5000
"""Images compared at most to find the best and the worst ones."""

Index = Annotated[int, Field(ge=0)]


class Settings(SnapshotSettings):
    """Which images, in which order."""

    part: Part = Field("test", title="Images", description="Training or held-out images.")
    sort: Literal["none", "best", "worst"] = Field(
        "none", title="Sort", description="As they come, or by error: the best or the worst first."
    )
    label: str = Field("", max_length=200, title="Class", description="Only images of this class. Empty: all.")
    count: int = Field(8, ge=1, le=MAX_IMAGES // 2, title="Count", description="How many images.")
    index: tuple[Index, ...] = Field(
        (),
        max_length=MAX_IMAGES // 2,
        title="Chosen images",
        description="Positions of the images, instead of the above.",
    )
    images: Files = Field(
        (),
        max_length=MOST,
        title="New images",
        description="Files of images that are none of the data, which are encoded, or fitted, instead of the above.",
    )


@dataclass(frozen=True)
class Result(Pictures):
    """B images and their decodes.

    Attributes
    ----------
    originals : (B, H, W, C) uint8
    images : (B, H, W, C) float32 in [0, 1]
        The decode of each image's posterior mean.
    errors : (B,) float64
        Root mean squared error on [0, 1].
    """

    originals: Array
    images: Array
    errors: Array


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Images beside the decodes of their codes."""
    if trained.config.model.kind.separates:
        raise NotApplicableError(
            f"{trained.config.model.kind.title} takes mixtures apart and does not reconstruct an image",
            "See the separation figure",
        )
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    if settings.images:
        given = read(trained, settings.images, emit=emit, stop=stop)
        codes_of_new = bring(shown, given, settings.label, emit=emit, stop=stop)
        return of_new_images(shown, codes_of_new, emit=emit, stop=stop)
    part = settings.part
    codes = chosen(trained, shown.codes_of(part), settings.index, settings.label)
    if settings.sort == "none" or settings.index:
        codes = codes if settings.index else codes.take(np.arange(min(settings.count, len(codes.loc))))
    else:
        codes = codes.take(np.linspace(0, len(codes.loc) - 1, min(SORTED, len(codes.loc))).astype(np.int64))
    x = originals(trained, part, codes.index)
    x_hat = decode(shown, codes.loc, codes.labels, emit=emit, stop=stop)
    errors = rmse(x_hat, x)
    order = np.arange(len(errors))
    if settings.sort != "none" and not settings.index:
        order = np.argsort(errors if settings.sort == "best" else -errors, kind="stable")[: settings.count]
    which = f"{settings.sort} " if settings.sort != "none" and not settings.index else ""
    name = f" of class {trained.class_names[class_number(trained, settings.label)]}" if settings.label else ""
    return Result(
        originals=x[order],
        images=x_hat[order],
        errors=errors[order],
        index=codes.index[order],
        labels=None if codes.labels is None else codes.labels[order],
        class_names=trained.class_names,
        part=part,
        title="Reconstructions",
        subtitle=f"{which}{count_text(len(order), f'{PART_NAMES[part]} image')}{name}, rmse on [0, 1] below each",
        notes=code_note(trained),
    )


def of_new_images(trained: Trained, codes: Sequence[Code], *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Images that are none of the data beside the decodes of their codes; `index` counts them."""
    if trained.config.model.kind.separates:
        raise NotApplicableError("A mixture is seen beside its parts in Decoded", "Make it current")
    images = [code.image for code in codes if code.image is not None]
    x = np.stack([image.pixels for image in images])
    y = np.array([code.y for code in codes], np.int64) if is_conditional(trained) else None
    x_hat = decode(trained, np.stack([code.z for code in codes]), y, emit=emit, stop=stop)
    return Result(
        originals=x,
        images=x_hat,
        errors=rmse(x_hat, x),
        index=np.arange(len(codes)),
        labels=y,
        class_names=trained.class_names if y is not None else (),
        part="test",
        title="Reconstructions",
        subtitle=f"{count_text(len(codes), 'new image')}, rmse on [0, 1] below each",
        notes=(*code_note(trained), *notes_of(images)),
    )


def chosen(trained: Trained, codes: Codes, index: tuple[int, ...], label: str) -> Codes:
    """The codes of the images at `index`, in that order; or of a class; or all."""
    if index:
        place = {int(position): row for row, position in enumerate(codes.index)}
        missing = [position for position in index if position not in place]
        if missing:
            raise SettingsError(f"There is no kept code of image {missing[0]}", f"{len(place):,} are kept")
        return codes.take([place[position] for position in index])
    if not label:
        return codes
    number = class_number(trained, label)
    rows = np.flatnonzero(codes.labels == number) if codes.labels is not None else np.empty(0, np.int64)
    if not rows.size:
        raise SettingsError(f"No image here is of the class {trained.class_names[number]!r}", "Choose another class")
    return codes.take(rows)


VIEW = View(Settings, compute)
