"""Maps that lie with a run: written whole and few, read with suspicion, and never in the way of the run."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from latentexplorer.core.errors import RunError
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.runs.kept_maps import FOLDER, MOST, KeptMap, MapFacts, kept_maps, read_map, write_map
from latentexplorer.runs.tensor_file import write_tensors

COUNT = 7


def a_map(seed: int = 0, written: float = 1.0, **facts: Any) -> KeptMap:
    """A map of seven points, made from five of them."""
    rng = np.random.default_rng(seed)
    layout, gains, update = rng.normal(size=(3, 5, 2))
    said = MapFacts(
        **{"method": "tsne", "part": "train", "points": "a" * 64, "perplexity": 30.0, "limit": 5000, "sample": 5}
        | {"seed": seed, "step": 30, "steps": 50, "early": 16, "finished": False, "epoch": 2, "written": written}
        | facts
    )
    coords = rng.normal(size=(COUNT, 2)).astype(np.float32)
    return KeptMap(said, np.arange(COUNT) * 3, coords, np.array([0, 1, 3, 4, 6]), layout, gains, update)


def test_a_map_comes_back_as_it_was(vad: RunFolder) -> None:
    kept = a_map()
    write_map(vad, kept)
    found, wrong = kept_maps(vad)
    assert found == [kept.facts] and not wrong
    again = read_map(vad, found[0])
    for name in ("index", "coords", "sampled", "layout", "gains", "update"):
        np.testing.assert_array_equal(getattr(again, name), getattr(kept, name))
        assert getattr(again, name).dtype == getattr(kept, name).dtype


def test_a_map_laid_out_further_takes_the_place_of_the_one_before_and_the_oldest_leaves(vad: RunFolder) -> None:
    for step in (10, 20):
        write_map(vad, a_map(step=step))
    assert [facts.step for facts in kept_maps(vad)[0]] == [20]
    for seed in range(1, MOST + 3):
        write_map(vad, a_map(seed, written=float(seed)))
        path = vad.path / FOLDER / a_map(seed).facts.file_name
        os.utime(path, (seed, seed))
    seeds = [facts.seed for facts in kept_maps(vad)[0]]
    assert len(seeds) == MOST and seeds == sorted(seeds, reverse=True) and MOST + 2 in seeds


def test_maps_take_a_stated_room_and_one_that_takes_all_of_it_is_not_kept(
    vad: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_map(vad, a_map(1))
    size = (vad.path / FOLDER / a_map(1).facts.file_name).stat().st_size
    monkeypatch.setattr("latentexplorer.runs.kept_maps.HEAD_BYTES", size // 2)
    monkeypatch.setattr("latentexplorer.runs.kept_maps.MAX_BYTES", 3 * size + size // 2)
    for seed in range(2, 6):
        write_map(vad, a_map(seed, written=float(seed)))
    found = kept_maps(vad)[0]
    assert len(found) == 3 and found[0].seed == 5
    monkeypatch.setattr("latentexplorer.runs.kept_maps.MAX_BYTES", size // 2 + 10)
    with pytest.raises(RunError, match="takes more than"):
        write_map(vad, a_map(9))
    assert not (vad.path / FOLDER / a_map(9).facts.file_name).exists()


def spoiled(name: str, value: Any) -> Callable[[KeptMap], dict[str, torch.Tensor]]:
    """The tensors of a map, one of them another one; None leaves it out."""

    def tensors(kept: KeptMap) -> dict[str, torch.Tensor]:
        names = ("index", "coords", "sampled", "layout", "gains", "update")
        arrays = {each: np.array(getattr(kept, each)) for each in names}
        changed = value(arrays[name]) if callable(value) else value
        arrays = {**arrays, name: changed} if changed is not None else {**arrays, name: None}
        return {each: torch.from_numpy(array) for each, array in arrays.items() if array is not None}

    return tensors


def put(at: Any, value: float) -> Callable[[np.ndarray], np.ndarray]:
    """The array with one number changed."""

    def changed(array: np.ndarray) -> np.ndarray:
        array[at] = value
        return array

    return changed


@pytest.mark.parametrize(
    "tensors",
    [
        spoiled("coords", put((2, 1), np.nan)),
        spoiled("coords", put((2, 1), np.inf)),
        spoiled("coords", put((2, 1), 1e12)),
        spoiled("layout", put((0, 0), np.nan)),
        spoiled("gains", put((0, 0), -np.inf)),
        spoiled("index", put(3, -1)),
        spoiled("index", put(3, 0)),
        spoiled("sampled", put(4, COUNT)),
        spoiled("sampled", put(0, 1)),
        spoiled("coords", lambda array: array[:-1]),
        spoiled("coords", lambda array: array.astype(np.float64)),
        spoiled("layout", lambda array: array[:, :1].copy()),
        spoiled("update", None),
        spoiled("index", lambda array: array[:0]),
        spoiled("sampled", lambda array: array[:0]),
        spoiled("index", lambda array: array.reshape(-1, 1)),
    ],
)
def test_numbers_that_are_no_map_are_refused(vad: RunFolder, tensors: Callable[[KeptMap], Any]) -> None:
    kept = a_map()
    write_map(vad, kept)
    write_tensors(vad.path / FOLDER / kept.facts.file_name, tensors(kept), kept.facts.model_dump())
    with pytest.raises(RunError):
        read_map(vad, kept_maps(vad)[0][0])


@pytest.mark.parametrize(
    "facts",
    [
        {"edition": 2},
        {"method": "pickle"},
        {"points": "b" * 63},
        {"points": "../../etc"},
        {"perplexity": 1e9},
        {"steps": 10**12},
        {"step": 51},
        {"notes": ["x" * 1000]},
        {"notes": "x"},
        {"seed": 1.5},
        {"epoch": -1},
        {"seed": 77},
        {"written": None},
    ],
)
def test_facts_that_cannot_be_are_said_and_left_out(vad: RunFolder, facts: dict[str, Any]) -> None:
    kept, good = a_map(), a_map(1)
    for each in (kept, good):
        write_map(vad, each)
    tensors = {name: torch.from_numpy(getattr(kept, name)) for name in ("index", "coords", "sampled")}
    write_tensors(vad.path / FOLDER / kept.facts.file_name, tensors, kept.facts.model_dump() | facts)
    found, wrong = kept_maps(vad)
    assert found == [good.facts]
    assert len(wrong) == 1 and kept.facts.file_name in wrong[0] and len(wrong[0]) < 500


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("[" * 100_000),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "a huge header": lambda path: path.write_bytes(b"\xff" * 8 + b"{}"),
    "a pickle": lambda path: path.write_bytes(b"\x80\x04cos\nsystem\n(S'true'\ntR."),
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "link to the model": lambda path: (path.unlink(), path.symlink_to("../model.safetensors")),
    "link out": lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
    "link to itself": lambda path: (path.unlink(), path.symlink_to(path)),
}
if sys.platform != "win32":
    DAMAGES["pipe"] = lambda path: (path.unlink(), os.mkfifo(path))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_never_stops_the_run_and_harms_nothing(vad: RunFolder, damage: str) -> None:
    kept, model = a_map(), (vad.path / "model.safetensors").read_bytes()
    write_map(vad, kept)
    DAMAGES[damage](vad.path / FOLDER / kept.facts.file_name)
    found, wrong = kept_maps(vad)
    assert not found and len(wrong) <= 1
    assert Trained.load(vad.path, with_data=False).epoch == 2
    # What is kept next takes its place, unless it is nothing that may be written over.
    try:
        write_map(vad, kept)
    except RunError as error:
        assert "link" in damage or damage in ("folder", "pipe"), error
    for seed in range(1, MOST + 2):
        write_map(vad, a_map(seed))
    assert (vad.path / "model.safetensors").read_bytes() == model


@pytest.mark.parametrize("place", ["file", "link out", "gone"])
def test_a_folder_of_maps_that_is_none(vad: RunFolder, place: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    if place == "file":
        (vad.path / FOLDER).write_text("x")
    elif place == "link out":
        (vad.path / FOLDER).symlink_to(outside)
    else:
        shutil.rmtree(vad.path)
    assert kept_maps(vad)[0] == []
    with pytest.raises(RunError):
        write_map(vad, a_map())
    assert not any(outside.iterdir()) and (place != "gone" or not vad.path.exists())
