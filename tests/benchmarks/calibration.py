"""What the support meter calls near data: seven sets of codes, five runs.

    python -m tests.benchmarks.calibration
    python -m tests.benchmarks.calibration --small    (two small runs, a minute or two)

Five runs are trained: a VAE of two dimensions of the embedded digits, one of three of MNIST, variational auto-decoders
of sixty of Fashion-MNIST and of MNIST, an auto-decoder of 128 of MNIST. Each is asked about codes of held-out images
that neither training nor meter has seen, and about six sets of codes of none: draws from the prior, codes whose
dimensions are shuffled among training images, midpoints of two training codes, means of fifty, codes fitted to
negatives of images (of auto-decoders), and noise four times as wide as the codes.

Of each set the part that is called near data, and the AUC of held-out codes against it (0.5: cannot be told apart),
beside how visibly its decodes differ from those of held-out codes: by their contrast, or by their distance from the
nearest decode of a training code, whichever is the larger factor, in the median. Goals: of held-out codes 95 %, give or
take what so few tell; AUC of at least 0.8 where decodes differ visibly (by a quarter or more); of noise in many
dimensions all odder than 99 %. An AUC is told with its standard error: one that is off its goal by less than that is
not told apart from it, missed or met: 0.795 ± 0.027 is such a miss.

A meter that is calibrated on codes of training images instead would not pass: `calibrated="training"` shows it, and a
test that the goal is missed then.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from latentexplorer.core.presets import preset
from latentexplorer.latent.codes import infer
from latentexplorer.latent.neighbours import nearest
from latentexplorer.latent.sampler import draw
from latentexplorer.latent.support import Oddness, Survey
from latentexplorer.models import Codes
from latentexplorer.runs import Trained
from tests.benchmarks.bench import Options, Row, limit_row, run
from tests.benchmarks.our_training import kept_run

FEW = ("data.train_per_class=50", "data.test_per_class=50")
MNIST = ("data.name=mnist", *FEW)
RUNS = (
    ("digits, 2-D", "digits-vae", ()),
    ("vae-3, MNIST", "vae-3", (*FEW, "training.epochs=60")),
    ("vad-normal-60, Fashion", "vad-normal-60", ("training.epochs=30",)),
    ("vad-normal-60, MNIST", "vad-normal-60", (*MNIST, "training.epochs=40")),
    ("ad-128, MNIST", "ad-128", (*MNIST, "training.epochs=20")),
)
SMALL = (
    ("digits, 2-D", "digits-vae", ("training.epochs=10",)),
    ("auto-decoder of digits, 12-D", "digits-vad", ("model.latent_dim=12", "training.epochs=150")),
)
HELD_OUT = "held-out images"
DRAWN = 250
VISIBLE = 1.25
TOLD = 0.8
SEEN = 0.05
"""On [0, 1]: what differs less, pixel by pixel, is hardly seen."""


@dataclass(frozen=True)
class Asked:
    """What the meter says of a set of codes.

    Attributes
    ----------
    near : float
        Part that is near data.
    auc : float
        Of held-out codes against it.
    beyond : float
        Part that is odder than 99 % of held-out images.
    auc_error : float
        Standard error of `auc` from one half (DeLong et al. 1988): that of the mean over halves is at most as large.
    differs : float
        By what factor its decodes differ from those of held-out codes, in contrast or in distance to what is known.
    """

    near: float
    auc: float
    beyond: float
    auc_error: float
    differs: float


def auc(usual: np.ndarray, odd: np.ndarray) -> float:
    """Part of the pairs whose odd one has the larger score, ties by half."""
    larger = np.searchsorted(np.sort(usual), odd, "left") + np.searchsorted(np.sort(usual), odd, "right")
    return float(larger.mean() / 2 / len(usual))


def auc_error(usual: np.ndarray, odd: np.ndarray) -> float:
    """Standard error of `auc`, of two samples each (DeLong et al. 1988, eq. 5)."""
    wins = (odd[:, None] > usual) + 0.5 * (odd[:, None] == usual)
    return float(np.sqrt(sum(wins.mean(axis).var(ddof=1) / wins.shape[1 - axis] for axis in (0, 1))))


def sets_of(trained: Trained, seed: int = 0) -> Iterator[tuple[str, np.ndarray]]:
    """Codes of no held-out image, by name."""
    rng = np.random.default_rng(seed)
    train = trained.codes["train"].loc
    count = len(train)
    if trained.prior is not None:
        yield "prior draws", draw(trained, DRAWN, seed=seed)[0]
    columns = [rng.permutation(column)[:DRAWN] for column in train.T]
    yield "dimensions shuffled", np.stack(columns, axis=1)
    yield "midpoints", (train[rng.integers(count, size=DRAWN)] + train[rng.integers(count, size=DRAWN)]) / 2
    yield "means of 50", np.stack([train[rng.choice(count, 50)].mean(0) for _ in range(DRAWN)])
    yield "noise x 4", np.float32(train.mean(0) + 4 * train.std(0) * rng.normal(size=(DRAWN, train.shape[1])))


def held_out_of(trained: Trained, most: int) -> Codes:
    """Codes of held-out images, as those of new images are found."""
    images = trained.images("test")
    rows = np.linspace(0, len(images) - 1, min(most, len(images))).astype(np.int64)
    labels = None if images.labels is None else images.labels[rows]
    return infer(trained, images.images[rows], labels).codes


def judge(
    trained: Trained, most: int = 360, calibrated: Literal["held-out", "training"] = "held-out", halves: int = 5
) -> dict[str, Asked]:
    """What the meter of a run says of held-out codes and of each set: the mean over random halves of held-out codes.

    It is calibrated on one half and asked about the other: one alone, of a hundred, says 88 to 98 % by chance, and an
    AUC of 0.8 to 0.03.

    `calibrated`: on codes of `training` images instead, each without itself, as nobody should.
    """
    codes = held_out_of(trained, most)
    decode = partial(_decode, trained)
    sets = dict(sets_of(trained))
    if not trained.model.kind.encoder:
        negatives = 255 - trained.images("test").images[: most // 6]
        sets["codes of negatives"] = infer(trained, negatives).codes.loc
    images = {name: decode(z) for name, z in sets.items()}
    own, decodes = decode(codes.loc), decode(trained.codes["train"].loc[:1000])
    usual = _looks(own, decodes)
    differs = {name: float(np.exp(np.abs(np.log(_looks(of, decodes) / usual)).max())) for name, of in images.items()}
    told: dict[str, list[tuple[float, float, float, float]]] = {}
    for seed in range(halves):
        order = np.random.default_rng(seed).permutation(len(codes))
        first, second = (np.sort(part) for part in np.array_split(order, 2))
        known = codes.take(first) if calibrated == "held-out" else None
        support = Survey(trained.codes["train"], known, trained.prior, seed=seed).finish(decode)
        others = support(codes.loc[second], own[second])
        told.setdefault(HELD_OUT, []).append(_said(others, others))
        for name, z in sets.items():
            told.setdefault(name, []).append(_said(support(z, images[name]), others))
    return {name: Asked(*np.mean(said, axis=0).tolist(), differs=differs.get(name, 1.0)) for name, said in told.items()}


def _said(found: Oddness, usual: Oddness) -> tuple[float, float, float, float]:
    """Part of some codes near data, the AUC of held-out codes against them, their part beyond 99 %, the AUC's error."""
    near = np.mean([words == "near data" for words in found.words])
    told = auc(usual.score, found.score), auc_error(usual.score, found.score)
    return float(near), told[0], float((found.share > 0.99).mean()), told[1]


