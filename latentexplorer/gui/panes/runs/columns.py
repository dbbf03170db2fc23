"""What the table of runs says of a run, column by column: what is read, and what is sorted by."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from latentexplorer.core.catalog import FAMILIES, SOURCES
from latentexplorer.core.measures import AT_A_DRAW, MEASURES, OVER_AN_EPOCH
from latentexplorer.views.comparable import (
    bits_per_dim_of,
    likelihood_words,
    loss_kind,
    recon_kind,
    set_words,
    size_words,
)

if TYPE_CHECKING:
    from latentexplorer.runs.listing import RunSummary

Key = float | str | None
NONE = "–"
STATES = {
    "training": "training",
    "interrupted": "interrupted",
    "stopped": "stopped",
    "finished": "finished",
    "failed": "failed",
    "empty": "not begun",
    "damaged": "damaged",
}
"""A word for each status, in the order in which they are sorted."""
GONE = "no images"


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes
    ----------
    name : str
        What it is remembered by.
    text : callable (RunSummary) -> str
        What is read.
    key : callable (RunSummary) -> float, str or None
        What is sorted by; None: nothing is known, which stands last whatever the order.
    number : bool
        Whether it is set at the right.
    shown : bool
        Whether it is seen unless somebody chooses otherwise.
    kind : callable (RunSummary) -> str, or None
        What two runs must have in common for their values to be compared; sorted by it, runs stand apart by kind.
    brief : str
        Its title where only the first part of its words has room; "": there is none.
    elastic_px : int
        Where it takes room that is left over, and gives some up where there is too little: its least width. Else 0.
    """

    name: str
    title: str
    tip: str
    text: Callable[[RunSummary], str]
    key: Callable[[RunSummary], Key]
    number: bool = False
    shown: bool = False
    kind: Callable[[RunSummary], str] | None = None
    brief: str = ""
    elastic_px: int = 0


# -- words and values --------------------------------------------------------------------------------------------------


def model_words(run: RunSummary) -> str:
    """`Conv VAE 3`: the family, and the numbers in a code where that is a setting."""
    if run.config is None:
        return ""
    parts = run.family.split("-")
    family = " ".join(part.upper() if len(part) < 5 and part != "conv" else part.capitalize() for part in parts)
    size = _latent_size(run)
    return family if size is None else f"{family} {size:.0f}"


def data_words(run: RunSummary) -> str:
    """`Fashion-MNIST`, or the folder of a person's own images."""
    return "" if run.config is None else set_words(run.config)


def what_words(run: RunSummary) -> str:
    """`VAE 3 · Fashion-MNIST`."""
    return " · ".join(filter(None, (model_words(run), data_words(run))))


def state_words(run: RunSummary) -> str:
    """`finished`; where its images are not there that is said instead, unless something worse is."""
    known = STATES.get(run.status, run.status)
    return GONE if run.gone and run.status in ("finished", "stopped", "empty", "interrupted") else known


def kind_words(run: RunSummary) -> str:
    """What its losses have in common with those of others."""
    return "" if run.config is None else loss_kind(run.config, run.image_shape)


def _recon_kind(run: RunSummary) -> str:
    return "" if run.config is None else recon_kind(run.config, run.image_shape)


def _size(run: RunSummary) -> str:
    return size_words(run.image_shape) if run.image_shape is not None else ""


def _latent_size(run: RunSummary) -> Key:
    if run.config is None or "latent_dim" not in run.config.model.kind.settings:
        return None
    return float(run.config.model.latent_dim)


def _epochs(run: RunSummary) -> str:
    if run.config is None:
        return ""
    return f"{run.epochs:,}" if run.epochs == run.epochs_asked else f"{run.epochs:,}/{run.epochs_asked:,}"


def _epochs_done(run: RunSummary) -> Key:
    return None if run.config is None else float(run.epochs)


def _status(run: RunSummary) -> Key:
    return float(list(STATES).index(run.status)) if run.status in STATES else None


def _last(name: str, run: RunSummary) -> Key:
    """A value after the last epoch."""
    return _finite(run.last.get(name, math.nan))


def _metric(name: str, run: RunSummary) -> Key:
    """What `evaluate` found of the held-out images."""
    return _finite(run.metrics.get(name, math.nan))


