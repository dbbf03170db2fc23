"""How strongly the points of a t-SNE attract each other: what codes and perplexity alone decide."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.events import Emit, Progress
from latentexplorer.core.imports import one_at_a_time
from latentexplorer.latent.neighbours import neighbour_graph

EXACT = 20_000
"""Points up to which neighbours are exact here; above, Annoy's trees find nearly all of them in less time."""
CELLS, MARGIN = 2**26, 16
"""Distances held at once on a card, and candidates beyond those asked for."""
CARD_FROM = 5_000
"""Points from which a card moves them: below, a step is some hundred launches, which take as long as the step here."""


def device_for(points: int) -> torch.device:
    """Where so many points are moved: on a card where there is one and they pay for it."""
    return torch.device("cuda" if points >= CARD_FROM and torch.cuda.is_available() else "cpu")


@dataclass
class Affinities:
    """How strongly each point attracts each other one.

    Attributes
    ----------
    key : str
        Fingerprint of the codes it was made from.
    neighbours, distances : ndarray (M, k)
    by_perplexity : dict
        Symmetric joint probabilities, (M, M) sparse, that sum to 1.
    """

    key: str
    neighbours: np.ndarray
    distances: np.ndarray
    by_perplexity: dict[float, Any] = field(default_factory=dict)


def perplexity_for(points: int, asked: float) -> float:
    """The perplexity that so many points allow."""
    return min(asked, (points - 1) / 3)


def affinities_of(
    points: np.ndarray,
    perplexity: float,
    *,
    seed: int,
    n_jobs: int,
    reuse: Affinities | None,
    emit: Emit,
    stop: StopToken,
) -> Affinities:
    """The affinities of points (M, D) at a perplexity, with as much of `reuse` as fits them."""
    key = hashlib.sha256(str(points.shape).encode() + np.ascontiguousarray(points).tobytes()).hexdigest()
    k = min(len(points) - 1, max(1, int(3 * perplexity)))
    if reuse is None or reuse.key != key or reuse.neighbours.shape[1] < k:
        emit(Progress(0, 0, "finding neighbours"))
        reuse = Affinities(key, *_graph(points, k, seed, n_jobs, stop))
    if perplexity not in reuse.by_perplexity:
        emit(Progress(0, 0, "weighing neighbours"))
        reuse.by_perplexity[perplexity] = _joint(
            reuse.neighbours[:, :k], reuse.distances[:, :k], perplexity, n_jobs, stop
        )
    return reuse


def _graph(points: np.ndarray, k: int, seed: int, n_jobs: int, stop: StopToken) -> tuple[np.ndarray, np.ndarray]:
    device = device_for(len(points))
    if device.type != "cpu":
        return graph_on(device, points, k, stop)
    if len(points) <= EXACT:
        return neighbour_graph(points, k, stop=stop)
    with one_at_a_time():
        from openTSNE.dependencies.annoy import AnnoyIndex

    tree = AnnoyIndex(points.shape[1], "euclidean")
    tree.set_seed(seed + 1)
    for row, point in enumerate(points):
        tree.add_item(row, point)
    stop.check()
    tree.build(50, n_jobs=n_jobs)
    neighbours = np.empty((len(points), k), np.int64)
    distances = np.empty((len(points), k))
    for row in range(len(points)):
        if row % 200 == 0:
            stop.check()
        found, away = tree.get_nns_by_item(row, k + 1, include_distances=True)
        neighbours[row], distances[row] = found[1:], away[1:]
    return neighbours, distances


def graph_on(device: torch.device, points: np.ndarray, k: int, stop: StopToken) -> tuple[np.ndarray, np.ndarray]:
    """The `k` nearest other points of every point and their distances (M, k), nearest first, on a device of torch."""
    there = torch.from_numpy(np.asarray(points, np.float32)).to(device)
    there = there - there.mean(0)
    squares, rows = there.square().sum(1), max(1, CELLS // len(points))
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for start in range(0, len(points), rows):
        stop.check()
        some = there[start : start + rows]
        apart = torch.addmm(squares, some, there.T, alpha=-2)
        own = torch.arange(len(some), device=device)
        apart[own, own + start] = torch.inf
        # A few more than asked for: products may be rounded coarsely, and nearly equal distances change places.
        near = apart.topk(min(k + MARGIN, len(points) - 1), dim=1, largest=False).indices.sort(1).values
        away = (there[near] - some[:, None]).double().square().sum(2)
        order = away.sort(dim=1, stable=True)
        chosen = near.gather(1, order.indices[:, :k])
        found.append((chosen.cpu().numpy(), order.values[:, :k].sqrt().cpu().numpy()))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([away for _, away in found])


def conditional(distances: np.ndarray, perplexity: float, n_jobs: int, stop: StopToken) -> np.ndarray:
    """p(j given i) over each point's neighbours, rows that sum to 1, in blocks so that a stop is seen."""
    with one_at_a_time():
        from openTSNE import _tsne

    rows = np.empty(distances.shape)
    for start in range(0, len(distances), 5_000):
        stop.check()
        part = np.array(distances[start : start + 5_000], dtype=float)
        rows[start : start + 5_000] = np.asarray(
            _tsne.compute_gaussian_perplexity(part, np.array([perplexity], dtype=float), num_threads=n_jobs)
        )
    return rows


def sparse(weights: np.ndarray, neighbours: np.ndarray, columns: int) -> Any:
    pointers = np.arange(0, weights.size + 1, weights.shape[1], dtype=np.int32)
    return sp.csr_matrix(
        (weights.ravel(), neighbours.ravel().astype(np.int32), pointers), shape=(len(weights), columns)
    )


def _joint(neighbours: np.ndarray, distances: np.ndarray, perplexity: float, n_jobs: int, stop: StopToken) -> Any:
    """Symmetric joint probabilities p_ij = (p(j given i) + p(i given j)) / 2N."""
    one_way = sparse(conditional(distances, perplexity, n_jobs, stop), neighbours, len(neighbours))
    both = (one_way + one_way.T).tocsr()
    both.sort_indices()
    both.data /= both.data.sum()
    return both
