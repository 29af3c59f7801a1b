# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records every call of every botocore client of a process, masked before it is written anywhere.

It works in the suite itself and, by ``hook/sitecustomize.py`` on PYTHONPATH, in the processes in which Ansible runs
modules. No proxy is in the way, so TLS, signatures and retries are what they are without it.
"""

from __future__ import annotations

import copy
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from .masking import Masker, error_code, error_message

FOLDER, KEY = "DAX_TRANSCRIPT_FOLDER", "DAX_TRANSCRIPT_KEY"
STEP, PROFILES, HIDDEN = "DAX_TRANSCRIPT_STEP", "DAX_TRANSCRIPT_PROFILES", "DAX_TRANSCRIPT_HIDDEN"
_CONTEXT = "dax_cross_account_transcript"


def install() -> None:
    """Let every client that is made from now on be recorded, if the environment says where to."""
    from botocore.session import Session

    if FOLDER not in os.environ or getattr(Session.create_client, "recorded", False):
        return
    create = Session.create_client

    def create_client(self: Any, *args: Any, **kwargs: Any) -> Any:
        client = create(self, *args, **kwargs)
        _watch(client, str(self.profile or ""))
        return client

    create_client.recorded = True  # type: ignore[attr-defined]
    Session.create_client = create_client


def _watch(client: Any, profile: str) -> None:
    events, service = client.meta.events, client.meta.service_model.service_name
    account = json.loads(os.environ.get(PROFILES, "{}")).get(profile, "?")

    def remember(params: dict[str, Any], context: dict[str, Any], **_more: Any) -> None:
        # The same dictionary is changed on its way out.
        context[_CONTEXT] = copy.deepcopy(params)

    def record(parsed: dict[str, Any], model: Any, context: dict[str, Any], **_more: Any) -> None:
        _safely(lambda: _line(service, account, model, context.get(_CONTEXT) or {}, parsed))

    def record_failure(exception: Exception, event_name: str, **_more: Any) -> None:
        # A call that got no answer; the event is called after-call-error.SERVICE.OPERATION.
        failed = {"operation": event_name.rpartition(".")[2], "failure": type(exception).__name__}
        _safely(lambda: {"service": service, "account": account, **failed})

    events.register("provide-client-params", remember)
    events.register("after-call", record)
    events.register("after-call-error", record_failure)


def _line(service: str, account: str, model: Any, params: dict[str, Any], parsed: dict[str, Any]) -> dict[str, Any]:
    masker = Masker(bytes.fromhex(os.environ[KEY]))
    metadata = parsed.get("ResponseMetadata") or {}
    line: dict[str, Any] = {
        "service": service,
        "operation": model.name,
        "account": account,
        "status": metadata.get("HTTPStatusCode"),
        "retries": metadata.get("RetryAttempts", 0),
        "request": masker.shape(params, model.input_shape) if model.input_shape else {},
    }
    if "Error" in parsed:
        hidden = frozenset(json.loads(os.environ.get(HIDDEN, "[]")))
        error = parsed["Error"]
        line["error"] = {
            "code": error_code(str(error.get("Code"))),
            "message": error_message(str(error.get("Message")), hidden),
        }
    else:
        line["answer"] = masker.shape(parsed, model.output_shape) if model.output_shape else {}
    return line


def _safely(make: Any) -> None:
    """Write a line; a fault of the recording never becomes one of the run, but a line that tells of it."""
    try:
        line = make()
    except Exception as error:
        line = {"problem": type(error).__name__}
    step = os.environ.get(STEP, "")
    text = json.dumps({"at": round(time.time(), 1), "step": step, **line}, sort_keys=True)
    path = Path(os.environ[FOLDER]) / f"{os.getpid()}.jsonl"
    with suppress(OSError), path.open("a", encoding="utf-8") as file:
        file.write(text + "\n")
