"""Makes runs with the real MLflow: ``python with_mlflow.py files|database FOLDER``."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path


def main(kind: str, folder: Path) -> None:
    os.chdir(folder)
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    import mlflow
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    mlflow.set_tracking_uri((folder / "mlruns").as_uri() if kind == "files" else f"sqlite:///{folder}/mlflow.db")
    client = mlflow.MlflowClient()
    mlflow.set_experiment("wine")
    mlflow.set_experiment_tag("owner", "ada 🦌")
    with mlflow.start_run(run_name="parent 🦌", description="a note") as parent:
        mlflow.sklearn.log_model(
            LogisticRegression().fit([[0.0], [1.0]], [0, 1]),
            name="model",
            registered_model_name="wine-model",
            pip_requirements=["scikit-learn"],
            params={"solver": "lbfgs"},
        )
        mlflow.log_params({"depth": "8", "a/b c:d": "x\ny", "empty": ""})
        for value, step in ((0.9, 0), (0.1, 5), (0.4, 3)):
            mlflow.log_metric("loss", value, step=step)
        for _ in range(2):
            mlflow.log_metric("loss", 0.4, step=3, timestamp=5)
        mlflow.log_metric("train/nan", math.nan, step=1)
        mlflow.log_metric("inf", math.inf)
        mlflow.log_metric("tiny", 5e-324)
        mlflow.set_tag("k 1", "v'\"`")
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_text("x", "top.txt")
        frame = pd.DataFrame({"a": [1.0, 2.0], "b": [1, 2]})
        mlflow.log_input(mlflow.data.from_pandas(frame, name="train", targets="b"), context="training", tags={"t": "1"})
        with mlflow.start_run(run_name="child", nested=True):
            mlflow.log_metric("loss", 1.0)
    client.set_registered_model_alias("wine-model", "champion", 1)
    client.set_registered_model_tag("wine-model", "task", "cls")
    client.set_model_version_tag("wine-model", "1", "v", "ok")
    client.update_registered_model("wine-model", "described")
    client.update_model_version("wine-model", "1", "version described")
    client.transition_model_version_stage("wine-model", "1", "Staging")
    with mlflow.start_run(run_name="dead") as dead:
        mlflow.log_metric("x", 1)
    client.delete_run(dead.info.run_id)
    gone = client.create_experiment("gone")
    client.log_param(client.create_run(gone).info.run_id, "p", "1")
    client.delete_experiment(gone)
    client.create_run("0", run_name="running")
    print(parent.info.run_id)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
