# shellcheck shell=bash disable=SC2034
# What bash and zsh read alike.

# Tell whether a text is a moment in epoch seconds: before any arithmetic, which would run what stands in a subscript.
function __awsenv_is_moment() {
  case ${1-} in
    '' | 0* | *[!0123456789]* | ????????????*) \builtin return 1 ;;
    *) ;;
  esac
}

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

# Put what may follow these words into __awsenv_choice: words, a kind of name (p: profile, s: sso-session, r: region),
# or `command`, where that begins with word number __awsenv_offset.
function __awsenv_choose() {
  \builtin local __awsenv_command='' __awsenv_option='' __awsenv_operands=0 __awsenv_dashes='' __awsenv_word
  __awsenv_offset=1
  for __awsenv_word in "$@"; do
    if [[ ${__awsenv_command}${__awsenv_operands} == exec1 && ${__awsenv_word} != -- ]]; then
      \builtin break
    fi
    __awsenv_offset=$((__awsenv_offset + 1))
    case ${__awsenv_option:+value}${__awsenv_dashes}${__awsenv_word} in
      value*) __awsenv_option='' ;;
      --) __awsenv_dashes=after ;;
      --only | --region | --min-ttl | --shell | --sso-session | --browser | --account | --role | --template)
        __awsenv_option=${__awsenv_word}
        ;;
      -?*) ;;
      *)
        [[ -z ${__awsenv_command} ]] || __awsenv_operands=$((__awsenv_operands + 1))
        __awsenv_command=${__awsenv_command:-${__awsenv_word}}
        ;;
    esac
  done
  case ${__awsenv_option:-"${__awsenv_command} ${__awsenv_operands}"} in
    --region) __awsenv_choice=r ;;
    --sso-session) __awsenv_choice=s ;;
    --only) __awsenv_choice='profile keys' ;;
    --shell) __awsenv_choice='bash zsh fish sh' ;;
    ' 0') __awsenv_choice='use off exec login logout status list populate whoami init demo' ;;
    'use 0' | 'exec 0' | 'login 0' | 'logout 0' | 'status 0') __awsenv_choice=p ;;
    'init 0') __awsenv_choice='bash zsh fish' ;;
    'exec '*) __awsenv_choice=command __awsenv_dashes=after ;;
    *) __awsenv_choice='' ;;
  esac
  if [[ -n ${__awsenv_option}${__awsenv_dashes} || ${__awsenv_current} != -* ]]; then
    \builtin return 0
  fi
  case ${__awsenv_command} in
    '') __awsenv_choice='--version' ;;
    use) __awsenv_choice='--only --region --min-ttl --no-login --shell --json' ;;
    off) __awsenv_choice='--shell --json' ;;
    exec) __awsenv_choice='--only --region --min-ttl --no-login' ;;
    login) __awsenv_choice='--sso-session --all --force --device-code --browser --no-browser' ;;
    logout) __awsenv_choice='--sso-session --all' ;;
    status) __awsenv_choice='--check --sso-session --json' ;;
    list) __awsenv_choice='--names --json' ;;
    populate)
      __awsenv_choice='--sso-session --all --account --role --template --region --prune --yes --dry-run --no-login --json'
      ;;
    whoami) __awsenv_choice='--verify --json' ;;
    init) __awsenv_choice='--no-prompt' ;;
    demo) __awsenv_choice='--tour' ;;
    *) ;;
  esac
  __awsenv_choice+=' --help -h'
}
