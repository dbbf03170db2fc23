"""Maps: that they keep neighbours, can be watched, stopped, resumed, and answer for new codes and empty places."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError, Stopped
from latentexplorer.core.events import Event, Progress, ProjectionMoved
from latentexplorer.latent.inverse_maps import measure
from latentexplorer.latent.kept_maps import rebuilt
from latentexplorer.latent.neighbours import nearest, neighbour_graph
from latentexplorer.latent.preservation import preservation
from latentexplorer.latent.projection import Projection, project, sample_rows
from latentexplorer.latent.tsne import TsneMap
from latentexplorer.latent.umap_map import stopped_while_compiling
from latentexplorer.models import Codes
from latentexplorer.runs.kept_maps import KeptMap, MapFacts

DIGITS, LABELS = load_digits(return_X_y=True)
DIGITS = (DIGITS / 16).astype(np.float32)


def kept(codes: np.ndarray, coords: np.ndarray, k: int = 15) -> float:
    """Part of each code's k nearest neighbours that are among the k nearest on the map."""
    before, after = neighbour_graph(codes, k)[0], neighbour_graph(coords, k)[0]
    return float(np.mean([len(np.intersect1d(a, b)) / k for a, b in zip(before, after, strict=True)]))


@pytest.fixture(scope="module")
def digits() -> TsneMap:
    made = project(DIGITS[:500], labels=LABELS[:500])
    assert isinstance(made, TsneMap)
    return made


def test_tsne_keeps_neighbours_as_scikit_learn_does(digits: TsneMap) -> None:
    reference = TSNE(init="pca", random_state=0, max_iter=750).fit_transform(DIGITS[:500])
    assert kept(digits.codes, digits.coords) > kept(digits.codes, reference) - 0.01
    near = neighbour_graph(digits.coords, 5)[0]
    assert (LABELS[:500][near] == LABELS[:500][:, None]).mean() > 0.9
    assert digits.description.startswith("t-SNE (perplexity 30) of 500 codes, KL ")


def test_the_same_seed_gives_the_same_map_on_any_number_of_threads(digits: TsneMap) -> None:
    codes = DIGITS[:200]
    first = project(codes, steps=60)
    assert np.array_equal(project(codes, steps=60, n_jobs=2).coords, first.coords)
    assert not np.array_equal(project(codes, steps=60, seed=1).coords, first.coords)


class Listener:
    """Hears how the points move, and asks to stop at the given step.

    A step of those that are always told, as a slow machine tells of others in between.
    """

    def __init__(self, stop_at: int | None = None) -> None:
        self.stop, self.stop_at, self.seen = StopToken(), stop_at, list[ProjectionMoved]()

    def __call__(self, event: Event) -> None:
        if isinstance(event, ProjectionMoved):
            self.seen.append(event)
            if event.step == self.stop_at:
                self.stop.request()


def test_a_stopped_map_goes_on_and_ends_as_if_never_stopped() -> None:
    codes = DIGITS[:200]
    whole = project(codes, steps=240)
    early, late = Listener(50), Listener(130)
    part = project(codes, steps=240, emit=early, stop=early.stop)
    assert isinstance(part, TsneMap) and (part.step, part.finished) == (50, False)
    assert "stopped after 50 of 240 steps" in part.description
    before = part.coords.copy()
    more = project(codes, steps=240, resume=part, emit=late, stop=late.stop)
    assert isinstance(more, TsneMap) and more.step == 130
    done = project(codes, steps=240, resume=more)
    assert done.finished and np.array_equal(done.coords, whole.coords)
    assert np.array_equal(part.coords, before)


def test_progress_is_shown_at_least_every_25_steps_and_begins_at_once() -> None:
    listener = Listener()
    made = project(DIGITS[:100], steps=110, emit=listener)
    steps = [event.step for event in listener.seen]
    assert steps[0] == 0 and steps[-1] == 110 and max(np.diff(steps)) <= 25
    assert all(event.coords.shape == (100, 2) and event.steps == 110 for event in listener.seen)
    assert np.array_equal(listener.seen[-1].coords, made.coords)


