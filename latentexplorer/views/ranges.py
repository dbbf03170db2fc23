"""Which range of a dimension is shown: what settings call it, what a run gives, and how it is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from latentexplorer.latent.ranges import COVER, Choice, Span, choose, used_ranges
from latentexplorer.views.base import Array
from latentexplorer.views.lookup import kl_of, prior_quantiles
from latentexplorer.views.typical import starts_at_code

if TYPE_CHECKING:
    from latentexplorer.latent.traversal import Importance
    from latentexplorer.runs import Trained

LIMIT = 1e6
"""No end of a range is farther out."""
Number = Annotated[float, Field(ge=-LIMIT, le=LIMIT)]
Range = tuple[Number, Number]
RangeSetting = Literal["auto", "codes", "prior", "either"] | Range

RANGE_WORDS = (
    "the prior's quantiles, or the codes' range where they leave it or there is no prior; the codes' range for "
    "auto-decoders, whose codes fill no prior"
)
NOUGHT = 1e-9
"""No number that is shown is smaller, but nought."""
ENOUGH = 2_000
"""Codes that tell whether a dimension is used."""


def check_range(name: str, ends: object) -> None:
    """Refuse two numbers of which the first is not the smaller one."""
    if isinstance(ends, tuple) and not ends[0] < ends[1]:
        raise ValueError(f"{name}: the first number must be the smaller one")


def meant(trained: Trained, choice: Choice) -> Choice:
    """What a setting means for a run: free codes lie where training has left them, so by default theirs is the range.

    A prior of free codes is ten times as wide as some of their dimensions and narrower than others. "either" is what
    auto is for the other families.
    """
    return "codes" if choice == "auto" and starts_at_code(trained) else choice


def spans_of(
    trained: Trained,
    choice: Choice,
    dims: Sequence[int] | None = None,
    *,
    cover: float = COVER,
    before: Sequence[Span] | None = None,
) -> list[Span]:
    """The range of each of some dimensions of a run, or of all, see `latent.ranges.choose`."""
    choice = meant(trained, choice)
    wanted = list(range(trained.code_dim)) if dims is None else list(dims)
    prior = used = None
    if isinstance(choice, str):
        if trained.prior is not None:
            low, high = prior_quantiles(trained, np.array([(1 - cover) / 2, (1 + cover) / 2]))
            prior = (float(low), float(high))
        codes = trained.codes.get("train")
        if codes is not None and len(codes) and (choice != "prior" or prior is None):
            support = (-np.inf, np.inf) if trained.prior is None else trained.prior.support
            used = used_ranges(codes.loc[:, wanted], cover=cover, support=support)
    return choose(choice, len(wanted), used, prior, before)


def importance_of(trained: Trained, most: int | None = None) -> Importance:
    """How much each dimension of a run matters, judged by its training codes, or at most so many of them."""
    from latentexplorer.latent.traversal import importance

    codes = trained.codes_of("train")
    if most is not None and len(codes) > most:
        codes = codes.take(np.linspace(0, len(codes) - 1, most).astype(np.int64))
    kl = kl_of(trained, codes)
    return importance(codes.loc, None if kl is None else kl.mean(0))


def unused_dimensions(trained: Trained) -> Array:
    """Which dimensions of a run carry nothing, (D,) bool; none where no codes are known."""
    codes = trained.codes.get("train")
    if codes is None or not len(codes):
        return np.zeros(trained.code_dim, bool)
    return importance_of(trained, ENOUGH).unused


def axis_name(dimension: int, unused: Array) -> str:
    """`z3`, and whether it is not used."""
    dead = dimension < len(unused) and bool(unused[dimension])
    return f"z{dimension} (not used)" if dead else f"z{dimension}"


def whose(spans: Sequence[Span], names: Sequence[str] = ("across", "up")) -> str:
    """Whose ranges are shown: `the prior`, `the codes`, `the codes across, the prior up`; "" where they are given."""
    words = {"codes": "the codes", "prior": "the prior", "given": ""}
    found = [words[span.of] for span in spans]
    if len(set(found)) == 1:
        return found[0]
    return ", ".join(f"{word} {name}" for word, name in zip(found, names, strict=False) if word)


def leaving_note(trained: Trained, choice: Choice, names: Sequence[str], spans: Sequence[Span]) -> tuple[str, ...]:
    """That the codes leave the prior, and which dimensions therefore span the codes; nothing where they do not."""
    if meant(trained, choice) not in ("auto", "either") or trained.prior is None:
        return ()
    left = [name.split(" (")[0] for name, span in zip(names, spans, strict=True) if span.of == "codes"]
    if not left:
        return ()
    first = ", ".join(left[:4]) + (f" and {len(left) - 4} more" if len(left) > 4 else "")
    return (f"Codes leave the prior: {first} {'spans' if len(left) == 1 else 'span'} the codes",)


def brief(value: float) -> str:
    """A number with three figures; what only rounding has left of nought is nought."""
    return f"{value:.3g}" if abs(value) >= NOUGHT else "0"


TINY = 1e-4
"""Numbers of a range narrower than this are told with an exponent."""


def number_text(value: float, width: float) -> str:
    """A number beside a range so wide: with as many digits as mean something there, never with an exponent of noise."""
    if 0 < width < TINY and abs(value) <= 100 * width:
        # Six decimals would show neighbours alike.
        if abs(value) < width / 1000:
            return "0"
        digits = int(np.clip(np.floor(np.log10(abs(value))) - np.floor(np.log10(width)) + 1, 0, 3))
        return f"{value:.{digits}e}".replace("-", "−")
    digits = 0 if width >= 100 else int(np.clip(1 - np.floor(np.log10(max(width, 1e-6))), 1, 6))
    text = f"{value:.{digits}f}"
    return (text if float(text) else text.lstrip("-")).replace("-", "−")


def span_text(low: float, high: float) -> str:
    """`−4.1 … 6.0`."""
    return f"{number_text(low, high - low)} … {number_text(high, high - low)}"
