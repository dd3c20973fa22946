from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbtrack.errors import MalformedModel
from nbtrack.models import Trust, digests_of, judged_once, sign, trust_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "MLmodel").write_text("flavors: {}")
    return tmp_path / "m"


def test_one_load_asks_once_and_the_next_one_again(folder: Path) -> None:
    sign(folder)
    with judged_once():
        assert trust_of(folder) is Trust.SIGNED
        (folder / "late").touch()
        assert trust_of(folder) is Trust.SIGNED
        with judged_once():
            assert trust_of(folder) is Trust.CHANGED
    assert trust_of(folder) is Trust.CHANGED


def test_only_the_folders_own_signature_is_left_out_of_what_is_signed(folder: Path) -> None:
    (folder / "code" / "inner").mkdir(parents=True)
    (folder / "code" / "inner" / ".nbtrack-signature.json").write_text("{}")
    sign(folder)
    assert "code/inner/.nbtrack-signature.json" in digests_of(folder)
    (folder / "code" / "inner" / ".nbtrack-signature.json").write_text("[]")
    assert trust_of(folder) is Trust.CHANGED


def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    sign(folder)
    os.mkfifo(folder / "pipe")
    with pytest.raises(MalformedModel, match="neither a file nor a folder"):
        trust_of(folder)
    with pytest.raises(MalformedModel, match="neither a file nor a folder"):
        digests_of(folder)
