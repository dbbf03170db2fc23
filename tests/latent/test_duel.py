"""Do two codes organise the same images alike: known answers for turned, scaled, shuffled and random codes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import ortho_group

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError, Stopped
from latentexplorer.latent.duel import Alike, alike, matched

SEEDS = (0, 1, 2)
WIDTHS = (4.0, 2.0, 1.0, 0.5, 0.25)


def codes(seed: int, count: int = 400, widths: tuple[float, ...] = WIDTHS) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, len(widths))) * widths


def turned(z: np.ndarray, seed: int) -> np.ndarray:
    return z @ ortho_group.rvs(z.shape[1], random_state=seed)


SAME: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "itself": lambda z, seed: z,
    "turned": turned,
    "mirrored": lambda z, seed: z * (-1, 1, -1, 1, 1),
    "scaled and shifted": lambda z, seed: 1e4 * z - 7e4,
    "permuted": lambda z, seed: z[:, np.random.default_rng(seed).permutation(z.shape[1])],
    "turned into more dimensions": lambda z, seed: turned(np.pad(z, ((0, 0), (0, 3))), seed),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("how", SAME)
def test_codes_that_are_the_same_but_for_their_frame_are_alike(how: str, seed: int) -> None:
    z = codes(seed)
    found = alike(z, SAME[how](z, seed))
    assert found.cka == pytest.approx(1, abs=1e-9) and found.overlap == pytest.approx(1)
    assert found.cka_error < 1e-9 and found.overlap_error < 1e-9
    assert 0 < found.cka_chance < 0.02 and found.overlap_chance == pytest.approx(15 / 399)


@pytest.mark.parametrize(("count", "dims"), [(400, 5), (40, 100)])
def test_random_codes_are_as_alike_as_chance_says(count: int, dims: int) -> None:
    many = [alike(*(codes(2 * seed + at, count, (1.0,) * dims) for at in (0, 1))) for seed in range(20)]
    for name in ("cka", "overlap"):
        values, chances = (np.array([getattr(each, end) for each in many]) for end in (name, f"{name}_chance"))
        error = values.std(ddof=1) / np.sqrt(len(many))
        assert abs(values.mean() - chances.mean()) < 4 * error
    # Few images of many dimensions are alike by chance, and it says so.
    assert (many[0].cka_chance > 0.5) == (dims > count)


def test_the_standard_errors_are_those_of_other_images() -> None:
    found: list[Alike] = []
    for seed in range(30):
        z = codes(seed, 200)
        found.append(alike(z, z + np.random.default_rng(100 + seed).normal(size=z.shape)))
    for name in ("cka", "overlap"):
        values, errors = (np.array([getattr(each, end) for each in found]) for end in (name, f"{name}_error"))
        assert 0.5 < errors.mean() / values.std(ddof=1) < 2


@pytest.mark.parametrize(("count", "dims"), [(60, 8), (200, 40)])
def test_the_error_of_shared_neighbours_counts_that_images_are_neighbours_of_several(count: int, dims: int) -> None:
    found = []
    turn = np.random.default_rng(6).normal(size=(dims, dims)) / np.sqrt(dims)
    centres = 2 * np.random.default_rng(5).normal(size=(10, dims))
    for seed in range(60):
        rng = np.random.default_rng([count, seed])
        z = centres[rng.integers(10, size=count)] + rng.normal(size=(count, dims))
        found.append(alike(z, np.tanh(z @ turn) + 0.5 * rng.normal(size=z.shape)))
    values, errors = (np.array([getattr(each, name) for each in found]) for name in ("overlap", "overlap_error"))
    # Were the parts of the images independent of each other it would be 0.4 to 0.6 of that.
    assert 0.8 < np.sqrt(np.square(errors).mean()) / values.std(ddof=1) < 1.5


def test_codes_all_in_two_places_have_neighbours_and_no_error_of_them() -> None:
    z = np.repeat([[0.0], [1.0]], 10, axis=0)
    found = alike(z, 2 * z)
    assert found.overlap == 1 and found.overlap_error < 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_matched_dimensions_recover_a_permutation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    z = codes(seed)
    order, sign = rng.permutation(5), rng.choice((-1, 1), 5)
    # Scaled, mirrored and bent, with noise that leaves no doubt, and a dimension that is none of them.
    other = np.column_stack([(sign * np.cbrt(z))[:, order] * rng.uniform(0.1, 9, 5), rng.normal(size=400)])
    found = matched(z, other)
    assert dict(zip(found.first.tolist(), found.second.tolist(), strict=True)) == {
        int(dim): at for at, dim in enumerate(order)
    }
    assert found.sure.all() and np.allclose(found.r, sign[found.first])


def test_how_sure_a_match_is() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(500, 3))
    # The first has two partners that are as good, the second has one, the third none.
    other = np.column_stack([z[:, 0], z[:, 0], z[:, 1] + 0.3 * rng.normal(size=500)])
    found = matched(z, other)
    by_dim = dict(zip(found.first.tolist(), range(3), strict=True))
    assert not found.sure[by_dim[0]] and found.beyond_chance[by_dim[0]]
    assert found.rival[by_dim[0]] == pytest.approx(1)
    assert found.sure[by_dim[1]] and found.low[by_dim[1]] < 0.957 < found.high[by_dim[1]]
    assert by_dim[2] == 2 and abs(found.r[2]) < 0.2
    # By chance hardly one of ten by ten goes beyond chance: in one of twenty such comparisons.
    beyond = [matched(*np.random.default_rng(seed).normal(size=(2, 300, 10))).beyond_chance.any() for seed in range(60)]
    assert sum(beyond) <= 8


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (np.zeros((40, 2)), codes(0, 40), "first model are in one place"),
        (codes(0, 40), np.full((40, 3), 1e6), "second model are in one place"),
        (codes(0, 1), codes(1, 1), "1 image cannot"),
        (codes(0, 9), codes(1, 9), "9 images cannot"),
        (np.full((40, 1), np.nan), codes(1, 40), "not finite"),
    ],
)
@pytest.mark.parametrize("question", [alike, matched])
def test_what_tells_nothing_is_refused(
    a: np.ndarray, b: np.ndarray, why: str, question: Callable[[np.ndarray, np.ndarray], object]
) -> None:
    with pytest.raises(NotApplicableError, match=why):
        question(a, b)


def test_equal_codes_are_no_neighbours_of_each_other_more_than_of_all() -> None:
    # All but a few images in one place: that agrees with nothing.
    lumped = np.where(np.arange(400)[:, None] < 380, 0.0, codes(1, 400, (1.0, 1.0)))
    found = alike(codes(0), lumped)
    assert abs(found.overlap - found.overlap_chance) < 0.02
    both = alike(lumped, np.where(np.arange(400)[:, None] < 380, 3.0, codes(2, 400, (1.0, 1.0))))
    assert both.overlap_chance > 0.9 and both.overlap - both.overlap_chance < 0.1
    # Dimensions that tell nothing apart match none.
    flat = matched(codes(0), np.pad(codes(0)[:, :2], ((0, 0), (0, 3))))
    assert flat.beyond_chance.sum() == 2 and (flat.r[2:] == 0).all()


def test_of_many_images_and_dimensions_it_takes_a_moment_and_says_of_how_many() -> None:
    z = codes(0, 60_000, (1.0,) * 128)
    found = alike(z, z[:, ::-1], queries=20)
    assert found.cka == pytest.approx(1) and found.asked == 20 and found.images == 60_000
    assert found.overlap == pytest.approx(1)
    assert alike(z[:300], z[:300, :1], queries=20).cka < 0.5


@pytest.mark.parametrize(("count", "dims", "looked"), [(2_000, 3, 10 + 8), (30, 40, 10)])
def test_it_can_be_stopped_between_any_million_distances_and_between_tenths(count: int, dims: int, looked: int) -> None:
    class Late(StopToken):
        """Somebody stops it when it has looked so many times whether it is to stop."""

        left = looked

        def check(self) -> None:
            self.left -= 1
            if not self.left:
                raise Stopped

    z = np.random.default_rng(0).normal(size=(count, dims))
    with pytest.raises(Stopped):
        alike(z, z, stop=Late())
