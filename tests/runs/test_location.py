"""A run finds its images again: from any folder, where somebody says that they are, and never others for them."""

from __future__ import annotations

import json
import shutil
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Event, Notice
from latentexplorer.data import load_data
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.training import images_of, plan, train

IMAGES = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 1), np.uint8)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with images and a run on them, trained there with a relative path."""
    project = tmp_path_factory.mktemp("made") / "project"
    (project / "pictures").mkdir(parents=True)
    np.savez(project / "pictures" / "mine.npz", images=IMAGES)
    (project / "pictures" / "mine.csv").write_text("age\n" + "\n".join(str(row) for row in range(24)))
    config = RunConfig.parse(
        {
            "data": {"name": "images", "path": "pictures/mine.npz", "columns": "pictures/mine.csv"},
            "model": {"family": "vae", "hidden": [8]},
            "training": {"epochs": 1, "snapshots": 0, "numerics": "exact"},
        }
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        run = RunFolder.create(Path("runs/one"), config)
        train(run, load_data(run.config.data))
    return project


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """A copy elsewhere, so that nothing is where the run says that it was."""
    shutil.copytree(made, tmp_path / "project")
    return tmp_path / "project"


def run_of(project: Path) -> RunFolder:
    return RunFolder.open(project / "runs" / "one")


def without_absolute_paths(run: RunFolder) -> None:
    """As a run was written before paths were kept whole."""
    old = run.config.updated(["data.path=pictures/mine.npz", "data.columns=pictures/mine.csv"])
    run.write_config(old)


def test_what_a_run_keeps_leads_to_its_images_from_anywhere(made: Path) -> None:
    data = run_of(made).config.data
    assert (data.path, data.columns) == (str(made / "pictures/mine.npz"), str(made / "pictures/mine.csv"))
    assert Trained.load(made / "runs/one").missing == ""


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ("data.path=elsewhere/x.npz", "elsewhere/x.npz"),
        ("data.columns=elsewhere/x.csv", "elsewhere/x.csv"),
        ("data.path=~/x.npz", "x.npz"),
    ],
)
def test_paths_of_every_kind_are_kept_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    config = RunConfig().updated(["data.name=images", "data.path=here.npz", "data.root=roots", setting])
    data = RunFolder.create(Path("run"), config).config.data
    for kept in filter(None, (data.path, data.columns, data.root)):
        assert Path(kept).is_absolute() and "~" not in kept
    assert any(str(kept).endswith(word) for kept in (data.path, data.columns))


def test_a_folder_whose_name_is_no_text_leaves_the_path_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "caf\udce9"
    odd.mkdir()
    monkeypatch.chdir(odd)
    config = RunConfig().updated(["data.name=images", "data.path=here.npz"])
    assert RunFolder.create(tmp_path / "run", config).config.data.path == "here.npz"


def test_what_is_missing_is_named_in_full_with_what_to_do(project: Path, made: Path) -> None:
    run = run_of(project)
    gone = made.with_name("gone")
    run.write_config(run.config.updated([f"data.path={gone}/mine.npz", f"data.columns={gone}/mine.csv"]))
    trained = Trained.load(run.path)
    assert trained.data is None
    assert trained.missing == (
        f"{gone}/mine.npz and {gone}/mine.csv are not there. Say where it is now: --set data.path=PATH and "
        "--set data.columns=PATH, or in the window Locate images"
    )
    with pytest.raises(DataError, match="gone/mine"):
        images_of(run, plan(run, ["training.epochs=2"]))


def test_images_that_somebody_located_are_remembered_and_the_settings_are_left(project: Path) -> None:
    run = run_of(project)
    run.write_config(run.config.updated(["data.path=/gone/mine.npz", "data.columns=none"]))
    before = (run.path / "config.json").read_bytes()
    there = project / "pictures" / "mine.npz"
    assert Trained.load(run.path, places={"data.path": str(there)}).missing == ""
    assert (run.path / "config.json").read_bytes() == before
    again = Trained.load(run.path)
    assert again.data is not None
    # A run that goes on keeps in its settings where the images are that it went on with.
    data, changes = images_of(run, plan(run, ["training.epochs=2"]))
    train(run, data, resume=True, changes=changes)
    assert RunFolder.open(run.path).config.data.path == str(there)


@pytest.mark.parametrize("place", ["others.npz", "nothing.npz", "text.npz"])
def test_other_images_are_refused_and_not_remembered(project: Path, place: str) -> None:
    run = run_of(project)
    np.savez(project / "others.npz", images=IMAGES[::-1])
    (project / "text.npz").write_text("no archive")
    before = sorted(path.name for path in run.path.iterdir())
    trained = Trained.load(run.path, places={"data.path": str(project / place)})
    assert trained.data is None and str(project / place) in trained.missing
    assert sorted(path.name for path in run.path.iterdir()) == before


def test_a_run_that_cannot_be_written_to_is_seen_with_its_images_all_the_same(project: Path) -> None:
    run = run_of(project)
    run.write_config(run.config.updated(["data.path=/gone/mine.npz", "data.columns=none"]))
    # What stands in the way of the file is so for every user, also one who may write anywhere.
    (run.path / "located.json").mkdir()
    assert Trained.load(run.path, places={"data.path": str(project / "pictures/mine.npz")}).data is not None


@pytest.mark.parametrize("content", ["no table", "[]", '{"data.path": 3}', '{"data.path": "/nowhere"}', '{"x": "y"}'])
def test_a_damaged_memory_of_a_place_is_no_obstacle(made: Path, tmp_path: Path, content: str) -> None:
    shutil.copytree(made / "runs/one", tmp_path / "run")
    (tmp_path / "run" / "located.json").write_text(content)
    assert Trained.load(tmp_path / "run").data is not None


@pytest.mark.parametrize("here", [".", "runs", "runs/one", "elsewhere"])
def test_relative_paths_are_looked_for_where_one_is_and_around_the_run(
    project: Path, monkeypatch: pytest.MonkeyPatch, here: str
) -> None:
    run = run_of(project)
    without_absolute_paths(run)
    (project.parent / "elsewhere").mkdir()
    monkeypatch.chdir(project / here if here != "elsewhere" else project.parent / here)
    heard: list[Event] = []
    trained = Trained.load(run.path, emit=heard.append)
    assert trained.data is not None
    said = [event.text for event in heard if isinstance(event, Notice)]
    # Where one is it goes without saying.
    assert said == (
        [] if here == "." else [f"images found at {project}/pictures/mine.npz and {project}/pictures/mine.csv"]
    )


def test_relative_paths_do_not_lead_to_other_images(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(project)
    without_absolute_paths(run)
    other = project.parent / "other" / "pictures"
    other.mkdir(parents=True)
    np.savez(other / "mine.npz", images=IMAGES[::-1])
    (other / "mine.csv").write_text("age\n" + "\n".join(str(row) for row in range(24)))
    monkeypatch.chdir(other.parent)
    assert Trained.load(run.path).data is not None
    shutil.rmtree(project / "pictures")
    assert "not those" in Trained.load(run.path).missing


def small_mnist(root: Path) -> Path:
    """A folder of sets, with two dozen digits in it."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        images = np.random.default_rng(len(part)).integers(0, 256, (24, 28, 28), np.uint8)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(
            bytes([0, 0, 8, 3, 0, 0, 0, 24, 0, 0, 0, 28, 0, 0, 0, 28]) + images.tobytes()
        )
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(
            bytes([0, 0, 8, 1, 0, 0, 0, 24]) + bytes(k % 10 for k in range(24))
        )
    return root


