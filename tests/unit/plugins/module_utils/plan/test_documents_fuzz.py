# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Good documents, changed at random: refused in lines that name a field, or with a plan that stays within the oracle.

The values come from the small world of border.py, in which most of them belong to somebody else, and from what a text
should not hold.
"""

from __future__ import annotations

import copy
import time
from typing import Any, cast

from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import (
    DocumentError,
    check_cluster_document,
    check_consumer_document,
)
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsA, FactsB
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import border
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.oracle import (
    TAG_PEERING,
    OracleA,
    OracleB,
)
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

SECONDS = 2.0
bounded = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=400,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

Document = dict[str, Any]

ACCOUNTS = (build.A, build.B, build.C, border.D, "555555555555")
BLOCKS = (
    *("10.1.0.0/24", "10.1.0.0/25", "10.1.0.128/28", "10.1.0.0/16", "10.2.0.0/24", "10.3.0.0/24", "10.4.0.0/24"),
    *("10.6.0.0/24", "10.8.0.0/16", "10.9.0.0/24", "10.80.0.0/16", "10.80.5.0/24", "10.0.0.0/16", "10.0.1.0/24"),
    *("192.168.0.0/16", "100.64.0.0/16", "172.31.0.0/16", "169.254.169.0/24", "127.0.0.0/16", "8.8.8.0/24"),
    *("0.0.0.0/0", "128.0.0.0/1", "0.0.0.0/16", "224.0.0.0/16", "10.1.0.1/24", "10.1.0.0/32"),
)
BLOCKS6 = ("2001:db8:1::/56", "fd00:1::/56", "fe80::/56", "::/0", "2000::/3", "ff02::/56", "2600:1f00::/56")
# What EC2 shows at the other ends of account A's connections: (account, VPC, block, connection, region).
ENDS = (
    (build.B, build.VPC_B, build.BLOCK_B, "pcx-1", build.REGION),
    (build.C, "vpc-c", "10.2.0.0/24", "pcx-2", build.REGION),
    (build.B, "vpc-b3", "10.3.0.0/24", "pcx-3", build.REGION),
    (border.D, "vpc-d", "10.4.0.0/24", "pcx-4", build.REGION),
    (build.B, "vpc-b6", "10.6.0.0/24", "pcx-6", "eu-west-1"),
    (build.B, "vpc-b7", "10.7.0.0/24", "pcx-7", build.REGION),
    (build.B, "vpc-9", "10.9.0.0/24", "pcx-99", build.REGION),
)
_blocks = st.lists(st.sampled_from(BLOCKS), max_size=3)
_blocks6 = st.lists(st.sampled_from(BLOCKS6), max_size=2)
_role = st.builds("arn:aws:iam::{}:role/{}".format, st.sampled_from(ACCOUNTS), st.sampled_from(("AssumeDaxRole", "x")))

WORLD: dict[str, SearchStrategy[Any]] = {
    "account_id": st.sampled_from(ACCOUNTS),
    "partition": st.sampled_from(("aws", "aws-cn", "aws-us-gov")),
    "region": st.sampled_from((build.REGION, "eu-west-1", "cn-north-1")),
    "role_arn": _role,
    "vpc_id": st.sampled_from((None, build.VPC_A, "vpc-a8", "vpc-default", *(end[1] for end in ENDS))),
    "cidr_blocks": _blocks,
    "ipv6_cidr_blocks": _blocks6,
    "external_id": st.sampled_from((None, "evil", "s3cret")),
    "cluster_arn": st.sampled_from(
        tuple(f"arn:aws:dax:us-east-1:{account}:cache/{name}" for account in ACCOUNTS for name in ("orders", "other"))
    ),
    # Of one of the documents alone.
    "name": st.sampled_from(("dax-client", "DAX-client", "reports", "x" * 64)),
    "assumed_role_arn": st.none() | _role,
    "peering_connection_id": st.sampled_from((None, "pcx-5", "pcx-8", "pcx-dead", *(end[3] for end in ENDS))),
    "peering_managed": st.booleans(),
    "security_group_id": st.sampled_from((None, "sg-a", "sg-b", "sg-c", "sg-9")),
    "cluster_name": st.sampled_from(("orders", "other")),
    "network_type": st.sampled_from(("ipv4", "ipv6", "dual_stack")),
    "encryption_type": st.sampled_from(("NONE", "TLS")),
    "routed_cidr_blocks": st.lists(st.sampled_from(BLOCKS + BLOCKS6), max_size=4),
    "role_per_consumer": st.booleans(),
    "external_id_per_consumer": st.booleans(),
    "endpoint": st.fixed_dictionaries(
        {
            "address": st.sampled_from(("orders.dax.example", "evil.example", "10.0.0.5", "a b", "")),
            "port": st.sampled_from((8111, 9111, "8111", 0, -1, 70_000, None, "x")),
            "url": st.sampled_from(("dax://orders.dax.example", "daxs://evil.example", "http://evil.example", None)),
        },
        optional={"token": st.text(max_size=3)},
    ),
    "kind": st.sampled_from(("dax.cross_account/cluster", "dax.cross_account/consumer", None)),
    "version": st.sampled_from((1, 2, True, 1.0, "1")),
}
TEXTS = (
    *(
        "",
        " ",
        "*",
        "\n",
        "\n[default]\ncredential_process = touch x",
        "\r",
        "\x00",
        "\x1b[2J",
        "\x7f",
        "\u202e",
        "\u2028",
    ),
    *(
        "{{ lookup('pipe', 'touch x') }}",
        "{% raw %}",
        "$(touch x)",
        "`x`",
        "'",
        '"',
        "\\",
        "../..",
        "ä",
        "\uff11",
        "\ud800",
    ),
    *("x" * 300, "%s", "{}", "!!python/object:x", "null", "0", "arn:aws:iam::*:root"),
)
hostile_text = st.sampled_from(TEXTS) | st.text(max_size=8)
hostile: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | hostile_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile_text, inner, max_size=2),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn, good: Document) -> Any:
    """Return a good document after up to four changes."""
    document = copy.deepcopy(good)
    for _change in range(draw(st.integers(0, 4))):
        key = draw(st.sampled_from(sorted(good)))
        change = draw(st.sampled_from(("world", "world", "world", "hostile", "extend", "remove", "add", "nest")))
        if change == "world":
            document[key] = draw(WORLD[key])
        elif change == "hostile":
            document[key] = draw(hostile)
        elif change == "remove":
            document.pop(key, None)
        elif change == "add":
            document[draw(hostile_text)] = draw(hostile)
        elif change == "nest":
            document[key] = draw(st.sampled_from(([document.get(key)], {key: document.get(key)})))
        else:
            document[key] = _extended(document.get(key), draw(hostile_text), draw(hostile))
    return document


def _extended(value: Any, text: str, more: Any) -> Any:
    if isinstance(value, str):
        return value + text
    if isinstance(value, list):
        return [*value, more]
    if isinstance(value, dict):
        return {**value, text: more}
    return text


@st.composite
def consumers(draw: st.DrawFn) -> Any:
    """Return a document of one of those whom EC2 shows, with the account's role, and then changed."""
    account, vpc_id, block, peering_id, region = draw(st.sampled_from(ENDS))
    network = {"vpc_id": vpc_id, "cidr_blocks": [block], "region": region, "peering_connection_id": peering_id}
    return draw(mutated(build.consumer(account, draw(st.sampled_from(("dax-client", "reports"))), **network)))


