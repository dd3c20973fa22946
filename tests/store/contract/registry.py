from __future__ import annotations

import pytest

from nbtrack.errors import InvalidName, ModelNotFound
from nbtrack.store import Store


class RegistryContract:
    def test_versions_count_up(self, store: Store) -> None:
        for number in (1, 2):
            made = store.registry.create_version("wine", source=f"runs:/r{number}/model", run_id=None, at_ms=number)
            assert made.version == str(number)
        assert [v.version for v in store.registry.get("wine").versions] == ["2", "1"]
        assert store.registry.get_version("wine", "1").source == "runs:/r1/model"
        assert [v.version for v in store.registry.versions_of("runs:/r2/")] == ["2"]
        assert [m.name for m in store.registry.list()] == ["wine"]

    def test_unknown_models_and_bad_names_are_refused(self, store: Store) -> None:
        with pytest.raises(ModelNotFound, match="register_model"):
            store.registry.get("beer")
        store.registry.create_version("wine", source="s", run_id=None, at_ms=1)
        with pytest.raises(ModelNotFound, match="no version '9'"):
            store.registry.get_version("wine", "9")
        for name in ("a/b", "a:b", ""):
            with pytest.raises(InvalidName):
                store.registry.create_version(name, source="s", run_id=None, at_ms=1)
