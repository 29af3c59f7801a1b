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
