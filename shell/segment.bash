# shellcheck shell=bash
# What the variables say of this shell, as a segment of the prompt: from variables only, no process and no network.

# Learn what this bash has: a variable that is the time, a text that is expanded when a line has been typed, a list of prompt commands; and
# whether it can fill and read a pipe or an unlinked file of its own: that tells what a builtin prints without a fork.
function __awsenv_learn() {
  __awsenv_echoes=''
  case $- in
    *r*) ;;
    *)
      {
        { \builtin printf x >|/dev/fd/3 && IFS='' \builtin read -r -d '' __awsenv_echoes <&3; } 3<<<''
      } 2>/dev/null || \builtin :
      ;;
  esac
  # shellcheck disable=SC2016 # run where the trap can be seen
  if [[ ${__awsenv_echoes} == *x ]]; then
    __awsenv_peek='{ \builtin trap -p DEBUG RETURN >|/dev/fd/3
      IFS="" \builtin read -r -d "" __awsenv_then <&3 || \builtin :; } 3<<<""'
  else
    __awsenv_echoes='' __awsenv_peek='__awsenv_then=$(\builtin trap -p DEBUG RETURN)'
  fi
  # shellcheck disable=SC2016 # what runs before this is expanded, nobody has typed
  __awsenv_mark_typed='${__awsenv_shell:$((__awsenv_typed=1,0)):0}'
  __awsenv_clock='' __awsenv_has_ps0='' __awsenv_has_list=''
  case ${__awsenv_bash-${BASH_VERSION}} in
    [123].* | 4.[0123].*) ;;
    4.*) __awsenv_has_ps0=1 ;;
    5.0*) __awsenv_has_ps0=1 __awsenv_clock=1 ;;
    *) __awsenv_has_ps0=1 __awsenv_clock=1 __awsenv_has_list=1 ;;
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
  elif [[ -n ${__awsenv_end-} && ${AWSENV_EXPIRES} == "${__awsenv_end}" ]] ||
    __awsenv_is_moment "${AWSENV_EXPIRES}"; then
    # Asked only once of each: this runs at every prompt.
    __awsenv_end=${AWSENV_EXPIRES} __awsenv_now=${EPOCHSECONDS-}
    case ${__awsenv_clock}:${__awsenv_now} in
      1: | 1:0* | 1:*[!0123456789]* | 1:????????????* | :*) __awsenv_tell_time ;;
      *) ;;
    esac
    __awsenv_left=$((__awsenv_end - __awsenv_now))
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
  # As drawn before, from what it was drawn from before?
  __awsenv_key=${__awsenv_state}:$((${__awsenv_left:-0} / 60)):${AWSENV_PROTECTED-}:${NO_COLOR-}:${__awsenv_colours-}
  __awsenv_key+=:${AWSENV_PROFILE-}:${AWSENV_LABEL-}
  if [[ ${__awsenv_key} == "${__awsenv_drawn-}" && ${AWSENV_SEGMENT-} == "${__awsenv_segment-}" ]]; then
    \builtin return 0
  fi
  \builtin local __awsenv_text='' __awsenv_label="${AWSENV_LABEL-}"
  __awsenv_colour='' __awsenv_label=${__awsenv_label:-"${AWSENV_PROFILE-} {left}"}
  if [[ -z ${__awsenv_state} ]]; then
    \builtin unset -v AWSENV_SEGMENT
    __awsenv_drawn=${__awsenv_key} __awsenv_segment=''
    \builtin return 0
  elif [[ ${__awsenv_state} == expired ]]; then
    __awsenv_text=expired
  elif [[ -n ${__awsenv_left} ]]; then
    \builtin local __awsenv_span
    __awsenv_tell_span "${__awsenv_left}"
    __awsenv_text=${__awsenv_span}
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
  __awsenv_drawn=${__awsenv_key} __awsenv_segment=${AWSENV_SEGMENT}
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

# Note until when a prompt is drawn as this one was, if nothing but the time changes.
function __awsenv_calm_down() {
  # With xtrace, what a prompt is drawn from would be shown at each.
  if [[ ${__awsenv_clock}${__awsenv_state} != 1valid || -z ${__awsenv_left} || -n ${__awsenv_hushed-} ]]; then
    \builtin return 0
  fi
  \builtin local __awsenv_first=$((__awsenv_left % 60)) __awsenv_second=$((__awsenv_left - ${__awsenv_margin-300}))
  __awsenv_from=$((__awsenv_now - 1))
  __awsenv_until=$((__awsenv_now + (__awsenv_first < __awsenv_second ? __awsenv_first : __awsenv_second) + 1))
  __awsenv_sum_up
  __awsenv_drawn_of=${__awsenv_sum}
}

