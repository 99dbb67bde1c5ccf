# shellcheck shell=bash
# bash's point before a command line runs: a DEBUG trap, which is there only while a prompt waits.

# Set a DEBUG trap until the next command line begins. One that was there is in __awsenv_theirs; it is called through to,
# and put back.
# shellcheck disable=SC2016 # expanded when it fires
function __awsenv_watch() {
  # VS Code wraps us in a function of its own, where its trap cannot be seen.
  if [[ -z ${__vsc_in_command_execution+set} ]]; then
    \builtin :
  elif \builtin declare -F __vsc_preexec_all >/dev/null; then
    __awsenv_theirs='__vsc_preexec_all "$_"'
  elif \builtin declare -F __vsc_preexec_only >/dev/null; then
    __awsenv_theirs='__vsc_preexec_only "$_"'
  fi
  if [[ -n ${__awsenv_placed-} && -z ${__awsenv_is_last-} ]]; then
    # Until something changes, to arm is all that a prompt needs.
    __awsenv_calm=${__awsenv_drawn_of-}::${PS1-}:${PS0-}
  fi
  __awsenv_arm
}

# The same where that is all there is to it.
function __awsenv_arm() {
  __awsenv_armed=first __awsenv_typed='' __awsenv_follow=0 __awsenv_looked=''
  [[ -z ${__awsenv_hushed-} ]] || __awsenv_unhush
  # Both branches, so that a trap that was there sees the status of the last command.
  # shellcheck disable=SC2016 # expanded when it fires
  \builtin trap -- 'if __awsenv_at_debug "$_"; then \builtin eval "${__awsenv_then}"; else
    \builtin eval "${__awsenv_then}"; fi; __awsenv_return "$?" "${__awsenv_argument}"' DEBUG
}

# Keep what `trap -p DEBUG RETURN` printed, unless that is our own; in posix mode it prints a line for no trap, too.
function __awsenv_remember() {
  \builtin local __awsenv_text="${1#$'\n'}"
  __awsenv_returns=''
  case ${__awsenv_text} in
    *"'"' RETURN' | *"'"' RETURN'$'\n')
      __awsenv_returns=1
      __awsenv_text=${__awsenv_text%"trap -- "*}
      ;;
    *) ;;
  esac
  case ${__awsenv_text} in
    *__awsenv_at_debug*) ;;
    'trap -- '[!-]*)
      __awsenv_text=${__awsenv_text#trap -- }
      # Quoted by bash for this very use.
      \builtin eval "__awsenv_theirs=${__awsenv_text%' DEBUG'*}"
      ;;
    *) __awsenv_theirs='' ;;
  esac
  __awsenv_unsure='' __awsenv_looked=1 __awsenv_word=${__awsenv_last}
  if [[ -n ${__awsenv_theirs} ]]; then
    \builtin unset -v __awsenv_from
  elif [[ ${PROMPT_COMMAND-} != __awsenv_at_prompt && ${__awsenv_last} != *[Dd][Ee][Bb][Uu][Gg] ]]; then
    # What others leave in `$_` before us; their own trap would leave something else.
    __awsenv_usual=${__awsenv_last}
  fi
  # Before bash 4.4, only a traced function can put a trap in the place of another.
  if [[ -n ${__awsenv_returns} || (-n ${__awsenv_theirs} && -n ${__awsenv_has_ps0}) ||
    (-z ${__awsenv_theirs} && -z ${__awsenv_echoes}) ]]; then
    __awsenv_trace +t
  fi
}

# Put a trap back that was taken away to be looked at.
function __awsenv_put_back() {
  if [[ -n ${__awsenv_looked-} && -n ${__awsenv_theirs} ]]; then
    \builtin trap -- "${__awsenv_theirs}" DEBUG
  fi
  __awsenv_looked=''
}

