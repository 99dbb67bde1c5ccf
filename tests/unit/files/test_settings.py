import gc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from unit.files.fakes import make_runtime

from awsenv.errors import SettingsError
from awsenv.files.populate_settings import KeyRule, Populate
from awsenv.files.settings import Colours, Settings, load_settings, parse_settings, settings_path
from awsenv.runtime import Runtime


def test_without_a_file_all_is_default(runtime: Runtime) -> None:
    """Every key has a default, and no file is needed."""
    assert load_settings(runtime) == Settings(export="all", aliases={}, allowed_endpoints=())


def test_the_file_stands_where_xdg_says(home: Path) -> None:
    """`XDG_CONFIG_HOME` moves the file if it is absolute, as its specification has it."""
    for value, folder in (("/x", "/x"), ("x", f"{home}/.config"), ("", f"{home}/.config")):
        runtime = make_runtime(home, {"XDG_CONFIG_HOME": value})

        assert settings_path(runtime) == f"{folder}/awsenv/config.toml"


def test_all_keys_are_read(runtime: Runtime) -> None:
    """What stands in the file is what counts."""
    path = Path(settings_path(runtime))
    path.parent.mkdir(parents=True)
    path.write_text('export = "keys"\nallowed_endpoints = ["sso.example.com"]\n[aliases]\nuni = "unicorn"\n')

    assert load_settings(runtime) == Settings("keys", {"uni": "unicorn"}, ("sso.example.com",))


def test_what_populate_reads() -> None:
    """Template, globs and keys are read; numbers and truth values become what AWS's files have."""
    content = """
    [populate]
    template = "{role}"
    accounts = ["Team*", "!*x"]
    roles = ["Admin"]
    [[populate.keys]]
    match = "*"
    output = "json"
    max_attempts = 5
    use_fips_endpoint = true
    """

    assert parse_settings(content.encode(), "f").populate == Populate(
        "{role}",
        ("Team*", "!*x"),
        ("Admin",),
        (KeyRule("*", {"output": "json", "max_attempts": "5", "use_fips_endpoint": "true"}),),
    )
    assert parse_settings(b"[populate]", "f") == Settings()


def test_what_the_hook_reads() -> None:
    """Margin, prompt and guard are read as they are written, and what is left out is the default."""
    content = """
    renew_margin = "1h30m"
    [prompt]
    enabled = false
    format = "{profile} ({left})"
    colours = { valid = "cyan", soon = "bold yellow", expired = "38;5;208", protected = "bold" }
    [guard]
    mode = "warn"
    commands = ["aws", "terraform"]
    """

    settings = parse_settings(content.encode(), "f")

    assert settings == Settings(
        renew_margin=timedelta(minutes=90),
        prompt_enabled=False,
        prompt_format="{profile} ({left})",
        colours=Colours("36", "1;33", "38;5;208", "1"),
        guard_mode="warn",
        guard_commands=("aws", "terraform"),
    )
    assert parse_settings(b"renew_margin = 90\n[prompt]\n[guard]\n", "f") == Settings(
        renew_margin=timedelta(seconds=90)
    )
    assert parse_settings(b'prompt.colours.soon = "white"', "f").colours == Colours(soon="37")


