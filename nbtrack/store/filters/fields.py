"""What each kind of thing can be searched by, under every name that MLflow's users know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbtrack.store.filters.tree import FieldKind

_PREFIXES: Mapping[str, FieldKind] = {
    "metric": FieldKind.METRIC,
    "metrics": FieldKind.METRIC,
    "param": FieldKind.PARAM,
    "params": FieldKind.PARAM,
    "parameter": FieldKind.PARAM,
    "parameters": FieldKind.PARAM,
    "tag": FieldKind.TAG,
    "tags": FieldKind.TAG,
    "dataset": FieldKind.DATASET,
    "datasets": FieldKind.DATASET,
    "attribute": FieldKind.ATTRIBUTE,
    "attributes": FieldKind.ATTRIBUTE,
    "attr": FieldKind.ATTRIBUTE,
}
DATASET_FIELDS = ("name", "digest", "context")


@dataclass(frozen=True)
class Fields:
    """The fields of one kind of thing.

    Parameters
    ----------
    things
        What is searched for, in the plural, for messages.
    texts, numbers, durations
        Its attributes; durations are numbers of milliseconds that can be written with a unit.
    aliases
        Other names of attributes.
    kinds
        What else it has, each with keys.
    own_prefix
        What may stand before an attribute instead of ``attributes``.
    bare
        What a name is that nothing stands before; None: an attribute.
    """

    things: str
    texts: frozenset[str]
    numbers: frozenset[str] = frozenset()
    durations: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[FieldKind] = frozenset({FieldKind.TAG})
    own_prefix: str = "attribute"
    bare: FieldKind | None = None

    @property
    def attributes(self) -> Mapping[str, str]:
        """Attributes by all their names."""
        return {**{name: name for name in self.texts | self.numbers | self.durations}, **self.aliases}

    @property
    def prefixes(self) -> Mapping[str, FieldKind]:
        """Kinds of fields by all that may stand before the point."""
        known = {prefix: kind for prefix, kind in _PREFIXES.items() if kind in self.kinds | {FieldKind.ATTRIBUTE}}
        return known | {self.own_prefix: FieldKind.ATTRIBUTE}

    @property
    def examples(self) -> str:
        """Say which fields there are."""
        return ", ".join(
            [f"{kind.value}.KEY" for kind in FieldKind if kind in self.kinds - {FieldKind.DATASET}]
            + [f"datasets.{name}" for name in DATASET_FIELDS if FieldKind.DATASET in self.kinds]
            + ["attributes.NAME"]
        )

    def is_number(self, kind: FieldKind, key: str) -> bool:
        if kind is FieldKind.ATTRIBUTE:
            return key in self.numbers | self.durations
        return kind is FieldKind.METRIC


RUN_FIELDS = Fields(
    "runs",
    texts=frozenset({"run_id", "run_name", "status", "user_id", "experiment_id", "notebook"}),
    numbers=frozenset({"start_time", "end_time"}),
    durations=frozenset({"age", "duration"}),
    aliases={
        "id": "run_id",
        "name": "run_name",
        "run name": "run_name",
        "Run name": "run_name",
        "Run Name": "run_name",
        "created": "start_time",
        "Created": "start_time",
        "user": "user_id",
    },
    kinds=frozenset({FieldKind.METRIC, FieldKind.PARAM, FieldKind.TAG, FieldKind.DATASET}),
    own_prefix="run",
)
EXPERIMENT_FIELDS = Fields(
    "experiments",
    texts=frozenset({"experiment_id", "name"}),
    numbers=frozenset({"creation_time", "last_update_time"}),
    own_prefix="experiment",
)
REGISTERED_MODEL_FIELDS = Fields(
    "registered models",
    texts=frozenset({"name"}),
    numbers=frozenset({"creation_timestamp", "last_updated_timestamp"}),
    aliases={"timestamp": "last_updated_timestamp"},
)
MODEL_VERSION_FIELDS = Fields(
    "model versions",
    texts=frozenset({"name", "run_id", "source_path"}),
    numbers=frozenset({"version_number", "creation_timestamp", "last_updated_timestamp"}),
)
LOGGED_MODEL_FIELDS = Fields(
    "logged models",
    texts=frozenset({"model_id", "name", "model_type", "status", "source_run_id", "experiment_id"}),
    numbers=frozenset({"creation_timestamp", "last_updated_timestamp"}),
    aliases={"creation_time": "creation_timestamp", "last_updated_time": "last_updated_timestamp"},
    kinds=frozenset({FieldKind.METRIC, FieldKind.PARAM, FieldKind.TAG}),
)
MEASURED_FIELDS = Fields(
    "what was measured", texts=frozenset(), kinds=frozenset({FieldKind.METRIC}), bare=FieldKind.METRIC
)
