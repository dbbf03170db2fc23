"""Decision regions of runs: half planes of a linear model, the catalogue, maps, a brought classifier."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from onnx import TensorProto, helper, numpy_helper

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import LatentExplorerError, NotApplicableError, SettingsError, Stopped
from latentexplorer.figures.decision_regions import draw
from latentexplorer.figures.style import Style
from latentexplorer.latent import classifier_file
from latentexplorer.latent.exact_maps import dimension_map, principal_map
from latentexplorer.latent.regions import Flip
from latentexplorer.runs import Trained
from latentexplorer.views import judging
from latentexplorer.views.map_regions import _exact
from latentexplorer.views.registry import load_view, settings_from
from tests.conftest import SORTS

Small = Callable[..., Trained]


def view(run: Trained, kind: str, *changes: str) -> Any:
    return load_view(kind).compute(run, settings_from(kind, changes))


def linear_file(
    path: Path, weights: np.ndarray, bias: np.ndarray, shape: tuple[int, ...], *, kind: str = "Gemm", names: str = ""
) -> Path:
    """A classifier of one layer, as others would write it."""
    nodes = [helper.make_node("Flatten", ["x"], ["flat"]), helper.make_node(kind, ["flat", "w", "b"][:3], ["y"])]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["B", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["B", weights.shape[1]])],
        [
            numpy_helper.from_array(weights.astype(np.float32), "w"),
            numpy_helper.from_array(bias.astype(np.float32), "b"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if names:
        helper.set_model_props(model, {"class_names": names})
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize("seed", range(3))
def test_of_a_linear_model_regions_are_half_planes_and_the_flip_is_on_their_border(
    small_run: Small, tmp_path: Path, seed: int
) -> None:
    run = small_run("pca", "model.latent_dim=2")
    rng = np.random.default_rng(seed)
    numel = int(np.prod(run.image_shape))
    # A linear decoder but for its ends, which are cut to [0, 1]: only pixels that stay between are looked at.
    corners = run.decode(np.array([[x, y] for x in (-1, 1) for y in (-1, 1)], np.float32), clamped=False)
    inside = ((corners > 0.02) & (corners < 0.98)).all(0).ravel()
    weights = rng.normal(size=(numel, 2)) * inside[:, None]
    basis = run.decode(np.array([[0, 0], [1, 0], [0, 1]], np.float32), clamped=False).reshape(3, -1).astype(np.float64)
    slopes = (basis[1:] - basis[0]) @ (weights[:, 1] - weights[:, 0])
    bias = np.array([0.0, -float(basis[0] @ (weights[:, 1] - weights[:, 0])) + 0.2 * float(np.abs(slopes).max())])
    file = linear_file(tmp_path / "linear.onnx", weights, bias, run.image_shape)
    found = view(run, "decision-regions", "n=16", "range=[-1,1]", f"classifier={file}", "axes=dims")
    left, right, bottom, top = found.extent
    x = left + (np.arange(16) + 0.5) * (right - left) / 16
    y = bottom + (np.arange(16) + 0.5) * (top - bottom) / 16
    ahead = slopes[0] * x[None] + slopes[1] * y[:, None] + 0.2 * np.abs(slopes).max()
    clear = np.abs(ahead) > 1e-3
    np.testing.assert_array_equal(found.regions.verdict.classes[clear], (ahead > 0).astype(int)[clear])
    assert 0 < found.regions.verdict.classes.mean() < 1

    towards = slopes / np.abs(slopes).max()
    ends = [tuple(float(f"{value:.6f}") for value in way * towards) for way in (-1, 1)]
    path = view(
        run,
        "interpolation",
        f"start={list(ends[0])}",
        f"end={list(ends[1])}",
        "regions=true",
        "steps=6",
        f"classifier={file}",
    )
    first, last = (float(slopes @ np.array(end)) + 0.2 * float(np.abs(slopes).max()) for end in ends)
    assert len(path.judged.flips) == 1
    assert path.judged.flips[0].at == pytest.approx(first / (first - last), abs=2e-4)
    place = path.judged.flips[0].at * 5
    assert (
        f"0 → 1 at {path.judged.flips[0].at:.3g}, between images {int(place) + 1} and {int(place) + 2}"
        in path.notes[-1]
    )
    # Ten classes and two of the file: nobody can say how often that is right.
    assert "not known how often it is right" in found.regions.by
    json.dumps(path.numbers)


@pytest.mark.parametrize(
    ("family", "changes"),
    [(family, ()) for family in SORTS] + [("vae", ("model.latent_dim=128",)), ("ae", ("data.limit=1",))],
    ids=str,
)
def test_every_sort_of_family_is_judged_or_says_why(small_run: Small, family: str, changes: tuple[str, ...]) -> None:
    run = small_run(family, *changes)
    if FAMILIES[family].separates or changes == ("data.limit=1",):
        with pytest.raises(NotApplicableError, match=r"two images at once|one class"):
            view(run, "decision-regions", "n=3", "range=[-1,1]", "axes=dims")
        return
    found = view(run, "latent-grid", "n=3", "regions=true")
    judge = judging.judge_of(run)
    images = found.images.reshape(9, *found.images.shape[2:]).clip(0, 1)
    seen = judge.probabilities(images)
    np.testing.assert_array_equal(found.regions.verdict.classes.ravel(), seen.argmax(1))
    np.testing.assert_allclose(found.regions.verdict.confidence.ravel(), seen.max(1), atol=1e-4)
    assert found.numbers["classes"][0][0] in run.class_names and "held-out images" in found.regions.by
    assert judging.judge_of(run) is judge
    plane = view(run, "decision-regions", "n=4")
    figure = Figure(figsize=(4, 4))
    draw(plane, figure, Style())
    json.dumps(plane.numbers)


def test_a_map_without_a_way_back_is_estimated_and_says_so(small_run: Small) -> None:
    run = small_run("vae", "model.latent_dim=3")
    exact = view(run, "decision-regions", "under=map", "method=pca", "n=6")
    assert not exact.numbers["estimated"] and any("The other 1 numbers" in note for note in exact.notes)
    assert np.isfinite(exact.regions.verdict.confidence).all()
    guessed = view(run, "decision-regions", "under=map", "method=tsne", "n=24")
    assert guessed.numbers["estimated"] and 0 <= guessed.numbers["points_that_agree"] <= 1
    assert any("Estimated" in note and "far from all points" in note for note in guessed.notes)
    blank = ~np.isfinite(guessed.regions.verdict.confidence)
    assert (blank.any() and not blank.all() and guessed.numbers["classes"][0][0] is None) or not blank[0, 0]
    # Of two numbers nothing is left out: all points are where their codes are.
    flat = view(small_run("pca", "model.latent_dim=2"), "decision-regions", "under=map", "method=pca", "n=6")
    assert flat.numbers["points_that_agree"] == 1 and len(np.unique(flat.regions.verdict.classes)) > 2
    figure = Figure(figsize=(4, 4))
    draw(guessed, figure, Style(dark=True))


@pytest.mark.parametrize("shape", [3.0, 0.4])
def test_a_map_is_judged_in_all_of_a_window_that_shows_its_points(small_run: Small, shape: float) -> None:
    run = small_run("pca", "model.latent_dim=2")
    plain, seen = (
        view(run, "decision-regions", "under=map", "method=pca", "n=6", *more) for more in ((), (f"shape={shape}",))
    )
    left, right, bottom, top = seen.extent
    assert (right - left) / (top - bottom) == pytest.approx(shape)
    assert left <= plain.extent[0] and right >= plain.extent[1] and bottom <= plain.extent[2] and top >= plain.extent[3]
    # Places are about as wide as high, and there are no more of them than can be waited for.
    rows, columns = seen.regions.verdict.classes.shape
    assert columns / rows == pytest.approx(shape, rel=0.3) and 36 < rows * columns < 2.8 * 36
    # The class of a place is that of the same place in a larger part.
    middle = [each.regions.verdict.classes[each.regions.verdict.classes.shape[0] // 2] for each in (plain, seen)]
    assert set(middle[0].tolist()) & set(middle[1].tolist())


def test_a_conditional_model_says_where_it_is_told_another_class(small_run: Small) -> None:
    run = small_run("cvae")
    found = view(run, "interpolation", "label=0", "end_label=1", "regions=true", "steps=5")
    assert found.judged.told
    path = replace(found.judged, flips=(Flip(0.3, 1, 0), Flip(0.5, 0, 1)))
    first, second = "1 → 0 at 0.3, between images 2 and 3", "0 → 1 at 0.5, between images 3 and 4"
    assert path.words(5) == f"{first}; {second} (where the model is told another class)"
    assert "told" not in replace(path, told=False).words(5)
    assert "All places are decoded as class 2" in view(run, "decision-regions", "under=map", "n=3", "label=2").notes
    with pytest.raises(SettingsError, match="choose one of them"):
        view(run, "latent-grid", "regions=true", "magnification=true")


def test_a_brought_classifier_is_tested_or_refused_in_words(small_run: Small, tmp_path: Path) -> None:
    run = small_run("vae", "model.latent_dim=2")
    rng, numel = np.random.default_rng(0), int(np.prod(run.image_shape))
    named = json.dumps([f"kind {at}" for at in range(3)])
    ten = linear_file(tmp_path / "ten.onnx", rng.normal(size=(numel, 10)), np.zeros(10), run.image_shape)
    own = linear_file(tmp_path / "own.onnx", rng.normal(size=(numel, 3)), np.zeros(3), (numel,), names=named)
    assert "held-out images" in judging.said_of(judging.judge_of(run, str(ten)))
    judge = judging.judge_of(run, str(own))
    assert judge.class_names == ("kind 0", "kind 1", "kind 2") and judge.tested is None
    images = np.asarray(run.images("test").images[:20])
    weights = numpy_helper.to_array(onnx.load(str(ten)).graph.initializer[0])
    logits = images.astype(np.float64).transpose(0, 3, 1, 2).reshape(20, -1) / 255 @ weights
    np.testing.assert_array_equal(judging.judge_of(run, str(ten)).probabilities(images).argmax(1), logits.argmax(1))

    (tmp_path / "text.onnx").write_text("no network")
    other = linear_file(tmp_path / "other.onnx", np.zeros((12, 3)), np.zeros(3), (3, 2, 2))
    # Nothing runs but plain layers; what would take all memory is refused before it is worked out.
    custom = linear_file(tmp_path / "custom.onnx", np.zeros((numel, 3)), np.zeros(3), run.image_shape, kind="Max")
    huge = onnx.load(str(own))
    huge.graph.initializer.append(numpy_helper.from_array(np.array([200_000, 200_000], np.int64), "big"))
    huge.graph.node.insert(1, helper.make_node("Expand", ["b1", "big"], ["wide"]))
    huge.graph.initializer.append(numpy_helper.from_array(np.zeros((1, 1), np.float32), "b1"))
    onnx.save(huge, str(tmp_path / "huge.onnx"))
    aside = onnx.load(str(ten))
    onnx.save(aside, str(tmp_path / "aside.onnx"), save_as_external_data=True, location="w.bin", size_threshold=0)
    for name, said in (
        ("text.onnx", "no sound ONNX file"),
        (other.name, r"takes 3 x 2 x 2 numbers an image, and this run's images are 1 x 8 x 8"),
        (custom.name, "what is not run here: Max"),
        ("huge.onnx", "200,000 x 200,000 numbers at once"),
        ("aside.onnx", "weights in another file"),
        ("none.onnx", "cannot be read"),
    ):
        with pytest.raises(LatentExplorerError, match=said) as told:
            judging.judge_of(run, str(tmp_path / name))
        assert "\n" not in str(told.value)


def test_points_keep_the_names_of_the_run_beside_a_classifier_of_other_classes(
    small_run: Small, tmp_path: Path
) -> None:
    run = small_run("vae", "model.latent_dim=2")
    numel, named = int(np.prod(run.image_shape)), json.dumps(["low", "high"])
    weights = np.random.default_rng(0).normal(size=(numel, 2))
    file = linear_file(tmp_path / "two.onnx", weights, np.zeros(2), run.image_shape, names=named)
    for under in ("plane", "map"):
        found = view(run, "decision-regions", "n=4", f"under={under}", f"classifier={file}")
        assert found.point_names == run.class_names
        figure = Figure(figsize=(4, 4))
        draw(found, figure, Style())
        figure.draw_without_rendering()
        words = {text.get_text() for text in figure.findobj(Text)}
        assert {f"point: {run.class_names[at]}" for at in np.unique(found.labels)} <= words
        assert words & {"low", "high"}


def test_outputs_of_a_brought_classifier_are_paired_with_classes_by_name(small_run: Small, tmp_path: Path) -> None:
    run = small_run("vae", "model.latent_dim=2")
    rng, numel = np.random.default_rng(0), int(np.prod(run.image_shape))
    weights, order = rng.normal(size=(numel, 10)), rng.permutation(10)
    plain = linear_file(tmp_path / "plain.onnx", weights, np.zeros(10), run.image_shape)
    named = json.dumps([run.class_names[at] for at in order])
    mixed = linear_file(tmp_path / "mixed.onnx", weights[:, order], np.zeros(10), run.image_shape, names=named)
    images = np.asarray(run.images("test").images[:20])
    first, second = (judging.judge_of(run, str(file)) for file in (plain, mixed))
    assert second.class_names == run.class_names and second.tested == first.tested
    np.testing.assert_allclose(second.probabilities(images), first.probabilities(images), atol=1e-6)


SLOW = {
    "windows": ([("Pad", ["x", "pads"], {}), ("AveragePool", ["0"], {"kernel_shape": [28, 28]})], "AveragePool"),
    "one by one": ([("Expand", ["x", "wide"], {}), ("Erf", ["0"], {})], "Erf"),
    "read again": ([("Expand", ["x", "wide"], {}), *[("ReduceMax", ["0"], {"axes": [2, 3]})] * 20], "numbers at once"),
    "kept": ([("Expand", ["x", "wide"], {}), *[("Relu", ["0"], {})] * 3], "numbers at once"),
    "gaps": (
        [
            ("Pad", ["x", "pads"], {}),
            ("Conv", ["0", "kernel"], {"dilations": [200, 200], "kernel_shape": [3, 3], "strides": [7, 7]}),
        ],
        "numbers at once",
    ),
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_classifier_that_would_take_hours_or_all_memory_is_refused_beforehand(
    small_run: Small, tmp_path: Path, kind: str
) -> None:
    run = small_run("vae", "model.latent_dim=2")
    work, said = SLOW[kind]
    steps = [helper.make_node(op, given, [str(at)], **more) for at, (op, given, more) in enumerate(work)]
    last = str(len(steps) - 1)
    head = [
        helper.make_node("ReduceMax", [last], ["r"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Flatten", ["r"], ["flat"]),
        helper.make_node("Concat", ["flat", "flat"], ["y"], axis=1),
    ]
    arrays = {
        "pads": np.array([0, 0, 0, 0, 0, 0, 250, 250] if kind == "windows" else [0, 0, 0, 0, 0, 0, 600, 600]),
        "wide": np.array([1, 20_000, 8, 8]),
        "kernel": np.ones((1, 1, 3, 3), np.float32),
    }
    graph = helper.make_graph(
        [*steps, *head],
        "slow",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["B", *run.image_shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["B", 2])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    file = tmp_path / "slow.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(file))
    with pytest.raises(LatentExplorerError, match=said):
        judging.judge_of(run, str(file))


def test_a_brought_classifier_stops_between_batches_and_is_read_no_further_than_it_may_be(
    small_run: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small_run("vae", "model.latent_dim=2")
    numel = int(np.prod(run.image_shape))
    file = linear_file(tmp_path / "two.onnx", np.ones((numel, 2)), np.zeros(2), run.image_shape)
    judge, stop = judging.judge_of(run, str(file)), StopToken()
    stop.request()
    with pytest.raises(Stopped):
        judge.probabilities(np.asarray(run.images("test").images[:40]), stop=stop)
    monkeypatch.setattr(classifier_file, "MOST_BYTES", 100)
    with pytest.raises(LatentExplorerError, match="larger than"):
        classifier_file.read_classifier(file, run)
    with pytest.raises(LatentExplorerError, match="no file but"):
        classifier_file.read_classifier(tmp_path, run)
    for each in (OverflowError, ZeroDivisionError, AssertionError):
        assert issubclass(each, classifier_file.FAILURES)


class Counted(np.ndarray):
    """Codes that know how often they were averaged."""

    times = 0

    def mean(self, *args: Any, **more: Any) -> Any:
        Counted.times += 1
        return np.asarray(self).mean(*args, **more)


@pytest.mark.parametrize(("dims", "shown"), [(5, (3, 1)), (5, (2, 2)), (1, (0, 0)), (5, None), (1, None)])
def test_codes_of_the_places_of_an_exact_map_are_those_of_each_place(dims: int, shown: tuple[int, int] | None) -> None:
    rng = np.random.default_rng(0)
    codes = (rng.normal(size=(40, dims)) + 3).astype(np.float32)
    made = principal_map(codes, np.arange(40)) if shown is None else dimension_map(codes, np.arange(40), shown)
    places = rng.normal(size=(30, 2))
    each = np.stack([made.code_at(place)[0] for place in places])
    made.codes, Counted.times = made.codes.view(Counted), 0
    np.testing.assert_allclose(_exact(made, places), each, atol=1e-5)
    assert Counted.times <= 1


def test_a_brought_classifier_is_read_once_until_its_file_changes(small_run: Small, tmp_path: Path) -> None:
    run = small_run("vae", "model.latent_dim=2")
    weights = np.random.default_rng(0).normal(size=(int(np.prod(run.image_shape)), 10))
    file = linear_file(tmp_path / "ten.onnx", weights, np.zeros(10), run.image_shape)
    judge = judging.judge_of(run, str(file))
    assert judging.judge_of(run, str(file)) is judge
    linear_file(file, weights[:, :3], np.zeros(3), run.image_shape)
    assert judging.judge_of(run, str(file)).class_names == ("0", "1", "2")
    other = small_run("vae", "model.latent_dim=2", "data.size=12")
    with pytest.raises(LatentExplorerError, match="this run's images"):
        judging.judge_of(other, str(file))
    # Without images there is nothing that it could be kept with.
    assert judging.judge_of(replace(run, data=None, missing="gone"), str(file)).tested is None
    file.unlink()
    with pytest.raises(LatentExplorerError, match="cannot be read"):
        judging.judge_of(run, str(file))
