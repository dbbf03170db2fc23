"""Every figure that the program tells of a run: what it is, in which unit, which way is better, what it compares with.

One table for `evaluate`, the window, the figures and the guide, so that a number says the same wherever it stands. Each
of its entries is held against an independent calculation in `tests/test_second_opinions.py`: a new one needs one too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from latentexplorer.core.catalog import FAMILIES

ACTIVE_VARIANCE = 0.01
"""Variance of a dimension's posterior means, over images, above which it counts as active (Burda et al. 2016, section
4). That, and not its KL: a posterior may be far from the prior and yet the same for every image."""

Compared = Literal["any", "images", "likelihood", "objective", "alone"]
COMPARED: dict[Compared, str] = {
    "any": "",
    "images": "Compare on the same images",
    "likelihood": "Compare under one likelihood and sigma, on the same images",
    "objective": "Compare under one likelihood, sigma and set of weighted terms, on the same images",
    "alone": "Says nothing about which of two runs is better",
}
"""What must be the same for two values to be compared, in words."""

NATS = "nats per image"
PIXELS = "on [0, 1]"
AT_A_DRAW = (
    "In the history of a model with posteriors it is of one draw of each code, which reads higher than that of their "
    "means, as `evaluate` and pictures have it"
)
"""Of an error after an epoch: the decode that was trained is that of a draw."""

OVER_AN_EPOCH = "Of training images over the last epoch, while the model still learned"
"""Of what is added up over an epoch: other than what is measured at its end."""


@dataclass(frozen=True)
class Measure:
    """A figure.

    Attributes
    ----------
    name : str
        Its key in `evaluate --json`, and of its columns in the history behind `train_` and `test_`.
    title : str
        What a person reads.
    unit : str
        Empty for what has none.
    summary : str
        What it is, in one sentence without its full stop.
    better : int
        1: more is better; -1: less; 0: neither.
    compared : str
        With what it may be compared, one of `COMPARED`.
    digits : int
        Behind the point, where runs stand beside each other.
    """

    name: str
    title: str
    unit: str
    summary: str
    better: int = 0
    compared: Compared = "images"
    digits: int = 3

    @property
    def tip(self) -> str:
        """What a person is told of it: unit, meaning, and what it may be compared with; no full stop."""
        return ". ".join(filter(None, (self.unit and f"In {self.unit}", self.summary, COMPARED[self.compared])))


def _terms() -> list[Measure]:
    """The terms that losses of some families have beside reconstruction and KL."""
    terms = {term.name: term for family in FAMILIES for term in family.terms}
    return [
        Measure(term.name, term.title, term.unit, f"{term.summary}; before its weight", compared="alone")
        for term in terms.values()
    ]


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        # -- errors of the decode of the posterior mean, as the decoder gives it ---------------------------------------
        Measure(
            "rmse",
            "Pixel error",
            f"rmse {PIXELS}",
            "Root of the mean squared error over all pixels of all images, as the decoder gives them",
            -1,
            digits=4,
        ),
        Measure("mae", "Absolute error", PIXELS, "Mean absolute error over all pixels", -1, digits=4),
        Measure(
            "sse",
            "Squared error",
            f"{PIXELS}, summed over pixels",
            "Squared error of an image, mean over images: grows with the number of pixels",
            -1,
        ),
        Measure(
            "psnr",
            "PSNR",
            "dB",
            "Peak signal-to-noise ratio of each image, mean over images; one that is met exactly counts as 100",
            1,
            digits=2,
        ),
        Measure(
            "ssim",
            "SSIM",
            "",
            "Structural similarity of each image and its decode clamped to [0, 1], mean over images; 1 of equal ones",
            1,
        ),
        Measure(
            "norm_metric",
            "Norm metric",
            "grey levels of 0..255",
            "Norm of the error of 64 images together over the number of their values; a last batch of fewer images "
            "counts as much, and reads higher",
            -1,
        ),
        # -- nats ------------------------------------------------------------------------------------------------------
        Measure(
            "loss",
            "Total",
            NATS,
            "What training minimises: reconstruction, KL and other terms with their weights. Minus a bound on log p(x) "
            "only where a posterior and all weights of one make it one",
            -1,
            "objective",
            1,
        ),
        Measure(
            "recon",
            "Reconstruction",
            NATS,
            "-log p(x given z) at one draw of the code, or at the code where it is a point; mostly a constant of "
            "likelihood, sigma and number of pixels",
            -1,
            "likelihood",
            1,
        ),
        Measure(
            "recon_mean", "Reconstruction at the mean", NATS, "The same at the posterior mean", -1, "likelihood", 1
        ),
        Measure("kl", "KL", NATS, "From the posterior to the prior, before its weight", 0, "alone", 2),
        Measure("kl_per_dim", "KL of a dimension", NATS, "The same of each dimension", 0, "alone"),
        Measure(
            "elbo",
            "ELBO",
            NATS,
            "Lower bound on log p(x), of a conditional model given the class: -(reconstruction + KL) with weights of "
            "one, one draw an image",
            1,
            "likelihood",
            1,
        ),
        Measure(
            "iwae",
            "IWAE bound",
            NATS,
            "Importance-weighted lower bound on log p(x), of a conditional model given the class: the more draws, the "
            "tighter",
            1,
            "likelihood",
            1,
        ),
        Measure(
            "log_likelihood",
            "Log-likelihood",
            NATS,
            "log p(x) itself, of probabilistic PCA: codes are integrated out, the noise is the mean of the eigenvalues "
            "that are left out",
            1,
            "images",
            1,
        ),
        Measure(
            "bits_per_dim",
            "Bits per dimension",
            "bits per pixel value",
            "log p(x), or its ELBO, as code length of a grey level: of densities, whatever their likelihood and the "
            "size of images; without any model it takes 8. Of a conditional model given the class",
            -1,
            digits=3,
        ),
        Measure(
            "sse_plus_kl",
            "Squared error + KL",
            "mixed",
            "Squared error on [0, 1] at one draw plus KL in nats, as some report their loss",
            -1,
            "alone",
            2,
        ),
        *_terms(),
        Measure(
            "assignment_floor",
            "Floor of a fixed assignment",
            "on [-1, 1]",
            "What a separation that cannot tell which image goes to which side does not get below",
            0,
        ),
        # -- codes -----------------------------------------------------------------------------------------------------
        Measure(
            "active_units",
            "Active units",
            "dimensions",
            f"Dimensions whose posterior means vary by more than {ACTIVE_VARIANCE:g} over the images "
            "(variance; Burda et al. 2016)",
            0,
            "any",
            0,
        ),
        Measure("mig", "MIG", "", "Mutual information gap, 0 to 1; beside shuffled factors", 1),
        Measure(
            "dci_disentanglement",
            "DCI disentanglement",
            "",
            "0 to 1, by importances of random forests: not comparable with tables made by boosted trees",
            1,
        ),
        Measure("dci_completeness", "DCI completeness", "", "0 to 1, as its disentanglement", 1),
        Measure("dci_informativeness", "DCI informativeness", "", "Share of factors told rightly of unseen codes", 1),
        Measure(
            "explained_variance",
            "Explained variance",
            "of the training images' variance",
            "Part that each principal component carries",
            1,
        ),
        Measure(
            "map_kl",
            "KL of the map",
            "nats",
            "What t-SNE minimises: from neighbourhoods of codes to those on the map. Of the same codes and perplexity "
            "only",
            -1,
            "alone",
            2,
        ),
        Measure(
            "support",
            "Near data",
            "0 to 1",
            "How near a code lies to those of images, see the guide",
            0,
            "alone",
            2,
        ),
        # -- draws -----------------------------------------------------------------------------------------------------
        Measure(
            "frechet_prior",
            "Frechet distance, prior",
            "of features",
            "From decodes of draws from the prior to held-out images; read it above frechet_real. It grows as images "
            "get fewer: of equally many only",
            -1,
            digits=1,
        ),
        Measure(
            "frechet_fitted", "Frechet distance, fitted", "of features", "The same of draws near the training codes", -1
        ),
        Measure(
            "frechet_reconstructions",
            "Frechet distance, reconstructions",
            "of features",
            "The same of reconstructions of those very images: they share their chance, so that it may lie below "
            "frechet_real",
            -1,
        ),
        Measure(
            "frechet_real",
            "Frechet distance, real",
            "of features",
            "The same of as many training images: what no draws get below by more than chance",
            0,
        ),
        Measure(
            "frechet_shrinkage",
            "Shrinkage",
            "0 to 1",
            "By how much the covariance of the real features was shrunk, as there are so few of them; 0 of very many",
            0,
            "alone",
        ),
        Measure(
            "readability",
            "Readability",
            "%",
            "Reconstructions whose class small networks, trained on the original images, name rightly",
            1,
            digits=1,
        ),
        Measure(
            "readability_originals",
            "Readability of the originals",
            "%",
            "The same of the images before they were reconstructed: what readability is read below. Training images "
            "are what these networks have learned",
            0,
            digits=1,
        ),
    )
}
"""By name."""


ERROR_OF = "_standard_error"
"""How the name of a standard error ends."""


def measure_of(name: str) -> Measure | None:
    """The measure that a number of `evaluate` is; of a standard error one that says whose; None of a mere count."""
    of = MEASURES.get(name.removesuffix(ERROR_OF))
    if of is None or name in MEASURES:
        return of
    return Measure(
        name,
        f"{of.title} ±",
        of.unit,
        "Standard error of that mean over the images: how far other images of the same kind would move it. The "
        "difference of two runs on the same images is usually surer",
        compared="alone",
    )


def evaluated(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What `evaluate` found, of the results that a run keeps; empty before it ran: then they are of its last epoch."""
    return {} if metrics.get("kind") == "running" else dict(metrics)


