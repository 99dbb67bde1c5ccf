# shellcheck shell=bash
# Defines `awsenv`, which changes this shell without eval. In an interactive shell it also shows the account in the
# prompt, renews keys that end and asks before a command would fail. Load: eval "$(awsenv init bash)", or source it.
# Leaves functions `awsenv*` and `__awsenv_*`, such variables, AWSENV_SEGMENT, a word in PROMPT_COMMAND, PS1 and PS0.

\builtin unalias awsenv awsenv_prompt_info 2>/dev/null || \builtin :

# Tell whether a text is a moment in epoch seconds: before any arithmetic, which would run what stands in a subscript.
function __awsenv_is_moment() {
  case ${1-} in
    '' | 0* | *[!0123456789]* | ????????????*) \builtin return 1 ;;
    *) ;;
  esac
}

# Put the time into __awsenv_now. Forks only in bash before 4.2: once, and when somebody sets SECONDS back.
function __awsenv_tell_time() {
  __awsenv_now=''
  case ${__awsenv_bash-${BASH_VERSION}} in
    [123].* | 4.[01].*) ;;
    4.*) \builtin printf -v __awsenv_now '%(%s)T' -1 ;;
    *)
      # A bare `unset` takes the variable's magic away for good.
      __awsenv_now=${EPOCHSECONDS-}
      __awsenv_is_moment "${__awsenv_now}" || \builtin printf -v __awsenv_now '%(%s)T' -1
      ;;
  esac
  if __awsenv_is_moment "${__awsenv_now}"; then
    \builtin return 0
  fi
  \builtin local __awsenv_seconds="${SECONDS-}"
  __awsenv_is_moment "${__awsenv_seconds}" || __awsenv_seconds=0
  if [[ -z ${__awsenv_zero-} || ${__awsenv_seconds} -lt ${__awsenv_seconds_before} ]]; then
    __awsenv_zero=$(($(\command date +%s) - __awsenv_seconds))
  fi
  __awsenv_seconds_before=${__awsenv_seconds}
  __awsenv_now=$((__awsenv_zero + __awsenv_seconds))
}

# Put what the variables say of this shell into __awsenv_state, and the seconds left, if there is an end.
function __awsenv_look() {
  __awsenv_state='' __awsenv_left=''
  if [[ -z ${AWSENV_PROFILE-} ]]; then
    \builtin return 0
  elif [[ -z ${AWSENV_EXPIRES+set} ]]; then
    __awsenv_state=valid
  elif __awsenv_is_moment "${AWSENV_EXPIRES}"; then
    __awsenv_tell_time
    __awsenv_left=$((AWSENV_EXPIRES - __awsenv_now))
    if [[ ${__awsenv_left} -le 0 ]]; then
      __awsenv_state=expired
    elif [[ ${__awsenv_left} -lt ${__awsenv_margin-300} ]]; then
      __awsenv_state=soon
    else
      __awsenv_state=valid
    fi
  fi
}

# Put the segment into AWSENV_SEGMENT and its colour into __awsenv_colour.
function __awsenv_draw() {
  \builtin local __awsenv_text='' __awsenv_label="${AWSENV_LABEL-}"
  __awsenv_colour='' __awsenv_label=${__awsenv_label:-"${AWSENV_PROFILE-} {left}"}
  if [[ -z ${__awsenv_state} ]]; then
    \builtin unset -v AWSENV_SEGMENT
    \builtin return 0
  elif [[ ${__awsenv_state} == expired ]]; then
    __awsenv_text=expired
  elif [[ ${__awsenv_left:-0} -ge 172800 ]]; then
    __awsenv_text=$((__awsenv_left / 86400))d$((__awsenv_left / 3600 % 24))h
  elif [[ ${__awsenv_left:-0} -ge 3600 ]]; then
    \builtin printf -v __awsenv_text '%dh%02dm' "$((__awsenv_left / 3600))" "$((__awsenv_left / 60 % 60))"
  elif [[ -n ${__awsenv_left} ]]; then
    __awsenv_text=$((__awsenv_left / 60))m
  fi
  case ${__awsenv_label} in
    *'{left}'*) __awsenv_text=${__awsenv_label%%'{left}'*}${__awsenv_text}${__awsenv_label#*'{left}'} ;;
    *) __awsenv_text=${__awsenv_label} ;;
  esac
  # What a terminal, a prompt or a framework could take for more than text: the environment is data, whoever wrote it.
  \builtin local __awsenv_active=$'[$`"\'\\\\%!;{}]'
  __awsenv_text=${__awsenv_text:0:100}
  __awsenv_text=${__awsenv_text//[![:print:]]/?}
  \builtin export AWSENV_SEGMENT="${__awsenv_text//${__awsenv_active}/?}"
  if [[ -n ${NO_COLOR-} ]]; then
    \builtin return 0
  fi
  __awsenv_colour=${__awsenv_colours-32 33 31 35}
  case ${__awsenv_state}${AWSENV_PROTECTED-} in
    expired*) __awsenv_colour=${__awsenv_colour#* * } ;;
    *1) __awsenv_colour=${__awsenv_colour#* * * } ;;
    soon*) __awsenv_colour=${__awsenv_colour#* } ;;
    *) ;;
  esac
  __awsenv_colour=${__awsenv_colour%% *}
  case ${__awsenv_colour} in
    *[!0123456789\;]*) __awsenv_colour='' ;;
    *) ;;
  esac
}

