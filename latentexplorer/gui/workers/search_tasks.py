"""What a search asks of the window's threads: plain functions without Qt; everything heavy is imported inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import ignore
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Array, Refused

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.map import Result
    from latentexplorer.views.search_completion import Vocabulary
    from latentexplorer.views.search_facts import Bookmarks, Facts


def known(run: Trained, result: Result, bookmarks: Bookmarks) -> tuple[Facts, Vocabulary] | None:
    """A question: what can be asked of the points of a map; None where their codes are not kept any more."""
    from latentexplorer.views.map_made import codes_at
    from latentexplorer.views.search_completion import vocabulary
    from latentexplorer.views.search_facts import Facts

    codes = codes_at(run, result.part, result.index)
    if codes is None:
        return None
    facts = Facts(run, run, codes, result.part, bookmarks)
    return facts, vocabulary(facts)


def search(facts: Facts, text: str, emit: Report, stop: StopToken) -> Array | Refused | None:
    """The points (N,) bool that a search finds, None for an empty one, or what is wrong with it."""
    from latentexplorer.views.search import found_by

    try:
        facts.stop = stop
        return found_by(facts, text)
    except LatentExplorerError as error:
        return Refused.of(error)


def quick_search(facts: Facts, text: str) -> Array | Refused | None:
    """A question: `search` by what is known without a decode."""
    return search(facts, text, ignore, NEVER)
