"""Runs on one page that needs nothing else: what they are, how well they do, how to repeat them, and their figures."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.counting import amount_text
from latentexplorer.core.errors import LatentExplorerError, RunError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.core.measures import measure_of, rows_of
from latentexplorer.core.paths import printable
from latentexplorer.figures.files import recipe_of, to_png
from latentexplorer.figures.render import draw
from latentexplorer.figures.style import Style
from latentexplorer.latent.notices import notices_of_run
from latentexplorer.views.registry import VIEWS, load_view

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

DPI = 144
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #191b1f; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 2.5rem 0 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: .15rem 1.5rem .15rem 0; text-align: left; vertical-align: top; }
th { color: #5f6672; font-weight: 500; } td.number { text-align: right; }
figure { margin: 1.5rem 0; break-inside: avoid; } figure img { max-width: 100%; height: auto; }
figcaption, .quiet { color: #5f6672; } pre { background: #f3f4f6; padding: .75rem; white-space: pre-wrap; }
section + section { break-before: page; } @media print { body { margin: 0; max-width: none; } }
"""
OF_SEVERAL = ("comparison",)
"""Kinds that are of several runs; those on request are left out, too."""


def report(runs: Sequence[Trained], *, emit: Emit = ignore, stop: StopToken = NEVER) -> str:
    """One HTML page about some runs.

    Parameters
    ----------
    runs : sequence of Trained
        In the order in which they are to stand. Metrics are those that `evaluate` kept in the run.

    Returns
    -------
    str
        HTML in UTF-8 whose pictures are inside; it asks nothing of any other place and prints as it stands.
    """
    kinds = [view for view in VIEWS if view.name not in OF_SEVERAL and not view.on_request]
    parts = []
    for number, run in enumerate(runs):
        figures = []
        for done, view in enumerate(kinds):
            stop.check()
            emit(Progress(number * len(kinds) + done, len(runs) * len(kinds), f"drawing {view.name} of {run.name}"))
            figures.append(_figure(run, view.name, view.title, emit, stop))
        parts.append(_section(run, figures))
    title = escape(", ".join(run.name for run in runs))
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    # Notes and names that somebody else wrote need not be whole letters.
    return printable(f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{"".join(parts)}</body></html>\n')


AS_IT_LEARNED = (
    "Of the last epoch, not evaluated yet: train is the mean over the epoch, while the model still learned, and errors "
    "of a model with posteriors are of one draw of each code. For those at the means, and more: latentexplorer evaluate"
)


def _section(run: Trained, figures: Sequence[str]) -> str:
    config = run.config
    epochs = f" · epoch {run.epoch}" if config.model.kind.gradient else ""
    data = run.data.name if run.data is not None else config.data.name
    about = f"{config.model.kind.title} on {data}, {config.model.latent_dim} dimensions{epochs}"
    folder = run.folder() if run.path is not None else None
    metrics = folder.metrics if folder is not None else {}
    environment = folder.environment if folder is not None else {}
    return (
        f"<section><h1>{escape(run.name)}</h1><p>{escape(about)}</p>"
        + _metrics(metrics, run)
        + _notices(run)
        + "".join(figures)
        + _table("Settings that are not the usual ones", list(_changed(config)))
        + _table("Images", [("", note) for note in run.data_notes])
        + _repeat(run)
        + _table(
            "Made with", [(key, value) for key, value in environment.items() if isinstance(value, str | int | float)]
        )
        + "</section>\n"
    )


def _metrics(metrics: Mapping[str, Any], run: Trained) -> str:
    rows = rows_of(metrics)
    if not rows:
        where = str(run.path) if run.path is not None else "RUN"
        return f'<p class="quiet">Not measured yet: <code>latentexplorer evaluate {escape(where)}</code></p>'
    cells = "".join(
        f"<tr>{_measure(key)}{_number(ours)}{_number(theirs)}<td>{escape(_unit(key))}</td></tr>"
        for key, ours, theirs in rows
    )
    said = [AS_IT_LEARNED] if metrics.get("kind") == "running" else metrics.get("notes")
    notes = "".join(f"<li>{escape(str(note))}.</li>" for note in (said if isinstance(said, list) else ()))
    return (
        "<h2>Metrics</h2><table><tr><th></th><th>train</th><th>held-out</th><th>unit</th></tr>"
        f"{cells}</table>{f'<ul>{notes}</ul>' if notes else ''}"
    )


def _measure(key: str) -> str:
    """What a figure is called, its meaning under the pointer."""
    measure = measure_of(key)
    if measure is None:
        return f"<th>{escape(key)}</th>"
    return f'<th title="{escape(measure.tip)}">{escape(measure.title)} <small>{escape(key)}</small></th>'


def _unit(key: str) -> str:
    measure = measure_of(key)
    return "" if measure is None else measure.unit


def _notices(run: Trained) -> str:
    """What one would not see of it."""
    lines = "".join(f"<li>{escape(str(notice))}.</li>" for notice in notices_of_run(run))
    return f"<h2>Worth knowing</h2><ul>{lines}</ul>" if lines else ""


def _figure(run: Trained, kind: str, title: str, emit: Emit, stop: StopToken) -> str:
    """A figure with what is seen in it; nothing where the kind makes no sense for the run."""
    settings = load_view(kind).settings()
    try:
        result = load_view(kind).compute(run, settings, emit=emit, stop=stop)
        figure = draw(kind, result, Style())
        picture = base64.b64encode(to_png(figure, recipe_of(kind, run, settings, Style(), figure, DPI), DPI)).decode()
    except RunError:
        raise
    except LatentExplorerError:
        return ""
    words = escape(getattr(result, "description", "") or title)
    width = round(figure.get_size_inches()[0] * 96)
    source = f"data:image/png;base64,{picture}"
    return f'<figure><img src="{source}" width="{width}" alt="{words}"><figcaption>{words}</figcaption></figure>'


def _changed(config: RunConfig) -> Iterator[tuple[str, object]]:
    """Settings that differ from what they are without being named."""
    usual = RunConfig()
    for table in ("data", "model", "training"):
        ours, theirs = getattr(config, table), getattr(usual, table)
        for key in type(ours).model_fields:
            if getattr(ours, key) != getattr(theirs, key) and key != "changes":
                yield f"{table}.{key}", getattr(ours, key)


def _repeat(run: Trained) -> str:
    if run.path is None:
        return ""
    values = run.config.model_dump(mode="json", exclude_unset=True)
    path = shlex.quote(str(run.path))
    commands = escape(f"latentexplorer evaluate {path}\nlatentexplorer train --resume --out {path}")
    shown = escape(json.dumps(values, indent=1, ensure_ascii=False))
    whole = f"<details><summary>All settings</summary><pre>{shown}</pre></details>"
    return f"<h2>To repeat it</h2><pre>{commands}</pre>{whole}"


def _table(title: str, rows: Sequence[tuple[str, object]]) -> str:
    if not rows:
        return ""
    cells = "".join(f"<tr><th>{escape(str(key))}</th><td>{escape(str(value))}</td></tr>" for key, value in rows)
    return f"<h2>{escape(title)}</h2><table>{cells}</table>"


def _number(value: object) -> str:
    shown = amount_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else "–"
    return f'<td class="number">{shown}</td>'
