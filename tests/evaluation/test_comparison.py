"""Runs side by side."""

import math

import pytest

from nbtrack.errors import EvaluationError
from nbtrack.evaluation import ComparedRun, compare

SHALLOW = ComparedRun("shallow", {"depth": "2", "seed": "0", "only": "x"}, {"f1": 0.8, "loss": math.nan})
DEEP = ComparedRun("deep", {"depth": "8", "seed": "0"}, {"f1": 0.9, "loss": math.nan})


def test_rows_that_differ_come_first_and_then_by_key():
    comparison = compare([SHALLOW, DEEP])
    assert [(row.key, row.values, row.differs) for row in comparison.params] == [
        ("depth", ("2", "8"), True),
        ("only", ("x", None), True),
        ("seed", ("0", "0"), False),
    ]


def test_nan_is_the_same_as_nan():
    differs = {row.key: row.differs for row in compare([SHALLOW, DEEP]).metrics}
    assert differs == {"f1": True, "loss": False}


def test_one_run_differs_from_nobody():
    assert not any(row.differs for row in compare([SHALLOW]).params)


def test_nothing_to_compare_is_an_error():
    with pytest.raises(EvaluationError, match="name at least one run"):
        compare([])


def test_a_comparison_shows_itself_everywhere():
    comparison = compare([ComparedRun("<i>", {"a": "<b>"}, {"f1": 0.5}), DEEP])
    assert "* f1" in repr(comparison)
    assert "<b>" not in comparison._repr_html_()
    assert comparison.frame().loc[("metric", "f1"), "deep"] == 0.9
    assert comparison.plot().axes[0].get_title(loc="left") == "f1"
