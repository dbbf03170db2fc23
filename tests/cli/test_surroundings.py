"""Every command in a process whose streams, home or encoding are not what a terminal gives."""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.cli import COMMANDS, main
from latentexplorer.cli.common import listening
from latentexplorer.cli.train_command import _told
from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.surroundings import settled
from latentexplorer.runs import RunFolder
from tests.cli.conftest import Latentexplorer

PATIENCE_S = 600
"""For a process that hangs, not for one that a busy machine keeps waiting."""
PROGRAM = f"{sys.executable} -m latentexplorer"
ARGUMENTS = {
    "gui": "gui RUN --quit-after 0",
    "demo": "demo --help",
    "list": "list models",
    "guide": "guide maps",
    "loss": "loss RUN",
    "fit": "fit RUN test:0 --steps 2",
    "odd": "odd RUN --top 3",
    "compare": "compare RUN RUN",
    "attribute": "attribute RUN --from train:0-9 --to train:10-19",
    "mend": "mend RUN test:0 --missing left --steps 2",
    "swap": "swap --help",
    "sweep": "sweep --help",
    "check": "check IMAGES",
    "train": "train --preset digits-vae --set training.epochs=1 data.limit=40 --out OUT",
    "evaluate": "evaluate RUN",
    "figure": "figure loss RUN --out out.png",
    "encode": "encode RUN IMAGES --out codes.npz",
    "decode": "decode RUN CODES --out out.png",
    "sample": "sample RUN --count 2 --out out.png",
    "project": "project RUN --method pca --out out.csv",
    "report": "report --help",
    "export": "export RUN --out out.onnx",
    "reproduce": "reproduce --help",
}


def shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A line as a shell takes it."""
    own = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=own, capture_output=True, timeout=PATIENCE_S, check=False
    )


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("images") / "mine.npz"
    np.savez(path, images=np.zeros((2, 8, 8, 1), np.uint8))
    return path


def test_every_command_is_tried() -> None:
    assert set(ARGUMENTS) == set(COMMANDS)


# What Python finds when a shell starts it with `>&-`, `2>/dev/full`, `| true` and the like, one after another.
PROGRAM_OF_ALL = """
import json, os, sys
from pathlib import Path
from latentexplorer.cli import main

def stream(number, how):
    os.close(number)
    if how == "full":
        os.dup2(os.open("/dev/full", os.O_WRONLY), number)
    elif how == "reader gone":
        reading, writing = os.pipe()
        os.close(reading)
        os.dup2(writing, number)
    else:
        return None
    return open(number, "w", closefd=False)

kept = os.dup(2)
codes = {}
for out, err, names in json.loads(Path("streams").read_text()):
    sys.stdout, sys.stderr = stream(1, out), stream(2, err)
    for name, line in json.loads(Path("commands").read_text()).items():
        if name in names:
            codes[f"{name}, {out}, {err}"] = main([word.replace("OUT", f"{out}-{err}") for word in line.split()])
sys.stdout, sys.stderr = None, open(kept, "w")
Path("codes").write_text(json.dumps(codes))
"""
SOME = ["list", "train", "decode"]


def test_no_command_fails_for_want_of_somebody_to_tell(digits_run: Path, images: Path, tmp_path: Path) -> None:
    """Slow: a process of its own loads torch and calls every command."""
    np.save(tmp_path / "z.npy", np.zeros((2, 2), np.float32))
    words = {"RUN": str(digits_run), "IMAGES": str(images), "CODES": "z.npy"}
    lines = {name: " ".join(words.get(word, word) for word in line.split()) for name, line in ARGUMENTS.items()}
    (tmp_path / "commands").write_text(json.dumps(lines))
    every = [name for name in COMMANDS if name not in ("gui", "export")]
    streams = [("closed", "closed", every), ("closed", "full", SOME), ("reader gone", "reader gone", SOME)]
    (tmp_path / "streams").write_text(
        json.dumps([*streams, ("full", "closed", ["list"]), ("full", "closed", ["train"])])
    )
    (tmp_path / "program.py").write_text(PROGRAM_OF_ALL)
    done = shell(f"{sys.executable} program.py", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    codes = json.loads((tmp_path / "codes").read_text())
    # Results that cannot be told are an error, and the work is done all the same.
    assert {name for name, code in codes.items() if code} == {"list, full, closed", "train, full, closed"}
    for out, err, names in streams:
        made = tmp_path / f"{out}-{err}"
        assert (made / "model.safetensors").stat().st_size
        # Nothing that was meant for a stream is in a file that was opened instead.
        assert json.loads((made / "config.json").read_text())["training"]["epochs"] == 1
        assert len(names) < 5 or all((tmp_path / file).stat().st_size for file in ("out.png", "codes.npz", "out.csv"))


def test_a_shell_without_streams(tmp_path: Path) -> None:
    for streams in ("<&- >&- 2>&-", ">/dev/full", "| true", "2>&1 | true"):
        done = shell(f"{PROGRAM} list models {streams}", tmp_path)
        assert (done.returncode, done.stdout) == (2 if streams == ">/dev/full" else 0, b"")
        assert done.stderr.count(b"\n") == (1 if done.returncode else 0)


def test_without_any_streams_a_command_works_and_a_refusal_is_one(
    digits_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `pythonw` and services have it."""
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert main(["figure", "loss", str(digits_run), "--out", str(tmp_path / "loss.png")]) == 0
    assert main(["evaluate", str(tmp_path)]) == 2
    assert sys.stdout is None and sys.stderr is None


