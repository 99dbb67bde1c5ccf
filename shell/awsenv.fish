# Defines `awsenv`, which changes this shell without eval. In an interactive shell it also shows the account in the
# prompt, renews keys that end and asks before a command would fail. Load: awsenv init fish | source, or source it.
# Leaves functions `awsenv*` and `__awsenv_*`, such variables, AWSENV_SEGMENT, and wraps fish_prompt while it shows.

# Sourced as a file, and not printed by `init`: the other parts lie beside it.
if builtin string match -q '*shell/awsenv.fish' -- (builtin status filename)
    for __awsenv_part in prepared segment place guard completion
        builtin set -l __awsenv_file (builtin status dirname)/$__awsenv_part.fish
        builtin test ! -r $__awsenv_file; or builtin source $__awsenv_file
    end
end

# Tell whether a text is a moment in epoch seconds.
function __awsenv_is_moment
    builtin string match -qr '^[1-9][0-9]{0,10}\z' -- "$argv[1]"
end

# At a prompt: renew and draw.
function __awsenv_at_prompt --on-event fish_prompt
    builtin set -l fish_trace
    builtin test -n "$AWSENV_PROFILE$__awsenv_state"; or return 0
    # Drawn before as well, in case Ctrl-C ends the renewal.
    __awsenv_look
    __awsenv_draw
    if __awsenv_renew prompt ''
        __awsenv_look
        __awsenv_draw
    end
    if builtin test -z "$__awsenv_segment" -o "$__awsenv_prompt" = off
    else if builtin test "$__awsenv_prompt" = right
        __awsenv_place fish_right_prompt
    else
        __awsenv_place fish_prompt
    end
end

# Before a command line runs: give the person's prompt back, and renew, or ask.
function __awsenv_at_command --on-event fish_preexec
    builtin set -l fish_trace
    __awsenv_unplace
    if builtin test -n "$AWSENV_PROFILE"
        and not builtin string match -qr '^\s*(awsenv|exit|logout|fc)(\s[^;&|\n]*)?\z' -- "$argv[1]"
        __awsenv_look
        __awsenv_renew command "$argv[1]"
    end
end

# Tell whether the answer to these arguments is statements for this very shell, and not text to read.
function __awsenv_is_for_eval
    builtin contains -- "$argv[1]" use off; or return 1
    for __awsenv_argument in $argv[2..]
        switch $__awsenv_argument
            case --
                return 0
            case -h --help --json --shell '--shell=*'
                return 1
        end
    end
    return 0
end

# Run the program: by the interpreter and the file that `init` named, or where they are gone, the one on the PATH.
function __awsenv_run
    if builtin test -n "$__awsenv_python" -a -x "$__awsenv_python" -a -r "$__awsenv_stub"
        $__awsenv_python -I $__awsenv_stub $argv
    else if command -q awsenv
        command awsenv $argv
    else
        builtin printf 'awsenv: the program is gone%s\nhint: install it again: pipx install awsenv-shell\n' \
            (builtin string replace -r '^(.)' ': $1' -- "$__awsenv_python") >&2
        return 127
    end
end

# Run the program and let its statements work here, with fish_trace off: it would print the keys.
function __awsenv_apply
    builtin set -l fish_trace
    builtin set -l __awsenv_status 0
    if builtin test $argv[1] = use; and __awsenv_find_answer $argv[2..]
        __awsenv_tell_answer
    else
        builtin set -g __awsenv_text (__awsenv_run $argv[1] --shell fish $argv[2..] | builtin string collect)
        builtin set __awsenv_status $pipestatus[1]
    end
    if builtin test $__awsenv_status -eq 0
        builtin eval "$__awsenv_text"
        builtin set __awsenv_status $status
    end
    # Keys: no longer than they are needed.
    builtin set -eg __awsenv_text
    return $__awsenv_status
end

# Print what gives the shell that evaluates this the status of a failure; fish has no subshell that would need more.
function __awsenv_repeat
    if builtin test $argv[1] -ne 0
        builtin echo "begin; function __awsenv_status; builtin functions -e __awsenv_status; builtin return $argv[1]; end;" \
            "__awsenv_status; end;"
    end
end

# Switch this shell with `use` and `off`, also in `eval "$(awsenv use …)"`; hand everything else to the program.
function awsenv --description 'Work in an AWS account, in this terminal'
    if __awsenv_is_for_eval $argv
        __awsenv_apply $argv
        builtin set -l __awsenv_status $status
        if builtin status is-command-substitution
            __awsenv_repeat $__awsenv_status
        end
        return $__awsenv_status
    else
        __awsenv_run $argv
    end
end

if builtin status is-interactive
    # Another shell's state may have come through the environment, or be left over in a universal variable.
    if not builtin set -qg __awsenv_shell; or builtin test "$__awsenv_shell" != $fish_pid
        for __awsenv_name in state segment drawn colour wrapped shown tried tried_dead asked quiet not_before ended wait
            builtin set -g __awsenv_$__awsenv_name ''
        end
        builtin set -g __awsenv_copies 1
        builtin set -eg __awsenv_file
        builtin set -g __awsenv_shell $fish_pid
    end
    builtin set -qg __awsenv_margin; and __awsenv_is_moment "$__awsenv_margin"; or builtin set -g __awsenv_margin 300
    builtin set -qg __awsenv_guard; or builtin set -g __awsenv_guard ask
    builtin set -qg __awsenv_guard_commands; or builtin set -g __awsenv_guard_commands ''
    builtin set -qg __awsenv_prompt; or builtin set -g __awsenv_prompt auto
    builtin set -qg __awsenv_colours; or builtin set -g __awsenv_colours '32 33 31 35'
end