# Trace our prompt command (-t), or do not (+t).
function __awsenv_trace() {
  __awsenv_traced=${1#+t}
  \builtin declare -f "$1" __awsenv_at_prompt
}

# Tell whether a command stands in a text of commands, whole, wherever in it a command can stand.
function __awsenv_is_among() {
  \builtin local __awsenv_blank=$'[ \t]' __awsenv_end=$'[;&|(){}\n\']' __awsenv_text=";$1;" __awsenv_command=";$2;"
  __awsenv_text=${__awsenv_text//${__awsenv_end}/;} __awsenv_command=${__awsenv_command//${__awsenv_end}/;}
  [[ ${__awsenv_text//${__awsenv_blank}/} == *"${__awsenv_command//${__awsenv_blank}/}"* ]]
}

# Tell whether a trap of the person's has the command, for a signal or the end of the shell.
# shellcheck disable=SC2120 # it sets them itself
function __awsenv_is_trapped() {
  \builtin local IFS=';' __awsenv_text
  if [[ -n ${__awsenv_echoes} ]]; then
    {
      \builtin trap -p >|/dev/fd/3
      IFS='' \builtin read -r -d '' __awsenv_text <&3 || \builtin :
    } 3<<<''
  else
    __awsenv_text=$(\builtin trap -p)
  fi
  # Quoted by bash for this very use.
  \builtin eval "\\builtin set -- ${__awsenv_text//$'\n'"trap -- "/ }"
  __awsenv_is_among "$*" "${BASH_COMMAND}"
}

# Tell whether a person has typed BASH_COMMAND: nobody has what runs in functions, subshells, key bindings, completion,
# for the prompt, and for a signal.
function __awsenv_is_typed() {
  \builtin local __awsenv_prompts IFS=';'
  if [[ ${#FUNCNAME[@]} -gt 2 || ${BASH_SUBSHELL} -gt 0 || -n ${COMP_LINE+set}${READLINE_LINE+set} ]]; then
    \builtin return 1
  elif [[ -n ${__awsenv_typed-} ]]; then
    \builtin :
  elif [[ -n ${__awsenv_has_ps0} && ${PS0-} == *"${__awsenv_mark_typed}"* ]] && \builtin shopt -q promptvars; then
    \builtin return 1
  else
    # Where nothing says when a line has been typed.
    __awsenv_look
    if [[ ${__awsenv_state} != valid ]] && __awsenv_is_trapped; then
      \builtin return 1
    fi
  fi
  __awsenv_prompts=${PROMPT_COMMAND[*]-}
  if [[ ${__awsenv_prompts} == *"${BASH_COMMAND%%[[:blank:];\&]*}"* ]]; then
    ! __awsenv_is_among "${__awsenv_prompts}" "${BASH_COMMAND}"
  fi
}

# While armed, before each simple command: the first one that a person typed starts the line.
function __awsenv_at_debug() {
  \builtin local __awsenv_status="$?"
  __awsenv_argument=$1 __awsenv_then=${__awsenv_theirs:-\\builtin :}
  if ! __awsenv_is_typed; then
    # Theirs would not be called for ours.
    [[ ${FUNCNAME[1]-} != __awsenv_* ]] || __awsenv_then='\builtin :'
    \builtin return "${__awsenv_status}"
  fi
  __awsenv_typed=1
  if [[ -n ${__awsenv_armed-} ]]; then
    __awsenv_hush
    if [[ ${__awsenv_armed} == first ]]; then
      __awsenv_doubt "${BASH_COMMAND%%[[:blank:]]*}"
    fi
    if [[ -z ${__awsenv_cancelled-} ]] || ! __awsenv_is_pasted; then
      __awsenv_at_command "${BASH_COMMAND}" "${__awsenv_armed}" || \builtin :
    fi
    __awsenv_armed=next
    __awsenv_unhush
    __awsenv_follow=$((__awsenv_follow - 1))
    if [[ ${__awsenv_follow} -gt 0 ]]; then
      \builtin return "${__awsenv_status}"
    fi
  fi
  __awsenv_armed=''
  if [[ -n ${__awsenv_theirs-} && -n ${__awsenv_has_ps0} ]]; then
    \builtin trap -- "${__awsenv_theirs}" DEBUG
  elif [[ -n ${__awsenv_theirs-} ]]; then
    # Before bash 4.4, a function puts ours back at its end.
    # shellcheck disable=SC2016 # expanded by the trap
    __awsenv_then+=$'\n''__awsenv_kept=$?; \builtin trap -- "${__awsenv_theirs}" DEBUG; __awsenv_return "${__awsenv_kept}"'
  else
    __awsenv_then='\builtin trap - DEBUG'
  fi
  \builtin return "${__awsenv_status}"
}

# Note whether a line may set a DEBUG trap, or remove it, by the word it begins with; and the word that it ends with if
# it is one simple command, which is then in `$_`.
function __awsenv_doubt() {
  __awsenv_word=${BASH_COMMAND##*[[:blank:]]}
  case $1 in
    trap | source | . | eval | builtin | command | [\\\"\']*) ;;
    *=*) [[ ${BASH_COMMAND} == *[[:blank:]]* ]] || \builtin return 0 ;;
    */*) \builtin return 0 ;;
    *) \builtin declare -F "$1" >/dev/null || \builtin return 0 ;;
  esac
  __awsenv_unsure=1
  __awsenv_trace -t
}

# What is pasted or typed behind a line that was held back is held back with it: before a prompt has come, or at once
# after it, which nobody types. A hundred of them at most: no shell is to hang by this.
function __awsenv_is_pasted() {
  \builtin local __awsenv_begin="${__awsenv_cancelled/[!0-9]/}" __awsenv_end="${EPOCHREALTIME-}"
  __awsenv_cancelled='' __awsenv_end=${__awsenv_end/[!0-9]/} __awsenv_held=$((__awsenv_held + 1))
  [[ ${__awsenv_held} -lt 100 ]] || \builtin return 1
  if [[ ${__awsenv_begin} != 1 ]]; then
    case ${__awsenv_begin}:${__awsenv_end} in
      *[!0123456789:]* | 0* | *:0* | ?????????????????*:* | *:?????????????????* | :* | *:) \builtin return 1 ;;
      *) [[ $((__awsenv_end - __awsenv_begin)) -lt 50000 ]] || \builtin return 1 ;;
    esac
  fi
  __awsenv_cancelled=1 __awsenv_follow=0
  \builtin kill -INT "$$"
}

# Leave `$?` as the first and `$_` as the last argument say.
function __awsenv_return() {
  \builtin return "$1"
}
