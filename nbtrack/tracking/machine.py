"""What the machine is doing: CPU, memory, disk, network and, where there are some, GPUs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

MEGABYTE = 1_000_000


class Meter:
    """Measures from when it is made: the CPU since the last time, the network since the beginning.

    What a machine can't tell is left out.
    """

    def __init__(self) -> None:
        self._cpu: tuple[float, float] | None = None
        self._network: tuple[int, int] | None = None
        with suppress(OSError):
            self._cpu = _cpu_times()
        with suppress(OSError):
            self._network = _network_bytes()
        self._gpus = GpuMeter(_nvml())

    def measure(self) -> dict[str, float]:
        """Return values by the names that MLflow gives them; a megabyte has 1,000,000 bytes."""
        found: dict[str, float] = {}
        for part in (self._cpu_share, _memory, _disk, self._network_traffic, self._gpus.measure):
            # A container may hide any of it, and the working folder may be gone.
            with suppress(OSError):
                found.update(part())
        return found

    def _cpu_share(self) -> dict[str, float]:
        before, self._cpu = self._cpu, _cpu_times()
        if before is None:
            return {}
        total, idle = (now - then for now, then in zip(self._cpu, before, strict=True))
        return {"cpu_utilization_percentage": 100 * min(max(1 - idle / total, 0), 1)} if total > 0 else {}

    def _network_traffic(self) -> dict[str, float]:
        now, first = _network_bytes(), self._network
        if now is None or first is None:
            return {}
        received, sent = (last - before for last, before in zip(now, first, strict=True))
        return {"network_receive_megabytes": received / MEGABYTE, "network_transmit_megabytes": sent / MEGABYTE}


class GpuMeter:
    """Measures NVIDIA's GPUs through ``nvml``, the module of nvidia-ml-py after its ``nvmlInit``; None: no GPUs."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        self._gpus: Sequence[Any] = ()
        if nvml is not None:
            with suppress(nvml.NVMLError):
                self._gpus = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]

    def measure(self) -> dict[str, float]:
        return {f"gpu_{index}_{name}": value for index, gpu in enumerate(self._gpus) for name, value in self._of(gpu)}

    def _of(self, gpu: Any) -> Iterator[tuple[str, float]]:
        parts: tuple[Callable[[Any], dict[str, float]], ...] = (self._memory, self._utilization, self._power)
        for part in parts:
            # Not every GPU tells everything: one shared by virtual machines has no power usage.
            with suppress(self._nvml.NVMLError):
                yield from part(gpu).items()

    def _memory(self, gpu: Any) -> dict[str, float]:
        memory = self._nvml.nvmlDeviceGetMemoryInfo(gpu)
        return {
            "memory_usage_megabytes": memory.used / MEGABYTE,
            "memory_usage_percentage": 100 * memory.used / memory.total,
        }

    def _utilization(self, gpu: Any) -> dict[str, float]:
        return {"utilization_percentage": float(self._nvml.nvmlDeviceGetUtilizationRates(gpu).gpu)}

    def _power(self, gpu: Any) -> dict[str, float]:
        milliwatts = self._nvml.nvmlDeviceGetPowerUsage(gpu)
        limit = self._nvml.nvmlDeviceGetEnforcedPowerLimit(gpu)
        return {"power_usage_watts": milliwatts / 1_000, "power_usage_percentage": 100 * milliwatts / limit}


def _nvml() -> Any:
    """Return NVIDIA's library, ready to be asked; None where its package or the driver is missing."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()  # it counts how often it is called, and costs microseconds from the second time on
    except pynvml.NVMLError:
        return None
    return pynvml


def _cpu_times() -> tuple[float, float]:
    """Return seconds of all CPUs together since the machine started, and how many of them were idle."""
    import psutil

    times = psutil.cpu_times()._asdict()
    # Linux counts the time of virtual machines as the user's, too.
    guests_s = times.get("guest", 0.0) + times.get("guest_nice", 0.0)
    return sum(times.values()) - guests_s, times["idle"] + times.get("iowait", 0.0)


def _memory() -> dict[str, float]:
    import psutil

    memory = psutil.virtual_memory()
    return {
        "system_memory_usage_megabytes": memory.used / MEGABYTE,
        "system_memory_usage_percentage": memory.used / memory.total * 100,
    }


def _disk() -> dict[str, float]:
    """Measure the disk of the working folder: what is full there stops the user's work."""
    import psutil

    disk = psutil.disk_usage(str(Path.cwd()))
    return {
        "disk_usage_percentage": disk.percent,
        "disk_usage_megabytes": disk.used / MEGABYTE,
        "disk_available_megabytes": disk.free / MEGABYTE,
    }


def _network_bytes() -> tuple[int, int] | None:
    import psutil

    counters = psutil.net_io_counters()
    return None if counters is None else (counters.bytes_recv, counters.bytes_sent)
