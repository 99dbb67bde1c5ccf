# Renewal at both points, and the question before a command would fail.

# Tell whether a command line starts one of the guarded programs, wherever in it a command can stand. What is quoted
# names a command at most, unless it is run: by `eval`, a shell, a substitution, or a function of this name.
function __awsenv_is_guarded
    builtin set -l __awsenv_depth "0$argv[2]"
    builtin test $__awsenv_depth -lt 4; or return 1
    builtin set __awsenv_depth (builtin math $__awsenv_depth + 1)
    builtin set -l __awsenv_place first
    builtin set -l __awsenv_quoted '\'(?:\\\\.|[^\'\\\\])*\'?|"(?:\\\\.|\$\((?:[^()]|\([^()]*\))*\)|[^"\\\\])*"?'
    builtin set -l __awsenv_line (builtin string sub -l 20000 -- "$argv[1]" | builtin string replace -a \n \x1f)
    builtin set __awsenv_line (builtin string join \x1f -- $__awsenv_line)
    # A comment, a redirection with its file, what parts commands, or a word.
    for __awsenv_word in (builtin string match -ra \
        "(?<![^\s\x1f;&|()])#[^\x1f]*|\d*&?[<>][<>|&?]*\s*(?:$__awsenv_quoted|\\\\.|[^\s\x1f;&|()<>'\"])*|[\x1f;&|()]|(?:$__awsenv_quoted|\\\\.|[^\s\x1f;&|()<>'\"])+" \
        -- "$__awsenv_line")
        builtin set -l __awsenv_bare (builtin string replace -ra '[\'"\\\\]' '' -- $__awsenv_word)
        builtin set -l __awsenv_name (builtin string replace -r '.*/' '' -- $__awsenv_bare)
        switch $__awsenv_word
            case '"*$(*'
                __awsenv_is_guarded (builtin string replace -r '^[^(]*\(' '' -- $__awsenv_word) $__awsenv_depth; and return 0
            case ';' '&' '|' '(' ')' \x1f
                builtin set __awsenv_place first
                continue
            case '#*' '*<*' '*>*'
                builtin string match -qr '^(#|\d*&?[<>])' -- $__awsenv_word; and continue
        end
        builtin test -n "$__awsenv_place"; or continue
        if builtin contains -- "$__awsenv_name" (builtin string split ' ' -- $__awsenv_guard_commands)
            return 0
        else if builtin test $__awsenv_place = code
            __awsenv_is_guarded "$__awsenv_bare" $__awsenv_depth; and return 0
            continue
        end
        switch "$__awsenv_name"
            case sudo doas env time exec command builtin nohup nice ionice xargs timeout stdbuf setsid
                builtin set __awsenv_place any
            case eval watch sh bash dash zsh fish
                builtin set __awsenv_place code
            case if else while and or not begin '!' '{' '}' '*=*' ''
            case '*'
                if builtin test $__awsenv_place = first
                    builtin set __awsenv_place ''
                    builtin functions -q -- "$__awsenv_name"
                    and __awsenv_is_guarded "$(builtin functions --no-details -- $__awsenv_name)" $__awsenv_depth
                    and return 0
                end
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
    builtin set -l __awsenv_now (builtin math $AWSENV_EXPIRES - $__awsenv_left)
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
    __awsenv_apply renew --at $argv[1] --mode $__awsenv_mode
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
