"""Every kind of figure of every family: nothing clipped, the same pixels every time, files that say what made them."""

from __future__ import annotations

import gc
import json
import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from latentexplorer.core.errors import DataError, LatentExplorerError, NotApplicableError, SettingsError
from latentexplorer.figures import (
    Style,
    check_size,
    draw,
    export,
    export_all,
    make,
    parse_size,
    read_recipe,
    save,
    settings_from,
)
from latentexplorer.figures.pixels import resized
from latentexplorer.figures.text import shorten, shown, width_of, wrap
from latentexplorer.runs import Trained
from latentexplorer.views import VIEWS
from latentexplorer.views.palette import class_color, class_marker
from latentexplorer.views.registry import load_view
from tests.conftest import DRAWN, SORTS, not_shown

Small = Callable[..., Trained]

CHANGES = {"map": ("method=pca",), "samples": ("count=4",), "latent-grid": ("n=4",), "gallery": ("count=20",)}
CHANGES["map-inverse"] = ("cells=12",)
CHANGES["decision-regions"] = ("n=4",)
CHANGES["code-found"] = CHANGES["mended"] = ("steps=5",)


def pixels(figure: Figure, dpi: int = 100) -> np.ndarray:
    """The drawn figure (height, width, 3)."""
    figure.set_dpi(dpi)
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def nothing_is_clipped(figure: Figure) -> None:
    """Every visible text and axes lies inside the figure, and no two texts lie on each other."""
    figure.set_dpi(100)
    # Where everything stands is known without its pixels.
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    frame = figure.bbox
    places = []
    texts = list(figure.texts)
    for axes in figure.axes:
        extent = axes.get_tightbbox(renderer)
        assert extent is None or (
            extent.x0 >= frame.x0 - 1
            and extent.y0 >= frame.y0 - 1
            and extent.x1 <= frame.x1 + 1
            and extent.y1 <= frame.y1 + 1
        ), f"{axes} reaches out of the figure"
    for text in texts:
        if not text.get_text() or not text.get_visible():
            continue
        place = text.get_window_extent(renderer)
        inside = place.x0 >= -1 and place.y0 >= -1 and place.x1 <= frame.x1 + 1 and place.y1 <= frame.y1 + 1
        assert inside, f"{text.get_text()!r} is clipped"
        for other, name in places:
            across = min(place.x1, other.x1) - max(place.x0, other.x0)
            along = min(place.y1, other.y1) - max(place.y0, other.y0)
            assert across < 2 or along < 4, f"{text.get_text()!r} lies on {name!r}"
        places.append((place, text.get_text()))


OF_TERMS = ("loss", "loss-terms")
"""The kinds of figures that show which terms a loss has."""


@pytest.mark.parametrize("family", SORTS)
def test_every_kind_of_every_sort_of_family_draws_unclipped_or_says_why_not(small_run: Small, family: str) -> None:
    if family not in DRAWN:
        for kind in OF_TERMS:
            nothing_is_clipped(make(kind, small_run(family)))
        return
    for view in VIEWS:
        if view.name in not_shown(family):
            with pytest.raises(NotApplicableError) as refused:
                make(view.name, small_run(family), CHANGES.get(view.name, ()))
            assert str(refused.value) and "\n" not in str(refused.value)
        else:
            figure = make(view.name, small_run(family), CHANGES.get(view.name, ()))
            assert figure.texts
            nothing_is_clipped(figure)


LEAST_HEIGHT = {"path-race": 3.0, "attribute": 3.0, "prior-lab": 4.5}


@pytest.mark.parametrize("kind", [kind for kind in VIEWS.names if kind not in ("separation", "comparison", "duel")])
def test_any_size_keeps_text_inside(small_run: Small, kind: str) -> None:
    family = "cvae" if kind in ("class-grid", "swapped") else "vae"
    result = load_view(kind).compute(small_run(family), settings_from(kind, CHANGES.get(kind, ())))
    for width, height in ((2.2, 2.0), (9.0, 3.0), (3.0, 8.0)):
        # Strips with their numbers, or charts, numbers and strips of six priors, need more height than a stamp has.
        nothing_is_clipped(draw(kind, result, size=(width, max(height, LEAST_HEIGHT.get(kind, 0.0)))))