@pytest.mark.parametrize("named", [True, False])
def test_a_named_set_that_is_not_there_is_mended_by_naming_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    root = small_mnist(tmp_path / "sets")
    monkeypatch.delenv("LATENTEXPLORER_DATA", raising=False)
    if not named:
        monkeypatch.setenv("LATENTEXPLORER_DATA", str(root))
    place = [f"data.root={root}"] if named else []
    config = RunConfig().updated(
        ["data.name=mnist", "model.hidden=[8]", "training.epochs=1", "training.snapshots=0", *place]
    )
    run = RunFolder.create(tmp_path / "run", config)
    train(run, load_data(config.data))
    root.rename(tmp_path / "moved")
    monkeypatch.delenv("LATENTEXPLORER_DATA", raising=False)
    missing = Trained.load(run.path).missing
    assert missing.endswith("Say where it is now: --data-root DIR, or in the window Locate images")
    assert missing.startswith(f"{root} is not there" if named else "MNIST is not on this computer")
    assert Trained.load(run.path, places={"data.root": str(tmp_path / "moved")}).data is not None
    assert Trained.load(run.path).missing == ""


def test_a_named_set_whose_folder_has_gone_is_looked_for_in_this_computers_own(
    tmp_path: Path, data_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = RunConfig().updated(
        ["data.name=fashion-mnist", f"data.root={data_root}", "data.limit=20", "data.test_per_class=1"]
    )
    config = config.updated(["model.hidden=[8]", "training.epochs=1", "training.snapshots=0"])
    run = RunFolder.create(tmp_path / "run", config)
    train(run, load_data(config.data))
    run.write_config(run.config.updated(["data.root=/gone"]))
    monkeypatch.setenv("LATENTEXPLORER_DATA", str(data_root))
    assert Trained.load(run.path).data is not None
    monkeypatch.setenv("LATENTEXPLORER_DATA", str(tmp_path))
    assert Trained.load(run.path, places={"data.root": str(data_root)}).data is not None
    assert json.loads((run.path / "located.json").read_text()) == {"data.root": str(data_root)}


def test_opening_a_run_downloads_nothing_and_training_on_its_images_does(
    tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(request: urllib.request.Request, timeout: float) -> None:
        asked.append(request.full_url)
        raise OSError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    monkeypatch.delenv("LATENTEXPLORER_DATA", raising=False)
    there = shutil.copytree(run_of(made).path, tmp_path / "run of a set that is not here")
    values = json.loads((there / "config.json").read_text())
    values["data"] = {"name": "mnist"}
    (there / "config.json").write_text(json.dumps(values))
    run = Trained.load(there)
    assert run.data is None and not asked
    with pytest.raises(DataError, match="downloads nothing"):
        run.images("train")
    with pytest.raises(DataError, match="could not be downloaded"):
        load_data(run.config.data)
    assert asked
