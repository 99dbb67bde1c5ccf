# shellcheck shell=bash
# Defines `awsenv`, with which `awsenv use` and `awsenv off` change this shell without eval.
# Load it from ~/.bashrc: eval "$(awsenv init bash)", or source this file. Loading it twice does no harm.
# Leaves behind the functions `awsenv`, `__awsenv_is_for_eval` and `__awsenv_apply`; no variable, no option, no trap.

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
  \builtin local __awsenv_text __awsenv_status=0 __awsenv_xtrace=''
  case $- in
    *x*)
      __awsenv_xtrace=on
      { \builtin set +x; } 2>/dev/null
      ;;
    *) ;;
  esac
  __awsenv_text=$(AWSENV_SHELL=bash \command awsenv "$@") || __awsenv_status=$?
  if [[ ${__awsenv_status} -eq 0 ]]; then
    \builtin eval "${__awsenv_text}" || __awsenv_status=$?
  fi
  if [[ -n ${__awsenv_xtrace} ]]; then
    \builtin set -x
  fi
  \builtin return "${__awsenv_status}"
}

# Switch this shell with `use` and `off`; hand everything else to the program.
function awsenv() {
  if __awsenv_is_for_eval "$@"; then
    __awsenv_apply "$@"
  else
    # In a subshell, since `command` of bash 3.2 ends a shell under `set -e` even before `||`.
    (AWSENV_SHELL=bash \command awsenv "$@")
  fi
}
