"""Codes of unseen images: fitted by gradient steps with the decoder frozen, or from the encoder where there is one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.events import Emit, FitMoved, Progress, ignore
from latentexplorer.models.base import Batch, LatentModel
from latentexplorer.models.codes import Codes
from latentexplorer.models.distributions import Posterior
from latentexplorer.models.encoding import (
    Images,
    Labels,
    at_once,
    chunks,
    device_of,
    encode_images,
    evaluating,
    to_batch,
)
from latentexplorer.models.families.autodecoder import AutoDecoder
from latentexplorer.models.fit_step import FitStep, cost
from latentexplorer.models.torch_threads import Paced
from latentexplorer.models.warm_start import NEIGHBOURS, WarmStart

FITTING = Paced()
FIT_BATCH, FIT_BATCH_ON_CARD = 250, 4_000
"""Images whose codes are fitted together: what a processor's caches hold, and what keeps a card busy."""


@dataclass(frozen=True)
class InferSettings:
    """How codes of unseen images are fitted.

    Attributes
    ----------
    steps : int
        Adam steps at most.
    lr : float
        Step size at the start; it falls to nothing along a cosine.
    start : "warm" or "cold"
        Warm: at the best of the codes of the nearest known images, their mean, and a regression from pixels to codes
        (`latentexplorer.models.warm_start`). Cold: random, as training starts.
    starts : int
        Starts tried for each image, the best result kept.
    neighbours : int
        Known images that a warm start looks at.
    seed : int
        Of random starts and of posterior draws.
    bf16 : bool
        Whether gradient steps use bfloat16 matrix products; twice as fast where the machine has them. Which start is
        best is judged in float32 all the same.
    watched : bool
        Whether somebody looks on: the codes are reported (`FitMoved`) as they move, and a fit that is stopped keeps the
        best codes so far.
    steady : bool
        The same to the last bit however busy the machine is; else with as many threads as pay for it.
    """

    steps: int = 60
    lr: float = 0.2
    start: str = "warm"
    starts: int = 1
    neighbours: int = NEIGHBOURS
    seed: int = 0
    bf16: bool = False
    watched: bool = False
    steady: bool = True

    def __post_init__(self) -> None:
        if self.start not in ("warm", "cold"):
            raise SettingsError(f"Codes cannot be fitted with start = {self.start!r}", "Choose warm or cold")
        if self.steps < 0 or self.starts < 1 or self.neighbours < 1 or not self.lr > 0:
            raise SettingsError("Fitting codes needs steps >= 0, starts >= 1, neighbours >= 1 and lr > 0")


@dataclass
class Inferred:
    """Fitted codes.

    Attributes
    ----------
    codes : Codes
    path : list of (int, float)
        Step, and the mean objective over all images at it (nats per image), from one posterior draw each; the last
        entry is that of the codes returned, at the posterior mean. Empty for models with an encoder.
    steps_taken : int
        Steps of the batch that took the most; fewer than asked for where codes are points and nothing improved.
    started_at : list of N str
        Where the best code of each image was started, for a person. Empty for models with an encoder.
    """

    codes: Codes
    path: list[tuple[int, float]] = field(default_factory=list)
    steps_taken: int = 0
    started_at: list[str] = field(default_factory=list)


