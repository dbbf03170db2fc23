"""What pydantic found wrong with a value, in a few plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MEANT = {
    "greater_than_equal": "be at least {ge}",
    "greater_than": "be more than {gt}",
    "less_than_equal": "be at most {le}",
    "less_than": "be less than {lt}",
    "finite_number": "be a finite number",
    "literal_error": "be {expected}",
    "string_too_short": "have at least {min_length} letters",
    "string_too_long": "have at most {max_length} letters",
    "too_short": "have at least {min_length} entries",
    "too_long": "have at most {max_length} entries",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "be true or false"),
    **dict.fromkeys(("string_type",), "be a text"),
    **dict.fromkeys(("list_type", "tuple_type"), "be a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "be a table"),
}
MUST = "must "


def in_words(item: Mapping[str, Any]) -> str:
    """An entry of `ValidationError.errors()` as what stands behind a setting's name ("must be at least 1")."""
    if item["type"] in MEANT:
        return MUST + MEANT[item["type"]].format_map(
            {name: _plain(bound) for name, bound in item.get("ctx", {}).items()}
        )
    if item["type"] == "missing":
        return "is missing"
    reason = str(item["msg"]).removeprefix("Value error, ")
    return reason[:1].lower() + reason[1:]


def _plain(bound: object) -> object:
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def either(first: str, second: str) -> str:
    """Two of what `in_words` says, of a value that may be one or the other."""
    same = next((words for words in (f"{MUST}be ", MUST) if first.startswith(words) and second.startswith(words)), "")
    return f"{first}, or {second.removeprefix(same)}"
