"""ONNX: models as protobuf files, run by ONNX Runtime."""

from nbtrack.flavors.onnx.flavor import OnnxFlavor

__all__ = ["OnnxFlavor"]