@pytest.mark.parametrize("source", ["held-out", "code"])
@pytest.mark.parametrize("names", ["{}", "a class with a long name, number {}"])
@pytest.mark.parametrize("count", [1, 26, 62])
def test_a_style_in_very_many_classes_is_drawn_in_lines_that_name_them(
    small_run: Small, count: int, names: str, source: str
) -> None:
    from dataclasses import replace

    from latentexplorer.views.registry import load_view

    result = load_view("class-grid").compute(
        small_run("cvae"), settings_from("class-grid", ("count=2", f"source={source}"))
    )
    every = tuple(names.format(number) for number in range(count))
    images = np.resize(result.images, (len(result.images), count, *result.images.shape[2:]))
    figure = draw("class-grid", replace(result, images=images, classes=np.arange(count), class_names=every))
    nothing_is_clipped(figure)
    words = [text.get_text() for text in figure.texts if text.get_text()]
    assert sum(word.replace("\n", " ").split()[0] == every[0].split()[0] for word in words) >= 1
    if names == "{}":
        assert set(every) <= set(words)


def test_comparisons_are_drawn_unclipped_and_name_their_runs(small_run: Small) -> None:
    other = f"runs=['{small_run('conv-ae').path}', '{small_run('pca').path}']"
    for changes in ((other, "count=3"), (other, "show=maps", "method=pca")):
        figure = make("comparison", small_run("vae"), changes)
        nothing_is_clipped(figure)
        words = " ".join(text.get_text() for text in figure.texts)
        assert "conv-ae" in words and "pca" in words and "8 numbers" in words
    nothing_is_clipped(make("loss", small_run("vae"), [other.split(", ")[0] + "]"]))


@pytest.mark.parametrize("size", [None, (5.0, 8.0)])
def test_a_duel_is_drawn_unclipped_and_names_both(small_run: Small, size: tuple[float, float] | None) -> None:
    figure = make("duel", small_run("vae"), (f"other={small_run('conv-ae').path}", "rows=3", "steps=4"), size=size)
    nothing_is_clipped(figure)
    words = " ".join(text.get_text() for text in figure.texts)
    assert all(word in words for word in ("vae", "conv-ae", "CKA", "by chance", "The same path"))


def test_the_legend_names_every_class_and_hides_none_by_its_colour(small_run: Small) -> None:
    figure = make("map", small_run("vae"))
    pixels(figure)
    words = {text.get_text() for text in figure.texts}
    assert set(small_run("vae").class_names) <= words


@pytest.mark.parametrize("names", ["{}", "class {}", "one of very many classes, number {}"])
@pytest.mark.parametrize("count", [61, 1000])
def test_a_legend_of_very_many_classes_says_how_many_it_leaves_out(small_run: Small, names: str, count: int) -> None:
    from dataclasses import replace

    from latentexplorer.views.registry import load_view

    result = load_view("map").compute(small_run("vae"), settings_from("map"))
    every = tuple(names.format(number) for number in range(count))
    coords = np.resize(result.coords, (count, 2))
    figure = draw("map", replace(result, coords=coords, groups=np.arange(count), group_names=every, notes=()))
    nothing_is_clipped(figure)
    words = [text.get_text() for text in figure.texts if text.get_visible()]
    named = sum(word in every for word in words)
    assert f"and {count - named:,} more" in words


def test_forty_classes_differ_in_colour_or_marker() -> None:
    looks = {(class_color(number), class_marker(number)) for number in range(40)}
    assert len(looks) == 40
    first = [tuple(int(class_color(n)[at : at + 2], 16) for at in (1, 3, 5)) for n in range(10)]
    gaps = [sum(abs(a - b) for a, b in zip(p, q, strict=True)) for p in first for q in first if p != q]
    assert min(gaps) > 25


def test_many_classes_long_names_and_foreign_letters_fit(small_run: Small) -> None:
    from dataclasses import replace

    from latentexplorer.views.registry import load_view

    result = load_view("map").compute(small_run("vae"), settings_from("map"))
    groups = np.arange(60) % 40
    names = tuple(f"class number {number} with $a$ long _name_ 漢字 " * (1 + number % 3) for number in range(40))
    nothing_is_clipped(draw("map", replace(result, groups=groups, group_names=names)))
    letters = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    crowded = replace(result, groups=np.arange(60) % 26, group_names=letters)
    nothing_is_clipped(draw("map", crowded))
    many = replace(result, groups=np.arange(60) * 3, group_names=tuple(map(str, range(200))))
    nothing_is_clipped(draw("map", many))


