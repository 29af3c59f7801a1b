# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS errors as the emulator raises them."""

from __future__ import annotations

from localstack.aws.api import CommonServiceException


def aws_error(code: str, message: str, status: int = 400) -> Exception:
    """An error that LocalStack serializes in the protocol of the service that was called."""
    error: Exception = CommonServiceException(code, message, status_code=status, sender_fault=status < 500)
    return error
