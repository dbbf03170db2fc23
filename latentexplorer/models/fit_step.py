"""One gradient step of codes with the decoder frozen: the same work each time, which a card captures and replays."""

from __future__ import annotations

import torch
from torch import Tensor

from latentexplorer.models.base import Batch
from latentexplorer.models.captured import Captured, InFlight
from latentexplorer.models.families.autodecoder import AutoDecoder
from latentexplorer.models.torch_optimisers import Adam


class FitStep:
    """Adam (Kingma and Ba 2015) on the raw numbers of a batch of images, in tensors that stay where they are.

    `begin` gives it other images; a step that was captured for one batch serves all batches of that size.

    Parameters
    ----------
    model : AutoDecoder
        Frozen (`latentexplorer.models.fitting.frozen`) while steps are taken.
    like : Batch
        Images (B, C, H, W) of that size, on the model's device.
    width : int
        P * D raw numbers a code.
    bf16 : bool
        Whether its matrix products are in bfloat16.

    Attributes
    ----------
    params : Tensor (B, P * D)
        What it moves.
    """

    def __init__(self, model: AutoDecoder, like: Batch, width: int, bf16: bool) -> None:
        device = like.x.device
        self._model, self._bf16 = model, bf16
        self.batch = Batch(torch.empty_like(like.x))
        self.params = torch.zeros(len(like.x), width, device=device, requires_grad=True)
        self._generator = torch.Generator(device)
        # A fused step reads its rate in double precision on the processor, in single precision on a card.
        self._lr = torch.zeros((), device=device, dtype=torch.float64 if device.type == "cpu" else torch.float32)
        self._optimiser = Adam(
            [self.params], lr=self._lr, betas=(0.9, 0.99), fused=True, capturable=device.type == "cuda"
        )
        self._in_flight = InFlight(device)
        self.captured = Captured(self._move, device, [self._generator])

    def begin(self, batch: Batch, params: Tensor, seed: int) -> None:
        """Start with these images (B, C, H, W) at these raw numbers (B, P * D); draws come from the seed."""
        self.batch.x.copy_(batch.x)
        with torch.no_grad():
            self.params.copy_(params)
            for remembered in self._optimiser.state.values():
                for number in remembered.values():
                    number.zero_()
        self._generator.manual_seed(seed)

    def take(self, lr: float) -> Tensor:
        """One step; the mean objective (nats per image) before it, on the device, which may still be at it."""
        self._lr.fill_(lr)
        mean = self.captured()
        self._in_flight.one_more()
        # The next replay writes over it.
        return mean.clone() if self.captured.replays else mean

    def _move(self) -> Tensor:
        # Entered anew each step: autocast keeps what it has converted until it is left, and the codes change.
        with torch.autocast(self.params.device.type, torch.bfloat16, enabled=self._bf16):
            found = cost(self._model, self.params, self.batch, self._generator)
        self._optimiser.zero_grad()
        found.sum().backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        return found.detach().mean()


def cost(model: AutoDecoder, params: Tensor, batch: Batch, generator: torch.Generator | None) -> Tensor:
    """The model's objective of each image (B,) at raw numbers (B, P * D)."""
    return model.cost(model.loss_with(params, batch, generator), model.config.beta)
