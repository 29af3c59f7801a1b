# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan may write at most, from what AWS shows and not from how the plans decide.

Every call of a plan is held to the account's own resources and to the other end of a connection; what a document says
counts only for the account that it is of.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import User
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import (
    assume_role_policy,
    dax_policy,
    foreign_statements,
    trusted_principals,
)
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_consumers import RoleWriter
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_wishes import wish_of
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.fake_iam import FakeIam

Document = dict[str, Any]
Args = dict[str, Any]

OPEN = ("active", "provisioning", "pending-acceptance", "initiating-request")
TAG_PEERING = "dax.cross_account:peering"
# What account B makes in its own VPC and IAM, without a word of the document in it but the names of the cluster.
OWN_MODULES = {
    "amazon.aws.iam_instance_profile",
    "amazon.aws.ec2_security_group",
    "amazon.aws.ec2_vpc_subnet",
    "amazon.aws.ec2_vpc_igw",
    "amazon.aws.ec2_vpc_endpoint",
    "amazon.aws.ec2_instance",
    "dax.cross_account.ec2_security_group_rules",
}


def within(block: str, wholes: Iterable[str]) -> bool:
    inner = ip_network(block)
    return any(
        inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]
        for outer in map(ip_network, wholes)
    )


def is_of(arn: str, document: Document) -> bool:
    """Tell whether a role is one of the document's account, and not all of them."""
    prefix = f"arn:{document['partition']}:iam::{document['account_id']}:role/"
    return arn.startswith(prefix) and len(arn) > len(prefix) and not set("*?\n ") & set(arn)


def private(block: str) -> bool:
    """Tell whether a block may be one of a VPC: not too large, and nobody's on the internet."""
    found = ip_network(block)
    if found.version == 6:
        return 44 <= found.prefixlen <= 60 and (found.is_global or found.is_private) and not found.is_link_local
    special = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
    return 16 <= found.prefixlen <= 28 and not found.is_global and not within(block, special)


