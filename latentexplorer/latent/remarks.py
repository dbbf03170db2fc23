"""What a person must know to read the figures of `evaluate` rightly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from latentexplorer.core.advice import against_a_first_leap, against_collapse
from latentexplorer.latent.diagnostics import NORM_BATCH, collapse_warning, outside, stuck_warning
from latentexplorer.latent.measured import Measured
from latentexplorer.latent.oddness import learned
from latentexplorer.runs import Trained


def remarks(
    trained: Trained, train: Measured, test: Measured | None, figures: Mapping[str, Any], floor: bool
) -> list[str]:
    """Lines without a full stop; `figures`: those of held-out images; `floor`: whether the distance between real images
    is told.
    """
    config = trained.config
    # Where there is one image only, or all are the same, one code is right.
    advice = str(against_collapse(config))
    collapsed = "" if train.images.alike else collapse_warning(train.codes.loc, train.kl_per_dim, advice)
    stuck = stuck_warning(train.x, train.x_hat, str(against_a_first_leap(config)))
    notes = [warning for warning in (collapsed, stuck) if warning]
    if not config.model.kind.variational:
        what = "log_likelihood integrates it out" if not config.model.kind.gradient else "nothing here bounds log p(x)"
        notes.append(f"recon is at one code of each image, for which no prior is paid: {what}")
    elif config.model.likelihood == "bernoulli" and not np.isin(train.x, (0.0, 1.0)).all():
        notes.append(
            "A Bernoulli is a probability of black and white pixels: of grey ones elbo and iwae bound no log p(x)"
        )
    if config.model.kind.variational and config.model.kind.conditional:
        count = len(trained.class_names)
        notes.append(
            "This model is told the class: elbo, iwae and bits_per_dim are of log p(x given the class), which for that "
            f"alone may be up to log {count:,} = {math.log(max(count, 1)):.1f} nats above log p(x)"
        )
    if test is not None and test.kind == "fitted":
        notes.append(
            "Codes of held-out images are fitted to the finished decoder, those of training images were learned with "
            "it: their difference is not that of the images alone"
        )
    for name, part in (("training", train), ("held-out", test)):
        if part is not None and len(part.x) < part.total:
            notes.append(f"Measured on {len(part.x):,} of {part.total:,} {name} images, evenly spread")
        if part is not None and (wide := outside(part.x_hat)):
            notes.append(f"{wide:.1%} of the decoded values of {name} images leave [0, 1]: errors are of what they say")
    if test is not None and (known := int(learned(trained, test.images.images).sum())):
        notes.append(
            f"{known:,} of {len(test.x):,} held-out images {'is' if known == 1 else 'are'}, pixel by pixel, among the "
            "training images: of these the figures are of what was learned"
        )
    if test is not None and config.training.early_stopping and trained.epoch < config.training.epochs:
        notes.append(
            "The loss of held-out images ended the training, so they are not quite unseen: figures of others may be a "
            "little worse"
        )
    counts = {len(part.x) for part in (train, test) if part is not None and len(part.x) % NORM_BATCH}
    if counts:
        notes.append(
            f"norm_metric: the last batch is shorter than {NORM_BATCH} images and counts as one, which reads higher: "
            f"compare it at {' and '.join(f'{count:,}' for count in sorted(counts))} images only"
        )
    weighed, read = figures["iwae_images"], figures["readability"]
    if weighed and test is not None and weighed != len(test.x):
        notes.append(
            f"iwae is of {weighed:,} images and elbo of {len(test.x):,}: their difference is no gap between bounds "
            "unless it is many standard errors"
        )
    if read is not None and test is not None and read["range"][0] < read["range"][1]:
        low, high = read["range"]
        # Of a share p of n images: the least and the most that 95 of 100 other sets of them would give, about.
        chance = 196 * math.sqrt(max(read["mean"] * (100 - read["mean"]), 0) / 1e4 / len(test.x))
        notes.append(
            f"readability is the mean of several classifiers, which name {low:.1f} to {high:.1f} % of held-out images "
            f"rightly; of so many images chance alone moves it by ±{chance:.1f} (95 %)"
        )
    if floor and test is not None:
        few = len(trained.images("train"))
        real = (
            "frechet_real is what as many real images are apart: draws do not get below it by more than chance; "
            "reconstructions of the same images do"
            if few >= len(test.x)
            else f"frechet_real is of {few:,} a side, as there are no more training images: it is larger than what as "
            "many real images are apart, and draws may lie below it"
        )
        notes.append(
            f"Frechet distances are of {len(test.x):,} images a side and grow as these get fewer: compare them at that "
            f"number only. {real}"
        )
    if test is None:
        notes.append("There are no held-out images, so nothing is said of unseen ones")
    return notes
