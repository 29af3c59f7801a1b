# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data plane inside of the emulator: its clusters, credentials, policies, faults, tables and routes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from localstack.http import Request
from localstack.services.edge import ROUTER

from dax_emulator.access import principals
from dax_emulator.access.policy import PolicySet
from dax_emulator.base.settings import SETTINGS
from dax_emulator.dataplane.auth import Credential, Principal
from dax_emulator.dataplane.moto_store import MotoStore
from dax_emulator.dataplane.server import ClusterConfig, DataPlane, NodeConfig
from dax_emulator.dataplane.session import Environment
from dax_emulator.dataplane.tls import TRUST_STORE_PASSWORD
from dax_emulator.dax import store as dax_store
from dax_emulator.dax.records import ClusterRecord, Endpoint
from dax_emulator.front.control import answer
from dax_emulator.front.faults import FAULTS


class IssuedCredentials:
    """The credentials that STS and IAM issued, and the policies of their roles and users."""

    def find(self, access_key: str) -> Credential | None:
        issued = principals.lookup_credentials(access_key)
        if issued is None:
            return None
        principal = Principal(issued["principal_arn"], issued["account"], issued["role_arn"])
        return Credential(access_key, issued["secret"], issued["session_token"], issued["expiration"], principal)

    def policies(self, credential: Credential) -> PolicySet:
        principal = credential.principal
        if principal.role_arn is None:
            return PolicySet(principals.user_policies(principal.arn))
        issued = principals.lookup_credentials(credential.access_key)
        return PolicySet(
            principals.role_policies(principal.role_arn),
            principals.role_boundary(principal.role_arn),
            issued["session_policy"] if issued else None,
        )


class InjectedFaults:
    """Faults of the service `dax` whose operation is one of the data plane (GetItem, Endpoints, …)."""

    def take(self, operation: str, account: str) -> str | None:
        fault = FAULTS.take("dax", operation, account)
        return fault.error if fault else None


class EmulatorPlane:
    """Follows the control plane's clusters."""

    def __init__(self, directory: Path) -> None:
        issued = IssuedCredentials()
        environment = Environment(
            credentials=issued,
            policies=issued,
            store=MotoStore(),
            faults=InjectedFaults(),
            strict_expiry=lambda: SETTINGS.dax_strict_expiry,
        )
        self.plane = DataPlane(environment, directory)
        self._hostnames: dict[str, dict[str, str]] = {}

    def serve(self, record: ClusterRecord) -> None:
        """Listen for the cluster's nodes and put addresses and ports into its record."""
        known = self._hostnames.setdefault(record.arn, {"": record.endpoint.address})
        for node in record.nodes:
            known.setdefault(node.node_id, node.endpoint.address)
        nodes = [NodeConfig(node.node_id, known[node.node_id], node.availability_zone) for node in record.nodes]
        config = ClusterConfig(
            record.arn,
            record.account_id,
            record.region,
            record.name,
            known[""],
            nodes,
            record.tls,
            ipv6=record.network_type == "ipv6",
        )
        cluster = self.plane.set_cluster(config)
        host, port = cluster.host, cluster.discovery.port
        shown = f"[{host}]" if ":" in host else host
        record.endpoint = Endpoint(host, port, f"{record.scheme}://{shown}:{port}")
        listening = {node.name: node for node in cluster.nodes}
        for node in record.nodes:
            node.endpoint = Endpoint(listening[node.node_id].host, listening[node.node_id].port)

    def remove(self, record: ClusterRecord) -> None:
        """Stop listening for a cluster that is gone."""
        self._hostnames.pop(record.arn, None)
        self.plane.remove_cluster(record.arn)

    def close(self) -> None:
        """Stop listening at all."""
        self.plane.close()

    # Routes.

    def requests(self, request: Request) -> dict[str, Any]:
        """GET /_emulator/dataplane?since=N: the request log, the running clusters, the files that clients trust."""
        since = request.args.get("since", "0")
        if not since.isdigit():
            raise ValueError("since must be a whole number")
        authority = self.plane.authority
        return {
            **self.plane.environment.log.since(int(since)),
            "clusters": self.plane.describe(),
            "ca_file": str(authority.certificate),
            "trust_store": str(authority.trust_store),
            "trust_store_password": TRUST_STORE_PASSWORD,
        }

    def set_node(self, request: Request, account: str, region: str, name: str, node: str) -> dict[str, Any]:
        """POST …/nodes/<account>/<region>/<cluster>/<node> {"running": false}: stop a node, or start it again."""
        wanted = (request.get_json(force=True, silent=True) or {}).get("running")
        if not isinstance(wanted, bool):
            raise ValueError('the body must be {"running": true} or {"running": false}')
        for cluster in self.plane.describe():
            if cluster["arn"].endswith(f":dax:{region}:{account}:cache/{name}"):
                (self.plane.start_node if wanted else self.plane.stop_node)(cluster["arn"], node)
                return next(found for found in self.plane.describe() if found["arn"] == cluster["arn"])
        raise LookupError(f"account {account} has no running cluster {name!r} in {region}")


def install() -> EmulatorPlane:
    """Start the data plane, let it follow the clusters and add its routes.

    The environment variable `DAX_EMULATOR_STATE` names the directory for its certificates.
    """
    state = os.environ.get("DAX_EMULATOR_STATE") or tempfile.mkdtemp(prefix="dax-emulator-")
    plane = EmulatorPlane(Path(state) / "tls")
    dax_store.on_available.append(plane.serve)
    dax_store.on_deleted.append(plane.remove)
    ROUTER.add("/_emulator/dataplane", answer(plane.requests), methods=["GET"])
    path = "/_emulator/dataplane/nodes/<account>/<region>/<name>/<node>"
    ROUTER.add(path, answer(plane.set_node), methods=["POST"])
    return plane
