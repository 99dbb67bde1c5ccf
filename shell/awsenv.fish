# Defines `awsenv`, with which `awsenv use` and `awsenv off` change this shell without eval.
# Load it from ~/.config/fish/config.fish: awsenv init fish | source, or source this file. Loading it twice does no harm.
# Leaves behind the functions `awsenv` and `__awsenv_*`; no variable.

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

# Run the program and let its statements work here, with fish_trace off: it would print the keys.
function __awsenv_apply
    builtin set -l fish_trace
    builtin set -l __awsenv_text (command awsenv $argv[1] --shell fish $argv[2..] | builtin string collect)
    builtin set -l __awsenv_status $pipestatus[1]
    if builtin test $__awsenv_status -eq 0
        builtin eval "$__awsenv_text"
        builtin set __awsenv_status $status
    end
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
        command awsenv $argv
    end
end