# Print the segment with its colour, for prompts of one's own: PS1='$(awsenv_prompt_info)\$ '.
function awsenv_prompt_info() {
  if [[ -n ${AWSENV_SEGMENT-} && -n ${__awsenv_colour-} ]]; then
    \builtin printf '\001\033[%sm\002%s\001\033[0m\002' "${__awsenv_colour}" "${AWSENV_SEGMENT}"
  else
    \builtin printf '%s' "${AWSENV_SEGMENT-}"
  fi
}

# Tell whether a command line starts one of the guarded programs, wherever in it a command can stand.
function __awsenv_is_guarded() {
  \builtin local __awsenv_line __awsenv_word __awsenv_place=first IFS=$' \t\n'
  \builtin local __awsenv_break=$'[;&|()`{}!\n]'
  \builtin local -a __awsenv_words
  __awsenv_line=${1//[\"\'\\]/}
  \builtin read -r -a __awsenv_words <<<"${__awsenv_line//${__awsenv_break}/ ; }" || \builtin :
  for __awsenv_word in "${__awsenv_words[@]-}"; do
    if [[ -n ${__awsenv_place} && " ${__awsenv_guard_commands} " == *" ${__awsenv_word##*/} "* ]]; then
      \builtin return 0
    fi
    case ${__awsenv_word##*/} in
      ';') __awsenv_place=first ;;
      sudo | doas | env | time | exec | command | builtin | nohup | nice | xargs | watch) __awsenv_place=any ;;
      if | then | elif | else | while | until | do | *=*) ;;
      *) [[ ${__awsenv_place} == any ]] || __awsenv_place='' ;;
    esac
  done
  \builtin return 1
}

