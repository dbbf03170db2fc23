"""`latentexplorer odd`: which images a model gives back worst, beside held-out ones."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.common import add_run, command, positive
from latentexplorer.cli.worked_out import add_answer, tell, worked_out

if TYPE_CHECKING:
    from latentexplorer.views.odd_images import Result

ALL = 1_000_000
"""So many images are measured where a person does not say how many."""


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "odd",
        run,
        summary="Find odd images: what the model gives back worst, as p-values beside held-out images",
        example="""
        latentexplorer odd runs/mine
        latentexplorer odd runs/mine --images my-images --top 20 --json
        latentexplorer figure odd-images runs/mine --set count=12 --out odd.png
        """,
    )
    add_run(parser)
    parser.add_argument(
        "--images", metavar="IMAGES", help="other images: a folder, an image, an .npz, .npy or idx file"
    )
    parser.add_argument("--part", choices=("test", "train"), default="test", help="else: held-out or training images")
    parser.add_argument(
        "--label", metavar="CLASS", default="", help="only images of this class, or: encode as this one"
    )
    parser.add_argument("--top", type=positive, metavar="N", default=12, help="how many are listed (default: 12)")
    parser.add_argument(
        "--limit", type=positive, metavar="N", help="measure at most so many, evenly spread (default: all)"
    )
    add_answer(parser)


def run(options: argparse.Namespace) -> int:
    """Print the oddest, or one JSON document."""
    from latentexplorer.views.odd_images import MOST_SHOWN, compute

    most = options.limit or ALL
    chosen = {"part": options.part, "label": options.label, "count": min(options.top, MOST_SHOWN)}
    where = {"limit": most} if options.images is None else {"images": options.images, "new_limit": most}
    _, result = worked_out(options, "odd-images", chosen | where, compute)
    return tell(options, document(result), lines(result), result.notes)


def document(result: Result) -> dict[str, Any]:
    """All numbers, for programs; errors are root mean squared, on [0, 1]."""
    return {
        "images": result.measured,
        "of": "new" if result.new else result.part,
        "p_at_most_0.05": None if result.ranks else result.below,
        "expected_by_chance": None if result.ranks else result.expected,
        "smallest_possible_p": None if result.ranks else result.smallest,
        "oddest": [
            {
                "name": result.names[row],
                "position": int(result.index[row]),
                "class": _class(result, row),
                "rmse": result.errors[row],
                "p": None if result.ranks else result.p[row],
                "q": result.q[row] if result.new else None,
                "rank": row + 1,
                "held_against": int(result.against[row]),
                "learned": bool(result.learned[row]),
            }
            for row in range(len(result.index))
        ],
        "notes": list(result.notes),
    }


def lines(result: Result) -> Iterator[str]:
    """The same for a person."""
    from latentexplorer.views.odd_images import share_text

    yield result.subtitle
    yield f"{'rank':>4}{'p':>9}{'q':>9}{'rmse':>8}  image"
    for row, name in enumerate(result.names):
        p = "" if result.ranks else share_text(float(result.p[row]))
        q = share_text(float(result.q[row])) if result.new else ""
        kind = _class(result, row) or ""
        words = [name, *([kind] if kind else []), *(["learned"] if result.learned[row] else [])]
        yield f"{row + 1:>4}{p:>9}{q:>9}{result.errors[row]:>8.3f}  {' · '.join(words)}"


def _class(result: Result, row: int) -> str | None:
    known = result.labels is not None and result.class_names and result.labels[row] >= 0
    return result.class_names[int(result.labels[row])] if known and result.labels is not None else None
