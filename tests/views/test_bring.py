"""New images brought to a run, without a window."""

from __future__ import annotations

import base64
import copy
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.errors import DataError, NotApplicableError
from latentexplorer.runs import Trained
from latentexplorer.views.bring import bring, negative, read
from latentexplorer.views.code import OURS, Code
from latentexplorer.views.new_image import NewImage
from latentexplorer.views.registry import load_view, settings_from


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Seven pictures, and a file that only looks like one."""
    for number in range(7):
        pixels = np.full((9, 9), 30 * number, np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.png").write_bytes(b"nothing")
    return tmp_path


def test_what_is_left_out_is_said_with_counts_and_names(
    small_run: Callable[..., Trained], pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small_run("vae")
    given = read(run, [str(pictures)])
    assert [image.name for image in given.images] == [f"{number}.png" for number in range(7)]
    assert any("1 file left out: broken.png" in note for note in given.notes)
    given = read(run, [str(pictures)], most=3)
    assert len(given.images) == 3
    assert any("3 of the " in note and "evenly spread" in note for note in given.notes)
    files = [str(pictures / f"{number}.png") for number in range(5)]
    given = read(run, files, most=3)
    assert len(given.images) == 3
    assert any("the first 3 of 5 images" in note for note in given.notes)
    with pytest.raises(DataError, match="None of these"):
        read(run, [str(pictures / "broken.png"), str(pictures / "gone.png")])


@pytest.mark.parametrize("family", ["vae", "cvae"])
def test_images_to_look_at_need_no_classes_and_no_table_that_fits(
    small_run: Callable[..., Trained], pictures: Path, family: str
) -> None:
    # Beside the pictures lies a folder of a class, and a table of other images.
    (pictures / "3").mkdir()
    Image.fromarray(np.full((9, 9), 200, np.uint8)).save(pictures / "3" / "x.png")
    (pictures / "columns.csv").write_text("file,age\nother.png,4\n")
    run = small_run(family)
    given = read(run, [str(pictures)])
    assert len(given.images) == 8
    notes = " | ".join(given.images[0].notes)
    assert "beside the sub-folders" in notes and "columns.csv is not read" in notes
    codes = bring(run, given)
    by_name = next(code for code in codes if code.image is not None and code.image.name == "x.png")
    assert by_name.y == (3 if family == "cvae" else None), "its folder is called as a class of the run"


def test_a_class_is_known_by_its_name_whatever_its_case(small_run: Callable[..., Trained], tmp_path: Path) -> None:
    run = small_run("cvae", "data.name=shapes", "data.size=10", "data.count=90")
    for name in ("ELLIPSE/a.png", "Triangle.png", "ellipses.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((9, 9), 90, np.uint8)).save(tmp_path / name)
    given = read(run, [str(tmp_path / name) for name in ("ELLIPSE/a.png", "Triangle.png", "ellipses.png")])
    assert given.labels == ["ellipse", "triangle", ""]


@pytest.mark.parametrize("family", ["vae", "vad", "pca", "cvae"])
def test_a_figure_of_new_images_needs_nothing_but_their_files(
    small_run: Callable[..., Trained], pictures: Path, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    run = small_run(family)
    monkeypatch.chdir(pictures)
    codes = bring(run, read(run, ["2.png", "5.png"]))
    settings = settings_from("reconstructions", ['images=["2.png", "5.png"]'])
    # Read elsewhere, the settings still mean these files.
    assert settings.images == tuple(str(pictures / name) for name in ("2.png", "5.png"))
    result = load_view("reconstructions").compute(run, settings)
    y = [code.y for code in codes] if family == "cvae" else None
    np.testing.assert_allclose(result.images, run.decode(np.stack([code.z for code in codes]), y), atol=1e-6)
    one = load_view("decoded").compute(run, settings_from("decoded", ["image=5.png"]))
    assert one.original is not None and one.error is not None
    np.testing.assert_array_equal(one.original, codes[1].image.pixels)


def test_codes_that_are_not_finite_are_refused(small_run: Callable[..., Trained], pictures: Path) -> None:
    import torch

    run = copy.copy(small_run("vae"))
    run.model = copy.deepcopy(run.model)
    with torch.no_grad():
        for parameter in run.model.parameters():
            parameter.fill_(torch.nan)
    with pytest.raises(NotApplicableError, match="no finite code"):
        bring(run, read(run, [str(pictures / "3.png")]))


def test_a_picture_travels_with_its_code_and_nothing_else_is_taken_for_one() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    image = NewImage(pixels, "a", ("/somewhere/a.png",), ("turned to grey",))
    back = Code.from_mime(Code(np.zeros(2), image=image).to_mime())
    assert back is not None and back.image is not None
    np.testing.assert_array_equal(back.image.pixels, pixels)
    assert (back.image.name, back.image.files, back.image.notes) == (image.name, image.files, image.notes)
    strange = Code(np.ones(2), 3, "train", 10**30, label=-4, image=image).to_mime().replace(OURS.encode(), b"another's")
    elsewhere = Code.from_mime(strange)
    # What image 5 is there, and what class 3, is another one here.
    assert elsewhere is not None and elsewhere.z.tolist() == [1, 1] and not elsewhere.of_image
    assert (elsewhere.y, elsewhere.label, elsewhere.image) == (None, None, None)
    values = image.to_values()
    for key, wrong in (("picture", "no base64!"), ("picture", "aGVsbG8="), ("notes", 3), ("name", None)):
        damaged = {name: value for name, value in {**values, key: wrong}.items() if value is not None}
        assert NewImage.of_values(damaged) is None
    assert NewImage.of_values(values, 15) is None
    # Larger than Pillow itself opens.
    huge = b"IHDR" + (30_000).to_bytes(4, "big") * 2 + b"\x01\0\0\0\0"
    head = b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + huge + zlib.crc32(huge).to_bytes(4, "big")
    assert (
        NewImage.of_values({**values, "picture": base64.b64encode(head + b"\0\0\0\0IDAT" + bytes(4)).decode()}) is None
    )


@pytest.mark.parametrize(
    ("ground", "known", "expected"), [(255, 0, True), (0, 255, True), (0, 120, False), (20, 0, False), (120, 0, False)]
)
def test_only_what_is_clearly_dark_or_bright_has_a_negative(
    small_run: Callable[..., Trained], ground: int, known: int, expected: bool
) -> None:
    run = copy.copy(small_run("vae"))
    assert run.data is not None
    same = replace(run.data.train, images=np.full_like(run.data.train.images, known))
    run.data = replace(run.data, train=same)
    assert negative(run, NewImage(np.full((8, 8, 1), ground, np.uint8), "a")) is expected
