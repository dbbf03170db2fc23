"""The program from Python: the README's own example, what arrays it takes, and what it says of others."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import latentexplorer as le
from latentexplorer.core.errors import DataError, NotApplicableError, RunError, SettingsError
from latentexplorer.core.events import EpochDone, Event
from latentexplorer.figures import read_recipe
from latentexplorer.runs import Trained
from latentexplorer.views import VIEWS

ROOT = Path(__file__).resolve().parents[2]
FEW = {"training.epochs": 2, "data.limit": 80, "data.test_per_class": 3, "training.device": "cpu"}


def example() -> str:
    """The indented lines of the README that begin with the import, with fewer epochs and images."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("    import latentexplorer as le")
    end = next(number for number in range(start, len(lines)) if lines[number] and not lines[number].startswith("    "))
    code = "\n".join(line.removeprefix("    ") for line in lines[start:end])
    assert '**{"training.epochs": 20}' in code
    return code.replace('{"training.epochs": 20}', str(FEW))


def test_the_readmes_example_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(example(), "README.md", "exec"), names)  # noqa: S102  our own README
    run, images, z, x_hat, grid = (names[name] for name in ("run", "images", "z", "x_hat", "grid"))
    assert isinstance(run, le.Run)
    assert images.shape == (30, 8, 8, 1) and images.dtype == np.uint8
    assert z.shape == (30, 2) and z.dtype == np.float32
    assert x_hat.shape == (30, 8, 8, 1) and 0 <= x_hat.min() < x_hat.max() <= 1
    assert grid.images.shape == (12, 12, 8, 8, 1) and grid.codes.shape == (12, 12, 2)
    assert (tmp_path / "map.pdf").read_bytes()[:5] == b"%PDF-"
    assert (tmp_path / "runs" / "python" / "model.safetensors").is_file()


def test_every_name_that_the_readme_gives_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\ble\.(\w+)", text))
    assert named and named <= set(le.__all__)
    assert set(re.findall(r"\brun\.(\w+)\(", text)) <= set(dir(le.Run))
    assert set(le.__all__) <= set(dir(le))
    for name in le.__all__:
        assert getattr(le, name).__doc__
    with pytest.raises(AttributeError, match="fly"):
        le.fly  # type: ignore[attr-defined]  # noqa: B018


def test_names_cost_nothing_heavy_until_something_is_asked(tmp_path: Path) -> None:
    code = (
        "import sys, latentexplorer as le; light = set(sys.modules); le.train, le.open_run, le.view, le.figure, le.Run;"
        "heavy = {'torch', 'torchvision', 'sklearn', 'matplotlib', 'scipy', 'openTSNE', 'PySide6'};"
        "print(heavy & set(sys.modules), 'pydantic' in light)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "set() False", done.stderr


@pytest.fixture
def run(small_run: Callable[..., Trained]) -> le.Run:
    """A small VAE of digits."""
    return le.open_run(small_run("vae", "model.latent_dim=3").path or "")


def test_an_open_run_tells_what_it_is(run: le.Run) -> None:
    assert (run.image_shape, run.code_dim, len(run.classes)) == ((8, 8, 1), 3, 10)
    assert run.settings["model.family"] == "vae"
    assert list(run.history["epoch"]) == [1.0, 2.0]
    assert "vae on digits, 2 epochs" in repr(run)
    assert len(run.images("train")) == len(run.codes("train")) == 60
    labels = run.labels("train")
    assert labels is not None and np.array_equal(labels, run.codes("train").labels)
    earlier = le.open_run(run.path, epoch=1)
    assert len(earlier.history["epoch"]) == 1
    with pytest.raises(RunError, match="no run at"):
        le.open_run("no-such-run")


def test_images_may_be_whole_numbers_or_floats_with_or_without_a_channel(run: le.Run) -> None:
    images = run.images("train")
    z = run.encode(images)
    np.testing.assert_array_equal(z, run.codes("train").loc)
    for same in (
        images[..., 0],
        images.astype(np.int64),
        images / 255,
        (images / 255).astype(np.float32),
        list(images),
    ):
        np.testing.assert_array_equal(run.encode(same), z)
    mean, scale = run.posterior(images)
    np.testing.assert_array_equal(mean, z)
    np.testing.assert_array_equal(scale, run.codes("train").scale)
    assert run.encode(images[:0]).shape == (0, 3) and run.decode(z[:0]).shape == (0, 8, 8, 1)
    np.testing.assert_array_equal(run.decode(z), run.trained.decode(z))
    np.testing.assert_allclose(run.encode(run.decode(z)), run.encode(np.rint(run.decode(z) * 255) / 255), atol=1e-6)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 9, 8), np.uint8),
        np.zeros((8, 8), np.uint8),
        np.zeros((2, 1, 8, 8), np.uint8),
        np.zeros((2, 8, 8, 3), np.uint8),
        np.full((2, 8, 8), 16.0),
        np.full((2, 8, 8), np.nan),
        np.full((2, 8, 8), -0.1),
        np.full((2, 8, 8), 256),
        np.zeros((2, 8, 8), bool),
        np.full((2, 8, 8), "a"),
        3,
    ],
    ids=str,
)
def test_other_arrays_are_no_images(run: le.Run, images: object) -> None:
    with pytest.raises(DataError) as caught:
        run.encode(images)  # type: ignore[arg-type]
    assert caught.value.todo


