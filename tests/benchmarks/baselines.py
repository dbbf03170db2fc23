"""The other side of the training benchmarks: networks and loops as a good notebook author writes them.

`DataLoader`, float32, contiguous memory, one Adam for everything with a learning rate for the network and one for the
codes, the loss read with `.item()` after every step. Nothing here is slower than it has to be for somebody who writes
the loop that everybody writes; the networks are those of our presets, layer by layer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from tests.benchmarks.our_training import device

# -- networks ---------------------------------------------------------------------------------------------------------


def _up(before: int, after: int) -> list[nn.Module]:
    return [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]


def ad_decoder() -> nn.Module:
    """The decoder of `ad-128`."""
    return nn.Sequential(
        nn.Unflatten(1, (128, 1, 1)),
        nn.ConvTranspose2d(128, 256, 7, 1, 0, bias=False),
        nn.BatchNorm2d(256),
        nn.ReLU(),
        *_up(256, 128),
        *_up(128, 64),
        nn.ConvTranspose2d(64, 1, 3, 1, 1, bias=False),
        nn.Sigmoid(),
    )


def vad_decoder() -> nn.Module:
    """The decoder of the `vad-...-60`."""
    return nn.Sequential(
        nn.Linear(60, 256 * 7 * 7),
        nn.ReLU(),
        nn.Unflatten(1, (256, 7, 7)),
        *_up(256, 128),
        *_up(128, 64),
        nn.ConvTranspose2d(64, 1, 3, 1, 1, bias=False),
        nn.Sigmoid(),
    )


class MLPVAE(nn.Module):
    """`vae-4` for `classes` 0, `cvae-2` for 10: images of 32 x 32."""

    def __init__(self, latent: int, classes: int = 0) -> None:
        super().__init__()
        self.classes = classes
        self.encoder = nn.Sequential(
            nn.Linear(1024 + classes, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 32)
        )
        self.mean, self.log_variance = nn.Linear(32, latent), nn.Linear(32, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent + classes, 32),
            nn.ReLU(),
            nn.Linear(32, 64),
            nn.ReLU(),
            nn.Linear(64, 128),
            nn.ReLU(),
            nn.Linear(128, 1024),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x_hat, mean and log-variance of images (B, 1, 32, 32) of classes (B,)."""
        flat = x.flatten(1)
        label = [F.one_hot(y, self.classes).float()] if self.classes else []
        hidden = self.encoder(torch.cat([flat, *label], dim=1))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return self.decoder(torch.cat([z, *label], dim=1)).view_as(x), mean, log_variance


def conv_encoder() -> nn.Sequential:
    """The convolutions of `conv-vae-cifar10`, before its two linear layers."""
    return nn.Sequential(
        nn.Conv2d(3, 16, 4, 2, 1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 4, 2, 1),
        nn.ReLU(),
        nn.Conv2d(32, 128, 4, 2, 1),
        nn.ReLU(),
        nn.Flatten(),
    )


def conv_decoder() -> nn.Sequential:
    """The decoder of `conv-vae-cifar10`."""
    return nn.Sequential(
        nn.Linear(128, 2048),
        nn.ReLU(),
        nn.Unflatten(1, (128, 4, 4)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 4, 2, 1),
        nn.ReLU(),
        nn.ConvTranspose2d(32, 3, 4, 2, 1),
        nn.Sigmoid(),
    )


class ConvVAE(nn.Module):
    """`conv-vae-cifar10`."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = conv_encoder(), conv_decoder()
        self.mean, self.log_variance = nn.Linear(2048, 128), nn.Linear(2048, 128)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x_hat, mean and log-variance of images (B, 3, 32, 32)."""
        hidden = self.encoder(x)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return self.decoder(z), mean, log_variance


def parameters_of(model: nn.Module) -> int:
    """How many numbers it learns."""
    return sum(parameter.numel() for parameter in model.parameters())


# -- auto-decoders ----------------------------------------------------------------------------------------------------


@dataclass
class Loop:
    """What a loop reached: images a second over all epochs, and the mean loss of the last one, without constants; and
    the learning rate of its codes."""

    rate: float
    loss: float
    code_lr: float = 0.0


