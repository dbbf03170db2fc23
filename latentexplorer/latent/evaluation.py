"""How good a run is: every figure of `evaluate --json`, from the run's own images.

Error figures (`norm_metric`, `rmse`, `mae`, `sse`, `psnr`) are of the decode of the posterior mean as the decoder gives
it, so that they agree with `recon`; a linear output layer may leave [0, 1], which is said. `ssim` and Frechet distances
are of the pictures. `recon`, `elbo` and `sse_plus_kl` are expectations over the posterior, one seeded draw an image, so
that `elbo` = -(`recon` + `kl`) is a bound, and comparable with what training reports. What each figure is, and what it
may be compared with, is in `core.measures`.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.core.measures import bits_per_dim
from latentexplorer.data import factors
from latentexplorer.data.subsets import spaced
from latentexplorer.latent.codes import FIT_STEPS, codes_of, infer
from latentexplorer.latent.diagnostics import (
    active_dimensions,
    norm_metric,
    psnr,
    rmse,
    squared_error,
    ssim,
    standard_error,
)
from latentexplorer.latent.disentanglement import disentanglement
from latentexplorer.latent.likelihood import iwae, log_likelihood
from latentexplorer.latent.measured import Measured, measure
from latentexplorer.latent.notices import notices_of_run
from latentexplorer.latent.readability import Readers, readers_of
from latentexplorer.latent.remarks import remarks
from latentexplorer.latent.sample_distances import sample_distances
from latentexplorer.models.encoding import decode_images, evaluating
from latentexplorer.runs import Trained

Start = Literal["warm", "cold", "tracked"]


@dataclass(frozen=True)
class _Effort:
    """How much work goes into the figures; None leaves it to whoever does it."""

    limit: int
    fit_limit: int
    fit_steps: int | None
    iwae_images: int
    iwae_draws: int
    quick: bool

    @property
    def readers(self) -> dict[str, Any]:
        """Training of the classifiers that read."""
        return {"seeds": (0,), "most_steps": 100} if self.quick else {}

    @property
    def features(self) -> dict[str, Any]:
        """Training of the network that the Frechet distance looks through."""
        return {"steps": 60} if self.quick else {}


STAGES = ("training images", "held-out images", "readability", "samples", "likelihood", "factors")
FIELDS = (
    "norm_metric",
    "rmse",
    "psnr",
    "ssim",
    "recon",
    "kl",
    "elbo",
    "sse_plus_kl",
    "active_units",
    "kl_per_dim",
    "readability",
)
"""What `train` and `test` hold, and more beside; a value that makes no sense for a model is None."""
MOST_COLD = 192
"""Held-out images whose codes are fitted from random codes too: they say how far starts matter, at a fifth the time.

