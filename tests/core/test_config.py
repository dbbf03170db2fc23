"""Settings: what is accepted, what is refused, and how the refusal reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from latentexplorer.core.catalog import FAMILIES, SOURCES
from latentexplorer.core.config import RunConfig, try_parse
from latentexplorer.core.errors import DataError, SettingsError
from latentexplorer.core.presets import preset, presets
from latentexplorer.core.settings_text import as_changes, as_setting, parse_setting, read_toml


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        RunConfig.parse({"model": {"latent_dim": 0, "beta": "high"}, "training": {"lr": -1}})
    for part in ("model.latent_dim", "model.beta", "'high'", "training.lr", "-1"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("model.latent_dm=3", "Did you mean latent_dim?"),
        ("model.family=vea", "Did you mean vae"),
        ("data.name=mnits", "Did you mean mnist"),
        ("model.sigma=0", "between 0.001 and 100"),
        ("model.architecture=dcgan", "does not go with family 'vae'"),
        ("data.name=images", "data.path is missing"),
        ("model.latent_dim", "KEY=VALUE"),
        ("training.lr=nan", "training.lr"),
        ("model.latent_dim.x=1", "below a value"),
    ],
)
def test_a_wrong_change_says_what_to_do(change: str, expected: str) -> None:
    with pytest.raises(SettingsError, match=r"^[^\n]*$") as caught:
        preset("digits-vae").config([change])
    assert expected in str(caught.value)


def test_each_problem_is_said_with_its_setting_and_the_value_that_was_given() -> None:
    change = {"step": 0, "key": "training.lr", "value": 1, "sped": 2}
    _, wrong = try_parse({"model": {"latent_dim": 0, "sigma": "much"}, "training": {"changes": [change]}})
    assert wrong == {
        "model.latent_dim": "0: must be at least 1",
        "model.sigma": "'much': must be a number, or 'auto' or 'learned'",
        "training.changes": "there is no such setting as 'sped' in it",
    }
    with pytest.raises(SettingsError) as caught:
        RunConfig.parse({"model": {"architecture": "dcgan"}})
    assert str(caught.value).startswith("model: architecture 'dcgan' does not go with family 'vae'")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("training.epochs", -3, "-3: must be at least 1"),
        ("training.epochs", 2.5, "2.5: must be a whole number"),
        ("training.epochs", "many", "'many': must be a whole number"),
        ("training.lr", 0, "0: must be more than 0"),
        ("training.lr", "fast", "'fast': must be a number"),
        ("training.lr", float("nan"), "nan: must be a finite number"),
        ("training.schedule", "up", "'up': must be 'constant', 'cosine' or 'steps'"),
        ("training.flip", "maybe", "'maybe': must be true or false"),
        ("model.hidden", 3, "3: must be a list"),
        ("data", 3, "3: must be a table"),
    ],
)
def test_what_a_value_must_be_is_said_in_plain_words(key: str, value: object, expected: str) -> None:
    table, _, name = key.partition(".")
    assert try_parse({table: {name: value} if name else value})[1] == {key: expected}


def test_values_are_read_as_numbers_lists_and_text() -> None:
    assert parse_setting("data.size=[28, 20]") == ("data.size", [28, 20])
    assert parse_setting("training.lr=1e-3") == ("training.lr", 0.001)
    assert parse_setting("data.path=my images/cats") == ("data.path", "my images/cats")
    assert parse_setting("data.limit=none") == ("data.limit", None)
    assert parse_setting("data.path=2024") == ("data.path", "2024"), "a folder may be called so"
    assert parse_setting("data.root=1e3") == ("data.root", "1e3")
    for column in ("none", "2024", "true", "None", ""):
        assert parse_setting(f"data.labels={column}") == ("data.labels", column), "a column may be called so"
        assert parse_setting(as_setting("data.labels", column)) == ("data.labels", column)
    assert parse_setting('data.labels="a b"') == ("data.labels", "a b")
    assert preset("digits-vae").config(["data.size=[28, 20]"]).data.size_px == (28, 20)


def test_settings_written_as_changes_are_read_back_as_they_were() -> None:
    texts = ["", "3", "true", "none", "[1", "a=b", 'say "é"', "C:\\runs", "two\nlines", "\x7f", "\U0001f600", " x "]
    settings = {f"text{at}": text for at, text in enumerate(texts)}
    settings |= {"none": None, "on": True, "count": 3, "small": 1e-7, "z": [0.5, -2.0], "runs": ["a", "b, c"]}
    changes = as_changes(settings)
    assert dict(map(parse_setting, changes)) == settings
    assert changes[:2] == ['text0=""', 'text1="3"']


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("class", "class"),
        (30.0, "30.0"),
        (7, "7"),
        ([0, 3], "[0, 3]"),
        (["Größe", "😀"], '["Größe", "😀"]'),
        # Names that look like something else.
        ("7", '"7"'),
        ("true", '"true"'),
        ("1e5", '"1e5"'),
        ("a b = 'c'", "\"a b = 'c'\""),
        ('"', '"\\""'),
        (None, "none"),
    ],
)
def test_a_setting_is_written_so_that_it_is_read_as_it_was(value: object, text: str) -> None:
    assert as_setting("color_by", value) == f"color_by={text}"
    assert parse_setting(f"color_by={text}") == ("color_by", value)


def test_configuration_survives_json_and_toml(tmp_path: Path) -> None:
    config = preset("vad-laplace-60").config(["training.seed=7", "data.size=[28,20]"])
    assert RunConfig.from_json(config.to_json()) == config
    file = tmp_path / "mine.toml"
    file.write_text('[model]\nfamily = "ad"\nlatent_dim = 3\n')
    assert RunConfig.from_toml(file).model.latent_dim == 3
    file.write_text("[model\n")
    with pytest.raises(SettingsError, match="not TOML"):
        RunConfig.from_toml(file)
    with pytest.raises(SettingsError, match="not a file"):
        RunConfig.from_toml(tmp_path)


@pytest.mark.parametrize(
    "value", ["[" * 100_000, "1" + "0" * 5000, "0x1" + "0" * 5000, '"' + "a" * 5000], ids=["[[[[", "1000", "0x1", "aaa"]
)
def test_values_that_are_too_long_are_refused_in_a_line(tmp_path: Path, value: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f"[model]\nlatent_dim = {value}\n")
    for read in (lambda: RunConfig.from_toml(file), lambda: RunConfig().updated([f"model.latent_dim={value}"])):
        with pytest.raises(SettingsError) as caught:
            read()
        assert len(str(caught.value)) < 300 and "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["a" * 5000, "model." + "a" * 5000, "model.beta." + "a" * 5000, "a." * 8 + "a" * 5000])
def test_names_that_are_too_long_are_refused_in_a_line(tmp_path: Path, key: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f"{key} = 1\n")
    for read in (
        lambda: RunConfig.from_toml(file),
        lambda: RunConfig().updated([f"{key}=1"]),
        lambda: RunConfig().updated([key]),
        lambda: RunConfig().updated([f"model.beta=1{key}"]),
    ):
        with pytest.raises(SettingsError) as caught:
            read()
        assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


def test_a_message_is_bounded_whatever_is_named_in_it() -> None:
    path, name = "/" + "p" * 3000 + "/images", "n" * 100_000
    assert str(DataError(f"{path} cannot be read", "Choose another")) == f"{path} cannot be read. Choose another"
    said = str(DataError(f"{name} is no class of {path}", "Choose another"))
    assert len(said) < 5000 and said.startswith("nnn") and said.endswith("images. Choose another")


def test_of_many_wrong_settings_a_few_are_named() -> None:
    with pytest.raises(SettingsError, match=r"^unknown0: .*; unknown4: [^;]*; and 995 more$"):
        RunConfig.parse({f"unknown{number}": 1 for number in range(1000)})


@pytest.mark.parametrize("name", FAMILIES.names)
def test_every_preset_can_be_tried_with_every_family(name: str) -> None:
    for chosen in presets().values():
        config = chosen.config([f"model.family={name}", *(["data.path=mine"] if chosen.needs_path else [])])
        assert config.model.blueprint in FAMILIES[name].architectures


def test_a_preset_for_every_reference_system() -> None:
    names = """
        ad-128 vad-normal-60 vad-laplace-60 vad-exponential-60 vad-uniform-60
        ad-100 vad-normal-100 vad-laplace-100 vad-uniform-100
        vae-cifar10 conv-vae-cifar10 conv-vae-svhn
        pca-2 linear-ae-2 linear-ae-3 linear-ae-4 ae-2 ae-3 ae-4 conv-ae-2 conv-ae-3 conv-ae-4
        vae-2 vae-3 vae-4 conv-vae-3 conv-vae-4 cvae-2 conv-cvae-2
        separation-ae-cifar10
    """
    assert set(names.split()) <= set(presets())
    assert {chosen.values["model"]["family"] for chosen in presets().values()} == set(FAMILIES.names)


@pytest.mark.parametrize("name", ["faces-vae", "faces-ad"])
def test_a_preset_for_own_images_asks_for_their_path(name: str) -> None:
    with pytest.raises(SettingsError, match=r"data\.path is missing"):
        preset(name).config()
    config = preset(name).config(["data.path=mine"])
    assert config.data.size_px == (64, 64)
    assert config.model.latent_dim == 16


def test_a_preset_that_extends_another_keeps_what_it_does_not_change() -> None:
    base, own = preset("vad-normal-60").config(), preset("vad-laplace-60").config()
    assert own.model.prior == "laplace"
    assert own.training.epochs == 90
    assert own.data == base.data
    assert own.model.latent_dim == base.model.latent_dim


def test_settings_a_family_does_not_use_are_told_apart() -> None:
    assert "beta" in FAMILIES["vae"].settings
    assert "beta" not in FAMILIES["ad"].settings
    assert "code_init" in FAMILIES["vad"].settings
    assert "path" in SOURCES["images"].settings
    assert "path" not in SOURCES["digits"].settings


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 20_000 + " = 1",
        "[" + "a . " * 40 + "a]",
        '"a".' * 30 + "b = 1",
        "x = {" + "a." * 40 + "a = 1}",
        "x = " + "[" * 5000,
        "x = 1" + "0" * 5000,
        "x = 1\n" * 20_000,
        'x = "' + '\\"' * 32_000,
        'x = ["""\n""", {' + "a." * 40 + "a = 1}]",
        '# """\n' + "a." * 40 + "a = 1",
    ],
    ids=["dotted", "header", "quoted", "inline", "brackets", "digits", "long", "unclosed", "behind", "remark"],
)
def test_a_file_that_would_take_minutes_and_gigabytes_is_refused_in_a_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"^[^\n]{1,300}$"):
        read_toml(path)


