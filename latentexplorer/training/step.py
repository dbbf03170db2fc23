"""A gradient step: the same work for every batch, which a card captures once and replays.

What changes from step to step is in tensors that stay where they are: positions of the images (and their pixels, where
the set is not on the device), the weight of the KL, the learning rates, the generator of draws. Everything else is part
of the work: where it changes, the work is captured anew. A batch of another size runs as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from torch import Tensor

from latentexplorer.core.config import RunConfig
from latentexplorer.models.captured import Captured, DeviceNumber, InFlight
from latentexplorer.training.augmentation import Augmentation
from latentexplorer.training.batches import Chosen, Images
from latentexplorer.training.distributed import Share
from latentexplorer.training.numerics import Computed
from latentexplorer.training.optimisers import set_lr
from latentexplorer.training.schedules import Rates
from latentexplorer.training.state import TrainingState
from latentexplorer.training.streaming import Feed, feed_of


class Step:
    """The gradient steps of one training.

    Parameters
    ----------
    state : TrainingState
        A step moves its weights, codes and optimisers, draws from its generator and adds to its sums.
    images : Images
        Those that it is trained on.

    Attributes
    ----------
    captured : Captured
        The work on a whole batch.
    """

    def __init__(self, state: TrainingState, images: Images) -> None:
        self.state, self.images, self.ranks = state, images, state.ranks
        self.draws = state.generators["draws"]
        self.loss = self.ranks.loss_of(state.model)
        self.beta = DeviceNumber(1.0, state.device)
        self.optimisers = [found for found in (state.network_optimiser, state.code_optimiser) if found is not None]
        # Each of several processes gathers its share itself, by positions that the host must know.
        self.feed = feed_of(images) if self.ranks.size == 1 else Feed(images, positions_only=True)
        self.in_flight = InFlight(state.device)
        self.buffers: Chosen | None = None
        self.captured = Captured(self._whole_batch, state.device, [self.draws], refused=self._refused())
        self._parts: tuple[object, ...] = ()
        self.use(state.config)

    def computed(self, *, over: bool = False) -> Computed:
        """How steps are computed, as far as that is known by now; or how they were, once the training is `over`."""
        too_few = "too few steps to capture one" if over and not self.captured.was_captured else ""
        return Computed.of(self.state.numerics, self.captured.reason or too_few)

    def use(self, now: RunConfig) -> None:
        """Go on with other settings."""
        self.augmentation = Augmentation(now, self.state.data.image_shape[1:])
        # All but the rates, which a captured step reads anew each time.
        model, training = now.model.model_copy(update={"beta": 0.0}), now.training
        parts = model, training.weight_decay, training.flip, training.shift
        if parts != self._parts:
            self.captured.forget()
        self._parts = parts

    @contextmanager
    def epoch(self) -> Iterator[list[tuple[int, int]]]:
        """What is left of the epoch under way: where each batch begins and ends in its order. `take` them inside."""
        bounds = self.state.bounds_left
        self.size = self.state.bounds[0][1] - self.state.bounds[0][0]
        self.feed.begin(self.state.order(), bounds)
        try:
            yield bounds
        finally:
            self.feed.end()

    def take(self, start: int, end: int, rates: Rates) -> None:
        """One step on the next batch, with these rates. The device may still be at it afterwards."""
        self.beta.set(rates.beta)
        set_lr(self.state.network_optimiser, rates.lr)
        set_lr(self.state.code_optimiser, rates.code_lr)
        chosen = self.feed.at(start, end)
        if self.ranks.size > 1:
            owned = self.state.code_optimiser is not None
            share = self.ranks.share(chosen.index, chosen.partner, self.draws, owned)
            sums = self._work(self.images.choose(share.index, share.partner), share)
        elif end - start != self.size:
            sums = self._alone(chosen)
        else:
            self._fill(chosen)
            sums = self.captured()
            # The next replay writes over it.
            sums = sums.clone() if self.captured.replays else sums
        self.state.meter.note(sums)
        self.state.step_done(end - start)
        self.in_flight.one_more()

    def close(self) -> None:
        """Give the memory of a captured step back; no step is taken any more."""
        self.captured.forget()
        self.buffers = None

    def _fill(self, chosen: Chosen) -> None:
        if self.buffers is None or len(self.buffers.index) != len(chosen.index):
            self.buffers = chosen.clone()
            self.captured.forget()
        else:
            self.buffers.copy_(chosen)

    def _whole_batch(self) -> Tensor:
        """The work on the batch in the buffers."""
        assert self.buffers is not None
        return self._alone(self.buffers)

    def _alone(self, chosen: Chosen) -> Tensor:
        return self._work(chosen, Share(chosen.index, chosen.partner, self.draws, len(chosen.index)))

    def _work(self, chosen: Chosen, share: Share) -> Tensor:
        """Move the model by the gradient of the loss of some images; the sums (n,) that the meter notes."""
        model = self.state.model
        batch = replace(self.augmentation.changed(self.images.of(chosen), share.draws), whole=share.whole)
        with self.state.numerics.autocast():
            terms = self.loss(batch, share.draws)
        objective = model.cost(terms, self.beta.tensor, share.mean).sum() / share.count
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        objective.backward()  # type: ignore[no-untyped-call]
        for optimiser in self.optimisers:
            optimiser.step()
        return self.state.meter.sums_of(terms, objective.detach())

    def _refused(self) -> str:
        """Why a step may not be captured, whatever the device can do."""
        if not self.state.model.kind.gradient:
            return "it is solved at once, without steps"
        if self.ranks.size > 1:
            return "several processes share each batch"
        if self.state.numerics.mode == "exact":
            return "exact numerics repeat what runs as it is"
        return self.state.model.not_captured
