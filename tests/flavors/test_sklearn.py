from __future__ import annotations

import json
import os
import pickle
import shutil
import threading
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from nbtrack.errors import MalformedModel, NoFlavor, SignatureMismatch, UnsavableModel, UntrustedModel
from nbtrack.flavors import load_model, load_pyfunc, save_model
from nbtrack.flavors.contract import FlavorContract
from nbtrack.models import Model, infer_signature, sign

X, y = load_iris(return_X_y=True, as_frame=True)


class TestSkops(FlavorContract):
    flavor_name = "sklearn"
    requirements = frozenset({"scikit-learn", "numpy", "scipy", "skops", "pandas"})

    @pytest.fixture
    def model(self) -> Any:
        return LogisticRegression(max_iter=500).fit(X, y)

    @pytest.fixture
    def given(self) -> Any:
        return X

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return model.predict(X)


class TestCloudpickle(TestSkops):
    requirements = frozenset({"scikit-learn", "numpy", "scipy", "cloudpickle", "pandas"})

    @pytest.fixture
    def model(self) -> Any:
        return make_pipeline(FunctionTransformer(lambda frame: frame * 2), LogisticRegression(max_iter=500)).fit(X, y)


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(n_estimators=5),
        GradientBoostingClassifier(n_estimators=5),
        HistGradientBoostingClassifier(max_iter=5),
        SVC(),
        KNeighborsClassifier(),
        MLPClassifier(max_iter=1000, tol=0.1, hidden_layer_sizes=(4,)),
        GaussianProcessClassifier(),
        KMeans(n_clusters=3, n_init=1),
        GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}, cv=2),
        make_pipeline(make_column_transformer((StandardScaler(), [0, 1])), LogisticRegression()),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_estimators_of_scikit_learn_need_no_pickle_and_load_where_nobody_signed_them(
    estimator: Any, tmp_path: Path
) -> None:
    fitted = estimator.fit(X, y)
    document = save_model(fitted, tmp_path / "m")
    assert document.flavors["sklearn"]["serialization_format"] == "skops"
    (tmp_path / "m" / ".nbtrack-signature.json").unlink()
    np.testing.assert_array_equal(load_pyfunc(tmp_path / "m").predict(X), fitted.predict(X))


class Shout(ClassifierMixin, BaseEstimator):
    def fit(self, X: Any, y: Any) -> Shout:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), dtype=int)


def test_an_estimator_of_the_user_is_pickled_and_only_loads_signed(tmp_path: Path) -> None:
    document = save_model(Shout().fit(X, y), tmp_path / "m")
    assert document.flavors["sklearn"]["serialization_format"] == "cloudpickle"
    assert list(load_pyfunc(tmp_path / "m").predict(X[:2])) == [0, 0]
    (tmp_path / "m" / ".nbtrack-signature.json").unlink()
    with pytest.raises(UntrustedModel, match=r"not signed.*nbtrack trust"):
        load_model(tmp_path / "m")


def test_a_stranger_can_not_sign_for_this_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_model(Shout().fit(X, y), tmp_path / "m")
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "another"))
    with pytest.raises(UntrustedModel, match="another key"):
        load_model(tmp_path / "m")


def test_a_hostile_pickle_never_runs(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "owned"),)

    save_model(Shout().fit(X, y), tmp_path / "m")
    (tmp_path / "m" / "model.pkl").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(UntrustedModel):
        load_pyfunc(tmp_path / "m")
    assert not (tmp_path / "owned").exists()


