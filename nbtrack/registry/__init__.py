"""Models by URI: finding the folder behind ``runs:/``, ``models:/`` and paths; registering and promoting versions."""

from nbtrack.registry.gate import Finding, Measured, Threshold, parse_thresholds
from nbtrack.registry.promotion import Promotion, measured_of, points_of, promote, promotions_of
from nbtrack.registry.registering import copy_version, create_version, logged_model_at, native_flavor, register
from nbtrack.registry.uris import ModelPlace, find_version, locate

__all__ = [
    "Finding",
    "Measured",
    "ModelPlace",
    "Promotion",
    "Threshold",
    "copy_version",
    "create_version",
    "find_version",
    "locate",
    "logged_model_at",
    "measured_of",
    "native_flavor",
    "parse_thresholds",
    "points_of",
    "promote",
    "promotions_of",
    "register",
]
