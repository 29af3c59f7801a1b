# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a role's variables become typed options: converted by annotation, checked, one line for each wrong one. Pure."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, field, fields, is_dataclass, replace
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, Self, Union, get_args, get_origin, get_type_hints

from ..common.ownership import MOST_TAGS, TAG_KEY_LENGTH, TAG_VALUE_LENGTH, problem_of_tag_text
from ..common.ownership import PREFIX as OWN_TAGS
from ..common.text import shown

_TRUE = frozenset({"yes", "y", "on", "true", "t", "1"})
_FALSE = frozenset({"no", "n", "off", "false", "f", "0"})


class OptionsError(ValueError):
    """One or more variables that cannot be used; the message has one line for each, which names it."""


class _Unfit(ValueError):
    """Why one value cannot be used: what completes "dax_account_b_name is 5, …"."""


def rule(
    pattern: str | None = None,
    words: str = "",
    *,
    low: int | None = None,
    high: int | None = None,
    tags: bool = False,
) -> dict[str, Any]:
    """Return what has to be true of an option besides its annotation.

    :param pattern: what the text, or each text of a list, has to match from end to end.
    :param words: the pattern in words, which complete "expected …".
    :param low, high: the range of a number.
    :param tags: whether a dictionary holds tags for AWS resources.
    """
    return {"pattern": pattern, "rule": words, "low": low, "high": high, "tags": tags}


def option(*args: Any, **rules: Any) -> Any:
    """Return a dataclass field with a rule: one that :func:`rule` made, or the arguments for one."""
    made = args[0] if args and isinstance(args[0], dict) else rule(*args, **rules)
    return field(metadata=made)  # pylint: disable=invalid-field-call


class Options:
    """The base of the options of a role: made from its variables, all of them checked."""

    # What the role's variables begin with, and what it returns under the same beginning.
    PREFIX: ClassVar[str] = ""
    OUTPUTS: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def variables(cls) -> dict[str, Field[Any]]:
        """Return the fields that are variables of the role, by the variables' names."""
        return {f"{cls.PREFIX}{item.name}": item for item in _fields(cls) if not item.metadata.get("run")}

    @classmethod
    def run_fields(cls) -> set[str]:
        """Return the names of the fields that are not variables of the role, but of a run."""
        return {item.name for item in _fields(cls) if item.metadata.get("run")}

    @classmethod
    def from_variables(cls, variables: Mapping[str, Any], **run: Any) -> Self:
        """Return the options of a role.

        :param variables: the role's variables by their full names; others than those of the role are passed over.
        :param run: the fields that are not variables.
        :raises OptionsError: naming every variable that cannot be used, and names that the role does not have.
        """
        known, hints = cls.variables(), get_type_hints(cls)
        values, problems = {}, _unknown_names(cls, variables)
        for name, item in known.items():
            try:
                values[item.name] = _checked(variables.get(name), hints[item.name], item.metadata, name in variables)
            except _Unfit as unfit:
                problems.append(f"{name}{unfit}")
        if problems:
            raise OptionsError("\n".join(problems))
        return cls(**values, **run)

    def replace(self, **changes: Any) -> Self:
        """Return the same options with some fields changed."""
        return replace(self, **changes)  # type: ignore[type-var]


def _fields(cls: type) -> tuple[Field[Any], ...]:
    return fields(cls)


def _unknown_names(cls: type[Options], variables: Mapping[str, Any]) -> list[str]:
    known = [*cls.variables(), *(f"{cls.PREFIX}{name}" for name in cls.OUTPUTS)]
    problems = []
    for name in sorted(map(str, variables)):
        if name.startswith(cls.PREFIX) and name not in known:
            close = difflib.get_close_matches(name, cls.variables(), n=1, cutoff=0.85)
            hint = (
                f", did you mean {close[0]}?"
                if close
                else f"; the role's README lists those that begin with {cls.PREFIX}"
            )
            problems.append(f"{shown(name, quoted=False)}: there is no such variable{hint}")
    return problems