def test_images_without_labels_of_other_shape_and_a_single_one(small_run: Small, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "mine.npz", images=rng.integers(0, 255, (40, 28, 20, 3), dtype=np.uint8))
    changes = ("data.name=images", f"data.path={tmp_path / 'mine.npz'}", "data.limit=30")
    trained = small_run("vae", *changes)
    done = dict(export_all(trained, tmp_path / "out", dpi=60))
    assert isinstance(done["class-decodes"], str) and "labels" in done["class-decodes"]
    assert all(isinstance(done[kind], Path) for kind in ("map", "gallery", "samples", "reconstructions", "latent-grid"))
    for kind in ("reconstructions", "gallery", "interpolation"):
        nothing_is_clipped(make(kind, trained, ["count=1"] if kind != "interpolation" else ["steps=2"]))


def test_a_run_of_one_image_is_drawn(small_run: Small, tmp_path: Path) -> None:
    trained = small_run("vae", "data.limit=1")
    done = dict(export_all(trained, tmp_path, dpi=60))
    on_request = {view.name for view in VIEWS if view.on_request}
    assert {kind for kind, result in done.items() if isinstance(result, str)} - on_request == {
        "attribute",
        "class-grid",
        "comparison",
        "decision-regions",
        "dimensions",
        "duel",
        "explained-variance",
        "separation",
        "swapped",
    }
    for kind in on_request - {"dimension-effect", "map-inverse"}:
        export(kind, trained, tmp_path / f"{kind}.png", dpi=60)
    for kind in ("dimension-effect", "map-inverse"):
        with pytest.raises(NotApplicableError):
            export(kind, trained, tmp_path / f"{kind}.png")


def test_images_are_never_stretched_and_grey_means_the_same_everywhere(small_run: Small) -> None:
    from dataclasses import replace

    from latentexplorer.views.registry import load_view

    result = load_view("class-decodes").compute(small_run("vae"), settings_from("class-decodes"))
    # Two flat images of 12 x 6: half grey stays half grey beside nearly black.
    images = np.stack([np.full((12, 6, 1), 0.5, np.float32), np.full((12, 6, 1), 0.1, np.float32)])
    flat = replace(result, images=images, names=("a", "b"))
    seen = pixels(draw("class-decodes", flat), dpi=150)
    for value in (128, 26):
        rows, columns = np.nonzero((seen == value).all(2))
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert height == 2 * width and height % 12 == 0


def test_decoded_pixels_reach_the_paper_unchanged(small_run: Small) -> None:
    from latentexplorer.views.registry import load_view

    result = load_view("latent-grid").compute(small_run("vae"), settings_from("latent-grid", ["n=2"]))
    seen = pixels(draw("latent-grid", result), dpi=150)
    expected = np.rint(result.images[0, 0, ..., 0] * 255).astype(np.uint8)
    factor = next(
        f for f in range(20, 0, -1) if _find(seen[..., 0], np.kron(expected, np.ones((f, f), np.uint8))) is not None
    )
    assert factor >= 4


def _find(picture: np.ndarray, part: np.ndarray) -> tuple[int, int] | None:
    height, width = part.shape
    for row, column in np.argwhere(picture[: 1 - height or None, : 1 - width or None] == part[0, 0]):
        if np.array_equal(picture[row : row + height, column : column + width], part):
            return int(row), int(column)
    return None


