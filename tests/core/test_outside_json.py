"""JSON from elsewhere: what would become a thousand times its size is refused, and every wrong text in the same way."""

from __future__ import annotations

import math

import pytest

from latentexplorer.core.outside_json import MOST_TABLES, MOST_VALUES, parsed


@pytest.mark.parametrize("kind", [str.encode, str])
def test_what_is_written_is_read(kind: type) -> None:
    assert parsed(kind('{"a": [1, 2.5, null, "b"], "c": {}}')) == {"a": [1, 2.5, None, "b"], "c": {}}


@pytest.mark.parametrize(
    "text",
    [
        "[" + ",".join(["[]"] * MOST_TABLES) + "]",
        '{"a":' * MOST_TABLES + "{" + "}" * (MOST_TABLES + 1),
        "[" + "0," * MOST_VALUES + "0,0]",
        "[" * 100_000,
        "{",
        "",
    ],
    ids=["lists", "tables", "values", "deep", "half", "empty"],
)
def test_what_is_no_such_json_is_refused_in_one_way(text: str) -> None:
    for each in (text, text.encode()):
        with pytest.raises(ValueError):
            parsed(each)


def test_a_whole_number_that_no_float_holds_is_infinite() -> None:
    assert parsed(f"[1{'0' * 299}, 1{'0' * 400}, -1{'0' * 9000}]") == [10**299, math.inf, -math.inf]