def test_a_slow_map_shows_itself_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentexplorer.latent.descent.REPORT_S", -1.0)
    listener = Listener()
    project(DIGITS[:100], steps=30, emit=listener)
    assert {event.step for event in listener.seen} == set(range(31))


def test_a_map_is_laid_out_as_far_as_another_was_when_it_was_stopped() -> None:
    codes = DIGITS[:300]
    early = Listener(50)
    stopped = project(codes, steps=240, emit=early, stop=early.stop)
    assert isinstance(stopped, TsneMap)
    again = project(codes, steps=240, until=stopped.step)
    assert not again.finished
    np.testing.assert_array_equal(again.coords, stopped.coords)
    # Given more steps than it began with, its beginning is still the one it had.
    more = project(codes, steps=400, resume=stopped)
    np.testing.assert_array_equal(project(codes, steps=400, early=80).coords, more.coords)


def test_a_stop_before_the_points_move_raises() -> None:
    stop = StopToken()
    stop.request()
    with pytest.raises(Stopped):
        project(DIGITS[:100], stop=stop)


def test_affinities_are_used_again_for_the_same_codes_only() -> None:
    first = project(DIGITS[:150], steps=50)
    assert isinstance(first, TsneMap)
    again = project(DIGITS[:150], steps=50, seed=3, reuse=first.affinities)
    assert isinstance(again, TsneMap) and again.affinities is first.affinities
    narrower = project(DIGITS[:150], steps=50, perplexity=10, reuse=first.affinities)
    assert np.array_equal(narrower.coords, project(DIGITS[:150], steps=50, perplexity=10).coords)
    other = project(DIGITS[1:151], steps=50, reuse=first.affinities)
    assert isinstance(other, TsneMap) and other.affinities is not first.affinities


def test_new_codes_are_placed_beside_their_neighbours(digits: TsneMap) -> None:
    placed = digits.place(DIGITS[500:700])
    like = nearest(DIGITS[500:700], digits.codes, 1)[0][:, 0]
    away = np.linalg.norm(placed - digits.coords[like], axis=1)
    width = np.ptp(digits.coords, axis=0).max()
    assert np.median(away) < 0.05 * width
    shuffled = np.linalg.norm(placed - digits.coords[np.roll(like, 1)], axis=1)
    assert np.median(shuffled) > 5 * np.median(away)
    assert digits.place(DIGITS[:0]).shape == (0, 2)


def test_a_large_set_is_sampled_over_classes_the_rest_placed_and_it_says_so() -> None:
    listener = Listener()
    made = project(DIGITS[:600], labels=LABELS[:600], limit=200, steps=150, emit=listener)
    assert made.description.startswith("t-SNE (perplexity 30) of 200 of 600 codes, the others placed afterwards, KL ")
    assert np.bincount(LABELS[made.sampled]).tolist() == [20] * 10
    assert np.isfinite(made.coords).all() and listener.seen[0].coords.shape == (600, 2)
    rest = np.setdiff1d(np.arange(600), made.sampled)
    near = nearest(made.coords[rest], made.coords[made.sampled], 5)[0]
    assert (LABELS[made.sampled[near]] == LABELS[rest][:, None]).mean() > 0.7


def test_samples_are_even_and_repeatable() -> None:
    labels = np.repeat([0, 1, 2], [1000, 5, 300])
    rows = sample_rows(1305, 100, labels, 0)
    assert len(rows) == 100 and np.bincount(labels[rows])[1] == 5
    assert abs(np.diff(np.bincount(labels[rows])[[0, 2]])[0]) <= 1
    assert np.array_equal(rows, sample_rows(1305, 100, labels, 0))
    assert len(np.unique(sample_rows(1305, 100, None, 0))) == 100


@pytest.mark.parametrize("method", ["tsne", "pca", "dims", "umap"])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_handful_of_codes_has_a_map(method: str, count: int) -> None:
    made = project(DIGITS[:count], method)
    assert made.coords.shape == (count, 2) and np.isfinite(made.coords).all()
    assert made.place(DIGITS[:2]).shape == (2, 2)
    z, how = made.code_at((0.1, 0.2))
    assert z.shape == (64,) and how
    if method in ("tsne", "umap"):
        assert "principal components are shown" in made.notes[-1]