def _elbo(run: RunSummary) -> Key:
    """The bound on log p(x), whatever the weights of the loss are; None where there is no posterior."""
    if run.config is None or not run.config.model.kind.variational:
        return None
    return _finite(-(run.last.get("test_recon", math.nan) + run.last.get("test_kl", math.nan)))


def _bits(run: RunSummary) -> Key:
    return None if run.config is None else _finite(bits_per_dim_of(run.config, run.image_shape, run.last))


def _norm_kind(run: RunSummary) -> str:
    """It depends on how many values images have, and on how many images the last batch has."""
    count = run.config.training.held_out if run.config is not None else 0
    return " · ".join(filter(None, (_size(run), f"up to {count:,} held-out images" if count else "")))


def _setting(table: str, name: str, run: RunSummary) -> Key:
    if run.config is None or (table == "model" and name not in run.config.model.kind.settings):
        return None
    return float(getattr(getattr(run.config, table), name))


def _finite(value: float) -> Key:
    return value if math.isfinite(value) else None


def _number(digits: int, key: Callable[[RunSummary], Key], run: RunSummary) -> str:
    value = key(run)
    return f"{value:,.{digits}f}".replace("-", "−") if isinstance(value, float) else ""


def _plain(key: Callable[[RunSummary], Key], run: RunSummary) -> str:
    value = key(run)
    return f"{value:g}" if isinstance(value, float) else ""


def _word(text: Callable[[RunSummary], str], run: RunSummary) -> Key:
    return text(run).casefold() or None


def _seconds(run: RunSummary) -> str:
    """`0:42`, `1:02:03`."""
    value = _last("seconds", run)
    if not isinstance(value, float):
        return ""
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def when(run: RunSummary) -> str:
    """`14:02` today, `3 Mar` this year, else `3 Mar 2025`."""
    if not run.modified:
        return ""
    then, now = time.localtime(run.modified), time.localtime()
    if (then.tm_year, then.tm_yday) == (now.tm_year, now.tm_yday):
        return time.strftime("%H:%M", then)
    # Not by the system's locale: the window speaks English.
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[then.tm_mon - 1]
    return f"{then.tm_mday} {month}" + ("" if then.tm_year == now.tm_year else f" {then.tm_year}")


def _modified(run: RunSummary) -> Key:
    return run.modified or None


def _preset(run: RunSummary) -> str:
    return (run.config.preset or "") if run.config is not None else ""


def _name(run: RunSummary) -> str:
    return run.name


def _likelihood(run: RunSummary) -> str:
    gradient = run.config is not None and run.config.model.kind.gradient
    return likelihood_words(run.config, run.image_shape) if gradient and run.config is not None else ""


def _words(name: str, title: str, tip: str, text: Callable[[RunSummary], str], **more: object) -> Column:
    return Column(name, title, tip, text, partial(_word, text), **more)  # type: ignore[arg-type]


def _numbers(
    name: str,
    title: str,
    tip: str,
    key: Callable[[RunSummary], Key],
    digits: int,
    *,
    shown: bool = False,
    kind: Callable[[RunSummary], str] | None = None,
) -> Column:
    return Column(name, title, tip, partial(_number, digits, key), key, number=True, shown=shown, kind=kind)


def _tip(name: str, *, evaluated: bool = False, trained: bool = False) -> str:
    """What a measure is, of held-out images, or of those it was trained on."""
    whose = "Held-out, as evaluate found it" if evaluated else OVER_AN_EPOCH if trained else "Held-out"
    return f"{MEASURES[name].tip}. {whose}"


def _of_kind(
    name: str, title: str, tip: str, key: Callable[[RunSummary], Key], kind: Callable[[RunSummary], str]
) -> Column:
    """A number of nats, with what it is measured by beside it."""
    tip = f"{tip}. Sorted by it, runs stand apart by what can be compared"
    return Column(name, title, tip, partial(_with_kind, key, kind), key, number=True, kind=kind)


def _with_kind(key: Callable[[RunSummary], Key], kind: Callable[[RunSummary], str], run: RunSummary) -> str:
    """`664.0 · Gaussian, σ 0.707, + KL · MNIST, 32 x 32 grey`: without the rest the number says little."""
    number = _number(1, key, run)
    return f"{number} · {kind(run)}" if number else ""


