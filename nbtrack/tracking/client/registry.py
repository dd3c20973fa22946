from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbtrack.clock import now_ms
from nbtrack.entities import PagedList, RegisteredModel
from nbtrack.store import Query
from nbtrack.tracking.client.base import StoreCalls
from nbtrack.tracking.values import texts


class RegistryCalls(StoreCalls):
    def create_registered_model(
        self, name: str, tags: Mapping[str, Any] | None = None, description: str | None = None
    ) -> RegisteredModel:
        registry = self.store.registry
        registry.create(name, at_ms=now_ms(), tags=texts(tags or {}), description=description or "")
        return registry.get(name)

    def get_registered_model(self, name: str) -> RegisteredModel:
        return self.store.registry.get(name)

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """Find registered models, by name unless ``order_by`` says otherwise; ``token`` asks for the next page."""
        query = Query(filter_string or "", tuple(order_by or ()), max_results, page_token)
        page = self.store.registry.search(query)
        return PagedList(page.items, page.next_page_token)

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        registry = self.store.registry
        registry.rename(name, new_name, at_ms=now_ms())
        return registry.get(new_name)

    def update_registered_model(self, name: str, description: str | None = None) -> RegisteredModel:
        registry = self.store.registry
        registry.describe(name, description or "", at_ms=now_ms())
        return registry.get(name)

    def delete_registered_model(self, name: str) -> None:
        """Delete a registered model with its versions; the models' files stay."""
        self.store.registry.delete(name)

    def set_registered_model_tag(self, name: str, key: str, value: Any) -> None:
        self.store.registry.set_tags(name, {key: str(value)}, at_ms=now_ms())

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        self.store.registry.delete_tag(name, key, at_ms=now_ms())

    def set_registered_model_alias(self, name: str, alias: str, version: str | int) -> None:
        """Point ``models:/NAME@ALIAS`` to a version, away from the one that it pointed to."""
        self.store.registry.set_alias(name, alias, str(version), at_ms=now_ms())

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        self.store.registry.delete_alias(name, alias, at_ms=now_ms())
