"""A good file of each kind that is read from elsewhere, and who reads it."""

from __future__ import annotations

import gzip
import io
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.errors import Stopped
from latentexplorer.core.events import ignore
from latentexplorer.data import load_data
from latentexplorer.data.check import check
from latentexplorer.data.code_files import read_codes
from latentexplorer.figures.recipe import read_recipe
from latentexplorer.gui.window.open_path import recognise
from latentexplorer.runs import RunFolder, Trained, list_runs
from latentexplorer.runs.kept_maps import kept_maps, read_map
from latentexplorer.runs.snapshot import kept_snapshots, open_snapshot
from latentexplorer.training.checkpoint import open_checkpoint

Reader = Callable[[Path, StopToken], object]


@dataclass(frozen=True)
class Sample:
    """Something that can be read.

    Attributes
    ----------
    place : Path
        A folder that is copied for every case.
    victim : str
        The file in it that is mutated.
    read : callable (folder, stop)
        Reads the whole folder, or the file in it.
    """

    name: str
    place: Path
    victim: str
    read: Reader


# -- readers --------------------------------------------------------------------------------------------------------


def read_run(folder: Path, stop: StopToken) -> None:
    """All that is asked of a run that somebody opens: each by itself, for each refuses by itself."""
    list_runs(folder.parent, stop)
    run = RunFolder.open(folder)
    # What is refused first is what the case is about; the rest is read all the same.
    first: Exception | None = None
    for part in (_facts, _weights, _checkpoint, _states, _maps):
        try:
            part(run, stop)
        except Stopped:
            raise
        except Exception as error:
            first = first or error
    if first is not None:
        raise first


def _facts(run: RunFolder, stop: StopToken) -> object:
    table = run.read_history(stop), run.read_dimensions(stop)
    return run.status, run.message, table, run.metrics, run.environment, run.bookmarks


def _weights(run: RunFolder, stop: StopToken) -> object:
    return Trained.load(run.path, with_data=False, stop=stop)


def _checkpoint(run: RunFolder, stop: StopToken) -> None:
    stop.check()
    file, _ = open_checkpoint(run)
    file.read(list(file.shapes))


def _states(run: RunFolder, stop: StopToken) -> None:
    for epoch in kept_snapshots(run):
        stop.check()
        open_snapshot(run, epoch)


def _maps(run: RunFolder, stop: StopToken) -> None:
    for facts in kept_maps(run)[0]:
        stop.check()
        read_map(run, facts)


def read_images(folder: Path, stop: StopToken) -> None:
    """As a training reads them, and as the sheet of the window looks at them first."""
    for path in (folder, *sorted(each for each in folder.iterdir() if each.suffix in (".npz", ".npy", ".gz", ""))):
        if path == folder and not any(each.suffix in PICTURES for each in folder.rglob("*")):
            continue
        if path.is_dir() and path != folder:
            continue
        check(DataConfig(name="images", path=str(path)), ignore, stop)
        load_data(DataConfig(name="images", path=str(path), skip_unreadable=True), stop=stop)


def read_frames(folder: Path, stop: StopToken) -> None:
    """As a training reads every page and frame of what lies in a folder, leaving out what it cannot read."""
    wished = DataConfig(name="images", path=str(folder), frames="all", skip_unreadable=True)
    check(wished, ignore, stop)
    load_data(wished, stop=stop)


def _only(function: Callable[[Path], object], victim: str) -> Reader:
    def read(folder: Path, stop: StopToken) -> None:
        function(folder / victim)

    return read


def _drop(victim: str) -> Reader:
    def read(folder: Path, stop: StopToken) -> None:
        recognise((folder / victim,), ignore, stop)

    return read


# -- good files -----------------------------------------------------------------------------------------------------

PICTURES = (".png", ".jpg", ".tif", ".gif", ".webp", ".bmp", ".pgm")
IN_A_RUN = (
    *("config.json", "history.csv", "status.json", "metrics.json", "environment.json", "bookmarks.json"),
    *("model.safetensors", "dimensions.csv", "log.txt"),
)


def samples(folder: Path, run: Path, figure: Path) -> list[Sample]:
    """One of each.

    Parameters
    ----------
    folder : Path
        An empty one.
    run : Path
        A run that was trained with snapshots.
    figure : Path
        A figure that was exported from it.
    """
    place = Path(shutil.copytree(run, folder / "run"))
    inside = [name for name in IN_A_RUN if (place / name).is_file()]
    inside += [str(each.relative_to(place)) for each in sorted(place.rglob("*")) if each.parent != place][:3]
    found = [Sample(f"run {name}", place, name, read_run) for name in inside if (place / name).is_file()]
    found += _tables(folder, run) + _settings(folder / "settings")
    recipes = folder / "recipes"
    recipes.mkdir()
    for suffix in (".png", ".svg", ".pdf", ".gif", ".webp"):
        _recipe(recipes / f"figure{suffix}", figure)
        found.append(Sample(f"recipe {suffix}", recipes, f"figure{suffix}", _only(read_recipe, f"figure{suffix}")))
    found.append(Sample("dropped figure", recipes, "figure.png", _drop("figure.png")))
    return found + _arrays(folder) + _pictures(folder)


def _tables(folder: Path, run: Path) -> list[Sample]:
    """Histories of another form than a training writes: rows of few letters, and few of very many."""
    wide = ["epoch", *(f"c{number}" for number in range(4_000))]
    tables = {
        "one column": "epoch\n" + "".join(f"{epoch}\n" for epoch in range(1, 300)),
        "empty cells": "epoch,,a\n" + "1,,\n" * 300,
        "long rows": "\n".join([",".join(wide), *(",".join(["1"] * len(wide)) for _ in range(3))]) + "\n",
    }
    found = []
    for name, text in tables.items():
        place = Path(shutil.copytree(run, folder / f"run of {name}"))
        (place / "history.csv").write_text(text)
        found.append(Sample(f"run history of {name}", place, "history.csv", read_run))
    return found


