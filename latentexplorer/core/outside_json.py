"""JSON from elsewhere: no more tables and values in it than a file of this program can have.

Two letters, `{}`, become an object of 64 bytes, and five, `{"":}`, one of 184: sixteen megabytes of them took 650 MB
and ten seconds, in one call that nobody can stop. Numbers and texts take little.
"""

from __future__ import annotations

import json
import math
from typing import Any

from latentexplorer.core.garbage import collected_later

MOST_TABLES = 250_000
"""Tables and lists, within each other or not: two hundred directions with a thousand rows each have fewer."""
MOST_VALUES = 3_000_000
MOST_DIGITS = 300
"""Of a whole number: with more it is infinite, as other numbers are, and not one that no float can hold."""


def parsed(text: str | bytes) -> Any:
    """The value that a text stands for.

    Raises
    ------
    ValueError
        If it is no JSON, holds more than it may, or is nested too deep.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    if text.count("{") + text.count("[") > MOST_TABLES or text.count(",") > MOST_VALUES:
        raise ValueError(f"it holds more than {MOST_TABLES:,} tables or {MOST_VALUES:,} values")
    try:
        with collected_later():
            return json.loads(text, parse_int=_whole)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _whole(digits: str) -> int | float:
    if len(digits) <= MOST_DIGITS:
        return int(digits)
    return -math.inf if digits.startswith("-") else math.inf
