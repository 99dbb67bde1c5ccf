import os
import shlex
import sys
from pathlib import Path

import pytest
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.actions import browsers
from awsenv.actions.browsers import can_come_back, find_browser, is_wsl
from awsenv.errors import SettingsError
from awsenv.runtime import Runtime
from awsenv.values import replace

PAGE = "https://oidc.eu-west-1.amazonaws.com/authorize?response_type=code&state=a-b_c&x=%20$(id);'&y=~!"
SPOKEN = "https%3A%2F%2Foidc.eu-west-1.amazonaws.com%2Fauthorize%3Fresponse_type%3Dcode%26state%3Da-b_c"


def _machine(tmp_path: Path, *programs: str, **variables: str) -> Runtime:
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    for name in programs:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return runtime_of(StoppedClock(), tmp_path, {"PATH": str(folder)} | variables)


@pytest.fixture(autouse=True)
def _on_bare_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(browsers, "_is_container", lambda: False)


@pytest.mark.parametrize(
    ("asked", "programs", "command"),
    [
        ("chrome", ("google-chrome",), ["google-chrome", PAGE]),
        ("chrome:Profile 2", ("google-chrome",), ["google-chrome", "--profile-directory=Profile 2", PAGE]),
        (
            "chrome:Profile 2",
            ("google-chrome-stable",),
            ["google-chrome-stable", "--profile-directory=Profile 2", PAGE],
        ),
        ("chromium:Work", ("chromium-browser",), ["chromium-browser", "--profile-directory=Work", PAGE]),
        ("edge:Work", ("msedge",), ["msedge", "--profile-directory=Work", PAGE]),
        ("brave:Work", ("brave",), ["brave", "--profile-directory=Work", PAGE]),
        ("firefox", ("firefox",), ["firefox", PAGE]),
        ("firefox:work", ("firefox-esr", "firefox"), ["firefox", "-P", "work", PAGE]),
        ("firefox:a b", ("firefox-esr",), ["firefox-esr", "-P", "a b", PAGE]),
    ],
)
def test_presets_know_the_program_and_how_it_is_told(
    tmp_path: Path, asked: str, programs: tuple[str, ...], command: list[str]
) -> None:
    """A preset finds the browser under any of its names and gives it its profile and the page, each one argument."""
    assert find_browser(PAGE, asked=asked, runtime=_machine(tmp_path, *programs)) == command


def test_a_container_tab_gets_the_page_inside_an_address(tmp_path: Path) -> None:
    """Firefox opens a container by an address of its own: the page stands in it, encoded, and nothing breaks out."""
    found = find_browser(PAGE, asked="container:a&url=b c", runtime=_machine(tmp_path, "firefox"))
    assert found is not None
    assert found[0] == "firefox"
    assert len(found) == 2
    assert found[1].startswith(f"ext+container:name=a%26url%3Db%20c&url={SPOKEN}")
    assert found[1].count("&") == 1


@pytest.mark.parametrize("name", ["chrome", "chromium", "edge", "brave", "firefox", "container"])
def test_a_preset_on_macos_opens_the_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """On macOS the application is named, whatever is on the PATH, and the page is the last argument."""
    monkeypatch.setattr(sys, "platform", "darwin")
    found = find_browser(PAGE, asked=f"{name}:Work", runtime=_machine(tmp_path))
    assert found is not None
    assert found[:2] == ["open", "-na"]
    assert found[3] == "--args"
    assert "Work" in " ".join(found[4:])
    assert sum(PAGE in word or SPOKEN in word for word in found) == 1
    assert find_browser(PAGE, asked=None, runtime=_machine(tmp_path)) == ["open", PAGE]


@pytest.mark.parametrize("asked", ["chrome:Work", "container:x", "firefox"])
def test_a_preset_without_its_browser_says_what_it_looked_for(tmp_path: Path, asked: str) -> None:
    """A browser that is asked for and not there is an error, never another browser."""
    with pytest.raises(SettingsError, match="not on the PATH") as raised:
        find_browser(PAGE, asked=asked, runtime=_machine(tmp_path, "chromium", "xdg-open"))
    assert raised.value.hint is not None
    assert raised.value.hint.startswith("one of: ")


