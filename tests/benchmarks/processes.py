"""Two processes against one that has all cores, at equal global batch, by the program's own command line.

    python -m tests.benchmarks.processes

`torchrun --nproc-per-node=2 -m latentexplorer train ...` against `latentexplorer train ...`, both as a person starts
them, on the same machine: two processes share its cores, and what is measured is what sharing costs. More machines, or
more GPUs, are what it is for. Images a second are read off the runs' own histories; the losses after the last epoch are
beside each other in the note.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.bench import ROOT, Options, Row, alternate, median, rate_row, run

TORCHRUN = ("-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone")
PRESETS = {"ad-128": (10, "data.train_per_class=12"), "vae-4": (2, "data.limit=2000")}
"""Epochs of each, and what makes it small for a quick look."""


def measure(options: Options) -> list[Row]:
    """An auto-decoder, whose codes need no communication, and a small VAE, whose steps are short."""
    return [_preset(name, epochs, options, small) for name, (epochs, small) in PRESETS.items()]


def _preset(name: str, epochs: int, options: Options, small: str) -> Row:
    changes = [f"training.epochs={options.pick(epochs, 1)}", "training.held_out=0", "training.snapshots=0"]
    changes += options.pick([], [small, "data.test_per_class=4"])

    def train(starter: tuple[str, ...]) -> tuple[float, float]:
        return _train(starter, name, changes, options)

    two, one = alternate(options.repeats, lambda: train(TORCHRUN), lambda: train(()), what=name)
    note = f"loss {median([loss for _, loss in two]):.2f} and {median([loss for _, loss in one]):.2f} nats"
    return rate_row(f"processes {name}, 2", "images/s", [rate for rate, _ in two], [rate for rate, _ in one], 0, note)


def _train(starter: tuple[str, ...], name: str, changes: list[str], options: Options) -> tuple[float, float]:
    """Images a second over all epochs, and the loss of the last one."""
    from latentexplorer.runs import RunFolder, Trained

    path = Path(options.home) / f"{name}-{sum(1 for _ in options.home.iterdir())}"
    command = [sys.executable, *starter, "-m", "latentexplorer", "train", "--preset", name, "--quiet"]
    command += ["--data-root", options.data_root, "--out", str(path), "--set", *changes]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    last = RunFolder.open(path).history.rows[-1]
    images = Trained.load(path, with_data=False).info.num_train * last["epoch"]
    return images / last["seconds"], last["train_loss"]


if __name__ == "__main__":
    sys.exit(run(__doc__, measure))