# Put what a prompt is drawn from, but for the time, into __awsenv_sum.
function __awsenv_sum_up() {
  __awsenv_sum=${AWSENV_EXPIRES-}:${AWSENV_PROFILE-}:${AWSENV_LABEL-}:${AWSENV_PROTECTED-}:${NO_COLOR-}:$-
  __awsenv_sum+=:${__awsenv_colours-}:${AWSENV_SEGMENT-}:${PROMPT_COMMAND[*]-}
}

# Print the segment with its colour, for prompts of one's own: PS1='$(awsenv_prompt_info)\$ '.
function awsenv_prompt_info() {
  if [[ -n ${AWSENV_SEGMENT-} && -n ${__awsenv_colour-} ]]; then
    \builtin printf '\001\033[%sm\002%s\001\033[0m\002' "${__awsenv_colour}" "${AWSENV_SEGMENT}"
  else
    \builtin printf '%s' "${AWSENV_SEGMENT-}"
  fi
}

# Put the segment before the prompt, and watch for the command to come.
function __awsenv_place() {
  if [[ -n ${__awsenv_left-} && ${PS1-} == "${__awsenv_ps1-}" && ${PS0-} == "${__awsenv_ps0-}" &&
    -n ${__awsenv_placed-} && -z ${__awsenv_cancelled-} ]] || __awsenv_place_anew; then
    __awsenv_watch
  else
    __awsenv_put_back
    __awsenv_unhush
  fi
}

# The same where something has changed; false where there is nothing to watch for.
function __awsenv_place_anew() {
  __awsenv_calm=''
  if [[ -z ${__awsenv_ps1-} || ${PS1-} != "${__awsenv_ps1-}" ]]; then
    __awsenv_place_segment || \builtin :
    __awsenv_ps1=${PS1-}
  fi
  __awsenv_placed=''
  if [[ -z ${__awsenv_left-} || -n ${bash_preexec_imported-}${__bp_imported-} ]]; then
    \builtin return 1
  elif [[ -z ${__awsenv_traced-} && (-n ${__awsenv_unsure-} || ${__awsenv_last-} == *[Dd][Ee][Bb][Uu][Gg]) ]]; then
    # A trap that we do not know may be there, and not before the next prompt can we look.
    __awsenv_unsure=1
    __awsenv_trace -t
    \builtin return 1
  fi
  if [[ -n ${__awsenv_has_ps0} ]]; then
    if [[ ${PS0-} != *"${__awsenv_mark_typed}"* ]] && \builtin shopt -q promptvars && ! __awsenv_is_readonly PS0; then
      PS0=${PS0-}${__awsenv_mark_typed}
    fi
    __awsenv_ps0=${PS0-}
  fi
  __awsenv_cancelled=${__awsenv_cancelled:+${EPOCHREALTIME-}}
  # Where a trap is known, what the last line was about is asked each time.
  __awsenv_placed=${__awsenv_traced-}
}

# The segment is one word that stays when the prompt is saved, changed or copied.
function __awsenv_place_segment() {
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
  # Behind the blank lines that it begins with, and what sets a title before them.
  \builtin local __awsenv_blank=$'^((\\\\\\[([^\\\\]|\\\\[^]])*\\\\\\])*(\\\\n|\n))+'
  if [[ ${PS1-} =~ ${__awsenv_blank} ]]; then
    PS1=${BASH_REMATCH[0]}${__awsenv_word}${PS1:${#BASH_REMATCH[0]}}
  else
    PS1=${__awsenv_word}${PS1-}
  fi
}

# Who draws the whole prompt after us takes the segment away: looked after at the end as well, from the next prompt.
function __awsenv_come_last() {
  \builtin local IFS=' '
  __awsenv_is_last=''
  if [[ " ${PROMPT_COMMAND[*]-}" == *' __awsenv_at_prompt'?* ]]; then
    if [[ ${PROMPT_COMMAND[*]-} == *' __awsenv_place' ]]; then
      __awsenv_is_last=1
    elif ! __awsenv_is_readonly PROMPT_COMMAND; then
      PROMPT_COMMAND+=(__awsenv_place)
    fi
  fi
  \builtin unset -v IFS
  # As it was when this prompt began: the next one finds it last.
  __awsenv_list=${__awsenv_is_last:+${PROMPT_COMMAND[*]-}}
}

# Tell whether a variable is readonly: then it cannot be made local either.
function __awsenv_is_readonly() {
  ! \builtin local "$1" 2>/dev/null
}
