"""Images of a set that does not fit on the device come in order, unchanged, and stop when nobody needs them."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from latentexplorer.core.errors import DataError
from latentexplorer.data import ImageSet
from latentexplorer.training import step, train
from latentexplorer.training.batches import Images, Order
from latentexplorer.training.streaming import BUFFERS, Ahead, StreamedFeed
from tests.training.helpers import StopAfterLooks, assert_same_run, digits, new_run, small

PIXELS = np.random.default_rng(0).integers(0, 256, (23, 3, 4, 1), dtype=np.uint8)
DEVICES = [pytest.param("cpu"), pytest.param("cuda", marks=pytest.mark.gpu)]


def gathering() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "gathering images"]


@pytest.mark.parametrize("device", DEVICES)
def test_batches_come_in_order_and_bit_equal(tmp_path: Path, device: str) -> None:
    np.save(tmp_path / "images.npy", PIXELS)
    ahead = Ahead(np.load(tmp_path / "images.npy", mmap_mode="r"), torch.device(device))
    for seed in range(3):
        order = torch.randperm(23, generator=torch.Generator().manual_seed(seed))
        batches = list(order.split(5 + seed))
        ahead.begin(batches)
        for index in batches:
            assert np.array_equal(ahead.next().cpu().numpy(), PIXELS[index.numpy()])
        ahead.end()
        assert gathering() == []


@pytest.mark.gpu
@pytest.mark.parametrize("larger", [False, True])
def test_copies_wait_for_what_used_their_memory_before_and_are_waited_for(larger: bool) -> None:
    device, rng = torch.device("cuda"), np.random.default_rng(0)
    pixels = rng.integers(0, 256, (64, 128, 128, 4), dtype=np.uint8)
    ahead, shape = Ahead(pixels, device), (32, *pixels.shape[1:])
    if larger:
        # Buffers that are given up with copies under way.
        ahead.begin(list(torch.arange(64).split(4)))
        ahead.next()
    others = [torch.empty(shape, dtype=torch.uint8, device=device) for _ in range(BUFFERS)]
    torch.cuda._sleep(200_000_000)  # cycles, so that what comes is still to be done
    for other in others:
        other.fill_(7)
    del other, others
    batches = list(torch.arange(64).split(32))
    ahead.begin(batches)
    found = [ahead.next().clone() for _ in batches]
    ahead.end()
    for images, index in zip(found, batches, strict=True):
        assert np.array_equal(images.cpu().numpy(), pixels[index.numpy()])


def test_two_are_ahead_at_most_and_an_end_in_the_middle_leaves_nothing() -> None:
    batches = list(torch.arange(23).split(2))
    ahead = Ahead(PIXELS, torch.device("cpu"))
    ahead.begin(batches)
    first = ahead.next()
    kept = first.clone()
    ahead._full.get()
    # The buffer that is in use is nobody else's: what is filled meanwhile is the other one.
    assert torch.equal(first, kept) and len(ahead._buffers) == BUFFERS
    ahead.end()
    ahead.end()
    assert gathering() == []
    ahead.begin(batches)
    assert np.array_equal(ahead.next().numpy(), PIXELS[:2])
    ahead.end()


def test_what_happens_to_the_thread_happens_to_whoever_waits() -> None:
    ahead = Ahead(PIXELS, torch.device("cpu"))
    ahead.begin([torch.arange(4), torch.arange(4).reshape(2, 2), torch.arange(4)])
    ahead.next()
    with pytest.raises(ValueError, match="does not match"):
        ahead.next()
    ahead.end()
    assert gathering() == []


@pytest.mark.parametrize("partners", [False, True])
def test_a_feed_gives_what_images_on_the_device_are(partners: bool) -> None:
    images = Images(ImageSet(PIXELS, None), torch.device("cpu"))
    order = Order(torch.randperm(23), torch.randperm(23) if partners else None)
    feed, bounds = StreamedFeed(images), [(0, 9), (9, 18), (18, 23)]
    feed.begin(order, bounds)
    for start, end in bounds:
        found, expected = images.of(feed.at(start, end)), images.batch(*order.at(start, end))
        assert torch.equal(found.x, expected.x)
        assert found.partner is None if expected.partner is None else torch.equal(found.partner, expected.partner)
    feed.end()
    assert gathering() == []


@pytest.mark.parametrize("family", ["vae", "ad", "separation-ae"])
def test_a_training_from_a_stream_is_that_of_a_set_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    config = small(family, "data.limit=90")
    whole = new_run(tmp_path / "whole", config)
    train(whole, digits(config))
    monkeypatch.setattr(step, "feed_of", StreamedFeed)
    streamed = new_run(tmp_path / "streamed", config)
    train(streamed, digits(config), stop=StopAfterLooks(2))
    assert gathering() == []
    train(streamed, digits(config), resume=True)
    assert_same_run(whole, streamed)
    assert gathering() == []


def test_a_set_that_goes_away_under_a_training_is_said_and_leaves_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(buffer: object, pixels: object, index: object, stream: object) -> None:
        raise DataError("The images are not there any more", "Put them back")

    monkeypatch.setattr("latentexplorer.training.streaming.Buffer.fill", gone)
    monkeypatch.setattr(step, "feed_of", StreamedFeed)
    config = small("vae")
    run = new_run(tmp_path / "run", config)
    with pytest.raises(DataError, match="not there any more"):
        train(run, digits(config))
    assert run.status == "failed"
    assert gathering() == []
