"""An image of which a part is missing, completed: its code is inferred from what is left, by one run or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.paths import expanded, is_folder, run_path
from latentexplorer.views.asked_image import Asked, AskedSettings, asked, class_for, rmse_of, same_shape
from latentexplorer.views.base import Array, View, ViewResult
from latentexplorer.views.lookup import at_epoch, decode
from latentexplorer.views.missing_part import Part, erased_of, missing_words

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

ALIKE = 0.01
"""Root mean squared difference, on [0, 1], of completions that look the same."""


class Settings(AskedSettings):
    """Which image, what of it is missing, and which runs complete it."""

    missing: tuple[Part, ...] = Field(
        ("upper-left",),
        max_length=9,
        title="Missing",
        description="Halves and quadrants that are erased: left, upper-left, ..., all.",
    )
    mask: str = Field(
        "",
        max_length=4096,
        title="Mask",
        description="A picture as large as the images; what is bright in it is erased.",
    )
    whole: bool = Field(
        False, title="Whole decode", description="Show all that the model decodes, also where the image is known."
    )
    runs: tuple[str, ...] = Field(
        (), max_length=8, title="Other runs", description="Folders (or names) of runs that complete the same image."
    )


@dataclass(frozen=True, eq=False)
class Completions:
    """What one run makes of what is left.

    Attributes
    ----------
    run, family : str
    names : tuple of str
        Where each of the S completions comes from.
    z : (S, D) float32
    images : (S, H, W, C) float32
        Decodes, whole.
    left, missing : (S,) float64
        Root mean squared error on [0, 1] of what is left, and of what is missing; NaN of nothing.
    label : int or None
        The class it was decoded with.
    words : str
        How they were found, for a person.
    different : int
        How many of them look different.
    """

    run: str
    family: str
    names: tuple[str, ...]
    z: Array
    images: Array
    left: Array
    missing: Array
    label: int | None
    words: str
    different: int

    def shown(self, original: Array, erased: Array, whole: bool) -> Array:
        """Its pictures (S, H, W, C), float: the original where that is known, unless the whole decode is wanted."""
        if whole:
            return self.images
        return np.where(erased[None, :, :, None], self.images, original[None] / 255).astype(np.float32)


@dataclass(frozen=True)
class Result(ViewResult):
    """An image, what is missing of it, and its completions by each run.

    Attributes
    ----------
    original : (H, W, C) uint8
    erased : (H, W) bool
    whole : bool
    rows : tuple of Completions
        The run's own first. The best of each (lowest objective) comes first.
    """

    original: Array
    erased: Array
    whole: bool
    rows: tuple[Completions, ...]


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Complete an image that settings name."""
    image = asked(trained, settings, emit=emit, stop=stop)
    erased = erased_of(trained, settings.missing, settings.mask)
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    # Only the run itself is told a class that somebody chose: others may decode without one.
    class_for(shown, image, settings.label)
    beside = trained.path
    runs = (shown, *_others(settings.runs, beside, emit, stop))
    result = mend(runs, image, erased, settings, emit=emit, stop=stop)
    stop.check()
    return result