# -- the table ---------------------------------------------------------------------------------------------------------

COLUMNS: tuple[Column, ...] = (
    _words("name", "Name", "The run's folder", _name, shown=True, elastic_px=92),
    _words(
        "what",
        "Model · data",
        "The model with the numbers in its code, and its images",
        what_words,
        shown=True,
        brief="Model",
        elastic_px=72,
    ),
    Column("epochs", "Epochs", "Epochs done, of those planned", _epochs, _epochs_done, number=True, shown=True),
    Column("state", "State", "How it is", state_words, _status, shown=True),
    _numbers("rmse", "Error", f"{_tip('rmse')}. {AT_A_DRAW}", partial(_last, "test_rmse"), 3, shown=True),
    Column("modified", "Date", "When it was last written", when, _modified, number=True, shown=True),
    Column("seconds", "Time", "Of training", _seconds, partial(_last, "seconds"), number=True),
    _words("family", "Model", "Family of the model, and the numbers in a code", model_words),
    _words("data", "Data", "What it was trained on", data_words),
    _words("size", "Image size", "Pixels and colour of its images", _size),
    _numbers("latent", "Latent size", "Numbers in a code", _latent_size, 0),
    _words("preset", "Preset", "What its settings began from", _preset),
    _words("likelihood", "Likelihood", "What a reconstruction is measured by", _likelihood),
    Column(
        "beta",
        "KL weight",
        "Weight of the KL",
        partial(_plain, partial(_setting, "model", "beta")),
        partial(_setting, "model", "beta"),
        number=True,
    ),
    Column(
        "lr",
        "Learning rate",
        "Of the networks",
        partial(_plain, partial(_setting, "training", "lr")),
        partial(_setting, "training", "lr"),
        number=True,
    ),
    _numbers("seed", "Seed", "Of the training", partial(_setting, "training", "seed"), 0),
    _numbers("bits", "Bits/dim", _tip("bits_per_dim"), _bits, 3),
    _of_kind("loss", "Held-out loss", _tip("loss"), partial(_last, "test_loss"), kind_words),
    _of_kind("recon", "Held-out recon", _tip("recon"), partial(_last, "test_recon"), _recon_kind),
    _of_kind("elbo", "Held-out ELBO", _tip("elbo"), _elbo, _recon_kind),
    _numbers("log_p", "log p(x)", _tip("log_likelihood"), partial(_last, "test_log_likelihood"), 1),
    _numbers("kl", "Held-out KL", _tip("kl"), partial(_last, "test_kl"), 2),
    _numbers("units", "Active units", _tip("active_units", trained=True), partial(_last, "active_units"), 0),
    _numbers("norm", "Norm metric", _tip("norm_metric"), partial(_last, "test_norm_metric"), 3, kind=_norm_kind),
    _numbers("psnr", "PSNR", _tip("psnr", evaluated=True), partial(_metric, "psnr"), 2),
    _numbers("ssim", "SSIM", _tip("ssim", evaluated=True), partial(_metric, "ssim"), 3),
)
NUMBERS = {column.name: at for at, column in enumerate(COLUMNS)}
NAME, STATE = NUMBERS["name"], NUMBERS["state"]
_TITLES = {entry.name: entry.title for table in (FAMILIES, SOURCES) for entry in table}


def searched(run: RunSummary) -> str:
    """What words are looked for in: its name, model, data, preset and state, in short and in full."""
    words = (run.name, what_words(run), run.family, run.data, _preset(run), state_words(run), run.status)
    return " ".join([*words, *(_TITLES.get(name, "") for name in (run.family, run.data))]).casefold()


def tip_of(run: RunSummary, column: Column) -> str:
    """What a cell says in full."""
    if run.error:
        return run.error
    if run.gone and column.name == "state":
        return f"{run.gone}. Locate images says where they are now"
    if column.name in ("what", "family", "data") and run.config is not None:
        return f"{_TITLES.get(run.family, run.family)} on {_TITLES.get(run.data, run.data)}"
    return (kind_words(run) if column.kind is not None else "") or str(Path(run.path))
