"""Draw and swap: one image, its style kept, in every class of a conditional model; and how true that comes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.asked_image import Asked, AskedSettings, asked, rmse_of, same_shape
from latentexplorer.views.base import (
    MAX_IMAGES,
    PART_NAMES,
    Array,
    SnapshotSettings,
    View,
    ViewResult,
    count_text,
)
from latentexplorer.views.class_grid import MOST_CLASSES, several, some_classes
from latentexplorer.views.lookup import at_epoch, class_number, decode, needs_class
from latentexplorer.views.new_image import Files
from latentexplorer.views.pick import Pick

if TYPE_CHECKING:
    from latentexplorer.latent.swapped import Swaps
    from latentexplorer.runs import Trained


class Settings(SnapshotSettings):
    """Which image, and into which class."""

    code: Pick = Field(
        "", title="Image", description="An image of the data, such as test:3. Empty: the first held-out one."
    )
    image: Files = Field((), max_length=1, title="New image", description="The file of an image that is none of these.")
    label: str = Field(
        "", max_length=200, title="Class", description="The class of the image. Empty: its own, or the one that fits."
    )
    to: str = Field("", max_length=200, title="To", description="The class it is changed to. Empty: the next one.")
    classes: Annotated[tuple[str, ...], BeforeValidator(several)] = Field(
        (), max_length=MAX_IMAGES, title="Classes", description="Names of the classes in the strip. Empty: all."
    )
    checks: int = Field(
        200,
        ge=0,
        le=10_000,
        title="Checks",
        description="Swaps of held-out images that it is checked by, where the true images are known. 0: none.",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Which images and classes these are.")


@dataclass(frozen=True)
class Result(ViewResult):
    """An image in M of K classes.

    Attributes
    ----------
    original : (H, W, C) uint8
    z : (D,) float32
        Its code: the style.
    own, to : int
        The class it was encoded as, and the one it is changed to.
    classes : (M,) int64
    names : tuple of M str
    images : (M, H, W, C) float32
        The code decoded as each.
    truth : Truth or None
        What it should have been, where that is known.
    swaps : Swaps or None
        How well other images are swapped.
    class_names : tuple of K str
    said : str
        As what it was encoded, and why.
    """

    original: Array
    z: Array
    own: int
    to: int
    classes: Array
    names: tuple[str, ...]
    images: Array
    truth: Truth | None
    swaps: Swaps | None
    class_names: tuple[str, ...]
    said: str

    @property
    def swap(self) -> Array:
        """(H, W, C), the code decoded as `to`."""
        found: Array = self.images[self.at]
        return found

    def changed_to(self, to: int) -> Result:
        """The same with another class of the strip."""
        return replace(self, to=to)

    @property
    def at(self) -> int:
        """Where `to` stands among the classes."""
        return int(np.flatnonzero(self.classes == self.to)[0])

    @property
    def numbers(self) -> dict[str, Any]:
        return document(self)


@dataclass(frozen=True, eq=False)
class Truth:
    """The same style in K classes, drawn as the data was.

    Attributes
    ----------
    images : (K, H, W, C) uint8
    means : (K, H, W, C) float64
        The mean training image of each class.
    """

    images: Array
    means: Array

    def error(self, swap: Array, to: int) -> tuple[float, float]:
        """Errors, on [0, 1], of a decode as the class `to`, and of that class's mean image."""
        truth = self.images[to].astype(np.float64) / 255
        return rmse_of(swap, self.images[to]), float(np.sqrt(np.square(self.means[to] - truth).mean()))

    def words(self, result: Result) -> str:
        """How far the chosen swap is from the true image, for a person."""
        error, mean = self.error(result.swap, result.to)
        name = result.class_names[result.to]
        beside = (
            f"the mean image of {name} is {mean:.3f}" if np.isfinite(mean) else f"no image of {name} was trained on"
        )
        return f"As {name} it is {error:.3f} from the true image (rmse on [0, 1]); {beside}"


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Swap the class of an image that settings name.

    Raises
    ------
    NotApplicableError
        For a model that decodes without a class.
    """
    needs_class(trained)
    image = asked(trained, _asked_for(settings), emit=emit, stop=stop)
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    if shown is not trained:
        image = replace(image, known=None)
    classes = some_classes(trained, settings.classes, MOST_CLASSES)
    result = swap(shown, image, settings.label, settings.to, classes, emit=emit, stop=stop)
    truth = truth_of(trained, image)
    swaps = checked(trained, shown, settings.checks, settings.seed, emit=emit, stop=stop) if settings.checks else None
    said = [truth.words(result)] if truth is not None else []
    if swaps is not None:
        said.append(check_words(swaps))
    if swaps is None and settings.checks:
        said.append(UNKNOWN)
    return replace(result, truth=truth, swaps=swaps, notes=(*result.notes, *said))


UNKNOWN = (
    "How true a swap is cannot be told: these images are not generated, so the same style in another class is unknown"
)


def swap(
    trained: Trained,
    image: Asked,
    label: str = "",
    to: str = "",
    classes: Array | None = None,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Result:
    """An image at hand, its style in all classes.

    Parameters
    ----------
    label : str
        Its class; "": the one it has, else the one that gives it back best.
    to : str
        "": the next class.
    classes : (M,) int64 or None
        Those of the strip; `to` is added where it is not among them.
    """
    from latentexplorer.latent.codes import infer
    from latentexplorer.views.bring import encoding_classes

    needs_class(trained)
    same_shape(trained, image)
    names = trained.class_names
    y, why = encoding_classes(trained, image.pixels[None], [image.label], label, emit, stop)
    assert y is not None
    own = int(y[0])
    if image.known is not None and names[own] == image.label:
        z = image.known
    else:
        z = infer(trained, image.pixels[None], y, stop=stop).codes.loc[0]
    if not np.isfinite(z).all():
        raise NotApplicableError("The model gives no finite code for this image", "Train it with a lower learning rate")
    said = f"encoded as {names[own]}, its class" if image.label and not label else why[0]
    target = class_number(trained, to) if to else (own + 1) % len(names)
    strip = some_classes(trained, (), MOST_CLASSES) if classes is None else classes
    if target not in strip:
        strip = np.append(strip, target)
    images = decode(trained, np.repeat(z[None], len(strip), 0), strip, emit=emit, stop=stop)
    notes = [*image.notes, f"{said[0].upper()}{said[1:]}"]
    if len(strip) < len(names):
        notes.append(f"{len(strip):,} of {count_text(len(names), 'class', 'classes')}")
    if len(names) == 1:
        notes.append("There is one class only: nothing to change it to")
    return Result(
        original=image.pixels,
        z=np.asarray(z, np.float32),
        own=own,
        to=target,
        classes=strip,
        names=tuple(names[number] for number in strip),
        images=images,
        truth=None,
        swaps=None,
        class_names=names,
        said=said,
        title="Swapped",
        subtitle=f"{image.name}: {names[own]} to {names[target]}",
        notes=tuple(notes),
    )


def _asked_for(settings: Settings) -> AskedSettings:
    """The settings by which an image is asked for; its own class is its own, whatever it is to be encoded as."""
    return AskedSettings(code=settings.code, image=settings.image)


# -- how true it is ----------------------------------------------------------------------------------------------------


def may_be_known(trained: Trained) -> bool:
    """Whether the images of a run are generated, so that a style can be drawn in any class."""
    from latentexplorer.data.known_styles import GENERATED

    return trained.data is not None and trained.config.data.name in GENERATED


def truth_of(trained: Trained, image: Asked) -> Truth | None:
    """The style of an image of a generated set in every class; None where that is not known."""
    from latentexplorer.data.known_styles import KnownStyles
    from latentexplorer.latent.swapped import means_of

    if image.index is None or trained.data is None:
        return None
    styles = KnownStyles.of(trained.config.data, trained.images(image.part))
    if styles is None:
        return None
    classes = np.arange(trained.num_classes)
    return Truth(styles.drawn(np.full(len(classes), image.index), classes), means_of(trained))


def checked(
    trained: Trained, shown: Trained, count: int = 200, seed: int = 0, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> Swaps | None:
    """How well held-out images are swapped; None where the same style in another class is not known.

    `shown` has the weights, `trained` the images.
    """
    from latentexplorer.data.known_styles import KnownStyles
    from latentexplorer.latent.swapped import judge

    if trained.data is None:
        return None
    part = "test" if "test" in shown.codes and len(shown.codes["test"]) else "train"
    try:
        styles = KnownStyles.of(trained.config.data, trained.images(part))
        if styles is None:
            return None
        with_images = replace(shown, data=trained.data)
        return judge(with_images, styles, part, count=count, seed=seed, emit=emit, stop=stop)
    except NotApplicableError:
        return None


def check_words(swaps: Swaps) -> str:
    """How true swaps are, for a person."""
    errors = swaps.errors
    count = len(errors.swapped)
    spread = swaps.standard_error
    mean, other = errors.better
    images = count_text(swaps.images, f"{PART_NAMES[swaps.part]} image")
    error = f"{errors.swapped.mean():.3f}" + (
        f" ± {spread:.3f} (standard error over images)" if np.isfinite(spread) else ""
    )
    said = [
        f"{count_text(count, 'swap')} of {images} beside the true image: error {error}",
        f"the mean image of the class {errors.mean_images:.3f} (worse in {100 * mean:.0f} %)"
        if np.isfinite(mean)
        else "no image of these classes was trained on",
        f"another image's style {errors.other.mean():.3f} (worse in {100 * other:.0f} %)",
    ]
    if swaps.holds_class:
        said.append("the code still holds the class, and a higher KL weight (model.beta) leaves it the style")
    return "; ".join(said)


def document(result: Result) -> dict[str, Any]:
    """The numbers, for programs; null of what is not known."""
    truth, swaps = result.truth, result.swaps
    strip = []
    for name, number, image in zip(result.names, result.classes, result.images, strict=True):
        error, mean = (None, None) if truth is None else truth.error(image, int(number))
        strip.append({"class": name, "error": error, "mean_image_error": mean})
    found: dict[str, Any] = {
        "image": result.subtitle,
        "class": result.class_names[result.own],
        "to": result.class_names[result.to],
        "code": [float(value) for value in result.z],
        "classes": strip,
        "checked": None,
    }
    if swaps is not None:
        errors = swaps.errors
        mean, other = errors.better
        found["checked"] = {
            "part": swaps.part,
            "swaps": len(errors.swapped),
            "images": swaps.images,
            "error": float(errors.swapped.mean()),
            "standard_error": swaps.standard_error,
            "mean_image_error": errors.mean_images,
            "other_style_error": float(errors.other.mean()),
            "better_than_mean_image": mean,
            "better_than_other_style": other,
        }
    return {**found, "notes": list(result.notes)}


__all__ = ["VIEW", "Result", "Settings", "Truth", "check_words", "compute", "document", "swap", "truth_of"]
VIEW = View(Settings, compute)
