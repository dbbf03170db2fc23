#!/usr/bin/env python3
"""Make the small pictures of the instruments in the README: `packaging/pictures/instruments`.

    python3 packaging/make_pictures.py [--out FOLDER] [NAME ...]

Each is a figure of the program, made by the command that is written beside its name in `PICTURES`, shrunk to a width
of 320 pixels and to 64 colours. Four small runs are trained for them on the embedded digits and
generated glyphs; nothing is downloaded. Takes about four minutes on one core.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
OUT = HERE / "pictures" / "instruments"
EXAMPLE = HERE.parent / "resources" / "example-run"
WIDTH, COLORS = 320, 64

RUNS = {
    "digits": ["data.name=digits", "data.size=16", "model.family=vae", "model.latent_dim=8", "training.epochs=60"],
    "plane": ["data.name=digits", "data.size=16", "model.family=vae", "model.latent_dim=2", "training.epochs=60"],
    "other": [
        "data.name=digits",
        "data.size=16",
        "model.family=vae",
        "model.latent_dim=8",
        "training.epochs=60",
        "training.seed=1",
    ],
    "glyphs": ["data.name=glyphs", "data.size=32", "model.family=cvae", "model.beta=64", "model.hidden=[256,128]"],
}
"""Settings of the runs that the pictures are of, beside `example`, which is shipped."""
PICTURES: dict[str, tuple[str, ...]] = {
    "collapse": ("dimensions", "digits", "--size", "5x3.4"),
    "loss": ("loss-terms", "digits", "--size", "7x4.4"),
    "near-data": (
        "latent-grid",
        "plane",
        "--size",
        "3.6x3.6",
        "--set",
        "fade=true",
        "spacing=linear",
        "x_range=[-6,6]",
        "y_range=[-6,6]",
    ),
    "map-click": ("map-inverse", "digits", "--size", "4.6x3.6", "--set", "method=pca"),
    "honest-map": ("map", "digits", "--size", "4.6x3.6", "--set", "method=tsne", "color_by=trustworthiness"),
    "dimension-effect": ("dimension-effect", "digits", "--size", "5x3.4"),
    "magnification": ("magnification", "plane", "--size", "4.4x3.6"),
    "path-race": ("path-race", "digits", "--size", "5x3.6", "--set", "start=test:3", "end=test:10"),
    "local-axes": ("traversal", "digits", "--size", "5x2.8", "--set", "axes=nearby", "count=4", "steps=9"),
    "code-found": ("code-found", "digits", "--size", "7x5"),
    "mask-and-mend": ("mended", "digits", "--size", "5x2"),
    "odd-images": ("odd-images", "digits", "--size", "5x2.8"),
    "model-duel": ("duel", "digits", "--set", "rows=2", "other=other"),
    "time-machine": ("time-machine", "plane", "--set", "frames=4"),
    "prior-lab": ("prior-lab", "digits", "--set", "count=3"),
    "attributes": ("attribute", "digits", "--size", "5.4x4", "--set", "from_group=3", "to_group=8"),
    "draw-and-swap": ("swapped", "glyphs", "--set", "code=test:3", "to=R"),
    "decision-regions": ("decision-regions", "plane", "--size", "4.4x3.6"),
}
"""By name: the kind of figure, its run, and what the command `figure` is told besides."""
SWEEP = "how-many-dimensions"
VARIED = ("--vary", "model.latent_dim=1,2,4,8,16,32", "--set", "data.name=digits", "training.epochs=15")


def program(*words: str | Path) -> None:
    """Run the program."""
    subprocess.run([sys.executable, "-m", "latentexplorer", *map(str, words)], check=True)


def shrink(big: Path, small: Path) -> None:
    """Write a picture 320 pixels wide."""
    image = Image.open(big).convert("RGB")
    height = round(image.height * WIDTH / image.width)
    few = image.resize((WIDTH, height), Image.Resampling.LANCZOS).quantize(COLORS, dither=Image.Dither.NONE)
    few.save(small, optimize=True)


def main() -> int:
    """Make those that are named, or all."""
    names = [*PICTURES, SWEEP]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        places = {name: Path(made) / name for name in RUNS} | {"example": EXAMPLE}
        big = Path(made) / "big.png"
        for name in asked.names or names:
            if name == SWEEP:
                program("sweep", "--preset", "digits-vae", *VARIED, "--out", Path(made) / SWEEP)
                shrink(Path(made) / SWEEP / "sweep.png", asked.out / f"{name}.png")
                continue
            kind, run, *more = PICTURES[name]
            for needed in (run, *(word.removeprefix("other=") for word in more if word.startswith("other="))):
                if not places[needed].exists():
                    program("train", "--out", places[needed], "--quiet", "--set", *RUNS[needed])
            program("figure", kind, places[run], "--out", big, "--quiet", *more)
            shrink(big, asked.out / f"{name}.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
