"""A fine-tuning service on loopback that follows what OpenAI and Azure publish of theirs.

Files and jobs: https://platform.openai.com/docs/api-reference/fine-tuning, and Azure's dated data-plane API. Lists come newest
first, a page at a time (`after`, `limit`, `has_more`); errors are `{"error": {"message", "type", "param", "code"}}`. A job goes one
step on with each look at it, so nothing waits for a clock. `python -m tests.tuning_server` serves until it is stopped.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import time
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

KEY = "sk-tuning-0123456789"
MODELS = ("gpt-4.1-mini-2025-04-14", "gpt-4.1-nano-2025-04-14")
LOSSES = (2.4, 1.9, 1.5, 1.2, 1.0, 0.9)
"""Of a job's steps."""
HELD_OUT = {3: 1.7, 6: 1.25}
"""After these steps, where there are rows to test with."""


@dataclass
class Outage:
    """The network is gone for some requests."""

    request: str
    """What the method and path begin with, such as `POST /files`."""
    times: int = 1
    after: bool = False
    """Whether the service has done what it was asked, and only its answer is lost."""
    status: int = 0
    """An answer of this status comes in place of none."""


@dataclass
class TuningService:
    """The service. Its fields say what happens, and what happened."""

    azure: bool = False
    fate: str = "succeeded"
    hold: str = ""
    """A state that jobs stay in until this is another one."""
    outages: list[Outage] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    """What jobs were created with."""
    base_url: str = ""
    page: int = 100
    """The most that a list gives at once, whatever is asked for."""
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 24)
        port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}" + ("" if self.azure else "/v1")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def count(self, request: str) -> int:
        """How many requests began so."""
        return sum(made.startswith(request) for made in self.requests)

    # -- HTTP ---------------------------------------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._serve(reader, writer):
                pass
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *rest = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        method, target, _ = first.split(" ")
        parts = urlsplit(target)
        path = parts.path.removeprefix("/openai" if self.azure else "/v1")
        query = dict(parse_qsl(parts.query))
        self.requests.append(f"{method} {path}")
        outage = next((o for o in self.outages if o.times and f"{method} {path}".startswith(o.request)), None)
        if outage is not None:
            outage.times -= 1
            if outage.after:
                self._answer(method, path, query, headers, body)
            if not outage.status:
                return False
            status = outage.status
            answer: Any = _error("The server is overloaded.", "server_error")
        else:
            status, answer = self._answer(method, path, query, headers, body)
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        kind = "application/octet-stream" if isinstance(answer, bytes) else "application/json"
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n".encode()
            + data
        )
        await writer.drain()
        return True

    def _answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, Any]:
        key = (
            headers.get("api-key") if self.azure else headers.get("authorization", "").removeprefix("Bearer ")
        )
        if key != KEY:
            return 401, _error(f"Incorrect API key provided: {key}.", code="invalid_api_key")
        if self.azure and "api-version" not in query:
            return 404, _error("Resource not found", code="404")
        for pattern, asked in (
            (r"POST /files", self._upload),
            (r"GET /files", self._list_files),
            (r"(GET|DELETE) /files/([\w-]+)", self._file),
            (r"GET /files/([\w-]+)/content", self._content),
            (r"POST /fine_tuning/jobs", self._create),
            (r"GET /fine_tuning/jobs", self._list_jobs),
            (r"GET /fine_tuning/jobs/([\w-]+)", self._job),
            (r"POST /fine_tuning/jobs/([\w-]+)/cancel", self._cancel),
            (r"GET /fine_tuning/jobs/([\w-]+)/events", self._list_events),
        ):
            if found := re.fullmatch(pattern, f"{method} {path}"):
                return asked(found, query, headers, body)
        return 404, _error(f"Invalid URL ({method} {path})")

    # -- files --------------------------------------------------------------------------------------------------------

    def _upload(self, _m: Any, _q: Any, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        message = BytesParser(policy=HTTP).parsebytes(
            f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + body
        )
        parts: dict[Any, Any] = {
            part.get_param("name", header="content-disposition"): part for part in message.iter_parts()
        }
        purpose = parts["purpose"].get_payload(decode=True).decode().strip()
        if purpose != "fine-tune":
            return 400, _error(f"'{purpose}' is not one of ['fine-tune']", param="purpose")
        content: bytes = parts["file"].get_payload(decode=True)
        name = f"file-{len(self.files) + 1:04d}"
        self.files[name] = {
            "id": name,
            "object": "file",
            "bytes": len(content),
            "created_at": int(time.time()),
            "filename": parts["file"].get_filename(),
            "purpose": purpose,
            "status": "pending" if self.azure else "processed",
        }
        self.contents[name] = content
        return 200, self.files[name]

    def _list_files(self, _m: Any, query: dict[str, str], _h: Any, _b: bytes) -> tuple[int, Any]:
        return 200, self._listed(list(self.files.values())[::-1], query)

    def _file(self, found: re.Match[str], _q: Any, _h: Any, _b: bytes) -> tuple[int, Any]:
        name = found[2]
        if name not in self.files:
            return 404, _error(f"No such File object: {name}", param="id")
        if found[1] == "DELETE":
            del self.files[name]
            return 200, {"id": name, "object": "file", "deleted": True}
        told = dict(self.files[name])
        if told["status"] == "pending":
            self.files[name]["status"] = "processed"
        return 200, told

    def _content(self, found: re.Match[str], _q: Any, _h: Any, _b: bytes) -> tuple[int, Any]:
        if found[1] not in self.contents:
            return 404, _error(f"No such File object: {found[1]}", param="id")
        return 200, self.contents[found[1]]

    # -- jobs ---------------------------------------------------------------------------------------------------------

    def _create(self, _m: Any, _q: Any, _h: Any, body: bytes) -> tuple[int, Any]:
        asked = json.loads(body)
        if asked.get("model") not in MODELS:
            message = f"Model {asked.get('model')} is not available for fine-tuning or does not exist."
            return 400, _error(message, param="model", code="model_not_available")
        for which in ("training_file", "validation_file"):
            name = asked.get(which)
            if (name or which == "training_file") and name not in self.files:
                return 400, _error(f"invalid {which}: {name}", param=which)
            if name and self.files[name]["status"] != "processed":
                return 400, _error(f"{which} {name} is not ready", param=which, code="fileNotReady")
        self.created.append(asked)
        name = f"ftjob-{len(self.jobs) + 1:04d}"
        method = asked.get("method") or {
            "type": "supervised",
            "supervised": {"hyperparameters": asked.get("hyperparameters", {})},
        }
        kind = method["type"]
        chosen = {"n_epochs": 3, "batch_size": 1, "learning_rate_multiplier": 1.8}
        chosen |= (method.get(kind) or {}).get("hyperparameters", {})
        self.jobs[name] = {
            "id": name,
            "object": "fine_tuning.job",
            "created_at": int(time.time()),
            "model": asked["model"],
            "status": "validating_files",
            "training_file": asked["training_file"],
            "validation_file": asked.get("validation_file"),
            "result_files": [],
            "fine_tuned_model": None,
            "finished_at": None,
            "trained_tokens": None,
            "error": None,
            "organization_id": "org-1",
            "seed": asked.get("seed", 4711),
            "hyperparameters": chosen if kind == "supervised" else {},
            "method": {"type": kind, kind: {"hyperparameters": chosen}},
            "suffix": asked.get("suffix"),
        }
        self.events[name] = []
        self._tell(name, f"Created fine-tuning job: {name}")
        self._tell(name, f"Validating training file: {asked['training_file']}")
        return 200, self.jobs[name]

    def _job(self, found: re.Match[str], _q: Any, _h: Any, _b: bytes) -> tuple[int, Any]:
        job = self.jobs.get(found[1])
        if job is None:
            return 404, _error(
                f"Could not find fine tune: {found[1]}", param="fine_tune_id", code="fine_tune_not_found"
            )
        told = dict(job)
        if job["status"] != self.hold:
            self._go_on(job)
        return 200, told

    def _cancel(self, found: re.Match[str], _q: Any, _h: Any, _b: bytes) -> tuple[int, Any]:
        job = self.jobs[found[1]]
        if job["status"] in ("succeeded", "failed", "cancelled"):
            return 400, _error(f"Job has already completed: {found[1]}", code="invalid_request")
        job["status"] = "cancelled"
        job["finished_at"] = int(time.time())
        self._tell(found[1], "Job cancelled by user")
        return 200, job

    def _list_jobs(self, _m: Any, query: dict[str, str], _h: Any, _b: bytes) -> tuple[int, Any]:
        return 200, self._listed(list(self.jobs.values())[::-1], query)

    def _list_events(
        self, found: re.Match[str], query: dict[str, str], _h: Any, _b: bytes
    ) -> tuple[int, Any]:
        return 200, self._listed(self.events[found[1]][::-1], query)

    def _listed(self, rows: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        start = next((at + 1 for at, row in enumerate(rows) if row["id"] == query.get("after")), 0)
        limit = min(int(query.get("limit", "20")), self.page)
        page = rows[start : start + limit]
        return {"object": "list", "data": page, "has_more": start + limit < len(rows)}

    def _go_on(self, job: dict[str, Any]) -> None:
        """One step further."""
        name, state = job["id"], job["status"]
        if state == "validating_files":
            if self.fate == "failed":
                job["status"] = "failed"
                job["error"] = {
                    "code": "invalid_training_file",
                    "message": "The job failed due to an unsafe training file.",
                    "param": "training_file",
                }
                self._tell(name, "Training file is refused.", level="error")
                return
            job["status"] = "queued"
            self._tell(name, "Files validated, moving job to queued state")
        elif state == "queued":
            job["status"] = "running"
            self._tell(name, "Fine-tuning job started")
        elif state == "running":
            done = sum(event["type"] == "metrics" for event in self.events[name])
            if done < len(LOSSES):
                for step in range(done + 1, min(done + 2, len(LOSSES)) + 1):
                    self._measure(job, step)
            else:
                self._succeed(job)

    def _measure(self, job: dict[str, Any], step: int) -> None:
        data: dict[str, Any] = {
            "step": step,
            "total_steps": len(LOSSES),
            "train_loss": LOSSES[step - 1],
            "train_mean_token_accuracy": 0.8,
        }
        said = f"Step {step}/{len(LOSSES)}: training loss={LOSSES[step - 1]:.2f}"
        if job["validation_file"] and step in HELD_OUT:
            data["valid_loss"] = HELD_OUT[step]
        self._tell(job["id"], said, data=data)

    def _succeed(self, job: dict[str, Any]) -> None:
        name = f"file-result-{job['id']}"
        lines = ["step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"]
        for step, loss in enumerate(LOSSES, 1):
            held_out = HELD_OUT.get(step) if job["validation_file"] else None
            absent = "-1.0" if self.azure else ""
            lines.append(f"{step},{loss},0.8,{held_out if held_out is not None else absent},")
        content = ("\n".join(lines) + "\n").encode()
        self.contents[name] = content if self.azure else base64.b64encode(content)
        suffix = job["suffix"] or ""
        job |= {
            "status": "succeeded",
            "result_files": [name],
            "finished_at": job["created_at"] + 95,
            "trained_tokens": 4321,
            "fine_tuned_model": (
                f"{job['model']}.ft-{job['id'][-4:]}"
                if self.azure
                else f"ft:{job['model']}:acme:{suffix}:{job['id'][-4:]}"
            ),
        }
        self._tell(job["id"], f"New fine-tuned model created: {job['fine_tuned_model']}")
        self._tell(job["id"], "The job has successfully completed")

    def _tell(
        self, job: str, message: str, *, level: str = "info", data: dict[str, Any] | None = None
    ) -> None:
        events = self.events[job]
        events.append(
            {
                "id": f"ftevent-{job}-{len(events) + 1:04d}",
                "object": "fine_tuning.job.event",
                "created_at": int(time.time()),
                "level": level,
                "message": message,
                "type": "message" if data is None else "metrics",
                "data": data or {},
            }
        )


def _error(
    message: str, kind: str = "invalid_request_error", *, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


async def _main() -> None:
    async with TuningService() as service:
        print(f"OPENAI_BASE_URL={service.base_url} OPENAI_API_KEY={KEY}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
