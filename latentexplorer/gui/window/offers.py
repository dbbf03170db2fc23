"""All that the command palette finds: actions, what each pane offers, figures, and the runs there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction

from latentexplorer.core.guide import pages
from latentexplorer.core.paths import is_file, runs_dir
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.widgets.guide_link import guide
from latentexplorer.gui.widgets.offer import KNOWN_AS, Offer

MOST_RUNS = 200
OTHER_TITLES = {
    "near-data": ("support", "off manifold", "out of distribution", "how odd is this code", "density"),
    "map-click": ("inverse projection", "decode map point"),
    "honest-map": ("trust this map", "trustworthiness", "continuity", "neighbours"),
    "magnification": ("Jacobian", "metric", "distortion"),
}
"""What else pages of the guide are looked for by."""


def of_actions(actions: Iterable[QAction]) -> list[Offer]:
    """The actions of the menus."""
    return [
        Offer(
            action.text().replace("&", ""),
            action.trigger,
            action.statusTip() or action.toolTip(),
            action.shortcut().toString(),
            action.isEnabled(),
            tuple(action.property(KNOWN_AS) or ()),
        )
        for action in actions
    ]


def of_panes(panes: Mapping[str, Pane], show: Callable[[str], object]) -> list[Offer]:
    """What the panes offer; the pane comes to the front first."""
    return [
        replace(offer, name=f"{pane.title}: {offer.name}", do=partial(_shown, show, name, offer))
        for name, pane in panes.items()
        for offer in pane.offers()
    ]


def _shown(show: Callable[[str], object], name: str, offer: Offer) -> None:
    show(name)
    offer.do()


def of_guide() -> list[Offer]:
    """The pages of the guide."""
    return [
        Offer(
            f"Guide: {page.title}",
            partial(guide.wanted.emit, page.slug),
            page.summary,
            known_as=OTHER_TITLES.get(page.slug, ()),
            explains=True,
        )
        for page in pages().values()
    ]


def of_runs(open_run: Callable[[Path], object]) -> list[Offer]:
    """The runs in the runs folder, the newest first."""
    try:
        found = [path for path in runs_dir().iterdir() if is_file(path / "config.json")]
        found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return []
    return [Offer(f"Open {path.name}", partial(open_run, path), "run") for path in found[:MOST_RUNS]]
