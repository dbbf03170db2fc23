"""Views on paper: plain arrays in, a matplotlib Figure out, and files that say what made them."""

from __future__ import annotations

from latentexplorer.figures.files import check_size, export, export_all, parse_size, recipe_of, save, to_png
from latentexplorer.figures.recipe import Recipe, read_recipe
from latentexplorer.figures.render import draw, make, split_changes
from latentexplorer.figures.style import Style
from latentexplorer.views.registry import settings_from

__all__ = [
    "Recipe",
    "Style",
    "check_size",
    "draw",
    "export",
    "export_all",
    "make",
    "parse_size",
    "read_recipe",
    "recipe_of",
    "save",
    "settings_from",
    "split_changes",
    "to_png",
]
