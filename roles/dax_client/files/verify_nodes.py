# Copyright: dax.cross_account contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Try every node of a DAX cluster with a client program; print one JSON list, an entry for each node.

    python3 verify_nodes.py < request.json

The request has `endpoint` (the discovery endpoint's URL), `nodes` (a list of {address, port}; empty: all addresses of
the endpoint's name), `command` (the client program with its arguments so far), `table`, `key` (DynamoDB JSON),
`write` (bool). Each entry has `node`, `connect` (milliseconds, or why not), `read`, `write`, `delete` and `ok`.
Standard library only, Python 3.8 or newer: it runs on the target.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from typing import Any
from urllib.parse import urlsplit

CONNECT_SECONDS = 5
COMMAND_SECONDS = 60
DEFAULT_PORTS = {"dax": 8111, "daxs": 9111}
MARK = {"dax_verify": {"S": "written and deleted by the playbook verify"}}


def nodes_of(endpoint: str, given: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """The nodes as (address, port); without given ones, what the endpoint's name resolves to."""
    if given:
        return [(node["address"], int(node["port"])) for node in given]
    url = urlsplit(endpoint)
    host, port = url.hostname or "", url.port or DEFAULT_PORTS[url.scheme]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return sorted({(entry[4][0], port) for entry in found})


def connect(address: str, port: int, tls_name: str | None) -> float:
    """Open a connection, with TLS for tls_name if given. Returns milliseconds, raises OSError."""
    start = time.monotonic()
    with socket.create_connection((address, port), timeout=CONNECT_SECONDS) as plain:
        if tls_name is not None:
            with ssl.create_default_context().wrap_socket(plain, server_hostname=tls_name):
                pass
    return round((time.monotonic() - start) * 1000, 1)


class Client:
    """The client program, pointed at one endpoint."""

    def __init__(self, request: dict[str, Any], endpoint: str) -> None:
        self.request = request
        self.environment = {**os.environ, "DAX_CLIENT_ENDPOINT": endpoint}

    def run(self, command: str, *more: str) -> tuple[dict[str, Any], str]:
        """Run one command. Returns what it printed and "ok", or nothing and its line on stderr."""
        key = json.dumps(self.request["key"])
        arguments = [*self.request["command"], command, "--table", self.request["table"], "--key", key, *more]
        try:
            done = subprocess.run(
                arguments,
                env=self.environment,
                capture_output=True,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {}, f"no answer in {COMMAND_SECONDS} seconds"
        if done.returncode:
            lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
            return {}, lines[-1].replace("dax-client: ", "", 1)
        return json.loads(done.stdout), "ok"


def try_node(request: dict[str, Any], address: str, port: int) -> dict[str, Any]:
    """Connect to one node, then read, write, read again and delete through it."""
    endpoint = urlsplit(request["endpoint"])
    row = {"node": f"{address}:{port}", "connect": "-", "read": "-", "write": "-", "delete": "-", "ok": False}
    through = f"{endpoint.scheme}://{f'[{address}]' if ':' in address else address}:{port}"
    try:
        tls_name = endpoint.hostname if endpoint.scheme == "daxs" else None
        row["connect"] = f"{connect(address, port, tls_name)} ms"
        if tls_name is not None:
            # A node's certificate names the cluster, and the client checks the name it was given. Unless the
            # certificate is good for the node's own name too, the client has to take the cluster's.
            try:
                connect(address, port, address)
            except ssl.SSLError:
                through = request["endpoint"]
    except OSError as error:
        verify_message = getattr(error, "verify_message", None)
        row["connect"] = f"certificate: {verify_message}" if verify_message else error.strerror or str(error)
        return row
    client = Client(request, through)
    item, row["read"] = client.run("get")
    if row["read"] == "ok" and request["write"] and "Item" not in item:
        _item, row["write"] = client.run("put", "--set", json.dumps(MARK))
        if row["write"] == "ok":
            item, row["read"] = client.run("get")
            if row["read"] == "ok" and item.get("Item", {}).get("dax_verify") != MARK["dax_verify"]:
                row["read"] = "not what was written"
            _item, row["delete"] = client.run("delete")
    row["ok"] = all(row[column] in ("ok", "-") for column in ("read", "write", "delete"))
    return row


def main() -> int:
    request = json.load(sys.stdin)
    try:
        nodes = nodes_of(request["endpoint"], request["nodes"])
    except OSError as error:
        host = urlsplit(request["endpoint"]).hostname
        row = {"node": host, "connect": f"the name does not resolve: {error}", "read": "-", "write": "-", "delete": "-"}
        print(json.dumps([{**row, "ok": False}]))
        return 0
    print(json.dumps([try_node(request, address, port) for address, port in nodes]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
