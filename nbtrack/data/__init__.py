from nbtrack.data.description import describe_dataset, is_dataset

__all__ = ["describe_dataset", "is_dataset"]
