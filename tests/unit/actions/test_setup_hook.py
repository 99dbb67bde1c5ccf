from pathlib import Path

import pytest
from unit.files.fakes import make_runtime

from awsenv.actions.setup_hook import doubts_about_program, plan_hook, plan_removal, write_hook
from awsenv.errors import LocalFileError
from awsenv.files.reading import ignore
from awsenv.shells.rc_files import StartFile, hook_line


def install(folder: Path) -> Path:
    """Put a program called awsenv into a folder."""
    folder.mkdir(parents=True)
    program = folder / "awsenv"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    return folder


def test_a_new_shell_must_find_awsenv(tmp_path: Path) -> None:
    """Where the PATH has no awsenv, or only that of an active virtual environment, the line would do nothing."""
    plain, virtual = install(tmp_path / "bin"), install(tmp_path / "venv" / "bin")
    environment = {"PATH": f"{virtual}:{plain}", "VIRTUAL_ENV": str(tmp_path / "venv")}

    assert doubts_about_program(make_runtime(tmp_path, {"PATH": str(plain)})) == []
    assert doubts_about_program(make_runtime(tmp_path, {"PATH": environment["PATH"]})) == []
    assert "not on the PATH" in doubts_about_program(make_runtime(tmp_path, {"PATH": "/nowhere"}))[0]
    assert "virtual environment" in doubts_about_program(make_runtime(tmp_path, environment))[0]
    assert doubts_about_program(make_runtime(tmp_path, environment | {"PATH": f"{plain}:{virtual}"})) == []


@pytest.mark.parametrize("kind", ["folder", "dangling link", "read-only"])
def test_the_line_to_put_there_by_hand_is_told(kind: str, tmp_path: Path) -> None:
    """Whatever keeps the file from being written, the hint is the line."""
    path = tmp_path / ".zshrc"
    plan = plan_hook("zsh", StartFile(str(path)), has_prompt=None, runtime=make_runtime(tmp_path))
    if kind == "folder":
        path.mkdir()
    elif kind == "dangling link":
        path.symlink_to(tmp_path / "nowhere" / "zshrc")
    else:
        path.write_text("a\n")
        path.chmod(0o400)

    with pytest.raises(LocalFileError) as caught:
        write_hook(plan, runtime=make_runtime(tmp_path), notify=ignore)
    assert str(caught.value.hint).endswith(hook_line("zsh"))


def test_a_file_that_nobody_can_read_holds_no_line(tmp_path: Path) -> None:
    """Other start files than the one that is written do not keep setup from its work."""
    (tmp_path / ".zshenv").mkdir()
    file = StartFile(str(tmp_path / ".zshrc"), (str(tmp_path / ".zshenv"),))

    assert plan_hook("zsh", file, has_prompt=None, runtime=make_runtime(tmp_path)).is_change
    assert plan_removal(["zsh"], str(tmp_path / ".zshenv"), make_runtime(tmp_path)) == []


def test_a_line_of_ones_own_that_does_nothing_is_told_of(tmp_path: Path) -> None:
    """It stays; but where its program is gone, as with its virtual environment, or few shells read it, that is said."""
    program = install(tmp_path / "venv" / "bin") / "awsenv"
    login, other = tmp_path / ".zlogin", tmp_path / ".zshenv"
    file = StartFile(str(tmp_path / ".zshrc"), (str(other), str(login)), partly=(str(login),))

    def doubt() -> str | None:
        plan = plan_hook("zsh", file, has_prompt=None, runtime=make_runtime(tmp_path))
        assert plan.standing
        assert not plan.is_change
        return plan.doubt

    login.write_text(f'a\neval "$({program} init zsh)"\n')
    assert doubt() == f"not every zsh reads {login}, so some will not have the hook: {tmp_path}/.zshrc is for all"
    program.unlink()
    assert str(doubt()).startswith(f"{login}:2 loads it from {program}, which is not there any more")
    other.write_text('eval "$(awsenv init zsh)"\n')
    assert doubt() is None
