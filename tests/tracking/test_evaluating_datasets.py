from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

import nbtrack

COLUMNS = {"x": [0.0, 1.0, 2.0, 3.0] * 5, "y": [1.0, 2.0, 3.0, 5.0] * 5, "p": [1.0, 2.0, 3.0, 4.0] * 5}
DATASETS = {
    "pandas": lambda: nbtrack.data.from_pandas(pd.DataFrame(COLUMNS), targets="y", predictions="p", name="held out"),
    "polars": lambda: nbtrack.data.from_polars(pl.DataFrame(COLUMNS), targets="y", predictions="p", name="held out"),
}


class Successor:
    def predict(self, data: pd.DataFrame) -> Any:
        assert list(data.columns) == ["x"]
        return data["x"] + 1


@pytest.mark.usefixtures("store", "isolated")
@pytest.mark.parametrize("library", DATASETS)
def test_a_dataset_brings_its_targets_and_predictions(library: str) -> None:
    dataset = DATASETS[library]()
    for model in (None, Successor()):
        with nbtrack.start_run() as run:
            result = nbtrack.evaluate(model, dataset, model_type="regressor", explain=False)
        assert result.metrics["max_error"] == 1.0
        (used,) = nbtrack.get_run(run.info.run_id).inputs.dataset_inputs
        assert (used.dataset.name, used.dataset.digest, used.context) == ("held out", dataset.digest, "evaluation")
