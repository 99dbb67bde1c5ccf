# Defines `awsenv`, which changes this shell without eval. In an interactive shell it also shows the account in the
# prompt, renews keys that end and asks before a command would fail. Load: eval "$(awsenv init zsh)", or source it.
# Leaves functions `awsenv*` and `__awsenv_*`, such variables, AWSENV_SEGMENT, two hooks, psvar 41 and 42, one word in PROMPT.

\builtin unalias awsenv awsenv_prompt_info 2>/dev/null || \builtin :

# Tell whether a text is a moment in epoch seconds: before any arithmetic, which would run what stands in a subscript.
function __awsenv_is_moment() {
  case ${1-} in
    '' | 0* | *[!0123456789]* | ????????????*) \builtin return 1 ;;
    *) ;;
  esac
}

# Put the time into __awsenv_now: a prompt can tell it without a module and without a fork.
function __awsenv_tell_time() {
  \builtin typeset -g __awsenv_now="${(%):-%D{%s\}}"
}

# Put what the variables say of this shell into __awsenv_state, and the seconds left, if there is an end.
function __awsenv_look() {
  \builtin typeset -g __awsenv_state='' __awsenv_left=''
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
  \builtin local __awsenv_text='' __awsenv_left_mark='{left}' __awsenv_label="${AWSENV_LABEL-}"
  \builtin typeset -g __awsenv_colour=''
  if [[ -z ${__awsenv_state} ]]; then
    \builtin unset AWSENV_SEGMENT
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
  __awsenv_label=${__awsenv_label:-${AWSENV_PROFILE} ${__awsenv_left_mark}}
  case ${__awsenv_label} in
    *${__awsenv_left_mark}*) __awsenv_text=${__awsenv_label/${__awsenv_left_mark}/${__awsenv_text}} ;;
    *) __awsenv_text=${__awsenv_label} ;;
  esac
  # What a terminal, a prompt or a framework could take for more than text: the environment is data, whoever wrote it.
  \builtin local __awsenv_active=$'[$`"\'\\\\%!;{}]'
  __awsenv_text=${__awsenv_text[1,100]}
  __awsenv_text=${__awsenv_text//[^[:print:]]/?}
  \builtin export AWSENV_SEGMENT="${__awsenv_text//${~__awsenv_active}/?}"
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

# Print the segment with its colour, for prompts of one's own: setopt prompt_subst; PROMPT='$(awsenv_prompt_info)%# '.
function awsenv_prompt_info() {
  if [[ -n ${AWSENV_SEGMENT-} && -n ${__awsenv_colour-} ]]; then
    \builtin printf '%%{\033[%sm%%}%s%%{\033[0m%%}' "${__awsenv_colour}" "${AWSENV_SEGMENT}"
  else
    \builtin printf '%s' "${AWSENV_SEGMENT-}"
  fi
}

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
    if [[ ${__awsenv_ended} -ne 4 || ! -e ${__awsenv_mark} || ! ${__awsenv_token} -nt ${__awsenv_mark} ]]; then
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

# At a prompt: renew and draw.
function __awsenv_at_prompt() {
  \builtin emulate -L zsh
  \builtin setopt no_xtrace
  # Who came later, and draws the prompt, takes the segment away: last again, from the next prompt.
  if [[ ${precmd_functions[-1]-} != __awsenv_place ]]; then
    precmd_functions=(${precmd_functions:#__awsenv_place} __awsenv_place)
  fi
  # Drawn before as well, in case Ctrl-C ends the renewal.
  __awsenv_look
  __awsenv_draw
  if __awsenv_renew prompt ''; then
    __awsenv_look
    __awsenv_draw
  fi
  # compinit may come after this file.
  if [[ $+functions[compdef] -eq 1 && -z ${_comps[awsenv]-} ]]; then
    compdef __awsenv_complete awsenv
  fi
  \builtin return 0
}

# Put the segment before the prompt, as one word that stays when the prompt is saved, changed or copied.
function __awsenv_place() {
  \builtin emulate -L zsh
  \builtin setopt no_xtrace
  # By psvar: what a value says is never read as prompt source, whatever the options.
  \builtin local __awsenv_word=$'%(41V.%(42V.%{\e[%42vm%}.)(%41v%)%(42V.%{\e[0m%}.) .)'
  psvar[41]=${AWSENV_SEGMENT-} psvar[42]=${__awsenv_colour}
  case ${__awsenv_prompt-auto} in
    off) ;;
    right)
      if [[ ${RPROMPT-} != *${__awsenv_word}* && ${(t)RPROMPT-} != *readonly* ]]; then
        \builtin typeset -g RPROMPT="${RPROMPT-}${__awsenv_word}"
      fi
      ;;
    *)
      # Frameworks that draw the whole prompt show AWSENV_SEGMENT by their own means.
      if [[ ${PROMPT-} == *${__awsenv_word}* || ${(t)PROMPT-} == *readonly* || (${__awsenv_prompt-auto} == auto &&
        $+functions[p10k]$+functions[starship_precmd]$+functions[prompt_starship_precmd]$+functions[_omp_precmd] == *1*) ]]; then
        \builtin return 0
      fi
      \builtin typeset -g PROMPT="${__awsenv_word}${PROMPT-}"
      ;;
  esac
  \builtin return 0
}

