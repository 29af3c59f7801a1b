# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A data plane by itself, and the real Python client for it."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from amazondax import AmazonDaxClient
from amazondax.DaxClient import DaxClient
from amazondax.Tube import SocketTubePool
from botocore.credentials import Credentials

from dax_emulator.dataplane.server import HOST, Cluster, DataPlane
from dax_emulator.dataplane.session import Environment
from dax_emulator.dataplane.standalone import FileCredentials, cluster_config
from dax_emulator.dataplane.store import Index, KeyAttribute, KeySchema, MemoryStore, MemoryTable

ACCOUNT, REGION = "111111111111", "us-east-1"
_ALL = {"Statement": {"Effect": "Allow", "Action": "dax:*", "Resource": f"arn:aws:dax:{REGION}:{ACCOUNT}:cache/*"}}
_READ = {
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["dax:GetItem", "dax:BatchGetItem", "dax:Query", "dax:Scan"],
            "Resource": f"arn:aws:dax:{REGION}:{ACCOUNT}:cache/plain",
        }
    ]
}


def entry(name: str, *policies: Any, account: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    """The credentials of an assumed role of this name."""
    return {
        "access_key": f"ASIA{name.upper()}",
        "secret": f"secret-{name}",
        "token": f"token-{name}",
        "principal_arn": f"arn:aws:sts::{account}:assumed-role/{name}/session",
        "role_arn": f"arn:aws:iam::{account}:role/{name}",
        "policies": list(policies),
        **more,
    }


def tables() -> list[MemoryTable]:
    def schema(*pairs: str) -> KeySchema:
        return KeySchema(tuple(KeyAttribute(*pair.split(":")) for pair in pairs))

    indexes = {
        "by-colour": Index("by-colour", schema("colour:S", "weight:N"), True),
        "keys-only": Index("keys-only", schema("colour:S"), True, frozenset()),
        "local": Index("local", schema("pk:S", "weight:N"), False, frozenset({"note"})),
    }
    return [
        MemoryTable("plain-table", schema("pk:S")),
        MemoryTable("numbers", schema("pk:N")),
        MemoryTable("binaries", schema("pk:B")),
        MemoryTable("sorted", schema("pk:S", "sk:N"), indexes),
        MemoryTable("sorted-text", schema("pk:N", "sk:S")),
        MemoryTable("sorted-binary", schema("pk:B", "sk:B")),
    ]


@pytest.fixture(autouse=True)
def defaults() -> None:
    """These tests need no emulator; those that do ask for it."""


@pytest.fixture
def credentials() -> FileCredentials:
    return FileCredentials(
        [
            entry("writer", _ALL),
            entry("reader", _READ),
            entry("stranger"),
            entry("foreigner", {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, account="2" * 12),
        ]
    )


@pytest.fixture
def environment(credentials: FileCredentials) -> Environment:
    return Environment(credentials, credentials, MemoryStore(tables()))


@pytest.fixture
def plane(environment: Environment, tmp_path: Path) -> Iterator[DataPlane]:
    made = DataPlane(environment, tmp_path / "tls")
    yield made
    made.close()


@pytest.fixture
def cluster(plane: DataPlane) -> Cluster:
    return plane.set_cluster(cluster_config("plain", ACCOUNT, REGION, nodes=3, port=0, tls=False))


@pytest.fixture
def secure(plane: DataPlane) -> Cluster:
    return plane.set_cluster(cluster_config("secure", ACCOUNT, REGION, nodes=2, port=0, tls=True))


Connect = Callable[..., AmazonDaxClient]


@pytest.fixture
def connect(credentials: FileCredentials) -> Iterator[Connect]:
    """A function that connects the real client to a cluster as one of the roles."""
    opened: list[AmazonDaxClient] = []

    def function(cluster: Cluster, name: str = "writer", *, region: str = REGION, **changes: Any) -> AmazonDaxClient:
        found = {**credentials.entries[f"ASIA{name.upper()}"], **changes}
        session = botocore.session.Session()
        session.set_credentials(found["access_key"], found["secret"], found["token"])
        scheme = "daxs" if cluster.config.tls else "dax"
        url = f"{scheme}://{HOST}:{cluster.discovery.port}"
        client = AmazonDaxClient(session, region_name=region, endpoint_url=url)
        opened.append(client)
        return client

    yield function
    for client in opened:
        client.close()


Single = Callable[..., DaxClient]


@pytest.fixture
def single(credentials: FileCredentials) -> Iterator[Single]:
    """A function that connects the library's own single-node client to a port: one connection, no background work."""
    pools: list[SocketTubePool] = []
    keys = credentials.entries["ASIAWRITER"]
    provided = Credentials(keys["access_key"], keys["secret"], keys["token"])

    def function(port: int, host: str = HOST) -> DaxClient:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        pools.append(SocketTubePool("dax", host, (host, port), family, lambda: provided, REGION))
        return DaxClient(pools[-1])

    yield function
    for pool in pools:
        pool.close()


@pytest.fixture
def client(connect: Connect, cluster: Cluster) -> AmazonDaxClient:
    return connect(cluster)


_numbers = itertools.count(1)


@pytest.fixture
def key() -> dict[str, Any]:
    return {"pk": {"S": f"key-{next(_numbers)}"}}
