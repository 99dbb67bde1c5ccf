# A switch without a process: from an answer that the program prepared, while nothing it was made from has changed.
# The form of an answer, and when it holds, is in awsenv/prepared.py; what is unusual is the program's to answer.

# Put the statements for these arguments of `use` into __awsenv_text, what they take along into __awsenv_saved and
# __awsenv_previous, and what to tell into __awsenv_told; fail where the program has to be asked.
function __awsenv_find_answer
    builtin set -l __awsenv_mode default
    while builtin set -q argv[2]
        switch "$argv[1] $argv[2]"
            case '--only profile' '--only keys'
                builtin set __awsenv_mode $argv[2]
                builtin set -e argv[1]
            case '--no-login *'
            case '*'
                return 1
        end
        builtin set -e argv[1]
    end
    builtin set -l __awsenv_name "$argv[1]"
    builtin test "$__awsenv_name" != -; or builtin set __awsenv_name "$AWSENV_PREVIOUS"
    builtin string match -qr '^[0-9a-zA-Z_.:=+@ ,~][0-9a-zA-Z_.:=+@ ,~-]{0,127}\z' -- "$__awsenv_name"
    and builtin string match -q '/*' -- "$HOME"
    and builtin test "$AWSENV_DEBUG" != 1
    or return 1
    # What is set and not exported is nothing to the program.
    for __awsenv_variable in AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE XDG_CONFIG_HOME XDG_CACHE_HOME
        builtin set -q $__awsenv_variable; and builtin set -qu $__awsenv_variable; and return 1
    end
    builtin set -l __awsenv_home (builtin string replace -r '/\z' '' -- "$HOME")
    builtin set -l __awsenv_cache "$XDG_CACHE_HOME"
    builtin string match -q '/*' -- "$__awsenv_cache"; or builtin set __awsenv_cache $__awsenv_home/.cache
    builtin set -l __awsenv_folder "$XDG_RUNTIME_DIR"
    if builtin string match -q '/*' -- "$__awsenv_folder"; and builtin test -d "$__awsenv_folder" -a ! -L "$__awsenv_folder" -a -O "$__awsenv_folder"
        builtin set __awsenv_folder $__awsenv_folder/awsenv
    else
        builtin set __awsenv_folder $__awsenv_cache/awsenv/prepared
    end
    # Their modes are the writer's to look after: there is no test for that here.
    builtin set -l __awsenv_answer $__awsenv_folder/fish.$__awsenv_mode.$__awsenv_name
    builtin test -d $__awsenv_folder -a ! -L $__awsenv_folder -a -O $__awsenv_folder
    and builtin test -f $__awsenv_answer -a ! -L $__awsenv_answer -a -O $__awsenv_answer
    or return 1
    builtin set -l __awsenv_lines (builtin string split \n <$__awsenv_answer)
    builtin test "$__awsenv_lines[-1]" = end
    and builtin test "$__awsenv_lines[1]" = "awsenv-prepared 2 fish $__awsenv_mode"
    and builtin test "$__awsenv_lines[2]" = "name $__awsenv_name"
    and builtin test "$__awsenv_lines[3]" = "home $__awsenv_home"
    and builtin test "$__awsenv_lines[4]" = "cache $__awsenv_cache"
    and __awsenv_is_in_time
    and __awsenv_are_sources_unchanged
    and __awsenv_carry
end

# Tell whether an answer still holds: not before it was made, as after the clock was set back, and not for too long.
function __awsenv_is_in_time --no-scope-shadowing
    builtin set -l __awsenv_made (builtin string replace 'made ' '' -- $__awsenv_lines[6])
    builtin set -l __awsenv_until (builtin string replace 'until ' '' -- $__awsenv_lines[7])
    builtin set -l __awsenv_parts (builtin path mtime / 2>/dev/null; builtin path mtime -R / 2>/dev/null)
    __awsenv_is_moment $__awsenv_made
    and __awsenv_is_moment $__awsenv_until
    and builtin set -g __awsenv_now (builtin math "$__awsenv_parts[1] + $__awsenv_parts[2]")
    and builtin test $__awsenv_made -le $__awsenv_now -a $__awsenv_now -lt $__awsenv_until
end

