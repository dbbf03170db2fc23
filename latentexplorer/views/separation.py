"""Mixtures of two images, the two components a model finds in them, and the two originals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import PART_NAMES, Array, Part, SnapshotSettings, View, ViewResult, count_text
from latentexplorer.views.lookup import at_epoch, decode, originals, rmse
from latentexplorer.views.pick import partner_of

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class Settings(SnapshotSettings):
    """Which mixtures."""

    part: Part = Field("test", title="Images", description="Mixtures of training or of held-out images.")
    count: int = Field(6, ge=1, le=500, title="Count", description="How many mixtures.")
    index: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (), max_length=500, title="Chosen images", description="Positions of the first images, instead of a count."
    )


@dataclass(frozen=True)
class Result(ViewResult):
    """B mixtures taken apart.

    Attributes
    ----------
    mixtures : (B, H, W, C) float32 in [0, 1]
    components : (B, 2, H, W, C) float32 in [0, 1]
        What the model finds, in the order of `originals`.
    originals : (B, 2, H, W, C) uint8
    errors : (B, 2) float64
        Root mean squared error of each component on [0, 1].
    index : (B, 2) int64
        Positions of the two images.
    """

    mixtures: Array
    components: Array
    originals: Array
    errors: Array
    index: Array
    part: Part


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Decode the codes of mixtures and put their components beside the originals."""
    from latentexplorer.views.reconstructions import chosen

    model = trained.config.model
    if not model.kind.separates:
        raise NotApplicableError(f"{model.kind.title} takes no mixtures apart", "See the reconstructions figure")
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    codes = shown.codes_of(settings.part)
    some = chosen(trained, codes, settings.index, "")
    if not settings.index:
        some = some.take(np.arange(min(settings.count, len(some))))
    second = np.array([partner_of(codes, int(position)) for position in some.index])
    pair = [originals(trained, settings.part, index) for index in (some.index, second)]
    both = decode(shown, some.loc, emit=emit, stop=stop)
    width = pair[0].shape[2]
    found = np.stack([both[:, :, :width], both[:, :, width:]], axis=1)
    if model.mixture != "difference":
        found = _better_order(found, pair)
    errors = np.stack([rmse(found[:, at], pair[at]) for at in range(2)], axis=1)
    return Result(
        mixtures=_mixtures(shown, pair),
        components=found,
        originals=np.stack(pair, axis=1),
        errors=errors,
        index=np.stack([some.index, second], axis=1),
        part=settings.part,
        title="Separation",
        subtitle=f"{count_text(len(some), 'mixture')} ({model.mixture}) of {PART_NAMES[settings.part]} images",
        notes=()
        if model.mixture == "difference"
        else ("A symmetric mixture does not tell the order: parts stand below the original they fit better",),
    )


def _mixtures(shown: Trained, pair: list[Array]) -> Array:
    from latentexplorer.models.encoding import to_batch

    batch = to_batch(pair[0])
    batch.partner = to_batch(pair[1]).x
    mixed: Array = shown.model.mixed(batch).permute(0, 2, 3, 1).numpy()
    return mixed


def in_order(trained: Trained, image: Array, both: Array) -> Array:
    """The two originals `both` of a mixture, side by side (H, 2W, C), so that each stands by the component it fits
    better.

    `image` : (H, 2W, C), the two components, side by side. Only a symmetric mixture leaves the order open.
    """
    if trained.config.model.mixture == "difference":
        return both
    width = both.shape[1] // 2
    swapped = np.concatenate([both[:, width:], both[:, :width]], axis=1)
    away, crossed = (np.abs(image - one / np.float32(255)).mean() for one in (both, swapped))
    return swapped if crossed < away else both


def _better_order(found: Array, pair: list[Array]) -> Array:
    """Components swapped where that brings them nearer to the originals (absolute error, as the loss)."""
    goal = np.stack(pair, axis=1).astype(np.float32) / 255
    straight = np.abs(found - goal).mean((1, 2, 3, 4))
    crossed = np.abs(found[:, ::-1] - goal).mean((1, 2, 3, 4))
    return np.where((crossed < straight)[:, None, None, None, None], found[:, ::-1], found)


VIEW = View(Settings, compute)
