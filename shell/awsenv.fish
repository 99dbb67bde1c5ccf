# Defines `awsenv`, which changes this shell without eval. In an interactive shell it also shows the account in the
# prompt, renews keys that end and asks before a command would fail. Load: awsenv init fish | source, or source it.
# Leaves functions `awsenv*` and `__awsenv_*`, such variables, AWSENV_SEGMENT, and wraps fish_prompt.

# Tell whether a text is a moment in epoch seconds.
function __awsenv_is_moment
    builtin string match -qr '^[1-9][0-9]{0,10}\z' -- "$argv[1]"
end

# Put the time into __awsenv_now without a process: when a file was written, and how long that is ago.
function __awsenv_tell_time
    builtin set -g __awsenv_now (builtin path mtime / 2>/dev/null; builtin path mtime -R / 2>/dev/null)
    builtin set -g __awsenv_now (builtin math "$__awsenv_now[1]" + "$__awsenv_now[2]")
end

# Put what the variables say of this shell into __awsenv_state, and the seconds left, if there is an end.
function __awsenv_look
    builtin set -g __awsenv_state ''
    builtin set -g __awsenv_left ''
    if builtin test -z "$AWSENV_PROFILE"
        return 0
    else if not builtin set -q AWSENV_EXPIRES
        builtin set -g __awsenv_state valid
    else if __awsenv_is_moment $AWSENV_EXPIRES
        __awsenv_tell_time
        builtin set -g __awsenv_left (builtin math $AWSENV_EXPIRES - $__awsenv_now)
        if builtin test $__awsenv_left -le 0
            builtin set -g __awsenv_state expired
        else if builtin test $__awsenv_left -lt $__awsenv_margin
            builtin set -g __awsenv_state soon
        else
            builtin set -g __awsenv_state valid
        end
    end
end

# Put the segment into AWSENV_SEGMENT and its colour into __awsenv_colour.
function __awsenv_draw
    builtin set -g __awsenv_colour ''
    builtin set -l __awsenv_text ''
    builtin set -l __awsenv_label "$AWSENV_LABEL"
    if builtin test -z "$__awsenv_state"
        builtin set -eg AWSENV_SEGMENT
        return 0
    else if builtin test $__awsenv_state = expired
        builtin set __awsenv_text expired
    else if builtin test -n "$__awsenv_left"
        builtin set -l __awsenv_hours (builtin math -s0 $__awsenv_left / 3600)
        builtin set -l __awsenv_minutes (builtin math -s0 $__awsenv_left % 3600 / 60)
        if builtin test $__awsenv_hours -ge 48
            builtin set __awsenv_text (builtin math -s0 $__awsenv_hours / 24)d(builtin math $__awsenv_hours % 24)h
        else if builtin test $__awsenv_hours -ge 1
            builtin set __awsenv_text (builtin printf '%dh%02dm' $__awsenv_hours $__awsenv_minutes)
        else
            builtin set __awsenv_text "$__awsenv_minutes"m
        end
    end
    builtin test -n "$__awsenv_label"; or builtin set __awsenv_label "$AWSENV_PROFILE {left}"
    builtin set -l __awsenv_parts (builtin string split -m1 '{left}' -- (builtin string join ' ' -- $__awsenv_label))
    if builtin set -q __awsenv_parts[2]
        builtin set __awsenv_label "$__awsenv_parts[1]$__awsenv_text$__awsenv_parts[2]"
    end
    # What a terminal, a prompt or a framework could take for more than text: the environment is data, whoever wrote it.
    # From F600 to F6FF fish itself keeps bytes that are no text.
    builtin set -l __awsenv_active '[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\x{F600}-\x{F6FF}$`"\'\\\\%!;{}]'
    builtin set __awsenv_label (builtin string sub -l 100 -- "$__awsenv_label" | builtin string collect)
    builtin set -gx AWSENV_SEGMENT (builtin string replace -ra $__awsenv_active '?' -- "$__awsenv_label")
    if builtin test -n "$NO_COLOR"
        return 0
    end
    builtin set -l __awsenv_number 1
    if builtin test $__awsenv_state = expired
        builtin set __awsenv_number 3
    else if builtin test "$AWSENV_PROTECTED" = 1
        builtin set __awsenv_number 4
    else if builtin test $__awsenv_state = soon
        builtin set __awsenv_number 2
    end
    builtin set -l __awsenv_all (builtin string split ' ' -- $__awsenv_colours)
    if builtin string match -qr '^[0-9;]+\z' -- "$__awsenv_all[$__awsenv_number]"
        builtin set -g __awsenv_colour $__awsenv_all[$__awsenv_number]
    end
