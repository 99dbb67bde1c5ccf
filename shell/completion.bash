# shellcheck shell=bash
# Completion of `awsenv`, from a list of names at hand: the program is started only where the files have changed.

# Put the names of a kind that begin as the current word does into __awsenv_found: from the list at hand while neither
# of the files that it was made from is newer, else from the program, which makes the list anew.
function __awsenv_find() {
  \builtin local __awsenv_line __awsenv_names="${XDG_CACHE_HOME-}" __awsenv_mark="$1 " IFS=$'\n'
  \builtin local __awsenv_config="${AWS_CONFIG_FILE-${HOME-}/.aws/config}"
  \builtin local __awsenv_credentials="${AWS_SHARED_CREDENTIALS_FILE-${HOME-}/.aws/credentials}"
  \builtin local -a __awsenv_lines
  [[ ${__awsenv_names} == /* ]] || __awsenv_names=${HOME-}/.cache
  __awsenv_names+=/awsenv/names
  __awsenv_config=${__awsenv_config/#\~\//${HOME-}/} __awsenv_credentials=${__awsenv_credentials/#\~\//${HOME-}/}
  if [[ -r ${__awsenv_names} && ${BASH_VERSION} != [123].* ]]; then
    \builtin mapfile -t __awsenv_lines <"${__awsenv_names}"
  elif [[ -r ${__awsenv_names} ]]; then
    \builtin read -r -d '' -a __awsenv_lines <"${__awsenv_names}" || \builtin :
  fi
  if [[ "${__awsenv_lines[*]:0:3}" != "awsenv-names 1${IFS}${__awsenv_config}${IFS}${__awsenv_credentials}" ||
    ${__awsenv_config} -nt ${__awsenv_names} || ${__awsenv_credentials} -nt ${__awsenv_names} ]]; then
    case $1 in
      p) __awsenv_line=profiles ;;
      s) __awsenv_line=sessions ;;
      *) __awsenv_line=regions ;;
    esac
    __awsenv_line=$(__awsenv_run names "${__awsenv_line}" 2>/dev/null)
    \builtin read -r -d '' -a __awsenv_lines <<<"${__awsenv_line}" || \builtin :
    __awsenv_mark=''
  elif [[ ${__awsenv_lines[3]-} == sorted ]] && __awsenv_cut_out "${__awsenv_mark}${__awsenv_current}"; then
    \builtin return 0
  fi
  for __awsenv_line in "${__awsenv_lines[@]-}"; do
    if [[ ${__awsenv_line} == "${__awsenv_mark}${__awsenv_current}"* ]]; then
      __awsenv_found+=("${__awsenv_line#"${__awsenv_mark}"}")
    fi
  done
}

# Cut the lines that begin with a text out of those that are sorted by their bytes.
function __awsenv_cut_out() {
  \builtin local LC_ALL=C 2>/dev/null || \builtin return 1
  \builtin local __awsenv_low=4 __awsenv_high="${#__awsenv_lines[@]}" __awsenv_begin __awsenv_middle IFS=' '
  while [[ ${__awsenv_low} -lt ${__awsenv_high} ]]; do
    __awsenv_middle=$(((__awsenv_low + __awsenv_high) / 2))
    if [[ ${__awsenv_lines[__awsenv_middle]} < $1 ]]; then
      __awsenv_low=$((__awsenv_middle + 1))
    else
      __awsenv_high=${__awsenv_middle}
    fi
  done
  __awsenv_begin=${__awsenv_low} __awsenv_high=${#__awsenv_lines[@]}
  while [[ ${__awsenv_low} -lt ${__awsenv_high} ]]; do
    __awsenv_middle=$(((__awsenv_low + __awsenv_high) / 2))
    if [[ ${__awsenv_lines[__awsenv_middle]} == "$1"* ]]; then
      __awsenv_low=$((__awsenv_middle + 1))
    else
      __awsenv_high=${__awsenv_middle}
    fi
  done
  __awsenv_found=("${__awsenv_lines[@]:__awsenv_begin:__awsenv_low-__awsenv_begin}")
  __awsenv_found=(${__awsenv_found[@]+"${__awsenv_found[@]#"${__awsenv_mark}"}"})
}

# Read the line as far as the cursor, as bash will: its words without quotes, and where the last one begins and is.
function __awsenv_read_line() {
  \builtin local __awsenv_line="${COMP_LINE:0:COMP_POINT}" __awsenv_char
  __awsenv_words=() __awsenv_current='' __awsenv_raw='' __awsenv_quote=''
  # It takes the square of its length; what is as long as this, nobody completes.
  [[ ${#__awsenv_line} -le 2000 ]] || \builtin return 1
  while [[ -n ${__awsenv_line} ]]; do
    __awsenv_char=${__awsenv_line%%[[:blank:]\\\'\"]*}
    if [[ -n ${__awsenv_char} ]]; then
      __awsenv_current+=${__awsenv_char} __awsenv_raw+=${__awsenv_char} __awsenv_line=${__awsenv_line:${#__awsenv_char}}
      \builtin continue
    fi
    __awsenv_char=${__awsenv_line:0:1} __awsenv_line=${__awsenv_line:1}
    case ${__awsenv_quote}${__awsenv_char} in
      [[:blank:]])
        [[ -z ${__awsenv_raw} ]] || __awsenv_words+=("${__awsenv_current}")
        __awsenv_current='' __awsenv_raw=''
        \builtin continue
        ;;
      "''" | '""') __awsenv_quote='' ;;
      \' | \") __awsenv_quote=${__awsenv_char} ;;
      \\ | \"\\)
        __awsenv_char+=${__awsenv_line:0:1} __awsenv_line=${__awsenv_line:1}
        __awsenv_current+=${__awsenv_char:1}
        ;;
      *) __awsenv_current+=${__awsenv_char} ;;
    esac
    __awsenv_raw+=${__awsenv_char}
  done
}

# Complete a line that begins with `awsenv`. Readline takes what stands in COMPREPLY as it is: it must come quoted.
function __awsenv_complete() {
  \builtin local __awsenv_choice __awsenv_current __awsenv_raw __awsenv_quote __awsenv_word __awsenv_text IFS=' '
  \builtin local -a __awsenv_words __awsenv_found
  COMPREPLY=()
  __awsenv_read_line || \builtin return 0
  __awsenv_found=()
  if [[ ${__awsenv_current} == --*=* ]]; then
    __awsenv_words+=("${__awsenv_current%%=*}")
    __awsenv_current=${__awsenv_current#*=} __awsenv_raw=${__awsenv_raw#*=}
  fi
  __awsenv_choose "${__awsenv_words[@]:1}"
  case ${__awsenv_choice} in
    [psr]) __awsenv_find "${__awsenv_choice}" ;;
    command)
      if \builtin declare -F _command_offset >/dev/null; then
        _command_offset "${__awsenv_offset}"
      fi
      \builtin return 0
      ;;
    *)
      for __awsenv_word in ${__awsenv_choice}; do
        [[ ${__awsenv_word} != "${__awsenv_current}"* ]] || __awsenv_found+=("${__awsenv_word}")
      done
      ;;
  esac
  # Readline replaces only what follows the last of COMP_WORDBREAKS, which it hands over as $2.
  __awsenv_raw=${__awsenv_raw%"$2"}
  IFS=''
  __awsenv_text="${__awsenv_found[*]-}"
  IFS=' '
  # Mostly there is nothing to quote.
  case ${__awsenv_text} in
    '' | *[!0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_./:@+-]*) ;;
    *)
      COMPREPLY=("${__awsenv_found[@]#"${__awsenv_raw}"}")
      \builtin return 0
      ;;
  esac
  for __awsenv_word in ${__awsenv_found[@]+"${__awsenv_found[@]}"}; do
    case ${__awsenv_quote} in
      \') __awsenv_text=${__awsenv_word//\'/\'\\\'\'} ;;
      \")
        # In double quotes these four stay active; ! cannot stand in them at all where history expands it.
        if [[ ${__awsenv_word} == *!* ]]; then
          \builtin continue
        fi
        __awsenv_text=${__awsenv_word//\\/\\\\} __awsenv_text=${__awsenv_text//\"/\\\"}
        __awsenv_text=${__awsenv_text//\$/\\\$} __awsenv_text=${__awsenv_text//\`/\\\`}
        # Readline takes one at the end for the closing one.
        [[ ${__awsenv_word} != *\" ]] || __awsenv_text+=\"
        ;;
      *)
        \builtin printf -v __awsenv_text '%q' "${__awsenv_word}"
        # Older ones leave it bare.
        [[ ${__awsenv_text} != \~* ]] || __awsenv_text=\\${__awsenv_text}
        ;;
    esac
    COMPREPLY+=("${__awsenv_text#"${__awsenv_raw}"}")
  done
}
