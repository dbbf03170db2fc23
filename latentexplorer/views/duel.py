"""Two models on the same images: how alike they organise them, aligned maps, matched dimensions, the same path."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, field_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.paths import run_path
from latentexplorer.latent.duel import Alike, Matches
from latentexplorer.views import duel_words as words
from latentexplorer.views.base import Array, Part, View, ViewResult, ViewSettings
from latentexplorer.views.compared import Entry, same_images, text_of
from latentexplorer.views.compared import Result as Compared
from latentexplorer.views.comparison_maps import pair_of_maps
from latentexplorer.views.comparison_settings import Settings as MapSettings
from latentexplorer.views.duel_pairs import Pairs, paired
from latentexplorer.views.duel_plane import Plane, plane_of, third_of
from latentexplorer.views.duel_seeds import Seeds, differ_by_seed, two_seeds
from latentexplorer.views.duel_strips import End, Strips, checked_image, ends_of, strips_of
from latentexplorer.views.lookup import code_note, is_conditional
from latentexplorer.views.loss import distinct
from latentexplorer.views.ranges import importance_of

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class Settings(ViewSettings):
    """Which other run, on which images, and what of both is decoded."""

    other: str = Field(
        "", max_length=4096, title="Other run", description="Folder (or name) of the run to set beside this one."
    )
    part: Part = Field("test", title="Images", description="Training or held-out images.")
    limit: int = Field(
        2000, ge=10, le=100_000, title="At most", description="Images at most, evenly spread where more are in both."
    )
    method: Literal["auto", "tsne", "pca", "umap", "dims"] = Field(
        "auto",
        title="Map",
        description="How maps are laid out. Auto: raw dimensions where there are two, else principal components.",
    )
    align: bool = Field(
        True, title="Align", description="The second map is turned, mirrored and scaled onto the first (Procrustes)."
    )
    rows: int = Field(
        6, ge=0, le=200, title="Dimensions", description="Matched dimensions at most, the strongest first."
    )
    steps: int = Field(8, ge=2, le=40, title="Steps", description="Images in a strip.")
    start: str = Field(
        "",
        max_length=40,
        title="From",
        description="Where the path begins and dimensions are pulled: an image of this run, such as test:3. "
        "Empty: the first one in both.",
    )
    end: str = Field("", max_length=40, title="To", description="Where the path ends. Empty: one of another class.")
    third: str = Field(
        "",
        max_length=40,
        title="Up to",
        description="The image that makes the path a plane. Empty: one of a third class.",
    )
    n: int = Field(5, ge=0, le=12, title="Cells", description="Images of the plane across and up; 0 or 1: no plane.")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Seed of maps and of the standard errors.")

    @field_validator("start", "end", "third")
    @classmethod
    def _image(cls, pick: str) -> str:
        return checked_image(pick)


@dataclass(frozen=True)
class Result(ViewResult):
    """Two models on N images that both know.

    Attributes
    ----------
    names, texts : (str, str)
        The runs, and their models with the numbers in a code.
    pairs : Pairs
        The images, row by row.
    maps : (Entry, Entry)
        Positions are those of the first run on both.
    alike : Alike
    seeds : Seeds or None
        How alike two seeds of one of them are, where there is such a run beside it.
    matches : Matches
    ends : (End, End)
        The path goes from the first to the second; dimensions are pulled from the first.
    strips : Strips
        The path, and the strongest matches pulled, of both.
    plane : Plane or None
        Through the ends and a third image; None where none is wanted.
    fingerprint : str
        What the images of the first run are known by.
    """

    names: tuple[str, str]
    texts: tuple[str, str]
    pairs: Pairs
    maps: tuple[Entry, Entry]
    alike: Alike
    seeds: Seeds | None
    matches: Matches
    ends: tuple[End, End]
    strips: Strips
    plane: Plane | None
    fingerprint: str

    @property
    def part(self) -> Part:
        """Which images."""
        return self.pairs.part

    @property
    def comparison(self) -> Compared:
        """The two maps as a comparison of maps has them."""
        none = np.empty(0)
        return Compared(
            entries=self.maps,
            show="maps",
            originals=none,
            fingerprint=self.fingerprint,
            index=none,
            labels=None,
            class_names=(),
            part=self.part,
            title=self.title,
            subtitle=self.subtitle,
            notes=self.notes[1:],
        )

    @property
    def numbers(self) -> dict[str, Any]:
        """What a command prints."""
        matches, seeds = self.matches, self.seeds
        return {
            "other": self.names[1],
            "names": list(self.names),
            "part": self.part,
            "images": len(self.pairs),
            "images_in_both": self.pairs.known,
            **words.numbers(self.alike),
            "two_seeds": None if seeds is None else {"runs": list(seeds.names), **words.numbers(seeds.alike)},
            "map_fit": self.maps[1].fit,
            "dimensions": [
                {
                    "first": int(matches.first[row]),
                    "second": int(matches.second[row]),
                    "r": float(matches.r[row]),
                    "low": float(matches.low[row]),
                    "high": float(matches.high[row]),
                    "runner_up": float(matches.rival[row]),
                    "beyond_chance": bool(matches.beyond_chance[row]),
                    "sure": bool(matches.sure[row]),
                }
                for row in range(len(matches.r))
            ],
            "r_by_chance": matches.chance,
            "notes": list(self.notes),
        }


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Open the other run and set it beside this one."""
    from latentexplorer.runs import Trained

    if not settings.other:
        raise NotApplicableError("There is no run to compare with", 'Name another, such as other="runs/other"')
    path = run_path(settings.other, trained.path)
    # Images of the same set are there already; those of another are needed to tell which are in both.
    other = Trained.load(path, with_data=trained.data is None, emit=emit, stop=stop)
    if other.data is None and not same_images(trained, other):
        other = Trained.load(path, emit=emit, stop=stop)
    return duel(trained, other, settings, emit=emit, stop=stop)


