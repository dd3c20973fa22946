"""Evaluations of files, each in a process of its own."""

from __future__ import annotations

import os
import secrets
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from nbtrack.errors import InvalidInput, InvalidPath, InvalidState, NotFound
from nbtrack.server.child import Child

State: TypeAlias = Literal["running", "done", "failed"]

MAX_RUNNING = 4
MAX_KEPT = 200


@dataclass(frozen=True)
class Evaluation:
    """One evaluation of a run's model on a file."""

    evaluation_id: str
    run_id: str
    state: State = "running"
    error: str | None = None


def evaluate_command(*, model_uri: str, file: Path, target: str, model_type: str, run_id: str) -> list[str]:
    """Return the command that evaluates a model on a file and writes the result to a run."""
    command = [sys.executable, "-m", "nbtrack", "evaluate", "--model", model_uri, "--data", str(file)]
    return [*command, "--target", target, "--model-type", model_type, "--run-id", run_id]


class Evaluations:
    """The evaluations since the server started, safe to use from many threads."""

    def __init__(
        self, root: Path, *, on_change: Callable[[], None], environment: Mapping[str, str] | None = None
    ) -> None:
        self._root, self._on_change, self._environment = root, on_change, environment
        self._lock = threading.Lock()
        self._evaluations: dict[str, Evaluation] = {}
        self._children: dict[str, Child] = {}

    def get(self, evaluation_id: str) -> Evaluation:
        """Return one evaluation, or raise NotFound."""
        with self._lock:
            if evaluation_id not in self._evaluations:
                raise NotFound(f"No evaluation {evaluation_id!r}: the server started again since.")
            return self._evaluations[evaluation_id]

    def file_below_root(self, path: str) -> Path:
        """Return a file below the server's root folder, or raise InvalidPath or NotFound."""
        root = self._root.resolve()
        try:
            found = (root / path.lstrip("/")).resolve()
        except (OSError, ValueError):  # too long, or a NUL in it
            raise InvalidPath(f"{path!r} can't be a file's path.") from None
        if not found.is_relative_to(root):
            raise InvalidPath(f"{path!r} lies outside the folder that this server shows.")
        if not found.is_file():
            raise NotFound(f"There is no file {path!r}. Give its path from the folder that this server shows.")
        return found

    def start(self, command: Sequence[str], *, run_id: str) -> Evaluation:
        """Start an evaluation; returns at once."""
        evaluation = Evaluation(secrets.token_hex(8), run_id)
        child = Child(
            command,
            folder=self._root,
            environment=self._environment or os.environ,
            on_exit=lambda code: self._exited(evaluation.evaluation_id, code),
        )
        with self._lock:
            if sum(other.state == "running" for other in self._evaluations.values()) >= MAX_RUNNING:
                raise InvalidState(f"{MAX_RUNNING} evaluations are running; wait until one is done.")
            self._evaluations[evaluation.evaluation_id] = evaluation
            self._children[evaluation.evaluation_id] = child
            self._forget_oldest()
        child.start()
        self._on_change()
        return evaluation

    def close(self) -> None:
        """End those that run."""
        for child in list(self._children.values()):
            if child.is_running:
                child.terminate(grace_s=1.0)

    def _forget_oldest(self) -> None:
        done = [key for key, evaluation in self._evaluations.items() if evaluation.state != "running"]
        for key in done[: max(0, len(self._evaluations) - MAX_KEPT)]:
            del self._evaluations[key]

    def _exited(self, evaluation_id: str, code: int) -> None:
        with self._lock:
            child, old = self._children.pop(evaluation_id), self._evaluations[evaluation_id]
            error = None if code == 0 else child.log.last_words or f"It ended with code {code}."
            self._evaluations[evaluation_id] = replace(old, state="failed" if error else "done", error=error)
        self._on_change()


def checked_model_type(model_type: str) -> str:
    """Return the kind of model, or raise InvalidInput; empty means that it is guessed."""
    if model_type not in ("classifier", "regressor"):
        raise InvalidInput(f"modelType is {model_type!r}; use 'classifier' or 'regressor'.")
    return model_type
