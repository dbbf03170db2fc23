"""What a person must know to read the figures of `evaluate` rightly."""

from __future__ import annotations

from latentexplorer.core.advice import against_a_first_leap, against_collapse
from latentexplorer.latent.diagnostics import NORM_BATCH, collapse_warning, outside, stuck_warning
from latentexplorer.latent.measured import Measured
from latentexplorer.runs import Trained


def remarks(trained: Trained, train: Measured, test: Measured | None, floor: bool) -> list[str]:
    """Lines without a full stop; `floor`: whether the distance between real images is told."""
    config = trained.config
    # Where there is one image only, or all are the same, one code is right.
    advice = str(against_collapse(config))
    collapsed = "" if train.images.alike else collapse_warning(train.codes.loc, train.kl_per_dim, advice)
    stuck = stuck_warning(train.x, train.x_hat, str(against_a_first_leap(config)))
    notes = [warning for warning in (collapsed, stuck) if warning]
    if not config.model.kind.variational:
        what = "log_likelihood integrates it out" if not config.model.kind.gradient else "nothing here bounds log p(x)"
        notes.append(f"recon is at one code of each image, for which no prior is paid: {what}")
    for name, part in (("training", train), ("held-out", test)):
        if part is not None and len(part.x) < part.total:
            notes.append(f"Measured on {len(part.x):,} of {part.total:,} {name} images, evenly spread")
        if part is not None and (wide := outside(part.x_hat)):
            notes.append(f"{wide:.1%} of the decoded values of {name} images leave [0, 1]: errors are of what they say")
    counts = {len(part.x) for part in (train, test) if part is not None and len(part.x) % NORM_BATCH}
    if counts:
        notes.append(
            f"norm_metric: the last batch is shorter than {NORM_BATCH} images and counts as one, which reads higher: "
            f"compare it at {' and '.join(f'{count:,}' for count in sorted(counts))} images only"
        )
    if floor:
        notes.append("frechet_real is what as many real images are apart: no figure of a model means much below it")
    if test is None:
        notes.append("There are no held-out images, so nothing is said of unseen ones")
    return notes