def _settings(place: Path) -> list[Sample]:
    place.mkdir()
    quoted = """family = "v\\u0061e" # "a" 'b'\n"""
    (place / "settings.toml").write_text(f"[data]\nlimit = 30\n[model]\n{quoted}latent_dim = 3\nhidden = [8, 8]\n")
    return [
        Sample("settings toml", place, "settings.toml", _only(RunConfig.from_toml, "settings.toml")),
        Sample("dropped toml", place, "settings.toml", _drop("settings.toml")),
    ]


def _recipe(path: Path, figure: Path) -> None:
    """The recipe of a figure as each format keeps it."""
    text = Image.open(figure).text["latentexplorer"]  # type: ignore[union-attr]
    if path.suffix == ".png":
        shutil.copy(figure, path)
    elif path.suffix == ".svg":
        path.write_text(f"<svg><metadata><dc:description>{text}</dc:description></metadata></svg>")
    elif path.suffix == ".pdf":
        path.write_bytes(b"%PDF-1.4\n<< /Subject (" + text.replace("(", "\\(").replace(")", "\\)").encode() + b") >>")
    elif path.suffix == ".gif":
        Image.new("L", (8, 8)).save(path, comment=text.encode())
    else:
        Image.new("RGB", (8, 8)).save(path, xmp=f"<dc:description>{text}</dc:description>".encode())


def _arrays(folder: Path) -> list[Sample]:
    draw = np.random.default_rng(0)
    images, labels = draw.integers(0, 255, (40, 12, 10), dtype=np.uint8), np.arange(40) % 4
    names = np.array(["a", "b", "c", "d"])
    idx = struct.pack(">IIII", 0x803, *images.shape) + images.tobytes()
    made: list[tuple[str, Callable[[Path], object]]] = [
        ("images.npz", lambda path: np.savez(path, images=images, labels=labels, class_names=names)),
        ("packed.npz", lambda path: np.savez_compressed(path, images=images, y=labels)),
        ("images.npy", lambda path: np.save(path, images)),
        ("float.npy", lambda path: np.save(path, (images / 255).astype("float32"))),
        ("train-images-idx3-ubyte", lambda path: path.write_bytes(idx)),
        ("train-images-idx3-ubyte.gz", lambda path: path.write_bytes(gzip.compress(idx))),
    ]
    none = {"descr": "<U0", "fortran_order": False, "shape": (2**40,)}
    made.append(("texts.npy", lambda path: _header(path, none)))
    found = []
    for name, make in made:
        place = folder / f"array {name}"
        place.mkdir()
        make(place / name)
        found.append(Sample(f"images {name}", place, name, read_images))
    place = folder / "codes"
    place.mkdir()
    np.savez(place / "codes.npz", codes=np.zeros((5, 3), np.float32))
    np.save(place / "codes.npy", np.zeros((5, 3), np.float32))
    for name in ("codes.npz", "codes.npy"):
        found.append(Sample(f"codes {name}", place, name, _only(partial(read_codes, code_dim=3), name)))
    return found


def _header(path: Path, said: dict[str, object]) -> None:
    """An array that says more than it holds."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, said)  # type: ignore[arg-type]


def _moving(place: Path, frames: list[Image.Image]) -> list[Sample]:
    """What holds several images in one file."""
    place.mkdir()
    forms: tuple[tuple[str, dict[str, object]], ...] = (
        ("gif", {"duration": 50, "comment": b"of a person"}),
        ("apng", {"format": "PNG", "duration": 50}),
        ("webp", {"lossless": True}),
        ("tif", {"compression": "tiff_lzw"}),
        ("mpo", {"format": "MPO"}),
    )
    names = []
    for suffix, how in forms:
        name = f"all.{'png' if suffix == 'apng' else 'jpg' if suffix == 'mpo' else suffix}"
        frames[0].save(place / name, save_all=True, append_images=frames[1:], **how)
        names.append(name)
    return [Sample(f"frames {name}", place, name, read_frames) for name in names]


def _pictures(folder: Path) -> list[Sample]:
    draw = np.random.default_rng(1)
    place = folder / "pictures"
    for name in ("one", "two"):
        (place / name).mkdir(parents=True)
        for i in range(3):
            Image.fromarray(draw.integers(0, 255, (9, 11, 3), dtype=np.uint8)).save(place / name / f"{i}.png")
    victims = []
    for suffix in PICTURES:
        pixels = Image.fromarray(draw.integers(0, 255, (9, 11), dtype=np.uint8))
        pixels.save(place / "one" / f"x{suffix}")
        victims.append(f"one/x{suffix}")
    Image.fromarray(draw.integers(0, 60_000, (9, 11), dtype=np.uint16)).save(place / "one" / "deep.tif")
    frames = [Image.fromarray(draw.integers(0, 255, (9, 11), dtype=np.uint8)) for _ in range(4)]
    packed = io.BytesIO()
    frames[0].save(packed, "TIFF", save_all=True, append_images=frames[1:], compression="tiff_deflate")
    (place / "two" / "stack.tif").write_bytes(packed.getvalue())
    rows = [f"{name}/{i}.png,{i},{name}" for name in ("one", "two") for i in range(3)]
    (place / "labels.csv").write_text("file,age,class\n" + "\n".join(rows) + "\n")
    victims += ["one/deep.tif", "two/stack.tif", "labels.csv", "one/0.png"]
    found = [Sample(f"pictures {name}", place, name, read_images) for name in victims]
    return found + _moving(folder / "moving", frames)
