"""Every command as a person types it, on real images."""

from __future__ import annotations

import csv
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.catalog import FAMILIES, SOURCES
from latentexplorer.core.config import RunConfig
from latentexplorer.data import load_data
from latentexplorer.figures import read_recipe
from latentexplorer.latent import evaluation
from latentexplorer.runs import RunFolder
from latentexplorer.views import VIEWS

from .conftest import Latentexplorer, cannot_be_kept


def test_list_names_everything(latentexplorer: Latentexplorer) -> None:
    for what, names in (("models", FAMILIES.names), ("datasets", SOURCES.names), ("figures", VIEWS.names)):
        code, out, _ = latentexplorer("list", what)
        assert code == 0
        assert [line.split()[0] for line in out.splitlines()] == names


def test_a_reader_who_has_gone_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "latentexplorer", "list", "presets"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_demo_leaves_a_run_metrics_and_eight_figures(
    latentexplorer: Latentexplorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow: the demonstration as it is, with all its epochs, and as the README calls it."""
    monkeypatch.chdir(tmp_path)
    target = tmp_path / "demo"
    code, out, _ = latentexplorer("demo", "--out", "demo", "--quiet")
    assert code == 0
    assert str(Path("demo", "metrics.json")) in out
    metrics = json.loads((target / "metrics.json").read_text())
    assert metrics["test"]["rmse"] < 0.25
    figures = list((target / "figures").glob("*.png"))
    assert len(figures) >= 8
    for figure in figures:
        with Image.open(figure) as picture:
            assert np.asarray(picture.convert("L")).std() > 5, f"{figure.name} is blank"
    # A second call finds what is there; what it measures is told before it is kept, which may fail.
    before = (target / "model.safetensors").read_bytes()
    monkeypatch.setattr(evaluation, "evaluate", cannot_be_kept(target, metrics))
    code, out, err = latentexplorer("demo", "--out", target, "--quiet")
    assert (code, err.count("\n")) == (2, 1) and "could not be kept" in err
    assert (target / "model.safetensors").read_bytes() == before
    assert any(line.split()[:1] == ["rmse"] for line in out.splitlines())


def test_evaluate_has_every_field(latentexplorer: Latentexplorer, digits_run: Path) -> None:
    code, out, _ = latentexplorer("evaluate", digits_run, "--json", "--quiet")
    assert code == 0
    metrics = json.loads(out)
    assert {"run", "family", "data", "train", "test", "samples"} <= set(metrics)
    for part in ("train", "test"):
        assert set(FIELDS) <= set(metrics[part])
        assert metrics[part]["elbo"] == pytest.approx(-(metrics[part]["recon"] + metrics[part]["kl"]))
        assert len(metrics[part]["kl_per_dim"]) == 2
        assert {"mean", "range", "originals"} <= set(metrics[part]["readability"])
    assert {"frechet_prior", "frechet_fitted", "frechet_reconstructions"} <= set(metrics["samples"])
    assert json.loads((digits_run / "metrics.json").read_text()) == metrics


def test_evaluate_tells_what_each_dimension_does(latentexplorer: Latentexplorer, digits_run: Path) -> None:
    before = (digits_run / "metrics.json").read_bytes() if (digits_run / "metrics.json").exists() else None
    code, out, _ = latentexplorer("evaluate", digits_run, "--dimensions", "--json", "--quiet")
    found = json.loads(out)
    assert code == 0 and sorted(row["dimension"] for row in found["dimensions"]) == [0, 1]
    first, second = found["dimensions"]
    assert first["change"] >= second["change"] > 0 and 0 < first["of_deviation"] == first["change"] / found["deviation"]
    assert set(first["correlations"]) == {f"class = {digit}" for digit in range(10)} and first["kl"] > 0
    for row in found["dimensions"]:
        known = row["goes_with"]
        assert known is None or known["low"] <= known["r"] == row["correlations"][known["column"]] <= known["high"]
    code, out, _ = latentexplorer("evaluate", digits_run, "--dimensions", "--quiet")
    assert code == 0 and [line.split()[0] for line in out.splitlines()[2:4]] == [
        f"z{row['dimension']}" for row in found["dimensions"]
    ]
    # It is another question than that which is kept with the run.
    after = (digits_run / "metrics.json").read_bytes() if (digits_run / "metrics.json").exists() else None
    assert before == after


def test_metrics_of_a_run_that_was_replaced_meanwhile_are_printed_and_not_put_into_another(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shutil.copytree(digits_run, tmp_path / "run")
    measure = evaluation.evaluate

    def replaced_meanwhile(*arguments: Any, **options: Any) -> dict[str, Any]:
        run.rename(tmp_path / "moved")
        RunFolder.create(run, RunConfig.parse({}).updated(["model.latent_dim=5"]))
        return measure(*arguments, **options)

    monkeypatch.setattr(evaluation, "evaluate", replaced_meanwhile)
    code, out, err = latentexplorer("evaluate", run, "--json", "--quiet")
    assert json.loads(out)["test"]["rmse"] > 0
    assert code == 2
    assert err == f"latentexplorer: The metrics could not be kept: {run} holds another run by now. " + (
        "Open the run where it is now\n"
    )
    assert not (run / "metrics.json").exists()


def test_evaluate_says_that_a_model_has_collapsed(latentexplorer: Latentexplorer, tmp_path: Path) -> None:
    run = tmp_path / "run"
    settings = ("training.epochs=2", "data.train_per_class=20", "data.test_per_class=5", "model.beta=10000")
    train = ("train", "--preset", "digits-vae", "--out", run, "--set", *settings, "--quiet")
    assert latentexplorer(*train)[0] == 0
    code, out, _ = latentexplorer("evaluate", run, "--quiet")
    assert code == 0
    assert "* The posterior has collapsed: every image has the same code" in out


def test_what_one_would_not_see_is_said_at_the_end_of_training_and_by_evaluate(
    latentexplorer: Latentexplorer, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    settings = ("training.epochs=9", "data.limit=300", "training.batch_size=16", "training.lr=0.3", "model.family=ae")
    code, out, err = latentexplorer("train", "--preset", "digits-vae", "--out", run, "--set", *settings)
    notes = [line for line in err.splitlines() if line.startswith("note: ")]
    assert code == 0 and out.strip() == str(run)
    assert len(notes) == 1 and "Lower the learning rate, now 0.3 (training.lr=0.005)" in notes[0]
    code, out, err = latentexplorer("evaluate", run)
    assert code == 0 and notes[0] in err.splitlines() and "note: " not in out
    (notice,) = json.loads((run / "metrics.json").read_text())["notices"]
    assert {"kind": "rate-too-high", "key": "training.lr", "value": 0.005}.items() <= notice.items()


FIELDS = (
    "norm_metric",
    "rmse",
    "psnr",
    "ssim",
    "recon",
    "kl",
    "elbo",
    "sse_plus_kl",
    "active_units",
    "kl_per_dim",
    "readability",
)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_figures_are_files_of_the_format_asked_for(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / "new" / f"grid.{suffix}"
    code, out, _ = latentexplorer("figure", "latent-grid", digits_run, "--out", file, "--set", "n=5", "--quiet")
    assert (code, out.strip()) == (0, str(file))
    assert file.read_bytes()[:5] in (b"\x89PNG\r", b"%PDF-", b"<?xml")
    if suffix == "png":
        recipe = read_recipe(file)
        assert recipe.kind == "latent-grid"
        assert recipe.settings["n"] == 5


@pytest.mark.parametrize(("suffix", "kind"), [("gif", "interpolation"), ("webp", "traversal")])
def test_figures_that_move_are_files_that_move(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path, suffix: str, kind: str
) -> None:
    file = tmp_path / f"moves.{suffix}"
    code, out, _ = latentexplorer("figure", kind, digits_run, "--out", file, "--set", "steps=5", "--quiet")
    assert (code, out.strip()) == (0, str(file))
    with Image.open(file) as moving:
        # There and back again, large enough to be seen.
        assert moving.n_frames >= 8 and max(moving.size) == 256
    for wrong, words in ((["map"], "does not move"), ([kind, "--dark"], "images alone")):
        code, _, said = latentexplorer("figure", wrong[0], digits_run, "--out", file, *wrong[1:])
        assert code == 2 and words in said


def test_codes_go_out_and_come_back_as_images(latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path) -> None:
    images = load_data(RunFolder.open(digits_run).config.data).test
    np.savez(tmp_path / "mine.npz", images=images.images[:12])
    codes, decoded, picture = tmp_path / "codes.npz", tmp_path / "decoded.npz", tmp_path / "decoded.png"
    assert latentexplorer("encode", digits_run, tmp_path / "mine.npz", "--out", codes, "--quiet")[0] == 0
    with np.load(codes) as file:
        assert file["mean"].shape == file["scale"].shape == (12, 2)
        assert (file["scale"] > 0).all()
    assert latentexplorer("decode", digits_run, codes, "--out", decoded)[0] == 0
    assert latentexplorer("decode", digits_run, codes, "--out", picture)[0] == 0
    with np.load(decoded) as file:
        error = file["images"].astype(float) - images.images[:12]
    shuffled = images.images[:12].astype(float) - images.images[[*range(1, 12), 0]]
    assert np.abs(error).mean() < np.abs(shuffled).mean()
    with Image.open(picture) as grid:
        assert grid.mode == "L"


@pytest.mark.parametrize("origin", ["prior", "fitted"])
def test_the_same_seed_draws_the_same_images(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path, origin: str
) -> None:
    drawn = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        file = tmp_path / f"{name}.npz"
        arguments = ("--count", 9, "--from", origin, "--seed", seed)
        assert latentexplorer("sample", digits_run, *arguments, "--out", file)[0] == 0
        with np.load(file) as content:
            drawn.append(content["images"])
    assert drawn[0].shape == (9, 8, 8, 1)
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).any()


@pytest.mark.parametrize("name", ["many.png", "many.npz"])
def test_more_images_than_memory_holds_are_refused_before_they_are_drawn(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path, name: str
) -> None:
    code, _, err = latentexplorer("sample", digits_run, "--count", 999_999_999, "--out", tmp_path / name)
    assert code == 2 and "fewer images" in err


def test_project_writes_a_row_per_image(latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path) -> None:
    file = tmp_path / "coords.csv"
    assert latentexplorer("project", digits_run, "--method", "pca", "--out", file, "--quiet")[0] == 0
    with file.open() as lines:
        table = list(csv.DictReader(lines))
    assert len(table) == 300
    assert {row["label"] for row in table} == {str(digit) for digit in range(10)}
    assert all(math.isfinite(float(row["x"])) for row in table)
    # How far the map can be trusted, beside what not to read into it.
    code, out, _ = latentexplorer(
        "project", digits_run, "--method", "pca", "--out", file, "--json", "--set", "neighbours=9"
    )
    facts = json.loads(out)
    assert code == 0 and facts["file"] == str(file) and "whole code" in facts["caution"]
    kept = facts["preservation"]
    assert (kept["neighbours"], kept["points"], kept["measured_points"]) == (9, 300, 300)
    assert all(0 < kept[measure] <= 1 for measure in ("trustworthiness", "continuity", "neighbours_kept"))


def test_a_map_that_one_command_laid_out_is_there_for_the_next(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path
) -> None:
    run, figure, file = tmp_path / "run", tmp_path / "map.png", tmp_path / "coords.csv"
    shutil.copytree(digits_run, run)
    kept = "The t-SNE that is kept with the run is taken"
    sets = ("--set", "steps=30", "method=tsne")
    where = ("where=class = 3 and error > 0,1",)
    code, _, err = latentexplorer("figure", "map", run, "--out", figure, *sets)
    assert code == 0 and kept not in err
    before = figure.read_bytes()
    code, _, err = latentexplorer("figure", "map", run, "--out", figure, *sets)
    assert code == 0 and kept in err and figure.read_bytes() == before
    code, _, err = latentexplorer("figure", "map", run, "--out", figure, *sets, "--fresh")
    assert code == 0 and kept not in err
    code, _, err = latentexplorer("project", run, "--method", "tsne", "--out", file, "--set", "steps=30", *where)
    assert code == 0 and kept in err and "of 300 codes found: class = 3 and error > 0,1" in err
    with file.open() as lines:
        rows = list(csv.DictReader(lines))
    assert 0 < len(rows) < 40 and {row["class"] for row in rows} == {"3"}
    code, _, err = latentexplorer("project", run, "--out", file, "--fresh", "--set", "steps=30")
    assert code == 0 and kept not in err
    # The recipe holds the search; a search that is not understood is refused in a line.
    assert latentexplorer("figure", "map", run, "--out", figure, *sets, *where)[0] == 0
    assert read_recipe(figure).view_settings().where == "class = 3 and error > 0,1"
    code, _, err = latentexplorer("figure", "map", run, "--out", figure, *sets, "where=erorr > 1")
    assert code == 2 and "There is no column 'erorr'; columns are class, error" in err and "Traceback" not in err
    # A run that cannot be written to is used all the same, and it is said.
    shutil.rmtree(run / "maps")
    (run / "maps").write_text("")
    code, _, err = latentexplorer("figure", "map", run, "--out", figure, *sets)
    assert code == 0 and "Not kept with the run" in err
    assert latentexplorer("figure", "loss", run, "--out", figure, "--fresh")[0] == 2


def test_an_exported_decoder_gives_the_same_images(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path
) -> None:
    from onnx.reference import ReferenceEvaluator

    file = tmp_path / "decoder.onnx"
    assert latentexplorer("export", digits_run, "--out", file)[0] == 0
    z = np.random.default_rng(0).standard_normal((5, 2)).astype(np.float32)
    (x_hat,) = ReferenceEvaluator(str(file)).run(None, {"z": z})
    from latentexplorer.runs import Trained

    expected = Trained.load(digits_run, with_data=False).decode(z)
    np.testing.assert_allclose(np.moveaxis(x_hat, 1, -1), expected, atol=1e-5)


def test_a_run_goes_on_for_more_epochs(latentexplorer: Latentexplorer, tmp_path: Path) -> None:
    run = tmp_path / "run"
    few = ("--set", "training.epochs=1", "data.train_per_class=5", "data.test_per_class=2")
    assert latentexplorer("train", "--preset", "digits-vad", "--out", run, *few, "--quiet")[0] == 0
    assert latentexplorer("train", "--out", run, "--resume", "--set", "training.epochs=3", "--quiet")[0] == 0
    assert RunFolder.open(run).history.column("epoch") == [1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["train"], "--preset"),
        (["train", "--preset", "digit-vae"], "Did you mean digits-vae"),
        (["train", "--preset", "digits-vae", "--set", "training.lr=fast"], "training.lr"),
        (["train", "--preset", "digits-vae", "--set", "data.name=images", "data.path=nowhere"], "nowhere"),
        (["train", "--config", "nowhere.toml"], "nowhere.toml"),
        (["train", "--preset", "digits-vae", "--resume"], "--out"),
        (["evaluate", "nowhere"], "There is no run at nowhere"),
        (["figure", "mapp", "nowhere", "--out", "x.png"], "Did you mean map"),
        (["figure", "map", "nowhere", "--out", "x.bmp"], ".png"),
        (["sample", "nowhere", "--out", "x.png", "--count", "0"], "--count"),
        (["list", "everything"], "choose from"),
        (["fly"], "choose from"),
        (["reproduce", "ad-129"], "ad-128"),
    ],
)
def test_a_wrong_call_ends_in_one_line_that_says_what_to_do(
    latentexplorer: Latentexplorer, arguments: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = latentexplorer(*arguments)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert expected in err
    assert list(tmp_path.iterdir()) == []


def test_images_and_a_model_need_no_preset_and_a_rough_look_takes_no_time(
    latentexplorer: Latentexplorer, tmp_path: Path
) -> None:
    path = tmp_path / "pca"
    code, out, err = latentexplorer(
        "train", "--set", "data.name=digits", "model.family=pca", "model.latent_dim=4", "--out", path, "--quiet"
    )
    assert code == 0, err
    config = RunFolder.open(path).config
    assert (config.model.family, config.data.name, config.model.latent_dim) == ("pca", "digits", 4)
    code, out, err = latentexplorer("evaluate", path, "--quick", "--json", "--quiet")
    assert code == 0 and json.loads(out)["evaluation"]["quick"], err
    assert json.loads(out)["test"]["log_likelihood"] > json.loads(out)["train"]["log_likelihood"] - 10
    code, _, err = latentexplorer("train", "--set", "model.latent_dim=4", "--out", tmp_path / "no", "--quiet")
    assert code != 0 and "Nothing to train is named" in err


def test_more_steps_of_encode_fit_a_code_further(latentexplorer: Latentexplorer, tmp_path: Path) -> None:
    small = ("data.train_per_class=10", "data.test_per_class=2", "training.epochs=2")
    run, images = tmp_path / "vad", tmp_path / "some.npy"
    np.save(images, load_data(RunConfig().data).test.images[:6])
    assert latentexplorer("train", "--preset", "digits-vad", "--out", run, "--quiet", "--set", *small)[0] == 0
    found = []
    for steps in (["--steps", 1], ["--steps", 300], []):
        code, _, err = latentexplorer("encode", run, images, "--out", tmp_path / "codes.npz", "--quiet", *steps)
        assert code == 0, err
        with np.load(tmp_path / "codes.npz") as file:
            found.append(file["mean"])
    assert not np.allclose(found[0], found[1]) and np.array_equal(found[1], found[2])


def test_encode_says_how_odd_and_how_likely_each_code_is(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path
) -> None:
    images, out = tmp_path / "some.npy", tmp_path / "codes.npz"
    usual = load_data(RunConfig().data).test.images[:60]
    np.save(images, np.concatenate([usual, 255 - usual[:20]]))
    code, _, err = latentexplorer("encode", digits_run, images, "--out", out, "--support")
    assert code == 0 and "codes are odder than 95 % of" in err and "is compared with" in err, err
    with np.load(out) as file:
        odd, prior, fitted = (file[name] for name in ("odder_than", "likelier_prior", "likelier_fitted"))
    assert odd.shape == prior.shape == fitted.shape == (80,) and ((odd >= 0) & (odd <= 1)).all()
    # Negatives of images, which it has never seen.
    assert odd[:60].mean() < 0.7 < odd[60:].mean()
