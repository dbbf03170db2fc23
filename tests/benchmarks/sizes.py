"""Every family at 64, 128 and 256 pixels, grey and colour, on faces and on generated images, beside PCA.

    python -m tests.benchmarks.sizes [--only PART ...] [--limit SECONDS] [--out sizes.json]

Each row is a training with the default networks and objective: weights, multiplications for one image to its code and
back, images a second, and the root mean squared error of held-out images beside that of PCA with as many numbers.
The loss counts as usual; nothing is chosen by the held-out images, and those of an auto-decoder have codes fitted with
its decoder frozen. A row is left when it takes longer than the limit (five minutes), and shows what it had reached.

Rows that the file holds are not measured again: delete the file to begin anew. `--only faces 64 grey vae` keeps rows
whose set, size, colour and family are all among the words of their kind (several sets, sizes ... may be named).

A linear auto-encoder cannot be better than PCA and has to come within a hundredth. A separation takes mixtures apart:
it is compared with the best guess that knows nothing of the mixture's second image, half of the mixture for each.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.bench import Options, Row, data_root, run, say

SETS = {"faces": ("images", 60), "shapes": ("shapes", 15), "glyphs": ("glyphs", 15)}
"""Source and epochs; a face is seen as often as makes as many steps as the others'."""
GENERATED = 2500
SIZES = (64, 128, 256)
COLOURS = {"grey": "grey", "colour": "rgb"}
LATENT = 16
NO_BETTER = ("linear-ae",)

Found = dict[str, Any]


def measure(options: Options) -> list[Row]:
    """All rows that were asked for; each is written as soon as it is known."""
    file = Path(options.extra.out) if options.extra.out else options.home / "sizes.json"
    found: dict[str, Found] = json.loads(file.read_text()) if file.exists() else {}
    rows = []
    for name, config in _asked(options):
        if name not in found:
            found[name] = _trained(config, options)
            file.write_text(json.dumps(found, indent=2))
        say(f"{name}: {found[name]}")
        rows.append(_row(name, found[name]))
    return rows


def _asked(options: Options) -> list[tuple[str, Any]]:
    from latentexplorer.core.catalog import FAMILIES

    families = [family.name for family in FAMILIES if family.gradient]
    words = set(options.extra.only or ())
    kinds = [list(SETS), [str(size) for size in SIZES], list(COLOURS), families]
    if unknown := words - {word for kind in kinds for word in kind}:
        raise SystemExit(f"There is no {' or '.join(sorted(unknown))}; choose among {kinds}")
    kept = [[word for word in kind if word in words or not words & set(kind)] for kind in kinds]
    return [
        (f"{family} {size} {colour} {name}", _config(name, int(size), colour, family, options))
        for name in kept[0]
        for size in kept[1]
        for colour in kept[2]
        for family in kept[3]
    ]


def _config(name: str, size: int, colour: str, family: str, options: Options) -> Any:
    from latentexplorer.core.config import RunConfig

    source, epochs = SETS[name]
    changes = [f"data.name={source}", f"data.size={size}", f"data.color={COLOURS[colour]}", f"model.family={family}"]
    if name == "faces":
        changes.append(f"data.path={data_root() / 'faces' / 'olivetti_faces.npz'}")
    else:
        changes.append(f"data.count={options.pick(GENERATED, 100)}")
    changes += [f"model.latent_dim={LATENT}", "training.schedule=cosine", "training.batch_size=32"]
    if family == "separation-ae":
        changes.append("model.likelihood=laplace")
    return RunConfig().updated([*changes, f"training.epochs={options.pick(epochs, 1)}", "training.snapshots=0"])


def _trained(config: Any, options: Options) -> Found:
    from latentexplorer.core.cancellation import StopToken
    from latentexplorer.core.events import EpochDone
    from latentexplorer.data import load_data
    from latentexplorer.runs import RunFolder
    from latentexplorer.runs.new_place import free_path
    from latentexplorer.training import train

    data = load_data(config.data)
    stop = StopToken()
    timer = threading.Timer(options.extra.limit, stop.request)
    timer.daemon = True
    timer.start()
    epochs: list[float] = []

    def listen(event: Any) -> None:
        if isinstance(event, EpochDone):
            epochs.append(event.row["seconds"])

    begin = time.perf_counter()
    trained = train(RunFolder.create(free_path("run", options.home), config), data, emit=listen, stop=stop)
    seconds = time.perf_counter() - begin
    timer.cancel()
    x = data.test.images / np.float32(255)
    if trained.model.kind.separates:
        ours, compared = trained.history.column("test_rmse")[-1], _half_of_mixture(x)
    else:
        codes = trained.codes["test"]
        ours = _error(trained.decode(codes.loc, codes.labels), x[codes.index])
        compared = _pca(data, trained.code_dim)
    return {
        "weights": sum(parameter.numel() for parameter in trained.model.network_parameters()),
        "operations": _operations(trained.model, data),
        "images_per_s": len(epochs) * len(data.train) / epochs[-1] if epochs else math.nan,
        "rmse": ours,
        "compared": compared,
        "numbers": trained.code_dim,
        "epochs": len(epochs),
        "seconds": seconds,
    }


def _operations(model: Any, data: Any) -> float:
    """Multiplications for one image, to its code and back."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from latentexplorer.models import to_batch

    images = data.train.images[:1]
    batch = to_batch(images, None if data.train.labels is None else data.train.labels[:1], np.zeros(1, np.int64))
    batch.partner = batch.x if model.kind.separates else None
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.loss(batch)
    return counter.get_total_flops() / 2


def _pca(data: Any, numbers: int) -> float:
    """Error of held-out images with as many principal components, or all that the training images have."""
    from latentexplorer.core.config import ModelConfig
    from latentexplorer.models import build_model, decode_images, encode_images

    config = ModelConfig(family="pca", latent_dim=min(numbers, len(data.train) - 1))
    model: Any = build_model(config, data.image_shape, 0, len(data.train))
    model.fit(data.train.images)
    codes = encode_images(model, data.test.images)
    return _error(decode_images(model, codes.loc), data.test.images / np.float32(255))


def _half_of_mixture(x: np.ndarray) -> float:
    from latentexplorer.models.partners import partner_row

    other = x[partner_row(np.arange(len(x)), len(x))]
    # The difference is known: the guess is the mean image and half of the difference on either side.
    middle = x.mean(0)
    half = (x - other) / 2
    return math.sqrt((_error(middle + half, x) ** 2 + _error(middle - half, other) ** 2) / 2)


def _error(x_hat: np.ndarray, x: np.ndarray) -> float:
    return float(np.sqrt(np.mean((np.clip(x_hat, 0, 1) - x) ** 2, dtype=np.float64)))


def _row(name: str, found: Found) -> Row:
    family = name.split()[0]
    factor = 1.01 if family in NO_BETTER else 1.0
    note = (
        f"{found['weights'] / 1e6:.2f} million weights, {found['operations'] / 1e6:.1f} million multiplications, "
        f"{found['images_per_s']:,.0f} images/s, {found['epochs']} epochs in {found['seconds']:.0f} s, "
        f"{found['numbers']} numbers a code"
    )
    ratio = found["compared"] / found["rmse"]
    goal = f"at most {factor:g}x"
    return Row(name, "rmse", found["rmse"], found["compared"], ratio, goal, factor * ratio >= 1, note)


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", metavar="PART", help="some sets, sizes, colours and families")
    parser.add_argument("--limit", type=float, default=300.0, metavar="SECONDS", help="of a row (default 300)")
    parser.add_argument("--out", metavar="FILE.json", help="where rows are kept, and not measured again")


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, _add))
