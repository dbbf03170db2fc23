"""One style in every class: codes as rows, the classes of a conditional model as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.data.subsets import spaced
from latentexplorer.views import interpolation
from latentexplorer.views.base import (
    MAX_IMAGES,
    PART_NAMES,
    Array,
    Part,
    SnapshotSettings,
    View,
    ViewResult,
    count_text,
)
from latentexplorer.views.lookup import at_epoch, class_number, code_note, decode, draw, needs_class, originals
from latentexplorer.views.pick import Pick, pick_code

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MOST_CLASSES = 62
"""Classes that are shown where none are named: digits with both cases of the letters still are, all of them."""


def several(names: Any) -> Any:
    """One name alone is a list of one."""
    return names if isinstance(names, list | tuple) else (names,)


class Settings(SnapshotSettings):
    """Which styles, and in which classes."""

    source: Literal["prior", "held-out", "code", "path"] = Field(
        "prior",
        title="Styles",
        description="Draws from the prior, codes of held-out images, one code, or the way from a code to another.",
    )
    count: int = Field(6, ge=1, le=256, title="Rows", description="How many styles; of one code there is one.")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Another seed, other draws, other images.")
    code: Pick = Field(
        "",
        title="Code",
        description="The one code, or where the way begins: test:3, random:7 or its numbers. Empty: a held-out image.",
    )
    end: Pick = Field("", title="To", description="Where the way ends. Empty: a held-out image of another class.")
    method: Literal["lerp", "slerp"] = Field("lerp", title="Way", description="Straight, or along the sphere.")
    classes: Annotated[tuple[str, ...], BeforeValidator(several)] = Field(
        (), max_length=MAX_IMAGES, title="Classes", description="Names of the classes, in their order. Empty: all."
    )
    most: int = Field(
        MOST_CLASSES,
        ge=1,
        le=MAX_IMAGES,
        title="Classes at most",
        description="Where none are named and there are more: so many, evenly spread over the list of classes.",
    )


@dataclass(frozen=True)
class Result(ViewResult):
    """R styles in M of K classes.

    Attributes
    ----------
    images : (R, M, H, W', C) float32 in [0, 1]
    codes : (R, D) float32
    own : (R,) int64, or None
        The classes of the images that the codes are of.
    index : (R,) int64, or None
        Positions of these images in `part`.
    originals : (R, H, W, C) uint8, or None
        These images, where they are there.
    classes : (M,) int64
    class_names : tuple of M str
    class_count : int
        K.
    styles : tuple of R str
        What the codes are.
    """

    images: Array
    codes: Array
    own: Array | None
    index: Array | None
    part: Part
    originals: Array | None
    classes: Array
    class_names: tuple[str, ...]
    class_count: int
    styles: tuple[str, ...]


@dataclass(frozen=True)
class _Styles:
    """R codes, what they are called, and the images that they are of."""

    codes: Array
    names: tuple[str, ...]
    words: str
    part: Part = "test"
    index: Array | None = None
    own: Array | None = None


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Decode every style as every class.

    Raises
    ------
    NotApplicableError
        For a model that decodes without a class.
    """
    needs_class(trained)
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    classes = some_classes(trained, settings.classes, settings.most)
    rows = 1 if settings.source == "code" else settings.count
    if rows * len(classes) > MAX_IMAGES:
        raise SettingsError(
            f"{count_text(rows, 'style')} of {len(classes):,} classes are more than {MAX_IMAGES:,} images",
            "Take fewer of either",
        )
    styles = _SOURCES[settings.source](trained, shown, settings)
    z, y = styles.codes.repeat(len(classes), 0), np.tile(classes, len(styles.codes))
    images = decode(shown, z, y, emit=emit, stop=stop)
    there = styles.index is not None and trained.data is not None
    return Result(
        images=images.reshape(len(styles.codes), len(classes), *images.shape[1:]),
        codes=styles.codes,
        own=styles.own,
        index=styles.index,
        part=styles.part,
        originals=originals(trained, styles.part, styles.index) if there and styles.index is not None else None,
        classes=classes,
        class_names=tuple(trained.class_names[number] for number in classes),
        class_count=trained.num_classes,
        styles=styles.names,
        title="Classes × styles",
        subtitle=styles.words,
        notes=(*_left_out(len(classes), trained.num_classes, bool(settings.classes)), *code_note(trained)),
    )


def some_classes(trained: Trained, wanted: Sequence[str], most: int) -> Array:
    """Numbers (M,) of the classes called so, each once; without names all, or `most` evenly spread over the list."""
    if wanted:
        return np.array(list(dict.fromkeys(class_number(trained, name) for name in wanted)), np.int64)
    return spaced(trained.num_classes, most)


def _left_out(shown: int, known: int, chosen: bool) -> tuple[str, ...]:
    """Which of the classes are seen, where these are not all."""
    if shown == known:
        return ()
    how = "the chosen ones" if chosen else "evenly spread over the list of classes"
    return (f"{shown:,} of {known:,} classes, {how}",)


# -- the rows ----------------------------------------------------------------------------------------------------------


def _drawn(trained: Trained, shown: Trained, settings: Settings) -> _Styles:
    codes, _ = draw(shown, settings.count, seed=settings.seed, label=0)
    names = tuple(f"draw {row + 1}" for row in range(settings.count))
    return _Styles(codes, names, f"{count_text(settings.count, 'draw')} from the {trained.config.model.prior} prior")


def _held_out(trained: Trained, shown: Trained, settings: Settings) -> _Styles:
    """Codes of images, of as many classes as there are rows; another seed, other images."""
    part: Part = "test" if "test" in shown.codes and len(shown.codes["test"]) else "train"
    codes = shown.codes_of(part)
    order = np.random.default_rng(settings.seed).permutation(len(codes))
    if codes.labels is not None:
        # The first image of every class comes before the second of any.
        labels = codes.labels[order]
        turn = np.empty(len(order), np.int64)
        for label in np.unique(labels):
            mine = labels == label
            turn[mine] = np.arange(mine.sum())
        order = order[np.argsort(turn, kind="stable")]
    codes = codes.take(order[: settings.count])
    name = PART_NAMES[part]
    words = f"codes of {count_text(len(codes), f'{name} image')}"
    names = tuple(f"image {position}" for position in codes.index)
    return _Styles(codes.loc, names, words, part, codes.index, codes.labels)


def _one(trained: Trained, shown: Trained, settings: Settings) -> _Styles:
    picked = pick_code(shown, settings.code or _first(shown), images=trained)
    return _Styles(picked.z[None], (picked.title,), picked.title)


def _path(trained: Trained, shown: Trained, settings: Settings) -> _Styles:
    from latentexplorer.latent.interpolation import interpolate

    if settings.count < 2:
        raise SettingsError("The way from one style to another has two ends", "Take two rows or more")
    first, last = interpolation.ends_of(
        trained, shown, interpolation.Settings(start=settings.code, end=settings.end, steps=2)
    )
    codes = interpolate(first.z, last.z, settings.count, "linear" if settings.method == "lerp" else "spherical")
    names = tuple(f"{100 * t:.0f} %" for t in np.linspace(0, 1, settings.count))
    return _Styles(codes, names, f"from {first.title} to {last.title}")


_SOURCES = {"prior": _drawn, "held-out": _held_out, "code": _one, "path": _path}


def _first(shown: Trained) -> str:
    part: Part = "test" if "test" in shown.codes and len(shown.codes["test"]) else "train"
    return f"{part}:{int(shown.codes_of(part).index[0])}"


VIEW = View(Settings, compute)
