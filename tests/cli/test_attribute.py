"""`latentexplorer attribute`: a receipt, a file, a direction that is kept, pictures of codes that were moved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.runs import Trained
from tests.cli.conftest import Latentexplorer


def test_a_direction_is_made_kept_shared_and_applied(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "copy"
    shutil.copytree(digits_run, run)
    file = tmp_path / "direction.json"
    code, out, _ = latentexplorer(
        "attribute", run, "--from", "1", "--to", "7", "--keep", "seven", "--out", file, "--json"
    )
    told = json.loads(out)
    assert code == 0 and told["held_out_accuracy"]["chance"] == 0.5 and told["file"] == str(file)
    assert told["held_out_accuracy"]["images_from"] == told["held_out_accuracy"]["images_to"] == 10
    trained = Trained.load(run)
    codes = trained.codes["train"]
    step = codes.loc[codes.labels == 7].mean(0) - codes.loc[codes.labels == 1].mean(0)
    np.testing.assert_allclose(told["step"], step, atol=1e-5)
    moved = trained.decode((trained.codes["test"].loc[:1] + 0.5 * step).astype(np.float32))
    for way in (("--apply", file), ("--kept", "seven")):
        out_file = tmp_path / "moved.npz"
        code, out, _ = latentexplorer("attribute", run, *way, "--base", "test:0", "--amount", "0.5", "--out", out_file)
        assert code == 0 and "chance 50 %" in out and out.strip().endswith("moved.npz")
        with np.load(out_file) as found:
            assert np.abs(found["images"].astype(float) - np.rint(moved * 255)).max() <= 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "dog", "--to", "7"), "dog"),
        (("--apply", "nowhere.json"), "cannot be read"),
        (("--kept", "nothing"), "keeps no direction"),
        (("--kept", "a", "--to", "7"), "or one that is kept"),
        (("--to", "7", "--out", "a.txt"), ".json or .png or .npz"),
        (("--to", "7", "--amount", "nan"), "low"),
        (("--to", "7", "--keep", " "), "by a name"),
        (("--to", "7", "--keep", "\udcff"), "no text"),
    ],
)
def test_what_does_not_go_is_said_in_a_line(
    latentexplorer: Latentexplorer, digits_run: Path, arguments: tuple[str, ...], words: str
) -> None:
    code, out, err = latentexplorer("attribute", digits_run, *arguments)
    assert code == 2 and not out and words in err and len(err.splitlines()) == 1


def test_a_file_of_a_stranger_is_applied_at_the_far_end_and_does_nothing_to_the_terminal(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path
) -> None:
    file, moved = tmp_path / "direction.json", tmp_path / "moved.npz"
    assert latentexplorer("attribute", digits_run, "--from", "1", "--to", "7", "--out", file)[0] == 0
    given = json.loads(file.read_text())
    wild = "\x1b[2J\u202e\n"
    given["attribute"] |= {"name": wild, "from_words": wild, "to_words": wild}
    given["attribute"]["receipt"] |= {"notes": [wild], "left_out": [wild]}
    file.write_text(json.dumps(given))
    code, out, _ = latentexplorer(
        "attribute", digits_run, "--apply", file, "--base", "test:0", "--amount", "100", "--out", moved
    )
    assert code == 0 and "\x1b" not in out and "\u202e" not in out
    assert "[2J" in out and "as the file states" in out.splitlines()[0]
    trained, step = Trained.load(digits_run), np.array(given["attribute"]["step"])
    expected = trained.decode((trained.codes["test"].loc[:1] + 100 * step).astype(np.float32))
    with np.load(moved) as found:
        assert np.abs(found["images"].astype(float) - np.rint(expected * 255)).max() <= 1
    given["attribute"]["fits"] |= {"run": wild, "family": wild}
    file.write_text(json.dumps(given))
    code, _, err = latentexplorer("attribute", digits_run, "--apply", file)
    assert code == 2 and "\x1b" not in err and len(err.splitlines()) == 1
