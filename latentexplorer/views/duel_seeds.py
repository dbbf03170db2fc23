"""How alike two seeds of one model are: what "alike" can mean at most, where such a run stands beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.differences import differences
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.latent.duel import Alike, alike
from latentexplorer.views.base import Part
from latentexplorer.views.compared import same_images
from latentexplorer.views.duel_pairs import paired

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MOST = 300
"""Runs beside one that are looked at."""
SEED = "training.seed"


@dataclass(frozen=True)
class Seeds:
    """Two runs of one model that differ in their seed alone.

    Attributes
    ----------
    names : (str, str)
        The one of the duel, and the one beside it.
    alike : Alike
    """

    names: tuple[str, str]
    alike: Alike


def differ_by_seed(run: Trained, other: Trained) -> bool:
    """Whether both are one model, trained as long on the same images, from two seeds."""
    changed = differences(run.config, other.config) | differences(other.config, run.config)
    return set(changed) == {SEED} and run.epoch == other.epoch and same_images(run, other)


def two_seeds(
    run: Trained, part: Part, limit: int, seed: int = 0, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> Seeds | None:
    """A run and one in the same folder that differs from it in its seed alone; None where there is none to be read."""
    other = _beside(run, emit, stop)
    if other is None:
        return None
    try:
        pairs = paired(run, other, part, stop=stop).at_most(limit)
        ours, theirs = pairs.codes
        return Seeds((run.name, other.name), alike(ours.loc, theirs.loc, seed=seed, stop=stop))
    except LatentExplorerError:
        return None  # Nothing rests on it: it is a measure to hold the answer against.


def _beside(run: Trained, emit: Emit, stop: StopToken) -> Trained | None:
    from latentexplorer.runs import RunFolder, Trained

    if run.path is None:
        return None
    here = run.path.resolve()
    try:
        beside = sorted(path for path in here.parent.iterdir() if path != here and (path / "config.json").is_file())
    except OSError:
        return None
    for path in beside[:MOST]:
        stop.check()
        try:
            if set(differences(RunFolder.open(path).config, run.config)) == {SEED}:
                other = Trained.load(path, with_data=False, emit=emit, stop=stop)
                if differ_by_seed(run, other):
                    return other
        except LatentExplorerError:
            continue
    return None
