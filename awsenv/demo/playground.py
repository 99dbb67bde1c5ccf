"""A private home with the person's shell set up in it: the practice world to type in, or to be toured by a script."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from awsenv.demo.household import write_household
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import MFA_SERIAL
from awsenv.values import Value

SHELLS = ("bash", "zsh", "fish")

# A script as found in any repository: it names no profile and takes whatever the shell's default is.
WHO = '''"""Say which account AWS takes this script for. It names no profile, as most scripts do not."""

import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

try:
    identity = boto3.client("sts").get_caller_identity()
except (BotoCoreError, ClientError) as error:
    sys.exit(f"boto3 without --profile: {error}")
print(f"boto3 without --profile: account {identity['Account']} {identity['Arn']}")
'''

# What a person would read off the phone.
MFA = '''"""Print a code of the practice MFA device; it is good once."""

import json
import urllib.request

opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
with opener.open("{url}/practice/mfa?serial={serial}", timeout=10) as answer:
    print(json.load(answer)["code"])
'''

_BASHRC = r"""
PS1='practice \$ '
eval "$(awsenv init bash)"
"""
_ZSHRC = r"""
PROMPT='practice %# '
autoload -Uz compinit && compinit -u -d "$ZDOTDIR/.zcompdump"
eval "$(awsenv init zsh)"
"""
_CONFIG_FISH = r"""
set -g fish_greeting
function fish_prompt
    echo -n 'practice > '
end
awsenv init fish | source
"""
# Else `doctor` would have it that AWS's own endpoints are the right ones.
_SETTINGS = """
# This machine plays AWS's part here.
allowed_endpoints = ["127.0.0.1"]
"""
# Else tmux starts a login shell, for which many a system makes the PATH anew, and bash reads no .bashrc.
_TMUX_CONF = """
set -g default-command 'exec "$SHELL"'
"""
_START_FILES = {
    ".bashrc": _BASHRC,
    ".zshrc": _ZSHRC,
    ".config/fish/config.fish": _CONFIG_FISH,
    ".config/awsenv/config.toml": _SETTINGS,
    ".tmux.conf": _TMUX_CONF,
}


class Playground(Value):
    """A household that a shell can live in; `environment` is all that the shell gets."""

    home: Path
    environment: Mapping[str, str]

    def command(self, shell: str) -> list[str]:
        """Return the interactive shell of this home."""
        return [shell, "--rcfile", str(self.home / ".bashrc"), "-i"] if shell == "bash" else [shell, "-i"]


def prepare(home: Path, practice: PracticeServer, inherited: Mapping[str, str]) -> Playground:
    """Write the household and the shells' start files into `home` and return the playground.

    `inherited` is the caller's environment: its AWS variables and its own shell's settings stay outside.
    """
    household = write_household(home, practice)
    for name, text in _START_FILES.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    # Else fish, when it first starts, goes on making these in the background, and in a home that may be gone by then.
    (home / ".local" / "share" / "fish" / "generated_completions").mkdir(parents=True, exist_ok=True)
    (home / "who.py").write_text(WHO, encoding="utf-8")
    (home / "mfa.py").write_text(MFA.format(url=practice.url, serial=quote(MFA_SERIAL)), encoding="utf-8")
    kept = {name: value for name, value in inherited.items() if not _is_foreign(name)}
    folder = str(Path(sys.executable).parent)
    return Playground(
        home,
        kept
        | household.environment()
        | {
            "PATH": f"{folder}{os.pathsep}{kept.get('PATH', os.defpath)}",
            "ZDOTDIR": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_DATA_HOME": str(home / ".local/share"),
            # A tmux that runs already gives its windows the environment it was started with, the person's own.
            "TMUX_TMPDIR": str(home),
        },
    )


def available_shells(environment: Mapping[str, str]) -> list[str]:
    """Return those of the three shells that are on the PATH."""
    return [shell for shell in SHELLS if shutil.which(shell, path=environment.get("PATH"))]


def _is_foreign(name: str) -> bool:
    # HISTFILE too: what is typed here, and what the shell cuts off when it starts, is not the person's own history.
    # A proxy has no part in a world on one machine, and the small no_proxy would hide the household's own.
    return (
        name.startswith(("AWS", "HIST", "XDG_", "ZDOTDIR", "BASH_ENV", "PROMPT", "PS1", "TMUX"))
        or name in {"ENV", "CI"}
        or name.lower().endswith("_proxy")
    )
