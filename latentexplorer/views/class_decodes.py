"""The median or mean code of each class, decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import PART_NAMES, Array, Part, SnapshotSettings, View, ViewResult
from latentexplorer.views.lookup import at_epoch, code_note, decode

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class Settings(SnapshotSettings):
    """Which code stands for a class."""

    statistic: Literal["median", "mean"] = Field(
        "median", title="Code", description="The median (in each dimension) or the mean of a class's codes."
    )
    part: Part = Field("train", title="Images", description="Codes of the training or of the held-out images.")


@dataclass(frozen=True)
class Result(ViewResult):
    """One decode a class, for the M classes that have codes.

    Attributes
    ----------
    images : (M, H, W', C) float32 in [0, 1]
    codes : (M, D) float32
    classes : (M,) int64
    counts : (M,) int64
        Codes of each class.
    names : tuple of M str
    """

    images: Array
    codes: Array
    classes: Array
    counts: Array
    names: tuple[str, ...]


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Sum each class up in one code and decode it."""
    from latentexplorer.latent.classes import class_codes

    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    codes = shown.codes_of(settings.part)
    found = class_codes(codes.loc, codes.labels, settings.statistic)
    return Result(
        images=decode(shown, found.codes, found.classes, emit=emit, stop=stop),
        codes=found.codes,
        classes=found.classes,
        counts=found.counts,
        names=tuple(trained.class_names[number] for number in found.classes),
        title="Classes",
        subtitle=f"{settings.statistic} {PART_NAMES[settings.part]} code of each class, decoded",
        notes=code_note(trained),
    )


VIEW = View(Settings, compute)