def test_a_quote_that_nobody_closes_is_passed_over_at_once(tmp_path: Path) -> None:
    """What is behind it is looked at as quoted, once: from each place in it anew, 64 kB took half a minute."""
    path = tmp_path / "settings.toml"
    path.write_text('x = "' + '\\"' * 100 + "a." * 40)
    with pytest.raises(SettingsError, match="is not TOML"):
        read_toml(path)


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
def test_quotes_that_hold_dots_end_where_they_end(tmp_path: Path, quote: str) -> None:
    path, many = tmp_path / "settings.toml", ".".join("abcdef" * 9)
    path.write_text(f"x = {quote}{many}{quote} # {many} it's\ny = [{quote}{many}{quote}, {quote}#{quote}]\n")
    assert read_toml(path) == {"x": many, "y": [many, "#"]}


def test_dots_that_are_no_tables_are_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    numbers = ", ".join(["0.5"] * 40)
    path.write_text(f'x = [{numbers}]\ny = "{"a" * 9000}"\nz = "{".".join("abcdef" * 9)}"\n[a.b]\nc.d = 1.5\n')
    read = read_toml(path)
    assert len(read["x"]) == 40 and read["a"] == {"b": {"c": {"d": 1.5}}}


def test_a_name_of_any_length_is_told_in_a_line_that_ends_with_what_would_be_right() -> None:
    for changes in (["model.family=" + "x" * 40_000], ["data.name=" + "y" * 40_000]):
        with pytest.raises(SettingsError, match="Choose one of: ") as caught:
            RunConfig().updated(changes)
        assert len(str(caught.value)) < 1000
