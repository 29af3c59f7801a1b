# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' variables: what they may be given as, and every wrong kind of value for every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.module_utils.plan.option_types import (
    Options,
    OptionsError,
    without_none,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import (
    ClientNode,
    ClientOptions,
    ConsumerOptions,
    DoctorOptions,
    OwnerOptions,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

ROLES: dict[type[Options], str] = {
    OwnerOptions: "dax_account_a",
    ConsumerOptions: "dax_account_b",
    ClientOptions: "dax_client",
    DoctorOptions: "dax_doctor",
}
REQUIRED: dict[str, Any] = {
    "dax_account_a_cluster_name": "orders",
    "dax_account_b_cluster": {"kind": "x"},
    "dax_client_cluster": {"kind": "x"},
}
# Variables that only one entry point of the role takes.
VERIFY_ONLY = {"dax_client_verify_nodes", "dax_client_verify_write"}


def defaults(kind: type[Options]) -> dict[str, Any]:
    path = build.ROLES / ROLES[kind] / "defaults" / "main.yml"
    given: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return given | {name: value for name, value in REQUIRED.items() if name in kind.variables()}


def made(kind: type[Options], **given: Any) -> Any:
    return kind.from_variables(defaults(kind) | given)


@pytest.mark.parametrize("kind", ROLES)
def test_the_fields_are_the_roles_variables_with_their_types(kind: type[Options]) -> None:
    path = build.ROLES / ROLES[kind] / "meta" / "argument_specs.yml"
    specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
    hints = get_type_hints(kind)
    for entry, spec in specs.items():
        assert spec["options"].keys() == kind.variables().keys() - (VERIFY_ONLY if entry != "verify" else set())
        for name, option in spec["options"].items():
            plain, optional = without_none(hints[kind.variables()[name].name])
            types: dict[Any, str] = {str: "str", bool: "bool", int: "int", list: "list", dict: "dict", Any: "raw"}
            if get_origin(plain) is Literal:
                assert (option["type"], option["choices"]) == ("str", list(get_args(plain))), name
            else:
                assert option["type"] == types[get_origin(plain) or plain], name
            assert optional is ("default" not in option and not option.get("required")), name
            if get_origin(plain) is list:
                (element,) = get_args(plain)
                if get_origin(element) is Literal:
                    assert (option["elements"], option["choices"]) == ("str", list(get_args(element))), name
                elif is_dataclass(element):
                    fields = {key: without_none(item)[0] for key, item in get_type_hints(element).items()}
                    assert option["elements"] == "dict", name
                    assert {key: item["type"] for key, item in option["options"].items()} == {
                        key: types[item] for key, item in fields.items()
                    }, name
                else:
                    assert option["elements"] == {str: "str", Any: "raw"}[element], name


@pytest.mark.parametrize("kind", ROLES)
def test_the_defaults_are_good(kind: type[Options]) -> None:
    options = made(kind)
    for name, field in kind.variables().items():
        assert getattr(options, field.name) == defaults(kind).get(name)


NODES = [ClientNode(address="10.0.1.17", port=8111, url=None)]
GOOD: list[tuple[type[Options], str, Any, Any]] = [
    (OwnerOptions, "prune", "false", False),
    (OwnerOptions, "prune", "Yes", True),
    (OwnerOptions, "prune", 1, True),
    (OwnerOptions, "dns_resolution", "", None),
    (OwnerOptions, "dns_resolution", None, None),
    (OwnerOptions, "dns_resolution", "no", False),
    (OwnerOptions, "account_id", 111111111111, "111111111111"),
    (OwnerOptions, "account_id", "000000000001", "000000000001"),
    (OwnerOptions, "account_id", None, ""),
    (OwnerOptions, "max_session_duration", "7200", 7200),
    (OwnerOptions, "consumers", "documents/a.yml, documents/b.yml", ["documents/a.yml", "documents/b.yml"]),
    (OwnerOptions, "consumers", {"kind": "x"}, [{"kind": "x"}]),
    (OwnerOptions, "consumers", '[{"kind": "x"}]', [{"kind": "x"}]),
    (OwnerOptions, "tags", {"CostCenter": 12345, "Public": True}, {"CostCenter": "12345", "Public": "True"}),
    (OwnerOptions, "tags", '{"Team": "a"}', {"Team": "a"}),
    (OwnerOptions, "tags", "Team=a, Env=b", {"Team": "a", "Env": "b"}),
    (OwnerOptions, "tags", {7: "x"}, {"7": "x"}),
    (ConsumerOptions, "subnet_ids", "subnet-0a", ["subnet-0a"]),
    (ConsumerOptions, "subnet_ids", "subnet-0a,subnet-0b", ["subnet-0a", "subnet-0b"]),
    (ConsumerOptions, "subnet_ids", None, []),
    (ConsumerOptions, "availability_zones", '["us-east-1a"]', ["us-east-1a"]),
    (ConsumerOptions, "vpc_pools", "10.0.0.0/8", ["10.0.0.0/8"]),
    (ConsumerOptions, "role_path", "/teams/dax/", "/teams/dax/"),
    (ClientOptions, "languages", "python, go", ["python", "go"]),
    (ClientOptions, "languages", '["dotnet"]', ["dotnet"]),
    (ClientOptions, "languages", None, []),
    (ClientOptions, "ip_family", "", None),
    (ClientOptions, "ip_family", None, None),
    (ClientOptions, "ip_family", "ipv6", "ipv6"),
    (ClientOptions, "role_arn", "", None),
    (ClientOptions, "owner", "1000", "1000"),
    (ClientOptions, "group", "EXAMPLE\\domain users", "EXAMPLE\\domain users"),
    (ClientOptions, "session_duration", "1800", 1800),
    (ClientOptions, "aws_config_path", None, ""),
    (ClientOptions, "python", "/opt/my python/bin/python3", "/opt/my python/bin/python3"),
    (ClientOptions, "key", '{"pk": {"S": "1"}}', {"pk": {"S": "1"}}),
    (ClientOptions, "key", "", None),
    (ClientOptions, "verify_nodes", '[{"address": "10.0.1.17", "port": "8111"}]', NODES),
    (ClientOptions, "verify_nodes", {"address": "10.0.1.17", "port": 8111, "url": None}, NODES),
    (ConsumerOptions, "permissions_boundary", "arn:aws-cn:iam::aws:policy/A", "arn:aws-cn:iam::aws:policy/A"),
    (ConsumerOptions, "connection", {"region": "x", "validate_certs": False}, {"region": "x", "validate_certs": False}),
]


@pytest.mark.parametrize(("kind", "name", "given", "meant"), GOOD, ids=lambda value: str(value)[:40])
def test_what_is_given_in_another_form_means_the_same(kind: type[Options], name: str, given: Any, meant: Any) -> None:
    found = getattr(made(kind, **{f"{kind.PREFIX}{name}": given}), name)
    assert found == meant
    assert type(found) is type(meant)


# By kind of annotation. What a text may not be depends on its pattern: see BAD_TEXT.
BAD: dict[Any, list[Any]] = {
    bool: ["perhaps", 2, -1, 1.5, [], {}, ["true"], {"a": 1}, "true\n+ x", "\x1b[2J"],
    int: ["", "x", "1.5", 1.5, True, [], {}, [3600], "3600\n", "\u0663\u0666", "9" * 5000, -1, 10**12],
    str: [5.5, True, [], {}, ["x"], {"a": "x"}, "a\nb", "a\x1b[2J", "a\x00", "a\u2028b"],
    list: [5, True, 5.5, {"a": 1}, ["a", 5], ["a", None], [["a"]], ["a\nb"], "a\nb", "\x1b[2J"],
    dict: [5, True, "x", ["x"], [], "{", {"a": None}, {"a": ["b"]}, {"a": {"b": 1}}, {"a": "x\ny"}, {"a\x1b": "x"}],
    Literal: ["", "x", None, 5, True, [], {}, ["present"], "present\n", "PRESENT"],
}
BAD_TEXT: dict[str, list[Any]] = {
    "account_id": ["11111111111", "x" * 12, 83, "\uff11" * 12, "111111111111 "],
    "owner_account_id": ["11111111111", 83, "x" * 12],
    "allowed_accounts": ["11111111111", [83], [111111111111, "x"], "a,b"],
    "cluster_name": ["", None, "1a", "a--b", "a-", "x" * 21, "a b", 5],
    "role_name": ["", None, "a b", "a/b", "x" * 65, "ä", 5],
    "role_path": ["", None, "x", "/x", "x/", "//", "/a b/", "/a:b/", "/" + "a/" * 9, f"/{'a' * 129}/", 5],
    "policy_name": ["", None, "a b", "x" * 129, 5],
    "instance_id": ["i-", "i-xyz", "i-0a i-0b", "ami-0a", 5],
    "playbook": ["", None, "a;b", "$(id)", "-e\n", "x" * 256],
    "instance_profile_name": ["", None, "a b", "x" * 129, 5],
    "permissions_boundary": ["x", "arn:aws:iam::1:policy/x", "arn:aws:iam::aws:role/x", 5],
    "external_id": ["x", "a b", "x" * 1225, 83],
    "session_name_pattern": ["a b", "x" * 65, "a/b"],
    "security_group_id": ["x", "sg-", "sg-xyz", "sg-0123…", "0.0.0.0/0", "vpc-0a"],
    "vpc_id": ["x", "vpc-", "vpc-xyz", "sg-0a"],
    "subnet_ids": ["subnet-xyz", ["vpc-0a"], "vpc-0a"],
    "availability_zones": ["us-east-1", ["a"]],
    "instance_type": ["", None, "t3", "T3.micro", "t3 micro", 5],
    "image_id": ["ami", "ami-xyz", "resolve:x", 5],
    "security_group_name": ["", None, "sg-x", "x" * 256, "ä"],
    "key_name": ["x" * 256, "ä"],
    "languages": ["ruby", ["Python"], [None], "python;go"],
    "dest": ["", None, 5],
    "owner": ["-x", "a:b", "a/b", " a", 1000],
    "group": ["-x", "a:b", "a/b", "a ", 1000],
    "directory_mode": ["", None, "755x", "0855", "75", "u=rwx", 493],
    "role_arn": ["x", "arn:aws:iam::1:role/x", "arn:aws:iam::111111111111:user/x", 5],
    "session_name": ["", None, "x", "a b", "a/b", "x" * 65, 5],
    "sts_region": ["x", "us-east", "us-east-1a", "https://sts.us-east-1.amazonaws.com", 5],
    "profile_name": ["a b", "a]", "x" * 129, 5],
    "python": ["", None, "-c", " python3", 3.11],
    "table": ["ab", "a b", "x" * 256, "arn:aws:dynamodb:us-east-1:111111111111:table/orders", 123],
    "key": [[{"pk": {"S": "1"}}], '["pk"]'],
    "verify_nodes": [
        "10.0.1.17:8111",
        ["10.0.1.17:8111"],
        [{}],
        [{"address": "x"}],
        [{"port": 8111}],
        [{"address": "", "port": 8111}],
        [{"address": "a b", "port": 8111}],
        [{"address": "-x", "port": 8111}],
        [{"address": 5, "port": 8111}],
        [{"address": "x", "port": 0}],
        [{"address": "x", "port": 65536}],
        [{"address": "x", "port": "y"}],
        [{"address": "x", "port": 8111, "url": 5}],
        [{"address": "x", "port": 8111, "zone": "a"}],
        [{"address": "x" * 300, "port": 8111}],
    ],
}
BAD_NUMBER: dict[str, list[Any]] = {
    "max_session_duration": [0, 3599, 43201, "0"],
    "trust_policy_quota": [0, 2047, 8193],
    "wait_timeout": [86401],
    "subnet_count": [0, 201],
    "session_duration": [0, 900, 1799, 3601, "7200"],
}
BAD_TAGS: list[Any] = [
    {"aws:x": "y"},
    {"AWS:x": "y"},
    {"": "x"},
    {"x" * 129: "y"},
    {"x": "y" * 257},
    {"dax.cross_account:x": "y"},
    *({"x": f"a{char}b"} for char in ",;!#$%^&*()[]{}<>|?'\"`~"),
    {"a,b": "x"},
    {"x": "\u2603"},
    {"Team": "a", "team": "b"},
    {"STRASSE": "a", "stra\u00dfe": "b"},
    {"name": "x"},
    {f"key{number}": "x" for number in range(48)},
]
GOOD_TAGS: list[dict[str, str]] = [
    {"x" * 128: "y" * 256},
    {"Name": "x"},
    {"a b": "\u00e4\u0663 \u4e2d_.:/=+-@"},
    {"x": ""},
    {"Team": "a", "Team2": "a"},
    {f"key{number}": "x" for number in range(47)},
    {"Name": "x", **{f"key{number}": "x" for number in range(47)}},
]
# Any text will do; the plan checks what it means.
FREE_TEXT = frozenset(
    {
        *("name", "vpc_cidr", "document_path", "plan_path", "plan_file"),
        *("aws_config_path", "json_path", "junit_path", "report_path", "svg_path"),
    }
)


def wrong_values() -> Iterator[tuple[type[Options], str, Any]]:
    for kind in ROLES:
        hints = get_type_hints(kind)
        for name in (field.name for field in kind.variables().values()):
            plain, optional = without_none(hints[name])
            base = get_origin(plain) or plain
            values = [*BAD.get(base, []), *BAD_TEXT.get(name, []), *BAD_NUMBER.get(name, [])]
            values += BAD_TAGS if name == "tags" else []
            if optional:
                values = [value for value in values if value not in ("", None)]
            if plain is Any:
                values = [None, ""]
            elif plain == dict[str, Any]:
                values = [value for value in values if not isinstance(value, dict)]
            elif plain == list[Any]:
                values = [5, True, 5.5]
            elif base is int:
                values = [value for value in values if name != "vpc_prefix" or value not in (-1, 10**12)]
            for value in values:
                if (base, value) != (list, {"a": 1}) or plain != list[Any]:
                    yield kind, name, value


@pytest.mark.parametrize(("kind", "name", "value"), list(wrong_values()), ids=lambda value: repr(value)[:40])
def test_a_wrong_value_is_refused_in_one_line_that_names_the_variable(
    kind: type[Options], name: str, value: Any
) -> None:
    with pytest.raises(OptionsError) as caught:
        made(kind, **{f"{kind.PREFIX}{name}": value})
    line = str(caught.value)
    assert line.startswith(f"{kind.PREFIX}{name} ")
    assert line.isprintable()
    assert len(line) < 300


@pytest.mark.parametrize("tags", GOOD_TAGS, ids=lambda value: str(value)[:40])
def test_tags_that_every_resource_takes(tags: dict[str, str]) -> None:
    assert made(OwnerOptions, dax_account_a_tags=tags).tags == tags


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        ({"Team": "a", "team": "b"}, "holds the key 'team', which differs from the key 'Team' in case only"),
        ({"NAME": "a"}, "holds the key 'NAME', which differs from that of this collection in case only"),
        ({f"key{n}": "x" for n in range(48)}, "holds 48 tags, and with 3 of this collection a resource takes 50"),
        ({"cost": "1,5"}, "which has a character that IAM takes in no tag"),
    ],
)
def test_what_is_wrong_with_tags_is_said(tags: dict[str, str], says: str) -> None:
    with pytest.raises(OptionsError) as caught:
        made(ConsumerOptions, dax_account_b_tags=tags)
    assert says in str(caught.value)


