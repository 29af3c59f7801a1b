# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that is anybody's business survives in a transcript: whole requests and answers are filled with secrets.

The shapes are those of botocore's own service models, so that every member of an answer has its turn.
"""

from __future__ import annotations

import json
import re
import string
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from aws_suite import transcript
from aws_suite.masking import FILTERS, WORDS, Masker, error_code, error_message, kind_of, merge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KEY = b"k" * 32
DIGITS, HEX = string.digits, "0123456789abcdef"
BASE64 = string.ascii_letters + DIGITS + "+/="


def of(alphabet: str, low: int, high: int | None = None) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=low, max_size=high or low)


ACCOUNTS = of(DIGITS, 12)
IPS = st.tuples(*[st.integers(1, 254)] * 4).map(lambda parts: ".".join(map(str, parts)))
IDS = st.tuples(st.sampled_from(["vpc", "subnet", "sg", "i", "pcx", "rtb", "ami", "eni"]), of(HEX, 17)).map("-".join)
SECRETS = st.one_of(
    ACCOUNTS,
    IPS,
    IDS,
    IPS.map(lambda address: f"{address}/24"),
    st.ip_addresses(v=6).map(str).filter(lambda text: len(text) > 5),
    st.tuples(st.sampled_from(["AKIA", "ASIA", "AROA", "AIDA"]), of(string.ascii_uppercase + DIGITS, 16)).map("".join),
    of(BASE64, 40),  # a secret key
    of(BASE64, 200, 400),  # a session token
    st.tuples(of(string.ascii_lowercase, 6), of(string.ascii_lowercase, 6)).map(lambda two: f"{two[0]}@{two[1]}.com"),
    st.tuples(ACCOUNTS, of(string.ascii_letters, 12)).map(lambda two: f"arn:aws:iam::{two[0]}:role/{two[1]}"),
    st.tuples(ACCOUNTS, IDS).map(lambda two: f"arn:aws:ec2:us-east-1:{two[0]}:vpc/{two[1]}"),
    of(string.ascii_letters + DIGITS, 12, 60).map(lambda name: f"{name}.example.com"),
    st.uuids().map(str),
    of(HEX, 24, 64),
    # Names of customers, descriptions, policies.
    st.text(string.ascii_letters, min_size=21, max_size=60),
    # A word of AWS's own that is shown as it is, and that Hypothesis picks up from the code, is no secret.
    st.text(min_size=9, max_size=60).filter(lambda text: f"={text}" not in CLOSED),
)
# A plain word and the name of an action are shown, whatever marks are around them.
PUBLIC = re.compile(r"[\W_]*([a-z0-9-]+:)?[A-Za-z]+[\W_]*")
OPERATIONS = [
    ("sts", "AssumeRole"),
    ("sts", "GetCallerIdentity"),
    ("ec2", "DescribeInstances"),
    ("ec2", "DescribeVpcPeeringConnections"),
    ("ec2", "DescribeSecurityGroupRules"),
    ("ec2", "RunInstances"),
    ("iam", "GetRole"),
    ("iam", "CreateAccessKey"),
    ("iam", "SimulatePrincipalPolicy"),
    ("dax", "DescribeClusters"),
    ("ssm", "GetCommandInvocation"),
    ("ssm", "GetParameters"),
]


@cache
def model(service: str, operation: str) -> Any:
    return botocore.session.Session().get_service_model(service).operation_model(operation)


def fill(shape: Any, secret: Any, depth: int = 0) -> Any:
    """Return a value of a shape with a secret wherever text can be, also where the model knows a set of words."""
    kind = shape.type_name
    if kind == "structure":
        return {name: fill(member, secret, depth + 1) for name, member in shape.members.items()} if depth < 7 else {}
    if kind == "list":
        return [fill(shape.member, secret, depth + 1), fill(shape.member, secret, depth + 1)] if depth < 7 else []
    if kind == "map":
        return {secret: fill(shape.value, secret, depth + 1)}
    values = {
        "boolean": True,
        "integer": 8111,
        "long": 2**40,
        "double": 1.5,
        "float": 1.5,
        "blob": secret.encode("utf-8", "replace"),
    }
    return values.get(kind, secret)


def written(tmp_path: Path, line: dict[str, Any]) -> str:
    """Return the text of a transcript that has one recorded line."""
    raw = tmp_path / "raw"
    raw.mkdir(exist_ok=True)
    (raw / "1.jsonl").write_text(json.dumps({"at": 1.0, "step": "site", **line}) + "\n", encoding="utf-8")
    path = tmp_path / "transcript.jsonl"
    transcript.write(path, {}, transcript.collect(raw))
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("service", "operation"), OPERATIONS, ids=[f"{row[0]}-{row[1]}" for row in OPERATIONS])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=SECRETS)
def test_no_secret_survives_in_a_request_or_an_answer(
    service: str, operation: str, secret: str, tmp_path: Path
) -> None:
    asked, masker = model(service, operation), Masker(KEY)
    line = {
        "request": masker.shape(fill(asked.input_shape, secret), asked.input_shape),
        "answer": masker.shape(fill(asked.output_shape, secret), asked.output_shape),
    }
    text = written(tmp_path, line)
    assert json.dumps(secret)[1:-1] not in text
    for part in re.findall(r"[A-Za-z0-9]{12,}", secret):
        assert part not in re.sub(r'"[A-Za-z0-9]+":', "", text)
    assert alphabet(json.loads(text.splitlines()[1])["answer"]) <= CLOSED


# The words that may stand in a shape as they are, whatever is put in: those of a list, and those of a model.
MODEL_WORDS = {
    f"={word}"
    for service, operation in OPERATIONS
    for shape in [
        model(service, operation).service_model.shape_for(name)
        for name in model(service, operation).service_model.shape_names
    ]
    for word in getattr(shape, "enum", None) or ()
}
CLOSED = {f"={word}" for word in WORDS | FILTERS} | MODEL_WORDS | {"=tag", "=8111", "=true"}


def alphabet(shape: Any) -> set[str]:
    """Return the literal words of a shape's leaves."""
    if isinstance(shape, dict):
        return set().union(*map(alphabet, shape.values())) if shape else set()
    if isinstance(shape, list):
        return alphabet(shape[0]) if shape else set()
    words = shape.split("|") if isinstance(shape, str) else [f"={str(shape).lower()}"]
    return {word for word in words if word.startswith("=")}


