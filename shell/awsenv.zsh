# Defines `awsenv`, with which `awsenv use` and `awsenv off` change this shell without eval.
# Load it from ~/.zshrc: eval "$(awsenv init zsh)", or source this file. Loading it twice does no harm.
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
  \builtin emulate -L zsh
  \builtin setopt no_xtrace
  \builtin local __awsenv_text __awsenv_status=0 __awsenv_command=$1
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
