"""Arguments that name a run or an experiment, with completion from the store."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from nbtrack.cli.lookup import MIN_PREFIX, SHORT_ID
from nbtrack.cli.opening import is_there
from nbtrack.cli.options import chosen_store
from nbtrack.errors import NbtrackError
from nbtrack.store import RunQuery, Store

MAX_OFFERED = 200
"""Of so many of the newest runs, names are offered."""


class _FromStore(click.types.StringParamType):
    """An argument whose completions are looked up in the store."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 click's signature
        from nbtrack.settings import discover_tracking_uri
        from nbtrack.store import open_store

        uri = chosen_store(ctx) or discover_tracking_uri()
        if not is_there(uri):
            return []
        try:
            store = open_store(uri)
            try:
                return self.offered(store, incomplete)
            finally:
                store.close()
        except NbtrackError:
            return []  # a store that is away has no names to offer; the command itself will say so

    def offered(self, store: Store, incomplete: str) -> list[CompletionItem]:
        raise NotImplementedError


class RunName(_FromStore):
    """A run by id, the beginning of one, or name."""

    name = "run"

    def __init__(self, lifecycle: str = "active") -> None:
        self._lifecycle = lifecycle

    def offered(self, store: Store, incomplete: str) -> list[CompletionItem]:
        found = []
        for run in store.runs.search(RunQuery(lifecycle=self._lifecycle, max_results=MAX_OFFERED)).runs:
            info = run.info
            if info.run_name.startswith(incomplete):
                found.append(CompletionItem(info.run_name, help=f"{info.run_id[:SHORT_ID]} {info.status.value}"))
            elif len(incomplete) >= MIN_PREFIX and info.run_id.startswith(incomplete):
                found.append(CompletionItem(info.run_id, help=info.run_name))
        return found


class ExperimentName(_FromStore):
    """An experiment by name or id."""

    name = "experiment"

    def __init__(self, lifecycle: str = "active") -> None:
        self._lifecycle = lifecycle

    def offered(self, store: Store, incomplete: str) -> list[CompletionItem]:
        listed = store.experiments.list(lifecycle=self._lifecycle)
        return [CompletionItem(found.name) for found in listed if found.name.startswith(incomplete)]


class RegisteredModelName(_FromStore):
    """A registered model, or the name of a new one."""

    name = "name"

    def offered(self, store: Store, incomplete: str) -> list[CompletionItem]:
        models = store.registry.list()
        return [CompletionItem(model.name) for model in models if model.name.startswith(incomplete)]


class VersionOfModel(_FromStore):
    """A version of the registered model that the line names before: its number, latest, or @ALIAS."""

    name = "version"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        self._model = ctx.params.get("name")
        return super().shell_complete(ctx, param, incomplete)

    def offered(self, store: Store, incomplete: str) -> list[CompletionItem]:
        if self._model is None:
            return []
        model = store.registry.get(self._model)
        known = [*(version.version for version in model.versions), "latest", *(f"@{alias}" for alias in model.aliases)]
        return [CompletionItem(version) for version in known if version.startswith(incomplete)]


class FieldNames(_FromStore):
    """What is known of runs, with commas between: ``metrics.KEY,params.KEY,tags.KEY``."""

    name = "fields"

    def offered(self, store: Store, incomplete: str) -> list[CompletionItem]:
        *before, last = incomplete.split(",")
        keys = store.runs.keys()
        known = [("metrics", keys.metrics), ("params", keys.params), ("tags", keys.tags)]
        fields = [f"{kind}.{key}" for kind, of_kind in known for key in of_kind]
        start = ",".join([*before, ""])
        return [CompletionItem(start + field) for field in fields if field.startswith(last)]
