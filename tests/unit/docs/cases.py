# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All states of docs/what_it_does_when.md, by the names that it gives them."""

from __future__ import annotations

from ansible_collections.dax.cross_account.tests.unit.docs import plan_cases
from ansible_collections.dax.cross_account.tests.unit.docs.adoption_cases import ADOPTION_CASES
from ansible_collections.dax.cross_account.tests.unit.docs.aws_cases import AWS_CASES
from ansible_collections.dax.cross_account.tests.unit.docs.consumer_cases import CONSUMER_CASES
from ansible_collections.dax.cross_account.tests.unit.docs.owner_cases import OWNER_CASES

CASES = plan_cases.CASES | ADOPTION_CASES | AWS_CASES | CONSUMER_CASES | OWNER_CASES
assert len(CASES) == sum(map(len, (plan_cases.CASES, ADOPTION_CASES, AWS_CASES, CONSUMER_CASES, OWNER_CASES)))
