"""A fine-tuning service on loopback that follows what OpenAI and Azure publish of theirs.

Files and jobs: https://platform.openai.com/docs/api-reference/fine-tuning, and Azure's dated data-plane API, 2024-10-21. Lists come
newest first, a page at a time (`after`, `limit`, `has_more`); errors are `{"error": {"message", "type", "param", "code"}}`. Azure's
events come oldest first, its list of files whole, and much is null there. A job goes one step on with each look at it: nothing
waits for a clock. `python -m tests.tuning_server` serves until it is stopped.
"""

from __future__ import annotations

import asyncio
import base64
import codecs
import contextlib
import json
import re
import time
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.loopback_server import Asked, LoopbackServer, response

KEY = "sk-tuning-0123456789"
MODELS = ("gpt-4.1-mini-2025-04-14", "gpt-4.1-nano-2025-04-14")
LOSSES = (2.4, 1.9, 1.5, 1.2, 1.0, 0.9)
"""Of a job's steps."""
HELD_OUT = {3: 1.7, 6: 1.25}
"""Over all rows to test with, where there are any: after these steps."""
SOME_HELD_OUT = {2: 0.5, 4: 2.9, 6: 1.1}
"""Over some of them."""
MINUTES_LEFT = 20
"""Until a job will be finished that runs."""
LOGIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<html>Log in.</html>"
"""What a network says in the service's place that wants to know who is there."""
_ENDED = ("succeeded", "failed", "cancelled")


@dataclass
class Outage:
    """The network is gone for some requests."""

    request: str
    """A pattern of what the method and path begin with, such as `POST /files`."""
    times: int = 1
    after: bool = False
    """Whether the service has done what it was asked, and only its answer is lost."""
    status: int = 0
    """An answer of this status comes in place of none."""
    headers: str = ""
    """Its further headers."""
    said: bytes = b""
    """This comes in place of any answer."""


