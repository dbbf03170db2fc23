"""What is known of a code: how far from real data it lies, its nearest images, draws from its posterior, its cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.errors import LatentExplorerError, NotApplicableError
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code, image_of_code
from latentexplorer.views.lookup import is_conditional, kl_of, nearest_rows, pictures_of
from latentexplorer.views.pick import partner_of
from latentexplorer.views.separation import in_order

if TYPE_CHECKING:
    from pathlib import Path

    from latentexplorer.latent.density import Densities
    from latentexplorer.latent.support import Oddness, Support, Survey
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

    Decode = Callable[[Trained, Array, Array | None], Array]
    """Images of the codes (B, D) of a run, with their classes (B,)."""

NEAREST = 10
DRAWS = 10
QUICK = 2_000
"""Codes that support is judged by while the run changes twice a second."""
USUAL = 10_000
DECODED = {QUICK: 48, USUAL: 256}
"""Codes of each group that are decoded to learn what is usual."""
AT_ONCE = 200
"""Of so few codes what is usual is learned before anything is shown."""


@dataclass(frozen=True, eq=False)
class Facts:
    """About one code.

    Attributes
    ----------
    code : Code
    support : float or None
        How full a bar is: full where half of the held-out images are odder or more, empty where none is. None where
        there are too few codes to tell, or what is usual is still being learned.
    words : str
        How near to data the code lies, for a person.
    odd : str
        How odd it is beside held-out images, in a sentence.
    likely : tuple of str
        How likely it is by the prior and by the fitted sampler, a sentence each; empty while that is worked out.
    nearest : (K,) int64
        Positions of the training images whose codes are nearest, nearest first.
    images : (K, H, W, C) uint8, or float32 in [0, 1]
        Those images; where the data is not there, their decodes.
    original : bool
        Whether `images` are the images themselves.
    draws : (S, H, W, C) float32 or None
        Decodes of draws from its posterior. None where it has none, or while they are worked out.
    drawn : (S, D) float32 or None
        The codes of those draws.
    recon, kl : float or None
        Nats, of the image whose code it is.
    """

    code: Code
    support: float | None
    words: str
    nearest: Array
    images: Array
    original: bool
    draws: Array | None = None
    drawn: Array | None = None
    recon: float | None = None
    kl: float | None = None
    odd: str = ""
    likely: tuple[str, ...] = ()

    @property
    def near(self) -> str:
        """How near to data the code lies; of one that a map told, how near to its points the place lies besides."""
        where = self.code.where
        if where is None or not where.words or not self.words:
            return self.words
        return f"code {self.words} · {where.words}"

    @property
    def numbers(self) -> str:
        """What those words rest on."""
        where = self.code.where
        parts = (self.odd, *self.likely, where.numbers if where is not None else "")
        return "\n".join(part for part in parts if part)


class KnownSupport:
    """Judges how odd codes are, and keeps what it learned of a run's codes until others are asked about.

    May be asked from any thread.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._codes: Codes | None = None
        self._limit = 0
        self._survey: Survey | None = None
        self._judge: Support | None = None
        self._before: Path | None = None
        self._densities_of: Codes | None = None
        self._densities: Densities | None = None

    def learn(self, run: Trained, limit: int, decode: Decode) -> Iterator[Support | None]:
        """What is usual among the training codes of a run, in steps: None until the last, which is the judge.

        The last is None too where there are too few codes. What was learned stays, also where nobody waits for the end.

        Parameters
        ----------
        limit : int
            Training codes that others are compared with, at most.
        """
        codes = run.codes.get("train")
        while codes is not None:
            with self._lock:
                if self._codes is not codes or self._limit != limit:
                    self._begin(run, codes, limit)
                if self._survey is None:
                    break
                self._judge = self._survey.step(partial(decode, run))
                if self._judge is not None:
                    self._survey, self._before = None, run.path
            yield None
        with self._lock:
            judge = self._judge if self._codes is codes and self._limit == limit else None
        yield judge

    def densities(self, run: Trained) -> Iterator[Densities | None]:
        """How likely codes of a run are, learned in steps as `learn` does; None at last where there are too few."""
        from latentexplorer.latent.density import Densities

        codes = run.codes.get("train")
        with self._lock:
            found = self._densities if self._densities_of is codes else None
        if found is None and codes is not None:
            try:
                found = Densities(run)
            except NotApplicableError:
                pass
            else:
                for _ in found.learn():
                    yield None
            with self._lock:
                self._densities_of, self._densities = codes, found
        yield found

    def new(self, run: Trained) -> bool:
        """Whether nothing was learned of this run yet, at no time of its training."""
        with self._lock:
            return self._before is None or self._before != run.path

    def _begin(self, run: Trained, codes: Codes, limit: int) -> None:
        from latentexplorer.latent.support import Survey, known_codes

        self._codes, self._limit, self._judge, self._survey = codes, limit, None, None
        try:
            self._survey = Survey(codes, known_codes(run), run.prior, limit=limit, count=DECODED.get(limit, 256))
        except NotApplicableError:
            self._before = run.path


