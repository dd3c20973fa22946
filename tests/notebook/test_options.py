from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.errors import InvalidInput
from nbtrack.notebook.options import HelpWanted, TrackOptions, parse_track_options


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", TrackOptions()),
        ("forest", TrackOptions(name="forest")),
        ('"two words"', TrackOptions(name="two words")),
        ("'emoji 🦌' -e wine", TrackOptions(name="emoji 🦌", experiment="wine")),
        ("-e wine forest", TrackOptions(name="forest", experiment="wine")),
        ("--experiment=wine", TrackOptions(experiment="wine")),
        ("-t a=1 -t b=x=y --tag c=", TrackOptions(tags={"a": "1", "b": "x=y", "c": ""})),
        ("-t 'a b=c d'", TrackOptions(tags={"a b": "c d"})),
        ("-p a,b -m c", TrackOptions(params=("a", "b"), metrics=("c",))),
        ("-p 'a, b,'", TrackOptions(params=("a", "b"))),
        ("-p größe", TrackOptions(params=("größe",))),
        ("--system-metrics", TrackOptions(log_system_metrics=True)),
        ("--no-models --no-output", TrackOptions(log_models=False, log_output=False)),
        ("--no-figures --no-datasets", TrackOptions(log_figures=False, log_datasets=False)),
        ("-- -dash", TrackOptions(name="-dash")),
    ],
)
def test_options_are_read(line: str, expected: TrackOptions) -> None:
    assert parse_track_options(line) == expected


@pytest.mark.parametrize(
    "line",
    ["--unknown", "a b", "-t", "-t a", "-t =b", "-p", "-p ,", "-p a-b", "-p 1a", "-m a.b", "'open", '"', "-e", "--no",
     "--no-models=1", "\\"],
)  # fmt: skip
def test_mistakes_are_one_line(line: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_track_options(line)
    assert str(refused.value).strip()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("line", ["-h", "--help", "name -e x --help"])
def test_help_can_be_asked_for_anywhere(line: str) -> None:
    with pytest.raises(HelpWanted, match="%%track"):
        parse_track_options(line)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(line: str) -> None:
    with contextlib.suppress(InvalidInput, HelpWanted):
        assert isinstance(parse_track_options(line), TrackOptions)
