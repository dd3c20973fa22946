"""What a cell does, told from its source and its values. Knows nothing of IPython."""

from nbtrack.lineage.bindings import Bindings, Seed, bindings_of
from nbtrack.lineage.datasets import describe_dataset, is_dataset
from nbtrack.lineage.environment import describe_environment

__all__ = ["Bindings", "Seed", "bindings_of", "describe_dataset", "describe_environment", "is_dataset"]