@st.composite
def clusters(draw: st.DrawFn) -> Any:
    """Return the document of a cluster of account A or of a stranger, and then changed."""
    account, vpc_id, block = draw(
        st.sampled_from(
            (
                (build.A, build.VPC_A, build.BLOCK_A),
                (build.A, "vpc-a8", "10.8.0.0/16"),
                (border.D, "vpc-d", "10.4.0.0/24"),
            )
        )
    )
    arns = {
        "cluster_arn": build.CLUSTER_ARN.replace(build.A, account),
        "role_arn": build.ROLE_A.replace(build.A, account),
    }
    network = {"vpc_id": vpc_id, "cidr_blocks": [block]}
    return draw(mutated(build.cluster_document(account_id=account, **arns, **network)))


def facts_of_a(status: str, marks: str, own_roles: bool) -> dict[str, Any]:
    """Return account A with the consumer's connection in a state, with or without account A's marks."""
    facts = border.facts_a(status)
    if own_roles:
        of_c = {**facts["role"], "role_name": f"{facts['role']['role_name']}-{build.C}-dax-client"}
        facts |= {"role": None, "consumer_roles": {of_c["role_name"]: of_c}}
    if marks == "tags":
        facts["peerings"][0]["tags"] = {**build.TAGS_A, "Name": "dax-client"}
    elif marks == "rule":
        rule = build.our_rule(rule_id="sgr-b")
        facts["security_groups"][0]["rules"].append({**rule, "tags": {**rule["tags"], TAG_PEERING: "pcx-1"}})
    elif marks == "stranger's":
        facts["peerings"][0]["tags"] = {"Name": "payments", build.MARK: build.CLUSTER_ARN.replace("orders", "other")}
    elif marks == "no blocks" and status != "active":
        facts["peerings"][0]["requester"]["cidr_blocks"] = []
    return facts


