"""The format: what is written is read back exactly, and what is damaged never turns into something else."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.entities import (
    Batch,
    CellExecution,
    ColumnSchema,
    Dataset,
    DatasetInput,
    Environment,
    LoggedModel,
    Metric,
    NewRun,
    RunOrigin,
    RunStatus,
    Session,
)
from nbtrack.outbox.records import (
    Content,
    Reader,
    batch_payload,
    point_payload,
    points_payload,
    runs_payload,
    series_payload,
)
from nbtrack.outbox.segments import HEAD_BYTES, Segment, framed, frames_of
from nbtrack.store.locks import Lock, try_lock

payloads = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
int64 = st.integers(-(2**63), 2**63 - 1)


def read(file: Path) -> list[bytes | None]:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        return [payload for _, payload in frames_of(descriptor)]
    finally:
        os.close(descriptor)


def is_within(found: list[bytes | None], original: list[bytes]) -> bool:
    """Tell whether what was found is the original, in its order, with some left out."""
    rest = iter(original)
    return all(payload in rest for payload in found if payload is not None)


@settings(max_examples=30)
@given(payloads)
def test_a_segment_cut_at_any_byte_has_the_whole_frames_before_the_cut(tmp_path_factory, written: list[bytes]) -> None:
    whole = b"".join(map(framed, written))
    file = tmp_path_factory.mktemp("segment") / "file"
    for cut in range(len(whole) + 1):
        file.write_bytes(whole[:cut])
        ends = [sum(HEAD_BYTES + len(payload) for payload in written[: n + 1]) for n in range(len(written))]
        assert read(file) == written[: sum(end <= cut for end in ends)]


@settings(max_examples=30)
@given(payloads)
def test_a_flipped_bit_never_makes_another_frame(tmp_path_factory, written: list[bytes]) -> None:
    whole = b"".join(map(framed, written))
    file = tmp_path_factory.mktemp("segment") / "file"
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        found = read(file)
        assert is_within(found, written)
        assert found != written


def test_a_damaged_payload_costs_its_own_frame_only(tmp_path: Path) -> None:
    damaged = bytearray(framed(b"first") + framed(b"second") + framed(b"third"))
    damaged[2 * HEAD_BYTES + 7] ^= 1
    (tmp_path / "file").write_bytes(damaged)
    assert read(tmp_path / "file") == [b"first", None, b"third"]


def test_frames_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    written = [b"a" * 5_000_000, b"b", b"c" * 9_000_000]
    (tmp_path / "file").write_bytes(b"".join(map(framed, written)))
    assert read(tmp_path / "file") == written


def test_a_segment_is_private_and_locked_while_its_process_lives(tmp_path: Path) -> None:
    segment = Segment(tmp_path / "outbox")
    segment.append(framed(b"x"))
    assert segment.path.stat().st_mode & 0o777 == 0o600
    assert segment.path.parent.stat().st_mode & 0o777 == 0o700
    with segment.path.open() as other:
        assert try_lock(other.fileno()) is Lock.HELD
        segment.disown()
        assert try_lock(other.fileno()) is Lock.TAKEN


@given(st.lists(st.tuples(int64, int64, st.floats()), min_size=1, max_size=5), texts, texts)
def test_points_come_back_exactly(rows: list[tuple[int, int, float]], run_id: str, key: str) -> None:
    reader, content = Reader(), Content()
    reader.read(series_payload(7, run_id, key), None)
    reader.read(point_payload(7, *rows[0]), content)
    reader.read(points_payload((7, *row) for row in rows[1:]), content)
    # NaN differs from itself, its text does not.
    assert repr(content.points) == repr({(run_id, key): rows})


def test_points_of_a_series_whose_name_is_lost_are_left_out() -> None:
    content = Content()
    Reader().read(point_payload(3, 0, 0, 1.0), content)
    assert not content


environments = st.builds(Environment, texts, texts, texts, st.dictionaries(texts, texts, max_size=3))
cells = st.builds(CellExecution, texts, texts, texts, int64, cell_id=st.none() | texts, wall_ms=st.floats())
columns = st.lists(st.builds(ColumnSchema, texts, texts), max_size=3).map(tuple)
datasets = st.builds(Dataset, texts, texts, st.lists(int64, max_size=3).map(tuple), columns, texts)
batches = st.builds(
    Batch,
    metrics=st.lists(st.builds(Metric, texts, st.floats(), int64, int64), max_size=3).map(tuple),
    params=st.dictionaries(texts, texts, max_size=3),
    tags=st.dictionaries(texts, texts, max_size=3),
    inputs=st.lists(
        st.builds(DatasetInput, datasets, texts, st.dictionaries(texts, texts, max_size=2)), max_size=2
    ).map(tuple),
    models=st.lists(st.builds(LoggedModel, texts, texts, texts, texts, texts, int64, int64), max_size=2).map(tuple),
    environment=st.none() | environments,
    cell=st.none() | cells,
    status=st.sampled_from(list(RunStatus)),
    ended_at_ms=st.none() | int64,
)


@given(batches)
def test_batches_come_back_exactly(batch: Batch) -> None:
    content = Content()
    Reader().read(batch_payload("run", batch), content)
    assert repr(content.batches) == repr([("run", batch)])


new_runs = st.builds(
    NewRun, texts, texts, texts, int64, st.sampled_from(list(RunOrigin)), group_id=st.none() | texts, batch=batches
)
sessions = st.builds(Session, texts, texts, texts, int64, int64, int64, st.none() | texts)


@given(st.none() | sessions, st.lists(new_runs, max_size=2))
def test_runs_come_back_exactly(session: Session | None, made: list[NewRun]) -> None:
    content = Content()
    Reader().read(runs_payload(session, made), content)
    assert repr(content.new_runs) == repr(made)
    assert content.sessions == ([] if session is None else [session])
