"""A Lightning module whose class can be imported."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import lightning
import torch

from tests.frameworks.networks import Network


class Classifier(lightning.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.network = Network()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.network(x)  # type: ignore[no-any-return]

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        return torch.nn.functional.cross_entropy(self(batch[0]), batch[1])

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def fitted(x: Any, y: Any) -> Classifier:
    """Return what one epoch of training makes of it."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.manual_seed(0)
    model = Classifier()
    rows = torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice
        trainer = lightning.Trainer(max_epochs=1, accelerator="cpu", logger=False, **quiet)
        trainer.fit(model, torch.utils.data.DataLoader(rows, batch_size=50))
    return model.eval()
