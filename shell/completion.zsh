# Completion of `awsenv`, from a list of names at hand: the program is started only where the files have changed.

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
  \builtin setopt no_xtrace no_force_float
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
      # What emulate has taken away, and others' completion counts on.
      \builtin setopt ${_comp_options[@]-}
      _normal
      \builtin return
      ;;
    *) __awsenv_found=(${=__awsenv_choice}) ;;
  esac
  \builtin compadd -a __awsenv_found
}
