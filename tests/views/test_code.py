"""A code by name and back, what is known of it, and the path from one to another."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from latentexplorer.latent.support import Support
from latentexplorer.runs import Trained
from latentexplorer.views.code import (
    Code,
    as_setting,
    caption_of,
    code_of_image,
    code_of_setting,
    named_code,
    title_of,
)
from latentexplorer.views.code_facts import Facts, KnownSupport, facts_of
from latentexplorer.views.code_path import CodePath
from latentexplorer.views.lookup import decode
from latentexplorer.views.pick import two_images
from latentexplorer.views.registry import settings_from

Small = Callable[..., Trained]


def image_code(trained: Trained, part: str, index: int) -> Code:
    """The known code of an image."""
    code = code_of_image(trained, part, index)
    assert code is not None
    return code


@pytest.mark.parametrize("family", ["vae", "cvae", "pca"])
def test_a_code_is_written_by_name_only_while_the_name_means_it(small_run: Small, family: str) -> None:
    trained = small_run(family)
    known = image_code(trained, "train", 4)
    assert as_setting(trained, known) == "train:4"
    # While a run trains, the code of the image moves on: what is shown is written as it is.
    moved = replace(known, z=known.z + np.float32(0.1))
    mean = named_code(trained, "prior-mean")
    assert as_setting(trained, mean) == "prior-mean"
    for code in (known, moved, mean):
        settings = settings_from("decoded", [f"code={as_setting(trained, code)}"])
        assert np.array_equal(code_of_setting(trained, settings.code).z, code.z)


def test_a_draw_from_what_was_fitted_to_the_codes_is_kept_as_numbers(small_run: Small) -> None:
    # After more training another density is fitted, so that the seed stands for another code.
    assert named_code(small_run("pca"), "random:3").pick == ""
    assert named_code(small_run("vae"), "random:3").pick == "random:3"


def test_the_code_of_a_setting_is_decoded_with_its_own_class_or_the_chosen_one(small_run: Small) -> None:
    trained = small_run("cvae")
    code = code_of_setting(trained, "train:4")
    assert (code.part, code.index, code.y) == ("train", 4, trained.images("train").labels[4])
    other = (code.y + 1) % 10
    assert code_of_setting(trained, "train:4", str(other)).y == other
    assert code_of_setting(small_run("vae"), "train:4").y is None


def test_titles_fit_a_line_and_captions_say_where_it_is_from(small_run: Small) -> None:
    trained = small_run("vae")
    known = image_code(trained, "test", 2)
    name = trained.class_names[trained.images("test").labels[2]]
    assert title_of(trained, known) == name
    assert caption_of(trained, known) == f"{name}, held-out image 2"
    free = Code(known.z, how="between 12 neighbours on the map")
    assert len(title_of(trained, free)) == 24 and title_of(trained, free).endswith("…")
    assert caption_of(trained, free) == "between 12 neighbours on the map"


def test_two_images_are_of_two_classes_and_held_out(small_run: Small) -> None:
    trained = small_run("vae")
    labels = trained.images("test").labels
    found = [two_images(trained, seed) for seed in range(8)]
    for part, first, second in found:
        assert part == "test" and labels[first] != labels[second]
    assert len(set(found)) > 1
    one = replace(trained, codes={"train": trained.codes["train"].take([0])})
    assert two_images(one, 0) is None


def facts(trained: Trained, code: Code) -> list[Facts]:
    """What is known of a code, as it comes."""
    return [step for step in facts_of(trained, code, KnownSupport(), decode) if step is not None]


def test_what_is_known_of_a_code_is_what_the_model_says(small_run: Small) -> None:
    import torch

    from latentexplorer.models.encoding import to_batch

    trained = small_run("vae", "model.latent_dim=5")
    first, *_, last = facts(trained, image_code(trained, "train", 4))
    codes, images = trained.codes["train"], trained.images("train").images
    away = np.linalg.norm(codes.loc - first.code.z, axis=1)
    away[codes.index == 4] = np.inf
    assert first.nearest.tolist() == codes.index[np.argsort(away, kind="stable")[:10]].tolist()
    assert first.original and np.array_equal(first.images, images[first.nearest])
    with torch.no_grad():
        terms = trained.model.loss(to_batch(images[4][None]))
    assert first.recon == pytest.approx(float(terms.recon[0]), rel=1e-4)
    assert first.kl == pytest.approx(float(terms.kl[0]), rel=1e-3)
    assert first.draws is None and np.array_equal(last.draws, trained.decode(last.drawn))
    assert first.support > 0 and first.words == "near data"
    # A code of no image has no cost and no posterior, far away it has no support.
    free, *later = facts(trained, Code(np.full(5, 60.0), how="nowhere"))
    assert all(step.draws is None for step in later)
    assert free.recon is None and free.kl is None and free.support == 0 and free.words == "far from any data"


def test_without_its_images_the_nearest_codes_are_decoded(small_run: Small) -> None:
    trained = replace(small_run("cvae"), data=None, missing="gone")
    found = facts(trained, image_code(trained, "train", 4))[0]
    codes = trained.codes["train"]
    near = codes.take([int(np.flatnonzero(codes.index == index)[0]) for index in found.nearest])
    assert not found.original and found.recon is None
    assert np.array_equal(found.images, trained.decode(near.loc, near.labels))


@pytest.mark.parametrize("family", ["ad", "separation-ae"])
def test_codes_that_are_points_have_no_posterior(small_run: Small, family: str) -> None:
    trained = small_run(family)
    found, *later = facts(trained, image_code(trained, "train", 4))
    assert all(step.draws is None for step in later)
    assert found.kl is None and len(found.nearest) == 10
    # The error of a mixture needs the second image, too.
    assert (found.recon is None) == (family == "separation-ae")


def learned(known: KnownSupport, trained: Trained, limit: int = 10_000) -> Support | None:
    *_, judge = known.learn(trained, limit, decode)
    return judge


def test_what_is_usual_is_learned_once_for_the_same_codes_whoever_asks(small_run: Small) -> None:
    run, other = small_run("vae"), small_run("pca")
    known = KnownSupport()
    # Somebody begins and is called away; the next goes on from there.
    begun = known.learn(run, 10_000, decode)
    assert next(begun) is None
    first = learned(known, run)
    assert first is not None and learned(known, run) is first and not known.new(run)
    assert known.new(other) and learned(known, other) is not first
    assert learned(known, other, 20) is not learned(known, other)
    few = replace(run, codes={"train": run.codes["train"].take(np.arange(4))})
    assert learned(known, few) is None and facts(few, image_code(run, "train", 4))[0].words == ""


def test_who_has_no_held_out_images_is_judged_by_training_images_and_told_so(small_run: Small) -> None:
    run = small_run("vae")
    alone = replace(run, codes={"train": run.codes["train"]})
    for shown, which in ((run, "held-out"), (alone, "training"), (small_run("vad"), "training")):
        numbers = facts(shown, image_code(shown, "train", 4))[-1].numbers
        assert re.match(rf"Odder than [\d.]+ % of \d+ {which} images\n", numbers)


@pytest.mark.parametrize("method", ["lerp", "slerp"])
def test_a_path_leads_exactly_from_one_code_to_the_other(small_run: Small, method: str) -> None:
    trained = small_run("cvae")
    first, last = image_code(trained, "train", 0), image_code(trained, "train", 1)
    path = CodePath(first, last, method, (first.y, last.y))
    t = np.linspace(0, 1, 5)
    codes = path.codes_at(t)
    draws = np.random.default_rng(0).normal(size=(100, 2, 30))
    for pair in ((first, last), *((Code(a), Code(b)) for a, b in draws)):
        ends = CodePath(*pair, method, None).codes_at(t)[[0, -1]]
        assert np.array_equal(ends, [end.z for end in pair])
    assert path.classes_at(t).tolist() == [first.y] * 2 + [last.y] * 3
    assert path.code_at(trained, 0) is first and path.code_at(trained, 1) is last
    quarter = path.code_at(trained, 0.25)
    assert np.array_equal(quarter.z, codes[1]) and quarter.y == first.y
    assert quarter.how.startswith("25 % of the way from ")
    # Decoded with another class, an end is not that image any more.
    other = CodePath(first, last, method, (9 - first.y, 9 - first.y)).code_at(trained, 0)
    assert other.y == 9 - first.y and not other.of_image and np.array_equal(other.z, first.z)
