"""Our side of the training benchmarks: the program's own `train`, with a clock on it; and what the machine could do."""

from __future__ import annotations

import math
import shutil
import time
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.events import Emit, EpochDone, ignore
from latentexplorer.data import DataSplit, load_data
from latentexplorer.models import LatentModel
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.training import train
from latentexplorer.training.batches import Images
from latentexplorer.training.controls import Controls
from latentexplorer.training.numerics import Numerics
from tests.benchmarks.bench import Options, median, say, seconds

AHEAD = 16
"""Steps after which as many are under way on a card as at the end of the epoch."""
_numbers = count()


class Clock(Controls):
    """The trainer looks here before the first step of an epoch and after every step: the time of each look is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[float] = []

    def wait_while_paused(self, stop: StopToken) -> bool:
        self.looks.append(time.perf_counter())
        return super().wait_while_paused(stop)

    @property
    def step_s(self) -> float:
        """Median time of a step."""
        return median([after - before for before, after in pairwise(self.looks)])

    def steady_step_s(self, steps: int) -> float:
        """Mean time of a step of the last epoch, of so many: without its first, at which a card has nothing to do yet,
        and without its last, which may be smaller."""
        last = self.looks[-(steps + 1) : -1]
        last = last[min(AHEAD, len(last) // 2) :]
        return (last[-1] - last[0]) / (len(last) - 1) if len(last) > 1 else self.step_s


@dataclass
class Training:
    """One call of `train`.

    Attributes
    ----------
    images : int
        Images that were trained on, each as often as it was.
    epochs_s : float
        From the first step to the end of the last epoch, with everything between: reports, held-out images,
        checkpoints, snapshots.
    whole_s : float
        The whole call: it also chooses the number format first, and stores the codes of all images at the end.
    loss : float
        Mean over the last epoch, nats per image, without the likelihood's constant: so it is positive, and a part of
        it means something.
    numerics : Numerics
    step_s : float
        Median time of a step.
    steady_step_s : float
        Mean time of a step of the last epoch, while steps follow each other.
    trained : Trained
    constant : float
        That constant, nats per image.
    words : str
        How steps were computed.
    """

    images: int
    epochs_s: float
    whole_s: float
    loss: float
    numerics: Numerics
    step_s: float
    steady_step_s: float
    trained: Trained
    constant: float
    words: str

    @property
    def rate(self) -> float:
        """Images a second over the epochs."""
        return self.images / self.epochs_s

    @property
    def whole_rate(self) -> float:
        """Images a second over the whole call."""
        return self.images / self.whole_s


def timed_training(
    config: RunConfig,
    data: DataSplit,
    home: Path,
    *,
    numerics: Numerics | None = None,
    clock: Clock | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
    keep: bool = False,
) -> Training:
    """Train with the program's own `train`, in a new folder.

    Parameters
    ----------
    numerics : Numerics or None
        Given: taken as if the run had chosen it before. None: the run chooses.
    keep : bool
        Whether the folder stays.
    """
    clock = clock or Clock()
    ends: list[float] = []

    def listen(event: Any) -> None:
        if isinstance(event, EpochDone):
            ends.append(time.perf_counter())
        emit(event)

    folder = RunFolder.create(home / f"run-{next(_numbers)}", config)
    if numerics is not None:
        folder.write_environment({"numerics": numerics.as_json()})
    begin = time.perf_counter()
    trained = train(folder, data, emit=listen, controls=clock, stop=stop)
    whole = time.perf_counter() - begin
    chosen, words = Numerics(**folder.environment["numerics"]), folder.environment["computed"]["words"]
    if not keep:
        shutil.rmtree(folder.path)
    epochs = len(trained.history)
    per_epoch = len(data.train)
    if config.training.drop_last:
        per_epoch -= per_epoch % config.training.batch_size
    fixed = constant(config, data)
    loss = trained.history.column("train_loss")[-1] - fixed
    epochs_s = ends[-1] - clock.looks[0]
    steady = clock.steady_step_s(math.ceil(per_epoch / config.training.batch_size))
    return Training(epochs * per_epoch, epochs_s, whole, loss, chosen, clock.step_s, steady, trained, fixed, words)


def constant(config: RunConfig, data: DataSplit) -> float:
    """What a Gaussian likelihood costs whatever the decoder does, nats per image."""
    if config.model.likelihood != "gaussian" or isinstance(config.model.sigma, str):
        return 0.0
    pixels = math.prod(data.image_shape)
    return pixels * (math.log(config.model.sigma) + 0.5 * math.log(2 * math.pi))


def device() -> torch.device:
    """Where the baselines compute: where our `training.device = auto` does."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def format_of(numerics: Numerics) -> str:
    """ "bf16 channels-last, 2 threads"."""
    words = [numerics.format] + ["channels-last"] * numerics.channels_last
    return f"{' '.join(words)}, {numerics.threads} threads"


# -- how far from the machine's limit ---------------------------------------------------------------------------------


def matrix_rate(bf16: bool) -> float:
    """Floating-point operations a second of a large matrix product in a number format: the median of nine."""
    side, where = (8192 if torch.cuda.is_available() else 2048), device()
    dtype = torch.bfloat16 if bf16 else torch.float32
    generator = torch.Generator(where).manual_seed(0)
    one, other = (torch.randn(side, side, generator=generator, device=where).to(dtype) for _ in range(2))

    # Fast training lets a card round its float32 products, so its limit is that of rounded ones.
    torch.backends.cuda.matmul.allow_tf32 = True

    def product() -> None:
        torch.mm(one, other)
        if where.type == "cuda":
            torch.cuda.synchronize()

    product()
    operations = 2.0 * side**3
    rate: float = operations / median([seconds(product) for _ in range(9)])
    return rate


def flops_per_image(model: LatentModel, data: DataSplit, batch_size: int) -> float:
    """Floating-point operations of a training step (forward and backward, products only) for one image."""
    where = next(model.parameters()).device
    images = Images(data.train.take(slice(0, batch_size)), where)
    generator = torch.Generator(where).manual_seed(0)
    frozen = [parameter for parameter in model.parameters() if not parameter.requires_grad]
    model.requires_grad_(True)
    with FlopCounterMode(display=False) as counter:
        terms = model.loss(images.batch(torch.arange(len(images))), generator)
        model.cost(terms, 1.0).mean().backward()  # type: ignore[no-untyped-call]
    model.zero_grad()
    for parameter in frozen:
        parameter.requires_grad_(False)
    return float(counter.get_total_flops()) / len(images)


def share(training: Training, data: DataSplit) -> str:
    """How much of the machine's matrix rate a training reached, in words."""
    flops = flops_per_image(training.trained.model, data, training.trained.config.training.batch_size)
    rate = matrix_rate(training.numerics.bf16)
    reached = flops * training.rate
    name = "bf16" if training.numerics.bf16 else "fp32"
    return (
        f"{reached / rate:.0%} of the {name} matrix rate ({reached / 1e9:,.0f} of {rate / 1e9:,.0f} GFLOP/s, "
        f"{flops / 1e6:.1f} MFLOP an image)"
    )


def card() -> str:
    """The graphics card's name; "" without one."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


def kept_run(config: RunConfig, options: Options) -> Trained:
    """A run trained for a benchmark of something else; its folder stays until the benchmark ends."""
    say(f"training {config.preset or config.model.family}, {config.training.epochs} epochs")
    return timed_training(config, load_data(config.data), options.home, keep=True).trained
