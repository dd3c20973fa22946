from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial

from nbtrack.errors import InvalidInput, NbtrackError, StoreUnavailable
from nbtrack.settings import redact
from nbtrack.store.artifacts import ArtifactReader, Place, bucket_of, check_there, is_remote, place_at
from nbtrack.transfer.report import Report
from nbtrack.transfer.source import Readable, SourceFile

_OF_THIS_PROCESS = "memory:"
"""Nothing that comes from elsewhere has a place there."""


@dataclass
class _Bucket:
    """What is known of a bucket; ``fault`` says why some of it can't be read."""

    name: str
    is_there: bool = False
    is_away: bool = False
    fault: str = ""
    left_out: set[str] = field(default_factory=set)
    file_counts: dict[str, int] = field(default_factory=dict)

    def leave_out(self, owner: str, error: NbtrackError) -> None:
        self.left_out.add(owner)
        self.fault = self.fault or str(error)
        # Being refused one folder says nothing of the next; waiting for each in a place that is away takes for ever.
        is_refusal = isinstance(error.__cause__, PermissionError)
        self.is_away |= isinstance(error, StoreUnavailable) and not is_refusal


class RemoteArtifacts:
    """Takes artifacts that lie behind URLs, with the credentials that each place's SDK finds.

    A bucket that can't be read is told once, at the end, and is not asked again for what else should lie there.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._buckets: dict[str, _Bucket] = {}

    def files(self, url: str, owner: str) -> Iterator[SourceFile]:
        """Yield the files at a URL, which a source names: nothing of it is believed."""
        name = bucket_of(url) if "://" in url else f"{url.partition(':')[0]}:"
        bucket = self._buckets.setdefault(name, _Bucket(redact(name)))
        try:
            place = _place(url, owner, bucket)
            found = list(place.walk(""))
        except NbtrackError as error:
            bucket.leave_out(owner, error)
            return
        bucket.file_counts[owner] = len(found)
        for entry in found:
            if bucket.is_away:
                return
            yield SourceFile(entry.path, entry.file_size or 0, partial(_open, place, entry.path, owner, bucket))

    def tell(self) -> None:
        """Report which buckets were read, and which could not be."""
        for bucket in self._buckets.values():
            if bucket.left_out:
                reason = f"of {len(bucket.left_out):,} runs and models did not come, or not all: {bucket.fault}"
                self._report.leave_out("artifacts", bucket.name, reason)
            if file_count := sum(bucket.file_counts.values()):
                self._report.note("artifacts", bucket.name, f"{file_count:,} files of the source lie there")


def _place(url: str, owner: str, bucket: _Bucket) -> Place:
    if bucket.is_away:
        raise StoreUnavailable(bucket.fault)
    if not is_remote(url) or url.lower().startswith(_OF_THIS_PROCESS):
        raise InvalidInput("Nothing is read from URLs of this kind. Copy the files beside the source.")
    place = place_at(url, owner)
    if url.rstrip("/") == bucket_of(url):
        raise InvalidInput("A whole bucket is no run's folder.")
    if not bucket.is_there:
        check_there(url)
        bucket.is_there = True
    return place


@contextmanager
def _open(place: Place, path: str, owner: str, bucket: _Bucket) -> Iterator[Readable]:
    with _watching(bucket, owner):
        reader = ArtifactReader(place.open(path), path, owner)
    with closing(reader):
        yield _Watched(reader, partial(_watching, bucket, owner))


@contextmanager
def _watching(bucket: _Bucket, owner: str) -> Iterator[None]:
    """Let a fault of the source be one: StoreUnavailable says that the destination takes nothing more."""
    try:
        yield
    except StoreUnavailable as error:
        bucket.leave_out(owner, error)
        raise OSError(str(error)) from error


class _Watched:
    def __init__(self, reader: ArtifactReader, watching: Callable[[], AbstractContextManager[None]]) -> None:
        self._reader, self._watching = reader, watching

    def read(self, size: int = -1, /) -> bytes:
        with self._watching():
            return self._reader.read(size)
