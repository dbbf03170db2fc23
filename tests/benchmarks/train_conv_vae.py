"""`conv-vae-cifar10`, one epoch of 20,000 images, batches of 32 and of 128, against a notebook's loop and pythae.

    python -m tests.benchmarks.train_conv_vae

The notebook's loop hands images through `ToTensor()` in a `DataLoader`, with or without two workers, whichever is
quicker. pythae is used with its own trainer and data set, on the same network; it is no requirement of ours, and that
part is left out where it is missing:

    pip install --no-deps --target FOLDER pythae        then PYTHONPATH=FOLDER python -m tests.benchmarks.train_conv_vae

Ours is the program's own `train`, timed from the first step to the end of the epoch. On a CUDA machine the notes give
the card's name and how much of its matrix rate was reached.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from latentexplorer.core.config import RunConfig
from latentexplorer.core.presets import preset
from latentexplorer.data import DataSplit, load_data
from tests.benchmarks import baselines
from tests.benchmarks.bench import Options, Row, alternate, median, rate_row, run
from tests.benchmarks.our_training import card, format_of, share, timed_training


def measure(options: Options) -> list[Row]:
    """Both batch sizes."""
    return [row for batch_size in (32, 128) for row in _batch_size(batch_size, options)]


def _batch_size(batch_size: int, options: Options) -> list[Row]:
    small = options.pick((), ("data.limit=300", "data.test_per_class=5"))
    changes = ["training.epochs=1", f"training.batch_size={batch_size}", *small]
    config = preset("conv-vae-cifar10").config(changes, root=options.data_root)
    data = load_data(config.data)
    pictures = _pictures(data)

    def theirs(workers: int) -> baselines.Loop:
        return baselines.train_vae(
            baselines.ConvVAE(), pictures, batch_size=batch_size, workers=workers, drop_last=config.training.drop_last
        )

    workers = baselines.best_workers(theirs)
    works: list[Callable[[], Any]] = [lambda: timed_training(config, data, options.home), lambda: theirs(workers)]
    there = importlib.util.find_spec("pythae") is not None
    if there:
        works.append(lambda: _pythae(config, data, options.home))
    mine, their, *others = alternate(options.repeats, *works, what=f"batch {batch_size}")
    title = f"train_conv_vae conv-vae-cifar10, batch {batch_size}"
    rates = [one.rate for one in mine]
    same = baselines.parameters_of(baselines.ConvVAE()) == baselines.parameters_of(mine[0].trained.model)
    name = card()
    note = (
        f"whole call {median([one.whole_rate for one in mine]):,.0f} images/s; {format_of(mine[-1].numerics)}; "
        f"{share(mine[-1], data)}{f' of {name}' if name else ''}; baseline with {workers} workers; mean loss "
        f"{median([one.loss for one in mine]):.2f} and {median([one.loss for one in their]):.2f} nats"
        + ("" if same else "; THE NETWORKS DIFFER")
    )
    rows = [rate_row(f"{title}, notebook", "images/s", rates, [one.rate for one in their], 1.7, note)]
    if there:
        rows.append(rate_row(f"{title}, pythae", "images/s", rates, others[0], 2.0, "pythae's own trainer"))
    else:
        rows.append(Row(f"{title}, pythae", "images/s", median(rates), goal="2x", note="pythae is not installed"))
    return rows


def _pictures(data: DataSplit) -> baselines.PictureSet:
    from torchvision import transforms

    assert data.train.labels is not None
    return baselines.PictureSet(data.train.images, data.train.labels, transforms.ToTensor())


def _pythae(config: RunConfig, data: DataSplit, home: Path) -> float:
    """Images a second of one epoch with pythae's trainer."""
    from pythae.data.datasets import BaseDataset  # type: ignore[import-not-found]
    from pythae.models import VAE, VAEConfig  # type: ignore[import-not-found]
    from pythae.models.base.base_utils import ModelOutput  # type: ignore[import-not-found]
    from pythae.models.nn import BaseDecoder, BaseEncoder  # type: ignore[import-not-found]
    from pythae.trainers import BaseTrainer, BaseTrainerConfig  # type: ignore[import-not-found]

    logging.getLogger("pythae").setLevel(logging.ERROR)

    class Encoder(BaseEncoder):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layers = baselines.conv_encoder()
            self.mean, self.log_variance = nn.Linear(2048, 128), nn.Linear(2048, 128)

        def forward(self, x: Tensor) -> Any:
            hidden = self.layers(x)
            return ModelOutput(embedding=self.mean(hidden), log_covariance=self.log_variance(hidden))

    class Decoder(BaseDecoder):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layers = baselines.conv_decoder()

        def forward(self, z: Tensor) -> Any:
            return ModelOutput(reconstruction=self.layers(z))

    x = torch.from_numpy(data.train.images.copy()).permute(0, 3, 1, 2).float() / 255
    training = BaseTrainerConfig(
        output_dir=str(home / "pythae"),
        per_device_train_batch_size=config.training.batch_size,
        num_epochs=1,
        learning_rate=1e-3,
    )
    model = VAE(VAEConfig(input_dim=(3, 32, 32), latent_dim=128), encoder=Encoder(), decoder=Decoder())
    trainer = BaseTrainer(model, BaseDataset(x, torch.ones(len(x))), training_config=training)
    begin = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):
        trainer.train()
    return len(x) / (time.perf_counter() - begin)


if __name__ == "__main__":
    sys.exit(run(__doc__, measure))
