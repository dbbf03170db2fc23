"""The systems of the reports: a row for each, trained and measured again, and not twice."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.cli.published import Measured, published
from latentexplorer.cli.reference import Row, figures_of_several, measured, rows, sigmoid_floor, spread
from latentexplorer.cli.reproduce_command import _row
from latentexplorer.cli.reproduced_table import SAMPLES, markdown, summary, text, text_line
from latentexplorer.core.cancellation import NEVER
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.events import ignore
from latentexplorer.core.history import History
from latentexplorer.core.presets import presets
from latentexplorer.data import load_data
from latentexplorer.latent import evaluation

from .conftest import Latentexplorer, cannot_be_kept


def test_every_preset_of_a_report_has_a_row_and_every_row_a_preset() -> None:
    reported = {name for name, preset in presets().items() if preset.report}
    others = {row.preset for row in published() if row.preset}
    assert {row.preset for row in rows()} | others == reported and not {row.preset for row in rows()} & others
    for preset in others:
        presets()[preset].config()
    for row in rows():
        presets()[row.preset].config(row.settings)
    for figure in figures_of_several():
        assert set(figure.of) <= {row.system for row in rows()}


def test_a_name_with_settings_is_one_row_of_several() -> None:
    assert {row.settings for row in rows(["vae-3"])} > {row.settings for row in rows(["vae-3 model.beta=1"])}
    assert [row.settings for row in rows(["vae-3 model.beta=1"])] == [("model.beta=1",)]
    with pytest.raises(SettingsError, match=r"Did you mean vae-3 model\.beta=1"):
        rows(["vae-3 model.beta=1.1"])


def test_better_means_lower_or_higher_as_the_metric_says() -> None:
    error = Row("ad-128", "test.norm_metric", "fitted", reported=0.127)
    assert (error.met(0.127), error.met(0.13), error.met(None)) == (True, False, None)
    reading = Row("ae-2", "test.readability", "mean of 3", reported=78.11, better="higher")
    assert (reading.met(80), reading.met(70)) == (True, False)
    assert Row("vad-uniform-60", "test.norm_metric", "fitted", goal=0.1).met(0.09) is True
    # What is not of the same is not called better, however much less it is.
    assert next(row for row in rows() if row.name == "conv-vae-svhn").met(98.0) is None
    assert reading.met(78, [77, 79]) is False
    linear = Row("linear-ae-2", "test.readability", "mean of 3", reported=36.86, better="higher", within_spread=True)
    assert (linear.met(36.6, [36.1, 37.2]), linear.met(36.6, [36.1, 36.8])) == (True, False)


def test_what_is_equal_within_its_spread_is_not_called_better() -> None:
    row = Row("linear-ae-2", "test.readability", "mean of 3", reported=36.86, better="higher", within_spread=True)
    one, both, other = (
        _row(row, [mean], [mean - 0.5, mean + 0.6], [1.0], ["note"], ["run"]) for mean in (36.6, 37.0, 37.6)
    )
    assert [each["met"] for each in (one, both, other)] == [True] * 3 and one["by_range_alone"]
    # A mean on the better side says little while some of what it is the mean of is worse.
    assert not both["by_range_alone"] and " equal " in text_line(both)
    assert " equal " in text_line(one) and " better " in text_line(other)
    said = "3 of 3 rows are as good as reported or better, 2 of them equal within the range"
    assert said in summary([one, both, other])
    assert summary([other]).startswith("1 of 1 rows are as good as reported or better.")


def test_a_systems_draws_are_told_once_in_times_of_its_reconstructions() -> None:
    rows = [Row("vae-2", metric, "kind", reported=1.0) for metric in ("test.readability", "test.active_units")]
    found = dict(zip(SAMPLES, (4.0, 6.0, 20.0, 5.0), strict=True))
    results = [_row(row, [1.0], [1.0], [1.0], ["note"], ["run"]) | {"samples": found} for row in rows]
    nothing = _row(Row("separation", "test.mae", "kind"), [1.0], [1.0], [1.0], [], ["run"])
    drawn = text([*results, nothing]).split("Frechet distance from held-out")[1].splitlines()
    assert drawn[1].split() == ["vae-2", "4", "6", "1.5", "20", "5"] and drawn[2].startswith("fitted: draws")
    assert "| vae-2 | 4 | 6 | 1.5 | 20 | 5 |" in markdown(results)
    assert "Frechet" not in text([nothing]) + markdown([nothing])


def test_sums_are_made_as_the_reports_make_them() -> None:
    history = History([{"epoch": 1, "train_rmse": 0.1, "train_kl": 3.0, "train_sse_plus_kl": 13.0}])
    assert measured(Row("a", "train.mse255_plus_kl", "running"), {}, history) == pytest.approx(25.5**2 + 3)
    assert measured(Row("a", "train.4sse_plus_kl", "running"), {}, history) == pytest.approx(4 * 10 + 3)
    assert measured(Row("a", "train.norm_metric", "running"), {}, history) is None
    read = {"test": {"readability": {"mean": 80.5, "range": [79.0, 82.0]}}}
    row = Row("a", "test.readability", "mean of 3")
    assert (measured(row, read, history), spread(row, read, history)) == (80.5, [79, 82])
    parts = {"test": {"mae": 0.125}}
    assert measured(Row("a", "test.separation_error", "stored"), parts, history) == pytest.approx(0.5)


def test_a_sigmoid_cannot_reach_images_between_minus_one_and_one(data_root: Path) -> None:
    """The report trains colour images on [-1, 1] against outputs in [0, 1]: most of its loss is that."""
    black_and_white = np.array([0, 255], np.uint8).reshape(1, 1, 2, 1)
    assert sigmoid_floor(black_and_white) == pytest.approx(1)
    images = load_data(DataConfig(name="svhn", root=str(data_root))).train.images
    assert sigmoid_floor(images) == pytest.approx(396, rel=0.02)
    # The same by hand: the best output of every pixel is the pixel itself, held to [0, 1].
    shown = images[:50] / 127.5 - 1
    by_hand = ((shown - shown.clip(0, 1)) ** 2).sum(axis=(1, 2, 3)).mean()
    assert sigmoid_floor(images[:50]) == pytest.approx(by_hand)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One system of each family, or every one with `--all-rows`."""
    if "system" not in metafunc.fixturenames:
        return
    systems: dict[str, list[str]] = {}
    for row in rows():
        systems.setdefault(presets()[row.preset].config(row.settings).model.family, []).append(row.system)
    every = [system for several in systems.values() for system in dict.fromkeys(several)]
    # The README's commands and the tests below reproduce one of these.
    elsewhere = ("ad", "pca", "vae", "linear-ae")
    first = [several[0] for family, several in systems.items() if family not in elsewhere]
    metafunc.parametrize("system", every if metafunc.config.getoption("all_rows") else first)


