"""Where the fit of an unseen image's code begins: at what is known of similar images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.data.subsets import spaced
from latentexplorer.models.base import LatentModel
from latentexplorer.models.codes import Codes
from latentexplorer.models.families.autodecoder import AutoDecoder
from latentexplorer.models.nearest_images import nearest_images

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

MOST = 2000
"""Known images that the regression learns from; more take time by their cube and say little more."""
NEIGHBOURS = 5
KERNEL_GAMMA = 0.3
RIDGE = 0.01
"""Gamma of the kernel in units of one over the median squared distance of images, and the ridge: chosen by the error of
codes fitted to training images held back."""


@dataclass
class WarmStart:
    """Guesses codes from pixels: the codes of the nearest known images, their mean, and a regression over all.

    The regression is kernel ridge regression (Saunders et al. 1998) from pixels to raw numbers, with a Gaussian kernel.

    Parameters
    ----------
    model : AutoDecoder
    images : ndarray (N, H, W, C), uint8
        Images whose codes are known.
    codes : Codes
        Of these images, in the same order.
    neighbours : int
    """

    model: AutoDecoder
    images: Images
    codes: Codes
    neighbours: int = NEIGHBOURS

    @classmethod
    def of(cls, model: LatentModel, images: Images, codes: Codes) -> WarmStart | None:
        """The same for any model; None for one that encodes images."""
        return cls(model, images, codes) if isinstance(model, AutoDecoder) else None

    def __post_init__(self) -> None:
        scale = None if self.codes.scale is None else torch.from_numpy(self.codes.scale)
        with torch.no_grad():
            self._raw = self.model.params_of(torch.from_numpy(self.codes.loc), scale)
        chosen = spaced(len(self.images), MOST)
        pixels, raw = _flat(self.images[chosen]), self._raw[chosen].double().numpy()
        self._middle, self._centre = pixels.mean(0), raw.mean(0)
        self._regression = KernelRidge(
            pixels - self._middle, raw - self._centre, KERNEL_GAMMA / _usual_distance(pixels)
        )

    def guesses(self, images: Images, stop: StopToken = NEVER, device: torch.device | None = None) -> Tensor:
        """Raw numbers (G, B, P * D) worth beginning at, G for each of the images (B, H, W, C), on the CPU.

        `device`: where pixels are compared; None: here.
        """
        nearest = self._raw[nearest_images(images, self.images, self.neighbours, stop=stop, device=device)]
        predicted = self._regression.predict(_flat(images) - self._middle) + self._centre
        regressed = torch.from_numpy(predicted).to(self._raw)
        return torch.cat([nearest.transpose(0, 1), nearest.mean(1)[None], regressed[None]])

    def name(self, at: int) -> str:
        """What guess number `at` (0..G-1) is, for a person."""
        near = min(self.neighbours, len(self.images))
        if at < near:
            return "the code of the most similar image" if at == 0 else f"the code of similar image {at + 1}"
        return "the mean code of similar images" if at == near else "a regression from pixels"


class KernelRidge:
    """Kernel ridge regression with the kernel exp(-gamma |a - b|^2).

    Written out because scikit-learn's takes more than a second to import, which every training of codes would wait for.

    Parameters
    ----------
    x : ndarray (N, K)
    y : ndarray (N, M)
    gamma : float
    """

    def __init__(self, x: Floats, y: Floats, gamma: float) -> None:
        self._x, self._gamma = torch.from_numpy(x), gamma
        kernel = self._kernel(self._x)
        kernel.diagonal().add_(RIDGE)
        self._weights = torch.linalg.solve(kernel, torch.from_numpy(y))

    def predict(self, x: Floats) -> Floats:
        """(B, M) of points (B, K)."""
        found: Floats = (self._kernel(torch.from_numpy(x)) @ self._weights).numpy()
        return found

    def _kernel(self, x: Tensor) -> Tensor:
        squares = (x**2).sum(1)[:, None] + (self._x**2).sum(1) - 2 * x @ self._x.T
        return squares.clamp_(min=0).mul_(-self._gamma).exp_()


def _usual_distance(pixels: Floats) -> float:
    """Median squared distance of two images, from the first few; 1 where all are equal."""
    few = pixels[:: max(1, len(pixels) // 200)]
    squares = (few**2).sum(1)
    distances = squares[:, None] + squares - 2 * few @ few.T
    usual = float(np.median(distances[np.triu_indices(len(few), 1)])) if len(few) > 1 else 0.0
    return usual if usual > 1e-9 else 1.0


def _flat(images: Images) -> Floats:
    return images.reshape(len(images), -1) / 255.0