end

# Print the segment with its colour, for prompts of one's own.
function awsenv_prompt_info
    if builtin test -n "$AWSENV_SEGMENT" -a -n "$__awsenv_colour"
        builtin printf '\e[%sm%s\e[0m' $__awsenv_colour "$AWSENV_SEGMENT"
    else
        builtin printf '%s' "$AWSENV_SEGMENT"
    end
end

# Tell whether a command line starts one of the guarded programs, wherever in it a command can stand.
function __awsenv_is_guarded
    builtin set -l __awsenv_place first
    builtin set -l __awsenv_line (builtin string replace -ra '["\'\\\\]' '' -- "$argv[1]" | builtin string collect)
    builtin set __awsenv_line (builtin string replace -ra '[;&|(){}!\n]' ' ; ' -- "$__awsenv_line")
    for __awsenv_word in (builtin string match -ra '\S+' -- "$__awsenv_line")
        builtin set -l __awsenv_name (builtin string replace -r '.*/' '' -- $__awsenv_word)
        if builtin test -n "$__awsenv_place"
            and builtin contains -- "$__awsenv_name" (builtin string split ' ' -- $__awsenv_guard_commands)
            return 0
        end
        switch "$__awsenv_name"
            case ';'
                builtin set __awsenv_place first
            case sudo doas env time exec command builtin nohup nice xargs watch
                builtin set __awsenv_place any
            case if else while and or not begin '*=*'
            case '*'
                builtin test $__awsenv_place = any; or builtin set __awsenv_place ''
        end
    end
    return 1
end

# Renew this shell's keys if that is due at this point: `prompt`, or `command` with the line that is to run.
# True where it was tried.
function __awsenv_renew
    builtin contains -- "$__awsenv_state" soon expired; or return 1
    # Keys of somebody else's and terminals that are none are not the hook's business.
    if builtin test "$AWS_ACCESS_KEY_ID" != "$AWSENV_KEY_ID" -o -n "$CI"; or not builtin test -t 0 -a -t 2
        or not command -q awsenv
        return 1
    end
    builtin set -l __awsenv_mode $__awsenv_guard
    builtin set -l __awsenv_dead ''
    builtin set -l __awsenv_hold
    builtin test $__awsenv_left -ge 30; or builtin set __awsenv_dead 1
    if builtin test -n "$__awsenv_quiet" -o $AWSENV_EXPIRES = "$__awsenv_asked" -o -z "$TERM" -o "$TERM" = dumb
        builtin set __awsenv_mode off
    else if builtin test -n "$__awsenv_guard_commands"
        if builtin test $argv[1] = prompt; or not __awsenv_is_guarded "$argv[2]"
            builtin set __awsenv_mode off
        end
    end
    if builtin test $AWSENV_EXPIRES != "$__awsenv_tried" -o "$__awsenv_dead" != "$__awsenv_tried_dead"
        builtin set -g __awsenv_wait 30
    else if builtin test $__awsenv_now -lt $__awsenv_not_before
        and builtin test $__awsenv_mode = off -o "$__awsenv_ended" -ne 4
        # A sign-in newer than the last refusal: somebody has logged in since, here, elsewhere or with the AWS CLI.
        if builtin test "$__awsenv_ended" -ne 4; or not builtin string match -qr '^[0-9a-f]+\z' -- "$AWSENV_SIGN_IN"
            or not builtin test -e $HOME/.aws/awsenv/dead/$AWSENV_SIGN_IN
            or not builtin test $HOME/.aws/sso/cache/$AWSENV_SIGN_IN.json -nt $HOME/.aws/awsenv/dead/$AWSENV_SIGN_IN
            return 1
        end
    end
    # All of this before the program starts: Ctrl-C ends this function there.
    if builtin test -n "$__awsenv_dead" -a $__awsenv_mode != off
        builtin set -g __awsenv_asked $AWSENV_EXPIRES
    end
    builtin set -g __awsenv_tried $AWSENV_EXPIRES
    builtin set -g __awsenv_tried_dead "$__awsenv_dead"
    builtin set -g __awsenv_ended 130
    builtin set -g __awsenv_not_before (builtin math $__awsenv_now + $__awsenv_wait)
    builtin set -g __awsenv_wait (builtin math "min(600, 2 * $__awsenv_wait)")
    __awsenv_apply renew --at $argv[1] --mode $__awsenv_mode $__awsenv_hold
    builtin set -g __awsenv_ended $status
    switch $__awsenv_ended
        case 0
            __awsenv_look
            builtin set -g __awsenv_tried "$AWSENV_EXPIRES"
            builtin test "$__awsenv_state" != valid; or builtin set -g __awsenv_wait 30
        case 10
            builtin set -g __awsenv_asked ''
            builtin set -g __awsenv_tried ''
        case 11
            builtin set -g __awsenv_quiet 1
    end
    return 0
