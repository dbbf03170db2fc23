"""Three ways between the same two codes beside each other: straight, along the sphere, and the shortest in images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import amount_text
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views import interpolation
from latentexplorer.views.base import Array, SnapshotSettings, View, ViewResult
from latentexplorer.views.fading import FADE_HELP, Fading, fading_of
from latentexplorer.views.lookup import at_epoch, code_note, decode, decode_class
from latentexplorer.views.pick import Pick, Picked

if TYPE_CHECKING:
    from latentexplorer.latent.geodesic import Way
    from latentexplorer.runs import Trained

NAMES = ("linear", "spherical", "geodesic")
SEGMENTS, ITERATIONS = 32, 200
ALIKE = 2e-3
"""Ways are called equally long where their lengths differ by less than this part."""


class Settings(SnapshotSettings):
    """From where to where, in how many images, and how long the shortest way is looked for."""

    start: Pick = Field("", title="From", description="A code by name, as in an interpolation.")
    end: Pick = Field("", title="To", description="Written as the start. Empty: a held-out image of another class.")
    steps: int = Field(10, ge=2, le=40, title="Images", description="Images in each strip, both ends included.")
    label: str = Field(
        "",
        max_length=200,
        title="Class",
        description="The class a conditional model decodes. Empty: that of the start.",
    )
    segments: int = Field(
        SEGMENTS,
        ge=2,
        le=200,
        title="Steps",
        description="Steps that each way is measured in, and the geodesic bends at.",
    )
    iterations: int = Field(
        ITERATIONS, ge=1, le=5000, title="Iterations", description="At most so many; fewer where it has settled."
    )
    fade: bool = Field(False, title="Fade away from data", description=FADE_HELP)


def three(value: float) -> str:
    """Three figures, the last of them also where it is nought: `0.430`, `12.0`, `104`, `1,204`."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:#.3g}".rstrip(".")


@dataclass(frozen=True, eq=False)
class Strip:
    """One way, decoded at S places that are evenly far apart in steps.

    Attributes
    ----------
    name : str
        One of `NAMES`.
    way : Way
        Its codes, its steps and its lengths.
    images : (S, H, W', C) float32
    codes : (S, D) float32
    """

    name: str
    way: Way
    images: Array
    codes: Array

    @property
    def lengths(self) -> tuple[str, str, str]:
        """`0.812 in pixels`, `9.41 in code units`, `steps 0.011 to 0.052`."""
        way = self.way
        steps = f"steps {amount_text(way.steps.min(), 2)} to {amount_text(way.steps.max(), 2)}"
        return f"{three(way.length)} in pixels", f"{three(way.code_length)} in code units", steps

    @property
    def words(self) -> str:
        """`0.812 in pixels, 9.41 in code units, steps 0.011 to 0.052`."""
        return ", ".join(self.lengths)

    @property
    def numbers(self) -> dict[str, Any]:
        """Lengths, energy and steps, as JSON has them."""
        return {
            "length_pixels": self.way.length,
            "length_codes": self.way.code_length,
            "energy": self.way.energy,
            "steps_pixels": self.way.steps.tolist(),
        }


