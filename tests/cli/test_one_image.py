"""What the commands about one image, or the oddest of many, print: told from the run itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.runs import Trained
from tests.cli.conftest import Latentexplorer

QUICK = ("--starts", "3", "--steps", "20")


def rmse(x_hat: np.ndarray, x: np.ndarray) -> float:
    return float(np.sqrt(np.square(x_hat - x / 255).mean()))


@pytest.fixture(scope="module")
def trained(digits_run: Path) -> Trained:
    return Trained.load(digits_run)


def test_fit_finds_a_code_whose_error_is_that_of_its_decode(
    latentexplorer: Latentexplorer, digits_run: Path, trained: Trained
) -> None:
    code, out, _ = latentexplorer("fit", digits_run, "test:3", *QUICK, "--json")
    told = json.loads(out)
    assert code == 0 and len(told["starts"]) == 3 and told["steps"] == 20
    image = trained.images("test").images[3]
    best = told["starts"][told["best"]]
    x_hat = trained.decode(np.array([told["code"]], np.float32), clamped=False)[0]
    assert best["error"] == pytest.approx(rmse(x_hat, image), abs=1e-5)
    assert best["objective"] == min(start["objective"] for start in told["starts"])
    # A search that begins at the encoder's code ends no worse.
    assert told["encoder_error"] == pytest.approx(told["starts"][0]["errors"][0])
    assert told["amortisation_gap"] >= 0
    # In units of what lies between training codes of the whole set, not of its first class.
    some = trained.codes_of("train").loc[np.linspace(0, len(trained.codes["train"]) - 1, 200).round().astype(int)]
    usual = np.median(np.linalg.norm(some[:, None] - some[None], axis=2)[np.triu_indices(200, 1)])
    kept = trained.codes_of("test")
    away = np.linalg.norm(told["code"] - kept.loc[kept.index == 3][0])
    assert told["known_distance"] == pytest.approx(away / usual, rel=1e-3)
    code, out, _ = latentexplorer("fit", digits_run, "test:3", *QUICK)
    assert code == 0 and sum(line.startswith("* ") for line in out.splitlines()) >= 1
    assert f"{best['error']:.4f}" in out


@pytest.mark.parametrize("masked", [False, True])
def test_mend_keeps_what_is_known_and_tells_both_errors(
    latentexplorer: Latentexplorer, digits_run: Path, trained: Trained, tmp_path: Path, masked: bool
) -> None:
    image = trained.images("test").images[3]
    height, width = image.shape[:2]
    erased = np.zeros((height, width), bool)
    erased[:, : width // 2] = True
    Image.fromarray(erased.astype(np.uint8) * 255).save(tmp_path / "mask.png")
    part = ("--mask", tmp_path / "mask.png") if masked else ("--missing", "left")
    out_file = tmp_path / "mended.npz"
    code, out, err = latentexplorer("mend", digits_run, "test:3", *part, *QUICK, "--out", out_file, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["erased"], told["pixels"]) == (erased.sum(), erased.size)
    with np.load(out_file) as file:
        images = file["images"]
    for shown, row in zip(images, told["runs"][0]["completions"], strict=True):
        x_hat = trained.decode(np.array([row["code"]], np.float32), clamped=False)[0]
        shown = shown.reshape(x_hat.shape)
        scale = 255 if shown.dtype == np.uint8 else 1
        np.testing.assert_allclose(shown[~erased] / scale, image[~erased] / 255, atol=1e-2)
        np.testing.assert_allclose(shown[erased] / scale, x_hat[erased].clip(0, 1), atol=1e-2)
        assert row["error_left"] == pytest.approx(rmse(x_hat[~erased], image[~erased]), abs=1e-4)
        assert row["error_missing"] == pytest.approx(rmse(x_hat[erased], image[erased]), abs=1e-4)


def a_mask(folder: Path, size: tuple[int, int]) -> Path:
    path = folder / "mask.png"
    Image.new("L", size).save(path)
    return path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--mask", "{none}"), "There is no mask at"),
        (("--mask", "{text}"), "cannot be read as a mask"),
        (("--mask", "{folder}"), "cannot be read as a mask"),
        (("--mask", "{large}"), "is 300 × 2 pixels, the images are"),
        (("--missing", "middle"), "middle"),
        (("--missing", "left", "--with", "{run}"), "is the run itself"),
        (("--missing", "left", "--with", "{none}"), "none"),
        (("--missing", "left", "--out", "{folder}/x.jpg"), ".png"),
    ],
)
def test_what_mend_cannot_do_is_said_in_a_line(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    places = {
        "none": tmp_path / "none.png",
        "text": tmp_path / "text.png",
        "folder": tmp_path,
        "large": a_mask(tmp_path, (300, 2)),
        "run": digits_run,
    }
    given = [argument.format(**places) for argument in arguments]
    code, out, err = latentexplorer("mend", digits_run, "test:3", *given, *QUICK)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert said in err


@pytest.mark.parametrize("missing", [(), ("--missing", "all")])
def test_nothing_and_everything_erased_are_said(
    latentexplorer: Latentexplorer, digits_run: Path, missing: tuple[str, ...]
) -> None:
    code, out, _ = latentexplorer("mend", digits_run, "test:3", *missing, *QUICK, "--json")
    told = json.loads(out)
    row = told["runs"][0]["completions"][0]
    assert code == 0 and any(("All is erased" if missing else "Nothing is erased") in note for note in told["notes"])
    assert (row["error_left"] is None, row["error_missing"] is None) == (bool(missing), not missing)


@pytest.mark.parametrize("command", ["fit", "mend"])
@pytest.mark.parametrize(("image", "said"), [("test:100000", "100000"), ("none.png", "none.png"), ("", "image")])
def test_an_image_that_is_not_there_is_named(
    latentexplorer: Latentexplorer, digits_run: Path, command: str, image: str, said: str
) -> None:
    code, out, err = latentexplorer(command, digits_run, image, *QUICK)
    assert (code, out, err.count("\n")) == (2, "", 1), (code, out, err)
    assert said in err


def test_odd_lists_the_worst_with_p_values_counted_from_all_errors(
    latentexplorer: Latentexplorer, digits_run: Path, trained: Trained
) -> None:
    code, out, _ = latentexplorer("odd", digits_run, "--top", 5, "--json")
    told = json.loads(out)
    codes = trained.codes_of("test")
    images = trained.images("test").images[codes.index]
    x_hat = trained.decode(codes.loc, clamped=False)
    errors = np.sqrt(np.square(x_hat - images / 255).mean((1, 2, 3)))
    worst = np.argsort(-errors)[:5]
    assert code == 0 and told["images"] == len(errors)
    assert [each["position"] for each in told["oddest"]] == codes.index[worst].tolist()
    for place, each in enumerate(told["oddest"], 1):
        assert each["rmse"] == pytest.approx(float(errors[worst[place - 1]]), rel=1e-4)
        assert each["p"] == pytest.approx(place / len(errors))
    code, out, _ = latentexplorer("odd", digits_run, "--part", "train", "--top", 2, "--json")
    told = json.loads(out)
    assert [(each["rank"], each["p"]) for each in told["oddest"]] == [(1, None), (2, None)]
    assert all(each["learned"] for each in told["oddest"])


def test_swap_tells_of_each_class_and_says_of_others_what_to_train(
    latentexplorer: Latentexplorer, home: Path, digits_run: Path, tmp_path: Path
) -> None:
    path, out_file = home / "swapping", tmp_path / "swapped.npz"
    small = ("data.name=shapes", "data.size=10", "data.count=90", "training.epochs=1", "model.family=cvae")
    assert latentexplorer("train", "--out", path, "--quiet", "--set", *small)[0] == 0
    code, out, err = latentexplorer("swap", path, "test:1", "--json", "--out", out_file)
    assert code == 0, err
    told = json.loads(out)
    assert [each["class"] for each in told["classes"]] == ["square", "ellipse", "triangle"]
    assert told["checked"]["swaps"] == 200
    run = Trained.load(path)
    z = np.array([told["code"]] * 3, np.float32)
    with np.load(out_file) as file:
        np.testing.assert_allclose(file["images"] / 255, run.decode(z, np.arange(3)), atol=1 / 254)
    code, out, _ = latentexplorer("swap", path, "test:1", "--to", "triangle")
    assert code == 0 and f"{told['classes'][2]['error']:.4f}" in out and "ellipse" not in out.splitlines()[2]
    code, out, err = latentexplorer("swap", digits_run, "test:1")
    assert (code, out, err.count("\n")) == (2, "", 1) and "glyphs-cvae" in err
    code, out, err = latentexplorer("swap", path, "test:1", "--to", "circle")
    assert (code, out, err.count("\n")) == (2, "", 1) and "circle" in err
    # A class without training images has no mean image.
    path = home / "swapping-two"
    assert latentexplorer("train", "--out", path, "--quiet", "--set", *small, "data.limit=2")[0] == 0
    code, out, err = latentexplorer("swap", path, "test:1", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert None in [each["mean_image_error"] for each in told["classes"]]
    assert not any("nan" in note for note in told["notes"])
