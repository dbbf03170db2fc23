"""Where a search for a code begins: what an encoder says, what is known of images alike, the prior, random draws."""

from __future__ import annotations

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.data.subsets import spaced
from latentexplorer.latent.code_cost import CodeCost
from latentexplorer.latent.code_search import Starts
from latentexplorer.latent.codes import draw_posteriors
from latentexplorer.latent.sampler import fitted_sampler, prior_sampler
from latentexplorer.models import Codes
from latentexplorer.models.encoding import encode_images
from latentexplorer.runs import Trained

MOST_LOOKED_AT = 5_000
"""Training images that the most alike one is sought among, evenly spread."""
TOGETHER = 500


def starts_for(
    trained: Trained,
    image: np.ndarray,
    *,
    seen: np.ndarray | None = None,
    y: int | None = None,
    count: int = 4,
    seed: int = 0,
    stop: StopToken = NEVER,
) -> Starts:
    """Places to begin: the encoder's code (or that of the training image most alike), the middle, then draws.

    With an encoder whose codes have a posterior, every other draw is from that. The image itself is never the one most
    alike: a code that is known already needs no search.

    Parameters
    ----------
    image : ndarray (H, W, C), uint8
    seen : ndarray (H, W), bool, or None
        Pixels that are known; an encoder is shown the decode of the middle in place of the others.
    y : int or None
        The class, for conditional models.
    """
    cost = CodeCost.of(trained)
    classes = None if y is None else np.array([y])
    encoded = _encoded(trained, image, seen, classes, cost) if trained.config.model.kind.encoder else None
    near = None if encoded is not None else _most_alike(trained, image, seen, stop)
    found: list[tuple[str, np.ndarray]] = []
    if encoded is not None:
        found.append(("the encoder's code", encoded.loc[0]))
    if near is not None:
        found.append(("the code of the training image most alike", near))
    found.append(("the prior's middle" if trained.prior is not None else "the mean of the codes", cost.centre))
    missing = count - len(found)
    drawn = _draws(trained, max(missing, 0), seed, y)
    for number, z in enumerate(drawn, 1):
        if encoded is not None and encoded.scale is not None and number % 2 == 0:
            found.append((f"posterior draw {number}", draw_posteriors(trained.prior, encoded, seed + number)[0]))
        else:
            found.append((f"random draw {number}", z))
    names, codes = zip(*found[:count], strict=True)
    return Starts(np.stack(codes).astype(np.float32), tuple(names))


def _encoded(
    trained: Trained, image: np.ndarray, seen: np.ndarray | None, classes: np.ndarray | None, cost: CodeCost
) -> Codes:
    shown = image
    if seen is not None and not seen.all():
        middle = np.rint(255 * trained.decode(cost.centre[None], classes)[0]).astype(np.uint8)
        shown = np.where(seen[..., None], image, middle)
    return encode_images(trained.model, shown[None], classes, steady=trained.steady)


def _most_alike(trained: Trained, image: np.ndarray, seen: np.ndarray | None, stop: StopToken) -> np.ndarray | None:
    """The code of the training image that differs least in the known pixels; None where nothing is known."""
    codes = trained.codes.get("train")
    if trained.data is None or codes is None or (seen is not None and not seen.any()):
        return None
    rows = spaced(len(codes), MOST_LOOKED_AT)
    images, wanted = trained.images("train").images, image.astype(np.float32)
    nearest, least = None, np.inf
    for begin in range(0, len(rows), TOGETHER):
        stop.check()
        some = rows[begin : begin + TOGETHER]
        away = np.square(images[codes.index[some]].astype(np.float32) - wanted)
        itself = ~away.any(axis=(1, 2, 3))
        known = away if seen is None else away[:, seen]
        apart = np.where(itself, np.inf, known.reshape(len(some), -1).sum(1))
        if apart.min() < least:
            nearest, least = int(some[apart.argmin()]), float(apart.min())
    return None if nearest is None else np.asarray(codes.loc[nearest])


def _draws(trained: Trained, count: int, seed: int, y: int | None) -> np.ndarray:
    """Random codes (count, D): from the prior of a variational model, else from what is fitted to the codes."""
    if count == 0:
        return np.empty((0, trained.code_dim), np.float32)
    codes = trained.codes.get("train")
    classes = None if y is None else np.full(count, y, np.int64)
    fitted = codes is not None and len(codes) > 1 and not trained.config.model.kind.variational
    sampler = fitted_sampler(trained, seed=seed) if fitted or trained.prior is None else prior_sampler(trained)
    return np.asarray(sampler.sample(count, seed, y=classes)[0])
