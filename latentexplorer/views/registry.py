"""The table of views: one entry a kind, with where it is worked out and where it is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, get_args

from latentexplorer.core.registry import Registry
from latentexplorer.core.settings_text import parse_setting, put, validated
from latentexplorer.views.base import View, ViewSettings


@dataclass(frozen=True)
class ViewEntry:
    """A kind of view.

    Attributes
    ----------
    name, title, summary : str
    path : str
        "module:VIEW", where it is worked out.
    figure : str
        "module:draw", where it is put on paper.
    on_request : bool
        Whether it is drawn only where it is named: what it works out takes longer than all other figures together.
    """

    name: str
    title: str
    summary: str
    path: str
    figure: str
    on_request: bool = False


def _entry(name: str, title: str, summary: str, *, on_request: bool = False) -> ViewEntry:
    module = name.replace("-", "_")
    path, figure = f"latentexplorer.views.{module}:VIEW", f"latentexplorer.figures.{module}:draw"
    return ViewEntry(name, title, summary, path, figure, on_request)


VIEWS: Registry[ViewEntry] = Registry(
    "figure",
    [
        _entry("loss", "Loss", "Curves of the loss, its reconstruction and KL parts, and the pixel error"),
        _entry("loss-terms", "Loss explained", "What an image costs, term by term; the same weights on other scales"),
        _entry("map", "Map", "Scatter of the codes, coloured by class, error, KL or any column"),
        _entry(
            "map-inverse",
            "Error of decoded places",
            "How wrong what is decoded at each place of a map will be",
            on_request=True,
        ),
        _entry("latent-grid", "Latent grid", "A plane through the latent space, decoded"),
        _entry("decoded", "Decoded", "One code: its decode, the original, its nearest images and its numbers"),
        _entry(
            "code-found",
            "Code found",
            "The code of an image sought from several starts: errors, trail, pictures",
            on_request=True,
        ),
        _entry(
            "mended",
            "Mended",
            "An image of which a part is missing, completed from what is left",
            on_request=True,
        ),
        _entry("interpolation", "Interpolation", "The way from one code to another, decoded"),
        _entry(
            "path-race",
            "Path race",
            "Straight, spherical and shortest way between two codes, how long each is",
            on_request=True,
        ),
        _entry("traversal", "Traversal", "One dimension after another pulled from end to end"),
        _entry("reconstructions", "Reconstructions", "Originals above what the model makes of them"),
        _entry("odd-images", "Odd images", "Images that are given back worst, p-values, and where they do not fit"),
        _entry("attribute", "Attribute", "A direction between two groups of images, its receipt, codes moved along it"),
        _entry("samples", "Samples", "Draws from the prior and a fitted sampler beside decodes of held-out codes"),
        _entry("prior-lab", "Prior lab", "Codes beside the prior and others: densities, distances, decoded draws"),
        _entry("class-decodes", "Classes", "The median or mean code of each class, decoded"),
        _entry("class-grid", "Classes × styles", "One style in every class of a conditional model, a row each"),
        _entry("swapped", "Swapped", "An image, its style in every class of a conditional model, and how true that is"),
        _entry("gallery", "Gallery", "Images of a class, or chosen ones"),
        _entry("comparison", "Comparison", "The same images, or maps, of several runs"),
        _entry(
            "duel", "Duel", "Two runs on the same images: how alike, aligned maps, the same path, matched dimensions"
        ),
        _entry("explained-variance", "Explained variance", "How much each direction of the latent space carries"),
        _entry("dimensions", "Dimensions", "Each latent dimension: KL, variance, active or not, and how it came about"),
        _entry(
            "dimension-effect",
            "Dimension effect",
            "What each dimension changes, and what it goes with",
            on_request=True,
        ),
        _entry(
            "magnification",
            "Magnification",
            "How much the decoder stretches each place of a plane, log scale",
            on_request=True,
        ),
        _entry("time-machine", "Time machine", "Map, latent grid and reconstructions after each kept epoch; moves"),
        _entry("decision-regions", "Decision regions", "Which class each place of a plane or of a map decodes to"),
        _entry("separation", "Separation", "Mixtures, the two parts found in them and the two originals"),
    ],
)


def load_view(kind: str) -> View:
    """The view of that kind."""
    view: View = VIEWS.load(kind)
    return view


def settings_class(kind: str) -> type[ViewSettings]:
    """The settings of that kind of view."""
    return load_view(kind).settings


def settings_from(kind: str, changes: Iterable[str] = ()) -> Any:
    """Settings of a view, its defaults changed by `KEY=VALUE` texts.

    Raises
    ------
    SettingsError
        One line that names every wrong key.
    """
    values: dict[str, Any] = {}
    for change in changes:
        key, value = parse_setting(change)
        put(values, key, value if value is not None or _may_be_empty(kind, key) else "none")
    return settings_of(kind, values)


def _may_be_empty(kind: str, key: str) -> bool:
    """Whether `none` leaves a setting empty; for the others it is a choice of that name."""
    field = settings_class(kind).model_fields.get(key)
    return field is None or type(None) in get_args(field.annotation)


def settings_of(kind: str, values: dict[str, Any]) -> Any:
    """Settings of a view from a table of values, as a recipe or a form holds them."""
    return validated(settings_class(kind), values, f"a {kind} figure")