def _decode(trained: Trained, z: np.ndarray, _: np.ndarray | None = None) -> np.ndarray:
    return trained.decode(z)


def _looks(images: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Contrast of pictures, and how far they lie from the nearest known one; medians, never below what can be seen."""
    flat = images.reshape(len(images), -1)
    away = nearest(flat, known.reshape(len(known), -1), 1)[1][:, 0] / np.sqrt(flat.shape[1])
    return np.maximum(np.median(np.stack([flat.std(1), away]), axis=1), SEEN)


def measure(options: Options) -> list[Row]:
    """A row for each set of codes of each run."""
    rows = []
    small = options.quick or getattr(options.extra, "small", False)
    for title, name, changes in SMALL if small else RUNS:
        config = preset(name).config([*changes, "training.numerics=exact"], root=options.data_root)
        trained = kept_run(config, options)
        rows += rows_of(title, trained, judge(trained))
    return rows


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--small", action="store_true", help="two small runs of the embedded digits, to the same goals")


def rows_of(title: str, trained: Trained, asked: dict[str, Asked]) -> list[Row]:
    """What the meter says of each set of codes, beside its goal."""
    rows = []
    for of, found in asked.items():
        told = f"{100 * found.near:.0f} % near, AUC {found.auc:.3f} ± {found.auc_error:.3f}"
        told += f", decodes differ {found.differs:.2f} x"
        where = f"calibration {title}, {of}"
        if of == HELD_OUT:
            rows.append(limit_row(f"{where}: near", "%", 100 * found.near, 90, told, at_least=True))
        elif of == "noise x 4" and trained.code_dim > 8:
            rows.append(limit_row(f"{where}: odder than 99 %", "%", 100 * found.beyond, 95, told, at_least=True))
        else:
            # What cannot be seen need not be told apart.
            least = TOLD if found.differs >= VISIBLE else 0.0
            rows.append(limit_row(f"{where}: AUC", "", found.auc, least, told, at_least=True))
    return rows


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, _add))