def infer_codes(
    model: LatentModel,
    images: Images,
    labels: Labels | None = None,
    *,
    known: WarmStart | tuple[Images, Codes] | None = None,
    settings: InferSettings | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Inferred:
    """Codes of unseen images: fitted by gradient steps on the model's own objective with the decoder frozen.

    Models with an encoder answer with it. The decoder is in eval mode and keeps its weights and statistics.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8
    labels : ndarray (N,), int64, or None
        Only carried over to the codes; never used to start from (a code started by its label would carry it).
    known : (images, Codes), what a `WarmStart` made of them, or None
        Images whose codes are known, for warm starts.

    Raises
    ------
    SettingsError
        For a warm start without known images.
    Stopped
        If `stop` is requested; polled at every step. A watched fit ends with what it has instead.
    """
    settings = settings or InferSettings()
    if not isinstance(model, AutoDecoder):
        return Inferred(encode_images(model, images, labels, steady=settings.steady, emit=emit, stop=stop))
    if isinstance(known, tuple):
        known = WarmStart(model, *known, settings.neighbours) if len(known[1]) else None
    warm = known if settings.start == "warm" else None
    if settings.start == "warm" and warm is None:
        raise SettingsError(
            "A warm start needs images whose codes are known", "Give the training images, or start cold"
        )
    means, scales, paths = [], [], []
    started_at: list[str] = []
    device = device_of(model)
    fit = _Fit(model, settings, emit, stop)
    with frozen(model):
        for rows in chunks(len(images), _together(images.shape[1:], device)):
            batch = to_batch(images[rows], device=device)
            looking = NEVER if settings.watched else stop
            start, names = _start(model, batch, images[rows], warm, settings, settings.seed + rows.start, looking)
            posterior, path, best = fit.of(batch, start, settings.seed + rows.start)
            started_at += [names[at][column] for column, at in enumerate(best)]
            means.append(posterior.mean.cpu().numpy())
            scales.append(None if posterior.scale is None else posterior.scale.cpu().numpy())
            paths.append((rows.stop - rows.start, path))
            emit(Progress(rows.stop, len(images), "fitting codes"))
    codes = Codes(
        np.concatenate(means) if means else np.zeros((0, model.code_dim), np.float32),
        np.concatenate([s for s in scales if s is not None]) if model.kind.variational and scales else None,
        np.arange(len(images)),
        labels,
    )
    steps_taken = max((path[-1][0] for _, path in paths), default=0)
    return Inferred(codes, _mean_path(paths), steps_taken, started_at)


def _together(shape: Sequence[int], device: torch.device) -> int:
    """How many images of a shape are fitted together."""
    return at_once(shape, FIT_BATCH if device.type == "cpu" else FIT_BATCH_ON_CARD)


def _start(
    model: AutoDecoder,
    batch: Batch,
    images: Images,
    warm: WarmStart | None,
    settings: InferSettings,
    seed: int,
    stop: StopToken,
) -> tuple[Tensor, list[list[str]]]:
    """Raw numbers (starts, B, P * D) to start from, on the model's device, and what each is, for a person."""
    device = device_of(model)
    if warm is None:
        generator = torch.Generator().manual_seed(seed)
        random = [_random_start(model, len(images), generator) for _ in range(settings.starts)]
        names = [[f"random start {number}"] * len(images) for number in range(1, settings.starts + 1)]
        return torch.stack(random).to(device), names
    candidates = warm.guesses(images, stop, device).to(device)
    # All candidates of a few images at once: the decoder is far quicker with seven codes than seven times with one.
    params, wanted = candidates.flatten(0, 1), batch.x.repeat(len(candidates), 1, 1, 1)
    with torch.no_grad():
        found = [
            cost(model, params[rows], Batch(wanted[rows]), None)
            for rows in chunks(len(params), _together(model.image_shape, device))
        ]
    costs = torch.cat(found).view(len(candidates), len(images))
    best = costs.topk(min(settings.starts, len(candidates)), dim=0, largest=False).indices
    chosen = torch.gather(candidates, 0, best[..., None].expand(-1, -1, candidates.shape[-1]))
    return chosen, [[warm.name(at) for at in row] for row in best.tolist()]


def _random_start(model: AutoDecoder, count: int, generator: torch.Generator) -> Tensor:
    labels = None
    if model.config.code_init == "per-class":
        # The class of a new image is not to be used: its code starts around a centre drawn blindly.
        labels = torch.randint(max(model.num_classes, 1), (count,), generator=generator)
    return model.start_params(count, generator, labels)


class _Fit:
    """Adam on the raw numbers of one batch after the other, from every start of each image."""

    def __init__(self, model: AutoDecoder, settings: InferSettings, emit: Emit, stop: StopToken) -> None:
        self._model, self._settings, self._emit, self._stop = model, settings, emit, stop
        self._step: FitStep | None = None

    def of(self, batch: Batch, start: Tensor, seed: int) -> tuple[Posterior, list[tuple[int, float]], list[int]]:
        """The best code of each image, the mean objective at each step, and which start (starts, B, P * D) it was."""
        model, settings, (starts, count, width) = self._model, self._settings, start.shape
        repeated = Batch(batch.x.repeat(starts, 1, 1, 1))
        step = self._step_for(repeated, width)
        step.begin(repeated, start.reshape(starts * count, width), seed)
        onlooker = _Onlooker(model, repeated, starts, settings.steps, self._emit) if settings.watched else None
        path, taken = self._descend(step, onlooker)
        with torch.no_grad():
            final = step.params.detach() if onlooker is None else onlooker.look(step.params, taken)
            costs = cost(model, final, repeated, None).view(starts, count)
            best = costs.argmin(0)
            rows = best * count + torch.arange(count, device=final.device)
            path.append((taken, float(costs.amin(0).mean())))
            return model.posterior_of(final[rows]), path, best.tolist()

    def _step_for(self, images: Batch, width: int) -> FitStep:
        if self._step is None or self._step.batch.x.shape != images.x.shape:
            self._step = FitStep(self._model, images, width, self._settings.bf16)
        return self._step

    def _descend(self, step: FitStep, onlooker: _Onlooker | None) -> tuple[list[tuple[int, float]], int]:
        """Steps up to the last, or a stop of a fit that is watched; the objective, and the steps taken.

        On a plateau the rate falls to nothing within `_EASE` steps: what large steps cannot get below, small ones can.
        """
        settings, path, watched = self._settings, list[tuple[int, float]](), list[Tensor]()
        if onlooker is not None:
            onlooker.look(step.params, 0)
        taken, began, end, highest = 0, 0, settings.steps, settings.lr
        while taken < end:
            if onlooker is None:
                self._stop.check()
            elif self._stop.requested:
                break
            with FITTING.piece(len(step.params), settings.steady, step.params.device):
                rate = highest * 0.5 * (1 + math.cos(math.pi * (taken - began) / (end - began)))
                watched.append(step.take(rate))
            taken += 1
            if onlooker is not None and taken % _LOOK == 0:
                onlooker.look(step.params, taken)
            if taken % _WATCH == 0:
                path += _noted(taken - len(watched) + 1, watched)
                watched = []
                # With draws an objective looks settled while large steps circle what they seek: only smaller ones help.
                if not began and not self._model.kind.variational and _settled(path):
                    began, end, highest = taken, min(settings.steps, taken + _EASE), rate
        return path + _noted(taken - len(watched) + 1, watched), taken


class _Onlooker:
    """Reports a fit as it goes, and remembers the best raw numbers that each start has passed.

    Large steps overshoot, so what a fit that is stopped has just reached may be worse than what it had.
    """

    def __init__(self, model: AutoDecoder, repeated: Batch, starts: int, steps: int, emit: Emit) -> None:
        self._model, self._batch, self._starts, self._steps, self._emit = model, repeated, starts, steps, emit
        self._best: tuple[Tensor, Tensor] | None = None
        self._errors: list[npt.NDArray[np.float32]] = []

    def look(self, params: Tensor, step: int) -> Tensor:
        """Judge the raw numbers (starts * B, P * D) at a step; the best so far of each row."""
        model = self._model
        with torch.no_grad():
            terms = model.loss_with(params, self._batch, None)
            costs, now = model.cost(terms, model.config.beta), params.detach().clone()
            if self._best is not None:
                before, cheapest = self._best
                better = costs < cheapest
                now, costs = torch.where(better[:, None], now, before), torch.where(better, costs, cheapest)
            self._best = now, costs
            count = len(now) // self._starts
            rows = costs.view(self._starts, count).argmin(0) * count + torch.arange(count, device=now.device)
            posterior = model.posterior_of(now[rows])
            z, scale = posterior.mean.cpu().numpy(), posterior.scale
            errors = (terms.x_hat.float() - self._batch.x).square().flatten(1).mean(1).sqrt()
            self._errors.append(errors.view(self._starts, count).cpu().numpy())
            spread = None if scale is None else scale.cpu().numpy()
        self._emit(FitMoved(z, spread, step, self._steps, np.stack(self._errors)))
        return now


_LOOK = 2
"""Steps between two looks of somebody who watches."""
_WATCH = 10
"""Steps between looks at the objective, each of which waits for the device."""
_PLATEAU, _EASE = 20, 40


def _noted(first: int, watched: list[Tensor]) -> list[tuple[int, float]]:
    """The objective before each step, read from the device once for all of them."""
    return list(enumerate(torch.stack(watched).tolist(), first - 1)) if watched else []


def _settled(path: list[tuple[int, float]]) -> bool:
    """Whether the last steps brought less than a thousandth of all that was gained; means, because steps overshoot."""
    if len(path) < 2 * _PLATEAU:
        return False
    values = np.array([value for _, value in path])
    before, recent = values[-2 * _PLATEAU : -_PLATEAU].mean(), values[-_PLATEAU:].mean()
    return bool(before - recent <= 1e-3 * abs(values[0] - recent))


def _mean_path(paths: list[tuple[int, list[tuple[int, float]]]]) -> list[tuple[int, float]]:
    """The mean over batches at each step; a batch that ended early counts with its last value."""
    if not paths:
        return []
    longest = max((path for _, path in paths), key=len)
    total = sum(count for count, _ in paths)
    return [
        (step, sum(count * path[min(place, len(path) - 1)][1] for count, path in paths) / total)
        for place, (step, _) in enumerate(longest)
    ]


@contextmanager
def frozen(model: LatentModel) -> Iterator[None]:
    """Eval mode and no gradients of weights inside; all as it was afterwards."""
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in learned:
        parameter.requires_grad_(False)
    try:
        with evaluating(model):
            yield
    finally:
        for parameter in learned:
            parameter.requires_grad_(True)
