"""A real kernel, driven as a frontend drives it."""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

TIMEOUT_S = 90


@dataclass
class Outcome:
    """What a frontend got to see of one execution."""

    status: str = ""
    stdout: str = ""
    stderr: str = ""
    result: str | None = None
    images: int = 0
    error: str = ""
    traceback: str = ""
    payloads: list[Any] = field(default_factory=list)


class Kernel:
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder), env=environment)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT_S)

    def send(self, code: str, *, cell_id: str | None = None) -> str:
        content = {
            "code": code, "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": False, "stop_on_error": True,
        }  # fmt: skip
        metadata = {"cellId": cell_id} if cell_id else {}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def run(self, code: str, *, cell_id: str | None = None) -> Outcome:
        return self.outcome(self.send(code, cell_id=cell_id))

    def outcome(self, request: str, *, until_stdout: str | None = None) -> Outcome:
        """Collect what comes back until the kernel is idle again, or has printed something."""
        seen, end = Outcome(), time.monotonic() + TIMEOUT_S
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=5)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                seen.status = self._reply(request)
                return seen
            self._note(seen, message)
            if until_stdout is not None and until_stdout in seen.stdout:
                return seen
        raise TimeoutError(f"The kernel did not answer: {seen}")

    def _note(self, seen: Outcome, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            setattr(seen, content["name"], getattr(seen, content["name"]) + content["text"])
        elif kind == "execute_result":
            seen.result = content["data"]["text/plain"]
        elif kind == "display_data":
            seen.images += "image/png" in content["data"]
        elif kind == "error":
            seen.error = f"{content['ename']}: {content['evalue']}"
            seen.traceback = "\n".join(content["traceback"])

    def _reply(self, request: str) -> str:
        while True:
            reply = self.client.get_shell_msg(timeout=TIMEOUT_S)
            if reply["parent_header"].get("msg_id") == request:
                return str(reply["content"]["status"])

    def complete(self, code: str) -> list[str]:
        return list(self.client.complete(code, reply=True, timeout=TIMEOUT_S)["content"]["matches"])

    def stop(self, *, now: bool = True) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=now)
        self.manager.cleanup_resources()
