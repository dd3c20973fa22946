"""Listens to PyTorch: the steps of optimizers in loops of one's own, and Lightning's trainers."""

from __future__ import annotations

from types import ModuleType

from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.patching import Patches
from nbtrack.autolog.pytorch import lightning
from nbtrack.autolog.pytorch.steps import OPTIMIZER_STEPS

__all__ = ["OPTIMIZER_STEPS", "PyTorchIntegration"]


class PyTorchIntegration:
    """Listens to every optimizer's ``step``, and to ``Trainer.fit`` and ``test`` of Lightning's two packages."""

    def install(self, patches: Patches, watch: ImportWatch) -> None:
        def hear_steps(module: ModuleType) -> None:
            patches.undo_by(module.register_optimizer_step_post_hook(OPTIMIZER_STEPS).remove)

        watch.when_imported("torch.optim.optimizer", hear_steps)
        for package in lightning.PACKAGES:
            watch.when_imported(f"{package}.trainer.trainer", lambda module: lightning.patch(patches, module))
