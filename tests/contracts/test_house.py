"""The house keeps its word: floors, light starts, silent secrets, and a README that tells the truth."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from stage import AWSENV, BIN, environment_of, run

from awsenv import errors, model
from awsenv.cli.app import COMMANDS, HIDDEN_COMMANDS, group
from awsenv.demo.household import Household
from awsenv.environ import OWNED_VARIABLES
from awsenv.errors import AwsenvError, ExitCode
from awsenv.files.populate_settings import KeyRule, Populate
from awsenv.files.settings import Colours, Settings, parse_settings
from awsenv.values import Value

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECRET = "canary-7f3a"
SETTINGS_KEYS = {
    *("export", "renew_margin", "aliases", "allowed_endpoints", "prepared_answers"),
    *("enabled", "format", "colours", *Colours.__match_args__),
    *("mode", "commands", "flow", "browser"),
    *("sync", "expiration"),
    *("template", "accounts", "roles", "match", "region"),
}


def command_named(name: str) -> click.Command:
    """Return a command of the command line."""
    command = group.get_command(click.Context(group), name)
    assert command is not None
    return command


def test_floors_hold() -> None:
    """Each room sees only what is below it, and every module has a floor."""
    finished = subprocess.run([BIN / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert finished.returncode == 0, finished.stdout


@pytest.mark.parametrize("arguments", [["use", "--shell", "bash", "unicorn"], ["exec", "unicorn", "--", "true"]])
def test_warm_start_loads_no_botocore(household: Household, arguments: list[str]) -> None:
    """With a warm cache, `use` and `exec` import neither boto3 nor botocore."""
    environment = environment_of(household)
    assert run([AWSENV, "use", "--shell", "bash", "unicorn"], environment).returncode == 0
    # exec replaces the process, so the loaded modules are looked at in the moment before.
    script = (
        "import os, sys\n"
        "def look(*_): os.write(2, ' '.join(sys.modules).encode()); os._exit(0)\n"
        "os.execvpe = look\n"
        "from awsenv.cli.running import run\n"
        f"code = run({arguments!r})\n"
        "look() if code == 0 else sys.exit(code)\n"
    )

    finished = run([sys.executable, "-c", script], environment)

    loaded = finished.stderr.decode().split()
    assert finished.returncode == 0
    assert "awsenv.actions.credentials" in loaded
    assert [name for name in loaded if name.partition(".")[0] in {"boto3", "botocore", "urllib3", "wcwidth"}] == []


@pytest.mark.parametrize("name", [*COMMANDS, *HIDDEN_COMMANDS])
def test_help_loads_no_botocore(name: str, household: Household) -> None:
    """Asking for help imports nothing heavy, and every command has some."""
    script = (
        "import sys\n"
        "from awsenv.cli.running import run\n"
        f"code = run([{name!r}, '-h'])\n"
        "sys.exit(code or any(name in sys.modules for name in ('boto3', 'botocore', 'urllib3')))\n"
    )

    finished = run([sys.executable, "-c", script], environment_of(household))

    assert finished.returncode == 0
    assert f"Usage: awsenv {name}".encode() in finished.stdout + finished.stderr


@pytest.mark.parametrize("arguments", [["init", "bash"], ["names", "regions"]])
def test_what_a_shell_waits_for_loads_no_botocore(household: Household, arguments: list[str]) -> None:
    """A shell's start and a completion import neither boto3 nor botocore, the regions of botocore's data included."""
    script = (
        "import sys\n"
        "from awsenv.cli.running import run\n"
        f"code = run({arguments!r})\n"
        "sys.exit(code or any(name in sys.modules for name in ('boto3', 'botocore', 'urllib3', 'wcwidth')))\n"
    )

    finished = run([sys.executable, "-c", script], environment_of(household))

    assert finished.returncode == 0, finished.stderr
    assert finished.stdout


def test_the_hooks_commands_are_hidden() -> None:
    """What only the hook calls is hidden, and the README does not name it among the commands."""
    section = README.partition("## Commands")[2].partition("\n## ")[0]

    assert all(command_named(name).hidden for name in HIDDEN_COMMANDS)
    assert not any(command_named(name).hidden for name in COMMANDS)
    assert not [name for name in HIDDEN_COMMANDS if f"`awsenv {name}" in section]


def values_of_model() -> list[object]:
    """Return one value of each class of the model, with a canary wherever a text may be secret."""
    secrets = {"secret_access_key", "session_token", "access_token", "refresh_token", "client_secret", "variables"}
    made: list[object] = []
    for kind in vars(model).values():
        if inspect.isclass(kind) and issubclass(kind, Value) and kind is not Value:
            fields = dict.fromkeys(inspect.get_annotations(kind), "plain")
            canaries = {name: SECRET for name in fields if name in secrets}
            made.append(kind(**(fields | canaries)))
    return made


@pytest.mark.parametrize("value", values_of_model(), ids=lambda value: type(value).__name__)
def test_repr_shows_no_secret(value: object) -> None:
    """No model's repr shows a secret, since reprs end up in logs and tracebacks."""
    assert SECRET not in repr(value)


