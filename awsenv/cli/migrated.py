"""What migrate will do, and what it has done: a table and a difference, a few lines, and whole for programs."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from awsenv.actions.hints import shown_argument
from awsenv.actions.migrate import Move, State
from awsenv.actions.migrate_roles import map_argument
from awsenv.actions.migrate_text import Shared
from awsenv.cli.diff import write_diff
from awsenv.cli.terminal import GREEN, RED, YELLOW, say, write_table
from awsenv.errors import AccessRefused, AwsenvError, ConfigError
from awsenv.files.edits import Edit
from awsenv.values import replace

_HEADER = ("PROFILE", "FROM", "ACCOUNT", "OLD ROLE", "ROLE", "WHAT")
_WORDS: Mapping[State, str] = {"migrated": "to SSO", "waits": "waits for --retire-keys", "open": "open", "kept": "kept"}
_COLOURS: Mapping[State, str] = {"migrated": GREEN, "waits": YELLOW, "open": YELLOW, "kept": RED, "refused": RED}
_SECRET = re.compile(r"([^=:]*(?:secret|token|access_key|external_id|process)[^=:]*[=:]\s*).*", re.IGNORECASE)


def show(moves: Sequence[Move], shared: Shared) -> None:
    """Write the plan as a table, and then the difference that it makes."""
    shown = [move for move in moves if move.state != "unchanged"]
    if shown:
        write_table(_HEADER, [_row(move) for move in shown], lambda index: _COLOURS.get(shown[index].state, ""))
    for path, edits in shared.edits():
        write_diff(path, map(_masked, edits))


def _row(move: Move) -> tuple[str, ...]:
    word = _WORDS.get(move.state, move.state)
    word += ", its keys go" if move.is_retiring else ""
    word += " (a name like it)" if move.is_alike else ""
    role = move.role.role_name if move.role and move.state in {"migrated", "waits", "kept"} else "-"
    return move.name, move.old.source, account_of(move) or "-", move.old.role_name or "-", role, word


def account_of(move: Move) -> str:
    """Return the account of a profile, with its name where it has one."""
    return " ".join(part for part in (move.account_id, move.account_name) if part)


def _masked(edit: Edit) -> Edit:
    # A value may go on, over empty lines and comments, in lines that alone do not look like a secret's.
    old, is_secret = list[str](), False
    for line in edit.old:
        is_further = is_secret and (not line.strip() or line[0] in " \t#;")
        is_secret = is_further or _SECRET.match(line) is not None
        old.append(" …" if is_further else _SECRET.sub(r"\1…", line))
    return replace(edit, old=tuple(old))


def tell(moves: Sequence[Move], backups: Collection[str], *, is_written: bool, is_dry_run: bool) -> None:
    """Tell what has changed, what has not and why, and what to type next."""
    done = [move for move in moves if move.state == "migrated"]
    shown = any(move.state not in {"unchanged", "stays"} for move in moves)
    for move in moves:
        if move.state in {"open", "stays", "waits"}:
            say(f"awsenv: {move.name} {'is open' if move.state == 'open' else move.state}: {move.reason}")
        elif move.state == "migrated" and move.reason:
            say(f"awsenv: {move.name} is of the account that --map says: {move.reason}")
    say(
        f"awsenv: {_number(len(done))}: {_outcome(is_written=is_written, is_dry_run=is_dry_run)}"
        if done
        else f"awsenv: nothing {'was migrated' if shown else 'to migrate'}"
    )
    for path in backups:
        say(f"awsenv: the file as it was before is {path}")
    for move in done if is_written else ():
        if move.is_retiring and move.old.key_end:
            account = f" of account {move.account_id}" if move.account_id else ""
            say(f"awsenv: the key …{move.old.key_end}{account} works until somebody deactivates it in IAM")
    for line in _next(moves):
        say(f"hint: {line}")


def _number(count: int) -> str:
    return f"{count} profile{'s' if count != 1 else ''}"


def _outcome(*, is_written: bool, is_dry_run: bool) -> str:
    if is_dry_run:
        return "would be migrated"
    return "migrated" if is_written else "nothing is written"


def _next(moves: Sequence[Move]) -> Iterable[str]:
    settled = [
        map_argument(move.name, move.account_id, move.candidates[0] if len(move.candidates) == 1 else None)
        for move in moves
        if move.state == "open"
    ]
    if settled:
        retires = any(move.state == "open" and move.old.in_the_way for move in moves)
        yield f"awsenv migrate {'--retire-keys ' if retires else ''}{' '.join(settled)}"
    for move in moves:
        if move.state == "open" and len(move.candidates) > 1:
            yield f"the roles of {move.name}: {', '.join(move.candidates)}"
    waiting = [move.name for move in moves if move.state == "waits"]
    if waiting:
        names = " ".join(shown_argument(name) for name in waiting) if len(waiting) == 1 else ""
        yield f"awsenv migrate --retire-keys {names}".rstrip()


def failures_of(moves: Sequence[Move], names: Collection[str], *, is_dry_run: bool) -> list[AwsenvError]:
    """Return what was asked for and could not be; `names` are the profiles named on the command line."""
    failures: list[AwsenvError] = [
        AccessRefused(f'profile "{move.name}" is left as it was, since it could not be proven: {move.reason}')
        for move in moves
        if move.state == "refused"
    ]
    failures += [
        ConfigError(
            f'the keys of profile "{move.name}" are not retired: {move.reason}',
            hint="migrate those, or give them another source_profile",
        )
        for move in moves
        if move.state == "kept"
    ]
    asked_for = [move.name for move in moves if move.name in names and move.state in {"open", "stays", "waits"}]
    if asked_for and not is_dry_run:
        quoted = ", ".join(f'"{name}"' for name in asked_for)
        failures.append(ConfigError(f"asked for by name, and not migrated: {quoted}"))
    return failures


def described(
    moves: Sequence[Move], shared: Shared, backups: Sequence[str], *, is_written: bool, is_dry_run: bool
) -> dict[str, object]:
    """Return the whole of it."""
    return {
        "config": shared.config.path,
        "credentials": shared.credentials.path,
        "dry_run": is_dry_run,
        "written": is_written,
        "backups": backups,
        "profiles": [
            {
                "name": move.name,
                "source": move.old.source,
                "account_id": move.account_id,
                "account_name": move.account_name,
                "old_role": move.old.role_name,
                "role": move.role.role_name if move.role else None,
                "sso_session": move.role.sso_session.name if move.role else None,
                "alike": move.is_alike,
                "keys_retired": move.is_retiring,
                "state": move.state,
                "reason": move.reason,
                "candidates": move.candidates,
            }
            for move in moves
        ],
    }