def test_a_window_without_display_and_streams_ends_with_a_code(tmp_path: Path) -> None:
    line = "import sys; from latentexplorer.gui.app import main; sys.exit(main(['missing']))"
    done = shell(f'unset DISPLAY WAYLAND_DISPLAY; {sys.executable} -c "{line}" >&- 2>&-', tmp_path, QT_QPA_PLATFORM="")
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("ascii", rb"gr\xf6\xdfe"), ("utf-8", "größe".encode()), ("latin-1", "größe".encode("latin-1"))],
)
def test_names_are_written_in_every_encoding(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, name: bytes
) -> None:
    folder = tmp_path / "größe"
    folder.mkdir()
    (folder / "mine.npz").write_bytes(images.read_bytes())
    told = io.BytesIO()
    with io.TextIOWrapper(told, encoding=encoding) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["check", str(folder / "mine.npz")]) == 0
        assert name + b"/mine.npz\n" in told.getvalue()
        assert stream.errors == "strict"


def test_a_name_that_is_no_text_is_written_as_it_is(images: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.npz")
    (tmp_path / name).write_bytes(images.read_bytes())
    done = shell(f"{PROGRAM} check caf*", tmp_path)
    assert done.returncode == 0 and b"caf\xe9.npz" in done.stdout


def test_nothing_is_said_of_a_home_a_locale_or_a_terminal(digits_run: Path, tmp_path: Path) -> None:
    odd = {"HOME": "/proc/nobody", "TMPDIR": "/nowhere", "COLUMNS": "1", "LINES": "0", "TERM": "dumb", "LC_ALL": "C"}
    unset = "unset XDG_CONFIG_HOME XDG_CACHE_HOME MPLCONFIGDIR"
    done = shell(f"{unset}; {PROGRAM} figure loss {digits_run} --out größe.png", tmp_path, **odd)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == "größe.png\n".encode()


@pytest.mark.parametrize("nobodys", ["/dev/null", "/proc/nobody"])
def test_where_a_home_cannot_be_written_to_matplotlib_has_a_folder_of_ours(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, nobodys: str
) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR"):
        # Set first, so that it is taken back whatever it was.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", nobodys)
    with settled():
        folder = Path(os.environ["MPLCONFIGDIR"])
    assert folder.is_relative_to(own_home) and folder.is_dir()


SLOW_FONTS = """
import threading
from latentexplorer.core.surroundings import settled

later = threading.Timer
threading.Timer = lambda wait, do, *more: later(0, do, *more)
with settled():
    from matplotlib import font_manager
"""


def test_nothing_is_said_of_fonts_that_take_long_to_look_through(tmp_path: Path) -> None:
    done = shell(f"{sys.executable} -c '{SLOW_FONTS}'", tmp_path, MPLCONFIGDIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_name_commands_no_terminal(latentexplorer: Latentexplorer, tmp_path: Path) -> None:
    code, _, said = latentexplorer("evaluate", tmp_path / "a\x1b[31m\u202eb\x9bc")
    assert code == 2 and r"a\x1b[31m\u202eb\x9bc" in said
    assert said.rstrip("\n").isprintable()


@pytest.mark.skipif(sys.platform == "win32", reason="nobody deletes a folder there in which a program is")
def test_a_folder_that_was_deleted_is_no_place_to_work_in(
    latentexplorer: Latentexplorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    code, _, said = latentexplorer("list", "presets")
    assert code == 2 and "is not there any more" in said and said.count("\n") == 1


def test_two_dashes_are_no_name(latentexplorer: Latentexplorer) -> None:
    code, _, said = latentexplorer("decode", "run", "--out=--")
    assert code == 2 and "--out: expected one argument" in said


def test_a_run_and_images_may_have_names_that_are_no_text(
    latentexplorer: Latentexplorer, digits_run: Path, images: Path, tmp_path: Path
) -> None:
    run = tmp_path / os.fsdecode(b"r\xff")
    shutil.copytree(digits_run, run)
    assert latentexplorer("figure", "loss", run, "--out", tmp_path / "x.png")[0] == 0
    folder = tmp_path / os.fsdecode(b"d\xfe")
    folder.mkdir()
    shutil.copy(images, folder / "mine.npz")
    own = ["data.name=images", f"data.path={folder / 'mine.npz'}", "training.epochs=1"]
    code, out, err = latentexplorer("train", "--preset", "digits-vae", "--out", tmp_path / "new", "--set", *own)
    assert (code, out.strip()) == (0, str(tmp_path / "new")), err
    assert latentexplorer("evaluate", tmp_path / "new")[0] == 0


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there are no terminals to be closed here")
@pytest.mark.parametrize("wished", [False, True], ids=["closed", "nohup"])
def test_a_terminal_that_is_closed_lets_work_save_unless_it_is_to_go_on(
    wished: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if wished else signal.SIG_DFL)
    try:
        with listening(argparse.Namespace(quiet=True)) as (_, stop):
            if wished:
                assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            else:
                # A shell that loses its terminal sends it once more, and the end of a session something else.
                for number in (signal.SIGHUP, signal.SIGHUP, signal.SIGTERM):
                    os.kill(os.getpid(), number)
                # Each is answered, so that nobody who asks once more believes that it was not heard.
                said = capsys.readouterr().err.split("\n")
                assert [line.split(" ")[0:2] for line in said if line] == [
                    ["stopping", "(Ctrl-C"],
                    *[["stopping", "already:"]] * 2,
                ]
            assert stop.requested != wished
            stop.request()
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_who_is_told_to_end_when_all_is_trained_has_finished(
    capsys: pytest.CaptureFixture[str], digits_run: Path
) -> None:
    stop = StopToken()
    stop.request()
    assert _told(argparse.Namespace(quiet=False), RunFolder.open(digits_run), stop) == 0
    assert "go on with" not in capsys.readouterr().err


def test_a_place_where_no_run_can_be_made_is_refused_before_images_are_read(
    latentexplorer: Latentexplorer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    for place, why in (("/proc/nobody/run", "cannot be made"), (tmp_path / "file" / "run", "is a file, not a folder")):
        code, _, err = latentexplorer("train", "--preset", "digits-vae", "--out", place)
        assert (code, err.count("\n")) == (2, 1) and why in err and str(place) in err


@pytest.mark.parametrize("columns", ["0", "1", "-5", "no number", "100000"])
def test_help_is_shown_at_every_width(
    latentexplorer: Latentexplorer, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for command in COMMANDS:
        code, out, err = latentexplorer(command, "--help")
        assert (code, err) == (0, "") and out.startswith("usage:")


def test_no_codes_make_an_array_and_no_picture(
    latentexplorer: Latentexplorer, digits_run: Path, tmp_path: Path
) -> None:
    np.save(tmp_path / "none.npy", np.zeros((0, 2), np.float32))
    code, _, err = latentexplorer("decode", digits_run, tmp_path / "none.npy", "--out", tmp_path / "x.png")
    assert (code, err.count("\n")) == (2, 1) and "no codes" in err and not (tmp_path / "x.png").exists()
    assert latentexplorer("decode", digits_run, tmp_path / "none.npy", "--out", tmp_path / "x.npz")[0] == 0
    with np.load(tmp_path / "x.npz") as file:
        assert file["images"].shape == (0, 8, 8, 1)


@pytest.mark.parametrize("images", ["one", "all the same"])
def test_no_advice_on_collapse_where_one_code_is_right(
    latentexplorer: Latentexplorer, tmp_path: Path, images: str
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 1), np.uint8)
    np.savez(tmp_path / "mine.npz", images=pixels if images == "one" else np.repeat(pixels, 12, axis=0))
    settings = ["data.name=images", f"data.path={tmp_path / 'mine.npz'}", "model.beta=100000", "training.epochs=9"]
    code, _, err = latentexplorer("train", "--preset", "digits-vae", "--set", *settings, "--out", tmp_path / "run")
    assert code == 0 and "collapsed" not in err + (tmp_path / "run" / "log.txt").read_text()
    code, out, _ = latentexplorer("evaluate", tmp_path / "run", "--quiet")
    assert code == 0 and "collapsed" not in out
