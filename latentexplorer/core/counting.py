"""How many of something, in words."""

from __future__ import annotations


def count_text(number: int, singular: str, plural: str = "") -> str:
    """`1,000 codes`, `1 code`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
