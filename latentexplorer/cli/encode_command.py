"""`latentexplorer encode`: codes of images."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

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
from latentexplorer.core.errors import DataError
from latentexplorer.core.paths import expanded

if TYPE_CHECKING:
    import numpy as np

    from latentexplorer.core.cancellation import StopToken
    from latentexplorer.latent.new_images import NewCodes
    from latentexplorer.runs import Trained


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
        help="gradient steps of a fit, where a model has no encoder (default: 300, as evaluate, whose error is "
        "within 1 %% of that of 2000)",
    )
    parser.add_argument("--columns", metavar="CSV", help="a table with a row for each image, named by its file")
    parser.add_argument("--labels", metavar="COLUMN", help="column that holds the classes, folders, or none")
    parser.add_argument(
        "--support",
        action="store_true",
        help="also write how odd each code is beside those of the run's held-out images: `odder_than` (N,), the part "
        "of them that are less odd, and `likelier_prior` and `likelier_fitted` (N,), the part that are less likely by "
        "the prior and by the fitted sampler",
    )
    parser.add_argument("--skip-unreadable", action="store_true", help="leave out images that cannot be read")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Encode or fit, and write the codes."""
    from latentexplorer.data.code_files import write_codes
    from latentexplorer.latent.codes import FIT_STEPS
    from latentexplorer.latent.new_images import infer_parts
    from latentexplorer.runs.images_like import parts_like

    out = output_path(options.out, (".npz",))
    no_other_settings(options)
    trained = open_run(options)
    with listening(options) as (emit, stop):
        try:
            parts = parts_like(
                trained,
                expanded(options.images),
                columns=expanded(options.columns) if options.columns else None,
                labels=options.labels,
                skip_unreadable=options.skip_unreadable,
                emit=emit,
                stop=stop,
            )
        except DataError as error:
            raise DataError(error.what, _as_options(error.todo)) from None
        for note in dict.fromkeys(note for images in parts.values() for note in images.notes):
            say(options, f"images: {_as_options(note)}")
        found = infer_parts(
            trained, parts, steps=options.steps or FIT_STEPS, seed=options.seed or 0, emit=emit, stop=stop
        )
        measured, said = _support(trained, found, stop) if options.support else ({}, [])
    for note in (*found.notes, *said):
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
        measured=measured,
    )
    print(out)
    return 0


def _as_options(text: str) -> str:
    """What to do about images, with the options of this command in the place of a training's settings."""
    options = {
        "set data.labels=none": "--labels none",
        "data.labels": "--labels",
        "data.skip_unreadable=true": "--skip-unreadable",
        "data.columns": "--columns",
    }
    for setting, option in options.items():
        text = text.replace(setting, option)
    return text


def _support(trained: Trained, found: NewCodes, stop: StopToken) -> tuple[dict[str, np.ndarray], list[str]]:
    """How odd and how likely each code is, by the name of its array, and what a person must know of it."""
    from latentexplorer.core.errors import NotApplicableError
    from latentexplorer.latent.density import PRIOR, densities_of
    from latentexplorer.views.fading import fading_of

    y = found.labels if trained.config.model.kind.conditional else None
    odd = fading_of(trained, found.loc, y, stop=stop)
    if not odd.known:
        return {}, ["There are too few codes to tell how odd others are: `odder_than` is not written"]
    measured = {"odder_than": odd.share.astype("float32")}
    said = [
        f"{int((~odd.near).sum()):,} of {odd.near.size:,} codes are odder than 95 % of {odd.whose}, "
        "of which one in twenty is by definition"
    ]
    try:
        for likely in densities_of(trained)(found.loc, y):
            measured["likelier_prior" if likely.by == PRIOR else "likelier_fitted"] = likely.share.astype("float32")
            whose = likely.whose
        said.append(f"How likely they are is compared with {whose}")
    except NotApplicableError as error:
        said.append(str(error))
    return measured, said
