"""`latentexplorer loss`: what the loss of a run is made of."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.common import add_run, command
from latentexplorer.cli.worked_out import add_answer, tell, worked_out

if TYPE_CHECKING:
    from latentexplorer.views.loss_terms import Result


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "loss",
        run,
        summary="Explain a run's loss: nats per image term by term, and its weights on other scales",
        example="""
        latentexplorer loss runs/mine
        latentexplorer loss runs/mine --epoch 5 --json
        latentexplorer loss runs/mine --apart --baselines
        """,
    )
    add_run(parser)
    parser.add_argument("--epoch", type=int, metavar="N", help="an epoch of the history (default: the last)")
    parser.add_argument("--apart", action="store_true", help="estimate the KL in three from the codes of the run")
    parser.add_argument(
        "--baselines",
        action="store_true",
        help="beside the mean image, PCA and the image itself, by the same likelihood",
    )
    add_answer(parser)


def run(options: argparse.Namespace) -> int:
    """Print the terms, or one JSON document."""
    from latentexplorer.views.loss_terms import compute

    chosen = {"epoch": options.epoch, "apart": options.apart, "baselines": options.baselines}
    _, result = worked_out(options, "loss-terms", chosen, compute, with_data=options.baselines)
    return tell(options, document(result), lines(result), (result.sentence, *result.remarks, *result.notes))


def document(result: Result) -> dict[str, Any]:
    """All numbers of a loss, for programs; nats per image where nothing else is said."""
    objective, apart = result.objective, result.apart
    return {
        "epoch": result.epoch,
        "likelihood": objective.likelihood,
        "sigma": objective.sigma,
        "pixels": objective.pixels,
        "dimensions": objective.dims,
        "weights": dict(objective.weights),
        "terms": {row.name: {"cost": dict(row.costs), "value": dict(row.values)} for row in result.rows},
        "total": dict(result.total),
        "recon": dict(result.recon),
        "kl": dict(result.kl) or None,
        "bits_per_dim": dict(result.bits) or None,
        "scales": {scale.name: {"sigma": scale.sigma, "weights": dict(scale.weights)} for scale in result.scales},
        "kl_apart": None
        if apart is None
        else {
            "source": apart.source,
            **{name: dict(values) for name, values in apart.values.items()},
            "standard_errors": {name: dict(values) for name, values in apart.errors.items()},
        },
        "baselines": {
            each.name: {"numbers": each.numbers, "recon": each.recon, "images": each.images}
            for each in result.baselines
        },
        "sentence": result.sentence,
        "notes": [*result.remarks, *result.notes],
    }


def lines(result: Result) -> Iterator[str]:
    """The same for a person."""
    from latentexplorer.views.loss import PART_TITLES
    from latentexplorer.views.loss_lines import lines_of
    from latentexplorer.views.loss_scales import plain

    yield result.subtitle
    yield f"{'nats per image':<34}{'weight':>10}" + "".join(f"{PART_TITLES[part].lower():>12}" for part in result.parts)
    for line in lines_of(result):
        cells = "".join(f"{line.cell(part):>12}" for part in result.parts)
        yield f"{line.title:<34}{line.weight:>10}{cells}"
    if result.apart is not None:
        yield f"* The KL in three: {result.apart.source}."
    if names := list(result.objective.weights):
        yield f"\n{'the same objective':<44}" + "".join(f"{name:>12}" for name in names)
        for scale in result.scales:
            yield f"{scale.words:<44}" + "".join(f"{plain(scale.weights[name]):>12}" for name in names)