end

# Before a command line runs: renew, or ask.
function __awsenv_at_command --on-event fish_preexec
    builtin set -l fish_trace
    if not builtin string match -qr '^\s*(awsenv|exit|logout|fc)(\s[^;&|\n]*)?\z' -- "$argv[1]"
        __awsenv_look
        __awsenv_renew command "$argv[1]"
    end
end

# At a prompt: renew and draw.
function __awsenv_at_prompt --on-event fish_prompt
    builtin set -l fish_trace
    # Drawn before as well, in case Ctrl-C ends the renewal.
    __awsenv_look
    __awsenv_draw
    if __awsenv_renew prompt ''
        __awsenv_look
        __awsenv_draw
    end
    switch "$__awsenv_prompt"
        case off
        case right
            __awsenv_place fish_right_prompt
        case '*'
            __awsenv_place fish_prompt
    end
end

# Print the segment as it stands in the prompt.
function __awsenv_show
    builtin set -g __awsenv_shown 1
    if builtin test -n "$AWSENV_SEGMENT"
        if builtin test -n "$__awsenv_colour"
            builtin printf '\e[%sm(%s)\e[0m ' $__awsenv_colour "$AWSENV_SEGMENT"
        else
            builtin printf '(%s) ' "$AWSENV_SEGMENT"
        end
    end
end

# Wrap the prompt function, whenever it is somebody else's: then ours has not shown the last prompt.
function __awsenv_place
    if builtin test "$__awsenv_shown" = 1
        builtin set -g __awsenv_shown ''
        return 0
    end
    builtin set -l __awsenv_text (builtin functions $argv[1] | builtin string collect)
    if builtin string match -q '*__awsenv_theirs*' -- "$__awsenv_text"
        return 0
    else if builtin test "$__awsenv_prompt" = auto
        # Frameworks that draw the whole prompt show AWSENV_SEGMENT by their own means.
        if builtin string match -qr 'starship|_tide_|_omp_' -- "$__awsenv_text"
            builtin set -g __awsenv_prompt off
            return 0
        end
    end
    # A name of its own for each: what was wrapped before may be called by what is wrapped now, as virtualenv does.
    builtin set -g __awsenv_wrapped (builtin math 0$__awsenv_wrapped + 1)
    builtin set -l __awsenv_theirs __awsenv_their_prompt_$__awsenv_wrapped
    if builtin functions -q $argv[1]
        builtin functions -c $argv[1] $__awsenv_theirs
    else
        function $__awsenv_theirs
        end
    end
    # Theirs comes first: it sees the status of the last command, and of each part of a pipe.
    function $argv[1] -V __awsenv_theirs
        builtin set -g __awsenv_shown ''
        builtin set -l __awsenv_text ($__awsenv_theirs $argv | builtin string collect -N)
        builtin test "$__awsenv_shown" = 1; or __awsenv_show
        builtin printf '%s' "$__awsenv_text"
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

# Print what may follow these words: words, or the names of a kind; after `exec` what the command itself takes.
function __awsenv_complete
    builtin set -l __awsenv_words (builtin commandline -opc)
    builtin set -l __awsenv_current (builtin commandline -ct)
    builtin set -l __awsenv_command ''
    builtin set -l __awsenv_option ''
    builtin set -l __awsenv_operands 0
    builtin set -l __awsenv_offset 1
    builtin set -l __awsenv_dashes ''
    for __awsenv_word in $__awsenv_words[2..]
        if builtin test "$__awsenv_command$__awsenv_operands" = exec1 -a "$__awsenv_word" != --
            break
        end
        builtin set __awsenv_offset (builtin math $__awsenv_offset + 1)
        if builtin test -n "$__awsenv_option"
            builtin set __awsenv_option ''
        else if builtin test "$__awsenv_word" = --
            builtin set __awsenv_dashes after
        else if builtin contains -- "$__awsenv_word" --only --region --min-ttl --shell --sso-session --browser
            builtin test -n "$__awsenv_dashes"; or builtin set __awsenv_option $__awsenv_word
        else if builtin test -n "$__awsenv_dashes"; or not builtin string match -q -- '-?*' $__awsenv_word
            if builtin test -z "$__awsenv_command"
                builtin set __awsenv_command $__awsenv_word
            else
                builtin set __awsenv_operands (builtin math $__awsenv_operands + 1)
            end
        end
    end
    if builtin test "$__awsenv_command" = exec -a $__awsenv_operands -gt 0
        builtin set -l __awsenv_line (builtin string escape -- $__awsenv_words[(builtin math $__awsenv_offset + 1)..])
        builtin complete -C (builtin string join ' ' -- $__awsenv_line "$__awsenv_current")
        return
    end
    __awsenv_choose