@dataclass(frozen=True)
class Result(ViewResult):
    """Three strips between two codes.

    Attributes
    ----------
    strips : tuple of three Strip
        In the order of `NAMES`.
    start, end : Picked
    label : int or None
        The class that all is decoded as (conditional models).
    fading : Fading or None
        How boldly each image is shown, (3, S); None: all alike.
    """

    strips: tuple[Strip, ...]
    start: Picked
    end: Picked
    label: int | None
    fading: Fading | None = None

    @property
    def numbers(self) -> dict[str, Any]:
        """What a command prints: each way by name, how it ended, and what must be known."""
        geodesic = self.strips[-1].way
        found = {strip.name: strip.numbers for strip in self.strips}
        ended = {"iterations": geodesic.iteration, "settled": geodesic.settled}
        return {"from": self.start.title, "to": self.end.title, **found, **ended, "notes": list(self.notes)}


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """The three ways between two codes, measured and decoded."""
    from latentexplorer.latent.geodesic import geodesic

    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    first, last = interpolation.ends_of(
        trained, shown, interpolation.Settings(start=settings.start, end=settings.end, steps=settings.steps)
    )
    label = decode_class(trained, settings.label, default=first.y or 0)
    known = fixed_ways(shown, first.z, last.z, label, settings.segments)
    way = geodesic(
        shown.model,
        first.z,
        last.z,
        label,
        segments=settings.segments,
        iterations=settings.iterations,
        emit=emit,
        stop=stop,
    )
    strips = tuple(
        strip_of(shown, name, found, label, settings.steps) for name, found in zip(NAMES, (*known, way), strict=True)
    )
    fading = None
    if settings.fade:
        codes = np.concatenate([strip.codes for strip in strips])
        fading = fading_of(shown, codes, label, stop=stop).shaped((len(strips), settings.steps))
    named = "" if label is None else f", as class {trained.class_names[label]}"
    return Result(
        strips=strips,
        start=first,
        end=last,
        label=label,
        fading=fading,
        title="Path race",
        subtitle=f"{first.title} → {last.title}{named}",
        notes=(
            f"{verdict([strip.way for strip in strips])} {UNIT}",
            *code_note(trained),
            *(() if fading is None else (fading.note,)),
        ),
    )


UNIT = "In pixels: the sum of root mean squared changes of the image, all its numbers on [0, 1]."


def fixed_ways(run: Trained, start: Array, end: Array, y: int | None, segments: int = SEGMENTS) -> tuple[Way, Way]:
    """The straight and the spherical way between two codes (D,), measured.

    Raises
    ------
    NotApplicableError
        For two ends that are one and the same code.
    """
    from latentexplorer.latent.geodesic import way_of
    from latentexplorer.latent.interpolation import interpolate

    if np.array_equal(start, end):
        raise NotApplicableError("Both ends are the same code: there is no way between them", "Choose another end")
    straight, round_ = (way_of(run.model, interpolate(start, end, segments + 1, way), y) for way in _FIXED)
    return straight, round_


_FIXED: tuple[Literal["linear", "spherical"], ...] = ("linear", "spherical")


def strip_of(run: Trained, name: str, way: Way, y: int | None, steps: int) -> Strip:
    """A way decoded at `steps` places."""
    codes = way.at(np.linspace(0, 1, steps))
    return Strip(name, way, decode(run, codes, y), codes)


def verdict(ways: list[Way]) -> str:
    """What the race came to, in a sentence: how much shorter the geodesic is, or that there is nothing to gain."""
    straight, round_, shortest = ways
    dims = straight.codes.shape[1]
    if not straight.length > 0:
        return "The decoder does not tell these two codes apart."
    said = ""
    if dims == 1:
        said = "With one dimension there is one way: the geodesic only goes it at an even pace."
    elif straight.length <= shortest.length * (1 + ALIKE):
        said = "No way is shorter in pixels than the straight line"
        even = float(np.ptp(straight.steps)) <= ALIKE * float(straight.steps.mean())
        said += ", along which the decoder changes evenly, as a linear one does." if even else "."
    else:
        said = f"The geodesic is {_less(shortest, straight)} shorter in pixels than linear"
        said += f", {_less(shortest, round_)} than spherical." if round_.length > shortest.length else "."
    if dims > 1 and np.array_equal(round_.codes, straight.codes):
        said += " The ends are parallel: the spherical way is the straight one."
    if not shortest.settled:
        said += f" After {shortest.iteration:,} iterations it still gets shorter."
    return said


def briefly(ways: list[Way]) -> str:
    """`verdict` where there is little room."""
    straight, _, shortest = ways
    shorter = straight.length > shortest.length * (1 + ALIKE)
    return f"Geodesic {_less(shortest, straight)} shorter" if shorter else "Linear is as short"


def _less(way: Way, other: Way) -> str:
    return f"{amount_text(100 * (1 - way.length / other.length), 2)} %"


VIEW = View(Settings, compute)
