# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Account A in memory over several runs, with consumers, clusters and networks that come and go."""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import World

Actions = list[tuple[str, str]]


def document(name: str, **more: Any) -> dict[str, Any]:
    """The document of a consumer of account B, with a role of its own, in the VPC that all of them use."""
    given = {
        "role_arn": f"arn:aws:iam::{build.B}:role/{name}",
        "security_group_id": f"sg-{name.encode().hex()[:8]}",
        **more,
    }
    return build.consumer(name=name, **given)


class Owner(World):
    """Account A with an active request of account B's VPC, and runs of its side alone."""

    def __init__(self, cluster: str = "orders", beside: Owner | None = None) -> None:
        """
        :param beside: the same account with another cluster, whose network is this one's too.
        """
        arn = build.CLUSTER_ARN.replace("orders", cluster)
        shape = build.cluster(cluster_name=cluster, cluster_arn=arn)
        super().__init__(build.facts_a(cluster=shape, cluster_arn=arn))
        self.variables_a = {"cluster_name": cluster, "role_name": f"Role-{cluster}"}
        self.peerings = beside.peerings if beside else [self.request("pcx-1")]
        if beside:
            self.a |= {key: beside.a[key] for key in ("route_tables", "security_groups")}

    def request(self, peering_id: str, **more: Any) -> dict[str, Any]:
        """A request of account B, with the tags that each account has on it."""
        return {**build.peering(peering_id, "pending-acceptance", **more), "tags": {}}

    def document(self, name: str, **more: Any) -> dict[str, Any]:
        return document(name, cluster_arn=self.a["cluster_arn"], **more)

    def run(self, *documents: dict[str, Any], **variables: Any) -> Actions:
        """Run account A's side, and return what was planned at its start."""
        self.variables_a = {**self.variables_a, "state": "present", "prune": False, **variables}
        self.variables_a["consumers"] = list(documents)
        return self.run_a()

    def lines(self, *documents: dict[str, Any], **variables: Any) -> list[str]:
        """The lines of a plan."""
        before = self.variables_a
        self.variables_a = {**before, "state": "present", **variables, "consumers": list(documents)}
        try:
            return [line.strip() for line in self.plan_a()["lines"]]
        finally:
            self.variables_a = before

    def tags(self, peering_id: str = "pcx-1") -> dict[str, str]:
        """Account A's tags on a connection."""
        (found,) = [item for item in self.peerings if item["id"] == peering_id]
        return dict(found["tags"].get(build.A, {}))

    def statuses(self) -> dict[str, str]:
        return {item["id"]: item["status"]["code"] for item in self.peerings}

    def rules(self) -> dict[str, str]:
        """The sources of the rules on all groups, with their descriptions."""
        groups = [*self.a["security_groups"], *self.a["other_security_groups"]]
        return {rule["source_group_id"]: rule["description"] for group in groups for rule in group["rules"]}

    def routes(self) -> list[tuple[str, str, str]]:
        """The routes to connections, as (table, destination, target)."""
        return [
            (table["route_table_id"], item["destination"], item["target_id"])
            for table in self.a["route_tables"]
            for item in table["routes"]
            if item["target_type"] != "local"
        ]
