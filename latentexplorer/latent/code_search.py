"""The code of one image, or of what is left of it, sought by gradient descent from several starts, and watched.

What is made smaller is the model's own objective at a single code: -log p(x given z) of the pixels that are known, and
what the code itself costs. It works with every model that decodes, also with those that have an encoder.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, FitMoved, ignore
from latentexplorer.latent.code_cost import CodeCost
from latentexplorer.models import LatentModel
from latentexplorer.models.encoding import device_of
from latentexplorer.models.fitting import frozen
from latentexplorer.models.network import NetworkModel
from latentexplorer.models.torch_optimisers import Adam
from latentexplorer.runs import Trained

STEPS, RATE = 300, 0.1
"""Adam steps, and how large the first are beside the spread of the codes; they fall to nothing along a cosine."""
REPORT_STEPS = 5


@dataclass(frozen=True, eq=False)
class Starts:
    """Codes to begin at.

    Attributes
    ----------
    z : ndarray (S, D), float32
    names : tuple of str
        What each is, for a person.
    """

    z: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class CodeSearch:
    """What a descent from S starts passed, a look before each of its steps and one after the last.

    Attributes
    ----------
    names : tuple of str
        Where each start was.
    trail : ndarray (L, S, D), float32
    costs : ndarray (L, S), float64
        The objective, nats: of the known pixels and of the code.
    errors : ndarray (L, S), float64
        Root mean squared error on [0, 1] of the known pixels; 0 where none is known.
    asked : int
        Steps asked for; L - 1 were taken, fewer where it was stopped.
    """

    names: tuple[str, ...]
    trail: np.ndarray
    costs: np.ndarray
    errors: np.ndarray
    asked: int

    @property
    def looks(self) -> np.ndarray:
        """The look (S,) at which each start had its least objective."""
        return np.asarray(np.argmin(np.nan_to_num(self.costs, nan=np.inf), axis=0))

    @property
    def z(self) -> np.ndarray:
        """The code (S, D) that each start has found."""
        return np.asarray(self.trail[self.looks, np.arange(len(self.names))])

    @property
    def least(self) -> np.ndarray:
        """The objective (S,) at those codes, nats."""
        return np.asarray(self.costs[self.looks, np.arange(len(self.names))])

    @property
    def error(self) -> np.ndarray:
        """The error (S,) of the known pixels at those codes, on [0, 1]."""
        return np.asarray(self.errors[self.looks, np.arange(len(self.names))])

    @property
    def best(self) -> int:
        """The start that ended lowest."""
        return int(np.argmin(np.nan_to_num(self.least, nan=np.inf)))


def decodes_one_image(trained: Trained) -> NetworkModel:
    """The model, where a code of it is that of one image.

    Raises
    ------
    NotApplicableError
        For a model that takes mixtures apart.
    """
    model: LatentModel = trained.model
    if not isinstance(model, NetworkModel):
        raise NotApplicableError(
            f"{trained.config.model.kind.title} decodes two images from one code: neither is the image's own",
            "Take a model of another family",
        )
    return model


def search(
    trained: Trained,
    image: np.ndarray,
    starts: Starts,
    *,
    seen: np.ndarray | None = None,
    y: int | None = None,
    steps: int = STEPS,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> CodeSearch:
    """Descend from every start at once (Adam, Kingma and Ba 2015), the decoder frozen. The same each time.

    Parameters
    ----------
    image : ndarray (H, W, C), uint8
    seen : ndarray (H, W), bool, or None
        Pixels that are known; None: all.
    y : int or None
        The class, for conditional models.
    emit, stop
        `FitMoved` of the best code now and then; a descent that is stopped keeps what it has.

    Raises
    ------
    NotApplicableError
        For a model that takes mixtures apart, or one that gives no finite numbers.
    """
    model = decodes_one_image(trained)
    known = _Known(model, image, seen, len(starts.names), y)
    cost = CodeCost.of(trained)
    device = device_of(model)
    centre, spread = (torch.from_numpy(part).to(device) for part in (cost.centre, cost.spread))
    begun = torch.from_numpy(np.array(starts.z, np.float32)).to(device)
    place = ((cost.inside(begun) - centre) / spread).requires_grad_(True)
    optimiser = Adam([place], lr=RATE, betas=(0.9, 0.99))
    trail, costs, errors = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    with frozen(model), torch.enable_grad():
        for step in range(steps + 1):
            z = cost.inside(centre + spread * place)
            recon, error = known.judge(z)
            total = recon + cost(z)
            trail.append(z.detach().cpu().numpy().copy())
            costs.append(total.detach().double().cpu().numpy())
            errors.append(error.double().cpu().numpy())
            if step % REPORT_STEPS == 0 or step == steps:
                best = int(np.argmin(np.nan_to_num(costs[-1], nan=np.inf)))
                emit(FitMoved(trail[-1][best : best + 1], None, step, steps, np.stack(errors)[:, :, None]))
            if step == steps or stop.requested:
                break
            optimiser.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
            optimiser.zero_grad()
            total.sum().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            with torch.no_grad():
                # What a prior does not allow is not walked through: the descent stays at its edge.
                place.copy_((cost.inside(centre + spread * place) - centre) / spread)
    if not np.isfinite(costs[0]).any():
        raise NotApplicableError(
            "The model gives no finite numbers for this image", "Train it with a lower learning rate, or open another"
        )
    return CodeSearch(starts.names, np.stack(trail), np.stack(costs), np.stack(errors), steps)


class _Known:
    """The pixels of an image that are known, for S codes at once."""

    def __init__(
        self, model: NetworkModel, image: np.ndarray, seen: np.ndarray | None, starts: int, y: int | None
    ) -> None:
        device = device_of(model)
        x = torch.from_numpy(np.moveaxis(image, 2, 0).astype(np.float32) / 255)
        mask = torch.ones(x.shape[1:], dtype=torch.bool) if seen is None else torch.from_numpy(np.array(seen, bool))
        self._rows = mask.expand_as(x).flatten().nonzero().flatten().to(device)
        self._x = x.flatten().to(device)[self._rows].expand(starts, -1)
        self._y = None if y is None else torch.full((starts,), y, dtype=torch.int64, device=device)
        self._model = model

    def judge(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """-log p of the known pixels given codes (S, D), nats, and their root mean squared error; each (S,)."""
        x_hat = self._model.decode(z, self._y, clamped=False).flatten(1)[:, self._rows]
        if not len(self._rows):
            nothing = x_hat.sum(1)
            return nothing, nothing.detach()
        error = (x_hat.detach() - self._x).square().mean(1).sqrt()
        return self._model.likelihood.nll(x_hat, self._x), error
