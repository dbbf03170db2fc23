"""What a card gives: training, a stream, fits, the map and the window, each beside what one would write.

    python -m tests.benchmarks.cuda [--only training large stream fit map window] [--quick]

One card, under four minutes; quick, without the window unless it is asked for, under one. Every row of training stands
beside two loops on the same model and the same made-up images: a notebook's (`DataLoader`, fp32, `.item()` at every
step), and one that holds the whole set on the card and replays a step that was captured by hand, which is what the card
allows (`tests/benchmarks/hand_loops.py`). Without a card everything runs on the CPU, where nothing is captured, and the
numbers mean nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.events import Event, ProjectionMoved
from latentexplorer.core.presets import preset
from latentexplorer.data import DataSplit, ImageSet
from latentexplorer.latent.codes import infer
from latentexplorer.latent.projection import Projection, project
from latentexplorer.latent.tsne import TsneMap
from latentexplorer.models import build_model
from latentexplorer.training import batches
from latentexplorer.training.numerics import Numerics
from tests.benchmarks.bench import ROOT, Options, Row, run, say
from tests.benchmarks.hand_loops import captured_loop, notebook_loop
from tests.benchmarks.our_training import device, flops_per_image, matrix_rate, timed_training
from tests.benchmarks.projection import neighbours_kept

TRAINED = (
    ("conv-vae-cifar10", 3, 32),
    ("conv-vae-cifar10", 3, 128),
    ("vae-4", 1, 0),
    ("cvae-2", 1, 0),
    ("ad-128", 1, 0),
    ("vad-laplace-60", 1, 0),
)
"""Presets, channels of their images, and batch sizes that are not their own."""
OF_CAPTURED, LOSS, WHOLE = 0.8, 0.02, 1.3
SETTLED_S, AS_GOOD = 15.0, 0.995
IMAGES, HELD_OUT, LARGE_BATCH = 60_000, 1_000, 1_024
PLAIN = ("training.schedule=constant", "training.lr_warmup=0", "model.kl_warmup=0", "training.snapshots=0")
"""What a loop that one would write does not have."""


def measure(options: Options) -> list[Row]:
    """All rows, or those that were asked for."""
    parts = {"training": _training, "large": _large, "stream": _stream, "fit": _fit, "map": _map, "window": _window}
    rows: list[Row] = []
    for name in options.extra.only or list(parts)[: options.pick(None, -1)]:
        begin = time.perf_counter()
        rows += parts[name](options)
        say(f"{name}: {time.perf_counter() - begin:.0f} s")
    return rows


def _images(channels: int, options: Options) -> DataSplit:
    """Smooth made-up images of 32 x 32 pixels in ten classes: a class is a brightness."""
    rng = np.random.default_rng(0)

    def part(count: int) -> ImageSet:
        labels = rng.integers(0, 10, count)
        small = (
            rng.integers(0, 156, (count, 4, 4, channels), dtype=np.uint8)
            + (10 * labels).astype(np.uint8)[:, None, None, None]
        )
        return ImageSet(small.repeat(8, 1).repeat(8, 2), labels, tuple(map(str, range(10))))

    return DataSplit(part(options.pick(IMAGES, 96)), part(options.pick(HELD_OUT, 10)))


def _config(name: str, batch: int, options: Options, *changes: str) -> RunConfig:
    sizes = [f"training.batch_size={batch}"] if batch else []
    return preset(name).config([*PLAIN, f"training.epochs={options.pick(10, 1)}", *sizes, *changes])


def _training(options: Options) -> list[Row]:
    return [
        _one_training(name, channels, batch, options)
        for name, channels, batch in TRAINED[: options.pick(6, 4) : options.pick(1, 2)]
    ]


def _one_training(name: str, channels: int, batch: int, options: Options) -> Row:
    config, data = _config(name, batch, options), _images(channels, options)
    ours = timed_training(config, data, options.home)
    epochs = config.training.epochs
    by_hand, loss = captured_loop(_model(config, data), config, data, epochs, bf16=ours.numerics.bf16)
    notebook = notebook_loop(_model(config, data), config, data, options.pick(8_000, 64))
    loss -= ours.constant
    off = abs(ours.loss - loss) / abs(loss)
    whole = ours.whole_s / ours.epochs_s
    # A hand-written loop moves all codes at every step, so that its loss is another.
    alike = off <= LOSS or not config.model.kind.encoder
    return Row(
        f"cuda_training {name}, batch {config.training.batch_size}",
        "images/s",
        ours.rate,
        by_hand,
        ours.rate / by_hand,
        f"{OF_CAPTURED:g}x captured",
        ours.rate >= OF_CAPTURED * by_hand and alike and whole <= WHOLE,
        f"{ours.words}; a notebook's loop {notebook:,.0f} images/s, {ours.rate / notebook:.1f} times as fast; "
        f"loss {off:.1%} off that of the captured loop; the whole call takes {whole:.2f} times its {epochs} epochs; "
        f"formats tried, ms a step: {ours.numerics.timings_ms}",
    )


def _model(config: RunConfig, data: DataSplit):  # type: ignore[no-untyped-def]
    return build_model(config.model, data.image_shape, data.num_classes, len(data.train), seed=0)


def _large(options: Options) -> list[Row]:
    """Large batches in bfloat16: how much of the card's matrix rate the steps reach while they follow each other."""
    rows = []
    for name, channels in (("conv-vae-cifar10", 3), ("ad-128", 1))[: options.pick(2, 1)]:
        batch = options.pick(LARGE_BATCH, 64)
        config = _config(name, batch, options, f"training.epochs={options.pick(4, 1)}")
        data = _images(channels, options)
        where = device().type
        numerics = Numerics("fast", where, torch.get_num_threads(), bf16=True, channels_last=True, fused=True)
        ours = timed_training(config, data, options.home, numerics=replace(numerics, tf32=where == "cuda"))
        rate = batch / ours.steady_step_s
        flops = flops_per_image(ours.trained.model, data, batch) * rate
        part = flops / matrix_rate(bf16=True)
        rows.append(
            Row(
                f"cuda_large {name}, batch {batch:,}",
                "of the bf16 rate",
                part,
                goal="at least 0.35" if name == "ad-128" else "",
                met=part >= 0.35 if name == "ad-128" else None,
                note=f"{rate:,.0f} images/s, {flops / 1e12:.2f} TFLOP/s; over whole epochs {ours.rate:,.0f} images/s; "
                f"{ours.words}",
            )
        )
    return rows


