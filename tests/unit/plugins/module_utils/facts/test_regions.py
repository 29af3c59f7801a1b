# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A region without DAX, one that does not exist, one that the account has not enabled: one line that says so."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.facts import dax, regions
from ansible_collections.dax.cross_account.plugins.modules import dax_account_a_info, dax_cluster, dax_cluster_info
from ansible_collections.dax.cross_account.plugins.plugin_utils import account_action
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

REFUSED = ("InvalidParameterValueException", "Access Denied to API Version: DAX_V3")


def client_error(code: str, message: str = "the words of AWS") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetCallerIdentity")


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that makes every name fail to resolve with an error number, and returns how often it was asked."""

    def fail(number: int) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: str, *_args: Any, **_kwargs: Any) -> Any:
            asked.append(host)
            raise socket.gaierror(number, "no")

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr("time.sleep", lambda _seconds: None)
        return asked

    return fail


def a_client(attempts: int) -> Any:
    session: Any = boto3.session.Session("1" * 12, "none", "", "eu-south-2")
    return session.client("dax", config=Config(retries={"mode": "standard", "max_attempts": attempts}))


@pytest.mark.parametrize(
    ("number", "asked"), [(socket.EAI_NONAME, 1), (socket.EAI_FAIL, 1), (socket.EAI_AGAIN, 5)], ids=str
)
def test_a_name_that_does_not_exist_is_asked_for_once(resolver: Any, number: int, asked: int) -> None:
    names = resolver(number)
    with pytest.raises(EndpointConnectionError) as caught:
        regions.stop_vain_retries(a_client(4)).describe_clusters()
    assert names == ["dax.eu-south-2.amazonaws.com"] * asked
    assert regions.unknown_host(caught.value) == ("" if number == socket.EAI_AGAIN else names[0])


def test_a_region_without_a_host_for_dax(resolver: Any) -> None:
    resolver(socket.EAI_NONAME)
    with pytest.raises(regions.RegionError) as caught:
        dax.describe_clusters(regions.stop_vain_retries(a_client(4)), ["orders"])
    assert str(caught.value) == (
        "region eu-south-2 has no DAX, or DAX is not open to this account there "
        "(there is no host dax.eu-south-2.amazonaws.com); correct the region"
    )


@pytest.mark.parametrize("names", [None, ["orders"], ["orders", "stock"]])
@pytest.mark.parametrize("module", [dax_cluster_info, dax_cluster])
def test_every_module_says_that_there_is_no_dax(
    run_module: Any, fake_aws: Any, aws_error: Any, module: Any, names: list[str] | None
) -> None:
    fake = fake_aws("dax").on("DescribeClusters", aws_error(*REFUSED))
    options: dict[str, Any] = {"names": names} if names else {}
    result = run_module(module, {"name": "orders"} if module is dax_cluster else options, dax=fake)
    assert result["failed"]
    assert result["msg"] == (
        "region us-east-1 has no DAX, or DAX is not open to this account there "
        "(Access Denied to API Version: DAX_V3); correct the region"
    )
    assert fake.operations == ["DescribeClusters"]


def test_the_role_names_its_connection(run_module: Any, fake_aws: Any, aws_error: Any) -> None:
    identity = {"Account": "111111111111", "Arn": "arn:aws:iam::111111111111:user/ops"}
    fakes = {
        "sts": fake_aws("sts").on("GetCallerIdentity", identity),
        "dax": fake_aws("dax").on("DescribeClusters", aws_error(*REFUSED)),
        "iam": fake_aws("iam").on("GetRole", aws_error("AccessDenied")).on("ListRoles", aws_error("AccessDenied")),
    }
    result = run_module(dax_account_a_info, {"cluster_name": "orders"}, **fakes)
    assert result["msg"].startswith(
        "Reading the facts in account 111111111111 failed: region us-east-1 has no DAX, or DAX is not open"
    )
    assert account_action._OF_CONNECTION.search(result["msg"])


def test_another_value_that_dax_refuses_is_not_the_region(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("dax").on("DescribeClusters", aws_error("InvalidParameterValueException", "Invalid cluster name"))
    with pytest.raises(AnsibleAWSError, match="Invalid cluster name") as caught:
        dax.describe_clusters(fake.client, ["-"])
    assert not isinstance(caught.value, regions.RegionError)


class Elsewhere:
    """The module's clients in the region that every account has."""

    def __init__(self, identity: Any, status: Any) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answers = {"sts": identity, "ec2": status}

    def client(self, service: str, region: str) -> Any:
        self.asked.append((service, region))

        def answer(**_params: Any) -> Any:
            found = self.answers[service]
            if isinstance(found, Exception):
                raise found
            return found

        return SimpleNamespace(get_caller_identity=answer, describe_regions=answer)


