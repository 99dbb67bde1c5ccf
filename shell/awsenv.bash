# shellcheck shell=bash
# Defines `awsenv`, which changes this shell without eval. In an interactive shell it also shows the account in the
# prompt, renews keys that end and asks before a command would fail. Load: eval "$(awsenv init bash)", or source it.
# Leaves functions `awsenv*` and `__awsenv_*`, such variables, AWSENV_SEGMENT, a word in PROMPT_COMMAND, PS1 and PS0.

\builtin unalias awsenv awsenv_prompt_info 2>/dev/null || \builtin :

# Sourced as a file, and not printed by `init`: the other parts lie beside it.
case ${BASH_SOURCE[0]-} in
  *shell/awsenv.bash)
    for __awsenv_part in shared.sh prepared.bash segment.bash guard.bash trap.bash completion.bash; do
      # shellcheck disable=SC1090
      [[ ! -r ${BASH_SOURCE[0]%/*}/${__awsenv_part} ]] || \builtin source "${BASH_SOURCE[0]%/*}/${__awsenv_part}"
    done
    ;;
  *) ;;
esac

# At a prompt: renew, draw, and watch for the command to come. Ends 0: `set -e` would close the shell at a Ctrl-C.
# bash hides a DEBUG trap from functions, but for a traced one called from the top; and traced, it is noise to a trap that
# is there. So this one is traced while there is none, and after lines that may have set or removed one.
function __awsenv_at_prompt() {
  __awsenv_last=${_-}
  if [[ -z ${AWSENV_PROFILE-}${AWSENV_SEGMENT+set}${__awsenv_traced-} ]]; then
    __awsenv_armed='' __awsenv_unsure=1
    \builtin return 0
  fi
  if [[ -n ${__awsenv_traced-} && ${#FUNCNAME[@]} -eq 1 && (-n ${__awsenv_unsure-} ||
    (${__awsenv_last} != "${__awsenv_word-}" && ${__awsenv_last} != "${__awsenv_usual-${__awsenv_word-}}")) ]]; then
    \builtin eval "${__awsenv_peek}"
    \builtin trap - DEBUG
    __awsenv_hush
    __awsenv_remember "${__awsenv_then}"
  fi
  # bash copies all of a function at each call, so this one is short. All is as it was, most times, and there is time.
  if [[ ${EPOCHSECONDS-} > ${__awsenv_from-x} && ${EPOCHSECONDS-} < ${__awsenv_until} && ${__awsenv_calm-} == "\
${AWSENV_EXPIRES-}:${AWSENV_PROFILE-}:${AWSENV_LABEL-}:${AWSENV_PROTECTED-}:${NO_COLOR-}:$-\
:${__awsenv_colours-}:${AWSENV_SEGMENT-}:${PROMPT_COMMAND[*]-}\
:${__awsenv_cancelled-}${__vsc_in_command_execution+set}:${PS1-}:${PS0-}" ]]; then
    __awsenv_arm
  else
    __awsenv_at_changed_prompt
  fi
}

# The same where something has changed, or others draw the prompt.
function __awsenv_at_changed_prompt() {
  __awsenv_hush
  __awsenv_sum_up
  [[ ${EPOCHSECONDS-} > ${__awsenv_from-x} && ${EPOCHSECONDS-} < ${__awsenv_until} &&
    ${__awsenv_sum} == "${__awsenv_drawn_of}" ]] || __awsenv_prepare || \builtin :
  # Nothing may come behind it, which would be taken for a line.
  [[ -n ${__awsenv_is_last-} || -z ${AWSENV_PROFILE-}${AWSENV_SEGMENT+set} ]] || __awsenv_place
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
  __awsenv_armed='' __awsenv_terminal=1
  \builtin unset -v __awsenv_from
  if [[ -n ${AWSENV_PROFILE-}${AWSENV_SEGMENT+set} ]]; then
    # Drawn before as well, in case Ctrl-C ends the renewal.
    __awsenv_look
    __awsenv_draw
    if [[ ${__awsenv_state} == [se]* ]]; then
      [[ -t 0 && -t 2 ]] || __awsenv_terminal=''
      if __awsenv_renew prompt ''; then
        __awsenv_look
        __awsenv_draw
      fi
    fi
    if [[ -n ${__awsenv_has_list} && ${PROMPT_COMMAND[*]-} != "${__awsenv_list-}" ]]; then
      __awsenv_come_last || \builtin :
    fi
  fi
  __awsenv_calm_down
  if [[ -n ${bash_preexec_imported-}${__bp_imported-} ]]; then
    __awsenv_join preexec_functions __awsenv_at_command
  fi
  if [[ -z ${AWSENV_PROFILE-} ]]; then
    __awsenv_trace +t
  fi
  if [[ -n ${__awsenv_is_last-} || -z ${AWSENV_PROFILE-}${AWSENV_SEGMENT+set} ]]; then
    __awsenv_put_back
    __awsenv_unhush
  fi
}

# Add a function to a list of bash-preexec, once.
function __awsenv_join() {
  \builtin local IFS=' ' __awsenv_joined
  \builtin eval "__awsenv_joined=\" \${$1[*]-} \""
  [[ ${__awsenv_joined} == *" $2 "* ]] || \builtin eval "$1+=($2)"
}

# Stand at both points, once, whoever was there before. Where nothing may be added, `awsenv` works all the same.
function __awsenv_register() {
  \builtin local IFS=' ' __awsenv_before
  # Another shell's state may have come through the environment of `set -a`.
  if [[ ${__awsenv_shell-} != "$$" ]]; then
    \builtin unset -v __awsenv_zero __awsenv_tried __awsenv_asked __awsenv_quiet __awsenv_armed
    \builtin unset -v __awsenv_end __awsenv_from __awsenv_drawn __awsenv_ps1 __awsenv_ps0 __awsenv_list
    \builtin unset -v __awsenv_placed __awsenv_cancelled __awsenv_usual
    __awsenv_shell=$$ __awsenv_theirs=''
  fi
  __awsenv_learn
  __awsenv_unsure=1
  __awsenv_trace -t
  __awsenv_is_moment "${__awsenv_margin-}" || __awsenv_margin=300
  if [[ -n ${bash_preexec_imported-}${__bp_imported-} ]]; then
    __awsenv_join precmd_functions __awsenv_at_prompt
  elif [[ " ${PROMPT_COMMAND[*]-}${STARSHIP_PROMPT_COMMAND-}${__vsc_original_prompt_command[*]-}" == *__awsenv_at_prompt* ]] ||
    __awsenv_is_readonly PROMPT_COMMAND; then
    \builtin return 0
  else
    \builtin set -- ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"}
    if [[ -n ${__awsenv_has_list} && ($# -gt 1 || ${PROMPT_COMMAND-} == *_omp_hook*) ]]; then
      # First, so that whoever draws the whole prompt, or takes over the head of the list, has AWSENV_SEGMENT of now.
      PROMPT_COMMAND=(__awsenv_at_prompt "$@")
    else
      # Last, since what follows in the same text would see our status.
      __awsenv_before=${PROMPT_COMMAND-}
      __awsenv_before=${__awsenv_before%"${__awsenv_before##*[!$' \t\n;']}"}
      # shellcheck disable=SC2178 # what was a string stays one
      PROMPT_COMMAND=${__awsenv_before:+${__awsenv_before}$'\n'}__awsenv_at_prompt
      # A child shell without the hook would look for it at every prompt.
      \builtin export -n PROMPT_COMMAND
    fi
    # starship, where it stands before us, draws before us: but for what it calls itself.
    if \builtin declare -F starship_precmd >/dev/null; then
      starship_precmd_user_func=${starship_precmd_user_func-__awsenv_at_prompt}
    fi
  fi
}

# Run the program: by the interpreter and the file that `init` named, or where they are gone, the one on the PATH.
function __awsenv_run() {
  if [[ -x ${__awsenv_python-} && -r ${__awsenv_stub-} ]]; then
    "${__awsenv_python}" -I "${__awsenv_stub}" "$@"
  elif \builtin type -P awsenv >/dev/null; then
    \command awsenv "$@"
  else
    \builtin printf 'awsenv: the program is gone%s\nhint: install it again: pipx install awsenv-shell\n' \
      "${__awsenv_python:+: ${__awsenv_python}}" >&2
    \builtin return 127
  fi
}

# Run the program and let its statements work here, with xtrace and verbose off: they would print the keys.
function __awsenv_apply() {
  \builtin local __awsenv_text __awsenv_status=0 __awsenv_options="$-" __awsenv_command="$1"
  \builtin local __awsenv_saved __awsenv_previous __awsenv_told __awsenv_said __awsenv_ends
  \builtin shift
  case $- in
    *[xv]*) { \builtin set +xv; } 2>/dev/null ;;
    *) ;;
  esac
  if [[ ${__awsenv_command} == use ]] && __awsenv_find_answer "$@"; then
    __awsenv_tell_answer
  else
    __awsenv_text=$(__awsenv_run "${__awsenv_command}" --shell bash "$@") || __awsenv_status=$?
  fi
  if [[ ${__awsenv_status} -eq 0 ]]; then
    \builtin eval "${__awsenv_text}" || __awsenv_status=$?
  fi
  [[ ${__awsenv_options} != *v* ]] || \builtin set -v
  [[ ${__awsenv_options} != *x* ]] || \builtin set -x
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
    # From now on a trap must be known.
    [[ $- != *i* ]] || __awsenv_trace -t
    if __awsenv_is_captured; then
      __awsenv_repeat "${__awsenv_status}" "$@"
    fi
    \builtin return "${__awsenv_status}"
  else
    # In a subshell, since `command` of bash 3.2 ends a shell under `set -e` even before `||`.
    (__awsenv_run "$@")
  fi
}

case $- in
  *i*)
    \builtin complete -F __awsenv_complete awsenv
    __awsenv_register
    ;;
  *) ;;
esac
