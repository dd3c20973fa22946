"""What a cell does under %%track, and what becomes of what it leaves behind."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from nbtrack.store import Store
from tests.notebook.kernel import Kernel
from tests.notebook.tracking import artifact, runs, strip_colours, tracked


class TestCellsBehaveAsUntrackedOnes:
    @pytest.mark.parametrize(
        ("code", "result"),
        [
            ("%%track\n6 * 7", "42"),
            ("%%track\n6 * 7;", None),
            ("%%track\nimport asyncio\nawait asyncio.sleep(0, 'awaited')", "'awaited'"),
            ("%%track\nfiles = !echo one two\nfiles[0]", "'one two'"),
            ("%%track\nwhere = %pwd\nisinstance(where, str)", "True"),
            ("\n\n%%track\n6 * 7", "42"),
            ("%%track   \n\n6 * 7", "42"),
            ('%%track "a name" -t a=b\n6 * 7', "42"),
            ("%%track\ntext = '''\n%%track\n'''\ntext", "'\\n%%track\\n'"),
        ],
        ids=["value", "semicolon", "await", "shell", "line magic", "blank lines", "spaces", "options", "in a string"],
    )
    def test_results_are_shown_as_ever(self, kernel: Kernel, store: Store, code: str, result: str | None) -> None:
        outcome, run = tracked(kernel, store, code)
        assert (outcome.status, outcome.result, outcome.error) == ("ok", result, "")
        assert run.info.status == "FINISHED"

    @pytest.mark.parametrize("magics", ["%%time\n%%track named", "%%track named\n%%time"])
    def test_stacked_time(self, kernel: Kernel, store: Store, magics: str) -> None:
        outcome, run = tracked(kernel, store, f"{magics}\nstacked = 0.5 + 0.25")
        assert "Wall time" in outcome.stdout
        assert run.info.run_name == "named"
        assert run.info.status == "FINISHED"

    @pytest.mark.parametrize("magics", ["%%capture out\n%%track", "%%track\n%%capture out"])
    def test_stacked_capture(self, kernel: Kernel, store: Store, magics: str) -> None:
        outcome, _ = tracked(kernel, store, f"{magics}\nprint('hidden')")
        assert "hidden" not in outcome.stdout.replace("●", "")
        assert kernel.run("out.stdout").result == "'hidden\\n'"

    def test_tracebacks_name_the_lines_of_the_editor(self, kernel: Kernel, store: Store) -> None:
        outcome, run = tracked(kernel, store, "%%track\na_line = 1\n1 / 0")
        assert "----> 3 1 / 0" in strip_colours(outcome.traceback)
        assert run.info.status == "FAILED"
        assert run.data.tags["nbtrack.error"] == "ZeroDivisionError: division by zero"
        (cell,) = store.sessions.cells(run.info.run_id)
        assert cell.status == "error"
        assert "line 3" in (cell.traceback or "")
        assert run.data.params == {"a_line": "1"}

    def test_a_syntax_error_fails_the_run(self, kernel: Kernel, store: Store) -> None:
        outcome, run = tracked(kernel, store, "%%track\nbefore = 1\nx = = 1")
        assert outcome.error.startswith("SyntaxError")
        assert run.info.status == "FAILED"
        assert run.data.params == {}

    def test_an_error_with_strange_text_is_kept(self, kernel: Kernel, store: Store) -> None:
        outcome, run = tracked(kernel, store, "%%track\nraise ValueError('nul \\0')")
        assert outcome.error.startswith("ValueError")
        assert run.info.status == "FAILED"
        assert "nbtrack: " not in outcome.stderr

    @pytest.mark.parametrize(("code", "status"), [("score = 0.5", "FINISHED"), ("1 / 0", "FAILED")])
    def test_the_machine_is_measured_while_the_cell_runs(
        self, kernel: Kernel, store: Store, code: str, status: str
    ) -> None:
        outcome, run = tracked(kernel, store, f"%%track --system-metrics\n{code}")
        assert run.info.status == status
        assert "system/cpu_utilization_percentage" in run.data.metrics
        assert "system/" not in outcome.stdout
        sampling = (
            "import threading\nany(t.name == 'nbtrack-system-metrics' and t.is_alive() for t in threading.enumerate())"
        )
        while kernel.run(sampling).result != "False":
            pass

    def test_an_interrupt_kills_the_run(self, kernel: Kernel, store: Store) -> None:
        request = kernel.send("%%track\nprint('started', flush=True)\nimport time\nwhile True: time.sleep(0.05)")
        kernel.outcome(request, until_stdout="started")
        kernel.manager.interrupt_kernel()
        assert kernel.outcome(request).error.startswith("KeyboardInterrupt")
        assert runs(store)[-1].info.status == "KILLED"
        assert kernel.run("6 * 7").result == "42"

    def test_an_interrupt_of_the_recording_leaves_the_cells_names_and_ends_the_run(
        self, kernel: Kernel, store: Store
    ) -> None:
        code = (
            "%%track\nfrom sklearn.linear_model import LinearRegression\nimport time\n"
            "class Slow(LinearRegression):\n"
            "    def get_params(self, deep=True):\n"
            "        if hasattr(self, 'coef_'): print('asked', flush=True); time.sleep(5)\n"
            "        return super().get_params(deep)\n"
            "depth = 3\nmodel = Slow().fit([[0.0], [1.0]], [0.0, 1.0])\nslope = model.coef_[0]"
        )
        request = kernel.send(code)
        kernel.outcome(request, until_stdout="asked")
        kernel.manager.interrupt_kernel()
        outcome = kernel.outcome(request)
        assert outcome.status == "ok"
        assert "recording was interrupted" in outcome.stderr
        assert kernel.run("depth, round(float(slope), 3)").result == "(3, 1.0)"
        run = runs(store)[-1]
        assert run.info.status == "FINISHED"
        (cell,) = store.sessions.cells(run.info.run_id)
        assert (cell.status, cell.wall_ms is not None) == ("ok", True)

    def test_a_traceback_is_about_the_users_code(self, kernel: Kernel, store: Store) -> None:
        code = "%%track\nfrom sklearn.linear_model import LinearRegression\nLinearRegression().fit([[1.0]], [1.0, 2.0])"
        outcome, run = tracked(kernel, store, code)
        assert outcome.error.startswith("ValueError")
        assert "autolog" not in strip_colours(outcome.traceback)
        (cell,) = store.sessions.cells(run.info.run_id)
        assert "autolog" not in (cell.traceback or "")

    def test_a_refusal_quotes_what_was_written(self, kernel: Kernel) -> None:
        outcome = kernel.run("%%track -t {depth} $HOME\nx = 1")
        assert "'{depth}'" in outcome.stderr

    def test_both_streams_may_be_one(self, kernel: Kernel, store: Store) -> None:
        kernel.run("import sys\nerrors, sys.stderr = sys.stderr, sys.stdout")
        outcome, run = tracked(kernel, store, "%%track\nprint('once')")
        kernel.run("sys.stderr = errors")
        assert outcome.stdout.splitlines()[0] == "once"
        assert run.info.status == "FINISHED"
        assert Path(store.artifacts.local_path(run.info.run_id, "output.txt")).read_text() == "once\n"

    def test_a_cell_inside_another_leaves_the_outer_one_its_output(self, kernel: Kernel, store: Store) -> None:
        kernel.run("%%track outer\nprint('a')\nget_ipython().run_cell('%%track inner\\nprint(1)')\nprint('z')")
        (outer,) = (run for run in runs(store) if run.info.run_name == "outer")
        printed = Path(store.artifacts.local_path(outer.info.run_id, "output.txt")).read_text().splitlines()
        assert (printed[0], printed[-1]) == ("a", "z")

    def test_a_cell_that_executes_others_goes_on_being_tracked(self, kernel: Kernel, store: Store) -> None:
        code = "%%track\nfor inner in ('b = 2', ''): get_ipython().run_cell(inner)\nafter = float('0.75')"
        outcome, run = tracked(kernel, store, code)
        assert (outcome.status, outcome.stderr) == ("ok", "")
        assert run.data.metrics == {"after": 0.75}

    def test_a_tracked_cell_inside_another_is_a_run_of_its_own(self, kernel: Kernel, store: Store) -> None:
        kernel.run("%%track outer\nget_ipython().run_cell('%%track inner\\nb = 2')\nafter = float('0.75')")
        found = {run.info.run_name: run.data for run in runs(store)}
        assert found["inner"].params == {"b": "2"}
        assert (found["outer"].params, found["outer"].metrics) == ({}, {"after": 0.75})

    def test_data_of_a_long_loop_is_not_kept_alive(self, kernel: Kernel, store: Store) -> None:
        code = (
            "%%track\nimport weakref, numpy as np\nfrom sklearn.linear_model import LinearRegression\nborn = []\n"
            "for _ in range(50):\n    X = np.random.rand(20, 2)\n    born.append(weakref.ref(X))\n"
            "    model = LinearRegression().fit(X, X[:, 0])\n    model.score(X, X[:, 0])\n"
            "alive = sum(ref() is not None for ref in born)\nprint(alive)"
        )
        outcome, run = tracked(kernel, store, code)
        assert int(outcome.stdout.split()[0]) < 30
        assert "datasets are described" in run.data.tags["nbtrack.warning"]
        assert 0 < len(run.inputs.dataset_inputs) <= 40

    def test_many_runs_of_a_cell_are_not_many_lines(self, kernel: Kernel, store: Store) -> None:
        code = "import nbtrack\nfor _ in range(30):\n    with nbtrack.start_run(): pass"
        lines = kernel.run(code).stdout.splitlines()
        assert (len(lines), lines[-1]) == (21, "● 30 runs in all; %runs lists them")


class TestCapture:
    def test_params_and_metrics_among_variables(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(
            kernel, store,
            "%%track\nimport numpy as np\nn, rate = 3, 0.5\nname = 'deer'\n_hidden = 5\nwhole = n * 2\n"
            "score = np.float32(0.25)\nzero_d = np.array(0.75)\n_secret = n / 3\n"
            "scores = {'f1': n / 4, 'auc': 0.5 * n}",
        )  # fmt: skip
        assert run.data.params == {"n": "3", "rate": "0.5", "name": "deer"}
        assert run.data.metrics == {"score": 0.25, "zero_d": 0.75, "f1": 0.75, "auc": 1.5}

    def test_what_the_cell_logs_itself_goes_to_its_run(self, kernel: Kernel, store: Store) -> None:
        tracked(
            kernel, store,
            "%%track\nlr = 0.1\nnbtrack.log_param('lr', 'explicit')\nnbtrack.log_metric('m', 1)\n"
            "with nbtrack.start_run() as child: nbtrack.log_metric('inner', 2)",
        )  # fmt: skip
        parent = next(found for found in runs(store) if "mlflow.parentRunId" not in found.data.tags)
        child = next(found for found in runs(store) if "mlflow.parentRunId" in found.data.tags)
        assert parent.data.params == {"lr": "explicit"}
        assert parent.data.metrics == {"m": 1.0}
        assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert child.data.metrics == {"inner": 2.0}

    def test_loops_with_progress(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(
            kernel, store,
            "%%track\nfor step in nbtrack.progress(range(3), metrics=['loss']):\n    loss = 1 / (step + 1)",
        )  # fmt: skip
        points = store.metrics.history(run.info.run_id, "loss").points
        assert [(point.step, point.value) for point in points] == [(0, 1.0), (1, 0.5), (2, pytest.approx(1 / 3))]

    def test_figures_and_output(self, kernel: Kernel, store: Store) -> None:
        outcome, run = tracked(
            kernel, store, "%%track\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('zeile ü')\nplt.show()"
        )  # fmt: skip
        assert outcome.images == 1
        assert artifact(store, run, "figures/figure_1.png").startswith(b"\x89PNG")
        assert artifact(store, run, "output.txt").decode() == "zeile ü\n"

    def test_models_data_and_scores(self, kernel: Kernel, store: Store) -> None:
        outcome, run = tracked(
            kernel, store,
            "%%track\nfrom sklearn.datasets import load_wine\nfrom sklearn.linear_model import LogisticRegression\n"
            "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
            "from sklearn.metrics import f1_score\nwine = load_wine(as_frame=True)\n"
            "X_all, y_all = wine.data, wine.target\n"
            "clf = make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(X_all, y_all)\n"
            "test_f1 = f1_score(y_all, clf.predict(X_all), average='macro')",
        )  # fmt: skip
        assert outcome.error == ""
        assert run.data.params["logisticregression__C"] == "0.5"
        assert set(run.data.metrics) == {"test_f1"}
        assert [model.path for model in store.models.of_run(run.info.run_id)] == ["model"]
        datasets = {(found.dataset.name, found.context): found.dataset for found in run.inputs.dataset_inputs}
        assert datasets["X_all", "training"].shape == (178, 13)
        assert datasets["X_all", "training"].columns[0].name == "alcohol"
        assert ("X_all", "evaluation") in datasets
        kernel.run("later = f1_score(y_all, clf.predict(X_all), average='micro')")
        assert set(store.runs.get(run.info.run_id).data.metrics) == {"test_f1"}, "nobody listens after the cell"

    def test_the_surroundings(self, kernel: Kernel, store: Store, folder: Path) -> None:
        source = "%%track\nimport random\nimport numpy as np\nrandom.seed(7)\nrng = np.random.default_rng(11)"
        _, run = tracked(kernel, store, source, cell_id="cell-1")
        (cell,) = store.sessions.cells(run.info.run_id)
        assert (cell.source, cell.cell_id, cell.status) == (source, "cell-1", "ok")
        assert cell.execution_count is not None
        assert (cell.wall_ms or 0) > 0
        assert (cell.peak_memory_bytes or 0) > 10_000_000
        assert json.loads(run.data.tags["nbtrack.seeds"]) == {"random.seed": "7", "np.random.default_rng": "11"}
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True)
        kernel.run("nbtrack.flush()")
        assert store.runs.get(run.info.run_id).data.tags["mlflow.source.git.commit"] == commit.stdout.strip()
        environment = store.sessions.environment(run.info.run_id)
        assert environment is not None
        assert "numpy" in environment.packages

    @pytest.mark.parametrize("cell_id", ["same-cell", None])
    def test_running_a_cell_again_is_another_attempt(self, kernel: Kernel, store: Store, cell_id: str | None) -> None:
        for _ in range(3):
            tracked(kernel, store, "%%track\nagain = 1", cell_id=cell_id)
        tracked(kernel, store, "%%track\nother = 1", cell_id="another" if cell_id else None)
        summaries = sorted(store.runs.summaries().runs, key=lambda run: run.started_at_ms)
        assert [run.attempt for run in summaries] == [1, 2, 3, 1]
        assert len({run.group_id for run in summaries}) == 2

    def test_nothing_is_logged_when_options_say_so(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(
            kernel, store,
            "%%track --no-models --no-figures --no-datasets --no-output\nfrom sklearn.linear_model import Ridge\n"
            "import matplotlib.pyplot as plt\nridge = Ridge().fit([[1.0], [2.0]], [1, 2])\n"
            "plt.plot([1])\nplt.show()\nprint(1)",
        )  # fmt: skip
        assert store.artifacts.list(run.info.run_id) == []
        assert run.inputs.dataset_inputs == ()
