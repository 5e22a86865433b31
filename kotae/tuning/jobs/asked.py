"""Which trained models a run of `kotae eval` asked."""

from __future__ import annotations

from collections.abc import Iterable

from kotae.evaluation.manifest import RunManifest, adapter_of
from kotae.tuning.jobs.record import Job


def asked(manifest: RunManifest, jobs: Iterable[Job]) -> list[tuple[Job, str]]:
    """The jobs whose results a run asked, each with the backend that had it.

    An adapter is known by its digest, a service's model by its name; a deployment on Azure, whose name says nothing of the model,
    by the backend's table that the job added.
    """
    found = []
    for job in jobs:
        if job.state != "succeeded":
            continue
        for name, table in manifest.backends.items():
            if job.where == "local":
                digest = manifest.digests.get(adapter_of(name))
                same = bool(job.adapter_sha256) and digest == job.adapter_sha256
            else:
                same = bool(job.result) and table.get("model") == job.result
                same = same or (
                    job.where == "azure" and name == job.backend and table.get("server") == job.server
                )
            if same:
                found.append((job, name))
    return found
