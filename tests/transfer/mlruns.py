"""Writing folders as MLflow's file store does."""

from __future__ import annotations

from pathlib import Path


def write_runs(root: Path, count: int, points: str) -> list[Path]:
    """Write an experiment with runs that have one metric, ``loss``; return the folders of the runs."""
    (root / "1").mkdir(parents=True)
    (root / "1" / "meta.yaml").write_text("experiment_id: '1'\nname: many\nlifecycle_stage: active\n")
    return [write_run(root / "1" / f"{number:032x}", points) for number in range(count)]


def write_run(folder: Path, points: str) -> Path:
    for name in ("metrics", "params", "tags", "artifacts"):
        (folder / name).mkdir(parents=True)
    (folder / "metrics" / "loss").write_text(points)
    (folder / "meta.yaml").write_text(
        f"run_id: '{folder.name}'\nrun_name: a run\nexperiment_id: '1'\nstatus: 3\nstart_time: 1\n"
        "end_time: 2\nlifecycle_stage: active\nuser_id: ada\n"
    )
    return folder