def hold_refusal(plan: dict[str, Any], document: Any, good: Document) -> None:
    """Hold a plan with conflicts to lines that tell what is wrong, and to no call."""
    assert plan["writes"] == {}
    for line in plan["conflicts"]:
        assert "dax_account_" in line or any(key in line for key in good), line
    for line in plan["conflicts"] + plan["lines"] + plan["warnings"] + plan["waiting_for"]:
        assert line.isprintable(), line


@bounded
@given(
    document=consumers(),
    status=st.sampled_from(("pending-acceptance", "provisioning", "active", "deleted", "failed")),
    marks=st.sampled_from(("none", "tags", "rule", "stranger's", "no blocks")),
    beside=st.booleans(),
    state=st.sampled_from(("present", "present", "present", "absent")),
    external_id=st.sampled_from(("", "s3cret")),
    own_roles=st.booleans(),
)
def test_what_a_consumer_document_can_do(
    document: Any, status: str, marks: str, beside: bool, state: str, external_id: str, own_roles: bool
) -> None:
    good, facts = build.consumer(), facts_of_a(status, marks, own_roles)
    network: Document = {"vpc_id": "vpc-c", "cidr_blocks": ["10.2.0.0/24"], "peering_connection_id": "pcx-2"}
    given_documents = [document, *([build.consumer(build.C, **network, security_group_id="sg-c")] if beside else [])]
    options = build.wanted_a(
        consumers=given_documents, state=state, external_id=external_id, role_per_consumer=own_roles
    )
    begun = time.monotonic()
    plan = plan_a(cast(FactsA, facts), options)
    assert time.monotonic() - begun < SECONDS
    event(f"account A, {state}: {'refused' if plan['conflicts'] else 'accepted'}")
    if plan["conflicts"]:
        hold_refusal(plan, document, good)
        return
    checked = [cast(Document, check_consumer_document(item)) for item in given_documents]
    OracleA(facts, checked, external_id).hold(plan)


@bounded
@given(
    document=clusters(),
    status=st.sampled_from(("pending-acceptance", "active", "deleted")),
    pinned=st.booleans(),
    fresh=st.booleans(),
)
def test_what_a_cluster_document_can_do(document: Any, status: str, pinned: bool, fresh: bool) -> None:
    # What carries the marks of a cluster is read for that cluster alone.
    foreign = not isinstance(document, dict) or document.get("cluster_arn") != build.CLUSTER_ARN
    facts = build.facts_b() if fresh or foreign else border.facts_b(status)
    options = build.wanted_b(cluster=document, owner_account_id=build.A if pinned else "")
    begun = time.monotonic()
    plan = plan_b(cast(FactsB, facts), options)
    assert time.monotonic() - begun < SECONDS
    event(f"account B: {'refused' if plan['conflicts'] else 'accepted'}")
    if plan["conflicts"]:
        hold_refusal(plan, document, build.cluster_document())
        return
    checked = cast(Document, check_cluster_document(document))
    assert not pinned or checked["account_id"] == build.A
    OracleB(facts, checked).hold(plan)


@bounded
@given(value=hostile)
def test_what_is_no_document_at_all(value: Any) -> None:
    for check in (check_consumer_document, check_cluster_document):
        try:
            check(value)
        except DocumentError as error:
            # A text is what the reader has to say, which it has made printable itself.
            assert isinstance(value, str) or str(error).isprintable()
        else:
            raise AssertionError(f"{value!r} was taken")
