"""Render a change of variables, or a mere status, as one compound statement of a shell.

The shell parses the whole of it before it runs any of it, so that text cut off at any byte changes nothing. A shell
that gets the text of another stops at a line that holds no value, since it prints that line. Knows grammar; which
variables change is decided elsewhere.
"""

from awsenv.environ import OWNED_VARIABLES
from awsenv.errors import ExitCode
from awsenv.model import Dialect, EnvChange
from awsenv.prepared import PREVIOUS, SAVED
from awsenv.runtime import encoded
from awsenv.shells.quoting import quote

_REFUSED = int(ExitCode.LOCAL_FILE)
_UNTOUCHED = "awsenv: %s is %s: nothing was changed\\n"
_UNIVERSAL = "awsenv: fish hands the universal variable %s to every command: nothing was changed\\nhint: set -eU %s\\n"
_READONLY = "'readonly in this shell'"
_LOCAL = "'local to a function'"
_NAMEREF = "'a reference to another variable'"

# fish ends a quote elsewhere than the others do. So one of them sees a comment, to the end of the line, where the other
# sees a word; where the lines are joined, as by an unquoted eval, that hides all values from the wrong shell's parser.
# Where they are not joined, it cannot but stop at the next line: fish at `case`, the others at `fi`.
_NOT_FISH = "\\: '\\'\"'; echo awsenv: this text is not for fish: nothing was changed >&2; builtin false # \";\n"
_ONLY_FISH = "begin; if builtin false '\\' # ';\nfi; end;"

_PREVIOUS: dict[Dialect, str] = {
    "bash": " \\builtin test -z {} || {{ \\builtin export AWSENV_PREVIOUS; AWSENV_PREVIOUS={}; }};",
    "zsh": " \\builtin test -z {} || \\builtin export AWSENV_PREVIOUS={};",
    "fish": " builtin test -z {}; or builtin set -gx --unpath AWSENV_PREVIOUS {};",
    "sh": " \\test -z {} || {{ \\export AWSENV_PREVIOUS; AWSENV_PREVIOUS={}; }};",
}

# fish (3.6 and 4) exports a universal variable even where an unexported global hides it from the shell itself.
_FISH_CHECK = (
    " for __awsenv_name in {names}; if builtin set -qUx $__awsenv_name; "
    f"builtin printf '{_UNIVERSAL}' $__awsenv_name $__awsenv_name >&2; builtin return {_REFUSED}; end; end;"
)

# Find a name among the arguments that cannot be changed for the whole shell, and why. None of it forks, and no sign in
# it is a glob's. bash first asks about all names at once, which is three times as fast as one after the other.
_OBSTACLE = {
    # A name that is readonly cannot be made local. Whether it is a caller's local, bash tells nobody: but an attribute
    # without meaning, given to the global one, does not show in the local one that hides it (bash 5; older ones go on).
    # What takes the names away takes that with them.
    "bash": (
        "if \\builtin local IFS && IFS=' ' && ! \\builtin test '' ${@/#/-o -R }; then \\:; else "
        'for __awsenv_name in "$@"; do if \\builtin test -R "$__awsenv_name"; then '
        f"__awsenv_why={_NAMEREF}; \\builtin break; fi; done; fi; "
        'if \\builtin test -z "$__awsenv_why" && \\builtin test "${BASH_VERSION:0:1}" -ge 5; then '
        '__awsenv_marked=1; \\builtin declare -gt "$@"; '
        '__awsenv_type="{types}"; __awsenv_type="${__awsenv_type//stx/}"; '
        'if \\builtin test -n "${__awsenv_type//st/}"; then for __awsenv_name in "$@"; do '
        'if \\builtin test -n "${!__awsenv_name+x}"; then __awsenv_type="${!__awsenv_name@a}"; '
        'if \\builtin test "${__awsenv_type/t/}" = "$__awsenv_type"; then '
        f"__awsenv_why={_LOCAL}; \\builtin break; fi; fi; done; fi; fi; "
        'if \\builtin test -z "$__awsenv_why" && ! \\builtin local "$@"; then for __awsenv_name in "$@"; do '
        f'\\builtin local "$__awsenv_name" || {{ __awsenv_why={_READONLY}; \\builtin break; }}; done; fi; '
    ),
    "zsh": (
        'for __awsenv_name in "$@"; do __awsenv_type="${(Pt)__awsenv_name-}"; '
        f'if \\builtin test "${{__awsenv_type/readonly/}}" != "$__awsenv_type"; then __awsenv_why={_READONLY}; '
        f'elif \\builtin test "${{__awsenv_type/local/}}" != "$__awsenv_type"; then __awsenv_why={_LOCAL}; '
        "else \\builtin continue; fi; \\builtin break; done; "
    ),
}


