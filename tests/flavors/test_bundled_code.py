from __future__ import annotations

import importlib
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import InvalidInput, MalformedModel, UntrustedModel
from nbtrack.flavors import PythonModel, load_model, load_pyfunc, save_model
from nbtrack.models import Model, imports_of_source, read_requirements


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    monkeypatch.delenv("NBTRACK_ALLOW_PICKLE", raising=False)


def saved_with_helper(folder: Path, answer: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Save an instance of a class of a module ``helper``, as it is written beside a notebook, and forget the module."""
    (folder / "src" / "toolbox").mkdir(parents=True)
    (folder / "src" / "toolbox" / "__init__.py").touch()
    (folder / "src" / "toolbox" / "late.py").write_text(f"ANSWER = {answer!r}\n")
    helper = folder / "src" / "helper.py"
    helper.write_text(
        "import yaml\n"
        "from nbtrack.pyfunc import PythonModel\n"
        "class Helped(PythonModel):\n"
        "    def predict(self, context, model_input):\n"
        "        from toolbox.late import ANSWER\n"
        "        import helper\n"
        "        assert helper.Helped is type(self)\n"
        "        return [ANSWER for _ in model_input]\n"
        "    def predict_stream(self, context, model_input):\n"
        "        yield 'first'\n"
        "        from toolbox.late import ANSWER\n"
        "        yield ANSWER\n"
    )
    with monkeypatch.context() as patch:
        patch.syspath_prepend(folder / "src")
        model = importlib.import_module("helper").Helped()
        save_model(model, folder / "m", code_paths=[helper, str(folder / "src" / "toolbox")])
    for name in [name for name in sys.modules if name.partition(".")[0] in ("helper", "toolbox")]:
        del sys.modules[name]
    helper.unlink()
    return folder / "m"


def test_code_that_a_model_brings_along_is_importable_for_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = saved_with_helper(tmp_path, "a", monkeypatch)
    before, path = set(sys.modules), list(sys.path)
    model = load_pyfunc(folder)
    assert model.predict([1, 2]) == ["a", "a"]
    assert {"helper", "toolbox", "toolbox.late"}.isdisjoint(sys.modules)
    assert sys.path == path
    assert {name for name in set(sys.modules) - before if name.startswith(("helper", "toolbox"))} == set()
    document = Model.load(folder)
    assert document.flavors["python_function"]["code"] == "code"
    assert "pyyaml" in {line.partition("==")[0] for line in read_requirements(folder)}


def test_models_with_modules_of_one_name_don_t_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = [load_pyfunc(saved_with_helper(tmp_path / name, name, monkeypatch)) for name in ("a", "b")]
    own = type(sys)("helper")
    monkeypatch.setitem(sys.modules, "helper", own)
    wrong = []

    def ask(model: Any, wanted: str) -> None:
        for _ in range(30):
            if model.predict([0]) != [wanted] or list(model.predict_stream(0)) != ["first", wanted]:
                wrong.append(wanted)

    threads = [threading.Thread(target=ask, args=asked) for asked in zip(models, "ab", strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sys.modules["helper"] is own


def test_a_model_may_ask_another_whose_modules_have_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = saved_with_helper(tmp_path / "inner", "inner", monkeypatch)
    outer = saved_with_helper(tmp_path / "outer", "outer", monkeypatch)

    class Both(PythonModel):
        def predict(self, context: Any, model_input: Any) -> Any:
            return load_pyfunc(inner).predict(model_input) + load_pyfunc(outer).predict(model_input)

    save_model(Both(), tmp_path / "both", code_paths=[outer / "code" / "toolbox"])
    assert load_pyfunc(tmp_path / "both").predict([0]) == ["inner", "outer"]


def test_the_object_itself_can_be_used_and_saved_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = saved_with_helper(tmp_path, "a", monkeypatch)
    native = load_model(folder)
    try:
        save_model(native, tmp_path / "again", code_paths=[folder / "code" / "helper.py", folder / "code" / "toolbox"])
    finally:
        sys.modules.pop("helper", None)
    assert load_pyfunc(tmp_path / "again").predict([0]) == ["a"]


def test_using_a_model_writes_nothing_into_its_signed_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = saved_with_helper(tmp_path, "a", monkeypatch)
    before = sorted(folder.rglob("*"))
    load_pyfunc(folder).predict([0])
    assert sorted(folder.rglob("*")) == before
    load_pyfunc(folder)


@pytest.mark.parametrize("change", ["byte", "file", "link"])
def test_code_that_was_changed_since_is_not_imported(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = saved_with_helper(tmp_path, "a", monkeypatch)
    late = folder / "code" / "toolbox" / "late.py"
    if change == "byte":
        late.write_text("ANSWER = 'b'\n")
    elif change == "file":
        (folder / "code" / "yaml.py").write_text("raise SystemExit")
    else:
        late.rename(tmp_path / "late.py")
        late.symlink_to(tmp_path / "late.py")
    with pytest.raises((UntrustedModel, MalformedModel), match=r"changed|is a link"):
        load_pyfunc(folder)


def test_code_beside_a_model_that_is_no_pickle_must_be_trusted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.linear_model import LinearRegression

    (tmp_path / "helper.py").write_text("raise SystemExit('imported')\n")
    save_model(LinearRegression().fit([[0], [1]], [0, 1]), tmp_path / "m", code_paths=[tmp_path / "helper.py"])
    assert Model.load(tmp_path / "m").flavors["sklearn"]["code"] == "code"
    assert load_pyfunc(tmp_path / "m").predict([[2]]).tolist() == pytest.approx([2.0])
    (tmp_path / "m" / ".nbtrack-signature.json").unlink()
    with pytest.raises(UntrustedModel, match=r"holds Python modules \(in code\).*nbtrack trust"):
        load_pyfunc(tmp_path / "m")
    monkeypatch.setenv("NBTRACK_ALLOW_PICKLE", "always")
    load_pyfunc(tmp_path / "m")


@pytest.mark.parametrize("place", ["../src", "/", "MLmodel"])
def test_a_code_folder_that_is_elsewhere_is_refused(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = saved_with_helper(tmp_path, "a", monkeypatch)
    document = Model.load(folder)
    section = {**document.flavors["python_function"], "code": place}
    document.replace(flavors={"python_function": section}).save(folder)
    (folder / ".nbtrack-signature.json").unlink()
    with pytest.raises(MalformedModel, match=r"outside of the folder|is no folder"):
        load_pyfunc(folder)


def test_code_paths_are_named_where_they_can_t_be_taken(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.py").touch()
    with pytest.raises(InvalidInput, match=r"'none\.py' is not there"):
        save_model(len, tmp_path / "m", code_paths=["none.py"])
    with pytest.raises(InvalidInput, match=r"Two code paths are called 'same\.py'"):
        save_model(len, tmp_path / "m", code_paths=[tmp_path / "a" / "same.py", tmp_path / "b" / "same.py"])
    (tmp_path / "a" / "same.py").write_text("def (")
    with pytest.raises(MalformedModel, match=r"same\.py is no Python"):
        save_model(len, tmp_path / "m", code_paths=[tmp_path / "a"])
    assert not (tmp_path / "m").exists()


def test_a_folder_that_the_model_is_saved_in_can_be_its_code(tmp_path: Path) -> None:
    (tmp_path / "helper.py").touch()
    save_model(lambda model_input: model_input, tmp_path / "models" / "m", code_paths=[tmp_path])
    assert (tmp_path / "models" / "m" / "code" / tmp_path.name / "helper.py").exists()
    assert not (tmp_path / "models" / "m" / "code" / tmp_path.name / "models" / "m").exists()


def test_imports_are_read_without_running_a_source(tmp_path: Path) -> None:
    assert imports_of_source("def f():\n    import a.b as c\n    from d import e\n") == ["a.b", "d"]
    (tmp_path / "bad.py").write_bytes(b"\x00\xff")
    with pytest.raises(MalformedModel, match=r"bad\.py is no Python"):
        imports_of_source(tmp_path / "bad.py")
