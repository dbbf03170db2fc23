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
from latentexplorer.core.events import Emit
from latentexplorer.core.measures import MEASURES
from latentexplorer.views.base import count_text
from latentexplorer.views.comparable import bits_per_dim_of, likelihood_words, loss_words
from latentexplorer.views.compared import Entry, Result, Row, same_images, text_of
from latentexplorer.views.comparison_settings import Settings
from latentexplorer.views.loss import distinct

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

ALWAYS_LEFT_OUT = ("training.changes", "data.root", "model.sizing", "training.device", "training.snapshots")
"""Settings that do not change what is learned, or say nothing to a person."""
NONE = "–"


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
    """

    title: str
    value: Callable[[Trained], float]
    digits: int
    better: int = 0
    kind: Callable[[Trained], str] | None = None
    tip: str = ""


def _last(column: str, run: Trained) -> float:
    return run.history.rows[-1].get(column, math.nan) if len(run.history) else math.nan


def _evaluated(name: str, run: Trained) -> float:
    found: Any = run.metrics.get("test")
    value = found.get(name) if isinstance(found, dict) else None
    return float(value) if isinstance(value, int | float) else math.nan


def _weights(run: Trained) -> float:
    return float(sum(weight.numel() for weight in run.model.parameters()))


def _loss_kind(run: Trained) -> str:
    return loss_words(run.config)


def _recon_kind(run: Trained) -> str:
    return likelihood_words(run.config)


def _bits(run: Trained) -> float:
    return bits_per_dim_of(run.config, run.image_shape, run.history.rows[-1] if len(run.history) else {})


def _measured(
    name: str,
    value: Callable[[Trained], float],
    *,
    kind: Callable[[Trained], str] | None = None,
    where: str = "held-out",
    evaluated: bool = False,
) -> Metric:
    """A line of a measure, which is called and explained as everywhere."""
    measure = MEASURES[name]
    when = "As evaluate found it" if evaluated else "After the last epoch"
    return Metric(f"{measure.title}, {where}", value, measure.digits, measure.better, kind, f"{measure.tip}. {when}")


METRICS = (
    _measured("rmse", partial(_last, "test_rmse")),
    _measured("rmse", partial(_last, "train_rmse"), where="training"),
    _measured("bits_per_dim", _bits),
    _measured("loss", partial(_last, "test_loss"), kind=_loss_kind),
    _measured("recon", partial(_last, "test_recon"), kind=_recon_kind),
    _measured("kl", partial(_last, "test_kl")),
    _measured("active_units", partial(_last, "active_units"), where="training"),
    _measured("psnr", partial(_evaluated, "psnr"), evaluated=True),
    _measured("ssim", partial(_evaluated, "ssim"), evaluated=True),
    _measured("elbo", partial(_evaluated, "elbo"), kind=_recon_kind, evaluated=True),
    _measured("iwae", partial(_evaluated, "iwae"), kind=_recon_kind, evaluated=True),
    _measured("log_likelihood", partial(_last, "test_log_likelihood")),
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
    return Result(
        entries=tuple(Entry(name, text_of(run), none, none) for run, name in zip(runs, names, strict=True)),
        show="numbers",
        originals=none,
        settings=differing,
        metrics=tuple(row for metric in METRICS if (row := _row(metric, runs)) is not None),
        index=none,
        labels=None,
        class_names=(),
        part=settings.part,
        title="Comparison",
        subtitle=f"{len(runs)} runs, {count_text(len(differing), 'setting')} differ"
        + ("s" if len(differing) == 1 else ""),
        notes=tuple(notes),
    )


def _alike(run: Trained, other: Trained) -> bool:
    """Whether the results of both are of the same held-out images."""
    return same_images(run, other) and run.config.training.held_out == other.config.training.held_out


def _row(metric: Metric, runs: Sequence[Trained]) -> Row | None:
    """A line of results; None where no run has it."""
    values = [metric.value(run) for run in runs]
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return None
    words = tuple(f"{value:,.{metric.digits}f}".replace("-", "−") if math.isfinite(value) else NONE for value in values)
    tip = metric.tip
    kinds = dict.fromkeys(metric.kind(run) for run in runs) if metric.kind is not None else {}
    if not metric.better or len(known) < 2:
        return Row(metric.title, words, tip=tip)
    if not all(_alike(run, runs[0]) for run in runs):
        return Row(metric.title, words, tip=f"{tip}. Not compared: of other images")
    if len(kinds) > 1:
        return Row(metric.title, words, tip=f"{tip}. Not compared: {' and '.join(kinds)}")
    best = max(known) if metric.better > 0 else min(known)
    # What is written alike is not told apart.
    text = words[values.index(best)]
    marked = tuple(at for at, word in enumerate(words) if word == text)
    return Row(metric.title, words, marked if len(marked) < len(known) else (), tip)


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
