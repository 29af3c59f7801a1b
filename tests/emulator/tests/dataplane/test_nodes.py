# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS, several nodes, nodes that stop, injected faults, and peers that speak no DAX."""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import socket
import ssl
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dax_emulator.dataplane import cbor
from dax_emulator.dataplane.constants import MAGIC
from dax_emulator.dataplane.server import Cluster, DataPlane
from dax_emulator.dataplane.session import Environment
from dax_emulator.dataplane.standalone import cluster_config

from .conftest import ACCOUNT, REGION, Connect, Single
from .test_operations import EVERY_TYPE, sets_sorted


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def test_tls(connect: Connect, secure: Cluster, plane: DataPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(plane.authority.certificate))
    client = connect(secure)
    item = {"pk": {"S": "tls"}, **EVERY_TYPE}
    client.put_item(TableName="plain-table", Item=item)
    found = client.get_item(TableName="plain-table", Key={"pk": {"S": "tls"}})["Item"]
    assert sets_sorted(found) == item


def test_tls_is_verified(connect: Connect, secure: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(ClientError, match="Certificate verification failed"):
        connect(secure)


def test_the_certificate_carries_every_name(secure: Cluster, plane: DataPlane) -> None:
    context = ssl.create_default_context(cafile=str(plane.authority.certificate))
    node = secure.nodes[1]
    for name in ("127.0.0.1", node.host, "localhost", secure.config.hostname, secure.nodes[0].hostname, node.hostname):
        with (
            socket.create_connection((node.host, node.port), timeout=5) as raw,
            context.wrap_socket(raw, server_hostname=name) as wrapped,
        ):
            assert wrapped.version() in ("TLSv1.2", "TLSv1.3")
    with socket.create_connection((node.host, node.port), timeout=5) as raw, pytest.raises(ssl.SSLError):
        context.wrap_socket(raw, server_hostname="elsewhere.example")


def test_a_cluster_on_ipv6(single: Single, plane: DataPlane) -> None:
    config = cluster_config("plain", ACCOUNT, REGION, nodes=2, port=0, tls=False)
    cluster = plane.set_cluster(dataclasses.replace(config, ipv6=True))
    client = single(cluster.discovery.port, "::1")
    assert [(one["port"], one["address"]) for one in client.endpoints()] == [
        (node.port, "::1") for node in cluster.nodes
    ]
    assert single(cluster.nodes[1].port, "::1").scan(TableName="plain-table")["Count"] == 0
    assert {node["address"] for node in plane.describe()[0]["nodes"]} == {"::1"}


def test_every_node_tells_all_nodes(cluster: Cluster, single: Single) -> None:
    for listener in (cluster.discovery, *cluster.nodes):
        found = single(listener.port, listener.host).endpoints()
        assert [(one["port"], one["address"], one["hostname"], one["role"]) for one in found] == [
            (node.port, node.host, node.hostname, 1 if i == 0 else 2) for i, node in enumerate(cluster.nodes)
        ]
        assert len({one["node"] for one in found}) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all addresses of 127.0.0.0/8")
def test_all_nodes_listen_on_the_port_of_the_cluster_as_in_aws(cluster: Cluster, secure: Cluster) -> None:
    for made in (cluster, secure):
        assert {node.port for node in made.nodes} == {made.discovery.port}
        assert len({made.discovery.host, *(node.host for node in made.nodes)}) == len(made.nodes) + 1


def test_a_node_whose_address_is_not_there_has_a_port_of_its_own(
    plane: DataPlane, single: Single, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen = asyncio.start_server

    async def as_elsewhere(serve: Any, host: str, port: int, **more: Any) -> asyncio.Server:
        if host != "127.0.0.1":
            raise OSError(errno.EADDRNOTAVAIL, "Can't assign requested address")
        return await listen(serve, host, port, **more)

    monkeypatch.setattr(asyncio, "start_server", as_elsewhere)
    made = plane.set_cluster(cluster_config("plain", ACCOUNT, REGION, nodes=2, port=0, tls=False))
    assert {node.host for node in made.nodes} == {"127.0.0.1"}
    assert len({made.discovery.port, *(node.port for node in made.nodes)}) == 3
    assert single(made.nodes[1].port).scan(TableName="plain-table")["Count"] == 0


def test_requests_go_to_several_nodes(connect: Connect, cluster: Cluster, environment: Environment) -> None:
    client = connect(cluster)

    def nodes_asked() -> set[str]:
        client.scan(TableName="plain-table")
        entries = environment.log.since(0)["requests"]
        return {entry["node"] for entry in entries if entry["operation"] == "Scan"}

    until(lambda: len(nodes_asked()) == 3)


def test_a_client_survives_the_loss_of_nodes(connect: Connect, cluster: Cluster, plane: DataPlane) -> None:
    """The client does not retry a refused connection by itself, but it learns soon."""
    client = connect(cluster)
    client.put_item(TableName="plain-table", Item={"pk": {"S": "alive"}})
    leader, second, third = (node.name for node in cluster.nodes)

    def works() -> bool:
        try:
            return all(client.get_item(TableName="plain-table", Key={"pk": {"S": "alive"}}) for _ in range(10))
        except (ClientError, OSError):
            return False

    plane.stop_node(cluster.config.arn, leader)
    until(works)
    (described,) = plane.describe()
    assert [(node["running"], node["leader"]) for node in described["nodes"]] == [
        (False, False),
        (True, True),
        (True, False),
    ]
    plane.stop_node(cluster.config.arn, second)
    until(works)
    plane.start_node(cluster.config.arn, leader)
    plane.stop_node(cluster.config.arn, third)
    until(works)


def test_a_cluster_without_nodes_does_not_answer(connect: Connect, cluster: Cluster, plane: DataPlane) -> None:
    for node in cluster.nodes:
        plane.stop_node(cluster.config.arn, node.name)
    with pytest.raises(ClientError, match="Failed to configure cluster endpoints"):
        connect(cluster)
    plane.start_node(cluster.config.arn, cluster.nodes[0].name)
    assert connect(cluster).scan(TableName="plain-table")["Count"] == 0


def test_nodes_come_and_go(plane: DataPlane, cluster: Cluster) -> None:
    def shape(nodes: int) -> list[tuple[str, str, int]]:
        plane.set_cluster(cluster_config("plain", ACCOUNT, REGION, nodes=nodes, port=0, tls=False))
        return [(node.name, node.host, node.port) for node in cluster.nodes]

    three = shape(3)
    five = shape(5)
    assert five[:3] == three
    assert shape(2) == three[:2]
    for _, host, port in five[2:]:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, port), timeout=5)
    assert shape(4)[:2] == three[:2]


