from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from nbtrack.cli import main


def call(*arguments: str, answer: str = "") -> Result:
    """Call ``nbtrack`` on the open store; ``answer`` is typed."""
    return CliRunner().invoke(main, arguments, input=answer)


def asked(*arguments: str) -> Any:
    """Return what a command answers in JSON."""
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
