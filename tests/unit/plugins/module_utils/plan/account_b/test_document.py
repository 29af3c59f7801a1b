# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import check_consumer_document
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import built_b, facts_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import plan


def test_the_consumer_document_is_one_that_account_a_takes() -> None:
    document = plan(built_b())["document"]
    assert document == build.consumer()
    assert check_consumer_document(document) == document


def test_the_document_of_an_empty_account_says_what_is_known() -> None:
    document = plan(facts_b())["document"]
    unknown: dict[str, Any] = dict.fromkeys(("vpc_id", "peering_connection_id", "security_group_id"))
    assert document == build.consumer(**unknown, cidr_blocks=["10.1.0.0/24"])


@pytest.mark.parametrize(
    ("own", "asked", "expected"), [("", None, None), ("ex", None, "ex"), ("", "why", "why"), ("ex", "why", "ex")]
)
def test_the_external_id(own: str, asked: str | None, expected: str | None) -> None:
    assert plan(facts_b(), {"external_id": asked}, external_id=own)["document"]["external_id"] == expected


def test_the_document_of_the_removal_names_whom_account_a_has_to_remove() -> None:
    assert plan(built_b(), state="absent")["document"] == build.consumer()
    nothing = plan(facts_b(), state="absent")["document"]
    assert (nothing["vpc_id"], nothing["cidr_blocks"], nothing["role_arn"]) == (None, [], build.ROLE_B)
