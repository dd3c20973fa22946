"""What patching leaves of scikit-learn while autolog is on, and after it."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import check_estimator

import nbtrack
from nbtrack.store import Store
from tests.autolog.runs import only_run

X, y = load_iris(return_X_y=True)

SNAPSHOT = """
    import sys, types
    def snapshot():
        found = {}
        seen = set()
        def note(name, value):
            found[name] = value
            if isinstance(value, types.FunctionType):
                for index, cell in enumerate(value.__closure__ or ()):
                    try:
                        found[f"{name} cell {index}"] = cell.cell_contents
                    except ValueError:
                        pass
            elif not isinstance(value, type) and hasattr(value, "fn"):
                found[f"{name} fn"] = value.fn
        for module_name, module in sorted(sys.modules.items()):
            if module_name.partition(".")[0] != "sklearn":
                continue
            for name, value in list(vars(module).items()):
                if name == "_threadpool_controller":
                    continue  # made by the first fit
                note(f"{module_name}.{name}", value)
                if isinstance(value, type) and value.__module__.startswith("sklearn") and value not in seen:
                    seen.add(value)
                    for key, member in vars(value).items():
                        if key not in ("__doc__", "_abc_impl"):
                            note(f"{value.__module__}.{value.__qualname__}.{key}", member)
        return found
    def differences(before, after):
        keys = before.keys() | after.keys()
        return sorted(key for key in keys if before.get(key, keys) is not after.get(key, keys))
    def load():
        import sklearn.ensemble, sklearn.linear_model, sklearn.metrics, sklearn.model_selection, sklearn.pipeline
        import sklearn.svm, sklearn.cluster, sklearn.multiclass, sklearn.naive_bayes, sklearn.utils.parallel
"""


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        SGDClassifier(),
        GaussianNB(),
        StandardScaler(),
        GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=2),
    ],
    ids=lambda model: type(model).__name__,
)
def test_scikit_learns_own_checks_pass_while_patched(model, tmp_path: Path) -> None:
    expected = failed_checks(model)
    nbtrack.set_tracking_uri(tmp_path / ".nbtrack")
    nbtrack.autolog(log_models=False, log_datasets=False, log_training_metrics=False, log_diagram=False)
    try:
        assert failed_checks(model) == expected
    finally:
        nbtrack.autolog(disable=True)
        nbtrack.set_tracking_uri(None)


def failed_checks(model: BaseEstimator) -> list[str]:
    """Return the checks that fail; scikit-learn's own estimators fail one or two of them, known to its tests."""
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        results = check_estimator(model, on_skip=None, on_fail=None)
    return [result["check_name"] for result in results if result["status"] == "failed"]


def test_signatures_docs_and_names_stay(autolog: Store) -> None:
    patched = LogisticRegression.fit
    nbtrack.autolog(disable=True)
    original = LogisticRegression.fit
    assert patched is not original
    assert inspect.signature(patched) == inspect.signature(original)
    assert (patched.__name__, patched.__qualname__, patched.__doc__, patched.__module__) == (
        original.__name__, original.__qualname__, original.__doc__, original.__module__,
    )  # fmt: skip


def test_models_pickle_and_clone_while_patched(autolog: Store) -> None:
    model = RandomForestClassifier(3).fit(X, y)
    assert (pickle.loads(pickle.dumps(model)).predict(X) == model.predict(X)).all()
    assert clone(model).get_params() == model.get_params()
    assert pickle.loads(pickle.dumps(LogisticRegression.fit)) is LogisticRegression.fit


def test_methods_that_do_not_apply_stay_hidden(autolog: Store) -> None:
    assert not hasattr(SVC(probability=False), "predict_proba")
    assert not hasattr(SGDClassifier(loss="hinge"), "predict_proba")
    assert hasattr(SGDClassifier(loss="log_loss"), "predict_proba")


