#!/usr/bin/env python3
"""Make the small finished run that is open when the program starts for the first time: `resources/example-run`.

    python3 packaging/make_example_run.py [--out FOLDER]

A variational auto-decoder with two-dimensional codes on the embedded handwritten digits, drawn at 16 x 16 so that they
are pleasant to look at. Two dimensions, so that the map is the latent space itself and a click on it needs no
projection; an auto-decoder, because its codes fill the prior evenly and the whole latent grid shows digits. Seeded,
with exact numerics on one thread: the same pictures on every machine with the same versions of the libraries.
Takes about a minute.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from latentexplorer.core.config import RunConfig
from latentexplorer.core.presets import preset
from latentexplorer.data import load_data
from latentexplorer.latent.evaluation import evaluate
from latentexplorer.runs import RunFolder
from latentexplorer.training import train

NAME = "example-digits"
OUT = Path(__file__).resolve().parents[1] / "resources" / "example-run"
SETTINGS = (
    "preset=none",
    "data.size=16",
    "model.latent_dim=2",
    "model.hidden=[256, 128]",
    "model.sigma=0.13",
    "model.kl_warmup=100",
    "training.epochs=400",
    "training.seed=1",  # of the first few, the one whose first picture and map are the clearest
    "training.device=cpu",
    "training.numerics=exact",
    "training.snapshots=0",
)
KEPT = (
    "config.json",
    "history.csv",
    "metrics.json",
    "environment.json",
    "log.txt",
    "status.json",
    "model.safetensors",
    "checkpoint/state.safetensors",  # so that it can be trained for more epochs
)
MOST_BYTES = 3 * 10**6


def config() -> RunConfig:
    """The settings of the run."""
    return preset("digits-vad").config(SETTINGS)


def make(out: Path) -> None:
    """Train, measure, and keep what is needed to open the run."""
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder.create(Path(place) / NAME, config())
        trained = train(folder, load_data(folder.config.data))
        folder.write_metrics(evaluate(trained))
        environment = folder.environment
        for key in ("platform", "processor", "cpu_count"):
            environment.pop(key, None)
        folder.write_environment(environment)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        for name in KEPT:
            (out / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(folder.path / name, out / name)
    size = sum((out / name).stat().st_size for name in KEPT)
    if size > MOST_BYTES:
        sys.exit(f"{out} has {size:,} bytes, more than {MOST_BYTES:,}")
    print(f"{out}: {size:,} bytes, held-out rmse {trained.history.rows[-1]['test_rmse']:.3f}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Make the run that the program opens at its first start.")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the run; replaced")
    make(parser.parse_args().out)


if __name__ == "__main__":
    main()
