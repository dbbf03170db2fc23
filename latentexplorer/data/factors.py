"""Known generative factors as codes, for measures of disentanglement."""

from __future__ import annotations

import numpy as np

from latentexplorer.data.image_set import ImageSet

MOST_VALUES = 64
BINS = 16


def factors(image_set: ImageSet) -> dict[str, np.ndarray]:
    """Each known factor's value as a code.

    Returns
    -------
    dict of ndarray (N,), int64
        By factor name, codes 0..V-1 in order of the values. Factors with more than 64 values are cut into 16 bins of
        equal width. Factors that do not vary are left out; empty where no factors are known.
    """
    found = {}
    for name in image_set.factor_names:
        distinct, codes = np.unique(image_set.columns[name], return_inverse=True)
        if len(distinct) > MOST_VALUES and distinct.dtype.kind in "biuf":
            edges = np.linspace(float(distinct[0]), float(distinct[-1]), BINS + 1)
            codes = np.digitize(image_set.columns[name], edges[1:-1])
        if len(distinct) > 1:
            found[name] = codes.astype(np.int64).reshape(-1)
    return found
