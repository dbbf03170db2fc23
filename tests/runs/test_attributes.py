"""Directions that are kept with a run or shared as a file: read as if they came from a stranger."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentexplorer.core.errors import RunError
from latentexplorer.runs import Trained, attributes
from latentexplorer.runs.attributes import Attribute, Fits, fingerprint, read_shared, refuse_others, shared


@pytest.fixture(scope="module")
def run(small_run: Callable[..., Trained]) -> Trained:
    return small_run("vae", "model.latent_dim=3")


def attribute_of(trained: Trained, **changes: Any) -> Attribute:
    values = {
        "name": "rounder",
        "fits": Fits.of(trained).model_dump(),
        "from_words": "3",
        "to_words": "8",
        "images_from": 12,
        "images_to": 9,
        "step": [0.25, -1.0, 2.0],
        "offset": 0.5,
    }
    return Attribute.model_validate(values | changes)


def test_what_is_shared_is_read_again_and_fits_its_own_model_only(
    run: Trained, small_run: Callable[..., Trained], tmp_path: Path
) -> None:
    path = tmp_path / "rounder.json"
    path.write_bytes(shared(attribute_of(run)))
    found = read_shared(path)
    assert found == attribute_of(run)
    assert np.array_equal(found.vector, [0.25, -1.0, 2.0])
    refuse_others(found, run)
    for other in (
        small_run("vae", "model.latent_dim=3", "training.seed=1"),
        small_run("vae", "model.latent_dim=5"),
        small_run("ae", "model.latent_dim=3"),
    ):
        with pytest.raises(RunError) as refused:
            refuse_others(found, other)
        line = str(refused.value)
        for named in (run.name, other.name, fingerprint(run)[:12], fingerprint(other)[:12]):
            assert named in line
        assert f"codes of {other.code_dim} numbers" in line and "\n" not in line


def _changed(run: Trained, **changes: object) -> bytes:
    values = json.loads(shared(attribute_of(run)))
    values["attribute"].update(changes)
    return json.dumps(values).encode()


WRONG: dict[str, Callable[[Trained], bytes]] = {
    "empty": lambda run: b"",
    "list": lambda run: b"[]",
    "other json": lambda run: b'{"kind": "bookmarks"}',
    "deep": lambda run: b"[" * 100_000,
    "not text": lambda run: b"\xff\xfe\x00",
    "pickle": lambda run: b"\x80\x04\x95\x00",
    "number of 5,000 digits": lambda run: b'{"kind": 1' + b"0" * 5_000 + b"}",
    "later edition": lambda run: shared(attribute_of(run)).replace(b'"edition": 1', b'"edition": 2'),
    "too few numbers": lambda run: _changed(run, step=[1.0, 2.0]),
    "leads nowhere": lambda run: _changed(run, step=[0.0, 0.0, 0.0]),
    "leads hardly anywhere": lambda run: _changed(run, step=[1e-200, 0.0, 0.0]),
    "not finite": lambda run: _changed(run, step=[float("nan"), 0.0, 1.0]),
    "endless": lambda run: _changed(run, offset=float("inf")),
    "huge": lambda run: _changed(run, step=[1e300, 0.0, 1.0]),
    "words": lambda run: _changed(run, step=["1", "2", "3"]),
    "no name": lambda run: _changed(run, name=""),
    "long name": lambda run: _changed(run, name="x" * 5_000),
    "no model": lambda run: _changed(run, fits={}),
    "wrong share": lambda run: _changed(run, receipt={"accuracy": {"value": 2.0}}),
    "too large": lambda run: b" " * (attributes.MAX_JSON_BYTES + 1),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_that_is_no_direction_is_refused_in_one_line(run: Trained, tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "given.json"
    path.write_bytes(WRONG[wrong](run))
    with pytest.raises(RunError) as refused:
        read_shared(path)
    assert "given.json" in str(refused.value) and len(str(refused.value)) < 600


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(RunError, match="cannot be read"):
        read_shared(tmp_path / "pipe.json")


def test_what_a_run_keeps_is_checked_when_it_is_read(
    run: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    assert run.path is not None
    shutil.copytree(run.path, tmp_path / "copy")
    copy = Trained.load(tmp_path / "copy")
    assert attributes.read_attributes(copy) == []
    kept = [attribute_of(copy), attribute_of(copy, name="other")]
    attributes.write_attributes(copy, kept)
    assert attributes.read_attributes(copy) == kept
    file = tmp_path / "copy" / attributes.NAME
    longer = attribute_of(copy).model_dump()
    longer["fits"]["code_dim"], longer["step"] = 4, [1.0] * 4
    for content in ("[]", '{"attributes": 3}', json.dumps({"attributes": [longer]}), '{"attributes": [{}]}'):
        file.write_text(content)
        with pytest.raises(RunError, match=r"attributes.json is"):
            attributes.read_attributes(copy)
    with pytest.raises(RunError, match="at most"):
        attributes.write_attributes(copy, kept * 101)


def test_what_would_not_be_read_again_is_not_written(run: Trained) -> None:
    assert run.path is not None
    wrong = attribute_of(run).model_copy(update={"name": "\udcff"})
    for write in (partial(attributes.write_attributes, run, [wrong]), partial(shared, wrong)):
        with pytest.raises(RunError, match="cannot be written: name"):
            write()
    assert attributes.read_attributes(run) == []
