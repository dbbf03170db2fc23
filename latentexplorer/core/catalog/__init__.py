"""What a run may ask for: the model families and the data sources, each with what it can do and where its code is.

The tables hold no code of the models or sources themselves, so the command line and the window know every choice
before torch is imported. A new model or source is one module and one entry here.
"""

from latentexplorer.core.catalog.families import FAMILIES, LIKELIHOODS, PRIORS, Family, Term
from latentexplorer.core.catalog.sources import SOURCES, Source

__all__ = ["FAMILIES", "LIKELIHOODS", "PRIORS", "SOURCES", "Family", "Source", "Term"]
