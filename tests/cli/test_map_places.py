"""`decode --map`: places of the map, with the error that each will have."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.runs import Trained
from tests.cli.conftest import Latentexplorer


def test_a_place_is_decoded_and_its_error_is_told(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "places.npz"
    which = ("--set", "method=pca", "way=neighbours", "--json")
    code, printed, _ = latentexplorer("decode", digits_run, "--map=-1,0.5", "--map=0,0", "--out", out, *which)
    told = json.loads(printed)
    assert code == 0 and told["way"] == "neighbours" and told["images"] == str(out)
    assert [(place["x"], place["y"]) for place in told["places"]] == [(-1, 0.5), (0, 0)]
    assert all(0 < place["pixel_rmse"] < told["at_random"]["pixel_rmse"] for place in told["places"])
    z = np.array([place["code"] for place in told["places"]])
    images = Trained.load(digits_run, with_data=False).decode(z)
    with np.load(out) as file:
        np.testing.assert_allclose(file["images"], images * 255, atol=1)
    picture = tmp_path / "place.png"
    code, printed, _ = latentexplorer("decode", digits_run, "--map=0,0", "--out", picture, *which[:-1])
    lines = printed.splitlines()
    assert code == 0 and lines[0] == str(picture) and lines[1].startswith("(0, 0) neighbours: pixel error about ")
    assert "at random" in lines[1]
    with Image.open(picture) as image:
        assert image.size == images.shape[2:0:-1]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--map=1",), "--map 1 is not X,Y"),
        (("--map=1,nan",), "is not X,Y"),
        (("codes.npz", "--map=1,2"), "Give CODES or --map"),
        ((), "There are no codes to decode"),
        (("--map=1,2", "--set", "way=best"), "way"),
        (("--map=1,2", "--label", "3"), "decodes without a class"),
        (("codes.npz", "--json"), "--map X,Y"),
    ],
)
def test_a_place_that_is_none_is_told_in_one_line(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path, arguments: tuple[str, ...], why: str
) -> None:
    code, printed, err = latentexplorer("decode", digits_run, *arguments, "--out", tmp_path / "x.png")
    assert code == 2 and why in err and not printed and "Traceback" not in err and not (tmp_path / "x.png").exists()
