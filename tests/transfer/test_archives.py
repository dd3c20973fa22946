from __future__ import annotations

import contextlib
import itertools
import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.entities import NewRun
from nbtrack.errors import AlreadyExists, InvalidInput, NotAStore
from nbtrack.store import Store, open_store
from nbtrack.transfer import Choice, Report, export_from, found_runs, import_into, open_destination
from nbtrack.transfer.opening import open_source
from tests.transfer.contents import contents, fill

EVERYTHING = Choice()


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Store]:
    store = open_store(str(tmp_path / "there"))
    yield store
    store.close()


def export(store: Store, path: Path, choice: Choice = EVERYTHING, *, with_artifacts: bool = True) -> Report:
    report = Report(store.uri, str(path))
    target = open_destination(str(path), "zip", report, with_artifacts=with_artifacts)
    export_from(store, target, report, choice=choice)
    return report


def test_what_was_exported_and_imported_is_equal(there: Store, here: Store, tmp_path: Path) -> None:
    fill(there)
    exported = export(there, tmp_path / "all.zip")
    imported = import_into(here, str(tmp_path / "all.zip"))
    assert exported.left_out == imported.left_out == []
    assert contents(here) == contents(there)
    assert sum(import_into(here, str(tmp_path / "all.zip")).came.values()) == 0


def test_an_archive_is_private_and_there_only_when_it_is_whole(there: Store, tmp_path: Path) -> None:
    fill(there)
    export(there, tmp_path / "all.zip")
    assert stat.S_IMODE((tmp_path / "all.zip").stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["all.zip"]
    with pytest.raises(AlreadyExists, match="delete it"):
        export(there, tmp_path / "all.zip")


def test_only_what_was_chosen_is_exported(there: Store, here: Store, tmp_path: Path) -> None:
    first, second, *_ = fill(there)
    chosen = found_runs(there, "params.depth = '8'")
    assert chosen == {first}
    export(there, tmp_path / "one.zip", Choice(run_ids=chosen), with_artifacts=False)
    report = import_into(here, str(tmp_path / "one.zip"))
    assert (report.came["run"], report.came["model version"], report.came["artifact"]) == (1, 2, 0)
    export(there, tmp_path / "two.zip", Choice(run_ids=frozenset({second})))
    assert import_into(here, str(tmp_path / "two.zip")).came["model version"] == 0


def rewrite(path: Path, **changed: bytes | None) -> Path:
    """Write an archive anew with some members added, changed, or, with None, left out."""
    target = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in source.infolist():
            content = changed.pop(info.filename, source.read(info))
            if content is not None:
                archive.writestr(info.filename, content)
        for name, content in changed.items():
            if content is not None:
                archive.writestr(name, content)
    return target


@pytest.fixture
def archive(there: Store, tmp_path: Path) -> tuple[Path, str]:
    """Give an archive of one run, and the folder of the run in it."""
    run_id = "a" * 32
    there.runs.create([NewRun(run_id, "r", "0", 1)])
    there.artifacts.put_bytes(run_id, "a.txt", b"hello")
    there.artifacts.put_bytes(run_id, "ünï.txt", b"")
    export(there, tmp_path / "one.zip")
    return tmp_path / "one.zip", f"runs/0/{run_id}"


@pytest.mark.parametrize(
    "name",
    ["../../evil", "/etc/evil", "{run}/artifacts/../../../evil", "{run}/artifacts/..\\evil", "{run}/artifacts/."],
)
def test_members_that_lead_out_are_left_out(name: str, archive: tuple[Path, str], here: Store, tmp_path: Path) -> None:
    path, run = archive
    report = import_into(here, str(rewrite(path, **{name.format(run=run): b"evil"})))
    assert len(report.left_out) == 1
    assert report.came["run"] == 1
    assert list(tmp_path.rglob("evil*")) == []


def test_links_and_encrypted_members_are_left_out(archive: tuple[Path, str], here: Store) -> None:
    path, run = archive
    with zipfile.ZipFile(path, "a") as changed:
        link = zipfile.ZipInfo(f"{run}/artifacts/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        changed.writestr(link, "/etc/passwd")
    content = bytearray(path.read_bytes())
    # The flag of encryption in the directory's entry of the artifact.
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(f"{run}/artifacts/a.txt".encode()))
    content[entry + 8] |= 1
    path.write_bytes(content)
    report = import_into(here, str(path))
    assert [item.reason for item in report.left_out] == ["is encrypted", "is a link, which is not followed"]
    assert [entry.path for entry in here.artifacts.list("a" * 32)] == ["ünï.txt"]


def test_a_bomb_is_refused(archive: tuple[Path, str], here: Store, tmp_path: Path) -> None:
    path, run = archive
    zeros = bytes(64 * 1024 * 1024)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as changed:
        for number in range(17):
            changed.writestr(f"{run}/artifacts/{number}", zeros)
    with pytest.raises(NotAStore, match="would unpack from"):
        import_into(here, str(path))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.json", b"{"),
        ("run.json", b'{"new": 1}'),
        ("run.json", b"[" * 100_000),
        ("run.json", None),
        ("metrics.jsonl", b'{"key": "loss", "points": [[1, 2, "many"]]}\n'),
        ("metrics.jsonl", b'{"key": "loss", "points": [[99999999999999999999, 2, 1.0]]}\n'),
        ("metrics.jsonl", b"x" * 10_000_000),
    ],
)
def test_a_damaged_member_is_named(name: str, content: bytes | None, archive: tuple[Path, str], here: Store) -> None:
    path, run = archive
    report = import_into(here, str(rewrite(path, **{f"{run}/{name}": content})))
    assert len(report.left_out) == 1
    assert name in report.left_out[0].reason


