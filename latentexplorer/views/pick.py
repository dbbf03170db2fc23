"""Codes and images by name: how settings say "this image", "the mean of that class" or "a random code".

A code is written as one of

* `train:12`, `test:3`: the posterior mean of an image, by its position in that part,
* `prior-mean`: the mean of the prior, or of the training codes where there is no prior,
* `random:7`: a draw from the prior (or fitted to the codes where there is none) with that seed,
* `mean:Trouser`, `median:Trouser`: the mean or median code of a class, by name or number,
* `mean`: the mean of the training codes,
* `typical`: the code of a typical training image, see `views.typical`,
* a list of D numbers: the code itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import AfterValidator

from latentexplorer.core.errors import SettingsError
from latentexplorer.views.base import PART_NAMES, Array, Part
from latentexplorer.views.lookup import centre, class_number, draw, is_conditional, original
from latentexplorer.views.typical import starts_at_code, typical_image

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

MAX_SEED = 2**31 - 1


def _readable(pick: str | tuple[float, ...]) -> str | tuple[float, ...]:
    if isinstance(pick, str) and pick:
        _split(pick)
    return pick


def _split(pick: str) -> tuple[str, str]:
    kind, colon, value = pick.partition(":")
    kind, value = kind.strip(), value.strip()
    if kind in ("train", "test", "random") and value.isdecimal() and int(value) <= MAX_SEED:
        return kind, value
    if (kind in ("prior-mean", "mean", "typical") and not colon) or (kind in ("mean", "median") and value):
        return kind, value
    raise ValueError(
        "write train:12, test:3, random:7, typical, mean, prior-mean, mean:CLASS, median:CLASS or a list of numbers"
    )


Pick = Annotated[str | tuple[float, ...], AfterValidator(_readable)]
"""A code by name, or the code itself; "" where the view chooses."""


@dataclass(frozen=True)
class Picked:
    """A code and where it comes from.

    Attributes
    ----------
    z : (D,) float32
    y : int or None
        Its class where it has one; a conditional model decodes it with that class.
    title : str
        For a person: "Sandal, held-out image 3".
    original : (H, W', C) uint8 or None
        The image it stands for, where there is one; both side by side for a mixture.
    pick : str or tuple of float
        How settings write it.
    """

    z: Array
    y: int | None
    title: str
    original: Array | None
    pick: str | tuple[float, ...]


def usual_pick(trained: Trained, before: str | tuple[float, ...] = "") -> str | tuple[float, ...]:
    """What goes through which code where nobody says so: a typical image's for an auto-decoder, else the prior's mean.

    Parameters
    ----------
    before : str or tuple of float
        What is shown of the same run while its codes move: the image stays the same.
    """
    if not starts_at_code(trained) or "train" not in trained.codes:
        return "prior-mean"
    known = isinstance(before, str) and before.startswith("train:")
    if known and int(str(before).partition(":")[2]) in trained.codes["train"].index:
        return before
    return f"train:{typical_image(trained)}"


def pick_code(trained: Trained, pick: str | tuple[float, ...], *, images: Trained | None = None) -> Picked:
    """The code that `pick` names.

    Parameters
    ----------
    trained : Trained
        The run, or a snapshot of it, whose codes are meant.
    images : Trained or None
        The run to take originals from where `trained` is a snapshot that came without its data.

    Raises
    ------
    SettingsError
        If it does not fit the run: no such image or class, or not D numbers.
    """
    if not isinstance(pick, str):
        z = np.asarray(pick, np.float32)
        if z.shape != (trained.code_dim,):
            raise SettingsError(f"A code of {len(pick)} numbers does not fit", f"This run's have {trained.code_dim}")
        return Picked(z, None, "a given code", None, pick)
    try:
        kind, value = _split(pick)
    except ValueError as error:
        raise SettingsError(f"{pick!r} names no code", str(error)) from None
    if kind in ("train", "test"):
        return _pick_image(trained, "train" if kind == "train" else "test", int(value), images or trained)
    if kind == "random":
        return _pick_random(trained, int(value))
    if kind == "prior-mean":
        title = "the prior's mean" if trained.prior is not None else "the mean of the codes"
        return Picked(centre(trained), None, title, None, pick)
    if kind == "typical":
        return _pick_image(trained, "train", typical_image(trained), images or trained)
    if kind == "mean" and not value:
        return Picked(trained.codes_of("train").loc.mean(0), None, "the mean of the codes", None, pick)
    return _pick_class(trained, kind, class_number(trained, value))


def _pick_image(trained: Trained, part: Part, position: int, images: Trained) -> Picked:
    codes = trained.codes_of(part)
    rows = np.flatnonzero(codes.index == position)
    if not rows.size:
        near = int(codes.index[np.abs(codes.index - position).argmin()])
        raise SettingsError(
            f"There is no code of {PART_NAMES[part]} image {position}",
            f"{len(codes.index):,} are kept; the nearest is {part}:{near}",
        )
    row = int(rows[0])
    y = None if codes.labels is None else int(codes.labels[row])
    name = f"{PART_NAMES[part]} image {position}"
    if y is not None and trained.class_names:
        name = f"{trained.class_names[y]}, {name}"
    picture = original(images, part, position)
    if trained.config.model.kind.separates:
        partner = partner_of(codes, position)
        name = f"mixture of {PART_NAMES[part]} images {position} and {partner}"
        other = original(images, part, partner)
        picture = None if picture is None or other is None else np.concatenate([picture, other], axis=1)
    return Picked(codes.loc[row], y, name, picture, f"{part}:{position}")


def partner_of(codes: Codes, position: int) -> int:
    """The image that a separation model's code of image `position` was mixed with."""
    from latentexplorer.models.partners import partner_row

    row = int(np.flatnonzero(codes.index == position)[0])
    return int(codes.index[partner_row(row, len(codes))])


def two_images(trained: Trained, seed: int) -> tuple[Part, int, int] | None:
    """A part and the positions of two images whose codes are known, of two classes where there are classes.

    Held-out images first; None where fewer than two codes are known.
    """
    parts: tuple[Part, ...] = ("test", "train")
    part = next((part for part in parts if part in trained.codes and len(trained.codes[part]) >= 2), None)
    if part is None:
        return None
    codes = trained.codes[part]
    rng = np.random.default_rng(seed)
    first = int(rng.integers(len(codes)))
    others = np.arange(len(codes)) != first
    if codes.labels is not None and (codes.labels != codes.labels[first]).any():
        others = codes.labels != codes.labels[first]
    second = int(rng.choice(np.flatnonzero(others)))
    return part, int(codes.index[first]), int(codes.index[second])


def _pick_random(trained: Trained, seed: int) -> Picked:
    y = int(np.random.default_rng(seed).integers(trained.num_classes)) if is_conditional(trained) else None
    return Picked(draw(trained, 1, seed=seed, label=y)[0][0], y, f"random code {seed}", None, f"random:{seed}")


def _pick_class(trained: Trained, statistic: str, y: int) -> Picked:
    codes = trained.codes_of("train")
    if codes.labels is None or not (codes.labels == y).any():
        raise SettingsError(f"No training code carries the class {trained.class_names[y]!r}", "Choose another class")
    members = codes.loc[codes.labels == y]
    z = members.mean(0) if statistic == "mean" else np.median(members, axis=0)
    name = trained.class_names[y]
    return Picked(z.astype(np.float32), y, f"{statistic} {name}", None, f"{statistic}:{name}")
