# shellcheck shell=bash
# Renewal at both points, and the question before a command would fail.

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
