"""The shortest way between two codes as the images tell it: a geodesic of the decoder's pull-back metric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, Progress, WayMoved, ignore
from latentexplorer.latent.interpolation import interpolate
from latentexplorer.models import LatentModel
from latentexplorer.models.encoding import at_once, device_of, evaluating
from latentexplorer.models.torch_optimisers import LBFGS

Decode = Callable[[Tensor], Tensor]
"""Codes (B, D) to images (B, ...), differentiable."""

ROUND = 5
"""Iterations between two reports."""
SETTLED = 2e-4
"""A way has settled where a round takes less than this part off its energy."""


@dataclass(frozen=True, eq=False)
class Way:
    """A way through the latent space, as a polyline of n segments that are gone one a step.

    Attributes
    ----------
    codes : ndarray (n + 1, D), float64
    steps : ndarray (n,), float64
        How much the image changes in each: the root of its mean squared change, over all numbers on [0, 1].
    iteration : int
        After so many; 0: as it began.
    settled : bool
        Whether it hardly gets shorter any more.
    """

    codes: np.ndarray
    steps: np.ndarray
    iteration: int = 0
    settled: bool = False

    @property
    def energy(self) -> float:
        """n times the sum of the squared steps: what the geodesic minimises. Never below the squared `length`."""
        return float(len(self.steps) * (self.steps**2).sum())

    @property
    def length(self) -> float:
        """Sum of the steps: how much the image changes on the way, to and fro counted both."""
        return float(self.steps.sum())

    @property
    def code_length(self) -> float:
        """Length in the latent space, in the unit of the codes."""
        return float(np.linalg.norm(np.diff(self.codes, axis=0), axis=1).sum())

    def at(self, t: np.ndarray) -> np.ndarray:
        """Codes (m, D), float32, at parts `t` (m,) of the way, 0..1; the ends exactly."""
        place = np.asarray(t, np.float64) * len(self.steps)
        before = np.clip(place.astype(np.int64), 0, len(self.steps) - 1)
        part = (place - before)[:, None]
        return np.asarray((1 - part) * self.codes[before] + part * self.codes[before + 1], np.float32)


def way_of(model: LatentModel, codes: np.ndarray, y: int | None = None) -> Way:
    """The way along given codes (n + 1, D), measured by the decoder; `y`: the class of a conditional model."""
    line = np.asarray(codes, np.float64)
    with evaluating(model), torch.no_grad():
        return Way(line, _Measured(*_parts(model, y)).steps(_tensor(line, device_of(model))))


def geodesic(
    model: LatentModel,
    start: np.ndarray,
    end: np.ndarray,
    y: int | None = None,
    *,
    segments: int = 32,
    iterations: int = 200,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Way:
    """The way from `start` to `end` (D,) whose images change least, in the decoder's mean (Shao et al. 2018).

    Minimises n times the sum of |g(z_i+1) - g(z_i)|^2 over the inner points, g the decoder as it is. Begins at the
    straight or at the spherical way, whichever has the lower energy. The mean alone: the likelihoods here have no noise
    that depends on the code, whose change would keep a way near data (Arvanitidis et al. 2018).

    Parameters
    ----------
    y : int or None
        The class that all of it is decoded as, for conditional models.
    segments : int
        n; the codes of the way are one more.
    iterations : int
        At most so many.
    emit
        `WayMoved` as it gets shorter, the beginning first, and `Progress`.
    stop
        Polled at each look at the energy.
    """
    device = device_of(model)
    with evaluating(model):
        measured = _Measured(*_parts(model, y))
        begins = [_tensor(interpolate(start, end, segments + 1, way), device) for way in ("linear", "spherical")]
        with torch.no_grad():
            energies = [float((measured.steps(begin) ** 2).sum()) for begin in begins]
        return _shorten(measured, begins[int(energies[1] < energies[0])], iterations, emit=emit, stop=stop)


def of_decoder(decode: Decode, codes: np.ndarray, iterations: int = 200) -> Way:
    """The geodesic between the ends of some codes (n + 1, D), from these, by any decoder of codes (B, D)."""
    return _shorten(_Measured(decode, len(codes)), torch.from_numpy(np.array(codes)), iterations)


def _parts(model: LatentModel, y: int | None) -> tuple[Decode, int]:
    """How a model decodes, and how many codes at once."""
    return partial(_decoded, model, y), at_once(model.decoded_shape)


def _decoded(model: LatentModel, y: int | None, z: Tensor) -> Tensor:
    classes = None if y is None else torch.full((len(z),), y, dtype=torch.int64, device=z.device)
    return model.decode(z, classes, clamped=False)


def _tensor(codes: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(np.array(codes, np.float32)).to(device)


class _Measured:
    """What a decoder says of ways, so many codes at a time."""

    def __init__(self, decode: Decode, size: int) -> None:
        self.decode, self.size = decode, max(size - 1, 1)

    def steps(self, codes: Tensor) -> np.ndarray:
        """RMS change of the image over each segment (n,)."""
        parts = [self._squares(part) for part in self._pieces(codes)]
        return torch.cat(parts).detach().double().clamp_min(0).sqrt().cpu().numpy()

    def energy(self, codes: Tensor, stop: StopToken) -> tuple[Tensor, Tensor]:
        """Energy of a way, and its gradient (n + 1, D)."""
        total, gradient = codes.new_zeros(()), torch.zeros_like(codes)
        count = len(codes) - 1
        for at, part in zip(range(0, count, self.size), self._pieces(codes), strict=True):
            stop.check()
            piece = part.detach().requires_grad_()
            energy = count * self._squares(piece).sum()
            gradient[at : at + len(piece)] += torch.autograd.grad(energy, piece)[0]
            total += energy.detach()
        return total, gradient

    def _pieces(self, codes: Tensor) -> list[Tensor]:
        """Stretches of the way that share their ends."""
        return [codes[at : at + self.size + 1] for at in range(0, len(codes) - 1, self.size)]

    def _squares(self, codes: Tensor) -> Tensor:
        images = self.decode(codes).flatten(1)
        return (images[1:] - images[:-1]).square().mean(1)


def _shorten(
    measured: _Measured, begin: Tensor, iterations: int, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> Way:
    """Let a way (n + 1, D) between its ends get shorter until it has settled, by L-BFGS."""
    spread = _spread(len(begin) - 2).to(begin)
    moved = torch.zeros_like(begin[1:-1], requires_grad=True)
    optimizer = LBFGS([moved], max_iter=ROUND, history_size=20, line_search_fn="strong_wolfe")

    def codes() -> Tensor:
        return torch.cat([begin[:1], begin[1:-1] + spread @ moved.detach(), begin[-1:]])

    def energy() -> Tensor:
        found, gradient = measured.energy(codes(), stop)
        moved.grad = spread.T @ gradient[1:-1]
        return found

    def way(iteration: int, settled: bool) -> Way:
        with torch.no_grad():
            steps = measured.steps(codes())
        return Way(codes().double().cpu().numpy(), steps, iteration, settled)

    best = way(0, False)
    emit(WayMoved(best))
    for done in range(0, iterations, ROUND):
        emit(Progress(done, iterations, "shortening the way"))
        optimizer.param_groups[0]["max_iter"] = min(ROUND, iterations - done)
        optimizer.step(energy)  # type: ignore[no-untyped-call]
        now = way(min(done + ROUND, iterations), False)
        if not now.energy < best.energy * (1 - SETTLED):
            # The last round may have gone astray in single precision.
            kept = now if now.energy < best.energy else best
            best = Way(kept.codes, kept.steps, now.iteration, settled=True)
            emit(WayMoved(best))
            break
        best = now
        emit(WayMoved(best))
    return best


def _spread(inner: int) -> Tensor:
    """What turns moves into moves of the inner points, (inner, inner), so that a linear decoder bends alike everywhere.

    The energy of a polyline holds the matrix of second differences; the inverse of its root takes it out, without which
    long bends would settle hundreds of times more slowly than short ones.
    """
    if inner < 1:
        return torch.zeros(inner, inner)
    differences = 2 * torch.eye(inner, dtype=torch.float64)
    differences -= torch.diag(torch.ones(inner - 1, dtype=torch.float64), 1)
    differences -= torch.diag(torch.ones(inner - 1, dtype=torch.float64), -1)
    values, vectors = torch.linalg.eigh(differences)
    spread: Tensor = vectors / values.sqrt() / (inner + 1) ** 0.5
    return spread