@dataclass
class TuningService(LoopbackServer):
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
    unreadable: str = ""
    """Why files can't be read, with Azure."""
    unending: bool = False
    """Whether jobs run on when nothing is left to learn."""
    unlisted: int = 0
    """So many lists don't have yet what was made last."""
    page: int = 100
    """The most that a list gives at once, whatever is asked for."""

    def __post_init__(self) -> None:
        super().__init__("" if self.azure else "/v1")

    def count(self, request: str) -> int:
        """How many requests began so."""
        return sum(made.startswith(request) for made in self.requests)

    async def reply(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        path = asked.path.removeprefix("/openai" if self.azure else "/v1")
        request = f"{asked.method} {path}"
        self.requests.append(request)
        outage = next((o for o in self.outages if o.times and re.match(o.request, request)), None)
        if outage is None:
            status, answer = self._answer(request, asked)
            writer.write(response(status, answer))
            return
        outage.times -= 1
        if outage.after:
            self._answer(request, asked)
        if outage.said:
            writer.write(outage.said)
        elif outage.status:
            answer = self._error("The server is overloaded.", "server_error")
            writer.write(response(outage.status, answer, outage.headers))
        else:
            writer.close()

    def _answer(self, request: str, asked: Asked) -> tuple[int, Any]:
        key = asked.headers.get("api-key" if self.azure else "authorization", "").removeprefix("Bearer ")
        if key != KEY:
            return 401, self._error(f"Incorrect API key provided: {key}.", code="invalid_api_key")
        if self.azure and "api-version" not in asked.query:
            return 404, self._error("Resource not found", code="404")
        for pattern, answer in (
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
            if found := re.fullmatch(pattern, request):
                return answer(found, asked)
        return 404, self._error(f"Invalid URL ({request})")

    def _error(
        self,
        message: str,
        kind: str = "invalid_request_error",
        *,
        param: str | None = None,
        code: str | None = None,
    ) -> dict[str, Any]:
        if self.azure:
            return {"error": {"code": code or "invalidPayload", "message": message}}
        return {"error": {"message": message, "type": kind, "param": param, "code": code}}

    # -- files --------------------------------------------------------------------------------------------------------

    def _upload(self, _: Any, asked: Asked) -> tuple[int, Any]:
        message = BytesParser(policy=HTTP).parsebytes(
            f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode() + asked.body
        )
        parts: dict[Any, Any] = {
            part.get_param("name", header="content-disposition"): part for part in message.iter_parts()
        }
        purpose = parts["purpose"].get_payload(decode=True).decode().strip()
        if purpose != "fine-tune":
            return 400, self._error(f"'{purpose}' is not one of ['fine-tune']", param="purpose")
        content: bytes = parts["file"].get_payload(decode=True)
        if self.azure and not content.startswith(codecs.BOM_UTF8):
            return 400, self._error("The file has no byte order mark.", code="jsonlValidationFailed")
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
        return (201 if self.azure else 200), self.files[name]

    def _list_files(self, _: Any, asked: Asked) -> tuple[int, Any]:
        if self.azure:  # which knows no pages of them, and has no `has_more`
            return 200, {"object": "list", "data": self._listed_yet(list(self.files.values()))}
        return 200, self._paged(self._listed_yet(list(self.files.values()))[::-1], asked.query)

    def _file(self, found: re.Match[str], _: Asked) -> tuple[int, Any]:
        name = found[2]
        if name not in self.files:
            return 404, self._error(f"No such File object: {name}", param="id", code="notFound")
        if found[1] == "DELETE":
            del self.files[name]
            return 200, {"id": name, "object": "file", "deleted": True}
        told = dict(self.files[name])
        if told["status"] == "pending":
            self.files[name]["status"] = "error" if self.unreadable else "processed"
            self.files[name]["status_details"] = self.unreadable or None
        return 200, told

    def _content(self, found: re.Match[str], _: Asked) -> tuple[int, Any]:
        if found[1] not in self.contents:
            return 404, self._error(f"No such File object: {found[1]}", param="id")
        return 200, self.contents[found[1]]

    # -- jobs ---------------------------------------------------------------------------------------------------------

    def _create(self, _: Any, request: Asked) -> tuple[int, Any]:
        asked = json.loads(request.body)
        if asked.get("model") not in MODELS:
            message = f"Model {asked.get('model')} is not available for fine-tuning or does not exist."
            return 400, self._error(message, param="model", code="model_not_available")
        if self.azure and not re.fullmatch(r"[A-Za-z0-9_-]{0,40}", asked.get("suffix") or ""):
            return 400, self._error("The suffix is not valid.")
        for which in ("training_file", "validation_file"):
            name = asked.get(which)
            if (name or which == "training_file") and name not in self.files:
                return 400, self._error(f"invalid {which}: {name}", param=which)
            if name and self.files[name]["status"] != "processed":
                return 400, self._error(f"File {name} is not ready", param=which, code="fileNotReady")
        self.created.append(asked)
        name = f"ftjob-{len(self.jobs) + 1:04d}"
        self.jobs[name] = self._made(name, asked)
        self.events[name] = []
        self._tell(name, f"Created fine-tuning job: {name}")
        self._tell(name, f"Validating training file: {asked['training_file']}")
        return (201 if self.azure else 200), self.jobs[name]

    def _made(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        kind = (asked.get("method") or {"type": "supervised"})["type"]
        given = (asked.get("method") or {}).get(kind) or asked
        chosen = {"n_epochs": -1 if self.azure else 3, "batch_size": 1, "learning_rate_multiplier": 1.8}
        chosen |= given.get("hyperparameters") or {}
        job = {
            "id": name,
            "object": "fine_tuning.job",
            "created_at": int(time.time()),
            "model": asked["model"],
            "status": "pending" if self.azure else "validating_files",
            "training_file": asked["training_file"],
            "validation_file": asked.get("validation_file"),
            "result_files": None if self.azure else [],
            "fine_tuned_model": None,
            "finished_at": None,
            "trained_tokens": None,
            "hyperparameters": chosen if kind == "supervised" else {},
            "suffix": asked.get("suffix"),
        }
        method = {"method": {"type": kind, kind: {"hyperparameters": chosen}}}
        if self.azure:
            of_newer_versions = method if "method" in asked else {}
            return job | {
                "error": None,
                "organisation_id": None,
                "seed": asked.get("seed"),
                **of_newer_versions,
            }
        return job | {
            "error": {"code": None, "message": None, "param": None},
            "organization_id": "org-1",
            "estimated_finish": None,
            "seed": asked.get("seed", 4711),
            **method,
        }

    def _job(self, found: re.Match[str], _: Asked) -> tuple[int, Any]:
        if found[1] not in self.jobs:
            return 404, self._unknown(found[1])
        job = self.jobs[found[1]]
        told = dict(job)
        if job["status"] != self.hold:
            self._go_on(job)
        return 200, told

    def _unknown(self, name: str) -> dict[str, Any]:
        code = "notFound" if self.azure else "fine_tune_not_found"
        return self._error(f"Could not find fine tune: {name}", param="fine_tune_id", code=code)

    def _cancel(self, found: re.Match[str], _: Asked) -> tuple[int, Any]:
        if found[1] not in self.jobs:
            return 404, self._unknown(found[1])
        job = self.jobs[found[1]]
        if job["status"] in _ENDED:
            return 400, self._error(f"Job has already completed: {found[1]}", code="invalid_request")
        job["status"] = "cancelled"
        job["finished_at"] = int(time.time())
        self._tell(found[1], "Job cancelled by user")
        return 200, job

    def _list_jobs(self, _: Any, asked: Asked) -> tuple[int, Any]:
        return 200, self._paged(self._listed_yet(list(self.jobs.values()))[::-1], asked.query)

    def _list_events(self, found: re.Match[str], asked: Asked) -> tuple[int, Any]:
        events = self.events[found[1]]  # Azure gives the oldest first
        return 200, self._paged(events if self.azure else events[::-1], asked.query)

    def _listed_yet(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if self.unlisted:
            self.unlisted -= 1
            return rows[:-1]
        return rows

    def _paged(self, rows: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        start = next((at + 1 for at, row in enumerate(rows) if row["id"] == query.get("after")), 0)
        limit = min(int(query.get("limit", "20")), self.page)
        page = rows[start : start + limit]
        return {"object": "list", "data": page, "has_more": start + limit < len(rows)}

    def _go_on(self, job: dict[str, Any]) -> None:
        """One step further."""
        name, state = job["id"], job["status"]
        if state in ("validating_files", "pending") and self.fate == "failed":
            job["status"] = "failed"
            job["error"] = {
                "code": "invalid_training_file",
                "message": "The job failed due to an unsafe training file.",
                "param": "training_file",
            }
            self._tell(name, "Training file is refused.", level="error")
        elif state == "validating_files":
            job["status"] = "queued"
            self._tell(name, "Files validated, moving job to queued state")
        elif state in ("queued", "pending"):
            job["status"] = "running"
            if not self.azure:
                job["estimated_finish"] = int(time.time()) + 60 * MINUTES_LEFT
            self._tell(name, "Fine-tuning job started")
        elif state == "running":
            done = sum(event["type"] == "metrics" for event in self.events[name])
            if done < len(LOSSES):
                for step in range(done + 1, min(done + 2, len(LOSSES)) + 1):
                    self._measure(job, step)
            elif not self.unending:
                self._succeed(job)

    def _measure(self, job: dict[str, Any], step: int) -> None:
        data: dict[str, Any] = {
            "step": step,
            "total_steps": len(LOSSES),
            "train_loss": LOSSES[step - 1],
            "train_mean_token_accuracy": 0.8,
        }
        said = f"Step {step}/{len(LOSSES)}: training loss={LOSSES[step - 1]:.2f}"
        if job["validation_file"]:
            data |= {"valid_loss": SOME_HELD_OUT[step]} if step in SOME_HELD_OUT else {}
            data |= {"full_valid_loss": HELD_OUT[step]} if step in HELD_OUT else {}
        self._tell(job["id"], said, data=data)

    def _succeed(self, job: dict[str, Any]) -> None:
        name = f"file-result-{job['id']}"
        lines = ["step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"]
        for step, loss in enumerate(LOSSES, 1):
            held_out = SOME_HELD_OUT.get(step) if job["validation_file"] else None
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
        job["hyperparameters"] |= {"n_epochs": 3} if job["hyperparameters"].get("n_epochs") == -1 else {}
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
                "created_at": int(time.time()) + len(events),
                "level": level.capitalize() if self.azure else level,
                "message": message,
                "type": "message" if data is None else "metrics",
                "data": data if data is not None or self.azure else {},
            }
        )


async def _main() -> None:
    async with TuningService() as service:
        print(f"OPENAI_BASE_URL={service.base_url} OPENAI_API_KEY={KEY}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
