"""The terms that the families of the table name."""

from __future__ import annotations

import pytest

from latentexplorer.core.catalog import FAMILIES, Family, Term
from latentexplorer.core.config import ModelConfig
from latentexplorer.core.history import COLUMNS

TERMS = [(family, term) for family in FAMILIES for term in family.terms]


@pytest.mark.parametrize(("family", "term"), TERMS, ids=[f"{family.name}-{term.name}" for family, term in TERMS])
def test_a_term_has_columns_of_its_own_and_a_weight_that_can_be_set(family: Family, term: Term) -> None:
    assert not {f"{part}_{term.name}" for part in ("train", "test")} & set(COLUMNS)
    assert all(same == term for _, same in TERMS if same.name == term.name), "one name, two meanings"
    assert term.title and term.short and term.summary
    if isinstance(term.weight, str):
        assert term.weight in family.settings
        config = ModelConfig.model_validate({"family": family.name, term.weight: 2.5})
        assert config.term_weights[term.name] == 2.5
