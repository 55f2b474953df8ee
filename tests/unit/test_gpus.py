"""Figures of graphics cards: where NVML is, and where it is not."""

from types import SimpleNamespace
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest

from streams.pool.gpus import Gpus, watch_gpus


class NVMLError(Exception):
    """As NVML raises it."""


class FakeNvml:
    """Two cards, of which the second does not tell its temperature."""

    NVMLError = NVMLError

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802 - NVML's name
        return 2

    def nvmlDeviceGetHandleByIndex(self, number: int) -> int:  # noqa: N802
        return number

    def nvmlDeviceGetUtilizationRates(self, card: int) -> Any:  # noqa: N802
        return SimpleNamespace(gpu=(85, 0)[card])

    def nvmlDeviceGetMemoryInfo(self, card: int) -> Any:  # noqa: N802
        return SimpleNamespace(used=3 * 2**30, total=24 * 2**30)

    def nvmlDeviceGetTemperature(self, card: int, sensor: int) -> int:  # noqa: N802
        if card == 1:
            raise NVMLError("not supported")
        return 61


def test_each_card_has_its_figures_and_one_that_is_not_told_is_left_out() -> None:
    registry = CollectorRegistry()
    registry.register(Gpus(FakeNvml()))
    said = generate_latest(registry).decode()
    assert 'kefu_gpu_utilization{gpu="0"} 0.85' in said
    assert 'kefu_gpu_memory_used_bytes{gpu="1"} 3.221225472e+09' in said
    assert 'kefu_gpu_temperature_celsius{gpu="0"} 61.0' in said
    assert 'kefu_gpu_temperature_celsius{gpu="1"}' not in said


def test_without_a_driver_nothing_is_shown() -> None:
    registry = CollectorRegistry()
    there = watch_gpus(registry)
    assert ("kefu_gpu" in generate_latest(registry).decode()) == there
