# What the variables say of this shell, as a segment of the prompt: from variables only, no process and no network.

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
