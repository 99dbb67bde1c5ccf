"""Render a change of variables, or a mere status, as one compound statement of a shell.

The shell parses the whole of it before it runs any of it, so that text cut off at any byte changes nothing. Knows
grammar; which variables change is decided elsewhere.
"""

from awsenv.environ import OWNED_VARIABLES
from awsenv.errors import ExitCode
from awsenv.model import Dialect, EnvChange
from awsenv.runtime import encoded
from awsenv.shells.quoting import quote

_READONLY = "awsenv: %s is readonly in this shell: nothing was changed\\n"
_UNIVERSAL = "awsenv: fish hands the universal variable %s to every command: nothing was changed\\nhint: set -eU %s\\n"
_REFUSED = int(ExitCode.LOCAL_FILE)

# fish (3.6 and 4) exports a universal variable even where an unexported global hides it from the shell itself.
_FISH_CHECK = (
    " for __awsenv_name in {names}; if builtin set -qUx $__awsenv_name; "
    f"builtin printf '{_UNIVERSAL}' $__awsenv_name $__awsenv_name >&2; builtin return {_REFUSED}; end; end;"
)

# In bash, a name that is readonly cannot be made local; in zsh it can, but its type tells. Neither needs a fork.
_IS_READONLY = {
    "bash": '! \\builtin local "$__awsenv_name" 2>&-',
    "zsh": '__awsenv_type="${(Pt)__awsenv_name-}"; \\builtin test "${__awsenv_type/readonly/}" != "$__awsenv_type"',
}


def render(change: EnvChange, dialect: Dialect) -> bytes:
    """Return the statement that applies `change` in the shell that evaluates it, wholly or not at all.

    Its status is 0; it is 7, with the name on stderr and nothing changed, where the shell holds one of the names
    readonly or, in fish, exports a universal variable that would take the place of an unset one.

    Raises:
        UnusableName: a value holds what no shell variable can carry.
        ValueError: the change names a variable that awsenv does not own.
    """
    if foreign := [name for name in change.variables if name not in OWNED_VARIABLES]:
        raise ValueError(f"not awsenv's to change: {', '.join(foreign)}")
    if not change.variables:
        return b""
    values = {name: quote(value, dialect, name) for name, value in change.variables.items() if value is not None}
    match dialect:
        case "fish":
            text = _fish_group(change, values)
        case "sh":
            text = _sh_group(change, values)
        case _:
            text = _bash_group(change, values, dialect)
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


def _bash_group(change: EnvChange, values: dict[str, str], dialect: Dialect) -> str:
    names = " ".join(change.variables)
    check = (
        "__awsenv_check() { \\builtin unset -f __awsenv_check; \\builtin local __awsenv_name __awsenv_type; "
        f"for __awsenv_name in {names}; do if {_IS_READONLY[dialect]}; then "
        f"\\builtin printf '{_READONLY}' \"$__awsenv_name\" >&2; \\builtin return {_REFUSED}; fi; done; }};"
    )
    # A left-over attribute (integer, upper case, array) would change the new value, hence the unset before.
    apply = f"\\builtin unset -v {names};{_exports(values, 'builtin')}"
    return f"{{ {check} if __awsenv_check; then {apply} else (\\builtin exit {_REFUSED}); fi; }};"


def _sh_group(change: EnvChange, values: dict[str, str]) -> str:
    names = " ".join(change.variables)
    refuse = (
        f"(for __awsenv_name in {names}; do (\\command unset -v $__awsenv_name) 2>/dev/null || "
        f"\\command printf '{_READONLY}' $__awsenv_name >&2; done; \\command exit {_REFUSED});"
    )
    apply = f"\\command unset -v {names};{_exports(values, 'command')}"
    return f"{{ if (\\command unset -v {names}) 2>/dev/null; then {apply} else {refuse} fi; }};"


def _exports(values: dict[str, str], prefix: str) -> str:
    return "".join(f" \\{prefix} export {name}={value};" for name, value in values.items())


def _fish_group(change: EnvChange, values: dict[str, str]) -> str:
    removed = " ".join(name for name in change.variables if name not in values)
    # Never without -g: a plain `set -e` takes a universal variable away from every session, for good.
    erase = f" builtin set -eg {removed};" if removed else ""
    if change.variables.get("AWSENV_SAVED", "") is None:
        body = erase + "".join(_fish_restore(name, value) for name, value in values.items())
    else:
        check = _FISH_CHECK.replace("{names}", removed) if removed else ""
        body = check + erase + "".join(_fish_export(name, value) for name, value in values.items())
    function = f"function __awsenv_switch; builtin functions -e __awsenv_switch;{body} builtin return 0; end;"
    return f"begin; {function} __awsenv_switch; end;"


def _fish_export(name: str, value: str) -> str:
    return f" builtin set -gx --unpath {name} {value};"


def _fish_restore(name: str, value: str) -> str:
    # What the universal variable holds by itself stays its own, so that later changes of it show here again.
    uncover = f'builtin set -eg {name}; builtin set -qUx {name}; and builtin contains -- {value} "${name}";'
    return f" {uncover} or{_fish_export(name, value)}"