def without_none(annotation: Any) -> tuple[Any, bool]:
    """Return an annotation without its ``| None``, and whether it had one."""
    # Python before 3.14 makes a Union, not a UnionType, of a Literal and None.
    if get_origin(annotation) not in (Union, UnionType):
        return annotation, False
    return next(item for item in get_args(annotation) if item is not NoneType), True


def _checked(value: Any, annotation: Any, rules: Mapping[str, Any], given: bool) -> Any:
    """Return a value as its annotation says, or raise _Unfit."""
    kind, optional = without_none(annotation)
    if optional and (value is None or value == ""):
        return None
    if kind is Any:
        if value is None or value == "":
            raise _Unfit(" is required")
        return value
    if value is None:
        value = _nothing(kind, rules, given)
    return _CONVERTERS[get_origin(kind) or kind](value, kind, rules)


def _nothing(kind: Any, rules: Mapping[str, Any], given: bool) -> Any:
    """Return what null stands for: nothing, where the option may be empty."""
    empty = {str: "", list: [], dict: {}}.get(get_origin(kind) or kind)
    pattern = rules.get("pattern")
    if empty is None or (empty == "" and pattern and not re.fullmatch(pattern, "")):
        raise _Unfit(f" is null, expected {_expected(kind, rules)}" if given else " is required")
    return empty


def _expected(kind: Any, rules: Mapping[str, Any]) -> str:
    if rules.get("rule"):
        return str(rules["rule"])
    if get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    if kind is int and rules.get("low") is not None:
        return f"a number from {rules['low']} to {rules['high']}"
    words = {bool: "true or false", int: "a number", str: "text", list: "a list", dict: "a dictionary"}
    return words[get_origin(kind) or kind]


def _unfit(value: Any, kind: Any, rules: Mapping[str, Any]) -> _Unfit:
    return _Unfit(f" is {shown(value)}, expected {_expected(kind, rules)}")


def _to_bool(value: Any, kind: Any, rules: Mapping[str, Any]) -> bool:
    if isinstance(value, bool):
        return bool(value)
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    if word not in _TRUE | _FALSE:
        raise _unfit(value, kind, rules)
    return word in _TRUE


def _to_int(value: Any, kind: Any, rules: Mapping[str, Any]) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not re.fullmatch(r"-?[0-9]{1,18}", str(value)):
        raise _unfit(value, kind, rules)
    number = int(value)
    if rules.get("low") is not None and not rules["low"] <= number <= rules["high"]:
        raise _unfit(value, kind, rules)
    return number


def _to_text(value: Any, kind: Any, rules: Mapping[str, Any]) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # YAML reads 012345678901 as another number than the one that is written.
        if isinstance(value, int) and len(str(value)) == 12 and re.fullmatch(rules.get("pattern") or "", str(value)):
            return str(value)
        raise _Unfit(f" is the number {value}, expected {_expected(kind, rules)}; quote it, or YAML changes it")
    if not isinstance(value, str):
        raise _unfit(value, kind, rules)
    text = str(value)
    if not text.isprintable() or (rules.get("pattern") and not re.fullmatch(rules["pattern"], text)):
        raise _unfit(text, kind, rules)
    return text


