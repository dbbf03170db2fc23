"""Time and memory from 1 thousand to 1 million images: an MLP VAE and an MLP auto-decoder.

    python -m tests.benchmarks.scale [--figure scale.png] [--largest N]

Images are those of Fashion-MNIST, repeated, shifted by up to two pixels and made noisy, in one temporary file of a
million (784 MB; fewer where the disk has no room, which is then said). Up to 10,000 are in memory, more are a memory
map. Every measurement is a process of its own, the sizes in turn, and trains on at least 100,000 images: whole epochs,
no held-out images, all else as the program does it.

* Time per image: from the first step to the end of the last epoch.
* A step: the median from one look of the trainer to the next.
* Memory: the largest part that is not files (RssAnon, looked at 50 times a second) while epochs go on; pages of a
  mapped file are the system's to take back. The note adds the peak with those (VmHWM), what storing the codes of all
  images at the end takes, and an auto-decoder's codes with their moments.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.bench import ROOT, Options, Row, median, run, say

SIZES = (1_000, 10_000, 100_000, 1_000_000)
FAMILIES = {"vae": "MLP VAE", "ad": "MLP auto-decoder"}
IN_MEMORY = 10_000
LEAST = 100_000
LATENT = 16
FLAT = 1.2
SPARE_BYTES = 3 * 1024**3
"""Left on the disk for checkpoints and for others."""
MEMORY_FLAT_BYTES = 64 * 1024**2
"""How much more memory a larger mapped set may take: order, labels and what the allocator keeps."""

Found = dict[str, float]


def measure(options: Options) -> list[Row]:
    """All sizes of both families, or as a process of its own one of them."""
    if options.extra.child:
        family, count, file = options.extra.child
        print(json.dumps(_child(family, int(count), Path(file), options)))
        raise SystemExit(0)
    sizes = [size for size in options.pick(SIZES, (1_000, 4_000)) if size <= options.extra.largest]
    file = options.home / "images.npy"
    sizes = _fitting(sizes, options.home)
    _write(file, max(sizes), options)
    done: dict[tuple[str, int], list[Found]] = {(family, size): [] for family in FAMILIES for size in sizes}
    for repeat in range(options.repeats):
        for (family, size), found in done.items():
            found.append(_measured(family, size, file, options))
            say(f"{FAMILIES[family]}, {size:,} images, {repeat + 1} of {options.repeats}")
    middle = {key: {name: median([one[name] for one in found]) for name in found[0]} for key, found in done.items()}
    if options.extra.figure:
        draw(middle, sizes, Path(options.extra.figure))
    return [row for family in FAMILIES for row in _rows(family, sizes, middle)]


def _fitting(sizes: Sequence[int], folder: Path) -> list[int]:
    """The sizes that the disk has room for."""
    room = shutil.disk_usage(folder).free - SPARE_BYTES
    fitting = [size for size in sizes if size * 784 <= room]
    if len(fitting) < len(sizes):
        say(f"the disk of {folder} has no room for {max(sizes):,} images: up to {max(fitting, default=0):,}")
    if not fitting:
        raise SystemExit(f"The disk of {folder} is full; set TMPDIR to a larger one")
    return fitting


def _write(file: Path, count: int, options: Options) -> None:
    from latentexplorer.core.config import RunConfig
    from latentexplorer.data import load_data

    say(f"writing {count:,} images")
    changes = ["data.name=fashion-mnist", f"data.root={options.data_root}", *options.pick([], ["data.limit=1000"])]
    real = load_data(RunConfig().updated(changes).data).train.images[..., 0]
    out = np.lib.format.open_memmap(file, mode="w+", dtype=np.uint8, shape=(count, 28, 28))
    rng = np.random.default_rng(0)
    for start in range(0, count, 10_000):
        rows = np.arange(start, min(start + 10_000, count))
        images = np.roll(real[rows % len(real)], rng.integers(-2, 3, 2), axis=(1, 2)).astype(np.int16)
        images += rng.integers(-8, 9, images.shape, dtype=np.int16)
        out[rows[0] : rows[-1] + 1] = images.clip(0, 255)
    out.flush()


def _measured(family: str, count: int, file: Path, options: Options) -> Found:
    command = [sys.executable, "-m", "tests.benchmarks.scale", "--child", family, str(count), str(file)]
    command += ["--quick"] * options.quick
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: Found = json.loads(done.stdout)
    return found


# -- one measurement, in a process of its own -------------------------------------------------------------------------


def _child(family: str, count: int, file: Path, options: Options) -> Found:
    from latentexplorer.core.config import RunConfig
    from latentexplorer.core.events import EpochDone
    from latentexplorer.data import DataSplit, ImageSet
    from tests.benchmarks.our_training import timed_training

    pixels = np.load(file, mmap_mode="r")[:count, :, :, None]
    images = ImageSet(np.array(pixels) if count <= IN_MEMORY else pixels, name="repeated and jittered")
    data = DataSplit(images, images.take(slice(0, 0)))
    epochs = max(1, options.pick(LEAST, 4_000) // count)
    changes = ["data.name=images", f"data.path={file}", f"model.family={family}", f"model.latent_dim={LATENT}"]
    changes += [f"training.epochs={epochs}", "training.batch_size=128", "training.held_out=0"]
    if family == "ad":
        changes.append("model.architecture=mlp")
    memory = _Memory()
    peaks: list[float] = []

    def listen(event: Any) -> None:
        if isinstance(event, EpochDone):
            peaks.append(memory.peak)

    with memory:
        before = memory.now()
        training = timed_training(RunConfig().updated(changes), data, options.home, emit=listen)
    return {
        "image_us": 1e6 * training.epochs_s / training.images,
        "step_ms": 1e3 * training.step_s,
        "before": before,
        "training": max(peaks),
        "end": memory.peak,
        "peak_with_files": _peak_with_files(),
    }


class _Memory:
    """The largest memory of this process that is not files, in bytes, from now on."""

    def __init__(self) -> None:
        self.peak = self.now()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *about: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(0.02):
            self.peak = max(self.peak, self.now())

    @staticmethod
    def now() -> float:
        """As it is; elsewhere than on Linux the peak with files is all there is."""
        status = Path("/proc/self/status")
        if not status.exists():
            return _peak_with_files()
        line = next(line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
        return 1024.0 * int(line.split()[1])


def _peak_with_files() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak if sys.platform == "darwin" else 1024 * peak)


# -- what came of it --------------------------------------------------------------------------------------------------


def _rows(family: str, sizes: Sequence[int], middle: dict[tuple[str, int], Found]) -> list[Row]:
    found = {size: middle[family, size] for size in sizes}
    name = f"scale {FAMILIES[family]}"
    times = {size: one["image_us"] for size, one in found.items()}
    steps = {size: one["step_ms"] for size, one in found.items()}
    fast, slow = min(times.values()), max(times.values())
    rows = [
        Row(
            f"{name}, time per image",
            "us",
            slow,
            fast,
            slow / fast,
            f"at most {FLAT:g}x",
            slow <= FLAT * fast,
            "slowest and fastest size; " + _by_size(times, "us"),
        )
    ]
    small, large = steps[min(sizes)], steps[max(sizes)]
    rows.append(
        Row(
            f"{name}, a step",
            "ms",
            large,
            small,
            large / small,
            f"at most {FLAT:g}x" if family == "ad" else "",
            large <= FLAT * small if family == "ad" else None,
            "largest and smallest size; " + _by_size(steps, "ms"),
        )
    )
    mapped = [size for size in sizes if size > IN_MEMORY] or list(sizes)
    training = {size: one["training"] / 2**20 for size, one in found.items()}
    low, high = training[min(mapped)], training[max(mapped)]
    # A code, its two moments and a count of its steps, float32.
    codes = max(mapped) * (12 * LATENT + 4) / 2**20 if family == "ad" else 0.0
    growth = codes - min(mapped) * (12 * LATENT + 4) / 2**20 if family == "ad" else 0.0
    rows.append(
        Row(
            f"{name}, memory while training",
            "MiB",
            high,
            low,
            high / low,
            "flat" if family == "vae" else "flat but for the codes",
            high - low - growth <= MEMORY_FLAT_BYTES / 2**20,
            f"largest and smallest mapped set; {_by_size(training, 'MiB')}; "
            + (f"codes and moments of {max(mapped):,} images are {codes:,.0f} MiB; " if codes else "")
            + f"at the end, storing all codes, {_by_size({s: o['end'] / 2**20 for s, o in found.items()}, 'MiB')}; "
            f"with mapped files {_by_size({s: o['peak_with_files'] / 2**20 for s, o in found.items()}, 'MiB')}",
        )
    )
    return rows


def _by_size(values: dict[int, float], unit: str) -> str:
    return (
        ", ".join(
            f"{size:,}: {value:.3g}" if value < 100 else f"{size:,}: {value:,.0f}" for size, value in values.items()
        )
        + f" {unit}"
    )


def draw(middle: dict[tuple[str, int], Found], sizes: Sequence[int], file: Path) -> None:
    """Time per image and memory against the number of images, in one PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    time_axes, memory_axes = figure.subplots(1, 2)
    for family, title in FAMILIES.items():
        found = [middle[family, size] for size in sizes]
        time_axes.plot(sizes, [one["image_us"] for one in found], marker="o", label=title)
        memory_axes.plot(sizes, [one["training"] / 2**20 for one in found], marker="o", label=f"{title}, training")
        memory_axes.plot(
            sizes, [one["peak_with_files"] / 2**20 for one in found], marker=".", linestyle=":",
            label=f"{title}, with mapped files",
        )  # fmt: skip
    for axes, what in ((time_axes, "time per image, µs"), (memory_axes, "peak memory, MiB")):
        axes.set_xscale("log")
        axes.set_xlabel("images")
        axes.set_ylabel(what)
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(file, dpi=150)
    say(f"figure in {file}")


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--figure", metavar="FILE.png", help="draw time and memory against the number of images")
    parser.add_argument("--largest", type=int, default=SIZES[-1], metavar="N", help="leave larger sets out")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, _add))
