"""`sweep`: one run a combination, checked before the first of them, resumed, extended; known answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.runs import RunFolder, list_runs

from .conftest import Latentexplorer


def linear_images(path: Path, factors: int, seed: int) -> Path:
    """Images that so many factors make, with a little noise: mixed patterns that do not overlap."""
    generator = np.random.default_rng(seed)
    patterns = np.zeros((factors, 8, 8))
    for number in range(factors):
        patterns[number, number] = generator.choice([-1.0, 1.0], 8)
    images = 0.5 + 0.12 * np.einsum("nk,khw->nhw", generator.standard_normal((120, factors)), patterns)
    images += 0.01 * generator.standard_normal(images.shape)
    np.save(path, (255 * images.clip(0, 1)).round().astype(np.uint8))
    return path


PCA = ("model.family=pca", "data.name=images", "data.test_fraction=0.5", "training.device=cpu")


@pytest.mark.parametrize(("factors", "seed"), [(3, 0), (4, 1)])
def test_the_knee_lies_at_the_number_of_factors(
    latentexplorer: Latentexplorer, tmp_path: Path, factors: int, seed: int
) -> None:
    images = linear_images(tmp_path / "images.npy", factors, seed)
    out = tmp_path / "sweep"
    code, text, _ = latentexplorer(
        "sweep",
        "--set",
        *PCA,
        f"data.path={images}",
        "--vary",
        "model.latent_dim=1,2,3,4,5,6",
        "--out",
        out,
        "--json",
    )
    assert code == 0
    found = {curve["measure"]: curve for curve in json.loads(text)["curves"]}
    assert found["rmse"]["knee"] == str(factors) and found["rmse"]["values"] == [str(n) for n in range(1, 7)]
    assert found["bound"]["knee"] == str(factors)
    with Image.open(out / "sweep.png") as picture:
        assert picture.size[0] > 300


def test_a_sweep_is_gone_on_with_extended_and_told_again(latentexplorer: Latentexplorer, tmp_path: Path) -> None:
    out = tmp_path / "dims"
    small = ("data.limit=40", "data.test_per_class=3", "data.size=8", "training.epochs=1", "training.numerics=exact")
    asked = ("sweep", "--preset", "digits-vae", "--set", *small, "--out", out)
    code, text, err = latentexplorer(*asked, "--vary", "model.latent_dim=1,2", "--seeds", "2")
    assert code == 0 and "run 1 of 4" in err
    assert "± " in text and "latent_dim" in text and text.splitlines()[-1] == str(out)
    first = {path.parent.name: path.read_bytes() for path in out.glob("*/model.safetensors")}
    assert len(first) == 4 and {RunFolder.open(out / name).config.model.latent_dim for name in first} == {1, 2}
    # A longer list, and another setting: what is there is not trained again.
    code, text, err = latentexplorer(*asked, "--vary", "model.latent_dim=1,2,3", "--json")
    assert code == 0 and "run 5 of 5" in err and "run 1 of" not in err
    code, text, err = latentexplorer(*asked, "--vary", "model.latent_dim=3", "--vary", "model.beta=1,2", "--json")
    assert code == 0 and "run 6 of 6" in err
    told = json.loads(text)
    assert [run["settings"]["model.beta"] for run in told["runs"]] == [1, 1, 1, 1, 1, 2]
    assert {name: (out / name / "model.safetensors").read_bytes() for name in first} == first
    # Told again, without training and in another file.
    code, again, err = latentexplorer("sweep", "--out", out, "--json", "--figure", tmp_path / "again.pdf")
    assert code == 0 and "run " not in err and json.loads(again) == told
    assert (tmp_path / "again.pdf").read_bytes().startswith(b"%PDF")
    # Half of it is gone: it is trained anew, the rest is not.
    lost = sorted(first)[1]
    for path in sorted((out / lost).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert latentexplorer("sweep", "--out", out)[0] == 0
    assert RunFolder.open(out / lost).status == "finished"
    assert len(list_runs(tmp_path)) == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--vary", "model.latnt_dim=1,2"), "Did you mean model.latent_dim"),
        (("--vary", "model.latent_dim=2,two"), "With model.latent_dim=two: model.latent_dim = 'two'"),
        (("--vary", "model.latent_dim=2,,4"), "is missing"),
        (("--vary", "model.latent_dim="), "is missing"),
        (("--vary", "model.latent_dim"), "KEY=V1,V2"),
        (("--vary", "training.seed=1,2"), "--seeds N"),
        (("--vary", "model.beta=1", "--vary", "model.beta=2"), "varied twice"),
        (("--vary", "model.latent_dim=2,3", "--set", "model.latent_dim=4"), "set and varied"),
        (("--vary", "model.beta=1,2", "--set", "model.family=pca"), "changes nothing"),
        (("--vary", "data.limit=" + ",".join(map(str, range(1, 1200)))), "1,000 at most"),
        (("--vary", "model.family=vae,vea"), "vea"),
        (("--vary", "model.latent_dim=2,3", "--set", "training.epochs=0"), "training.epochs"),
        ((), "Nothing is varied"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_trained(
    latentexplorer: Latentexplorer, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = latentexplorer("sweep", "--preset", "digits-vae", "--out", tmp_path / "new", *arguments)
    assert code == 2 and said in err and len(err.strip().splitlines()) == 1 and not out
    assert not (tmp_path / "new").exists()


def test_a_folder_of_something_else_or_of_another_sweep_is_left_alone(
    latentexplorer: Latentexplorer, tmp_path: Path
) -> None:
    out = tmp_path / "sweep"
    asked = ("sweep", "--set", "model.family=pca", "data.limit=30", "--vary", "model.latent_dim=1,2", "--out")
    assert latentexplorer(*asked, out)[0] == 0
    before = (out / "sweep.json").read_bytes()
    code, _, err = latentexplorer(*asked, out, "--set", "data.limit=40")
    assert code == 2 and "data.limit 30, now 40" in err and (out / "sweep.json").read_bytes() == before
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    code, _, err = latentexplorer(*asked, tmp_path / "other")
    assert code == 2 and "letter.txt" in err
    for damage in (b"{", b"[]", b'{"settings": {}, "vary": ["model.beta"], "runs": [{"name": "../x"}]}'):
        (out / "sweep.json").write_bytes(damage)
        code, _, err = latentexplorer("sweep", "--out", out)
        assert code == 2 and "sweep.json is" in err and len(err.strip().splitlines()) == 1


def test_one_run_that_cannot_be_trained_leaves_the_others(latentexplorer: Latentexplorer, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    asked = ("sweep", "--set", "model.family=pca", "data.limit=30", "--vary", "model.latent_dim=1,2,3", "--out", out)
    assert latentexplorer(*asked)[0] == 0
    # Somebody has put another run into the place of one.
    name = next(run.name for run in list_runs(out) if run.config is not None and run.config.model.latent_dim == 2)
    folder = RunFolder.open(out / name)
    folder.write_config(folder.config.updated(["data.limit=20"]))
    code, text, err = latentexplorer(*asked, "--json")
    assert code == 2 and "data.limit 20, asked for 30" in err
    told = json.loads(text)
    assert [run["status"] for run in told["runs"]] == ["finished", "damaged", "finished"]
    assert told["curves"][0]["values"] == ["1", "3"]