# Renew this shell's keys if that is due at this point: `prompt`, or `command` with the line that is to run.
# True where it was tried.
function __awsenv_renew() {
  case ${__awsenv_state} in
    soon | expired) ;;
    *) \builtin return 1 ;;
  esac
  # Keys of somebody else's, completion, subshells, and terminals that are none are not the hook's business.
  if [[ ${AWS_ACCESS_KEY_ID-} != "${AWSENV_KEY_ID-}" || -n ${COMP_LINE+set}${CI-} || ${BASH_SUBSHELL} -gt 0 ||
    -z ${__awsenv_terminal-} ]] || ! \builtin type -P awsenv >/dev/null; then
    \builtin return 1
  fi
  \builtin local __awsenv_mode="${__awsenv_guard-ask}" __awsenv_dead='' __awsenv_status=0 __awsenv_token='' __awsenv_hold
  \builtin local __awsenv_mark=''
  [[ ${__awsenv_left} -ge 30 ]] || __awsenv_dead=1
  if [[ -n ${__awsenv_quiet-} || ${AWSENV_EXPIRES} == "${__awsenv_asked-}" || ${TERM-dumb} == dumb ]]; then
    __awsenv_mode=off
  elif [[ -n ${__awsenv_guard_commands-} ]]; then
    if [[ $1 == prompt ]] || ! __awsenv_is_guarded "$2"; then
      __awsenv_mode=off
    fi
  fi
  if [[ ${AWSENV_EXPIRES} != "${__awsenv_tried-}" || ${__awsenv_dead} != "${__awsenv_tried_dead-}" ]]; then
    __awsenv_wait=30
  elif [[ ${__awsenv_now} -lt ${__awsenv_not_before} && (${__awsenv_mode} == off || ${__awsenv_ended} -ne 4) ]]; then
    case ${AWSENV_SIGN_IN-} in
      '' | *[!0123456789abcdef]*) \builtin return 1 ;;
      *) __awsenv_token=${HOME-}/.aws/sso/cache/${AWSENV_SIGN_IN}.json ;;
    esac
    # A sign-in newer than the last refusal: somebody has logged in since, here, elsewhere or with the AWS CLI.
    __awsenv_mark=${HOME-}/.aws/awsenv/dead/${AWSENV_SIGN_IN}
    if [[ ${__awsenv_ended} -ne 4 || ! -e ${__awsenv_mark} || ! ${__awsenv_token} -nt ${__awsenv_mark} ]]; then
      \builtin return 1
    fi
  fi
  # All of this before the program starts: Ctrl-C ends this function there, and bash comes to the prompt at once.
  if [[ -n ${__awsenv_dead} && ${__awsenv_mode} != off ]]; then
    __awsenv_asked=${AWSENV_EXPIRES}
  fi
  __awsenv_tried=${AWSENV_EXPIRES} __awsenv_tried_dead=${__awsenv_dead} __awsenv_ended=130
  __awsenv_not_before=$((__awsenv_now + __awsenv_wait))
  __awsenv_wait=$((__awsenv_wait < 300 ? __awsenv_wait * 2 : 600))
  \builtin set -- "$1" renew --at "$1" --mode "${__awsenv_mode}"
  # Holding back means an interrupt, which a trap of the user's would take for its own.
  __awsenv_hold=$(\builtin trap -p INT)
  __awsenv_hold=${__awsenv_hold#'trap -- - SIGINT'}
  if [[ $1 == command && -z ${__awsenv_hold} ]]; then
    \builtin set -- "$@" --may-hold
  fi
  if [[ -t 0 && -t 2 ]]; then
    __awsenv_apply "${@:2}" || __awsenv_status=$?
  else
    # The line has redirected them for its own, as `while …; done <file` does.
    __awsenv_apply "${@:2}" </dev/tty 2>/dev/tty || __awsenv_status=$?
  fi
  __awsenv_ended=${__awsenv_status}
  case ${__awsenv_status} in
    0)
      __awsenv_look
      __awsenv_tried=${AWSENV_EXPIRES-}
      [[ ${__awsenv_state} != valid ]] || __awsenv_wait=30
      ;;
    10) __awsenv_asked='' __awsenv_tried='' ;;
    11) __awsenv_quiet=1 ;;
    12) [[ -n ${__awsenv_hold} ]] || \builtin kill -INT "$$" ;;
    *) ;;
  esac
  \builtin return 0
}

# Before a command line runs: renew, or ask. Where only its first command is known, history may have the whole of it.
function __awsenv_at_command() {
  \builtin local __awsenv_line __awsenv_typed=''
  __awsenv_line=${1#"${1%%[![:blank:]]*}"}
  __awsenv_look
  if [[ -n ${2-} && -n ${__awsenv_guard_commands-} && ${__awsenv_state} == [se]* ]]; then
    __awsenv_typed=$(HISTTIMEFORMAT='' \builtin history 1)
    if [[ ${__awsenv_typed} == *"${__awsenv_line%%[[:blank:]]*}"* ]]; then
      __awsenv_line+=" ; ${__awsenv_typed#*[0-9][* ] }"
    fi
  fi
  case ${__awsenv_line%%[[:blank:];\&\|]*} in
    awsenv | exit | logout | fc) ;;
    *) __awsenv_renew command "${__awsenv_line}" || \builtin : ;;
  esac
  \builtin return 0
}

