"""awsenv whoami: who this shell is."""

import click

from awsenv.actions.identity import Whoami, describe_shell, verify_shell
from awsenv.cli import options
from awsenv.cli.terminal import say_notice, time_left, write, write_json
from awsenv.model import Identity
from awsenv.runtime import Runtime, shown
from awsenv.values import asdict


@click.command("whoami")
@click.option("--verify", is_flag=True, help="Ask STS, which says who AWS takes this shell for.")
@options.json_option
@click.pass_obj
def command(runtime: Runtime, *, verify: bool, as_json: bool) -> None:
    """Say which profile, account, role and region this shell is in, from its variables alone."""
    whoami = describe_shell(runtime=runtime, notify=say_notice)
    identity = verify_shell(runtime=runtime, notify=say_notice) if verify else None
    if as_json:
        verified = {"verified": asdict(identity)} if identity else {}
        write_json(asdict(whoami) | verified)
        return
    write("".join(f"{line}\n" for line in _lines(whoami, identity, runtime)))


def _lines(whoami: Whoami, identity: Identity | None, runtime: Runtime) -> list[str]:
    account = " ".join(part for part in (whoami.account_id, whoami.account_name) if part)
    left = time_left(whoami.expires_at, runtime.now()) if whoami.expires_at else None
    facts = {
        "profile": whoami.profile,
        "account": account,
        "role": whoami.role,
        "region": whoami.region,
        "left": left,
        "set by": None if whoami.set_by == "awsenv" else whoami.set_by,
        "verified": f"{identity.account_id} {identity.arn}" if identity else None,
    }
    lines = [f"{name:<9}{shown(value)}" for name, value in facts.items() if value]
    return lines or ["no profile: this shell is in no account that awsenv knows of"]