def duel(
    first: Trained, second: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> Result:
    """Set two opened runs beside each other; `settings.other` is not looked at.

    Raises
    ------
    LatentExplorerError
        With both names, where they share too few images, and where one does not tell them apart.
    """
    from latentexplorer.latent.duel import alike, matched

    left, right = distinct([first.name, second.name])
    names = (left, right)
    whole = paired(first, second, settings.part, stop=stop)
    pairs = whole.at_most(settings.limit)
    ours, theirs = (codes.loc for codes in pairs.codes)
    found = alike(ours, theirs, names=names, seed=settings.seed, stop=stop)
    maps, said = pair_of_maps(
        (pairs.first, pairs.second),
        names,
        MapSettings(
            part=settings.part,
            method=settings.method,
            limit=max(len(pairs), 1),
            seed=settings.seed,
            align=settings.align,
        ),
        emit,
        stop,
    )
    stop.check()
    used = _in_use(first), _in_use(second)
    matches = matched(ours[:, used[0]], theirs[:, used[1]]).renamed(*used)
    stop.check()
    ends, plane = _same_places(first, second, whole, settings, emit, stop)
    seeds, twins = None, differ_by_seed(first, second)
    for run in () if twins else (first, second):
        seeds = seeds or two_seeds(run, settings.part, settings.limit, settings.seed, emit=emit, stop=stop)
    return Result(
        names=names,
        texts=(text_of(first), text_of(second)),
        pairs=pairs,
        maps=(maps[0], maps[1]),
        alike=found,
        seeds=seeds,
        matches=matches,
        ends=ends,
        strips=strips_of(first, second, matches, ends, settings.rows, settings.steps, emit=emit, stop=stop),
        plane=plane,
        fingerprint=first.info.fingerprint,
        title="Duel",
        subtitle=f"{left} and {right} on {words.images_text(pairs)}",
        notes=tuple(
            dict.fromkeys(
                filter(
                    None,
                    (
                        words.verdict(found, seeds, twins),
                        words.PLUS_MINUS,
                        whole.words,
                        *(
                            f"{run.name} is told the class of an image: its code need not hold it"
                            for run in (first, second)
                            if is_conditional(run)
                        ),
                        *(
                            words.unused_text(run.name, dims, run.code_dim)
                            for run, dims in zip((first, second), used, strict=True)
                        ),
                        *said,
                        *(f"{run.name}: {note}" for run in (first, second) for note in code_note(run)),
                    ),
                )
            )
        ),
    )


def restrung(
    found: Result,
    first: Trained,
    second: Trained,
    settings: Settings,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Result:
    """The same duel with a path between other images, and dimensions pulled from the first of them."""
    pairs = paired(first, second, found.part, stop=stop)
    ends, plane = _same_places(first, second, pairs, settings, emit, stop)
    strips = strips_of(first, second, found.matches, ends, settings.rows, settings.steps, emit=emit, stop=stop)
    return replace(found, ends=ends, strips=strips, plane=plane)


def _same_places(
    first: Trained, second: Trained, pairs: Pairs, settings: Settings, emit: Emit, stop: StopToken
) -> tuple[tuple[End, End], Plane | None]:
    """The ends of the path, and the plane through them and a third image."""
    ends = ends_of(first, second, pairs, settings.start, settings.end)
    # What cannot be decoded is refused with a reason by the strips.
    nameless = any(is_conditional(run) and ends[0].y[at] is None for at, run in enumerate((first, second)))
    if settings.n < 2 or nameless:
        return ends, None
    third = third_of(first, second, pairs, ends, settings.third)
    return ends, plane_of(first, second, ends, third, settings.n, emit=emit, stop=stop)


def _in_use(run: Trained) -> Array:
    """The dimensions (D',) that tell images apart by the run's training codes; all where none does, or none are kept.

    Others may go together by rank although no decode shows them.
    """
    every = np.arange(run.code_dim)
    if "train" not in run.codes or not len(run.codes["train"]):
        return every
    used = every[~importance_of(run).unused]
    return used if len(used) else every


VIEW = View(Settings, compute)