def _stream(options: Options) -> list[Row]:
    """A mapped set that stays beside the card, as one does that is larger than a third of its memory."""
    batch = options.pick(128, 32)
    config = _config("conv-vae-cifar10", batch, options, f"training.epochs={options.pick(3, 1)}")
    data = _images(3, options)
    whole = timed_training(config, data, options.home)
    path = options.home / "stream.npy"
    np.save(path, data.train.images)
    mapped = replace(data, train=replace(data.train, images=np.load(path, mmap_mode="r")))
    with patch.object(batches, "ROOM", 0.0):
        streamed = timed_training(config, mapped, options.home, numerics=whole.numerics)
    note = f"beside the same set on the card; {streamed.words}"
    ratio = streamed.rate / whole.rate
    name = f"cuda_stream, batch {batch}"
    return [Row(name, "images/s", streamed.rate, whole.rate, ratio, "0.8x", ratio >= 0.8, note)]


def _fit(options: Options) -> list[Row]:
    """Codes of new images in `ad-128`, on the card and on two cores."""
    data = _images(1, options)
    config = _config("ad-128", 0, options, f"training.epochs={options.pick(2, 1)}")
    trained = timed_training(config, data, options.home, keep=True).trained
    images = data.train.images[: options.pick(10_000, 8)]
    few = images[: options.pick(100, 4)]

    steps = options.pick(None, 3)

    def seconds_an_image(some: np.ndarray, where: str) -> float:
        trained.model.to(where)
        infer(trained, some[: options.pick(100 if where == "cuda" else 4, 1)], steps=steps)
        begin = time.perf_counter()
        infer(trained, some, steps=steps)
        return (time.perf_counter() - begin) / len(some)

    there = seconds_an_image(images, device().type)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        here = seconds_an_image(few, "cpu")
    finally:
        torch.set_num_threads(before)
    note = f"seconds for {len(images):,} images; two threads of the CPU fitted {len(few)} of them"
    took, ratio = len(images) * there, here / there
    return [Row("cuda_fit ad-128", "s", took, len(images) * here, ratio, "20x", ratio >= 20, note)]