Three whole batches of the norm metric, which a smaller one raises.
"""
FEWEST_FOR_FACTORS = 100
"""Held-out images up to which MIG and DCI are those of training images."""
ERRORS = ("elbo_standard_error", "log_likelihood_standard_error")
"""Standard errors of means over images, nats: how far other images of the same kind would have moved them."""
IWAE = ("iwae", "iwae_standard_error", "iwae_draws", "iwae_images")
"""The importance-weighted bound on log p(x) of held-out images, nats per image, and what it is the mean of."""


def evaluate(
    trained: Trained,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
    start: Start = "warm",
    limit: int = 10_000,
    fit_limit: int = 1_000,
    iwae_images: int = 100,
    iwae_draws: int = 200,
    fit_steps: int | None = None,
    both_starts: bool = False,
    quick: bool = False,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure a run on its training and held-out images.

    Parameters
    ----------
    trained : Trained
        With its data.
    start : "warm", "cold" or "tracked"
        For auto-decoders, how codes of held-out images are found: fitted from the codes of the nearest training
        images, fitted from random codes, or those that training kept track of.
    limit : int
        Images of each part at most, evenly spread; the number used is in the result.
    fit_limit : int
        The same for held-out images whose codes must be fitted.
    iwae_images, iwae_draws : int
        Of the importance-weighted bound, evenly spread over all held-out images; 0 images leave it out.
    fit_steps : int or None
        Gradient steps of such a fit at most; None for `FIT_STEPS`.
    both_starts : bool
        Whether, beside a warm start, codes of `MOST_COLD` held-out images are fitted from random codes: `test` then has
        `norm_metric_cold`, beside `norm_metric_warm` of the same `cold_images`.
    quick : bool
        A rough look, to see that all works: few images, few steps, one classifier. Its figures mean little.
    seed : int
        Of everything drawn. Same run and seed, same figures.

    Returns
    -------
    dict
        As JSON: `run`, `family`, `data`; `train` and `test` with `FIELDS` and `norm_metric_kind` (`stored`: codes as
        trained; `fitted`: fitted anew; `tracked`; `encoded`), `recon_mean`, `sse` and `mae` (mean absolute
        error on [0, 1]), all three at the posterior mean, `images`
        (used, of how many), `IWAE` (None for `train`), `log_likelihood` (log p(x) in closed form, of PCA),
        `bits_per_dim` (of that, or of `elbo`), `ERRORS`, the terms that the family's loss has beside reconstruction
        and KL (before their weights; over the posterior, as `recon`); for a separation `assignment_floor`, what a fixed
        assignment of a symmetric mixture cannot get below (sum of both mean absolute errors on [-1, 1]);
        `samples` with `frechet_prior`, `frechet_fitted`, `frechet_reconstructions`, `frechet_real` (as many training
        images against the held-out ones: the floor) and `frechet_shrinkage`;
        `disentanglement` where factors are known, of `part`; `evaluation` with how it was done; `notes`; `notices`,
        what a person would not see of the run, see `latent.notices`.

    Raises
    ------
    DataError
        If the run's images are not there.
    Stopped
        If `stop` is requested.
    """
    if start not in ("warm", "cold", "tracked"):
        raise SettingsError(f"start = {start!r} is not known", "Choose warm, cold or tracked")
    report = _Reporter(emit, stop)
    fitted = not trained.config.model.kind.encoder
    effort = _Effort(limit, fit_limit, fit_steps, iwae_images, iwae_draws, quick)
    if quick:
        images, draws = min(iwae_images, 16), min(iwae_draws, 20)
        effort = _Effort(min(limit, 200), min(fit_limit, 64), fit_steps or 20, images, draws, quick)
    report.stage(0)
    train = _train_part(trained, effort.limit, seed, stop)
    report.stage(1)
    test = _test_part(trained, start, effort, seed, stop)
    report.stage(2)
    readers = _readers(trained, effort, report)
    parts = {name: _figures(trained, part, readers, stop) for name, part in (("train", train), ("test", test))}
    if both_starts and start == "warm" and test is not None and test.kind == "fitted":
        parts["test"] |= _from_random_codes(trained, test, effort, seed, stop)
    report.stage(3)
    samples, features = sample_distances(trained, test, seed=seed, emit=emit, stop=stop, **effort.features)
    report.stage(4)
    parts["test"] |= _iwae(trained, test, effort, seed, emit, stop)
    report.stage(5)
    result = {
        "run": trained.name,
        "family": trained.config.model.family,
        "data": trained.config.data.name,
        **parts,
        "samples": samples,
        "disentanglement": _factors(train, test, seed, stop),
        "evaluation": {
            "epoch": trained.epoch,
            "seed": seed,
            "start": start if fitted else None,
            "quick": quick,
            "frechet_features": features,
        },
        "notes": remarks(trained, train, test, parts["test"], samples["frechet_real"] is not None),
        "notices": [asdict(notice) for notice in notices_of_run(trained)],
    }
    report.stage(6)
    plain: dict[str, Any] = as_json(result)
    return plain