def test_tags_that_only_find_a_vpc_are_not_bound_by_what_iam_takes() -> None:
    tags = {"Env": "a,b", "env": "c"}
    assert made(ConsumerOptions, dax_account_b_vpc_tags=tags).vpc_tags == tags


def test_the_role_of_a_consumer_has_no_comma_and_the_owners_may() -> None:
    assert made(OwnerOptions, dax_account_a_role_name="Dax,Role").role_name == "Dax,Role"
    with pytest.raises(OptionsError, match=r"dax_account_b_role_name is 'Dax,Role', expected 1 to 64 letters, digits"):
        made(ConsumerOptions, dax_account_b_role_name="Dax,Role")


def test_every_text_has_a_pattern_or_may_be_any() -> None:
    for kind in ROLES:
        hints = get_type_hints(kind)
        for field in kind.variables().values():
            if without_none(hints[field.name])[0] in (str, list[str]) and field.name not in FREE_TEXT | {"vpc_pools"}:
                assert field.name in BAD_TEXT, field.name


def test_a_number_that_yaml_may_have_changed_is_to_be_quoted() -> None:
    with pytest.raises(OptionsError, match=r"dax_account_a_external_id is the number 83, .*; quote it"):
        made(OwnerOptions, dax_account_a_external_id=83)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(OptionsError) as caught:
        made(OwnerOptions, dax_account_a_prune="x", dax_account_a_role_name="", dax_account_a_cluster_name=None)
    assert [line.split(" ")[0] for line in str(caught.value).splitlines()] == [
        "dax_account_a_cluster_name",
        "dax_account_a_prune",
        "dax_account_a_role_name",
    ]


def test_a_required_variable_that_is_missing() -> None:
    variables = defaults(OwnerOptions)
    del variables["dax_account_a_cluster_name"]
    with pytest.raises(OptionsError, match=r"^dax_account_a_cluster_name is required$"):
        OwnerOptions.from_variables(variables)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "dax_account_b_vpc_cdir",
            "dax_account_b_vpc_cdir: there is no such variable, did you mean dax_account_b_vpc_cidr",
        ),
        ("dax_account_b_consumer_documents", "there is no such variable; the role's README lists"),
        ("dax_account_b_x\n+ create", "there is no such variable; the role's README lists"),
    ],
)
def test_a_name_that_the_role_does_not_have(name: str, says: str) -> None:
    with pytest.raises(OptionsError) as caught:
        made(ConsumerOptions, **{name: 1})
    assert says in str(caught.value)
    assert str(caught.value).isprintable()


def test_other_peoples_variables_and_the_roles_outputs_are_passed_over() -> None:
    made(ConsumerOptions, dax_account_a_state="x", dax_account_b_plan={}, dax_account_b_summary={}, region="x")
