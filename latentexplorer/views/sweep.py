"""What a sweep found: held-out bound, error and active units against the values of a setting, and where they level off.

It is no view of one run, and so in no registry: it is worked out from the folder of a sweep, of the runs in it that are
finished, by what their histories say after the last epoch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.measures import MEASURES
from latentexplorer.latent.knee import Knee, find_knee
from latentexplorer.views.base import Array, ViewResult, count_text
from latentexplorer.views.comparable import GIVEN_CLASS, NO_DENSITY, data_words
from latentexplorer.views.swept_runs import ACTIVE, BOUND, ERROR, UNBOUND, SweptRun, read_run, words_of

if TYPE_CHECKING:
    from latentexplorer.runs.sweep_folder import SweepFolder

LATENT_DIM = "model.latent_dim"
SOME = 3
"""Runs whose problem is told at most."""


@dataclass(frozen=True)
class Curve:
    """A measure against N values of the setting, for one combination of the others.

    Attributes
    ----------
    name : str
        The other settings that differ, with their values; "" where none does.
    x : (N,) float64
        The values, or their positions from 0 where they are no numbers.
    mean, deviation, low, high : (N,) float64
        Over seeds; the deviation (of one more seed from these) is NaN of one seed.
    runs : N tuples of SweptRun
        What each point is the mean of.
    knee : Knee
    """

    name: str
    x: Array
    mean: Array
    deviation: Array
    low: Array
    high: Array
    runs: tuple[tuple[SweptRun, ...], ...]
    knee: Knee


@dataclass(frozen=True)
class Panel:
    """A measure.

    Attributes
    ----------
    measure : str
    title, unit : str
    digits, better : int
        As `core.measures.Measure` has them.
    curves : tuple of Curve
    """

    measure: str
    title: str
    unit: str
    digits: int
    better: int
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class Result(ViewResult):
    """A sweep.

    Attributes
    ----------
    name : str
        Of its folder.
    keys, key_titles : tuple of str
        The settings that are varied; curves are drawn against the first that has several values, `axis`.
    axis : int
        Position of that setting in `keys`.
    ticks : tuple of (float, str)
        Where each of its values stands, and how it is written.
    logarithmic : bool
        Whether the values are more even by their ratios, and so drawn.
    seeds : int
        Of most combinations.
    panels : tuple of Panel
        Empty where no run is finished.
    runs : tuple of SweptRun
        All of them.
    findings : tuple of str
        Where each curve levels off, or why it does not, one sentence each.
    """

    name: str
    keys: tuple[str, ...]
    key_titles: tuple[str, ...]
    axis: int
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool
    seeds: int
    panels: tuple[Panel, ...]
    runs: tuple[SweptRun, ...]
    findings: tuple[str, ...]

    @property
    def finished(self) -> int:
        """How many runs are."""
        return sum(run.finished for run in self.runs)


def compute(sweep: SweepFolder, *, problems: Mapping[str, str] | None = None, stop: StopToken = NEVER) -> Result:
    """What the runs of a sweep say by now; those that are not finished are counted and left out.

    Parameters
    ----------
    problems : mapping of str to str
        Why runs could not be trained just now, by name.
    """
    runs = []
    for run in sweep.runs:
        stop.check()
        runs.append(read_run(sweep, run, (problems or {}).get(run.name, ""), stop))
    axis = _axis(sweep, runs)
    done = [run for run in runs if run.finished]
    numbers = all(_is_number(run.values[axis]) for run in runs)
    values = _in_order([run.values[axis] for run in runs], numbers)
    where = {value: float(value) if numbers else float(at) for at, value in enumerate(values)}
    logarithmic = numbers and _is_geometric(list(where.values()))
    notes, left_out, fair = _comparable(done)
    panels, findings = [], []
    for panel in _panels(done):
        if panel.measure in left_out:
            continue
        curves = tuple(
            _curve(panel, name, own, axis, where, numbers, logarithmic, fair)
            for name, own in _series(done, axis, sweep.keys)
        )
        panels.append(Panel(panel.measure, panel.title, panel.unit, panel.digits, panel.better, curves))
        findings += _findings(panels[-1], where)
    seeds = len({run.seed for run in runs})
    titles = tuple(title_of(key) for key in sweep.keys)
    count = f"{len(done)} of {count_text(len(runs), 'run')}" if len(done) < len(runs) else count_text(len(runs), "run")
    return Result(
        name=sweep.name,
        keys=sweep.keys,
        key_titles=titles,
        axis=axis,
        ticks=tuple((at, words_of(value)) for value, at in where.items()),
        logarithmic=logarithmic,
        seeds=seeds,
        panels=tuple(panels),
        runs=tuple(runs),
        findings=tuple(findings),
        title="How many dimensions?" if sweep.keys[axis] == LATENT_DIM else f"Sweep of {titles[axis].lower()}",
        subtitle=f"{model_words(sweep.base, sweep.keys)} · {count}, {count_text(seeds, 'seed')} each",
        notes=(*_unfinished(runs), *notes, *_how_measured(done, seeds)),
    )


def model_words(base: RunConfig, keys: Sequence[str]) -> str:
    """What is swept: family and images, unless they are varied."""
    family = "" if "model.family" in keys else base.model.kind.title
    return " · ".join(filter(None, (family, "" if "data.name" in keys else data_words(base, None))))


def title_of(key: str) -> str:
    """What a setting is called."""
    table, name = key.split(".")
    return str(type(getattr(RunConfig(), table)).model_fields[name].title or name)


def number_words(panel: Panel, value: float, deviation: float = math.nan) -> str:
    """`0.0812 ± 0.0004`."""
    if not math.isfinite(value):
        return "–"
    digits = panel.digits if panel.measure != ACTIVE else 1
    text = f"{value:,.{digits}f}" + (f" ± {deviation:,.{digits}f}" if math.isfinite(deviation) else "")
    return text.replace("-", "−")


# -- what counts, what can be compared -------------------------------------------------------------------------------


def _unfinished(runs: Sequence[SweptRun]) -> list[str]:
    """Which runs do not count, and why."""
    wrong = [run for run in runs if run.problem and not run.finished]
    waiting = sum(not run.finished for run in runs) - len(wrong)
    notes = [f"{count_text(waiting, 'run')} not finished yet: left out"] if waiting else []
    notes += [f"{run.name} is left out: {run.problem}" for run in wrong[:SOME]]
    return notes + ([f"So are {len(wrong) - SOME} more runs"] if len(wrong) > SOME else [])


def _comparable(done: Sequence[SweptRun]) -> tuple[list[str], set[str], bool]:
    """What is to be said of what cannot be compared, the measures left out, and whether all runs had like images."""
    notes, left_out = [], set[str]()
    shapes = len({run.images for run in done}) <= 1
    kinds = dict.fromkeys(kind for run in done for kind in run.kind)
    bounds = [run for run in done if math.isfinite(run.measures.get(BOUND, math.nan))]
    if not shapes:
        left_out.add(BOUND)
        notes.append("Runs were measured on different images: bounds are not compared, and no knee is sought")
    elif bounds and len(kinds) > 1:
        left_out.add(BOUND)
        notes.append(f"Bounds are not compared: {' and '.join(kinds)}")
    elif done and not bounds:
        left_out.add(BOUND)
        notes.append(f"No bound: {_no_bound(done)}")
    elif len(bounds) < len(done):
        without = [run for run in done if run not in bounds]
        notes.append(f"{count_text(len(without), 'run')} without a bound: {_no_bound(without)}")
    if BOUND not in left_out and any(kind.startswith(UNBOUND) for kind in kinds):
        notes.append(f"{NO_DENSITY}: runs are compared by it with each other alone")
    if BOUND not in left_out and any(kind.endswith(GIVEN_CLASS) for kind in kinds):
        notes.append(f"Bounds are those of log p(x {GIVEN_CLASS})")
    if any(_held_out(run) for run in done) and not all(map(_held_out, done)):
        notes.append("Errors of runs without held-out images are of training images")
    wrong = [run for run in done if not math.isfinite(run.measures.get(ERROR, math.nan))]
    notes += [f"{run.name} is left out: its error is no number" for run in wrong[:SOME]]
    notes += [f"So are {len(wrong) - SOME} more runs"] if len(wrong) > SOME else []
    if not any(math.isfinite(run.measures.get(ACTIVE, math.nan)) for run in done):
        left_out.add(ACTIVE)
    return notes, left_out, shapes


def _how_measured(done: Sequence[SweptRun], seeds: int) -> list[str]:
    """From how many images and seeds the numbers are, and what a ± is."""
    if not done:
        return []
    counts = sorted({run.measures["watched"] for run in done if _held_out(run) and run.measures["watched"] > 0})
    ends = [f"{count:,.0f}" for count in dict.fromkeys([*counts[:1], *counts[-1:]])]
    said = [f"Held-out numbers are of {' to '.join(ends)} images"] if counts else []
    if any(run.measures["drawn"] for run in done):
        said.append("Errors of models with posteriors are of one draw of each code")
    return [*said, "One seed: chance may have made it" if seeds == 1 else "± is the standard deviation over seeds"]


def _held_out(run: SweptRun) -> bool:
    """Whether it was measured on images that it was not trained on."""
    return bool(run.measures.get("held_out"))


def _no_bound(runs: Sequence[SweptRun]) -> str:
    """Why there is none, as the end of a sentence."""
    if not any(run.measures.get("dense") for run in runs):
        return "codes that are points have no density of images"
    if not any(map(_held_out, runs)):
        return "no image was held out"
    return "what was measured is no number"


# -- curves ------------------------------------------------------------------------------------------------------------


def _panels(done: Sequence[SweptRun]) -> list[Panel]:
    """The measures, without curves; none where nothing is finished."""
    if not done:
        return []
    whose = "Held-out" if any(map(_held_out, done)) else "Training"
    elbo, error, active = MEASURES["elbo"], MEASURES["rmse"], MEASURES["active_units"]
    return [
        Panel(BOUND, "Held-out bound on log p(x)", elbo.unit, elbo.digits, 1, ()),
        Panel(ERROR, f"{whose} pixel error", error.unit, error.digits, -1, ()),
        Panel(ACTIVE, active.title, active.unit, active.digits, 0, ()),
    ]


def _axis(sweep: SweepFolder, runs: Sequence[SweptRun]) -> int:
    """Which of the settings curves are drawn against: the first that has several values."""
    several = (at for at in range(len(sweep.keys)) if len({run.values[at] for run in runs}) > 1)
    return next(several, 0)


def _series(done: Sequence[SweptRun], axis: int, keys: Sequence[str]) -> list[tuple[str, list[SweptRun]]]:
    """The runs of each combination of the other settings, named by those that differ: `KL weight 4`."""
    differs = [at for at in range(len(keys)) if at != axis and len({run.words[at] for run in done}) > 1]
    found: dict[str, list[SweptRun]] = {}
    for run in done:
        found.setdefault(", ".join(f"{title_of(keys[at])} {run.words[at]}" for at in differs), []).append(run)
    return list(found.items())


def _curve(
    panel: Panel,
    name: str,
    runs: Sequence[SweptRun],
    axis: int,
    where: Mapping[Any, float],
    numbers: bool,
    logarithmic: bool,
    fair: bool,
) -> Curve:
    points: dict[float, list[SweptRun]] = {}
    for run in runs:
        if math.isfinite(run.measures.get(panel.measure, math.nan)):
            points.setdefault(where[run.values[axis]], []).append(run)
    x = np.array(sorted(points), np.float64)
    found = [[run.measures[panel.measure] for run in points[at]] for at in x]
    mean = np.array([np.mean(values) for values in found], np.float64)
    deviation = np.array([np.std(values, ddof=1) if len(values) > 1 else math.nan for values in found], np.float64)
    return Curve(
        name=name,
        x=x,
        mean=mean,
        deviation=deviation,
        low=np.array([min(values) for values in found], np.float64),
        high=np.array([max(values) for values in found], np.float64),
        runs=tuple(tuple(points[at]) for at in x),
        knee=_knee(x, mean, deviation, [len(values) for values in found], numbers, logarithmic, fair),
    )


def _knee(
    x: Array, mean: Array, deviation: Array, counts: Sequence[int], numbers: bool, logarithmic: bool, fair: bool
) -> Knee:
    if not numbers:
        return Knee(None, "the values are no numbers")
    if not fair:
        return Knee(None, "runs were measured on different images")
    known = np.isfinite(deviation)
    error = math.sqrt(float(np.mean(deviation[known] ** 2)) / float(np.mean(counts))) if known.any() else 0.0
    found = find_knee(np.log(x) if logarithmic else x, mean, standard_error=error)
    if logarithmic and found.ends and not find_knee(x, mean).ends:
        # By ratios, a straight line is steep at its end.
        return Knee(None, "the curve does not level off")
    return found


def _findings(panel: Panel, where: Mapping[Any, float]) -> list[str]:
    """Where its curves level off, sentences without a full stop; one of all curves of which the same is to be said."""
    said: dict[str, list[str]] = {}
    for curve in panel.curves:
        if len(curve.x):
            said.setdefault(_finding(panel, curve, where), []).append(curve.name)
    if len(said) == 1 and all(len(curve.x) for curve in panel.curves):
        return [f"{panel.title}: {text}" for text in said]
    return [f"{panel.title} ({'; '.join(names)}): {text}" for text, names in said.items()]


def _finding(panel: Panel, curve: Curve, where: Mapping[Any, float]) -> str:
    """Where a curve levels off, in a few words."""
    knee = curve.knee
    words = {float(place): words_of(value) for value, place in where.items()}
    between = ""
    if knee.low >= 0:
        low, high = (words[float(curve.x[end])] for end in (knee.low, knee.high))
        between = f"between {low} and {high}" if low != high else f"at {low}"
    if knee.at is None:
        return f"no knee, {knee.why}" + (f", {between}" if between else "")
    level = " (level up to there)" if knee.ends else ""
    number = number_words(panel, float(curve.mean[knee.at]), float(curve.deviation[knee.at]))
    return f"knee at {words[float(curve.x[knee.at])]}{level}, {number}; {_sure(curve, between)}"


def _sure(curve: Curve, between: str) -> str:
    """How sure a knee is, as the end of a sentence."""
    seeds = max(map(len, curve.runs))
    if math.isnan(curve.knee.share):
        return "from one seed, how sure is not known" if seeds < 2 else "the seeds agree on every value"
    # Where seeds agree on every value their spread is none, and what the curve wavers by took its place.
    spread = seeds > 1 and float(np.nanmax(curve.deviation)) > 0
    noise = "the spread of its seeds" if spread else "as much noise as the curve wavers by"
    if curve.knee.sure:
        return f"{noise} moves it in at most one of ten redraws"
    return f"redrawn with {noise} it lies there {curve.knee.share:.0%} of the time, mostly {between}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in_order(values: Sequence[Any], numbers: bool) -> list[Any]:
    found = list(dict.fromkeys(values))
    return sorted(found) if numbers else found


def _is_geometric(values: Sequence[float]) -> bool:
    """Whether rising values are clearly more even by their ratios than by their differences."""
    if len(values) < 3 or min(values) <= 0:
        return False
    plain, ratios = np.diff(values), np.diff(np.log(values))
    return bool(ratios.std() / ratios.mean() < 0.5 * plain.std() / plain.mean())
