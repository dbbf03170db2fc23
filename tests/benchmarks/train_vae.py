"""`vae-4` and `cvae-2`, one epoch of 60,000 MNIST images, against the usual loop with torchvision transforms.

    python -m tests.benchmarks.train_vae

The baseline reads `torchvision.datasets.MNIST` through `Resize(32)` and `ToTensor()` in a `DataLoader`; whether two
workers make it quicker is tried, and the quicker way is kept. Ours is the program's own `train`, timed from the first
step to the end of the epoch, held-out images and checkpoint included. Our data is resized once when it is loaded: the
note says how long that takes, and the rate with it and with the whole call counted in.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset, Subset

from latentexplorer.core.presets import preset
from latentexplorer.data import load_data
from tests.benchmarks import baselines
from tests.benchmarks.bench import Options, Row, alternate, data_root, median, rate_row, run
from tests.benchmarks.our_training import format_of, share, timed_training

LATENT = {"vae-4": (4, 0), "cvae-2": (2, 10)}
AS_BASELINE = ("training.epochs=1", "training.lr=0.001", "training.schedule=constant", "model.kl_warmup=0")
"""Both sides learn the same way."""


def measure(options: Options) -> list[Row]:
    """Both presets."""
    pictures = _mnist(options)
    return [_preset(name, options, pictures) for name in LATENT]


def _mnist(options: Options) -> Dataset[Any]:
    from torchvision import datasets, transforms

    # torchvision unpacks the archives beside themselves: in a folder of our own.
    root = options.home / "torchvision"
    shutil.copytree(data_root() / "MNIST", root / "MNIST")
    for path in (root / "MNIST").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    Path(root / "MNIST").chmod(0o755)
    transform = transforms.Compose([transforms.Resize(32), transforms.ToTensor()])
    whole: Dataset[Any] = datasets.MNIST(str(root), train=True, download=True, transform=transform)
    return Subset(whole, range(500)) if options.quick else whole


def _preset(name: str, options: Options, pictures: Dataset[Any]) -> Row:
    small = options.pick((), ("data.limit=500", "data.test_per_class=10"))
    config = preset(name).config([*AS_BASELINE, *small], root=options.data_root)
    begin = time.perf_counter()
    data = load_data(config.data)
    loading = time.perf_counter() - begin

    def theirs(workers: int) -> baselines.Loop:
        model = baselines.MLPVAE(*LATENT[name])
        return baselines.train_vae(model, pictures, batch_size=config.training.batch_size, workers=workers)

    workers = baselines.best_workers(theirs)
    mine, their = alternate(
        options.repeats, lambda: timed_training(config, data, options.home), lambda: theirs(workers), what=name
    )
    same = baselines.parameters_of(baselines.MLPVAE(*LATENT[name])) == baselines.parameters_of(mine[0].trained.model)
    whole = median([one.images / (one.whole_s + loading) for one in mine])
    note = (
        f"loading and resizing took {loading:.1f} s once: with it and all of the call {whole:,.0f} images/s; "
        f"{format_of(mine[-1].numerics)}; {share(mine[-1], data)}; "
        f"baseline with {workers} workers; mean loss {median([one.loss for one in mine]):.2f} and "
        f"{median([one.loss for one in their]):.2f} nats" + ("" if same else "; THE NETWORKS DIFFER")
    )
    return rate_row(f"train_vae {name}", "images/s", [one.rate for one in mine], [one.rate for one in their], 4.0, note)


if __name__ == "__main__":
    sys.exit(run(__doc__, measure))
