"""The loss, explained: what an image costs, term by term, and what the same objective is called elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError, NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.history import History
from latentexplorer.core.measures import bits_per_dim
from latentexplorer.views.base import PART_NAMES, Part, SnapshotSettings, View, ViewResult
from latentexplorer.views.comparable import log_p_words, loss_kind
from latentexplorer.views.lookup import at_epoch
from latentexplorer.views.loss_scales import Scale, plain, remarks_on, scales_of
from latentexplorer.views.loss_words import HISTORY, apart_words, sentence_of, title_of

if TYPE_CHECKING:
    from latentexplorer.latent.kl_apart import KlApart
    from latentexplorer.latent.loss_baselines import Baseline
    from latentexplorer.latent.loss_scales import Objective
    from latentexplorer.latent.loss_terms import LossOfPart
    from latentexplorer.runs import Trained

PARTS: tuple[Part, ...] = ("train", "test")
KL_PARTS = ("mi", "tc", "dimwise_kl")


class Settings(SnapshotSettings):
    """What is told of the loss."""

    epoch: int | None = Field(
        None, ge=0, le=1_000_000, title="Epoch", description="An epoch of the history. Empty: the last one."
    )
    part: Literal["both", "train", "test"] = Field(
        "both", title="Images", description="The loss of the training images, of the held-out ones, or both."
    )
    apart: bool = Field(
        False,
        title="KL in three",
        description="Mutual information, total correlation and dimension-wise KL, estimated from the codes that the "
        "run keeps. A beta-TC-VAE tells them of its batches without that.",
    )
    images: int = Field(
        1000, ge=2, le=10_000, title="Images for the KL", description="Of so many of each part the KL is taken apart."
    )
    baselines: bool = Field(
        False,
        title="Baselines",
        description="What the mean image, PCA with as many numbers and the image itself cost by the same likelihood.",
    )


@dataclass(frozen=True)
class TermRow:
    """A term in a line.

    Attributes
    ----------
    name, title, tip : str
    weight : str
        `× 4`, or "" where it is counted as it is.
    costs, values : dict of Part to float
        Weighted, in nats per image; and before the weight, in the term's own unit.
    """

    name: str
    title: str
    tip: str
    weight: str
    costs: Mapping[Part, float]
    values: Mapping[Part, float]


@dataclass(frozen=True)
class Apart:
    """The KL in three, nats per image: of training batches, or estimated.

    Attributes
    ----------
    values : dict of str to dict of Part to float
        By the names of `KL_PARTS`.
    errors : the same, standard errors; empty for what training counted
    source : str
        From how many images it is.
    """

    values: Mapping[str, Mapping[Part, float]]
    errors: Mapping[str, Mapping[Part, float]]
    source: str


@dataclass(frozen=True)
class Result(ViewResult):
    """The loss after an epoch.

    Attributes
    ----------
    rows : tuple of TermRow
        They add up to the total.
    total, recon, kl : dict of Part to float
        Nats per image; `kl` is empty where there is no posterior.
    bits : dict of Part to float
        Bits per dimension of the bound (weights of one), or of log p(x) itself; empty where there is neither.
    objective : Objective
    scales : tuple of Scale
        The same objective as others write it.
    remarks : tuple of str
    sentence : str
        What the total is, in one sentence.
    bounded : str
        What a total with weights of one bounds: `log p(x)`, or that of an image whose class is known.
    apart : Apart or None
    baselines : tuple of Baseline
    epoch : int
    learned : bool
        Whether sigma is learned.
    """

    rows: tuple[TermRow, ...]
    total: Mapping[Part, float]
    recon: Mapping[Part, float]
    kl: Mapping[Part, float]
    bits: Mapping[Part, float]
    objective: Objective
    scales: tuple[Scale, ...]
    remarks: tuple[str, ...]
    sentence: str
    bounded: str
    apart: Apart | None
    baselines: tuple[Baseline, ...]
    epoch: int
    learned: bool

    @property
    def parts(self) -> tuple[Part, ...]:
        """Those that are told."""
        return tuple(part for part in PARTS if part in self.total)

    def per_pixel(self, nats: float) -> float:
        """Nats of an image as the mean over its pixel values."""
        return nats / self.objective.pixels


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """The loss of a run, from its history; what is beyond that only where it is asked for."""
    return explain(trained, settings, trained.history, emit=emit, stop=stop)


def explain(
    trained: Trained, settings: Settings, history: History, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> Result:
    """The same with a history that may be ahead of the run, as of one that is being trained."""
    from latentexplorer.latent.loss_terms import objective_of, read_loss, splits

    config = trained.config
    row = _row(trained, history, settings.epoch)
    epoch = int(row["epoch"])
    shown, sigma_known = _model_at(trained, settings, epoch, emit, stop)
    beta = row.get("beta", math.nan)
    objective = objective_of(shown, beta if math.isfinite(beta) else None)
    wanted: tuple[Part, ...] = PARTS if settings.part == "both" else (settings.part,)
    losses: dict[Part, LossOfPart] = {}
    for part in wanted:
        read = read_loss(row, part, config.model, objective, split=splits(config.model))
        if read is not None:
            losses[part] = read
    if not losses:
        raise NotApplicableError(f"{trained.name} has no loss of {PART_NAMES[wanted[0]]} images after epoch {epoch}")
    learned = config.model.kind.gradient and objective.sigma is not None and config.model.sigma == "learned"
    notes = [HISTORY["train"]] if "train" in losses and config.model.kind.gradient else []
    if not sigma_known:
        notes.append(f"σ is that of epoch {trained.epoch}: no model of epoch {epoch} is kept")
    if any(term.is_rest for loss in losses.values() for term in loss.terms):
        notes.append(HISTORY["rest"])
    if config.model.likelihood == "bernoulli" and config.data.binarise == "none":
        notes.append("Of grey values a Bernoulli is no density: there are no bits per dimension")
    apart = _estimated(shown, settings, wanted, emit, stop) if settings.apart else _counted(trained, losses)
    return Result(
        rows=_rows(config, objective, losses),
        total={part: loss.total for part, loss in losses.items()},
        recon={part: loss.recon for part, loss in losses.items()},
        kl={part: loss.kl for part, loss in losses.items() if math.isfinite(loss.kl)},
        bits=_bits(config, objective.pixels, losses, row),
        objective=objective,
        scales=scales_of(objective, learned),
        remarks=remarks_on(config.model, objective, learned),
        sentence=sentence_of(config, losses),
        bounded=log_p_words(config),
        apart=apart,
        baselines=_baselines(shown, trained, wanted, emit, stop) if settings.baselines else (),
        epoch=epoch,
        learned=learned,
        title="The loss, explained",
        subtitle=f"{trained.name}{f' · epoch {epoch}' if config.model.kind.gradient else ''} · "
        f"{loss_kind(config, trained.image_shape)}",
        notes=tuple(notes),
    )


def _row(trained: Trained, history: History, epoch: int | None) -> Mapping[str, float]:
    if not len(history):
        raise NotApplicableError(f"{trained.name} has no loss yet", "It has one after its first epoch")
    if epoch is None:
        return history.rows[-1]
    for row in history:
        if row["epoch"] == epoch:
            return row
    first, last = (int(history.rows[at]["epoch"]) for at in (0, -1))
    raise NotApplicableError(f"The history has no epoch {epoch}", f"Choose one from {first} to {last}")


def _model_at(trained: Trained, settings: Settings, epoch: int, emit: Emit, stop: StopToken) -> tuple[Trained, bool]:
    """The run as it was, where more than its history is asked for; and whether its sigma is that of the epoch."""
    learned = trained.config.model.sigma == "learned" and trained.config.model.kind.gradient
    if epoch == trained.epoch or not (learned or settings.apart):
        return trained, True
    if epoch > trained.epoch:
        # It trains: the last state that is shown is as near as can be.
        return trained, not learned
    try:
        return at_epoch(trained, epoch, emit=emit, stop=stop), True
    except LatentExplorerError:
        if settings.apart:
            raise
        return trained, False


def _rows(config: RunConfig, objective: Objective, losses: Mapping[Part, LossOfPart]) -> tuple[TermRow, ...]:
    first = next(iter(losses.values()))
    rows = []
    for term in first.terms:
        found = {part: other for part, loss in losses.items() if (other := loss.of(term.name)) is not None}
        title, tip = title_of(term.name, objective)
        weight = "" if term.weight == 1 or term.name in ("error", "constant") else f"× {plain(term.weight)}"
        if any(other.is_rest for other in found.values()) and len({plain(o.weight) for o in found.values()}) > 1:
            weight = "× its weight"
        rows.append(
            TermRow(
                term.name,
                title,
                tip,
                weight,
                {part: other.cost for part, other in found.items()},
                {part: other.value for part, other in found.items()},
            )
        )
    return tuple(rows)


def _bits(
    config: RunConfig, pixels: int, losses: Mapping[Part, LossOfPart], row: Mapping[str, float]
) -> dict[Part, float]:
    """Bits per dimension of what bounds log p(x), or of log p(x); nothing where there is neither, or no density."""
    grey = config.data.binarise == "none"
    if config.model.likelihood == "bernoulli" and grey:
        return {}
    found: dict[Part, float] = {}
    for part, loss in losses.items():
        nats = row.get(f"{part}_log_likelihood", math.nan)
        if config.model.kind.variational:
            nats = -(loss.recon + loss.kl)
        if math.isfinite(nats):
            found[part] = bits_per_dim(nats, pixels, config.model.likelihood != "bernoulli")
    return found


def _counted(trained: Trained, losses: Mapping[Part, LossOfPart]) -> Apart | None:
    """The KL in three as training counted it; None in families that do not."""
    values: dict[str, dict[Part, float]] = {}
    for part, loss in losses.items():
        tc = loss.of("tc")
        known = dict(loss.watched) | ({} if tc is None else {"tc": tc.value})
        for name in KL_PARTS:
            if name in known:
                values.setdefault(name, {})[part] = known[name]
    if set(values) != set(KL_PARTS):
        return None
    batch = min(trained.config.training.batch_size, trained.info.num_train)
    return Apart(
        values, {}, f"estimated from batches of {batch:,} of {trained.info.num_train:,} images, while it trained"
    )


def _estimated(shown: Trained, settings: Settings, wanted: tuple[Part, ...], emit: Emit, stop: StopToken) -> Apart:
    """The KL in three of codes that the run keeps; equally many of both parts, so that they can be compared."""
    from latentexplorer.latent.kl_apart import take_apart

    if not shown.config.model.kind.variational:
        raise NotApplicableError(
            f"The codes of {shown.config.model.kind.title} are points: there is no KL to take apart"
        )
    there = {part: shown.codes[part] for part in wanted if part in shown.codes and len(shown.codes[part])}
    if not there:
        raise NotApplicableError(f"{shown.name} keeps no codes to take the KL apart by", shown.missing)
    most = min(settings.images, *(len(codes) for codes in there.values()))
    found: dict[Part, KlApart] = {}
    for part, codes in there.items():
        found[part] = take_apart(shown.prior, codes, most=most, emit=emit, stop=stop)
    return Apart(
        {name: {part: float(getattr(each, name)) for part, each in found.items()} for name in KL_PARTS},
        {name: {part: each.errors[name] for part, each in found.items()} for name in KL_PARTS},
        apart_words(most),
    )


def _baselines(
    shown: Trained, trained: Trained, wanted: tuple[Part, ...], emit: Emit, stop: StopToken
) -> tuple[Baseline, ...]:
    from dataclasses import replace

    from latentexplorer.latent.loss_baselines import baselines

    if shown is not trained:
        shown = replace(shown, data=trained.data, missing=trained.missing)
    return baselines(shown, emit=emit, stop=stop)


VIEW = View(Settings, compute)
