"""Images put through a model: what the figures of `evaluate` are worked out from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.data import ImageSet
from latentexplorer.latent.codes import posterior_of
from latentexplorer.models import Codes, LossTerms
from latentexplorer.models.encoding import batches, device_of, encode_images, evaluating
from latentexplorer.models.torch_threads import Paced
from latentexplorer.runs import Trained

BATCH = 250
MEASURING = Paced()


@dataclass
class Measured:
    """Images of one part, put through the model: B of them, values per image, nats where nothing else is said.

    Attributes
    ----------
    codes : Codes
    x, x_hat : (B, H, W', C), float32
        What is compared: the images (both of a mixture), on [0, 1], and the decode of the posterior mean as the decoder
        gives it, which may leave that.
    recon, recon_mean : (B,)
        -log p(x given z) at one draw from the posterior, and at its mean.
    sse : (B,)
        Squared error on [0, 1], summed over pixels, at the draw.
    mae : (B,)
        Mean absolute error on [0, 1], at the posterior mean.
    kl : (B,) or None
    kl_per_dim : (D,) or None
        Mean over the images.
    terms : dict of (B,)
        The loss's other terms by name, at the draw.
    kind : str
        Where the codes come from: `stored`, `fitted`, `tracked` or `encoded`.
    total : int
        Images there are of that part.
    """

    images: ImageSet
    codes: Codes
    x: np.ndarray
    x_hat: np.ndarray
    recon: np.ndarray
    recon_mean: np.ndarray
    sse: np.ndarray
    mae: np.ndarray
    kl: np.ndarray | None
    kl_per_dim: np.ndarray | None
    terms: dict[str, np.ndarray]
    kind: str
    total: int

    @property
    def pictures(self) -> np.ndarray:
        """The decodes as they are shown, on [0, 1]."""
        return np.asarray(np.clip(self.x_hat, 0, 1))


@torch.no_grad()
def measure(
    trained: Trained, images: ImageSet, codes: Codes | None, kind: str, total: int, seed: int, stop: StopToken
) -> Measured:
    """Loss terms of images at the posterior mean and at one draw; `codes` are an auto-decoder's, else encoded here.

    Where images of a batch change each other's loss they are shuffled, as in training: neighbours may be of one class.
    """
    model = trained.model
    if model.kind.couples_batch:
        order = np.random.default_rng(seed).permutation(len(images))
        images, codes = images.take(order), None if codes is None else codes.take(order)
    device = device_of(model)
    generator = torch.Generator(device).manual_seed(seed)
    if codes is None:
        index = np.arange(len(images)) if images.ids is None else np.asarray(images.ids)
        codes = encode_images(model, images.images, images.labels, index=index, steady=trained.steady, stop=stop)
    found: dict[str, list[np.ndarray]] = {
        key: [] for key in ("x", "x_hat", "recon", "mean", "sse", "mae", "kl", "dims")
    }
    terms: dict[str, list[np.ndarray]] = {term.name: [] for term in model.kind.terms}
    with evaluating(model):
        size = _batch_size(len(images), trained)
        for rows, batch in batches(model, images.images, images.labels, batch_size=size, stop=stop):
            posterior = posterior_of(trained.prior, codes.take(rows), device)
            with MEASURING.piece(rows.stop - rows.start, trained.steady, device):
                at_mean = drawn = model.loss_of(posterior, batch)
                if model.kind.variational:
                    drawn = model.loss_of(posterior, batch, generator)
            _note(found, at_mean, drawn)
            for name, values in terms.items():
                values.append(drawn.extra[name].double().cpu().numpy())
    joined = {key: np.concatenate(values) if values else np.zeros(0) for key, values in found.items()}
    return Measured(
        images=images,
        codes=codes,
        x=joined["x"],
        x_hat=joined["x_hat"],
        recon=joined["recon"],
        recon_mean=joined["mean"],
        sse=joined["sse"],
        mae=joined["mae"],
        kl=joined["kl"] if found["dims"] else None,
        kl_per_dim=joined["dims"].mean(0) if found["dims"] else None,
        terms={name: np.concatenate(values) if values else np.zeros(0) for name, values in terms.items()},
        kind=kind,
        total=total,
    )


def _batch_size(count: int, trained: Trained) -> int:
    """Images measured at once: as many as in training, and evenly, where they change each other's loss."""
    if not trained.config.model.kind.couples_batch:
        return BATCH
    return math.ceil(count / math.ceil(count / trained.config.training.batch_size))


def _note(found: dict[str, list[np.ndarray]], at_mean: LossTerms, drawn: LossTerms) -> None:
    found["x"].append(at_mean.target.permute(0, 2, 3, 1).cpu().numpy())
    found["x_hat"].append(at_mean.x_hat.permute(0, 2, 3, 1).cpu().numpy())
    found["mean"].append(at_mean.recon.double().cpu().numpy())
    found["recon"].append(drawn.recon.double().cpu().numpy())
    found["sse"].append((drawn.x_hat - drawn.target).double().square().flatten(1).sum(1).cpu().numpy())
    found["mae"].append((at_mean.x_hat - at_mean.target).double().abs().flatten(1).mean(1).cpu().numpy())
    if at_mean.kl_per_dim is not None:
        found["kl"].append(at_mean.kl.double().cpu().numpy())
        found["dims"].append(at_mean.kl_per_dim.double().cpu().numpy())
