"""Maps that are kept with their run: what makes two of them the same, and from a layout to its file and back.

A map is told by the codes it was made from and by how it was laid out, not by an epoch: the same codes give the same
map. A t-SNE is kept with all that its next step needs, so that it goes on as if it had never been left; of UMAP its
places are kept.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cores import usable_cores
from latentexplorer.core.errors import RunError
from latentexplorer.core.events import Emit, Notice, ignore
from latentexplorer.latent.maps import Projection, early_steps
from latentexplorer.runs import RunFolder
from latentexplorer.runs.kept_maps import KeptMap, MapFacts, kept_maps, read_map, write_map

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

SLOW = ("tsne", "umap")
"""Methods whose maps are kept; the others take milliseconds."""


@dataclass(frozen=True)
class Wanted:
    """A map that is asked for.

    Attributes
    ----------
    points : str
        `fingerprint` of its codes.
    limit, sample, perplexity, seed, steps, early, until
        As `projection.project` takes them; `limit`: points asked for at most.
    """

    method: str
    part: str
    points: str
    limit: int
    sample: int
    perplexity: float
    seed: int
    steps: int
    early: int | None = None
    until: int | None = None

    @property
    def early_steps(self) -> int:
        """Steps with exaggerated attraction."""
        return early_steps(self.steps, self.early)

    @property
    def target(self) -> int:
        """Steps that are wanted; 0 where a map is made in one piece."""
        return 0 if self.method == "umap" else self.steps if self.until is None else self.until

    def is_reached_by(self, made: Projection) -> bool:
        """Whether a map of the same beginning is as far as this one is to be."""
        return made.step == self.target


def fingerprint(codes: Codes) -> str:
    """What codes are known by: their numbers, the images they belong to and their classes."""
    found = hashlib.sha256(str(codes.loc.shape).encode())
    for values in (codes.loc, codes.index, codes.labels):
        found.update(b"-" if values is None else np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def listed(trained: Trained, emit: Emit = ignore) -> list[MapFacts]:
    """What is kept with a run, the last written first; files that cannot be used are said, and left out."""
    if trained.path is None:
        return []
    found, wrong = kept_maps(RunFolder(trained.path, trained.config))
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        emit(Notice(f"A map that was kept is not used: {wrong[0]}{more}", "warning"))
    return found


def again(trained: Trained, codes: Codes, wanted: Wanted, emit: Emit = ignore) -> Projection | None:
    """The kept map that is the same as one that is asked for, else one on the way to it; None where there is neither.

    Parameters
    ----------
    codes : Codes
        Those that `wanted.points` is the fingerprint of.
    """
    alike = [facts for facts in listed(trained, emit) if _alike(facts, wanted, len(codes))]
    exact = [facts for facts in alike if _reaches(facts, wanted)]
    # A t-SNE that was stopped goes on and ends as an undisturbed one; one that is to stop begins anew.
    before = [facts for facts in alike if wanted.until is None and 0 < facts.step < wanted.steps]
    for facts in (*exact, *sorted(before, key=lambda facts: -facts.step)):
        made = opened(trained, facts, codes, emit)
        if made is not None:
            return made
    return None


def opened(trained: Trained, facts: MapFacts, codes: Codes, emit: Emit = ignore) -> Projection | None:
    """A kept map with the codes of its images, row by row; None where its file cannot be used, which is said."""
    kept = read(trained, facts, emit)
    return rebuilt(kept, codes) if kept is not None and np.array_equal(kept.index, codes.index) else None


def read(trained: Trained, facts: MapFacts, emit: Emit = ignore) -> KeptMap | None:
    """What is kept of a map; None where its file cannot be used, which is said."""
    assert trained.path is not None
    try:
        return read_map(RunFolder(trained.path, trained.config), facts)
    except RunError as error:
        emit(Notice(f"A map that was kept is not used: {error.what}", "warning"))
        return None


def keep(trained: Trained, made: Projection, wanted: Wanted, epoch: int) -> str:
    """Keep a map with its run.

    Returns
    -------
    str
        "", or why it is not kept: a run that cannot be written to, or is another one by now, is left alone.
    """
    from latentexplorer.latent.tsne import TsneMap

    if made.method not in SLOW or trained.path is None:
        return ""
    early, kl, state = 0, None, dict[str, np.ndarray]()
    if isinstance(made, TsneMap):
        early, kl, stands = made.state.early, made.kl, made.state
        state = {"layout": stands.layout, "gains": stands.gains, "update": stands.update}
    facts = MapFacts(
        method="tsne" if made.method == "tsne" else "umap",
        part="test" if wanted.part == "test" else "train",
        points=wanted.points,
        perplexity=float(wanted.perplexity),
        seed=wanted.seed,
        limit=wanted.limit,
        sample=wanted.sample,
        finished=made.finished,
        epoch=epoch,
        written=time.time(),
        notes=[note[:500] for note in made.notes[:10]],
        step=made.step,
        steps=made.steps,
        early=early,
        kl=kl,
    )
    try:
        write_map(trained.folder(), KeptMap(facts, made.index, made.coords, made.sampled, **state))
    except RunError as error:
        return error.what
    return ""


def rebuilt(kept: KeptMap, codes: Codes) -> Projection:
    """A map from what is kept of it, with the codes of its images, row by row."""
    from latentexplorer.latent.affinities import perplexity_for
    from latentexplorer.latent.descent import State
    from latentexplorer.latent.tsne import TsneMap, TsneSettings
    from latentexplorer.latent.umap_map import UmapMap, description, neighbours_for

    facts, loc = kept.facts, np.ascontiguousarray(codes.loc, np.float32)
    parts = (loc, kept.coords, kept.index, facts.method, "", tuple(facts.notes), kept.sampled, facts.finished)
    if kept.layout is None:
        near = min(neighbours_for(facts.perplexity), len(kept.sampled) - 1)
        made = UmapMap(*parts)
        made.description = description(near, len(kept.sampled), len(loc))
        return made
    tsne = TsneMap(*parts)
    tsne.affinities, tsne.n_jobs, tsne.kl = None, usable_cores(), facts.kl
    settings = TsneSettings(facts.perplexity, facts.steps, facts.seed, facts.early)
    assert kept.gains is not None and kept.update is not None
    state = State(kept.layout, facts.step, facts.early, kept.gains, kept.update)
    return tsne.standing(settings, perplexity_for(len(kept.sampled), facts.perplexity), state)


def _alike(facts: MapFacts, wanted: Wanted, count: int) -> bool:
    """Whether a kept map began as the one that is asked for would."""
    same = (facts.method, facts.part, facts.points) == (wanted.method, wanted.part, wanted.points)
    made = (facts.perplexity, facts.seed, min(facts.sample, count))
    if not same or made != (wanted.perplexity, wanted.seed, min(wanted.sample, count)):
        return False
    return facts.method == "umap" or facts.early == wanted.early_steps


def _reaches(facts: MapFacts, wanted: Wanted) -> bool:
    """Whether a kept map is as far as the one that is asked for would be."""
    if facts.method == "umap":
        return True
    return (facts.step, facts.steps, facts.finished) == (wanted.target, wanted.steps, wanted.until is None)