# At a prompt: renew, draw, and watch for the command to come. Ends 0: `set -e` would close the shell at a Ctrl-C.
function __awsenv_at_prompt() {
  if [[ -n ${__awsenv_unsure-} && ${#FUNCNAME[@]} -eq 1 ]]; then
    __awsenv_then=$(\builtin trap -p DEBUG)
    __awsenv_remember "${__awsenv_then}"
    __awsenv_unsure=''
    \builtin declare -f +t __awsenv_at_prompt
  fi
  __awsenv_hush
  __awsenv_prepare || \builtin :
  __awsenv_unhush
}

# Turn xtrace off, which would show all of this at every prompt, until __awsenv_unhush, by the next prompt at the latest.
function __awsenv_hush() {
  case $- in
    *x*)
      __awsenv_hushed=1
      { \builtin set +x; } 2>/dev/null
      ;;
    *) ;;
  esac
}

function __awsenv_unhush() {
  if [[ -n ${__awsenv_hushed-} ]]; then
    __awsenv_hushed=''
    \builtin set -x
  fi
}

function __awsenv_prepare() {
  \builtin local IFS=' '
  __awsenv_armed='' __awsenv_terminal=''
  [[ ! -t 0 || ! -t 2 ]] || __awsenv_terminal=1
  # Drawn before as well, in case Ctrl-C ends the renewal.
  __awsenv_look
  __awsenv_draw
  if __awsenv_renew prompt ''; then
    __awsenv_look
    __awsenv_draw
  fi
  __awsenv_place
  case ${__awsenv_bash-${BASH_VERSION}} in
    [1234].* | 5.0*) ;;
    *)
      # Who draws the whole prompt after us takes the segment away: looked after at the end as well, from the next prompt.
      if [[ " ${PROMPT_COMMAND[*]-}" == *' __awsenv_at_prompt'?* && ${PROMPT_COMMAND[*]-} != *' __awsenv_place' ]] &&
        ! __awsenv_is_readonly PROMPT_COMMAND; then
        PROMPT_COMMAND+=(__awsenv_place)
      fi
      ;;
  esac
  if [[ -n ${bash_preexec_imported-}${__bp_imported-} ]]; then
    [[ " ${preexec_functions[*]-} " == *' __awsenv_at_command '* ]] || preexec_functions+=(__awsenv_at_command)
  elif [[ -n ${__awsenv_left} ]]; then
    __awsenv_watch
  fi
}

# Put the segment before the prompt, as one word that stays when the prompt is saved, changed or copied.
function __awsenv_place() {
  # By reference: what a value says is never read as prompt source.
  # shellcheck disable=SC2016
  \builtin local __awsenv_colour_on='${__awsenv_colour:+\[\e[${__awsenv_colour}m\]}'
  # shellcheck disable=SC2016
  \builtin local __awsenv_colour_off='${__awsenv_colour:+\[\e[0m\]}'
  \builtin local __awsenv_word="\${AWSENV_SEGMENT:+${__awsenv_colour_on}(\${AWSENV_SEGMENT})${__awsenv_colour_off} }"
  if [[ ${__awsenv_prompt-auto} == off || ${PS1-} == *"${__awsenv_word}"* ]] || ! \builtin shopt -q promptvars ||
    __awsenv_is_readonly PS1; then
    \builtin return 0
  fi
  # Frameworks that draw the whole prompt show AWSENV_SEGMENT by their own means.
  if [[ ${__awsenv_prompt-auto} == auto ]] &&
    { \builtin declare -F starship_precmd || \builtin declare -F _omp_hook; } >/dev/null; then
    \builtin return 0
  fi
  PS1=${__awsenv_word}${PS1-}
}

# Tell whether a variable is readonly: then it cannot be made local either.
function __awsenv_is_readonly() {
  ! \builtin local "$1" 2>/dev/null
}

# Set a DEBUG trap until the next command line begins. One that was there is in __awsenv_trap; it is called through to,
# and put back. bash hides it from functions, but for a traced one called from the top, and to look costs a fork:
# so that is done once, and again after a line that may have changed it.
function __awsenv_watch() {
  # shellcheck disable=SC2016 # expanded when a line has been typed (bash 4.4): what runs before that, nobody has typed
  \builtin local __awsenv_word='${__awsenv_shell:$((__awsenv_typed=1,0)):0}'
  __awsenv_armed=1 __awsenv_typed=1
  case ${__awsenv_bash-${BASH_VERSION}} in
    [123].* | 4.[0123].*) ;;
    *)
      if \builtin shopt -q promptvars; then
        if [[ ${PS0-} != *"${__awsenv_word}"* ]] && ! __awsenv_is_readonly PS0; then
          PS0=${PS0-}${__awsenv_word}
        fi
        [[ ${PS0-} != *"${__awsenv_word}"* ]] || __awsenv_typed=''
      fi
      ;;
  esac
  # VS Code wraps us in a function of its own, where its trap cannot be seen.
  if [[ -z ${__vsc_in_command_execution+set} ]]; then
    \builtin :
  elif \builtin declare -F __vsc_preexec_all >/dev/null; then
    __awsenv_trap="trap -- '__vsc_preexec_all \"\$_\"' DEBUG"
  elif \builtin declare -F __vsc_preexec_only >/dev/null; then
    __awsenv_trap="trap -- '__vsc_preexec_only \"\$_\"' DEBUG"
  fi
  # Both branches, so that a trap that was there sees the status of the last command.
  # shellcheck disable=SC2016 # expanded when it fires
  \builtin trap -- 'if __awsenv_at_debug "$_"; then \builtin eval "${__awsenv_then}"; else
    \builtin eval "${__awsenv_then}"; fi; __awsenv_return "$?" "${__awsenv_argument}"' DEBUG
}

