#!/usr/bin/env python3
"""Make what is drawn on the cards of the lessons: `resources/lessons.json`.

    python3 packaging/make_lesson_pictures.py [--out FILE]

The numbers are those of real runs: each lesson's own settings, in two dimensions where a picture has no more. They are
rounded to whole numbers, so the window draws them in its own colours, on a light ground and on a dark one. Takes about
half a minute on one core.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from latentexplorer.core.config import RunConfig
from latentexplorer.data import load_data
from latentexplorer.gui.lessons.table import LESSONS
from latentexplorer.latent.projection import project
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.training import train

OUT = Path(__file__).resolve().parents[1] / "resources" / "lessons.json"
POINTS, RING = 150, 220
"""Codes in a panel, and draws of the prior."""
NEAR, CLOUDS = 1.2, 60
"""Standard deviations of the codes that are seen of a neighbourhood, and codes in it at most."""
SIDE = 100
"""Places are whole numbers from 0 to this."""


def trained(lesson: str, step: int, *changes: str) -> Trained:
    """A run as a step of a lesson trains it, but for some changes."""
    config = RunConfig().updated([*LESSONS[lesson].steps[step].trains, *changes])
    folder = RunFolder.create(Path(tempfile.mkdtemp()) / config.model.family, config)
    return train(folder, load_data(config.data))


def some(run: Trained) -> np.ndarray:
    """Rows of a few codes, the same images in every run."""
    return np.linspace(0, len(run.codes["train"]) - 1, POINTS).astype(int)


def points(
    name: str, places: np.ndarray, labels: Any = (), *, reach: float = 0.0, outline: Any = (), **more: Any
) -> dict[str, Any]:
    """A panel of places (N, 2), the same scale along both axes.

    `reach`: how much of either axis is seen; 0: as much as they take. `outline` (L, 2): drawn around something.
    """
    every = np.concatenate([places, np.reshape(outline, (-1, 2))])
    low, high = every.min(0), every.max(0)
    middle, reach = (low + high) / 2, reach or float((high - low).max())

    def whole(of: np.ndarray) -> list[list[int]]:
        return np.rint(((of - middle) / reach + 0.5) * SIDE).astype(int).tolist()  # type: ignore[no-any-return]

    seen = {"outline": whole(np.asarray(outline))} if len(outline) else {}
    return {"name": name, "points": whole(places), "labels": [int(label) for label in labels], **seen, **more}


def codes(name: str, run: Trained, **more: Any) -> dict[str, Any]:
    """The codes of a run in two dimensions."""
    rows, kept = some(run), run.codes["train"]
    return points(name, kept.loc[rows], kept.labels[rows], **more)


def near(name: str, run: Trained) -> dict[str, Any]:
    """Codes around the middle, as discs of two standard deviations of their posteriors, where they have some."""
    kept = run.codes["train"]
    middle, reach = np.median(kept.loc, axis=0), NEAR * float(kept.loc.std())
    rows = np.flatnonzero((np.abs(kept.loc - middle) < reach / 2).all(1))[:CLOUDS]
    more = {}
    if kept.scale is not None:
        more = {"radii": np.rint(2 * kept.scale[rows].mean(1) / reach * SIDE).astype(int).tolist()}
    return points(name, kept.loc[rows], kept.labels[rows], reach=reach, **more)


def strip(run: Trained, dimension: int, count: int = 7) -> list[str]:
    """Pictures of one dimension pulled from end to end, a hexadecimal digit a pixel."""
    z = np.zeros((count, run.code_dim), np.float32)
    z[:, dimension] = np.linspace(-2.5, 2.5, count)
    grey = np.rint(run.decode(z)[..., 0].clip(0, 1) * 15).astype(int)
    return ["".join(f"{value:x}" for value in image.ravel()) for image in grey]


def collapse() -> list[dict[str, Any]]:
    """One slider pulled, with a KL that weighs too much and with one that does not."""
    rows = []
    for step in (0, 3):
        run = trained("collapse", step)
        rows.append(strip(run, int(run.codes["train"].loc.std(0).argmax())))
    return [{"name": "", "rows": rows}]


def prior() -> list[dict[str, Any]]:
    """The codes without a prior, with a normal and with a uniform one, and where these priors lie."""
    turn = np.linspace(0, 2 * np.pi, 33)
    circle, square = 2 * np.stack([np.cos(turn), np.sin(turn)], 1), [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]
    kinds = (("no prior", 0, circle), ("normal", 1, circle), ("uniform", 4, square))
    return [codes(name, trained("prior", at), outline=outline) for name, at, outline in kinds]


def holes() -> list[dict[str, Any]]:
    """One code an image, and a cloud of them."""
    flat = ("model.latent_dim=2", "training.epochs=30")
    return [near("auto-encoder", trained("holes", 0, *flat)), near("VAE", trained("holes", 2, *flat))]


def shell() -> list[dict[str, Any]]:
    """Draws of 32 numbers by their lengths, and how long the code is on either way between two of them."""
    random = np.random.default_rng(0)
    draws = random.normal(size=(RING, 32))
    length, turn = np.linalg.norm(draws, axis=1), random.uniform(0, 2 * np.pi, RING)
    places = np.stack([length * np.cos(turn), length * np.sin(turn)], 1) / length.max() / 2 + 0.5
    first, last = draws[0], draws[1]
    angle = np.arccos(first @ last / length[0] / length[1])
    part = np.linspace(0, 1, 25)
    straight = np.linalg.norm((1 - part)[:, None] * first + part[:, None] * last, axis=1)
    ways = np.stack([np.sin((1 - part) * angle), np.sin(part * angle)], 1) / np.sin(angle)
    spherical = np.linalg.norm(ways @ np.stack([first, last]), axis=1)
    top = max(straight.max(), spherical.max())
    middle = np.linalg.norm(first) / length.max() / 2
    around = np.array([-angle / 2, angle / 2])
    line = np.stack([0.5 + middle * np.sin(around), 0.5 - middle * np.cos(around)], 1)
    ring = {"name": "draws", "points": np.rint(places * SIDE).astype(int).tolist(), "labels": []}
    curves = [np.rint(each / top * SIDE).astype(int).tolist() for each in (spherical, straight)]
    return [
        {**ring, "line": np.rint(line * SIDE).astype(int).tolist()},
        {"name": "length on both ways", "curves": curves},
    ]


def decoder() -> list[dict[str, Any]]:
    """The codes of an auto-decoder as they are learned, all on one scale."""
    runs = [(f"epoch {epochs}", trained("decoder", 0, f"training.epochs={epochs}")) for epochs in (1, 8, 60)]
    reach = float(np.ptp(runs[-1][1].codes["train"].loc, axis=0).max())
    return [codes(name, run, reach=reach) for name, run in runs]


def tsne() -> list[dict[str, Any]]:
    """The same codes on three maps."""
    run = trained("tsne", 0)
    kept = run.codes["train"]
    rows = some(run)
    maps = (("PCA", {"method": "pca"}), ("perplexity 30", {}), ("perplexity 5", {"perplexity": 5.0}))
    return [
        points(name, project(kept.loc, **how, n_jobs=1).coords[rows], kept.labels[rows])  # type: ignore[arg-type]
        for name, how in maps
    ]


MADE = {"collapse": collapse, "prior": prior, "holes": holes, "shell": shell, "decoder": decoder, "tsne": tsne}


def main() -> int:
    """Make them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    found = {name: make() for name, make in MADE.items()}
    lines = ",\n".join(f'"{name}": {json.dumps(panels, separators=(",", ":"))}' for name, panels in found.items())
    asked.out.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    print(f"{asked.out}: {asked.out.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
