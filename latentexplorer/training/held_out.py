"""How the model does on images it does not learn from, watched while it trains, at a bounded share of the time.

Everything is measured in eval mode with one draw from the posterior per image, as the training columns are; the
draws are the same in every epoch, so that the curve shows the model and not the dice. Where several processes train,
the main one measures and the others wait.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.costs import watched
from latentexplorer.data import DataSplit, ImageSet
from latentexplorer.models import Codes, LatentModel, LossTerms, encode_images
from latentexplorer.models.encoding import batches, evaluating
from latentexplorer.models.families.autodecoder import AutoDecoder
from latentexplorer.models.fitting import frozen
from latentexplorer.models.nearest_images import nearest_images
from latentexplorer.models.partners import partner_row
from latentexplorer.runs import shown_index
from latentexplorer.training.batches import Images, batch_bounds
from latentexplorer.training.distributed import ALONE, Ranks
from latentexplorer.training.meter import TERMS
from latentexplorer.training.numerics import Numerics
from latentexplorer.training.optimisers import CodeAdam, set_lr

FITTED = 0.1
"""Images whose codes make one step after an epoch, as a fraction of the training images."""
LEAST = 64
NORM_BATCH = 64
"""Images that `norm_metric` puts together."""


class HeldOut:
    """Watches some held-out images. Made by `watch`.

    Attributes
    ----------
    index : ndarray (n,), int64
        Positions of the watched images in the held-out part, evenly spread.
    values : Tensor (n, 4)
        Loss, recon, KL and squared error of each image, as last measured; NaN before.
    terms : Tensor (n, T)
        The same of the family's own terms.
    """

    def __init__(self, part: ImageSet, index: npt.NDArray[np.int64], model: LatentModel, numerics: Numerics) -> None:
        device = numerics.torch_device
        self.index = index
        self.model = model
        self.numerics = numerics
        self.part = part.take(index)
        self.images = Images(self.part, device, numerics.channels_last)
        self.values = torch.full((len(index), 4), math.nan, device=device)
        self.names = [term.name for term in model.kind.terms]
        self.terms = torch.full((len(index), len(self.names)), math.nan, device=device)
        self.pixels = math.prod(model.decoded_shape)

    def synchronise(self) -> None:
        """Bring what other processes hold to the main one, which measures; all of them call it together."""

    def use(self, batch_size: int) -> None:
        """Measure as a training in such batches does."""

    def epoch(self, beta: float, code_lr: float, stop: StopToken = NEVER) -> dict[str, float] | None:
        """Measure, and return the held-out columns of the history.

        None when asked to stop on the way; called again, also after a resume, it ends as if it had not been stopped.
        """
        raise NotImplementedError

    def codes(self, most: int | None = None) -> Codes:
        """Codes of the watched images, or of at most `most` of them. `synchronise` comes first."""
        raise NotImplementedError

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint keeps."""
        return {"values": self.values} | ({TERMS: self.terms} if self.names else {})

    def columns(self) -> dict[str, float]:
        """The held-out columns of the history from the images measured so far."""
        rows = torch.isfinite(self.values).all(1)
        known = self.values[rows].double()
        if not len(known):
            return {}
        loss, recon, kl, squared = known.mean(0).tolist()
        terms = self.terms[rows].double().nanmean(0).tolist()
        norms = [
            255 * math.sqrt(float(group[:, 3].sum())) / (len(group) * self.pixels)
            for group in torch.split(known, NORM_BATCH)
        ]
        return {
            "test_loss": loss,
            "test_recon": recon,
            "test_kl": kl,
            "test_rmse": math.sqrt(squared / self.pixels),
            "test_norm_metric": sum(norms) / len(norms),
            "test_sse_plus_kl": squared + kl,
            **{f"test_{name}": value for name, value in zip(self.names, terms, strict=True)},
        }

    def _note(self, rows: Tensor, terms: LossTerms, beta: float) -> None:
        where = rows.to(self.values.device)
        squared = (terms.x_hat - terms.target).square().flatten(1).sum(1)
        measured = torch.stack([self.model.cost(terms, beta), terms.recon, terms.kl, squared], dim=1)
        self.values[where] = measured.detach().float()
        for column, name in enumerate(self.names):
            self.terms[where, column] = terms.extra[name].detach().float()


class Encoded(HeldOut):
    """For models with an encoder: the same images are evaluated after every epoch.

    Attributes
    ----------
    size : int
        Images in a batch; as many as in training where the loss of an image depends on the others.
    order : Tensor (n,), int64
        In which they are put together; shuffled in that case, because neighbours may be of one class.
    """

    def __init__(
        self,
        part: ImageSet,
        index: npt.NDArray[np.int64],
        model: LatentModel,
        numerics: Numerics,
        batch_size: int,
    ) -> None:
        super().__init__(part, index, model, numerics)
        self.size, self.order = NORM_BATCH, torch.arange(len(index))
        self.use(batch_size)
        if model.kind.couples_batch:
            self.order = torch.from_numpy(np.random.default_rng(0).permutation(len(index)))

    def use(self, batch_size: int) -> None:
        if self.model.kind.couples_batch:
            self.size = batch_size

    @torch.no_grad()
    def epoch(self, beta: float, code_lr: float, stop: StopToken = NEVER) -> dict[str, float] | None:
        generator = torch.Generator(self.values.device).manual_seed(0)
        with evaluating(self.model):
            for start, end in batch_bounds(len(self.index), self.size, drop_last=False):
                rows = self.order[start:end]
                if stop.requested:
                    return None
                partner = partner_row(rows, len(self.index)) if self.model.kind.separates else None
                with self.numerics.autocast():
                    terms = self.model.loss(self.images.batch(rows, partner), generator)
                self._note(rows, terms, beta)
        return self.columns()

    def codes(self, most: int | None = None) -> Codes:
        chosen = shown_index(len(self.index), most or len(self.index))
        some = self.part.take(chosen)
        return encode_images(self.model, some.images, some.labels, index=self.index[chosen])


