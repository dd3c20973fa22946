"""Every error that nbtrack raises on purpose.

NbtrackError
├── InvalidInput              a value that the caller gave; ValueError too
│   ├── InvalidName           an empty, overlong or unsafe name or key
│   ├── InvalidFilter         a search filter or an order that does not parse
│   ├── InvalidPath           an artifact path that leaves its folder
│   ├── ParamConflict         a param that already has another value
│   └── SignatureMismatch     data that a model's signature refuses
├── NotFound                  LookupError too
│   ├── RunNotFound, ExperimentNotFound, ModelNotFound, ArtifactNotFound
│   └── SettingNotFound       a setting that a model was not given; KeyError too
├── AlreadyExists             a name that is taken
├── InvalidState              the thing exists, but not in a state that allows this
│   └── PromotionRefused      a model version that is not as good as was required
├── StoreError                the store can't be used
│   ├── StoreUnavailable      a fault of storage: full, read-only, locked
│   │   ├── StoreAway         its server doesn't answer now
│   │   └── ServerFailed      its server answers, and fails at this
│   ├── ArtifactChanged       a file that is not what was stored
│   ├── NotAStore             a file or folder that is something else
│   └── StoreTooNew           written by a newer nbtrack
├── ModelError
│   ├── NoFlavor              nothing installed knows how to save this object
│   ├── UnknownFlavor         nothing installed knows how to load this model
│   ├── UnsavableModel        the object can't be serialised
│   ├── UntrustedModel        a pickle that this user did not sign
│   └── MalformedModel        a model folder that is damaged or incomplete
├── EvaluationError           data or a model that can't be evaluated
├── BrokenPlugin              an installed package announces a plugin that doesn't work
├── MissingPackage            an optional package that is not installed; ImportError too
└── MissingProgram            a program beside Python, Java or R, that is not installed
"""

from __future__ import annotations


class NbtrackError(Exception):
    """Base of all errors here. ``code`` is the one that the REST API answers."""

    code = "INTERNAL_ERROR"


class InvalidInput(NbtrackError, ValueError):
    """A value that the caller gave is refused."""

    code = "INVALID_PARAMETER_VALUE"


class InvalidName(InvalidInput):
    """A name or key is empty, too long or holds what can't be kept."""


class InvalidFilter(InvalidInput):
    """A filter or an order does not parse.

    What is wrong are ``length`` characters from ``position``, counted from 0; ``suggestion`` in their place may be
    what was meant.
    """

    def __init__(
        self, text: str, reason: str, position: int | None = None, length: int = 0, suggestion: str | None = None
    ) -> None:
        super().__init__(text, reason, position, length, suggestion)
        self.text, self.reason = text, reason
        self.position, self.length, self.suggestion = position, length, suggestion

    def __str__(self) -> str:
        if self.position is None:
            return f"{self.reason} In: {self.text}"
        return f"{self.reason}\n  {self.text}\n  {' ' * self.position}{'^' * max(self.length, 1)}"


class InvalidPath(InvalidInput):
    """A path is absolute, leaves its folder or passes through a link."""


class ParamConflict(InvalidInput):
    """A param was logged before with another value."""

    def __init__(self, key: str, old: str, new: str, owner_id: str, kind: str = "run") -> None:
        super().__init__(key, old, new, owner_id, kind)
        self.key, self.old, self.new, self.owner_id, self.kind = key, old, new, owner_id, kind

    def __str__(self) -> str:
        old, new = (value if len(value) <= 60 else value[:57] + "..." for value in (self.old, self.new))
        return (
            f"Param {self.key!r} of {self.kind} {self.owner_id} is already {old!r} and can't become {new!r}: "
            "a param is written once. Use another key, a tag or a metric for what changes."
        )


class SignatureMismatch(InvalidInput):
    """Data does not fit the signature of a model."""


class NotFound(NbtrackError, LookupError):
    """What was asked for is not in the open store."""

    code = "RESOURCE_DOES_NOT_EXIST"


class RunNotFound(NotFound):
    """No run has this id or name."""

    def __init__(self, run_id: str, store_uri: str) -> None:
        super().__init__(run_id, store_uri)
        self.run_id, self.store_uri = run_id, store_uri

    def __str__(self) -> str:
        return (
            f"No run {self.run_id!r} in {self.store_uri}. `nbtrack.search_runs()` lists the runs; "
            "`nbtrack.set_tracking_uri(...)` opens another store."
        )


class ExperimentNotFound(NotFound):
    """No experiment has this id or name."""

    def __init__(self, experiment: str, store_uri: str) -> None:
        super().__init__(experiment, store_uri)
        self.experiment, self.store_uri = experiment, store_uri

    def __str__(self) -> str:
        return (
            f"No experiment {self.experiment!r} in {self.store_uri}. "
            f"`nbtrack.create_experiment({self.experiment!r})` makes it."
        )


class ModelNotFound(NotFound):
    """No model, registered model or version is there."""


class ArtifactNotFound(NotFound):
    """The run has no artifact of this path."""

    def __init__(self, path: str, run_id: str) -> None:
        super().__init__(path, run_id)
        self.path, self.run_id = path, run_id

    def __str__(self) -> str:
        return f"Run {self.run_id} has no artifact {self.path!r}. `nbtrack.list_artifacts()` shows what it has."


class SettingNotFound(NotFound, KeyError):
    """A model's script asks for a setting that it was not given."""

    def __init__(self, key: str, known: tuple[str, ...]) -> None:
        super().__init__(key, known)
        self.key, self.known = key, known

    def __str__(self) -> str:
        return f"The model has no setting {self.key!r}. It has: {', '.join(self.known) or 'none'}."


