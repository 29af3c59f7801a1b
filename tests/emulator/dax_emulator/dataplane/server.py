# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listening: clusters on a port of their own each, and their nodes on the same one, at loopback addresses of their own.

In AWS all nodes of a cluster listen on one port. Only the network 127.0.0.0/8 has addresses enough for that, and only
where the system has all of them, as Linux does; elsewhere each node has a port of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import ssl
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from dax_emulator.dataplane.cbor import MalformedError
from dax_emulator.dataplane.constants import Role
from dax_emulator.dataplane.session import ClusterContext, ConnectionDrop, Environment, Session
from dax_emulator.dataplane.tls import Authority
from dax_emulator.dataplane.transactions import AllOperations
from dax_emulator.dataplane.wire import AttributeLists

LOG = logging.getLogger(__name__)

HOST, HOST_IPV6 = "127.0.0.1", "::1"
# The discovery endpoint has the first address, the nodes have the next ones. AWS has 11 nodes in a cluster at the most.
HOSTS = list(ipaddress.ip_network("127.0.0.0/28").hosts())
_MOST_NODES = 11
DISCOVERY = "discovery"
_READ_BYTES = 64 * 1024
_START_SECONDS = 10
T = TypeVar("T")


@dataclass(frozen=True)
class NodeConfig:
    """A node to be: its name, its host name in AWS, its zone; port 0 takes that of the cluster where it can."""

    name: str
    hostname: str
    zone: str = "us-east-1a"
    port: int = 0


@dataclass(frozen=True)
class ClusterConfig:
    """A cluster to be. `hostname` is the discovery endpoint's name in AWS: the certificate carries it too."""

    arn: str
    account: str
    region: str
    name: str
    hostname: str
    nodes: Sequence[NodeConfig]
    tls: bool = False
    port: int = 0
    ipv6: bool = False


@dataclass
class Listener:
    """A port: a node's, or the discovery endpoint's, which in AWS is a name that leads to any living node."""

    name: str
    hostname: str
    zone: str
    port: int
    host: str = HOST
    number: int = 0
    server: asyncio.Server | None = None
    connections: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def running(self) -> bool:
        return self.server is not None


