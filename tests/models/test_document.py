from __future__ import annotations

import multiprocessing
import os
import pickle
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nbtrack.errors import MalformedModel, UntrustedModel
from nbtrack.models import Model, Trust, imports_of_pickle, infer_signature, pinned, sign, trust_of
from nbtrack.models.key import signing_key


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))


def test_a_document_comes_back_with_the_keys_that_nbtrack_does_not_know(tmp_path: Path) -> None:
    document = Model.new(
        {"sklearn": {"pickled_model": "model.skops", "code": None}},
        signature=infer_signature([1.0], [2], params={"k": 1}),
        run_id="r",
        metadata={"team": "Ünïcode"},
        extra={"prompts": None, "auth_policy": {"user": ["x"]}},
    )
    document.save(tmp_path)
    read = Model.load(tmp_path)
    assert read.replace(extra={}) == document.replace(extra={})
    assert read.extra.items() >= document.extra.items()
    assert read.to_dict() == document.to_dict() | read.to_dict()


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
TOWER = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 100))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "larger than 16 MB once its aliases"),
        (TOWER, "deeper"),
        ("flavors: &f {s: {a: *f}}", "nothing that stands before"),
        ("flavors: {s: {a: *f}}", "nothing that stands before"),
        ("flavors: !!python/object/apply:os.mkdir [owned]", "no YAML"),
        ("flavors: [", "no YAML"),
        ("[" * 100 + "]" * 100, "deeper"),
        ("hello", "section `flavors`"),
        ("flavors: {}", "section `flavors`"),
        ("flavors: {s: {}}\nsignature: {inputs: 'nonsense'}", "signature"),
        ('flavors: {s: {}}\nsignature: {inputs: \'[{"type": "odd"}]\'}', "odd"),
        ("", "section `flavors`"),
        ("flavors: {s: {}}\nrun_id: [1]", "list as its run_id"),
        ("flavors: {s: {}}\nmetadata: 3", "int as its metadata"),
        ("flavors: {s: {}}\nsaved_input_example_info: x", "str as its saved_input"),
    ],
)
def test_a_hostile_or_damaged_document_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "MLmodel").write_text(text)
    with pytest.raises(MalformedModel, match=says):
        Model.load(tmp_path)


def test_a_document_of_absurd_size_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "MLmodel").open("wb") as file:
        file.truncate(20 << 20)
    with pytest.raises(MalformedModel, match="larger than"):
        Model.load(tmp_path)


def test_the_key_is_readable_by_nobody_else(tmp_path: Path) -> None:
    key = signing_key()
    path = tmp_path / "key" / "model-signing.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing_key() == key
    path.chmod(0o644)
    with pytest.raises(UntrustedModel, match="chmod 600"):
        signing_key()


def test_processes_that_make_the_key_at_once_agree_on_it() -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert len({bytes(key) for key in pool.starmap(signing_key, [()] * 6)}) == 1


def test_what_a_signature_says_about_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "m"
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "a.py").write_text("1")
    assert trust_of(folder) is Trust.UNSIGNED
    sign(folder)
    assert trust_of(folder) is Trust.SIGNED
    (folder / "code" / "a.py").write_text("2")
    assert trust_of(folder) is Trust.CHANGED
    sign(folder)
    (folder / "more.py").write_text("")
    assert trust_of(folder) is Trust.CHANGED
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "other"))
    assert trust_of(folder) is Trust.FOREIGN
    (folder / "link").symlink_to("/etc/hostname")
    with pytest.raises(MalformedModel, match="is a link"):
        sign(folder)


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


def test_the_imports_of_a_pickle_are_read_without_following_them() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert any(name.endswith(".system") for name in imports_of_pickle(pickle.dumps(Evil(), protocol)))
    with pytest.raises(MalformedModel):
        imports_of_pickle(pickle.dumps([1] * 100)[:20])


def test_requirements_name_distributions_and_leave_out_the_standard_library() -> None:
    names = [line.partition("==")[0] for line in pinned(["sklearn.linear_model", "yaml", "os", "__main__", "nosuch"])]
    assert names == ["pyyaml", "scikit-learn"]


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = "import sys, nbtrack.models, nbtrack.flavors; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "numpy", "sklearn", "skops", "cloudpickle", "yaml", "starlette"} & set(loaded)