def test_pixel_exact_enlarging_keeps_pixels_alike_and_smooth_blends_them() -> None:
    checks = (np.indices((4, 4)).sum(0) % 2 * 255).astype(np.uint8)[..., None]
    exact = resized(checks, (20, 20), smooth=False)[..., 0]
    assert np.array_equal(exact, np.kron(checks[..., 0], np.ones((5, 5), np.uint8)))
    assert len(np.unique(resized(checks, (20, 20), smooth=True)[..., 0])) > 2


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_figure_is_the_same_file(small_run: Small, tmp_path: Path, suffix: str) -> None:
    for kind in ("map", "loss", "latent-grid", "interpolation"):
        files = [tmp_path / f"{kind}-{number}{suffix}" for number in range(2)]
        for file in files:
            export(kind, small_run("vae"), file, CHANGES.get(kind, ()))
        assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_figure_is_made_again_from_its_own_recipe(small_run: Small, tmp_path: Path, suffix: str) -> None:
    trained = small_run("vae")
    changes = ["x_range=[-2, 1]", "y_range=[0, 3]", "n=3", "centre=train:5", "figure.smooth=true"]
    first = export("latent-grid", trained, tmp_path / f"one{suffix}", changes, dpi=90, size="90x80mm", dark=True)
    recipe = read_recipe(first)
    assert (recipe.kind, recipe.run, recipe.run_name) == ("latent-grid", str(trained.path.resolve()), trained.name)
    assert recipe.view_settings() == settings_from("latent-grid", changes[:4])
    figure = make(
        recipe.kind,
        Trained.load(recipe.run),
        recipe.view_settings(),
        style=recipe.style,
        size=(recipe.width, recipe.height),
    )
    save(figure, tmp_path / f"two{suffix}", recipe, recipe.dpi)
    if suffix == ".png":
        with Image.open(first) as one, Image.open(tmp_path / "two.png") as two:
            assert np.array_equal(np.asarray(one), np.asarray(two)) and one.width == int(90 / 25.4 * 90)
    else:
        assert first.read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def chunk(name: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*chunks: bytes) -> bytes:
    """A PNG of nothing but these chunks."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


GOOD = {"program": "latentexplorer", "kind": "map", "settings": {"method": "pca"}, "run": "x"}
HOSTILE = {
    "no recipe": png(),
    "not json": png(chunk(b"tEXt", b"latentexplorer\0{kind: map")),
    "not a table": png(chunk(b"tEXt", b"latentexplorer\0[1, 2]")),
    "deep": png(chunk(b"tEXt", b"latentexplorer\0" + b"[" * 100_000)),
    "unknown kind": png(chunk(b"tEXt", b"latentexplorer\0" + json.dumps({**GOOD, "kind": "os.system"}).encode())),
    "unknown setting": png(
        chunk(b"tEXt", b"latentexplorer\0" + json.dumps({**GOOD, "settings": {"shell": "rm"}}).encode())
    ),
    "wrong setting": png(
        chunk(b"tEXt", b"latentexplorer\0" + json.dumps({**GOOD, "settings": {"limit": -5}}).encode())
    ),
    "huge number": png(chunk(b"tEXt", b"latentexplorer\0" + json.dumps({**GOOD, "width": 1e300}).encode())),
    "nan": png(chunk(b"tEXt", b'latentexplorer\0{"kind": "map", "width": NaN}')),
    "compressed": png(chunk(b"zTXt", b"latentexplorer\0\0" + zlib.compress(b" " * 10_000_000))),
    "compressed iTXt": png(chunk(b"iTXt", b"latentexplorer\0\1\0\0\0" + zlib.compress(b" " * 10_000_000))),
    "too long": png(chunk(b"tEXt", b"latentexplorer\0" + b" " * 400_000 + json.dumps(GOOD).encode())),
    "wrong checksum": png(chunk(b"tEXt", b"latentexplorer\0" + json.dumps(GOOD).encode())[:-4] + b"abcd"),
    "cut short": png(chunk(b"tEXt", b"latentexplorer\0" + json.dumps(GOOD).encode()))[:40],
    "length beyond the file": b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 0xFFFFFFFF, b"tEXt") + b"latentexplorer\0{}",
    "empty": b"",
    "noise": bytes(range(256)) * 50,
    "svg without": b"<svg></svg>",
    "pdf without": b"%PDF-1.4 /Subject (((((((",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_clear_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "f.png").write_bytes(HOSTILE[name])
    with pytest.raises(DataError) as error:
        read_recipe(tmp_path / "f.png")
    assert "f.png" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("form", ["zTXt", "iTXt", "compressed iTXt"])
def test_a_recipe_that_another_program_wrote_anew_is_read(tmp_path: Path, form: str) -> None:
    text = json.dumps(GOOD).encode()
    body = {
        "zTXt": b"latentexplorer\0\0" + zlib.compress(text),
        "iTXt": b"latentexplorer\0\0\0\0\0" + text,
        "compressed iTXt": b"latentexplorer\0\1\0\0\0" + zlib.compress(text),
    }[form]
    (tmp_path / "f.png").write_bytes(png(chunk(form.split()[-1].encode(), body)))
    assert read_recipe(tmp_path / "f.png").settings == {"method": "pca"}


def test_a_good_recipe_is_read_and_mutated_ones_never_crash(tmp_path: Path) -> None:
    file = tmp_path / "f.png"
    content = png(chunk(b"tEXt", b"latentexplorer\0" + json.dumps(GOOD).encode()))
    file.write_bytes(content)
    assert read_recipe(file).settings == {"method": "pca"}
    rng = np.random.default_rng(0)
    for _ in range(300):
        mutated = bytearray(content)
        for at in rng.integers(8, len(mutated), rng.integers(1, 6)):
            mutated[at] = rng.integers(256)
        file.write_bytes(mutated)
        try:
            read_recipe(file)
        except DataError:
            continue
    with pytest.raises(DataError, match="nowhere"):
        read_recipe(tmp_path / "nowhere.png")


def test_sizes_are_refused_before_memory_is_taken(small_run: Small, tmp_path: Path) -> None:
    assert parse_size("120x80mm") == pytest.approx((120 / 25.4, 80 / 25.4)) and parse_size("6x4") == (6, 4)
    for size, dpi in (("6000x4000mm", 100), ("40x40in", 2400), ("6x4", 5), ("0x4", 100), ("6 by 4", 100)):
        with pytest.raises(SettingsError):
            export("map", small_run("vae"), tmp_path / "f.png", dpi=dpi, size=size)
    with pytest.raises(SettingsError, match="nan"):
        check_size((float("nan"), 4.0), 100)
    with pytest.raises(SettingsError, match=r"\.png"):
        export("map", small_run("vae"), tmp_path / "f.jpg")
    with pytest.raises(SettingsError, match="dakr"):
        export("map", small_run("vae"), tmp_path / "f.png", ["figure.dakr=true"])
    assert not list(tmp_path.iterdir())


def test_export_all_names_what_it_wrote_and_what_makes_no_sense(small_run: Small, tmp_path: Path) -> None:
    done = export_all(small_run("pca"), tmp_path / "figures", dpi=50)
    assert [kind for kind, _ in done] == VIEWS.names
    files = [result for _, result in done if isinstance(result, Path)]
    assert all(file.stat().st_size > 500 and read_recipe(file).kind == file.stem for file in files)
    reasons = dict(done)
    assert "no loss curve" in str(reasons["loss"]) and len(files) >= 8
    assert "latentexplorer figure mended RUN" in str(reasons["mended"])


def test_the_persons_own_matplotlib_style_changes_nothing(small_run: Small, tmp_path: Path) -> None:
    import matplotlib

    export("map", small_run("vae"), tmp_path / "one.png")
    with matplotlib.rc_context({"font.size": 22, "axes.grid": True, "lines.linewidth": 9, "savefig.bbox": "tight"}):
        export("map", small_run("vae"), tmp_path / "two.png")
        assert matplotlib.rcParams["font.size"] == 22
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_dark_figures_are_dark_and_titles_can_be_left_out(small_run: Small) -> None:
    dark = pixels(make("loss", small_run("vae"), style=Style(dark=True)))
    assert dark[0, 0].max() < 60 and dark.max() > 200
    figure = make("loss", small_run("vae"), ["figure.titles=false"])
    assert "Loss" not in {text.get_text() for text in figure.texts}


def test_no_pyplot_is_ever_imported() -> None:
    import subprocess
    import sys

    program = (
        "import sys, importlib; from latentexplorer.views import VIEWS; import latentexplorer.figures; "
        "[importlib.import_module(view.figure.partition(':')[0]) for view in VIEWS]; "
        "sys.exit('matplotlib.pyplot' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_text_is_wrapped_shortened_and_never_a_missing_letter() -> None:
    lines = wrap("one two three four five six", 8, 0.6, most=2)
    assert len(lines) == 2 and all(width_of(line, 8) <= 0.6 for line in lines) and lines[1].endswith("…")
    assert shorten("abc", 8, 5) == "abc"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert shown("ä 漢\n\tb") == "ä □ b"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted where the system lists them")
def test_jobs_that_draw_leave_no_open_files_behind(small_run: Small, tmp_path: Path) -> None:
    """matplotlib opens its fonts for every thread that draws; those alive at once are told apart."""
    run = small_run("vae")
    counts = []
    # What others have left open goes first, and not while this counts.
    gc.collect()
    for jobs in (1, 6):
        together = threading.Barrier(jobs)
        written: list[Path] = []

        def job(number: int, together: threading.Barrier = together, written: list[Path] = written) -> None:
            together.wait()
            written.append(export("decoded", run, tmp_path / f"{number}.png"))
            together.wait()

        threads = [threading.Thread(target=job, args=(number,)) for number in range(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(written) == jobs
        gc.collect()
        counts.append(len(list(Path("/proc/self/fd").iterdir())))
    assert counts[0] == counts[1]


def test_what_goes_wrong_while_drawing_is_told_to_who_asked(tmp_path: Path) -> None:
    failed: list[LatentExplorerError] = []

    def job() -> None:
        try:
            save(Figure(), tmp_path / "none" / "there.png")
        except LatentExplorerError as error:
            failed.append(error)

    thread = threading.Thread(target=job)
    thread.start()
    thread.join()
    assert len(failed) == 1
