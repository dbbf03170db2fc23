"""The guide: pages about what the program shows, shipped as `resources/guide/*.md`, one file a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from latentexplorer.core.errors import SettingsError
from latentexplorer.core.paths import resource
from latentexplorer.core.registry import suggest

FIRST = ("latent-space", "families", "likelihood", "numbers", "near-data", "maps")
"""What anybody needs, in the order to read it; the other pages follow by their titles."""
SECTIONS = ("What it shows", "How it is computed", "What not to read into it", "Source")
"""What every page tells, in this order."""
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes
    ----------
    slug : str
        Its name: that of its file, of links to it, and of `latentexplorer guide SLUG`.
    title, summary : str
        Its heading, and the sentence below that.
    text : str
        All of it, Markdown.
    """

    slug: str
    title: str
    summary: str
    text: str

    @property
    def links(self) -> list[str]:
        """Where its links lead: slugs of other pages, and addresses as they stand where they lead elsewhere."""
        return [slug_of(target) or target for target in _LINK.findall(self.text)]

    def matches(self, words: str) -> bool:
        """Whether each of some words stands anywhere on it."""
        text = self.text.casefold()
        return all(word in text for word in words.casefold().split())


def slug_of(target: str) -> str:
    """The page that a link leads to: `maps` of `maps.md`; "" for what is no page of the guide."""
    slug = target.removesuffix(".md")
    return slug if slug != target and slug in pages() else ""


@cache
def pages() -> dict[str, Page]:
    """All pages by slug, the first ones to read first."""
    found = [
        _page(file.name.removesuffix(".md"), file.read_text(encoding="utf-8"))
        for file in resource("guide").iterdir()
        if file.name.endswith(".md")
    ]
    order = {slug: number for number, slug in enumerate(FIRST)}
    found.sort(key=lambda page: (order.get(page.slug, len(order)), page.title.casefold()))
    return {page.slug: page for page in found}


def _page(slug: str, text: str) -> Page:
    title, _, rest = text.removeprefix("# ").partition("\n")
    return Page(slug, title.strip(), " ".join(rest.strip().partition("\n\n")[0].split()), text)


def page(slug: str) -> Page:
    """The page of that name, or a SettingsError that suggests one."""
    known = pages()
    if slug not in known:
        raise SettingsError(f"The guide has no page named {slug!r}", suggest(slug, known))
    return known[slug]
