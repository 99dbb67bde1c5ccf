from pathlib import Path

import pytest
from unit.files.fakes import make_runtime

from awsenv.errors import SettingsError
from awsenv.files.settings import Settings, load_settings, parse_settings, settings_path
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


@pytest.mark.parametrize(
    ("content", "problem", "hint"),
    [
        ("exprot = 1", 'f: unknown key "exprot"', 'did you mean "export"?'),
        (
            "zzz = 1",
            'f: unknown key "zzz"',
            "known keys: export, aliases, allowed_endpoints, login, sso-session, renew_margin, prompt, guard",
        ),
        ('export = "none"', 'f: "export" must be one of "all", "profile", "keys"', None),
        ("export = []", 'f: "export" must be one of "all", "profile", "keys"', None),
        ("aliases = 1", 'f: "aliases" must be a table of names, like { uni = "unicorn" }', None),
        ("[aliases]\na = 1", 'f: "aliases" must be a table of names, like { uni = "unicorn" }', None),
        ('allowed_endpoints = "x"', 'f: "allowed_endpoints" must be a list of hosts, like ["sso.example.com"]', None),
        ("allowed_endpoints = [1]", 'f: "allowed_endpoints" must be a list of hosts, like ["sso.example.com"]', None),
        ("a = 1\nb = = 2", "f:2: Invalid value", None),
        ("a = 1\n[b", "f:2: Expected ']' at the end of a table declaration", None),
        ('a = """', "f:1: Unterminated string", None),
        ("a = 1\n# \udce9", "f:2: a byte here is not UTF-8", None),
        ("a = " + "[" * 100_000, "f is nested too deeply", None),
    ],
)
def test_a_wrong_setting_is_an_error_that_helps(content: str, problem: str, hint: str | None) -> None:
    """An unknown key names the nearest one, a wrong value the right kind, and broken TOML its line."""
    with pytest.raises(SettingsError) as raised:
        parse_settings(content.encode("utf-8", "surrogateescape"), "f")

    assert (raised.value.problem, raised.value.hint) == (problem, hint)
