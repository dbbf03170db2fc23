"""Wherever a number with a fraction becomes text it is said which figure it is: of a table that is held against others.

A figure that is worked out in a status bar, a tip or a report is in no table of numbers, so that nobody would calculate
it once more. Here every module that writes such numbers stands with how many it writes, and what they are: measures
(`core.measures`), figures of an instrument (`tests/views/test_instrument_opinions.py`), or no figures of a model.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import latentexplorer
from latentexplorer.core.measures import MEASURES
from tests.views.test_instrument_opinions import COUNTS, TESTED_ELSEWHERE

ROOT = Path(latentexplorer.__file__).parent
ROOMS = ("cli", "figures", "gui", "latent", "scripting", "views")
WRITERS = frozenset({
    "amount_text", "axis_number", "cka_text", "in_brief", "in_full", "matched_text", "nats", "number", "number_text",
    "overlap_text", "percent", "percent_text", "pixel_words", "rmse_text", "share_text", "signed", "tick_number",
    "value_text",
})  # fmt: skip
"""Functions that make text of a number."""

WORK, SETTINGS, PLACES, WORDS = "work", "settings", "places", "words"
NO_FIGURES = {WORK, SETTINGS, PLACES, WORDS}
"""Time, progress, sizes of files; what was set; codes, ends and ticks of axes; functions that write what is asked."""
KNEE = "latent/test_knee.py::test_the_knee_of_an_exponential_is_where_it_runs_along_the_diagonal"
EFFECT = "latent/test_effect.py::test_a_linear_decoder_moves_by_its_weights_and_a_dimension_it_ignores_by_nought"
INVERSE = "latent/test_inverse_maps.py::test_the_error_that_is_predicted_at_a_place_is_the_one_that_hidden_codes_have"
FIT = "views/test_comparison.py::test_points_that_differ_by_a_frame_only_are_laid_onto_each_other"
CHANCE = "views/test_comparison.py::test_only_what_is_better_by_more_than_chance_is_marked"
NOTICES = "latent/test_notices.py::test_it_is_said_with_its_numbers_and_a_setting_that_a_run_takes"
LESSONS = "gui/test_lessons.py::test_the_models_of_the_lessons_show_what_their_sentences_say"
AXES = "latent/test_local_axes.py::test_codes_nearby_have_the_axes_of_their_ellipsoid"
DENSITY = "latent/test_density.py::test_held_out_codes_are_uniform_in_what_they_are_compared_with"
MAP = "latent/test_preservation.py::test_it_is_scikit_learns_and_continuity_is_it_with_the_spaces_swapped"
LOSS = "cli.loss_command.document"
FOUND, MENDED = "views.code_found.document", "views.mended.document"
TOLD: dict[str, tuple[int, *tuple[str, ...]]] = {
    "cli/common.py": (1, "loss"),
    "cli/compare_command.py": (1, "duel"),
    "cli/evaluate_command.py": (3, EFFECT, "kl"),
    "cli/fit_command.py": (3, FOUND),
    "cli/mend_command.py": (1, MENDED),
    "cli/odd_command.py": (3, "odd-images"),
    "cli/project_command.py": (1, PLACES),
    "cli/reproduce_command.py": (3, "assignment_floor", "norm_metric"),
    "cli/reproduced_run.py": (1, "cli/test_reproduce.py::test_"),
    "cli/reproduced_table.py": (10, "frechet_fitted", WORK, WORDS),
    "cli/swap_command.py": (2, "swapped"),
    "figures/animation.py": (1, SETTINGS),
    "figures/attribute.py": (1, SETTINGS),
    "figures/comparison.py": (3, "rmse", FIT),
    "figures/decoded.py": (1, "rmse"),
    "figures/dimension_effect.py": (1, EFFECT),
    "figures/duel.py": (2, FIT, "duel"),
    "figures/files.py": (7, SETTINGS),
    "figures/interpolation.py": (1, PLACES),
    "figures/latent_grid.py": (1, PLACES),
    "figures/loss.py": (1, PLACES),
    "figures/map_inverse.py": (1, INVERSE),
    "figures/mended.py": (1, MENDED),
    "figures/prior_lab.py": (1, "prior-lab"),
    "figures/reconstructions.py": (1, "rmse"),
    "figures/report.py": (1, "rmse", "elbo", "kl"),
    "figures/separation.py": (1, "rmse"),
    "figures/text.py": (3, WORDS),
    "figures/time_machine.py": (1, "time-machine"),
    "figures/traversal.py": (4, "kl_per_dim", PLACES),
    "gui/lessons/answers.py": (21, LESSONS),
    "gui/panes/attributes/row.py": (1, "attribute"),
    "gui/panes/comparison/curves.py": (2, "loss"),
    "gui/panes/comparison/duel.py": (2, "rmse", "duel"),
    "gui/panes/comparison/maps.py": (1, FIT),
    "gui/panes/comparison/pictures.py": (7, "rmse"),
    "gui/panes/decoded/code_bars.py": (6, PLACES),
    "gui/panes/decoded/cost_words.py": (3, "rmse", "recon", "kl"),
    "gui/panes/decoded/new_image_bar.py": (3, "rmse"),
    "gui/panes/decoded/pulled_code.py": (1, PLACES),
    "gui/panes/gallery/panels.py": (6, "rmse", "odd-images"),
    "gui/panes/interpolation/path_strip.py": (1, PLACES),
    "gui/panes/interpolation/race_view.py": (2, "path-race"),
    "gui/panes/latent_grid/axes.py": (1, PLACES),
    "gui/panes/latent_grid/options.py": (1, PLACES),
    "gui/panes/latent_grid/words.py": (2, PLACES),
    "gui/panes/loss/inside.py": (2, "loss", "log_likelihood"),
    "gui/panes/loss/readout.py": (3, WORDS),
    "gui/panes/map/figure_settings.py": (1, SETTINGS),
    "gui/panes/map/hover.py": (1, "rmse"),
    "gui/panes/map/way_back.py": (3, INVERSE),
    "gui/panes/prior_lab/densities.py": (5, "prior-lab", PLACES),
    "gui/panes/runs/columns.py": (3, "rmse", "loss", SETTINGS),
    "gui/panes/training/form.py": (1, SETTINGS),
    "gui/panes/training/plan.py": (3, SETTINGS),
    "gui/panes/training/run_controls.py": (5, SETTINGS),
    "gui/panes/traversal/dimension_rows.py": (2, PLACES),
    "gui/panes/traversal/range_panel.py": (1, PLACES),
    "gui/panes/traversal/row_weights.py": (2, "kl_per_dim"),
    "gui/panes/traversal/value_strip.py": (3, PLACES),
    "gui/session/sweeping.py": (1, WORK),
    "gui/widgets/color_bar.py": (1, PLACES),
    "gui/widgets/magnification_line.py": (2, "magnification"),
    "gui/widgets/slider.py": (2, WORDS),
    "gui/window/code_sheets/mend.py": (2, MENDED),
    "gui/window/code_sheets/search.py": (1, FOUND),
    "gui/window/code_sheets/swap.py": (2, "swapped"),
    "gui/window/code_sheets/watch.py": (1, FOUND),
    "gui/window/code_sheets/watch_plots.py": (2, FOUND),
    "gui/window/noticing.py": (1, SETTINGS),
    "gui/window/status_bar.py": (2, WORK),
    "gui/workers/race_tasks.py": (3, "path-race"),
    "latent/code_cost.py": (2, SETTINGS),
    "latent/density.py": (1, DENSITY),
    "latent/dimensions.py": (1, SETTINGS),
    "latent/exact_maps.py": (1, "explained_variance"),
    "latent/judge.py": (2, "decision-regions"),
    "latent/local_axes.py": (2, AXES),
    "latent/loss_baselines.py": (1, LOSS),
    "latent/notices/codes.py": (10, NOTICES, SETTINGS),
    "latent/notices/curves.py": (17, NOTICES, SETTINGS),
    "latent/notices/notice.py": (3, SETTINGS),
    "latent/plane.py": (3, "explained_variance", SETTINGS),
    "latent/remarks.py": (5, "readability", "elbo"),
    "latent/support.py": (1, "support"),
    "latent/tsne.py": (3, SETTINGS, "map_kl"),
    "scripting/run.py": (2, SETTINGS),
    "views/attribute_words.py": (13, "attribute"),
    "views/class_grid.py": (1, PLACES),
    "views/code_found.py": (5, FOUND),
    "views/comparable.py": (6, SETTINGS),
    "views/comparison_maps.py": (1, "explained_variance"),
    "views/comparison_numbers.py": (9, "rmse", "elbo", CHANCE, SETTINGS),
    "views/dimension_columns.py": (1, "kl_per_dim", EFFECT),
    "views/dimension_effect.py": (6, EFFECT),
    "views/dimensions.py": (1, "kl"),
    "views/duel_words.py": (15, "duel"),
    "views/explained_variance.py": (1, "explained_variance"),
    "views/fading.py": (1, "support"),
    "views/inverse_words.py": (10, INVERSE),
    "views/judging.py": (3, "decision-regions"),
    "views/loss.py": (2, SETTINGS),
    "views/loss_lines.py": (2, LOSS),
    "views/loss_scales.py": (1, WORDS),
    "views/loss_words.py": (7, LOSS),
    "views/magnified.py": (5, "magnification"),
    "views/map_ground.py": (2, "magnification"),
    "views/map_place.py": (2, PLACES),
    "views/map_places.py": (2, PLACES),
    "views/map_preservation.py": (4, MAP, "explained_variance"),
    "views/map_regions.py": (3, "decision-regions"),
    "views/map_words.py": (3, "map_kl", "explained_variance", SETTINGS),
    "views/mended.py": (2, MENDED),
    "views/odd_facts.py": (2, "odd-images"),
    "views/odd_images.py": (8, "odd-images"),
    "views/path_race.py": (5, "path-race"),
    "views/plane.py": (3, PLACES),
    "views/plane_sides.py": (1, "explained_variance"),
    "views/prior_lab.py": (1, SETTINGS),
    "views/prior_rows.py": (8, "prior-lab"),
    "views/ranges.py": (5, PLACES),
    "views/samples.py": (5, "views/test_views.py::test_", SETTINGS),
    "views/swapped.py": (8, "swapped"),
    "views/sweep.py": (4, KNEE, "elbo", "rmse"),
    "views/swept_runs.py": (1, SETTINGS),
}
"""By module: how many numbers are written, and which they are; a path of a test where it has its figures to itself."""


def told_in(source: str) -> int:
    """How many numbers with a fraction a module writes: formats of such, and calls of `WRITERS`."""
    count = 0
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            assert isinstance(node.format_spec, ast.JoinedStr)
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.format_spec.values]
            count += bool(re.search("[efg%]$", "".join(map(str, parts))))
        elif isinstance(node, ast.Call):
            plain = isinstance(node.func, ast.Name) and node.func.id == "format" and len(node.args) == 2
            count += plain or getattr(node.func, "id", getattr(node.func, "attr", "")) in WRITERS
    return count


def test_a_number_that_is_shown_in_a_new_place_says_which_figure_it_is() -> None:
    found = Counter(
        {
            str(file.relative_to(ROOT).as_posix()): told_in(file.read_text(encoding="utf-8"))
            for room in ROOMS
            for file in (ROOT / room).rglob("*.py")
        }
    )
    unlike = {
        name: (count, TOLD.get(name, (0,))) for name, count in (+found).items() if TOLD.get(name, (0,))[0] != count
    }
    assert not unlike, (
        "Numbers that are written, and how many stand in the table of this test: say of new ones which figures they "
        f"are, and hold these against an independent calculation. {unlike}"
    )
    assert TOLD.keys() <= (+found).keys(), "no numbers are written there any more"


def test_every_figure_that_is_named_is_held_against_an_independent_calculation() -> None:
    here = Path(__file__).parent
    for name, (_, *figures) in TOLD.items():
        for figure in figures:
            file, _, test = figure.partition("::")
            known = figure in MEASURES or figure in COUNTS or figure in TESTED_ELSEWHERE or figure in NO_FIGURES
            assert known or f"def {test}" in (here / file).read_text(encoding="utf-8"), f"{name}: {figure}"


def test_what_is_written_is_counted_however_it_is_written() -> None:
    assert told_in('f"decode {x:.1f} ms"') == told_in('label.setToolTip(f"{100 * x:.0f} %")') == 1
    assert told_in("cells = [amount_text(x), text.number(y)]") == 2 and told_in('f"{count:,} of {name:<10}"') == 0
