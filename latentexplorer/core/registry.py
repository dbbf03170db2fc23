"""Tables of things that are imported at first use: one entry a thing, its module named by a dotted path."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar

from latentexplorer.core.errors import SettingsError


class Entry(Protocol):
    """What a table holds: a name, one line of explanation, and where the code is ("package.module:attribute")."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def path(self) -> str: ...


E = TypeVar("E", bound=Entry)


class Registry(Generic[E]):
    """An ordered table by name, with a helpful error for a name that is not in it."""

    def __init__(self, what: str, entries: list[E]) -> None:
        self.what = what
        self._entries = {entry.name: entry for entry in entries}

    def __getitem__(self, name: str) -> E:
        try:
            return self._entries[name]
        except KeyError:
            raise SettingsError(f"There is no {self.what} named {name!r}", suggest(name, self._entries)) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[E]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def names(self) -> list[str]:
        """All names, in the table's order."""
        return list(self._entries)

    def load(self, name: str) -> Any:
        """Import and return what the entry's path names."""
        module, _, attribute = self[name].path.partition(":")
        loaded = importlib.import_module(module)
        return getattr(loaded, attribute) if attribute else loaded


def suggest(name: str, choices: Any) -> str:
    """A sentence for a wrong name: the nearest ones, else all of them."""
    choices = [str(choice) for choice in choices]
    near = difflib.get_close_matches(str(name), choices, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(near)}?" if near else f"Choose one of: {', '.join(choices)}"
