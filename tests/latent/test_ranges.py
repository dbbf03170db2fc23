"""From where to where codes go, and which range is shown."""

from __future__ import annotations

import numpy as np
import pytest

from latentexplorer.latent.ranges import COVER, Choice, Span, choose, used_ranges
from latentexplorer.models.distributions import make_prior

NORMAL = (-2.33, 2.33)


def spread(low: float, high: float, n: int = 1001) -> np.ndarray:
    """Codes of one dimension whose range is (low, high)."""
    beyond = (high - low) * (1 - COVER) / COVER / 2
    return np.linspace(low - beyond, high + beyond, n)[:, None]


def test_the_range_of_codes_is_their_middle_and_odd_ones_do_not_count() -> None:
    codes = np.random.default_rng(0).normal(size=(5000, 2)) * [1, 4]
    codes[7] = 1e6, -1e6
    np.testing.assert_allclose(used_ranges(codes), np.quantile(codes, [0.01, 0.99], axis=0).T)
    codes[11] = np.nan, np.inf
    found = used_ranges(codes)
    assert np.isfinite(found).all() and np.allclose(found[1], [-9.3, 9.3], atol=1)
    assert (used_ranges(np.full((3, 2), np.nan)) == [[-0.5, 0.5]] * 2).all()


@pytest.mark.parametrize("scale", [1e-3, 1.0, 500.0])
def test_a_dimension_that_is_not_used_is_as_wide_as_the_others(scale: float) -> None:
    codes = np.concatenate([spread(-2, 2), spread(0, 4), spread(7.0, 7.001)], axis=1) * scale
    np.testing.assert_allclose(used_ranges(codes) / scale, [[-2, 2], [0, 4], [5.0005, 9.0005]], atol=1e-6)
    # One code alone, or all codes the same: one unit.
    assert (used_ranges(np.full((1, 2), 3.0)) == [[2.5, 3.5]] * 2).all()
    # Where codes cannot be, none is shown.
    assert used_ranges(np.full((4, 1), 0.2), support=(0.0, np.inf)).tolist() == [[0.0, 0.7]]


CASES: list[tuple[Choice, tuple[float, float], tuple[float, float] | None, str, tuple[float, float]]] = [
    ("auto", (-2.0, 2.1), NORMAL, "prior", NORMAL),
    ("auto", (-2.9, 2.6), NORMAL, "prior", NORMAL),
    ("auto", (-0.01, 0.01), NORMAL, "prior", NORMAL),
    ("auto", (-4.1, 6.0), NORMAL, "codes", (-4.1, 6.0)),
    ("auto", (1.0, 5.9), NORMAL, "codes", (1.0, 5.9)),
    ("auto", (-1.0, 1.0), (-0.98, 0.98), "prior", (-0.98, 0.98)),
    ("auto", (-2.0, 1.0), (-0.98, 0.98), "codes", (-2.0, 1.0)),
    ("auto", (0.0, 5.0), (0.01, 4.6), "prior", (0.01, 4.6)),
    ("auto", (0.0, 9.0), (0.01, 4.6), "codes", (0.0, 9.0)),
    ("auto", (40.0, 90.0), None, "codes", (40.0, 90.0)),
    ("prior", (40.0, 90.0), None, "codes", (40.0, 90.0)),
    ("codes", (-1.0, 1.5), NORMAL, "codes", (-1.0, 1.5)),
    ("prior", (-9.0, 9.0), NORMAL, "prior", NORMAL),
    ((-3.0, 3.0), (-9.0, 9.0), NORMAL, "given", (-3.0, 3.0)),
]


@pytest.mark.parametrize("choice,used,prior,of,ends", CASES)
def test_the_prior_is_spanned_until_the_codes_leave_it(
    choice: Choice,
    used: tuple[float, float],
    prior: tuple[float, float] | None,
    of: str,
    ends: tuple[float, float],
) -> None:
    (span,) = choose(choice, 1, np.array([used]), prior)
    assert (span.of, span.low, span.high) == (of, *ends)


def test_what_is_not_known_is_replaced() -> None:
    assert choose("codes", 2, None, NORMAL) == [Span(*NORMAL, "prior")] * 2
    assert choose("auto", 1, None, None) == [Span(-1.0, 1.0, "prior")]


def test_a_range_stands_still_while_the_codes_move_a_little_and_follows_when_they_leave() -> None:
    before: list[Span] | None = None
    seen = []
    for step in range(12):
        before = choose("auto", 1, np.array([[-4 - 0.2 * step, 4 + 0.2 * step]]), NORMAL, before)
        seen.append(before[0].high)
    assert seen == sorted(seen) and 1 < len(set(seen)) < 4
    # No turns are taken at the edge of the prior: what has left it is back only when it lies within.
    for high, of in ((3.2, "codes"), (2.9, "codes"), (3.0, "codes"), (2.2, "prior"), (2.9, "prior"), (3.2, "codes")):
        before = choose("auto", 1, np.array([[-2.2, high]]), NORMAL, before)
        assert before[0].of == of
    # What a person chooses is never held back.
    assert choose("prior", 1, np.array([[-2.2, 3.2]]), NORMAL, before) == [Span(*NORMAL, "prior")]


@pytest.mark.parametrize("name", ["normal", "laplace", "exponential", "log-exponential", "uniform"])
def test_draws_from_a_prior_do_not_leave_it(name: str) -> None:
    import torch

    prior = make_prior(name)
    draws = prior.sample((2000, 3), torch.Generator().manual_seed(0)).numpy()
    ends = prior.icdf(torch.tensor([(1 - COVER) / 2, (1 + COVER) / 2], dtype=torch.float64)).tolist()
    spans = choose("auto", 3, used_ranges(draws, support=prior.support), (ends[0], ends[1]))
    assert {span.of for span in spans} == {"prior"}
