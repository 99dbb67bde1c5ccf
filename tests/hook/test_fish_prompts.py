"""fish: the segment in every kind of prompt, which stays the person's own for whoever looks at it or saves it."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from hook.stand_in import StandIn
from hook.terminals import COMMANDS, PROMPTS
from hook.test_flow import QUESTION, die, mortal, renewals
from hook.words import export

OWN = 'function fish_prompt; echo -n "ready$prompts> "; end'


def test_the_prompt_function_is_the_persons_own(sit: Any, tmp_path: Path) -> None:
    """What shows, saves or copies fish_prompt meets nothing of ours: without awsenv it is no error."""
    terminal = sit("fish")
    saved = tmp_path / "fish_prompt.fish"
    before = terminal.run("functions --no-details fish_prompt")
    terminal.run("true")
    terminal.send("\r")
    terminal.prompted()
    assert "awsenv" not in before
    assert terminal.run("functions --no-details fish_prompt") == before
    terminal.run(f"functions --no-details fish_prompt >{saved}; functions -c fish_prompt mine")
    assert "awsenv" not in saved.read_text()
    assert terminal.run("fish_prompt; echo").startswith("ready")
    assert terminal.run("mine; echo").startswith("ready")
    assert terminal.shown() == "(unicorn 59m)"
    assert terminal.run("functions -a | string match '*their_prompt*'") == "__awsenv_their_prompt_1"


def test_a_prompt_that_begins_with_a_newline_has_the_segment_in_its_first_line(sit: Any) -> None:
    """Blank lines before the prompt stay blank, also with a colour in them; several lines keep their order."""
    for begin in ("echo", "set_color red; echo", "echo; echo '  '"):
        terminal = sit("fish", lines=(f'function fish_prompt; {begin}; echo top; echo -n "ready$prompts> "; end', ""))
        rows = [row.strip() for row in terminal.text().split("\n") if row.strip()]
        assert rows == ["(unicorn 59m) top", "ready1>"]
        terminal.run("true")
        assert terminal.text().count("(unicorn 59m) top") == 2


@pytest.mark.parametrize("change", ["functions -e fish_prompt", "set -g IFS ''"])
def test_a_missing_prompt_and_no_separator(sit: Any, change: str) -> None:
    """Without a prompt function of the person's there is one all the same; an empty IFS changes nothing."""
    terminal = sit("fish")
    terminal.start(change)
    terminal.rests()
    terminal.start("true")
    terminal.rests()
    assert terminal.line().startswith("(unicorn 59m) ")
    assert terminal.line().rstrip().endswith(">")
    assert "Unknown" not in terminal.text()


