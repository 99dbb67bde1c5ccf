"""Checks of the files that shells read at their start: whether they load the hook, how often, and before whom."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from awsenv.actions.checks.findings import Findings, checks_of, error, warning
from awsenv.files.paths import as_path, expanded, home_path, xdg_path
from awsenv.model import Place
from awsenv.runtime import Runtime, decoded
from awsenv.values import Value

if TYPE_CHECKING:
    from awsenv.actions.checks.surroundings import Surroundings

_SIZE_LIMIT = 1_000_000
_DEPTH, _MOST_FILES = 3, 40
_SOURCE = re.compile(r"(?:^|[;&|{]|then)\s*(?:builtin\s+)?(?:\.|source)\s+([\"']?)([^\s\"';&|]+)\1")
_INIT = re.compile(r"\bawsenv['\"]?\s+init\s+(?:--\S+\s+)*['\"]?(?P<shell>bash|zsh|fish|\$)")
_STATIC = re.compile(r"(?:^|[\s;&|])(?:\.|source)\s+['\"]?\S*awsenv\.(?P<shell>bash|zsh|fish)\b")
_EVALUATED = re.compile(r"\beval\b|\|\s*(?:source|\.)|(?:source|\.)\s+(?:<\(|\()|>")
# They set the prompt or its hooks anew. starship, powerlevel10k, direnv and bash-preexec get along either way.
_FRAMEWORKS = {
    "oh-my-zsh": re.compile(r"oh-my-zsh\.sh"),
    "prezto": re.compile(r"prezto/init\.zsh"),
    "oh-my-bash": re.compile(r"oh-my-bash\.sh"),
    "bash-it": re.compile(r"bash_it\.sh"),
    "liquidprompt": re.compile(r"(?:\.|source)\s+\S*liquidprompt\b"),
}
_OVERWRITES = re.compile(
    r"^\s*(?:export\s+)?(?P<name>PROMPT_COMMAND=(?!.*PROMPT_COMMAND)"
    r"|precmd_functions=\((?!.*precmd_functions)|preexec_functions=\((?!.*preexec_functions))"
)
_KEYS = re.compile(r"\b(AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN))(?:=|\s+)[\"']?[A-Za-z0-9/+]{16}")
_FILES = {
    "bash": ((".bashrc",), (".bash_profile", ".bash_login", ".profile")),
    "zsh": ((".zshenv", ".zprofile", ".zshrc", ".zlogin"),),
}


class StartLine(Value):
    """A line that a shell reads at its start; comments are left out."""

    place: Place
    text: str


class Start(Value):
    """What a kind of shell reads at its start, in that order, files that it sources in their place."""

    shell: str
    lines: Sequence[StartLine]

    def hooks(self) -> list[StartLine]:
        """Return the lines that load awsenv's hook, for whatever shell."""
        return [line for line in self.lines if "awsenv" in line.text and _shell_in(line.text) is not None]


def collect_starts(runtime: Runtime) -> list[Start]:
    """Return what bash (as login shell too), zsh and fish read at their start."""
    bash, logins = (_paths(runtime, names) for names in _FILES["bash"])
    login = next((path for path in logins if _read(path) is not None), None)
    zsh_home = runtime.environment.get("ZDOTDIR", "").rstrip("/") or home_path(runtime)
    zsh = [f"{zsh_home}/{name}" for name in _FILES["zsh"][0]]
    fish = xdg_path(runtime, "XDG_CONFIG_HOME", ".config", "fish")
    return [
        _start("bash", bash, runtime),
        _start("bash", [login] if login else [], runtime),
        _start("zsh", zsh, runtime),
        _start("fish", [*_files_in(f"{fish}/conf.d"), f"{fish}/config.fish"], runtime),
    ]


def hook_missing(around: "Surroundings") -> Findings:
    """Find a shell that does not load the hook, so that nothing shows the account or renews keys in it."""
    shell = around.shell
    if around.is_hooked or around.environment.get("CI") or shell not in {"bash", "zsh", "fish"}:
        return
    starts = [start for start in around.starts if start.shell == shell]
    hooks = [hook for start in starts for hook in start.hooks()]
    command = "awsenv init fish | source" if shell == "fish" else f'eval "$(awsenv init {shell})"'
    if not hooks:
        file = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/config.fish"}[shell]
        yield warning(None, f"no start file of {shell} loads the hook", f"into {file}: {command}")
    elif "AWSENV_PROFILE" in around.environment:
        yield warning(hooks[0].place, "the hook stands here, but this shell has not loaded it", "start a new shell")


