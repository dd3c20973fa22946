"""Models by URI: finding the folder behind ``runs:/``, ``models:/`` and paths, and registering versions."""

from nbtrack.registry.uris import ModelPlace, locate, register

__all__ = ["ModelPlace", "locate", "register"]
