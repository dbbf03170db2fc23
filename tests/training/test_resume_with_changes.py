"""Going on with other settings: what was trained is what the run's settings repeat, and a refusal leaves no trace."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import DataError, LatentExplorerError, RunError, SettingsError
from latentexplorer.core.events import Event, Notice
from latentexplorer.runs import RunFolder
from latentexplorer.runs.stored_model import CHECKPOINT_FILE
from latentexplorer.training import plan, train
from tests.training.helpers import StopAfterLooks, assert_same_run, digits, new_run, small

AT_THE_END = 10**6
MORE, COSINE, DROP = "training.epochs=5", "training.schedule=cosine", "training.drop_last=true"
IMPATIENT = ["training.early_stopping=1", "training.lr=0.1", "training.epochs=12"]

# family, settings, then for each further part what it changes and after how many looks of the loop the one before stops
REPEATED: dict[str, tuple[str, list[str], list[tuple[int, list[str]]]]] = {
    "rates and weight": ("vad", [], [(5, ["training.lr=0.01", "training.code_lr=0.5", "model.beta=0.2"])]),
    "in the middle of an epoch": ("vae", [], [(6, ["training.lr=0.01", "model.beta=0.2"])]),
    "before a row is written": ("vae", [], [(3, ["model.beta=0.2"]), (1, ["training.lr=0.01"])]),
    "three parts": ("vae", [], [(4, ["training.lr=0.01"]), (4, ["training.lr=0.001", "model.beta=3"])]),
    "more epochs": ("ad", [], [(AT_THE_END, [MORE])]),
    "more epochs along a cosine": (
        "vae",
        [COSINE],
        [(AT_THE_END, [MORE]), (2, ["training.epochs=4"])],
    ),
    "fewer epochs along a cosine": ("vae", [COSINE], [(5, ["training.epochs=2"])]),
    "a cosine from here on": ("vae", [], [(AT_THE_END, [MORE, COSINE, "training.lr_warmup=4"])]),
    "batches": ("ad", [COSINE], [(AT_THE_END, [MORE, "training.batch_size=24"])]),
    "batches that are one loss": (
        "wae",
        [],
        [(AT_THE_END, [MORE, "training.batch_size=20", "training.drop_last=true"])],
    ),
    "weight decay": ("vae", [], [(5, ["training.weight_decay=0.1"]), (4, ["training.weight_decay=0"])]),
    "the objective": ("vae", [], [(6, ["model.free_bits=0.5", "model.kl_warmup=2"])]),
    "penalty of codes": ("ad", [], [(6, ["model.code_penalty=0.5"])]),
    "dropout": ("separation-ae", [], [(6, ["model.dropout=0.8"])]),
    "other views of the images": ("vae", [], [(6, ["training.flip=true", "training.shift=2"])]),
    "patience": (
        "vae",
        IMPATIENT,
        [(AT_THE_END, ["training.early_stopping=0"])],
    ),
    "what changes no step": ("vae", [], [(6, ["training.held_out=20", "training.snapshots=3"])]),
}


@pytest.mark.parametrize("case", REPEATED)
def test_the_settings_of_a_run_that_went_on_with_others_repeat_it_bit_by_bit(tmp_path: Path, case: str) -> None:
    family, settings, parts = REPEATED[case]
    config = small(family, *settings)
    run = new_run(tmp_path / "run", config)
    train(run, digits(config), stop=StopAfterLooks(parts[0][0]))
    for (_, changes), (looks, _) in zip(parts, [*parts[1:], (AT_THE_END, [])], strict=True):
        before = run.config
        train(run, digits(config), stop=StopAfterLooks(looks), resume=True, changes=changes)
        assert run.config != before
    assert run.status == "finished"
    repeated = new_run(tmp_path / "repeated", RunFolder.open(run.path).config)
    train(repeated, digits(config))
    held_out = "training.held_out=20" in parts[0][1]
    assert_same_run(run, repeated) if not held_out else _assert_same_weights(run, repeated)


def _assert_same_weights(one: RunFolder, other: RunFolder) -> None:
    """Rows and codes of other held-out images may differ."""
    from tests.training.helpers import tensors

    ours, theirs = tensors(one), tensors(other)
    assert all(ours[name].equal(theirs[name]) for name in ours if name.startswith("weights/"))


def test_without_its_changes_a_run_does_not_repeat(tmp_path: Path) -> None:
    config = small("vae")
    run = new_run(tmp_path / "run", config)
    train(run, digits(config), stop=StopAfterLooks(6))
    train(run, digits(config), resume=True, changes=["training.lr=0.01"])
    # The settings that it began with stay, and say from which step on they were others.
    assert run.config.training.lr == 0.001
    assert [(change.step, change.key, change.value) for change in run.config.training.changes] == [
        (4, "training.lr", 0.01)
    ]
    assert "from step 4 on training.lr = 0.01" in (run.path / "log.txt").read_text()
    # Who names the setting means all of the new run.
    assert run.config.updated(["training.lr=0.002"]).training.changes == ()


REFUSED: dict[str, tuple[str, list[str], str]] = {
    # what is asked of the run, and a word of the answer
    "latent size": ("stopped", ["model.latent_dim=4"], r"model\.latent_dim cannot change"),
    "prior": ("stopped", ["model.prior=laplace"], r"model\.prior cannot change"),
    "family": ("stopped", ["model.family=ae"], r"model\.family.* cannot change"),
    "weight that is part of the family": ("stopped", ["model.sigma=0.5"], r"model\.sigma cannot change"),
    "images": ("stopped", ["data.name=shapes"], r"data\.name cannot change"),
    "number of images": ("stopped", ["data.limit=50"], r"data\.limit cannot change"),
    "seed": ("stopped", ["training.seed=3"], r"training\.seed cannot change"),
    "numerics": ("stopped", ["training.numerics=fast"], r"training\.numerics cannot change"),
    "the past": ("stopped", ["training.changes=[]"], r"training\.changes cannot change"),
    "one right, one wrong": ("stopped", ["training.lr=0.1", "model.latent_dim=4"], "cannot change"),
    "misspelt": ("stopped", ["training.lrr=0.1"], "no such setting"),
    "nonsense": ("stopped", ["training.lr=fast"], "training.lr"),
    "out of range": ("stopped", ["training.lr=0"], "training.lr"),
    "too far": ("stopped", ["training.shift=20"], "training.shift = 20 is too much"),
    "fewer epochs than trained": ("finished", ["training.epochs=1"], "has trained 3. Set it to 3 or more"),
    "fewer epochs than begun": ("within", ["training.epochs=1"], "in epoch 2. Set it to 2 or more"),
    "batches in an epoch": ("within", ["training.batch_size=16"], "middle of an epoch"),
    "nothing left to train": (
        "finished",
        ["training.lr=0.1"],
        "all 3 epochs are trained, and this would train no",
    ),
    "no patience left": ("impatient", ["training.epochs=90"], "no better .*training.early_stopping"),
    "images that are judged by": ("impatient", ["training.early_stopping=5", "training.held_out=9"], "held_out"),
    "other images": ("other images", ["training.lr=0.1"], "not the images"),
    "trained by another": ("locked", ["training.lr=0.1"], "another process"),
    "damaged checkpoint": ("damaged", ["training.lr=0.1"], "damaged"),
    "checkpoint of another model": ("another model", ["training.lr=0.1"], "weights"),
    "no checkpoint": ("no checkpoint", [], "no checkpoint"),
}


@pytest.fixture(scope="module")
def began(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Path], RunFolder]:
    """`began(how, path)`: a copy of a run in that state."""
    made: dict[str, RunFolder] = {}
    folder = tmp_path_factory.mktemp("began")

    def run(how: str, path: Path) -> RunFolder:
        looks = {"within": 6, "finished": AT_THE_END, "impatient": AT_THE_END}.get(how, 5)
        settings = IMPATIENT if how == "impatient" else []
        key = f"{looks} {settings}"
        if key not in made:
            config = small("vae", *settings)
            made[key] = new_run(folder / str(len(made)), config)
            train(made[key], digits(config), stop=StopAfterLooks(looks))
        shutil.copytree(made[key].path, path)
        checkpoint = path / CHECKPOINT_FILE
        if how == "damaged":
            checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
        if how == "another model":
            other = new_run(folder / "other", small("vae", "model.latent_dim=2"))
            train(other, digits(other.config), stop=StopAfterLooks(5))
            shutil.copy(other.path / CHECKPOINT_FILE, checkpoint)
        if how == "no checkpoint":
            checkpoint.unlink()
        if how == "killed":
            (path / "status.json").write_text('{"status": "training", "message": ""}')
        return RunFolder.open(path)

    return run


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    """All files with their bytes and times."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_resume_changes_nothing(tmp_path: Path, began: Callable[[str, Path], RunFolder], case: str) -> None:
    how, changes, word = REFUSED[case]
    run = began(how, tmp_path / "run")
    data = digits(small("vae", "data.limit=64") if how == "other images" else run.config)
    before = content(run.path)
    if how == "locked":
        with RunFolder.open(run.path).training(), pytest.raises(LatentExplorerError, match=word):
            train(run, data, resume=True, changes=changes)
    else:
        with pytest.raises((SettingsError, RunError, DataError), match=word):
            train(run, data, resume=True, changes=changes)
    assert content(run.path) == before
    assert RunFolder.open(run.path).config == run.config


