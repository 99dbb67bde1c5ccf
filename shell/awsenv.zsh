# Defines `awsenv`, which changes this shell without eval. In an interactive shell it also shows the account in the
# prompt, renews keys that end and asks before a command would fail. Load: eval "$(awsenv init zsh)", or source it.
# Leaves functions `awsenv*` and `__awsenv_*`, such variables, AWSENV_SEGMENT, two hooks, psvar 41 and 42, one word in PROMPT.

\builtin unalias awsenv awsenv_prompt_info 2>/dev/null || \builtin :

# Sourced as a file, and not printed by `init`: the other parts lie beside it.
case ${(%):-%x} in
  *shell/awsenv.zsh)
    for __awsenv_part in shared.sh prepared.zsh segment.zsh guard.zsh completion.zsh; do
      [[ ! -r ${${(%):-%x}:h}/${__awsenv_part} ]] || \builtin source "${${(%):-%x}:h}/${__awsenv_part}"
    done
    ;;
  *) ;;
esac

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

# Run the program: by the interpreter and the file that `init` named, or where they are gone, the one on the PATH.
function __awsenv_run() {
  if [[ -x ${__awsenv_python-} && -r ${__awsenv_stub-} ]]; then
    "${__awsenv_python}" -I "${__awsenv_stub}" "$@"
  elif \builtin whence -p awsenv >/dev/null; then
    \command awsenv "$@"
  else
    \builtin printf 'awsenv: the program is gone%s\nhint: install it again: pipx install awsenv-shell\n' \
      "${__awsenv_python:+: ${__awsenv_python}}" >&2
    \builtin return 127
  fi
}

# Run the program and let its statements work here, with xtrace and verbose off: they would print the keys.
function __awsenv_apply() {
  \builtin emulate -L zsh
  \builtin setopt no_xtrace no_verbose
  \builtin local __awsenv_text __awsenv_status=0 __awsenv_command="$1"
  \builtin local __awsenv_saved __awsenv_previous __awsenv_told __awsenv_said __awsenv_ends
  \builtin shift
  if [[ ${__awsenv_command} == use ]] && __awsenv_find_answer "$@"; then
    __awsenv_tell_answer
  else
    __awsenv_text=$(__awsenv_run "${__awsenv_command}" --shell zsh "$@") || __awsenv_status=$?
  fi
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
    __awsenv_run "$@"
  fi
}

if [[ -o interactive ]]; then
  __awsenv_register
fi