@dataclass(frozen=True)
class OracleA:
    """What account A's plan may write for some consumers.

    :ivar documents: those of the run, as they were checked.
    :ivar external_id: the owner's own, "" for none.
    """

    facts: dict[str, Any]
    documents: list[Document]
    external_id: str = ""

    def hold(self, plan: dict[str, Any]) -> None:
        by_module: dict[str, Callable[[Args], None]] = {
            "dax.cross_account.iam_role_consumers": self._role,
            "amazon.aws.iam_policy": self._policy,
            "dax.cross_account.ec2_resource_tags": self._tags,
            "dax.cross_account.ec2_vpc_peering_connections": self._peerings,
            "dax.cross_account.ec2_vpc_routes": self._routes,
            "dax.cross_account.ec2_security_group_rules": self._rules,
        }
        for calls in plan["writes"].values():
            for call in calls:
                by_module[call["module"]](call["args"])

    def _keys(self) -> set[str]:
        return {f"{document['account_id']}/{document['name']}" for document in self.documents}

    def _ends(self, peering: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        ends = [peering["requester"], peering["accepter"]]
        own, other = ends if ends[0]["owner_id"] == build.A else reversed(ends)
        return own, other

    def _with(self, peering: dict[str, Any]) -> list[Document]:
        """Return the documents whose account and VPC EC2 shows at the other end of an open connection."""
        own, other = self._ends(peering)
        if own["vpc_id"] != build.VPC_A or peering["status"]["code"] not in OPEN:
            return []
        claims = (other["owner_id"], other["vpc_id"])
        return [item for item in self.documents if (item["account_id"], item["vpc_id"]) == claims]

    def _shown(self, peering_id: str | None) -> dict[str, Any] | None:
        return next((item for item in self.facts["peerings"] if item["id"] == peering_id), None)

    def _blocks(self, peering: dict[str, Any]) -> list[str]:
        _own, other = self._ends(peering)
        return other["cidr_blocks"] + other["ipv6_cidr_blocks"]

    def _is_ours(self, tags: dict[str, str]) -> bool:
        return tags.get(build.MARK) == build.CLUSTER_ARN and tags.get(build.CONSUMER) in self._keys()

    def _remembered(self, peering_id: str) -> bool:
        rules = [rule for group in self.facts["security_groups"] for rule in group["rules"]]
        return any(self._is_ours(rule["tags"]) and rule["tags"].get(TAG_PEERING) == peering_id for rule in rules)

    def _peerings(self, args: Args) -> None:
        for entry in args["connections"]:
            shown = self._shown(entry["id"])
            if args["state"] == "absent":
                assert shown and self._is_ours(shown["tags"]), entry
                assert set(entry) <= {"id", "side"}
                continue
            assert args["state"] == "accepted"
            if shown is None:
                claims = [(item["account_id"], item["vpc_id"]) for item in self.documents]
                assert (entry["requester_owner_id"], entry["requester_vpc_id"]) in claims, entry
                assert entry["requester_vpc_id"], "the module does not check an empty one"
                assert entry["accepter_vpc_id"] == build.VPC_A
                assert entry["side"] == "accepter"
                continue
            assert self._with(shown), entry
            accepting = shown["status"]["code"] != "active"
            if accepting:
                assert shown["accepter"]["owner_id"] == build.A, "somebody else's to accept"
            if "tags" in entry and not accepting:
                assert self._is_ours(shown["tags"]) or self._remembered(shown["id"]) or self._is_left(shown), entry
            assert entry.get("tags", {}).get(build.CONSUMER) in {None, *self._keys()}

    def _tags(self, args: Args) -> None:
        """Marks of its own, on what is with its own account and VPC; and the ids of its own rules."""
        marks = {key: text for own in self._keys() for key, text in User(build.CLUSTER_ARN, own).mark.items()}
        rules = {rule["rule_id"]: rule for group in self.facts["security_groups"] for rule in group["rules"]}
        for entry in args["resources"]:
            made = {build.ID: entry["id"]} if entry["id"] in rules else {}
            assert entry["tags"].items() <= {**marks, **made}.items(), entry
            assert set(entry["absent"]) <= set(marks), entry
            shown = self._shown(entry["id"])
            if shown:
                assert self._with(shown), entry
                continue
            owner = rules[entry["id"]]["description"].rsplit(" ", 1)[1].split("/")[0]
            assert owner in {item["account_id"] for item in self.documents}, entry

    def _is_left(self, shown: dict[str, Any]) -> bool:
        """Tell whether it carries account A's mark, of a consumer of the same account: renamed, or in the same VPC."""
        owner = shown["tags"].get(build.CONSUMER, "").split("/")[0]
        return shown["tags"].get(build.MARK) == build.CLUSTER_ARN and owner == self._ends(shown)[1]["owner_id"]

    def _routes(self, args: Args) -> None:
        used = set(self.facts["effective_route_tables"].values())
        assert not args.get("replace")
        for old in args.get("replace_connections", []):
            shown = self._shown(old)
            assert shown and self._is_ours(shown["tags"]), old
        for route in args["routes"]:
            shown = self._shown(route["vpc_peering_connection_id"])
            assert shown, route
            if args.get("state") == "absent":
                assert self._is_ours(shown["tags"]), route
                continue
            assert route["route_table_id"] in used
            assert self._with(shown), route
            assert within(route["destination"], self._blocks(shown)) or not self._shows_blocks(shown), route
            assert private(route["destination"]), route

    def _shows_blocks(self, shown: dict[str, Any]) -> bool:
        """Tell whether EC2 shows what is at the other end; before it is active, it need not."""
        return bool(self._blocks(shown)) or shown["status"]["code"] == "active"

    def _rules(self, args: Args) -> None:
        assert args["group_id"] == "sg-a"
        for rule in args["rules"]:
            assert (rule["protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 8111, 8111)
            assert rule["description"] in {f"dax.cross_account: orders for {key}" for key in self._keys()}, rule
            if args.get("state") == "absent":
                continue
            if "group_id" in rule:
                here = [item["account_id"] for item in self.documents if item["region"] == build.REGION]
                assert rule["user_id"] in here, rule
                continue
            block = rule.get("cidr_ip") or rule["cidr_ipv6"]
            active = [
                item for item in self.facts["peerings"] if self._with(item) and item["status"]["code"] == "active"
            ]
            assert any(within(block, self._blocks(item)) for item in active), rule

    def _role(self, args: Args) -> None:
        registered, role = "dax.cross_account:consumer:", self._role_there(args["name"])
        before = role["trust"] if role else None
        accounts = {item["account_id"] for item in self.documents}
        roles = {args["name"]: copy.deepcopy(role)} if role else {}
        RoleWriter(FakeIam(roles), wish_of(args), 0, lambda _seconds: None).settle()
        if args["name"] not in roles:
            assert not foreign_statements(before)
            return
        after, tags_after = roles[args["name"]]["trust"], roles[args["name"]]["tags"]
        assert foreign_statements(after) == foreign_statements(before)
        was, now = trusted_principals(before), trusted_principals(after)
        for arn in set(now) - set(was):
            assert any(is_of(arn, item) and arn == item["role_arn"] for item in self.documents), arn
            assert now[arn] == (self.external_id or None), "the external id is the owner's"
        for arn in set(was) - set(now):
            assert arn.split(":")[4] in accounts, "somebody else's access"
        tags = role["tags"] if role else {}
        for key in {*tags, *tags_after}:
            if tags.get(key) != tags_after.get(key) and key != build.MARK:
                assert key.startswith(registered)
                assert key.removeprefix(registered) in self._keys(), key

    def _role_there(self, name: str) -> dict[str, Any] | None:
        own = tuple(f"DaxCrossAccountRole-{item['account_id']}-" for item in self.documents)
        assert name == "DaxCrossAccountRole" or name.startswith(own), name
        return self.facts["role"] if name == "DaxCrossAccountRole" else self.facts["consumer_roles"].get(name)

    def _policy(self, args: Args) -> None:
        self._role_there(args["iam_name"])
        if args["state"] == "present":
            assert args["policy_json"] == dax_policy(build.CLUSTER_ARN, "read_write")


@dataclass(frozen=True)
class OracleB:
    """What account B's plan may write for a cluster.

    :ivar document: the cluster document, as it was checked.
    """

    facts: dict[str, Any]
    document: Document

    def hold(self, plan: dict[str, Any]) -> None:
        by_module: dict[str, Callable[[Args], None]] = {
            "amazon.aws.iam_role": self._role,
            "amazon.aws.iam_policy": self._policy,
            "amazon.aws.ec2_vpc_net": self._vpc,
            "amazon.aws.ec2_vpc_peering": self._request,
            "dax.cross_account.ec2_vpc_peering_connections": self._peerings,
            "dax.cross_account.ec2_vpc_routes": self._routes,
        }
        for calls in plan["writes"].values():
            for call in calls:
                module = call["module"]
                assert module in by_module or module in OWN_MODULES, module
                by_module.get(module, self._own)(call["args"])

    def _own(self, args: Args) -> None:
        assert args.get("vpc_id") in (None, build.VPC_B), args

    def _blocks(self) -> list[str]:
        return self.document["cidr_blocks"] + self.document["ipv6_cidr_blocks"]

    def _joins(self, peering: dict[str, Any]) -> bool:
        """Tell whether EC2 shows a connection between the consumer's VPC and the document's account and VPC."""
        ends = {(end["owner_id"], end["vpc_id"]) for end in (peering["requester"], peering["accepter"])}
        theirs = (self.document["account_id"], self.document["vpc_id"])
        return ends == {(build.B, build.VPC_B), theirs} and peering["status"]["code"] in OPEN

    def _left(self, peering: dict[str, Any]) -> bool:
        """Tell whether a connection was made for this very cluster, which is in another VPC by its document."""
        return build.TAGS_B.items() <= peering["tags"].items() and not self._joins(peering)

    def _shown(self, peering_id: str) -> dict[str, Any]:
        (found,) = [item for item in self.facts["peerings"] if item["id"] == peering_id]
        return found

    def _role(self, args: Args) -> None:
        assert args["name"] == "AssumeDaxRole"
        for statement in args["assume_role_policy_document"]["Statement"]:
            assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}

    def _policy(self, args: Args) -> None:
        assert args["iam_name"] == "AssumeDaxRole"
        (statement,) = args["policy_json"]["Statement"]
        assert args["policy_json"] == assume_role_policy(statement["Resource"], sid=statement["Sid"])
        assert is_of(statement["Resource"], self.document), statement

    def _vpc(self, args: Args) -> None:
        own = ip_network(args["cidr_block"])
        assert private(args["cidr_block"])
        assert not any(own.version == 4 and own.overlaps(ip_network(item)) for item in self.document["cidr_blocks"])

    def _request(self, args: Args) -> None:
        theirs = (self.document["account_id"], self.document["vpc_id"], self.document["region"])
        assert (args["peer_owner_id"], args["peer_vpc_id"], args["peer_region"]) == theirs
        assert args["vpc_id"] == build.VPC_B

    def _peerings(self, args: Args) -> None:
        for entry in args["connections"]:
            if "id" not in entry:
                continue  # the one that was requested just before
            shown = self._shown(entry["id"])
            assert self._joins(shown) or (args["state"] == "absent" and self._left(shown)), entry
            if args["state"] == "accepted":
                ends = (entry["requester_owner_id"], entry["requester_vpc_id"])
                assert ends == (self.document["account_id"], self.document["vpc_id"])

    def _routes(self, args: Args) -> None:
        tables = {item["route_table_id"] for item in self.facts["route_tables"]}
        gateways = {item["internet_gateway_id"] for item in self.facts["internet_gateways"]}
        assert not args.get("replace")
        for route in args["routes"]:
            destination = route["destination"]
            assert route["route_table_id"] in tables
            if destination == "0.0.0.0/0":
                assert route["gateway_id"] in gateways
                continue
            shown = self._shown(route["vpc_peering_connection_id"])
            if args.get("state") == "absent" and self._left(shown):
                continue
            assert self._joins(shown), route
            assert destination in self._blocks()
            assert private(destination), route
            if shown["status"]["code"] == "active":
                ends = shown["requester"], shown["accepter"]
                (other,) = [end for end in ends if end["vpc_id"] != build.VPC_B]
                assert within(destination, other["cidr_blocks"] + other["ipv6_cidr_blocks"]), route
