"""`python -m latentexplorer`: the same as the command `latentexplorer`."""

import sys

from latentexplorer.cli import main

sys.exit(main())
