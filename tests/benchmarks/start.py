"""From the start of the process to the first painted window, and to ready to train.

    python -m tests.benchmarks.start

Against `python -c "import torch, torchvision, matplotlib.pyplot"`, which a notebook waits for. Ours is the program's
own `latentexplorer gui` with the shipped example run, on a real display or Xvfb; a clock is connected to the window's
`painted` signal, which comes after everything was drawn once, and to the session's `ready`, which says that the
libraries are loaded. Each is started once before, so that files are in the disk cache for both, and what Python has
compiled is kept, as it is where the program was installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.bench import ROOT, Options, Row, alternate, median, run, spread

CHILD = """
import sys, time
from latentexplorer.cli import main
import latentexplorer.gui.app as app

class Clocked(app.Window):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.frame.painted.connect(self.tell_painted)
        self.session.libraries.ready.connect(self.tell_ready)
    def tell_painted(self):
        print("painted", time.monotonic(), flush=True)
    def tell_ready(self, device):
        print("ready", time.monotonic(), flush=True)
        app.QTimer.singleShot(0, self.frame.close)

app.Window = Clocked
sys.exit(main(["gui"]))
"""
"""`Window` is the class that `run_window` opens: all else is what a person starts."""

NOTEBOOK = "import torch, torchvision, matplotlib.pyplot, time; print('ready', time.monotonic(), flush=True)"
SPARE_S = 0.5


def measure(options: Options) -> list[Row]:
    """Window and import, in turn."""
    from tests.benchmarks.window import NO_DISPLAY, display

    with display() as screen:
        if not screen:
            return [Row("start", note=NO_DISPLAY)]
        compiled = options.home / "compiled"
        for code in (CHILD, NOTEBOOK):
            _started(code, compiled)
        mine, their = alternate(
            options.repeats, lambda: _started(CHILD, compiled), lambda: _started(NOTEBOOK, compiled), what="start"
        )
    painted, ready = [one["painted"] for one in mine], [one["ready"] for one in mine]
    imported = [one["ready"] for one in their]
    window, whole, other = median(painted), median(ready), median(imported)
    return [
        Row(
            "start to the painted window",
            "s",
            window,
            other,
            other / window,
            "2x",
            window <= other / 2,
            f"{spread(imported, painted)}; {screen}",
        ),
        Row(
            "start to ready to train",
            "s",
            whole,
            other,
            other / whole,
            f"at most {SPARE_S:g} s more",
            whole <= other + SPARE_S,
            f"{spread(imported, ready)}; ready: torch is loaded and the example run is open",
        ),
    ]


def _started(code: str, compiled: Path) -> dict[str, float]:
    """Seconds from before the process was made to each line it printed. The clock is the same in all processes."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept["PYTHONPYCACHEPREFIX"] = str(compiled)
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=kept, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise SystemExit(done.stderr)
    lines = [line.split() for line in done.stdout.splitlines()]
    return {name: float(when) - begin for name, when in lines}


if __name__ == "__main__":
    sys.exit(run(__doc__, measure))
