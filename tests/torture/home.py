"""A home to be tortured in: runs of several families, images, figures, and files that are none of these."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from latentexplorer.core.config import RunConfig
from latentexplorer.data import load_data
from latentexplorer.latent.projection import project
from latentexplorer.runs import RunFolder
from latentexplorer.training import train

SMALL = (
    "data.train_per_class=12",
    "data.test_per_class=4",
    "training.epochs=3",
    "training.batch_size=40",
    "training.held_out=30",
    "training.device=cpu",
)
RUNS: dict[str, tuple[str, ...]] = {
    "vae plane": ("model.family=vae", "model.latent_dim=2"),
    "vad": ("model.family=vad", "model.prior=laplace", "model.latent_dim=5", "model.architecture=mlp"),
    "cvae": ("model.family=cvae", "model.latent_dim=3"),
    "pca": ("model.family=pca", "model.likelihood=gaussian", "model.latent_dim=12"),
    "ae one": ("model.family=ae", "model.likelihood=gaussian", "model.latent_dim=1"),
}
"""Settings of a run of each kind that the window shows in a way of its own."""


@dataclass(frozen=True)
class Home:
    """What is there.

    Attributes
    ----------
    runs : list of Path
        Folders of runs, damaged ones too.
    files : list of Path
        What may be dropped or chosen: runs, images, figures, settings, and what is none of them.
    """

    folder: Path
    runs: list[Path]
    files: list[Path]


def furnish(folder: Path, names: Iterable[str] = RUNS) -> Home:
    """Train the runs and write the files, in a folder that is empty."""
    runs = [_run(folder / "runs" / name, RUNS[name]) for name in names]
    damaged = shutil.copytree(runs[0], folder / "runs" / "damaged")
    (damaged / "model.safetensors").write_bytes(b"\xff" * 100)
    (folder / "runs" / "no run" / "deeper").mkdir(parents=True)
    return Home(folder, [*runs, damaged], [*runs, damaged, *_files(folder / "files"), folder / "runs"])


UMAP_POINTS = 40, 4200
"""Few, among which UMAP finds neighbours by all distances; and more than 4,096, for which it compiles a search."""


def load_what_is_loaded_once() -> None:
    """Lay out a UMAP of few and of many codes and place some on it. What is compiled for that, some hundred megabytes,
    comes when it is asked for first, stays, and would be taken for growth where an event asks late."""
    for points in UMAP_POINTS:
        codes = np.random.default_rng(0).normal(size=(points, 3)).astype(np.float32)
        project(codes, method="umap").place(codes[:2] + np.float32(0.5))


def _run(path: Path, changes: tuple[str, ...]) -> Path:
    config = RunConfig().updated([*SMALL, *changes])
    train(RunFolder.create(path, config), load_data(config.data))
    return path


def _files(folder: Path) -> list[Path]:
    pixels = np.random.default_rng(0).integers(0, 255, (30, 28, 28), dtype=np.uint8)
    for name in ("cats", "dogs & <b>"):
        (folder / "pictures" / name).mkdir(parents=True)
        for i in range(6):
            Image.fromarray(pixels[i]).save(folder / "pictures" / name / f"{i}.png")
    np.savez(folder / "images.npz", images=pixels, labels=np.arange(30) % 3)
    np.save(folder / "images.npy", pixels)
    np.save(folder / "not images.npy", np.arange(5.0))
    Image.fromarray(np.stack([pixels[0]] * 3, -1)).resize((300, 170)).save(folder / "photo.jpg")
    Image.fromarray(pixels[1]).save(folder / "one.png")
    (folder / "settings.toml").write_text("[model]\nlatent_dim = 3\n[training]\nepochs = 2\n")
    (folder / "wrong.toml").write_text("[model]\nlatent = 3\n")
    (folder / "damaged.npz").write_bytes(b"PK" + bytes(50))
    (folder / "words.txt").write_text("words")
    (folder / "empty").mkdir()
    return sorted(each for each in folder.iterdir())