# Keep what `trap -p` printed, unless that is our own; in posix mode it prints a line for no trap, too.
function __awsenv_remember() {
  case $1 in
    *__awsenv_at_debug*) ;;
    'trap -- - '*) __awsenv_trap='' ;;
    *) __awsenv_trap=$1 ;;
  esac
}

# While armed, before each simple command: the first one that a person typed starts the line.
function __awsenv_at_debug() {
  \builtin local __awsenv_status="$?" __awsenv_theirs='' __awsenv_blank=$'[ \t]' __awsenv_end=$'[;&|(){}\n]' IFS=';'
  __awsenv_argument=$1
  if [[ -n ${__awsenv_trap-} ]]; then
    # What `trap -p` printed is quoted by bash for this very use.
    \builtin eval "\\builtin set -- ${__awsenv_trap}"
    __awsenv_theirs=$3
  fi
  __awsenv_then=${__awsenv_theirs:-\\builtin :}
  # What runs in functions, subshells, key bindings, completion, and for the prompt, nobody has typed.
  \builtin local __awsenv_prompts=";${PROMPT_COMMAND[*]-};" __awsenv_line=";${BASH_COMMAND};"
  __awsenv_prompts=${__awsenv_prompts//${__awsenv_end}/;} __awsenv_line=${__awsenv_line//${__awsenv_end}/;}
  if [[ -z ${__awsenv_typed-} || ${#FUNCNAME[@]} -gt 1 || ${BASH_SUBSHELL} -gt 0 || -n ${COMP_LINE+set}${READLINE_LINE+set} ||
    ${__awsenv_prompts//${__awsenv_blank}/} == *"${__awsenv_line//${__awsenv_blank}/}"* ]]; then
    \builtin return "${__awsenv_status}"
  fi
  if [[ -n ${__awsenv_armed-} ]]; then
    __awsenv_armed=''
    __awsenv_hush
    __awsenv_at_command "${BASH_COMMAND}" first || \builtin :
    __awsenv_unhush
  fi
  case "${__awsenv_line}" in
    \;trap\ * | \;source\ * | \;.\ * | \;eval\ *)
      __awsenv_unsure=1
      \builtin declare -ft __awsenv_at_prompt
      ;;
    *) ;;
  esac
  if [[ -n ${__awsenv_theirs} ]]; then
    \builtin trap -- "${__awsenv_theirs}" DEBUG
  else
    __awsenv_then='\builtin trap - DEBUG'
  fi
  \builtin return "${__awsenv_status}"
}

# Leave `$?` as the first and `$_` as the last argument say.
function __awsenv_return() {
  \builtin return "$1"
}

# Stand at both points, once, whoever was there before. Where nothing may be added, `awsenv` works all the same.
function __awsenv_register() {
  \builtin local IFS=' ' __awsenv_before
  # Another shell's state may have come through the environment of `set -a`.
  if [[ ${__awsenv_shell-} != "$$" ]]; then
    \builtin unset -v __awsenv_zero __awsenv_tried __awsenv_asked __awsenv_quiet __awsenv_armed
    __awsenv_shell=$$ __awsenv_trap='' __awsenv_unsure=1
    __awsenv_then=$(\builtin trap -p DEBUG)
    __awsenv_remember "${__awsenv_then}"
  fi
  __awsenv_is_moment "${__awsenv_margin-}" || __awsenv_margin=300
  \builtin declare -ft __awsenv_at_prompt
  if [[ -n ${bash_preexec_imported-}${__bp_imported-} ]]; then
    [[ " ${precmd_functions[*]-} " == *' __awsenv_at_prompt '* ]] || precmd_functions+=(__awsenv_at_prompt)
  elif [[ " ${PROMPT_COMMAND[*]-}${STARSHIP_PROMPT_COMMAND-}${__vsc_original_prompt_command[*]-}" == *__awsenv_at_prompt* ]] ||
    __awsenv_is_readonly PROMPT_COMMAND; then
    \builtin return 0
  else
    \builtin set -- ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"}
    case $#:${__awsenv_bash-${BASH_VERSION}} in
      [01]:* | *:[1234].* | *:5.0*)
        # Last, since what follows in the same text would see our status.
        __awsenv_before=${PROMPT_COMMAND-}
        __awsenv_before=${__awsenv_before%"${__awsenv_before##*[!$' \t\n;']}"}
        # shellcheck disable=SC2178 # what was a string stays one
        PROMPT_COMMAND=${__awsenv_before:+${__awsenv_before}$'\n'}__awsenv_at_prompt
        # A child shell without the hook would look for it at every prompt.
        \builtin export -n PROMPT_COMMAND
        ;;
      # First, so that whoever draws the whole prompt, or takes over the head of the list, has AWSENV_SEGMENT of now.
      *) PROMPT_COMMAND=(__awsenv_at_prompt "$@") ;;
    esac
    # starship, where it stands before us, draws before us: but for what it calls itself.
    if \builtin declare -F starship_precmd >/dev/null; then
      starship_precmd_user_func=${starship_precmd_user_func-__awsenv_at_prompt}
    fi
  fi
}

# Tell whether the answer to these arguments is statements for this very shell, and not text to read.
function __awsenv_is_for_eval() {
  case ${1-} in
    use | off) \builtin shift ;;
    *) \builtin return 1 ;;
  esac
  \builtin local __awsenv_argument
  for __awsenv_argument in "$@"; do
    case ${__awsenv_argument} in
      --) \builtin return 0 ;;
      -h | --help | --json | --shell | --shell=*) \builtin return 1 ;;
      *) ;;
    esac
  done
}

