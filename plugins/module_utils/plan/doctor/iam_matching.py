# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy's words stand for: the request's context, policy variables, wildcards, actions, ARNs, principals. Pure.

Truth has three values here: True, False, and None for what depends on something that is not known.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html (wildcards),
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

Truth: TypeAlias = "bool | None"

# Wildcards of a pattern after its variables are put in: what a variable brings in is literal text.
_MANY, _ONE = "\ue000", "\ue001"


def all_of(truths: Iterable[Truth]) -> Truth:
    """False if one is; else None if one is; else True."""
    found = list(truths)
    return False if False in found else (None if None in found else True)


def any_of(truths: Iterable[Truth]) -> Truth:
    found = list(truths)
    return True if True in found else (None if None in found else False)


def negation(truth: Truth) -> Truth:
    return None if truth is None else not truth


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


class OneOf(NamedTuple):
    """The value of a key that is one of several, nobody knows which; None among them if the key may be absent."""

    values: tuple[str | None, ...]


Value: TypeAlias = "str | list[str] | OneOf | None"


class Context:
    """The condition keys of one request. Their names, those of tags among them, are not case-sensitive.

    :param values: {key: its value, the list of its values, :class:`OneOf`, or None if the request does not have it}.
    :param known: beginnings of keys of which no others are in the request, such as ``aws:PrincipalTag/``; "" if
        ``values`` has all keys.
    """

    def __init__(self, values: Mapping[str, Value], known: Iterable[str] = ()) -> None:
        self._values = {key.lower(): value for key, value in values.items()}
        self._known = tuple(beginning.lower() for beginning in known)

    def possible(self, key: str) -> tuple[tuple[str, ...] | None, ...]:
        """Return what the values of a key may be: one entry if that is known, none at all if nothing is known."""
        name = key.lower()
        if name not in self._values:
            return (None,) if name.startswith(self._known) else ()
        value = self._values[name]
        if isinstance(value, OneOf):
            return tuple(None if item is None else (item,) for item in value.values)
        return (None if value is None else (value,) if isinstance(value, str) else tuple(value),)


@dataclass(frozen=True)
class Pattern:
    """A text of a policy with its variables put in.

    :ivar text: with wildcards as two characters of their own.
    :ivar unresolved: whether a variable in it has no value, so that it matches nothing.
    :ivar unknown: the keys of variables whose value is not known; each stands as a wildcard.
    """

    text: str
    unresolved: bool = False
    unknown: tuple[str, ...] = ()

    def literal(self) -> str:
        """The text in which wildcards are ordinary characters, for operators without wildcards."""
        return self.text.replace(_MANY, "*").replace(_ONE, "?")


def pattern_of(text: str, context: Context, variables: bool) -> Pattern:
    """Put the variables into a text.

    :param variables: whether the policy has any: those of the version 2008-10-17 do not.
    """
    text = text.replace(_MANY, "\ufffd").replace(_ONE, "\ufffd")
    if not variables or "${" not in text:
        return Pattern(_wild(text))
    parts: list[str] = []
    unknown: list[str] = []
    unresolved = False
    rest = text
    while "${" in rest:
        before, _sign, after = rest.partition("${")
        inside, closed, rest_after = after.partition("}")
        if not closed:
            break
        parts.append(_wild(before))
        rest = rest_after
        if inside in ("*", "?", "$"):
            parts.append(inside)
            continue
        name, _comma, default = inside.partition(",")
        values = context.possible(name.strip())
        if len(values) != 1:
            unknown.append(name.strip())
            parts.append(_MANY)
        elif values[0] is not None and len(values[0]) == 1:
            parts.append(values[0][0])
        elif default.strip():
            parts.append(default.strip().strip("'"))
        else:
            unresolved = True
    return Pattern("".join(parts) + _wild(rest), unresolved, tuple(unknown))


def _wild(text: str) -> str:
    return text.replace("*", _MANY).replace("?", _ONE)


