# A switch without a process: from an answer that the program prepared, while nothing it was made from has changed.
# The form of an answer, and when it holds, is in awsenv/prepared.py; what is unusual is the program's to answer.

# Put the statements for these arguments of `use` into __awsenv_text, what they take along into __awsenv_saved and
# __awsenv_previous, and what to tell into __awsenv_told; fail where the program has to be asked.
function __awsenv_find_answer() {
  \builtin local __awsenv_mode=default __awsenv_name __awsenv_home="${HOME-}" __awsenv_cache="${XDG_CACHE_HOME-}"
  \builtin local __awsenv_folder="${XDG_RUNTIME_DIR-}" __awsenv_answer
  \builtin local -a __awsenv_lines __awsenv_private
  while [[ $# -gt 1 ]]; do
    case $1:$2 in
      --only:profile | --only:keys) __awsenv_mode=$2 && \builtin shift ;;
      --no-login:*) ;;
      *) \builtin return 1 ;;
    esac
    \builtin shift
  done
  __awsenv_name=${1-}
  [[ ${__awsenv_name} != - ]] || __awsenv_name=${AWSENV_PREVIOUS-}
  case ${__awsenv_name} in
    '' | -* | *[^0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.:=+@\ ,~-]*) \builtin return 1 ;;
    *) ;;
  esac
  [[ ${__awsenv_home} == /* && ${AWSENV_DEBUG-} != 1 ]] || \builtin return 1
  __awsenv_is_as_for_commands || \builtin return 1
  __awsenv_home=${__awsenv_home%/}
  [[ ${__awsenv_cache} == /* ]] || __awsenv_cache=${__awsenv_home}/.cache
  if [[ ${__awsenv_folder} == /* && -d ${__awsenv_folder} && ! -L ${__awsenv_folder} && -O ${__awsenv_folder} ]]; then
    __awsenv_folder=${__awsenv_folder}/awsenv
  else
    __awsenv_folder=${__awsenv_cache}/awsenv/prepared
  fi
  __awsenv_answer=${__awsenv_folder}/zsh.${__awsenv_mode}.${__awsenv_name}
  # One's own, and nobody else's to read or write; no link. In texts, since a shell that plays sh could not read it.
  __awsenv_private=("${(b)__awsenv_folder}(N/Uf:go-rwx:)" "${(b)__awsenv_answer}(N.Uf:go-rwx:)")
  __awsenv_private=(${~__awsenv_private})
  [[ ${#__awsenv_private} -eq 2 ]] || \builtin return 1
  __awsenv_lines=("${(@f)$(<${__awsenv_answer})}")
  if [[ ${#__awsenv_lines} -lt 16 || ${__awsenv_lines[-1]} != end ||
    ${__awsenv_lines[1]} != "awsenv-prepared 2 zsh ${__awsenv_mode}" || ${__awsenv_lines[2]} != "name ${__awsenv_name}" ||
    ${__awsenv_lines[3]} != "home ${__awsenv_home}" || ${__awsenv_lines[4]} != "cache ${__awsenv_cache}" ]]; then
    \builtin return 1
  fi
  __awsenv_ends=${__awsenv_lines[8]#ends } __awsenv_said=${__awsenv_lines[12]#said }
  __awsenv_is_in_time && __awsenv_are_sources_unchanged && __awsenv_carry
}

# Tell whether commands see the paths that this shell sees: what is set and not exported is nothing to the program.
function __awsenv_is_as_for_commands() {
  \builtin local __awsenv_variable
  for __awsenv_variable in AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE XDG_CONFIG_HOME XDG_CACHE_HOME; do
    [[ -z ${(Pt)__awsenv_variable-} || ${(Pt)__awsenv_variable} == *export* ]] || \builtin return 1
  done
}

# Tell whether an answer still holds: not before it was made, as after the clock was set back, and not for too long.
function __awsenv_is_in_time() {
  \builtin local __awsenv_made="${__awsenv_lines[6]#made }" __awsenv_until="${__awsenv_lines[7]#until }"
  __awsenv_is_moment "${__awsenv_made}" && __awsenv_is_moment "${__awsenv_until}" || \builtin return 1
  \builtin typeset -g __awsenv_now="${(%):-%D{%s\}}"
  [[ ${__awsenv_made} -le ${__awsenv_now} && ${__awsenv_now} -lt ${__awsenv_until} ]]
}

# Tell whether every file behind an answer is the one of then: neither newer nor older than its stamp. Leaves the lines
# behind them in __awsenv_text, and the warnings among them in __awsenv_told.
function __awsenv_are_sources_unchanged() {
  \builtin local __awsenv_path __awsenv_state
  \builtin local -a __awsenv_paths
  \builtin local -i __awsenv_number=13
  while [[ ${__awsenv_lines[__awsenv_number]-} == 'source '* ]]; do
    __awsenv_path=${__awsenv_lines[__awsenv_number]#source }
    __awsenv_state=${__awsenv_folder}/stamp-${__awsenv_path%%-*} __awsenv_path=${__awsenv_path#* }
    if [[ ${__awsenv_lines[__awsenv_number]} == 'source absent '* ]]; then
      [[ ! -e ${__awsenv_path} ]] || \builtin return 1
    elif [[ ! -e ${__awsenv_path} || ! -O ${__awsenv_state} || ${__awsenv_path} -nt ${__awsenv_state} ||
      ${__awsenv_path} -ot ${__awsenv_state} ]]; then
      \builtin return 1
    fi
    __awsenv_paths+=("${__awsenv_path}")
    __awsenv_number=$((__awsenv_number + 1))
  done
  \builtin local __awsenv_config="${AWS_CONFIG_FILE-${__awsenv_home}/.aws/config}"
  \builtin local __awsenv_credentials="${AWS_SHARED_CREDENTIALS_FILE-${__awsenv_home}/.aws/credentials}"
  __awsenv_path=${XDG_CONFIG_HOME-}
  [[ ${__awsenv_path} == /* ]] || __awsenv_path=${__awsenv_home}/.config
  __awsenv_config=${__awsenv_config/#\~\//${__awsenv_home}/}
  __awsenv_credentials=${__awsenv_credentials/#\~\//${__awsenv_home}/}
  if [[ ${__awsenv_paths[1]-} != "${__awsenv_config}" || ${__awsenv_paths[2]-} != "${__awsenv_credentials}" ||
    ${__awsenv_paths[3]-} != "${__awsenv_path}/awsenv/config.toml" ]]; then
    \builtin return 1
  fi
  while [[ ${__awsenv_lines[__awsenv_number]-} == 'real '* ]]; do
    [[ ${__awsenv_lines[__awsenv_number]#real } -ef ${__awsenv_lines[__awsenv_number + 1]#path } ]] || \builtin return 1
    __awsenv_number=$((__awsenv_number + 2))
  done
  __awsenv_told=''
  while [[ ${__awsenv_lines[__awsenv_number]-} == 'warning '* ]]; do
    __awsenv_told+="awsenv: warning: ${__awsenv_lines[__awsenv_number]#warning }"$'\n'
    __awsenv_number=$((__awsenv_number + 1))
  done
  [[ ${__awsenv_lines[__awsenv_number]-} == text ]] || \builtin return 1
  __awsenv_text=${(F)__awsenv_lines[__awsenv_number+1,-2]}
}

# Put what a shell takes along from profile to profile into __awsenv_saved and __awsenv_previous: the variables of before
# the first one, and the name of the last.
function __awsenv_carry() {
  \builtin local __awsenv_variable
  __awsenv_saved=${AWSENV_SAVED-} __awsenv_previous=${AWSENV_PROFILE-}
  if [[ -n ${AWSENV_PROFILE-} && ${__awsenv_saved} == '{'*'}' ]]; then
    [[ ${__awsenv_saved} == '{}' || ${__awsenv_saved} == '{"AWS_'*'"}' ]] || \builtin return 1
  elif [[ -n ${AWSENV_PROFILE+set}${AWSENV_SAVED+set} ]]; then
    \builtin return 1
  else
    for __awsenv_variable in ${=__awsenv_lines[11]#saves }; do
      [[ ${(Pt)__awsenv_variable-} == *export* ]] || \builtin continue
      case ${(P)__awsenv_variable} in
        *[^0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_./:=+@-]*) \builtin return 1 ;;
        *) ;;
      esac
      __awsenv_saved+="${__awsenv_saved:+,}\"${__awsenv_variable}\":\"${(P)__awsenv_variable}\""
    done
    __awsenv_saved="{${__awsenv_saved}}"
  fi
  if [[ ${__awsenv_lines[9]} == 'region saved' && ${__awsenv_saved} == *REGION* ]]; then
    \builtin return 1
  fi
  case ${__awsenv_previous} in
    '' | "${__awsenv_lines[5]#profile }") __awsenv_previous=${AWSENV_PREVIOUS-} ;;
    *) ;;
  esac
}

# Tell a terminal where an answer leads.
function __awsenv_tell_answer() {
  \builtin local __awsenv_span=''
  \builtin printf '%s' "${__awsenv_told}" >&2
  if [[ -t 2 ]]; then
    if __awsenv_is_moment "${__awsenv_ends}"; then
      __awsenv_tell_span $((__awsenv_ends - __awsenv_now))
      __awsenv_span=" · ${__awsenv_span} left"
    fi
    \builtin printf 'awsenv: %s%s\n' "${__awsenv_said}" "${__awsenv_span}" >&2
  fi
}
