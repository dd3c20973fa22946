from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_matrix, csr_matrix

from nbtrack.data import describe_dataset, is_dataset

FRAME = pd.DataFrame({"n": [1, 2], "x": [0.5, np.nan], "t": ["a", None], "d": pd.to_datetime(["2024-01-01", None])})
KINDS = [
    FRAME,
    FRAME["t"],
    FRAME.astype({"t": "category"}),
    pd.DataFrame(np.zeros((2, 2)), columns=["a", "a"]),
    pd.DataFrame({0: [1], ("b", 1): [2]}),
    pd.DataFrame(),
    pd.DataFrame({"tz": pd.date_range("2024", periods=2, tz="UTC"), "i": pd.array([1, None], "Int64")}),
    np.zeros((3, 2)),
    np.arange(3),
    np.array(["a", None], object),
    np.array(["a", "b"]),
    np.array(["2024-01-01"], "datetime64[D]"),
    np.zeros((2, 0)),
    np.zeros((4, 4))[::2, ::2],
    csr_matrix(np.eye(3)),
    coo_matrix(np.eye(3)),
]


@pytest.mark.parametrize("value", KINDS, ids=lambda value: f"{type(value).__name__}{value.shape}")
def test_data_of_every_kind_has_a_digest_of_its_content(value) -> None:
    assert is_dataset(value)
    found = describe_dataset(value, name="d")
    assert found.shape == value.shape
    assert found.digest == describe_dataset(value.copy(), name="other").digest


def test_other_content_has_another_digest() -> None:
    changed = FRAME.copy()
    changed.loc[0, "x"] = 0.25
    renamed = FRAME.rename(columns={"n": "m"})
    digests = {describe_dataset(value, name="d").digest for value in (FRAME, changed, renamed, FRAME[["n"]])}
    assert len(digests) == 4


@pytest.mark.parametrize("value", [None, 1, "x", [1, 2], {"a": 1}, np.float64(1), np.array(1.0)])
def test_what_is_no_dataset_is_told_apart(value) -> None:
    assert not is_dataset(value)
