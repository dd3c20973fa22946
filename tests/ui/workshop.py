"""A notebook whose cells bring about, one each, what the sidebar and the tabs must cope with."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

EVIL = "<img src=x onerror=alert(1)>"

CELLS = {
    "setup": """
%load_ext nbtrack
%autolog
import nbtrack
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.metrics import f1_score
data = load_wine(as_frame=True).frame
train, test = train_test_split(data, test_size=0.3, random_state=0)
X, y = train.drop(columns="target"), train["target"]
test.to_csv("wine test.csv", index=False)
""",
    "tree": """
%%track tree
max_depth = 3
tree = DecisionTreeClassifier(max_depth=max_depth, random_state=0).fit(X, y)
test_f1 = f1_score(test["target"], tree.predict(test[X.columns]), average="macro")
""",
    "search": """
%%track search
search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 4]}, cv=3).fit(X, y)
""",
    "several": """
shallow = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y)
ridge = Ridge().fit(X, y)
""",
    "failing": """
%%track broken
depth = 3
def divide(a, b):
    return a / b
divide(depth, 0)
""",
    "artifacts": f"""
with nbtrack.start_run(run_name="{EVIL}"):
    nbtrack.log_params({{"shape": "<b>bold</b>", "<i>key</i>": 1}})
    nbtrack.log_metric("loss", 0.123456789)
    nbtrack.set_tag("note", "<script>alert(2)</script>")
    nbtrack.log_text("one two", "with space.txt")
    nbtrack.log_text("smile", "😀 party.txt")
    nbtrack.log_text("quoted", "it's \\"quoted\\" & 100%#?.txt")
    nbtrack.log_text("x" * 2_100_000, "large.txt")
    nbtrack.log_text("<h1>Report</h1><script>parent.document.title = 'hacked'</script>", "report.html")
""",
    "figure": """
%%track drawing
import matplotlib.pyplot as plt
plt.plot([1, 3, 2]); plt.show()
""",
    "loop": """
%%track loop
import time
for step in nbtrack.progress(range(120), metrics=["loss"]):
    loss = 1 / (step + 1)
    time.sleep(0.03)
""",
    "open": """
left_open = nbtrack.start_run(run_name="left-open")
""",
}


def write(path: Path) -> Path:
    """Write the notebook."""
    go_on = {"tags": ["raises-exception"]}
    return write_notebook(path, [new_code_cell(text.strip(), id=name, metadata=go_on) for name, text in CELLS.items()])


def write_notebook(path: Path, cells: list[NotebookNode]) -> Path:
    """Write cells with the kernel that they are for: without one, Lab asks the user."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), path)
    return path