def _map(options: Options) -> list[Row]:
    """t-SNE of many codes, watched, stopped half-way and resumed; of fewer, the neighbours kept beside openTSNE's."""
    count, steps = options.pick(IMAGES, 100), options.pick(750, 60)
    codes = np.random.default_rng(0).standard_normal((count, 60)).astype(np.float32)
    codes += 4 * np.random.default_rng(1).standard_normal((10, 60)).astype(np.float32)[np.arange(count) % 10]
    begin = time.perf_counter()
    stopped_at, made = _stopped_and_resumed(codes, steps)
    took = time.perf_counter() - begin
    few = codes[: options.pick(10_000, 100)]
    ours = neighbours_kept(few, made.coords if len(few) == count else project(few, "tsne", steps=steps).coords)
    reference = neighbours_kept(few, _open_tsne(few, steps))
    watched = f"stopped at step {stopped_at} of {steps} and resumed, every picture taken"
    same = f"of {len(few):,} codes after {steps} steps each; half a percent counts as no worse"
    goal = f"at most {SETTLED_S:g} s"
    return [
        Row(f"cuda_map {count:,} x 60", "s", took, goal=goal, met=took <= SETTLED_S, note=watched),
        Row(
            f"cuda_map {len(few):,} x 60, 15 neighbours kept",
            "",
            ours,
            reference,
            ours / reference,
            "no worse than openTSNE",
            ours >= AS_GOOD * reference,
            same,
        ),
    ]


def _stopped_and_resumed(codes: np.ndarray, steps: int) -> tuple[int, Projection]:
    """After how many steps a map of all the codes was stopped, half-way; and the map, which went on from there."""
    stop = StopToken()

    def watch(event: Event) -> None:
        if isinstance(event, ProjectionMoved) and event.step >= steps // 2:
            stop.request()

    half = project(codes, "tsne", limit=len(codes), steps=steps, emit=watch, stop=stop)
    assert isinstance(half, TsneMap)
    return half.step, project(codes, "tsne", limit=len(codes), steps=steps, resume=half)


def _open_tsne(codes: np.ndarray, steps: int) -> np.ndarray:
    """Where openTSNE's own loop puts codes in as many steps, as many of them with exaggerated attraction."""
    from openTSNE import TSNE
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import Sklearn

    perplexity = min(30.0, (len(codes) - 1) / 3)
    attraction = PerplexityBasedNN(knn_index=Sklearn(codes, int(3 * perplexity)), perplexity=perplexity)
    early = min(steps // 3, 100)
    fit = TSNE(initialization="pca", n_iter=steps - early, early_exaggeration_iter=early, n_jobs=-1, random_state=0)
    return np.asarray(fit.fit(codes, affinities=attraction))


def _window(options: Options) -> list[Row]:
    """The window, drawn off screen, while the card trains in it: a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.interaction", "--offscreen", "--json", "--repeats", "1"]
    done = subprocess.run(
        [*command, *["--quick"] * options.quick], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        return [Row("cuda_window", met=False, note=f"failed with exit code {done.returncode}; what it said is above")]
    found = [Row(**{key: value for key, value in row.items() if key != "machine"}) for row in json.loads(done.stdout)]
    if not options.quick and all(row.met is None for row in found):
        return [Row("cuda_window", met=False, note="nothing was judged")]
    return [replace(row, name=row.name.replace("interaction", "cuda_window")) for row in found]


def _add(parser: argparse.ArgumentParser) -> None:
    names = ("training", "large", "stream", "fit", "map", "window")
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=f"some of: {', '.join(names)}")


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, _add))
