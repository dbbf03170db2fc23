"""The run folder: what it refuses, what it keeps, what it tells."""

from __future__ import annotations

import contextlib
import json
import math
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import RunError
from latentexplorer.core.history import History
from latentexplorer.core.paths import atomic_write
from latentexplorer.runs import RunFolder, claimed, free_path, list_runs
from latentexplorer.runs.bookmarks import Bookmark
from latentexplorer.runs.tensor_file import TensorFile, write_tensors


def test_a_new_folder_keeps_what_is_written_into_it(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "deep" / "run", RunConfig())
    assert (run.name, run.status, len(run.history), run.metrics) == ("run", "empty", 0, {})
    history = History([{"epoch": 1.0, "train_loss": 0.1 + 0.2}])
    run.write_history(history)
    run.write_metrics({"train": {"rmse": np.float32(0.5), "kl_per_dim": np.arange(2.0)}, "x": math.nan})
    run.write_config(run.config.updated(["model.beta=0.1"]))
    run.log("two\nlines")
    run.set_status("stopped", "because")

    again = RunFolder.open(run.path)
    assert again.config == run.config and again.config.model.beta == 0.1
    assert again.history.column("train_loss") == [0.1 + 0.2]
    assert again.metrics == {"train": {"rmse": 0.5, "kl_per_dim": [0.0, 1.0]}, "x": None}
    assert (again.status, again.message) == ("stopped", "because")
    assert (run.path / "log.txt").read_text().endswith("  two lines\n")
    assert again.figures_dir.is_dir()
    assert list(run.path.glob(".*.tmp")) == []


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match=r"not empty .*thesis.txt"):
        RunFolder.create(tmp_path, RunConfig())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(RunError, match="is a file"):
        RunFolder.create(tmp_path / "thesis.txt", RunConfig())
    run = RunFolder.create(tmp_path / "run", RunConfig())
    with pytest.raises(RunError, match="already holds a run"):
        RunFolder.create(run.path, RunConfig())


def test_a_place_where_a_run_was_only_begun_to_be_made_is_free(tmp_path: Path) -> None:
    (tmp_path / ".config.json.0a1b2c3d.tmp").write_text("{")
    run = RunFolder.create(tmp_path, RunConfig())
    assert RunFolder.open(run.path).status == "empty"
    run.discard_empty()
    assert not tmp_path.exists()


def test_a_run_that_has_begun_or_has_company_is_not_discarded(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "begun", RunConfig())
    run.set_status("training")
    run.discard_empty()
    assert (run.path / "config.json").is_file()
    run = RunFolder.create(tmp_path / "shared", RunConfig())
    (run.path / "thesis.txt").write_text("mine")
    run.discard_empty()
    assert [path.name for path in run.path.iterdir()] == ["thesis.txt"]


