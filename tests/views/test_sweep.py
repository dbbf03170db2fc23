"""What a sweep says: means and knees of what can be compared, and what is left out, said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.history import History
from latentexplorer.core.sweeps import combinations, parse_variation
from latentexplorer.figures.style import Style
from latentexplorer.figures.sweep import draw
from latentexplorer.runs import RunFolder
from latentexplorer.runs.sweep_folder import SweepFolder
from latentexplorer.views.sweep import Result, compute
from tests.figures.test_figures import nothing_is_clipped

Row = Callable[[RunConfig], Mapping[str, float]]
HOW = ("Held-out numbers are of", "Errors of models with posteriors", "±")
"""How numbers came about, which is always said."""


def levelling(config: RunConfig) -> dict[str, float]:
    """Error, bound and active units of a model of images with four factors; seeds lie a little apart."""
    used, shift = min(config.model.latent_dim, 4), 0.001 * config.training.seed
    bound = {"test_recon": 100 - 20 * used + shift, "test_kl": 3.0 * used} if config.model.kind.variational else {}
    return {"test_rmse": 0.3 - 0.05 * used + shift, "train_rmse": 0.1, "active_units": float(used), **bound}


def swept(
    path: Path, *vary: str, settings: tuple[str, ...] = (), seeds: int = 2, row: Row = levelling, finished: int = 10_000
) -> SweepFolder:
    """A sweep whose runs say what they would say had they been trained."""
    base = RunConfig().updated(["model.family=vae", *settings])
    sweep = SweepFolder.begin(path, base, combinations(base, [parse_variation(text) for text in vary], range(seeds)))
    for run in sweep.runs[:finished]:
        folder = RunFolder.create(sweep.path / run.name, run.config)
        folder.write_history(History([{"epoch": 1, **row(run.config)}]))
        size = run.config.data.size_px or (8, 8)
        folder.write_environment({"data": {"image_shape": [1, *size], "train": 100, "test": 500}})
        folder.set_status("finished")
    return sweep


def knees(result: Result) -> dict[str, str | None]:
    words = dict(result.ticks)
    return {
        panel.measure: None if curve.knee.at is None else words[float(curve.x[curve.knee.at])]
        for panel in result.panels
        for curve in panel.curves
    }


@pytest.mark.parametrize("values", ["1,2,3,4,5,6,7,8", "8,1,6,4,2,5,3,7"])
def test_mean_spread_and_knee_over_seeds(tmp_path: Path, values: str) -> None:
    result = compute(swept(tmp_path / "s", f"model.latent_dim={values}", seeds=3))
    assert knees(result) == {"bound": "4", "rmse": "4", "active_units": "4"} and not result.logarithmic
    error = result.panels[1].curves[0]
    np.testing.assert_allclose(error.mean[:2], [0.251, 0.201])
    np.testing.assert_allclose(error.deviation, 0.001, rtol=1e-6)
    assert error.low[0] == pytest.approx(0.25) and error.high[0] == pytest.approx(0.252)
    assert [run.seed for run in error.runs[0]] == [0, 1, 2]
    assert result.notes == (
        "Held-out numbers are of 64 images",
        "Errors of models with posteriors are of one draw of each code",
        "± is the standard deviation over seeds",
    )
    sure = [text for text in result.findings if "knee at 4" in text]
    assert "the spread of its seeds moves it in at most one of ten redraws" in sure[1]
    assert sure[2].endswith("the seeds agree on every value")


def test_a_knee_says_how_sure_it_is_beside_the_spread_of_its_seeds(tmp_path: Path) -> None:
    def noisy(config: RunConfig) -> dict[str, float]:
        rng = np.random.default_rng([config.training.seed, config.model.latent_dim])
        return {**levelling(config), "test_rmse": levelling(config)["test_rmse"] + 0.03 * float(rng.standard_normal())}

    vary = "model.latent_dim=1,2,3,4,5,6,7,8"
    result = compute(swept(tmp_path / "s", vary, seeds=3, row=noisy))
    (error,) = (text for text in result.findings if text.startswith("Held-out pixel error"))
    knee = result.panels[1].curves[0].knee
    assert knee.low < knee.high and not knee.sure
    assert f"between {knee.low + 1} and {knee.high + 1}" in error
    # Of one seed nobody knows.
    one = compute(swept(tmp_path / "one", vary, seeds=1))
    assert all("from one seed, how sure is not known" in text for text in one.findings)


def test_where_seeds_agree_it_is_not_their_spread_that_moves_a_knee(tmp_path: Path) -> None:
    def wavering(config: RunConfig) -> dict[str, float]:
        used, up = min(config.model.latent_dim, 4), 0.002 * (-1) ** config.model.latent_dim
        return {"test_rmse": 0.3 - 0.05 * used + up, "train_rmse": 0.1, "active_units": 1.0}

    result = compute(swept(tmp_path / "s", "model.latent_dim=1,2,3,4,5,6,7,8", seeds=2, row=wavering))
    (error,) = (text for text in result.findings if text.startswith("Held-out pixel error"))
    assert "knee at 4" in error and "as much noise as the curve wavers by" in error and "seeds" not in error


def test_doublings_are_looked_at_by_their_ratios(tmp_path: Path) -> None:
    result = compute(swept(tmp_path / "s", "model.latent_dim=1,2,4,8,16,32"))
    assert result.logarithmic and knees(result)["active_units"] == "4"


def test_a_line_has_no_knee_however_its_values_are_spaced(tmp_path: Path) -> None:
    def line(config: RunConfig) -> dict[str, float]:
        return {"test_rmse": 0.9 - 0.01 * config.model.latent_dim, "active_units": float(config.model.latent_dim)}

    result = compute(swept(tmp_path / "s", "model.latent_dim=1,2,4,8,16,32", row=line))
    assert result.logarithmic and set(knees(result).values()) == {None}


def test_words_have_an_order_of_their_own_and_no_knee(tmp_path: Path) -> None:
    result = compute(swept(tmp_path / "s", "model.prior=uniform,normal,laplace"))
    assert [words for _, words in result.ticks] == ["uniform", "normal", "laplace"]
    assert set(knees(result).values()) == {None} and all("no numbers" in text for text in result.findings)


def test_the_other_settings_make_a_curve_each(tmp_path: Path) -> None:
    result = compute(swept(tmp_path / "s", "model.beta=1", "model.latent_dim=1,2,3,4,5,6", "model.free_bits=0,0.5"))
    assert result.keys[result.axis] == "model.latent_dim"
    assert [curve.name for curve in result.panels[0].curves] == ["Free bits 0", "Free bits 0.5"]


@pytest.mark.parametrize(
    ("vary", "settings", "left_out", "said"),
    [
        ("model.likelihood=gaussian,bernoulli", (), {"bound"}, "Bounds are not compared"),
        ("model.family=vae,cvae", (), {"bound"}, "given the class"),
        ("data.size=8,12,16,20", (), {"bound"}, "different images"),
        ("training.held_out=10,20,30,40", (), {"bound"}, "different images"),
        ("model.latent_dim=1,2,3,4", ("model.family=ae",), {"bound"}, "codes that are points"),
        ("model.family=vae,ae", (), set(), "codes that are points have no density"),
        ("model.beta=0.5,1,2,4", (), set(), ""),
        # As many images of one size, and others: of other seeds, other sets, other parts of one.
        ("data.seed=0,1,2,3", ("data.name=shapes",), {"bound"}, "different images"),
        ("data.name=shapes,glyphs", (), {"bound"}, "different images"),
        ("data.held_out_from=test,train", ("data.name=mnist",), {"bound"}, "different images"),
        # More to learn from, held against the same images.
        ("data.limit=10,20,30,40", (), set(), ""),
        ("data.binarise=fixed,every-epoch", ("model.likelihood=bernoulli",), set(), ""),
        ("model.sigma=0.05,0.1,0.2,learned", (), set(), ""),
    ],
)
def test_what_cannot_be_compared_is_left_out_and_said(
    tmp_path: Path, vary: str, settings: tuple[str, ...], left_out: set[str], said: str
) -> None:
    result = compute(swept(tmp_path / "s", vary, settings=settings))
    assert {"bound", "rmse", "active_units"} - {panel.measure for panel in result.panels} == left_out
    notes = [note for note in result.notes if not note.startswith(HOW)]
    assert said in ". ".join(notes) and bool(said) == bool(notes)
    if "different images" in said:
        assert set(knees(result).values()) == {None}


def test_without_held_out_images_there_is_no_bound_for_that_reason_and_errors_are_called_what_they_are(
    tmp_path: Path,
) -> None:
    def trained_on(config: RunConfig) -> dict[str, float]:
        return {name: value for name, value in levelling(config).items() if not name.startswith("test")}

    result = compute(swept(tmp_path / "s", "model.latent_dim=1,2,3,4", row=trained_on))
    assert [panel.title for panel in result.panels] == ["Training pixel error", "Active units"]
    # It is not said of how many held-out images errors are that are of training images.
    assert [note for note in result.notes if not note.startswith(HOW[1:])] == ["No bound: no image was held out"]


def test_numbers_that_are_none_are_left_out_by_name(tmp_path: Path) -> None:
    def broken(config: RunConfig) -> dict[str, float]:
        return levelling(config) | ({"test_rmse": np.nan, "train_rmse": np.nan} if config.model.latent_dim == 3 else {})

    result = compute(swept(tmp_path / "s", "model.latent_dim=1,2,3,4,5,6", row=broken, seeds=1))
    wrong = next(run.name for run in result.runs if run.values == (3,))
    assert f"{wrong} is left out: its error is no number" in result.notes
    assert 3 not in result.panels[1].curves[0].x and knees(result)["rmse"] == "4"


def test_curves_of_which_the_same_is_to_be_said_are_named_in_one_sentence(tmp_path: Path) -> None:
    result = compute(swept(tmp_path / "s", "model.latent_dim=1,2", "model.beta=1,4", "model.free_bits=0", seeds=1))
    assert result.findings[1] == "Held-out pixel error: no knee, it takes 4 values to see one"
    result = compute(swept(tmp_path / "t", "model.latent_dim=1,2,3,4,5,6", "model.family=vae,ae", seeds=1))
    # Whose codes are points has no bound, and so no curve of it to talk of.
    assert result.findings[0].startswith("Held-out bound on log p(x) (Model vae): knee at 4")
    assert [text.partition(":")[0] for text in result.findings[1:]] == ["Held-out pixel error", "Active units"]


def test_what_is_not_finished_or_failed_is_left_out_and_counted(tmp_path: Path) -> None:
    sweep = swept(tmp_path / "s", "model.latent_dim=1,2,3,4,5,6", finished=9)
    folder = RunFolder.open(sweep.path / sweep.runs[0].name)
    folder.set_status("failed", "The loss is not a number")
    (sweep.path / sweep.runs[1].name / "config.json").write_text("{")
    result = compute(sweep)
    assert result.finished == 7 and "3 runs not finished yet" in result.notes[0]
    assert any("not a number" in note for note in result.notes) and any("damaged" in note for note in result.notes)
    # Nothing at all yet.
    empty = compute(swept(tmp_path / "none", "model.latent_dim=1,2", finished=0))
    assert not empty.panels and empty.notes


@pytest.mark.parametrize("family", FAMILIES.names)
def test_every_family_is_swept_or_says_why_not(tmp_path: Path, family: str) -> None:
    kind = FAMILIES[family]
    settings = (f"model.family={family}", f"model.likelihood={kind.likelihoods[0]}")
    if "latent_dim" not in kind.settings:
        with pytest.raises(SettingsError, match="changes nothing"):
            swept(tmp_path / "s", "model.latent_dim=1,2", settings=settings)
        return
    result = compute(swept(tmp_path / "s", "model.latent_dim=1,2,3,4,5,6,7", settings=settings))
    assert knees(result)["rmse"] == "4"


@pytest.mark.parametrize(
    "vary",
    [
        ("model.latent_dim=1,2,3,4,5,6,7,8",),
        ("model.latent_dim=" + ",".join(map(str, range(1, 41))),),
        ("model.latent_dim=1,2,4,8,16,32,64,128", "model.prior=normal,laplace,uniform"),
        ("model.beta=1",),
        ("data.size=8,12,16,20",),
    ],
)
def test_its_figure_has_room_for_everything(tmp_path: Path, vary: tuple[str, ...]) -> None:
    figure = Figure()
    draw(compute(swept(tmp_path / "s", *vary, seeds=1)), figure, Style())
    nothing_is_clipped(figure)
