"""Something that can be done, as a person looks for it: by its name and by other words for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_LITTLE = (
    "and any are can for from how into make not one over please see show such that the there thing things this two "
    "what where which with"
)
LITTLE = frozenset(_LITTLE.split())
"""Words that say little of what somebody looks for."""
KNOWN_AS = "known_as"
"""The property of an action with other names for it."""


@dataclass(frozen=True)
class Offer:
    """One entry of the command palette.

    Attributes
    ----------
    name : str
        What is shown; "Pane: what is done" for what belongs to a pane.
    do : callable
        Does it.
    words : str
        What it is found by besides: an explanation, other names.
    keys : str
        The shortcut.
    enabled : bool
        Whether it can be done now.
    known_as : tuple of str
        Other names: who types one of them means this.
    """

    name: str
    do: Callable[[], object]
    words: str = ""
    keys: str = ""
    enabled: bool = True
    known_as: tuple[str, ...] = ()

    def matches(self, text: str) -> bool:
        """Whether each word of a text is part of its name or its words."""
        all_words = " ".join((self.name, self.words, *self.known_as)).casefold()
        return all(word in all_words for word in text.casefold().split())

    def shares(self, text: str) -> int:
        """How many words of a text begin words of its own, but for those that say little; 0 where it is not half."""
        own = f" {' '.join((self.name, self.words, *self.known_as)).casefold()}"
        words = {word for word in text.casefold().split() if len(word) > 2} - LITTLE
        shared = sum(f" {word}" in own for word in words)
        return shared if 2 * shared >= len(words) else 0

    def rank(self, text: str) -> int:
        """0: the text begins the name, is its end or another name; 1: it begins a word, or another name; 2: it is part
        of it; else 3."""
        name, text = self.name.casefold(), text.casefold().strip()
        others = [other.casefold() for other in self.known_as]
        if name.startswith(text) or text in (name.rpartition(": ")[2], *others):
            return 0
        if f" {text}" in f" {name}" or any(other.startswith(text) for other in others):
            return 1
        return 2 if text in name else 3
