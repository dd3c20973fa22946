from __future__ import annotations

import pytest

from nbtrack.notebook.completion import completions_for
from nbtrack.notebook.transform import options_of, track_line, without_track


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%%track\na = 1\n", "# tracked\na = 1\n"),
        ("%%track name -t a=b\na = 1\n", "# tracked\na = 1\n"),
        ("%%track", "# tracked\n"),
        ("\n\n%%track\na = 1\n", "\n\n# tracked\na = 1\n"),
        ("%%track\n%%time\na = 1\n", "%%time\na = 1\n"),
        ("%%time\n%%track\na = 1\n", "%%time\na = 1\n"),
        ("a = 1\n%%track\n", "a = 1\n%%track\n"),
        ("%%tracked\na = 1\n", "%%tracked\na = 1\n"),
        ("%track\n", "%track\n"),
        (" %%track\na = 1\n", " %%track\na = 1\n"),
        ("", ""),
    ],
)
def test_the_line_is_taken_off_and_lines_stay_where_they_are(cell: str, expected: str) -> None:
    assert "".join(without_track(cell.splitlines(keepends=True))) == expected


@pytest.mark.parametrize("cell", ["%%track -x\na = 1\n", "%%track 'open\na = 1\n", "%%time\n%%track a b\na = 1\n"])
def test_bad_options_become_a_cell_that_only_refuses(cell: str) -> None:
    (line,) = without_track(cell.splitlines(keepends=True))
    assert "nbtrack_refuse" in line
    assert "did not run" in line
    assert options_of(cell) is None


def test_transforming_is_pure() -> None:
    lines = ["%%track\n", "a = 1\n"]
    assert without_track(lines) == without_track(lines)
    assert lines == ["%%track\n", "a = 1\n"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [("%%track", ""), ("%%track a b", "a b"), ("%%time\n%%track x", "x"), ("a\n%%track", None), ("", None)],
)
def test_a_tracked_cell_is_known_by_its_first_lines(source: str, expected: str | None) -> None:
    assert track_line(source) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%%track --exp", ["--experiment"]),
        ("%%track --no-models --no-m", []),
        ("%%track", []),
        ("%%track name --ta", ["--tag"]),
        ("%autolog of", ["off"]),
        ("%time --no", []),
        ("x = 1 --no", []),
    ],
)
def test_options_are_offered_where_they_can_stand(line: str, expected: list[str]) -> None:
    assert completions_for(line)[1] == expected
