from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import nbtrack
from nbtrack.cli import main
from nbtrack.cli.output import print_json
from nbtrack.cli.table import Column, table
from nbtrack.store import Store

HEAVY = {"sqlalchemy", "pandas", "numpy", "sklearn", "matplotlib", "jupyterlab", "jupyter_server", "IPython", "rich"}


def paths_of(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from paths_of(inner, (*path, name))


def loaded_after(arguments: tuple[str, ...], folder: Path) -> set[str]:
    """Return the modules that a command leaves imported in a fresh process."""
    code = (
        "import sys\nfrom nbtrack.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=folder)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("path", sorted(paths_of(main)), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    answer = CliRunner().invoke(main, [*path, "--help"])
    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith("Usage:")


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    assert loaded_after(("--help",), tmp_path) & {*HEAVY, "asyncio", "email", "lark", "psutil"} == set()


def test_a_list_of_runs_imports_the_store_and_nothing_else_that_is_heavy(store: Store, tmp_path: Path) -> None:
    loaded = loaded_after(("--store", str(tmp_path / ".nbtrack"), "runs", "list"), tmp_path)
    assert loaded & HEAVY == {"sqlalchemy"}


@pytest.mark.usefixtures("isolated")
def test_looking_makes_no_store_where_there_is_none(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["runs", "list"])
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: There is no store at")
    assert not (tmp_path / ".nbtrack").exists()


def test_the_store_is_named_before_the_command_or_behind_it(store: Store, tmp_path: Path) -> None:
    with nbtrack.start_run(run_name="here"):
        pass
    place = str(tmp_path / ".nbtrack")
    nbtrack.set_tracking_uri(tmp_path / "elsewhere")
    for arguments in (["-s", place, "runs", "list"], ["runs", "list", "--store", place]):
        assert "here" in CliRunner().invoke(main, arguments).output


def test_a_reader_that_goes_away_is_no_error(store: Store, tmp_path: Path) -> None:
    with nbtrack.start_run(run_name="one", tags={"text": "x" * 500_000}):
        pass
    command = f"{sys.executable} -m nbtrack -s {tmp_path / '.nbtrack'} runs list --json | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stderr == ""


def test_numbers_in_json_are_exact_and_those_that_json_has_no_word_for_are_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_json({"values": [0.1 + 0.2, float("nan"), float("-inf")], "count": 2**63})
    assert json.loads(capsys.readouterr().out) == {
        "values": [0.30000000000000004, "NaN", "-Infinity"],
        "count": 2**63,
    }


def test_a_table_is_cut_to_the_terminal_but_never_a_number() -> None:
    columns = [Column("name"), Column("f1", is_number=True)]
    lines = click.unstyle(
        table(columns, [("a-very-long-name-of-a-run", "0.9123"), ("日本語の名前です", "1")], width=20)
    )
    assert lines.splitlines() == ["name              f1", "a-very-long…  0.9123", "日本語の名…        1"]


def test_what_others_wrote_does_not_steer_the_terminal() -> None:
    shown = click.unstyle(table([Column("name")], [("\x1b[2Jgone\nsecond\u202e",)]))
    assert shown.splitlines()[1] == "\\x1b[2Jgone second\\u202e"


def test_json_does_not_steer_the_terminal_and_says_the_same(capsys) -> None:
    text = "\x1b[2J\x9b31m\x7f\u202e é 日\n"
    print_json({"name": text})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"name": text}
    assert "é 日" in printed and not {*"\x1b\x9b\x7f\u202e"} & {*printed}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    answer = CliRunner().invoke(main, ["completion", shell])
    assert answer.exit_code == 0
    assert "_NBTRACK_COMPLETE" in answer.output


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("nbtrack ru", {"runs"}),
        ("nbtrack runs list --experiment ir", {"iris"}),
        ("nbtrack runs list --columns name,metrics.", {"name,metrics.f1"}),
        ("nbtrack --store {elsewhere} runs list --experiment ir", set()),
    ],
)
def test_tab_completes_what_the_store_has(store: Store, tmp_path: Path, line: str, offered: set[str]) -> None:
    nbtrack.set_experiment("iris")
    with nbtrack.start_run(run_name="tuned-forest"):
        nbtrack.log_metric("f1", 0.9)
    nbtrack.flush()
    words = line.format(elsewhere=tmp_path / "elsewhere")
    environment = {
        **os.environ,
        "NBTRACK_TRACKING_URI": str(tmp_path / ".nbtrack"),
        "_NBTRACK_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    command = [sys.executable, "-c", "from nbtrack.cli import main; main(prog_name='nbtrack')"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert {offer.partition(",")[2] for offer in done.stdout.split()} == offered
    assert not (tmp_path / "elsewhere").exists()