class Fitted(HeldOut):
    """For auto-decoders: a code for each held-out image follows the training.

    The code is that of the most similar training image, which moves with the decoder, plus an offset of its own that
    makes one step of Adam at a time on the model's objective, the decoder frozen in eval mode. Labels are not looked
    at. After every epoch as many images make a step, in turn, as the time allows, and are measured by the way.

    Attributes
    ----------
    starts : Tensor (n, width)
        Raw numbers of the most similar training images, as of the last `synchronise`.
    """

    model: AutoDecoder

    def __init__(
        self,
        part: ImageSet,
        index: npt.NDArray[np.int64],
        model: AutoDecoder,
        numerics: Numerics,
        train: ImageSet,
        code_lr: float,
        ranks: Ranks,
    ) -> None:
        super().__init__(part, index, model, numerics)
        self.ranks = ranks
        self.nearest = torch.tensor(
            ranks.from_main(lambda: nearest_images(self.part.images, train.images, 1)[:, 0].tolist()), dtype=torch.int64
        )
        self.starts = torch.zeros(len(index), model.codebook.weight.shape[1], device=numerics.torch_device)
        self.offsets = torch.nn.Parameter(torch.zeros_like(self.starts))
        self.optimiser = CodeAdam([self.offsets], code_lr)
        self.visits = max(LEAST, round(FITTED * len(train)))
        self.turn = self.left = 0

    def synchronise(self) -> None:
        self.starts = self.ranks.look_up(self.model.codebook.weight, self.nearest).to(self.starts.device)

    def epoch(self, beta: float, code_lr: float, stop: StopToken = NEVER) -> dict[str, float] | None:
        self.left = self.left or min(self.visits, len(self.index))
        self._fit(beta, code_lr, stop)
        return None if self.left else self.columns()

    def polish_steps(self, images_trained: int) -> int:
        """Steps that `polish` may take after so many images were trained on: a tenth of that work, 30 at most."""
        # With the decoder frozen a step needs no gradients of weights, a third of what one of training takes.
        return min(30, int(0.1 * 1.5 * images_trained / max(len(self.index), 1)))

    def polish(self, steps: int, beta: float, code_lr: float, stop: StopToken) -> bool:
        """`steps` more steps for every image, at the end of a training; False when stopped before the last."""
        self.left = steps * len(self.index)
        self._fit(beta, code_lr, stop)
        return not self.left

    def _fit(self, beta: float, code_lr: float, stop: StopToken) -> None:
        """Steps in turn until no visits are left."""
        generator = torch.Generator(self.values.device)
        set_lr(self.optimiser, code_lr)
        with frozen(self.model):
            while self.left and not stop.requested:
                # Never across the end: the rows of a step are distinct.
                count = min(self.left, NORM_BATCH * 4, len(self.index) - self.turn)
                rows = torch.arange(self.turn, self.turn + count)
                batch = self.images.batch(rows)
                with self.numerics.autocast():
                    terms = self.model.loss_with(self._params(rows), batch, generator.manual_seed(self.turn))
                self._note(rows, terms, beta)
                self.offsets.grad = None
                self.model.cost(terms, beta).mean().backward()  # type: ignore[no-untyped-call]
                self.optimiser.step()
                self.turn, self.left = (self.turn + count) % len(self.index), self.left - count

    def _params(self, rows: Tensor) -> Tensor:
        where = rows.to(self.values.device)
        raw: Tensor = self.starts[where] + F.embedding(where, self.offsets, sparse=True)
        return raw

    @torch.no_grad()
    def codes(self, most: int | None = None) -> Codes:
        chosen = shown_index(len(self.index), most or len(self.index))
        labels = None if self.part.labels is None else self.part.labels[chosen]
        return self.model.codes_of(self._params(torch.from_numpy(chosen)), self.index[chosen], labels)

    def state(self) -> dict[str, Tensor]:
        adam = self.optimiser.state[self.offsets]
        turn = torch.tensor([self.turn, self.left])
        return {**super().state(), "offsets": self.offsets.detach(), "turn": turn, **adam}


def watch(
    config: RunConfig, data: DataSplit, model: LatentModel, numerics: Numerics, ranks: Ranks = ALONE
) -> HeldOut | None:
    """What watches the held-out images of a run; None where there are none, or none are asked for."""
    count = watched(config, len(data.train), len(data.test))
    if count == 0:
        return None
    index = shown_index(len(data.test), count)
    if isinstance(model, AutoDecoder):
        return Fitted(data.test, index, model, numerics, data.train, config.training.code_lr, ranks)
    return Encoded(data.test, index, model, numerics, config.training.batch_size)


@torch.no_grad()
def log_likelihoods(model: LatentModel, data: DataSplit) -> dict[str, float]:
    """`train_log_likelihood` and `test_log_likelihood`, nats per image, of a model that has log p(x) in closed form."""
    if model.kind.gradient:
        return {}
    found = {}
    for name, part in (("train", data.train), ("test", data.test)):
        sums, count = 0.0, 0
        for _, batch in batches(model, part.images, part.labels):
            nats = model.log_likelihood(batch)
            if nats is None:
                break
            sums, count = sums + float(nats.sum()), count + len(nats)
        if count:
            found[f"{name}_log_likelihood"] = sums / count
    return found
