# What the variables say of this shell, as a segment of the prompt: from variables only, no process and no network.

# Put what the variables say of this shell into __awsenv_state, and the seconds left, if there is an end. No function is
# called in here, nor in what calls this at each prompt: in zsh, a call costs more than all that it does.
function __awsenv_look() {
  \builtin typeset -g __awsenv_state='' __awsenv_left=''
  if [[ -z ${AWSENV_PROFILE-} ]]; then
    \builtin return 0
  elif [[ -z ${AWSENV_EXPIRES+set} ]]; then
    __awsenv_state=valid
  elif __awsenv_is_moment "${AWSENV_EXPIRES}"; then
    # A prompt can tell the time without a module and without a fork.
    \builtin typeset -g __awsenv_now="${(%):-%D{%s\}}"
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

# Put the segment into AWSENV_SEGMENT and its colour into __awsenv_colour, and from what and until when they hold.
function __awsenv_draw() {
  \builtin local __awsenv_text='' __awsenv_left_mark='{left}' __awsenv_label="${AWSENV_LABEL-}"
  \builtin typeset -g __awsenv_colour='' __awsenv_drawn='' __awsenv_segment=''
  if [[ -z ${__awsenv_state} ]]; then
    \builtin unset AWSENV_SEGMENT
    \builtin return 0
  elif [[ ${__awsenv_state} == expired ]]; then
    __awsenv_text=expired
  elif [[ -n ${__awsenv_left} ]]; then
    \builtin local __awsenv_span
    __awsenv_tell_span "${__awsenv_left}"
    __awsenv_text=${__awsenv_span}
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
  __awsenv_segment=${__awsenv_text//${~__awsenv_active}/?}
  \builtin export AWSENV_SEGMENT="${__awsenv_segment}"
  __awsenv_choose_colour
  # What is valid stays as it is to the end of its minute, and of the margin; what ends is looked at each time.
  if [[ ${__awsenv_state} == valid ]]; then
    __awsenv_drawn="${AWSENV_PROFILE}|${AWSENV_LABEL-}|${AWSENV_EXPIRES-}|${AWSENV_PROTECTED-}|${NO_COLOR-}"
    \builtin typeset -g __awsenv_from=0 __awsenv_until=99999999999
    if [[ -n ${__awsenv_left} ]]; then
      __awsenv_from=${__awsenv_now}
      __awsenv_until=$((__awsenv_now + __awsenv_left % 60))
      if [[ $((AWSENV_EXPIRES - __awsenv_until)) -lt ${__awsenv_margin-300} ]]; then
        __awsenv_until=$((AWSENV_EXPIRES - ${__awsenv_margin-300}))
      fi
    fi
  fi
}

# Put the colour of the state into __awsenv_colour.
function __awsenv_choose_colour() {
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

# Put the segment before the prompt, as one word that stays when the prompt is saved, changed or copied.
function __awsenv_place() {
  [[ -n ${__awsenv_segment-}${__awsenv_placed-} ]] || \builtin return 0
  \builtin emulate -L zsh
  \builtin setopt no_xtrace no_force_float
  # By psvar: what a value says is never read as prompt source, whatever the options.
  \builtin local __awsenv_word=$'%(41V.%(42V.%{\e[%42vm%}.)(%41v%)%(42V.%{\e[0m%}.) .)'
  psvar[41]=${__awsenv_segment} psvar[42]=${__awsenv_colour}
  \builtin typeset -g __awsenv_placed="${__awsenv_segment}"
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
      __awsenv_insert
      ;;
  esac
  \builtin return 0
}

# Put the caller's word into PROMPT: behind what shows nothing and ends a line, lest it stand in a blank one.
function __awsenv_insert() {
  \builtin setopt local_options extended_glob
  \builtin local __awsenv_rest="${PROMPT-}" __awsenv_name __awsenv_value
  \builtin local -a match mbegin mend
  # Zero-width text, colours, blanks, and then a newline; or a variable, which may hold just newlines.
  \builtin local __awsenv_blank=$'(#b)((%[{][^%]#%[}]|%[BUSbusfk]|%[FK][{][^}]#[}]|[[:blank:]])#\n)(*)'
  \builtin local __awsenv_variable='(#b)([$][{]([[:alpha:]_][[:alnum:]_]#)[}]|[$]([[:alpha:]_][[:alnum:]_]#))(*)'
  while :; do
    if [[ ${__awsenv_rest} == ${~__awsenv_blank} ]]; then
      __awsenv_rest=${match[3]}
    elif [[ ${__awsenv_rest} == ${~__awsenv_variable} ]]; then
      __awsenv_name=${match[2]}${match[3]}
      __awsenv_value=${(P)__awsenv_name-}
      [[ -n ${__awsenv_value} && -z ${__awsenv_value//$'\n'/} ]] || \builtin break
      __awsenv_rest=${match[4]}
    else
      \builtin break
    fi
  done
  \builtin typeset -g PROMPT="${PROMPT[1,${#PROMPT}-${#__awsenv_rest}]}${__awsenv_word}${__awsenv_rest}"
}
