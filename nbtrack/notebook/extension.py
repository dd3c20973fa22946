from __future__ import annotations

import atexit
from dataclasses import dataclass
from typing import Any

from nbtrack.notebook.completion import matcher
from nbtrack.notebook.hooks import CellHooks
from nbtrack.notebook.magics import LINE_MAGICS, refuse_magic
from nbtrack.notebook.transform import without_track
from nbtrack.tracking import session


@dataclass(frozen=True)
class _Loaded:
    shell: Any
    hooks: CellHooks
    matcher: Any


_loaded: _Loaded | None = None


def load(shell: Any) -> None:
    """Bring ``%%track`` and the line magics into a shell; loading again does nothing."""
    from IPython.core.magic import no_var_expand

    global _loaded
    if _loaded is not None and _loaded.shell is shell:
        return
    hooks = CellHooks(shell)
    # First, so that a %%magic below the %%track line becomes the first line before IPython looks for it.
    shell.input_transformers_cleanup.insert(0, without_track)
    shell.events.register("pre_run_cell", hooks.pre_run_cell)
    shell.events.register("post_run_cell", hooks.post_run_cell)
    for name, function in LINE_MAGICS.items():
        shell.register_magic_function(function, "line", name)
    # It quotes what the user wrote: braces and dollars too.
    no_var_expand(refuse_magic)
    completion_matcher = None
    if hasattr(shell.Completer, "custom_matchers"):
        completion_matcher = matcher()
        shell.Completer.custom_matchers.append(completion_matcher)
    hooks.join_executing_cell()
    _loaded = _Loaded(shell, hooks, completion_matcher)
    atexit.register(_interrupt_open_runs)


def unload(shell: Any) -> None:
    """Take everything back, autolog's patches too."""
    global _loaded
    if _loaded is None or _loaded.shell is not shell:
        return
    from nbtrack.autolog import autolog

    autolog(disable=True)
    shell.input_transformers_cleanup.remove(without_track)
    shell.events.unregister("pre_run_cell", _loaded.hooks.pre_run_cell)
    shell.events.unregister("post_run_cell", _loaded.hooks.post_run_cell)
    for name in LINE_MAGICS:
        shell.magics_manager.magics["line"].pop(name, None)
    if _loaded.matcher is not None:
        shell.Completer.custom_matchers.remove(_loaded.matcher)
    atexit.unregister(_interrupt_open_runs)
    session.current_cell = None  # nobody hears of its end
    _loaded = None


def _interrupt_open_runs() -> None:
    """A run that is open when its kernel is shut down was not finished by anybody."""
    from nbtrack.entities import RunStatus
    from nbtrack.tracking import end_run, open_runs

    for run in reversed(open_runs()):
        end_run(RunStatus.KILLED, run_id=run.info.run_id)
