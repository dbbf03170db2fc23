"""Codes of unseen images: fitted by gradient steps with the decoder frozen, or from the encoder where there is one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.events import Emit, Progress, ignore
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
from latentexplorer.models.warm_start import NEIGHBOURS, WarmStart

FIT_BATCH = 250
"""Images whose codes are fitted together."""


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
    """

    steps: int = 60
    lr: float = 0.2
    start: str = "warm"
    starts: int = 1
    neighbours: int = NEIGHBOURS
    seed: int = 0
    bf16: bool = False

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
    """

    codes: Codes
    path: list[tuple[int, float]] = field(default_factory=list)
    steps_taken: int = 0


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
        If `stop` is requested; polled at every step.
    """
    settings = settings or InferSettings()
    if not isinstance(model, AutoDecoder):
        return Inferred(encode_images(model, images, labels, emit=emit, stop=stop))
    if isinstance(known, tuple):
        known = WarmStart(model, *known, settings.neighbours) if len(known[1]) else None
    warm = known if settings.start == "warm" else None
    if settings.start == "warm" and warm is None:
        raise SettingsError(
            "A warm start needs images whose codes are known", "Give the training images, or start cold"
        )
    means, scales, paths = [], [], []
    with frozen(model):
        for rows in chunks(len(images), at_once(images.shape[1:], FIT_BATCH)):
            batch = to_batch(images[rows], device=device_of(model))
            start = _start(model, batch, images[rows], warm, settings, settings.seed + rows.start, stop)
            posterior, path = _fit(model, batch, start, settings, settings.seed + rows.start, stop)
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
    return Inferred(codes, _mean_path(paths), max((path[-1][0] for _, path in paths), default=0))


def _start(
    model: AutoDecoder,
    batch: Batch,
    images: Images,
    warm: WarmStart | None,
    settings: InferSettings,
    seed: int,
    stop: StopToken,
) -> Tensor:
    """Raw numbers (starts, B, P * D) to start from, on the model's device."""
    device = device_of(model)
    if warm is None:
        generator = torch.Generator().manual_seed(seed)
        return torch.stack([_random_start(model, len(images), generator) for _ in range(settings.starts)]).to(device)
    candidates = warm.guesses(images, stop).to(device)
    # All candidates of a few images at once: the decoder is far quicker with seven codes than seven times with one.
    params, wanted = candidates.flatten(0, 1), batch.x.repeat(len(candidates), 1, 1, 1)
    with torch.no_grad():
        found = [
            _cost(model, params[rows], Batch(wanted[rows]), None)
            for rows in chunks(len(params), at_once(model.image_shape, FIT_BATCH))
        ]
    costs = torch.cat(found).view(len(candidates), len(images))
    best = costs.topk(min(settings.starts, len(candidates)), dim=0, largest=False).indices
    return torch.gather(candidates, 0, best[..., None].expand(-1, -1, candidates.shape[-1]))


def _random_start(model: AutoDecoder, count: int, generator: torch.Generator) -> Tensor:
    labels = None
    if model.config.code_init == "per-class":
        # The class of a new image is not to be used: its code starts around a centre drawn blindly.
        labels = torch.randint(max(model.num_classes, 1), (count,), generator=generator)
    return model.start_params(count, generator, labels)


def _fit(
    model: AutoDecoder, batch: Batch, start: Tensor, settings: InferSettings, seed: int, stop: StopToken
) -> tuple[Posterior, list[tuple[int, float]]]:
    """Adam on the raw numbers of one batch from every start; the best start of each image."""
    starts, count, width = start.shape
    params = start.reshape(starts * count, width).clone().requires_grad_()
    repeated = Batch(batch.x.repeat(starts, 1, 1, 1))
    generator = torch.Generator(params.device).manual_seed(seed)
    optimiser = torch.optim.Adam([params], lr=settings.lr, betas=(0.9, 0.99), fused=True)
    path: list[tuple[int, float]] = []
    watched: list[Tensor] = []
    step = 0
    for step in range(1, settings.steps + 1):
        stop.check()
        optimiser.param_groups[0]["lr"] = settings.lr * 0.5 * (1 + math.cos(math.pi * (step - 1) / settings.steps))
        # Entered anew each step: autocast keeps what it has converted until it is left, and the codes change.
        with torch.autocast(params.device.type, torch.bfloat16, enabled=settings.bf16):
            cost = _cost(model, params, repeated, generator)
        optimiser.zero_grad()
        cost.sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        watched.append(cost.detach().mean())
        if step % _WATCH == 0:
            path += _noted(step - len(watched) + 1, watched)
            watched = []
            # With draws an objective looks settled while large steps circle what they seek: only smaller steps help.
            if not model.kind.variational and _settled(path):
                break
    path += _noted(step - len(watched) + 1, watched)
    with torch.no_grad():
        final = _cost(model, params, repeated, None).view(starts, count)
        best = final.argmin(0)
        rows = best * count + torch.arange(count, device=params.device)
        path.append((step, float(final.amin(0).mean())))
        return model.posterior_of(params[rows]), path


_WATCH = 10
"""Steps between looks at the objective, each of which waits for the device."""
_PLATEAU = 20


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


def _cost(model: AutoDecoder, params: Tensor, batch: Batch, generator: torch.Generator | None) -> Tensor:
    """The model's objective of each image (B,)."""
    terms = model.loss_with(params, batch, generator)
    return model.cost(terms, model.config.beta)


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
