# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common import documents
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import (
    DocumentError,
    check_cluster_document,
    check_consumer_document,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import cluster_document, consumer


def test_good_documents_come_back_as_they_are_and_are_plain_data() -> None:
    for check, document in ((check_cluster_document, cluster_document()), (check_consumer_document, consumer())):
        checked = check(document)
        assert checked == document
        assert json.loads(json.dumps(checked)) == checked
        assert checked is not document


def without(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in keys}


def test_what_an_older_or_half_finished_run_left_out_has_a_default() -> None:
    short = without(
        cluster_document(), "encryption_type", "network_type", "ipv6_cidr_blocks", "routed_cidr_blocks", "external_id"
    )
    assert check_cluster_document(short) == cluster_document()
    optional = (
        "vpc_id",
        "cidr_blocks",
        "ipv6_cidr_blocks",
        "peering_connection_id",
        "security_group_id",
        "external_id",
    )
    half = check_consumer_document(without(consumer(), *optional))
    expected: dict[str, Any] = {key: [] if key.endswith("blocks") else None for key in optional}
    assert half == consumer(**expected)


def test_nulls_are_as_good_as_nothing() -> None:
    assert check_cluster_document(cluster_document(ipv6_cidr_blocks=None))["ipv6_cidr_blocks"] == []
    assert check_consumer_document(consumer(cidr_blocks=None))["cidr_blocks"] == []


def test_blocks_and_ports_are_normalised() -> None:
    endpoint = {**cluster_document()["endpoint"], "port": "9111"}
    checked = check_cluster_document(cluster_document(ipv6_cidr_blocks=["2001:DB8:0::/56"], endpoint=endpoint))
    assert (checked["ipv6_cidr_blocks"], checked["endpoint"]["port"]) == (["2001:db8::/56"], 9111)
    assert check_cluster_document(cluster_document(routed_cidr_blocks=["10.9.0.0/16", "2001:db8::/56"]))


ROLE = f"arn:aws:iam::{build.A}:role/DaxCrossAccountRole"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        pytest.param(None, "NoneType", id="nothing"),
        pytest.param([cluster_document()], "list", id="a list"),
        pytest.param("document.yml cannot be read", "document.yml cannot be read", id="what the reader says"),
        pytest.param({}, "kind is None, expected 'dax.cross_account/cluster'", id="empty"),
        pytest.param(consumer(), "kind is 'dax.cross_account/consumer'", id="the other document"),
        pytest.param(cluster_document(version=2), "version is 2, this release reads version 1", id="version"),
        pytest.param(cluster_document(version="1"), "version is '1'", id="version as text"),
        pytest.param(without(cluster_document(), "vpc_id"), "vpc_id missing or empty", id="missing"),
        pytest.param(cluster_document(region="", vpc_id=None), "region, vpc_id missing or empty", id="empty keys"),
        pytest.param(cluster_document(cidr_blocks=[]), "cidr_blocks missing or empty", id="no block"),
        pytest.param(cluster_document(cidr_block="10.0.0.0/16"), "unknown keys cidr_block", id="unknown key"),
        pytest.param(cluster_document(account_id=111111111111), "quoted string of 12 digits", id="number as account"),
        pytest.param(cluster_document(account_id="11111111111"), "'11111111111'", id="11 digits"),
        pytest.param(cluster_document(network_type="v6"), "network_type is 'v6', expected ipv4", id="network type"),
        pytest.param(cluster_document(encryption_type="SSL"), "encryption_type is 'SSL'", id="encryption"),
        pytest.param(cluster_document(endpoint="dax://x"), "endpoint needs the keys", id="endpoint as text"),
        pytest.param(cluster_document(endpoint={"url": "x"}), "endpoint needs the keys", id="endpoint"),
        pytest.param(
            cluster_document(endpoint={"address": "x", "port": "dax", "url": "x"}), "port 'dax' is no number", id="port"
        ),
        pytest.param(cluster_document(cidr_blocks="10.0.0.0/16"), "cidr_blocks is not a list", id="block as text"),
        pytest.param(cluster_document(cidr_blocks=["10.0.0.1/16"]), "10.0.0.1/16 has host bits set", id="host bits"),
        pytest.param(cluster_document(cidr_blocks=["x"]), "cidr_blocks: 'x'", id="no block at all"),
        pytest.param(cluster_document(cidr_blocks=["2001:db8::/56"]), "the other family", id="IPv6 among IPv4"),
        pytest.param(cluster_document(ipv6_cidr_blocks=["10.0.0.0/16"]), "the other family", id="IPv4 among IPv6"),
        pytest.param(cluster_document(region=1), "region is 1, expected a region", id="no text"),
        pytest.param(cluster_document(role_per_consumer="no"), "expected true or false", id="no boolean"),
        pytest.param(
            cluster_document(role_arn=ROLE.replace(build.A, build.B)), "no role of account", id="other account"
        ),
        pytest.param(cluster_document(role_arn=ROLE.replace("aws", "aws-cn")), "no role of account", id="partition"),
        pytest.param(
            cluster_document(role_arn=ROLE.replace("role/", "user/")), "expected the ARN of an IAM role", id="user"
        ),
    ],
)
def test_bad_cluster_documents_are_refused_in_one_line(document: Any, says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        check_cluster_document(document)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        pytest.param(cluster_document(), "expected 'dax.cross_account/consumer'", id="the other document"),
        pytest.param(without(consumer(), "role_arn"), "role_arn missing or empty", id="missing"),
        pytest.param(consumer(role_arn="*"), "expected the ARN of an IAM role", id="anybody"),
        pytest.param(
            consumer(role_arn=f"arn:aws:iam::{build.B}:root"), "expected the ARN of an IAM role", id="a whole account"
        ),
        pytest.param(consumer(role_arn=f"arn:aws:iam::{build.C}:role/R"), "no role of account", id="somebody else's"),
        pytest.param(
            consumer(role_arn=f"arn:aws:iam::{build.B}:role/*"), "expected the ARN of an IAM role", id="wildcard"
        ),
        pytest.param(consumer(peering_managed="yes"), "peering_managed is 'yes'", id="no boolean"),
        pytest.param(consumer(name="a b"), "name is 'a b', expected 1 to 64 letters", id="space in the name"),
        pytest.param(consumer(name="a/b"), "name is 'a/b'", id="slash in the name"),
        pytest.param(consumer(name="x" * 65), "expected 1 to 64", id="long name"),
    ],
)
def test_bad_consumer_documents_are_refused_in_one_line(document: Any, says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        check_consumer_document(document)
    assert says in str(caught.value)


# What must not stand in any text of a document: it would write lines of its own into a file or on the screen, run as a
# template, or look like something else.
HOSTILE = {
    "line break": "{}\n[default]\ncredential_process = touch x",
    "carriage return": "{}\rx",
    "line separator": "{}\u2028x",
    "escape sequence": "{}\x1b[2J",
    "nul": "{}\x00",
    "right to left": "\u202e{}",
    "expression": "{{{{ lookup('ansible.builtin.pipe', 'touch x') }}}}",
    "statement": "{{% set x = 1 %}}",
    "space": "{} x",
    "quote": '{}"',
    "shell": "$(touch x)",
    "wide digit": "{}\uff11",
    "long": "{}" + "x" * 2000,
    "empty": "",
}
TEXTS = {
    **{("cluster", key): value for key, value in cluster_document(external_id="s3cret").items()},
    **{("consumer", key): value for key, value in consumer(external_id="s3cret").items()},
    **{("endpoint", key): value for key, value in cluster_document()["endpoint"].items()},
}
FIELDS = [field for field, value in TEXTS.items() if isinstance(value, str) or field == ("endpoint", "port")]


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("field", FIELDS, ids="-".join)
def test_no_text_takes_what_could_act_as_more_than_text(field: tuple[str, str], kind: str) -> None:
    document, key = field
    value = HOSTILE[kind].format(TEXTS[field])
    with pytest.raises(DocumentError) as caught:
        if document == "consumer":
            check_consumer_document(consumer(**{key: value}))
        elif document == "endpoint":
            check_cluster_document(cluster_document(endpoint={**cluster_document()["endpoint"], key: value}))
        else:
            check_cluster_document(cluster_document(**{key: value}))
    told = str(caught.value)
    assert key in told
    assert told.isprintable()
    assert len(told) < 300


@pytest.mark.parametrize("key", ["a\n  + nothing else", "\x1b[2J", "x" * 5000, 1, None])
def test_an_unknown_key_is_named_in_one_line(key: Any) -> None:
    with pytest.raises(DocumentError, match="unknown keys") as caught:
        check_cluster_document({**cluster_document(), key: 1})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("version", [True, 1.0, None, [1]])
def test_a_version_is_a_number(version: Any) -> None:
    with pytest.raises(DocumentError, match="this release reads version 1"):
        check_cluster_document(cluster_document(version=version))


@pytest.mark.parametrize(
    "url", ["dax://orders.dax.example:8112", "http://orders.dax.example", "dax://other.example", "dax://", "", None]
)
def test_a_url_that_leads_elsewhere_than_its_address_is_refused(url: Any) -> None:
    with pytest.raises(DocumentError, match="does not fit its address and port"):
        check_cluster_document(cluster_document(endpoint={**cluster_document()["endpoint"], "url": url}))


def test_a_document_of_a_cluster_that_is_gone_says_only_which_it_was() -> None:
    gone = cluster_document(endpoint=None, vpc_id=None, cidr_blocks=[], role_arn=None)
    assert check_cluster_document(gone, complete=False) == {**gone, "cidr_blocks": []}
    with pytest.raises(DocumentError, match="cidr_blocks, endpoint, role_arn, vpc_id missing"):
        check_cluster_document(gone)
    with pytest.raises(DocumentError, match="cluster_arn missing"):
        check_cluster_document({**gone, "cluster_arn": ""}, complete=False)


def test_the_key_of_a_consumer() -> None:
    assert documents.consumer_key(consumer()) == build.KEY


@pytest.mark.parametrize(("own", "arn"), [(False, ROLE), (True, f"{ROLE}-{build.B}-dax-client")])
def test_the_role_that_a_consumer_assumes(own: bool, arn: str) -> None:
    assert documents.assumed_role_arn(cluster_document(role_per_consumer=own), build.B, "dax-client") == arn
    if own:
        assert documents.consumer_role_name("DaxCrossAccountRole", build.KEY) == arn.rpartition("/")[2]
