# Renewal at both points, and the question before a command would fail.

# Tell whether a command line starts one of the guarded programs, wherever in it a command can stand.
function __awsenv_is_guarded() {
  \builtin local __awsenv_line="${1//[\"\'\\]/}" __awsenv_word __awsenv_place=first
  \builtin local __awsenv_break=$'[;&|()`{}!\n]'
  for __awsenv_word in ${=__awsenv_line//${~__awsenv_break}/ ; }; do
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
  # Keys of somebody else's, subshells, and terminals that are none are not the hook's business.
  if [[ ${AWS_ACCESS_KEY_ID-} != "${AWSENV_KEY_ID-}" || -n ${CI-} || ${ZSH_SUBSHELL} -gt 0 ||
    ! -t 0 || ! -t 2 ]] || ! \builtin whence -p awsenv >/dev/null; then
    \builtin return 1
  fi
  \builtin local __awsenv_mode="${__awsenv_guard-ask}" __awsenv_dead='' __awsenv_status=0 __awsenv_token='' __awsenv_mark=''
  [[ ${__awsenv_left} -ge 30 ]] || __awsenv_dead=1
  if [[ -n ${__awsenv_quiet-} || ${AWSENV_EXPIRES} == "${__awsenv_asked-}" || ${TERM-dumb} == dumb ]]; then
    __awsenv_mode=off
  elif [[ -n ${__awsenv_guard_commands-} ]]; then
    if [[ $1 == prompt ]] || ! __awsenv_is_guarded "$2"; then
      __awsenv_mode=off
    fi
  fi
  if [[ ${AWSENV_EXPIRES} != "${__awsenv_tried-}" || ${__awsenv_dead} != "${__awsenv_tried_dead-}" ]]; then
    \builtin typeset -g __awsenv_wait=30
  elif [[ ${__awsenv_now} -lt ${__awsenv_not_before} && (${__awsenv_mode} == off || ${__awsenv_ended} -ne 4) ]]; then
    case ${AWSENV_SIGN_IN-} in
      '' | *[!0123456789abcdef]*) \builtin return 1 ;;
      *) __awsenv_token=${HOME-}/.aws/sso/cache/${AWSENV_SIGN_IN}.json ;;
    esac
    # A sign-in newer than the last refusal: somebody has logged in since, here, elsewhere or with the AWS CLI.
    __awsenv_mark=${HOME-}/.aws/awsenv/dead/${AWSENV_SIGN_IN}
    if [[ ' 4 11 12 130 ' != *" ${__awsenv_ended} "* || ! -e ${__awsenv_mark} || ! ${__awsenv_token} -nt ${__awsenv_mark} ]]; then
      \builtin return 1
    fi
  fi
  # All of this before the program starts: Ctrl-C ends this function there.
  if [[ -n ${__awsenv_dead} && ${__awsenv_mode} != off ]]; then
    \builtin typeset -g __awsenv_asked="${AWSENV_EXPIRES}"
  fi
  \builtin typeset -g __awsenv_tried="${AWSENV_EXPIRES}" __awsenv_tried_dead="${__awsenv_dead}" __awsenv_ended=130
  \builtin typeset -g __awsenv_not_before="$((__awsenv_now + __awsenv_wait))"
  __awsenv_wait=$((__awsenv_wait < 300 ? __awsenv_wait * 2 : 600))
  \builtin set -- "$1" renew --at "$1" --mode "${__awsenv_mode}"
  # Holding back means an interrupt, which a trap of the user's would take for its own.
  if [[ $1 == command ]]; then
    \builtin set -- "$@" --may-hold
  fi
  __awsenv_apply "${@:2}" || __awsenv_status=$?
  __awsenv_ended=${__awsenv_status}
  case ${__awsenv_status} in
    0)
      __awsenv_look
      __awsenv_tried=${AWSENV_EXPIRES-}
      [[ ${__awsenv_state} != valid ]] || __awsenv_wait=30
      ;;
    10) __awsenv_asked='' __awsenv_tried='' ;;
    11) \builtin typeset -g __awsenv_quiet=1 ;;
    12)
      # The user's trap is set aside as long as this function runs.
      \builtin trap - INT
      \builtin kill -INT "$$"
      ;;
    *) ;;
  esac
  \builtin return 0
}

# Before a command line runs: renew, or ask. The line comes as typed, abbreviated, and with its aliases put in.
function __awsenv_at_command() {
  \builtin emulate -L zsh
  \builtin setopt no_xtrace
  \builtin local __awsenv_line="${3:-${1-}}"
  __awsenv_line=${__awsenv_line#"${__awsenv_line%%[![:blank:]]*}"}
  case ${__awsenv_line%%[[:blank:]]*} in
    awsenv | exit | logout | fc)
      # Alone on its line: what follows it may be what needs the keys.
      if [[ ${__awsenv_line} != *[\;\&\|$'\n']* ]]; then
        \builtin return 0
      fi
      ;;
    *) ;;
  esac
  __awsenv_look
  __awsenv_renew command "${__awsenv_line}" || \builtin :
  \builtin return 0
}
