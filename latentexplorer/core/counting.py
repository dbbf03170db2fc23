"""How many of something, and how much, in words."""

from __future__ import annotations

LARGE = 1e15


def count_text(number: int, singular: str, plural: str = "") -> str:
    """`1,000 codes`, `1 code`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def amount_text(value: float, digits: int = 4) -> str:
    """A number with as many digits as count, and its whole part never cut: `0.0713`, `1.204`, `24,405`.

    By powers of ten a loss of many pixels would read 2.441e+04, whatever its last nats are.
    """
    whole = 10 ** (digits - 1) <= abs(value) < LARGE
    return f"{value:,.0f}" if whole else f"{value:.{digits}g}"


def percent_text(share: float) -> str:
    """A part, as `97 %`, `99.6 %`, `0.3 %`: not all is never written as all, nor what is there as none."""
    digits = 0
    while 0 < share < 1 - 1e-6 and digits < 4 and float(f"{100 * share:.{digits}f}") in (0, 100):
        digits += 1
    return f"{100 * share:.{digits}f} %"
