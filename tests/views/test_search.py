"""A search: what may be typed, what it finds, and what it says when it cannot be understood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.errors import LatentExplorerError, NotApplicableError, SettingsError
from latentexplorer.data import ImageSet
from latentexplorer.models import Codes
from latentexplorer.runs import Trained
from latentexplorer.views.search import find, found_by
from latentexplorer.views.search_completion import Vocabulary, completions, vocabulary
from latentexplorer.views.search_facts import Facts
from latentexplorer.views.search_words import DEEPEST, MOST_LETTERS, number_of, parse, quoted

CLASSES = ("Bag", "Coat", "Ankle boot", "Sandal")
FILES = ("IMG_1.png", "IMG_20.png", "img_2.png", "coat.png", "x and y.png", "IMG_21.png", "a.png", "b.png")


class Wardrobe(Facts):
    """Eight images of four classes with columns, errors known."""

    def __init__(self, run: Trained, count: int = 8, classes: tuple[str, ...] = CLASSES) -> None:
        index = np.arange(count)
        labels = index % 4
        columns = {
            "file": np.resize(np.array(FILES), count),
            "left sleeve": np.resize(np.array([0.1, 0.5, np.nan, 2.0], np.float32), count),
            "Size": np.resize(np.array(["S", "M", "s", "XL"]), count),
            "and": index,
        }
        images = ImageSet(np.zeros((count, 2, 2, 1), np.uint8), labels, classes, columns, ids=index + 100)
        rng = np.random.default_rng(0)
        codes = Codes(rng.normal(size=(count, 3)).astype(np.float32), None, index, labels)
        self.errors, self.z = np.linspace(0, 0.7, count), codes.loc
        wardrobe = _Wearing(run, images)
        marks = {"my favourite": ("train", 5), "elsewhere": ("test", 1)}
        super().__init__(wardrobe, wardrobe, codes, "train", marks, self.errors)  # type: ignore[arg-type]


class _Wearing:
    """A run that has other images than it was trained on."""

    prior = None

    def __init__(self, run: Trained, images: ImageSet) -> None:
        self.config, self.data, self._images = run.config, run.data, images
        self.class_names = images.class_names

    def images(self, part: str) -> ImageSet:
        return self._images

    def columns(self, part: str) -> dict[str, np.ndarray]:
        return dict(self._images.columns)


@pytest.fixture(scope="module")
def wardrobe(small_run: Callable[..., Trained]) -> Wardrobe:
    return Wardrobe(small_run("ae"))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("coat", [1, 3, 5]),
        ("COAT", [1, 3, 5]),
        ("ankle boot", [2, 6]),
        ("boot ankle", [2, 6]),
        ("favourite", [5]),
        ("class = Coat", [1, 5]),
        ("Class == coat", [1, 5]),
        ("class=Ankle boot or class = Bag", [0, 2, 4, 6]),
        ("not class = Bag", [1, 2, 3, 5, 6, 7]),
        ("class != 'Ankle boot'", [0, 1, 3, 4, 5, 7]),
        ("class ~ an", [2, 3, 6, 7]),
        ("file ~ IMG_2", [1, 2, 5]),
        ("file !~ img", [3, 4, 6, 7]),
        ("file = 'x and y.png'", [4]),
        ("error > 0.1 and class = Coat", [5]),
        ("error >= 0.1 and class = Coat", [1, 5]),
        ("ERROR > 0,1 & class = coat", [5]),
        ("error between 0.2 and 0.4", [2, 3, 4]),
        ("error between 0.2 and 0.4 and not class = Sandal", [2, 4]),
        ("left sleeve = 0.1", [0, 4]),
        ("left sleeve != 0.1", [1, 3, 5, 7]),
        ("not left sleeve > 0.2", [0, 2, 4, 6]),
        ('"left sleeve" <= .5', [0, 1, 4, 5]),
        ("size = s", [0, 2, 4, 6]),
        ("'and' > 6", [7]),
        ("index = 103 or position = 4", [3, 4]),
        ("(coat or bag) and error < 0.25", [0, 1]),
        ("coat or bag and error > 0.35", [1, 3, 4, 5]),
        ("!coat | file = coat.png", [0, 2, 3, 4, 6, 7]),
        ("“ankle boot” error > 0,5", [6]),
        ("nothing is called so", []),
        ("bookmark = My Favourite", [5]),
        ("error > 1e-1 and error < +3", [2, 3, 4, 5, 6, 7]),
    ],
)
def test_what_is_searched_is_found(wardrobe: Wardrobe, text: str, rows: list[int]) -> None:
    found = found_by(wardrobe, text)
    assert found is not None and np.flatnonzero(found).tolist() == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [("class = cat", [1, 5]), ("class = Cat", [0, 4]), ("class = CAT", [0, 1, 4, 5]), ("cat", [0, 1, 4, 5])],
)
def test_classes_that_differ_in_capitals_alone_are_two(
    small_run: Callable[..., Trained], text: str, rows: list[int]
) -> None:
    found = found_by(Wardrobe(small_run("vae"), classes=("Cat", "cat", "dog", "01")), text)
    assert found is not None and np.flatnonzero(found).tolist() == rows


def test_dimensions_of_the_code_are_columns(wardrobe: Wardrobe) -> None:
    found = found_by(wardrobe, "z0 > -0.1 and Z2 < 0,2")
    np.testing.assert_array_equal(found, (wardrobe.z[:, 0] > -0.1) & (wardrobe.z[:, 2] < 0.2))
    assert found_by(wardrobe, "  ") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("erorr > 1", "There is no column 'erorr'; columns are class, error, index, position, bookmark, file, "),
        ("erorr > 1", "Did you mean error?"),
        ("z3 > 1", "z0 to z2"),
        ("class = Caot", "There is no class 'Caot'; classes are Bag, Coat, Ankle boot, Sandal. Did you mean Coat?"),
        ("error = Coat", "error holds numbers, and 'Coat' is none"),
        ("error > inf", "'inf' is none"),
        ("error > 1_0", "'1_0' is none"),
        ("error > 1e999", "is none"),
        ("index < 1,000", "1,000 may be 1000 or a fraction. Write 1000, or a point: 1.000"),
        ("class > Coat", "class holds names, which have no order"),
        ("file between 1 and 2", "file holds names, which have no order"),
        ("error ~ 3", "error holds numbers, and ~ looks into names"),
        ("error >", "A number or a name is missing after 'error >'"),
        ("error between 1", "'and' with the upper end is missing after 'error between 1'"),
        ("error between 1 and", "A number is missing after"),
        ("= 3", "A word or a condition is missing at the beginning"),
        ("coat and", "A word or a condition is missing after 'coat and'"),
        ("coat or or bag", "missing after 'coat or'"),
        ("not", "missing after 'not'"),
        ("(coat", "A bracket is not closed after '( coat'"),
        ("coat)", "A bracket is closed that was not opened"),
        ("()", "missing after '('"),
        ("'coat", "A quote is not closed"),
        ("x" * (MOST_LETTERS + 1), f"at most {MOST_LETTERS} letters"),
        ("(" * (DEEPEST + 1) + "coat" + ")" * (DEEPEST + 1), f"More than {DEEPEST}"),
        ("not " * (DEEPEST + 1) + "coat", f"More than {DEEPEST}"),
        ("kl > 2", "Auto-encoder has no KL"),
    ],
)
def test_what_is_not_understood_is_said_in_one_line(wardrobe: Wardrobe, text: str, said: str) -> None:
    with pytest.raises((SettingsError, NotApplicableError)) as error:
        found_by(wardrobe, text)
    assert said in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["__import__('os').system('true')", "[].__class__ = 3", "lambda: 1", "{x}", "%s", "\0"]
)
def test_nothing_that_is_typed_is_run(wardrobe: Wardrobe, text: str) -> None:
    try:
        found = found_by(wardrobe, text)
    except LatentExplorerError:
        return
    assert found is not None and not found.any()


@pytest.mark.parametrize("rubbish", range(40))
def test_whatever_is_typed_is_found_or_refused(wardrobe: Wardrobe, rubbish: int) -> None:
    rng = np.random.default_rng(rubbish)
    pieces = [
        "coat",
        "error",
        "class",
        "and",
        "or",
        "not",
        "between",
        "(",
        ")",
        "=",
        "!~",
        "<",
        ">=",
        "'",
        '"',
        "3",
        "“",
        " ",
    ]
    for _ in range(50):
        text = " ".join(rng.choice(pieces, rng.integers(1, 12)))
        try:
            found = found_by(wardrobe, text)
            assert found is None or found.shape == (8,)
        except LatentExplorerError as error:
            assert error.what
        start, offered = completions(text, int(rng.integers(0, len(text) + 1)), vocabulary(wardrobe))
        assert 0 <= start <= len(text) and len(offered) <= 12


def test_classes_that_are_numbers_have_an_order_and_one_that_a_column_is_called_too(
    small_run: Callable[..., Trained],
) -> None:
    run = small_run("vae")
    codes = run.codes_of("train")
    assert codes.labels is not None
    found = find(run, run, codes, "train", "class > 6")
    np.testing.assert_array_equal(found, codes.labels > 6)
    kl = find(run, run, codes, "train", "kl > 0")
    assert kl is not None and kl.any()
    with pytest.raises(SettingsError, match="There is no class"):
        find(run, run, codes, "train", "class = 12")


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("er", ["error"]),
        ("co", ["Coat"]),
        ("class = ", ["Bag", "Coat", '"Ankle boot"', "Sandal"]),
        ("CLASS = an", ['"Ankle boot"', "Sandal"]),
        ("error > 0.1 and cl", ["class"]),
        ("class = 'ank", ['"Ankle boot"']),
        ("ankle bo", ['"Ankle boot"']),
        ("left sl", ['"left sleeve"']),
        ("error > 0.1 ", []),
        ("", []),
    ],
)
def test_columns_and_names_complete_what_is_typed(text: str, offered: list[str]) -> None:
    known = Vocabulary(("class", "error", "left sleeve"), {"class": CLASSES})
    start, found = completions(text, len(text), known)
    assert found == offered
    for name in found:
        # What is put there is read as that name.
        assert parse(text[:start] + name + (" = 1" if name in ("class", "error", '"left sleeve"') else "")) is not None


def test_names_are_quoted_where_they_would_be_read_otherwise() -> None:
    assert [quoted(name) for name in ("Coat", "Ankle boot", "and", 'a"b', "T-shirt/top", "a=b")] == [
        "Coat",
        '"Ankle boot"',
        '"and"',
        "'a\"b'",
        "T-shirt/top",
        '"a=b"',
    ]
    assert (number_of("0,5"), number_of("-.5"), number_of("3."), number_of("1,5e3"), number_of("coat")) == (
        0.5,
        -0.5,
        3.0,
        1500.0,
        None,
    )


def test_sixty_thousand_images_are_searched(small_run: Callable[..., Trained]) -> None:
    facts = Wardrobe(small_run("ae"), 60_000)
    found = found_by(facts, "(coat or file ~ IMG_2) and error > 0.1 and not class = Bag and z0 > 0")
    row = np.arange(60_000)
    named = (row % 4 == 1) | np.isin(row % 8, (1, 2, 3, 5))
    np.testing.assert_array_equal(found, named & (facts.errors > 0.1) & (row % 4 != 0) & (facts.z[:, 0] > 0))
