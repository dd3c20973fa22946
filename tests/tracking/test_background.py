from __future__ import annotations

import threading

import pytest

from nbtrack.tracking import background


def test_what_waits_in_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "MAX_PENDING_BYTES", 100)
    go_on, done = threading.Event(), []
    background.submit(lambda: done.append("first" if go_on.wait(10) else "late"), size_bytes=60)
    background.submit(lambda: done.append("small"), size_bytes=40)
    assert done == []

    threading.Timer(0.05, go_on.set).start()
    background.submit(lambda: done.append("large"), size_bytes=60)

    assert done[:2] == ["first", "small"]
    background.wait()
    assert done == ["first", "small", "large"]
