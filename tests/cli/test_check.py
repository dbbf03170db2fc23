"""`latentexplorer check`: what reading a person's images would do, on the screen and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .conftest import Latentexplorer


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Five images in two classes, one of them broken; a text beside them."""
    for number in range(5):
        path = tmp_path / "pictures" / ("cats", "dogs")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8 + number, 8), 40 * number, np.uint8)).save(path)
    (tmp_path / "pictures" / "dogs" / "broken.png").write_bytes(b"no image")
    (tmp_path / "pictures" / "notes.txt").write_text("x")
    return tmp_path / "pictures"


def test_what_is_in_a_folder_is_printed_and_what_stops_a_training_ends_in_an_error(
    latentexplorer: Latentexplorer, pictures: Path
) -> None:
    code, out, err = latentexplorer("check", pictures)
    assert code == 2
    assert len(err.strip().splitlines()) == 1 and "broken.png" in err and "skip_unreadable=true" in err
    for said in ("6", "8 x 8 (1)", "cats", "dogs", "broken.png", "suggested: --set data.size=28"):
        assert said in out
    code, out, err = latentexplorer("check", pictures, "--set", "data.size=8", "data.skip_unreadable=true")
    assert (code, err) == (0, "")
    for said in ("4 to train on and 1 held out", "8 x 8 pixels", "notes.txt", "left out: dogs/broken.png", "resized"):
        assert said in out


def test_json_is_one_document_with_everything(latentexplorer: Latentexplorer, pictures: Path) -> None:
    code, out, _ = latentexplorer("check", pictures, "--json", "--set", "data.skip_unreadable=true")
    found = json.loads(out)
    assert code == 0 and found["images"] == 6 and found["train"] + found["held_out"] == 5
    assert found["classes"] == [{"name": "cats", "count": 3}, {"name": "dogs", "count": 2}]
    assert [row["file"] for row in found["unreadable"]] == ["dogs/broken.png"]
    assert found["path"] == str(pictures) and found["notes"] and not found["problem"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nowhere"], "nowhere is not there"),
        (["."], "holds no images"),
        ([], "PATH"),
        ([".", "--set", "model.latent_dim=3"], "no setting of the data"),
        ([".", "--set", "data.fit=bend"], "data.fit"),
    ],
)
def test_a_wrong_call_ends_in_one_line(
    latentexplorer: Latentexplorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = latentexplorer("check", *arguments)
    assert (code, out) == (2, "") and len(err.strip().splitlines()) == 1 and expected in err
