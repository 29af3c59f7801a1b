# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A data plane by itself, without LocalStack: tables in memory, credentials from a file.

    python -m dax_emulator.dataplane --port 8111 --tls-port 9111 --table orders:pk:S:sk:N --credentials keys.json

It prints one line of JSON when it listens, and serves until it is interrupted.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dax_emulator.access.policy import PolicySet
from dax_emulator.dataplane.auth import Credential, Principal
from dax_emulator.dataplane.server import HOST, ClusterConfig, DataPlane, NodeConfig
from dax_emulator.dataplane.session import Environment
from dax_emulator.dataplane.store import KeyAttribute, KeySchema, MemoryStore, MemoryTable

_REQUIRED = ("access_key", "secret", "principal_arn")


class FileCredentials:
    """Credentials and policies from a list of dictionaries; looks anew at each, so that tests can change them.

    Each has `access_key`, `secret`, `principal_arn` and may have `token`, `expiration` (ISO 8601, UTC if it names no
    zone), `role_arn`, `policies` (a list of IAM policy documents; without any, everything is denied).
    """

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        self.entries = {entry["access_key"]: dict(entry) for entry in entries}

    @classmethod
    def read(cls, path: Path) -> FileCredentials:
        """Read a JSON file. Raises ValueError that says what is wrong with it."""
        entries = json.loads(path.read_text())
        for number, entry in enumerate(entries):
            missing = [name for name in _REQUIRED if not entry.get(name)]
            if missing:
                raise ValueError(f"{path}: entry {number} lacks {', '.join(missing)}")
        return cls(entries)

    def find(self, access_key: str) -> Credential | None:
        entry = self.entries.get(access_key)
        if entry is None:
            return None
        expiration = entry.get("expiration")
        if isinstance(expiration, str):
            expiration = datetime.fromisoformat(expiration)
            expiration = expiration if expiration.tzinfo else expiration.replace(tzinfo=UTC)
        arn = entry["principal_arn"]
        principal = Principal(arn, arn.split(":")[4], entry.get("role_arn"))
        return Credential(access_key, entry["secret"], entry.get("token"), expiration, principal)

    def policies(self, credential: Credential) -> PolicySet:
        entry = self.entries.get(credential.access_key, {})
        return PolicySet(entry.get("policies", ()), entry.get("boundary"), entry.get("session_policy"))


def parse_table(text: str) -> MemoryTable:
    """Read NAME:KEY:TYPE or NAME:KEY:TYPE:SORTKEY:TYPE."""
    name, *parts = text.split(":")
    if len(parts) not in (2, 4) or not all((name, *parts)) or not {*parts[1::2]} <= {"S", "N", "B"}:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME:KEY:TYPE[:SORTKEY:TYPE] with types S, N or B")
    return MemoryTable(name, KeySchema(tuple(map(KeyAttribute, parts[::2], parts[1::2]))))


def cluster_config(name: str, account: str, region: str, *, nodes: int, port: int, tls: bool) -> ClusterConfig:
    """Return a cluster as AWS would name it, with nodes on free ports."""
    domain = f"{name}.abc123.dax-clusters.{region}.amazonaws.com"
    configs = [
        NodeConfig(f"{name}-{letter}", f"{name}-{letter}.abc123.nodes.dax-clusters.{region}.amazonaws.com")
        for letter in "abcdefghijk"[:nodes]
    ]
    arn = f"arn:aws:dax:{region}:{account}:cache/{name}"
    return ClusterConfig(arn, account, region, name, domain, configs, tls, port)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dax_emulator.dataplane", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=8111, help="of the discovery endpoint of the cluster 'plain'")
    parser.add_argument("--tls-port", type=int, help="of the cluster 'secure'; without it there is none")
    parser.add_argument("--table", type=parse_table, action="append", required=True, metavar="NAME:KEY:TYPE[:KEY:TYPE]")
    parser.add_argument("--credentials", type=Path, required=True, metavar="FILE", help="JSON, see the README")
    parser.add_argument("--nodes", type=int, default=3, choices=range(1, 12), metavar="1-11")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--account", default="111111111111")
    parser.add_argument("--directory", type=Path, help="for the certificates; default: a temporary one")
    options = parser.parse_args()
    try:
        credentials = FileCredentials.read(options.credentials)
    except (OSError, ValueError) as error:
        parser.error(f"--credentials: {error}")
    directory = options.directory or Path(tempfile.mkdtemp(prefix="dax-data-plane-"))
    plane = DataPlane(Environment(credentials, credentials, MemoryStore(options.table)), directory)
    wanted = [("plain", options.port, False)]
    if options.tls_port is not None:
        wanted.append(("secure", options.tls_port, True))
    try:
        for name, port, tls in wanted:
            plane.set_cluster(
                cluster_config(name, options.account, options.region, nodes=options.nodes, port=port, tls=tls)
            )
    except OSError as error:
        plane.close()
        print(f"cannot listen on {HOST}: {error}", file=sys.stderr)
        return 1
    authority = plane.authority
    files = {"ca_file": str(authority.certificate), "trust_store": str(authority.trust_store)}
    print(json.dumps({"clusters": plane.describe(), **files}), flush=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    plane.close()
    return 0
