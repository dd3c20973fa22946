from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

from nbtrack import pyfunc
from nbtrack.errors import UntrustedModel
from nbtrack.models import SIGNATURE, Model, digests_of, sign
from tests.cli.calling import asked, call

LOADER = "import pathlib\npathlib.Path('ran').touch()\nimport os.path, subprocess\ndef _load_pyfunc(path): ...\n"


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    monkeypatch.delenv("NBTRACK_ALLOW_PICKLE", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A model of somebody else's, with a loader module among its code."""
    (tmp_path / "my_loader.py").write_text(LOADER)
    pyfunc.save_model(tmp_path / "m", loader_module="my_loader", code_paths=["my_loader.py"])
    (tmp_path / "m" / SIGNATURE).unlink()
    return tmp_path / "m"


def test_what_is_run_by_name_is_shown_and_not_run(foreign: Path, tmp_path: Path) -> None:
    answer = call("trust", str(foreign), answer="n\n")
    assert "Loading it imports the module my_loader and calls its _load_pyfunc()." in answer.output
    assert "Loading it may import any module of the folder code." in answer.output
    assert "code/my_loader.py imports:\n  os.path\n  pathlib\n  subprocess\n" in answer.output
    found = asked("trust", str(foreign))
    assert found["trust"] == "not signed"
    assert found["sources"] == {"code/my_loader.py": ["os.path", "pathlib", "subprocess"]}
    assert not (tmp_path / "ran").exists()
    assert "my_loader" not in sys.modules


def test_a_script_is_shown(tmp_path: Path) -> None:
    (tmp_path / "make.py").write_text("import nbtrack\nnbtrack.models.set_model(len)\n")
    pyfunc.save_model(tmp_path / "m", python_model="make.py")
    found = asked("trust", str(tmp_path / "m"))
    assert found["runs"] == ["runs the script make.py"]
    assert found["sources"] == {"make.py": ["nbtrack"]}


def test_pickles_in_archives_and_compiled_files_are_shown(foreign: Path) -> None:
    with zipfile.ZipFile(foreign / "model.pth", "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02cposix\nsystem\n(X\x04\x00\x00\x00truetR.")
        archive.writestr("archive/data/0", b"\x00" * 8)
    (foreign / "code" / "fast.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF")
    found = asked("trust", str(foreign))
    assert found["imports"] == {"model.pth!archive/data.pkl": ["posix.system"]}
    assert found["binaries"] == ["code/fast.cpython-311-x86_64-linux-gnu.so"]
    assert "is compiled code, which can't be looked into" in call("trust", str(foreign), answer="n\n").output


def test_types_that_nobody_reviewed_are_shown(tmp_path: Path) -> None:
    import skops.io

    (tmp_path / "m").mkdir()
    skops.io.dump({"a": Path("x")}, tmp_path / "m" / "model.skops")
    Model.new({"sklearn": {"pickled_model": "model.skops", "serialization_format": "skops"}}).save(tmp_path / "m")
    assert asked("trust", str(tmp_path / "m"))["unreviewed"]["model.skops"] == ["pathlib.PosixPath"]


def test_a_signed_model_loads_and_a_changed_one_is_asked_about_again(foreign: Path) -> None:
    assert call("trust", str(foreign), "--yes").output.endswith("Signed with your key.\n")
    assert asked("trust", str(foreign))["trust"] == "signed by this user"
    (foreign / "code" / "my_loader.py").write_text(LOADER + "#\n")
    assert asked("trust", str(foreign))["trust"] == "changed since it was signed"
    with pytest.raises(UntrustedModel, match="nbtrack trust"):
        pyfunc.load_model(foreign)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("model.pkl", b"cos\nsystem\n(S'true'\ntR", "model.pkl would do can't be told"),
        ("code/odd.py", b"def (", r"odd.py is no Python that can be read"),
        ("model.skops", b"none", "no whole skops file"),
    ],
)
def test_what_can_t_be_read_is_not_signed(foreign: Path, name: str, content: bytes, says: str) -> None:
    (foreign / name).write_bytes(content)
    answer = call("trust", str(foreign), "--yes")
    assert answer.exit_code == 1
    assert says in answer.output
    assert not (foreign / SIGNATURE).exists()


@pytest.mark.parametrize("kind", ["link", "folder link", "pipe"])
def test_a_folder_of_links_and_pipes_is_not_signed(foreign: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(foreign / "pipe")
    else:
        (foreign / "link").symlink_to("/etc" if kind == "folder link" else "/etc/hostname")
    answer = call("trust", str(foreign), "--yes")
    assert answer.exit_code == 1
    assert ("is neither a file nor a folder" if kind == "pipe" else "is a link") in answer.output


def test_what_changes_while_it_is_looked_at_is_not_signed(foreign: Path) -> None:
    seen = digests_of(foreign)
    (foreign / "code" / "late.py").touch()
    with pytest.raises(UntrustedModel, match="changed while it was looked at"):
        sign(foreign, seen)


def test_a_key_that_others_can_read_signs_nothing(foreign: Path, tmp_path: Path) -> None:
    assert call("trust", str(foreign), "--yes").exit_code == 0
    (tmp_path / "key" / "model-signing.key").chmod(0o644)
    answer = call("trust", str(foreign), "--yes")
    assert answer.exit_code == 1
    assert "chmod 600" in answer.output


@pytest.mark.parametrize(("policy", "says"), [("never", "=never forbids"), ("sometimes", "must be never, trusted or")])
def test_the_policy_is_kept(policy: str, says: str, foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("trust", str(foreign), "--yes")
    monkeypatch.setenv("NBTRACK_ALLOW_PICKLE", policy)
    with pytest.raises((UntrustedModel, ValueError), match=says):
        pyfunc.load_model(foreign)
