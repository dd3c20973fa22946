from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from nbtrack.entities import ModelStatus, ModelVersion, RegisteredModel, Stage
from nbtrack.errors import AlreadyExists, InvalidInput, ModelNotFound, NotFound, RunNotFound
from nbtrack.limits import check_alias, check_key, check_model_name, check_value
from nbtrack.store.http.mlflow.api import Document, MlflowApi, listed
from nbtrack.store.http.mlflow.filters import quoted
from nbtrack.store.http.mlflow.run_ids import RunIds
from nbtrack.store.protocol import NewVersion, Page, Query

PAGE = 1000
_STATUSES = {
    "READY": ModelStatus.READY,
    "FAILED_REGISTRATION": ModelStatus.FAILED,
    "PENDING_REGISTRATION": ModelStatus.PENDING,
}
_RUNS, _MODELS = "runs:/", "models:/"


class MlflowRegistry:
    """The server's registry. In sources at ``runs:/RUN_ID/...`` the server has its own id of the run, nbtrack its; so
    it is for ``models:/MODEL_ID``.
    """

    def __init__(self, api: MlflowApi, ids: RunIds) -> None:
        self._api, self._ids = api, ids

    def create(self, name: str, *, at_ms: int, tags: Mapping[str, str] = {}, description: str = "") -> None:  # noqa: ARG002 the server's clock counts
        check_model_name(name)
        try:
            self._api.post("registered-models/create", name=name, tags=_tags(tags), description=description)
        except AlreadyExists:
            raise _taken(name) from None

    def get(self, name: str) -> RegisteredModel:
        try:
            document = self._api.get("registered-models/get", name=name)["registered_model"]
        except (NotFound, InvalidInput):
            raise self._missing(name) from None
        return self._model(document)

    def list(self) -> Sequence[RegisteredModel]:
        return [self._model(document) for document in self._pages("registered-models/search", "registered_models")]

    def search(self, query: Query) -> Page[RegisteredModel]:
        return self._api.page_by_get("registered-models/search", "registered_models", query, self._model)

    def search_versions(self, query: Query) -> Page[ModelVersion]:
        return self._api.page_by_get("model-versions/search", "model_versions", query, self._version)

    def rename(self, name: str, new_name: str, *, at_ms: int) -> None:  # noqa: ARG002
        check_model_name(new_name)
        try:
            self._change("POST", "registered-models/rename", name, new_name=new_name)
        except AlreadyExists:
            raise _taken(new_name) from None

    def describe(self, name: str, description: str, *, at_ms: int) -> None:  # noqa: ARG002
        self._change("PATCH", "registered-models/update", name, description=description)

    def delete(self, name: str) -> None:
        self._change("DELETE", "registered-models/delete", name)

    def set_tags(self, name: str, tags: Mapping[str, str], *, at_ms: int) -> None:  # noqa: ARG002
        for tag in _tags(tags):
            self._change("POST", "registered-models/set-tag", name, **tag)

    def delete_tag(self, name: str, key: str, *, at_ms: int) -> None:  # noqa: ARG002
        if key not in self.get(name).tags:
            raise _no_tag(key, f"registered model {name!r}")
        self._change("DELETE", "registered-models/delete-tag", name, key=key)

    def set_alias(self, name: str, alias: str, version: str, *, at_ms: int, tags: Mapping[str, str] = {}) -> None:
        check_alias(alias)
        self.get_version(name, version)
        self._change("POST", "registered-models/alias", name, alias=alias, version=version)
        if tags:
            self.set_version_tags(name, version, tags, at_ms=at_ms)

    def delete_alias(self, name: str, alias: str, *, at_ms: int) -> None:  # noqa: ARG002
        self._change("DELETE", "registered-models/alias", name, alias=alias)

    def create_version(self, new: NewVersion) -> ModelVersion:
        check_model_name(new.name)
        with suppress(AlreadyExists):  # then this is not its first version
            self._api.post("registered-models/create", name=new.name)
        made = self._api.post(
            "model-versions/create",
            name=new.name,
            source=self._source_there(new.source),
            run_id=None if new.run_id is None else self._ids.of_server(new.run_id),
            model_id=self._model_there(new.model_id),
            run_link=new.run_link or None,
            description=new.description or None,
            tags=_tags(new.tags),
        )
        return self._version(made["model_version"])

    def get_version(self, name: str, version: str) -> ModelVersion:
        try:
            found = self._api.get("model-versions/get", name=name, version=version)
        except (NotFound, InvalidInput):
            has = ", ".join(sorted((known.version for known in self.get(name).versions), key=int)) or "none"
            raise ModelNotFound(f"Registered model {name!r} has no version {version!r}; it has {has}.") from None
        return self._version(found["model_version"])

    def version_by_alias(self, name: str, alias: str) -> ModelVersion:
        try:
            found = self._api.get("registered-models/alias", name=name, alias=alias)
        except (NotFound, InvalidInput):
            has = ", ".join(sorted(self.get(name).aliases)) or "none"
            raise ModelNotFound(f"Registered model {name!r} has no alias {alias!r}; it has {has}.") from None
        return self._version(found["model_version"])

    def versions_of(self, source_prefix: str) -> Sequence[ModelVersion]:
        there = self._source_there(source_prefix)
        pattern = quoted(there.replace("%", "_") + "%")
        found = self._pages("model-versions/search", "model_versions", filter=f"source_path LIKE {pattern}")
        # An underscore stands for any character there.
        return [self._version(document) for document in found if str(document.get("source", "")).startswith(there)]

    def describe_version(self, name: str, version: str, description: str, *, at_ms: int) -> None:  # noqa: ARG002
        self._change_version("PATCH", "model-versions/update", name, version, description=description)

    def set_stage(self, name: str, version: str, stage: Stage, *, at_ms: int, archive_others: bool = False) -> None:  # noqa: ARG002
        self._change_version(
            "POST",
            "model-versions/transition-stage",
            name,
            version,
            stage=stage.value,
            archive_existing_versions=archive_others,
        )

    def set_version_tags(self, name: str, version: str, tags: Mapping[str, str], *, at_ms: int) -> None:  # noqa: ARG002
        for tag in _tags(tags):
            self._change_version("POST", "model-versions/set-tag", name, version, **tag)

    def delete_version_tag(self, name: str, version: str, key: str, *, at_ms: int) -> None:  # noqa: ARG002
        if key not in self.get_version(name, version).tags:
            raise _no_tag(key, f"version {version} of {name!r}")
        self._change_version("DELETE", "model-versions/delete-tag", name, version, key=key)

    def delete_version(self, name: str, version: str, *, at_ms: int) -> None:  # noqa: ARG002
        self._change_version("DELETE", "model-versions/delete", name, version)

    def _change(self, method: str, path: str, name: str, **body: Any) -> None:
        try:
            self._api.send(method, path, {"name": name, **body})
        except NotFound:
            raise self._missing(name) from None

    def _change_version(self, method: str, path: str, name: str, version: str, **body: Any) -> None:
        self.get_version(name, version)  # says which there are
        self._api.send(method, path, {"name": name, "version": version, **body})

    def _missing(self, name: str) -> ModelNotFound:
        return ModelNotFound(
            f"No registered model {name!r} in {self._api.url}. "
            f"nbtrack.register_model('runs:/RUN_ID/model', {name!r}) makes it."
        )

    def _pages(self, path: str, items: str, **query: str) -> Iterator[Document]:
        token: str | None = None
        while True:
            page = self._api.get(path, max_results=str(PAGE), **query, **({"page_token": token} if token else {}))
            yield from listed(page, items)
            token = page.get("next_page_token")
            if not token:
                return

    def _model(self, document: Document) -> RegisteredModel:
        name = str(document["name"])
        aliases = {str(each["alias"]): str(each["version"]) for each in listed(document, "aliases")}
        found = self._pages("model-versions/search", "model_versions", filter=f"name = {quoted(name)}")
        documents = builtins.list(found)
        self._ids.models.learn(named for each in documents if (named := _model_named(each)) is not None)
        versions = [self._version(version, aliases) for version in documents]
        return RegisteredModel(
            name=name,
            creation_timestamp=int(document.get("creation_timestamp", 0)),
            last_updated_timestamp=int(document.get("last_updated_timestamp", 0)),
            description=str(document.get("description", "")),
            versions=tuple(sorted(versions, key=lambda version: -int(version.version))),
            tags=_read_tags(document),
            aliases=aliases,
        )

    def _version(self, document: Document, aliases: Mapping[str, str] | None = None) -> ModelVersion:
        version, run_id = str(document["version"]), document.get("run_id") or None
        model_id = _model_named(document)
        if model_id is not None:
            self._ids.models.learn([model_id])
        listed_aliases = document.get("aliases") or []
        known = [alias for alias, pointed in (aliases or {}).items() if pointed == version]
        return ModelVersion(
            name=str(document["name"]),
            version=version,
            source=self._source_here(str(document.get("source", ""))),
            run_id=None if run_id is None else self._ids.here(str(run_id)),
            creation_timestamp=int(document.get("creation_timestamp", 0)),
            description=str(document.get("description", "")),
            last_updated_timestamp=int(document.get("last_updated_timestamp", 0)),
            user_id=str(document.get("user_id", "")),
            run_link=str(document.get("run_link", "")),
            model_id=None if model_id is None else self._ids.models.here(model_id),
            current_stage=Stage(document.get("current_stage") or "None"),
            status=_STATUSES.get(str(document.get("status")), ModelStatus.READY),
            status_message=str(document.get("status_message", "")),
            tags=_read_tags(document),
            aliases=tuple(sorted({*map(str, listed_aliases), *known})),
        )

    def _model_there(self, model_id: str | None) -> str | None:
        """Return the server's id of a logged model; for a model folder of a run its source says enough."""
        if model_id is None:
            return None
        try:
            return self._ids.models.of_server(model_id)
        except ModelNotFound:
            return None

    def _source_there(self, source: str) -> str:
        run_id, path = _run_of(source)
        if run_id is None:
            model_id = _model_of(source)
            return source if model_id is None else f"{_MODELS}{self._model_there(model_id) or model_id}"
        try:
            return f"{_RUNS}{self._ids.of_server(run_id)}/{path}"
        except RunNotFound:
            return source

    def _source_here(self, source: str) -> str:
        run_id, path = _run_of(source)
        if run_id is None:
            model_id = _model_of(source)
            return source if model_id is None else f"{_MODELS}{self._ids.models.here(model_id)}"
        return f"{_RUNS}{self._ids.here(run_id)}/{path}"


