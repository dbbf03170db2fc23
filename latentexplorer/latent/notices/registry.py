"""The table of kinds, in the order of what matters most: of several that concern one pane the first is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.latent.notices import codes, curves
from latentexplorer.latent.notices.known import known_of
from latentexplorer.latent.notices.notice import KindOfNotice, Known, Notice

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

FEWEST_EPOCHS = 3
"""Nothing is said of a training that has hardly begun."""

KINDS: tuple[KindOfNotice, ...] = (
    KindOfNotice("rate-too-high", "Learning rate too high", curves.rate_too_high),
    KindOfNotice("collapse", "Posterior collapse", codes.collapse),
    KindOfNotice("dying", "Dimensions that died", codes.dying),
    KindOfNotice("same-picture", "Decodes all alike", curves.same_picture),
    KindOfNotice("over-fitting", "Over-fitting", curves.over_fitting),
    KindOfNotice("warm-up-under-way", "KL warm-up not over", curves.warm_up_under_way),
    KindOfNotice("ended-early", "Training ended early", curves.ended_early),
    KindOfNotice("outside-prior", "Codes outside the prior", codes.outside_prior),
    KindOfNotice("draws-elsewhere", "Draws that miss the codes", codes.draws_elsewhere),
    KindOfNotice("unused", "Dimensions not used", codes.unused),
    KindOfNotice("sigma-at-floor", "Pixel sigma at its floor", curves.sigma_at_floor),
    KindOfNotice("lone-class", "Classes of one image", codes.lone_class),
    KindOfNotice("few-held-out", "Few held-out images", curves.few_held_out),
)


def notices_of(known: Known) -> list[Notice]:
    """What there is to say of a run, the most important first; at most one of a kind.

    Nothing of a run that has learned from fewer than `FEWEST_IMAGES` images, or from images that are all the same, of
    one that has hardly begun, and of one that is solved at once: what it shows is all there is.
    """
    if not known.enough or not known.family.gradient or known.epoch < FEWEST_EPOCHS:
        return []
    found = (kind.find(known) for kind in KINDS)
    return [notice for notice in found if notice is not None]


def notices_of_run(trained: Trained) -> list[Notice]:
    """What there is to say of a finished run."""
    return notices_of(known_of(trained))