@pytest.mark.parametrize("z", [np.zeros(3), np.zeros((2, 4)), np.full((2, 3), np.inf), 0.0], ids=str)
def test_other_arrays_are_no_codes(run: le.Run, z: object) -> None:
    with pytest.raises(SettingsError, match=r"\(N, 3\)"):
        run.decode(z)  # type: ignore[arg-type]


def test_a_conditional_model_takes_a_class_for_each_image_and_code(small_run: Callable[..., Trained]) -> None:
    run = le.open_run(small_run("cvae").path or "")
    images, labels = run.images("train")[:4], run.labels("train")
    assert labels is not None
    z = run.encode(images, labels[:4])
    assert run.decode(z, labels[:4]).shape == (4, 8, 8, 1)
    np.testing.assert_array_equal(run.decode(z, 7), run.decode(z, [7, 7, 7, 7]))
    assert not np.array_equal(run.decode(z, 7), run.decode(z, 8))
    for ask in (run.encode, run.decode):
        given = images if ask == run.encode else z
        with pytest.raises(NotApplicableError, match="class"):
            ask(given)
        for wrong in (10, -1, [1, 2], 1.5):
            with pytest.raises(SettingsError, match=r"[Cc]lass"):
                ask(given, wrong)


def test_an_auto_decoder_fits_codes_to_images(small_run: Callable[..., Trained]) -> None:
    run = le.open_run(small_run("vad").path or "")
    images = run.images("test")[:5]
    z, scale = run.posterior(images, steps=5)
    assert z.shape == (5, run.code_dim) and scale is not None and scale.min() > 0
    np.testing.assert_array_equal(run.encode(images, steps=5), z)
    fitted = np.square(run.decode(run.encode(images)) - images / 255).mean()
    assert fitted < np.square(run.decode(np.zeros_like(z)) - images / 255).mean()


def test_training_hears_settings_of_any_type_and_tells_through_emit(tmp_path: Path) -> None:
    heard: list[Event] = []
    settings = FEW | {"model.hidden": np.array([16, 8]), "model.beta": np.float32(0.5)}
    run = le.train("digits-vae", tmp_path / "run", emit=heard.append, **settings)
    assert run.settings["model.hidden"] == (16, 8) and run.settings["model.beta"] == 0.5
    assert [event.row["epoch"] for event in heard if isinstance(event, EpochDone)] == [1, 2]
    more = le.resume(run, **{"training.epochs": 3})
    assert list(more.history["epoch"]) == [1, 2, 3]
    with pytest.raises(SettingsError, match=r"model\.beta|latent_dim cannot change"):
        le.resume(run.path, **{"model.latent_dim": 9})
    with pytest.raises(SettingsError, match=r"object is not JSON.*Give numbers"):
        le.train("digits-vae", tmp_path / "other", **{"model.beta": object()})
    with pytest.raises(RunError, match="already holds a run"):
        le.train("digits-vae", run.path, **FEW)


def test_own_images_a_file_of_settings_and_a_name_in_the_runs_folder(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 6, 3), np.uint8)
    np.savez(tmp_path / "mine.npz", images=images)
    (tmp_path / "mine.toml").write_text('[model]\nfamily = "vae"\n[training]\nepochs = 1\n')
    run = le.train(tmp_path / "mine.toml", **{"data.name": "images", "data.path": tmp_path / "mine.npz"})
    assert run.name == "vae-images"
    assert le.open_run("vae-images").image_shape == (8, 6, 3)
    assert run.encode(images).shape == (40, 2)


def test_what_a_person_should_know_goes_to_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "latentexplorer"):
        le.train(
            "digits-vae",
            tmp_path / "run",
            **{**FEW, "model.beta": 1e5, "training.lr": 0.02, "training.epochs": 9},
        )
    assert any("collapsed" in record.message for record in caplog.records)


@pytest.mark.parametrize("settings", [{"n": 1}, {"cells": 4}, {"n": "many"}], ids=str)
def test_settings_of_views_are_checked_as_everywhere(run: le.Run, tmp_path: Path, settings: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=next(iter(settings))):
        le.view(run, "latent-grid", **settings)
    with pytest.raises(SettingsError, match=next(iter(settings))):
        le.figure(run, "latent-grid", tmp_path / "grid.png", **settings)
    with pytest.raises(SettingsError, match="latent-grid"):
        le.view(run, "latent_gird")
    assert list(tmp_path.iterdir()) == []


def test_a_figure_carries_its_settings_and_style(run: le.Run, tmp_path: Path) -> None:
    settings = {"n": 3, "dims": (2, 0), "axes": "dims", "figure.titles": False}
    file = le.figure(run, "latent-grid", tmp_path / "grid.png", size="60x60mm", dark=True, **settings)
    recipe = read_recipe(file)
    assert recipe is not None and recipe.settings == {"axes": "dims", "n": 3, "dims": [2, 0]}
    assert (recipe.style.dark, recipe.style.titles, round(recipe.width, 2)) == (True, False, 2.36)


@pytest.mark.parametrize("kind", VIEWS.names)
def test_every_view_answers_or_says_why_not(run: le.Run, kind: str) -> None:
    try:
        result = le.view(run, kind)
    except NotApplicableError as error:
        assert str(error)
    else:
        assert result.title
