"""The one image that a code is sought for: of the data, from a file, or brought to the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError, NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, SnapshotSettings
from latentexplorer.views.code import Code, code_of_image, image_of_code
from latentexplorer.views.lookup import class_number, decode_class, is_conditional
from latentexplorer.views.new_image import Files
from latentexplorer.views.pick import Pick, pick_code

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class AskedSettings(SnapshotSettings):
    """Which image, as which class, and how it is sought."""

    code: Pick = Field(
        "", title="Image", description="An image of the data, such as test:3. Empty: the first held-out one."
    )
    image: Files = Field((), max_length=1, title="New image", description="The file of an image that is none of these.")
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes. Empty: the image's own."
    )
    starts: int = Field(4, ge=1, le=16, title="Starts", description="Codes that the descent begins at.")
    steps: int = Field(300, ge=1, le=20_000, title="Steps", description="Gradient steps of each.")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Seed of the starts that are drawn.")


@dataclass(frozen=True, eq=False)
class Asked:
    """An image whose code is sought.

    Attributes
    ----------
    pixels : (H, W, C) uint8
    name : str
        For a person.
    label : str
        Name of its class, or of the one that it is to be decoded with; "" where nothing says so.
    known : (D,) float32 or None
        The code that the run keeps for it.
    notes : tuple of str
        What was done to the image.
    part, index : str and int, or "" and None
        Where it stands among the images of the run.
    """

    pixels: Array
    name: str
    label: str = ""
    known: Array | None = None
    notes: tuple[str, ...] = ()
    part: str = ""
    index: int | None = None


def asked(trained: Trained, settings: AskedSettings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Asked:
    """The image that settings name.

    Raises
    ------
    DataError, SettingsError
        Where there is none.
    NotApplicableError
        For a model that takes mixtures apart.
    """
    from latentexplorer.latent.code_search import decodes_one_image

    decodes_one_image(trained)
    names = trained.class_names
    if settings.image:
        from latentexplorer.views.bring import read

        given = read(trained, settings.image, emit=emit, stop=stop)
        if len(given.images) > 1:
            raise SettingsError(
                f"{settings.image[0]} holds {len(given.images)} images", "Name one: the file, #, its position"
            )
        image = given.images[0]
        return Asked(image.pixels, image.name, settings.label or given.labels[0], None, image.notes)
    pick = settings.code or _first(trained)
    picked = pick_code(trained, pick)
    if not isinstance(picked.pick, str) or not picked.pick.startswith(("train:", "test:")):
        raise SettingsError(f"{picked.title} is no image", "Name one, such as test:3, or give a file")
    if picked.original is None:
        raise DataError(f"The images of {trained.name} are not there", trained.missing or "Give a file")
    label = settings.label or ("" if picked.y is None or not names else names[picked.y])
    part, _, index = picked.pick.partition(":")
    return Asked(picked.original, picked.title, label, picked.z, part=part, index=int(index))


def asked_of_code(trained: Trained, code: Code) -> Asked:
    """The image that a code is the code of.

    Raises
    ------
    NotApplicableError
        Where it is that of none, or of a mixture.
    """
    from latentexplorer.latent.code_search import decodes_one_image

    decodes_one_image(trained)
    pixels = image_of_code(trained, code)
    if pixels is None or pixels.shape[:2] != trained.image_shape[1:]:
        raise NotApplicableError(
            "The current code is that of no image", "Choose an image, or drop, paste, open or draw one"
        )
    number = code.y if code.y is not None else code.label
    known = code_of_image(trained, code.part, code.index) if code.index is not None else None
    names = trained.class_names
    label = names[number] if number is not None and number < len(names) else ""
    name = code.image.name if code.image is not None else code.how or "the image"
    return Asked(pixels, name, label, None if known is None else known.z, part=code.part, index=code.index)


def class_for(trained: Trained, image: Asked, chosen: str = "") -> int | None:
    """The class that a model decodes an image with; None for models that are told none.

    Raises
    ------
    SettingsError
        For a conditional model that is told none, or one that it does not know.
    """
    if not is_conditional(trained):
        return decode_class(trained, chosen)
    if not (chosen or image.label):
        raise SettingsError(
            f"{trained.name} is conditional, and nothing says which class {image.name} has",
            f"Choose one, such as {trained.class_names[0]}",
        )
    return class_number(trained, chosen or image.label)


def same_shape(trained: Trained, image: Asked) -> None:
    """Refuse an image of another shape than a run's, with both."""
    channels, height, width = trained.image_shape
    if image.pixels.shape != (height, width, channels):
        other = " × ".join(str(size) for size in image.pixels.shape)
        raise SettingsError(
            f"{image.name} is {other}, and images of {trained.name} are {height} × {width} × {channels}",
            "Choose runs of images of one shape",
        )


def rmse_of(image: Array, pixels: Array) -> float:
    """Root mean squared error on [0, 1] of a decode (..., C), float, of pixels (..., C), uint8; NaN of none."""
    away = np.square(image.astype(np.float64) - pixels.astype(np.float64) / 255)
    return float(np.sqrt(away.mean())) if away.size else float("nan")


def _first(trained: Trained) -> str:
    part = "test" if "test" in trained.codes and len(trained.codes["test"]) else "train"
    return f"{part}:{int(trained.codes_of(part).index[0])}"