def test_readme_names_every_command() -> None:
    """README lists each command that exists, and none that does not."""
    section = README.partition("## Commands")[2].partition("\n## ")[0]

    assert re.findall(r"^\| `awsenv ([\w-]+)", section, re.MULTILINE) == list(COMMANDS)


def test_readme_names_every_option() -> None:
    """Each option of each command stands in the README, and each option there exists."""
    exist = {
        option
        for name in COMMANDS
        for parameter in command_named(name).params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
        if option not in {"-h", "--help"}
    }
    section = README.partition("## Set up your shell")[2].partition("### Profiles")[0]

    assert set(re.findall(r"--[a-z][a-z-]+", section)) == exist


def test_readme_names_every_variable() -> None:
    """Each variable that awsenv sets or unsets stands in the README, and each AWSENV_ variable there is one."""
    section = README.partition("## Variables")[2].partition("\n## ")[0]
    named = set(re.findall(r"`((?:AWS|AWSENV)_[A-Z_]+)`", section))

    assert set(OWNED_VARIABLES) <= named
    # Read, and set by the hook from what `use` sets.
    others = {"AWSENV_DEBUG", "AWSENV_SEGMENT"}
    assert {name for name in named if name.startswith("AWSENV_")} == others | {
        name for name in OWNED_VARIABLES if name.startswith("AWSENV_")
    }


def test_readme_names_every_exit_code() -> None:
    """The table of exit codes in the README is the table in the code."""
    section = README.partition("## Exit codes")[2].partition("\n## ")[0]

    assert [int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)] == [
        int(code) for code in ExitCode
    ]


def test_readme_shows_every_setting() -> None:
    """The settings file in the README is one, has every key there is, and shows the default of each."""
    text = README.partition("## Settings")[2].partition("```toml\n")[2].partition("```")[0]
    settings = parse_settings(text.encode(), "README.md")

    rule = KeyRule("*prod*", {"region": "us-east-1"})
    assert settings == Settings(
        aliases={"uni": "unicorn"}, browsers={"company": "chrome:Profile 2"}, populate=Populate(keys=(rule,))
    )
    keys = {key for key in re.findall(r"(\w+) = ", text) if key != "uni"}
    assert keys == SETTINGS_KEYS


def test_readme_draws_the_tree() -> None:
    """The floor plan in the README shows every file and folder of the house, and no other."""
    plan = README.partition("## Floor plan")[2].partition("```\n")[2].partition("```")[0]
    house = [line.split()[0] for line in plan.splitlines() if line.startswith("  ")]
    tree = [
        path.name + ("/" if path.is_dir() else "")
        for path in (ROOT / "awsenv").iterdir()
        if path.name not in {"__init__.py", "__pycache__", "py.typed"}
    ]

    assert sorted(house) == sorted(tree)


def test_error_tree_is_as_drawn() -> None:
    """The tree in the docstring of errors.py names every error, under its parent, with its exit code."""
    drawn: dict[str, str | None] = {}
    parents: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^([│├└─ ]*)([A-Z]\w+)\s*(\d+)?$", line)
        if not found:
            continue
        depth = len(found[1]) // 4
        parents = [*parents[:depth], found[2]]
        drawn[found[2]] = parents[depth - 1] if depth else None
        if found[3]:
            assert int(found[3]) == getattr(errors, found[2]).exit_code
    made = {
        name: (None if kind is AwsenvError else kind.__bases__[0].__name__)
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, AwsenvError)
    }

    assert drawn == made


def test_version_is_written_once_and_once_more() -> None:
    """The version in the code is that of the distribution."""
    from awsenv import __version__

    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
