"""A classifier that a person brings as an ONNX file: read without running anything but a list of known operators.

It is worked out by the reference implementation of the package `onnx`, in numpy. Operators with a body of their own
(loops, branches, functions), data in other files and anything whose size is not known beforehand are refused.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError, MissingExtraError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.core.outside_json import parsed
from latentexplorer.core.paths import printable, reading
from latentexplorer.data.class_matching import match_classes
from latentexplorer.latent.judge import Tested, lopsided, softmax

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MOST_BYTES = 64 * 2**20
MOST_NUMBERS = 2**25
"""In any of its arrays, for a batch."""
MOST_KEPT = 2**26
"""In all of its arrays, for a batch: none of them is let go before the last is worked out."""
MOST_IN_ALL = 2**28
"""Read and written, patches of convolutions included, for a batch: what takes seconds, not hours."""
MOST_ONE_BY_ONE = 2**24
"""Of these by loops of Python, a number at a time."""
POOLS = frozenset({"AveragePool", "MaxPool"})
PER_WINDOW = 50
"""A window of a pool takes as long as so many more numbers of it."""
MOST_CLASSES = 10_000
MOST_TESTED = 500
BATCH = 16
NAMES = "class_names"
"""Where a file may name its classes: a JSON list among its metadata."""
OPERATORS = frozenset(
    {
        "Add",
        "AveragePool",
        "BatchNormalization",
        "Cast",
        "Clip",
        "Concat",
        "Constant",
        "Conv",
        "Div",
        "Dropout",
        "Elu",
        "Erf",
        "Exp",
        "Expand",
        "Flatten",
        "Gather",
        "Gemm",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "LayerNormalization",
        "LeakyRelu",
        "Log",
        "LogSoftmax",
        "MatMul",
        "MaxPool",
        "Mul",
        "Neg",
        "PRelu",
        "Pad",
        "Pow",
        "Reciprocal",
        "ReduceMax",
        "ReduceMean",
        "ReduceSum",
        "Relu",
        "Reshape",
        "Selu",
        "Shape",
        "Sigmoid",
        "Slice",
        "Softmax",
        "Softplus",
        "Sqrt",
        "Squeeze",
        "Sub",
        "Sum",
        "Tanh",
        "Transpose",
        "Unsqueeze",
    }
)
FAILURES = (ValueError, TypeError, RuntimeError, LookupError, AttributeError, ArithmeticError, AssertionError)
"""What the reference implementation may raise for a graph that does not fit together."""


@dataclass(frozen=True, eq=False)
class FileJudge:
    """A classifier from a file, see `latent.judge.Judge`."""

    evaluator: Any
    input_name: str
    flat: bool
    batch: int
    class_names: tuple[str, ...]
    name: str
    tested: Tested | None = None
    order: tuple[int, ...] | None = None
    """Which of its outputs is each of `class_names`; None: in their order."""

    def probabilities(self, images: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """See `Judge`; outputs that are probabilities already are taken as they are, others as logits."""
        found = []
        for start in range(0, len(images), self.batch):
            stop.check()
            found.append(self._outputs(images[start : start + self.batch]))
        outputs = np.concatenate(found) if found else np.zeros((0, len(self.class_names)))
        if not np.isfinite(outputs).all():
            raise DataError(f"{self.name} gives no numbers for some images", "Use another classifier")
        shares = bool((outputs >= 0).all() and np.allclose(outputs.sum(1), 1, atol=1e-3))
        return outputs / outputs.sum(1, keepdims=True) if shares else softmax(outputs)

    def _outputs(self, images: np.ndarray) -> np.ndarray:
        """Its outputs (n, K) for at most a batch of images; the batch is filled up, as its size is fixed."""
        pixels = images.astype(np.float32) / 255 if images.dtype == np.uint8 else images.astype(np.float32)
        pixels = pixels.transpose(0, 3, 1, 2)
        filled = np.zeros((self.batch, *pixels.shape[1:]), np.float32)
        filled[: len(pixels)] = pixels
        given = filled.reshape(self.batch, -1) if self.flat else filled
        try:
            with np.errstate(all="ignore"):
                out = np.asarray(self.evaluator.run(None, {self.input_name: given})[0], np.float64)
        except FAILURES as error:
            raise DataError(f"{self.name} cannot be worked out: {_line(error)}", "Use another classifier") from error
        if out.shape != (self.batch, len(self.class_names)):
            raise DataError(f"{self.name} gives {_size(out.shape)} numbers for {self.batch} images", "Use another one")
        return out[: len(images)] if self.order is None else out[: len(images), self.order]


def read_classifier(path: Path, trained: Trained, *, emit: Emit = ignore, stop: StopToken = NEVER) -> FileJudge:
    """Read a classifier for the images of a run, and test it on held-out ones where it has the run's classes.

    Raises
    ------
    MissingExtraError
        Without the package `onnx`.
    DataError
        With what does not fit, in one line.
    """
    if importlib.util.find_spec("onnx") is None:
        raise MissingExtraError(
            "Reading a classifier needs one more package", "Install it: pip install 'latentexplorer[onnx]'"
        )
    emit(Progress(0, 0, "reading the classifier"))
    judge = _judge(_model(path), path.name, trained)
    stop.check()
    return replace(judge, tested=_tested(judge, trained, emit, stop))


def _model(path: Path) -> Any:
    """The file, looked through."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        with reading(path) as handle:
            content = handle.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise DataError(f"{path.name} is larger than {MOST_BYTES >> 20} MB", "Bring a small classifier")
        model = onnx.load(io.BytesIO(content), load_external_data=False)
        inner = [each.data_location for each in model.graph.initializer]
        inner += [each.t.data_location for node in model.graph.node for each in node.attribute if each.HasField("t")]
        if any(each == onnx.TensorProto.EXTERNAL for each in inner):
            raise DataError(f"{path.name} has its weights in another file", "Save it as one file")
        onnx.checker.check_model(model)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror or error}", "Choose another file") from error
    except (DecodeError, onnx.checker.ValidationError, *FAILURES) as error:
        raise DataError(f"{path.name} is no sound ONNX file", "Export the classifier as ONNX") from error
    graph = onnx.AttributeProto
    bodies = any(each.type in (graph.GRAPH, graph.GRAPHS) for node in model.graph.node for each in node.attribute)
    wrong = {node.op_type for node in model.graph.node if node.domain or node.op_type not in OPERATORS}
    if model.functions or bodies or wrong:
        named = ", ".join(sorted(wrong)[:3]) or "functions of its own"
        raise DataError(f"{path.name} uses what is not run here: {named}", "Export a plain network of layers")
    return model


