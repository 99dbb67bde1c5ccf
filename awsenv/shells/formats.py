"""Variables in the formats of other readers than the shells of the hook. Each is written by its reader's own rules.

A value that a reader cannot hold, as a line of docker's cannot hold a line's end, is an error and never another value.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from awsenv.errors import UnusableName
from awsenv.model import EnvChange
from awsenv.runtime import encoded
from awsenv.shells.quoting import quote

Format = Literal["env", "dotenv", "json", "fish", "powershell", "docker", "github"]

# In any of these, PowerShell ends a text; doubled, one stands for itself.
_POWERSHELL_QUOTES = "'\u2018\u2019\u201a\u201b"
# Of a line with its end, in bytes: docker's client gives the whole file up for a longer one.
LINE_LIMIT = 65_536
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=+@%,-")


def render_format(change: EnvChange, form: Format) -> bytes:
    """Return the variables as `form` has them. What is to be unset is so where a shell evaluates them, else left out.

    Raises:
        UnusableName: a value cannot stand in that format.
    """
    return encoded(_FORMS[form](change.variables))


def render_masks(values: Iterable[str]) -> bytes:
    """Return the commands that make a runner of GitHub's show asterisks in its log for these values."""
    escaped = (value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A") for value in values if value)
    return encoded("".join(f"::add-mask::{value}\n" for value in escaped))


def _env(variables: Mapping[str, str | None]) -> str:
    # A group, so that text that was cut off changes nothing; the semicolons for an unquoted eval.
    lines = [
        f"unset {name};" if value is None else f"export {name}={quote(value, 'sh', name)};"
        for name, value in variables.items()
    ]
    return "\n".join(["{", *lines, "}\n"])


def _fish(variables: Mapping[str, str | None]) -> str:
    lines = [
        f"set -eg {name};" if value is None else f"set -gx --unpath {name} {quote(value, 'fish', name)};"
        for name, value in variables.items()
    ]
    return "\n".join(["begin;", *lines, "true;", "end\n"])


def _powershell(variables: Mapping[str, str | None]) -> str:
    return "".join(
        f"Remove-Item -ErrorAction Ignore Env:{name}\n" if value is None else f"$Env:{name} = {_doubled(value, name)}\n"
        for name, value in variables.items()
    )


def _doubled(value: str, name: str) -> str:
    text = _unicode(value, name, "PowerShell")
    return "'" + "".join(2 * sign if sign in _POWERSHELL_QUOTES else sign for sign in text) + "'"


def _json(variables: Mapping[str, str | None]) -> str:
    kept = {name: _unicode(value, name, "JSON") for name, value in variables.items() if value is not None}
    return json.dumps(kept, indent=2) + "\n"


def _dotenv(variables: Mapping[str, str | None]) -> str:
    return _lines(variables, lambda value, name: _dotenv_word(_unicode(value, name, "a .env file")))


def _dotenv_word(value: str) -> str:
    if value and _PLAIN.issuperset(value):
        return value
    # Readers put variables into quoted text, too: what looks like one is made of one that has no name.
    text = value.replace("\\", "\\\\").replace("'", "\\'").replace("${", "${:-$}{")
    # The last of two backslashes would keep the quote behind it from being the end.
    return f"'{text}${{:-}}'" if value.endswith("\\") else f"'{text}'"


def _docker(variables: Mapping[str, str | None]) -> str:
    return _lines(variables, _docker_line)


def _docker_line(value: str, name: str) -> str:
    if "\n" in value or value.endswith("\r"):
        raise UnusableName(f"{name} holds the end of a line, which a line of docker's file cannot")
    text = _unicode(value, name, "docker's file")
    if len(encoded(f"{name}={text}\n")) > LINE_LIMIT:
        raise UnusableName(f"{name} is too long for a line of docker's file")
    return text


def _github(variables: Mapping[str, str | None]) -> str:
    return _lines(variables, _github_text, "<<")


def _github_text(value: str, name: str) -> str:
    # Whoever chose the value cannot have chosen its end.
    end = f"awsenv_{secrets.token_hex(16)}"
    return f"{end}\n{_unicode(value, name, 'the file of GitHub')}\n{end}"


def _lines(variables: Mapping[str, str | None], word: Callable[[str, str], str], sign: str = "=") -> str:
    return "".join(f"{name}{sign}{word(value, name)}\n" for name, value in variables.items() if value is not None)


def _unicode(value: str, name: str, where: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UnusableName(f"{name} is not UTF-8, which {where} must be") from None
    if "\0" in value:
        raise UnusableName(f"{name} holds a NUL byte, which no variable can carry")
    return value


_FORMS: dict[Format, Callable[[Mapping[str, str | None]], str]] = {
    "env": _env,
    "dotenv": _dotenv,
    "json": _json,
    "fish": _fish,
    "powershell": _powershell,
    "docker": _docker,
    "github": _github,
}