# Run the program and let its statements work here, with xtrace off: it would print the keys.
function __awsenv_apply() {
  \builtin local __awsenv_text __awsenv_status=0 __awsenv_xtrace='' __awsenv_command="$1"
  \builtin shift
  case $- in
    *x*)
      __awsenv_xtrace=on
      { \builtin set +x; } 2>/dev/null
      ;;
    *) ;;
  esac
  __awsenv_text=$(\command awsenv "${__awsenv_command}" --shell bash "$@") || __awsenv_status=$?
  if [[ ${__awsenv_status} -eq 0 ]]; then
    \builtin eval "${__awsenv_text}" || __awsenv_status=$?
  fi
  if [[ -n ${__awsenv_xtrace} ]]; then
    \builtin set -x
  fi
  \builtin return "${__awsenv_status}"
}

# Tell whether this shell itself captures stdout: then it holds the other end of the pipe. Where the system does not say
# whose files are whose, a subshell that writes to a pipe is taken for it.
function __awsenv_is_captured() {
  if [[ ${BASH_SUBSHELL} -eq 0 || ! -p /dev/stdout ]]; then
    \builtin return 1
  elif [[ ! -d /proc/$$/fd ]]; then
    \builtin return 0
  fi
  \builtin local __awsenv_number
  for ((__awsenv_number = 3; __awsenv_number < 256; __awsenv_number++)); do
    if [[ /proc/$$/fd/${__awsenv_number} -ef /dev/stdout ]]; then
      \builtin return 0
    fi
  done
  \builtin return 1
}

# Print what brings the shell that captures this to where the subshell is now, or its status: no key goes through a pipe.
function __awsenv_repeat() {
  if [[ $1 -eq 0 ]]; then
    \builtin shift
    \builtin printf 'awsenv'
    \builtin printf ' %q' "$@"
    \builtin printf ' 2>/dev/null;\n'
  else
    \builtin printf '(\\builtin exit %s);\n' "$1"
  fi
}

# Switch this shell with `use` and `off`, also in `eval "$(awsenv use …)"`; hand everything else to the program.
function awsenv() {
  if __awsenv_is_for_eval "$@"; then
    \builtin local __awsenv_status=0
    __awsenv_apply "$@" || __awsenv_status=$?
    if __awsenv_is_captured; then
      __awsenv_repeat "${__awsenv_status}" "$@"
    fi
    \builtin return "${__awsenv_status}"
  else
    # In a subshell, since `command` of bash 3.2 ends a shell under `set -e` even before `||`.
    (\command awsenv "$@")
  fi
}

