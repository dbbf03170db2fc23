"""`latentexplorer attribute`: a direction between two groups of images, with a receipt; codes moved along it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.common import add_run, command
from latentexplorer.cli.worked_out import PICTURES, add_answer, asked_file, tell, worked_out
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.paths import printable, visible

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.attribute import Result


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "attribute",
        run,
        summary="A direction from one group of images to another, how well it tells them, what else it changes",
        example="""
        latentexplorer attribute runs/mine --from Sandal --to Boot
        latentexplorer attribute runs/mine --from low:scale --to high:scale --keep larger --json
        latentexplorer attribute runs/mine --to train:3,5-9 --out direction.json
        latentexplorer attribute runs/mine --apply direction.json --base test:3 --amount 1 --out moved.png
        latentexplorer attribute runs/mine --from train:3 --to train:8 --base test:1 --amount 1 --out analogy.png
        """,
    )
    add_run(parser)
    parser.add_argument(
        "--from",
        dest="from_group",
        metavar="A",
        default="",
        help="a class, images (train:3,5-9), a half of a column (low:NAME, high:NAME), a search (default: all others)",
    )
    parser.add_argument("--to", dest="to_group", metavar="B", default="", help="the same")
    parser.add_argument("--apply", metavar="FILE", default="", help="instead: a direction that was written into a file")
    parser.add_argument("--kept", metavar="NAME", default="", help="instead: a direction that the run keeps")
    parser.add_argument("--keep", metavar="NAME", help="keep it with the run by this name")
    parser.add_argument("--base", metavar="CODE", default="", help="the code that is moved, such as test:3 or mean")
    parser.add_argument("--label", metavar="CLASS", default="", help="decode as this class (conditional models)")
    parser.add_argument(
        "--amount", type=float, metavar="X", help="move by this alone; 1 is from A to B (default: a row from -1 to 2)"
    )
    add_answer(parser, out=".json: the direction; .png or .npz: the moved images (`images`)")


MOST = 100
"""How far codes are moved at most."""


def run(options: argparse.Namespace) -> int:
    """Make or read it, write and keep what is asked, print its receipt."""
    from latentexplorer.views.attribute import compute
    from latentexplorer.views.attribute_words import receipt_lines

    out = asked_file(options, (".json", *PICTURES))
    trained, result = worked_out(options, "attribute", _chosen(options), compute)
    if options.keep:
        _keep(trained, result, options.keep)
    if out is not None:
        _write(result, out, options.keep or "", None if options.amount is None else _column(options.amount))
    found = {**result.numbers, "file": None if out is None else str(out)}
    receipt = map(visible, receipt_lines(result.attribute.receipt))
    return tell(options, found, [visible(f"{result.title}: {result.subtitle}")], receipt, out)


def _chosen(options: argparse.Namespace) -> dict[str, Any]:
    chosen = {name: getattr(options, name) for name in ("from_group", "to_group", "kept", "base", "label")}
    chosen["file"] = options.apply
    if options.seed is not None:
        chosen["seed"] = options.seed
    if options.amount is not None:
        # One of two pictures is the one that was asked for.
        low = options.amount - _column(options.amount)
        chosen |= {"low": low, "high": low + 1, "steps": 2}
    if options.keep is not None and not options.keep.strip():
        raise SettingsError("A direction is kept by a name", "Write one after --keep")
    if options.keep is not None and printable(options.keep) != options.keep:
        raise SettingsError(f"The name {printable(options.keep)[:60]} is no text", "Write it in UTF-8 after --keep")
    return chosen


def _column(amount: float) -> int:
    """Which of two pictures one step apart is moved so far: the first, unless the second would be moved too far."""
    return int(amount + 1 > MOST)


def _keep(trained: Trained, result: Result, name: str) -> None:
    """With the run, in place of one that has the name."""
    from latentexplorer.runs.attributes import read_attributes, write_attributes

    named = result.attribute.model_copy(update={"name": name[:200]})
    others = [attribute for attribute in read_attributes(trained) if attribute.name != named.name]
    write_attributes(trained, [*others, named])


def _write(result: Result, out: Path, name: str, column: int | None) -> None:
    from latentexplorer.cli.pictures import write_images
    from latentexplorer.core.paths import atomic_write

    if out.suffix.lower() == ".json":
        from latentexplorer.runs.attributes import shared

        attribute = result.attribute.model_copy(update={"name": name[:200]}) if name else result.attribute
        atomic_write(out, shared(attribute))
        return
    images = result.images if column is None else result.images[:, column : column + 1]
    write_images(out, images.reshape(-1, *images.shape[2:]))