def test_an_autoloaded_prompt_is_read_again_after_an_edit(
    sit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prompt in the functions folder that is edited while the shell runs is the edited one at the next prompt."""
    monkeypatch.setitem(COMMANDS, "fish", [word for word in COMMANDS["fish"] if word != "--no-config"])
    monkeypatch.setitem(PROMPTS, "fish", PROMPTS["fish"].rpartition("\n")[0])
    file = tmp_path / "desk0" / "config" / "fish" / "functions" / "fish_prompt.fish"
    file.parent.mkdir(parents=True)
    file.write_text('function fish_prompt; echo -n "one ready$prompts> "; end\n')
    terminal = sit("fish")
    assert terminal.shown() == "(unicorn 59m) one"
    terminal.run("true")
    file.write_text('function fish_prompt; echo -n "two ready$prompts> "; end\n')
    os.utime(file, (time.time() + 5, time.time() + 5))
    terminal.run("true")
    assert terminal.shown() == "(unicorn 59m) two"
    assert "awsenv" not in terminal.run("functions --no-details fish_prompt")
    terminal.run("funcsave fish_prompt")
    assert "two ready" in file.read_text()
    assert "awsenv" not in file.read_text()


def test_leftovers_in_universal_variables_are_nobodys(
    sit: Any, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A universal variable of one of our names neither shows nor steers anything."""
    # Without its configuration, fish has no universal variables.
    monkeypatch.setitem(COMMANDS, "fish", [word for word in COMMANDS["fish"] if word != "--no-config"])
    stand_in.tell(renew="ask")
    names = ("guard off", "guard_commands x", "quiet 1", "asked 1700000000", "segment old", "shown 1", "prompt off")
    left = "\n".join(f"set -U __awsenv_{name}" for name in names)
    terminal = sit("fish", lines=(f"set -U AWSENV_SEGMENT universal\n{left}", mortal("fish")[1]))
    assert terminal.shown() == "(unicorn 59m)"
    die(terminal)
    start = terminal.start("true")
    terminal.sees(QUESTION, since=start)
    terminal.send("l")
    terminal.prompted()
    terminal.run("set -e AWSENV_PROFILE")
    assert terminal.shown() == ""


@pytest.mark.parametrize(
    "lines",
    [
        "fish_vi_key_bindings",
        "set -g fish_trace 1",
        "function fish_right_prompt; echo right; end",
        "set -g fish_greeting",
        "function fish_mode_prompt; end",
        "set -g fish_private_mode 1",
        "set -g fish_transient_prompt 1",
        "function event --on-event fish_postexec; set -g seen $pipestatus; end",
        "function late --on-event fish_prompt; commandline -f repaint; end",
        "function theirs --on-event fish_preexec; functions -c fish_prompt (random); end",
    ],
)
def test_every_way_to_set_fish_up(sit: Any, stand_in: StandIn, lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key bindings, right and transient prompts, and handlers of one's own: one segment, one question, one status."""
    # Without its configuration, fish 3.6 takes no vi bindings.
    monkeypatch.setitem(COMMANDS, "fish", [word for word in COMMANDS["fish"] if word != "--no-config"])
    stand_in.tell(renew="ask")
    terminal = sit("fish", lines=(lines, mortal("fish")[1]))
    terminal.run("true")
    assert terminal.line().count("(unicorn 59m)") == 1
    terminal.run("false | true | sh -c 'exit 9'")
    assert terminal.run("echo $pipestatus").split("\n")[0 if "trace" not in lines else -1].endswith("1 0 9")
    if "postexec" in lines:
        terminal.run("false | sh -c 'exit 3'")
        # What is typed in between is a command too.
        assert terminal.run("true; echo $seen") == "1 3"
    die(terminal)
    start = terminal.start("true")
    terminal.sees(QUESTION, since=start)
    terminal.send("l")
    terminal.prompted()
    assert terminal.line().count("(unicorn 59m)") == 1
    assert len(renewals(stand_in)) == 1


def test_nothing_is_wrapped_while_no_profile_is_on(sit: Any) -> None:
    """Without a profile the prompt function is not touched at all."""
    terminal = sit("fish", {"AWSENV_PROFILE": None})
    terminal.run("true")
    assert terminal.run("functions -a | string match '*their_prompt*'; echo none") == "none"
    terminal.run(export("fish", "AWSENV_PROFILE", "dragon"))
    assert terminal.shown() == "(unicorn 59m)"
    terminal.run("set -e AWSENV_PROFILE")
    assert terminal.shown() == ""


def test_a_prompt_changed_from_a_key_stays(sit: Any) -> None:
    """Who changes the prompt while ours stands in its place, as a key binding can, has the last word."""
    bind = (
        "bind \\ct 'functions -c fish_prompt old; function fish_prompt; echo -n v:; old; end; commandline -f repaint'"
    )
    terminal = sit("fish", lines=("", bind))
    terminal.send("\x14")
    terminal.sees("v:")
    terminal.rests()
    for _ in range(3):
        terminal.run("true")
        assert terminal.line().count("(unicorn 59m)") == 1
        assert "v:" in terminal.line()
