"""`latentexplorer report`: runs on one page, to be read, printed and kept."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.common import add_place, command, listening, no_other_settings, open_run, output_path


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "report",
        run,
        summary="Settings, metrics and figures of runs on one HTML page that needs nothing else",
        example="""
        latentexplorer report runs/mine --out report.html
        latentexplorer report runs/one runs/other --out both.html
        """,
    )
    parser.add_argument("run_folders", metavar="RUN", nargs="+", help="a run's folder, or its name in the runs folder")
    parser.add_argument("--out", metavar="FILE.html", required=True, help="file to write")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Draw everything and write the page."""
    from latentexplorer.core.paths import atomic_write
    from latentexplorer.figures.report import report

    no_other_settings(options)
    out = output_path(options.out, (".html", ".htm"))
    runs = [open_run(argparse.Namespace(**{**vars(options), "run_folder": name})) for name in options.run_folders]
    with listening(options) as (emit, stop):
        page = report(runs, emit=emit, stop=stop)
    atomic_write(out, page.encode())
    print(out)
    return 0