def test_classes_that_are_defined_later_are_tracked(autolog: Store) -> None:
    class Majority(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = sorted(set(y))
            return self

        def predict(self, X):
            return [self.classes_[0]] * len(X)

    original = Majority.__dict__["fit"].__wrapped__
    Majority().fit(X, y).score(X, y)
    assert "score_X" in only_run().data.metrics
    nbtrack.autolog(disable=True)
    assert Majority.__dict__["fit"] is original


def test_a_class_with_its_own_init_subclass_still_gets_it(autolog: Store) -> None:
    class Base(RegressorMixin, BaseEstimator):
        def __init_subclass__(cls, *, label: str = "none", **options: object) -> None:
            super().__init_subclass__(**options)
            cls.label = label

    class Labelled(Base, label="yes"):
        pass

    assert Labelled.label == "yes"


def test_what_another_tool_patched_meanwhile_is_left_to_it(autolog: Store) -> None:
    ours = Ridge.fit

    def theirs(self, *args, **options):
        return ours(self, *args, **options)

    Ridge.fit = theirs
    try:
        nbtrack.autolog(disable=True)
        assert Ridge.fit is theirs
        Ridge().fit(X, y)
    finally:
        Ridge.fit = ours.__wrapped__


def test_turning_autolog_on_twice_patches_once(autolog: Store) -> None:
    nbtrack.autolog()
    GaussianNB().fit(X, y)
    only_run()
    nbtrack.autolog(disable=True)
    assert not hasattr(GaussianNB.fit, "__signature__") or "nbtrack" not in GaussianNB.fit.__code__.co_filename


def test_off_leaves_scikit_learn_exactly_as_it_was(tmp_path: Path) -> None:
    code = (
        SNAPSHOT
        + """
    load()
    before = snapshot()
    import nbtrack
    nbtrack.set_tracking_uri(sys.argv[1])
    nbtrack.autolog()
    assert differences(before, snapshot())
    sklearn = sys.modules["sklearn"]
    sklearn.naive_bayes.GaussianNB().fit([[1.0], [2.0]], [0, 1])
    nbtrack.flush()
    nbtrack.autolog(disable=True)
    left = [key for key in differences(before, snapshot()) if key in before]
    assert not left, left
    nbtrack.autolog(); nbtrack.autolog(disable=True)
    assert not [key for key in differences(before, snapshot()) if key in before]
    """
    )
    run_python(code, str(tmp_path / "store"))


def test_off_leaves_what_was_imported_meanwhile_as_if_never_patched(tmp_path: Path) -> None:
    code = (
        SNAPSHOT
        + """
    import nbtrack
    nbtrack.set_tracking_uri(sys.argv[1])
    nbtrack.autolog()
    load()
    sys.modules["sklearn.naive_bayes"].GaussianNB().fit([[1.0], [2.0]], [0, 1])
    assert len(nbtrack.search_runs()) == 1
    nbtrack.autolog(disable=True)
    assert not any(type(finder).__module__.startswith("nbtrack") for finder in sys.meta_path)
    import types
    for name, value in snapshot().items():
        code = getattr(getattr(value, "__func__", value), "__code__", None)
        assert not isinstance(code, types.CodeType) or "nbtrack" not in code.co_filename, name
    assert "__init_subclass__" not in vars(sys.modules["sklearn.base"].BaseEstimator)
    """
    )
    run_python(code, str(tmp_path / "store"))


@pytest.mark.parametrize("serializer", ["cloudpickle", "loky"])
def test_an_estimator_of_a_notebook_travels_without_nbtrack(tmp_path: Path, serializer: str) -> None:
    code = """
    import sys
    import nbtrack
    nbtrack.set_tracking_uri(sys.argv[1])
    nbtrack.autolog()
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Mine(ClassifierMixin, BaseEstimator):
        def __init__(self, depth=1):
            self.depth = depth
        def fit(self, X, y):
            self.classes_ = sorted(set(y))
            return self
        def predict(self, X):
            return [self.classes_[0]] * len(X)

    model = Mine().fit([[1.0], [2.0]], [0, 1])
    if sys.argv[2] == "loky":
        from sklearn.model_selection import GridSearchCV
        X, y = [[float(n)] for n in range(20)], [n % 2 for n in range(20)]
        search = GridSearchCV(Mine(), {"depth": [1, 2]}, cv=2, n_jobs=2).fit(X, y)
        runs = nbtrack.search_runs()
        assert len(runs) == 4, runs  # the fit, the search, two candidates
    else:
        import cloudpickle, subprocess
        packed = cloudpickle.dumps(model)
        there = (
            "import sys, pickle; sys.modules['nbtrack'] = None; model = pickle.loads(sys.stdin.buffer.read());"
            "assert model.fit([[1.0]], [1]).predict([[2.0]]) == [1]"
        )
        subprocess.run([sys.executable, "-c", there], input=packed, check=True)
    assert nbtrack.search_runs()["params.depth"].notna().any()
    nbtrack.autolog(disable=True)
    """
    run_python(code, str(tmp_path / "store"), serializer)


def run_python(code: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