def as_json(value: Any) -> Any:
    """The same in plain Python; numbers that JSON does not have (NaN, infinity) become None."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [as_json(item) for item in value]
    if isinstance(value, np.bool_ | bool):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, np.floating | float):
        return float(value) if math.isfinite(value) else None
    return value


class _Reporter:
    def __init__(self, emit: Emit, stop: StopToken) -> None:
        self.emit, self.stop = emit, stop

    def stage(self, number: int) -> None:
        """Say which stage begins, and look whether somebody wants to stop."""
        self.stop.check()
        what = f"evaluating: {STAGES[number]}" if number < len(STAGES) else "evaluated"
        self.emit(Progress(number, len(STAGES), what))


def _train_part(trained: Trained, limit: int, seed: int, stop: StopToken) -> Measured:
    images = trained.images("train")
    if trained.config.model.kind.encoder:
        return measure(trained, images.take(spaced(len(images), limit)), None, "encoded", len(images), seed, stop)
    codes = codes_of(trained, "train")
    codes = codes.take(spaced(len(codes), limit))
    return measure(trained, images.take(codes.index), codes, "stored", len(images), seed, stop)


def _test_part(trained: Trained, start: Start, effort: _Effort, seed: int, stop: StopToken) -> Measured | None:
    images, limit = trained.images("test"), effort.limit
    if not len(images):
        return None
    if trained.config.model.kind.encoder:
        return measure(trained, images.take(spaced(len(images), limit)), None, "encoded", len(images), seed, stop)
    if start == "tracked":
        codes = codes_of(trained, "test")
        codes = codes.take(spaced(len(codes), limit))
        return measure(trained, images.take(codes.index), codes, "tracked", len(images), seed, stop)
    some = images.take(spaced(len(images), min(limit, effort.fit_limit)))
    steps = effort.fit_steps or FIT_STEPS
    codes = infer(trained, np.asarray(some.images), some.labels, start=start, steps=steps, seed=seed, stop=stop).codes
    return measure(trained, some, codes, "fitted", len(images), seed, stop)


def _from_random_codes(
    trained: Trained, test: Measured, effort: _Effort, seed: int, stop: StopToken
) -> dict[str, float]:
    """What the codes of some of the held-out images come to from random starts, beside those of `test`."""
    rows = spaced(len(test.x), MOST_COLD)
    some = test.images.take(rows)
    steps = effort.fit_steps or FIT_STEPS
    codes = infer(trained, np.asarray(some.images), some.labels, start="cold", steps=steps, seed=seed, stop=stop).codes
    cold = measure(trained, some, codes, "fitted", len(rows), seed, stop)
    return {
        "norm_metric_cold": norm_metric(cold.x, cold.x_hat),
        "norm_metric_warm": norm_metric(test.x[rows], test.x_hat[rows]),
        "cold_images": len(rows),
    }


def _figures(trained: Trained, part: Measured | None, readers: Readers | None, stop: StopToken) -> dict[str, Any]:
    """The table of `train` or `test`."""
    figures: dict[str, Any] = dict.fromkeys(FIELDS)
    figures |= {
        "norm_metric_kind": None,
        "recon_mean": None,
        "mae": None,
        "sse": None,
        "images": {"used": 0, "of": 0},
        **dict.fromkeys(IWAE),
        "log_likelihood": None,
        "bits_per_dim": None,
        **dict.fromkeys(ERRORS),
        **dict.fromkeys(term.name for term in trained.config.model.kind.terms),
    }
    if part is None or not len(part.x):
        return figures
    kl = None if part.kl is None else float(part.kl.mean())
    figures |= {
        "norm_metric": norm_metric(part.x, part.x_hat),
        "norm_metric_kind": part.kind,
        "rmse": rmse(part.x, part.x_hat),
        "psnr": psnr(part.x, part.x_hat),
        "ssim": float(ssim(part.x, part.pictures).mean()),
        "recon": float(part.recon.mean()),
        "recon_mean": float(part.recon_mean.mean()),
        "kl": kl,
        "elbo": None if kl is None else -(float(part.recon.mean()) + kl),
        "elbo_standard_error": None if part.kl is None else standard_error(part.recon + part.kl),
        "mae": float(part.mae.mean()),
        "sse": float(squared_error(part.x, part.x_hat).mean()),
        "sse_plus_kl": float(part.sse.mean()) + (kl or 0.0),
        "active_units": None if kl is None else int(active_dimensions(part.codes.loc).sum()),
        "kl_per_dim": part.kl_per_dim,
        **{name: float(values.mean()) for name, values in part.terms.items()},
        "images": {"used": len(part.x), "of": part.total},
    }
    figures |= _likelihoods(trained, part, figures["elbo"], stop)
    if trained.config.model.kind.separates:
        # No network can tell which image of a symmetric mixture goes to which side: on [-1, 1], as report E has it.
        first, second = np.split(part.x, 2, axis=2)
        figures["assignment_floor"] = 2 * float(np.abs(first - second).mean(dtype=np.float64))
    labels = part.images.labels
    if readers is not None and labels is not None:
        # A reader is given what the decoder says, also where a linear output layer leaves [0, 1].
        classes = np.asarray(labels) if trained.config.model.kind.conditional else None
        decoded = decode_images(trained.model, part.codes.loc, classes, clamped=False, steady=trained.steady, stop=stop)
        figures["readability"] = asdict(readers.compare(part.x, decoded, np.asarray(labels)))
    return figures


def _likelihoods(trained: Trained, part: Measured, elbo: float | None, stop: StopToken) -> dict[str, float | None]:
    """log p(x) where there is a closed form, and what it or its bound is for one pixel value."""
    with evaluating(trained.model):
        exact = log_likelihood(trained.model, part.images.images, part.images.labels, stop=stop)
    known = elbo if exact is None else float(exact.mean())
    bits = None
    density = trained.config.model.likelihood != "bernoulli"
    # A Bernoulli is no density of grey values: of black and white ones it is their probability.
    if known is not None and (density or bool(np.isin(part.x, (0.0, 1.0)).all())):
        bits = bits_per_dim(known, part.x[0].size, density)
    error = None if exact is None else standard_error(np.asarray(exact))
    return {
        "log_likelihood": None if exact is None else known,
        "log_likelihood_standard_error": error,
        "bits_per_dim": bits,
    }


def _readers(trained: Trained, effort: _Effort, report: _Reporter) -> Readers | None:
    """Classifiers of the original training images; None where there is nothing to read."""
    train = trained.images("train")
    if train.labels is None or trained.config.model.kind.separates:
        return None
    try:
        return readers_of(
            train.images, train.labels, len(train.class_names), emit=report.emit, stop=report.stop, **effort.readers
        )
    except NotApplicableError:
        return None


def _iwae(
    trained: Trained, test: Measured | None, effort: _Effort, seed: int, emit: Emit, stop: StopToken
) -> dict[str, float | None]:
    kind, count, draws = trained.config.model.kind, effort.iwae_images, effort.iwae_draws
    if test is None or count < 1 or draws < 1 or not (kind.variational and kind.encoder):
        return {}
    images = trained.images("test")
    some = images.take(spaced(len(images), count))
    with evaluating(trained.model):
        bound = iwae(trained.model, some.images, some.labels, draws=draws, seed=seed, emit=emit, stop=stop)
    return {
        "iwae": float(bound.mean()),
        "iwae_standard_error": standard_error(np.asarray(bound)),
        "iwae_draws": draws,
        "iwae_images": len(some),
    }


def _factors(train: Measured, test: Measured | None, seed: int, stop: StopToken) -> dict[str, Any] | None:
    """Of held-out images, or of training images where too few are held out: `part` says which."""
    name, part = ("train", train) if test is None or len(test.codes) <= FEWEST_FOR_FACTORS else ("test", test)
    try:
        return {"part": name, **disentanglement(part.codes.loc, factors(part.images), seed=seed, stop=stop)}
    except NotApplicableError:
        return None