def test_a_system_is_trained_and_measured(
    latentexplorer: Latentexplorer, data_root: Path, tmp_path: Path, system: str
) -> None:
    """Slow: networks of the size that the reports have.

    What is drawn of each sort of family, and of colours, is seen by `test_figures`; what of rows, by the test below.
    """
    places = ("--quick", "--json", "--quiet", "--data-root", data_root, "--out", tmp_path / "runs")
    code, out, err = latentexplorer("reproduce", system, *places)
    assert code == 0, err
    for row in json.loads(out):
        assert row["measured"] is not None and np.isfinite(row["measured"]), row


def test_a_finished_row_is_not_trained_again(latentexplorer: Latentexplorer, data_root: Path, tmp_path: Path) -> None:
    """Slow: rows are measured, which trains readers, before they can be left alone."""
    arguments = ("reproduce", "pca-2", "vae-2", "--quick", "--seeds", "2", "--json", "--quiet")
    places = ("--data-root", data_root, "--out", tmp_path / "runs")
    code, out, _ = latentexplorer(*arguments, *places)
    assert code == 0
    first = json.loads(out)
    assert [(row["name"], row["metric"]) for row in first] == [
        ("pca-2", "test.readability"),
        ("vae-2", "test.readability"),
        ("vae-2", "test.active_units"),
    ]
    for row in first:
        assert {"name", "metric", "kind", "reported", "measured", "range", "met", "seconds", "note"} <= set(row)
        assert row["range"][0] <= row["measured"] <= row["range"][1]
        kept = [json.loads((Path(run) / "metrics.json").read_text())["samples"] for run in row["runs"]]
        known = {key: [one[key] for one in kept if one[key] is not None] for key in SAMPLES}
        assert row["samples"] == {key: pytest.approx(np.mean(of)) if of else None for key, of in known.items()}
        # The history counts seconds from the start: the last row tells how long it took, not the sum.
        took = [History.load(Path(run) / "history.csv").column("seconds")[-1] for run in row["runs"]]
        assert row["seconds"] == pytest.approx(np.mean(took), abs=0.051)
    weights = {file: file.stat().st_mtime_ns for file in (tmp_path / "runs").rglob("model.safetensors")}
    runs = {Path(run).name for row in first for run in row["runs"]}
    kinds = ("pca-2", "vae-2", "vae-2-model.beta-200")
    assert runs == {f"{kind}-seed{seed}-quick" for kind in kinds for seed in (0, 1)}
    assert {tmp_path / "runs" / run / "model.safetensors" for run in runs} == set(weights)
    assert not any("other settings" in row["note"] for row in first)
    again = [argument for argument in arguments if argument != "pca-2"]
    assert json.loads(latentexplorer(*again, *places, "--figures", tmp_path / "figures")[1]) == first[1:]
    assert {file: file.stat().st_mtime_ns for file in weights} == weights
    # Nothing is measured only to be told of, which may take as long as a training.
    measures = tmp_path / "runs" / "vae-2-seed1-quick" / "metrics.json"
    kept = json.loads(measures.read_text())
    measures.write_text(json.dumps(kept | {"evaluation": kept["evaluation"] | {"epoch": 1}}))
    told = json.loads(latentexplorer(*again, *places, "--finished")[1])
    assert (told[0]["measured"], told[0]["note"]) == (None, "Trained, not measured yet") and told[1] == first[2]
    # Every figure of every run, and beside them those that the report shows of several.
    drawn = {str(file.relative_to(tmp_path / "figures")) for file in (tmp_path / "figures").rglob("*.png")}
    assert {"vae-2-model.beta-200-seed0-quick/loss.png", "vae-2-seed0-quick/samples.png"} <= drawn
    assert {name for name in drawn if "/" not in name} == {"codes-vae-ae.png"}