def _judge(model: Any, name: str, trained: Trained) -> FileJudge:
    """A classifier whose inputs and outputs fit a run."""
    from onnx.reference import ReferenceEvaluator

    weights = {each.name for each in model.graph.initializer}
    inputs = [each for each in model.graph.input if each.name not in weights]
    if len(inputs) != 1 or len(model.graph.output) != 1:
        raise DataError(
            f"{name} has {len(inputs)} inputs and {len(model.graph.output)} outputs", "One of each is needed"
        )
    shape = trained.image_shape
    dims = inputs[0].type.tensor_type.shape.dim
    sizes = [int(each.dim_value) for each in dims]
    wanted = {4: list(shape), 2: [int(np.prod(shape))]}.get(len(sizes))
    if wanted is None or any(size not in (0, want) for size, want in zip(sizes[1:], wanted, strict=True)):
        raise DataError(
            f"{name} takes {_size(sizes[1:])} numbers an image, and this run's images are {_size(shape)}",
            "Bring a classifier of images of that shape, channels first, on [0, 1]",
        )
    batch = sizes[0] if 0 < sizes[0] <= BATCH else BATCH
    if sizes[0] > BATCH:
        raise DataError(f"{name} takes {sizes[0]} images at once", f"Export it for any number, or at most {BATCH}")
    for each, size in zip(dims, [batch, *wanted], strict=True):
        each.Clear()
        each.dim_value = size
    classes = _sized(model, name, batch)
    try:
        evaluator = ReferenceEvaluator(model)
    except FAILURES as error:
        raise DataError(f"{name} cannot be set up: {_line(error)}", "Export the classifier as ONNX") from error
    names, order = _in_order_of(trained, _class_names(model, classes, trained))
    return FileJudge(evaluator, inputs[0].name, len(sizes) == 2, batch, names, printable(name), order=order)


