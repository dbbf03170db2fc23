"""Which number format and memory layout trains a model quickest on this machine: a few steps of a copy with each.

The trial takes at most a twentieth of what the training itself will take, and a training too short for that is not
preceded by one. It can be stopped between any two steps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import DataError, Stopped
from latentexplorer.core.events import Emit, Notice, Progress, ignore
from latentexplorer.data import DataSplit
from latentexplorer.models import LatentModel, build_model
from latentexplorer.models.captured import Captured, give_memory_back
from latentexplorer.models.devices import choose_device, has_tf32, native_bf16
from latentexplorer.runs import RunFolder
from latentexplorer.training.batches import Images, batch_bounds
from latentexplorer.training.distributed import Ranks
from latentexplorer.training.numerics import Numerics, computing_with
from latentexplorer.training.optimisers import CodeAdam, network_optimiser

Step = Callable[[], float]
"""Makes one step of a copy of the model, and gives its loss."""

SHARE = 0.05
"""Part of the training that the trial may take."""
LEAST_STEPS = round(4 / SHARE)
"""Steps of a training that is worth a trial, which takes two steps of fp32 and two of one other format at least."""
TIMED_STEPS = 5
HOPELESS_AT_ONCE = 3.0
"""A candidate whose first step is so much longer than the quickest first step is not tried on."""
HOPELESS = 1.5
"""Nor is one whose shortest step of two or more is so much longer than the quickest one's."""
WORTH = 0.95
"""A candidate must take at most this part of plain fp32's time to be worth its rounding."""
AGREES = 0.02
"""Largest relative difference of its loss from that of fp32."""
ELSEWHERE = "So far it was trained in bfloat16, which this processor only imitates"
WHAT = "trying out what is fastest here"


