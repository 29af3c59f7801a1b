# Copyright: dax.cross_account contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolve the name of a DAX cluster's endpoint and connect to its nodes; print what came of it as one JSON object.

    python3 connect.py < request.json

The request has `endpoint` ({address, port}) and `nodes` (a list of {node_id, address, port}; empty: all addresses of
the endpoint's name). Standard library only, Python 3.8 or newer: it runs on the client's host.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

CONNECT_SECONDS = 5


def resolve(name: str) -> list[str]:
    """Return the addresses of a name; none if it is not known here."""
    try:
        return sorted({str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
    except OSError:
        return []


def connect(node: dict[str, Any]) -> dict[str, Any]:
    """Open a connection to one node, and return how long it took, or why not."""
    tried = {**node, "connected": False, "milliseconds": None, "error": ""}
    start = time.monotonic()
    try:
        with socket.create_connection((node["address"], int(node["port"])), timeout=CONNECT_SECONDS):
            took = round((time.monotonic() - start) * 1000, 1)
            return {**tried, "connected": True, "milliseconds": took}
    except OSError as error:
        return {**tried, "error": error.strerror or str(error) or type(error).__name__}


def main() -> int:
    request = json.load(sys.stdin)
    endpoint, nodes = request["endpoint"], request["nodes"]
    names = {endpoint["address"], *(node["address"] for node in nodes)}
    resolved = {name: resolve(name) for name in sorted(names)}
    if not nodes:
        addresses = resolved[endpoint["address"]]
        nodes = [{"node_id": None, "address": address, "port": endpoint["port"]} for address in addresses]
    with ThreadPoolExecutor(max_workers=11) as pool:  # a cluster has at most 11 nodes
        tried = list(pool.map(connect, nodes))
    print(json.dumps({"host": socket.gethostname(), "resolved": resolved, "nodes": tried}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