def matches_text(pattern: Pattern, text: str) -> Truth:
    """Compare with wildcards, case-sensitive."""
    if pattern.unresolved:
        return False
    return _unless_unknown(pattern, _glob(pattern.text, text))


def matches_arn(pattern: Pattern, arn: str) -> Truth:
    """Compare two ARNs part by part: a wildcard does not reach beyond its part, except for the resource's colons.

    A pattern with fewer parts is one whose last wildcard takes all that follows.
    """
    if pattern.unresolved:
        return False
    parts, given = pattern.text.split(":", 5), arn.split(":", 5)
    if len(parts) < 6 or len(given) < 6:
        found = any(part.endswith(_MANY) for part in parts) and _glob(pattern.text, arn)
    else:
        found = all(_glob(part, text) for part, text in zip(parts, given, strict=True))
    return _unless_unknown(pattern, found or pattern.text == arn)


def _unless_unknown(pattern: Pattern, found: bool) -> Truth:
    return None if found and pattern.unknown else found


def matches_action(pattern: str, action: str) -> bool:
    """Compare actions: not case-sensitive, with wildcards. There are no variables in them."""
    return pattern == "*" or _glob(_wild(pattern.lower()), action.lower())


def _glob(pattern: str, text: str) -> bool:
    """Match in time that grows with the product of both lengths, whatever the policy holds."""
    at = read = 0
    star, resume = -1, 0
    while read < len(text):
        if at < len(pattern) and pattern[at] == _MANY:
            star, resume = at, read
            at += 1
        elif at < len(pattern) and pattern[at] in (_ONE, text[read]):
            at, read = at + 1, read + 1
        elif star >= 0:
            resume += 1
            at, read = star + 1, resume
        else:
            return False
    return not pattern[at:].strip(_MANY)


@dataclass(frozen=True)
class Principal:
    """Who asks.

    :ivar arn: of the role or user; of a session, its role's. Or the name of an AWS service.
    :ivar session: the name of the role's session; "" if it is not known, None for a user or a service.
    """

    arn: str
    session: str | None = None

    @property
    def account(self) -> str:
        parts = self.arn.split(":")
        return parts[4] if len(parts) > 5 else ""

    @property
    def session_arn(self) -> str:
        """The ARN of the session; one that ends in ``/`` where its name is not known."""
        partition = self.arn.split(":")[1]
        return f"arn:{partition}:sts::{self.account}:assumed-role/{self.arn.rpartition('/')[2]}/{self.session}"


# How somebody is named: its session itself or anybody, its role or user, or its account alone, which leaves it to the
# account's own policies.
Level = Literal["session", "principal", "account"]
LEVELS: tuple[Level, ...] = ("session", "principal", "account")


class Named(NamedTuple):
    """Whether and how a statement names somebody."""

    truth: Truth
    level: Level


def names(element: Any, who: Principal) -> Named:
    """Tell whether the value of ``Principal`` names somebody."""
    entries = [("AWS", "*")] if element == "*" else []
    if isinstance(element, dict):
        entries = [(kind, str(text)) for kind, texts in element.items() for text in as_list(texts)]
    found = [_names(kind, text, who) for kind, text in entries]
    order = [Named(truth, level) for truth in (True, None) for level in LEVELS]
    return next((item for item in order if item in found), Named(False, "principal"))


def _names(kind: str, text: str, who: Principal) -> Named:
    if kind == "AWS":
        if text == "*":
            return Named(True, "session")
        account = text if text.isdigit() else text.split(":")[4] if is_root(text) else ""
        if account:
            return Named(account == who.account, "account")
        if who.session is not None and ":assumed-role/" in text:
            if who.session == "":
                return Named(None if text.startswith(who.session_arn) else False, "session")
            return Named(text == who.session_arn, "session")
        return Named(text == who.arn, "principal")
    return Named(kind == "Service" and text == who.arn, "principal")


def is_root(text: str) -> bool:
    """Tell whether a principal is an account: ``arn:…:iam::<id>:root``."""
    parts = text.split(":")
    return len(parts) == 6 and parts[0] == "arn" and parts[2] == "iam" and parts[5] == "root"
