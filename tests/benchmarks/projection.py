"""t-SNE of 10,000 x 60 and 60,000 x 60 codes: time to the first drawn frame and to the end, against scikit-learn.

    python -m tests.benchmarks.projection [--whole]

The codes are those of a 60-dimensional VAE (512-256) trained for two epochs on 60,000 Fashion-MNIST images: real codes
with all their noise, made in seconds. Ours is the work that the window's map does, `gui.workers.map_tasks.lay_out`,
with the threads and settings that it has there; every picture it sends is drawn into the map's own plot (offscreen).
The first frame is the first picture drawn, the first moved frame the first one in which t-SNE has moved points. Of
60,000 codes the program lays out 10,000 and places the others among them; with `--whole` all 60,000 are laid out as
well.

scikit-learn gets the same 10,000 codes with its own defaults and all threads. Neighbours kept: the part of each code's
15 nearest codes that are among its 15 nearest on the map, over 2,000 codes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks.bench import Options, Row, alternate, limit_row, median, run, time_row

NEIGHBOURS = 15
ASKED = 2_000
FIRST_FRAME_S = 1.5


@dataclass
class Map:
    """A layout: seconds to the first frame, to the first moved one and to the end; and neighbours kept, 0..1."""

    first_s: float
    moved_s: float
    whole_s: float
    kept: float
    threads: int = 0


def measure(options: Options) -> list[Row]:
    """10,000 codes beside scikit-learn, then 60,000."""
    trained = _codes(options)
    many = options.pick(10_000, 600)
    everything = len(trained.codes_of("train"))
    mine, their = alternate(
        options.repeats,
        lambda: _ours(trained, many, many, options),
        lambda: _sklearn(trained, many),
        what=f"{many:,} codes",
    )
    recall, reference = median([one.kept for one in mine]), median([one.kept for one in their])
    note = f"{mine[0].threads} threads; first moved frame {median([one.moved_s for one in mine]):.2f} s"
    rows = [
        time_row(
            f"projection {many:,} codes, to the end",
            "s",
            [one.whole_s for one in mine],
            [one.whole_s for one in their],
            3.0,
            note,
        ),
        limit_row(f"projection {many:,} codes, first frame", "s", median([one.first_s for one in mine]), FIRST_FRAME_S),
        Row(
            f"projection {many:,} codes, neighbours kept",
            "",
            recall,
            reference,
            recall / reference,
            "no worse",
            recall >= 0.995 * reference,
            "within half a percent counts as no worse",
        ),
    ]
    rows += _large(trained, everything, many, options)
    if options.extra.whole:
        rows += _large(trained, everything, everything, options)
    return rows


def _large(trained: Any, count: int, sample: int, options: Options) -> list[Row]:
    done = [_ours(trained, count, sample, options) for _ in range(options.repeats)]
    name = f"projection {count:,} codes" + (", all laid out" if sample == count else "")
    rest = "" if sample == count else f"{sample:,} laid out, the others placed; "
    return [
        Row(
            f"{name}, to the end",
            "s",
            median([one.whole_s for one in done]),
            note=f"{rest}neighbours kept {median([one.kept for one in done]):.3f}; {done[0].threads} threads; "
            f"first moved frame {median([one.moved_s for one in done]):.2f} s",
        ),
        limit_row(f"{name}, first frame", "s", median([one.first_s for one in done]), FIRST_FRAME_S),
    ]


def _codes(options: Options) -> Any:
    from latentexplorer.core.config import RunConfig
    from tests.benchmarks.our_training import kept_run

    changes = ["data.name=fashion-mnist", f"data.root={options.data_root}", "model.family=vae", "model.latent_dim=60"]
    changes += ["model.hidden=[512, 256]", "training.epochs=2", "training.batch_size=128", "training.snapshots=0"]
    return kept_run(RunConfig().updated([*changes, *options.pick([], ["data.limit=1000"])]), options)


def _ours(trained: Any, count: int, sample: int, options: Options) -> Map:
    """Lay `count` codes out as the window does, drawing every picture."""
    from latentexplorer.core.cancellation import NEVER
    from latentexplorer.core.events import ProjectionMoved
    from latentexplorer.gui.workers.map_tasks import Begun, lay_out

    drawing = _Drawing()
    times: dict[str, float] = {}
    settings: dict[str, Any] = {"method": "tsne", "limit": count, "sample": sample, "steps": options.pick(600, 60)}
    begin = time.perf_counter()

    def listen(event: Any) -> None:
        if isinstance(event, Begun):
            drawing.draw(event.result.coords)
        elif isinstance(event, ProjectionMoved):
            drawing.draw(np.asarray(event.coords, np.float64))
            if event.step:
                times.setdefault("moved", time.perf_counter() - begin)
        else:
            return
        times.setdefault("first", time.perf_counter() - begin)

    result = lay_out(trained, settings, None, listen, NEVER)
    drawing.draw(result.coords)
    whole = time.perf_counter() - begin
    kept = neighbours_kept(result.projection.codes, result.coords)
    return Map(times["first"], times["moved"], whole, kept, result.projection.n_jobs)


def _sklearn(trained: Any, count: int) -> Map:
    """scikit-learn's t-SNE of the same codes; it shows nothing before the end."""
    from sklearn.manifold import TSNE

    from latentexplorer.latent.projection import sample_rows

    codes = trained.codes_of("train")
    chosen = codes.loc[sample_rows(len(codes), count, codes.labels, 0)]
    begin = time.perf_counter()
    coords = TSNE(n_components=2, perplexity=30, n_jobs=-1, random_state=0).fit_transform(chosen)
    took = time.perf_counter() - begin
    return Map(took, took, took, neighbours_kept(chosen, coords))


def neighbours_kept(codes: np.ndarray, coords: np.ndarray) -> float:
    """Part of the nearest codes that are nearest on the map too."""
    from latentexplorer.latent.neighbours import nearest

    asked = np.random.default_rng(0).choice(len(codes), min(ASKED, len(codes)), replace=False)
    before, after = (nearest(points[asked], points, NEIGHBOURS + 1)[0] for points in (codes, coords))
    same = [
        len(np.intersect1d(one[one != row], other[other != row])) / NEIGHBOURS
        for row, one, other in zip(asked, before, after, strict=True)
    ]
    return float(np.mean(same))


class _Drawing:
    """The map's own plot, drawn into memory."""

    def __init__(self) -> None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from PySide6.QtWidgets import QApplication

        from latentexplorer.gui.panes.map.scatter import Scatter

        self._app = QApplication.instance() or QApplication(sys.argv[:1])
        self._plot = Scatter("map_plot")
        self._plot.resize(600, 500)
        self._plot.show()

    def draw(self, coords: np.ndarray) -> None:
        """Draw points (N, 2), now."""
        self._plot.set_points(coords)
        self._plot.grab()


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--whole", action="store_true", help="lay all 60,000 codes out as well (minutes)")


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, _add))
