# Renewal at both points, and the question before a command would fail.

# Tell whether a command line starts one of the guarded programs, wherever in it a command can stand. Split as zsh
# splits: what is quoted names a command at most, unless it is run, by `eval`, a shell, a substitution or a function.
function __awsenv_is_guarded() {
  \builtin local __awsenv_word __awsenv_place=first __awsenv_depth="${2:-0}"
  # A hostile line is no reason to think for long.
  [[ ${__awsenv_depth} -lt 4 ]] || \builtin return 1
  for __awsenv_word in "${(@z)${1[1,20000]}}"; do
    if __awsenv_runs "${__awsenv_word}"; then
      \builtin return 0
    fi
    case ${__awsenv_word} in
      ';' | ';;' | ';&' | ';|' | '&' | '&&' | '&!' | '&|' | '|' | '|&' | '||' | '(' | ')' | '{' | '}' | *'=(' | $'\n')
        __awsenv_place=first
        \builtin continue
        ;;
      [\<\>]\(*) ;;
      [\<\>]* | [0-9][\<\>]* | '&>'*)
        __awsenv_place=file${__awsenv_place}
        \builtin continue
        ;;
      *) ;;
    esac
    if [[ ${__awsenv_place} == file* ]]; then
      __awsenv_place=${__awsenv_place#file}
      \builtin continue
    elif [[ -z ${__awsenv_place} ]]; then
      \builtin continue
    fi
    __awsenv_word=${(Q)__awsenv_word}
    if [[ " ${__awsenv_guard_commands} " == *" ${__awsenv_word##*/} "* ]]; then
      \builtin return 0
    elif [[ ${__awsenv_place} == code ]]; then
      ! __awsenv_is_guarded "${__awsenv_word}" "$((__awsenv_depth + 1))" || \builtin return 0
      \builtin continue
    fi
    case ${__awsenv_word##*/} in
      sudo | doas | env | time | exec | command | builtin | noglob | nocorrect | - | nohup | nice | ionice | xargs | \
        timeout | stdbuf | setsid) __awsenv_place=any ;;
      eval | watch | sh | bash | dash | zsh | fish) __awsenv_place=code ;;
      if | then | elif | else | while | until | do | '!' | *=*) ;;
      *)
        if [[ ${__awsenv_place} == first ]]; then
          __awsenv_place=''
          ! __awsenv_is_guarded "${functions[${__awsenv_word}]-}" "$((__awsenv_depth + 1))" || \builtin return 0
        fi
        ;;
    esac
  done
  \builtin return 1
}

# Tell whether a substitution in this word starts one of them.
function __awsenv_runs() {
  \builtin local __awsenv_rest="$1"
  case ${__awsenv_rest} in
    \'*) \builtin return 1 ;;
    *[\$\<\>=]\(*) __awsenv_rest=${__awsenv_rest#*[\$\<\>=]\(} ;;
    *\`*) __awsenv_rest=${__awsenv_rest#*\`} ;;
    *) \builtin return 1 ;;
  esac
  __awsenv_is_guarded "${__awsenv_rest%[\)\`]}" "$((__awsenv_depth + 1))"
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
  [[ -n ${AWSENV_PROFILE-} ]] || \builtin return 0
  \builtin emulate -L zsh
  \builtin setopt no_xtrace no_force_float
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
