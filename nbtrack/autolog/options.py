from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class AutologOptions:
    """What autolog captures of a fit."""

    log_models: bool = True
    log_datasets: bool = True
    log_training_metrics: bool = True
    log_diagram: bool = True
    extra_tags: Mapping[str, str] = field(default_factory=dict)
