"""Many fits in one run, and many runs with fits."""

from __future__ import annotations

import math

import pytest
import xgboost
from sklearn.datasets import load_diabetes

import nbtrack
from nbtrack.autolog import places
from nbtrack.autolog.places import FitPlaces
from nbtrack.autolog.training import training
from nbtrack.store import Store
from tests.autolog.runs import only_run


def test_of_many_trainings_in_a_run_the_first_have_models_and_all_have_metrics(
    autolog: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MAX_FITS_IN_A_RUN", 2)
    matrix = xgboost.DMatrix(*load_diabetes(return_X_y=True))
    with nbtrack.start_run() as run:
        for depth in (1, 2, 3, 4):
            xgboost.train({"max_depth": depth}, matrix, 1, evals=[(matrix, "train")], verbose_eval=False)
    found = only_run()
    entries = {entry.path for entry in nbtrack.list_artifacts(run.info.run_id)}
    assert entries == {"model", "Booster_2", "feature_importance.json", "Booster_2.feature_importance.json"}
    assert {key for key in found.data.params if "max_depth" in key} == {"max_depth", "Booster_2.max_depth"}
    assert {"train-rmse", *(f"Booster_{number}.train-rmse" for number in (2, 3, 4))} == set(found.data.metrics)
    assert found.data.tags["nbtrack.warning"] == places.ONLY_THE_FIRST


def test_fits_are_counted_by_run_and_of_very_many_runs_the_oldest_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "MAX_COUNTED_RUNS", 2)
    counted = FitPlaces()
    assert [counted.next(run_id, "Ridge").number for run_id in "abacab"] == [1, 1, 2, 1, 3, 1]


def test_what_a_training_sums_up_to_may_be_no_number(autolog: Store) -> None:
    with training("xgboost", "Booster", dict) as found:
        assert found is not None
        found.summary({"best_score": math.nan})
    assert math.isnan(only_run().data.metrics["best_score"])
