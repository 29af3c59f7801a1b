# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec
from ansible_collections.dax.cross_account.plugins.plugin_utils import account

KEYS = {"access_key": "AKIA", "secret_key": "s"}
NONE = {"profile": "", "access_key": "", "secret_key": "", "session_token": ""}


@pytest.mark.parametrize(
    ("connection", "arguments"),
    [
        ({}, {}),
        ({"region": "us-east-1"}, {"region": "us-east-1"}),
        ({"profile": "owner"}, {**NONE, "profile": "owner"}),
        (KEYS, {**NONE, **KEYS}),
        ({**KEYS, "session_token": "t"}, {**NONE, **KEYS, "session_token": "t"}),
    ],
)
def test_an_account_with_credentials_says_all_that_identifies(
    connection: dict[str, Any], arguments: dict[str, Any]
) -> None:
    assert account.module_arguments(connection) == arguments


def test_credentials_of_its_own_take_nothing_of_the_defaults() -> None:
    defaults = {"profile": "shared", "region": "us-east-1", "endpoint_url": "http://x"}
    assert account.merged(defaults, KEYS) == {**KEYS, "region": "us-east-1", "endpoint_url": "http://x"}
    assert account.merged(defaults, {"region": "eu-west-1"}) == {**defaults, "region": "eu-west-1"}


SHELL = {
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "x",
    "AWS_ENDPOINT_URL_DYNAMODB": "x",
    "AWS_PROFILE": "x",
    "AWS_CA_BUNDLE": "x",
    "AWS_CONFIG_FILE": "x",
    "PATH": "x",
    "AWS_X; touch x": "x",
}
KEPT = dict.fromkeys(("AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "PATH", "AWS_X; touch x"), "x")
NO_FILES = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), "/dev/null")


@pytest.mark.parametrize(
    ("connection", "shell", "expected"),
    [
        ({}, SHELL, SHELL),
        ({"region": "us-east-1"}, SHELL, SHELL),
        ({"profile": "owner"}, SHELL, KEPT),
        ({"profile": "owner"}, {"PATH": "x"}, {"PATH": "x"}),
        (KEYS, {}, NO_FILES),
        (KEYS, SHELL, {**KEPT, **NO_FILES}),
    ],
)
def test_the_shells_aws_settings_are_taken_out_but_for_how_aws_is_reached(
    connection: dict[str, Any], shell: dict[str, str], expected: dict[str, str]
) -> None:
    assert account.environment(shell, connection) == expected


ROLE = "arn:aws:iam::222222222222:role/teams/Deployer"
GOOD_KEYS = {"access_key": "AKIAEXAMPLE", "secret_key": "a-secret-of-some-length"}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({}, {}),
        ({"aws_profile": "owner", "aws_region": "us-east-1"}, {"profile": "owner", "region": "us-east-1"}),
        ({"aws_access_key": "AKIA", "aws_secret_key": "s" * 40}, {"access_key": "AKIA", "secret_key": "s" * 40}),
        ({**GOOD_KEYS, "session_token": ""}, GOOD_KEYS),
        ({**GOOD_KEYS, "session_token": None}, GOOD_KEYS),
        ({**GOOD_KEYS, "region": "", "endpoint_url": "", "assume_role_arn": "", "external_id": ""}, GOOD_KEYS),
        ({**GOOD_KEYS, "aws_region": "", "session_name": None, "duration": ""}, GOOD_KEYS),
        ({**GOOD_KEYS, "validate_certs": False}, {**GOOD_KEYS, "validate_certs": False}),
        ({"assume_role_arn": ROLE, "duration": "900"}, {"assume_role_arn": ROLE, "duration": 900}),
        ({**GOOD_KEYS, "assume_role_arn": "", "external_id": None, "session_name": "", "duration": ""}, GOOD_KEYS),
    ],
)
def test_other_names_of_an_option_mean_the_option(given: dict[str, Any], meant: dict[str, Any]) -> None:
    assert account.checked("v", given) == meant


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"colour": 1}, "has no option 'colour'; it takes access_key"),
        ({"x\n[default]": 1}, r"has no option 'x\\n\[default\]'"),
        ({"profile": "a", "aws_profile": "b"}, "has profile under two names"),
        ({"access_key": "", "secret_key": ""}, "access_key is empty; set the variable that it comes from"),
        ({"access_key": None, "secret_key": None}, "access_key is empty"),
        ({"access_key": "AKIA", "secret_key": ""}, "secret_key is empty"),
        ({"profile": ""}, "profile is empty"),
        ({"access_key": "AKIA"}, "has access_key without secret_key"),
        ({"secret_key": "s" * 40}, "has secret_key without access_key"),
        ({"session_token": "s" * 40}, "has session_token without access_key"),
        ({**GOOD_KEYS, "profile": "owner"}, "has a profile and keys"),
        ({"access_key": "AKIA", "secret_key": "test"}, "secret_key has fewer than 8 characters"),
        ({**GOOD_KEYS, "session_token": "x"}, "session_token has fewer than 8 characters"),
        ({**GOOD_KEYS, "external_id": "ticket"}, "has external_id without assume_role_arn"),
        ({**GOOD_KEYS, "duration": 900}, "has duration without assume_role_arn"),
        ({"assume_role_arn": "Deployer"}, "assume_role_arn is 'Deployer', expected the ARN of an IAM role"),
        ({"assume_role_arn": f"{ROLE}\n"}, "assume_role_arn is .*, expected the ARN of an IAM role"),
        ({"assume_role_arn": ROLE, "external_id": "a b"}, "external_id is 'a b', expected 2 to 1224 letters"),
        ({"assume_role_arn": ROLE, "session_name": "x"}, "session_name is 'x', expected 2 to 64 letters"),
        ({"assume_role_arn": ROLE, "duration": 899}, "duration is 899, expected a number of seconds from 900 to 43200"),
        ({"assume_role_arn": ROLE, "duration": 43201}, "duration is 43201, expected"),
        ({"assume_role_arn": ROLE, "duration": True}, "duration is True, expected"),
        ({"assume_role_arn": ROLE, "duration": "1h"}, "duration is '1h', expected"),
        ({"assume_role_arn": ROLE, "mfa_serial_number": "x"}, "has no option 'mfa_serial_number'"),
    ],
)
def test_a_connection_that_would_lead_elsewhere_is_refused_in_one_line(given: dict[str, Any], says: str) -> None:
    with pytest.raises(account.ConnectionError, match=f"^dax_account_b_connection.*{says}") as caught:
        account.checked("dax_account_b_connection", given)
    assert str(caught.value).isprintable()
    assert not any(str(value) in str(caught.value) for key, value in given.items() if "secret" in key and value)


def test_every_option_of_amazon_aws_is_known() -> None:
    known = {option: {*spec.get("aliases", [])} for option, spec in aws_argument_spec().items()}
    assert known == {option: set(names) for option, names in account._OPTIONS.items()}
