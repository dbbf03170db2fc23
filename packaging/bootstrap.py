#!/usr/bin/env python3
"""Set everything up on a fresh machine and start the program, or pass its tests. Standard library only.

    python3 packaging/bootstrap.py run        set up, then start the program (without a display: the demonstration)
    python3 packaging/bootstrap.py test       set up, then lint, types, import contracts and all tests
    python3 packaging/bootstrap.py test ...   set up, then the tests named, as pytest takes them (tests/models -k prior)
    python3 packaging/bootstrap.py lint       set up, then lint, types and import contracts only
    python3 packaging/bootstrap.py setup      set up only
    python3 packaging/bootstrap.py newest     `test` with the newest packages that are allowed, in an environment aside
    python3 packaging/bootstrap.py lock       write the versions of the environment to packaging/locked.txt
    python3 packaging/bootstrap.py lock newest   those of the newest packages, which `newest` has tried

What follows `run` is passed on to the program. The environment is `.venv` at the project's root, with the versions of
`packaging/locked.txt`; it is made once and renewed when that file or `pyproject.toml` changes, so a second call takes
seconds.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEWEST = sys.argv[1:2] == ["newest"] or sys.argv[1:3] == ["lock", "newest"]
VENV = ROOT / (".venv-newest" if NEWEST else ".venv")
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "latentexplorer-installed"
LOCK = ROOT / "packaging" / "locked.txt"

# torch chooses these itself, by machine and build.
NOT_LOCKED = ("latentexplorer", "pip", "nvidia-", "cuda-", "triton")
# Where other machines than these have other versions of a package.
ONLY_ON = {"torch": 'platform_machine == "x86_64"', "torchvision": 'platform_machine == "x86_64"'}

# Libraries that Qt loads from the system, and the Debian packages that bring them.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


def main() -> int:
    command, *rest = sys.argv[1:] or ["run"]
    if command not in ("run", "test", "lint", "setup", "newest", "lock"):
        print(__doc__)
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036  an older interpreter may well read this file
        return fail(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}", "Start this with a newer python3"
        )
    if command == "lock":
        return lock()
    steps = (make_environment, install_packages, install_qt_libraries, check_imports)
    # Reading the code needs no window, and is done before every commit.
    for step in steps[:2] if command == "lint" else steps:
        if code := step():
            return code
    if command == "setup":
        return 0
    if command == "run":
        return run(rest)
    if command == "test" and rest:
        return test(rest)
    return lint() or (0 if command == "lint" else test([]))


def make_environment() -> int:
    """Create `.venv` with pip in it."""
    if PYTHON.exists():
        return 0
    say("Making the environment .venv")
    # --clear: an environment that was cut off half-way is made anew.
    if call(sys.executable, "-m", "venv", "--clear", VENV):
        return fail("The environment could not be made", "On Debian and Ubuntu: apt install python3-venv")
    return 0


def install_packages() -> int:
    """Install the package (editable) with everything it needs, unless that has been done for what is asked now."""
    if not NEWEST and STAMP.exists() and STAMP.read_text() == fingerprint():
        return 0
    say("Installing the program and its dependencies (torch is large: some minutes the first time)")
    install = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", f"{ROOT}[dev]")
    if NEWEST:
        code = call(*install, "--upgrade", "--upgrade-strategy", "eager")
    elif code := call(*install, "--constraint", LOCK):
        say("Not all versions of packaging/locked.txt are to be had here: installing the newest that are allowed")
        code = call(*install)
    if code:
        return fail("Some package could not be installed (see above)", "Check the network, then run this again")
    STAMP.write_text(fingerprint())
    return 0


def fingerprint() -> str:
    """What the environment was made for."""
    content = (ROOT / "pyproject.toml").read_bytes() + LOCK.read_bytes() + f"{sys.version} {ROOT}".encode()
    return hashlib.sha256(content).hexdigest()


def lock() -> int:
    """Write the versions of the environment down, for all who set one up from now on."""
    if not STAMP.exists():
        return fail(f"There is no environment {VENV.name}", "Run the command `newest`" if NEWEST else "Run `test`")
    listed = [PYTHON, "-m", "pip", "--disable-pip-version-check", "list", "--format=freeze"]
    done = subprocess.run(listed, capture_output=True, text=True, check=False)
    if done.returncode:
        return fail(f"pip cannot list the packages: {done.stderr.strip()}", f"Delete the folder {VENV.name}")
    where = f"Python {sys.version_info[0]}.{sys.version_info[1]}, {platform.system()}, {platform.machine()}"
    LOCK.write_text(
        f"# Versions that the tests have passed with ({where}). Written by: python3 packaging/bootstrap.py lock\n"
        + "".join(f"{line}\n" for line in pins(done.stdout.splitlines())),
        encoding="utf-8",
    )
    say(f"Wrote {LOCK.relative_to(ROOT)}. Run `test` before it is committed")
    return 0


def pins(installed: list[str]) -> list[str]:
    """Lines of a constraints file from those of `pip list --format=freeze`."""
    found = []
    for line in installed:
        name, _, version = line.partition("==")
        if name.lower().startswith(NOT_LOCKED):
            continue
        # What stands behind a + says for which device a package was built.
        pin = f"{name}=={version.partition('+')[0]}"
        found.append(f"{pin} ; {ONLY_ON[name]}" if name in ONLY_ON else pin)
    return sorted(found, key=lambda pin: pin.partition("==")[0].lower())


def install_qt_libraries() -> int:
    """Install the system libraries that Qt needs where that is possible, else name them."""
    if not sys.platform.startswith("linux"):
        return 0
    missing = missing_qt_libraries()
    if not missing:
        return 0
    packages = sorted(QT_LIBRARIES[name] for name in missing)
    if apt := apt_command():
        say(f"Installing system libraries of Qt: {' '.join(packages)}")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        call(*apt, "update", "--quiet", environment=environment)
        call(*apt, "install", "--quiet", "--yes", "--no-install-recommends", *packages, environment=environment)
        missing = missing_qt_libraries()
    essential = [name for name in missing if not name.startswith(("libxcb", "libxkbcommon-x11"))]
    if missing:
        say(f"Qt lacks {', '.join(missing)}. On Debian and Ubuntu: sudo apt install {' '.join(packages)}")
    return 2 if essential else 0


def missing_qt_libraries() -> list[str]:
    """Libraries of the table that this system does not find."""
    code = (
        "import ctypes, sys\nfor name in sys.argv[1:]:\n    try: ctypes.CDLL(name)\n    except OSError: print(name)\n"
    )
    done = subprocess.run([PYTHON, "-c", code, *QT_LIBRARIES], capture_output=True, text=True, check=False)
    return done.stdout.split()


def apt_command() -> list[str]:
    """How to call apt here without a question, or nothing where that is not possible."""
    if not shutil.which("apt-get"):
        return []
    if os.geteuid() == 0:
        return ["apt-get"]
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n", "apt-get"]
    return []


def check_imports() -> int:
    """Make sure that the heavy packages work together."""
    done = subprocess.run(
        [PYTHON, "-c", "import torch, torchvision, PySide6.QtWidgets"], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return 0
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    if "torchvision::nms" in done.stderr:
        return fail(
            "torch and torchvision were built for different devices (a CPU-only torch beside a CUDA torchvision)",
            "Delete the folder .venv and run this again, so that both are resolved together",
        )
    return fail(f"The installed packages do not work: {last}", "Delete the folder .venv and run this again")


def run(rest: list[str]) -> int:
    """Start the program; without a display run the demonstration and say where its pictures are."""
    if has_display() or rest:
        return call(PYTHON, "-m", "latentexplorer", *rest)
    say("There is no display here: training the demonstration without a window")
    return call(PYTHON, "-m", "latentexplorer", "demo", "--out", ROOT / "demo")


def has_display() -> bool:
    """Whether a window can be shown."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def lint() -> int:
    """Style, types and import contracts."""
    for title, *command in (
        ("Lint", BIN / "ruff", "check", "."),
        ("Format", BIN / "ruff", "format", "--check", "--quiet", "."),
        ("Types", BIN / "mypy"),
        ("Import contracts", BIN / "lint-imports", "--no-cache"),
    ):
        say(title)
        if code := call(*command):
            return code
    return 0


def test(rest: list[str]) -> int:
    """All tests, as many at a time as there are cores; those that take longest are named at the end."""
    say("Tests")
    # Each process takes a gigabyte.
    processes = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)
    options = ["--durations=15", "--durations-min=1"]
    if processes > 1:
        options += [f"--numprocesses={processes}", "--dist=worksteal"]
    if NEWEST:
        options.append("--compile-all")
    return call(PYTHON, "-m", "pytest", *options, *rest)


def call(*command: object, environment: dict[str, str] | None = None) -> int:
    """Run a command from the project's root, its output shown as it comes."""
    return subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, check=False).returncode


def say(text: str) -> None:
    print(f"==> {text}", flush=True)


def fail(what: str, todo: str) -> int:
    print(f"{what}. {todo}.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