def test_a_killed_run_that_is_refused_is_not_called_failed(
    tmp_path: Path, began: Callable[[str, Path], RunFolder]
) -> None:
    run = began("killed", tmp_path / "run")
    (run.path / ".config.json.0123abcd.tmp").write_text("half")
    before = content(run.path)
    with pytest.raises(DataError, match="not the images"):
        train(run, digits(small("vae", "data.limit=64")), resume=True)
    assert content(run.path) == before
    assert run.status == "interrupted"


def test_a_finished_run_is_left_as_it_is_and_says_so(tmp_path: Path, began: Callable[[str, Path], RunFolder]) -> None:
    run = began("finished", tmp_path / "run")
    before, heard = content(run.path), list[Event]()
    trained = train(run, digits(run.config), emit=heard.append, resume=True)
    assert content(run.path) == before
    assert trained.epoch == 3
    (notice,) = [event for event in heard if isinstance(event, Notice)]
    assert notice.text == "run is finished: all 3 epochs are trained. For more, set training.epochs to more"
    assert plan(run, ["training.epochs=4"]).finished == ""


def test_a_run_of_which_nothing_is_trained_takes_changes_as_its_own(tmp_path: Path) -> None:
    run = new_run(tmp_path / "run", small("vae"))
    going = plan(run, ["training.lr=0.5", "training.batch_size=16"]).config
    assert (going.training.lr, going.training.batch_size, going.training.changes) == (0.5, 16, ())


def test_what_is_recorded_is_checked_as_the_setting_itself() -> None:
    for key, value in (("training.lr", -1), ("training.schedule", "steep"), ("training.batch_size", 2.5)):
        with pytest.raises(SettingsError, match=key):
            RunConfig.parse({"training": {"changes": [{"step": 1, "key": key, "value": value}]}})
