"""Modules of TensorFlow that can be saved as programs."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


class Line(tf.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.weights = tf.Variable(tf.reshape(tf.range(4.0), (4, 1)))

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])  # type: ignore[untyped-decorator]
    def __call__(self, x: Any) -> Any:
        return x @ self.weights


class Sum(tf.Module):  # type: ignore[misc]
    """Several inputs by name, several answers by name."""

    @tf.function(  # type: ignore[untyped-decorator]
        input_signature=[tf.TensorSpec([None], tf.float32, "left"), tf.TensorSpec([None], tf.float32, "right")]
    )
    def __call__(self, left: Any, right: Any) -> Any:
        return {"sum": left + right, "difference": left - right}
