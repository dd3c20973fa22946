"""What stands on the line of %%track and of the other magics."""

from __future__ import annotations

import pytest

from nbtrack.store import Store
from tests.notebook.kernel import Kernel
from tests.notebook.tracking import runs, tracked


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ("--nope", "unrecognized arguments: --nope"),
            ("-t stage", "KEY=VALUE"),
            ("-p a+b", "names of variables"),
            ("'open", "close the quotation"),
            ("one two", "unrecognized arguments: two"),
            ("-e", "expected one argument"),
        ],
    )
    def test_a_mistake_is_one_line_and_the_cell_does_not_run(
        self, kernel: Kernel, store: Store, options: str, complaint: str
    ) -> None:
        outcome = kernel.run(f"%%track {options}\nraise SystemError('it ran')")
        shown = (outcome.stdout + outcome.stderr + outcome.error).strip()
        assert complaint in shown
        assert "it ran" not in shown
        assert len(shown.splitlines()) == 1
        assert "Traceback" not in outcome.traceback
        assert runs(store) == []

    def test_help_is_shown_and_the_cell_does_not_run(self, kernel: Kernel, store: Store) -> None:
        outcome = kernel.run("%%track --help\nraise SystemError")
        assert "--no-models" in outcome.stdout
        assert (outcome.status, runs(store)) == ("ok", [])

    def test_names_experiments_and_tags(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(kernel, store, '%%track "tuned 🦌" -e "my wine" -t stage=dev -t note="a = b"\nx = 1')
        assert run.info.run_name == "tuned 🦌"
        assert store.experiments.get(run.info.experiment_id).name == "my wine"
        assert (run.data.tags["stage"], run.data.tags["note"]) == ("dev", "a = b")

    def test_chosen_params_and_metrics_are_the_only_ones(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(kernel, store, "%%track -p a,c -m d\na = 1\nb = 2\nc = a + 1\nd = a / 2\ne = a / 4")
        assert run.data.params == {"a": "1", "c": "2"}
        assert run.data.metrics == {"d": 0.5}

    def test_a_chosen_name_that_is_not_there_is_told(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(kernel, store, "%%track -m nowhere\nx = 1")
        assert run.data.tags["nbtrack.warning"] == "nowhere is not defined"

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("%%track --no", {"--no-models", "--no-figures", "--no-datasets", "--no-output"}),
            ("%autolog of", {"off"}),
            ("%autolog xgb", {"xgboost"}),
            ("%autolog --no-m", {"--no-models"}),
        ],
    )
    def test_options_are_completed(self, kernel: Kernel, line: str, expected: set[str]) -> None:
        assert set(kernel.complete(line)) == expected

    def test_experiments_are_completed(self, kernel: Kernel, store: Store) -> None:
        kernel.run("%experiment wine-quality")
        assert kernel.complete("%%track -e wi") == ["wine-quality"]

    def test_filters_are_completed(self, kernel: Kernel, store: Store) -> None:
        logged = "with nbtrack.start_run(): nbtrack.log_metrics({'class 1 recall': 1, 'loss': 2})\nnbtrack.flush()"
        assert kernel.run(logged).status == "ok"
        assert kernel.complete("%runs metrics.lo") == ["metrics.loss"]
        assert kernel.complete("%runs age < 1d and not recall") == ["metrics.`class 1 recall`"]
        assert kernel.complete("%runs status = 'FA") == ["'FAILED'"]
        assert kernel.complete("%runs metrics.loss BET") == ["BETWEEN"]

    def test_runs_shows_the_metrics_that_tell_most_and_those_of_the_filter(self, kernel: Kernel, store: Store) -> None:
        logged = """
for number in range(3):
    with nbtrack.start_run():
        nbtrack.log_metrics({"mean_fit_time": 1, "std_test_score": 0, "rank_test_score": 1, "test_f1": number})
        nbtrack.log_metrics({f"only_{number}_{letter}": 1 for letter in "abc"})
        nbtrack.log_param("depth", number)
"""
        assert kernel.run(logged).status == "ok"
        assert kernel.run("%runs metrics.only_2_b = 1 or metrics.test_f1 < 5").status == "ok"
        columns = kernel.run("print(list(_.columns))").stdout
        assert columns.startswith("['run_name', 'status', 'start_time', 'metrics.only_2_b', 'metrics.test_f1'")
        assert columns.endswith("'params.depth']\n") and "mean_fit_time" not in columns
