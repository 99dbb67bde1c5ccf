# What the variables say of this shell, as a segment of the prompt: from variables only, no process and no network.

# Put the seconds left into __awsenv_left without a process: when a file was written, and how long that is ago.
function __awsenv_tell_left
    builtin set -l __awsenv_parts (builtin path mtime / 2>/dev/null; builtin path mtime -R / 2>/dev/null)
    builtin set -g __awsenv_left (builtin math "$AWSENV_EXPIRES - $__awsenv_parts[1] - $__awsenv_parts[2]")
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
        __awsenv_tell_left
        if builtin test $__awsenv_left -le 0
            builtin set -g __awsenv_state expired
        else if builtin test $__awsenv_left -lt $__awsenv_margin
            builtin set -g __awsenv_state soon
        else
            builtin set -g __awsenv_state valid
        end
    end
end

# Put the segment into AWSENV_SEGMENT and its colour into __awsenv_colour, anew where it would be another.
function __awsenv_draw
    if builtin test -z "$__awsenv_state"
        builtin set -g __awsenv_segment ''
        builtin set -g __awsenv_drawn ''
        builtin set -eg AWSENV_SEGMENT
        return 0
    end
    builtin set -l __awsenv_inputs "$__awsenv_state|$AWSENV_PROTECTED|$NO_COLOR|$__awsenv_colours|$AWSENV_PROFILE|$AWSENV_LABEL"
    if builtin test "$__awsenv_inputs|$AWSENV_SEGMENT" != "$__awsenv_drawn|$__awsenv_segment"
    else if builtin test -z "$__awsenv_left" -o $__awsenv_state = expired
        return 0
    else if builtin test $__awsenv_left -ge "$__awsenv_from" -a $__awsenv_left -lt "$__awsenv_to"
        return 0
    end
    builtin set -g __awsenv_drawn $__awsenv_inputs
    builtin set -l __awsenv_text ''
    if builtin test $__awsenv_state = expired
        builtin set __awsenv_text expired
    else if builtin test -n "$__awsenv_left"
        __awsenv_tell_text
    end
    builtin set -l __awsenv_label "$AWSENV_LABEL"
    builtin test -n "$__awsenv_label"; or builtin set __awsenv_label "$AWSENV_PROFILE {left}"
    builtin set -l __awsenv_parts (builtin string split -m1 '{left}' -- "$__awsenv_label")
    if builtin set -q __awsenv_parts[2]
        builtin set __awsenv_label "$__awsenv_parts[1]$__awsenv_text$__awsenv_parts[2]"
    end
    # What a terminal, a prompt or a framework could take for more than text: the environment is data, whoever wrote it.
    # From F600 to F6FF fish itself keeps bytes that are no text.
    builtin set -l __awsenv_active '[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\x{F600}-\x{F6FF}$`"\'\\\\%!;{}]'
    builtin set __awsenv_label (builtin string sub -l 100 -- "$__awsenv_label" | builtin string collect)
    builtin set -g __awsenv_segment (builtin string replace -ra $__awsenv_active '?' -- "$__awsenv_label")
    builtin set -gx AWSENV_SEGMENT $__awsenv_segment
    __awsenv_choose_colour
end

# Put the time left into the caller's __awsenv_text, and for which seconds left it stays that.
function __awsenv_tell_text --no-scope-shadowing
    builtin set -g __awsenv_from (builtin math "$__awsenv_left - $__awsenv_left % 60")
    builtin set -g __awsenv_to (builtin math "$__awsenv_from + 60")
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

# Put the colour of the state into __awsenv_colour.
function __awsenv_choose_colour
    builtin set -g __awsenv_colour ''
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
    if builtin test -n "$__awsenv_segment" -a -n "$__awsenv_colour"
        builtin printf '\e[%sm%s\e[0m' $__awsenv_colour "$__awsenv_segment"
    else
        builtin printf '%s' "$__awsenv_segment"
    end
end
