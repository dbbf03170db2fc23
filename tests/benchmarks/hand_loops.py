"""Loops on a card that one would write: the notebook's, and one step captured by hand with all images on the card."""

from __future__ import annotations

import gc
import time

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from latentexplorer.core.config import RunConfig
from latentexplorer.data import DataSplit
from latentexplorer.models import Batch, LatentModel
from tests.benchmarks.our_training import device

WARM_UP = 5


def _synchronise(where: torch.device) -> None:
    if where.type == "cuda":
        torch.cuda.synchronize(where)


def _dense(model: LatentModel, where: torch.device) -> LatentModel:
    """A model whose codes, where it has a codebook, are learned by torch's own Adam like all else."""
    for module in model.modules():
        if isinstance(module, torch.nn.Embedding):
            module.sparse = False
    return model.to(where).train()


def captured_loop(
    model: LatentModel, config: RunConfig, data: DataSplit, epochs: int, *, bf16: bool
) -> tuple[float, float]:
    """Images a second, and the mean loss of the last epoch; on the CPU the same loop uncaptured."""
    where, training = device(), config.training
    model, images = _dense(model, where), torch.from_numpy(np.array(data.train.images)).to(where)
    labels = torch.from_numpy(np.array(data.train.labels, np.int64)).to(where)
    convolutional = any(weight.dim() == 4 for weight in model.parameters())
    layout = torch.channels_last if convolutional else torch.contiguous_format
    if convolutional:
        model.to(memory_format=layout)
    codes = {id(parameter) for parameter in model.code_parameters()}
    network = [parameter for parameter in model.parameters() if id(parameter) not in codes]
    groups = [{"params": network, "lr": training.lr}]
    groups += [{"params": model.code_parameters(), "lr": training.code_lr}] if codes else []
    on_card = where.type == "cuda"
    optimiser = torch.optim.Adam(groups, fused=True, capturable=on_card)
    generator = torch.Generator(where).manual_seed(0)
    count, size = len(images), min(training.batch_size, len(images))
    index, total = torch.zeros(size, dtype=torch.int64, device=where), torch.zeros((), device=where)

    def step() -> None:
        x = images.index_select(0, index).permute(0, 3, 1, 2).contiguous(memory_format=layout)
        batch = Batch(x.float().div_(255), labels[index], index)
        with torch.autocast(where.type, torch.bfloat16, enabled=bf16):
            terms = model.loss(batch, generator)
        loss = model.cost(terms, config.model.beta).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        total.add_(loss.detach())

    index.copy_(torch.arange(size))
    replay = _captured(step, generator, where) if on_card else step
    steps = count // size
    _synchronise(where)
    begin = time.perf_counter()
    for _ in range(epochs):
        order = torch.randperm(count, device=where)
        total.zero_()
        for number in range(steps):
            index.copy_(order[number * size : (number + 1) * size])
            replay()
    _synchronise(where)
    return epochs * steps * size / (time.perf_counter() - begin), float(total) / steps


def _captured(step, generator: torch.Generator, where: torch.device):  # type: ignore[no-untyped-def]
    stream = torch.cuda.Stream(where)
    stream.wait_stream(torch.cuda.current_stream(where))
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            step()
    torch.cuda.current_stream(where).wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    graph.register_generator_state(generator)
    with torch.cuda.graph(graph, stream=stream):
        step()
    return graph.replay


def notebook_loop(model: LatentModel, config: RunConfig, data: DataSplit, count: int) -> float:
    """Images a second: a `DataLoader` with two workers, fp32, a batch sent and the loss read at every step."""
    where, workers = device(), 2 if torch.cuda.is_available() else 0
    model = _dense(model, where)
    x = torch.from_numpy(np.array(data.train.images[:count])).permute(0, 3, 1, 2).float().div(255)
    labels = torch.from_numpy(np.array(data.train.labels, np.int64))[: len(x)]
    loader = DataLoader(
        TensorDataset(x, labels, torch.arange(len(x))),
        batch_size=min(config.training.batch_size, len(x)),
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        pin_memory=where.type == "cuda",
        persistent_workers=workers > 0,
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=config.training.lr)
    generator = torch.Generator(where).manual_seed(0)

    def epoch() -> float:
        begin, seen = time.perf_counter(), 0
        for images, classes, index in loader:
            batch = Batch(_sent(images, where), _sent(classes, where), _sent(index, where))
            terms = model.loss(batch, generator)
            loss = model.cost(terms, config.model.beta).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            loss.item()
            seen += len(index)
        return seen / (time.perf_counter() - begin)

    # Workers are forks: garbage of the card's that one of them comes upon would be given back by a process without it.
    gc.disable()
    try:
        epoch()
        return epoch()
    finally:
        gc.enable()


def _sent(tensor: Tensor, where: torch.device) -> Tensor:
    return tensor.to(where, non_blocking=True)
