# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors as DAX sends them: a sequence of codes, a message, and what DynamoDB called the error."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from dax_emulator.dataplane import cbor

# The error that DynamoDB names, its code sequence and its HTTP status.
_DYNAMODB = (4, 37, 38, 39)
CODES: dict[str, tuple[tuple[int, ...], int]] = {
    "ProvisionedThroughputExceededException": ((*_DYNAMODB, 40), 400),
    "ResourceNotFoundException": ((*_DYNAMODB, 41), 400),
    "ConditionalCheckFailedException": ((*_DYNAMODB, 43), 400),
    "ResourceInUseException": ((*_DYNAMODB, 45), 400),
    "ValidationException": ((*_DYNAMODB, 46), 400),
    "InternalServerError": ((*_DYNAMODB, 47), 500),
    "ItemCollectionSizeLimitExceededException": ((*_DYNAMODB, 48), 400),
    "LimitExceededException": ((*_DYNAMODB, 49), 400),
    "ThrottlingException": ((*_DYNAMODB, 50), 400),
    "TransactionConflictException": ((*_DYNAMODB, 57), 400),
    "TransactionCanceledException": ((*_DYNAMODB, 58), 400),
    "TransactionInProgressException": ((*_DYNAMODB, 59), 400),
    "IdempotentParameterMismatchException": ((*_DYNAMODB, 60), 400),
    "RequestLimitExceeded": ((*_DYNAMODB, 61), 400),
    "AccessDeniedException": ((4, 37, 38, 42), 400),
    "NotImplementedException": ((4, 37, 38, 44), 400),
}
AUTHENTICATION_REQUIRED = (4, 23, 31, 33)
NO_SUCH_TABLE = (4, 23, 24)


class DaxError(Exception):
    """An error reply.

    Args:
        name: DynamoDB's name of the error.
        message: the text for the user.
        codes: the code sequence; by default the one of `name`.
        status: the HTTP status that DynamoDB would have sent.
        reasons: for a cancelled transaction, three values for each of its items: code, message, encoded item.
    """

    def __init__(
        self,
        name: str,
        message: str,
        codes: Sequence[int] | None = None,
        status: int | None = None,
        reasons: Sequence[Any] | None = None,
    ) -> None:
        super().__init__(message)
        known_codes, known_status = CODES.get(name, ((), 400))
        self.name = name
        self.message = message
        self.codes = tuple(codes or known_codes)
        self.status = status or known_status
        self.reasons = reasons

    def encode(self) -> bytes:
        """Return the reply's bytes: codes, message, details."""
        details: list[Any] = [uuid.uuid4().hex.upper(), self.name, self.status]
        if self.reasons is not None:
            details.append(list(self.reasons))
        return cbor.encode_all(list(self.codes), self.message, details)


def validation(message: str) -> DaxError:
    return DaxError("ValidationException", message)


def no_such_table(name: str) -> DaxError:
    message = f"Requested resource not found: Table: {name} not found"
    return DaxError("ResourceNotFoundException", message, NO_SUCH_TABLE)


def not_authenticated(name: str, message: str) -> DaxError:
    return DaxError(name, message, AUTHENTICATION_REQUIRED, 400)
