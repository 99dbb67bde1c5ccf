import re
import subprocess
from pathlib import Path

import pytest
from stage import BIN

from awsenv.model import Dialect
from awsenv.shells.scripts import PARTS, load_script

FOLDER = Path(__file__).parents[2] / "shell"
SHFMT = (str(BIN / "shfmt"), "-i", "2", "-ci", "-d")
LINTERS: dict[str, tuple[Dialect, tuple[str, ...]]] = {
    "bash -n": ("bash", ("bash", "-n")),
    "shellcheck": ("bash", (str(BIN / "shellcheck"), "--enable=all", "--exclude=SC2034,SC2154")),
    "shfmt bash": ("bash", (*SHFMT, "-ln", "bash")),
    "zsh -n": ("zsh", ("zsh", "-n")),
    "shfmt zsh": ("zsh", (*SHFMT, "-ln", "zsh")),
    "fish --no-execute": ("fish", ("fish", "--no-execute")),
    "fish_indent": ("fish", ("fish_indent", "--check")),
}
# Each of these makes bash 3.2, macOS's own, refuse the file or the command.
NEWER_THAN_3_2 = (
    r"mapfile|readarray|compopt|nosort|\[\[ -v|(declare|local|typeset) -[a-z]*[gAnu]|%\([^)]*\)T"
    r"|&>>|\|&|\$\{\w+(,,?|\^\^?|@)[^}]*\}|(?m:;;?&$)|coproc|\{[a-z_]+\}[<>]|globstar|\$\{!?\w+\[-|wait -n"
    r"|read -[a-z]*[Ni]|\$\{\w+:[^}]*: -"
)
# What comes with 4.2 and 4.0 stands in the branches for it.
GUARDED = ["mapfile", "%(%s)T", "%(%s)T", "mapfile", "compopt"]
# What belongs to the shell, or to those who share its points with us.
ALLOWED = {
    "bash": {
        *("precmd_functions", "preexec_functions", "bash_preexec_imported", "__bp_imported"),
        *("__vsc_original_prompt_command", "__vsc_in_command_execution", "starship_precmd_user_func"),
    },
    "zsh": {"functions", "words", "match", "precmd_functions", "preexec_functions", "_comps", "_comp_options"},
    "fish": {"argv", "status", "pipestatus", "fish_trace", "fish_pid"},
}


@pytest.mark.parametrize("linter", LINTERS)
def test_the_shell_files_are_clean(linter: str) -> None:
    """Every linter and formatter of the three shells finds nothing to say."""
    dialect, command = LINTERS[linter]
    for part in PARTS[dialect]:
        done = subprocess.run([*command, part], cwd=FOLDER, capture_output=True, text=True, check=False)

        assert (part, done.returncode, done.stdout, done.stderr) == (part, 0, "", "")


def test_the_whole_bash_script_sets_what_it_reads(tmp_path: Path) -> None:
    """What one part sets for another is read there, and the other way about: nothing is misspelt or left over."""
    (tmp_path / "init.bash").write_bytes(load_script("bash"))
    command = [str(BIN / "shellcheck"), "--enable=all", "init.bash"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_bash_file_knows_only_what_bash_3_2_knows() -> None:
    """A form newer than bash 3.2 anywhere would break the whole file on macOS."""
    found = [match[0] for match in re.finditer(NEWER_THAN_3_2, load_script("bash").decode())]

    assert found == GUARDED


@pytest.mark.parametrize("dialect", PARTS)
def test_the_shell_files_use_house_names_only(dialect: Dialect) -> None:
    """Functions are `awsenv` or `__awsenv_*`, and so are locals."""
    text = load_script(dialect).decode()
    functions = set(re.findall(r"^function (\S+?)(?:\(\))?(?: |$)", text, re.MULTILINE))

    assert {"awsenv", "awsenv_prompt_info", "__awsenv_apply"} <= functions
    assert {name for name in functions if not name.startswith("__awsenv_")} == {"awsenv", "awsenv_prompt_info"}
    names = set(re.findall(r"\$\{?([a-z_]{2,})", text)) - ALLOWED[dialect]
    assert {name for name in names if not name.startswith("__awsenv_")} == set()