def judged(
    run: Trained, z: Array, y: Array | None, support: KnownSupport, decode: Decode, limit: int = USUAL
) -> Iterator[tuple[Oddness, Support, Array] | None]:
    """How odd codes (B, D) are, with who judged and their decodes, in steps: None until the last.

    The last is None too where there are too few codes to tell.
    """
    judge = None
    for step in support.learn(run, limit, decode):
        judge = step
        if judge is None:
            yield None
    if judge is not None:
        images = decode(run, z, y)
        yield judge(z, images), judge, images


shared_support = KnownSupport()
"""What is known of the run that is shown: learned once for all who ask."""


def facts_of(
    run: Trained, code: Code, support: KnownSupport, decode: Decode, limit: int = USUAL
) -> Iterator[Facts | None]:
    """What is known of a code, in steps: first what is quick, then with draws from its posterior.

    Parameters
    ----------
    support : KnownSupport
    limit : int
        Codes that support is judged by, at most.

    Yields
    ------
    Facts or None
        None: a step that shows nothing yet, so that who is more urgent never waits for all of them.
    """
    near, images, original = _nearest(run, code, decode)
    yield None
    facts = Facts(code, None, "", near, images, original, recon=_recon(run, code), kl=_kl(run, code))
    if support.new(run) and len(run.codes.get("train") or ()) > AT_ONCE:
        yield facts
    for found in judged(run, code.z[None], None if code.y is None else np.array([code.y]), support, decode, limit):
        yield None
        if found is not None:
            odd, judge, _ = found
            share = float(odd.share[0])
            facts = replace(facts, support=min(1.0, 2 * (1 - share)), words=odd.words[0], odd=judge.sentence(share))
    yield facts
    drawn = _draws(run, code)
    if drawn is not None:
        y = None if code.y is None else np.full(len(drawn), code.y, np.int64)
        facts = replace(facts, drawn=drawn, draws=decode(run, drawn, y))
        yield facts
    # While a run trains they would be of codes that have gone on.
    for densities in support.densities(run) if limit == USUAL else ():
        yield None if densities is None else replace(facts, likely=likely_of(densities, code))


def likely_of(densities: Densities, code: Code) -> tuple[str, ...]:
    """How likely a code is by the prior and by the fitted sampler, a sentence each."""
    y = None if code.y is None else np.array([code.y])
    return tuple(found.sentence() for found in densities(code.z[None], y))


def original_beside(run: Trained, code: Code, image: Array) -> Array | None:
    """What a decode is compared with: the image itself; of a mixture both images, each by the part that fits it better.

    Parameters
    ----------
    image : (H, W', C) float32
        The decode.

    Returns
    -------
    (H, W', C) uint8, or None where the code is that of no image, or the images are not there
    """
    first = image_of_code(run, code)
    if first is None or not run.config.model.kind.separates:
        return first
    if code.image is not None or code.index is None:
        return in_order(run, image, first) if first.shape == image.shape else first
    second = image_of_code(run, replace(code, index=partner_of(run.codes[code.part], code.index)))
    return None if second is None else in_order(run, image, np.concatenate([first, second], axis=1))


def _nearest(run: Trained, code: Code, decode: Decode) -> tuple[Array, Array, bool]:
    """Positions and images of the training images with the nearest codes, and whether they are the images."""
    codes = run.codes.get("train")
    if codes is None or not len(codes):
        return np.zeros(0, np.int64), np.zeros((0, 1, 1, 1), np.uint8), True
    own = code.index if code.part == "train" else None
    near = codes.take(nearest_rows(run, code.z, NEAREST, own=own))
    return near.index, *pictures_of(run, "train", near, partial(decode, run))


def _posteriors(run: Trained, code: Code, count: int) -> Codes | None:
    """Its posterior `count` times, as kept codes; None where there is none."""
    if code.scale is None or run.prior is None:
        return None
    from latentexplorer.models import Codes

    loc, scale = (np.repeat(np.asarray(numbers, np.float32)[None], count, 0) for numbers in (code.z, code.scale))
    return Codes(loc, scale, np.zeros(count, np.int64), None)


def _draws(run: Trained, code: Code) -> Array | None:
    posteriors = _posteriors(run, code, DRAWS)
    if posteriors is None:
        return None
    from latentexplorer.latent.codes import draw_posteriors

    return draw_posteriors(run.prior, posteriors, seed=0)


def _kl(run: Trained, code: Code) -> float | None:
    posterior = _posteriors(run, code, 1)
    kl = None if posterior is None else kl_of(run, posterior)
    return None if kl is None else float(kl.sum())


def _recon(run: Trained, code: Code) -> float | None:
    """-log p of the image given its code, in nats; None for a code of no image, and of a mixture."""
    image = image_of_code(run, code)
    if image is None or run.config.model.kind.separates:
        return None
    from latentexplorer.latent.likelihood import nats_given_codes

    y = np.array([code.y or 0]) if is_conditional(run) else None
    try:
        return float(nats_given_codes(run.model, code.z[None], image[None], y)[0])
    except LatentExplorerError:
        return None
