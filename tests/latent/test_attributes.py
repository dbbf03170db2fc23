"""Attribute vectors against planted directions, and their receipts against what is known of chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent import attributes
from latentexplorer.latent.attributes import Direction, beside, mean_share, moved, pixel_change, told, told_apart


def planted(seed: int, dims: int = 8, count: int = 400, step: float = 3.0) -> tuple[np.ndarray, ...]:
    """A direction, codes of A and codes of B that lie `step` further along it, in stretched and turned noise."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=dims)
    direction /= np.linalg.norm(direction)
    mixing = rng.normal(size=(dims, dims)) / np.sqrt(dims)
    a, b = (rng.normal(size=(count, dims)) @ mixing for _ in range(2))
    return direction, a.astype(np.float32), (b + step * direction).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_the_direction_is_the_planted_one_and_moving_along_it_moves_nothing_else(seed: int) -> None:
    direction, a, b = planted(seed, step=6.0)
    found = Direction.between(a, b)
    cosine = found.step @ direction / np.linalg.norm(found.step)
    assert np.degrees(np.arccos(cosine)) < 6
    assert np.allclose([found.places(a).mean(), found.places(b).mean()], [0, 1], atol=1e-6)
    far = moved(found.step, a[:5], np.array([0.0, 0.5, 1.0]))
    assert np.array_equal(far[:, 0], a[:5])
    assert np.allclose(found.places(far[:, 2]) - found.places(a[:5]), 1, atol=1e-5)
    # What is at right angles to it stays where it was.
    across = np.linalg.svd(found.step[None])[2][1:]
    assert np.allclose((far[:, 2] - a[:5]) @ across.T, 0, atol=1e-5)


def test_held_out_images_of_the_same_groups_are_told_right_as_often_as_in_truth() -> None:
    """Groups one standard deviation apart to both sides: the best there is is right in 84.1 %."""
    rng = np.random.default_rng(0)

    def draw(count: int, at: float) -> np.ndarray:
        return np.concatenate([rng.normal(at, 1, (count, 1)), rng.normal(size=(count, 4))], axis=1)

    a, b = draw(3000, -1), draw(1000, 1)
    for found in (told(a, b, draw(4000, -1), draw(500, 1)), told_apart(a, b)):
        assert found is not None and found.low < 0.841 < found.high
        assert found.discriminant == pytest.approx(0.841, abs=0.02)


@pytest.mark.parametrize("of_others", [True, False])
def test_groups_that_are_no_groups_are_told_by_chance_also_in_many_dimensions(of_others: bool) -> None:
    """Of its own images the direction of 40 random ones in 60 dimensions tells nearly all right."""
    values, inside = [], 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        a, b, asked_a, asked_b = rng.normal(size=(4, 20, 60))
        found = told(a, b, asked_a, asked_b) if of_others else told_apart(a, b, seed=seed)
        own = told(a, b, a, b)
        assert found is not None and own is not None and own.value > 0.75
        values.append(found.value)
        inside += found.low <= attributes.CHANCE <= found.high
    assert np.mean(values) == pytest.approx(0.5, abs=0.035)
    assert inside >= 35


def test_the_discriminant_tells_where_the_means_alone_cannot() -> None:
    rng = np.random.default_rng(1)
    mixing = np.array([[10.0, 10.0], [0.3, -0.3]])
    a, b, more_a, more_b = (rng.normal(size=(500, 2)) @ mixing + at for at in ([-1, 1], [1, -1]) * 2)
    found = told(a, b, more_a, more_b)
    assert found is not None and found.discriminant is not None
    assert found.discriminant > 0.95
    assert (
        told(rng.normal(size=(9, 600)), rng.normal(size=(9, 600)), *rng.normal(size=(2, 9, 600))).discriminant is None
    )  # type: ignore[union-attr]


def test_the_interval_of_two_shares_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(400):
        counts = (30, 90)
        got = tuple(int(rng.binomial(count, p)) for count, p in zip(counts, (0.7, 0.95), strict=True))
        _, low, high = mean_share((got[0], got[1]), counts)
        hits += low <= 0.825 <= high
    assert hits >= 0.92 * 400
    assert mean_share((5, 5), (5, 5))[1] < 0.9, "five of five are no certainty"


def test_what_goes_along_is_found_and_what_does_not_is_rarely_claimed() -> None:
    claimed = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        at = rng.normal(0.5, 1, 300)
        groups = rng.integers(0, 4, 300)
        groups[at > 1.9] = 4
        numbers = {"along": 2 * at + rng.normal(size=300), "still": np.ones(300)}
        numbers |= {f"by itself {at}": rng.normal(size=300) for at in range(10)}
        rows, left_out = beside(at, numbers, {"class": (("p", "q", "r", "s", "far", "none"), groups)})
        known = {row.name: row for row in rows}
        assert known["along"].way == 1 and known["along"].value == pytest.approx(2 / np.sqrt(5), abs=0.12)
        if (groups == 4).sum() >= 10:
            assert known["class = far"].way == 1 and known["class = far"].value > 1.9
        claimed += any(row.way for row in rows if row.name.startswith("by itself"))
        assert left_out[0] == "still (the same everywhere)"
    assert claimed <= 7, "of all intervals together one in twenty may be wrong"


def test_pixels_change_by_what_the_step_does_to_a_linear_decoder() -> None:
    rng = np.random.default_rng(3)
    weights = rng.normal(0, 0.01, (3, 16))

    def decode(z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
        return (0.5 + z @ weights).reshape(-1, 4, 4, 1)

    a, b = rng.normal(size=(90, 3)), rng.normal(size=(80, 3)) + 2
    step = Direction.between(a, b).step
    found = pixel_change(decode, step, a, b)
    assert found.step == pytest.approx(np.sqrt(np.mean((step @ weights) ** 2)), rel=1e-5)
    assert found.between > found.step, "images of two groups differ in more than their means"
    # Groups that are alike differ, too: by as much as two images of one of them do.
    alone = np.mean([pdist(group @ weights).mean() / 4 for group in (a, b)])
    assert found.within == pytest.approx(alone, rel=0.1) and found.within < found.between
    same = pixel_change(decode, step, a[::2], a[1::2])
    assert same.within == pytest.approx(same.between, rel=0.1)
    assert pixel_change(decode, step, a, b[:1]).within is None


@pytest.mark.parametrize("other", [np.zeros((0, 3)), np.ones((4, 3))])
def test_groups_without_a_way_between_them_are_refused(other: np.ndarray) -> None:
    with pytest.raises(NotApplicableError):
        Direction.between(np.ones((6, 3)), other)
    assert told_apart(np.ones((1, 3)), np.zeros((9, 3))) is None
    assert told(np.ones((1, 3)), np.zeros((9, 3)), np.zeros((0, 3)), np.zeros((9, 3))) is None


def test_a_large_set_of_long_codes_is_told_of_too() -> None:
    rng = np.random.default_rng(4)
    codes = rng.normal(size=(60_000, 128)).astype(np.float32)
    high = codes[:, 7] > 0
    found = told(codes[~high], codes[high], codes[~high][:500], codes[high][:500])
    assert found is not None and found.low > 0.95 and found.discriminant is not None
    rows, _ = beside(Direction.between(codes[~high], codes[high]).places(codes), {"z3": codes[:, 3]}, {})
    assert abs(rows[0].value) < 0.05


def test_a_step_too_short_to_be_kept_is_none() -> None:
    with pytest.raises(NotApplicableError, match="same mean code"):
        Direction.between(np.zeros((3, 2)), np.full((3, 2), 1e-40))
