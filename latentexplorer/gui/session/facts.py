"""What is known of a code: how far from real data it lies, its nearest images, draws from its posterior, its cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import decoding
from latentexplorer.views.code import Code

NEAREST = 10
DRAWS = 10
QUICK = 2_000
"""Codes that support is judged by while the run changes twice a second."""
USUAL = 10_000


@dataclass(frozen=True, eq=False)
class Facts:
    """About one code.

    Attributes
    ----------
    code : Code
    support : float or None
        1 on top of the data, towards 0 far from it; None where there are too few codes to tell.
    words : str
        The same for a person.
    nearest : ndarray (K,) of int
        Positions of the training images whose codes are nearest, nearest first.
    images : ndarray (K, H, W, C)
        Those images; where the data is not there, their decodes.
    original : bool
        Whether `images` are the images themselves.
    draws : ndarray (S, H, W, C) or None
        Decodes of draws from its posterior. None where it has none, or while they are worked out.
    drawn : ndarray (S, D) or None
        The codes of those draws.
    recon, kl : float or None
        Nats, of the image whose code it is.
    """

    code: Code
    support: float | None
    words: str
    nearest: np.ndarray
    images: np.ndarray
    original: bool
    draws: np.ndarray | None = None
    drawn: np.ndarray | None = None
    recon: float | None = None
    kl: float | None = None


def original_of(session: Session, code: Code, image: np.ndarray) -> np.ndarray | None:
    """What a decode is compared with: the image itself; of a mixture both images, each by the part that fits it better.

    None where the code is that of no image, or the images are not there.
    """
    first = session.current.original(code)
    if first is None or not session.shown.config.model.kind.separates:
        return first
    from latentexplorer.views.pick import partner_of
    from latentexplorer.views.separation import in_order

    partner = partner_of(session.shown.codes[code.part], int(code.index or 0))
    second = session.current.original(replace(code, index=partner))
    if second is None:
        return None
    ordered: np.ndarray = in_order(session.shown, image, np.concatenate([first, second], axis=1))
    return ordered


class Inquirer:
    """Makes questions for the decoder's thread; keeps what is the same for every code of a run."""

    def __init__(self) -> None:
        self._codes: Any = None
        self._support: Any = None

    def question(self, run: Any, code: Code, live: bool) -> Callable[[], Iterator[Facts | None]]:
        """A question about a code: first what is quick, then with the draws.

        Parameters
        ----------
        live : bool
            Whether the run changes all the time.
        """

        def question() -> Iterator[Facts | None]:
            return self._facts(run, code, live)

        return question

    def _facts(self, run: Any, code: Code, live: bool) -> Iterator[Facts | None]:
        support = self._supporting(run, live)
        value = None if support is None else float(support(code.z[None])[0])
        words = "" if support is None else support.words(value)
        # Steps of their own, so that the current code never waits for all of them.
        yield None
        nearest, rows = _nearest(run, code)
        images, original = _images(run, nearest, rows)
        yield None
        facts = Facts(code, value, words, nearest, images, original, recon=_recon(run, code), kl=_kl(run, code))
        yield facts
        drawn = _draws(run, code)
        if drawn is not None:
            yield replace(facts, drawn=drawn, draws=decoding.decode(run, drawn, decoding.classes(code.y, len(drawn))))

    def _supporting(self, run: Any, live: bool) -> Any:
        codes = run.codes.get("train")
        if codes is None or len(codes.loc) < 2:
            return None
        if self._codes is not codes:
            from latentexplorer.latent.geometry import Support

            self._support = Support(codes.loc, limit=QUICK if live else USUAL)
            self._codes = codes
        return self._support


def _nearest(run: Any, code: Code) -> tuple[np.ndarray, np.ndarray]:
    """Positions and rows of the training images with the nearest codes; an image is not its own neighbour."""
    from latentexplorer.latent.neighbours import nearest

    codes = run.codes.get("train")
    if codes is None or not len(codes.loc):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    rows = nearest(code.z[None], codes.loc, NEAREST + 1)[0][0]
    if code.part == "train":
        rows = rows[codes.index[rows] != code.index]
    rows = rows[:NEAREST]
    return np.asarray(codes.index[rows]), rows


def _images(run: Any, index: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, bool]:
    """The images, or where the run came without its data the decodes of their codes."""
    if not len(index):
        return np.zeros((0, 1, 1, 1), np.uint8), True
    if run.data is not None:
        from latentexplorer.views.lookup import originals

        return originals(run, "train", index), True
    codes = run.codes["train"]
    y = codes.labels[rows] if run.config.model.kind.conditional and codes.labels is not None else None
    return decoding.decode(run, codes.loc[rows], y), False


def _posterior(run: Any, code: Code) -> Any:
    """Its posterior as kept codes of one row; None where there is none."""
    if code.scale is None or run.prior is None:
        return None
    from latentexplorer.models import Codes

    return Codes(np.array(code.z)[None], np.array(code.scale, np.float32)[None], np.zeros(1, np.int64), None)


def _draws(run: Any, code: Code) -> np.ndarray | None:
    posterior = _posterior(run, code)
    if posterior is None:
        return None
    from latentexplorer.latent.codes import draw_posteriors

    many = replace(
        posterior,
        loc=posterior.loc.repeat(DRAWS, 0),
        scale=posterior.scale.repeat(DRAWS, 0),
        index=np.zeros(DRAWS, np.int64),
    )
    return draw_posteriors(run.prior, many, seed=0)


def _kl(run: Any, code: Code) -> float | None:
    posterior = _posterior(run, code)
    if posterior is None:
        return None
    from latentexplorer.views.lookup import kl_of

    kl = kl_of(run, posterior)
    return None if kl is None else float(kl.sum())


def _recon(run: Any, code: Code) -> float | None:
    """-log p of the image given its code, in nats; None for a code of no image."""
    if code.index is None or run.data is None:
        return None
    import torch

    from latentexplorer.models.encoding import to_batch

    try:
        image = run.images(code.part).images[code.index][None]
        label = code.y if code.y is not None else 0
        batch = to_batch(np.asarray(image), np.array([label]), None)
        with torch.no_grad():
            recon, _ = run.model.loss_at(torch.from_numpy(np.array(code.z))[None], batch)
    except (LatentExplorerError, IndexError):
        # A separation has no error without the second image, an image may be gone with its data.
        return None
    return float(recon[0])
