# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module without a process of its own takes the same options, asks the same AWS and says the same of its errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.modules import (
    dax_account_a_info,
    dax_account_b_info,
    dax_account_check_info,
    dax_doctor_info,
    ec2_instance_profile_association,
    ec2_resource_tags,
    ec2_security_group_rules,
    ec2_vpc_peering_connections,
    ec2_vpc_routes,
    iam_role_consumers,
)
from ansible_collections.dax.cross_account.plugins.plugin_utils import on_controller

CLUSTER = "arn:aws:dax:us-east-1:111111111111:cache/orders"
# Of each module that the sides run: what it needs, and a call that no argument spec takes.
CASES: dict[Any, tuple[dict[str, Any], dict[str, Any]]] = {
    dax_account_a_info: ({"cluster_name": "orders"}, {}),
    dax_account_b_info: ({"name": "payments", "cluster_arn": CLUSTER}, {"name": "payments"}),
    dax_account_check_info: ({"regions": True}, {"quotas": [{"name": "vpcs"}]}),
    dax_doctor_info: ({"side": "a", "cluster_name": "orders", "role_name": "Dax"}, {"side": "b", "name": "payments"}),
    ec2_instance_profile_association: ({"instance_id": "i-1", "instance_profile_name": "p"}, {"instance_id": "i-1"}),
    ec2_resource_tags: ({"resources": [{"id": "vpc-1", "tags": {"a": 1}}]}, {"resources": [{}]}),
    ec2_security_group_rules: (
        {"group_id": "sg-1", "rules": [{"from_port": "8111", "cidr_ip": "10.0.0.0/24"}]},
        {"group_id": "sg-1", "rules": [{"cidr_ip": "10.0.0.0/24", "group_id": "sg-2"}]},
    ),
    ec2_vpc_peering_connections: ({"connections": [{"id": "pcx-1"}]}, {"connections": [], "state": "open"}),
    ec2_vpc_routes: (
        {"routes": [{"route_table_id": "rtb-1", "destination": "10.0.0.0/8", "gateway_id": "igw-1"}]},
        {"routes": [{"route_table_id": "rtb-1", "destination": "10.0.0.0/8"}]},
    ),
    iam_role_consumers: ({"name": "Dax", "cluster_arn": CLUSTER}, {"name": "Dax", "cluster_arn": CLUSTER, "x": 1}),
}
KEYS = {"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
DENIED = (
    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User is not authorized</Message></Error>"
    "<RequestId>1</RequestId></ErrorResponse>"
)
DENIED_BY_EC2 = (
    "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>Not you.</Message></Error></Errors>"
    "<RequestID>1</RequestID></Response>"
)


class Aws(BaseHTTPRequestHandler):
    """An AWS that knows who is asking, and denies everything else."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.keys.append(re.search(r"Credential=(\w+)/", self.headers["Authorization"])[1])  # type: ignore[attr-defined, index]
        service = "ec2" if "/ec2/" in self.headers["Authorization"] else ""
        answer, status = (DENIED_BY_EC2 if service else DENIED), 403
        if "Action=GetCallerIdentity" in body:
            identity = "<Arn>arn:aws:iam::111111111111:user/x</Arn><UserId>A</UserId><Account>111111111111</Account>"
            inner = f"<GetCallerIdentityResult>{identity}</GetCallerIdentityResult>"
            answer, status = f"<GetCallerIdentityResponse>{inner}</GetCallerIdentityResponse>", 200
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def aws() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Aws)
    server.keys = []  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


class Exit(Exception):
    pass


def in_a_process(module: Any, args: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run a module as AnsibleModule would have it, and return what it would print."""
    results: list[dict[str, Any]] = []

    def end(_self: Any, result: dict[str, Any]) -> None:
        results.append(result)

    monkeypatch.setattr(basic.AnsibleModule, "_return_formatted", end)
    with patch_module_args({**args, "_ansible_tracebacks_for": []}), pytest.raises(SystemExit):
        module.main()
    return results[0]


def named(module: Any) -> str:
    return on_controller.OWN + module.__name__.rpartition(".")[2]


@pytest.mark.parametrize("module", CASES, ids=named)
def test_the_options_are_the_same(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With defaults, conversions, options of the environment, aliases; and so are the clients."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token-of-the-shell")
    seen: list[dict[str, Any]] = []

    def client(self: Any, service: str, *_more: Any, **_options: Any) -> Any:
        seen.append(dict(self.params))
        raise Exit

    monkeypatch.setattr(AnsibleAWSModule, "client", client)
    args = {**CASES[module][0], "aws_access_key": KEYS["access_key"], "secret_key": KEYS["secret_key"]}
    with patch_module_args(args), pytest.raises(Exit):
        module.main()
    with pytest.raises(Exit):
        on_controller.run(named(module), args, check_mode=False)
    own, process = seen[-1], seen[0]
    assert {key: own[key] for key in process} == process
    assert own["region"] == "eu-west-1" and own["session_token"] == "token-of-the-shell"


@pytest.mark.parametrize("module", [module for module in CASES if CASES[module][1]], ids=named)
def test_wrong_options_are_refused_alike(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    args = {**CASES[module][1], "region": "us-east-1"}
    process = in_a_process(module, args, monkeypatch)
    own = on_controller.run(named(module), args, check_mode=False)
    assert own["failed"] and process["failed"]
    # AnsibleModule names itself before the supported options of a module.
    assert own["msg"].split(". Supported")[0] in process["msg"].replace(f"({module.__name__}) module: ", "") or (
        "Unsupported parameters" in own["msg"] and "Unsupported parameters" in process["msg"]
    )


@pytest.mark.parametrize("module", CASES, ids=named)
def test_an_error_of_aws_is_told_alike(module: Any, aws: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    args = {**CASES[module][0], **KEYS, "region": "us-east-1", "endpoint_url": f"http://127.0.0.1:{aws.server_port}"}
    args |= {"session_token": "", "profile": ""}
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFTHESHELL000000")
    del aws.keys[:]  # type: ignore[attr-defined]
    process = in_a_process(module, args, monkeypatch)
    own = on_controller.run(named(module), args, check_mode=True)
    assert set(aws.keys) == {KEYS["access_key"]}  # type: ignore[attr-defined]
    for result in (own, process):
        result.get("facts", {}).pop("read_at", None)
    same = ("failed", "msg", "error", "changed", "facts")
    assert {key: own.get(key) for key in same} == {key: process.get(key) for key in same}
    # Those that look into what may be denied tell that in their facts.
    assert own.get("failed") or module in (dax_account_check_info, dax_doctor_info), own


def test_only_modules_of_this_collection_run_here(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_controller.can_run("dax.cross_account.ec2_vpc_routes")
    assert not on_controller.can_run("amazon.aws.ec2_vpc_net")
    monkeypatch.setattr(on_controller, "find_spec", lambda _name: None)
    assert not on_controller.can_run("dax.cross_account.ec2_vpc_routes"), "the process says what is missing"
