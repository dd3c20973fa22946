"""A run in one line, as the chip under a cell shows it."""

from __future__ import annotations

from nbtrack.entities import RunSummary, tags, telling_metrics

MAX_METRICS = 2


def chip_text(run: RunSummary) -> str:
    """Return ``● quiet-otter-417  test_f1 0.94  4 params  1 model  12 ms``, with a second line for a warning."""
    telling = telling_metrics(run.metrics, MAX_METRICS)
    parts = [f"● {' '.join(run.name.split())}", *(f"{key} {value:.4g}" for key, value in telling.items())]
    counts = {
        "metric": len(telling_metrics(run.metrics, len(run.metrics))) - len(telling),
        "param": run.param_count,
        "model": run.model_count,
        "figure": int(run.tags.get(tags.FIGURES, "0")),
    }
    labels = {"metric": "more metric"}
    parts += [f"{count} {labels.get(name, name)}{'s' if count != 1 else ''}" for name, count in counts.items() if count]
    if tags.CAPTURE_MS in run.tags:
        parts.append(f"{float(run.tags[tags.CAPTURE_MS]):.0f} ms")
    warning = run.tags.get(tags.WARNING)
    return "  ".join(parts) + (f"\n  {warning}" if warning else "")
