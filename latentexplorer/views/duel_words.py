"""A duel in words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from latentexplorer.views.base import PART_NAMES, Array, count_text

if TYPE_CHECKING:
    from latentexplorer.latent.duel import Alike, Matches
    from latentexplorer.views.duel_pairs import Pairs
    from latentexplorer.views.duel_seeds import Seeds

SAME = 0.999
"""From here on, CKA and nearest in common, it is but the frame that differs."""
FIXED, OTHER = 2.69, 2.45
"""Standard errors within which numbers are not told apart, with 95 % for the two that are looked at (Bonferroni): each
from a fixed number (Student's t of nine degrees, as a jackknife over tenths has), and from another one (18 degrees)."""


def images_text(pairs: Pairs) -> str:
    """`512 held-out images`, `2,000 of 60,000 training images`."""
    of = f"{len(pairs):,} of " if len(pairs) < pairs.known else ""
    return f"{of}{count_text(pairs.known, f'{PART_NAMES[pairs.part]} image')}"


def verdict(found: Alike, seeds: Seeds | None, twins: bool) -> str:
    """What the numbers come to, in a sentence without a full stop."""
    if min(found.cka, found.overlap) > SAME:
        return "They organise these images in the same way, but for a turn and a scale"
    if twins:
        return "The two differ in their seed alone: so alike are two seeds of one model"
    # Models may agree in their widest directions, which CKA hears, or in who is near whom, or in both.
    alike = found.cka - found.cka_chance > FIXED * found.cka_error
    if not alike and found.overlap - found.overlap_chance <= FIXED * found.overlap_error:
        return "They do not surely organise these images more alike than by chance"
    if seeds is None:
        return "They organise these images more alike than by chance"
    held = seeds.alike
    ways = (
        _beside(found.cka, found.cka_error, held.cka, held.cka_error),
        _beside(found.overlap, found.overlap_error, held.overlap, held.overlap_error),
    )
    # Either of the two numbers tells them apart.
    which = ", less than" if min(ways) < 0 else " and than" if max(ways) > 0 else ", not told apart from"
    return f"They organise these images more alike than by chance{which} two seeds of {seeds.names[0]}"


def _beside(value: float, error: float, other: float, other_error: float) -> int:
    """-1: below the other one, 1: above it, 0: they are not told apart."""
    apart = value - other
    return 0 if abs(apart) <= OTHER * float(np.hypot(error, other_error)) else int(np.sign(apart))


PLUS_MINUS = "± is the standard error over images"


def cka_text(found: Alike) -> str:
    """`0.93 ± 0.01`, `0.964 ± 0.003`: an error that is there is never written as none."""
    digits = 2 if found.cka_error >= 0.005 or found.cka > 0.9995 else 3
    return f"{found.cka:.{digits}f} ± {found.cka_error:.{digits}f}"


def overlap_text(found: Alike) -> str:
    """`41 ± 1 %`, `41.3 ± 0.4 %`."""
    digits = 0 if found.overlap_error >= 0.0095 or found.overlap > 0.9995 else 1
    return f"{100 * found.overlap:.{digits}f} ± {100 * found.overlap_error:.{digits}f} %"


def lines(found: Alike, seeds: Seeds | None) -> tuple[tuple[str, str, str, str], ...]:
    """Name, value, what chance gives and what two seeds give, a line each; "" for what is not known."""
    return (
        ("CKA", cka_text(found), f"{found.cka_chance:.2f}", cka_text(seeds.alike) if seeds else ""),
        (
            f"{found.neighbours} nearest in common",
            overlap_text(found),
            f"{100 * found.overlap_chance:.0f} %",
            overlap_text(seeds.alike) if seeds else "",
        ),
    )


def match_words(matches: Matches, row: int) -> tuple[str, str]:
    """`z3 and −z7`, `|r| 0.93 (0.90 to 0.95), no other near`."""
    mirrored = "−" if matches.r[row] < 0 else ""
    pair = f"z{matches.first[row]} and {mirrored}z{matches.second[row]}"
    size = f"r {abs(matches.r[row]):.2f} ({matches.low[row]:.2f} to {matches.high[row]:.2f})"
    if not matches.beyond_chance[row]:
        return pair, f"{size}, as by chance"
    if matches.sure[row]:
        return pair, f"{size}, sure"
    return pair, f"{size}, unsure: another has {matches.rival[row]:.2f}"


def matched_text(matches: Matches) -> str:
    """`3 of 8 dimensions have one partner for sure, 2 an unsure one`."""
    sure, some = int(matches.sure.sum()), int(matches.beyond_chance.sum())
    said = f"{sure} of {count_text(len(matches.r), 'pair')} of dimensions {'is' if sure == 1 else 'are'} sure"
    said += f", {some - sure} unsure" if some > sure else ""
    by_chance = len(matches.r) - some
    return said + (f", {by_chance} as by chance (r below {matches.chance:.2f})" if by_chance else "")


def unused_text(name: str, used: Array, dims: int) -> str:
    """Which dimensions were matched, where it is not all of them; ""."""
    if len(used) == dims:
        return ""
    return f"{name} uses {len(used)} of its {count_text(dims, 'dimension')}: only those are matched"


def numbers(found: Alike) -> dict[str, Any]:
    """How alike they are, for programs."""
    return {
        "cka": {"value": found.cka, "standard_error": found.cka_error, "by_chance": found.cka_chance},
        "neighbour_overlap": {
            "value": found.overlap,
            "standard_error": found.overlap_error,
            "by_chance": found.overlap_chance,
            "neighbours": found.neighbours,
            "images_asked": found.asked,
        },
    }