@pytest.mark.parametrize("count", [5, 9, 40])
def test_perplexity_is_lowered_for_few_points_with_a_note(count: int) -> None:
    made = project(DIGITS[:count], steps=60)
    assert isinstance(made, TsneMap) and made.perplexity == pytest.approx((count - 1) / 3)
    assert "Perplexity lowered" in made.notes[0] and np.isfinite(made.coords).all()


@pytest.mark.parametrize(("method", "different"), [("tsne", 1), ("umap", 1), ("tsne", 3), ("umap", 3), ("tsne", 29)])
def test_equal_codes_have_one_place_or_it_is_said(method: str, different: int) -> None:
    rows = np.arange(30) % different
    codes = np.random.default_rng(0).normal(size=(different, 4)).astype(np.float32)[rows]
    # Rounding is no difference.
    made = project(codes + (1e-9 * rows[:, None] if different == 1 else 0), method, steps=60)
    places = len(np.unique(made.coords.round(6), axis=0))
    assert np.isfinite(made.coords).all() and (places == different or made.method == method)
    said = {1: "All codes are equal", 3: "only 3 different codes", 29: "30 codes are 29 different ones"}
    assert said[different] in " ".join(made.notes)


def test_one_dimensional_codes_have_maps() -> None:
    line = np.linspace(0, 1, 40)[:, None]
    for method in ("tsne", "pca", "dims"):
        made = project(line, method, steps=60)
        assert made.coords.shape == (40, 2) and np.isfinite(made.coords).all()
        assert made.code_at(made.coords[3])[0].shape == (1,)


def test_pca_map_is_scikit_learns_and_its_inverse_is_exact() -> None:
    codes = DIGITS[:300]
    made, reference = project(codes, "pca"), PCA(2).fit(codes)
    expected = reference.transform(codes)
    signs = np.sign((made.coords * expected).sum(0))
    np.testing.assert_allclose(made.coords, expected * signs, atol=1e-4)
    np.testing.assert_allclose(made.place(codes[:5]), made.coords[:5], atol=1e-5)
    z, how = made.code_at((0.7, -0.3))
    np.testing.assert_allclose(made.place(z[None])[0], [0.7, -0.3], atol=1e-5)
    assert how == "exact inverse of the projection, the directions not shown at the mean of the codes"
    whole, how = made.code_at(made.coords[9], base=codes[9])
    np.testing.assert_allclose(whole, codes[9], atol=1e-5)
    assert "as in the current code" in how


def test_raw_dimensions_are_shown_as_they_are() -> None:
    codes = DIGITS[:50]
    made = project(codes, "dims", dims=(20, 3))
    assert np.array_equal(made.coords, codes[:, [20, 3]])
    z, how = made.code_at((0.5, 0.25))
    assert z[20] == 0.5 and z[3] == 0.25 and z[30] == pytest.approx(codes[:, 30].mean())
    assert how == "exact in the two dimensions shown, the others at the mean of the codes"
    plain: Projection = project(codes[:, :2], "dims")
    assert plain.code_at((1, 2))[1] == "exact"
    with pytest.raises(SettingsError, match="no latent dimension 64"):
        project(codes, "dims", dims=(0, 64))


def test_empty_places_of_a_tsne_map_answer_with_their_neighbours(digits: TsneMap) -> None:
    z, how = digits.code_at(digits.coords[12])
    assert np.array_equal(z, digits.codes[12]) and how == "the code of the point itself"
    a, b = digits.coords[3], digits.coords[neighbour_graph(digits.coords, 1)[0][3, 0]]
    z, how = digits.code_at((a + b) / 2)
    assert how == "weighted mean of the 5 nearest codes on the map"
    near = nearest(((a + b) / 2)[None], digits.coords, 5)[0][0]
    assert (z >= digits.codes[near].min(0) - 1e-6).all() and (z <= digits.codes[near].max(0) + 1e-6).all()