class AlreadyExists(NbtrackError):
    """A name is taken."""

    code = "RESOURCE_ALREADY_EXISTS"


class InvalidState(NbtrackError):
    """The thing is there, but not in a state that allows this."""

    code = "INVALID_STATE"


class PromotionRefused(InvalidState):
    """A model version does not meet what its promotion requires. ``findings`` are lines of what was found."""

    def __init__(self, name: str, version: str, alias: str, findings: tuple[str, ...]) -> None:
        super().__init__(name, version, alias, findings)
        self.name, self.version, self.alias, self.findings = name, version, alias, findings

    def __str__(self) -> str:
        found = "".join(f"\n  {finding}" for finding in self.findings)
        return f"Version {self.version} of {self.name!r} is not promoted to {self.alias!r}, and nothing changed:{found}"


class StoreError(NbtrackError):
    """The store can't be used."""


class StoreUnavailable(StoreError):
    """A fault of storage, not of the caller: disk full, read-only, locked, away."""

    code = "TEMPORARILY_UNAVAILABLE"


class StoreAway(StoreUnavailable):
    """The server that keeps the store doesn't answer now; it may be back soon."""


class ServerFailed(StoreUnavailable):
    """The server is there, and fails at what it is asked: now, or each time."""


class ArtifactChanged(StoreError):
    """A stored file is not what it was when it was stored. ``finding`` says how that shows."""

    code = "DATA_LOSS"

    def __init__(self, path: str, owner_id: str, finding: str) -> None:
        super().__init__(path, owner_id, finding)
        self.path, self.owner_id, self.finding = path, owner_id, finding

    def __str__(self) -> str:
        return (
            f"The artifact {self.path!r} of {self.owner_id} was changed or damaged after it was stored "
            f"({self.finding}). Log it again, or bring it back from a backup."
        )


class NotAStore(StoreError):
    """The place holds something else than an nbtrack store."""


class StoreTooNew(StoreError):
    """A newer nbtrack wrote this store."""


class ModelError(NbtrackError):
    """A model can't be saved, loaded or used."""

    code = "BAD_REQUEST"


class NoFlavor(ModelError, TypeError):
    """No installed flavor knows how to save this object."""

    def __init__(self, type_name: str) -> None:
        super().__init__(type_name)
        self.type_name = type_name

    def __str__(self) -> str:
        return (
            f"No installed flavor can save a {self.type_name}. Wrap it in a nbtrack.pyfunc.PythonModel, "
            "or install a flavor plugin for it."
        )


RETIRED_FLAVORS = {
    "mleap": (
        "MLeap is retired: nothing loads such models any more. Save the Spark pipeline itself, or convert it to ONNX "
        "(onnxmltools.convert_sparkml) with the Spark that made it, and save that."
    ),
    "gluon": (
        "MXNet with its Gluon is retired, and MLflow has dropped it. Export the network to ONNX "
        "(mxnet.onnx.export_model) with the MXNet that made it, and save that; or train it anew in PyTorch."
    ),
}
"""Flavors of old MLmodel files whose projects have ended, and what to use instead."""


class UnknownFlavor(ModelError):
    """No installed flavor knows how to load this model."""

    def __init__(self, flavors: tuple[str, ...], directory: str) -> None:
        super().__init__(flavors, directory)
        self.flavors, self.directory = flavors, directory

    def __str__(self) -> str:
        for flavor in self.flavors:
            if flavor in RETIRED_FLAVORS:
                return f"{self.directory} is a model of {flavor}, and {RETIRED_FLAVORS[flavor]}"
        return (
            f"{self.directory} has the flavors {', '.join(self.flavors)}, and no installed package can load one of "
            "them. Install a flavor plugin for it (its entry point is in the group nbtrack.flavors), or run the code "
            "that registers it (nbtrack.flavors.register_flavor)."
        )


class UnsavableModel(ModelError):
    """The object can't be serialised."""


class UntrustedModel(ModelError):
    """A pickle that this user did not sign."""

    code = "PERMISSION_DENIED"


class MalformedModel(ModelError):
    """A model folder is damaged, incomplete or not a model."""


class EvaluationError(NbtrackError, ValueError):
    """Data or a model can't be evaluated."""

    code = "BAD_REQUEST"


class BrokenPlugin(NbtrackError):
    """An installed package announces a plugin that doesn't work."""

    def __init__(self, name: str, group: str, target: str, package: str | None, why: str) -> None:
        super().__init__(name, group, target, package, why)
        self.name, self.group, self.target, self.package, self.why = name, group, target, package, why

    def __str__(self) -> str:
        owner = f"the package {self.package}" if self.package else "this installation"
        return (
            f"The plugin {self.name!r} ({self.group}) of {owner} is broken: {self.target}: {self.why}. "
            "Update or uninstall that package; everything else works without it."
        )


class MissingPackage(NbtrackError, ImportError):
    """An optional package is not installed."""

    code = "BAD_REQUEST"

    def __init__(self, package: str, purpose: str, install: str) -> None:
        super().__init__(package, purpose, install)
        self.package, self.purpose, self.install = package, purpose, install

    def __str__(self) -> str:
        return f"{self.purpose} needs the package {self.package!r}: pip install {self.install!r}"


class MissingProgram(NbtrackError):
    """A program that a framework starts is not installed: Java, say."""

    code = "BAD_REQUEST"

    def __init__(self, program: str, purpose: str, install: str) -> None:
        super().__init__(program, purpose, install)
        self.program, self.purpose, self.install = program, purpose, install

    def __str__(self) -> str:
        return f"{self.purpose} needs {self.program}, which is not found on this machine. {self.install}"
