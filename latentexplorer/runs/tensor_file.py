"""Tensors and a few facts about them in one safetensors file, written whole and read with suspicion.

A file may come from anywhere. Its header is read and checked by itself, so that what a file asks for is known before
any memory is taken for it, and every way in which it can be wrong ends in one `RunError`. It may also be replaced by a
newer one at any moment, by a training in another process: what was opened is what is read.
"""

from __future__ import annotations

import json
import math
import os
import struct
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

import torch
from torch import Tensor

from latentexplorer.core.errors import RunError
from latentexplorer.core.outside_json import parsed
from latentexplorer.core.paths import replacing, unchecked

MAX_BYTES = 16 * 2**30
MAX_HEADER_BYTES = 16 * 2**20
INFO_KEY = "latentexplorer"

_DTYPES = {
    "F64": (torch.float64, 8),
    "F32": (torch.float32, 4),
    "F16": (torch.float16, 2),
    "BF16": (torch.bfloat16, 2),
    "I64": (torch.int64, 8),
    "I32": (torch.int32, 4),
    "U8": (torch.uint8, 1),
    "BOOL": (torch.bool, 1),
}
_NAMES = {dtype: name for name, (dtype, _) in _DTYPES.items()}


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], info: Mapping[str, Any], check: Callable[[], None] = unchecked
) -> None:
    """Write tensors (from any device, in any layout) and JSON facts, whole or not at all.

    Written here and not by the library, which copies everything once more, gives files that only their owner may read
    and hides why the system refused to write. `check` is that of `latentexplorer.core.paths.replacing`.

    Raises
    ------
    RunError
        With what to do when the disk is full, the folder is read-only or has gone.
    """
    # Widest numbers first, so that each begins at a multiple of its own width.
    names = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    header: dict[str, Any] = {"__metadata__": {INFO_KEY: json.dumps(info, allow_nan=False)}}
    end = 0
    for name in names:
        tensor = tensors[name]
        begin, end = end, end + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with replacing(path, check) as temporary, temporary.open("wb") as handle:
        handle.write(struct.pack("<Q", len(text)) + text)
        for name in names:
            flat = tensors[name].detach().cpu().contiguous().reshape(-1)
            handle.write(flat.view(torch.uint8).numpy().data)


class TensorFile:
    """A safetensors file whose header has been checked; tensors are read on request.

    It stays open as long as this object lives, and everything is read from what was opened. The library's reader opens
    a file by its name twice, and mixes two of them where one replaces the other in between.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    info : dict
        The JSON facts `write_tensors` was given.
    shapes : dict of str to tuple of int
    dtypes : dict of str to torch.dtype

    Raises
    ------
    RunError
        If the file is missing, too large, or its header is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.dtypes: dict[str, torch.dtype] = {}
        self._begins: dict[str, int] = {}
        if not path.is_file():
            raise RunError(f"There is no {path.name} in {path.parent}", "The run was not trained, or the file was lost")
        try:
            self._handle = path.open("rb")
            weakref.finalize(self, self._handle.close)
            size = os.fstat(self._handle.fileno()).st_size
            header, start = self._header(self._handle, size)
        except OSError as error:
            raise self._unreadable(error) from None
        metadata = header.pop("__metadata__", {})
        for name, entry in header.items():
            self.dtypes[name], self.shapes[name], begin = self._entry(name, entry, size - start)
            self._begins[name] = start + begin
        self.info = self._info(metadata)

    def damaged(self, why: str) -> RunError:
        """The error for a file that is not what it should be."""
        return RunError(f"{self.path.parent.name}/{self.path.name} is damaged: {why}", "Restore it from a copy")

    def _unreadable(self, error: OSError) -> RunError:
        return RunError(f"{self.path} cannot be read: {error.strerror or error}", "Check the folder")

    def _header(self, handle: BinaryIO, size: int) -> tuple[dict[str, Any], int]:
        """The header as JSON, and where the numbers begin."""
        damaged = self.damaged("it has no proper header")
        if size > MAX_BYTES:
            raise RunError(
                f"{self.path} is larger than {MAX_BYTES // 2**30} GB", "It is no file of this program: do not use it"
            )
        start = handle.read(8)
        if len(start) < 8:
            raise damaged
        (length,) = struct.unpack("<Q", start)
        if length > min(MAX_HEADER_BYTES, size - 8):
            raise damaged
        try:
            header = parsed(handle.read(length))
        except ValueError:
            raise damaged from None
        if not isinstance(header, dict):
            raise damaged
        return header, 8 + length

    def _entry(self, name: str, entry: Any, room: int) -> tuple[torch.dtype, tuple[int, ...], int]:
        if not isinstance(entry, dict) or str(entry.get("dtype")) not in _DTYPES:
            raise self.damaged(f"tensor {name[:80]!r} has an unknown type")
        shape, offsets = entry.get("shape"), entry.get("data_offsets")
        if not _natural(shape, 8) or not _natural(offsets, 2) or len(offsets) != 2:
            raise self.damaged(f"tensor {name[:80]!r} has no proper shape")
        dtype, width = _DTYPES[str(entry["dtype"])]
        begin, end = offsets
        if not begin <= end <= room or end - begin != math.prod(shape) * width:
            raise self.damaged(f"tensor {name[:80]!r} does not fit into the file")
        return dtype, tuple(shape), begin

    def _info(self, metadata: Any) -> dict[str, Any]:
        text = metadata.get(INFO_KEY) if isinstance(metadata, dict) else None
        try:
            info = parsed(text) if isinstance(text, str) else None
        except ValueError:
            info = None
        if not isinstance(info, dict):
            raise self.damaged("it does not say what it holds")
        return info

    def names(self, prefix: str) -> list[str]:
        """Names of the tensors that start with `prefix`, without it."""
        return [name.removeprefix(prefix) for name in self.shapes if name.startswith(prefix)]

    def read(self, names: Iterable[str], prefix: str = "") -> dict[str, Tensor]:
        """Read tensors named `prefix + name` into memory, by name."""
        return {name: self._read(prefix + name) for name in names}

    def _read(self, name: str) -> Tensor:
        if name not in self._begins:
            raise self.damaged(f"it has no tensor {name[:80]!r}")
        tensor = torch.empty(self.shapes[name], dtype=self.dtypes[name])
        bytes_of = tensor.reshape(-1).view(torch.uint8).numpy()
        try:
            self._handle.seek(self._begins[name])
            got = self._handle.readinto(bytes_of.data)
        except OSError as error:
            raise self._unreadable(error) from None
        if got != bytes_of.size:
            raise self.damaged("it ends too early")
        return tensor


def _natural(values: Any, most: int) -> TypeGuard[list[int]]:
    """Whether this is a short list of whole numbers, none negative."""
    return (
        isinstance(values, list)
        and len(values) <= most
        and all(type(value) is int and 0 <= value < 2**48 for value in values)
    )
