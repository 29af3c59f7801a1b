# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API below /_emulator: the call log, settings, faults, forced states."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from localstack.http import Request, Response
from localstack.services.edge import ROUTER

from dax_emulator import __version__
from dax_emulator.base.settings import SETTINGS
from dax_emulator.dax import store as dax_store
from dax_emulator.ec2 import peering_state
from dax_emulator.front.calls import CALLS
from dax_emulator.front.faults import FAULTS


def install() -> None:
    """Add the routes."""
    ROUTER.add("/_emulator/status", answer(_status), methods=["GET"])
    ROUTER.add("/_emulator/calls", answer(_calls), methods=["GET"])
    ROUTER.add("/_emulator/settings", answer(_settings), methods=["GET", "PUT"])
    ROUTER.add("/_emulator/faults", answer(_faults), methods=["GET", "POST", "DELETE"])
    ROUTER.add("/_emulator/peerings/<peering_id>", answer(_peering), methods=["GET", "POST"])
    ROUTER.add("/_emulator/clusters/<account>/<region>/<name>", answer(_cluster), methods=["GET", "POST"])


def answer(function: Callable[..., Any]) -> Callable[..., Response]:
    """Turn a function's result into JSON, its ValueError into 400 and its LookupError into 404."""

    def endpoint(request: Request, **arguments: Any) -> Response:
        try:
            status, body = 200, function(request, **arguments)
        except ValueError as error:
            status, body = 400, {"error": str(error)}
        except LookupError as error:
            status, body = 404, {"error": str(error.args[0])}
        return Response(json.dumps(body, default=str) + "\n", status=status, mimetype="application/json")

    return endpoint


def _body(request: Request) -> dict[str, Any]:
    parsed = json.loads(request.get_data(as_text=True) or "{}")
    if not isinstance(parsed, dict):
        raise ValueError("the body must be a JSON object")
    return parsed


def _status(request: Request) -> dict[str, Any]:
    return {"name": "dax-emulator", "version": __version__, "pid": os.getpid(), "preset": SETTINGS.preset}


def _calls(request: Request) -> dict[str, Any]:
    since = request.args.get("since", "0")
    if not since.isdigit():
        raise ValueError("since must be a whole number")
    return CALLS.since(int(since), request.args.get("account"))


def _settings(request: Request) -> dict[str, Any]:
    if request.method == "PUT":
        SETTINGS.merge(_body(request))
    return SETTINGS.as_dict()


def _faults(request: Request) -> dict[str, Any]:
    if request.method == "POST":
        FAULTS.add(_body(request))
    elif request.method == "DELETE":
        FAULTS.clear()
    return {"faults": FAULTS.remaining()}


def _peering(request: Request, peering_id: str) -> dict[str, Any]:
    peering = peering_state.get(peering_id)
    if peering is None:
        raise LookupError(f"there is no peering {peering_id!r}")
    if request.method == "POST":
        wanted = _body(request)
        if set(wanted) - {"status", "message"} or not isinstance(wanted.get("status"), str):
            raise ValueError("give a status and, if you like, a message")
        peering.become(wanted["status"], wanted.get("message"))
    return {"id": peering.id, "status": peering.status, "message": peering.message}


def _cluster(request: Request, account: str, region: str, name: str) -> dict[str, Any]:
    record = dax_store.of(account, region).cluster(name)
    if record is None:
        raise LookupError(f"account {account} has no cluster {name!r} in {region}")
    if request.method == "POST":
        dax_store.patch(record, _body(request))
    return record.describe()