end

# Print what the option or the command before asks for.
function __awsenv_choose --no-scope-shadowing
    switch "$__awsenv_option"
        case --region
            __awsenv_find r regions
            return
        case --sso-session
            __awsenv_find s sessions
            return
        case --only
            builtin printf '%s\n' profile keys
            return
        case --shell
            builtin printf '%s\n' bash zsh fish sh
            return
        case '--*'
            return
    end
    switch "$__awsenv_command $__awsenv_operands"
        case ' 0'
            builtin printf '%s\n' use off exec login logout status list whoami init demo
        case 'use 0' 'exec 0' 'login 0' 'logout 0' 'status 0'
            __awsenv_find p profiles
        case 'init 0'
            builtin printf '%s\n' bash zsh fish
    end
    if builtin test -n "$__awsenv_dashes"; or not builtin string match -q -- '-*' $__awsenv_current
        return
    end
    switch $__awsenv_command
        case ''
            builtin printf '%s\n' --version
        case use
            builtin printf '%s\n' --only --region --min-ttl --no-login --shell --json
        case off
            builtin printf '%s\n' --shell --json
        case exec
            builtin printf '%s\n' --only --region --min-ttl --no-login
        case login
            builtin printf '%s\n' --sso-session --all --force --device-code --browser --no-browser
        case logout
            builtin printf '%s\n' --sso-session --all
        case status
            builtin printf '%s\n' --check --sso-session --json
        case list
            builtin printf '%s\n' --names --json
        case whoami
            builtin printf '%s\n' --verify --json
        case init
            builtin printf '%s\n' --no-prompt
        case demo
            builtin printf '%s\n' --tour
    end
    builtin printf '%s\n' --help -h
end

# Print the names of a kind: from the list at hand while neither of the files that it was made from is newer, else from
# the program, which makes the list anew.
function __awsenv_find
    builtin set -l __awsenv_names $HOME/.cache
    builtin string match -q '/*' -- "$XDG_CACHE_HOME"; and builtin set __awsenv_names $XDG_CACHE_HOME
    builtin set __awsenv_names $__awsenv_names/awsenv/names
    builtin set -l __awsenv_sources $HOME/.aws/config $HOME/.aws/credentials
    builtin set -q AWS_CONFIG_FILE; and builtin set __awsenv_sources[1] "$AWS_CONFIG_FILE"
    builtin set -q AWS_SHARED_CREDENTIALS_FILE; and builtin set __awsenv_sources[2] "$AWS_SHARED_CREDENTIALS_FILE"
    builtin set __awsenv_sources (builtin string replace -r '^~/' $HOME/ -- $__awsenv_sources)
    builtin set -l __awsenv_lines
    if builtin test -r $__awsenv_names
        for __awsenv_number in 1 2 3
            builtin read -l __awsenv_line
            builtin set -a __awsenv_lines "$__awsenv_line"
        end <$__awsenv_names
    end
    if builtin test "$__awsenv_lines" = "awsenv-names 1 $__awsenv_sources"
        and not builtin test $__awsenv_sources[1] -nt $__awsenv_names -o $__awsenv_sources[2] -nt $__awsenv_names
        builtin string replace -rf "^$argv[1] " '' <$__awsenv_names
    else
        command awsenv names $argv[2] 2>/dev/null
    end
end

builtin complete -c awsenv -f -a '(__awsenv_complete)'

if builtin status is-interactive
    # Another shell's state may have come through the environment.
    if builtin test "$__awsenv_shell" != $fish_pid
        builtin set -e __awsenv_tried __awsenv_asked __awsenv_quiet __awsenv_shown
        builtin set -g __awsenv_shell $fish_pid
    end
    __awsenv_is_moment "$__awsenv_margin"; or builtin set -g __awsenv_margin 300
    builtin set -q __awsenv_guard; or builtin set -g __awsenv_guard ask
    builtin set -q __awsenv_prompt; or builtin set -g __awsenv_prompt auto
    builtin set -q __awsenv_colours; or builtin set -g __awsenv_colours '32 33 31 35'
end
