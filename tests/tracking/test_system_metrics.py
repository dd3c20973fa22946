from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

import nbtrack
from nbtrack.errors import InvalidInput
from nbtrack.store import Store
from nbtrack.tracking.machine import GpuMeter, Meter
from nbtrack.tracking.system_metrics import interval_s

THREAD = "nbtrack-system-metrics"
ALWAYS = {
    "system/cpu_utilization_percentage",
    "system/system_memory_usage_megabytes",
    "system/system_memory_usage_percentage",
    "system/disk_usage_percentage",
    "system/disk_usage_megabytes",
    "system/disk_available_megabytes",
}


@pytest.fixture(autouse=True)
def _usual_settings(store: Store) -> Iterator[None]:
    yield
    nbtrack.set_system_metrics_sampling_interval(None)
    nbtrack.set_system_metrics_samples_before_logging(None)
    nbtrack.disable_system_metrics_logging()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def points(run_id: str, key: str = "system/system_memory_usage_megabytes") -> list[nbtrack.Metric]:
    nbtrack.flush()
    return nbtrack.Client().get_metric_history(run_id, key)


def is_thread_there() -> bool:
    return any(thread.name == THREAD for thread in threading.enumerate())


def test_a_machine_that_hides_what_it_does_stops_no_run(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbtrack.log_param("p", 1)  # the session knows its process from now on
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    with nbtrack.start_run(log_system_metrics=True) as run:
        pass
    keys = nbtrack.get_run(run.info.run_id).data.metrics.keys()
    assert "system/disk_usage_percentage" in keys
    assert "system/cpu_utilization_percentage" not in keys


def test_a_run_that_asks_for_it_has_what_the_machine_did_even_if_it_was_short(store: Store) -> None:
    with nbtrack.start_run(log_system_metrics=True) as run:
        total = sum(number * number for number in range(200_000))
    assert total > 0
    metrics = nbtrack.get_run(run.info.run_id).data.metrics
    assert metrics.keys() >= ALWAYS
    assert 0 < metrics["system/cpu_utilization_percentage"] <= 100
    memory, disk = psutil.virtual_memory(), psutil.disk_usage(".")
    assert metrics["system/system_memory_usage_megabytes"] == pytest.approx(memory.used / 1e6, rel=0.5)
    assert 0 < metrics["system/system_memory_usage_percentage"] <= 100
    assert metrics["system/disk_usage_megabytes"] == pytest.approx(disk.used / 1e6, rel=0.1)
    assert metrics["system/disk_available_megabytes"] == pytest.approx(disk.free / 1e6, rel=0.1)


@pytest.mark.skipif(psutil.net_io_counters() is None, reason="there is no network")
def test_the_network_is_counted_from_the_beginning_of_the_run(store: Store) -> None:
    with nbtrack.start_run(log_system_metrics=True) as run:
        pass
    metrics = nbtrack.get_run(run.info.run_id).data.metrics
    assert 0 <= metrics["system/network_receive_megabytes"] < psutil.net_io_counters().bytes_recv / 1e6 + 1
    assert metrics["system/network_transmit_megabytes"] >= 0


def test_an_open_run_is_measured_again_and_again_by_one_thread_which_ends_with_it(store: Store) -> None:
    nbtrack.set_system_metrics_sampling_interval(0.02)
    with nbtrack.start_run(log_system_metrics=True) as run:
        with nbtrack.start_run(nested=True, log_system_metrics=True) as child:
            wait_until(lambda: len(points(run.info.run_id)) >= 3 and len(points(child.info.run_id)) >= 2)
            assert sum(thread.name == THREAD for thread in threading.enumerate()) == 1
        assert is_thread_there()
    wait_until(lambda: not is_thread_there())
    measured = points(run.info.run_id)
    assert [point.step for point in measured] == list(range(len(measured)))
    assert len(points(run.info.run_id)) == len(measured)


def test_a_run_that_fails_is_measured_no_longer(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), nbtrack.start_run(log_system_metrics=True) as run:
        1 / 0  # noqa: B018
    wait_until(lambda: not is_thread_there())
    assert len(points(run.info.run_id)) == 1


def test_the_mean_of_several_samples_is_logged(store: Store) -> None:
    nbtrack.set_system_metrics_sampling_interval(0.01)
    nbtrack.set_system_metrics_samples_before_logging(1_000_000)
    with nbtrack.start_run(log_system_metrics=True) as run:
        time.sleep(0.1)
    (point,) = points(run.info.run_id)
    assert point.value == pytest.approx(psutil.virtual_memory().used / 1e6, rel=0.5)


def test_nothing_is_measured_unless_it_was_asked_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_measured(wanted: bool | None = None) -> bool:
        with nbtrack.start_run(log_system_metrics=wanted) as run:
            pass
        return bool(nbtrack.get_run(run.info.run_id).data.metrics)

    monkeypatch.setattr("nbtrack.tracking.system_metrics._is_on", None)
    assert not is_measured()
    monkeypatch.setenv("NBTRACK_ENABLE_SYSTEM_METRICS_LOGGING", "true")
    assert is_measured()
    assert not is_measured(False)
    nbtrack.disable_system_metrics_logging()
    assert not is_measured()
    nbtrack.enable_system_metrics_logging()
    assert is_measured()


def test_a_resumed_run_goes_on_behind_its_last_step(store: Store) -> None:
    with nbtrack.start_run(log_system_metrics=True) as run:
        pass
    with nbtrack.start_run(run_id=run.info.run_id, log_system_metrics=True):
        pass
    assert [point.step for point in points(run.info.run_id)] == [0, 1]


def test_a_run_that_is_deleted_meanwhile_is_let_go(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    nbtrack.set_system_metrics_sampling_interval(0.02)
    run = nbtrack.start_run(log_system_metrics=True)
    nbtrack.delete_run(run.info.run_id)
    wait_until(lambda: not is_thread_there() or len(points(run.info.run_id)) == 0)
    nbtrack.end_run()
    wait_until(lambda: not is_thread_there())
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_does_not_measure_for_its_parent(store: Store) -> None:
    with nbtrack.start_run(log_system_metrics=True):
        assert is_thread_there()
        child = os.fork()
        if child == 0:
            try:
                is_idle = not is_thread_there()
                with nbtrack.start_run(log_system_metrics=True):
                    is_own = is_thread_there()
                os._exit(0 if is_idle and is_own else 1)
            except BaseException:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert is_thread_there()


@pytest.mark.parametrize("interval", [0, -1, float("nan"), float("inf"), "soon"])
def test_an_interval_that_makes_no_sense_is_refused(interval: float) -> None:
    with pytest.raises(InvalidInput, match="number of seconds"):
        nbtrack.set_system_metrics_sampling_interval(interval)


@pytest.mark.parametrize("samples", [0, 1.5, "many"])
def test_a_number_of_samples_that_makes_no_sense_is_refused(samples: int) -> None:
    with pytest.raises(InvalidInput, match="whole number"):
        nbtrack.set_system_metrics_samples_before_logging(samples)


def test_a_mistake_in_the_environment_is_told_and_breaks_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBTRACK_SYSTEM_METRICS_SAMPLING_INTERVAL", "often")
    assert interval_s() == interval_s() == 10
    assert capsys.readouterr().err.count("not 'often'. It is 10.0 now.") == 1
    monkeypatch.setenv("NBTRACK_SYSTEM_METRICS_SAMPLING_INTERVAL", "2.5")
    assert interval_s() == 2.5


class Nvml:
    """NVIDIA's library on a machine with two GPUs, the second of which tells little. There is no real one here."""

    class NVMLError(Exception):
        pass

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetMemoryInfo(self, gpu: int) -> SimpleNamespace:
        return SimpleNamespace(used=4_000_000_000, total=16_000_000_000)

    def nvmlDeviceGetUtilizationRates(self, gpu: int) -> SimpleNamespace:
        return SimpleNamespace(gpu=87)

    def nvmlDeviceGetPowerUsage(self, gpu: int) -> int:
        if gpu == 1:
            raise self.NVMLError("Not Supported")
        return 150_000

    def nvmlDeviceGetEnforcedPowerLimit(self, gpu: int) -> int:
        return 300_000


def test_each_gpu_tells_what_it_can() -> None:
    assert GpuMeter(Nvml()).measure() == {
        "gpu_0_memory_usage_megabytes": 4_000,
        "gpu_0_memory_usage_percentage": 25,
        "gpu_0_utilization_percentage": 87,
        "gpu_0_power_usage_watts": 150,
        "gpu_0_power_usage_percentage": 50,
        "gpu_1_memory_usage_megabytes": 4_000,
        "gpu_1_memory_usage_percentage": 25,
        "gpu_1_utilization_percentage": 87,
    }


def test_a_machine_without_a_driver_has_no_gpus() -> None:
    pynvml = pytest.importorskip("pynvml")
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        assert not any(key.startswith("gpu_") for key in Meter().measure())
    else:
        pytest.skip("there is a driver")