def train_autodecoder(
    images: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    lr: float,
    code_lr: float,
    sigma: float,
    variational: bool,
    code_penalty: float = 0.0,
    seed: int = 0,
) -> Loop:
    """`ad-128`, or with Laplace posteriors `vad-laplace-60`, on images (N, 28, 28, 1), uint8.

    Both learning rates fall along a cosine, as in the presets.
    """
    torch.manual_seed(seed)
    where = device()
    x = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255
    loader = DataLoader(TensorDataset(x, torch.arange(len(x))), batch_size=batch_size, shuffle=True)
    latent = 60 if variational else 128
    decoder = (vad_decoder() if variational else ad_decoder()).to(where)
    codes = nn.Embedding(len(x), latent).to(where)
    nn.init.normal_(codes.weight, std=0.1)
    learned = list(codes.parameters())
    if variational:
        log_scale = nn.Embedding(len(x), latent).to(where)
        nn.init.constant_(log_scale.weight, math.log(0.1 / math.sqrt(2)))
        learned += list(log_scale.parameters())
    optimiser = torch.optim.Adam([{"params": decoder.parameters(), "lr": lr}, {"params": learned, "lr": code_lr}])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * len(loader))
    loss_of_epoch = 0.0
    begin = time.perf_counter()
    for _ in range(epochs):
        decoder.train()
        loss_of_epoch = 0.0
        for batch, index in loader:
            batch, index = batch.to(where), index.to(where)
            optimiser.zero_grad()
            mean = codes(index)
            if variational:
                posterior = torch.distributions.Laplace(mean, log_scale(index).exp())
                prior = torch.distributions.Laplace(torch.zeros_like(mean), torch.ones_like(mean))
                x_hat = decoder(posterior.rsample())
                extra = torch.distributions.kl_divergence(posterior, prior).sum()
            else:
                x_hat = decoder(mean)
                extra = code_penalty * mean.square().sum()
            loss = (F.mse_loss(x_hat, batch, reduction="sum") / (2 * sigma**2) + extra) / len(batch)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            loss_of_epoch += loss.item() * len(batch)
    took = time.perf_counter() - begin
    return Loop(epochs * len(x) / took, loss_of_epoch / len(x), code_lr)


def fit_codes(decoder: nn.Module, images: np.ndarray, *, epochs: int, lr: float, seed: int = 0) -> np.ndarray:
    """Codes (N, 128) of new images: one Adam over all of them, batches of 64, the decoder frozen in eval mode.

    A cold start, as in the reports. A good author switches the gradients of the weights off.
    """
    torch.manual_seed(seed)
    where = next(decoder.parameters()).device
    x = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255
    loader = DataLoader(TensorDataset(x, torch.arange(len(x))), batch_size=64, shuffle=True)
    codes = nn.Embedding(len(x), 128).to(where)
    nn.init.normal_(codes.weight, std=0.1)
    decoder.eval()
    decoder.requires_grad_(False)
    optimiser = torch.optim.Adam(codes.parameters(), lr=lr)
    for _ in range(epochs):
        total = 0.0
        for batch, index in loader:
            batch, index = batch.to(where), index.to(where)
            optimiser.zero_grad()
            loss = F.mse_loss(decoder(codes(index)), batch, reduction="sum") / len(batch)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += loss.item()
    return codes.weight.detach().cpu().numpy()


# -- variational auto-encoders ----------------------------------------------------------------------------------------


class PictureSet(Dataset[tuple[Any, int]]):
    """Images as torchvision's data sets hand them out: an array, a PIL image, a transform."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, transform: Callable[[Any], Any]) -> None:
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        return self.transform(Image.fromarray(self.images[index])), int(self.labels[index])


def train_vae(model: nn.Module, data: Dataset[Any], *, batch_size: int, workers: int, drop_last: bool = False) -> Loop:
    """One epoch of a VAE: squared error per image plus KL, Adam 1e-3."""
    where = device()
    model = model.to(where)
    loader = DataLoader(data, batch_size=batch_size, shuffle=True, num_workers=workers, drop_last=drop_last)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    total, seen = 0.0, 0
    begin = time.perf_counter()
    model.train()
    for x, y in loader:
        x, y = x.to(where), y.to(where)
        optimiser.zero_grad()
        x_hat, mean, log_variance = model(x, y)
        squared = F.mse_loss(x_hat, x, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_variance - mean.square() - log_variance.exp())
        loss = (squared + kl) / len(x)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        total += loss.item() * len(x)
        seen += len(x)
    return Loop(seen / (time.perf_counter() - begin), total / seen)


def best_workers(train: Callable[[int], Loop]) -> int:
    """Whether the loader is quicker with two workers or in the training process itself: each is tried once."""
    return max((0, 2), key=lambda workers: train(workers).rate)
