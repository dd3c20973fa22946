"""Crates: functions of R, as MLflow's R client keeps them, run by Rscript."""

from nbtrack.flavors.crate.flavor import CrateFlavor
from nbtrack.flavors.crate.function import RFunction

__all__ = ["CrateFlavor", "RFunction"]
