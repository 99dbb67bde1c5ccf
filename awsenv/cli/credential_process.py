"""awsenv credential-process: a profile's keys in the protocol of the SDKs."""

import json

import click

from awsenv.actions.credential_process import answer_for
from awsenv.cli import options
from awsenv.cli.terminal import say, write
from awsenv.errors import AwsenvError
from awsenv.runtime import Runtime


@click.command("credential-process")
@click.argument("profile", type=options.Text())
@click.pass_obj
def command(runtime: Runtime, *, profile: str) -> None:
    """Print the keys of PROFILE as SDKs want them of a `credential_process`; never ask anything.

    What is printed is secret. In ~/.aws/config, in a profile of its own, with the whole path:

    \b
    [profile unicorn-process]
    credential_process = /usr/local/bin/awsenv credential-process unicorn
    """
    try:
        answer = answer_for(profile, runtime)
    except AwsenvError as error:
        # SDKs show what stands on stderr as a part of their own error: one line.
        say(f"awsenv: {error.problem}" + (f" (hint: {error.hint})" if error.hint else ""))
        raise click.exceptions.Exit(int(error.exit_code)) from error
    write(json.dumps(answer) + "\n")