def _run_of(source: str) -> tuple[str | None, str]:
    if not source.startswith(_RUNS):
        return None, ""
    run_id, _, path = source.removeprefix(_RUNS).partition("/")
    return run_id or None, path


def _model_named(document: Document) -> str | None:
    """Return the server's id of a version's model; servers leave it out of their answers, and keep the source."""
    return document.get("model_id") or _model_of(str(document.get("source", "")))


def _model_of(source: str) -> str | None:
    """Return the id in ``models:/MODEL_ID``; ``models:/NAME/VERSION`` and ``models:/NAME@ALIAS`` have none."""
    model_id = source.removeprefix(_MODELS)
    return model_id if source.startswith(_MODELS) and not {"/", "@"} & {*model_id} else None


def _tags(tags: Mapping[str, str]) -> builtins.list[dict[str, str]]:
    return [{"key": check_key(key, "tag"), "value": check_value(value, "tag", key)} for key, value in tags.items()]


def _read_tags(document: Document) -> dict[str, str]:
    return {str(tag["key"]): str(tag.get("value", "")) for tag in listed(document, "tags")}


def _no_tag(key: str, of: str) -> NotFound:
    return NotFound(f"There is no tag {key!r} of {of}.")


def _taken(name: str) -> AlreadyExists:
    return AlreadyExists(
        f"A registered model is called {name!r} already. Choose another name, or make a version of it."
    )