@pytest.fixture
def umap(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """UMAP, without compiling what it takes for the neighbours of over 4,000 codes, which is half of its half minute.

    Whether that can be compiled is a matter of versions alone: with `--compile-all` it is, as new ones are tried.
    """
    numba = pytest.importorskip("numba")
    with monkeypatch.context() as meanwhile:
        if not pytestconfig.getoption("compile_all"):
            meanwhile.setattr(numba.config, "DISABLE_JIT", True)
        pytest.importorskip("pynndescent")
    pytest.importorskip("umap")


def test_umap_is_repeatable_and_places_new_codes(umap: None) -> None:
    """Slow: numba compiles UMAP."""
    made = project(DIGITS[:150], "umap", limit=120, labels=LABELS[:150])
    assert np.array_equal(made.coords, project(DIGITS[:150], "umap", limit=120, labels=LABELS[:150]).coords)
    assert made.place(DIGITS[200:203]).shape == (3, 2)
    assert "120 of 150 codes" in made.description
    # It is as honest as other maps: kept neighbours are counted, and its empty places measured by each way there is.
    found = preservation(made.codes, made.coords, 5)
    expected = trustworthiness(made.codes, made.coords, n_neighbors=5)
    # Digits of few grey levels are often as far from each other: equal distances are ordered differently.
    assert found.overall("trustworthiness") == pytest.approx(expected, abs=1e-3)
    inverse = measure(made, lambda z, rows: z[:, None, None, :], steps=60)
    assert set(inverse.errors) == {"nearest", "neighbours", "network"}
    assert all(0 < inverse.overall(way)[1] < inverse.chance[1] for way in inverse.errors)
    # Of one that is kept, its places are: new codes lie amid their neighbours there.
    codes = Codes(DIGITS[:150], None, np.arange(150), LABELS[:150])
    how = {"points": "0" * 64, "limit": 150, "sample": 120, "perplexity": 30.0, "seed": 0, "epoch": 1, "written": 0.0}
    facts = MapFacts.model_validate({"method": "umap", "part": "train", **how})
    again = rebuilt(KeptMap(facts, made.index, made.coords, made.sampled), codes)
    assert (again.method, again.description) == (made.method, made.description)
    np.testing.assert_array_equal(again.place(DIGITS[:3]), made.place_roughly(DIGITS[:3]))
    # Whoever leaves does not wait for its end.
    stop, seen = StopToken(), list[Progress]()

    def listen(event: Event) -> None:
        if isinstance(event, Progress) and event.total:
            seen.append(event)
            stop.request()

    with pytest.raises(Stopped):
        project(DIGITS[:150], "umap", emit=listen, stop=stop)
    assert len(seen) == 1 and seen[0].done < seen[0].total
    # Nor does whoever comes next, on another thread: it is drawn into a bar as well.
    later = threading.Thread(target=project, args=(DIGITS[:40], "umap"), daemon=True)
    later.start()
    later.join(120)
    assert not later.is_alive()


def test_what_numba_compiles_is_left_between_two_passes_and_compiled_when_it_is_asked_for_again() -> None:
    """UMAP is compiled for half a minute when it first runs: a window that closes does not wait for it."""
    numba = pytest.importorskip("numba")

    @numba.njit
    def twice(number: int) -> int:
        return 2 * number

    stop = StopToken()
    stop.request()
    with pytest.raises(Stopped), stopped_while_compiling(stop):
        twice(2)
    assert not twice.signatures
    # Another thread's work is nobody's business here.
    other = threading.Thread(target=twice, args=(2,))
    with stopped_while_compiling(stop):
        other.start()
        other.join()
    assert twice.signatures
    with stopped_while_compiling(StopToken()):
        assert twice(2.5) == 5.0


def test_without_the_extra_umap_says_how_to_install_it() -> None:
    code = (
        "import sys; sys.modules['umap'] = None\n"
        "import numpy as np\n"
        "from latentexplorer.core.errors import MissingExtraError\n"
        "from latentexplorer.latent.projection import project\n"
        "try: project(np.random.default_rng(0).normal(size=(20, 3)), 'umap')\n"
        "except MissingExtraError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "latentexplorer[umap]"' in done.stdout


def test_what_cannot_be_mapped_is_refused() -> None:
    with pytest.raises(SettingsError, match="isomap"):
        project(DIGITS[:5], "isomap")
    with pytest.raises(NotApplicableError):
        project(DIGITS[:0])
    with pytest.raises(NotApplicableError, match="finite"):
        project(np.array([[np.nan, 1.0]]))