class Cluster:
    """A cluster's listeners. All methods run in the data plane's event loop."""

    def __init__(self, config: ClusterConfig, environment: Environment, authority: Authority) -> None:
        self.config = config
        self.host = HOST_IPV6 if config.ipv6 else HOST
        self._environment = environment
        operations = AllOperations(environment.store, config.account, config.region, AttributeLists())
        self._context = ClusterContext(config.arn, config.account, config.region, operations, self._endpoints)
        self._authority = authority
        self._tls = self._certificate(config.nodes) if config.tls else None
        self.discovery = Listener(DISCOVERY, config.hostname, "", config.port, self.host)
        self.nodes: list[Listener] = []
        self._numbers = 0

    def _certificate(self, nodes: Sequence[NodeConfig]) -> ssl.SSLContext:
        own = [str(HOSTS[number]) for number in range(1, _MOST_NODES + 1)]
        names = [HOST, *own, HOST_IPV6, "localhost", self.config.hostname, *(node.hostname for node in nodes)]
        return self._authority.server_context(self.config.name, names)

    async def set_nodes(self, configs: Sequence[NodeConfig]) -> None:
        """Start the nodes that are new, stop those that are gone."""
        if self.config.tls and self.nodes:
            self._tls = self._certificate(configs)
        wanted = {config.name: config for config in configs}
        for node in self.nodes:
            if node.name not in wanted:
                await self._stop(node)
        kept = [node for node in self.nodes if node.name in wanted]
        known = {node.name for node in kept}
        if any(config.name not in known for config in configs) and not self.discovery.running:
            await self._start(self.discovery)  # its port is the nodes'
        for config in configs:
            if config.name not in known:
                self._numbers += 1
                kept.append(await self._start_new(config, {node.host for node in kept}))
        self.nodes = kept
        await self._follow_nodes()

    async def _start_new(self, config: NodeConfig, taken: set[str]) -> Listener:
        """Start a node on the cluster's port, at the first address that is free; else on a port of its own."""
        node = Listener(config.name, config.hostname, config.zone, config.port, self.host, self._numbers)
        if not config.port and not self.config.ipv6:
            free = (str(HOSTS[number]) for number in range(1, _MOST_NODES + 1))
            node.host, node.port = next(host for host in free if host not in taken), self.discovery.port
            try:
                await self._start(node)
                return node
            except OSError:
                node.host, node.port = self.host, 0
        await self._start(node)
        return node

    async def stop_node(self, name: str) -> None:
        """Close the node's port and its connections; the next node becomes leader if it was it."""
        await self._stop(self._node(name))
        await self._follow_nodes()

    async def start_node(self, name: str) -> None:
        node = self._node(name)
        if not node.running:
            await self._start(node)
        await self._follow_nodes()

    async def close(self) -> None:
        for listener in (self.discovery, *self.nodes):
            await self._stop(listener)

    def _node(self, name: str) -> Listener:
        for node in self.nodes:
            if node.name == name:
                return node
        raise LookupError(f"cluster {self.config.name!r} has no node {name!r}: {[node.name for node in self.nodes]}")

    async def _follow_nodes(self) -> None:
        """The discovery endpoint answers as long as any node lives."""
        if any(node.running for node in self.nodes):
            if not self.discovery.running:
                await self._start(self.discovery)
        else:
            await self._stop(self.discovery)

    def leader(self) -> Listener | None:
        return next((node for node in self.nodes if node.running), None)

    def _endpoints(self) -> list[dict[int, Any]]:
        leader = self.leader()
        return [
            {
                0: node.number,
                1: node.hostname,
                2: ipaddress.ip_address(node.host).packed,
                3: node.port,
                4: int(Role.LEADER if node is leader else Role.REPLICA),
                5: node.zone,
                6: leader.number if leader else 0,
            }
            for node in self.nodes
            if node.running
        ]

    async def _start(self, listener: Listener) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(listener, reader, writer)

        listener.server = await asyncio.start_server(serve, listener.host, listener.port, ssl=self._tls)
        # A stopped node comes back on the port that it had.
        listener.port = listener.server.sockets[0].getsockname()[1]

    async def _stop(self, listener: Listener) -> None:
        server, listener.server = listener.server, None
        if server is None:
            return
        server.close()
        for writer in list(listener.connections):
            writer.transport.abort()
        listener.connections.clear()

    async def _serve(self, listener: Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.connections.add(writer)
        session = Session(self._environment, self._context, listener.name)
        try:
            while data := await reader.read(_READ_BYTES):
                for reply in session.receive(data):
                    writer.write(reply)
                await writer.drain()
        except ConnectionDrop:
            writer.transport.abort()
        except MalformedError as error:
            LOG.warning("connection to %s closed: %s", listener.name, error)
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            listener.connections.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
                await writer.wait_closed()


class DataPlane:
    """Every cluster of a process, served by one thread. The methods may be called from any thread."""

    def __init__(self, environment: Environment, directory: Path) -> None:
        self.environment = environment
        self.authority = Authority(directory)
        self._clusters: dict[str, Cluster] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="dax-data-plane", daemon=True)
        self._thread.start()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_SECONDS)

    def set_cluster(self, config: ClusterConfig) -> Cluster:
        """Start a cluster, or bring a running one to these nodes; returns it with its ports."""
        cluster = self._clusters.get(config.arn)
        if cluster is None:
            cluster = self._clusters[config.arn] = Cluster(config, self.environment, self.authority)
        self._call(cluster.set_nodes(config.nodes))
        return cluster

    def remove_cluster(self, arn: str) -> None:
        """Stop a cluster; one that does not run is fine."""
        cluster = self._clusters.pop(arn, None)
        if cluster is not None:
            self._call(cluster.close())

    def cluster(self, arn: str) -> Cluster:
        """Return a running cluster. Raises LookupError if there is none."""
        if arn not in self._clusters:
            raise LookupError(f"no running cluster {arn}")
        return self._clusters[arn]

    def stop_node(self, arn: str, name: str) -> None:
        self._call(self.cluster(arn).stop_node(name))

    def start_node(self, arn: str, name: str) -> None:
        self._call(self.cluster(arn).start_node(name))

    def describe(self) -> list[dict[str, Any]]:
        """Return what runs: clusters, their ports and their nodes."""
        return [
            {
                "arn": arn,
                "tls": cluster.config.tls,
                "discovery": {
                    "address": cluster.host,
                    "port": cluster.discovery.port,
                    "running": cluster.discovery.running,
                },
                "nodes": [
                    {
                        "name": node.name,
                        "address": node.host,
                        "port": node.port,
                        "running": node.running,
                        "leader": node is cluster.leader(),
                    }
                    for node in cluster.nodes
                ],
            }
            for arn, cluster in list(self._clusters.items())
        ]

    def close(self) -> None:
        """Stop everything."""
        for arn in list(self._clusters):
            self.remove_cluster(arn)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()