def test_a_skops_file_of_unknown_types_needs_a_signature_whatever_its_own_list_of_trusted_types_says(
    tmp_path: Path,
) -> None:
    save_model(LogisticRegression(max_iter=500).fit(X, y), tmp_path / "m")
    skops_file = tmp_path / "m" / "model.skops"
    with zipfile.ZipFile(skops_file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(parts["schema.json"])
    schema["__class__"], schema["__module__"] = "Popen", "subprocess"
    with zipfile.ZipFile(skops_file, "w") as archive:
        for name, content in {**parts, "schema.json": json.dumps(schema).encode()}.items():
            archive.writestr(name, content)
    document = Model.load(tmp_path / "m")
    section = {**document.flavors["sklearn"], "skops_trusted_types": ["subprocess.Popen"]}
    document.replace(flavors={**document.flavors, "sklearn": section}).save(tmp_path / "m")
    (tmp_path / "m" / ".nbtrack-signature.json").unlink()
    with pytest.raises(UntrustedModel, match=r"subprocess\.Popen"):
        load_model(tmp_path / "m")


@pytest.mark.parametrize("stated", [None, [], 5, [{}, "subprocess.Popen"]])
def test_reviewed_types_are_read_whatever_the_list_of_trusted_types_says(tmp_path: Path, stated: object) -> None:
    forest = RandomForestClassifier(3, random_state=0).fit(X, y)
    document = save_model(forest, tmp_path / "m")
    section = {**document.flavors["sklearn"], "skops_trusted_types": stated}
    document.replace(flavors={**document.flavors, "sklearn": section}).save(tmp_path / "m")
    (tmp_path / "m" / ".nbtrack-signature.json").unlink()
    np.testing.assert_array_equal(load_model(tmp_path / "m").predict(X), forest.predict(X))


def test_a_truncated_skops_file_without_a_signature_is_malformed(tmp_path: Path) -> None:
    save_model(LogisticRegression(max_iter=500).fit(X, y), tmp_path / "m")
    (tmp_path / "m" / ".nbtrack-signature.json").unlink()
    skops_file = tmp_path / "m" / "model.skops"
    skops_file.write_bytes(skops_file.read_bytes()[:500])
    with pytest.raises(MalformedModel, match="no whole skops file"):
        load_model(tmp_path / "m")


def test_a_file_outside_of_the_folder_is_never_opened(tmp_path: Path) -> None:
    save_model(LogisticRegression(max_iter=500).fit(X, y), tmp_path / "m")
    shutil.copy(tmp_path / "m" / "model.skops", tmp_path / "outside.skops")
    text = (tmp_path / "m" / "MLmodel").read_text().replace("model.skops", "../outside.skops")
    (tmp_path / "m" / "MLmodel").write_text(text)
    sign(tmp_path / "m")
    with pytest.raises(MalformedModel, match="outside of the folder"):
        load_model(tmp_path / "m")


def test_pickles_can_be_forbidden_altogether(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_model(Shout().fit(X, y), tmp_path / "m")
    monkeypatch.setenv("NBTRACK_ALLOW_PICKLE", "never")
    with pytest.raises(UntrustedModel, match="NBTRACK_ALLOW_PICKLE=never"):
        load_model(tmp_path / "m")


def test_a_model_that_can_not_be_pickled_says_which_attribute(tmp_path: Path) -> None:
    model = Shout().fit(X, y)
    model.inner_ = {"locks": [threading.Lock()]}
    with pytest.raises(UnsavableModel, match=r"inner_\['locks'\]\[0\]"):
        save_model(model, tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_an_unfitted_estimator_is_saved_with_a_warning(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="not fitted"):
        save_model(LogisticRegression(), tmp_path / "m")
    assert isinstance(load_model(tmp_path / "m"), LogisticRegression)


def test_a_transformer_loads_natively_and_says_that_it_can_not_predict(tmp_path: Path) -> None:
    save_model(StandardScaler().fit(X), tmp_path / "m")
    assert isinstance(load_model(tmp_path / "m"), StandardScaler)
    with pytest.raises(MalformedModel, match="can't predict"):
        load_pyfunc(tmp_path / "m")


def test_an_input_example_gives_the_signature_and_both_example_files(tmp_path: Path) -> None:
    fitted = LogisticRegression(max_iter=500).fit(X, y)
    save_model(fitted, tmp_path / "m", input_example=X[:2])
    document = Model.load(tmp_path / "m")
    assert document.signature == infer_signature(X[:2], fitted.predict(X[:2]))
    served = json.loads((tmp_path / "m" / "serving_input_example.json").read_text())
    assert served["dataframe_split"]["columns"] == list(X.columns)


def test_columns_are_put_in_the_order_of_the_signature_and_extra_ones_dropped(tmp_path: Path) -> None:
    fitted = LogisticRegression(max_iter=500).fit(X, y)
    save_model(fitted, tmp_path / "m", signature=infer_signature(X))
    loaded = load_pyfunc(tmp_path / "m")
    shuffled = X[X.columns[::-1]].assign(extra="x")
    np.testing.assert_array_equal(loaded.predict(shuffled), fitted.predict(X))
    with pytest.raises(SignatureMismatch, match="petal width"):
        loaded.predict(X.drop(columns="petal width (cm)"))
    with pytest.raises(SignatureMismatch, match=r"'sepal length \(cm\)' must be double and holds string"):
        loaded.predict(X.assign(**{"sepal length (cm)": "long"}))


def test_an_object_of_no_flavor_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NoFlavor, match="DataFrame"):
        save_model(pd.DataFrame(), tmp_path / "m")


def test_saving_the_same_model_in_many_threads_leaves_one_key(tmp_path: Path) -> None:
    fitted = Shout().fit(X, y)
    threads = [threading.Thread(target=save_model, args=(fitted, tmp_path / f"m{i}")) for i in range(8)]
    with warnings.catch_warnings():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(list(load_pyfunc(tmp_path / f"m{i}").predict(X[:1])) == [0] for i in range(8))
    assert [path.name for path in (tmp_path / "key").iterdir()] == ["model-signing.key"]
