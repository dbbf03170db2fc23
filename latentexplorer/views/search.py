"""Which codes a search finds; `search_words` says how it is written, `search_facts` what it can ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import RunError, SettingsError
from latentexplorer.core.registry import suggest
from latentexplorer.views.base import Array, Part
from latentexplorer.views.search_facts import CLASS, ERROR, MOST_NAMED, Bookmarks, Column, Facts, Names
from latentexplorer.views.search_words import (
    AllOf,
    AnyOf,
    Between,
    Compare,
    Node,
    Not,
    Words,
    columns_in,
    number_of,
    parse,
    quoted,
)

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained


def found_by(facts: Facts, text: str) -> Array | None:
    """The codes (N,) bool that a search finds; None for an empty one.

    Raises
    ------
    SettingsError
        What is wrong with the search, naming what is known.
    NotApplicableError
        If it asks for what this model or these images do not have.
    """
    node = parse(text)
    return None if node is None else _holds(facts, node)


def find(
    trained: Trained,
    shown: Trained,
    codes: Codes,
    part: Part,
    text: str,
    *,
    errors: Array | None = None,
    stop: StopToken = NEVER,
) -> Array | None:
    """`found_by` of codes of a run, with the bookmarks that are kept with it."""
    return found_by(Facts(trained, shown, codes, part, kept_bookmarks(trained), errors, stop), text) if text else None


def kept_bookmarks(trained: Trained) -> Bookmarks:
    """The bookmarks of images that are kept with a run; none where they cannot be read."""
    if trained.path is None:
        return {}
    try:
        kept = trained.folder().bookmarks
    except RunError:
        return {}
    return {mark.name: (mark.part, mark.index) for mark in kept if mark.index is not None}


def needs_errors(text: str) -> bool:
    """Whether a search asks for errors, which take a decode of every code."""
    return any(name.casefold() == ERROR for name in columns_in(parse(text)))


def _holds(facts: Facts, node: Node) -> Array:
    found: Array
    match node:
        case Words(words):
            found = np.logical_and.reduce([_contains_word(facts, word) for word in words])
        case Not(part):
            found = ~_holds(facts, part)
        case AllOf(parts):
            found = np.logical_and.reduce([_holds(facts, part) for part in parts])
        case AnyOf(parts):
            found = np.logical_or.reduce([_holds(facts, part) for part in parts])
        case Between(name, low, high):
            values = _numbers(*facts.column(name))
            found = _ordered(values, ">=", _number(name, low)) & _ordered(values, "<=", _number(name, high))
        case Compare(name, sign, value):
            found = _compared(facts, name, sign, value)
    return found


def _contains_word(facts: Facts, word: str) -> Array:
    """The codes one of whose names contains a word."""
    hits = [column.spread(_part_of(facts.folded(name, column), word), facts.count) for name, column in facts.texts()]
    found: Array = np.logical_or.reduce([np.zeros(facts.count, bool), *hits])
    return found


def _part_of(names: Iterable[str], text: str) -> Array:
    wanted = text.casefold()
    return np.array([wanted in name for name in names], bool)


def _compared(facts: Facts, name: str, sign: str, value: str) -> Array:
    known, column = facts.column(name)
    if not isinstance(column, Names) or sign in ("<", "<=", ">", ">="):
        if sign in ("~", "!~"):
            raise SettingsError(f"{known} holds numbers, and ~ looks into names", f"Write {quoted(known)} = {value}")
        return _ordered(_numbers(known, column), sign, _number(known, value))
    folded = facts.folded(known, column)
    if sign in ("~", "!~"):
        hit = column.spread(_part_of(folded, value), facts.count)
    else:
        which = np.array([each == value.casefold() for each in folded], bool)
        if known == CLASS and which.sum() > 1 and value in column.names:
            # Classes may differ in nothing but capitals, and are two.
            which = np.array([each == value for each in column.names], bool)
        if known == CLASS and not which.any():
            names = ", ".join(column.names[:MOST_NAMED]) + (" ..." if len(column.names) > MOST_NAMED else "")
            near = suggest(value, column.names)
            what = f"There is no class {value[:60]!r}; classes are {names}"
            raise SettingsError(what, near if near.startswith("Did you") else "")
        hit = column.spread(which, facts.count)
    return ~hit if sign.startswith("!") else hit


def _ordered(values: Array, sign: str, number: float) -> Array:
    # A column of single precision holds 0.1 only nearly.
    same: Array = np.isclose(values, number, rtol=1e-6, atol=1e-12)
    match sign:
        case "=":
            return same
        case "!=":
            return np.isfinite(values) & ~same
        case "<":
            return (values < number) & ~same
        case "<=":
            return (values < number) | same
        case ">":
            return (values > number) & ~same
        case _:
            return (values > number) | same


def _numbers(name: str, column: Column) -> Array:
    values = column.as_numbers() if isinstance(column, Names) else column
    if values is None:
        raise SettingsError(f"{name} holds names, which have no order", f"Write {quoted(name)} = or {quoted(name)} ~")
    return values


def _number(name: str, text: str) -> float:
    number = number_of(text)
    if number is None:
        raise SettingsError(
            f"{name} holds numbers, and {text[:60]!r} is none", f"Write for example {quoted(name)} > 0.1"
        )
    return number