# Stand at both points, once, whoever was there before: first at the prompt, for whoever draws the whole of it, and
# last, since others set psvar and PROMPT anew.
function __awsenv_register() {
  \builtin emulate -L zsh
  # Another shell's state may have come through the environment of `setopt all_export`.
  if [[ ${__awsenv_shell-} != "$$" ]]; then
    \builtin unset __awsenv_tried __awsenv_asked __awsenv_quiet
    \builtin typeset -g __awsenv_shell="$$"
  fi
  __awsenv_is_moment "${__awsenv_margin-}" || \builtin typeset -g __awsenv_margin=300
  \builtin typeset -ga precmd_functions preexec_functions
  precmd_functions=(__awsenv_at_prompt ${precmd_functions:#__awsenv_(at_prompt|place)} __awsenv_place)
  preexec_functions=(${preexec_functions:#__awsenv_at_command} __awsenv_at_command)
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
  \builtin emulate -L zsh
  \builtin setopt no_xtrace
  \builtin local __awsenv_text __awsenv_status=0 __awsenv_command="$1"
  \builtin shift
  __awsenv_text=$(\command awsenv "${__awsenv_command}" --shell zsh "$@") || __awsenv_status=$?
  if [[ ${__awsenv_status} -eq 0 ]]; then
    \builtin eval "${__awsenv_text}" || __awsenv_status=$?
  fi
  \builtin return "${__awsenv_status}"
}

# Print what brings the shell that captures this to where the subshell is now, or its status: no key goes through a pipe.
function __awsenv_repeat() {
  \builtin emulate -L zsh
  if [[ $1 -eq 0 ]]; then
    \builtin shift
    \builtin print -r -- awsenv "${(@qqqq)@}" "2>/dev/null;"
  else
    \builtin print -r -- "(\\builtin exit $1);"
  fi
}

# Switch this shell with `use` and `off`, also in `eval "$(awsenv use …)"`; hand everything else to the program.
function awsenv() {
  if __awsenv_is_for_eval "$@"; then
    \builtin local __awsenv_status=0
    __awsenv_apply "$@" || __awsenv_status=$?
    case ${ZSH_EVAL_CONTEXT-} in
      *cmdsubst*) __awsenv_repeat "${__awsenv_status}" "$@" ;;
      *) ;;
    esac
    \builtin return "${__awsenv_status}"
  else
    \command awsenv "$@"
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
  __awsenv_choice="${__awsenv_choice} --help -h"
}

# Put the names of a kind into __awsenv_found: from the list at hand while neither of the files that it was made from is
# newer, else from the program, which makes the list anew.
function __awsenv_find() {
  \builtin local __awsenv_names="${XDG_CACHE_HOME-}"
  \builtin local __awsenv_config="${AWS_CONFIG_FILE-${HOME-}/.aws/config}"
  \builtin local __awsenv_credentials="${AWS_SHARED_CREDENTIALS_FILE-${HOME-}/.aws/credentials}"
  \builtin local -a __awsenv_lines
  [[ ${__awsenv_names} == /* ]] || __awsenv_names=${HOME-}/.cache
  __awsenv_names=${__awsenv_names}/awsenv/names
  __awsenv_config=${__awsenv_config/#\~\//${HOME-}/} __awsenv_credentials=${__awsenv_credentials/#\~\//${HOME-}/}
  if [[ -r ${__awsenv_names} ]]; then
    __awsenv_lines=("${(@f)$(<${__awsenv_names})}")
  fi
  if [[ ${__awsenv_lines[1]-} == 'awsenv-names 1' && ${__awsenv_lines[2]-} == "${__awsenv_config}" &&
    ${__awsenv_lines[3]-} == "${__awsenv_credentials}" ]] && ! [[ ${__awsenv_config} -nt ${__awsenv_names} ||
    ${__awsenv_credentials} -nt ${__awsenv_names} ]]; then
    __awsenv_found=("${(@)${(@M)__awsenv_lines:#$1 *}#$1 }")
  else
    case $1 in
      p) __awsenv_found=("${(@f)$(\command awsenv names profiles 2>/dev/null)}") ;;
      s) __awsenv_found=("${(@f)$(\command awsenv names sessions 2>/dev/null)}") ;;
      *) __awsenv_found=("${(@f)$(\command awsenv names regions 2>/dev/null)}") ;;
    esac
  fi
}

# Complete a line that begins with `awsenv`: zsh chooses those that fit, and quotes them.
function __awsenv_complete() {
  \builtin emulate -L zsh
  \builtin setopt no_xtrace
  \builtin local __awsenv_choice __awsenv_offset __awsenv_current __awsenv_option
  \builtin local -a __awsenv_words __awsenv_found
  __awsenv_words=("${(@Q)words[2,CURRENT-1]}")
  if [[ ${PREFIX} == --*=* ]]; then
    __awsenv_words+=("${PREFIX%%\=*}")
    compset -P '*='
  fi
  __awsenv_current=${PREFIX}
  __awsenv_choose "${__awsenv_words[@]}"
  case ${__awsenv_choice} in
    [psr]) __awsenv_find "${__awsenv_choice}" ;;
    command)
      \builtin shift "${__awsenv_offset}" words
      CURRENT=$((CURRENT - __awsenv_offset))
      _normal
      \builtin return
      ;;
    *) __awsenv_found=(${=__awsenv_choice}) ;;
  esac
  \builtin compadd -a __awsenv_found
}

if [[ -o interactive ]]; then
  __awsenv_register
fi
