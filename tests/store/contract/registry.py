from __future__ import annotations

import pytest

from nbtrack.entities import ModelVersion, Stage
from nbtrack.errors import AlreadyExists, InvalidName, ModelNotFound, NotFound
from nbtrack.store import NewVersion, Query, Store
from tests.store.contract.making import AWKWARD_TEXTS


def new_version(
    store: Store, name: str = "wine", *, source: str = "models:/m-1", at_ms: int = 1, **options
) -> ModelVersion:
    return store.registry.create_version(NewVersion(name, source, at_ms, **options))


class RegistryContract:
    def test_versions_count_up(self, store: Store) -> None:
        for number in (1, 2):
            assert new_version(store, source=f"runs:/r{number}/model", at_ms=number).version == str(number)
        assert [v.version for v in store.registry.get("wine").versions] == ["2", "1"]
        assert store.registry.get_version("wine", "1").source == "runs:/r1/model"
        assert [v.version for v in store.registry.versions_of("runs:/r2/")] == ["2"]
        assert [m.name for m in store.registry.list()] == ["wine"]

    def test_a_version_comes_back_as_it_was_registered(self, store: Store) -> None:
        made = new_version(
            store,
            at_ms=7,
            run_id="a" * 32,
            model_id="m-1",
            run_link="http://example.org/r",
            user="ada",
            description="first",
            tags={"stage": "dev"},
        )
        assert store.registry.get_version("wine", "1") == made
        assert (made.creation_timestamp, made.last_updated_timestamp, made.run_id, made.model_id) == (
            7,
            7,
            "a" * 32,
            "m-1",
        )
        assert (made.run_link, made.user_id, made.description) == ("http://example.org/r", "ada", "first")
        assert (made.tags, made.aliases, made.current_stage) == ({"stage": "dev"}, (), Stage.NONE)

    def test_a_registered_model_is_made_described_tagged_and_renamed(self, store: Store) -> None:
        store.registry.create("wine", at_ms=1, tags={"team": "a"}, description="red")
        new_version(store, at_ms=2)
        store.registry.set_alias("wine", "champion", "1", at_ms=3)
        store.registry.describe("wine", "white", at_ms=4)
        store.registry.set_tags("wine", {"team": "b", "cost": "1"}, at_ms=5)
        store.registry.delete_tag("wine", "cost", at_ms=6)
        store.registry.rename("wine", "Wine 2", at_ms=9)
        found = store.registry.get("Wine 2")
        assert (found.description, found.tags, found.aliases) == ("white", {"team": "b"}, {"champion": "1"})
        assert (found.creation_timestamp, found.last_updated_timestamp) == (1, 9)
        assert [version.name for version in found.versions] == ["Wine 2"]
        with pytest.raises(ModelNotFound):
            store.registry.get("wine")
        with pytest.raises(NotFound, match="no tag 'cost'"):
            store.registry.delete_tag("Wine 2", "cost", at_ms=10)

    def test_a_taken_name_is_refused(self, store: Store) -> None:
        store.registry.create("wine", at_ms=1)
        store.registry.create("beer", at_ms=1)
        with pytest.raises(AlreadyExists):
            store.registry.create("wine", at_ms=1)
        with pytest.raises(AlreadyExists):
            store.registry.rename("beer", "wine", at_ms=2)
        assert [m.name for m in store.registry.list()] == ["beer", "wine"]

    def test_an_alias_points_to_one_version_at_a_time(self, store: Store) -> None:
        for _ in range(2):
            new_version(store)
        store.registry.set_alias("wine", "champion", "1", at_ms=2)
        store.registry.set_alias("wine", "champion", "2", at_ms=3)
        assert store.registry.version_by_alias("wine", "champion").version == "2"
        assert store.registry.get_version("wine", "2").aliases == ("champion",)
        assert store.registry.get_version("wine", "1").aliases == ()
        store.registry.delete_alias("wine", "champion", at_ms=4)
        store.registry.delete_alias("wine", "champion", at_ms=5)
        with pytest.raises(ModelNotFound, match="no alias 'champion'; it has none"):
            store.registry.version_by_alias("wine", "champion")
        with pytest.raises(ModelNotFound, match="no version '3'"):
            store.registry.set_alias("wine", "champion", "3", at_ms=6)

    def test_an_alias_and_what_the_version_says_of_it_are_set_together(self, store: Store) -> None:
        new_version(store, tags={"a": "b"})
        store.registry.set_alias("wine", "champion", "1", at_ms=2, tags={"why": "it is good"})
        found = store.registry.version_by_alias("wine", "champion")
        assert (found.aliases, found.tags) == (("champion",), {"a": "b", "why": "it is good"})
        with pytest.raises(ModelNotFound):
            store.registry.set_alias("wine", "champion", "2", at_ms=3, tags={"why": "it is not there"})
        assert store.registry.get_version("wine", "1").tags == found.tags

    @pytest.mark.parametrize("alias", ["latest", "Latest", "v1", "V22", "a b", "a/b", "", "x" * 251])
    def test_aliases_that_mean_something_else_are_refused(self, store: Store, alias: str) -> None:
        new_version(store)
        with pytest.raises(InvalidName):
            store.registry.set_alias("wine", alias, "1", at_ms=2)

    def test_a_version_moves_through_stages(self, store: Store) -> None:
        for _ in range(3):
            new_version(store)
        store.registry.set_stage("wine", "1", Stage.PRODUCTION, at_ms=2)
        store.registry.set_stage("wine", "2", Stage.PRODUCTION, at_ms=3, archive_others=True)
        stages = [version.current_stage for version in store.registry.get("wine").versions]
        assert stages == [Stage.NONE, Stage.PRODUCTION, Stage.ARCHIVED]
        latest = store.registry.get("wine").latest_versions
        assert [(v.version, v.current_stage) for v in latest] == [
            ("3", Stage.NONE),
            ("2", Stage.PRODUCTION),
            ("1", Stage.ARCHIVED),
        ]

    def test_a_version_is_described_and_tagged(self, store: Store) -> None:
        new_version(store)
        for text in AWKWARD_TEXTS:
            store.registry.describe_version("wine", "1", text, at_ms=2)
            store.registry.set_version_tags("wine", "1", {"note": text}, at_ms=3)
            found = store.registry.get_version("wine", "1")
            assert (found.description, found.tags, found.last_updated_timestamp) == (text, {"note": text}, 2)
        store.registry.delete_version_tag("wine", "1", "note", at_ms=4)
        with pytest.raises(NotFound, match="no tag 'note' of version 1"):
            store.registry.delete_version_tag("wine", "1", "note", at_ms=5)

    def test_the_number_of_a_deleted_version_is_not_given_again(self, store: Store) -> None:
        for _ in range(2):
            new_version(store, tags={"a": "b"})
        store.registry.set_alias("wine", "champion", "2", at_ms=2)
        store.registry.delete_version("wine", "2", at_ms=3)
        assert store.registry.get("wine").aliases == {}
        assert new_version(store).version == "3"

    def test_deleting_a_registered_model_takes_all_of_it(self, store: Store) -> None:
        new_version(store, tags={"a": "b"})
        store.registry.set_alias("wine", "champion", "1", at_ms=2)
        store.registry.delete("wine")
        assert store.registry.list() == []
        with pytest.raises(ModelNotFound):
            store.registry.delete("wine")
        again = new_version(store)
        assert (again.version, again.tags, again.aliases) == ("1", {}, ())

    def test_unknown_models_and_bad_names_are_refused(self, store: Store) -> None:
        with pytest.raises(ModelNotFound, match="register_model"):
            store.registry.get("beer")
        with pytest.raises(ModelNotFound, match="no version of a registered model 'beer'"):
            store.registry.get_version("beer", "1")
        new_version(store)
        for version in ("9", "1.0", "x", "", "99999999999999999999999", "1 or 1=1"):
            with pytest.raises(ModelNotFound, match="no version"):
                store.registry.get_version("wine", version)
        for name in ("a/b", "a:b", ""):
            with pytest.raises(InvalidName):
                new_version(store, name)

    def test_registered_models_are_found_by_name_and_tag_in_pages(self, store: Store) -> None:
        for number, name in enumerate(("wine red", "wine white", "beer")):
            store.registry.create(name, at_ms=number, tags={"kind": name.split()[0]})
        found = store.registry.search(Query("name LIKE 'wine%' and tags.kind = 'wine'", ("name DESC",)))
        assert [model.name for model in found.items] == ["wine white", "wine red"]
        first = store.registry.search(Query(max_results=2))
        second = store.registry.search(Query(max_results=2, page_token=first.next_page_token))
        assert [model.name for model in first.items + second.items] == ["beer", "wine red", "wine white"]
        assert second.next_page_token is None
        by_time = store.registry.search(Query(order_by=("timestamp DESC",))).items
        assert [model.name for model in by_time] == ["beer", "wine white", "wine red"]

    def test_versions_are_found_by_name_run_source_and_tag(self, store: Store) -> None:
        for number in range(1, 5):
            name = "wine" if number % 2 else "beer"
            new_version(
                store, name, source=f"s3://b/{number}", at_ms=number, run_id=f"r{number}", tags={"n": str(number)}
            )

        def found(filter_text: str, *order_by: str) -> list[tuple[str, str]]:
            return [(v.name, v.version) for v in store.registry.search_versions(Query(filter_text, order_by)).items]

        assert found("") == [("beer", "2"), ("wine", "2"), ("beer", "1"), ("wine", "1")]
        assert found("name = 'wine'", "version_number ASC") == [("wine", "1"), ("wine", "2")]
        assert found("run_id IN ('r1', 'r4')") == [("beer", "2"), ("wine", "1")]
        assert found("source_path = 's3://b/3'") == [("wine", "2")]
        assert found("tags.n = '2'") == [("beer", "1")]
        assert found("version_number > 1 and tags.n != '4'") == [("wine", "2")]
