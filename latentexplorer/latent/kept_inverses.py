"""What measuring the ways back from a map has found, to its file and back.

It is told by the map, its codes and the epoch of the model that decodes them: the same give the same errors.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.errors import RunError
from latentexplorer.core.events import Emit, Notice, ignore
from latentexplorer.latent.inverse_maps import InverseMap, Tried, Way, WayError
from latentexplorer.latent.inverse_network import InverseNetwork
from latentexplorer.latent.maps import Projection
from latentexplorer.runs import RunFolder
from latentexplorer.runs.kept_inverses import LAYERS, InverseFacts, KeptInverse, read_inverse, write_inverse

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


def fingerprint(trained: Trained, projection: Projection, seed: int) -> str:
    """What the ways back from a map of a run are known by."""
    found = hashlib.sha256(f"{projection.method} {projection.codes.shape} {trained.epoch} {seed}".encode())
    for values in (projection.coords, projection.codes, projection.index):
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def again(
    trained: Trained, projection: Projection, ways: tuple[Way, ...], seed: int, emit: Emit = ignore
) -> InverseMap | None:
    """What is kept of a map, where it has the ways that are asked for; None where it has not, or cannot be used."""
    if trained.path is None:
        return None
    count, dims = projection.codes.shape
    try:
        folder = RunFolder(trained.path, trained.config)
        kept = read_inverse(folder, fingerprint(trained, projection, seed), count, dims)
    except RunError as error:
        emit(Notice(f"What was measured on the map is not used: {error.what}", "warning"))
        return None
    if kept is None or not set(ways) <= set(kept.facts.ways):
        return None
    arrays, facts = kept.arrays, kept.facts
    tried = Tried(arrays["rows"], arrays["places"], arrays["gaps"], arrays["alone"])
    errors: dict[Way, WayError] = {
        way: WayError(arrays["code"][row], arrays["pixel"][row]) for row, way in enumerate(facts.ways)
    }
    network = None
    if "network" in facts.ways:
        weights, biases = (tuple(arrays[f"{name}{layer}"] for layer in range(LAYERS)) for name in ("weight", "bias"))
        network = InverseNetwork(
            arrays["centre"], facts.scale, arrays["waves"], arrays["mean"], facts.width, weights, biases
        )
    return InverseMap(projection, tried, errors, facts.chance, network)


def keep(trained: Trained, inverse: InverseMap, seed: int) -> str:
    """Keep what was measured with the run; "", or why it is not."""
    if trained.path is None:
        return ""
    tried, errors, network = inverse.tried, inverse.errors.values(), inverse.network
    arrays = {"rows": tried.rows, "places": tried.places, "gaps": tried.gaps, "alone": tried.alone}
    arrays |= {"code": np.stack([e.code for e in errors]), "pixel": np.stack([e.pixel for e in errors])}
    scale = width = 0.0
    if network is not None:
        scale, width = network.scale, network.width
        arrays |= {"centre": network.centre, "waves": network.waves, "mean": network.mean}
        for layer in range(LAYERS):
            arrays |= {f"weight{layer}": network.weights[layer], f"bias{layer}": network.biases[layer]}
    facts = InverseFacts(
        of=fingerprint(trained, inverse.projection, seed),
        ways=list(inverse.errors),
        chance=inverse.chance,
        scale=scale,
        width=width,
    )
    try:
        write_inverse(trained.folder(), KeptInverse(facts, arrays))
    except RunError as error:
        return error.what
    return ""
