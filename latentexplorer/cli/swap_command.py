"""`latentexplorer swap`: an image with its style kept and its class changed."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.asked import which_image
from latentexplorer.cli.common import (
    add_place,
    add_run,
    command,
    listening,
    no_other_settings,
    open_run,
    output_path,
    print_json,
)
from latentexplorer.cli.pictures import write_images


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "swap",
        run,
        summary="Keep the style of an image and change its class, by a conditional model",
        example="""
        latentexplorer swap runs/glyphs test:3 --to R --out swapped.png
        latentexplorer swap runs/glyphs letter.png --label A --json
        """,
    )
    add_run(parser)
    parser.add_argument("image", metavar="IMAGE", help="an image of the data, such as test:3, or a file")
    parser.add_argument("--label", metavar="CLASS", default="", help="its class; without, its own or the one that fits")
    parser.add_argument("--to", metavar="CLASS", default="", help="the class to change it to; without, all of them")
    parser.add_argument("--out", metavar="FILE", help=".png (all classes in one grid) or .npz (`images`)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Swap it, write the pictures where asked, and print how true they are."""
    from latentexplorer.latent.evaluation import as_json
    from latentexplorer.views.registry import settings_of
    from latentexplorer.views.swapped import Settings, compute, document

    no_other_settings(options)
    out = None if options.out is None else output_path(options.out, (".png", ".npz"))
    only = {"classes": [options.to]} if options.to else {}
    how = {"label": options.label, "to": options.to, "seed": options.seed or 0, **only}
    settings = settings_of("swapped", {**which_image(options.image), **how})
    assert isinstance(settings, Settings)
    trained = open_run(options)
    with listening(options) as (emit, stop):
        result = compute(trained, settings, emit=emit, stop=stop)
    if out is not None:
        write_images(out, result.images)
    found = document(result)
    if options.json:
        print_json(as_json({**found, "images": None if out is None else str(out)}))
        return 0
    print(result.subtitle)
    if result.truth is not None:
        print(f"{'class':<28}{'rmse swapped':>14}{'rmse mean image':>18}")
        for row in found["classes"]:
            print(f"{row['class'][:27]:<28}{row['error']:>14.4f}{row['mean_image_error']:>18.4f}")
    for note in result.notes:
        print(f"* {note}.")
    if out is not None:
        print(out)
    return 0
