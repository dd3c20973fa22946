from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

h2o = pytest.importorskip("h2o", reason="H2O is installed by `make test-frameworks`")

from h2o.automl import H2OAutoML  # noqa: E402
from h2o.estimators import H2OGeneralizedLinearEstimator, H2OGradientBoostingEstimator  # noqa: E402

import nbtrack  # noqa: E402
from nbtrack.errors import MalformedModel, MissingPackage, ModelError, UnsavableModel, UntrustedModel  # noqa: E402
from nbtrack.flavors import inspect_model, load_model, load_pyfunc, save_model  # noqa: E402
from nbtrack.flavors.contract import FlavorContract  # noqa: E402
from nbtrack.flavors.h2o import connect  # noqa: E402
from nbtrack.models import SIGNATURE, Model, read_yaml, sign  # noqa: E402
from tests.frameworks.programs import needs_java, without_programs  # noqa: E402

pytestmark = [
    needs_java,
    # H2O leaves files open.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

X, y = load_iris(return_X_y=True, as_frame=True)
FRAME = X.assign(soil=y.map({0: "clay", 1: "loam", 2: "sand"}))


@pytest.fixture(scope="module")
def forest() -> Any:
    connect({"nthreads": 2, "max_mem_size": "1g", "port": 54421})
    h2o.no_progress()
    model = H2OGradientBoostingEstimator(ntrees=3, seed=1)
    model.train(y="grower", training_frame=h2o.H2OFrame(FRAME.assign(grower=y.map(lambda label: f"grower {label}"))))
    return model


def keys_of_the_cluster() -> set[str]:
    with pytest.warns(h2o.exceptions.H2ODependencyWarning):
        return set(h2o.ls()["key"])


def own_answer(model: Any, frame: pd.DataFrame) -> Any:
    with pytest.warns(h2o.exceptions.H2ODependencyWarning):
        return model.predict(h2o.H2OFrame(frame)).as_data_frame()


class TestH2O(FlavorContract):
    flavor_name = "h2o"
    requirements = frozenset({"h2o", "pandas"})

    def assert_same(self, answer: Any, wanted: Any) -> None:
        pd.testing.assert_frame_equal(answer, wanted, check_exact=True)

    @pytest.fixture
    def model(self, forest: Any) -> Any:
        return forest

    @pytest.fixture
    def given(self) -> Any:
        return FRAME

    @pytest.fixture
    def wanted(self, forest: Any) -> Any:
        return own_answer(forest, FRAME)


@pytest.fixture(autouse=True)
def _key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))


def test_predictions_keep_the_index_and_leave_nothing_in_the_cluster(forest: Any, tmp_path: Path) -> None:
    nbtrack.h2o.save_model(h2o_model=forest, path=tmp_path / "m")
    loaded = load_pyfunc(tmp_path / "m")
    rows = FRAME.iloc[50:53].set_index(pd.Index(["a", "b", "c"]))
    loaded.predict(rows)  # what the cluster keeps of the model itself is there now
    before = keys_of_the_cluster()
    assert list(loaded.predict(rows).index) == ["a", "b", "c"]
    assert {key.partition("_")[0] for key in keys_of_the_cluster() - before} <= {"modelmetrics"}  # H2O's own


def test_an_array_has_the_features_in_their_order(tmp_path: Path) -> None:
    model = H2OGeneralizedLinearEstimator(seed=1)
    model.train(y="y", training_frame=h2o.H2OFrame(X.assign(y=y)))
    save_model(model, tmp_path / "m", input_example=X[:3])
    predicted = load_pyfunc(tmp_path / "m").predict(X)
    save_model(model, tmp_path / "plain")
    pd.testing.assert_frame_equal(load_pyfunc(tmp_path / "plain").predict(X.to_numpy()), predicted)
    signature = Model.load(tmp_path / "m").signature
    assert signature is not None and signature.outputs is not None


def test_progress_bars_are_as_the_user_left_them(forest: Any, tmp_path: Path, capfd: Any) -> None:
    save_model(forest, tmp_path / "m")
    h2o.show_progress()
    try:
        load_pyfunc(tmp_path / "m").predict(FRAME[:3])
        assert "progress" not in capfd.readouterr().out
        h2o.H2OFrame(FRAME[:3])
        assert "Parse progress" in capfd.readouterr().out
    finally:
        h2o.no_progress()


