"""Codes by name for panes: answered at once where that takes milliseconds, by a job where it takes a while."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import code_tasks
from latentexplorer.views.code import Code


def ask_codes(session: Session, who: str, names: dict[str, str], answer: Callable[[dict[str, Code]], object]) -> None:
    """Find the codes that names such as "random:7" stand for, by key; `answer` follows with them.

    Parameters
    ----------
    who : str
        Who asks: what it asks next takes the place of this.
    answer : bound method
    """
    run = session.run
    if run is None:
        return
    if run.prior is None and any(name.startswith("random:") for name in names.values()):
        title = "Drawing codes" if len(names) > 1 else "Drawing a code"
        job = session.submit(title, partial(code_tasks.fit_and_name_codes, run, names), f"{who}-draw")
        job.succeeded.connect(answer)
    else:
        session.decoder.ask(f"{who}_codes", partial(code_tasks.named_codes, run, names), answer)
