"""One measurement each, in a fresh process and an empty folder; prints JSON. Times are milliseconds.

python cases.py PEER CASE
"""

from __future__ import annotations

import contextlib
import http.client
import importlib
import io
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from journal import Journal

REPEATS = 15


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def first_and_median(work: Callable[[], object], bare: float = 0.0) -> dict[str, float]:
    first = milliseconds(work) - bare
    return {"first": first, "after": statistics.median(milliseconds(work) for _ in range(REPEATS)) - bare}


def median_of(work: Callable[[], object]) -> float:
    work()
    return statistics.median(milliseconds(work) for _ in range(REPEATS))


def flush(peer: str) -> float:
    """Wait for what goes on in the background; MLflow does all of it at once."""
    return milliseconds(importlib.import_module(peer).flush) if peer == "nbtrack" else 0.0


def autolog_iris(peer: str) -> dict[str, float]:
    """Add to a fit of LogisticRegression on iris, model included; in nbtrack the model is saved in the background."""
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    X, y = load_iris(return_X_y=True, as_frame=True)

    def fit() -> None:
        LogisticRegression(max_iter=500).fit(X, y)

    bares = [milliseconds(fit) for _ in range(REPEATS + 1)][1:]
    bare = statistics.median(bares)
    library = importlib.import_module(peer)
    turning_on = milliseconds(importlib.import_module(f"{peer}.sklearn").autolog)
    first = milliseconds(fit) - bare
    background = flush(peer)
    timings = []
    for _ in range(REPEATS if peer == "nbtrack" else 3):
        timings.append(milliseconds(fit) - bare)
        background_after = flush(peer)
    del library
    return {
        "autolog()": turning_on,
        "first": first,
        "first, then in the background": background,
        "after": statistics.median(timings),
        "after, the fastest less the fastest bare": min(timings) + bare - min(bares),
        "after, then in the background": background_after,
        "bare fit": bare,
    }


def grid_search(peer: str) -> dict[str, float]:
    """Add to a GridSearchCV of 12 candidates; after a first one."""
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    X, y = load_iris(return_X_y=True, as_frame=True)

    def search() -> None:
        grid = {"C": [0.01, 0.1, 1, 10], "tol": [1e-4, 1e-3, 1e-2]}
        GridSearchCV(LogisticRegression(max_iter=500), grid, cv=3).fit(X, y)

    before = [milliseconds(search) for _ in range(6)][1:]
    module = importlib.import_module(f"{peer}.sklearn")
    # MLflow keeps only the 5 best candidates unless told otherwise.
    module.autolog(**({"max_tuning_runs": None} if peer == "mlflow" else {}))
    first = milliseconds(search)
    flush(peer)
    timings = []
    for _ in range(9 if peer == "nbtrack" else 1):
        timings.append(milliseconds(search))
        flush(peer)
    module.autolog(disable=True)
    # Before and after: a machine's pace changes within seconds, and the search takes ten times what is added to it.
    bares = [*before, *(milliseconds(search) for _ in range(5))]
    bare = statistics.median(bares)
    return {
        "first": first - bare,
        "after": statistics.median(timings) - bare,
        "after, the fastest less the fastest bare": min(timings) - min(bares),
        "bare search": bare,
    }


def save_model(peer: str) -> dict[str, float]:
    """Save a LogisticRegression with signature and requirements."""
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    X, y = load_iris(return_X_y=True, as_frame=True)
    model = LogisticRegression(max_iter=500).fit(X, y)
    flavor = importlib.import_module(f"{peer}.sklearn")
    infer_signature = importlib.import_module(f"{peer}.models").infer_signature
    number = iter(range(1000))

    def save() -> None:
        flavor.save_model(model, f"model-{next(number)}", signature=infer_signature(X, model.predict(X)))

    first = milliseconds(save)
    repeats = REPEATS if peer == "nbtrack" else 3
    return {"first": first, "after": statistics.median(milliseconds(save) for _ in range(repeats))}


