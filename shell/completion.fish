# Completion of `awsenv`, from a list of names at hand: the program is started only where the files have changed.

# Print what may follow these words: words, or the names of a kind; after `exec` what the command itself takes.
function __awsenv_complete
    builtin set -l __awsenv_words (builtin commandline -opc)
    builtin set -l __awsenv_current (builtin commandline -ct)
    builtin set -l __awsenv_command ''
    builtin set -l __awsenv_option ''
    builtin set -l __awsenv_operands 0
    builtin set -l __awsenv_offset 1
    builtin set -l __awsenv_dashes ''
    builtin set -l __awsenv_equals (builtin string match -r -- '^--[a-z-]+=' "$__awsenv_current")
    if builtin test -n "$__awsenv_equals"
        builtin set -a __awsenv_words (builtin string trim -r -c = -- $__awsenv_equals)
        builtin set __awsenv_current (builtin string replace -- $__awsenv_equals '' "$__awsenv_current")
    end
    for __awsenv_word in $__awsenv_words[2..]
        if builtin test "$__awsenv_command$__awsenv_operands" = exec1; and builtin test "$__awsenv_word" != --
            break
        end
        builtin set __awsenv_offset (builtin math $__awsenv_offset + 1)
        if builtin test -n "$__awsenv_option"
            builtin set __awsenv_option ''
        else if builtin test "$__awsenv_word" = --
            builtin set __awsenv_dashes after
        else if builtin contains -- "$__awsenv_word" --only --region --min-ttl --shell --sso-session --browser --account --role --template --map --format --for --parent --env-file --as --process-name --start-url --sso-region --rc-file --guard
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
    else if builtin test -n "$__awsenv_equals"
        # fish completes the whole of the word.
        builtin printf "$__awsenv_equals%s\n" (__awsenv_choose)
    else if builtin string match -qr '^[\'"]' -- "$__awsenv_current"
        __awsenv_choose
    else
        # fish lets a tilde stand bare in what it completes: behind a quote it stays what it is.
        __awsenv_choose | builtin string match -v '~*'
    end
end

# Print what the option or the command before asks for.
function __awsenv_choose --no-scope-shadowing
    switch "$__awsenv_option"
        case --region --sso-region
            __awsenv_find r regions
            return
        case --sso-session
            __awsenv_find s sessions
            return
        case --only
            builtin printf '%s\n' profile keys
            return
        case --guard
            builtin printf '%s\n' ask auto warn off
            return
        case --shell
            builtin printf '%s\n' bash zsh fish sh
            return
        case --format
            builtin printf '%s\n' env dotenv json fish powershell docker github
            return
        case '--*'
            return
    end
    switch "$__awsenv_command $__awsenv_operands"
        case ' 0'
            builtin printf '%s\n' setup use off exec login logout status list populate migrate doctor sync credential-process export serve console whoami init demo
        case 'use 0' 'exec 0' 'export 0' 'serve 0' 'console 0' 'credential-process 0' 'login 0' 'logout 0' 'status 0' 'migrate *' 'sync *'
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
        case setup
            builtin printf '%s\n' --sso-session --start-url --sso-region --no-login --device-code --account --role --template --region --no-populate --shell --rc-file --no-hook --prompt --no-prompt --guard --yes --dry-run --remove --logout
        case use
            builtin printf '%s\n' --only --region --min-ttl --no-login --shell --json
        case off
            builtin printf '%s\n' --shell --json
        case exec
            builtin printf '%s\n' --only --region --min-ttl --no-login --server
        case login
            builtin printf '%s\n' --sso-session --all --force --device-code --browser --no-browser
        case logout
            builtin printf '%s\n' --sso-session --all
        case status
            builtin printf '%s\n' --check --sso-session --json
        case list
            builtin printf '%s\n' --names --json
        case populate
            builtin printf '%s\n' --sso-session --all --account --role --template --region --prune --yes --credential-process --process-name --dry-run --no-login --json
        case migrate
            builtin printf '%s\n' --sso-session --map --retire-keys --offline --no-verify --dry-run --yes --no-login --json
        case doctor
            builtin printf '%s\n' --fix --yes --dry-run --online --report --list --json
        case sync
            builtin printf '%s\n' --all --as --default --watch --clean --process --process-name --dry-run --no-login --json
        case serve
            builtin printf '%s\n' --region --min-ttl --no-login --for --parent --shell --env-file --json
        case export
            builtin printf '%s\n' --format --region --min-ttl --no-login
        case console
            builtin printf '%s\n' --service --destination --region --federated --portal --duration --browser --print --no-login
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
