"""The oddest images of a set, by name: held-out, training and new ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.oddness import learn
from latentexplorer.runs import Trained
from latentexplorer.views import settings_from
from latentexplorer.views.code import Code
from latentexplorer.views.odd_facts import KnownHeldOut, facts_of, odd_of, oddness_words
from latentexplorer.views.odd_images import Result, compute, share_text
from tests.conftest import Train

Small = Callable[..., Trained]
GIVES_BACK = [family.name for family in FAMILIES if not family.separates]


def odd(trained: Trained, *changes: str) -> Result:
    return compute(trained, settings_from("odd-images", changes))


def said(result: Result) -> str:
    return ". ".join(result.notes)


@pytest.fixture
def folder(tmp_path: Path, small_run: Small) -> Path:
    """Eight held-out images of the small runs, one training image, and one that is planted: a chessboard."""
    run = small_run("vae")
    images = np.asarray(run.images("test").images[:8, ..., 0])
    for number, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"usual{number}.png")
    board = np.indices((8, 8)).sum(0) % 2 * np.uint8(255)
    Image.fromarray(board.astype(np.uint8)).save(tmp_path / "planted.png")
    Image.fromarray(np.asarray(run.images("train").images[3, ..., 0])).save(tmp_path / "learned.png")
    return tmp_path


def test_a_held_out_image_that_was_learned_too_is_marked(small_run: Small) -> None:
    run = small_run("vae")
    assert run.data is not None
    pixels = np.array(run.data.test.images)
    pixels[0] = run.data.train.images[9]
    few = "limit=10", "count=10"
    result = odd(replace(run, data=replace(run.data, test=replace(run.data.test, images=pixels))), *few)
    assert result.index[result.learned].tolist() == [0] and not odd(run, *few).learned.any()
    row = int(np.flatnonzero(result.learned)[0])
    assert result.words(row).endswith("(learned)") and not result.ranks


@pytest.mark.parametrize("part", ["test", "train"])
@pytest.mark.parametrize("family", GIVES_BACK)
def test_the_oddest_are_those_with_the_largest_errors(small_run: Small, family: str, part: str) -> None:
    run = small_run(family)
    result = odd(run, f"part={part}", "count=5")
    codes = run.codes_of(part)
    y = codes.labels if FAMILIES[family].conditional else None
    left = run.decode(codes.loc, y, clamped=False) - run.images(part).images[codes.index] / 255
    errors = np.sqrt(np.square(left).mean((1, 2, 3)))
    worst = np.argsort(-errors, kind="stable")[:5]
    if y is None:
        assert result.index.tolist() == codes.index[worst].tolist()
        np.testing.assert_allclose(result.p, np.arange(1, 6) / len(codes))
    else:
        # Each is among the worst of its class.
        of_class = [np.sort(errors[y == label])[-3:] for label in result.labels]
        assert all(error >= worst[0] - 1e-6 for error, worst in zip(result.errors, of_class, strict=True))
        assert (np.diff(result.p) >= 0).all()
    rows = [int(np.flatnonzero(codes.index == at)[0]) for at in result.index]
    np.testing.assert_allclose(result.errors, errors[rows], rtol=1e-5)
    assert result.maps.shape == (5, 8, 8) and result.pictures.shape == (5, 8, 8, 3)
    assert (result.ranks, bool(result.learned.all())) == (part == "train", part == "train")
    assert ("no p-values" in said(result)) == (part == "train")


@pytest.mark.parametrize("family", GIVES_BACK)
def test_a_planted_image_is_the_oddest_and_has_its_file_for_a_name(small_run: Small, folder: Path, family: str) -> None:
    result = odd(small_run(family), f"images={folder}", "count=3")
    assert Path(result.names[0]).name == "planted.png" and result.measured == 10 and result.new
    assert result.p[0] == result.p.min() <= 0.1
    assert "0.49 are expected by chance" in said(result) and result.expected == pytest.approx(10 * 44 / 899)
    assert "1 of 10 are images that the model learned" in said(result)
    alone = odd(small_run(family), f"images={folder / 'planted.png'}")
    assert alone.measured == 1 and alone.p[0] == pytest.approx(result.p[0], abs=0.1)
    # Where it is brighter than its decode the map is above nought.
    left = alone.originals[0, ..., 0] / 255 - alone.images[0, ..., 0]
    at = np.unravel_index(np.abs(left).argmax(), left.shape)
    assert np.sign(alone.maps[0][at]) == np.sign(left[at])


def test_a_known_class_is_held_against_its_own_and_few_images_are_said(small_run: Small, folder: Path) -> None:
    run = small_run("cvae")
    known = (f"images={folder / 'planted.png'}", f"label={run.class_names[0]}")
    assert odd(run, *known).against[0] == (run.codes["test"].labels == 0).sum()
    few = odd(run, *known, "limit=50")
    assert few.against[0] == 50 and "fewer than 19 held-out images" in said(few)
    # Of ten errors none can be so odd: nothing is expected.
    assert odd(run, *known, "limit=10").expected == 0 and "0 are expected by chance" in said(
        odd(run, *known, "limit=10")
    )
    unknown = odd(run, f"images={folder / 'planted.png'}")
    assert "1 of unknown class" in said(unknown)


def test_a_limit_and_a_class_are_said(small_run: Small) -> None:
    result = odd(small_run("vae"), "limit=10", "count=4")
    assert result.measured == 10 and "10 of 898 are measured" in said(result)
    assert "smallest possible p is 0.1" in said(result)
    assert set(odd(small_run("vae"), "label=3").labels) == {3}


@pytest.mark.parametrize(
    ("as_bad", "count", "said"),
    [
        (2, 39, "5 % of 39 held-out images are given back as badly (p 0.075)"),
        (1, 20, "5 % of 20 held-out images are given back as badly (p 0.10)"),
        (3, 1000, "0.3 % of 1,000 held-out images are given back as badly (p 0.004)"),
        (39, 39, "100 % of 39 held-out images are given back as badly (p 1.00)"),
        (511, 512, "99.8 % of 512 held-out images are given back as badly (p 1.00)"),
        (0, 39, "given back worse than all 39 held-out images (p 0.025)"),
    ],
)
def test_the_share_that_is_said_is_that_of_the_held_out_images(as_bad: int, count: int, said: str) -> None:
    """p counts the image itself as well, which among few images is much: 3 of 40 are not 3 of 39."""
    p = (1 + as_bad) / (1 + count)
    assert oddness_words(p, count)[0] == said
    learned, brief = oddness_words(p, count, learned=True)
    assert brief.startswith("learned")
    assert learned.startswith(
        f"{100 * as_bad / count:.{int(as_bad in (3, 511))}f} % of {count:,}"
    ) and learned.endswith("learned")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (("data.test_fraction=1e-9",), "held-out"),
        (("data.test_fraction=0.1",), ""),
        (("data.labels=none",), ""),
    ],
    ids=["no held-out images", "one held-out image", "no labels"],
)
def test_little_data_works_or_says_why_not(
    train_once: Train, tmp_path: Path, changes: tuple[str, ...], words: str
) -> None:
    from latentexplorer.core.config import RunConfig

    images = np.random.default_rng(0).integers(0, 255, (12, 8, 8), np.uint8)
    np.savez(tmp_path / "images.npz", images=images)
    config = RunConfig.parse({}).updated(
        ["data.name=images", f"data.path={tmp_path / 'images.npz'}", "model.family=ae", "training.epochs=1", *changes]
    )
    run = train_once(config)
    if words:
        with pytest.raises(NotApplicableError, match=words):
            odd(run)
        train = odd(run, "part=train")
        assert train.measured == 12 and "No images were held out" in said(train)
    else:
        result = odd(run)
        assert result.p[0] == pytest.approx(1 / result.measured) and np.isfinite(result.maps).all()


def test_the_command_names_images_by_their_files(
    small_run: Small, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    from latentexplorer.cli import main

    path = str(small_run("vae").path)
    assert main(["odd", path, "--images", str(folder), "--top", "2", "--json", "--quiet"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    first = document["oddest"][0]
    assert first["name"] == str(folder / "planted.png") and first["p"] <= 0.1 and len(document["oddest"]) == 2
    assert document["expected_by_chance"] == pytest.approx(10 * 44 / 899) and first["held_against"] == 898
    assert main(["odd", path, "--part", "train", "--quiet"]) == 0
    table = capsys.readouterr().out
    assert "learned" in table and "no p-values" in table
    assert main(["odd", path, "--images", str(folder / "nowhere"), "--quiet"]) == 2


@pytest.mark.parametrize(("share", "text"), [(1.0, "1.00"), (0.5, "0.50"), (0.0312, "0.031"), (1 / 60_001, "2e-05")])
def test_a_p_value_keeps_two_digits_that_count(share: float, text: str) -> None:
    assert share_text(share) == text


@pytest.mark.parametrize(
    ("held_out", "asked", "said"),
    [
        (1, 0, "How odd it is cannot be told: no other image is held out"),
        (2, 0, "How odd it is cannot be told: there is only one held-out image"),
        (1, 1, "How odd it is cannot be told: there is only one held-out image"),
        (3, 0, " held-out images"),
    ],
)
def test_beside_no_other_image_or_only_one_nothing_is_told(
    small_run: Small, held_out: int, asked: int, said: str
) -> None:
    run = small_run("vae")
    codes, images = run.codes_of("test"), run.images("test").images

    def decode(z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
        return run.decode(z, y, clamped=False)

    usual = list(learn(images, codes.take(slice(held_out)), decode, False))[-1]
    assert usual is not None
    code = Code(codes.loc[asked], None, "test", int(codes.index[asked]))
    facts = facts_of(run, code, np.asarray(images[code.index]), decode(code.z[None], None), usual)
    assert said in facts.words and facts.picture is not None
    assert ("cannot be told" in facts.words) == (facts.brief == "odd: not known")


def test_a_training_image_of_an_auto_decoder_is_held_against_the_held_out_ones_of_its_training(
    small_run: Small,
) -> None:
    run = small_run("vad")
    assert run.codes.get("test") is not None

    def decode(of: Trained, z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
        return of.decode(z, y, clamped=False)

    for part in ("train", "test"):
        codes = run.codes_of(part)
        code = Code(codes.loc[0], None, part, int(codes.index[0]))
        facts = list(odd_of(run, code, KnownHeldOut(), decode))[-1]
        assert facts is not None and " held-out images" in facts.words and "cannot be told" not in facts.words
        assert ("but this one was learned" in facts.words) == (part == "train")
