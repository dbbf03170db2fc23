"""Do single dimensions stand for single factors? MIG and DCI, where the factors are known, beside shuffled labels."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.imports import one_at_a_time

BINS = 20
MOST = 4_000
"""Codes used; more change the second decimal at most."""
TREES = 40


@dataclass(frozen=True)
class Dci:
    """Eastwood and Williams 2018: all 0..1, higher is better.

    Attributes
    ----------
    disentanglement : float
        Each dimension tells of one factor only.
    completeness : float
        Each factor is told by one dimension only.
    informativeness : float
        Accuracy of telling the factors of images that were not trained on, averaged over factors.
    """

    disentanglement: float
    completeness: float
    informativeness: float


def mig(codes: np.ndarray, factors: dict[str, np.ndarray]) -> float:
    """Mutual information gap (Chen et al. 2018, eq. 6): 0..1.

    For every factor the gap between the two dimensions that tell most of it, in units of the factor's entropy; mean
    over factors. Dimensions are cut into 20 equal bins (Locatello et al. 2019).

    Parameters
    ----------
    codes : ndarray (N, D)
    factors : dict of str to ndarray (N,), int64
    """
    usable = varying(factors)
    binned = np.stack([_binned(column) for column in np.asarray(codes, np.float64).T], axis=1)
    gaps = []
    for values in usable.values():
        information = np.array([_mutual_information(binned[:, d], values) for d in range(binned.shape[1])])
        first, second = (*np.sort(information)[::-1][:2], 0.0)[:2]
        gaps.append((first - second) / _entropy(values))
    return float(np.mean(gaps))


def dci(codes: np.ndarray, factors: dict[str, np.ndarray], *, seed: int = 0, stop: StopToken = NEVER) -> Dci:
    """Disentanglement, completeness and informativeness, by the importances of random forests.

    Trees grow until they are right, so that codes which fix a factor are told to 1. Published tables are mostly made
    with boosted trees, whose importances are others: compare with figures made this way only.

    Parameters as for `mig`. Three quarters of the codes train the forests, the rest tests them.
    """
    with one_at_a_time():
        from sklearn.ensemble import RandomForestClassifier

    usable = varying(factors)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(codes))
    cut = max(1, (3 * len(codes)) // 4)
    train, test = order[:cut], order[cut:]
    importance, accuracy = [], []
    for values in usable.values():
        stop.check()
        forest = RandomForestClassifier(TREES, random_state=seed, max_features=None)
        forest.fit(codes[train], values[train])
        importance.append(forest.feature_importances_)
        accuracy.append(float(forest.score(codes[test], values[test])))
    matrix = np.stack(importance, axis=1)
    by_dim, by_factor = matrix.sum(1), matrix.sum(0)
    weight = by_dim / max(by_dim.sum(), 1e-12)
    disentanglement = float((weight * (1 - _spread(matrix))).sum())
    share = by_factor / max(by_factor.sum(), 1e-12)
    completeness = float((share * (1 - _spread(matrix.T))).sum())
    return Dci(disentanglement, completeness, float(np.mean(accuracy)))


def disentanglement(
    codes: np.ndarray, factors: dict[str, np.ndarray], *, seed: int = 0, stop: StopToken = NEVER
) -> dict[str, Any]:
    """MIG and DCI with the same for factors that were shuffled among the images: what chance alone gives.

    Returns
    -------
    dict
        `mig`, `dci` (a table), `shuffled` (the same two), `importances` (by what), `factors` (names), `codes` (how
        many were used).
    """
    usable = varying(factors)
    rng = np.random.default_rng(seed)
    if len(codes) > MOST:
        rows = np.sort(rng.choice(len(codes), MOST, replace=False))
        codes, usable = codes[rows], {name: values[rows] for name, values in usable.items()}
        usable = varying(usable)
    order = rng.permutation(len(codes))
    shuffled = {name: values[order] for name, values in usable.items()}
    return {
        "mig": mig(codes, usable),
        "dci": asdict(dci(codes, usable, seed=seed, stop=stop)),
        "shuffled": {"mig": mig(codes, shuffled), "dci": asdict(dci(codes, shuffled, seed=seed, stop=stop))},
        "importances": "random forests: not comparable with tables made by boosted trees",
        "factors": list(usable),
        "codes": len(codes),
    }


def varying(factors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The factors that take more than one value.

    Raises
    ------
    NotApplicableError
        If there are none.
    """
    usable = {name: np.asarray(values) for name, values in factors.items() if len(np.unique(values)) > 1}
    if not usable:
        raise NotApplicableError("The factors behind these images are not known, so nothing can be told of them")
    return usable


def _binned(column: np.ndarray) -> np.ndarray:
    low, high = column.min(), column.max()
    if not low < high:
        return np.zeros(len(column), np.int64)
    return np.asarray(np.minimum(((column - low) / (high - low) * BINS).astype(np.int64), BINS - 1))


def _entropy(values: np.ndarray) -> float:
    share = np.unique(values, return_counts=True)[1] / len(values)
    return float(-(share * np.log(share)).sum())


def _mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    """I(a, b) = H(a) + H(b) - H(a, b) of discrete values, nats."""
    _, code = np.unique(b, return_inverse=True)
    return max(0.0, _entropy(a) + _entropy(b) - _entropy(a * (int(code.max()) + 1) + code))


def _spread(matrix: np.ndarray) -> np.ndarray:
    """Entropy of each row as a distribution, in units of the greatest possible; 1 for a row of zeros."""
    total = matrix.sum(1, keepdims=True)
    share = np.divide(matrix, total, out=np.full_like(matrix, 1 / matrix.shape[1]), where=total > 0)
    if matrix.shape[1] == 1:
        return np.zeros(len(matrix))
    terms = np.where(share > 0, share * np.log(np.where(share > 0, share, 1)), 0)
    return np.asarray(-terms.sum(1) / np.log(matrix.shape[1]))