def mend(
    runs: Sequence[Trained],
    image: Asked,
    erased: Array,
    settings: Settings,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Result:
    """Complete an image that is at hand, by each of some runs; one that is stopped keeps what it has."""
    for run in runs:
        same_shape(run, image)
    rows = tuple(complete(run, image, erased, settings, emit=emit, stop=stop) for run in runs)
    notes = [missing_words(erased), *image.notes]
    if not erased.any():
        notes.append("Nothing is erased: these are its reconstructions by descent")
    elif erased.all():
        notes.append("All is erased: nothing speaks against the likeliest code, which is all there is to see")
    for row in rows:
        same = f"; {different_words(row.different, len(row.names))}" if len(row.names) > 1 else ""
        notes.append(f"{row.run}: {row.words}{same}")
    return Result(
        original=image.pixels,
        erased=erased,
        whole=settings.whole,
        rows=rows,
        title="Mended",
        subtitle=image.name,
        notes=tuple(notes),
    )


def complete(
    trained: Trained,
    image: Asked,
    erased: Array,
    settings: Settings,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Completions:
    """The completions of one run: in closed form by PCA, else by descent from several starts."""
    from latentexplorer.latent.code_cost import CodeCost
    from latentexplorer.latent.code_search import decodes_one_image, search
    from latentexplorer.latent.code_starts import starts_for
    from latentexplorer.latent.linear_code import linear_draws, linear_posterior

    decodes_one_image(trained)
    seen = ~erased
    y = class_for(trained, image)
    known = linear_posterior(trained, image.pixels, seen)
    if known is not None:
        z = linear_draws(*known, count=settings.starts, seed=settings.seed)
        names = ("closed form", *(f"posterior draw {number}" for number in range(1, len(z))))
        words = "in closed form, then draws from the posterior of what is left"
    else:
        starts = starts_for(trained, image.pixels, seen=seen, y=y, count=settings.starts, seed=settings.seed, stop=stop)
        found = search(trained, image.pixels, starts, seen=seen, y=y, steps=settings.steps, emit=emit, stop=stop)
        order = np.argsort(found.least, kind="stable")
        z, names = found.z[order], tuple(found.names[at] for at in order)
        taken = len(found.costs) - 1
        cut = f"stopped after {taken} of {found.asked} steps" if taken < found.asked else f"{taken} steps"
        words = f"{cut} from each start on what is left and {CodeCost.of(trained).words}"
    images = decode(trained, z, y)
    return Completions(
        run=trained.name,
        family=trained.config.model.kind.title,
        names=names,
        z=z,
        images=images,
        left=np.array([rmse_of(each[seen], image.pixels[seen]) for each in images]),
        missing=np.array([rmse_of(each[erased], image.pixels[erased]) for each in images]),
        label=y,
        words=words,
        different=_different(images),
    )


def different_words(different: int, count: int) -> str:
    """`all 4 look alike`, `3 different ones among 4`."""
    return f"all {count} look alike" if different == 1 else f"{different} different ones among {count}"


def _different(images: Array) -> int:
    """How many of some pictures (S, H, W, C) look different from all before them."""
    kept: list[Array] = []
    for each in images:
        if all(np.sqrt(np.square(each - other).mean()) > ALIKE for other in kept):
            kept.append(each)
    return len(kept)


def _others(names: Sequence[str], beside: Path | None, emit: Emit, stop: StopToken) -> list[Trained]:
    from latentexplorer.runs import Trained

    found = []
    for name in names:
        path = run_path(name, beside)
        if beside is not None and is_folder(path) and expanded(str(path)).resolve() == beside.resolve():
            raise SettingsError(f"{name} is the run itself", "Name other runs")
        found.append(Trained.load(path, emit=emit, stop=stop))
    return found


def document(result: Result) -> dict[str, object]:
    """The numbers of all completions, for programs; null of nothing."""

    def number(value: float) -> float | None:
        return float(value) if np.isfinite(value) else None

    return {
        "image": result.subtitle,
        "erased": int(result.erased.sum()),
        "pixels": int(result.erased.size),
        "runs": [
            {
                "run": row.run,
                "family": row.family,
                "class": row.label,
                "different": row.different,
                "completions": [
                    {
                        "start": name,
                        "error_left": number(row.left[at]),
                        "error_missing": number(row.missing[at]),
                        "code": [float(value) for value in row.z[at]],
                    }
                    for at, name in enumerate(row.names)
                ],
            }
            for row in result.rows
        ],
        "notes": list(result.notes),
    }


__all__ = ["VIEW", "Completions", "Result", "Settings", "compute", "document", "mend"]
VIEW = View(Settings, compute)
