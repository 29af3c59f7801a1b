# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the client programs, and what they are not made of."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import check_cluster_document
from ansible_collections.dax.cross_account.plugins.module_utils.plan.client import ClientConfig, client_config
from ansible_collections.dax.cross_account.plugins.module_utils.plan.option_types import OptionsError
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import ClientOptions
from ansible_collections.dax.cross_account.plugins.module_utils.plan.tools import NEEDS, Host
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

ROLE = "arn:aws:iam::111111111111:role/DaxCrossAccountRole-222222222222-web"
OURS = """
# BEGIN dax.cross_account: profile dax-orders
[profile dax-orders]
region = us-east-1
# END dax.cross_account: profile dax-orders
"""


def config(
    document: dict[str, Any] | None = None,
    aws_config: str = "",
    verify: bool = False,
    host: Host | None = None,
    **given: Any,
) -> Any:
    path = build.ROLES / "dax_client" / "defaults" / "main.yml"
    variables = yaml.safe_load(path.read_text(encoding="utf-8")) | {"dax_client_cluster": "cluster.yml"}
    variables |= {f"dax_client_{name}": value for name, value in given.items()}
    options = ClientOptions.from_variables(variables, verify=verify, aws_config=aws_config, host=host)
    checked = check_cluster_document(build.cluster_document(**(document or {})))
    found: ClientConfig = client_config(options, checked)
    return found


def problem(*arguments: Any, **given: Any) -> str:
    with pytest.raises(OptionsError) as caught:
        config(*arguments, **given)
    return str(caught.value)


def endpoint(scheme: str, address: str, port: int) -> dict[str, Any]:
    host = f"[{address}]" if ":" in address else address
    return {"address": address, "port": port, "url": f"{scheme}://{host}"}


def test_all_of_it_comes_from_the_document() -> None:
    document = {
        "cluster_name": "orders",
        "region": "us-east-1",
        "endpoint": endpoint("daxs", "orders.abc123.dax-clusters.us-east-1.amazonaws.com", 9111),
        "encryption_type": "TLS",
        "network_type": "dual_stack",
        "external_id": "shared",
        "role_arn": "arn:aws:iam::111111111111:role/DaxCrossAccountRole",
    }
    assert config(document) == {
        "account_id": "111111111111",
        "cluster_name": "orders",
        "scheme": "daxs",
        "endpoint": "daxs://orders.abc123.dax-clusters.us-east-1.amazonaws.com:9111",
        "region": "us-east-1",
        "sts_region": "us-east-1",
        "ip_family": "ipv4",
        "role_arn": "arn:aws:iam::111111111111:role/DaxCrossAccountRole",
        "external_id": "shared",
        "session_name": "dax-client",
        "session_duration": 3600,
        "profile_name": "dax-orders",
        "profile_marker": "dax.cross_account: profile dax-orders",
        "aws_config_path": "",
        "needs": NEEDS,
        "python": "",
        "packages": [],
        "root": False,
    }


def a_host(region: str = "", **more: Any) -> Host:
    host: Any = {"system": "", "root": False, "region": region, "outputs": [], "index_problem": "", **more}
    return host


@pytest.mark.parametrize(
    ("host", "given", "sts"),
    [
        pytest.param(None, None, "us-east-1", id="nobody asked: the cluster's"),
        pytest.param(a_host(), None, "us-east-1", id="no metadata service: the cluster's"),
        pytest.param(a_host("eu-west-1"), None, "eu-west-1", id="the instance's"),
        pytest.param(a_host("eu-west-1"), "eu-west-3", "eu-west-3", id="the variable's"),
    ],
)
def test_sts_is_asked_in_the_consumers_region_and_dax_in_the_clusters(host: Any, given: str | None, sts: str) -> None:
    found = config({"region": "us-east-1"}, host=host, **({"sts_region": given} if given else {}))
    assert (found["sts_region"], found["region"]) == (sts, "us-east-1")


