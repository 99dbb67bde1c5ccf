# shellcheck shell=bash
# Defines `awsenv`, with which `awsenv use` and `awsenv off` change this shell without eval.
# Load it from ~/.bashrc: eval "$(awsenv init bash)", or source this file. Loading it twice does no harm.
# Leaves behind the functions `awsenv` and `__awsenv_*`; no variable, no option, no trap.

\builtin unalias awsenv 2>/dev/null || \builtin :

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
  \builtin local __awsenv_text __awsenv_status=0 __awsenv_xtrace='' __awsenv_command=$1
  \builtin shift
  case $- in
    *x*)
      __awsenv_xtrace=on
      { \builtin set +x; } 2>/dev/null
      ;;
    *) ;;
  esac
  __awsenv_text=$(\command awsenv "${__awsenv_command}" --shell bash "$@") || __awsenv_status=$?
  if [[ ${__awsenv_status} -eq 0 ]]; then
    \builtin eval "${__awsenv_text}" || __awsenv_status=$?
  fi
  if [[ -n ${__awsenv_xtrace} ]]; then
    \builtin set -x
  fi
  \builtin return "${__awsenv_status}"
}

# Tell whether this shell itself captures stdout: then it holds the other end of the pipe. Where the system does not say
# whose files are whose, a subshell that writes to a pipe is taken for it.
function __awsenv_is_captured() {
  if [[ ${BASH_SUBSHELL} -eq 0 || ! -p /dev/stdout ]]; then
    \builtin return 1
  elif [[ ! -d /proc/$$/fd ]]; then
    \builtin return 0
  fi
  \builtin local __awsenv_number
  for ((__awsenv_number = 3; __awsenv_number < 256; __awsenv_number++)); do
    if [[ /proc/$$/fd/${__awsenv_number} -ef /dev/stdout ]]; then
      \builtin return 0
    fi
  done
  \builtin return 1
}

# Print what brings the shell that captures this to where the subshell is now, or its status: no key goes through a pipe.
function __awsenv_repeat() {
  if [[ $1 -eq 0 ]]; then
    \builtin shift
    \builtin printf 'awsenv'
    \builtin printf ' %q' "$@"
    \builtin printf ' 2>/dev/null;\n'
  else
    \builtin printf '(\\builtin exit %s);\n' "$1"
  fi
}

# Switch this shell with `use` and `off`, also in `eval "$(awsenv use …)"`; hand everything else to the program.
function awsenv() {
  if __awsenv_is_for_eval "$@"; then
    \builtin local __awsenv_status=0
    __awsenv_apply "$@" || __awsenv_status=$?
    if __awsenv_is_captured; then
      __awsenv_repeat "${__awsenv_status}" "$@"
    fi
    \builtin return "${__awsenv_status}"
  else
    # In a subshell, since `command` of bash 3.2 ends a shell under `set -e` even before `||`.
    (\command awsenv "$@")
  fi
}
