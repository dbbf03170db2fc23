"""Auto-decoders `ad-128` and `vad-laplace-60`, 1,000 Fashion-MNIST images, 10 epochs, against the usual loop.

    python -m tests.benchmarks.train_autodecoder

Ours is the program's own `train`, timed from the first step to the end of the last epoch, held-out images, reports,
checkpoints and snapshots included; the note adds the rate of the whole call, which also chooses a number format first
and stores the codes at the end. Both sides have the same network, objective, batch size, network learning rate and
cosine. Each side's code learning rate is the best of a short list, by the loss of one training of 10 epochs. The loss
is the mean over the last epoch without the likelihood's constant.

Everything is measured twice: on a quiet machine, and while another process computes on one core. On a CUDA machine a
further row gives `ad-128` on all 60,000 images.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from latentexplorer.core.config import RunConfig
from latentexplorer.core.presets import preset
from latentexplorer.data import DataSplit, load_data
from tests.benchmarks import baselines
from tests.benchmarks.bench import Options, Row, alternate, median, one_core_busy, rate_row, run, say
from tests.benchmarks.our_training import Training, card, device, format_of, share, timed_training

CODE_LRS = (0.005, 0.01, 0.02, 0.03, 0.06)
"""Tried by both sides."""


def measure(options: Options) -> list[Row]:
    """Both presets, quiet and beside a busy process."""
    rows = [row for name in ("ad-128", "vad-laplace-60") for row in _preset(name, options)]
    if device().type == "cuda":
        rows.append(_all_images(options))
    return rows


def _config(name: str, options: Options, *changes: str) -> RunConfig:
    small = options.pick((), ("data.train_per_class=8", "data.test_per_class=4"))
    epochs = f"training.epochs={options.pick(10, 2)}"
    return preset(name).config([epochs, *small, *changes], root=options.data_root)


def _preset(name: str, options: Options) -> list[Row]:
    data = load_data(_config(name, options).data)
    lrs = options.pick(CODE_LRS, CODE_LRS[2:3])
    ours_lr = min(lrs, key=lambda lr: _ours(name, options, data, lr, seed=0).loss)
    their_lr = min(lrs, key=lambda lr: _theirs(name, options, data, lr, seed=0).loss)
    say(f"{name}: code lr {ours_lr:g} for ours, {their_lr:g} for the baseline")
    seeds = {"ours": 0, "theirs": 0}

    def ours() -> Training:
        seeds["ours"] += 1
        return _ours(name, options, data, ours_lr, seeds["ours"])

    def theirs() -> baselines.Loop:
        seeds["theirs"] += 1
        return _theirs(name, options, data, their_lr, seeds["theirs"])

    return [row for busy in (False, True) for row in _compared(name, options, data, ours, theirs, busy)]


def _compared(
    name: str,
    options: Options,
    data: DataSplit,
    ours: Callable[[], Training],
    theirs: Callable[[], baselines.Loop],
    busy: bool,
) -> list[Row]:
    with one_core_busy(busy):
        mine, their = alternate(options.repeats, ours, theirs, what=f"{name}{', one core busy' * busy}")
    title = f"train_autodecoder {name}" + (", one core busy" if busy else "")
    network = baselines.vad_decoder() if name.startswith("vad") else baselines.ad_decoder()
    same = baselines.parameters_of(network) == sum(p.numel() for p in mine[-1].trained.model.network_parameters())
    note = (
        f"whole call {median([one.whole_rate for one in mine]):,.0f} images/s; {format_of(mine[-1].numerics)}; "
        f"{share(mine[-1], data)}; code lr {mine[-1].trained.config.training.code_lr:g} and {their[-1].code_lr:g}"
        + ("" if same else "; THE NETWORKS DIFFER")
    )
    loss, reference = median([one.loss for one in mine]), median([one.loss for one in their])
    return [
        rate_row(
            title,
            "images/s",
            [one.rate for one in mine],
            [one.rate for one in their],
            2.5 if busy else 2.0,
            note,
        ),
        Row(
            f"{title}: loss reached",
            "nats",
            loss,
            reference,
            reference / loss,
            "at most 2 % worse",
            loss <= 1.02 * reference,
            "mean over the last epoch, without the likelihood's constant",
        ),
    ]


def _ours(name: str, options: Options, data: DataSplit, code_lr: float, seed: int) -> Training:
    config = _config(name, options, f"training.code_lr={code_lr}", f"training.seed={seed}")
    return timed_training(config, data, options.home)


def _theirs(name: str, options: Options, data: DataSplit, code_lr: float, seed: int) -> baselines.Loop:
    config = _config(name, options)
    assert not isinstance(config.model.sigma, str)
    return baselines.train_autodecoder(
        data.train.images,
        epochs=config.training.epochs,
        batch_size=config.training.batch_size,
        lr=config.training.lr,
        code_lr=code_lr,
        sigma=config.model.sigma,
        variational=config.model.kind.variational,
        code_penalty=config.model.code_penalty,
        seed=seed,
    )


def _all_images(options: Options) -> Row:
    changes = options.pick([], ["data.limit=2000"])
    config = preset("ad-128").config(["training.epochs=2", *changes], root=options.data_root)
    # All there are: the preset itself takes a hundred of each class.
    config = config.model_copy(update={"data": config.data.model_copy(update={"train_per_class": None})})
    data = load_data(config.data)
    done = [timed_training(config, data, options.home) for _ in range(options.repeats)]
    return Row(
        f"train_autodecoder ad-128, {len(data.train):,} images, {card()}",
        "images/s",
        median([one.rate for one in done]),
        note=f"{format_of(done[-1].numerics)}; {share(done[-1], data)}",
    )


if __name__ == "__main__":
    sys.exit(run(__doc__, measure))
