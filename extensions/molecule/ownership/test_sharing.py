# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One connection for several users: the teardown of one cuts off no other, that of the last one leaves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenario.accounts import Account, new_account
from scenario.network import missing, network
from scenario.owner import CLUSTER, Owner, make_further_cluster, make_owner
from scenario.pairs import ClientNetwork, make_client_network
from scenario.playbook import SITE, TEARDOWN, Run, converge, write_inventory
from scenario.snapshot import differences, snapshot


@dataclass(frozen=True)
class Application:
    """A consumer of one of the clusters, with roles of its own, in the VPC that all of them use."""

    name: str
    owner: Owner
    b: Account
    vpc_id: str

    @property
    def cluster(self) -> str:
        return self.owner.cluster_arn.rpartition("/")[2]

    @property
    def roles(self) -> tuple[str, str]:
        return f"{self.cluster}-access", f"{self.name}-role"

    @property
    def variables_a(self) -> dict[str, Any]:
        return {
            "dax_account_a_cluster_name": self.cluster,
            "dax_account_a_connection": self.owner.account.connection(),
            "dax_account_a_role_name": self.roles[0],
        }

    @property
    def variables_b(self) -> dict[str, Any]:
        return {
            "dax_account_b_connection": self.b.connection(),
            "dax_account_b_name": self.name,
            "dax_account_b_role_name": self.roles[1],
            "dax_account_b_instance_profile_name": f"{self.name}-profile",
            "dax_account_b_vpc_id": self.vpc_id,
            "dax_account_b_instance": False,
        }

    def missing(self) -> list[str]:
        return missing(self.owner, self.b, self.vpc_id, *self.roles)


def run(playbook: Path, folder: Path, *applications: Application) -> Run:
    """Run a playbook for applications of one cluster; it has to succeed."""
    first = applications[0]
    hosts = {each.name: each.variables_b for each in applications}
    inventory = write_inventory(folder / "inventory.json", {"account_a": first.variables_a}, hosts)
    return converge(playbook, first.owner.account, first.b, inventory=inventory)


def unchanged(folder: Path, *applications: Application) -> None:
    again = run(SITE, folder, *applications)
    assert (again.changed, again.write_attempts()) == (0, [])


def leave_one_after_the_other(folder: Path, first: Application, last: Application, before: dict[str, Any]) -> None:
    """Tear down two users of one connection: the last one stays whole until it is its turn."""
    a, b = first.owner.account, first.b
    used = {"A": network(a), "B": network(b)}
    (peering,) = used["A"]["peerings"]
    ended = run(TEARDOWN, folder, first)
    lines = "\n".join(line for plan in ended.plans for line in plan["lines"])
    assert f"keep peering connection {peering} (used by {last.cluster} for " in lines, lines
    assert differences(used, {"A": network(a), "B": network(b)}) == []
    assert last.missing() == []
    assert first.roles[1] not in snapshot(b)["roles"]
    unchanged(folder, last)
    run(TEARDOWN, folder, last)
    left = differences(before, {"A": snapshot(a), "B": snapshot(b)})
    assert not left, "\n".join(left)


def test_two_clusters_of_one_owner_in_one_vpc_of_one_consumer(tmp_path: Path) -> None:
    a, b = new_account(), new_account()
    owner, client = make_owner(a), make_client_network(b)
    orders = Application("orders-app", owner, b, client.vpc_id)
    stock = Application("stock-app", make_further_cluster(owner, "stock"), b, client.vpc_id)
    before = {"A": snapshot(a), "B": snapshot(b)}
    for application in (orders, stock):
        run(SITE, tmp_path, application)
    assert orders.missing() + stock.missing() == []
    assert_shared(a, b, client)
    for application in (orders, stock):
        unchanged(tmp_path, application)
    # Its maker leaves first.
    leave_one_after_the_other(tmp_path, orders, stock, before)


def test_two_applications_of_one_account_in_one_vpc(tmp_path: Path) -> None:
    a, b = new_account(), new_account()
    owner, client = make_owner(a), make_client_network(b)
    web, batch = (Application(name, owner, b, client.vpc_id) for name in ("web", "batch"))
    before = {"A": snapshot(a), "B": snapshot(b)}
    run(SITE, tmp_path, web, batch)
    assert web.missing() + batch.missing() == []
    assert_shared(a, b, client)
    unchanged(tmp_path, batch, web)
    assert web.cluster == batch.cluster == CLUSTER
    leave_one_after_the_other(tmp_path, web, batch, before)


def assert_shared(a: Account, b: Account, client: ClientNetwork) -> None:
    """One connection serves both."""
    for account in (a, b):
        assert len(network(account)["peerings"]) == 1
    groups = snapshot(b)["security_groups"]
    ours = [key for key, group in groups.items() if group["vpc"] == client.vpc_id and group["name"] == "dax-client"]
    assert len(ours) == 1