def test_nothing_in_the_folder_says_where_it_was(forest: Any, tmp_path: Path) -> None:
    nbtrack.h2o.save_model(forest, tmp_path / "m", settings={"init": {"nthreads": 1}})
    settings = read_yaml(tmp_path / "m" / "model.h2o" / "h2o.yaml")
    assert settings == {"init": {"nthreads": 1}, "model_file": forest.model_id}
    section = Model.load(tmp_path / "m").flavors["h2o"]
    assert (section["h2o_version"], section["data"]) == (h2o.__version__, "model.h2o")


def test_nothing_of_a_strangers_folder_reaches_java(forest: Any, tmp_path: Path) -> None:
    save_model(forest, tmp_path / "m")
    (tmp_path / "m" / SIGNATURE).unlink()
    with pytest.raises(UntrustedModel, match="Java makes objects"):
        load_model(tmp_path / "m")
    assert any("Java" in line for line in inspect_model(tmp_path / "m").runs)


def test_a_damaged_model_is_told_even_where_it_is_trusted(forest: Any, tmp_path: Path) -> None:
    save_model(forest, tmp_path / "m")
    file = tmp_path / "m" / "model.h2o" / forest.model_id
    whole = file.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:3], b"", bytes(1000)):
        file.write_bytes(content)
        sign(tmp_path / "m")
        with pytest.raises(MalformedModel, match="no whole model of H2O"):
            load_model(tmp_path / "m")
    for settings in ("[1]", "model_file: ../../elsewhere", "model_file: missing", "init: 3", "{}"):
        (file.parent / "h2o.yaml").write_text(settings)
        sign(tmp_path / "m")
        with pytest.raises(MalformedModel):
            load_model(tmp_path / "m")


def test_another_version_of_h2o_is_named_with_what_to_install(forest: Any, tmp_path: Path) -> None:
    document = save_model(forest, tmp_path / "m")
    section = {**document.flavors["h2o"], "h2o_version": "3.44.0.3"}
    document.replace(flavors={**document.flavors, "h2o": section}).save(tmp_path / "m")
    sign(tmp_path / "m")
    with pytest.raises(MissingPackage, match=r"only the H2O that wrote it.*pip install 'h2o==3\.44\.0\.3'"):
        load_model(tmp_path / "m")


def test_what_is_no_trained_model_says_so(forest: Any, tmp_path: Path) -> None:
    with pytest.raises(UnsavableModel, match=r"train\(\) first"):
        save_model(H2OGradientBoostingEstimator(), tmp_path / "m")
    for other in (H2OAutoML(), h2o.H2OFrame({"a": [1]})):
        with pytest.raises(UnsavableModel, match="leader"):
            save_model(other, tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_without_java_it_says_what_to_install(forest: Any, tmp_path: Path) -> None:
    nbtrack.h2o.save_model(forest, tmp_path / "m", settings={"init": {"port": 54471}})
    told = without_programs(
        "import sys; from nbtrack.flavors import load_model; load_model(sys.argv[1])", str(tmp_path / "m")
    )
    assert "MissingProgram: H2O needs Java" in told and "JAVA_HOME" in told


def test_settings_that_h2o_does_not_know_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(h2o, "connection", lambda: None)
    with pytest.raises(ModelError, match=r"can't be started, with the settings \{'colour': 'red'\}"):
        connect({"colour": "red"})


@pytest.mark.filterwarnings("ignore")
def test_models_go_to_mlflow_and_come_from_it(forest: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow
    import mlflow.h2o as mlflow_h2o

    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    nbtrack.h2o.save_model(forest, tmp_path / "ours", settings={"init": {"port": 54421}})
    # With requirements given, since else MLflow loads the model in a new process to find them.
    mlflow_h2o.save_model(forest, str(tmp_path / "theirs"), settings={"init": {"port": 54421}}, pip_requirements=[])
    sign(tmp_path / "theirs")  # as `nbtrack trust` does
    wanted = own_answer(forest, FRAME)
    for folder in (tmp_path / "ours", tmp_path / "theirs"):
        pd.testing.assert_frame_equal(load_pyfunc(folder).predict(FRAME), wanted, check_exact=True)
        pd.testing.assert_frame_equal(mlflow.pyfunc.load_model(str(folder)).predict(FRAME), wanted, check_exact=True)
        assert np.shape(mlflow_h2o.load_model(str(folder)).varimp())[0] > 0
