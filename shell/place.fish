# Where the segment stands: the prompt function is wrapped while its prompt stands, and is the person's own again before
# anything runs, so that what shows, saves, copies or changes it never meets ours.

# Print the segment as it stands in the prompt.
function __awsenv_show
    builtin set -g __awsenv_shown 1
    if builtin test -n "$__awsenv_segment"
        if builtin test -n "$__awsenv_colour"
            builtin printf '\e[%sm(%s)\e[0m ' $__awsenv_colour "$__awsenv_segment"
        else
            builtin printf '(%s) ' "$__awsenv_segment"
        end
    end
end

# What fish itself shows where there is no prompt function.
function __awsenv_no_prompt
    builtin printf '%s> ' (prompt_pwd)
end

function __awsenv_no_right_prompt
end

# Print lines of a prompt with the segment before the first that shows anything.
function __awsenv_join
    builtin set -l __awsenv_before ''
    for __awsenv_line in $argv
        builtin printf '%s' $__awsenv_before
        builtin set __awsenv_before \n
        if builtin test "$__awsenv_shown" != 1; and not builtin string match -qr '^(\s|\e\[[\d;]*m|\e\(B)*\z' -- $__awsenv_line
            __awsenv_show
        end
        builtin printf '%s' $__awsenv_line
    end
    builtin test "$__awsenv_shown" = 1; or __awsenv_show
end

# Tell whether a prompt function is our wrapper.
function __awsenv_is_ours
    builtin functions $argv[1] | builtin string match -q '*$__awsenv_theirs *'
end

# Wrap the prompt function of this name.
function __awsenv_place
    if builtin test "$__awsenv_wrapped" = $argv[1]
        # Ours has shown the last prompt, and nothing has run since.
        if builtin test "$__awsenv_shown" = 1
            builtin set -g __awsenv_shown ''
            return 0
        else if __awsenv_is_ours $argv[1]
            return 0
        end
        __awsenv_count
    end
    __awsenv_reload $argv[1]
    # Frameworks that draw the whole prompt show AWSENV_SEGMENT by their own means.
    if builtin test "$__awsenv_prompt" = auto
        and builtin functions $argv[1] | builtin string match -qr 'starship|_tide_|_omp_'
        builtin set -g __awsenv_prompt off
        return 0
    end
    builtin set -l __awsenv_theirs __awsenv_their_prompt_$__awsenv_copies
    builtin functions -q $__awsenv_theirs; and builtin functions -e $__awsenv_theirs
    if builtin functions -q $argv[1]
        builtin functions -c $argv[1] $__awsenv_theirs
    else
        builtin set __awsenv_theirs (builtin string replace fish_ __awsenv_no_ $argv[1])
    end
    # Theirs comes first: it sees the status of the last command, and of each part of a pipe.
    function $argv[1] -V __awsenv_theirs
        builtin set -g __awsenv_shown ''
        builtin set -l __awsenv_lines ($__awsenv_theirs $argv)
        __awsenv_join $__awsenv_lines
    end
    builtin set -g __awsenv_wrapped $argv[1]
end

# Put the person's own prompt function back.
function __awsenv_unplace
    if builtin test -n "$__awsenv_wrapped"
        if __awsenv_is_ours $__awsenv_wrapped
            builtin functions -e $__awsenv_wrapped
            if builtin functions -q __awsenv_their_prompt_$__awsenv_copies
                builtin functions -c __awsenv_their_prompt_$__awsenv_copies $__awsenv_wrapped
            end
        else
            __awsenv_count
        end
        builtin set -g __awsenv_wrapped ''
    end
end

# Take another name for the next copy: who changed the prompt while ours stood there may call ours, and so the last copy.
function __awsenv_count
    builtin set -g __awsenv_copies (builtin math $__awsenv_copies + 1)
end

# Read the file of an autoloaded prompt again once it has changed: fish does that for no function that has been copied.
function __awsenv_reload
    if not builtin set -q __awsenv_file
        builtin set -l __awsenv_details (builtin functions -Dv $argv[1] 2>/dev/null)
        builtin set -g __awsenv_file ''
        if builtin test "$__awsenv_details[2]" = autoloaded; and builtin string match -q '/*' -- "$__awsenv_details[1]"
            builtin set __awsenv_file $__awsenv_details[1]
            builtin set -g __awsenv_file_time (builtin path mtime -- $__awsenv_file 2>/dev/null)
        end
        return 0
    end
    builtin test -n "$__awsenv_file"; or return 0
    builtin set -l __awsenv_time (builtin path mtime -- $__awsenv_file 2>/dev/null)
    if builtin test -n "$__awsenv_time" -a "$__awsenv_time" != "$__awsenv_file_time"
        builtin source $__awsenv_file
    end
    builtin set -g __awsenv_file_time $__awsenv_time
end
