"""Everything that changes while a model is trained, and so all that a checkpoint must hold."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from latentexplorer.core.config import RunConfig
from latentexplorer.core.history import History
from latentexplorer.data import DataSplit
from latentexplorer.models import build_model
from latentexplorer.models.budget import is_large
from latentexplorer.models.distributions import make_prior
from latentexplorer.models.families.pca import principal_codes
from latentexplorer.models.linear_start import LinearStart
from latentexplorer.runs import ModelInfo
from latentexplorer.runs.dimension_history import DimensionHistory
from latentexplorer.training.batches import Gathered, Order, batch_bounds
from latentexplorer.training.distributed import ALONE, Ranks
from latentexplorer.training.held_out import watch
from latentexplorer.training.meter import Meter
from latentexplorer.training.numerics import Numerics
from latentexplorer.training.optimisers import CodeAdam, network_optimiser

CODE_ADAM = "code_adam"
"""Name of the codes' optimiser among the tensors of a state; its rows are with the owners of the images."""


def seeded(seed: int, stream: int, device: torch.device | str = "cpu") -> torch.Generator:
    """One of several independent generators of a run."""
    value = int(np.random.SeedSequence([seed, stream]).generate_state(1)[0])
    return torch.Generator(device).manual_seed(value)


class TrainingState:
    """A model under training.

    Attributes
    ----------
    model : LatentModel
        On the run's device; nobody else holds it. Of an auto-decoder's codes it has those that this process owns.
    ranks : Ranks
        The processes that train it.
    numerics : Numerics
        What it is computed with.
    epoch, step : int
        Whole epochs and gradient steps done.
    position : int
        Images of the epoch under way that were trained on.
    shown : dict of str to Gathered
        Images of "train" and "test" whose codes are shown.
    config : RunConfig
        The settings in force now.
    best, worse : float, int
        Best held-out loss, and epochs since.
    seconds : float
        Time spent training.

    Parameters
    ----------
    initial : bool
        False leaves weights and codes zero, for those of a checkpoint.
    """

    def __init__(
        self, config: RunConfig, data: DataSplit, numerics: Numerics, ranks: Ranks = ALONE, *, initial: bool = True
    ) -> None:
        training, device = config.training, numerics.torch_device
        labels = None if data.train.labels is None else torch.from_numpy(np.array(data.train.labels, np.int64))
        self.config, self.data, self.device, self.ranks, self.numerics = config, data, device, ranks, numerics
        linear = self._linear_start(config.model.latent_dim) if initial and not config.model.kind.encoder else None
        start = self._code_start(linear) if initial else None
        model = build_model(
            config.model,
            data.image_shape,
            data.num_classes,
            len(data.train),
            labels,
            training.seed,
            start,
            initial=initial,
        )
        if initial and config.model.kind.encoder:
            linear = self._linear_start(model.code_dim)
        if linear is not None:
            linear.apply(model)
        if ranks.size > 1:
            model.keep_codes(ranks.rank, ranks.size)
        self.model = model.to_device(device)
        if numerics.channels_last:
            self.model.to(memory_format=torch.channels_last)
        codes = self.model.code_parameters()
        self.network_optimiser = network_optimiser(
            self.model.network_parameters(),
            numerics.rate(training.lr),
            training.weight_decay,
            numerics.fused,
            training.optimizer,
        )
        # Codes that do not fit on the device are moved where they are, by a number of the host.
        here = bool(codes) and codes[0].device.type == device.type
        code_lr = numerics.rate(training.code_lr) if here else training.code_lr
        self.code_optimiser = CodeAdam(codes, code_lr) if codes else None
        self.generators = {
            "shuffle": seeded(training.seed, 1),
            "partners": seeded(training.seed, 2),
            "draws": seeded(training.seed, 3, device),
        }
        self.held_out = watch(config, data, self.model, numerics, ranks)
        self.meter = self._new_meter()
        self.epoch = self.step = self.position = self.worse = 0
        self.best, self.seconds = math.inf, 0.0
        self.history = History()
        self.dimensions = DimensionHistory()
        self.kl_per_dim: npt.NDArray[np.float32] | None = None
        self.bounds = batch_bounds(len(data.train), training.batch_size, training.drop_last)
        self._epoch_start = self.generators["shuffle"].get_state()
        self._partners_from: tuple[int, Tensor] | None = None
        self.shown = {"train": Gathered(data.train), "test": Gathered(data.test)}

    def _linear_start(self, dims: int) -> LinearStart | None:
        """Where the linear paths of a model of large images begin; None where it has none."""
        config, train = self.config.model, self.data.train
        if not is_large(config, self.data.image_shape) or not config.kind.gradient:
            return None
        return LinearStart(train.images, train.labels, dims)

    def _code_start(self, linear: LinearStart | None) -> Tensor | None:
        """Principal components that an auto-decoder's codes start at; None where they start otherwise."""
        config = self.config.model
        if config.kind.encoder or config.code_init not in ("pca", "auto"):
            return None
        if linear is not None:
            prior = make_prior(config.code_prior) if config.kind.variational else None
            return linear.codes(prior, equal=config.code_init == "auto")
        if config.code_init == "auto":
            return None
        return torch.from_numpy(principal_codes(self.data.train.images, config.latent_dim))

    @property
    def steps_per_epoch(self) -> int:
        """Gradient steps in an epoch."""
        return len(self.bounds)

    @property
    def scheduled_step(self) -> int:
        """The step that schedules count: `step`, unless epochs before this one had other batches."""
        return self.epoch * len(self.bounds) + self.batch

    def use(self, config: RunConfig) -> None:
        """Bring other settings into force; batches change with the next epoch."""
        self.config = config
        self.model.use(config.model)
        for group in self.network_optimiser.param_groups if self.network_optimiser else ():
            group["weight_decay"] = config.training.weight_decay
        if self.position == 0:
            self.bounds = batch_bounds(len(self.data.train), config.training.batch_size, config.training.drop_last)
        if self.held_out is not None:
            self.held_out.use(config.training.batch_size)

    @property
    def batch(self) -> int:
        """Batches of the epoch under way that are done."""
        return bisect_right(self.bounds, self.position, key=itemgetter(1))

    @property
    def fraction(self) -> float:
        """Fraction of all epochs that is done, 0..1."""
        done = self.epoch + self.position / max(self.bounds[-1][1], 1)
        return min(1.0, done / self.config.training.epochs)

    def info(self) -> ModelInfo:
        """What must be known to build the model again."""
        return ModelInfo(
            epoch=self.epoch,
            step=self.step,
            image_shape=self.data.image_shape,
            class_names=self.data.class_names,
            num_train=len(self.data.train),
            num_test=len(self.data.test),
            fingerprint=self.data.fingerprint,
        )

    @property
    def bounds_left(self) -> list[tuple[int, int]]:
        """Where each batch that is left of this epoch begins and ends in its order."""
        return [(start, end) for start, end in self.bounds if start >= self.position]

    def batches(self) -> Iterator[tuple[Tensor, Tensor | None]]:
        """Positions of the images of each batch that is left of this epoch, and of the partners of mixtures."""
        order = self.order()
        for start, end in self.bounds_left:
            yield order.at(start, end)

    def order(self) -> Order:
        """This epoch's order of the images; drawn again, the same, when an epoch is taken up in the middle.

        Partners are drawn for the batches that are left only.
        """
        shuffle, count = self.generators["shuffle"], len(self.data.train)
        if self.position:
            shuffle.set_state(self._epoch_start)
        self._epoch_start = shuffle.get_state()
        index = torch.randperm(count, generator=shuffle)
        if not self.model.kind.separates:
            return Order(index)
        partners = self.generators["partners"]
        self._partners_from = self.position, partners.get_state()
        drawn = torch.randint(count, (self.bounds[-1][1] - self.position,), generator=partners)
        return Order(index, torch.cat([drawn.new_zeros(self.position), drawn]))

    def _partners_now(self) -> Tensor:
        """The state of the partners' generator after the batches that are done; those of a whole epoch are drawn."""
        if self._partners_from is None:
            return self.generators["partners"].get_state()
        start, state = self._partners_from
        again = torch.Generator()
        again.set_state(state)
        torch.randint(len(self.data.train), (self.position - start,), generator=again)
        return again.get_state()

    def step_done(self, images: int) -> None:
        """Count a step over so many images."""
        self.step += 1
        self.position += images

    def epoch_done(self) -> None:
        """Close the epoch: the next one starts with new sums."""
        self.epoch += 1
        self.position = 0
        self._partners_from = None
        self.meter = self._new_meter()

    def _new_meter(self) -> Meter:
        names = [term.name for term in self.model.kind.terms]
        return Meter(self.model.code_dim, self.device, self.ranks, names, math.prod(self.model.decoded_shape))

    def tensors(self) -> dict[str, Tensor]:
        """All of the state but weights and codes, as named tensors, on the main process."""
        found = {f"meter/{name}": tensor for name, tensor in self.meter.state().items()}
        found |= {f"random/{name}": generator.get_state() for name, generator in self.generators.items()}
        found["random/partners"] = self._partners_now()
        found["random/epoch_start"] = self._epoch_start
        for name, adam in self.adam_states().items():
            if name.startswith(CODE_ADAM):
                adam = {key: self.ranks.whole(tensor, len(self.data.train)) for key, tensor in adam.items()}
            found |= {f"{name}/{key}": tensor for key, tensor in adam.items()}
        if self.held_out is not None:
            found |= {f"held_out/{name}": tensor for name, tensor in self.held_out.state().items()}
        return found

    def adam_states(self) -> dict[str, dict[str, Tensor]]:
        """Moments and step counts by optimiser and number of the parameter; not copied."""
        found = {}
        for name, optimiser in (("network_adam", self.network_optimiser), (CODE_ADAM, self.code_optimiser)):
            parameters = [p for group in optimiser.param_groups for p in group["params"]] if optimiser else []
            for number, parameter in enumerate(parameters):
                found[f"{name}/{number}"] = optimiser.state[parameter] if optimiser else {}
        return found

    def set_generators(self, states: dict[str, Tensor]) -> None:
        """Put the generators where `tensors` found them.

        Raises
        ------
        RuntimeError
            If a state is not one of such a generator.
        """
        for name, generator in self.generators.items():
            generator.set_state(states[name])
        torch.Generator().set_state(states["epoch_start"])
        self._epoch_start, self._partners_from = states["epoch_start"], None

    def finite(self) -> bool:
        """Whether all weights and this process's codes are finite; waits for the device."""
        with torch.no_grad():
            # Least and greatest, which are NaN where one is, take no second tensor as large as the codes.
            ends = [torch.aminmax(tensor) for tensor in self.model.parameters() if tensor.numel()]
            return all(torch.stack([end.float().cpu() for end in pair]).isfinite().all() for pair in ends)
