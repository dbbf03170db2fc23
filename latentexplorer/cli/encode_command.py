"""`latentexplorer encode`: codes of images."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.common import (
    add_place,
    add_run,
    command,
    listening,
    no_other_settings,
    open_run,
    output_path,
    positive,
    say,
)
from latentexplorer.core.paths import expanded


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "encode",
        run,
        summary="Posterior means and scales of images: encoded, or fitted where a model has no encoder",
        example="latentexplorer encode runs/mine my-images --out codes.npz",
    )
    add_run(parser)
    parser.add_argument("images", metavar="IMAGES", help="a folder, an image, an .npz, .npy or idx file")
    parser.add_argument(
        "--out",
        metavar="FILE.npz",
        required=True,
        help="holds `mean` (N, D), `scale` (N, D), `labels` (N,) with `class_names` (K,), and of each image `index` "
        "(its position in the source), `file`, and `part` where there are several",
    )
    parser.add_argument(
        "--steps",
        type=positive,
        metavar="N",
        help="gradient steps of a fit, where a model has no encoder (default: 200, as evaluate; 500 to 2000 for the "
        "last per cent of the loss)",
    )
    parser.add_argument("--columns", metavar="CSV", help="a table with a row for each image, named by its file")
    parser.add_argument("--labels", metavar="COLUMN", help="column that holds the classes, folders, or none")
    parser.add_argument("--skip-unreadable", action="store_true", help="leave out images that cannot be read")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Encode or fit, and write the codes."""
    from latentexplorer.data.code_files import write_codes
    from latentexplorer.latent.codes import FIT_STEPS
    from latentexplorer.latent.new_images import infer_parts

    out = output_path(options.out, (".npz",))
    no_other_settings(options)
    trained = open_run(options)
    with listening(options) as (emit, stop):
        parts = trained.read_parts(
            expanded(options.images),
            columns=expanded(options.columns) if options.columns else None,
            labels=options.labels,
            skip_unreadable=options.skip_unreadable,
            emit=emit,
            stop=stop,
        )
        for note in dict.fromkeys(note for images in parts.values() for note in images.notes):
            say(options, f"images: {note}")
        found = infer_parts(
            trained, parts, steps=options.steps or FIT_STEPS, seed=options.seed or 0, emit=emit, stop=stop
        )
    for note in found.notes:
        say(options, note)
    if len(parts) > 1:
        counts = (f"{name} {len(images):,}" for name, images in parts.items())
        say(options, f"parts, in the array `part`: {', '.join(counts)}")
    write_codes(
        out,
        found.loc,
        scale=found.scale,
        labels=found.labels,
        class_names=found.class_names,
        index=found.names.index,
        file=found.names.file,
        part=found.part if len(parts) > 1 else None,
    )
    print(out)
    return 0
