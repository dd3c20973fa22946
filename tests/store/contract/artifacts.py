from __future__ import annotations

import pytest

from nbtrack.errors import ArtifactNotFound, InvalidInput, InvalidPath
from nbtrack.store import Store
from tests.store.contract.making import new_run


class ArtifactContract:
    """What every store promises of artifacts; wherever they lie, ``PlaceContract`` says more."""

    def test_files_come_back_whole(self, store: Store, tmp_path) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "notes/a 🦌.txt", b"hello")
        source = tmp_path / "source"
        (source / "sub").mkdir(parents=True)
        (source / "sub" / "x.txt").write_text("x")
        store.artifacts.put_folder(run_id, "folder", source)
        store.artifacts.put_folder(run_id, "folder", source)
        store.artifacts.put_folder(run_id, "", source)
        assert store.artifacts.local_path(run_id, "notes/a 🦌.txt").read_bytes() == b"hello"
        listed = [(entry.path, entry.is_dir, entry.file_size) for entry in store.artifacts.list(run_id)]
        assert listed == [("folder", True, None), ("notes", True, None), ("sub", True, None)]
        assert [entry.path for entry in store.artifacts.list(run_id, "folder/sub")] == ["folder/sub/x.txt"]
        assert list(store.artifacts.list(new_run(store))) == []

    @pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "a\\..\\x", "nul\0", "C:/x", "\ud800"])
    def test_a_path_that_leads_out_is_refused(self, store: Store, path: str) -> None:
        run_id = new_run(store)
        for act in (
            lambda: store.artifacts.put_bytes(run_id, path, b""),
            lambda: store.artifacts.local_path(run_id, path),
            lambda: store.artifacts.list(run_id, path),
        ):
            with pytest.raises(InvalidPath):
                act()
        with pytest.raises(InvalidPath):
            store.artifacts.local_path("../" + run_id, "x")

    @pytest.mark.parametrize("path", ["x" * 300, "file/below", "folder", "a/" * 100 + "x"])
    def test_a_path_that_can_not_be_is_the_callers_mistake(self, store: Store, path: str) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "file", b"")
        store.artifacts.put_bytes(run_id, "folder/file", b"")
        with pytest.raises(InvalidPath):
            store.artifacts.put_bytes(run_id, path, b"")

    def test_half_a_surrogate_pair_is_no_name_to_look_for(self, store: Store) -> None:
        with pytest.raises(InvalidInput, match="surrogate"):
            store.experiments.find("\ud800")

    def test_a_missing_artifact_is_named(self, store: Store) -> None:
        run_id = new_run(store)
        with pytest.raises(ArtifactNotFound, match=r"no artifact 'x\.txt'"):
            store.artifacts.local_path(run_id, "x.txt")
