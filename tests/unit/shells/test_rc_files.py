import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from stage import clean_environment
from unit.files.fakes import make_runtime

from awsenv.model import Dialect
from awsenv.runtime import Runtime
from awsenv.shells.rc_files import (
    HOOKED,
    StartFile,
    find_start_file,
    hook_lines,
    loads_hook,
    program_in,
    zdotdir_of_zsh,
)


def ask_nobody(_: Runtime) -> str | None:
    """Stand in for a machine without zsh."""
    return None


def found(
    dialect: Dialect, home: Path, environment: Mapping[str, str] | None = None, *, is_macos: bool = False
) -> StartFile:
    """Return the start file."""
    return find_start_file(dialect, make_runtime(home, environment), is_macos=is_macos, ask_zsh=ask_nobody)


def write(path: Path, text: str = "") -> None:
    """Write a file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("dialect", "environment", "path"),
    [
        ("bash", {}, "{home}/.bashrc"),
        ("zsh", {}, "{home}/.zshrc"),
        ("zsh", {"ZDOTDIR": "/etc/elsewhere/"}, "/etc/elsewhere/.zshrc"),
        ("fish", {}, "{home}/.config/fish/config.fish"),
        ("fish", {"XDG_CONFIG_HOME": "/xdg"}, "/xdg/fish/config.fish"),
        ("fish", {"XDG_CONFIG_HOME": "relative"}, "{home}/.config/fish/config.fish"),
    ],
)
def test_the_file_of_each_shell(dialect: Dialect, environment: dict[str, str], path: str, tmp_path: Path) -> None:
    """The file is the one that the shell reads, by the variables that it goes by."""
    assert found(dialect, tmp_path, environment).path == path.format(home=tmp_path)


def test_zdotdir_of_zshenv(tmp_path: Path) -> None:
    """What `.zshenv` makes of ZDOTDIR counts, whatever else it prints."""
    write(tmp_path / ".zshenv", "echo hello; ZDOTDIR=$HOME/.config/zsh\n")
    runtime = make_runtime(tmp_path, clean_environment({"HOME": str(tmp_path)}))

    assert zdotdir_of_zsh(runtime) == f"{tmp_path}/.config/zsh"
    assert find_start_file("zsh", runtime).path == f"{tmp_path}/.config/zsh/.zshrc"
    assert zdotdir_of_zsh(make_runtime(tmp_path, {"PATH": str(tmp_path)})) is None
    write(tmp_path / ".zshenv", "echo hello\n")
    assert zdotdir_of_zsh(runtime) == ""
    assert find_start_file("zsh", runtime).problem is None


def test_a_zshenv_that_ends_the_shell(tmp_path: Path) -> None:
    """What it prints is no folder, and that the file is only guessed is said."""
    write(tmp_path / ".zshenv", "echo hello; exit\n")
    file = find_start_file("zsh", make_runtime(tmp_path, clean_environment({"HOME": str(tmp_path)})))

    assert file.path == f"{tmp_path}/.zshrc"
    assert "--rc-file" in str(file.problem)


@pytest.mark.parametrize(
    ("files", "on_linux", "on_macos", "has_problem"),
    [
        ({}, ".bashrc", ".bash_profile", False),
        ({".bashrc": ""}, ".bashrc", ".bash_profile", False),
        ({".profile": "[ -f ~/.bashrc ] && . ~/.bashrc"}, ".bashrc", ".bashrc", False),
        ({".bash_profile": "export A=1"}, ".bashrc", ".bash_profile", True),
        ({".bash_profile": "# . ~/.bashrc"}, ".bashrc", ".bash_profile", True),
        ({".bash_profile": "export A=1", ".profile": ". ~/.bashrc"}, ".bashrc", ".bash_profile", True),
        ({".bash_login": "export A=1"}, ".bashrc", ".bash_login", True),
    ],
)
def test_bash_and_its_login_shells(
    files: dict[str, str], on_linux: str, on_macos: str, *, has_problem: bool, tmp_path: Path
) -> None:
    """Terminals of macOS open login shells; elsewhere it is said where those would miss the hook."""
    for name, text in files.items():
        write(tmp_path / name, text)

    linux = found("bash", tmp_path)
    assert linux.path == f"{tmp_path}/{on_linux}"
    assert (linux.problem is not None) is has_problem
    macos = found("bash", tmp_path, is_macos=True)
    assert (macos.path, macos.problem) == (f"{tmp_path}/{on_macos}", None)
    assert macos.path not in macos.others


def test_fish_reads_conf_d(tmp_path: Path) -> None:
    """A line that stands in a file of conf.d is looked for, too."""
    write(tmp_path / ".config/fish/conf.d/b.fish")
    write(tmp_path / ".config/fish/conf.d/a.fish")

    assert found("fish", tmp_path).others == tuple(f"{tmp_path}/.config/fish/conf.d/{name}.fish" for name in "ab")


@pytest.mark.parametrize(
    ("dialect", "line"),
    [
        ("zsh", 'eval "$(awsenv init zsh)"'),
        ("zsh", 'eval "$(/opt/x/bin/awsenv init --no-prompt zsh)"'),
        ("zsh", 'eval "$("$HOME/bin/awsenv" init zsh)"'),
        ("zsh", "source <(awsenv init zsh)"),
        ("zsh", "source <(command awsenv init 'zsh')"),
        ("zsh", "eval `awsenv init zsh`"),
        ("zsh", "python3 -m awsenv init zsh >~/.cache/hook"),
        ("bash", 'eval "$(awsenv init ${SHELL##*/})"'),
        ("bash", ". /src/awsenv/shell/awsenv.bash"),
        ("bash", '[ -r "$d/awsenv.bash" ] && . "$d/awsenv.bash"'),
        ("fish", "awsenv init fish | source"),
        ("fish", "source (awsenv init fish | psub)"),
        *((dialect, line) for dialect in HOOKED for line in hook_lines(dialect)),
    ],
)
def test_lines_that_load_the_hook(dialect: Dialect, line: str) -> None:
    """However somebody wrote it, it is the hook of that shell, and of no other."""
    assert loads_hook(line, dialect)
    others = [each for each in HOOKED if each != dialect and "${" not in line]
    assert not any(loads_hook(line, each) for each in others)


@pytest.mark.parametrize("line", ["", "myawsenv init zsh", "awsenv use zsh", 'alias a="awsenv initialize"', "awsenv"])
def test_lines_that_do_not(line: str) -> None:
    """What only looks like it is not the hook."""
    assert not loads_hook(line, "zsh")


@pytest.mark.parametrize("dialect", HOOKED)
def test_without_awsenv_the_line_does_nothing(dialect: str, tmp_path: Path) -> None:
    """Where awsenv is not there, every form of the line is silent and leaves the status 0, with strict options too."""
    program = shutil.which(dialect)
    assert program is not None
    strict = [] if dialect == "fish" else ["-eu"]
    for line in hook_lines(dialect):  # type: ignore[arg-type]
        finished = subprocess.run(
            [program, *strict, "-c", f"{line} # awsenv setup"],
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=False,
        )
        assert (finished.returncode, finished.stdout, finished.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ('eval "$(/opt/x/bin/awsenv init zsh)"', "/opt/x/bin/awsenv"),
        ('eval "$("/opt/x/bin/awsenv" init zsh)"', "/opt/x/bin/awsenv"),
        ('eval "$($HOME/bin/awsenv init zsh)"', None),
        ('eval "$("$HOME"/bin/awsenv init zsh)"', None),
        ('eval "$(~/bin/awsenv init zsh)"', None),
        ('eval "$(awsenv init zsh)"', None),
    ],
)
def test_the_program_of_a_line(line: str, program: str | None) -> None:
    """Only what is named without a variable can be looked for."""
    assert program_in(line) == program
