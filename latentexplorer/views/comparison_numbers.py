"""The settings in which runs differ, and their results side by side, the better one marked where it can be compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.costs import watched
from latentexplorer.core.events import Emit
from latentexplorer.core.measures import AT_A_DRAW, MEASURES, OVER_AN_EPOCH
from latentexplorer.views.base import count_text
from latentexplorer.views.comparable import bits_per_dim_of, likelihood_words, log_p_words, loss_words
from latentexplorer.views.compared import Entry, Result, Row, same_images, text_of
from latentexplorer.views.comparison_chance import Chance, chance_of, sure_of
from latentexplorer.views.comparison_settings import Settings
from latentexplorer.views.loss import distinct

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

ALWAYS_LEFT_OUT = ("training.changes", "data.root", "model.sizing", "training.device", "training.snapshots")
"""Settings that do not change what is learned, or say nothing to a person."""
NONE = "–"
PLUS_MINUS = "± is the standard error over its images"
SURER = "the difference of two runs on the same images is usually surer than that"
UNSURE = "None is marked: without images that all runs know nothing tells what chance makes of the difference"
UNCOUNTED = "None is marked: of how many images these are, and so how sure, is not known"


@dataclass(frozen=True)
class Metric:
    """A line of results.

    Attributes
    ----------
    value : callable (Trained) -> float
        NaN where it is not known.
    better : int
        1: more is better; -1: less; 0: neither.
    kind : callable (Trained) -> str, or None
        What must be the same for the numbers to be compared, beside the images.
    error : callable (Trained) -> float, or None
        Standard error over the images that it is the mean of; NaN where it is not known.
    count : callable (Trained) -> float, or None
        Of how many held-out images it is; None for what is not of these.
    varies : str
        Which values of single images it is the mean of, see `comparison_chance`; "" where it is never marked.
    """

    title: str
    value: Callable[[Trained], float]
    digits: int
    better: int = 0
    kind: Callable[[Trained], str] | None = None
    tip: str = ""
    error: Callable[[Trained], float] | None = None
    count: Callable[[Trained], float] | None = None
    varies: str = ""


def _last(column: str, run: Trained) -> float:
    return run.history.rows[-1].get(column, math.nan) if len(run.history) else math.nan


def _evaluated(name: str, run: Trained) -> float:
    found: Any = run.metrics.get("test")
    value = found.get(name) if isinstance(found, dict) else None
    return float(value) if isinstance(value, int | float) else math.nan


def _weights(run: Trained) -> float:
    """Those that are trained; what is solved at once has none."""
    return float(sum(weight.numel() for weight in run.model.parameters())) or math.nan


def _loss_kind(run: Trained) -> str:
    return loss_words(run.config, run.image_shape)


def _recon_kind(run: Trained) -> str:
    return likelihood_words(run.config, run.image_shape)


def _error_kind(run: Trained) -> str:
    """After an epoch the decode of a draw is known of a model with posteriors, and that of the code of others."""
    return "at a draw of each code" if run.config.model.kind.variational else "at the code itself"


def _bits_kind(run: Trained) -> str:
    """A bound lies beside log p(x) itself by as much as nobody knows, and a class that is told is worth bits."""
    known = math.isfinite(_last("test_log_likelihood", run))
    return "of log p(x) itself" if known else f"of a bound on {log_p_words(run.config)}"


def _iwae_kind(run: Trained) -> str:
    """More draws make the bound tighter, and a few images are not all of them."""
    draws, images = _evaluated("iwae_draws", run), _evaluated("iwae_images", run)
    return f"{likelihood_words(run.config, run.image_shape)}, {draws:,.0f} draws of {images:,.0f} images"


def _watched(run: Trained) -> float:
    """Held-out images that were measured after an epoch."""
    return watched(run.config, run.info.num_train, run.info.num_test)


def _bits_images(run: Trained) -> float:
    """log p(x) itself is that of all of them."""
    return float(run.info.num_test) if math.isfinite(_last("test_log_likelihood", run)) else _watched(run)


def _used(run: Trained) -> float:
    """Held-out images that `evaluate` measured."""
    found: Any = run.metrics.get("test")
    images = found.get("images") if isinstance(found, dict) else None
    used = images.get("used") if isinstance(images, dict) else None
    return float(used) if isinstance(used, int | float) else math.nan


def _bits(run: Trained) -> float:
    return bits_per_dim_of(run.config, run.image_shape, run.history.rows[-1] if len(run.history) else {})


def _measured(
    name: str,
    value: Callable[[Trained], float],
    *,
    kind: Callable[[Trained], str] | None = None,
    where: str = "held-out",
    evaluated: bool = False,
    more: str = "",
    error: Callable[[Trained], float] | None = None,
    count: Callable[[Trained], float] | None = None,
    varies: str = "",
) -> Metric:
    """A line of a measure, which is called and explained as everywhere.

    One of training images is never marked: what is learned by heart is low, too.
    """
    measure = MEASURES[name]
    when = "As evaluate found it" if evaluated else "After the last epoch"
    if where == "training":
        when = OVER_AN_EPOCH
    tip = ". ".join(filter(None, (measure.tip, more, when)))
    if count is None and where != "training":
        count = _used if evaluated else _watched
    better = 0 if where == "training" else measure.better
    title = f"{measure.title}, {where}"
    return Metric(title, value, measure.digits, better, kind, tip, error, count, varies or name)


METRICS = (
    _measured("rmse", partial(_last, "test_rmse"), kind=_error_kind, more=AT_A_DRAW),
    _measured("rmse", partial(_last, "train_rmse"), where="training", more=AT_A_DRAW),
    _measured("rmse", partial(_evaluated, "rmse"), where="held-out, at the means", evaluated=True, varies="rmse_mean"),
    _measured("bits_per_dim", _bits, kind=_bits_kind, count=_bits_images),
    _measured("loss", partial(_last, "test_loss"), kind=_loss_kind),
    _measured("recon", partial(_last, "test_recon"), kind=_recon_kind),
    _measured("kl", partial(_last, "test_kl")),
    _measured("active_units", partial(_last, "active_units"), where="training"),
    _measured("psnr", partial(_evaluated, "psnr"), evaluated=True),
    _measured("ssim", partial(_evaluated, "ssim"), evaluated=True),
    _measured(
        "elbo",
        partial(_evaluated, "elbo"),
        kind=_recon_kind,
        evaluated=True,
        more=f"{PLUS_MINUS}; {SURER}",
        error=partial(_evaluated, "elbo_standard_error"),
    ),
    _measured(
        "iwae",
        partial(_evaluated, "iwae"),
        kind=_iwae_kind,
        evaluated=True,
        more=f"{PLUS_MINUS}, which are fewer than those of other lines; {SURER}",
        error=partial(_evaluated, "iwae_standard_error"),
        count=partial(_evaluated, "iwae_images"),
        # Of an image both bounds hang on the same things.
        varies="elbo",
    ),
    _measured("log_likelihood", partial(_last, "test_log_likelihood"), count=_bits_images),
    Metric("Epochs", partial(_last, "epoch"), 0),
    Metric("Seconds", partial(_last, "seconds"), 0, tip="Of training, on the machine that trained it"),
    Metric("Weights", _weights, 0, tip="Numbers in the networks, and in the codes of an auto-decoder"),
)


def numbers(runs: Sequence[Trained], settings: Settings, emit: Emit, stop: StopToken) -> Result:
    """What differs in the settings of runs, and what came of it."""
    none = np.empty(0)
    names = distinct([run.name for run in runs])
    differing = settings_rows([run.config for run in runs])
    unlike = [name for run, name in zip(runs, names, strict=True) if not _alike(run, runs[0])]
    notes = [f"{name} was trained or held out other images than {names[0]}: no result is marked" for name in unlike]
    chance = None if unlike else chance_of(runs, emit, stop)
    metrics = tuple(row for metric in METRICS if (row := _row(metric, runs, chance)) is not None)
    if not unlike:
        notes.append(_marked_words(len(runs)) if chance is not None else UNSURE)
    return Result(
        entries=tuple(Entry(name, text_of(run), none, none) for run, name in zip(runs, names, strict=True)),
        show="numbers",
        originals=none,
        settings=differing,
        metrics=metrics,
        index=none,
        labels=None,
        class_names=(),
        part=settings.part,
        title="Comparison",
        subtitle=f"{len(runs)} runs, {count_text(len(differing), 'setting')} differ"
        + ("s" if len(differing) == 1 else ""),
        notes=tuple(notes),
    )


def _marked_words(runs: int) -> str:
    """What a mark says where so many runs are compared."""
    more = f" (two for two runs, more for {runs}: of many some lie far apart by chance)" if runs > 2 else ""
    return (
        f"Marked results are better by more than {sure_of(runs):.2g} standard errors of the difference{more}, taken "
        "image by image. That is the chance of images: another seed of the training may move them further"
    )


def _alike(run: Trained, other: Trained) -> bool:
    """Whether the results of both are of the same held-out images."""
    return same_images(run, other) and run.config.training.held_out == other.config.training.held_out


def _row(metric: Metric, runs: Sequence[Trained], chance: Chance | None) -> Row | None:
    """A line of results; None where no run has it."""
    values = [metric.value(run) for run in runs]
    there = [run for run, value in zip(runs, values, strict=True) if math.isfinite(value)]
    if not there:
        return None
    words = tuple(_cell(metric, run, value) for run, value in zip(runs, values, strict=True))
    tip = f"{metric.tip}{_of_how_many(metric, there)}"
    kinds = dict.fromkeys(metric.kind(run) for run in there) if metric.kind is not None else {}
    if not metric.better or len(there) < 2:
        return Row(metric.title, words, tip=tip)
    if not all(_alike(run, runs[0]) for run in runs):
        return Row(metric.title, words, tip=f"{tip}. Not compared: of other images")
    if len(kinds) > 1:
        return Row(metric.title, words, tip=f"{tip}. Not compared: {' and '.join(kinds)}")
    marked, why = _marked(metric, runs, values, words, chance)
    return Row(metric.title, words, marked, f"{tip}. {why}")


def _marked(
    metric: Metric, runs: Sequence[Trained], values: Sequence[float], words: Sequence[str], chance: Chance | None
) -> tuple[tuple[int, ...], str]:
    """Which runs are better than others by more than chance, and why these, or why none.

    They are the best one and all that chance may have set behind it. What is written alike is not told apart.
    """
    order = sorted(
        (at for at, value in enumerate(values) if math.isfinite(value)), key=lambda at: -metric.better * values[at]
    )
    best, *others = order
    if all(words[at] == words[best] for at in others):
        return (), "None is marked: as far as they are told they are equal"
    if chance is None:
        return (), UNSURE
    counts = [math.nan if metric.count is None else metric.count(run) for run in runs]
    if not all(math.isfinite(counts[at]) for at in order):
        return (), UNCOUNTED
    errors = {at: chance.error(metric.varies, best, at, (counts[best], counts[at])) for at in others}
    if not all(map(math.isfinite, errors.values())):
        return (), UNSURE
    sure = sure_of(len(order))
    behind = [at for at in others if abs(values[best] - values[at]) > sure * errors[at] and words[at] != words[best]]
    second = behind[0] if behind else others[0]
    ahead = f"{_difference(metric, abs(values[best] - values[second]), errors[second])} (standard error)"
    if not behind:
        return (), f"None is marked: the best is ahead by {ahead}, which chance among images may make"
    marked = tuple(sorted(at for at in order if at not in behind))
    return marked, f"{'Marked ones are' if len(marked) > 1 else 'The marked one is'} better, ahead by {ahead}"


def _difference(metric: Metric, difference: float, error: float) -> str:
    """`0.0123 ± 0.0004`: with as many digits as the error needs to be seen."""
    digits = max(metric.digits, 1 - math.floor(math.log10(error))) if error > 0 else metric.digits
    return f"{difference:,.{digits}f} ± {error:,.{digits}f}"


def _of_how_many(metric: Metric, runs: Sequence[Trained]) -> str:
    """`. Of 300 held-out images`, `. Of 300 and 1,000 held-out images, run by run`; "" where it is not known."""
    counts = [] if metric.count is None else [metric.count(run) for run in runs]
    if not counts or not all(map(math.isfinite, counts)):
        return ""
    if len(set(counts)) == 1:
        return f". Of {count_text(int(counts[0]), 'held-out image')}"
    return f". Of {' and '.join(f'{count:,.0f}' for count in counts)} held-out images, run by run"


def _cell(metric: Metric, run: Trained, value: float) -> str:
    """`−664.6 ± 2.1`, or a dash."""
    if not math.isfinite(value):
        return NONE
    error = math.nan if metric.error is None else metric.error(run)
    text = f"{value:,.{metric.digits}f}" + (f" ± {error:,.{metric.digits}f}" if math.isfinite(error) else "")
    return text.replace("-", "−")


def settings_rows(configs: Sequence[RunConfig]) -> tuple[Row, ...]:
    """The settings that are not the same in all of some runs, by their titles; what a run does not use is a dash."""
    rows = []
    for table in ("data", "model", "training"):
        for name, field in type(getattr(configs[0], table)).model_fields.items():
            key = f"{table}.{name}"
            if key in ALWAYS_LEFT_OUT:
                continue
            values = tuple(_value(config, table, name) for config in configs)
            if len(set(values)) > 1:
                rows.append(Row(str(field.title or name), values, tip=f"{key}: {field.description or ''}".rstrip(": ")))
    return tuple(rows)


def _value(config: RunConfig, table: str, name: str) -> str:
    """A setting in words; a dash where it changes nothing in this run."""
    own = {"data": config.data.source.settings, "model": config.model.kind.settings}.get(table)
    if own is not None and name not in own and not (table == "model" and name == "likelihood"):
        return NONE
    if table == "training" and name == "code_lr" and config.model.kind.encoder:
        return NONE
    value = getattr(getattr(config, table), name)
    if value is None or value in ("", ()):
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " x ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
