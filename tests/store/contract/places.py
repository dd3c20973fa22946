"""What every place of artifacts promises, on this machine or behind a URL.

Who runs it gives a ``store`` that keeps its artifacts there, and ``behind(owner_id, path, content)``, which writes to
the place without nbtrack.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from xxhash import xxh3_128

from nbtrack.entities import Batch
from nbtrack.errors import ArtifactChanged, ArtifactNotFound, InvalidInput, InvalidPath
from nbtrack.store import Store
from tests.store.contract.making import new_run

LEADING_OUT = [
    "../x",
    "a/../../x",
    "a/..",
    "..",
    "/etc/passwd",
    "//x",
    "a\\..\\x",
    "\\x",
    "nul\0",
    "C:/x",
    "C:x",
    "\ud800",
    "%2e%2e/x",
    "a/%2E%2e%2f..%2Fx",
    "%252e%252e/x",
    "..%2fx",
    "..%5cx",
    "a%00",
    "line\nbreak",
    "%2fetc/passwd",
    "\uff0e\uff0e/x",
    "\u2025/x",
    "a/.. /x",
    ".../x",
    ".nbtrack-partial-1/x",
]


def digest(content: bytes) -> str:
    return f"xxh3_128:{xxh3_128(content).hexdigest()}"


def paths(store: Store, owner_id: str, path: str = "") -> list[str]:
    return [entry.path for entry in store.artifacts.list(owner_id, path)]


def read(store: Store, owner_id: str, path: str, **part: int) -> bytes:
    with store.artifacts.open(owner_id, path, **part) as file:
        return file.read()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "x.txt").write_text("x")
    (folder / "top.txt").write_text("top")
    return folder


class PlaceContract:
    def test_files_come_back_whole(self, store: Store, source: Path) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "notes/a 🦌.txt", b"hello")
        store.artifacts.put_folder(run_id, "folder", source)
        store.artifacts.put_folder(run_id, "folder", source)
        store.artifacts.put_folder(run_id, "", source / "sub")
        store.artifacts.put_file(run_id, "notes/copy.txt", source / "top.txt")
        assert store.artifacts.local_path(run_id, "notes/a 🦌.txt").read_bytes() == b"hello"
        assert store.artifacts.local_path(run_id, "notes/a 🦌.txt").name == "a 🦌.txt"
        assert read(store, run_id, "notes/copy.txt") == b"top"
        listed = [(entry.path, entry.is_dir, entry.file_size) for entry in store.artifacts.list(run_id)]
        assert listed == [("folder", True, None), ("notes", True, None), ("x.txt", False, 1)]
        assert paths(store, run_id, "folder") == ["folder/sub", "folder/top.txt"]
        assert [(entry.path, entry.file_size) for entry in store.artifacts.walk(run_id)] == [
            ("folder/sub/x.txt", 1),
            ("folder/top.txt", 3),
            ("notes/a 🦌.txt", 5),
            ("notes/copy.txt", 3),
            ("x.txt", 1),
        ]

    def test_a_run_without_artifacts_has_an_empty_folder(self, store: Store) -> None:
        run_id = new_run(store)
        assert list(store.artifacts.list(run_id)) == []
        assert list(store.artifacts.walk(run_id)) == []
        store.artifacts.delete(run_id)

    def test_a_logged_model_owns_artifacts_too(self, store: Store) -> None:
        model_id = f"m-{uuid.uuid4().hex}"
        store.artifacts.put_bytes(model_id, "MLmodel", b"flavors: {}")
        assert read(store, model_id, "MLmodel") == b"flavors: {}"

    @pytest.mark.parametrize("content", [b"", b"one", bytes(range(256)) * 80_000])
    def test_what_is_put_says_what_was_stored(self, store: Store, tmp_path: Path, content: bytes) -> None:
        run_id = new_run(store)
        (tmp_path / "file").write_bytes(content)
        chunks = [content[start : start + 999_999] for start in range(0, len(content), 999_999)]
        stored = [
            store.artifacts.put_bytes(run_id, "a//./b.bin", content),
            store.artifacts.put_file(run_id, "a/b.bin", tmp_path / "file"),
            store.artifacts.put_stream(run_id, "a/b.bin", iter(chunks)),
        ]
        assert {(file.path, file.size_bytes, file.digest) for file in stored} == {
            ("a/b.bin", len(content), digest(content))
        }
        assert read(store, run_id, "a/b.bin") == content

    def test_a_folder_that_is_put_says_so_of_each_file(self, store: Store, source: Path) -> None:
        run_id = new_run(store)
        for _ in range(2):
            stored = store.artifacts.put_folder(run_id, "deep/folder", source)
            assert {(file.path, file.digest) for file in stored} == {
                ("deep/folder/sub/x.txt", digest(b"x")),
                ("deep/folder/top.txt", digest(b"top")),
            }

    def test_a_file_that_is_put_again_takes_the_place_of_the_first(self, store: Store) -> None:
        run_id = new_run(store)
        for content in (b"first", b"the second", b""):
            store.runs.log(run_id, Batch(files=(store.artifacts.put_bytes(run_id, "a.txt", content),)))
            assert read(store, run_id, "a.txt") == content
            assert store.artifacts.local_path(run_id, "a.txt").read_bytes() == content

    @pytest.mark.parametrize("pieces", [1, 30])
    def test_a_stream_that_breaks_off_leaves_what_was_there(self, store: Store, pieces: int) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "kept.bin", b"kept")

        def chunks() -> Iterator[bytes]:
            for _ in range(pieces):
                yield bytes(1_000_000)
            raise ConnectionAbortedError("the client has gone")

        for path in ("kept.bin", "new.bin", "folder/new.bin"):
            with pytest.raises(Exception, match="the client has gone"):
                store.artifacts.put_stream(run_id, path, chunks())
        assert [entry.path for entry in store.artifacts.walk(run_id)] == ["kept.bin"]
        assert read(store, run_id, "kept.bin") == b"kept"

    def test_a_folder_that_arrives_takes_the_place_of_the_first(self, store: Store) -> None:
        run_id = new_run(store)
        for names in (("MLmodel", "old.bin"), ("MLmodel", "data/new.bin")):
            with store.artifacts.arriving(run_id, "models/best") as arrival:
                for name in names:
                    (arrival.folder / name).parent.mkdir(parents=True, exist_ok=True)
                    (arrival.folder / name).write_text(name)
            assert {file.path for file in arrival.files} == {f"models/best/{name}" for name in names}
            assert {entry.path for entry in store.artifacts.walk(run_id)} == {f"models/best/{name}" for name in names}

    def test_a_whole_folder_takes_the_place_of_what_was_there(self, store: Store, source: Path) -> None:
        run_id = new_run(store)
        store.artifacts.ask(run_id)
        store.artifacts.put_bytes(run_id, "folder/old.txt", b"old")
        for _ in range(2):
            stored = store.artifacts.put_folder(run_id, "folder", source, is_whole=True)
            assert {file.path for file in stored} == {"folder/sub/x.txt", "folder/top.txt"}
            assert {entry.path for entry in store.artifacts.walk(run_id)} == {file.path for file in stored}
        with pytest.raises(InvalidPath):
            store.artifacts.put_folder(run_id, "", source, is_whole=True)

    def test_a_folder_that_does_not_get_ready_leaves_the_first(self, store: Store) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "model/MLmodel", b"old")

        def make(folder: Path) -> None:
            folder.mkdir()
            (folder / "MLmodel").write_text("half")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError), store.artifacts.arriving(run_id, "model") as arrival:
            make(arrival.folder)
        assert read(store, run_id, "model/MLmodel") == b"old"
        assert paths(store, run_id) == ["model"]

    @pytest.mark.parametrize(
        ("part", "expected"),
        [
            ({}, b"0123456789"),
            ({"start": 3}, b"3456789"),
            ({"start": 3, "length": 4}, b"3456"),
            ({"length": 4}, b"0123"),
            ({"start": 8, "length": 100}, b"89"),
            ({"start": 10}, b""),
            ({"start": 99, "length": 1}, b""),
        ],
    )
    def test_a_part_of_a_file_can_be_read(self, store: Store, part: dict[str, int], expected: bytes) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "a.txt", b"0123456789")
        with store.artifacts.open(run_id, "a.txt", **part) as file:
            assert (file.file_size, file.size_bytes) == (10, len(expected))
            assert b"".join(file.chunks(3)) == expected
            assert file.read() == b""

    @pytest.mark.parametrize("content", [b"hellO", b"hell", b"hello and more", b""])
    def test_a_file_that_is_not_what_was_stored_is_noticed(
        self, store: Store, behind: Callable[[str, str, bytes], None], content: bytes, tmp_path: Path
    ) -> None:
        run_id = new_run(store)
        stored = store.artifacts.put_bytes(run_id, "folder/a.txt", b"hello")
        store.artifacts.record(run_id, [stored])
        behind(run_id, "folder/a.txt", content)
        for act in (
            lambda: read(store, run_id, "folder/a.txt"),
            lambda: store.artifacts.local_path(run_id, "folder/a.txt"),
            lambda: store.artifacts.local_path(run_id, "folder"),
            lambda: store.artifacts.download(run_id, "folder", tmp_path / "copy"),
        ):
            with pytest.raises(ArtifactChanged, match=r"'folder/a\.txt'.* was changed or damaged"):
                act()
        assert not (tmp_path / "copy" / "folder" / "a.txt").exists()
        if content:  # a part is handed out as it is
            assert read(store, run_id, "folder/a.txt", length=1) == content[:1]

    def test_the_last_bytes_of_a_changed_file_are_not_handed_out(
        self, store: Store, behind: Callable[[str, str, bytes], None]
    ) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "a.txt", b"0123456789")
        behind(run_id, "a.txt", b"0123456780")
        with store.artifacts.open(run_id, "a.txt") as file:
            assert file.read(8) == b"01234567"
            with pytest.raises(ArtifactChanged):
                file.read(8)

    def test_files_of_which_nothing_is_recorded_are_read_as_they_are(
        self, store: Store, behind: Callable[[str, str, bytes], None]
    ) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "a.txt", b"a")
        behind(run_id, "b.txt", b"from elsewhere")
        assert read(store, run_id, "b.txt") == b"from elsewhere"
        assert (store.artifacts.local_path(run_id, "") / "b.txt").read_bytes() == b"from elsewhere"

    def test_what_was_stored_last_is_what_counts_in_whatever_order_it_is_told(self, store: Store) -> None:
        run_id = new_run(store)
        first = store.artifacts.put_bytes(run_id, "a.txt", b"first")
        second = store.artifacts.put_bytes(run_id, "a.txt", b"second")
        store.artifacts.record(run_id, [second])
        store.artifacts.record(run_id, [first] if first.stored_at_ms < second.stored_at_ms else [])
        assert read(store, run_id, "a.txt") == b"second"

    def test_a_long_folder_is_listed_piece_by_piece(self, store: Store, tmp_path: Path) -> None:
        run_id, folder = new_run(store), tmp_path / "many"
        folder.mkdir()
        names = [f"{number:04}.txt" for number in range(120)]
        for name in names:
            (folder / name).touch()
        store.artifacts.put_folder(run_id, "many", folder)
        found, after = [], None
        while page := store.artifacts.list(run_id, "many", after=after, limit=50):
            assert len(page) <= 50
            found += [entry.path for entry in page]
            after = found[-1]
        assert found == [f"many/{name}" for name in names]

    def test_what_is_deleted_is_gone_with_what_was_recorded(
        self, store: Store, source: Path, behind: Callable[[str, str, bytes], None]
    ) -> None:
        run_id, other = new_run(store), new_run(store)
        for owner in (run_id, other):
            store.artifacts.record(owner, store.artifacts.put_folder(owner, "a", source))
        store.artifacts.put_bytes(run_id, "ab/file", b"")
        store.artifacts.delete(run_id, "a/sub/x.txt")
        assert paths(store, run_id, "a") == ["a/top.txt"]
        store.artifacts.delete(run_id, "a")
        assert paths(store, run_id) == ["ab"]
        with pytest.raises(ArtifactNotFound):
            store.artifacts.delete(run_id, "a")
        store.artifacts.delete(run_id)
        store.artifacts.delete(run_id)
        assert paths(store, run_id) == []
        assert paths(store, other, "a") == ["a/sub", "a/top.txt"]
        behind(run_id, "a/top.txt", b"another")
        assert read(store, run_id, "a/top.txt") == b"another"

    def test_a_download_is_a_copy_of_its_own(self, store: Store, source: Path, tmp_path: Path) -> None:
        run_id = new_run(store)
        store.artifacts.put_folder(run_id, "a/b", source)
        copy = store.artifacts.download(run_id, "a/b", tmp_path / "copy")
        assert copy == tmp_path / "copy" / "a" / "b"
        assert sorted(file.relative_to(copy).as_posix() for file in copy.rglob("*.txt")) == ["sub/x.txt", "top.txt"]
        (copy / "top.txt").write_text("changed")
        assert read(store, run_id, "a/b/top.txt") == b"top"

    def test_a_path_that_leads_out_is_refused(self, store: Store, source: Path) -> None:
        run_id = new_run(store)
        acts: list[Callable[[str], object]] = [
            lambda path: store.artifacts.put_bytes(run_id, path, b""),
            lambda path: store.artifacts.put_stream(run_id, path, iter([b""])),
            lambda path: store.artifacts.put_file(run_id, path, source / "top.txt"),
            lambda path: store.artifacts.put_folder(run_id, path, source),
            lambda path: store.artifacts.arriving(run_id, path).__enter__(),
            lambda path: store.artifacts.open(run_id, path),
            lambda path: store.artifacts.list(run_id, path),
            lambda path: list(store.artifacts.walk(run_id, path)),
            lambda path: store.artifacts.local_path(run_id, path),
            lambda path: store.artifacts.download(run_id, path, source),
            lambda path: store.artifacts.delete(run_id, path),
        ]
        for path in LEADING_OUT:
            for act in acts:
                with pytest.raises(InvalidPath):
                    act(path)
        assert list(store.artifacts.walk(run_id)) == []

    def test_an_owner_is_no_path(self, store: Store) -> None:
        acts: list[Callable[[str], object]] = [
            lambda owner_id: store.artifacts.put_bytes(owner_id, "x", b""),
            lambda owner_id: store.artifacts.list(owner_id),
            lambda owner_id: store.artifacts.local_path(owner_id, "x"),
            lambda owner_id: store.artifacts.delete(owner_id),
            lambda owner_id: store.artifacts.uri(owner_id),
        ]
        for owner_id in ("", ".", "..", "../x", "a/b", "a\\b", "a\0", "%2e%2e", "\uff41", "x" * 200, "m/../x"):
            for act in acts:
                with pytest.raises(InvalidPath):
                    act(owner_id)

    @pytest.mark.parametrize("path", ["x" * 300, "ü" * 200, "file/below", "file/below/deep", "folder", "", "."])
    def test_a_path_that_can_not_be_is_the_callers_mistake(self, store: Store, path: str, source: Path) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "file", b"")
        store.artifacts.put_bytes(run_id, "folder/file", b"")
        with pytest.raises(InvalidPath):
            store.artifacts.put_bytes(run_id, path, b"")
        with pytest.raises(InvalidPath):
            store.artifacts.put_folder(run_id, "file", source)

    def test_half_a_surrogate_pair_is_no_name_to_look_for(self, store: Store) -> None:
        with pytest.raises(InvalidInput, match="surrogate"):
            store.experiments.find("\ud800")

    def test_a_missing_artifact_is_named(self, store: Store) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "folder/file", b"")
        for act in (
            lambda path: store.artifacts.local_path(run_id, path),
            lambda path: store.artifacts.open(run_id, path),
            lambda path: store.artifacts.list(run_id, path),
            lambda path: store.artifacts.delete(run_id, path),
        ):
            for path in ("x.txt", "folder/x.txt", "folder/file/x.txt"):
                with pytest.raises(ArtifactNotFound, match=f"no artifact '{path}'"):
                    act(path)
        with pytest.raises(ArtifactNotFound):
            store.artifacts.open(run_id, "folder")
        with pytest.raises(ArtifactNotFound):
            store.artifacts.list(run_id, "folder/file")

    def test_a_source_that_is_not_there_is_the_callers_mistake(self, store: Store, tmp_path: Path) -> None:
        run_id = new_run(store)
        with pytest.raises(InvalidPath, match="no file"):
            store.artifacts.put_file(run_id, "a", tmp_path / "missing")
        with pytest.raises(InvalidPath, match="no folder"):
            store.artifacts.put_folder(run_id, "a", tmp_path / "missing")
        (tmp_path / "loop").mkdir()
        (tmp_path / "loop" / "again").symlink_to(tmp_path / "loop")
        with pytest.raises(InvalidPath, match="leads back"):
            store.artifacts.put_folder(run_id, "a", tmp_path / "loop")
        assert list(store.artifacts.walk(run_id)) == []

    def test_what_is_half_written_is_not_seen(self, store: Store, behind: Callable[[str, str, bytes], None]) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "a.txt", b"")
        behind(run_id, ".nbtrack-partial-1", b"half")
        assert paths(store, run_id) == ["a.txt"]
        assert [entry.path for entry in store.artifacts.walk(run_id)] == ["a.txt"]