@pytest.mark.parametrize(
    "change",
    [
        {"run_id": "../../../evil"},
        {"run_id": "b" * 32},
        {"parent_run_id": "x" * 1000},
        {"session_id": "nobody"},
        {"started_at_ms": 2**70},
        {"name": ""},
        {"user": "nul\0"},
        {"group_id": "x" * 1000},
        {"status": "DANCING"},
    ],
)
def test_a_run_with_impossible_values_is_left_out(
    change: dict[str, object], archive: tuple[Path, str], here: Store
) -> None:
    path, run = archive
    with zipfile.ZipFile(path) as opened:
        document = json.loads(opened.read(f"{run}/run.json"))
    document["new"] |= change
    report = import_into(here, str(rewrite(path, **{f"{run}/run.json": json.dumps(document).encode()})))
    assert [item.kind for item in report.left_out] == ["run"]
    assert report.came["run"] == 0


@pytest.mark.parametrize("content", [b"PK\x03\x04 nothing more", b""])
def test_what_is_no_archive_is_named(content: bytes, here: Store, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(NotAStore, match=r"x\.zip"):
        import_into(here, str(tmp_path / "x.zip"))


def test_a_zip_file_of_something_else_is_named(here: Store, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as other:
        other.writestr("recipes.txt", "tea")
    with pytest.raises(NotAStore, match=r"no nbtrack-export\.json"):
        import_into(here, str(tmp_path / "x.zip"))


def test_an_archive_that_is_cut_off_or_flipped_is_no_crash(archive: tuple[Path, str], here: Store) -> None:
    path, _ = archive
    whole = path.read_bytes()
    changed = path.with_name("changed.zip")
    for at in range(0, len(whole), 37):
        for content in (whole[:at], whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]):
            changed.write_bytes(content)
            try:
                import_into(here, str(changed), is_dry_run=True)
            except (NotAStore, InvalidInput):
                continue


def test_an_archive_with_any_byte_changed_is_no_crash(archive: tuple[Path, str]) -> None:
    path, _ = archive
    whole = path.read_bytes()
    for at, flip in itertools.product(range(len(whole)), (0x80, 0x20, 0x01)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])
        with contextlib.suppress(NotAStore, InvalidInput):
            open_source(str(path), Report("", "")).close()
