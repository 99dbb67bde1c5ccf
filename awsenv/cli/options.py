"""Options that several commands share, and the kinds of value they take."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from awsenv.errors import UsageError
from awsenv.runtime import decoded, parse_duration

if TYPE_CHECKING:
    from awsenv.files.settings import Settings
    from awsenv.files.templates import Template

F = TypeVar("F", bound=Callable[..., Any])


class Duration(click.ParamType):  # type: ignore[type-arg]
    """A time span: `90s`, `30m`, `2h`, `1h30m`, or bare seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span; a text that is none is a usage error."""
        if isinstance(value, timedelta):
            return value
        span = parse_duration(value)
        if span is None:
            self.fail(f"{value!r} is no duration; write 90s, 30m, 2h or 1h30m", param, ctx)
        return span


class Text(click.ParamType):  # type: ignore[type-arg]
    """Text as awsenv holds it, whatever the locale made of the argument."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Return the text decoded as UTF-8 with surrogate escapes."""
        return decoded(value)


class Region(Text):
    """A region's name."""

    name = "region"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the region; anything that cannot be a host's label is a usage error."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}", value, re.ASCII):
            self.fail(f"{value!r} is no region", param, ctx)
        return str(value)


def no_login_option(function: F) -> F:
    """Add `--no-login`."""
    return click.option("--no-login", is_flag=True, help="Do not offer to sign in; end with status 4 instead.")(
        function
    )


def key_options(function: F) -> F:
    """Add what says which keys are wanted."""
    for option in (
        no_login_option,
        click.option(
            "--min-ttl", type=Duration(), metavar="TIME", help="Ask for credentials with at least this left: 30m, 1h."
        ),
        click.option("--region", type=Region(), metavar="REGION", help="Use this region instead of the profile's."),
    ):
        function = option(function)
    return function


def switch_options(function: F) -> F:
    """Add what `use` and `exec` have in common."""
    only = click.option(
        "--only",
        type=click.Choice(["profile", "keys"]),
        help="Set only the profile variables, or only the keys. Default: the setting `export`, else both.",
    )
    return only(key_options(function))


def profile_options(function: F) -> F:
    """Add what says which profiles are written for an sso-session, and how."""
    for option in (
        click.option("--region", type=Region(), metavar="REGION", help="The region of all these profiles."),
        click.option(
            "--template",
            type=Text(),
            metavar="TEMPLATE",
            help="How they are named: {account}, {account_id}, {role}, {session}; {account|slug|lower}.",
        ),
        click.option(
            "--role", "roles", type=Text(), multiple=True, metavar="GLOB", help="Only these roles; !GLOB: not these."
        ),
        click.option(
            "--account",
            "accounts",
            type=Text(),
            multiple=True,
            metavar="GLOB",
            help="Only accounts of such a name or id; !GLOB: not these.",
        ),
    ):
        function = option(function)
    return function


def populate_options(function: F) -> F:
    """Add what says which profiles `populate` writes, and how."""
    for option in (
        profile_options,
        click.option("--all", "every", is_flag=True, help="Every sso-session of the config file."),
        click.option(
            "--sso-session",
            "sso_sessions",
            type=Text(),
            multiple=True,
            metavar="NAME",
            help="This sso-session; may be given several times. Default: the only one.",
        ),
    ):
        function = option(function)
    return function


class ProcessName(Text):
    """How the profiles that ask awsenv for another's keys are named."""

    name = "template"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the template; one that does not tell the profiles apart is a usage error."""
        from awsenv.files.processes import is_template

        text = decoded(value)
        if not is_template(text):
            self.fail(f"{text!r} must have {{profile}} in it once, and something beside it", param, ctx)
        return text


def process_name_option(function: F) -> F:
    """Add `--process-name`."""
    return click.option(
        "--process-name",
        type=ProcessName(),
        metavar="TEMPLATE",
        help="How such profiles are named. Default: {profile}-process.",
    )(function)


def wanted_template(text: str | None, settings: "Settings") -> "Template":
    """Return the template that `--template` gives, or else the settings.

    Raises:
        UsageError: it cannot be one.
    """
    from awsenv.files.templates import BadTemplate, Template, parse_template

    if text is None:
        return Template(settings.populate.template)
    try:
        return parse_template(text)
    except BadTemplate as error:
        raise UsageError(f"--template {error}", hint=error.hint) from error


def session_options(function: F) -> F:
    """Add what `login` and `logout` have in common."""
    for option in (
        click.option("--all", "every", is_flag=True, help="Every sso-session of the shared files."),
        click.option("--sso-session", type=Text(), metavar="NAME", help="This sso-session instead of a profile's."),
    ):
        function = option(function)
    return function


def shell_option(function: F) -> F:
    """Add `--shell`."""
    return click.option(
        "--shell",
        "shell_name",
        type=Text(),
        metavar="SHELL",
        help="Print for bash, zsh, fish or sh. Default: the shell that called.",
    )(function)


def json_option(function: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)