def test_tools_are_looked_at_only_where_programs_are_built() -> None:
    nothing = a_host(outputs=[None])
    assert config(host=nothing, languages=["go"])["packages"] == []
    for given in ({"install": True}, {"verify": True, "table": "orders", "key": {"pk": {"S": "1"}}}):
        assert "dax_client_install: go is not on this host" in problem(host=nothing, languages=["go"], **given)


def test_a_variable_goes_before_the_document() -> None:
    given = {
        "sts_region": "eu-west-1",
        "ip_family": "ipv4",
        "role_arn": ROLE,
        "external_id": "another",
        "session_name": "orders@web",
        "session_duration": 1800,
        "profile_name": "shared",
        "aws_config_path": "/etc/aws/config",
    }
    found = config({"network_type": "ipv6", "external_id": "shared"}, **given)
    assert {name: found[name] for name in given} == given
    assert found["profile_marker"] == "dax.cross_account: profile shared"


@pytest.mark.parametrize(
    ("document", "name", "value"),
    [
        (
            {"encryption_type": "NONE", "endpoint": endpoint("dax", "x.example.com", 8111)},
            "endpoint",
            "dax://x.example.com:8111",
        ),
        ({"encryption_type": "NONE", "endpoint": endpoint("dax", "fd00::1", 8111)}, "endpoint", "dax://[fd00::1]:8111"),
        ({"external_id": None}, "external_id", ""),
        ({"network_type": "ipv6"}, "ip_family", "ipv6"),
    ],
)
def test_what_a_document_says(document: dict[str, Any], name: str, value: str) -> None:
    assert config(document)[name] == value


def test_an_external_id_per_consumer_needs_to_be_said() -> None:
    assert problem({"external_id_per_consumer": True}).startswith("dax_client_external_id: needed, ")
    assert config({"external_id_per_consumer": True}, external_id="its-own")["external_id"] == "its-own"


def test_a_role_per_consumer_needs_to_be_said() -> None:
    assert problem({"role_per_consumer": True}).startswith("dax_client_role_arn: needed, ")
    assert config({"role_per_consumer": True}, role_arn=ROLE)["role_arn"] == ROLE


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"run": True}, "dax_client_run: needs dax_client_table and dax_client_key; "),
        ({"run": True, "table": "orders"}, "dax_client_run: needs "),
        ({"run": True, "table": "orders", "key": {}}, "dax_client_run: needs "),
        ({"verify": True, "key": {"pk": {"S": "1"}}}, "the entry point verify: needs dax_client_table and "),
        (
            {"verify": True, "table": "orders", "key": {"pk": {"S": "1"}}, "languages": []},
            "dax_client_languages: empty; ",
        ),
    ],
)
def test_an_item_needs_a_table_and_a_key(given: dict[str, Any], says: str) -> None:
    line = problem(**given)
    assert line.startswith(says)
    assert len(line.splitlines()) == 1


def test_only_the_profile_needs_neither_an_item_nor_a_language() -> None:
    assert config(languages=[])["profile_name"] == "dax-orders"


@pytest.mark.parametrize(
    "text",
    [
        "[profile dax-orders]\n",
        "[default]\nregion = x\n\n  [ profile  dax-orders ]\n",
        '[profile "dax-orders"]\n',
        OURS + "[profile dax-orders]\n",
        OURS.replace("profile dax-orders\n", "profile dax-orders-2\n"),
    ],
)
def test_a_profile_of_another_hand(text: str) -> None:
    line = problem(aws_config=text)
    assert line.startswith("dax_client_profile_name: ~/.aws/config already has a profile dax-orders that this role")
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    "text", ["", OURS, OURS + OURS, "[profile dax]\n[profile dax-orders-2]\n# [profile dax-orders]"]
)
def test_a_file_without_one(text: str) -> None:
    assert config(aws_config=text)["profile_name"] == "dax-orders"


def test_all_that_is_wrong_is_said_at_once() -> None:
    lines = problem({"role_per_consumer": True}, "[profile dax-orders]\n", run=True).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "dax_client_role_arn",
        "dax_client_run",
        "dax_client_profile_name",
    ]
