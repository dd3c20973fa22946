from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbtrack.clock import now_ms
from nbtrack.entities import ModelVersion, PagedList, Stage
from nbtrack.errors import InvalidInput
from nbtrack.registry import copy_version, create_version
from nbtrack.store import NewVersion, Query
from nbtrack.tracking.active import user_name
from nbtrack.tracking.client.base import StoreCalls
from nbtrack.tracking.values import texts


class VersionCalls(StoreCalls):
    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        model_id: str | None = None,
    ) -> ModelVersion:
        """Register the next version of ``name``, making the registered model at its first one.

        A folder of this machine as ``source`` is copied into the store, unless it belongs to a run: that is named.
        """
        new = NewVersion(
            name,
            source,
            now_ms(),
            run_id=run_id,
            model_id=model_id,
            run_link=run_link or "",
            user=user_name(),
            description=description or "",
            tags=texts(tags or {}),
        )
        return create_version(new, self.store)

    def get_model_version(self, name: str, version: str | int) -> ModelVersion:
        return self.store.registry.get_version(name, str(version))

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        return self.store.registry.version_by_alias(name, alias)

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """Find versions, such as those with ``name = "churn" and tags.checked = "True"``, the last changed first."""
        query = Query(filter_string or "", tuple(order_by or ()), max_results, page_token)
        page = self.store.registry.search_versions(query)
        return PagedList(page.items, page.next_page_token)

    def get_model_version_download_uri(self, name: str, version: str | int) -> str:
        """Return where the model lies that the version was made from."""
        return self.get_model_version(name, version).source

    def get_latest_versions(self, name: str, stages: Sequence[str] | None = None) -> list[ModelVersion]:
        """Return the newest version of each stage, or of those that are named."""
        wanted = {_stage(stage) for stage in stages} if stages else set(Stage)
        latest = self.store.registry.get(name).latest_versions
        return [version for version in latest if version.current_stage in wanted]

    def get_model_version_stages(self, name: str, version: str | int) -> list[str]:
        self.get_model_version(name, version)
        return [stage.value for stage in Stage]

    def update_model_version(self, name: str, version: str | int, description: str | None = None) -> ModelVersion:
        registry = self.store.registry
        registry.describe_version(name, str(version), description or "", at_ms=now_ms())
        return registry.get_version(name, str(version))

    def transition_model_version_stage(
        self, name: str, version: str | int, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        registry = self.store.registry
        registry.set_stage(name, str(version), _stage(stage), at_ms=now_ms(), archive_others=archive_existing_versions)
        return registry.get_version(name, str(version))

    def set_model_version_tag(self, name: str, version: str | int, key: str, value: Any) -> None:
        self.store.registry.set_version_tags(name, str(version), {key: str(value)}, at_ms=now_ms())

    def delete_model_version_tag(self, name: str, version: str | int, key: str) -> None:
        self.store.registry.delete_version_tag(name, str(version), key, at_ms=now_ms())

    def delete_model_version(self, name: str, version: str | int) -> None:
        """Delete a version; its number is not given again, and the model's files stay."""
        self.store.registry.delete_version(name, str(version), at_ms=now_ms())

    def copy_model_version(self, src_model_uri: str, dst_name: str) -> ModelVersion:
        """Register the model of ``models:/NAME/VERSION`` or ``models:/NAME@ALIAS`` under another name."""
        return copy_version(src_model_uri, dst_name, self.store, at_ms=now_ms())


def _stage(name: str) -> Stage:
    for stage in Stage:
        if stage.value.lower() == name.lower():
            return stage
    raise InvalidInput(f"There is no stage {name!r}; there are {', '.join(stage.value for stage in Stage)}.")
