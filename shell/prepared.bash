# shellcheck shell=bash
# A switch without a process: from an answer that the program prepared, while nothing it was made from has changed.
# The form of an answer, and when it holds, is in awsenv/prepared.py; what is unusual is the program's to answer.

# Put the statements for these arguments of `use` into __awsenv_text, what they take along into __awsenv_saved and
# __awsenv_previous, and what to tell into __awsenv_told; fail where the program has to be asked.
function __awsenv_find_answer() {
  \builtin local __awsenv_mode=default __awsenv_name __awsenv_home="${HOME-}" __awsenv_cache="${XDG_CACHE_HOME-}"
  \builtin local __awsenv_folder="${XDG_RUNTIME_DIR-}" __awsenv_answer __awsenv_number
  \builtin local -a __awsenv_lines
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
    '' | -* | *[!0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.:=+@\ ,~-]*) \builtin return 1 ;;
    *) ;;
  esac
  [[ ${__awsenv_home} == /* && ${AWSENV_DEBUG-} != 1 ]] || \builtin return 1
  __awsenv_is_as_for_commands || \builtin return 1
  __awsenv_home=${__awsenv_home%/}
  [[ ${__awsenv_cache} == /* ]] || __awsenv_cache=${__awsenv_home}/.cache
  if [[ ${__awsenv_folder} == /* && -d ${__awsenv_folder} && ! -L ${__awsenv_folder} && -O ${__awsenv_folder} ]]; then
    __awsenv_folder+=/awsenv
  else
    __awsenv_folder=${__awsenv_cache}/awsenv/prepared
  fi
  __awsenv_answer=${__awsenv_folder}/bash.${__awsenv_mode}.${__awsenv_name}
  # Its mode is the writer's to look after: there is no test for that here.
  [[ -d ${__awsenv_folder} && ! -L ${__awsenv_folder} && -O ${__awsenv_folder} && -f ${__awsenv_answer} &&
    ! -L ${__awsenv_answer} && -O ${__awsenv_answer} ]] || \builtin return 1
  __awsenv_read_lines <"${__awsenv_answer}"
  __awsenv_number=${#__awsenv_lines[@]}
  if [[ ${__awsenv_number} -lt 16 || ${__awsenv_lines[__awsenv_number - 1]} != end ||
    ${__awsenv_lines[0]} != "awsenv-prepared 2 bash ${__awsenv_mode}" || ${__awsenv_lines[1]} != "name ${__awsenv_name}" ||
    ${__awsenv_lines[2]} != "home ${__awsenv_home}" || ${__awsenv_lines[3]} != "cache ${__awsenv_cache}" ]]; then
    \builtin return 1
  fi
  __awsenv_ends=${__awsenv_lines[7]#ends } __awsenv_said=${__awsenv_lines[11]#said }
  __awsenv_is_in_time && __awsenv_are_sources_unchanged && __awsenv_carry
}

# Read lines into __awsenv_lines: by blocks, where one `read` of all of them would ask for each byte (up to bash 5.0).
function __awsenv_read_lines() {
  case ${__awsenv_bash-${BASH_VERSION}} in
    3.*)
      \builtin local __awsenv_line
      while IFS='' \builtin read -r __awsenv_line; do
        __awsenv_lines+=("${__awsenv_line}")
      done
      ;;
    *) \builtin mapfile -t __awsenv_lines ;;
  esac
}

# Tell whether commands see the paths that this shell sees: what is set and not exported is nothing to the program. bash
# before 4.4 does not tell without a process.
function __awsenv_is_as_for_commands() {
  \builtin local __awsenv_variable
  for __awsenv_variable in AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE XDG_CONFIG_HOME XDG_CACHE_HOME; do
    if [[ -n ${!__awsenv_variable+set} ]]; then
      case ${__awsenv_bash-${BASH_VERSION}} in
        [123].* | 4.[0123].*) \builtin return 1 ;;
        *) __awsenv_is_exported "${__awsenv_variable}" || \builtin return 1 ;;
      esac
    fi
  done
}

# Tell whether an answer still holds: not before it was made, as after the clock was set back, and not for too long.
function __awsenv_is_in_time() {
  \builtin local __awsenv_made="${__awsenv_lines[5]#made }" __awsenv_until="${__awsenv_lines[6]#until }"
  __awsenv_is_moment "${__awsenv_made}" && __awsenv_is_moment "${__awsenv_until}" || \builtin return 1
  __awsenv_tell_time
  [[ ${__awsenv_made} -le ${__awsenv_now} && ${__awsenv_now} -lt ${__awsenv_until} ]] || \builtin return 1
  case ${__awsenv_bash-${BASH_VERSION}} in
    # These compare whole seconds.
    [1234].*) [[ ${__awsenv_lines[9]} == 'settled yes' ]] ;;
    *) ;;
  esac
}

# Tell whether every file behind an answer is the one of then: neither newer nor older than its stamp. Leaves the lines
# behind them in __awsenv_text, and the warnings among them in __awsenv_told.
function __awsenv_are_sources_unchanged() {
  \builtin local __awsenv_line __awsenv_path __awsenv_state
  \builtin local __awsenv_config="${AWS_CONFIG_FILE-${__awsenv_home}/.aws/config}"
  \builtin local __awsenv_credentials="${AWS_SHARED_CREDENTIALS_FILE-${__awsenv_home}/.aws/credentials}"
  __awsenv_path=${XDG_CONFIG_HOME-}
  [[ ${__awsenv_path} == /* ]] || __awsenv_path=${__awsenv_home}/.config
  __awsenv_config=${__awsenv_config/#\~\//${__awsenv_home}/}
  __awsenv_credentials=${__awsenv_credentials/#\~\//${__awsenv_home}/}
  # Behind `source` and the state, in which no blank is.
  if [[ ${__awsenv_lines[12]#source * } != "${__awsenv_config}" || ${__awsenv_lines[13]#source * } != "${__awsenv_credentials}" ||
    ${__awsenv_lines[14]#source * } != "${__awsenv_path}/awsenv/config.toml" ]]; then
    \builtin return 1
  fi
  __awsenv_number=12
  while __awsenv_line=${__awsenv_lines[__awsenv_number]-}; do
    case ${__awsenv_line} in
      'source absent '*) [[ ! -e ${__awsenv_line#source absent } ]] || \builtin return 1 ;;
      'source '*)
        __awsenv_path=${__awsenv_line#source * } __awsenv_state=${__awsenv_line#source }
        __awsenv_state=${__awsenv_folder}/stamp-${__awsenv_state%%-*}
        # A file that is gone is older, too.
        [[ -O ${__awsenv_state} && ! ${__awsenv_path} -nt ${__awsenv_state} && ! ${__awsenv_path} -ot ${__awsenv_state} ]] ||
          \builtin return 1
        ;;
      *) \builtin break ;;
    esac
    __awsenv_number=$((__awsenv_number + 1))
  done
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
  __awsenv_text=''
  for ((__awsenv_number++; __awsenv_number < ${#__awsenv_lines[@]} - 1; __awsenv_number++)); do
    __awsenv_text+=${__awsenv_lines[__awsenv_number]}$'\n'
  done
}

# Put what a shell takes along from profile to profile into __awsenv_saved and __awsenv_previous: the variables of before
# the first one, and the name of the last.
function __awsenv_carry() {
  \builtin local __awsenv_value IFS=' '
  __awsenv_saved=${AWSENV_SAVED-} __awsenv_previous=${AWSENV_PROFILE-}
  if [[ -n ${AWSENV_PROFILE-} && ${__awsenv_saved} == '{'*'}' ]]; then
    [[ ${__awsenv_saved} == '{}' || ${__awsenv_saved} == '{"AWS_'*'"}' ]] || \builtin return 1
  elif [[ -n ${AWSENV_PROFILE+set}${AWSENV_SAVED+set} ]]; then
    \builtin return 1
  else
    for __awsenv_name in ${__awsenv_lines[10]#saves }; do
      [[ -n ${!__awsenv_name+set} ]] || \builtin continue
      __awsenv_value=${!__awsenv_name}
      case ${__awsenv_bash-${BASH_VERSION}}:${__awsenv_value} in
        # Whether it is exported, older ones do not tell without a process.
        [123].* | 4.[0123].*) \builtin return 1 ;;
        *:*[!0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_./:=+@-]*) \builtin return 1 ;;
        *) ;;
      esac
      __awsenv_is_exported "${__awsenv_name}" || \builtin continue
      __awsenv_saved+="${__awsenv_saved:+,}\"${__awsenv_name}\":\"${__awsenv_value}\""
    done
    __awsenv_saved="{${__awsenv_saved}}"
  fi
  if [[ ${__awsenv_lines[8]} == 'region saved' && ${__awsenv_saved} == *REGION* ]]; then
    \builtin return 1
  fi
  case ${__awsenv_previous} in
    '' | "${__awsenv_lines[4]#profile }") __awsenv_previous=${AWSENV_PREVIOUS-} ;;
    *) ;;
  esac
}

# Tell whether a variable is handed to commands, as no array is. In a text, since bash 3.2 could not read it.
function __awsenv_is_exported() {
  \builtin eval "[[ \${$1@a} == *x* && \${$1@a} != *[aA]* ]]"
}

# Tell a terminal where an answer leads.
function __awsenv_tell_answer() {
  \builtin local __awsenv_span=''
  [[ -z ${__awsenv_told} ]] || \builtin printf '%s' "${__awsenv_told}" >&2
  if [[ -t 2 ]]; then
    if __awsenv_is_moment "${__awsenv_ends}"; then
      __awsenv_tell_span $((__awsenv_ends - __awsenv_now))
      __awsenv_span=" · ${__awsenv_span} left"
    fi
    \builtin printf 'awsenv: %s%s\n' "${__awsenv_said}" "${__awsenv_span}" >&2
  fi
}
