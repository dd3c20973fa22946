from tests.autolog.conftest import autolog

__all__ = ["autolog"]