def render(change: EnvChange, dialect: Dialect) -> bytes:
    """Return the statement that applies `change` in the shell that evaluates it, wholly or not at all.

    Its status is 0; it is 7, with the name on stderr and nothing changed, where the shell holds one of the names
    readonly, local or (bash) as a nameref, or, in fish, exports a universal variable that would take the place of an
    unset one. bash before 5 and plain sh do not see that a name is local.

    Raises:
        UnusableName: a value holds what no shell variable can carry.
        ValueError: the change names a variable that awsenv does not own.
    """
    if foreign := [name for name in change.variables if name not in OWNED_VARIABLES]:
        raise ValueError(f"not awsenv's to change: {', '.join(foreign)}")
    if not change.variables:
        return b""
    return _rendered(change, _quoted(change, dialect), dialect)


def render_open(change: EnvChange, dialect: Dialect) -> bytes:
    """Return the statement of a switch in which two values are those of the shell's own variables.

    `__awsenv_saved` becomes AWSENV_SAVED, and `__awsenv_previous`, unless it is empty, AWSENV_PREVIOUS. Both must be
    set, and in fish global. The rest, the errors included, is as in `render`.
    """
    values = _quoted(change, dialect)
    values.pop("AWSENV_PREVIOUS", None)
    previous = _PREVIOUS[dialect].format(*[PREVIOUS.decode()] * 2)
    return _rendered(change, values | {"AWSENV_SAVED": SAVED.decode()}, dialect, previous)


def _quoted(change: EnvChange, dialect: Dialect) -> dict[str, str]:
    return {name: quote(value, dialect, name) for name, value in change.variables.items() if value is not None}


def _rendered(change: EnvChange, values: dict[str, str], dialect: Dialect, more: str = "") -> bytes:
    match dialect:
        case "fish":
            text = _fish_group(change, values, more)
        case "sh":
            text = _sh_group(change, values, more)
        case _:
            text = _bash_group(change, values, dialect, more)
    return encoded(f"{text}\n")


def render_status(code: int, dialect: Dialect) -> bytes:
    """Return the statement that does nothing but set the status, and so stops a script under `set -e`."""
    match dialect:
        case "fish":
            # `return` in the text itself would leave the caller of eval; erased later, the status would be lost.
            function = f"function __awsenv_status; builtin functions -e __awsenv_status; builtin return {code}; end;"
            return f"begin; {function} __awsenv_status; end;\n".encode()
        case "sh":
            # Also what a shell that nobody recognised gets; `command` would mean programs only to zsh.
            return f"(\\exit {code});\n".encode()
        case _:
            return f"(\\builtin exit {code});\n".encode()


