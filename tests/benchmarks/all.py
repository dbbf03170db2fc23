"""All benchmarks, each as a process of its own, in one table.

    python -m tests.benchmarks.all [--json] [--quick] [--only NAME ...] [--figure scale.png]

Takes an hour or two on two cores; nothing else should be running. A benchmark that fails is a row that says so, and the
exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import Any

from tests.benchmarks.bench import ROOT, Row, add_common, say, table

BENCHMARKS = (
    "train_autodecoder",
    "train_vae",
    "train_conv_vae",
    "scale",
    "fit_code",
    "calibration",
    "projection",
    "decode",
    "interaction",
    "instruments",
    "start",
    "overhead",
    "processes",
)


def main() -> int:
    """Run them one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser)
    parser.add_argument(
        "--only", nargs="+", choices=BENCHMARKS, metavar="NAME", help=f"some of: {', '.join(BENCHMARKS)}"
    )
    parser.add_argument("--figure", metavar="FILE.png", help="where scale draws its figure")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for name in BENCHMARKS:
        if options.only and name not in options.only:
            continue
        command = [sys.executable, "-m", f"tests.benchmarks.{name}", "--json"]
        command += ["--quick"] * options.quick
        command += ["--repeats", str(options.repeats)] if options.repeats else []
        command += ["--figure", options.figure] if options.figure and name == "scale" else []
        say(" ".join(command[2:]))
        begin = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        say(f"{name}: {time.monotonic() - begin:.0f} s")
        rows += json.loads(done.stdout) if done.returncode == 0 else [_failed(name, done.returncode)]
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        for where in dict.fromkeys(row["machine"] for row in rows if row["machine"]):
            print(where)
        print(table([Row(**{key: value for key, value in row.items() if key != "machine"}) for row in rows]))
    return int(any(row["machine"] == "" for row in rows))


def _failed(name: str, code: int) -> dict[str, Any]:
    note = f"failed with exit code {code}; what it said is above"
    return {**vars(Row(name, met=False, note=note)), "machine": ""}


if __name__ == "__main__":
    sys.exit(main())
