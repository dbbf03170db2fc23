"""What the curves of a training say: a rate that is too high, over-fitting, a training that ended too soon.

Thresholds were set on trainings of the handwritten digits, healthy ones of every family with several seeds beside ones
that were spoiled on purpose; what each of them separates is said where it stands.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from latentexplorer.core.counting import amount_text
from latentexplorer.latent.notices.notice import Known, Notice

Curve = npt.NDArray[np.float64]

WINDOW = 12
"""Epochs that are looked at, the last ones: fewer tell a trend from chance badly, more answer late."""
BEFORE = 3
"""Epochs before those, in which every loss falls fast."""
RATE = 0.01
"""No rate of the networks up to this one is called too high: it is the highest that a preset uses, ten times Adam's
usual one (Kingma and Ba 2015, algorithm 1)."""
CODE_RATE = 0.5
"""The same for the codes of an auto-decoder; a preset has 0.3."""
JUMP = 0.0025
"""Mean rise of the training loss, epoch by epoch, as part of all that it fell. Digits: 0.0002 to 0.0007 at rates of
0.001 to 0.003, 0.0015 at 0.01, 0.0037 at 0.03, where the held-out loss swings by a third."""
COLLAPSED = 6
"""Epochs in a row in which no dimension carries anything. An encoder starts near the prior, and may stay there: digits
for four epochs with a KL weight of 20 or an exponential prior, which then learned well."""
NO_BETTER = 0.97
"""Of the error of the mean image: a model that is no better says the same of every image. The first principal component
of any images that differ leaves less."""
NO_BETTER_EPOCHS, NO_BETTER_STEPS = 8, 100
"""How long, at least: the digits of a small VAE leave the mean image after 4 to 6 epochs of 23 steps."""
STANDS = 0.005
"""And the error does not fall by more than this part of it over three epochs: from above it may only be on its way."""
MANY_STEPS = 1_000
"""With fewer of them a model may not have left the mean image yet."""
RISE = 0.01
"""Held-out losses have risen where it is by more than this part of all that they fell before: chance moves those of
healthy trainings by up to 0.009 above their best,"""
RISE_NOISE = 3.0
"""and by so many times what they usually differ by from epoch to epoch."""
RISE_SHARE = 0.1
"""And by this part of what the training loss fell meanwhile: else nothing is being lost for what is gained."""
STILL = 0.10
"""A loss still falls where the last quarter of its epochs brought this part of the fall since the second one. Digits
with 60 epochs: 0.01 to 0.07; with 10 epochs 0.22. In the first epoch a model learns what the mean image is."""
SIGMA_FLOOR = 1 / 255
"""One grey level, below which no learned sigma goes (`models.likelihoods.SIGMA_FLOOR`)."""
FEW_HELD_OUT = 30
"""Of fewer held-out images the spread of their losses, and so the error of their mean, is known to 13 % at best."""


def rate_too_high(known: Known) -> Notice | None:
    """Where the training loss jumps, or has come no nearer than the mean image, at a rate above what is usual."""
    slower = _slower(known)
    if not slower:
        return None
    key, now, value = slower
    title = "learning rate" if key == "training.lr" else "code learning rate"
    advice = f"Lower the {title}, now {now:g}"
    if at_mean_image(known):
        error = float(np.median(known.column("train_rmse")[-3:]))
        text = f"The pixel error is {error:.3g}, no better than the {known.spread:.3g} of the mean image"
        return Notice("rate-too-high", "loss", text, advice, key, value)
    losses = known.comparable("train_loss")
    if len(losses) < WINDOW + BEFORE:
        return None
    steps, fell = np.diff(losses[-WINDOW - 1 :]), float(losses[0] - losses.min())
    rises = steps[steps > 0]
    if not fell > 0 or len(rises) < 3 or rises.sum() / len(steps) < JUMP * fell:
        return None
    text = (
        f"The training loss jumps: it rose in {len(rises)} of the last {WINDOW} epochs, by {rises.mean():.2g} nats each"
    )
    return Notice("rate-too-high", "loss", text, advice, key, value)


def same_picture(known: Known) -> Notice | None:
    """Where what is decoded hardly differs from the mean image: the decoder does not listen to the code."""
    if not at_mean_image(known) or _slower(known) or all_collapsed(known):
        return None
    error = float(np.median(known.column("train_rmse")[-3:]))
    text = f"Decodes hardly differ from the mean image: pixel error {error:.3g}, that image's is {known.spread:.3g}"
    return Notice("same-picture", "decoded", text, *_livelier(known))


def _livelier(known: Known) -> tuple[str, str, int | float | str]:
    """What helps a decoder that says the same of every code: advice, setting, value."""
    lr, code_lr = known.now("training.lr"), known.now("training.code_lr")
    if not known.family.encoder and code_lr < 0.002:
        return f"Let the codes move faster, now {code_lr:g}", "training.code_lr", 0.02
    if lr < 5e-4:
        return f"Raise the learning rate, now {lr:g}", "training.lr", 1e-3
    if known.family.variational and known.now("model.beta") > 1:
        return f"Lower the KL weight, now {known.now('model.beta'):g}", "model.beta", 1.0
    if known.steps >= MANY_STEPS and known.config.training.lr_warmup == 0:
        return "Let the rates grow slowly at the start", "training.lr_warmup", 5.0
    advice, key, value = _longer(known)
    return f"{advice}: {known.steps:,} steps were done", key, value


def over_fitting(known: Known) -> Notice | None:
    """Where the held-out loss has turned up for good while the training loss falls on."""
    test, train = known.comparable("test_loss"), known.comparable("train_loss")
    if known.config.training.early_stopping or len(test) < WINDOW + BEFORE or not np.isfinite(test).all():
        return None
    level = _smooth(test)
    best = int(level.argmin())
    since = len(test) - 1 - best
    if since < max(WINDOW, len(test) // 10):
        return None
    noise = float(np.median(np.abs(np.diff(test[best:]))))
    rise = float(level[-3:].mean() - level[best])
    fall = float(_smooth(train)[best] - train[-3:].mean())
    fell = float(test[0] - level[best])
    if not (fell > 0 and rise > max(RISE * fell, RISE_NOISE * noise, RISE_SHARE * fall) and fall > 0):
        return None
    if (level[-WINDOW // 2 :] <= level[best] + noise).any():
        return None
    at = len(known.history) - since
    before, now = amount_text(float(level[best])), amount_text(float(level[-1]))
    text = f"Over-fitting: the held-out loss has risen from {before} in epoch {at} to {now}"
    patience = max(10, 5 * round(len(test) / 50))
    advice = "Stop where it no longer falls; more images or fewer dimensions help as well"
    return Notice("over-fitting", "loss", text, advice, "training.early_stopping", patience)


def ended_early(known: Known) -> Notice | None:
    """Where a training ended while its loss, held-out loss included, still fell fast; one that jumps needs no more."""
    if known.going or not still_falling(known) or rate_too_high(known):
        return None
    share = _still(known.comparable("train_loss"))
    text = (
        f"The loss was still falling: the last quarter of {known.epoch} epochs brought {100 * share:.0f} % of its fall"
    )
    return Notice("ended-early", "loss", text, *_longer(known))


def warm_up_under_way(known: Known) -> Notice | None:
    """Where a training ended before the weight of the KL had its full strength: nothing is as it was asked for."""
    if known.going or known.warm or known.now("model.beta") == 0:
        return None
    warm_up, weights = known.now("model.kl_warmup"), known.column("beta")
    reached = weights[-1] if len(weights) and math.isfinite(weights[-1]) else 0.0
    text = (
        f"The KL weight had come to {reached:.2g} of {known.now('model.beta'):g} when training ended: "
        f"its warm-up takes {warm_up:g} epochs, {known.epoch} were done"
    )
    advice = "Train it on, or shorten the warm-up"
    return Notice("warm-up-under-way", "loss", text, advice, "model.kl_warmup", float(max(known.epoch // 3, 1)))


def sigma_at_floor(known: Known) -> Notice | None:
    """Where a learned pixel sigma has reached one grey level, and the KL hardly counts any more."""
    if known.sigma is None or known.sigma > 1.1 * SIGMA_FLOOR:
        return None
    text = f"The learned pixel sigma has fallen to {known.sigma:.2g}, its floor of one grey level"
    return Notice("sigma-at-floor", "loss", text, "Fix it: the KL hardly counts beside it", "model.sigma", 0.1)


def few_held_out(known: Known) -> Notice | None:
    """Where the held-out curve is of so few images that small differences mean nothing."""
    count = known.held_out
    if not 0 < count < FEW_HELD_OUT or not np.isfinite(known.column("test_loss")).any():
        return None
    images = f"{count} image{'' if count == 1 else 's'}"
    text = f"The held-out curve is of {images}: below {FEW_HELD_OUT} small differences mean nothing"
    data, every = known.config.data, known.num_train + known.num_test
    if known.num_test >= FEW_HELD_OUT:
        return Notice("few-held-out", "loss", text, "Watch more of them", "training.held_out", 1000)
    wanted = math.ceil(20 * FEW_HELD_OUT / every) / 20
    if data.test_per_class is None and data.test_fraction < wanted <= 0.5:
        return Notice("few-held-out", "loss", text, "Hold more images out", "data.test_fraction", wanted)
    return Notice("few-held-out", "loss", text, "Hold more images out, or judge by the training curve")


# -- what several of them ask ----------------------------------------------------------------------------------------


def no_better(known: Known) -> bool:
    """Whether a model is no better than the mean image."""
    if known.spread is None or known.family.separates:
        return False
    return bool((known.column("train_rmse")[-4:] > NO_BETTER * known.spread).all())


def at_mean_image(known: Known) -> bool:
    """Whether a model that had time enough is no better than the mean image, and does not get there."""
    errors = known.column("train_rmse")[-4:]
    if known.epoch < NO_BETTER_EPOCHS or known.steps < NO_BETTER_STEPS or len(errors) < 4 or not no_better(known):
        return False
    return bool(errors[0] - errors[-1] < STANDS * errors[0])


def all_collapsed(known: Known) -> bool:
    """Whether no dimension has carried anything in any of the last epochs, see `codes.collapse`."""
    active = known.column("active_units")[-COLLAPSED:]
    return known.family.variational and len(active) == COLLAPSED and bool((active == 0).all())


def still_falling(known: Known) -> bool:
    """Whether the loss still falls fast, and that of held-out images with it."""
    train, test = known.comparable("train_loss"), known.comparable("test_loss")
    if len(train) < 5 or not _still(train) > STILL:
        return False
    quarter = max(len(train) // 4, 1)
    return not np.isfinite(test).all() or test[-quarter - 1] - test[-1] > 0.5 * (train[-quarter - 1] - train[-1])


def _still(losses: Curve) -> float:
    """The part of the fall since the second epoch that the last quarter of them brought."""
    quarter, fell = max(len(losses) // 4, 1), losses[1] - losses.min()
    return float((losses[-quarter - 1] - losses[-1]) / fell) if fell > 0 else 0.0


def _smooth(values: Curve) -> Curve:
    """Medians of five neighbours."""
    padded = np.pad(values, 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1))


def _slower(known: Known) -> tuple[str, float, float] | None:
    """The rate that is above what is usual, what it is, and what it had better be; None where none is."""
    for key, most, column in (("training.lr", RATE, "lr"), ("training.code_lr", CODE_RATE, "code_lr")):
        now, used = known.now(key), known.column(column)
        if now > most and len(used) and np.isfinite(used[-1]):
            lower = min(now / 10, most / 2)
            return key, now, float(f"{lower:.0e}")
    return None


def _longer(known: Known) -> tuple[str, str, int | str]:
    """What helps one that has not learned enough, its setting and value: a run that was stopped needs no other one."""
    planned = known.config.training.epochs
    if not known.going and known.epoch < planned:
        return f"Resume it, {planned - known.epoch} of its {planned} epochs are still to come", "", ""
    return "Train it longer", "training.epochs", 2 * max(planned, known.epoch)
