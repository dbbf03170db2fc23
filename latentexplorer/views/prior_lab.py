"""How far the codes of images are from the prior, what another prior would be, and what is decoded from draws of each.

The codes are held against the run's own prior, against other priors as they are or with the centre and the width of
the codes, and against what is fitted to other codes of the run: a Gaussian, and the fitted sampler.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.catalog import PRIORS
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.data.subsets import spaced
from latentexplorer.views.base import PART_NAMES, Array, Part, SnapshotSettings, View, ViewResult, count_text
from latentexplorer.views.lookup import at_epoch, code_note, decode, decode_class
from latentexplorer.views.prior_rows import Row

if TYPE_CHECKING:
    from latentexplorer.latent.prior_candidates import Candidate
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

OWN = "own"
Name = Literal["own", "normal", "laplace", "exponential", "uniform", "gaussian", "sampler"]
BINS, PLACES = 40, 120
SEEN = (0.002, 0.998)
"""From which to which quantile of codes and prior a dimension is drawn."""
PANELS = 128
"""Dimensions whose densities are worked out, those that are off most."""
FITTED_TO = 5_000
OTHER_LUCK = 2**31
"""Away from the seed of what is measured: no seed that can be chosen."""


class Settings(SnapshotSettings):
    """Which codes, what they are held against, and how much of it is shown."""

    part: Part = Field("train", title="Images", description="Codes of the training or of the held-out images.")
    prior: Name = Field(
        "own",
        title="Prior",
        description="What the densities are drawn of and the dimensions sorted by: own, normal, laplace, exponential, "
        "uniform, gaussian or sampler (both fitted to codes). Without a prior of its own: gaussian.",
    )
    matched: bool = Field(
        False,
        title="Same centre and width",
        description="Move and widen each prior to the codes, so that shapes alone are compared.",
    )
    codes: int = Field(5_000, ge=1, le=50_000, title="Codes", description="Codes measured at most, evenly spread.")
    count: int = Field(6, ge=1, le=PANELS, title="Dimensions", description="Drawn at most, those that are off most.")
    draws: int = Field(8, ge=1, le=32, title="Draws", description="Decoded draws of each prior.")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Another seed, other draws.")
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes. Empty: all in turn."
    )


@dataclass(frozen=True)
class Result(ViewResult):
    """Codes of n images held against several distributions.

    Attributes
    ----------
    rows : tuple of Row
        The run's own prior first, where it has one.
    at : int
        The row that is shown.
    dims : (M,) int64
        Dimensions, those that are furthest from that row first.
    edges : (M, BINS + 1) float64
    drawn : (M, BINS) float64
        Density of draws of the posteriors, or of codes that are points.
    means : (M, BINS) float64 or None
        Of the posteriors' means; None where codes are points.
    places : (M, G) float64
        Where the densities of the rows are known.
    count, shown : int
        n; dimensions that a figure shows at most.
    unit : str
        Of the distances: "code units", or "deviations of the codes".
    matched : bool
    total : int
        D.
    """

    rows: tuple[Row, ...]
    at: int
    dims: Array
    edges: Array
    drawn: Array
    means: Array | None
    places: Array
    count: int
    shown: int
    unit: str
    matched: bool
    total: int

    @property
    def row(self) -> Row:
        """The row that is shown."""
        return self.rows[self.at]

    @property
    def own(self) -> Row | None:
        """The run's own prior."""
        return next((row for row in self.rows if row.own), None)

    @property
    def sentence(self) -> str:
        """What the row that is shown comes to."""
        row, alone = self.row, "" if self.own is not None else "No prior of its own. "
        off = f"{row.mismatch.beyond:,} of {count_text(self.total, 'dimension')} farther off than chance"
        measure = "Wasserstein distance, mean of the dimensions"
        codes = f"codes are {row.distance} {self.unit} off ({measure})"
        return f"{alone}{row.title}: {codes}, draws from it {row.chance}. {off}"

    @property
    def numbers(self) -> dict[str, Any]:
        """What a command prints: every row by name, and what must be known."""
        rows = {row.name: row.numbers for row in self.rows}
        about = {"codes": self.count, "unit": self.unit, "same_centre_and_width": self.matched}
        return {**about, "priors": rows, "most_off": self.dims.tolist(), "notes": list(self.notes)}

    def by(self, name: str) -> Result:
        """The same with another row shown, its dimensions sorted by that; of those that are known."""
        at = next(number for number, row in enumerate(self.rows) if row.name == name)
        order = np.argsort(-self.rows[at].mismatch.wasserstein[self.dims], kind="stable")
        rows = tuple(replace(row, density=row.density[order]) for row in self.rows)
        means = None if self.means is None else self.means[order]
        return replace(
            self,
            rows=rows,
            at=at,
            dims=self.dims[order],
            edges=self.edges[order],
            drawn=self.drawn[order],
            means=means,
            places=self.places[order],
        )


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Hold the codes against everything, and decode draws of it."""
    from latentexplorer.latent.codes import draw_posteriors
    from latentexplorer.latent.prior_mismatch import Measured, mismatch

    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    label = decode_class(trained, settings.label, default=None)
    codes, others, notes = _codes(shown, settings)
    z = draw_posteriors(shown.prior, codes, settings.seed).astype(np.float64)
    centre, spread, width = _frame(z, shown, settings.matched)
    measured = Measured.of((z - centre) / spread, width, matched=settings.matched)
    stop.check()
    found, why_not = _candidates(shown, others, settings, centre, spread, stop)
    found.sort(key=lambda candidate: candidate.name != _own_name(shown))
    mismatches = []
    for done, candidate in enumerate(found):
        emit(Progress(done, len(found), f"codes and {candidate.title}"))
        mismatches.append(mismatch(measured, candidate, seed=settings.seed, stop=stop))
    at = _chosen(found, settings.prior, shown, why_not)
    dims = np.argsort(-mismatches[at].wasserstein, kind="stable")[:PANELS]
    edges, places = _places(z[:, dims], found[0], centre[dims], spread[dims], dims)
    within = (places - centre[dims, None]) / spread[dims, None]
    rows = []
    for candidate, known in zip(found, mismatches, strict=True):
        images, drawn, labels = _decoded(shown, candidate, settings, label, (centre, spread), emit, stop)
        density = _of_dims(candidate, within, dims, len(centre)) / spread[dims, None]
        own = candidate.name == _own_name(shown)
        rows.append(Row(OWN if own else candidate.name, candidate.title, own, known, density, images, drawn, labels))
    unit = "deviations of the codes" if settings.matched else "code units"
    which = count_text(len(codes), f"{PART_NAMES[settings.part]} code")
    return Result(
        rows=tuple(rows),
        at=at,
        dims=dims,
        edges=edges,
        drawn=_histograms(z[:, dims], edges),
        means=None if codes.scale is None else _histograms(codes.loc[:, dims].astype(np.float64), edges),
        places=places,
        count=len(codes),
        shown=settings.count,
        unit=unit,
        matched=settings.matched,
        total=z.shape[1],
        title="Prior lab",
        subtitle=f"{which} · {unit}",
        notes=(*why_not, *_said(rows, at, unit), *notes, *code_note(trained)),
    )


# -- codes -------------------------------------------------------------------------------------------------------------


def _codes(shown: Trained, settings: Settings) -> tuple[Codes, Codes, list[str]]:
    """Codes that are measured, others that something is fitted to, and what is left out."""
    codes = shown.codes_of(settings.part)
    finite = np.flatnonzero(np.isfinite(codes.loc).all(1))
    notes = []
    if not len(finite):
        raise NotApplicableError("None of the codes is a number", "The training has failed: lower its learning rate")
    if len(finite) < len(codes):
        notes.append(f"{len(codes) - len(finite):,} codes that are no numbers are left out")
    every = codes.take(finite)
    if settings.part == "test":
        measured, others = _spread(every, settings.codes), _spread(shown.codes_of("train"), FITTED_TO)
        others = others.take(np.flatnonzero(np.isfinite(others.loc).all(1)))
    else:
        some = _spread(every, 2 * settings.codes)
        measured, others = some.take(slice(0, None, 2)), some.take(slice(1, FITTED_TO * 2, 2))
    whose = PART_NAMES[settings.part]
    if len(measured) < len(every):
        notes.append(f"{len(measured):,} of {len(every):,} {whose} codes are measured, evenly spread")
    if len(others) > 1:
        notes.append(f"Fitted ones are fitted to {len(others):,} other training codes")
    return measured, others, notes


def _spread(codes: Codes, most: int) -> Codes:
    return codes if len(codes) <= most else codes.take(spaced(len(codes), most))


def _frame(z: Array, shown: Trained, matched: bool) -> tuple[Array, Array, float]:
    """What codes are told less, in units of what (D,), and how wide the kernel is in these units."""
    dims = z.shape[1]
    deviation = z.std(0)
    if matched:
        return z.mean(0), np.where(deviation > 0, deviation, 1.0), math.sqrt(dims)
    wide = math.sqrt(float(np.square(deviation).mean())) or 1.0
    scale = wide if shown.prior is None else shown.prior.scale
    return np.zeros(dims), np.ones(dims), scale * math.sqrt(dims)


# -- what they are held against ----------------------------------------------------------------------------------------


def _own_name(shown: Trained) -> str:
    return OWN if shown.prior is not None else ""


def _candidates(
    shown: Trained, others: Codes, settings: Settings, centre: Array, spread: Array, stop: StopToken
) -> tuple[list[Candidate], list[str]]:
    """All that there is, and why something is not."""
    from latentexplorer.latent.codes import draw_posteriors
    from latentexplorer.latent.prior_candidates import GaussianCandidate, PriorCandidate, SamplerCandidate
    from latentexplorer.latent.sampler import FittedSampler
    from latentexplorer.models.distributions import make_prior

    own, dims, unit = shown.prior, len(centre), settings.matched
    found: list[Candidate] = []
    said: list[str] = []
    if own is None:
        said.append(f"{shown.config.model.kind.title} has no prior: nothing has pulled its codes to any of these")
    else:
        wide = f", width {own.scale:.2g}" if own.name == "normal" and own.scale != 1 else ""
        found.append(PriorCandidate(own, dims, unit, OWN, f"{own.name.capitalize()} (its own{wide})"))
    plain = [name for name in PRIORS if own is None or own.name != name or own.scale != make_prior(name).scale]
    found += [PriorCandidate(make_prior(name), dims, unit, name, name.capitalize()) for name in plain]
    # With the luck of the measured ones, row by row, what is fitted would know part of what it is held against.
    drawn = draw_posteriors(own, others, settings.seed + OTHER_LUCK)
    stop.check()
    try:
        found.append(GaussianCandidate((drawn - centre) / spread))
        conditional = shown.config.model.kind.conditional
        support = (-math.inf, math.inf) if own is None or others.scale is None else own.support
        sampler = FittedSampler.fit(
            drawn,
            labels=others.labels if conditional else None,
            num_classes=len(shown.class_names),
            support=support,
            seed=settings.seed,
            stop=stop,
        )
        found.append(SamplerCandidate(sampler, centre, spread, settings.seed))
    except NotApplicableError as error:
        said.append(f"Nothing is fitted: {error}")
    return found, said


def _chosen(found: Sequence[Candidate], name: str, shown: Trained, said: list[str]) -> int:
    """The one that is shown: that of the name, else the first."""
    names = [candidate.name for candidate in found]
    if name in names:
        return names.index(name)
    if name == OWN:
        return names.index("gaussian") if "gaussian" in names else 0
    if shown.prior is not None and shown.prior.name == name:
        return 0
    said.append(f"There is no {name} here: too few codes to fit it to")
    return 0


def _decoded(
    shown: Trained,
    candidate: Candidate,
    settings: Settings,
    label: int | None,
    frame: tuple[Array, Array],
    emit: Emit,
    stop: StopToken,
) -> tuple[Array, Array, Array | None]:
    """Images (B, H, W', C) of draws, their codes (B, D) and classes (B,)."""
    from latentexplorer.latent.prior_candidates import SamplerCandidate

    labels = None
    if shown.config.model.kind.conditional:
        turns = np.arange(settings.draws) % max(shown.num_classes, 1)
        labels = turns if label is None else np.full(settings.draws, label)
        labels = labels.astype(np.int64)
    if isinstance(candidate, SamplerCandidate):
        known = candidate.sampler.class_shares
        there = labels
        if labels is not None and known is not None:
            # Of a class without codes nothing can be drawn: another one takes its turn.
            classes = np.flatnonzero(known > 0)
            there = np.where(np.isin(labels, classes), labels, classes[0]).astype(np.int64)
        codes = candidate.sampler.sample(settings.draws, settings.seed, y=there)[0]
        labels = there
    else:
        codes = (frame[0] + frame[1] * candidate.draw(settings.draws, settings.seed)).astype(np.float32)
    return decode(shown, codes, labels, emit=emit, stop=stop), codes, labels


# -- densities ---------------------------------------------------------------------------------------------------------


def _places(z: Array, first: Candidate, centre: Array, spread: Array, dims: Array) -> tuple[Array, Array]:
    """Edges (M, BINS + 1) and places (M, G), from where to where codes and the first candidate go."""
    ends = first.quantiles(np.array([SEEN[0] * 5, 1 - SEEN[0] * 5]))
    of_prior = np.broadcast_to(ends, (2, ends.shape[1] if ends.shape[1] > 1 else len(dims)))
    of_prior = (of_prior[:, dims] if ends.shape[1] > 1 else of_prior) * spread + centre
    low, high = np.quantile(z, SEEN, axis=0)
    low, high = np.minimum(low, of_prior[0]), np.maximum(high, of_prior[1])
    room = np.where(high > low, 0.04 * (high - low), 0.5)
    low, high = low - room, high + room
    return np.linspace(low, high, BINS + 1, axis=1), np.linspace(low, high, PLACES, axis=1)


def _histograms(z: Array, edges: Array) -> Array:
    """Densities (M, BINS) of codes (n, M); what lies outside is left out, and so not in the sum of one."""
    found = np.empty((len(edges), edges.shape[1] - 1))
    for at, row in enumerate(edges):
        found[at] = np.histogram(z[:, at], row)[0] / (len(z) * (row[1] - row[0]))
    return found


def _of_dims(candidate: Candidate, within: Array, dims: Array, total: int) -> Array:
    """The density along some dimensions, at places (M, G) of theirs."""
    whole = np.zeros((total, within.shape[1]))
    whole[dims] = within
    return np.asarray(candidate.density(whole)[dims])


# -- words -------------------------------------------------------------------------------------------------------------


def _said(rows: Sequence[Row], at: int, unit: str) -> list[str]:
    row = rows[at]
    return [
        f"{row.title}: {row.sentence[:1].lower()}{row.sentence[1:]} (2.5 % are so by chance)",
        f"Distance: 1-D Wasserstein in {unit}, the mean over dimensions; MMD²: 0 where both are the same",
        "Draws in a column have the same luck under each prior; trained with another one, codes would be others",
    ]


VIEW = View(Settings, compute)
