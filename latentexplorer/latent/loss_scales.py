"""One objective on several scales: what a KL weight is called where others sum, average or fix another sigma.

Up to a constant every loss here is a E + sum of w T: E the error summed over pixels, a how many nats a unit of it
costs, T the other terms in nats. Dividing a loss by a number moves its gradients by that number alone, so all of

    a E + w T        E + (w / a) T        E / N + (w / (a N)) T        a' E + w (a' / a) T

have the same minimum. With a Gaussian of standard deviation sigma E is the squared error and a = 1 / (2 sigma^2), with
a Laplace distribution the absolute one and a = sqrt(2) / sigma, with a Bernoulli the cross-entropy and a = 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

ERRORS = {"gaussian": "squared error", "laplace": "absolute error", "bernoulli": "cross-entropy"}
"""What E is, by the name of the likelihood."""


@dataclass(frozen=True)
class Objective:
    """A loss.

    Attributes
    ----------
    likelihood : str
        `gaussian`, `laplace` or `bernoulli`.
    sigma : float or None
        Standard deviation of the pixels on [0, 1]; None of a Bernoulli.
    pixels : int
        N, numbers in what an image is compared with (of a mixture those of both its images).
    dims : int
        D, numbers in a code.
    weights : dict of str to float
        What each term costs beside the reconstruction, by its name.
    """

    likelihood: str
    sigma: float | None
    pixels: int
    dims: int
    weights: Mapping[str, float]

    @property
    def error(self) -> str:
        """What E is, in words."""
        return ERRORS[self.likelihood]

    @property
    def nats_of_error(self) -> float:
        """a: nats that a unit of the summed error costs."""
        if self.sigma is None:
            return 1.0
        return 1 / (2 * self.sigma**2) if self.likelihood == "gaussian" else math.sqrt(2) / self.sigma

    @property
    def constant(self) -> float:
        """Nats of an image that is met exactly: N log(sigma sqrt(2 pi)) or N log(2 b), b = sigma / sqrt(2); else 0."""
        if self.sigma is None:
            return 0.0
        root = math.sqrt(2 * math.pi if self.likelihood == "gaussian" else 2)
        return self.pixels * math.log(self.sigma * root)

    @property
    def at_sum(self) -> dict[str, float]:
        """Weights beside the error summed over pixels."""
        return {name: weight / self.nats_of_error for name, weight in self.weights.items()}

    @property
    def at_mean(self) -> dict[str, float]:
        """Weights beside the mean error of a pixel."""
        return {name: weight / self.pixels for name, weight in self.at_sum.items()}

    @property
    def at_means(self) -> dict[str, float]:
        """Weights beside the mean error of a pixel, for terms that are means over the dimensions of a code."""
        return {name: weight * self.dims for name, weight in self.at_mean.items()}

    def at_sigma(self, sigma: float) -> Objective:
        """The same objective with another standard deviation: all weights change by a' / a.

        Raises
        ------
        ValueError
            Of a Bernoulli, which has none.
        """
        if self.sigma is None:
            raise ValueError("a Bernoulli likelihood has no standard deviation")
        other = replace(self, sigma=sigma)
        factor = other.nats_of_error / self.nats_of_error
        return replace(other, weights={name: weight * factor for name, weight in self.weights.items()})

    def at_weight_one(self, name: str) -> Objective | None:
        """The same objective with the sigma that makes the weight of a term one: sigma sqrt(w), of a Laplace sigma w.

        None where there is none: of a Bernoulli, and for a weight of zero.
        """
        weight = self.weights.get(name, 0.0)
        if self.sigma is None or weight <= 0:
            return None
        return self.at_sigma(self.sigma * (math.sqrt(weight) if self.likelihood == "gaussian" else weight))

    def normalised(self, name: str) -> float:
        """w D / N: beta of images and codes of any size (Higgins et al. 2017, section 4.2)."""
        return self.weights[name] * self.dims / self.pixels
