# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM and STS as strict as AWS. Importing it registers the overrides and layers."""

from dax_emulator.iam import (
    assume_role,
    consistency,
    deletions,
    identity,
    lists,
    names,
    roles,
    simulate,
    tags,
    validation,
)

__all__ = [
    "assume_role",
    "consistency",
    "deletions",
    "identity",
    "lists",
    "names",
    "roles",
    "simulate",
    "tags",
    "validation",
]
