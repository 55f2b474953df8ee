"""The graphics cards of this machine as NVML tells of them, where there is one: load, memory, temperature."""

from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class Gpus(Collector):
    """Gauges per card, read when they are scraped; nothing where there is no NVIDIA driver."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml

    def collect(self) -> list[GaugeMetricFamily]:
        """The figures now; a card that does not tell one is left out of it."""
        nvml = self._nvml
        cards = [(str(number), nvml.nvmlDeviceGetHandleByIndex(number)) for number in range(nvml.nvmlDeviceGetCount())]
        figures: dict[str, tuple[str, Callable[[Any], float]]] = {
            "kefu_gpu_utilization": (
                "Load of a card, 0 to 1.",
                lambda c: nvml.nvmlDeviceGetUtilizationRates(c).gpu / 100,
            ),
            "kefu_gpu_memory_used_bytes": ("Memory in use.", lambda c: nvml.nvmlDeviceGetMemoryInfo(c).used),
            "kefu_gpu_memory_total_bytes": ("Memory there is.", lambda c: nvml.nvmlDeviceGetMemoryInfo(c).total),
            "kefu_gpu_temperature_celsius": ("Temperature.", lambda c: nvml.nvmlDeviceGetTemperature(c, 0)),
        }
        return [self._family(name, about, read, cards) for name, (about, read) in figures.items()]

    def _family(
        self, name: str, about: str, read: Callable[[Any], float], cards: list[tuple[str, Any]]
    ) -> GaugeMetricFamily:
        family = GaugeMetricFamily(name, about, labels=["gpu"])
        for number, card in cards:
            try:
                family.add_metric([number], float(read(card)))
            except self._nvml.NVMLError:
                continue
        return family


def watch_gpus(registry: CollectorRegistry) -> bool:
    """Add the gauges to a registry; False where there is no driver to ask."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return False
    registry.register(Gpus(pynvml))
    return True
