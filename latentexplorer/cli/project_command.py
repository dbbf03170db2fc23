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
    print_json,
    say,
)

ALL = 1_000_000
"""As many rows as the map's settings allow."""


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "project",
        run,
        summary="Two coordinates for every code that the run keeps, as CSV",
        example="""
        latentexplorer project runs/mine --method tsne --out coords.csv
        latentexplorer project runs/mine --method pca --out coords.csv --set part=test
        latentexplorer project runs/mine --out coords.csv --json --set neighbours=30
        latentexplorer project runs/mine --out bad.csv --set where="error > 0.1 and not class = 8"
        """,
    )
    add_run(parser)
    parser.add_argument("--method", choices=("tsne", "pca", "umap"), default="tsne", help="default: tsne")
    parser.add_argument(
        "--out",
        metavar="FILE.csv",
        required=True,
        help="file to write: index (position of the image in the source), x, y, label, file, class, part, and position "
        "in the run's part. It has a row for every code; of more than 10,000 (sample=N), t-SNE and UMAP lay so many "
        "out and place the others among them, which is said. PCA is of all of them",
    )
    parser.add_argument("--fresh", action="store_true", help="lay it out anew, also where the run keeps the same map")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON document: what the map is, what not to read into it, and how well it keeps the neighbours "
        "of the codes (neighbours=15 of each): trustworthiness, continuity and the part kept, with the number of "
        "points they were worked out from",
    )
    add_set(
        parser,
        "change a setting of the map, such as perplexity=50, part=test, limit=5000 for a sample, where=SEARCH for the "
        "rows that a search finds; or data.path=PATH",
    )
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Project and write the coordinates."""
    from latentexplorer.core.paths import replacing
    from latentexplorer.latent.naming import COUNTS, table
    from latentexplorer.views import VIEWS, settings_from
    from latentexplorer.views.map_preservation import preservation_facts

    out = output_path(options.out, (".csv",))
    changes = [f"limit={ALL}", *other_settings(options), f"method={options.method}"]
    if options.seed is not None:
        changes.append(f"seed={options.seed}")
    if options.fresh:
        changes.append("refresh=true")
    settings = settings_from("map", changes)
    trained = open_run(options)
    with listening(options) as (emit, stop):
        view = VIEWS.load("map")
        result = view.compute(trained, settings, emit=emit, stop=stop)
        if not stop.requested and (why := view.keep(trained, result)):
            say(options, f"The map is not kept with the run: {why}")
        facts = preservation_facts(result, settings, emit, stop) if options.json else {}
    rows = slice(None) if result.found is None else result.found
    labels = None if result.labels is None else result.labels[rows]
    named = table(trained, result.part, result.index[rows], labels)
    x, y = ([f"{value:.7g}" for value in values] for values in result.coords[rows].T)
    columns = {"index": named.pop("index"), "x": x, "y": y, **named}
    with replacing(out) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    say(options, result.description)
    kept, there = len(trained.codes_of(result.part)), trained.info.size(result.part)
    if kept < there:
        say(options, f"The run keeps codes of {kept:,} of {there:,} images, evenly spread: `encode` gives those of all")
    if trained.data is None:
        say(options, COUNTS)
    if options.json:
        print_json({"file": str(out), **facts})
    else:
        print(out)
    return 0
