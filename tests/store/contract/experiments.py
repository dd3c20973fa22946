from __future__ import annotations

import uuid

import pytest

from nbtrack.entities import NewRun
from nbtrack.errors import (
    AlreadyExists,
    ExperimentNotFound,
    InvalidFilter,
    InvalidInput,
    InvalidName,
    InvalidState,
    NotFound,
)
from nbtrack.store import Delivery, Query, Store, new_experiment_id
from tests.store.contract.making import AWKWARD_TEXTS, new_run


class ExperimentContract:
    def test_a_run_that_brings_the_name_of_its_experiment_gets_the_one_of_that_name(self, store: Store) -> None:
        there = store.experiments.create("there", tags={})
        found = [named_run(store, name) for name in ("there", "new", "new")]
        made = store.experiments.find("new")
        assert made is not None
        assert found == [there.experiment_id, made.experiment_id, made.experiment_id]

    def test_a_new_store_has_the_default_experiment(self, store: Store) -> None:
        assert [(e.experiment_id, e.name) for e in store.experiments.list()] == [("0", "Default")]

    def test_an_experiment_keeps_its_name_and_tags_exactly(self, store: Store) -> None:
        for name in AWKWARD_TEXTS:
            made = store.experiments.create(name, tags={"owner": name})
            assert store.experiments.find(name) == made
            assert store.experiments.get(made.experiment_id).tags == {"owner": name}

    def test_a_taken_name_is_refused(self, store: Store) -> None:
        store.experiments.create("wine", tags={})
        with pytest.raises(AlreadyExists, match="set_experiment"):
            store.experiments.create("wine", tags={})

    def test_deleting_an_experiment_frees_its_name_and_takes_its_runs(self, store: Store) -> None:
        first = store.experiments.create("wine", tags={})
        run_id = new_run(store, first.experiment_id)
        store.experiments.delete(first.experiment_id)
        assert store.experiments.find("wine") is None
        assert store.runs.get(run_id).info.lifecycle_stage == "deleted"
        second = store.experiments.create("wine", tags={})
        with pytest.raises(AlreadyExists, match="Rename that one"):
            store.experiments.restore(first.experiment_id)
        store.experiments.rename(second.experiment_id, "beer")
        store.experiments.restore(first.experiment_id)
        assert store.runs.get(run_id).info.lifecycle_stage == "active"

    def test_unknown_experiments_are_named(self, store: Store) -> None:
        for act in (store.experiments.get, store.experiments.delete, store.experiments.restore):
            with pytest.raises(ExperimentNotFound, match="no-such"):
                act("no-such")
        with pytest.raises(ExperimentNotFound):
            new_run(store, "no-such")

    def test_the_default_experiment_stays(self, store: Store) -> None:
        with pytest.raises(InvalidState):
            store.experiments.delete("0")

    def test_a_deleted_experiment_takes_no_runs(self, store: Store) -> None:
        made = store.experiments.create("wine", tags={})
        store.experiments.delete(made.experiment_id)
        with pytest.raises(InvalidState, match="Restore it"):
            new_run(store, made.experiment_id)

    @pytest.mark.parametrize("name", ["", "  ", "nul\0", "x" * 501, "\ud800"])
    def test_a_bad_name_is_refused(self, store: Store, name: str) -> None:
        with pytest.raises(InvalidName):
            store.experiments.create(name, tags={})

    def test_a_tag_is_deleted_once(self, store: Store) -> None:
        made = store.experiments.create("wine", tags={"a": "1", "b": "2"})
        store.experiments.delete_tag(made.experiment_id, "a")
        assert store.experiments.get(made.experiment_id).tags == {"b": "2"}
        with pytest.raises(NotFound, match="no tag 'a' of experiment"):
            store.experiments.delete_tag(made.experiment_id, "a")

    def test_experiments_are_found_by_name_tag_and_time_in_pages(self, store: Store) -> None:
        ids = [
            store.experiments.create(name, tags={"team": name[0]}).experiment_id for name in ("ax", "ay", "bx", "a%")
        ]
        store.experiments.delete(ids[1])

        def found(filter_text: str, *order_by: str, **options) -> list[str]:
            page = store.experiments.search(Query(filter_text, order_by), **options)
            assert page.next_page_token is None
            return [experiment.name for experiment in page.items]

        assert found("name LIKE 'a%'", "name") == ["a%", "ax"]
        assert found("name ILIKE 'A_'", "name DESC", lifecycle=None) == ["ay", "ax", "a%"]
        assert found("tags.team = 'a' and name != 'ax'") == ["a%"]
        assert found("tags.team = 'a'", lifecycle="deleted") == ["ay"]
        assert found("not tags.team IS NULL", "attribute.name") == ["a%", "ax", "bx"]
        assert found("creation_time > 0 and last_update_time >= 0 and tags.`team` IN ('b')") == ["bx"]
        first = store.experiments.search(Query(order_by=("name ASC",), max_results=2))
        second = store.experiments.search(
            Query(order_by=("name ASC",), max_results=2, page_token=first.next_page_token)
        )
        assert [experiment.name for experiment in first.items + second.items] == ["Default", "a%", "ax", "bx"]
        with pytest.raises(InvalidFilter, match="metrics"):
            found("metrics.x > 1")
        with pytest.raises(InvalidInput, match="belongs to another search"):
            store.experiments.search(Query("name = 'a'", max_results=2, page_token=first.next_page_token))


def named_run(store: Store, experiment_name: str, experiment_id: str | None = None) -> str:
    """Deliver a run with the name of its experiment, and return the experiment that it got."""
    new = NewRun(uuid.uuid4().hex, "run", experiment_id or new_experiment_id(), 1000, experiment_name=experiment_name)
    store.runs.deliver(Delivery(uuid.uuid4().hex, 0, 1, new_runs=[new]))
    return store.runs.get(new.run_id).info.experiment_id
