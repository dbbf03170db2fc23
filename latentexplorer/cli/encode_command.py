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
        "--out", metavar="FILE.npz", required=True, help="holds `mean` (N, D), `scale` (N, D), `labels` (N,)"
    )
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Encode or fit, and write the codes."""
    from latentexplorer.data.code_files import write_codes
    from latentexplorer.latent.classes import labels_of
    from latentexplorer.latent.codes import infer

    out = output_path(options.out, (".npz",))
    no_other_settings(options)
    trained = open_run(options)
    with listening(options) as (emit, stop):
        images = trained.read_images(expanded(options.images), emit=emit, stop=stop)
        for note in images.notes:
            say(options, f"images: {note}")
        codes = infer(
            trained, images.images, labels_of(trained, images), seed=options.seed or 0, emit=emit, stop=stop
        ).codes
    write_codes(out, codes.loc, scale=codes.scale, labels=codes.labels)
    print(out)
    return 0
