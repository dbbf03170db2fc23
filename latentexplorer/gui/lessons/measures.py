"""What lessons measure in a run: arrays in, numbers out. The questions are theirs, the answers come from here.

What takes a run and ends in `emit, stop` takes longer than a blink: it is the work of a job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.runs.kept_maps import MapFacts

NEIGHBOURS = 5


def spread(z: Array) -> float:
    """How far from nought the numbers of codes (N, D) lie: root of their mean square, 1 of a standard normal prior."""
    return float(np.sqrt(np.mean(np.square(z, dtype=np.float64))))


def lengths(loc: Array, scale: Array | None) -> tuple[float, float]:
    """Lengths between which nine of ten codes lie that the decoder was trained on: draws from posteriors, or codes.

    Parameters
    ----------
    loc, scale : (N, D)
        Means and standard deviations of the posteriors; without `scale` the codes themselves.
    """
    z = loc.astype(np.float64)
    if scale is not None:
        z = z + scale * np.random.default_rng(0).standard_normal(z.shape)
    low, high = np.quantile(np.linalg.norm(z, axis=1), (0.05, 0.95))
    return float(low), float(high)


def same_class(z: Array, labels: npt.NDArray[np.int64]) -> float:
    """Part of the nearest neighbours of codes (N, D) that are of their class (N,), 0..1."""
    from latentexplorer.latent.neighbours import nearest

    near = nearest(z, z, NEIGHBOURS + 1)[0][:, 1:]
    return float(np.mean(labels[near] == labels[:, None]))


def centres(places: Array, labels: npt.NDArray[np.int64]) -> Array:
    """The middle of each class (K, D) of places (N, D), by class."""
    return np.stack([places[labels == one].mean(0, dtype=np.float64) for one in np.unique(labels)])


def order_kept(coords: Array, z: Array, labels: npt.NDArray[np.int64]) -> float:
    """Spearman's correlation of the distances between the middles of classes on a map (N, 2) and in codes (N, D)."""
    from scipy.spatial.distance import pdist
    from scipy.stats import spearmanr

    return float(spearmanr(pdist(centres(coords, labels)), pdist(centres(z, labels))).statistic)


def beside_whom(coords: Array, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The class (K,) whose middle is nearest to that of each class on a map (N, 2)."""
    from scipy.spatial.distance import pdist, squareform

    apart = squareform(pdist(centres(coords, labels)))
    np.fill_diagonal(apart, np.inf)
    return np.asarray(apart.argmin(1), np.int64)


def finished_maps(run: Trained) -> list[MapFacts]:
    """The finished t-SNE maps of a run's last epoch, the newest first."""
    from latentexplorer.latent.kept_maps import listed

    return [
        facts
        for facts in listed(run)
        if facts.method == "tsne" and facts.finished and facts.part == "train" and facts.epoch == run.epoch
    ]


def last_maps(run: Trained) -> list[tuple[Array, npt.NDArray[np.int64]]]:
    """The same maps read: places (N, 2) and the rows of the run's codes (N,)."""
    from latentexplorer.latent.kept_maps import read

    codes, found = run.codes_of("train"), []
    order = np.argsort(codes.index)
    for facts in finished_maps(run):
        kept = read(run, facts)
        if kept is not None:
            rows = order[np.searchsorted(codes.index, kept.index, sorter=order)]
            found.append((kept.coords, rows))
    return found


def _maps(run: Trained, count: int) -> list[tuple[Array, npt.NDArray[np.int64]]]:
    found = last_maps(run)
    if len(found) < count:
        what = f"{run.name} has {len(found)} of the {count} finished t-SNE maps that are asked about"
        raise NotApplicableError(what, "Open the run of this lesson again")
    return found[:count]


def together(run: Trained, emit: Report, stop: StopToken) -> tuple[float]:
    """Part of the nearest neighbours of the training codes that are of their class, 0..1."""
    codes = run.codes_of("train")
    assert codes.labels is not None
    return (same_class(codes.loc, codes.labels),)


def believed(run: Trained, emit: Report, stop: StopToken) -> tuple[float, float]:
    """Of the last map: its trustworthiness, 0..1, and how far distances between classes keep their order, -1..1."""
    from latentexplorer.latent.preservation import preservation

    ((coords, rows),) = _maps(run, 1)
    codes = run.codes_of("train")
    assert codes.labels is not None
    z = codes.loc[rows]
    near = preservation(z, coords, stop=stop).overall("trustworthiness")
    return near, order_kept(coords, z, codes.labels[rows])


def regrouped(run: Trained, emit: Report, stop: StopToken) -> tuple[float, float]:
    """Of how many classes, and of how many in all, the nearest one is another on the last map than on that before."""
    codes = run.codes_of("train")
    assert codes.labels is not None
    now, before = (beside_whom(coords, codes.labels[rows]) for coords, rows in _maps(run, 2))
    return float(np.sum(now != before)), float(len(now))