ME = {"Account": "222222222222"}
DENIED = client_error("UnauthorizedOperation")
ENABLE = "aws account enable-region --region-name af-south-1"
TOKEN = "a session token of the global STS endpoint"


def status(word: str) -> dict[str, Any]:
    return {"Regions": [{"RegionName": "af-south-1", "OptInStatus": word}]}


@pytest.mark.parametrize(
    "code", ["InvalidClientTokenId", "AuthFailure", "OptInRequired", "UnrecognizedClientException"]
)
@pytest.mark.parametrize(
    ("identity", "opted", "says", "silent"),
    [
        pytest.param(ME, status("not-opted-in"), ["not enabled in account 222222222222", ENABLE], [TOKEN], id="off"),
        pytest.param(ME, status("opted-in"), ["has region af-south-1 (opted-in)", TOKEN], [ENABLE], id="on"),
        pytest.param(ME, DENIED, ["either region af-south-1 is not enabled", ENABLE, TOKEN], [], id="unknown"),
        pytest.param(ME, {"Regions": []}, ["either region af-south-1 is not enabled", TOKEN], [], id="not listed"),
    ],
)
def test_a_region_that_is_not_enabled(code: str, identity: Any, opted: Any, says: list[str], silent: list[str]) -> None:
    module = Elsewhere(identity, opted)
    words = regions.explain(module, client_error(code), "af-south-1")
    assert [text for text in says if text not in words] == []
    assert [text for text in silent if text in words] == []
    assert module.asked == [("sts", "us-east-1"), ("ec2", "us-east-1")]


@pytest.mark.parametrize(
    ("region", "home"),
    [("eu-west-1", "us-east-1"), ("cn-northwest-1", "cn-north-1"), ("us-gov-east-1", "us-gov-west-1")],
)
def test_each_partition_has_a_region_to_compare_with(region: str, home: str) -> None:
    module = Elsewhere(client_error("InvalidClientTokenId"), {})
    assert regions.explain(module, client_error("InvalidClientTokenId"), region) == ""
    assert module.asked == [("sts", home)]


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1"])
def test_where_there_is_nothing_to_compare_with_nothing_is_asked(region: str) -> None:
    module = Elsewhere(ME, {})
    assert (regions.explain(module, client_error("AuthFailure"), region), module.asked) == ("", [])


@pytest.mark.parametrize("code", ["AccessDenied", "ExpiredToken", "SignatureDoesNotMatch", "Throttling"])
def test_other_refusals_are_what_they_are(code: str) -> None:
    module = Elsewhere(ME, {})
    assert (regions.explain(module, client_error(code), "af-south-1"), module.asked) == ("", [])


def test_a_region_that_does_not_exist(resolver: Any) -> None:
    resolver(socket.EAI_NONAME)
    with pytest.raises(EndpointConnectionError) as caught:
        regions.stop_vain_retries(a_client(1)).describe_clusters()
    words = regions.explain(Elsewhere(ME, {}), caught.value, "eu-south-2")
    assert words.startswith("there is no host dax.eu-south-2.amazonaws.com: region eu-south-2 does not exist")
    assert words.endswith("correct the region")
