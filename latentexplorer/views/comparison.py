"""The same images through several runs, or the maps of several runs side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, Notice, ignore
from latentexplorer.views import map as map_view
from latentexplorer.views.base import PART_NAMES, Array, Part, Pictures, View, ViewSettings, count_text
from latentexplorer.views.lookup import code_note, decode, originals, rmse, run_path

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

Index = Annotated[int, Field(ge=0)]


class Settings(ViewSettings):
    """Which runs, and what of them."""

    runs: tuple[str, ...] = Field(
        (), max_length=20, title="Other runs", description="Folders (or names) of the runs to put beside this one."
    )
    show: Literal["images", "maps"] = Field(
        "images", title="Show", description="Reconstructions of the same images, or maps of the codes."
    )
    part: Part = Field("test", title="Images", description="Training or held-out images.")
    count: int = Field(8, ge=1, le=100, title="Count", description="How many images.")
    index: tuple[Index, ...] = Field(
        (), max_length=100, title="Chosen images", description="Positions of the images, instead of a count."
    )
    method: Literal["auto", "tsne", "pca", "umap", "dims"] = Field(
        "auto", title="Map", description="How maps are laid out. Auto: raw dimensions where there are two, else t-SNE."
    )
    limit: int = Field(2000, ge=1, le=100_000, title="At most", description="Codes on a map at most.")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Seed of maps, and of codes that are fitted.")


@dataclass(frozen=True)
class Entry:
    """What one run makes of the B images.

    Attributes
    ----------
    name, text : str
        The run, and its model with the numbers in a code.
    images : (B, H, W, C) float32 in [0, 1]; none where maps are shown
    errors : (B,) float64
        Root mean squared error on [0, 1].
    map : map Result or None
    """

    name: str
    text: str
    images: Array
    errors: Array
    map: map_view.Result | None = None


@dataclass(frozen=True)
class Result(Pictures):
    """Runs beside each other, this run first.

    Attributes
    ----------
    originals : (B, H, W, C) uint8
    """

    entries: tuple[Entry, ...]
    show: Literal["images", "maps"]
    originals: Array


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Open the other runs and ask each the same."""
    from latentexplorer.runs import Trained

    if not settings.runs:
        raise NotApplicableError("There is no run to compare with", 'Name others, such as runs=["runs/other"]')
    runs = [trained]
    for name in settings.runs:
        stop.check()
        runs.append(Trained.load(run_path(name, trained.path), with_data=False, emit=emit, stop=stop))
    if settings.show == "maps":
        return _maps(runs, settings, emit, stop)
    return _images(runs, settings, emit, stop)


def _text(run: Trained) -> str:
    return f"{run.config.model.kind.title}, {count_text(run.code_dim, 'number')}"


def _maps(runs: list[Trained], settings: Settings, emit: Emit, stop: StopToken) -> Result:
    wanted = map_view.Settings(method=settings.method, part=settings.part, limit=settings.limit, seed=settings.seed)
    none = np.empty(0)
    maps = _on_one_list([map_view.compute(run, wanted, emit=emit, stop=stop) for run in runs])
    entries = tuple(Entry(run.name, _text(run), none, none, found) for run, found in zip(runs, maps, strict=True))
    notes = dict.fromkeys(note for entry in entries if entry.map for note in entry.map.notes)
    return Result(
        entries=entries,
        show="maps",
        originals=none,
        index=none,
        labels=None,
        class_names=runs[0].class_names,
        part=settings.part,
        title="Comparison",
        subtitle=f"{PART_NAMES[settings.part]} codes of {len(runs)} runs",
        notes=tuple(notes),
    )


def _on_one_list(maps: list[map_view.Result]) -> list[map_view.Result]:
    """The maps with one list of groups, so that a class has one colour on all of them, whatever its number in a run."""
    names = tuple(dict.fromkeys(name for found in maps for name in found.group_names))
    place = {name: number for number, name in enumerate(names)}
    return [
        found
        if found.groups is None
        else replace(
            found,
            groups=np.array([place[name] for name in found.group_names], np.int64)[found.groups],
            group_names=names,
        )
        for found in maps
    ]


def _images(runs: list[Trained], settings: Settings, emit: Emit, stop: StopToken) -> Result:
    from latentexplorer.latent.classes import labels_of

    first = runs[0]
    for run in runs:
        if run.config.model.kind.separates:
            raise NotApplicableError(
                f"{run.name} takes mixtures apart and does not reconstruct an image", "Compare other runs"
            )
        if run.image_shape != first.image_shape:
            raise SettingsError(
                f"{run.name} knows images of {_size(run)}, {first.name} images of {_size(first)}",
                "Compare runs on images of one size and colour",
            )
    images = first.images(settings.part)
    index = np.array(settings.index or range(min(settings.count, len(images))), np.int64)
    if not len(index) or index.max() >= len(images):
        raise SettingsError(
            f"There are {len(images):,} {PART_NAMES[settings.part]} images, counted from 0", "Choose among them"
        )
    x = originals(first, settings.part, index)
    labels = None if images.labels is None else images.labels[index]
    entries = []
    for run in runs:
        own = labels if run is first else labels_of(run, images.take(index))
        codes = _codes(run, first, settings, index, x, own, emit, stop)
        x_hat = decode(run, codes.loc, own, emit=emit, stop=stop)
        entries.append(Entry(run.name, _text(run), x_hat, rmse(x_hat, x)))
    return Result(
        entries=tuple(entries),
        show="images",
        originals=x,
        index=index,
        labels=labels,
        class_names=first.class_names,
        part=settings.part,
        title="Comparison",
        subtitle=f"{count_text(len(index), f'{PART_NAMES[settings.part]} image')} in {len(runs)} runs",
        notes=tuple(dict.fromkeys(f"{run.name}: {note}" for run in runs for note in code_note(run))),
    )


def _size(run: Trained) -> str:
    channels, height, width = run.image_shape
    return f"{height} x {width} in {'colour' if channels == 3 else 'grey'}"


def _codes(
    run: Trained,
    first: Trained,
    settings: Settings,
    index: Array,
    x: Array,
    labels: Array | None,
    emit: Emit,
    stop: StopToken,
) -> Codes:
    """Codes of the images in a run: the kept ones where it was trained on the same data, else found anew."""
    codes = run.codes.get(settings.part)
    if codes is not None and run.info.fingerprint == first.info.fingerprint and np.isin(index, codes.index).all():
        place = {int(position): row for row, position in enumerate(codes.index)}
        return codes.take([place[int(position)] for position in index])
    from latentexplorer.latent.codes import infer

    if not run.config.model.kind.encoder:
        emit(Notice(f"{run.name} was trained on other images: fitting codes to these"))
    return infer(run, x, labels, seed=settings.seed, emit=emit, stop=stop).codes


VIEW = View(Settings, compute)
