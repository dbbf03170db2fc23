"""A code being found: the error of every step from several starts, pictures on the way, and where it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.data.subsets import spaced
from latentexplorer.views.asked_image import Asked, AskedSettings, asked, class_for, rmse_of, same_shape
from latentexplorer.views.base import Array, View, ViewResult
from latentexplorer.views.lookup import at_epoch, decode

if TYPE_CHECKING:
    from latentexplorer.latent.code_search import CodeSearch
    from latentexplorer.runs import Trained

PICTURES = 8
MOST_POINTS, MOST_APART = 2_000, 200


class Settings(AskedSettings):
    """Which image, from how many starts."""


@dataclass(frozen=True)
class Plane:
    """Two directions that codes are shown along: their own two numbers, or their principal components."""

    centre: Array
    basis: Array
    axes: tuple[str, str]

    def place(self, z: Array) -> Array:
        """Coordinates (..., 2) of codes (..., D)."""
        return np.asarray((z - self.centre) @ self.basis.T)


@dataclass(frozen=True)
class Result(ViewResult):
    """A search for a code.

    Attributes
    ----------
    original : (H, W, C) uint8
    names : tuple of str
        The S starts.
    errors, costs : (L, S) float64
        At each step: root mean squared error on [0, 1], and the objective in nats.
    least, error : (S,) float64
        The objective and the error of the code that each start has found.
    best : int
        The start that ended lowest.
    z : (D,) float32
        The code found.
    label : int or None
        The class it was decoded with.
    shown : (K,) int64
        Steps of the best start that `pictures` (K, H, W, C), float32, are decodes of.
    points : (M, 2) float64
        Training codes on the plane; empty where none are known.
    trails : (L, S, 2) float64
    axes : (str, str)
        What the plane's sides are.
    encoder_error, gap : float or None
        The error of what the encoder says, and its objective above that of the code found, nats.
    known_error, known_distance : float or None
        The error of the code that the run keeps for the image, and how far the code found lies from it, in units of
        the distance between two training codes (median).
    sentence : str
        All that in words.
    """

    original: Array
    names: tuple[str, ...]
    errors: Array
    costs: Array
    least: Array
    error: Array
    best: int
    z: Array
    label: int | None
    shown: Array
    pictures: Array
    points: Array
    trails: Array
    axes: tuple[str, str]
    encoder_error: float | None
    gap: float | None
    known_error: float | None
    known_distance: float | None
    sentence: str


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Seek the code of an image."""
    image = asked(trained, settings, emit=emit, stop=stop)
    result = watch(at_epoch(trained, settings.epoch, emit=emit, stop=stop), image, settings, emit=emit, stop=stop)
    stop.check()
    return result