def log_metric(peer: str) -> dict[str, float]:
    """One call of log_metric, the store being SQLite in both."""
    library = importlib.import_module(peer)
    if peer == "mlflow":
        library.set_tracking_uri("sqlite:///mlflow.db")
    with library.start_run():
        library.log_metric("loss", 1.0, step=0)
        steps = iter(range(1, 1000))
        return {
            "median": statistics.median(
                milliseconds(lambda: library.log_metric("loss", 0.5, step=next(steps))) for _ in range(200)
            )
        }


def throughput(peer: str) -> dict[str, float]:
    """Log points one by one and 100 at a time, from one process and from 8, until all can be queried."""
    library = importlib.import_module(peer)
    if peer == "mlflow":
        library.set_tracking_uri("sqlite:///mlflow.db")
    count = 100_000 if peer == "nbtrack" else 500
    found = {}
    with library.start_run():
        library.log_metric("loss", 1.0, step=0)
        timings, log, now = [0] * count, library.log_metric, time.perf_counter_ns
        start = time.perf_counter()
        for step in range(count):
            before = now()
            log("loss", 0.5, step=step)
            timings[step] = now() - before
        flush(peer)
        found["log_metric, points/s until queryable"] = count / (time.perf_counter() - start)
        timings.sort()
        found["log_metric, median us"] = timings[count // 2] / 1000
        found["log_metric, p99 us"] = timings[count * 99 // 100] / 1000
        hundred = {f"m{number}": 0.5 for number in range(100)}
        rounds = count // 50
        start = time.perf_counter()
        for step in range(rounds):
            library.log_metrics(hundred, step=step)
        flush(peer)
        found["log_metrics of 100, points/s until queryable"] = rounds * 100 / (time.perf_counter() - start)
    found["8 processes, points/s until queryable"] = _throughput_of_processes(peer, 20_000 if peer == "nbtrack" else 50)
    if peer == "nbtrack":
        journal = Journal(Path())
        start = time.perf_counter()
        for step in range(count):
            journal.log(0, step, time.time_ns() // 1_000_000, 0.5)
        journal.close()
        found["a journal by hand, points/s until queryable"] = count / (time.perf_counter() - start)
    return found


_WORKER = """
import importlib, sys
peer, count = sys.argv[1], int(sys.argv[2])
library = importlib.import_module(peer)
if peer == "mlflow":
    library.set_tracking_uri("sqlite:///mlflow.db")
with library.start_run():
    library.log_metric("loss", 1.0, step=0)
    print("ready", flush=True)
    sys.stdin.readline()
    for step in range(count):
        library.log_metric("loss", 0.5, step=step)
    if peer == "nbtrack":
        library.flush()
print("done", flush=True)
"""


def _throughput_of_processes(peer: str, count: int) -> float:
    command = [sys.executable, "-c", _WORKER, peer, str(count)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for _ in range(8)
    ]
    pipes = [(worker.stdin, worker.stdout) for worker in workers if worker.stdin and worker.stdout]
    for _, output in pipes:
        output.readline()
    start = time.perf_counter()
    for given, _ in pipes:
        given.write("go\n")
        given.flush()
    done = [output.readline().strip() for _, output in pipes]
    seconds = time.perf_counter() - start
    for worker in workers:
        worker.communicate()
    # A peer whose database is locked loses a worker: what it logged does not count.
    return done.count("done") * count / seconds


def rest_server(peer: str) -> dict[str, float]:
    """Send batches of 100 metrics to a server of one process on SQLite over one connection, until they can be read."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = ["--dir", "store"] if peer == "nbtrack" else ["--backend-store-uri", "sqlite:///mlflow.db"]
    command = [sys.executable, "-m", peer, "server", "--port", str(port), "--workers", "1", *store]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

        def ask(method: str, path: str, body: str | None = None) -> bytes:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status} {content[:300]!r}")
            return content

        deadline = time.monotonic() + 120
        while True:
            try:
                ask("GET", "/health")
                break
            except OSError:
                connection.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        made = json.loads(ask("POST", "/api/2.0/mlflow/runs/create", '{"experiment_id": "0"}'))
        run_id, count = made["run"]["info"]["run_id"], 1000 if peer == "nbtrack" else 50
        points = [{"key": f"m{number}", "value": 0.5, "timestamp": 1_700_000_000_000} for number in range(100)]
        bodies = [
            json.dumps({"run_id": run_id, "metrics": [point | {"step": step} for point in points]})
            for step in range(count)
        ]
        start = time.perf_counter()
        for body in bodies:
            ask("POST", "/api/2.0/mlflow/runs/log-batch", body)
        ask("GET", f"/api/2.0/mlflow/runs/get?run_id={run_id}")  # now all of it can be read
        seconds = time.perf_counter() - start
        connection.close()
        return {"log-batch of 100 metrics": seconds / count * 1000, "1,000 of them": seconds / count * 1_000_000}
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def tracked_cell(peer: str) -> dict[str, float]:
    """Add to a trivial cell by %%track; MLflow's nearest is a run with a param and a metric."""
    if peer == "mlflow":
        library = importlib.import_module(peer)
        library.set_tracking_uri("sqlite:///mlflow.db")

        def record() -> None:
            with library.start_run():
                library.log_param("x", 1)
                library.log_metric("y", 0.5)

        return first_and_median(record)
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    bare = median_of(lambda: shell.run_cell("x = 1\ny = x / 2"))
    shell.run_line_magic("load_ext", "nbtrack")
    return first_and_median(lambda: shell.run_cell("%%track\nx = 1\ny = x / 2"), bare)


def importing(peer: str) -> dict[str, float]:
    """Import the library."""
    return {"import": milliseconds(lambda: importlib.import_module(peer))}


def load_ext(peer: str) -> dict[str, float]:
    """Add to a fresh kernel by %load_ext; MLflow has none."""
    if peer == "mlflow":
        return {}
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()
    parts = []
    client.execute_interactive(
        "import time\nstart = time.perf_counter()\nget_ipython().run_line_magic('load_ext', 'nbtrack')\n"
        "print((time.perf_counter() - start) * 1000)",
        output_hook=lambda message: parts.append(message["content"].get("text", "")),
    )
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return {"load_ext": float("".join(parts))}


ROUNDS_OF_BOOSTING = 1_000


def boosting(peer: str) -> dict[str, float]:
    """Add to 1,000 rounds of LightGBM with 4 metrics each (2 on 2 data sets) by autolog."""
    import lightgbm

    X, y, X_test, y_test = _boosting_data()
    params = {"objective": "binary", "metric": ["auc", "binary_logloss"], "num_threads": 1, "verbose": -1}

    def train() -> None:
        train_set = lightgbm.Dataset(X, y)
        test_set = lightgbm.Dataset(X_test, y_test, reference=train_set)
        names = {"valid_sets": [train_set, test_set], "valid_names": ["train", "test"]}
        lightgbm.train(params, train_set, ROUNDS_OF_BOOSTING, **names)

    return _added_by_autolog(peer, "lightgbm", train)


def boosting_xgboost(peer: str) -> dict[str, float]:
    """Add to 1,000 rounds of XGBoost with 4 metrics each by autolog."""
    import xgboost

    X, y, X_test, y_test = _boosting_data()
    train_set, test_set = xgboost.DMatrix(X, y), xgboost.DMatrix(X_test, y_test)
    params = {"objective": "binary:logistic", "eval_metric": ["auc", "logloss"], "nthread": 1}

    def train() -> None:
        evals = [(train_set, "train"), (test_set, "test")]
        xgboost.train(params, train_set, ROUNDS_OF_BOOSTING, evals=evals, verbose_eval=False)

    return _added_by_autolog(peer, "xgboost", train)


def boosting_catboost(peer: str) -> dict[str, float]:
    """Add to 1,000 rounds of CatBoost with 4 metrics each by autolog; MLflow's has none."""
    if peer == "mlflow":
        return {}
    import catboost

    X, y, X_test, y_test = _boosting_data()
    train_set, test_set = catboost.Pool(X, y), catboost.Pool(X_test, y_test)
    options = {"custom_metric": ["AUC:hints=skip_train~false"], "thread_count": 1, "allow_writing_files": False}

    def train() -> None:
        model = catboost.CatBoostClassifier(ROUNDS_OF_BOOSTING, verbose=False, **options)
        model.fit(train_set, eval_set=test_set)

    return _added_by_autolog(peer, "catboost", train)


def _boosting_data() -> tuple[Any, Any, Any, Any]:
    from sklearn.datasets import make_classification

    X, y = make_classification(10_000, 20, random_state=0)
    return X[:5_000], y[:5_000], X[5_000:], y[5_000:]


def _added_by_autolog(peer: str, framework: str, train: Callable[[], None]) -> dict[str, float]:
    """Take turns with it and without: a machine's pace changes within seconds."""
    library = importlib.import_module(peer)
    if peer == "mlflow":
        library.set_tracking_uri("sqlite:///mlflow.db")
    module = importlib.import_module(f"{peer}.{framework}")

    def cpu(work: Callable[[], object]) -> tuple[float, float]:
        # Of the thread that trains, and of all: other programs, whose pace changes within seconds, are in neither.
        thread, process = time.thread_time(), time.process_time()
        work()
        own = time.thread_time() - thread
        flush(peer)
        return own * 1000, (time.process_time() - process) * 1000

    bare, tracked = [], []
    for _ in range(3):
        bare.append(cpu(train))
        module.autolog()
        tracked.append(cpu(train))
        module.autolog(disable=True)
    # The first of each imports what it needs.
    bare_own, bare_all, tracked_own, tracked_all = (
        min(pair[index] for pair in pairs[1:]) for pairs in (bare, tracked) for index in (0, 1)
    )
    return {
        "CPU of a bare training": bare_all,
        "CPU added, first": tracked[0][1] - bare[0][1],
        "CPU added to the thread that trains": tracked_own - bare_own,
        "CPU added to the thread that trains, %": 100 * (tracked_own - bare_own) / bare_all,
        "CPU added, background included": tracked_all - bare_all,
    }


def forest(peer: str) -> dict[str, float]:
    """Save and load a RandomForest of 100 trees, beside skops, in which both write it, alone."""
    import skops.io
    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import RandomForestClassifier

    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(100, random_state=0).fit(X, y)
    flavor = importlib.import_module(f"{peer}.sklearn")
    signature = importlib.import_module(f"{peer}.models").infer_signature(X, model.predict(X))
    number = iter(range(1000))
    trusted = ["sklearn.tree._tree.Tree", "numpy.dtype"]
    repeats = 3 if peer == "nbtrack" else 2
    # MLflow refuses to save what it wasn't told to trust.
    told = {"skops_trusted_types": trusted} if peer == "mlflow" else {}

    def fastest(work: Callable[[], object]) -> float:
        return min([milliseconds(work) for _ in range(repeats)][1:])

    found = {
        "save": fastest(lambda: flavor.save_model(model, path=f"m-{next(number)}", signature=signature, **told)),
        "skops.io.dump": fastest(lambda: skops.io.dump(model, "raw.skops")),
        "load": fastest(lambda: flavor.load_model("m-0")),
        "skops.io.load": fastest(lambda: skops.io.load("raw.skops", trusted=trusted)),
    }
    if peer == "nbtrack":
        flavor.autolog(log_training_metrics=False)
        bare = RandomForestClassifier(100, random_state=0)
        fits = [(milliseconds(lambda: bare.fit(X, y)), flush(peer)) for _ in range(3)][1:]
        flavor.autolog(disable=True)
        found["autologged fit, less a bare one"] = min(fit for fit, _ in fits) - fastest(lambda: bare.fit(X, y))
    return found


CASES: dict[str, Callable[[str], dict[str, float]]] = {
    case.__name__: case
    for case in (
        importing,
        load_ext,
        tracked_cell,
        log_metric,
        throughput,
        rest_server,
        autolog_iris,
        grid_search,
        save_model,
        boosting,
        boosting_xgboost,
        boosting_catboost,
        forest,
    )
}


def main(peer: str, case: str) -> None:
    warnings.simplefilter("ignore")
    noise = io.StringIO()
    with contextlib.redirect_stdout(noise), contextlib.redirect_stderr(noise):
        found = CASES[case](peer)
    if "nbtrack: " in noise.getvalue():
        raise SystemExit(f"something went wrong on the way, so nothing was measured:\n{noise.getvalue()}")
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