KEYS = (
    "export",
    "aliases",
    "allowed_endpoints",
    "login",
    "sso-session",
    "renew_margin",
    "prompt",
    "guard",
    "prepared_answers",
    "populate",
    "sync",
)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Keep the garbage collector away: at the bottom of a recursion, somebody else's finalizer would fail."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(
    ("content", "problem", "hint"),
    [
        ("exprot = 1", 'f: unknown key "exprot"', 'did you mean "export"?'),
        (
            "zzz = 1",
            'f: unknown key "zzz"',
            f"known keys: {', '.join(KEYS)}",
        ),
        ('export = "none"', 'f: "export" must be one of "all", "profile", "keys"', None),
        ("export = []", 'f: "export" must be one of "all", "profile", "keys"', None),
        ("aliases = 1", 'f: "aliases" must be a table of names, like { uni = "unicorn" }', None),
        ("[aliases]\na = 1", 'f: "aliases" must be a table of names, like { uni = "unicorn" }', None),
        ('allowed_endpoints = "x"', 'f: "allowed_endpoints" must be a list of hosts, like ["sso.example.com"]', None),
        ("allowed_endpoints = [1]", 'f: "allowed_endpoints" must be a list of hosts, like ["sso.example.com"]', None),
        ('renew_margin = "soon"', 'f: "renew_margin" must be a time up to 12h, like "5m" or "1h30m"', None),
        ("renew_margin = true", 'f: "renew_margin" must be a time up to 12h, like "5m" or "1h30m"', None),
        ("renew_margin = -1", 'f: "renew_margin" must be a time up to 12h, like "5m" or "1h30m"', None),
        ('renew_margin = "12h1s"', 'f: "renew_margin" must be a time up to 12h, like "5m" or "1h30m"', None),
        ("prompt = 1", 'f: "prompt" must be a table', None),
        ("prompt.colors = 1", 'f: "prompt": unknown key "colors"', 'did you mean "colours"?'),
        ("prompt.enabled = 1", 'f: "prompt" "enabled" must be true or false', None),
        (
            'prompt.format = " "',
            'f: "prompt" "format" must be a text with fields, like "{profile} {account} {left}"',
            None,
        ),
        ('prompt.format = "{acount}"', 'f: "prompt" "format": unknown key "acount"', 'did you mean "account"?'),
        ('prompt.format = "{profile"', 'f: "prompt" "format" has a brace that is no part of a field', None),
        ('prompt.format = "{left}{left}"', 'f: "prompt" "format" may have {left} only once', None),
        ("prompt.colours.sone = 1", 'f: "prompt" "colours": unknown key "sone"', 'did you mean "soon"?'),
        (
            'prompt.colours.soon = "1m\\u001b"',
            'f: "prompt" "colours" "soon" must be a colour, like "red", "bold red" or "38;5;208"',
            "black, red, green, yellow, blue, magenta, cyan, white",
        ),
        ('guard.mod = "ask"', 'f: "guard": unknown key "mod"', 'did you mean "mode"?'),
        ('guard.mode = "never"', 'f: "guard" "mode" must be one of "ask", "auto", "warn", "off"', None),
        ('guard.commands = "aws"', 'f: "guard" "commands" must be a list of names, like ["aws", "terraform"]', None),
        ('guard.commands = ["a b"]', 'f: "guard" "commands" must be a list of names, like ["aws", "terraform"]', None),
        ('guard.commands = [""]', 'f: "guard" "commands" must be a list of names, like ["aws", "terraform"]', None),
        (
            'sso-session.a.sync = "b"',
            'f: "sso-session" "a" "sync" must be a list of profiles, like ["unicorn", "team-*"]',
            None,
        ),
        ('sync.expiration = "s"', 'f: "sync" "expiration" must be one of "iso", "milliseconds"', None),
        ("populate = 1", 'f: "populate" must be a table', None),
        ("populate.templat = 1", 'f: "populate": unknown key "templat"', 'did you mean "template"?'),
        (
            "populate.template = 1",
            'f: "populate" "template" must be a text with fields, like "{account}-{role}"',
            None,
        ),
        (
            'populate.template = "{x}"',
            'f: "populate" "template" has no field {x}',
            "fields: account, account_id, role, session",
        ),
        ('populate.roles = "x"', 'f: "populate" "roles" must be a list of globs, like ["Team*", "!*sandbox*"]', None),
        ("populate.keys = 1", 'f: "populate" "keys" must be tables, each with a "match"', None),
        ("populate.keys = [1]", 'f: "populate" "keys" must be a table', None),
        (
            '[[populate.keys]]\nregion = "x"',
            'f: "populate" "keys" must have a "match", a glob like "*prod*", in each table',
            None,
        ),
        (
            '[[populate.keys]]\nmatch = "x"\nrole_arn = "x"',
            'f: "populate" "keys" may not set "role_arn"',
            None,
        ),
        (
            '[[populate.keys]]\nmatch = "x"\nregion = "a\\nb"',
            'f: "populate" "keys" "region" must be a text of one line',
            None,
        ),
        ("a = 1\nb = = 2", "f:2: Invalid value", None),
        ("a = 1\n[b", "f:2: Expected ']' at the end of a table declaration", None),
        ('a = """', "f:1: Unterminated string", None),
        ("a = 1\n# \udce9", "f:2: a byte here is not UTF-8", None),
        ("a = " + "[" * 100_000, "f is nested too deeply", None),
    ],
)
@pytest.mark.usefixtures("no_collector")
def test_a_wrong_setting_is_an_error_that_helps(content: str, problem: str, hint: str | None) -> None:
    """An unknown key names the nearest one, a wrong value the right kind, and broken TOML its line."""
    with pytest.raises(SettingsError) as raised:
        parse_settings(content.encode("utf-8", "surrogateescape"), "f")

    assert (raised.value.problem, raised.value.hint) == (problem, hint)
