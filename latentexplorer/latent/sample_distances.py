"""How far draws of a run lie from held-out images, beside what can be expected: reconstructions, other images."""

from __future__ import annotations

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.data.subsets import spaced
from latentexplorer.latent.frechet import FEWEST, features_of, frechet_distance, shrinkage
from latentexplorer.latent.measured import Measured
from latentexplorer.latent.sampler import fitted_sampler, prior_sampler
from latentexplorer.runs import Trained

FRECHET = ("frechet_prior", "frechet_fitted", "frechet_reconstructions", "frechet_real", "frechet_shrinkage")


def sample_distances(
    trained: Trained,
    test: Measured | None,
    *,
    seed: int = 0,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
    **features_settings: int,
) -> tuple[dict[str, float | None], str | None]:
    """Frechet distances from real held-out images, and what the features are.

    Parameters
    ----------
    test : Measured or None
        Held-out images and their decodes; where there are too few, every distance is None.
    seed : int
        Of the draws.
    features_settings
        Of the network that the distances look through: see `latent.frechet.features_of`.
    """
    result: dict[str, float | None] = dict.fromkeys(FRECHET)
    if test is None or len(test.x) < FEWEST or trained.config.model.kind.separates:
        return result, None
    train = trained.images("train")
    features = features_of(
        train.images,
        train.labels,
        len(train.class_names),
        steady=trained.steady,
        emit=emit,
        stop=stop,
        **features_settings,
    )
    real = features(test.x)
    count, y = len(test.x), test.images.labels if trained.config.model.kind.conditional else None

    def distance(z: np.ndarray, classes: np.ndarray | None) -> float:
        stop.check()
        return frechet_distance(features(trained.decode(z, classes)), real)

    result["frechet_reconstructions"] = frechet_distance(features(test.pictures), real)
    result["frechet_shrinkage"] = shrinkage(real)
    if len(train) >= FEWEST:
        others = features(train.images[spaced(len(train), count)])
        result["frechet_real"] = frechet_distance(others, real[spaced(count, len(others))])
    if trained.prior is not None:
        result["frechet_prior"] = distance(*prior_sampler(trained).sample(count, seed, y=y))
    try:
        result["frechet_fitted"] = distance(*fitted_sampler(trained, seed=seed, stop=stop).sample(count, seed, y=y))
    except NotApplicableError:
        # Too few codes, or a held-out class that was never trained on: there is nothing to draw from.
        result["frechet_fitted"] = None
    return result, features.description
