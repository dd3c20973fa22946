"""What browsers and kernels hear of the store."""

import asyncio
import json
import subprocess
import sys
import uuid
from pathlib import Path

from jupyter_client import BlockingKernelClient
from tornado.websocket import WebSocketClientConnection, websocket_connect

from nbtrack.entities import NewRun, Session
from nbtrack.store import boot_id, host_name
from tests.server.running import TOKEN, Server, wait_until


async def next_event(socket: WebSocketClientConnection) -> dict:
    return json.loads(await asyncio.wait_for(socket.read_message(), 10))


def test_a_write_of_another_process_reaches_the_browser_and_since_tells_the_rest(server: Server):
    async def listen() -> dict:
        url = server.url.replace("http", "ws") + f"/api/events/subscribe?token={TOKEN}"
        socket = await websocket_connect(url)
        run_id = await asyncio.to_thread(server.run, "written elsewhere")
        event = await next_event(socket)
        while event["seq"] < server.store.seq():
            event = await next_event(socket)
        socket.close()
        return event | {"run_id": run_id}

    before = server.store.seq()
    event = asyncio.run(listen())
    assert event["schema_id"] == "https://nbtrack.dev/events/store-changed"
    assert event["topic"] == "store"
    changed = server.api.get("runs", params={"since": before}).json()["runs"]
    assert event["run_id"] in [row["id"] for row in changed]


def test_kernels_in_any_folder_get_the_servers_store(server: Server):
    (server.root / "deep" / "folder").mkdir(parents=True)
    body = {"name": "python3", "path": "deep/folder/nb.ipynb"}
    kernel = server.api.post(f"{server.url}/api/kernels", json=body).json()
    connection = server.runtime / f"kernel-{kernel['id']}.json"
    wait_until(connection.exists)
    client = BlockingKernelClient(connection_file=str(connection))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    seen = []
    code = "import os; print([os.environ[f'NBTRACK_{k}'] for k in ('TRACKING_URI', 'FRONTEND')])"
    client.execute_interactive(code, timeout=30, output_hook=lambda m: seen.append(m["content"].get("text", "")))
    client.stop_channels()
    server.api.delete(f"{server.url}/api/kernels/{kernel['id']}")
    assert "".join(seen).strip() == str([str(server.root / ".nbtrack"), "lab"])


def test_the_open_run_of_a_dead_process_is_ended(server: Server):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    session_id, run_id = uuid.uuid4().hex, uuid.uuid4().hex
    server.store.sessions.open(Session(session_id, host_name(), boot_id(), process.pid, 1, 1))
    server.store.runs.create([NewRun(run_id, "left open", "0", 1, session_id=session_id)])
    wait_until(lambda: server.api.get(f"runs/{run_id}").json()["run"]["status"] == "KILLED")


def test_starting_the_server_makes_no_store_in_the_folder(tmp_path: Path):
    code = (
        "import os, sys; from pathlib import Path; from nbtrack.server.extension import export_store\n"
        "uri = export_store(Path(sys.argv[1]))\n"
        "print(uri == os.environ['NBTRACK_TRACKING_URI'], os.listdir(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True []"