def test_a_run_of_other_settings_is_not_taken_for_the_rows(
    latentexplorer: Latentexplorer, data_root: Path, tmp_path: Path
) -> None:
    arguments = ("reproduce", "pca-2", "--quick", "--json", "--quiet", "--data-root", data_root, "--out", tmp_path)
    assert latentexplorer(*arguments)[0] == 0
    file = tmp_path / "pca-2-seed0-quick" / "config.json"
    config = json.loads(file.read_text())
    config["training"]["batch_size"] = 7
    file.write_text(json.dumps(config))
    note = json.loads(latentexplorer(*arguments)[1])[0]["note"]
    assert "training.batch_size 7, now 64" in note and str(file.parent) in note


def test_what_cannot_be_kept_is_told(
    latentexplorer: Latentexplorer, data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("reproduce", "pca-2", "--quick", "--json", "--quiet", "--data-root", data_root, "--out", tmp_path)
    monkeypatch.setattr(evaluation, "evaluate", cannot_be_kept(tmp_path / "pca-2-seed0-quick"))
    code, out, err = latentexplorer(*arguments)
    assert (code, err.count("\n")) == (2, 1) and "Not everything could be kept: The metrics could not be kept" in err
    assert json.loads(out)[0]["measured"] > 0


def test_a_published_figure_that_cannot_be_kept_is_measured_all_the_same(tmp_path: Path) -> None:
    unkept: list[str] = []
    kept = Measured(tmp_path, unkept)
    (kept.file / "in the way").mkdir(parents=True)
    row = next(row for row in published(["dci-mig"]) if not row.preset)
    value, _ = kept.of_tool(row, None, 0, True, ignore, NEVER)
    assert np.isfinite(value) and len(unkept) == 1 and str(kept.file) in unkept[0]
