"""Which browser opens a sign-in, and whether it could come back to this machine. Starts nothing by itself."""

import contextlib
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from awsenv.errors import SettingsError
from awsenv.runtime import Runtime, decoded, encoded

# Preset → the programs that it may be called, the first found being taken, and how it is told the profile.
_CHROMIUM = "--profile-directory={profile}"
_PRESETS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "chrome": (("google-chrome", "google-chrome-stable", "chrome"), (_CHROMIUM,)),
    "chromium": (("chromium", "chromium-browser"), (_CHROMIUM,)),
    "edge": (("microsoft-edge", "microsoft-edge-stable", "msedge"), (_CHROMIUM,)),
    "brave": (("brave-browser", "brave", "brave-browser-stable"), (_CHROMIUM,)),
    "firefox": (("firefox", "firefox-esr"), ("-P", "{profile}")),
    "container": (("firefox", "firefox-esr"), ()),
}
_MAC_NAMES = {
    "chrome": "Google Chrome",
    "chromium": "Chromium",
    "edge": "Microsoft Edge",
    "brave": "Brave Browser",
    "firefox": "Firefox",
    "container": "Firefox",
}
_SYSTEM = ("xdg-open", "gio", "x-www-browser", "firefox", "chromium", "google-chrome", "sensible-browser")
# The person sits at another machine, and so does the browser, even one that BROWSER names.
_ELSEWHERE = ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT", "CODESPACES", "REMOTE_CONTAINERS")
# explorer.exe would open a folder in place of a page with a query.
_WINDOWS = (("wslview",), ("rundll32.exe", "url.dll,FileProtocolHandler"))
_OPENERS = tuple((program, "open") if program == "gio" else (program,) for program in _SYSTEM)


def find_browser(url: str, *, asked: str | None, runtime: Runtime) -> Sequence[str] | None:
    """Return the command that opens `url`, which stands in it as one argument; None where there is no browser.

    `asked` is a preset (`chrome:Profile 2`, `container:unicorn`) or a command with `%s`, from the option or the
    settings; after it come `BROWSER` and the system's own.

    Raises:
        SettingsError: `asked` is a preset of a browser that is not installed, or no command that takes a page.
    """
    if asked:
        return _from_preset(asked, url, runtime) or _from_template(asked, url, runtime)
    if from_variable := _from_variable(url, runtime):
        return from_variable
    path = runtime.environment.get("PATH")
    if sys.platform == "darwin":
        return ["open", url]
    openers = (*_WINDOWS, *_OPENERS) if is_wsl(runtime) else _OPENERS
    return next(([*words, url] for words in openers if _which(words[0], path=path)), None)


def filled_in(asked: str, name: str) -> str:
    """Return a preset with `name` for `{profile}` in what it opens; a command stays as it is."""
    preset, colon, opened = asked.partition(":")
    return f"{preset}:{opened.replace('{profile}', name)}" if colon and preset in _PRESETS else asked


def can_come_back(runtime: Runtime, *, asked: str | None) -> bool:
    """Tell whether a browser that the person uses can reach this machine's loopback.

    Over ssh and from a container it cannot: the page would call on the machine that the browser is on. `asked` as in
    `find_browser`: who names a browser has one that runs here.
    """
    environment = runtime.environment
    if any(environment.get(name) for name in _ELSEWHERE):
        return False
    if asked or _from_variable("", runtime):
        return True
    if environment.get("container") or environment.get("KUBERNETES_SERVICE_HOST") or _is_container():
        return False
    if sys.platform == "darwin":
        return True
    if is_wsl(runtime):
        return any(_which(words[0], path=environment.get("PATH")) for words in _WINDOWS)
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def _is_container() -> bool:
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


def is_wsl(runtime: Runtime) -> bool:
    """Tell whether this is Linux inside Windows."""
    return bool(runtime.environment.get("WSL_DISTRO_NAME") or runtime.environment.get("WSL_INTEROP"))


def _from_preset(asked: str, url: str, runtime: Runtime) -> Sequence[str] | None:
    name, colon, profile = asked.partition(":")
    if name not in _PRESETS or (not colon and "%s" in asked):
        return None
    if profile.startswith("-") or any(character < " " for character in profile):
        raise SettingsError(f"{profile!r} is no profile of a browser", hint=f"{name}:NAME")
    if name == "container" and not profile:
        raise SettingsError('the preset "container" needs the name of a container', hint="container:NAME")
    if name == "container":
        url = f"ext+container:name={quote(encoded(profile), safe='')}&url={quote(url, safe='')}"
    programs, told = _PRESETS[name]
    arguments = [word.format(profile=profile) for word in told] if profile else []
    if sys.platform == "darwin":
        return ["open", "-na", _MAC_NAMES[name], "--args", *arguments, url]
    path = runtime.environment.get("PATH")
    program = next((each for each in programs if _which(each, path=path)), None)
    if program is None:
        raise SettingsError(f'the browser "{name}" is not on the PATH', hint=f"one of: {', '.join(programs)}")
    return [program, *arguments, url]


def _from_variable(url: str, runtime: Runtime) -> Sequence[str] | None:
    # BROWSER is a list, so that firefox:work names two browsers: it is taken for a preset where there is no second one.
    path, value = runtime.environment.get("PATH"), runtime.environment.get("BROWSER", "")
    name, _, profile = value.partition(":")
    if profile and name in _PRESETS and not _which(profile, path=path):
        with contextlib.suppress(SettingsError):
            return _from_preset(value, url, runtime)
    for template in filter(None, value.split(":")):
        words = _words(template, runtime)
        if words and not _problem_of(words) and _which(words[0], path=path):
            return _filled(words, url)
    return None


def _from_template(template: str, url: str, runtime: Runtime) -> Sequence[str]:
    words = _words(template, runtime)
    problem = _problem_of(words)
    if problem:
        raise SettingsError(f"{template!r} is no command for a browser: {problem}", hint="firefox -P work %s")
    return _filled(words, url)


def _problem_of(words: list[str]) -> str | None:
    if not words or not words[0]:
        return "it names no program"
    if words[0].startswith("-") or "%s" in words[0]:
        return "it begins with no program"
    if any("\0" in word for word in words):
        return "it holds a NUL"
    # sh -c "… %s" would make code of whatever stands in the address.
    if any("%s" in word and any(character.isspace() for character in word) for word in words):
        return "%s must stand as an argument of its own"
    return None


def _words(template: str, runtime: Runtime) -> list[str]:
    try:
        # Nobody waits for a browser, so a last & says nothing more.
        words = shlex.split(template.rstrip("& "))
    except ValueError:
        return []
    if words and words[0].startswith("~/"):
        words[0] = decoded(str(runtime.home)) + words[0][1:]
    return words


def _filled(words: list[str], url: str) -> list[str]:
    # The page never becomes more than one argument, whatever is in it.
    if not any("%s" in word for word in words[1:]):
        return [*words, url]
    return [words[0], *(word.replace("%s", url) for word in words[1:])]


def _which(program: str, path: str | None) -> str | None:
    # Imported here: few commands open a browser, and it takes its time to load.
    from shutil import which

    return which(program, path=path)
