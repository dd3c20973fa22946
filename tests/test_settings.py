from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.settings import outbox_folder, redact, without_passwords


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("postgresql://ada:secret@host:5432/db", "postgresql://ada:***@host:5432/db"),
        ("postgresql://ada:se:c/r#e?t@1@host/db", "postgresql://ada:***@host/db"),
        (
            "postgresql://host/db?user=ada&password=secret&schema=x",
            "postgresql://host/db?user=ada&password=***&schema=x",
        ),
        ("postgresql://host/db?sslpassword=secret", "postgresql://host/db?sslpassword=***"),
        ("http://:secret@[::1]:5000", "http://:***@[::1]:5000"),
        ("postgresql://u:secret@[broken", "postgresql://u:***@[broken"),
        ("postgresql://ada@host/db", "postgresql://ada@host/db"),
        ("/home/ada/a:b@c/.nbtrack", "/home/ada/a:b@c/.nbtrack"),
    ],
)
def test_no_secret_is_shown(uri: str, shown: str) -> None:
    assert redact(uri) == shown


def test_what_waits_for_a_store_lies_in_one_place_whatever_the_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    uris = ["http://ada:one@host/", "http://ada:two@host/", "http://bob@host/", "http://host/"]
    assert len({outbox_folder(uri) for uri in uris}) == 1
    assert outbox_folder("http://host/other") != outbox_folder("http://host/")
    assert "host" not in outbox_folder("http://host/").name


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ('set_tracking_uri("postgresql://ada:se/cret@host/db")', 'set_tracking_uri("postgresql://ada:***@host/db")'),
        ("%nbtrack store postgresql://ada:secret@host/db\nx = 1", "%nbtrack store postgresql://ada:***@host/db\nx = 1"),
        ("requests.get('https://host:80/a')  # ask ada@host", "requests.get('https://host:80/a')  # ask ada@host"),
        ('f"postgresql://{user}:{password}@host/db"', 'f"postgresql://{user}:{password}@host/db"'),
    ],
)
def test_code_is_kept_without_the_passwords_in_its_uris(source: str, kept: str) -> None:
    assert without_passwords(source) == kept