# Put what may follow these words into __awsenv_choice: words, a kind of name (p: profile, s: sso-session, r: region),
# or `command`, where that begins with word number __awsenv_offset.
function __awsenv_choose() {
  \builtin local __awsenv_command='' __awsenv_option='' __awsenv_operands=0 __awsenv_dashes='' __awsenv_word
  __awsenv_offset=1
  for __awsenv_word in "$@"; do
    if [[ ${__awsenv_command}${__awsenv_operands} == exec1 && ${__awsenv_word} != -- ]]; then
      \builtin break
    fi
    __awsenv_offset=$((__awsenv_offset + 1))
    case ${__awsenv_option:+value}${__awsenv_dashes}${__awsenv_word} in
      value*) __awsenv_option='' ;;
      --) __awsenv_dashes=after ;;
      --only | --region | --min-ttl | --shell | --sso-session | --browser) __awsenv_option=${__awsenv_word} ;;
      -?*) ;;
      *)
        [[ -z ${__awsenv_command} ]] || __awsenv_operands=$((__awsenv_operands + 1))
        __awsenv_command=${__awsenv_command:-${__awsenv_word}}
        ;;
    esac
  done
  case ${__awsenv_option:-"${__awsenv_command} ${__awsenv_operands}"} in
    --region) __awsenv_choice=r ;;
    --sso-session) __awsenv_choice=s ;;
    --only) __awsenv_choice='profile keys' ;;
    --shell) __awsenv_choice='bash zsh fish sh' ;;
    ' 0') __awsenv_choice='use off exec login logout status list whoami init demo' ;;
    'use 0' | 'exec 0' | 'login 0' | 'logout 0' | 'status 0') __awsenv_choice=p ;;
    'init 0') __awsenv_choice='bash zsh fish' ;;
    'exec '*) __awsenv_choice=command __awsenv_dashes=after ;;
    *) __awsenv_choice='' ;;
  esac
  if [[ -n ${__awsenv_option}${__awsenv_dashes} || ${__awsenv_current} != -* ]]; then
    \builtin return 0
  fi
  case ${__awsenv_command} in
    '') __awsenv_choice='--version' ;;
    use) __awsenv_choice='--only --region --min-ttl --no-login --shell --json' ;;
    off) __awsenv_choice='--shell --json' ;;
    exec) __awsenv_choice='--only --region --min-ttl --no-login' ;;
    login) __awsenv_choice='--sso-session --all --force --device-code --browser --no-browser' ;;
    logout) __awsenv_choice='--sso-session --all' ;;
    status) __awsenv_choice='--check --sso-session --json' ;;
    list) __awsenv_choice='--names --json' ;;
    whoami) __awsenv_choice='--verify --json' ;;
    init) __awsenv_choice='--no-prompt' ;;
    demo) __awsenv_choice='--tour' ;;
    *) ;;
  esac
  __awsenv_choice+=' --help -h'
}

