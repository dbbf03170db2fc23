"""A run epoch by epoch: the same codes on a map, the same places of a plane and the same images, after each kept epoch.

Axes, ranges, places and images are those of the end, so that whatever moves has moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.views import latent_grid, map
from latentexplorer.views.base import PART_NAMES, Array, Part, View, ViewResult, ViewSettings, count_text
from latentexplorer.views.lookup import code_note, decode, kept_epochs, originals, rmse
from latentexplorer.views.map_epochs import MOST_STATES, maps_over_epochs
from latentexplorer.views.map_layout import method_of
from latentexplorer.views.map_settings import EarlyIterations, Iterations, StoppedAfter
from latentexplorer.views.map_words import METHOD_NAMES

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

NONE_KEPT = "Set training.snapshots above 0, and train"
"""What makes a run keep states to look back at."""


MOST_READ = 120
"""States whose codes are looked at for the area of a map."""


class Settings(ViewSettings):
    """How many states, and what is seen of each."""

    frames: int = Field(
        24,
        ge=2,
        le=120,
        title="States",
        description="Kept states shown at most, evenly spread; the first and the last are always among them.",
    )
    part: Part = Field("train", title="Map", description="Codes of the training or of the held-out images on the map.")
    dims: tuple[int, int] = Field(
        (0, 1), title="Dimensions", description="The two dimensions that the map of a two-dimensional code shows."
    )
    method: Literal["auto", "pca", "dims", "tsne", "umap"] = Field(
        "auto",
        title="Method",
        description="How codes are laid out. Auto: raw dimensions where there are two, else principal components of "
        "the end. t-SNE and UMAP lay the codes of all states out together, 4,000 at most.",
    )
    perplexity: float = Field(
        30.0, ge=2, le=500, title="Perplexity", description="How many neighbours t-SNE and UMAP look at."
    )
    steps: Iterations = 600
    early: EarlyIterations = None
    stopped: StoppedAfter = None
    limit: int = Field(2000, ge=1, le=5000, title="At most", description="Codes on the map, drawn at random.")
    count: int = Field(6, ge=0, le=16, title="Images", description="Held-out images and their decodes; 0: none.")
    n: int = Field(5, ge=0, le=12, title="Cells", description="Images of the latent grid across and up; 0 or 1: none.")
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes. Empty: the first."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Same seed, same codes on the map.")

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        if self.stopped is not None and self.stopped > self.steps:
            raise ValueError("stopped: must not be more than steps")
        return self


@dataclass(frozen=True)
class Result(ViewResult):
    """A run after E epochs.

    Attributes
    ----------
    epochs : (E,) int64
        Rising; the last is the end.
    maps : tuple of E map results
        Of the same codes, along the same axes, over the same area.
    planes : (E, R, S, H, W', C) float32
        What the same R x S places of a plane decode to; no rows where there is no plane.
    originals : (B, H, W, C) uint8 or None
        None where the run came without its data, or has no reconstructions.
    images : (E, B, H, W', C) float32
        Decodes of the codes that these images have after each epoch.
    errors : (E, B) float64 or None
        Root mean squared errors on [0, 1].
    moved : (E,) float64
        How far the codes still are from their end, in spreads of the codes there, see `latent.over_epochs`.
    """

    epochs: Array
    maps: tuple[map.Result, ...]
    planes: Array
    originals: Array | None
    images: Array
    errors: Array | None
    moved: Array

    @property
    def numbers(self) -> dict[str, Any]:
        """How far the codes still move, and how well the images are given back, epoch by epoch."""
        found: dict[str, Any] = {"epochs": self.epochs, "spreads_to_the_end": self.moved}
        if self.errors is not None and self.errors.size:
            found |= {"rmse": self.rmse, "images": self.errors.shape[1]}
        return found

    @property
    def rmse(self) -> Array:
        """Over all values of the images that are shown together, after each epoch (E,): as everywhere."""
        assert self.errors is not None
        return np.asarray(np.sqrt(np.square(self.errors).mean(1)))


def chosen_epochs(trained: Trained, most: int) -> list[int]:
    """At most so many of the kept epochs of a run, evenly spread, its first and last among them.

    Raises
    ------
    NotApplicableError
        Where a run has no epochs, or has kept no state of them.
    """
    if not trained.config.model.kind.gradient:
        raise NotApplicableError(f"{trained.config.model.kind.title} is solved at once: it has no epochs")
    if trained.path is None:
        raise NotApplicableError("This run has not been saved, and kept no states", "Train it into a folder")
    kept = kept_epochs(trained)
    if len(kept) < 2:
        raise NotApplicableError("This run kept no states of earlier epochs", NONE_KEPT)
    return [kept[at] for at in np.unique(np.linspace(0, len(kept) - 1, min(most, len(kept))).round().astype(int))]


def state_at(trained: Trained, epoch: int, *, stop: StopToken = NEVER) -> Trained:
    """The run after a kept epoch, on the same images."""
    if epoch == trained.epoch:
        return trained
    from latentexplorer.runs.trained import Trained

    state = Trained.load(trained.path or "", epoch=epoch, like=trained, stop=stop)
    state.end = trained
    return state


def map_area(trained: Trained, settings: map.Settings) -> Iterator[tuple[float, float, float, float] | None]:
    """What holds a map by principal components or raw dimensions after every kept epoch: left, right, bottom, top.

    Only codes are read. None comes after each state but the last, so that others have their turn.
    """
    from latentexplorer.latent.over_epochs import area_of
    from latentexplorer.latent.projection import project
    from latentexplorer.runs.folder import RunFolder
    from latentexplorer.runs.model_file import ModelInfo, read_codes
    from latentexplorer.runs.snapshot import open_snapshot

    end = trained.codes_of(settings.part).loc
    method = method_of(settings, end)
    places = [project(end, method, dims=settings.dims).coords]
    for epoch in chosen_epochs(trained, MOST_READ)[:-1]:
        yield None
        file = open_snapshot(RunFolder.open(trained.path or ""), epoch)
        codes = read_codes(file, ModelInfo.of(file), trained.code_dim, (settings.part,))
        if settings.part in codes:
            along = end if method == "pca" else None
            places.append(project(codes[settings.part].loc, method, dims=settings.dims, along=along).coords)
    yield area_of(places)


def maps_together(
    trained: Trained, settings: map.Settings, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> dict[int, map.Result]:
    """Maps of t-SNE or UMAP after kept epochs, by epoch, laid out together; of `MOST_STATES` epochs at most.

    Raises
    ------
    NotApplicableError
        Where there are no such epochs.
    """
    from latentexplorer.latent.over_epochs import movement

    epochs = chosen_epochs(trained, MOST_STATES)
    states = []
    for at, epoch in enumerate(epochs):
        stop.check()
        emit(Progress(at, len(epochs), "reading states"))
        states.append(state_at(trained, epoch, stop=stop))
    moving = movement([state.codes_of(settings.part) for state in states])
    maps = maps_over_epochs(states, trained, moving.index, settings, emit=emit, stop=stop)
    return dict(zip(epochs, maps, strict=True))


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Maps, planes and reconstructions after each of some kept epochs; of an earlier state those of its whole run."""
    from latentexplorer.latent.over_epochs import movement, same_images

    trained = trained.end or trained
    epochs = chosen_epochs(trained, settings.frames)
    states = []
    for at, epoch in enumerate(epochs):
        stop.check()
        emit(Progress(at, 2 * len(epochs), "reading states"))
        states.append(state_at(trained, epoch, stop=stop))
    part = settings.part
    moving = movement([state.codes_of(part) for state in states])
    plane = _plane(trained, settings, stop)
    held_out = _images(states, settings.count)
    maps = maps_over_epochs(states, trained, moving.index, _map_settings(settings), emit=emit, stop=stop)
    planes, images = [], []
    for at, state in enumerate(states):
        stop.check()
        emit(Progress(len(epochs) + at, 2 * len(epochs), "decoding states"))
        if plane is not None:
            flat = plane.codes.reshape(-1, trained.code_dim)
            there = decode(state, flat, plane.label, stop=stop)
            planes.append(there.reshape(*plane.codes.shape[:2], *there.shape[1:]))
        known = same_images(state.codes_of("test"), held_out) if len(held_out) else None
        if known is not None:
            images.append(decode(state, known.loc, known.labels, stop=stop))
    nothing: Array = np.zeros((len(epochs), 0, 0, 0, 0), np.float32)
    shown = np.stack(images) if images else nothing
    separates = trained.config.model.kind.separates
    x = originals(trained, "test", held_out) if len(held_out) and trained.data is not None and not separates else None
    return Result(
        epochs=np.array(epochs, np.int64),
        maps=maps,
        planes=np.stack(planes) if planes else nothing[..., None],
        originals=x,
        images=shown,
        errors=None if x is None else np.stack([rmse(each, x) for each in shown]),
        moved=moving.moved,
        title="Time machine",
        subtitle=f"{trained.name}, {count_text(len(epochs), 'kept state')} of {epochs[-1]} epochs",
        notes=(
            f"{count_text(len(maps[0].coords), f'{PART_NAMES[part]} code')}, {_how_laid_out(maps)}",
            *_notes(trained),
            *code_note(trained),
        ),
    )


def _map_settings(settings: Settings) -> map.Settings:
    """What is asked of the maps; names of classes stand in the legend."""
    return map.Settings(
        method=settings.method,
        part=settings.part,
        dims=settings.dims,
        limit=settings.limit,
        perplexity=settings.perplexity,
        steps=settings.steps,
        early=settings.early,
        stopped=settings.stopped,
        seed=settings.seed,
        names=False,
    )


def _how_laid_out(maps: tuple[map.Result, ...]) -> str:
    """Why what moves on the maps has moved, and how far that can be read."""
    name = METHOD_NAMES.get(maps[0].method)
    if name is None:
        return "along axes and over ranges that stay"
    made = maps[0].projection
    left = "" if made.finished else f", stopped after {made.step} of {made.steps} steps"
    return (
        f"one {name} of those of all {len(maps)} states together{left}: places can be compared between epochs, "
        "distances no more than on any such map"
    )


def _plane(trained: Trained, settings: Settings, stop: StopToken) -> latent_grid.Result | None:
    """The plane of the end; None where none is wanted, or codes have one dimension."""
    if settings.n < 2 or trained.code_dim < 2:
        return None
    return latent_grid.lay_out(trained, latent_grid.Settings(n=settings.n, label=settings.label), stop=stop)[1]


def _images(states: list[Trained], count: int) -> Array:
    """Positions of held-out images that have a code in every state, the first ones."""
    index = states[0].codes["test"].index if "test" in states[0].codes else np.zeros(0, np.int64)
    for state in states[1:]:
        index = np.intersect1d(index, state.codes["test"].index if "test" in state.codes else np.zeros(0, np.int64))
    return np.asarray(index[:count], np.int64)


def _notes(trained: Trained) -> tuple[str, ...]:
    """What makes the end another one than the last step has left."""
    if trained.config.model.match_prior and "match_prior" in trained.config.model.kind.settings:
        return ("The codes of the end, and the decoder with them, were brought to the width of the prior",)
    return ()


VIEW = View(Settings, compute)
