"""What a search may be completed with: the names of columns, and those in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from latentexplorer.views.search_facts import Facts
from latentexplorer.views.search_words import KEYWORDS, Token, quoted, tokens_of

MOST_OFFERED = 12
MOST_VALUES = 2_000


@dataclass(frozen=True)
class Vocabulary:
    """What may stand in a search: columns, and the names in each of them."""

    columns: tuple[str, ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def vocabulary(facts: Facts) -> Vocabulary:
    """The columns of some codes, and their names where they are not too many."""
    names = {name: column.names for name, column in facts.texts() if len(column.names) <= MOST_VALUES}
    dimensions = tuple(f"z{at}" for at in range(min(facts.dimensions, 3)))
    return Vocabulary((*facts.columns, *dimensions), names)


def completions(text: str, cursor: int, known: Vocabulary) -> tuple[int, list[str]]:
    """What the word under way may become.

    Returns
    -------
    start : int
        Where that word begins; it ends at the cursor.
    list of str
        As they are written in a search, the likeliest first.
    """
    tokens = list(tokens_of(text[:cursor], unfinished=True))
    open_quote = bool(tokens) and tokens[-1].quoted and tokens[-1].end > cursor
    words: list[Token] = []
    touching = bool(tokens) and tokens[-1].end >= cursor
    while tokens and tokens[-1].kind in ("word", *KEYWORDS) and (touching or words):
        if tokens[-1].kind != "word" and words:
            break
        words.insert(0, tokens.pop())
    column = tokens[-2].text if len(tokens) > 1 and tokens[-1].kind in ("=", "!=", "~", "!~") else ""
    if not words and not column:
        return cursor, []
    wholes = [(words[0].start, _text(words))] if words else [(cursor, "")]
    choices: Iterable[str] = known.names.get(_called(column, known.names), ())
    if not column:
        # What may be the end of a name of several words is first taken for all of it.
        wholes = [(words[at].start, _text(words[at:])) for at in range(len(words))]
        choices = (*known.columns, *(name for names in known.names.values() for name in names))
    for start, partial in wholes:
        wanted = partial.casefold()
        near = [
            name for name in dict.fromkeys(choices) if wanted in name.casefold() and (open_quote or name != partial)
        ]
        near.sort(key=lambda name: not name.casefold().startswith(wanted))
        if near:
            return start, [quoted(name) for name in near[:MOST_OFFERED]]
    return cursor, []


def _text(words: Iterable[Token]) -> str:
    return " ".join(word.text for word in words)


def _called(column: str, known: Iterable[str]) -> str:
    """How a column is really called, whatever its capitals."""
    return next((name for name in known if name.casefold() == column.casefold()), column)
