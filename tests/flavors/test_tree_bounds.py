"""A stranger's trees can't lead scikit-learn's native code outside of their data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.multioutput import RegressorChain
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from nbtrack.errors import MalformedModel
from nbtrack.flavors.estimator_files import read_estimator, write_estimator

X, y = load_iris(return_X_y=True)
FAR = 2**30


def with_node(tree: Any, **values: int) -> None:
    state = tree.__getstate__()
    for name, value in values.items():
        state["nodes"][name][0] = value
    tree.__setstate__(state)


def forged_tree(**values: int) -> DecisionTreeClassifier:
    model = DecisionTreeClassifier(max_depth=2).fit(X, y)
    with_node(model.tree_, **values)
    return model


def forged_forest() -> Any:
    model = RandomForestClassifier(3).fit(X, y)
    with_node(model.estimators_[2].tree_, feature=FAR)
    return make_pipeline(StandardScaler(), model)


def forest_of_wider_trees() -> RandomForestClassifier:
    model = RandomForestClassifier(3).fit(X, y)
    model.estimators_ = RandomForestClassifier(3).fit(np.hstack([X, X]), y).estimators_
    return model


def tree_of_narrower_rows() -> DecisionTreeClassifier:
    model = DecisionTreeClassifier().fit(X, y)
    model.n_features_in_ = 1
    return model


def boosting_of_wider_trees() -> GradientBoostingClassifier:
    model = GradientBoostingClassifier(n_estimators=2).fit(X, y)
    model.estimators_ = GradientBoostingClassifier(n_estimators=2).fit(np.hstack([X, X]), y).estimators_
    return model


def forged_histogram(**values: int) -> HistGradientBoostingClassifier:
    model = HistGradientBoostingClassifier(max_iter=2).fit(X, y)
    for name, value in values.items():
        model._predictors[0][0].nodes[name][0] = value
    return model


def forged_neighbors(place: int, change: Callable[[Any], None]) -> KNeighborsClassifier:
    model = KNeighborsClassifier(algorithm="kd_tree").fit(X, y)
    state = list(model._tree.__getstate__())
    state[place] = state[place].copy()
    change(state[place])
    model._tree.__setstate__(tuple(state))
    return model


def far_row(rows: Any) -> None:
    rows[3] = FAR


def far_end(nodes: Any) -> None:
    nodes["idx_end"][1] = FAR


def no_leaf(nodes: Any) -> None:
    nodes["is_leaf"][:] = 0


FORGED = {
    "child": lambda: forged_tree(left_child=FAR),
    "other child": lambda: forged_tree(right_child=-3),
    "circle": lambda: forged_tree(left_child=0),
    "feature": lambda: forged_tree(feature=4),
    "tree in a forest in a pipeline": forged_forest,
    "wider trees": forest_of_wider_trees,
    "narrower rows": tree_of_narrower_rows,
    "wider trees of boosting": boosting_of_wider_trees,
    "child in a histogram's tree": lambda: forged_histogram(right=FAR),
    "feature in a histogram's tree": lambda: forged_histogram(feature_idx=-1),
    "category of a number": lambda: forged_histogram(is_categorical=1, bitset_idx=0),
    "row of a neighbor": lambda: forged_neighbors(1, far_row),
    "range of neighbors": lambda: forged_neighbors(2, far_end),
    "depth of neighbors": lambda: forged_neighbors(2, no_leaf),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=list(FORGED))
def test_a_tree_that_points_outside_is_refused(forged: Callable[[], Any], tmp_path: Path) -> None:
    skops.io.dump(forged(), tmp_path / "model.skops")
    with pytest.raises(MalformedModel, match=r"model\.skops .* points outside of its data"):
        read_estimator(tmp_path, "model.skops", {"serialization_format": "skops"})


@pytest.mark.parametrize(
    ("estimator", "target"),
    [
        (BaggingClassifier(DecisionTreeClassifier(), max_features=2), y),
        (GradientBoostingClassifier(n_estimators=3), y),
        (HistGradientBoostingClassifier(max_iter=5), y),
        (IsolationForest(max_features=3), y),
        (KNeighborsClassifier(algorithm="ball_tree", leaf_size=1), y),
        (RandomForestClassifier(3, max_depth=1), np.c_[y, y]),
        (RegressorChain(DecisionTreeRegressor()), np.c_[y, y]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_tree_of_ones_own_is_read(estimator: Any, target: Any, tmp_path: Path) -> None:
    model = estimator.fit(X, target)
    file = write_estimator(model, tmp_path)
    read = read_estimator(tmp_path, file.name, file.section)
    assert file.name == "model.skops"
    assert np.array_equal(read.predict(X), model.predict(X))
