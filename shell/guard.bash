# shellcheck shell=bash
# Renewal at both points, and the question before a command would fail.

# Renew this shell's keys if that is due at this point: `prompt`, or `command` with the line that is to run.
# True where it was tried.
function __awsenv_renew() {
  case ${__awsenv_state} in
    soon | expired) ;;
    *) \builtin return 1 ;;
  esac
  # Keys of somebody else's, completion, subshells, and terminals that are none are not the hook's business.
  if [[ ${AWS_ACCESS_KEY_ID-} != "${AWSENV_KEY_ID-}" || -n ${COMP_LINE+set}${CI-} || ${BASH_SUBSHELL} -gt 0 ||
    -z ${__awsenv_terminal-} ]] ||
    ! { [[ -x ${__awsenv_python-} && -r ${__awsenv_stub-} ]] || \builtin type -P awsenv >/dev/null; }; then
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
    if [[ ${__awsenv_ended} -ne 4 || ! -e ${__awsenv_mark} ]] || ! __awsenv_is_newer "${__awsenv_token}" "${__awsenv_mark}"; then
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
  \builtin set -- renew --at "$1" --mode "${__awsenv_mode}"
  # Holding back means an interrupt, which a trap of the user's would take for its own.
  __awsenv_hold=$(\builtin trap -p INT)
  __awsenv_hold=${__awsenv_hold#'trap -- - SIGINT'}
  if [[ $3 == command && -z ${__awsenv_hold} ]]; then
    \builtin set -- "$@" --may-hold
  fi
  if [[ -t 0 && -t 2 ]]; then
    __awsenv_apply "$@" || __awsenv_status=$?
  else
    # The line has redirected them for its own, as `while …; done <file` does.
    __awsenv_apply "$@" </dev/tty 2>/dev/tty || __awsenv_status=$?
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
    12)
      if [[ -z ${__awsenv_hold} ]]; then
        __awsenv_cancelled=1
        \builtin kill -INT "$$"
      fi
      ;;
    *) ;;
  esac
  \builtin return 0
}

# Tell whether a file is newer than another, or may be: before bash 5, `-nt` compares whole seconds.
function __awsenv_is_newer() {
  if [[ -n ${__awsenv_clock} ]]; then
    [[ $1 -nt $2 ]]
  else
    [[ -e $1 && ! $2 -nt $1 ]]
  fi
}

# Before a command line runs: renew, or ask. Of a line of which bash has told only the `first` command, history may have
# the rest; else its `next` commands are looked at as they come, __awsenv_follow of them at most.
function __awsenv_at_command() {
  \builtin local __awsenv_line __awsenv_typed_line __awsenv_first __awsenv_narrow="${__awsenv_guard_commands-}"
  __awsenv_look
  [[ ${2-} == next && ${__awsenv_state} == [se]* ]] || __awsenv_follow=0
  __awsenv_line=${1#"${1%%[![:blank:]]*}"}
  __awsenv_first=${__awsenv_line%%[[:blank:];\&\|]*}
  if [[ ${__awsenv_state} != [se]* || ${__awsenv_first} == exit || ${__awsenv_first} == logout ]]; then
    \builtin return 0
  elif [[ -n ${__awsenv_quiet-} || ${AWSENV_EXPIRES} == "${__awsenv_asked-}" ]]; then
    __awsenv_narrow=''
  fi
  case ${__awsenv_first} in
    awsenv | fc) __awsenv_narrow='' ;;
    *) __awsenv_first='' ;;
  esac
  if [[ ${2-} == first && -n ${__awsenv_first}${__awsenv_narrow} ]] &&
    { [[ -z ${__awsenv_narrow} ]] || ! __awsenv_is_guarded "${__awsenv_line}"; }; then
    __awsenv_follow=50
    __awsenv_typed_line=$(HISTTIMEFORMAT='' \builtin history 1)
    __awsenv_typed_line=${__awsenv_typed_line#*[0-9][* ] }
    if [[ -n ${__awsenv_narrow} ]]; then
      [[ ${__awsenv_typed_line} != *"${1%%[[:blank:]]*}"* ]] || __awsenv_line+=" ; ${__awsenv_typed_line}"
    elif [[ ${__awsenv_typed_line#"${__awsenv_typed_line%%[![:blank:]]*}"} == "${__awsenv_line}"* ]]; then
      __awsenv_line=${__awsenv_typed_line} __awsenv_follow=0
    fi
  fi
  # Alone on its line: what follows it may be what needs the keys.
  if [[ -n ${__awsenv_first} && ${__awsenv_line} != *[\;\&\|$'\n']* ]]; then
    \builtin return 0
  fi
  __awsenv_renew command "${__awsenv_line}" || \builtin :
  [[ ${AWSENV_EXPIRES-} != "${__awsenv_asked-}" && -n ${__awsenv_narrow} ]] || __awsenv_follow=0
}