def rows_of(metrics: Mapping[str, Any]) -> list[tuple[str, float | None, float | None]]:
    """The numbers of `evaluate` by name, of training images and of held-out ones, as tables show them.

    A readability stands beside that of the originals: no reconstruction is read better than these but by chance.
    """
    train, test, samples = (_table(metrics, name) for name in ("train", "test", "samples"))
    rows: list[tuple[str, float | None, float | None]] = []
    names = [name for name in dict.fromkeys([*train, *test]) if not name.endswith(ERROR_OF)]
    # A standard error stands below what it is that of.
    for name in (each for of in names for each in (of, f"{of}{ERROR_OF}")):
        ours, theirs = train.get(name), test.get(name)
        if isinstance(ours, Mapping) or isinstance(theirs, Mapping):
            inside = {"mean": name, "originals": f"{name}_originals"} if name == "readability" else {}
            rows += [(called, _of(ours, key), _of(theirs, key)) for key, called in inside.items()]
        else:
            rows.append((name, _known(ours), _known(theirs)))
    rows += [(name, None, _known(value)) for name, value in samples.items()]
    return [row for row in rows if row[1:] != (None, None)]


def _table(metrics: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = metrics.get(name)
    return found if isinstance(found, Mapping) else {}


def _of(table: Any, key: str) -> float | None:
    return _known(table.get(key)) if isinstance(table, Mapping) else None


def _known(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def bits_per_dim(nats: float, values: int, grey_levels: bool = True) -> float:
    """log p(x) of an image of so many pixel values, in nats, as bits for each of them.

    A density on [0, 1] gives each of 256 grey levels its width of 1/256: 8 bits more. `grey_levels` False: of what is a
    probability already, as a Bernoulli likelihood of black and white pixels.
    """
    return -nats / (values * math.log(2)) + (8.0 if grey_levels else 0.0)