def _sized(model: Any, name: str, batch: int) -> int:
    """How many classes it tells; every array on the way has a size that is known and not too large."""
    import onnx

    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    try:
        told = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True).graph
    except (onnx.shape_inference.InferenceError, *FAILURES) as error:
        raise DataError(f"{name} does not fit together: {_line(error)}", "Export it for this image size") from error
    known = {each.name: [int(dim.dim_value) for dim in each.type.tensor_type.shape.dim] for each in _values(told)}
    shapes = {each.name: list(each.dims) for each in told.initializer} | known
    kept = total = slow = 0.0
    for node in told.node:
        for output in filter(None, node.output):
            sizes = known.get(output)
            if sizes is None or any(size < 1 for size in sizes):
                raise DataError(
                    f"{name} works out {output[:40]!r}, whose size is not known", "Export it for this image size"
                )
            numbers = _numbers(sizes)
            patches = _patches(node, sizes, shapes)
            kept += numbers
            total += numbers + patches + sum(_numbers(shapes.get(each, [])) for each in node.input)
            slow += _one_by_one(node, numbers)
            if max(numbers, patches / 4) > MOST_NUMBERS or kept > MOST_KEPT or total > MOST_IN_ALL:
                raise DataError(f"{name} works out {_size(sizes)} numbers at once", "Bring a smaller classifier")
            if slow > MOST_ONE_BY_ONE:
                raise DataError(
                    f"{name} works out {_size(sizes)} numbers by {node.op_type}, which takes too long",
                    "Bring a smaller classifier, or one that pools by strides of its convolutions",
                )
    sizes = known.get(told.output[0].name, [])
    if len(sizes) != 2 or sizes[0] != batch or not 2 <= sizes[1] <= MOST_CLASSES:
        raise DataError(
            f"{name} gives {_size(sizes)} numbers for {batch} images", "A number for each of two classes at least"
        )
    return sizes[1]


def _numbers(sizes: Sequence[int]) -> float:
    return float(np.prod(np.array(sizes, np.float64)))


def _attribute(node: Any, name: str) -> list[int]:
    return [int(size) for each in node.attribute if each.name == name for size in each.ints]


def _patches(node: Any, sizes: list[int], shapes: dict[str, list[int]]) -> float:
    """Numbers of the patches that a convolution lays out: of every input channel, the gaps of a dilated one too."""
    if node.op_type != "Conv":
        return 0.0
    given, kernel = shapes.get(node.input[0], []), shapes.get(node.input[1], [])
    if len(given) < 2 or len(kernel) != len(given):
        return float("inf")
    gaps = _attribute(node, "dilations") or [1] * len(kernel[2:])
    spans = [(size - 1) * gap + 1 for size, gap in zip(kernel[2:], gaps, strict=False)]
    return _numbers(sizes) / sizes[1] * given[1] * _numbers(spans)


def _one_by_one(node: Any, numbers: float) -> float:
    """Numbers that a loop of Python goes through to work out so many."""
    if node.op_type in POOLS:
        return numbers * (PER_WINDOW + _numbers(_attribute(node, "kernel_shape")))
    return numbers if node.op_type == "Erf" else 0.0


def _values(graph: Any) -> Iterator[Any]:
    yield from graph.input
    yield from graph.value_info
    yield from graph.output


def _class_names(model: Any, count: int, trained: Trained) -> tuple[str, ...]:
    """Those that the file names, else the run's where there are as many, else numbers."""
    for each in model.metadata_props:
        if each.key == NAMES:
            try:
                named = parsed(each.value)
            except ValueError:
                continue
            if isinstance(named, list) and len(named) == count and all(isinstance(one, str) for one in named):
                return tuple(printable(one)[:200] for one in named)
    return trained.class_names if len(trained.class_names) == count else tuple(map(str, range(count)))


def _in_order_of(trained: Trained, names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[int, ...] | None]:
    """The run's classes, and which output is each, where these are the names of all of them; else the names."""
    if names == trained.class_names:
        return names, None
    found = match_classes(trained.class_names, names)
    if sorted(found.numbers.tolist()) != list(range(len(trained.class_names))):
        return names, None
    return trained.class_names, tuple(np.argsort(found.numbers).tolist())


def _tested(judge: FileJudge, trained: Trained, emit: Emit, stop: StopToken) -> Tested | None:
    """How often it is right; None where it tells other classes than the run's, or there is nothing to test it on."""
    if trained.data is None or judge.class_names != trained.class_names:
        return None
    images = trained.images("test")
    if images.labels is None or not len(images):
        return None
    rows = np.unique(np.linspace(0, len(images) - 1, min(len(images), MOST_TESTED)).round().astype(int))
    right = 0
    for start in range(0, len(rows), BATCH):
        stop.check()
        emit(Progress(start, len(rows), "testing the classifier"))
        some = rows[start : start + BATCH]
        found = judge.probabilities(np.asarray(images.images[some]), stop=stop)
        right += int((found.argmax(1) == images.labels[some]).sum())
    one = lopsided(np.asarray(images.labels[rows]), len(judge.class_names))
    return Tested(right / len(rows), len(rows), "held-out images", one)


def _size(sizes: Any) -> str:
    return " x ".join("any" if not size else f"{size:,}" for size in sizes) or "no"


def _line(error: Exception) -> str:
    return printable(str(error).strip().split("\n")[0])[:160] or type(error).__name__
