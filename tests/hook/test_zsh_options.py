"""zsh with every option turned the other way: the prompt, a renewal, the question and TAB make no noise."""

import subprocess
from typing import Any

import pytest
from hook.stand_in import StandIn
from hook.terminals import INTERRUPT
from hook.test_completion import COMPINIT, complete_and_run
from hook.test_flow import QUESTION, die, mortal
from stage import SOAK

# What ends the shell, runs nothing, or belongs to how it was started; and sh's word for the whole of them.
LEFT_OUT = {
    "exec",
    "interactive",
    "login",
    "privileged",
    "restricted",
    "shinstdin",
    "singlecommand",
    "zle",
    "onecmd",
    "stdin",
}
# With these, compinit completes nothing of anybody's.
LEFT_OUT |= {"kshzerosubscript", "shglob"}
# Without these, this person's own prompt could not be read; with these, zsh itself speaks at each line.
LEFT_OUT |= {
    "promptpercent",
    "promptcr",
    "promptsp",
    "singlelinezle",
    "verbose",
    "xtrace",
    "printexitvalue",
    "sourcetrace",
}
# In these, a line that a test types is another: braces and quotes are read otherwise.
GROUPS = [
    "norcs globalrcs rcexpandparam ksharrays",
    "shwordsplit globsubst nullglob nounset",
    "bsdecho errreturn warncreateglobal warnnestedvar",
    "promptbang promptsubst nobanghist",
    "noglob kshtypeset localtraps localoptions",
    "extendedglob kshglob numericglobsort",
    "typesetsilent allexport pipefail posixbuiltins",
    "nonomatch nobadpattern cshnullglob globassign",
    "cbases octalzeroes noevallineno noequals forcefloat",
    "noshortloops ignorebraces posixidentifiers posixstrings posixtraps",
    "ignoreclosebraces cprecedences noaliasfuncdef",
    "cshjunkiequotes cshjunkieloops cshjunkiehistory interactivecomments",
    "autocd correct correctall autonamedirs cdablevars",
    "menucomplete noautolist completeinword alwaystoend globcomplete recexact",
    "nomultibyte transientrprompt promptvars combiningchars",
    "shfileexpansion shnullcmd magicequalsubst pathdirs rcquotes chaselinks",
    "histignorespace sharehistory histverify incappendhistory",
    "nohashcmds nohashlistall nomonitor nonotify nocheckjobs",
    "noclobber appendcreate nomultios nofunctionargzero",
]


def all_options() -> list[str]:
    """Return the options of this zsh, each as it is not by default."""
    script = "for o in ${(ko)options}; do [[ $options[$o] == on ]] && print no$o || print $o; done"
    done = subprocess.run(["zsh", "-fc", script], capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split() if name.removeprefix("no") not in LEFT_OUT and name not in LEFT_OUT]


@pytest.mark.parametrize("options", all_options() if SOAK else GROUPS)
def test_every_option_is_lived_in(options: str, sit: Any, stand_in: StandIn) -> None:
    """No option makes the hook print a word of its own, show another segment, or miss its question."""
    stand_in.tell(renew="ask", names={"profiles": ["unicorn"], "sessions": [], "regions": []})
    # Some of them are newer than 5.3, and some make a mess of compinit itself.
    head = f"{COMPINIT['zsh']}; setopt {options} 2>/dev/null"
    terminal = sit("zsh", lines=(head, mortal("zsh")[1]))
    assert terminal.text().startswith("(unicorn 59m) ready")
    terminal.send("half a line" + INTERRUPT)
    terminal.rests()
    die(terminal)
    start = terminal.start("true")
    terminal.sees(QUESTION, since=start)
    terminal.send("l")
    terminal.rests()
    complete_and_run(terminal, "awsenv status u")

    assert stand_in.calls()[-1] == "status unicorn"
    assert "(unicorn 59m) ready" in terminal.line()
    assert "awsenv_" not in terminal.text()
    assert "awsenv:" not in terminal.text()