def _to_choice(value: Any, kind: Any, rules: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or value not in get_args(kind):
        raise _unfit(value, kind, rules)
    return str(value)


def _to_list(value: Any, kind: Any, rules: Mapping[str, Any]) -> list[Any]:
    (element,) = get_args(kind)
    if isinstance(value, str):
        value = _from_json(value, list) if value.lstrip().startswith("[") else value
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    elif isinstance(value, Mapping) and (element is Any or is_dataclass(element)):
        value = [value]
    if not isinstance(value, Sequence):
        raise _unfit(value, kind, {})
    if element is Any:
        return list(value)
    if is_dataclass(element):
        return [_to_record(item, element) for item in value]
    return [_CONVERTERS[get_origin(element) or element](item, element, rules) for item in value]


def _to_record(value: Any, kind: Any) -> Any:
    """Return one element of a list as a dataclass, whose fields are checked like those of options."""
    known, hints = {item.name: item for item in _fields(kind)}, get_type_hints(kind)
    if not isinstance(value, Mapping) or not set(value) <= set(known):
        raise _Unfit(f" holds {shown(value)}, expected a dictionary of {', '.join(known)}")
    values = {}
    for name, item in known.items():
        try:
            values[name] = _checked(value.get(name), hints[name], item.metadata, name in value)
        except _Unfit as unfit:
            raise _Unfit(f" holds {shown(value)}, whose {name}{unfit}") from unfit
    return kind(**values)


def _to_dict(value: Any, kind: Any, rules: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(value, str):
        text = value.strip()
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        if text.startswith("{"):
            value = _from_json(text, dict)
        elif all(equals for _key, equals, _value in pairs):
            value = {key.strip(): item.strip() for key, _equals, item in pairs}
    if not isinstance(value, Mapping):
        raise _unfit(value, kind, {})
    if get_args(kind)[1] is Any:
        return {str(key): item for key, item in value.items()}
    tags = {_tag_text(key): _tag_text(item, key) for key, item in value.items() if _check_tag(key, item, rules)}
    if rules.get("tags"):
        _check_tag_keys(tags)
    return tags


def _from_json(text: str, kind: type) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, kind) else text


def _tag_text(value: Any, key: Any = None) -> str:
    """Return the key or value of a tag as text, as amazon.aws writes it: ``12345``, ``True``."""
    if value is None or not isinstance(value, (str, int, float)):
        where = "" if key is None else f" under {shown(key)}"
        raise _Unfit(f" holds {shown(value)}{where}, expected text")
    return str(value)


def _check_tag(key: Any, value: Any, rules: Mapping[str, Any]) -> bool:
    name, text = _tag_text(key), _tag_text(value, key)
    problem: str | None = None
    if not name.isprintable() or not text.isprintable():
        problem = "control characters"
    elif rules.get("tags"):
        problem = next((words for words, wrong in _TAG_RULES.items() if wrong(name, text)), None)
    if problem:
        raise _Unfit(f" holds the tag {shown(name)}: {shown(text)}, which has {problem}")
    return True


def _check_tag_keys(tags: Mapping[str, str]) -> None:
    """Refuse keys that IAM takes for one, and more of them than there is room for beside the collection's own.

    On roles, keys that differ in case only are the same.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
    """
    seen: dict[str, str] = {"name": "Name"}
    for key in tags:
        other = seen.setdefault(key.casefold(), key)
        if other != key:
            whose = "that of this collection" if other == "Name" and other not in tags else f"the key {shown(other)}"
            raise _Unfit(f" holds the key {shown(key)}, which differs from {whose} in case only; IAM takes one of them")
    own = len({*tags, "Name"}) - len(tags) + len(_OWN_KEYS)
    if len(tags) + own > MOST_TAGS:
        raise _Unfit(f" holds {len(tags)} tags, and with {own} of this collection a resource takes {MOST_TAGS}")


# What else is on a resource: whose cluster and consumer it serves; on a rule the connection too, which has no name.
_OWN_KEYS = ("cluster", "consumer")
_TAG_RULES: dict[str, Callable[[str, str], bool]] = {
    "an empty key": lambda key, _value: not key,
    "a key of more than 128 characters": lambda key, _value: len(key) > TAG_KEY_LENGTH,
    "a value of more than 256 characters": lambda _key, value: len(value) > TAG_VALUE_LENGTH,
    "a character that IAM takes in no tag; it takes letters, numbers, spaces and _.:/=+-@": lambda key, value: bool(
        problem_of_tag_text(key + value)
    ),
    "a key of AWS's own (aws:)": lambda key, _value: key.lower().startswith("aws:"),
    "a key of this collection's own": lambda key, _value: key.lower().startswith(OWN_TAGS),
}
_CONVERTERS: dict[Any, Callable[[Any, Any, Mapping[str, Any]], Any]] = {
    bool: _to_bool,
    int: _to_int,
    str: _to_text,
    list: _to_list,
    dict: _to_dict,
    Literal: _to_choice,
}
