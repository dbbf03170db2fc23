"""Something that can be done, as a person looks for it: by its name and by other words for it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

KNOWN_AS = "known_as"
"""The property of an action with other names for it."""
_SMALL = (
    "a an and any are as at be by can do does for from has have how i in into is it its make me my no not of on one or "
    "over please see show such than that the there thing things this to two versus vs what when where which why with"
)
SMALL = frozenset(_SMALL.split())
"""Words of a question that say nothing of what is looked for."""
ALIKE = (("-", ""), ("our", "or"), ("isation", "ization"), ("ise", "ize"), ("ising", "izing"))
"""Spellings that are the same to who types them, on both sides: `tsne`, `neighbor`, `optimize`."""
ENDING, LEAST = 3, 5
"""So many letters at the end of a word may differ, and so many at its beginning may not."""
ENOUGH = 0.6
"""An entry that has some of the words is shown where it has this part of what the best one has."""
OF_WORDS = 0.5
"""What a word counts that only the explanation has, beside one of the name."""
MOST = 8


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
    explains : bool
        Whether it only tells about something: it stands after what does it.
    """

    name: str
    do: Callable[[], object]
    words: str = ""
    keys: str = ""
    enabled: bool = True
    known_as: tuple[str, ...] = ()
    explains: bool = False

    def matches(self, text: str) -> bool:
        """Whether each word of a text is part of its name or its words."""
        all_words = plain(" ".join((self.name, self.words, *self.known_as)))
        return all(word in all_words for word in plain(text).split())

    def rank(self, text: str) -> tuple[int, bool, bool]:
        """How far down it stands: the least first.

        0: the text begins the name, is a part of it between colons (of a setting: its title) or another name; 1: it
        begins a word, or another name; 2: it is part of it; else 3. Then what does something stands before what
        explains it, and what is called so before what is about it ("Prior" before "Prior: Normal").
        """
        name, text = plain(self.name), plain(text).strip()
        others = [plain(other) for other in self.known_as]
        end = name.rpartition(": ")[2].removeprefix("setting ")
        if name.startswith(text) or text in (end, *name.split(": "), *others):
            inside = text in name.split(": ")[:-1]
            return 0, self.explains, inside
        if f" {text}" in f" {name}" or any(other.startswith(text) for other in others):
            return 1, self.explains, False
        return 2 if text in name else 3, self.explains, False


def plain(text: str) -> str:
    """A text as it is compared: without capitals and hyphens, words that are spelt in two ways in one of them."""
    text = text.casefold()
    for one, other in ALIKE:
        text = text.replace(one, other)
    return text


def nearest(offers: Sequence[Offer], text: str) -> list[Offer]:
    """Entries that have some words of a text that none has as a whole: those with the rarest of its words first.

    A word counts where one begins as it does: "anomaly" finds "anomalies".
    """
    begins = {_beginning(word) for word in re.findall(r"\w+", plain(text)) if word not in SMALL}
    names = [_beginnings(" ".join((offer.name, *offer.known_as)), begins) for offer in offers]
    words = [_beginnings(offer.words, begins) for offer in offers]
    weight = {}
    for begin in begins:
        having = sum(begin in one or begin in other for one, other in zip(names, words, strict=True))
        weight[begin] = math.log(1 + len(offers) / having) if having else 0.0
    scores = [
        sum(weight[begin] * (1.0 if begin in one else OF_WORDS) for begin in one | other)
        for one, other in zip(names, words, strict=True)
    ]
    order = sorted(range(len(offers)), key=lambda at: (-scores[at], offers[at].explains))
    best = scores[order[0]] if order else 0.0
    return [offers[at] for at in order[:MOST] if best > 0 and scores[at] >= ENOUGH * best]


def _beginning(word: str) -> str:
    return word[: max(len(word) - ENDING, LEAST)]


def _beginnings(text: str, wanted: set[str]) -> set[str]:
    """Which of the wanted beginnings some word of a text has."""
    found = re.findall(r"\w+", plain(text))
    return {begin for begin in wanted if any(word.startswith(begin) for word in found)}