def test_a_removed_cluster_does_not_listen(plane: DataPlane, cluster: Cluster) -> None:
    port = cluster.discovery.port
    plane.remove_cluster(cluster.config.arn)
    plane.remove_cluster(cluster.config.arn)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    with pytest.raises(LookupError, match="no running cluster"):
        plane.stop_node(cluster.config.arn, "plain-a")


class OneFault:
    def __init__(self, operation: str, error: str, count: int) -> None:
        self.operation, self.error, self.count = operation, error, count

    def take(self, operation: str, account: str) -> str | None:
        if operation != self.operation or not self.count:
            return None
        self.count -= 1
        return self.error


@pytest.mark.parametrize(
    "error", ["ThrottlingException", "ProvisionedThroughputExceededException", "InternalServerError", "drop"]
)
def test_a_fault_is_survived(connect: Connect, cluster: Cluster, environment: Environment, error: str) -> None:
    client = connect(cluster)
    environment.faults = OneFault("GetItem", error, 1)
    assert client.get_item(TableName="plain-table", Key={"pk": {"S": "x"}}) == {}
    outcomes = [entry["outcome"] for entry in environment.log.since(0)["requests"] if entry["operation"] == "GetItem"]
    assert outcomes == [error, "ok"]


def test_lasting_throttling_reaches_the_program(connect: Connect, cluster: Cluster, environment: Environment) -> None:
    client = connect(cluster)
    environment.faults = OneFault("PutItem", "ThrottlingException", 1000)
    with pytest.raises(ClientError) as caught:
        client.put_item(TableName="plain-table", Item={"pk": {"S": "x"}})
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"


def _preamble(*, magic: str = MAGIC) -> bytes:
    return cbor.encode_all(magic, 0, None, {"UserAgent": "test"}, 0)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n" + b"\xff",
        _preamble(magic="other"),
        _preamble() + cbor.encode_all(2, 263244906),
        _preamble() + cbor.encode_all(1, 12345),
        _preamble() + b"\xff",
    ],
)
def test_a_peer_that_speaks_no_dax_is_shown_the_door(cluster: Cluster, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", cluster.discovery.port), timeout=5) as raw:
        raw.sendall(sent)
        assert raw.recv(100) == b""


def test_a_request_before_authorization_gets_an_error(cluster: Cluster) -> None:
    with socket.create_connection(("127.0.0.1", cluster.discovery.port), timeout=5) as raw:
        for byte in _preamble() + cbor.encode_all(1, 455855874):
            raw.sendall(bytes([byte]))
        answer = b""
        while len(_whole_values(answer)) < 3:
            answer += raw.recv(4096)
    codes, message, details = _whole_values(answer)
    assert (codes, message) == ([4, 23, 31, 33], "The connection is not authorized.")
    assert details[1:] == ["MissingAuthenticationTokenException", 400]


def _whole_values(raw: bytes) -> list[Any]:
    position, found = 0, []
    while (end := cbor.end_of_value(raw, position)) is not None:
        found.append(cbor.decode(raw[position:end]))
        position = end
    return found
