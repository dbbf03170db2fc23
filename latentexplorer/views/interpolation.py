"""The way from one code to another, decoded, both ends shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, Part, SnapshotSettings, View, ViewResult
from latentexplorer.views.code import Code
from latentexplorer.views.code_path import CodePath, classes_along
from latentexplorer.views.fading import FADE_HELP, Fading, fading_of
from latentexplorer.views.judging import CLASSIFIER_HELP, JudgedPath, judge_of, judged_path
from latentexplorer.views.lookup import at_epoch, code_note, decode, decode_class
from latentexplorer.views.pick import Pick, Picked, pick_code

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class Settings(SnapshotSettings):
    """From where to where, how, in how many steps."""

    start: Pick = Field(
        "", title="From", description="train:12, test:3, random:7, mean:CLASS, median:CLASS. Empty: a held-out image."
    )
    end: Pick = Field(
        "", title="To", description="Written as the start. Empty: a held-out image of another class than the start."
    )
    method: Literal["lerp", "slerp"] = Field(
        "lerp",
        title="Way",
        description="Straight, or along the sphere: draws from a normal prior in many dimensions lie near one.",
    )
    steps: int = Field(10, ge=2, le=200, title="Images", description="Images on the way, both ends included.")
    label: str = Field(
        "",
        max_length=200,
        title="Class",
        description="The class a conditional model decodes. Empty: the ends' own, changing halfway.",
    )
    end_label: str = Field(
        "", max_length=200, title="Class at the end", description="From the middle on. Empty: as the class before."
    )
    fade: bool = Field(False, title="Fade away from data", description=FADE_HELP)
    regions: bool = Field(
        False, title="Decision regions", description="Which class each image is judged to be of, and where it changes."
    )
    classifier: str = Field("", max_length=4096, title="Classifier", description=CLASSIFIER_HELP)


@dataclass(frozen=True)
class Result(ViewResult):
    """S decoded codes on the way from `start` to `end`.

    Attributes
    ----------
    images : (S, H, W', C) float32 in [0, 1]
        The first and the last are the decodes of the two ends themselves.
    codes : (S, D) float32
    t : (S,) float64
        Way gone, 0..1.
    labels : (S,) int64 or None
        Classes they were decoded with (conditional models).
    fading : Fading or None
        How boldly each image is shown, (S,); None: all alike.
    judged : JudgedPath or None
        Which class the path decodes to, and where that changes; None: not asked.
    """

    images: Array
    codes: Array
    t: Array
    labels: Array | None
    start: Picked
    end: Picked
    method: Literal["lerp", "slerp"]
    fading: Fading | None = None
    judged: JudgedPath | None = None

    @property
    def numbers(self) -> dict[str, Any]:
        """Of a path that is judged: where the class changes, and that of each image; empty for others."""
        if self.judged is None:
            return {}
        about = {"from": self.start.title, "to": self.end.title, "method": self.method, "t": self.t.tolist()}
        seen = self.judged.at(len(self.t))
        return about | {"flips": self.judged.numbers} | seen.numbers | {"notes": list(self.notes)}


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Codes from one end to the other, decoded."""
    from latentexplorer.latent.interpolation import interpolate

    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    first, last = ends_of(trained, shown, settings)
    way: Literal["linear", "spherical"] = "linear" if settings.method == "lerp" else "spherical"
    codes = interpolate(first.z, last.z, settings.steps, way)
    t = np.linspace(0, 1, settings.steps)
    labels, notes = _labels(trained, first, last, settings, t)
    fading = fading_of(shown, codes, labels, stop=stop) if settings.fade else None
    judged = None
    if settings.regions:
        judge = judge_of(trained, settings.classifier, emit=emit, stop=stop)
        classes = None if labels is None else (int(labels[0]), int(labels[-1]))
        path = CodePath(Code(first.z), Code(last.z), settings.method, classes)
        judged = judged_path(shown, judge, path, settings.steps, emit=emit, stop=stop)
        notes = (*notes, judged.note(settings.steps))
    return Result(
        images=decode(shown, codes, labels, emit=emit, stop=stop),
        codes=codes,
        t=t,
        labels=labels,
        start=first,
        end=last,
        method=settings.method,
        title="Interpolation",
        subtitle=f"{way}, {settings.steps - 2} steps between the two ends",
        notes=(*notes, *code_note(trained), *(() if fading is None else (fading.note,))),
        fading=fading,
        judged=judged,
    )


def ends_of(trained: Trained, shown: Trained, settings: Settings) -> tuple[Picked, Picked]:
    """The two codes; where none is named, kept images of two classes.

    Parameters
    ----------
    trained, shown : Trained
        The run, and the state of it (itself, or a snapshot) whose codes are meant.
    """
    part: Part = "test" if "test" in shown.codes and len(shown.codes["test"].loc) >= 2 else "train"
    codes = shown.codes_of(part)
    if not (settings.start and settings.end) and len(codes.loc) < 2:
        raise NotApplicableError("One image alone has nothing to go to", "Name two codes, such as start=random:1")
    first = pick_code(shown, settings.start or f"{part}:{codes.index[0]}", images=trained)
    if settings.end:
        return first, pick_code(shown, settings.end, images=trained)
    others = np.arange(len(codes.loc))[1:] if not settings.start else np.arange(len(codes.loc))
    if codes.labels is not None and first.y is not None and (codes.labels[others] != first.y).any():
        others = others[codes.labels[others] != first.y]
    return first, pick_code(shown, f"{part}:{codes.index[others[0]]}", images=trained)


def _labels(
    trained: Trained, first: Picked, last: Picked, settings: Settings, t: Array
) -> tuple[Array | None, tuple[str, ...]]:
    """Classes to decode with: the ones asked for, or each end's own, changing in the middle."""
    start = decode_class(trained, settings.label, default=first.y or 0)
    end = decode_class(trained, settings.end_label or settings.label, default=last.y or 0)
    if start is None or end is None:
        return None, ()
    note = f"decoded as class {trained.class_names[start]}"
    if start != end:
        note += f", from the middle on as {trained.class_names[end]}"
    return classes_along(t, start, end), (note,)


VIEW = View(Settings, compute)
