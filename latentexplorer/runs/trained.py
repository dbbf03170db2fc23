"""A trained model with everything known about it: what views, figures, commands and the window work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.changes import fixed_changes
from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.errors import DataError, NotApplicableError, RunError, SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.history import History
from latentexplorer.core.measures import evaluated
from latentexplorer.core.paths import printable
from latentexplorer.data import DataSplit, ImageSet
from latentexplorer.data.download import nothing_downloaded
from latentexplorer.models import Codes, LatentModel, build_model, encode_images
from latentexplorer.models.devices import choose_device, native_bf16
from latentexplorer.models.distributions import Prior
from latentexplorer.models.encoding import decode_images
from latentexplorer.models.warm_start import WarmStart
from latentexplorer.runs.dimension_history import DimensionHistory
from latentexplorer.runs.folder import RunFolder
from latentexplorer.runs.identity import identity_of
from latentexplorer.runs.location import Found, find_images
from latentexplorer.runs.model_file import FITTED, PARTS, ModelInfo, read_codes, read_kl_per_dim
from latentexplorer.runs.snapshot import Snapshot, open_snapshot, shown_index
from latentexplorer.runs.stored_model import fill_codebook, freeze, newest_state, read_model
from latentexplorer.runs.tensor_file import TensorFile


@dataclass
class Trained:
    """A model that is no longer changed by anyone, its codes, and its data where that is there.

    Attributes
    ----------
    config : RunConfig
    model : LatentModel
        In evaluation mode, its weights frozen. An auto-decoder's codebook holds the codes of `codes["train"]`,
        row by row.
    epoch : int
        Whole epochs trained.
    history : History
    codes : dict of str to Codes
        "train" and "test", where known; `index` says which images of that part they belong to.
    data : DataSplit or None
    missing : str
        Why `data` is None, and what to do; "" where it is there.
    gone : str
        What was looked for and not found, where that is why `data` is None.
    source : DataConfig or None
        With the places where its images were found, which need not be those of its settings any more.
    path : Path or None
        The run folder.
    info : ModelInfo
        Shapes and names the model was trained with.
    metrics : dict
        What `evaluate` stored; empty before it ran.
    kl_per_dim : ndarray (D,) or None
        Mean KL of each dimension over the last training epoch, nats.
    dimensions : DimensionHistory
        What each dimension carried in the epochs that are kept; no rows in older runs.
    fitted : Codes or None
        Of some held-out images, fitted with the finished decoder as those of new images are; None for models with an
        encoder, and where there was no time for it.
    bf16 : bool
        Whether it was trained, on a device like the one it is on, with bfloat16 matrix products.
    identity : str
        What the run in the folder is known by, also where another one of the same settings takes its place.
    end : Trained or None
        Where this is an earlier state that is looked back at: the run as it is. Axes and ranges are those of the end,
        so that what moves from epoch to epoch has moved.
    """

    config: RunConfig
    model: LatentModel
    epoch: int
    history: History
    codes: dict[str, Codes]
    data: DataSplit | None
    missing: str
    path: Path | None
    info: ModelInfo
    metrics: dict[str, Any] = field(default_factory=dict)
    kl_per_dim: npt.NDArray[np.float32] | None = None
    bf16: bool = False
    gone: str = ""
    source: DataConfig | None = None
    fitted: Codes | None = None
    dimensions: DimensionHistory = field(default_factory=DimensionHistory, repr=False)
    identity: str = ""
    end: Trained | None = field(default=None, repr=False)
    _warm_start: WarmStart | None = field(default=None, init=False, repr=False)
    _called: tuple[Path | None, str] = field(default=(None, "unsaved"), init=False, repr=False, compare=False)

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        places: Mapping[str, str] | None = None,
        epoch: int | None = None,
        with_data: bool = True,
        like: Trained | None = None,
        device: str = "cpu",
        emit: Emit = ignore,
        stop: StopToken = NEVER,
    ) -> Trained:
        """Open a run: its last state, or the kept one after `epoch`.

        A data set that is not there, or is another one than the run was trained on, does not stop it: see `missing`.

        Parameters
        ----------
        places : mapping of str to str, or None
            Where the images are now, by setting ("data.path"); the run remembers it where they are found there.
        device : "cpu", "cuda" or "auto"
        epoch : int or None
            One of `kept_snapshots`.
        with_data : bool
            Whether to load the images at all.
        like : Trained or None
            Another state of the same run, whose images are taken over instead of loading them.

        Raises
        ------
        RunError
            If the folder is no run, was never trained, is damaged, or holds another run than `like`.
        Stopped
        """
        folder = RunFolder.open(path)
        if like is not None:
            like._check_same(folder)
        # The file is closed again before anything takes long: on some systems an open one cannot be replaced.
        trained = _from_file(folder, newest_state(folder) if epoch is None else open_snapshot(folder, epoch), stop)
        chosen = choose_device(device)
        trained.model.to_device(torch.device(chosen))
        trained.bf16 = folder.bf16_on(chosen) and native_bf16(chosen)
        if like is not None:
            trained.data, trained.missing, trained.gone = like.data, like.missing, like.gone
            trained.source = like.source
        elif with_data:
            data, known = folder.config.data, trained.info.fingerprint
            with nothing_downloaded():
                found = find_images(folder, data, known, places=places, emit=emit, stop=stop)
            trained.take(found)
        else:
            trained.missing = "The images were not loaded"
        trained._encode_missing(emit, stop)
        return trained

    @classmethod
    def of_snapshot(cls, config: RunConfig, snapshot: Snapshot, data: DataSplit | None, path: Path | None) -> Trained:
        """What a snapshot of a running training shows."""
        info = snapshot.info
        known = len(snapshot.codes["train"]) if "train" in snapshot.codes else 0
        known = info.num_train if config.model.kind.encoder else known
        model = build_model(config.model, info.image_shape, len(info.class_names), known, initial=False)
        model.load_network_state(snapshot.weights)
        fill_codebook(model, snapshot.codes)
        freeze(model)
        missing = "" if data is not None else "The images were not loaded"
        return cls(
            config=config,
            model=model,
            epoch=snapshot.epoch,
            history=snapshot.history,
            codes=snapshot.codes,
            data=data,
            missing=missing,
            path=path,
            identity=identity_of(path) if path is not None else "",
            info=snapshot.info,
            kl_per_dim=snapshot.kl_per_dim,
            bf16=snapshot.bf16,
            dimensions=snapshot.dimensions,
        )

    def take(self, found: Found) -> None:
        """Go on with what was found of its images."""
        self.data, self.missing = found.data, str(found.error or "")
        self.source = None if found.data is None else found.config
        self.gone = found.error.what if found.error else ""

    @property
    def frame(self) -> Trained:
        """The state whose codes say where axes and ranges lie: the end of the run, where an earlier one is shown."""
        return self if self.end is None else self.end

    @property
    def name(self) -> str:
        """The run folder's name; "unsaved" without one."""
        # The disk is asked once: whoever shows a code asks for the name many times a second.
        if self._called[0] != self.path:
            self._called = self.path, "unsaved" if self.path is None else printable(self.path.resolve().name)
        return self._called[1]

    def folder(self) -> RunFolder:
        """The run's folder, to keep something in that was found out about it.

        Raises
        ------
        RunError
            If it is not there any more, or another run was put in its place meanwhile.
        """
        if self.path is None:
            raise RunError("This run has no folder", "Train it into one")
        folder = RunFolder.open(self.path)
        self._check_same(folder)
        return folder

    def _check_same(self, folder: RunFolder) -> None:
        """Raise if a folder holds another run than this one."""
        if fixed_changes(folder.config, self.config) or (self.identity and folder.identity != self.identity):
            raise RunError(f"{folder.path} holds another run by now", "Open the run where it is now")

    @property
    def steady(self) -> bool:
        """Whether what is worked out with it must be the same to the last bit, however busy the machine is."""
        return self.config.training.numerics == "exact"

    @property
    def data_notes(self) -> tuple[str, ...]:
        """What was changed or left out when its images were read, a line each."""
        if self.data is not None:
            return self.data.notes
        return RunFolder.open(self.path).data_notes if self.path is not None else ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in order; empty where images carry no labels."""
        return self.info.class_names

    @property
    def num_classes(self) -> int:
        """K; 0 where images carry no labels."""
        return len(self.info.class_names)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of the images it learned."""
        return self.info.image_shape

    @property
    def code_dim(self) -> int:
        """D: numbers in a code."""
        return self.model.code_dim

    @property
    def prior(self) -> Prior | None:
        """The distribution of codes before any image is seen; None where the family has none."""
        return self.model.prior

    def images(self, part: str) -> ImageSet:
        """All images of a part ("train" or "test"); `codes[part].index` points into them.

        Raises
        ------
        DataError
            Saying what is missing, if the data is not there.
        """
        if part not in PARTS:
            raise SettingsError(f"There is no part named {part!r}", "Choose train or test")
        if self.data is None:
            raise DataError(f"The images of {self.name} are not there", self.missing)
        return self.data.train if part == "train" else self.data.test

    def shown(self, part: str) -> ImageSet:
        """The images that `codes[part]` belongs to, row by row.

        Raises
        ------
        DataError
            Saying what is missing, if the data is not there.
        NotApplicableError
            If no codes of that part are known.
        """
        images = self.images(part)
        return images.take(self.codes_of(part).index)

    def codes_of(self, part: str) -> Codes:
        """`codes[part]`, or an error that says why there are none."""
        if part not in self.codes or not len(self.codes[part]):
            which = "held-out" if part == "test" else "training"
            other = "Choose the training images (part=train)" if part == "test" and "train" in self.codes else ""
            raise NotApplicableError(f"{self.name} has no codes of {which} images", self.missing or other)
        return self.codes[part]

    def labels(self, part: str) -> npt.NDArray[np.int64] | None:
        """Classes of the images that `codes[part]` belongs to, row by row; None where there are none."""
        return self.codes[part].labels if part in self.codes else None

    def columns(self, part: str) -> dict[str, npt.NDArray[Any]]:
        """What else is known of `images(part)`, a value per image; empty without the data."""
        return {} if self.data is None else dict(self.images(part).columns)

    def decode(
        self,
        z: npt.ArrayLike,
        y: npt.ArrayLike | None = None,
        *,
        rough: bool = False,
        clamped: bool = True,
        paced: bool = True,
        stop: StopToken = NEVER,
    ) -> npt.NDArray[np.float32]:
        """Images of codes.

        Parameters
        ----------
        z : array (B, D)
        y : array (B,) of int, or None
            Classes; required by conditional families.
        rough : bool
            With bfloat16 matrix products where it is trained with them: in half the time, some grey levels off.
        clamped : bool
            False: as the decoder gives them, as errors are measured; a linear output layer may leave [0, 1].
        paced : bool
            With as many threads as pay for it, where results may differ in their last bits; False: with all there are.

        Returns
        -------
        ndarray (B, H, W', C), float32, [0, 1]
        """
        codes, classes = np.asarray(z, np.float32), None if y is None else np.asarray(y, np.int64)
        steady = self.steady or not paced
        return decode_images(
            self.model, codes, classes, clamped=clamped, bf16=rough and self.bf16, steady=steady, stop=stop
        )

    def warm_start(self) -> WarmStart | None:
        """What fits of codes of unseen images begin from, learned from the training images at the first call.

        None where images are encoded instead, or the run came without its images.
        """
        codes = self.codes.get("train")
        if self._warm_start is None and not self.model.kind.encoder and self.data is not None and codes:
            self._warm_start = WarmStart.of(self.model, self.images("train").images[codes.index], codes)
        return self._warm_start

    def _encode_missing(self, emit: Emit, stop: StopToken) -> None:
        """Codes that a killed run did not get to store, from its encoder."""
        if self.data is None or not self.model.kind.encoder:
            return
        for part in PARTS:
            images = self.images(part)
            if part in self.codes or not len(images):
                continue
            index = shown_index(len(images))
            some = images.take(index)
            self.codes[part] = encode_images(
                self.model, some.images, some.labels, index=index, steady=self.steady, emit=emit, stop=stop
            )


def _from_file(folder: RunFolder, file: TensorFile, stop: StopToken) -> Trained:
    """A run from one of its files, without data."""
    info = ModelInfo.of(file)
    model, codes = read_model(folder.config.model, info, file)
    return Trained(
        config=folder.config,
        model=model,
        epoch=info.epoch,
        history=folder.read_history(stop).until(info.epoch),
        dimensions=folder.read_dimensions(stop).until(info.epoch),
        codes=codes,
        data=None,
        missing="",
        path=folder.path,
        identity=folder.identity,
        info=info,
        metrics=evaluated(folder.metrics),
        kl_per_dim=read_kl_per_dim(file),
        fitted=read_codes(file, info, model.code_dim, (FITTED,)).get(FITTED),
    )