@pytest.mark.parametrize(
    ("template", "command"),
    [
        ("firefox -P work %s", ["firefox", "-P", "work", PAGE]),
        ("firefox -P 'my work' --new-tab %s", ["firefox", "-P", "my work", "--new-tab", PAGE]),
        ("/opt/my\\ browser/run --url=%s", ["/opt/my browser/run", f"--url={PAGE}"]),
        ("surf", ["surf", PAGE]),
        ("surf -x", ["surf", "-x", PAGE]),
        ("surf %s &", ["surf", PAGE]),
        ("surf --new&", ["surf", "--new", PAGE]),
        ("open %s --and %s", ["open", PAGE, "--and", PAGE]),
        ("firefox 'ext+container:name=x&url=%s'", ["firefox", f"ext+container:name=x&url={PAGE}"]),
        ("chromes:x", ["chromes:x", PAGE]),
        ("echo $(id) ; `id` && x | y > z", ["echo", "$(id)", ";", "`id`", "&&", "x", "|", "y", ">", "z", PAGE]),
    ],
)
def test_a_command_gets_the_page_as_one_argument(tmp_path: Path, template: str, command: list[str]) -> None:
    """Words are split as in a shell, nothing is expanded, and the page stays whole wherever it stands."""
    assert find_browser(PAGE, asked=template, runtime=_machine(tmp_path)) == command


@pytest.mark.parametrize(
    "template",
    [
        " ",
        "''",
        "-P work %s",
        "--new-tab %s",
        "%s",
        "%s --new-tab",
        "'",
        'firefox "%s',
        "sh -c 'firefox %s'",
        "bash -c 'echo %s; id'",
        'env "X=%s y" firefox',
        "fire\0fox %s",
        "firefox \0",
        "firefox:-evil",
        "chrome:--remote-debugging-port=1",
        "firefox:a\nb",
        "container",
        "container:",
    ],
)
def test_what_could_run_the_page_or_nothing_is_refused(tmp_path: Path, template: str) -> None:
    """No program, an option in its place, or a page inside shell code: an error with an example, and no browser."""
    with pytest.raises(SettingsError) as raised:
        find_browser(PAGE, asked=template, runtime=_machine(tmp_path, "firefox", "google-chrome", "xdg-open"))
    assert raised.value.hint


@pytest.mark.parametrize("number", range(300))
def test_any_command_gets_the_page_whole_or_is_refused(tmp_path: Path, number: int) -> None:
    """Whatever a template is made of, the page is never split, never quoted, never the program."""
    pieces = ["%s", " ", "'", '"', "\\", "x", "-", "%", "%%s", "$(id)", ";", "firefox", "\t", "\n", "é", "\udce9", ":"]
    state, template = number * 7919 + 1, ""
    for _ in range(number % 9 + 1):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        template += pieces[state % len(pieces)]
    try:
        found = find_browser(PAGE, asked=template, runtime=_machine(tmp_path))
    except SettingsError:
        return
    assert found is not None
    assert PAGE not in found[0]
    assert not found[0].startswith("-")
    words = shlex.split(template.rstrip(" "))
    assert len(found) == len(words) + (0 if any("%s" in word for word in words[1:]) else 1)
    assert any(PAGE in word for word in found[1:])


@pytest.mark.parametrize(
    ("value", "command"),
    [
        ("surf", ["surf", PAGE]),
        ("surf %s", ["surf", PAGE]),
        ("surf %s &", ["surf", PAGE]),
        ("surf&", ["surf", PAGE]),
        ("nothere:surf --x=%s:firefox", ["surf", f"--x={PAGE}"]),
        ("::surf:", ["surf", PAGE]),
        ("nothere %s:'", ["firefox", PAGE]),
        ("-x %s:%s:sh -c 'surf %s'", ["firefox", PAGE]),
        ("", ["firefox", PAGE]),
        (":", ["firefox", PAGE]),
    ],
)
def test_browser_is_a_list_of_which_the_first_that_exists_counts(
    tmp_path: Path, value: str, command: list[str]
) -> None:
    """BROWSER is read as everywhere: split at colons, `%s` or the end for the page, a last `&` of no matter."""
    runtime = _machine(tmp_path, "surf", "firefox", "sh", BROWSER=value)
    assert find_browser(PAGE, asked=None, runtime=runtime) == command
    assert find_browser(PAGE, asked="w %s", runtime=runtime) == ["w", PAGE]


def test_the_systems_own_browser_comes_last(tmp_path: Path) -> None:
    """Without a wish the desktop's opener is taken, then any known browser, then none."""
    assert find_browser(PAGE, asked=None, runtime=_machine(tmp_path)) is None
    machine = _machine(tmp_path, "google-chrome")
    assert find_browser(PAGE, asked=None, runtime=machine) == ["google-chrome", PAGE]
    machine = _machine(tmp_path, "gio")
    assert find_browser(PAGE, asked=None, runtime=machine) == ["gio", "open", PAGE]
    machine = _machine(tmp_path, "xdg-open", "explorer.exe")
    assert find_browser(PAGE, asked=None, runtime=machine) == ["xdg-open", PAGE]


