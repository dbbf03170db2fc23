"""Decoding: one code to pixels on the screen, and a plane of 20 x 20 codes against a notebook's loop.

    python -m tests.benchmarks.decode

One code: in the real window with an open run of `ad-128`, nothing training, a code is made current; the time runs until
the window with its picture has been handed to the screen. A plane: `Trained.decode`, as the program decodes planes and
grids, against one call of the decoder for each image, under `no_grad`, each result brought to numpy.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import torch

from latentexplorer.core.presets import preset
from latentexplorer.runs import Trained
from tests.benchmarks.bench import Options, Row, alternate, limit_row, median, percentile, run, time_row
from tests.benchmarks.our_training import kept_run

SIDE = 20
MEDIAN_MS, SLOW_MS = 8.0, 16.0


def measure(options: Options) -> list[Row]:
    """The plane for two models, then the window."""
    digits = ["data.name=fashion-mnist", "data.limit=2000", "data.test_per_class=10", "training.epochs=1"]
    vae = kept_run(preset("vae-2").config(digits, root=options.data_root), options)
    small = options.pick([], ["data.train_per_class=10", "data.test_per_class=4"])
    ad = kept_run(preset("ad-128").config(["training.epochs=2", *small], root=options.data_root), options)
    rows = [_plane("vae-2", vae, options), _plane("ad-128", ad, options)]
    return rows + _window(ad, options)


def _plane(name: str, trained: Trained, options: Options) -> Row:
    side = options.pick(SIDE, 4)
    z = _corners_mixed(trained, side)
    mine, their = alternate(
        options.repeats * options.pick(3, 1), lambda: _timed(trained.decode, z), lambda: _timed(_loop, trained, z),
        what=f"plane of {name}",
    )  # fmt: skip
    difference = float(np.abs(trained.decode(z) - _loop(trained, z)).max())
    note = f"largest difference of a pixel {difference:.1g}"
    return time_row(
        f"decode plane of {side} x {side}, {name}", "ms", [1e3 * s for s in mine], [1e3 * s for s in their], 10.0, note
    )


def _corners_mixed(trained: Trained, side: int) -> np.ndarray:
    """A plane between the codes of four images (side * side, D)."""
    corners = trained.codes_of("train").loc[:4]
    across, up = (axis.reshape(-1, 1) for axis in np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side)))
    z = (1 - up) * ((1 - across) * corners[0] + across * corners[1])
    z += up * ((1 - across) * corners[2] + across * corners[3])
    return np.asarray(z, np.float32)


def _loop(trained: Trained, z: np.ndarray) -> np.ndarray:
    """As notebooks do: image by image."""
    model = trained.model
    model.eval()
    images = []
    with torch.no_grad():
        for code in torch.from_numpy(z):
            image = model.decode(code.unsqueeze(0))
            images.append(image.squeeze(0).permute(1, 2, 0).cpu().numpy())
    return np.stack(images)


def _timed(work: Any, *arguments: Any) -> float:
    begin = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - begin


def _window(trained: Trained, options: Options) -> list[Row]:
    from tests.benchmarks.window import LOOKS_MS, NO_DISPLAY, Desk, Frames, Steps, display, looking

    name = "decode one code to the screen, ad-128"
    with display() as screen:
        if not screen:
            return [Row(name, "ms", goal=f"median at most {MEDIAN_MS:g} ms", note=NO_DISPLAY)]
        assert trained.path is not None
        times: dict[bool, list[float]] = {True: [], False: []}
        with Desk() as desk:
            desk.open_run(trained.path)
            desk.frame.show_pane("decoded")
            desk.settle()
            session, view = desk.session, desk.find("decoded_image")
            frames = Frames(view, lambda: view.code)
            codes = trained.codes_of("train").loc
            rng = np.random.default_rng(0)

            def steps(patient: bool) -> Steps:
                for _ in range(options.pick(60, 6) * options.repeats):
                    while patient and session.decoder.busy:
                        yield 10
                    one, other = codes[rng.integers(len(codes), size=2)]
                    frames.shown.clear()
                    begin = time.perf_counter()
                    session.current.set(np.asarray(0.5 * (one + other), np.float32), passing=True)
                    asked = session.current.code
                    yield from looking(frames, asked)
                    shown = frames.when(asked)
                    times[patient].append(float("inf") if shown is None else 1e3 * (shown - begin))

            for patient in times:
                desk.perform(steps(patient))
                desk.settle()
    note = f"{len(times[True])} codes, {screen}; slowest {max(times[True]):.1f} ms"
    hasty = times[False]
    return [
        limit_row(f"{name}: median", "ms", median(times[True]), MEDIAN_MS, note),
        limit_row(f"{name}: 99 %", "ms", percentile(times[True], 99), SLOW_MS, note),
        Row(
            f"{name}: median, the next one after {LOOKS_MS} ms",
            "ms",
            median(hasty),
            note=f"while other panes may still decode strips of the one before; 99 % {percentile(hasty, 99):.1f} ms",
        ),
    ]


if __name__ == "__main__":
    sys.exit(run(__doc__, measure))