def _bash_group(change: EnvChange, values: dict[str, str], dialect: Dialect, more: str) -> str:
    names = " ".join(change.variables)
    # For each name that is set: s, and its attributes.
    types = "".join(f"${{{name}+s${{{name}@a}}}}" for name in change.variables)
    # One redirection for all of it: each costs more than the test that it silences.
    check = (
        "__awsenv_check() { \\builtin unset -f __awsenv_check; "
        "\\builtin local __awsenv_name __awsenv_type __awsenv_why __awsenv_marked; __awsenv_why= __awsenv_marked=; "
        f"{{ {_OBSTACLE[dialect].replace('{types}', types)}}} 2>&-; "
        'if \\builtin test -n "$__awsenv_why"; then '
        'if \\builtin test -n "$__awsenv_marked"; then \\builtin declare -g +t "$@"; fi 2>&-; '
        f'\\builtin printf \'{_UNTOUCHED}\' "$__awsenv_name" "$__awsenv_why" >&2; \\builtin return {_REFUSED}; fi; }};'
    )
    # A left-over attribute (integer, upper case, array) would change the new value, hence the unset before.
    apply = f"\\builtin unset -v {names};{_exports(values, dialect)}{more}"
    switch = f"{check} if __awsenv_check {names}; then\n{apply} else (\\builtin exit {_REFUSED}); fi;"
    refuse = f"\\printf '{_UNTOUCHED}' 'this text' 'for {dialect}' >&2; (\\exit {_REFUSED});"
    return f"{_NOT_FISH}case \"${{{dialect.upper()}_VERSION+x}}\" in x) {switch}; '') {refuse}; esac;"


def _sh_group(change: EnvChange, values: dict[str, str], more: str) -> str:
    # No `command`: to zsh it means programs only.
    names = " ".join(change.variables)
    refuse = (
        f"(for __awsenv_name in {names}; do (\\unset -v $__awsenv_name) 2>/dev/null || "
        f"\\printf '{_UNTOUCHED}' $__awsenv_name {_READONLY} >&2; done; \\exit {_REFUSED});"
    )
    apply = f"\\unset -v {names};{_exports(values, 'sh')}{more}"
    return f"{_NOT_FISH}case 1 in 1) if (\\unset -v {names}) 2>/dev/null; then\n{apply} else {refuse} fi;; esac;"


def _exports(values: dict[str, str], dialect: Dialect) -> str:
    if dialect == "zsh":
        # In one go, or WARN_NESTED_VAR would speak up in a function.
        return "".join(f" \\builtin export {name}={value};" for name, value in values.items())
    if not values:
        return ""
    # First the names: under `set -k`, bash would take NAME=value away from `export`, and that would list all variables.
    export = "\\export" if dialect == "sh" else "\\builtin export"
    return f" {export} {' '.join(values)}; {' '.join(f'{name}={value}' for name, value in values.items())};"


def _fish_group(change: EnvChange, values: dict[str, str], more: str) -> str:
    names = " ".join(change.variables)
    removed = " ".join(name for name in change.variables if name not in values)
    # Never without -g: a plain `set -e` takes a universal variable away from every session, for good.
    erase = f" builtin set -eg {removed};" if removed else ""
    if change.variables.get("AWSENV_SAVED", "") is None:
        check, apply = "", "".join(_fish_restore(name, value) for name, value in values.items())
    else:
        check = _FISH_CHECK.replace("{names}", removed) if removed else ""
        apply = "".join(_fish_export(name, value) for name, value in values.items())
    # A caller's local is looked for outside the function, where those that are not exported are still in sight.
    refuse = f"builtin printf '{_UNTOUCHED}' $argv[1] {_LOCAL} >&2; builtin return {_REFUSED};"
    function = (
        f"function __awsenv_switch; builtin functions -e __awsenv_switch; if builtin set -q argv[1]; {refuse} end;"
        f"{check}\n{erase}{apply}{more} builtin return 0; end;"
    )
    local = (
        f"builtin set -l __awsenv_local; for __awsenv_name in {names}; if builtin set -ql $__awsenv_name; "
        "builtin set -a __awsenv_local $__awsenv_name; end; end;"
    )
    return f"{_ONLY_FISH} {function} {local} __awsenv_switch $__awsenv_local; end;"


def _fish_export(name: str, value: str) -> str:
    return f" builtin set -gx --unpath {name} {value};"


def _fish_restore(name: str, value: str) -> str:
    # What the universal variable holds by itself stays its own, so that later changes of it show here again.
    uncover = f'builtin set -eg {name}; builtin set -qUx {name}; and builtin contains -- {value} "${name}";'
    return f" {uncover} or{_fish_export(name, value)}"