def hook_twice(around: "Surroundings") -> Findings:
    """Find a hook that a shell loads a second time, which only takes time."""
    for start in around.starts:
        hooks = [hook for hook in start.hooks() if _shell_in(hook.text) in {start.shell, "$"}]
        for hook in hooks[1:]:
            yield warning(hook.place, f"{start.shell} loads the hook already at {hooks[0].place}", "remove this line")


def hook_early(around: "Surroundings") -> Findings:
    """Find a hook that stands before a prompt framework, or before what throws hooks away."""
    for start in around.starts:
        hooks = start.hooks()
        if not hooks:
            continue
        behind = list(start.lines)[list(start.lines).index(hooks[-1]) + 1 :]
        for line in behind:
            told = next((name for name, form in _FRAMEWORKS.items() if form.search(line.text)), None)
            thrown = _OVERWRITES.search(line.text)
            if told is not None:
                text = f"the hook stands before {told} ({line.place}), which sets up the prompt anew"
                yield warning(hooks[-1].place, text, "move this line behind that one")
            elif thrown:
                text = f"{line.place} sets {thrown['name'].partition('=')[0]} anew and throws the hook away"
                yield warning(hooks[-1].place, text, "move this line behind that one")


def hook_other_shell(around: "Surroundings") -> Findings:
    """Find a start file that loads the hook of another shell."""
    for start in around.starts:
        for hook in start.hooks():
            shell = _shell_in(hook.text)
            if shell not in {start.shell, "$"}:
                yield error(hook.place, f"{start.shell} reads this, and gets the hook of {shell}", _right(start.shell))


def hook_unread(around: "Surroundings") -> Findings:
    """Find a start file that prints the hook instead of evaluating it."""
    for start in around.starts:
        for hook in start.hooks():
            if _INIT.search(hook.text) and not _EVALUATED.search(hook.text):
                yield error(hook.place, "this prints the hook and does not load it", _right(start.shell))


def keys_in_start_file(around: "Surroundings") -> Findings:
    """Find start files that export keys: every shell has them, and they beat any profile in most tools."""
    for start in around.starts:
        for line in start.lines:
            found = _KEYS.search(line.text) if "AWS_" in line.text else None
            if found:
                text = f"every new shell gets {found[1]} from here: boto3, the AWS CLI and Go take it before a profile"
                yield warning(line.place, text, "remove the line; keys of a profile come with: awsenv use PROFILE")


def _right(shell: str) -> str:
    return "write: awsenv init fish | source" if shell == "fish" else f'write: eval "$(awsenv init {shell})"'


def _shell_in(text: str) -> str | None:
    found = _INIT.search(text) or _STATIC.search(text)
    return found["shell"] if found else None


def _paths(runtime: Runtime, names: Sequence[str]) -> list[str]:
    return [home_path(runtime, name) for name in names]


def _files_in(folder: str) -> list[str]:
    try:
        return sorted(decoded(str(path)) for path in as_path(folder).glob("*.fish"))
    except OSError:
        return []


def _start(shell: str, paths: Sequence[str], runtime: Runtime) -> Start:
    seen = list[str]()
    return Start(shell, [line for path in paths for line in _lines(path, runtime, seen, 0)])


def _lines(path: str, runtime: Runtime, seen: list[str], depth: int) -> Iterator[StartLine]:
    text = _read(path) if len(seen) < _MOST_FILES else None
    if text is None:
        return
    seen.append(path)
    for number, line in enumerate(text.splitlines(), start=1):
        code = line.strip()
        if not code or code.startswith("#"):
            continue
        yield StartLine(Place(path, number), code)
        sourced = _SOURCE.search(code) if depth < _DEPTH else None
        if sourced and not any(form.search(code) for form in _FRAMEWORKS.values()):
            name = expanded(runtime, sourced[2])
            # What a variable of the shell's own leads to is not known here.
            if "$" not in name and name.startswith("/"):
                yield from _lines(name, runtime, seen, depth + 1)


def _read(path: str) -> str | None:
    try:
        file = as_path(path)
        if not file.is_file() or file.stat().st_size > _SIZE_LIMIT:
            return None
        return decoded(file.read_bytes())
    except (OSError, ValueError):
        return None


CHECKS = checks_of(hook_missing, hook_twice, hook_early, hook_other_shell, hook_unread, keys_in_start_file)
