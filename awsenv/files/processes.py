"""`credential_process` lines that call awsenv: how one is written, so that every SDK splits it into the same words."""

import re
import shlex
from collections.abc import Mapping, Sequence

from awsenv.values import Value

VERB = "credential-process"
# A name with no more than these is the same word for everybody.
_PLAIN = re.compile(r"[A-Za-z0-9_./+-]+", re.ASCII)
# Behind a space, the SDKs of Go and JavaScript take these for the beginning of a comment, quoted or not.
_COMMENT = re.compile(r"(?<=[\s])[#;]")


class ProcessWish(Value):
    """How profiles that call awsenv are to be: by which words it is started, and how they are named."""

    program: tuple[str, ...]
    template: str = "{profile}-process"

    def name_for(self, profile_name: str) -> str:
        """Return the name of the profile that asks for another's keys."""
        return self.template.replace("{profile}", profile_name)


def is_template(text: str) -> bool:
    """Tell whether a text names the profiles of others: with `{profile}` once, and something beside it."""
    rest = text.replace("{profile}", "", 1)
    return rest not in (text, "") and "{" not in rest and "}" not in rest


def process_command(program: Sequence[str], profile_name: str) -> str:
    """Return the value of `credential_process` that asks awsenv for the keys of a profile.

    botocore splits it as `shlex` does and starts no shell, most others hand it to sh: both take it alike.
    """
    # A name that begins with a dash would be an option.
    dashes = ["--"] if profile_name.startswith("-") else []
    words = [*(word if _PLAIN.fullmatch(word) else quoted(word) for word in program), VERB, *dashes]
    return " ".join([*words, quoted(profile_name)])


def quoted(text: str) -> str:
    """Return a word in single quotes."""
    inside = text.replace("'", "'\\''")
    return "'" + _COMMENT.sub(lambda found: f"'\\{found[0]}'", inside) + "'"


def asked_profile(values: Mapping[str, str]) -> str | None:
    """Return the profile whose keys a section asks awsenv for, or None for any other section."""
    try:
        words = shlex.split(values.get("credential_process", ""))
    except ValueError:
        return None
    return words[-1] if words[-2:-1] == [VERB] or words[-3:-1] == [VERB, "--"] else None


def asked_of_awsenv(command: str) -> str | None:
    """Return the profile whose keys a credential_process asks awsenv for, whoever wrote it, or None for any other."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    is_awsenv = any(word.rpartition("/")[2] == "awsenv" for word in words[:-2])
    return asked_profile({"credential_process": command}) if is_awsenv else None