def test_what_is_put_in_the_place_of_a_run_is_not_discarded(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", RunConfig())
    with run.training():
        run.path.rename(tmp_path / "moved")
        run.path.mkdir()
        # A copy that is under way: its status comes later.
        (run.path / "config.json").write_text("{}")
        run.discard_empty()
        assert (run.path / "config.json").is_file()


def test_folders_without_a_name_of_their_own_are_never_given_twice(tmp_path: Path) -> None:
    assert [claimed("run", tmp_path / "runs").name for _ in range(3)] == ["run", "run-2", "run-3"]


def test_files_and_runs_may_have_the_longest_names(tmp_path: Path) -> None:
    for name in ("n" * 255, "ü" * 127):
        atomic_write(tmp_path / name, b"x")
        assert (tmp_path / name).read_bytes() == b"x"


def test_what_is_no_run_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run at"):
        RunFolder.open(tmp_path / "nowhere")
    with pytest.raises(RunError, match=r"no config\.json"):
        RunFolder.open(tmp_path)


def test_a_run_that_says_training_but_is_held_by_nobody_was_interrupted(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", RunConfig())
    with run.training():
        run.set_status("training")
        assert RunFolder.open(run.path).status == "training"
        with pytest.raises(RunError, match="another process"), RunFolder.open(run.path).training():
            pass
        assert RunFolder.open(run.path).status == "training"
    assert RunFolder.open(run.path).status == "interrupted"


def test_free_names_are_safe_and_not_taken(tmp_path: Path) -> None:
    assert free_path("../my run", tmp_path) == tmp_path / "my-run"
    (tmp_path / "my-run").mkdir()
    assert free_path("my run", tmp_path) == tmp_path / "my-run-2"
    # A run on a disk that is not there now has its name all the same.
    (tmp_path / "my-run-2").symlink_to(tmp_path / "gone" / "my-run-2")
    assert free_path("my run", tmp_path) == tmp_path / "my-run-3" == claimed("my run", tmp_path)


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_tensors(path, {"a": torch.ones(3)}, {"epoch": 1})
    with _files_of_at_most(1000), pytest.raises(RunError, match="could not be written"):
        write_tensors(path, {"a": torch.zeros(100_000)}, {"epoch": 2})
    kept = TensorFile(path)
    assert kept.info == {"epoch": 1}
    assert kept.read(["a"])["a"].tolist() == [1, 1, 1]
    assert [file.name for file in tmp_path.iterdir()] == ["model.safetensors"]


def test_written_tensors_are_what_the_library_reads(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    tensors = {
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 4),
        "bytes": torch.arange(3, dtype=torch.uint8),
        "half": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
        "channels last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "turned": torch.arange(6).reshape(2, 3).T,
        "flags": torch.tensor([True, False]),
    }
    path = tmp_path / "x.safetensors"
    write_tensors(path, tensors, {"words": ["ä", 1]})
    loaded, ours = load_file(path), TensorFile(path)
    assert ours.info == {"words": ["ä", 1]}
    for name, tensor in tensors.items():
        assert torch.equal(loaded[name], tensor) and loaded[name].dtype == tensor.dtype
        assert torch.equal(ours.read([name])[name], tensor)
        assert (ours.shapes[name], ours.dtypes[name]) == (tuple(tensor.shape), tensor.dtype)


def test_a_file_that_is_replaced_while_it_is_read_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    write_tensors(path, {"a": torch.ones(3), "b": torch.full((2,), 2.0)}, {"epoch": 1})
    opened = TensorFile(path)
    # What a training in another process does: other lengths, so that everything lies elsewhere.
    write_tensors(path, {"a": torch.zeros(3), "b": torch.zeros(2), "c": torch.zeros(100)}, {"epoch": 1000})
    assert opened.read(["a", "b"])["a"].tolist() == [1, 1, 1]
    assert opened.read(["b"])["b"].tolist() == [2, 2]
    assert TensorFile(path).read(["a"])["a"].tolist() == [0, 0, 0]


def test_a_folder_that_has_gone_is_said(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", RunConfig())
    for file in run.path.iterdir():
        file.unlink()
    run.path.rmdir()
    for write in (
        lambda: run.write_metrics({}),
        lambda: run.log("line"),
        lambda: run.figures_dir,
        lambda: run.write_history(History()),
    ):
        with pytest.raises(RunError, match="not there"):
            write()
    assert not run.path.exists()


def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", RunConfig())
    run.path.chmod(0o555)
    try:
        if os.access(run.path, os.W_OK):
            # Whoever may write everywhere (root) meets a folder that nobody can write to instead.
            run = RunFolder(Path("/proc/self"), RunConfig())
        for write in (lambda: run.write_metrics({}), lambda: run.write_history(History())):
            with pytest.raises(RunError, match=r"cannot be written|not there"):
                write()
    finally:
        (tmp_path / "run").chmod(0o755)


def test_the_table_of_runs_shows_damaged_ones_too(tmp_path: Path) -> None:
    good = RunFolder.create(tmp_path / "good", RunConfig())
    good.write_history(History([{"epoch": 1.0, "train_loss": 3.0}, {"epoch": 2.0, "train_loss": 2.5}]))
    good.set_status("finished")
    broken = RunFolder.create(tmp_path / "broken", RunConfig())
    (broken.path / "config.json").write_text("{")
    torn = RunFolder.create(tmp_path / "torn", RunConfig())
    (torn.path / "status.json").write_text(json.dumps({"status": "flying"}))
    (tmp_path / "not a run").mkdir()
    (tmp_path / "file").write_text("")

    runs = {run.name: run for run in list_runs(tmp_path)}
    assert set(runs) == {"good", "broken", "torn"}
    row = runs["good"]
    assert (row.family, row.data, row.epochs, row.epochs_asked) == ("vae", "digits", 2, 20)
    assert (row.loss, row.status, row.error) == (2.5, "finished", "") and math.isnan(row.test_loss)
    assert runs["broken"].status == "damaged" and "config.json" in runs["broken"].error
    assert runs["torn"].status == "damaged" and "status.json" in runs["torn"].error
    assert list_runs(tmp_path / "nowhere") == []


@contextlib.contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    if sys.platform == "win32":
        pytest.skip("Windows has no limit on the size of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_bookmarks_are_kept_as_they_were(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", RunConfig())
    assert run.bookmarks == []
    z = np.array([0.1, -2.5e-8], np.float32).astype(float).tolist()
    kept = [
        Bookmark(
            name="a <nice> one", z=z, scale=[1.0, 2.0], y=3, label=4, part="test", index=7, how="held-out image 7"
        ),
        Bookmark(name="free", z=[1.0, 2.0], pick="random:3"),
    ]
    run.write_bookmarks(kept)
    assert RunFolder.open(run.path).bookmarks == kept
    run.write_bookmarks([])
    assert RunFolder.open(run.path).bookmarks == []


@pytest.mark.parametrize(
    "content",
    [
        "[",
        "[]",
        '{"bookmarks": {}}',
        '{"bookmarks": [{"name": "a"}]}',
        '{"bookmarks": [{"name": "a", "z": []}]}',
        '{"bookmarks": [{"name": "a", "z": ["1"]}]}',
        '{"bookmarks": [{"name": "a", "z": [NaN]}]}',
        '{"bookmarks": [{"name": "a", "z": [1e999]}]}',
        '{"bookmarks": [{"name": "a", "z": [1], "scale": [1, 2]}]}',
        '{"bookmarks": [{"name": "a", "z": [1], "part": "../..", "index": 1}]}',
        '{"bookmarks": [{"name": "a", "z": [1], "part": "test", "index": -1}]}',
        '{"bookmarks": [{"name": "a", "z": [1], "index": 1}]}',
        '{"bookmarks": [{"name": "%s", "z": [1]}]}' % ("a" * 2000),
        "[" * 100_000,
    ],
)
def test_bookmarks_that_are_damaged_are_refused(tmp_path: Path, content: str) -> None:
    run = RunFolder.create(tmp_path / "run", RunConfig())
    (run.path / "bookmarks.json").write_text(content)
    with pytest.raises(RunError, match=r"bookmarks\.json.*Delete it"):
        _ = run.bookmarks


def test_bookmarks_elsewhere_are_not_read(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", RunConfig())
    (tmp_path / "secret.json").write_text('{"bookmarks": []}')
    (run.path / "bookmarks.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(RunError, match="outside"):
        _ = run.bookmarks
