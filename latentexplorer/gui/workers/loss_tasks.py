"""What the pane that explains a loss asks of the window's threads: plain functions without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import ignore
from latentexplorer.core.history import History
from latentexplorer.gui.workers.job import Report
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Refused

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.loss_terms import Result


def explain(
    run: Trained, rows: Sequence[dict[str, float]], settings: Settings, emit: Report, stop: StopToken
) -> Result | Refused:
    """The loss of a run whose history has these rows, or why there is none to explain."""
    from latentexplorer.views.loss_terms import Settings as ViewSettings
    from latentexplorer.views.loss_terms import explain as explained
    from latentexplorer.views.registry import settings_of

    history = History()
    history.rows = list(rows)
    chosen = settings_of("loss-terms", settings)
    assert isinstance(chosen, ViewSettings)
    try:
        return explained(run, chosen, history, emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)


def from_history(run: Trained, rows: Sequence[dict[str, float]], settings: Settings) -> Result | Refused:
    """A question: `explain` where nothing beyond the history is asked for."""
    return explain(run, rows, settings, ignore, NEVER)