def watch(
    trained: Trained, image: Asked, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> Result:
    """The same for an image that is at hand; a search that is stopped keeps what it has."""
    from latentexplorer.latent.code_search import decodes_one_image, search
    from latentexplorer.latent.code_starts import starts_for

    decodes_one_image(trained)
    same_shape(trained, image)
    y = class_for(trained, image, settings.label)
    starts = starts_for(trained, image.pixels, y=y, count=settings.starts, seed=settings.seed, stop=stop)
    found = search(trained, image.pixels, starts, y=y, steps=settings.steps, emit=emit, stop=stop)
    best, taken = found.best, len(found.costs) - 1
    shown = np.unique(np.geomspace(1, taken + 1, PICTURES).round().astype(np.int64)) - 1
    codes = np.concatenate([found.trail[shown, best], found.z[best][None]])
    pictures = decode(trained, codes, y)
    shown_steps = np.append(shown, found.looks[best])
    plane = plane_of(trained, found)
    encoded = found.names[0] == "the encoder's code"
    gap = float(found.costs[0, 0] - found.least[best]) if encoded else None
    known_error, away = _known(trained, image, y, found)
    numbers = (float(found.errors[0, 0]) if encoded else None, gap, known_error, away)
    codes_known = trained.codes.get("train")
    points = (
        np.empty((0, 2)) if codes_known is None else plane.place(codes_known.loc[spaced(len(codes_known), MOST_POINTS)])
    )
    stopped = f"Stopped after {taken} of {found.asked} steps" if taken < found.asked else ""
    named = f", as class {trained.class_names[y]}" if y is not None else ""
    return Result(
        original=image.pixels,
        names=found.names,
        errors=found.errors,
        costs=found.costs,
        least=found.least,
        error=found.error,
        best=best,
        z=found.z[best],
        label=y,
        shown=shown_steps,
        pictures=pictures,
        points=points,
        trails=plane.place(found.trail),
        axes=plane.axes,
        encoder_error=numbers[0],
        gap=gap,
        known_error=known_error,
        known_distance=away,
        sentence=_sentence(found, *numbers),
        title="Code found",
        subtitle=f"{image.name}{named}, {len(found.names)} {'start' if len(found.names) == 1 else 'starts'}",
        notes=tuple(filter(None, (stopped, *image.notes, _sentence(found, *numbers)))),
    )


def plane_of(trained: Trained, found: CodeSearch) -> Plane:
    """Where a trail is shown: the codes' two numbers, or the principal components of training codes."""
    size = trained.code_dim
    if size <= 2:
        return Plane(np.zeros(size), np.eye(2, size), ("z0", "z1" if size == 2 else ""))
    codes = trained.codes.get("train")
    cloud = (
        codes.loc[spaced(len(codes), MOST_POINTS)]
        if codes is not None and len(codes) > 2
        else found.trail.reshape(-1, size)
    )
    centre = cloud.mean(0)
    # Of many codes the other side of it would have as many rows and columns as there are codes.
    basis = np.linalg.svd(cloud - centre, full_matrices=len(cloud) <= size)[2][:2]
    # The sign of a component means nothing: always the same one.
    basis *= np.sign(basis[np.arange(2), np.abs(basis).argmax(1)])[:, None]
    return Plane(centre, basis, ("component 1", "component 2"))


def _known(trained: Trained, image: Asked, y: int | None, found: CodeSearch) -> tuple[float | None, float | None]:
    """The error of the code that the run keeps, and how far from it the code found is."""
    codes = trained.codes.get("train")
    if image.known is None:
        return None, None
    error = rmse_of(decode(trained, image.known[None], y)[0], image.pixels)
    if codes is None or len(codes) < 2:
        return error, None
    some = codes.loc[spaced(len(codes), MOST_APART)]
    apart = np.linalg.norm(some[:, None] - some[None], axis=2)[np.triu_indices(len(some), 1)]
    usual = float(np.median(apart))
    return error, float(np.linalg.norm(found.z[found.best] - image.known)) / usual if usual > 0 else None


def _sentence(
    found: CodeSearch, encoder: float | None, gap: float | None, known: float | None, away: float | None
) -> str:
    best = found.best
    ends = found.least
    close = int((ends - ends[best] < 0.5).sum())
    parts = [
        f"Lowest from {found.names[best]}: error {found.error[best]:.3f} on [0, 1] after {found.looks[best]} steps"
    ]
    if len(ends) > 1:
        parts.append(f"{close} of {len(ends)} starts end within half a nat of it")
    if encoder is not None and gap is not None:
        parts.append(f"what the encoder says has an error of {encoder:.3f} and costs {gap:.1f} nats more")
    if known is not None:
        far = "" if away is None else f", {away:.2f} of the usual distance between codes away"
        parts.append(f"the code kept for the image has {known:.3f}{far}")
    return "; ".join(parts)


def document(result: Result) -> dict[str, object]:
    """The numbers of a search, for programs."""
    return {
        "image": result.subtitle,
        "code": [float(value) for value in result.z],
        "class": result.label,
        "best": result.best,
        "starts": [
            {
                "name": name,
                "error": float(result.error[at]),
                "objective": float(result.least[at]),
                "errors": result.errors[:, at].tolist(),
            }
            for at, name in enumerate(result.names)
        ],
        "steps": len(result.errors) - 1,
        "encoder_error": result.encoder_error,
        "amortisation_gap": result.gap,
        "known_error": result.known_error,
        "known_distance": result.known_distance,
        "sentence": result.sentence,
        "notes": list(result.notes),
    }


VIEW = View(Settings, compute)
