"""`latentexplorer project`: codes as points in the plane."""

from __future__ import annotations

import argparse
import csv
from typing import Any

from latentexplorer.cli.common import (
    add_place,
    add_run,
    add_set,
    command,
    listening,
    open_run,
    other_settings,
    output_path,
    say,
)


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "project",
        run,
        summary="Two coordinates for every code, as CSV (index, x, y, label)",
        example="""
        latentexplorer project runs/mine --method tsne --out coords.csv
        latentexplorer project runs/mine --method pca --out coords.csv --set part=test
        """,
    )
    add_run(parser)
    parser.add_argument("--method", choices=("tsne", "pca", "umap"), default="tsne", help="default: tsne")
    parser.add_argument("--out", metavar="FILE.csv", required=True, help="file to write")
    add_set(parser, "change a setting of the map, such as perplexity=50, part=test or limit=5000; or data.path=PATH")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Project and write the coordinates."""
    from latentexplorer.core.paths import replacing
    from latentexplorer.views import VIEWS, settings_from

    out = output_path(options.out, (".csv",))
    changes = [*other_settings(options), f"method={options.method}"]
    if options.seed is not None:
        changes.append(f"seed={options.seed}")
    settings = settings_from("map", changes)
    trained = open_run(options)
    with listening(options) as (emit, stop):
        result = VIEWS.load("map").compute(trained, settings, emit=emit, stop=stop)
    with replacing(out) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["index", "x", "y", "label"])
        for number, (x, y) in enumerate(result.coords):
            label = "" if result.labels is None else int(result.labels[number])
            writer.writerow([int(result.index[number]), f"{x:.7g}", f"{y:.7g}", label])
    say(options, result.description)
    print(out)
    return 0
