"""What the codes say: collapse, dimensions that are not used, codes that lie elsewhere than the prior; lone classes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from latentexplorer.core.advice import against_collapse
from latentexplorer.core.measures import ACTIVE_VARIANCE
from latentexplorer.latent.dimensions import died_in
from latentexplorer.latent.notices.curves import COLLAPSED, all_collapsed, no_better, rate_too_high
from latentexplorer.latent.notices.notice import Known, Notice
from latentexplorer.latent.traversal import importance

UNUSED_SHARE = 0.05
"""Of the dimensions, at least: one of a hundred that carries nothing costs nothing."""
LIVED, DIED_SHARE = 3, 0.5
"""A dimension died that was active for so many epochs before; that is said where it is this part of those unused."""
WIDE, NARROW = 2.0, 0.4
"""Codes lie elsewhere than the prior where they are as much wider, or narrower, than it. Digits: 0.9 to 1.7 for VAEs
with a KL weight of 1, 0.45 to 0.6 for auto-decoders, 3.7 with a weight of 0.01. Twice as wide, a quarter of the codes
lies where the prior has two in a hundred."""
CENTRAL = 0.98
"""Part of the prior that a range is spoken of (`latent.ranges.COVER`)."""
ENOUGH = 50
"""Codes that a width is judged by, at least: it is then known to 10 %."""


def collapse(known: Known) -> Notice | None:
    """Where no dimension has told one image from another for some epochs."""
    if not all_collapsed(known) or not known.warm or rate_too_high(known) is not None:
        return None
    text = (
        f"The posterior has collapsed: in none of {known.code_dim} dimensions do posterior means vary by more than "
        f"{ACTIVE_VARIANCE:g}"
    )
    help = against_collapse(known.config, known.now("model.beta"), known.now("model.tc_weight"))
    return Notice("collapse", "map", text, help.text, help.key, help.value)


def dying(known: Known) -> Notice | None:
    """Where most of the dimensions that carry nothing did so before: the KL has pulled them to the prior."""
    dead, kept = _dead(known), known.dimensions
    if dead is None or kept is None or not kept.kl or kept.dims != len(dead) or not known.warm:
        return None
    epochs, variance = np.array(kept.epochs), np.stack(kept.variance)
    died = died_in(epochs, variance, variational=True)
    lived = (variance > ACTIVE_VARIANCE).sum(0) >= LIVED
    gone = dead & lived & (died > 0) & (died <= epochs[-1] + 1 - COLLAPSED)
    count = int(gone.sum())
    if count < DIED_SHARE * dead.sum():
        return None
    which = ", ".join(f"z{dim}" for dim in np.flatnonzero(gone)[:4]) + (f" and {count - 4} more" if count > 4 else "")
    last = int(died[gone].max())
    text = (
        f"{count} of {len(dead)} dimensions {'has' if count == 1 else 'have'} died, the last in epoch {last}: {which}; "
        f"their posterior means vary by less than {ACTIVE_VARIANCE:g} since"
    )
    help = against_collapse(known.config, known.now("model.beta"), known.now("model.tc_weight"))
    return Notice("dying", "loss", text, help.text, help.key, help.value)


def unused(known: Known) -> Notice | None:
    """Where some dimensions carry nothing, but not all, and not because they died."""
    dead = _dead(known)
    if dead is None or dying(known) is not None:
        return None
    count, dims = int(dead.sum()), len(dead)
    than = (
        f"posterior means vary by less than {ACTIVE_VARIANCE:g}"
        if known.kl_per_dim is not None
        else "codes vary a thousandth of what others do"
    )
    text = f"{count} of {dims} dimensions {'is' if count == 1 else 'are'} not used: {than}"
    advice = f"A code of {dims - count} numbers says the same"
    if known.family.variational and known.now("model.beta") > 1:
        advice += f"; a KL weight of {known.now('model.beta'):g} leaves out what tells little"
    if dims != known.config.model.latent_dim:  # Channels of a convolution, of which each is many numbers.
        return Notice("unused", "traversal", text, advice)
    return Notice("unused", "traversal", text, advice, "model.latent_dim", dims - count)


def outside_prior(known: Known) -> Notice | None:
    """Where codes lie far outside the prior that they are pulled towards."""
    widths = _widths(known)
    if widths is None or known.prior is None or known.codes is None or not np.median(widths) > WIDE:
        return None
    low, high = _central(known)
    z = known.codes.loc
    out = float(((z < low) | (z > high)).mean())
    text = (
        f"Codes leave the prior: {np.median(widths):.2g} times as wide as it, {100 * out:.0f} % of their numbers "
        f"where it has {100 * (1 - CENTRAL):.0f} %"
    )
    for key, title, usual, most in (
        ("model.beta", "KL weight", 1.0, 4.0),
        ("model.mmd_weight", "MMD weight", 300.0, 1000.0),
        ("model.code_penalty", "code penalty", 1e-4, 1e-2),
    ):
        if key.removeprefix("model.") in known.family.settings:
            now = known.now(key)
            if now <= most:
                value = usual if now < usual else float(f"{4 * now:.1g}")
                return Notice("outside-prior", "map", text, f"Raise the {title}, now {now:g}", key, value)
    return Notice("outside-prior", "map", text, "Draw new codes from the fitted sampler")


def draws_elsewhere(known: Known) -> Notice | None:
    """Where draws from the prior fall where no codes are, so that they look worse than the model is."""
    widths = _widths(known)
    if widths is None:
        return None
    width = float(np.median(widths))
    if NARROW <= width <= WIDE:
        return None
    text = f"Draws from the prior miss the codes, which are {width:.2g} times as wide"
    return Notice("draws-elsewhere", "gallery", text, "The fitted sampler draws where the codes are")


def lone_class(known: Known) -> Notice | None:
    """Where a class has a single training image: its code says nothing of the class."""
    lone = [name for name, count in known.class_counts.items() if count == 1]
    if not lone or len(lone) == len(known.class_counts):
        return None
    names = ", ".join(lone[:3]) + (f" and {len(lone) - 3} more" if len(lone) > 3 else "")
    text = (
        f"{len(lone)} of {len(known.class_counts)} classes {'has' if len(lone) == 1 else 'have'} "
        f"one training image only: {names}"
    )
    return Notice(
        "lone-class", "gallery", text, "What is shown of such a class is that image; add others or leave it out"
    )


# -- what several of them ask ----------------------------------------------------------------------------------------


def _dead(known: Known) -> npt.NDArray[np.bool_] | None:
    """Which dimensions (D,) carry nothing; None where none, all or too few of them do, or it is not known."""
    if known.family.separates or not known.family.gradient or known.codes is None or len(known.codes) < ENOUGH:
        return None
    dead = importance(known.codes.loc, known.kl_per_dim).unused
    count, dims = int(dead.sum()), len(dead)
    return None if not 0 < count < dims or count < UNUSED_SHARE * dims else dead


def _widths(known: Known) -> npt.NDArray[np.float64] | None:
    """Standard deviation of all posteriors together, as a multiple of the prior's, of each dimension in use (D',).

    None where it says nothing: without a prior, while the weight of the KL still grows or is nought, from few codes,
    from a training that has hardly begun, or where nothing has been learned.
    """
    codes, prior = known.codes, known.prior
    if codes is None or prior is None or len(codes) < ENOUGH or known.family.separates:
        return None
    if not known.warm or no_better(known) or known.epoch < 8 or all_collapsed(known):
        return None
    inside = 0.0 if codes.scale is None else np.square(codes.scale, dtype=np.float64).mean(0)
    widths = np.sqrt(np.var(codes.loc, axis=0, dtype=np.float64) + inside) / prior.scale
    used = ~importance(codes.loc, known.kl_per_dim).unused
    return np.asarray(widths[used]) if used.any() else None


def _central(known: Known) -> tuple[float, float]:
    """Between which numbers the middle of the prior lies."""
    import torch

    assert known.prior is not None
    parts = torch.tensor([(1 - CENTRAL) / 2, (1 + CENTRAL) / 2], dtype=torch.float64)
    low, high = known.prior.icdf(parts).tolist()
    return low, high
