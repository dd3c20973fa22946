from __future__ import annotations

import signal
import socket
from pathlib import Path

import httpx
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

from nbtrack.errors import InvalidState
from nbtrack.flavors import save_model
from nbtrack.serving import serve
from tests.serving.running import serving_folder

X, y = load_diabetes(return_X_y=True, as_frame=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    save_model(LinearRegression().fit(X, y), tmp_path / "m", input_example=X[:2])
    return tmp_path / "m"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_child_process_serves_until_it_is_told_to_stop(folder: Path, ending: signal.Signals) -> None:
    with serving_folder(folder) as server:
        csv = X[:3].to_csv(index=False)
        answer = httpx.post(f"{server.url}/invocations", content=csv, headers={"Content-Type": "text/csv"}, timeout=30)
        assert answer.json()["predictions"] == pytest.approx(list(LinearRegression().fit(X, y).predict(X[:3])))
        server.process.send_signal(ending)
        assert server.process.wait(20) == 0
        assert server.stdout.read() == ""


def test_a_taken_port_is_one_line(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InvalidState, match=r"port [0-9]+: Address already in use") as raised:
            serve(folder, port=taken.getsockname()[1])
    assert "\n" not in str(raised.value)
