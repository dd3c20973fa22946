"""Modules whose class can be imported."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class Network(nn.Module):
    """Two layers, with dropout that must be off for predictions."""

    def __init__(self, hidden: int = 8) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, hidden), nn.ReLU(), nn.Dropout(0.5), nn.Linear(hidden, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)  # type: ignore[no-any-return]


class Sum(nn.Module):
    """Several inputs by name, several answers by name."""

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"sum": left + right, "difference": left - right}


class Locked(nn.Module):
    """Holds what can't be pickled."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)
        self.lines = (line for line in ())  # type: ignore[var-annotated]

    def forward(self, x: torch.Tensor) -> Any:
        return self.layer(x)
