"""What a cell does, told from its source and its values. Knows nothing of IPython."""

from nbtrack.lineage.datasets import describe_dataset, is_dataset

__all__ = ["describe_dataset", "is_dataset"]