# Put the names of a kind that begin as the current word does into __awsenv_found: from the list at hand while neither
# of the files that it was made from is newer, else from the program, which makes the list anew.
function __awsenv_find() {
  \builtin local __awsenv_line __awsenv_names="${XDG_CACHE_HOME-}" __awsenv_mark="$1 " IFS=$'\n'
  \builtin local __awsenv_config="${AWS_CONFIG_FILE-${HOME-}/.aws/config}"
  \builtin local __awsenv_credentials="${AWS_SHARED_CREDENTIALS_FILE-${HOME-}/.aws/credentials}"
  \builtin local -a __awsenv_lines
  [[ ${__awsenv_names} == /* ]] || __awsenv_names=${HOME-}/.cache
  __awsenv_names+=/awsenv/names
  __awsenv_config=${__awsenv_config/#\~\//${HOME-}/} __awsenv_credentials=${__awsenv_credentials/#\~\//${HOME-}/}
  if [[ -r ${__awsenv_names} ]]; then
    \builtin read -r -d '' -a __awsenv_lines <"${__awsenv_names}" || \builtin :
  fi
  if [[ "${__awsenv_lines[*]:0:3}" != "awsenv-names 1${IFS}${__awsenv_config}${IFS}${__awsenv_credentials}" ||
    ${__awsenv_config} -nt ${__awsenv_names} || ${__awsenv_credentials} -nt ${__awsenv_names} ]]; then
    case $1 in
      p) __awsenv_line=profiles ;;
      s) __awsenv_line=sessions ;;
      *) __awsenv_line=regions ;;
    esac
    __awsenv_line=$(\command awsenv names "${__awsenv_line}" 2>/dev/null)
    \builtin read -r -d '' -a __awsenv_lines <<<"${__awsenv_line}" || \builtin :
    __awsenv_mark=''
  fi
  for __awsenv_line in "${__awsenv_lines[@]-}"; do
    if [[ ${__awsenv_line} == "${__awsenv_mark}${__awsenv_current}"* ]]; then
      __awsenv_found+=("${__awsenv_line#"${__awsenv_mark}"}")
    fi
  done
}

# Read the line as far as the cursor, as bash will: its words without quotes, and where the last one begins and is.
function __awsenv_read_line() {
  \builtin local __awsenv_line="${COMP_LINE:0:COMP_POINT}" __awsenv_char
  __awsenv_words=() __awsenv_current='' __awsenv_raw='' __awsenv_quote=''
  while [[ -n ${__awsenv_line} ]]; do
    __awsenv_char=${__awsenv_line:0:1} __awsenv_line=${__awsenv_line:1}
    case ${__awsenv_quote}${__awsenv_char} in
      [[:blank:]])
        [[ -z ${__awsenv_raw} ]] || __awsenv_words+=("${__awsenv_current}")
        __awsenv_current='' __awsenv_raw=''
        \builtin continue
        ;;
      "''" | '""') __awsenv_quote='' ;;
      \' | \") __awsenv_quote=${__awsenv_char} ;;
      \\ | \"\\)
        __awsenv_char+=${__awsenv_line:0:1} __awsenv_line=${__awsenv_line:1}
        __awsenv_current+=${__awsenv_char:1}
        ;;
      *) __awsenv_current+=${__awsenv_char} ;;
    esac
    __awsenv_raw+=${__awsenv_char}
  done
}

# Complete a line that begins with `awsenv`. Readline takes what stands in COMPREPLY as it is: it must come quoted.
function __awsenv_complete() {
  \builtin local __awsenv_choice __awsenv_current __awsenv_raw __awsenv_quote __awsenv_word __awsenv_text IFS=' '
  \builtin local -a __awsenv_words __awsenv_found
  COMPREPLY=()
  __awsenv_read_line
  __awsenv_found=()
  if [[ ${__awsenv_current} == --*=* ]]; then
    __awsenv_words+=("${__awsenv_current%%=*}")
    __awsenv_current=${__awsenv_current#*=} __awsenv_raw=${__awsenv_raw#*=}
  fi
  __awsenv_choose "${__awsenv_words[@]:1}"
  case ${__awsenv_choice} in
    [psr]) __awsenv_find "${__awsenv_choice}" ;;
    command)
      if \builtin declare -F _command_offset >/dev/null; then
        _command_offset "${__awsenv_offset}"
      fi
      \builtin return 0
      ;;
    *)
      for __awsenv_word in ${__awsenv_choice}; do
        [[ ${__awsenv_word} != "${__awsenv_current}"* ]] || __awsenv_found+=("${__awsenv_word}")
      done
      ;;
  esac
  for __awsenv_word in ${__awsenv_found[@]+"${__awsenv_found[@]}"}; do
    case ${__awsenv_quote} in
      \') __awsenv_text=${__awsenv_word//\'/\'\\\'\'} ;;
      \")
        # In double quotes these four stay active; ! cannot stand in them at all where history expands it.
        if [[ ${__awsenv_word} == *!* ]]; then
          \builtin continue
        fi
        __awsenv_text=${__awsenv_word//\\/\\\\} __awsenv_text=${__awsenv_text//\"/\\\"}
        __awsenv_text=${__awsenv_text//\$/\\\$} __awsenv_text=${__awsenv_text//\`/\\\`}
        # Readline takes one at the end for the closing one.
        [[ ${__awsenv_word} != *\" ]] || __awsenv_text+=\"
        ;;
      *) \builtin printf -v __awsenv_text '%q' "${__awsenv_word}" ;;
    esac
    # Readline replaces only what follows the last of COMP_WORDBREAKS, which it hands over as $2.
    COMPREPLY+=("${__awsenv_text#"${__awsenv_raw%"$2"}"}")
  done
}

case $- in
  *i*)
    \builtin complete -F __awsenv_complete awsenv
    __awsenv_register
    ;;
  *) ;;
esac