# Tell whether every file behind an answer is the one of then: neither newer nor older than its stamp. Leaves the lines
# behind them in __awsenv_text, and the warnings among them in __awsenv_told.
function __awsenv_are_sources_unchanged --no-scope-shadowing
    builtin set -l __awsenv_text_line (builtin contains -i -- text $__awsenv_lines); or return 1
    builtin set -l __awsenv_head $__awsenv_lines[13..$__awsenv_text_line]
    builtin set -l __awsenv_states (builtin string match -rg '^source ([0-9]+|absent)' -- $__awsenv_head)
    builtin set -l __awsenv_paths (builtin string replace -rf '^source \S+ ' '' -- $__awsenv_head)
    builtin set -l __awsenv_shared $__awsenv_home/.aws/config $__awsenv_home/.aws/credentials
    builtin set -q AWS_CONFIG_FILE; and builtin set __awsenv_shared[1] "$AWS_CONFIG_FILE"
    builtin set -q AWS_SHARED_CREDENTIALS_FILE; and builtin set __awsenv_shared[2] "$AWS_SHARED_CREDENTIALS_FILE"
    builtin set __awsenv_shared (builtin string replace -r '^~/' $__awsenv_home/ -- $__awsenv_shared)
    builtin set -l __awsenv_settings $__awsenv_home/.config
    builtin string match -q '/*' -- "$XDG_CONFIG_HOME"; and builtin set __awsenv_settings "$XDG_CONFIG_HOME"
    builtin test "$__awsenv_paths[1]" = "$__awsenv_shared[1]"
    and builtin test "$__awsenv_paths[2]" = "$__awsenv_shared[2]"
    and builtin test "$__awsenv_paths[3]" = $__awsenv_settings/awsenv/config.toml
    or return 1
    for __awsenv_path in $__awsenv_paths
        if builtin test "$__awsenv_states[1]" = absent
            builtin test ! -e $__awsenv_path; or return 1
        else
            builtin set -l __awsenv_stamp $__awsenv_folder/stamp-$__awsenv_states[1]
            builtin test -e $__awsenv_path -a -O $__awsenv_stamp
            and not builtin test $__awsenv_path -nt $__awsenv_stamp -o $__awsenv_path -ot $__awsenv_stamp
            or return 1
        end
        builtin set -e __awsenv_states[1]
    end
    builtin set -l __awsenv_real (builtin string replace -rf '^(real|path) ' '' -- $__awsenv_head)
    while builtin set -q __awsenv_real[1]
        builtin test "$__awsenv_real[1]" -ef "$__awsenv_real[2]"; or return 1
        builtin set -e __awsenv_real[1..2]
    end
    builtin set -g __awsenv_told (builtin string replace -rf '^warning ' 'awsenv: warning: ' -- $__awsenv_head)
    builtin set -g __awsenv_said (builtin string replace 'said ' '' -- $__awsenv_lines[12])
    builtin set -g __awsenv_ends (builtin string replace 'ends ' '' -- $__awsenv_lines[8])
    builtin set __awsenv_text_line (builtin math $__awsenv_text_line + 1)
    builtin set -g __awsenv_text (builtin string join \n -- $__awsenv_lines[$__awsenv_text_line..-2] | builtin string collect)
end

# Put what a shell takes along from profile to profile into __awsenv_saved and __awsenv_previous: the variables of before
# the first one, and the name of the last.
function __awsenv_carry --no-scope-shadowing
    builtin set -g __awsenv_saved "$AWSENV_SAVED"
    builtin set -g __awsenv_previous "$AWSENV_PROFILE"
    if builtin test -n "$AWSENV_PROFILE"; and builtin test -n "$__awsenv_saved"
        builtin string match -q '{}' -- $__awsenv_saved
        or builtin string match -q '{"AWS_*"}' -- $__awsenv_saved
        or return 1
    else if builtin set -q AWSENV_PROFILE; or builtin set -q AWSENV_SAVED
        return 1
    else
        builtin set -l __awsenv_items
        for __awsenv_variable in (builtin string split ' ' -- $__awsenv_lines[11])[2..]
            if builtin set -qx $__awsenv_variable
                builtin string match -qr '^[0-9a-zA-Z_./:=+@-]*\z' -- "$$__awsenv_variable"; or return 1
                builtin set -a __awsenv_items "\"$__awsenv_variable\":\"$$__awsenv_variable\""
            end
        end
        builtin set __awsenv_saved "{"(builtin string join , -- $__awsenv_items)"}"
        # Of nothing, nothing would come of the line above.
        builtin test -n "$__awsenv_saved"; or builtin set __awsenv_saved "{}"
    end
    if builtin test "$__awsenv_lines[9]" = 'region saved'; and builtin string match -q '*REGION*' -- $__awsenv_saved
        return 1
    end
    if builtin contains -- "profile $__awsenv_previous" "$__awsenv_lines[5]" 'profile '
        builtin set __awsenv_previous "$AWSENV_PREVIOUS"
    end
end

# Tell a terminal where an answer leads.
function __awsenv_tell_answer
    for __awsenv_line in $__awsenv_told
        builtin echo -- $__awsenv_line >&2
    end
    if builtin test -t 2
        if __awsenv_is_moment $__awsenv_ends
            __awsenv_tell_span (builtin math $__awsenv_ends - $__awsenv_now)
            builtin printf 'awsenv: %s · %s left\n' "$__awsenv_said" "$__awsenv_span" >&2
        else
            builtin printf 'awsenv: %s\n' "$__awsenv_said" >&2
        end
    end
end

# Put a time span into __awsenv_span, in the largest sensible unit.
function __awsenv_tell_span
    builtin set -l __awsenv_hours (builtin math -s0 $argv[1] / 3600)
    builtin set -l __awsenv_minutes (builtin math -s0 $argv[1] % 3600 / 60)
    if builtin test $__awsenv_hours -ge 48
        builtin set -g __awsenv_span (builtin math -s0 $__awsenv_hours / 24)d(builtin math $__awsenv_hours % 24)h
    else if builtin test $__awsenv_hours -ge 1
        builtin set -g __awsenv_span (builtin printf '%dh%02dm' $__awsenv_hours $__awsenv_minutes)
    else
        builtin set -g __awsenv_span "$__awsenv_minutes"m
    end
end
