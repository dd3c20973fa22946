"""A result shows itself."""

import subprocess
import sys

import pytest

from nbtrack.errors import EvaluationError
from nbtrack.evaluation import EvaluationResult, evaluate_predictions


@pytest.fixture(scope="module")
def result():
    return evaluate_predictions(["<b>", "$x$", "<b>"], ["<b>", "<b>", "<b>"])


def test_a_terminal_gets_a_line_for_each_metric_and_warning(result):
    lines = repr(result).splitlines()
    assert lines[0] == "EvaluationResult: classifier"
    assert "  accuracy_score   0.6667" in lines
    assert any(line.startswith("  warning: No row is predicted as '$x$'") for line in lines)


def test_a_notebook_gets_metrics_and_images_with_labels_as_text(result):
    shown = result._repr_html_()
    assert 'title="0.6666666666666666"' in shown
    assert shown.count("data:image/png;base64,") == 1
    assert "<b>" not in shown


def test_a_frame_has_a_row_for_each_metric(result):
    frame = result.frame().set_index("metric")
    assert frame.loc["example_count", "value"] == 3


def test_a_plot_that_is_not_there_names_those_that_are(result):
    with pytest.raises(EvaluationError, match="It has: confusion_matrix"):
        result.plot("roc_curve_plot")
    with pytest.raises(EvaluationError, match="It has: none"):
        EvaluationResult("regressor", {}).plot()


def test_importing_evaluation_loads_nothing_heavy():
    code = (
        "import sys, nbtrack.evaluation;"
        "print([m for m in ('numpy', 'pandas', 'sklearn', 'matplotlib', 'shap') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_evaluating_leaves_pyplot_and_the_users_style_alone():
    code = (
        "import sys, matplotlib; before = matplotlib.rcParams['axes.facecolor'] = 'black'\n"
        "from nbtrack.evaluation import evaluate_predictions\n"
        "evaluate_predictions([0.5, 1.5], [0.25, 1.5])._repr_html_()\n"
        "assert matplotlib.rcParams['axes.facecolor'] == before\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
