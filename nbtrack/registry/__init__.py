"""Models by URI: finding the folder behind ``runs:/``, ``models:/`` and paths, and registering versions."""

from nbtrack.registry.registering import copy_version, create_version, logged_model_at, native_flavor, register
from nbtrack.registry.uris import ModelPlace, find_version, locate

__all__ = [
    "ModelPlace",
    "copy_version",
    "create_version",
    "find_version",
    "locate",
    "logged_model_at",
    "native_flavor",
    "register",
]
