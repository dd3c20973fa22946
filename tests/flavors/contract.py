"""The contract that plugins get, for the tests here."""

from nbtrack.flavors.contract import NOT_ITS_OWN, FlavorContract

__all__ = ["NOT_ITS_OWN", "FlavorContract"]
