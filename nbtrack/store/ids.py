from __future__ import annotations

import secrets


def new_experiment_id() -> str:
    """Return an id for an experiment: random, so that stores merge by copying; digits, as MLflow's clients expect."""
    return str(secrets.randbelow(9 * 10**17) + 10**17)
