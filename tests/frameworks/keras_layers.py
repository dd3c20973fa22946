"""Parts of models of one's own, which can be imported."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="tests")
class Scale(keras.layers.Layer):  # type: ignore[misc]
    """Multiplies by a weight."""

    def build(self, shape: Any) -> None:
        self.factor = self.add_weight(shape=(shape[-1],), initializer="ones", name="factor")

    def call(self, x: Any) -> Any:
        return x * self.factor


def squash(x: Any) -> Any:
    """An activation that nobody registered."""
    return keras.ops.tanh(x) / 2