@settings(max_examples=300, deadline=None)
@given(
    secret=SECRETS.filter(lambda text: not PUBLIC.fullmatch(text) and len(text.split()) == 1 and text.strip() == text),
    edge=st.sampled_from(["{}", "'{}'", "({}).", "[{}],", '"{}"']),
)
def test_no_secret_survives_in_the_words_of_an_error(secret: str, edge: str) -> None:
    told = error_message(f"User: {edge.format(secret)} is not authorized to perform: ec2:CreateVpc on {secret}")
    assert secret not in told.replace("ec2:CreateVpc", "")
    assert "is not authorized to perform: ec2:CreateVpc on" in told


def test_names_in_the_words_of_an_error_are_hidden() -> None:
    said = "The role with name payments cannot be found. User alice may not."
    assert error_message(said) == "The role with name <text> cannot be found. User <text> may not."
    assert error_message("Denied to Alice", frozenset({"alice"})) == "Denied to <text>"


@given(SECRETS)
def test_a_code_is_a_word_or_unknown(secret: str) -> None:
    assert error_code(secret) == "unknown" or secret.isalpha()
    assert error_code("InvalidVpcID.NotFound") == "InvalidVpcID.NotFound"


@given(SECRETS, SECRETS)
def test_the_same_text_has_the_same_mark_and_another_key_another(one: str, two: str) -> None:
    marks = Masker(KEY).mark(one), Masker(KEY).mark(one), Masker(b"other" * 8).mark(one), Masker(KEY).mark(two)
    assert marks[0] == marks[1] != marks[2]
    assert (marks[0] == marks[3]) is (one == two)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("123456789012", "account"),
        ("arn:aws:iam::123456789012:role/x", "arn:iam"),
        ("arn:aws:bedrock:::x", "arn"),
        ("vpc-0123456789abcdef0", "vpc"),
        ("vpce-svc-0123456789abcdef0", "vpce-svc"),
        ("10.0.0.1", "ip"),
        ("10.0.0.0/16", "cidr"),
        ("2001:db8::/56", "ipv6-cidr"),
        ("ASIAIOSFODNN7EXAMPLE", "key-id"),
        ("us-east-1", "region"),
        ("us-east-1a", "zone"),
        ("use1-az3", "zone-id"),
        ("someone@example.com", "e-mail"),
        ("dax://orders.example.com:8111", "url"),
        ("secret-project", "text"),
        ("", "empty"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_words_that_the_model_knows_are_kept() -> None:
    shape = model("ec2", "DescribeVpcPeeringConnections").output_shape
    peerings = [{"Status": {"Code": code, "Message": "x"}} for code in ("active", "deleted")]
    masked = Masker(KEY).shape({"VpcPeeringConnections": peerings}, shape)
    assert masked == {"VpcPeeringConnections": [{"Status": {"Code": "=active|=deleted", "Message": "text"}}]}


def test_a_policy_and_members_that_the_model_does_not_know_are_not_looked_into() -> None:
    shape = model("iam", "GetRole").output_shape
    role = {"AssumeRolePolicyDocument": {"Statement": ["x"]}, "New": "customer"}
    assert Masker(KEY).shape({"Role": role}, shape) == {"Role": {"AssumeRolePolicyDocument": "document"}}


@given(
    st.recursive(
        st.sampled_from(["=a", "text", "vpc", True, 7]),
        lambda inner: st.dictionaries(st.sampled_from("xyz"), inner) | st.lists(inner, max_size=1),
    ),
    st.data(),
)
def test_merging_is_the_same_in_either_order_and_with_itself(shape: Any, data: Any) -> None:
    assert merge(shape, shape) == shape
    other = data.draw(st.sampled_from(["=b", "text", False]))
    assert merge(shape, other) == merge(other, shape)
