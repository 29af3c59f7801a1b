# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents as files on the controller."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..module_utils.common.text import printable
from .strict_yaml import MAX_BYTES, Refused, load


class DocumentFileError(Exception):
    """A file that cannot be used; the message is one line that names the variable and the fix."""


def read_document(path: str) -> Any:
    """Return what a YAML or JSON file on the controller holds, or one line that says why it could not be read."""
    name = printable(path)
    try:
        if not os.path.isfile(path):
            return f"{name} cannot be read as a document: {'is no file' if os.path.exists(path) else 'No such file'}"
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        return f"{name} cannot be read as a document: {error.strerror}"
    return _parsed(name, content)


def _parsed(name: str, content: bytes) -> Any:
    """Return the document in a text, or one line that says why there is none."""
    try:
        if len(content) > MAX_BYTES:
            return f"{name} cannot be read as a document: it has more than {MAX_BYTES} bytes"
        document = load(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return f"{name} cannot be read as a document: it is no text in UTF-8"
    except Refused as error:
        return printable(f"{name} cannot be read as a document: {error}")
    if isinstance(document, dict):
        return document
    found = "nothing" if document is None else type(document).__name__
    return f"{name} holds no document: expected a mapping with 'kind', got {found}"


def is_text(value: Any) -> bool:
    """Tell whether a value is the text of a document, as jobs of a controller hand it on, and no path."""
    return isinstance(value, str) and value.lstrip().startswith("{")


def given_document(value: Any) -> Any:
    """Return a document that is given as a dictionary, JSON text or a path; None for a file that is not there yet."""
    if isinstance(value, Mapping):
        return value
    if is_text(value):
        return _parsed("the text", value.encode("utf-8", "replace"))
    path = os.path.expanduser(str(value))
    return read_document(path) if os.path.exists(path) else None


def check_path(variable: str, path: str) -> None:
    """Refuse a path that a document could not be written to, before anything is written anywhere.

    :param variable: the variable that holds it.
    :raises DocumentFileError: for a directory, a link, and a directory that is not there.
    """
    if not path:
        return
    target = Path(path).expanduser().absolute()
    if target.is_symlink():
        # What it leads to may be anything, and is not what the variable names.
        raise DocumentFileError(f"{variable}: {target} is a symbolic link; give the path of the file itself")
    if target.exists() and not target.is_file():
        raise DocumentFileError(f"{variable}: {target} is a directory or no file; give the path of a file")
    if not target.parent.is_dir():
        raise DocumentFileError(
            f"{variable}: there is no directory {target.parent} on the controller; make it, or correct the path"
        )


def write_document(variable: str, path: str, document: Mapping[str, Any]) -> bool:
    """Write a document, ``.json`` as JSON and anything else as YAML; tell whether the file changed.

    The file is replaced in one go, so that there is never half a document. One that holds an external id is for its
    owner's eyes only.

    :raises DocumentFileError: when it cannot be written.
    """
    mode = 0o600 if document.get("external_id") else 0o644
    if Path(path).suffix == ".json":
        text = json.dumps(document, indent=2) + "\n"
    else:
        text = yaml.safe_dump(dict(document), sort_keys=False, explicit_start=True, width=10_000)
    return write_text(variable, path, text, mode)


def read_text(path: Path, most_bytes: int) -> str:
    """Return the text of a file on the controller that is data from outside.

    :raises DocumentFileError: in words that complete the file's name.
    """
    try:
        # Never one that reading waits for, such as a pipe.
        if not path.is_file():
            raise DocumentFileError("is no file" if path.exists() else "is not there")
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
        if len(content) > most_bytes:
            raise DocumentFileError(f"has more than {most_bytes} bytes")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise DocumentFileError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DocumentFileError("is no text in UTF-8") from error


def write_text(variable: str, path: str, text: str, mode: int) -> bool:
    """Write a text in one go, so that there is never half a file; tell whether the file changed.

    :param variable: the variable that holds the path.
    :raises DocumentFileError: when it cannot be written.
    """
    check_path(variable, path)
    target = Path(path).expanduser().absolute()
    try:
        if target.is_file() and target.read_bytes() == text.encode() and target.stat().st_mode & 0o777 & ~mode == 0:
            return False
        _replace(target, text, mode)
    except OSError as error:
        raise DocumentFileError(f"{variable}: {target} cannot be written: {error.strerror}") from error
    return True


def _replace(target: Path, text: str, mode: int) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except OSError:
        os.unlink(temporary)
        raise