def test_windows_browser_is_found_from_inside_wsl(tmp_path: Path) -> None:
    """In WSL the person's browser is that of Windows; without a way to it, device code it is."""
    inside = {"WSL_DISTRO_NAME": "Debian"}
    machine = _machine(tmp_path, "xdg-open", **inside)
    assert is_wsl(machine)
    assert not can_come_back(machine, asked=None)
    machine = _machine(tmp_path, "explorer.exe", **inside)
    assert not can_come_back(machine, asked=None)
    machine = _machine(tmp_path, "rundll32.exe", **inside)
    assert find_browser(PAGE, asked=None, runtime=machine) == ["rundll32.exe", "url.dll,FileProtocolHandler", PAGE]
    assert can_come_back(machine, asked=None)
    machine = _machine(tmp_path, "wslview", WSL_INTEROP="/run/WSL/1_interop")
    assert find_browser(PAGE, asked=None, runtime=machine) == ["wslview", PAGE]
    assert can_come_back(machine, asked=None)


@pytest.mark.parametrize(
    ("variables", "asked", "expected"),
    [
        ({}, None, False),
        ({"DISPLAY": ":0"}, None, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, None, True),
        ({"DISPLAY": ""}, None, False),
        ({}, "firefox", True),
        ({"BROWSER": "x"}, None, True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}, None, False),
        ({"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, "firefox", False),
        ({"BROWSER": "x", "SSH_CLIENT": "1 2 3"}, None, False),
        ({"BROWSER": "x", "CODESPACES": "true"}, None, False),
        ({"BROWSER": "x", "REMOTE_CONTAINERS": "true"}, None, False),
        ({"DISPLAY": ":0", "container": "podman"}, None, False),
        ({"DISPLAY": ":0", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}, None, False),
    ],
)
def test_the_flow_follows_from_where_the_person_sits(
    tmp_path: Path, variables: dict[str, str], asked: str | None, *, expected: bool
) -> None:
    """Over ssh, in a container and without a display, no browser can come back to this machine's loopback."""
    assert can_come_back(_machine(tmp_path, "x", **variables), asked=asked) is expected


def test_a_container_is_known_by_its_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that docker and podman leave say so where no variable does; a named browser runs inside."""
    monkeypatch.setattr(browsers, "_is_container", lambda: True)
    machine = _machine(tmp_path, DISPLAY=":0")
    assert (can_come_back(machine, asked=None), can_come_back(machine, asked="firefox")) == (False, True)


def test_macos_needs_no_display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a Mac the browser comes back, unless the person sits elsewhere."""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert can_come_back(_machine(tmp_path), asked=None)
    assert not can_come_back(_machine(tmp_path, SSH_TTY="x"), asked=None)


def test_a_program_of_this_folder_is_not_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty PATH finds nothing in the folder that one happens to stand in."""
    runtime = _machine(tmp_path, "firefox")
    monkeypatch.chdir(tmp_path / "bin")
    assert os.access("firefox", os.X_OK)
    nowhere = replace(runtime, environment={"PATH": str(tmp_path / "none")})
    assert find_browser(PAGE, asked=None, runtime=nowhere) is None


def test_a_browser_variable_can_be_a_preset(tmp_path: Path) -> None:
    """BROWSER is a list by custom, but firefox:work is no list where there is no program called work."""
    alone = _machine(tmp_path, "firefox", BROWSER="firefox:work")
    assert find_browser(PAGE, asked=None, runtime=alone) == ["firefox", "-P", "work", PAGE]
    both = _machine(tmp_path, "firefox", "work", BROWSER="firefox:work")
    assert find_browser(PAGE, asked=None, runtime=both) == ["firefox", PAGE]


def test_a_browser_variable_that_names_nothing_is_no_browser(tmp_path: Path) -> None:
    """What BROWSER names must be there to count as a browser on this machine."""
    assert not can_come_back(_machine(tmp_path, BROWSER="nothing-here"), asked=None)
    assert not can_come_back(_machine(tmp_path, BROWSER="chrome:Profile 2"), asked=None)
    assert can_come_back(_machine(tmp_path, "lynx", BROWSER="nothing-here:lynx"), asked=None)


@pytest.mark.parametrize("where", ["asked", "BROWSER"])
def test_a_browser_may_stand_in_the_persons_home(tmp_path: Path, where: str) -> None:
    """A leading ~/ is the home folder, as nobody's shell has seen the text of a setting."""
    folder = tmp_path / "two words"
    folder.mkdir()
    (folder / "surf").write_text("#!/bin/sh\n")
    (folder / "surf").chmod(0o755)
    template = "'~/two words/surf' %s"
    runtime = _machine(tmp_path, **({"BROWSER": template} if where == "BROWSER" else {}))
    asked = template if where == "asked" else None
    assert find_browser(PAGE, asked=asked, runtime=runtime) == [str(folder / "surf"), PAGE]