def choose_numerics(
    config: RunConfig,
    data: DataSplit,
    before: dict[str, Any] | None,
    processes: int = 1,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Numerics:
    """What this run computes with: what it computed with before, else what the settings and the machine ask for.

    Parameters
    ----------
    before : dict or None
        `as_json` of an earlier part of the run.
    processes : int
        How many share a batch.
    stop : StopToken
        Looked at before every step of the trial; the result is then not `chosen`.
    """
    device = choose_device(config.training.device)
    mode = config.training.numerics
    kept = Numerics.of(before, torch.get_num_threads()) if before else None
    if kept is not None and (kept.mode, kept.device, kept.chosen) == (mode, device, True):
        if not kept.bf16 or native_bf16(device):
            return kept
        emit(Notice(f"{ELSEWHERE}: its number format is chosen anew", "warning"))
    plain = Numerics(mode, device, torch.get_num_threads())
    if mode == "exact" or not config.model.kind.gradient:
        return plain
    plain = replace(plain, fused=True, tf32=device == "cuda" and has_tf32())
    others = candidates(plain, config, data) if has_trial(config, data) else []
    if not others:
        return plain

    def copy(numerics: Numerics) -> Step:
        return trial_step(config, data, numerics, processes)

    with computing_with(plain, stop):
        if device == "cuda" and not stop.requested:
            # What a card loads at its first step it loads for the training, which is no part of the trial.
            copy(plain)()
        chosen = quickest(plain, others, copy, _steps(config, data), emit=emit, stop=stop)
    if device == "cuda":
        give_memory_back()
    return chosen


def has_trial(config: RunConfig, data: DataSplit) -> bool:
    """Whether the training is long enough for a trial, where there is something to choose from."""
    fast = config.training.numerics == "fast" and config.model.kind.gradient
    return fast and _steps(config, data) >= LEAST_STEPS


def _steps(config: RunConfig, data: DataSplit) -> int:
    training = config.training
    return training.epochs * len(batch_bounds(len(data.train), training.batch_size, training.drop_last))


def agreed_numerics(
    folder: RunFolder, config: RunConfig, data: DataSplit, ranks: Ranks, emit: Emit, stop: StopToken
) -> Numerics:
    """What the main process computes with, the others too; checks that they have the same images."""
    if ranks.from_main(lambda: data.fingerprint) != data.fingerprint:
        raise DataError("The processes do not have the same images", "Give every machine the same data")
    ranks.use(torch.device(choose_device(config.training.device)))

    def choose() -> dict[str, Any]:
        before = folder.environment
        known = before.get("numerics")
        numerics = dict(known) if isinstance(known, dict) else {}
        if before.get("processes", 1) != ranks.size:
            numerics.pop("threads", None)
        return choose_numerics(config, data, numerics, ranks.size, emit=emit, stop=stop).as_json()

    return Numerics(**ranks.from_main(choose))


def candidates(plain: Numerics, config: RunConfig, data: DataSplit) -> list[Numerics]:
    """What may be quicker than plain fp32, or TF32 on a card that has it, the likeliest first."""
    formats = [False, True] if native_bf16(plain.device) else [False]
    # The layout of images is that of convolutions, which have weights of four axes.
    model = build_model(config.model, data.image_shape, data.num_classes, 1, initial=False)
    layouts = [False, True] if any(weight.dim() == 4 for weight in model.network_parameters()) else [False]
    found = [replace(plain, bf16=bf16, channels_last=layout) for bf16 in reversed(formats) for layout in layouts]
    return [numerics for numerics in found if numerics != plain]


def quickest(
    plain: Numerics,
    others: Iterable[Numerics],
    copy: Callable[[Numerics], Step],
    steps: int,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
    clock: Callable[[], float] = time.perf_counter,
) -> Numerics:
    """The quickest of some candidates whose loss agrees with that of fp32.

    They take turns, and each is judged by its shortest step: beside another busy process, whose turns no candidate can
    choose, the others are as long as chance has it.

    Parameters
    ----------
    plain : Numerics
        Plain fp32, with which the others are compared.
    others : iterable of Numerics
    copy : callable
        Gives the steps of a copy of the model that computes as is said. What runs out of memory, or what the machine
        or a layer of the model does not know, is no candidate.
    steps : int
        Steps of the training that the trial is for.
    clock : callable
        Seconds.
    """
    others = list(others)
    trial = _Trial(copy, emit, stop, clock)
    trial.most = (1 + len(others)) * (1 + TIMED_STEPS)
    try:
        reference = trial.begin(plain)
        trial.step(reference)
        trial.allowed_s = SHARE * steps * reference.seconds
        tried = [found for numerics in others if (found := trial.begun(numerics, reference)) is not None]
        trial.take_turns([reference, *tried])
    except Stopped:
        return replace(plain, chosen=False)
    best = min([reference, *(one for one in tried if one.is_worth(reference))], key=lambda one: one.seconds)
    timings = {one.name: round(one.seconds * 1e3, 3) for one in (reference, *tried) if one.timed}
    return replace(best.numerics, timings_ms=timings)


class _Candidate:
    """A copy of the model that is trained with one candidate.

    Attributes
    ----------
    first_s, first_loss : float
        Of the first step.
    seconds : float
        The shortest of the other steps; infinite before there is one.
    timed : int
        How many these are.
    failed : bool
        Whether one of its steps failed: there was no memory for it, say.
    """

    def __init__(self, numerics: Numerics, step: Step) -> None:
        self.numerics, self.step = numerics, step
        self.first_s = self.seconds = math.inf
        self.first_loss = math.nan
        self.timed = 0
        self.failed = False

    def give_up(self) -> None:
        """One of its steps failed: the memory of its copy is free again."""
        self.failed, self.step = True, _no_step

    @property
    def name(self) -> str:
        """ "bf16 channels-last", say."""
        name = self.numerics.format
        return f"{name} channels-last" if self.numerics.channels_last else name

    def is_worth(self, reference: _Candidate) -> bool:
        """Whether it is quicker by more than chance, and right."""
        agrees = abs(self.first_loss - reference.first_loss) <= AGREES * abs(reference.first_loss)
        return agrees and not self.failed and self.seconds < WORTH * reference.seconds


def _no_step() -> float:
    return math.nan


class _Trial:
    """Steps of candidates, counted and timed.

    Attributes
    ----------
    allowed_s : float
        Seconds that all of it may take.
    most : int
        Steps that all of it takes, where none is hopeless and the time is enough.
    """

    def __init__(
        self, copy: Callable[[Numerics], Step], emit: Emit, stop: StopToken, clock: Callable[[], float]
    ) -> None:
        self.copy, self.emit, self.stop, self.clock = copy, emit, stop, clock
        self.began_s = clock()
        self.allowed_s = math.inf
        self.quickest_first_s = math.inf
        self.steps = self.most = 0

    def begin(self, numerics: Numerics) -> _Candidate:
        """A candidate after its first step, for which memory and kernels are new."""
        self.stop.check()
        self.emit(Progress(self.steps, self.most, WHAT))
        candidate = _Candidate(numerics, self.copy(numerics))
        candidate.first_s, candidate.first_loss = self._timed(candidate.step)
        self.quickest_first_s = min(self.quickest_first_s, candidate.first_s)
        return candidate

    def begun(self, numerics: Numerics, reference: _Candidate) -> _Candidate | None:
        """A candidate after its first two steps; None where there is no time for them or no hope, or it cannot be."""
        if not self.has_time_for(reference.first_s + reference.seconds):
            return None
        try:
            candidate = self.begin(numerics)
            if candidate.first_s > HOPELESS_AT_ONCE * self.quickest_first_s:
                return None
            self.step(candidate)
        except (RuntimeError, MemoryError):
            # A number format or layout that this machine or a layer does not know; no memory for one copy more.
            return None
        return candidate

    def take_turns(self, candidates: list[_Candidate]) -> None:
        """Step after step of each, until all have made enough or the time is over."""
        for _ in range(TIMED_STEPS):
            for candidate in candidates:
                best = min((one.seconds for one in candidates if not one.failed), default=math.inf)
                hopeless = candidate.timed >= 2 and candidate.seconds > HOPELESS * best
                if candidate.failed or hopeless or candidate.timed >= TIMED_STEPS:
                    continue
                if not self.has_time_for(candidate.seconds):
                    return
                try:
                    self.step(candidate)
                except (RuntimeError, MemoryError):
                    candidate.give_up()

    def step(self, candidate: _Candidate) -> None:
        """One more step of it."""
        self.stop.check()
        self.emit(Progress(self.steps, self.most, WHAT))
        seconds, _ = self._timed(candidate.step)
        candidate.seconds = min(candidate.seconds, seconds)
        candidate.timed += 1

    def has_time_for(self, seconds: float) -> bool:
        """Whether so much more is allowed."""
        return self.clock() - self.began_s + seconds <= self.allowed_s

    def _timed(self, step: Step) -> tuple[float, float]:
        begin = self.clock()
        loss = step()
        self.steps += 1
        return self.clock() - begin, loss


def trial_step(config: RunConfig, data: DataSplit, numerics: Numerics, processes: int = 1) -> Step:
    """Steps of a copy of the model on the first batch, which each time wait for the device.

    Where the training's steps will be captured, so are these, within the first one: what is timed is a replay.
    """
    share = config.training.batch_size
    if processes > 1:
        # Two at least: batch normalisation has no variance of one.
        share = max(2, share // processes)
    count = min(share, len(data.train))
    some = data.train.take(slice(0, count))
    labels = None if some.labels is None else torch.from_numpy(some.labels.copy())
    model: LatentModel = build_model(config.model, data.image_shape, data.num_classes, count, labels, seed=0)
    device = numerics.torch_device
    model.to(device)
    if numerics.channels_last:
        model.to(memory_format=torch.channels_last)
    images = Images(some, device, numerics.channels_last)
    weights, kind = model.network_parameters(), config.training.optimizer
    optimisers: list[Any] = [network_optimiser(weights, numerics.rate(1e-4), 0.0, numerics.fused, kind)]
    if model.code_parameters():
        optimisers.append(CodeAdam(model.code_parameters(), numerics.rate(1e-4)))
    generator = torch.Generator(device).manual_seed(0)
    index = torch.arange(count)
    chosen = images.choose(index, index.flip(0) if model.kind.separates else None)

    def step() -> Tensor:
        with numerics.autocast():
            terms = model.loss(images.of(chosen), generator)
        loss = model.cost(terms, config.model.beta).mean()
        model.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimiser in optimisers:
            optimiser.step()
        return loss.detach()

    together = "several processes" if processes > 1 else ""
    captured = Captured(step, device, [generator], refused=together or ("" if numerics.captures else numerics.mode))

    def one() -> float:
        loss = float(captured())
        while not (captured.reason or captured.replays):
            float(captured())
        return loss

    return one
