# shellcheck shell=bash disable=SC2034
# What bash and zsh read alike.

# Tell whether a text is a moment in epoch seconds: before any arithmetic, which would run what stands in a subscript.
function __awsenv_is_moment() {
  case ${1-} in
    '' | 0* | *[!0123456789]* | ????????????*) \builtin return 1 ;;
    *) ;;
  esac
}

# Put a time span into __awsenv_span, in the largest sensible unit.
function __awsenv_tell_span() {
  if [[ $1 -ge 172800 ]]; then
    __awsenv_span=$(($1 / 86400))d$(($1 / 3600 % 24))h
  elif [[ $1 -ge 3600 ]]; then
    \builtin printf -v __awsenv_span '%dh%02dm' "$(($1 / 3600))" "$(($1 / 60 % 60))"
  else
    __awsenv_span=$(($1 / 60))m
  fi
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
      --only | --region | --min-ttl | --shell | --sso-session | --browser | --account | --role | --template | --map | --format | \
        --start-url | --sso-region | --rc-file | --guard | --for | --parent | --env-file | --as | --process-name)
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
    --region | --sso-region) __awsenv_choice=r ;;
    --sso-session) __awsenv_choice=s ;;
    --only) __awsenv_choice='profile keys' ;;
    --guard) __awsenv_choice='ask auto warn off' ;;
    --shell) __awsenv_choice='bash zsh fish sh' ;;
    --format) __awsenv_choice='env dotenv json fish powershell docker github' ;;
    ' 0') __awsenv_choice='setup use off exec login logout status list populate migrate doctor sync credential-process export serve console whoami init demo' ;;
    'use 0' | 'exec 0' | 'export 0' | 'serve 0' | 'console 0' | 'credential-process 0' | 'login 0' | 'logout 0' | 'status 0' | 'migrate '* | 'sync '*) __awsenv_choice=p ;;
    'init 0') __awsenv_choice='bash zsh fish' ;;
    'exec '*) __awsenv_choice=command __awsenv_dashes=after ;;
    *) __awsenv_choice='' ;;
  esac
  if [[ -n ${__awsenv_option}${__awsenv_dashes} || ${__awsenv_current} != -* ]]; then
    \builtin return 0
  fi
  case ${__awsenv_command} in
    '') __awsenv_choice='--version' ;;
    setup)
      __awsenv_choice='--sso-session --start-url --sso-region --no-login --device-code --account --role --template --region --no-populate --shell --rc-file --no-hook --prompt --no-prompt --guard --yes --dry-run --remove --logout'
      ;;
    use) __awsenv_choice='--only --region --min-ttl --no-login --shell --json' ;;
    off) __awsenv_choice='--shell --json' ;;
    exec) __awsenv_choice='--only --region --min-ttl --no-login --server' ;;
    login) __awsenv_choice='--sso-session --all --force --device-code --browser --no-browser' ;;
    logout) __awsenv_choice='--sso-session --all' ;;
    status) __awsenv_choice='--check --sso-session --json' ;;
    list) __awsenv_choice='--names --json' ;;
    populate)
      __awsenv_choice='--sso-session --all --account --role --template --region --prune --yes --credential-process --process-name --dry-run --no-login --json'
      ;;
    migrate)
      __awsenv_choice='--sso-session --map --retire-keys --offline --no-verify --dry-run --yes --no-login --json'
      ;;
    doctor) __awsenv_choice='--fix --yes --dry-run --online --report --list --json' ;;
    sync) __awsenv_choice='--all --as --default --watch --clean --process --process-name --dry-run --no-login --json' ;;
    serve) __awsenv_choice='--region --min-ttl --no-login --for --parent --shell --env-file --json' ;;
    export) __awsenv_choice='--format --region --min-ttl --no-login' ;;
    console) __awsenv_choice='--service --destination --region --federated --portal --duration --browser --print --no-login' ;;
    whoami) __awsenv_choice='--verify --json' ;;
    init) __awsenv_choice='--no-prompt' ;;
    demo) __awsenv_choice='--tour' ;;
    *) ;;
  esac
  __awsenv_choice+=' --help -h'
}

# Tell whether a command line starts one of the guarded programs, wherever in it a command can stand: behind operators
# and words like `sudo`, in substitutions, and in the text that `eval` or a shell is given, but not in other quotes.
function __awsenv_is_guarded() {
  # At which place we are (`first` word of a command, `any` word or `text` behind such as `sudo` and `eval`, or none), in
  # double quotes or not, what is around that, and whether a file's name comes.
  \builtin local __awsenv_at=first __awsenv_double='' __awsenv_nest='' __awsenv_file=''
  \builtin local __awsenv_line="${1:0:4000}" __awsenv_part __awsenv_sign __awsenv_text='' __awsenv_has_text=''
  while [[ -n ${__awsenv_line} ]]; do
    if [[ -n ${__awsenv_double} ]]; then
      __awsenv_part=${__awsenv_line%%[\\\"\$\`]*}
    else
      __awsenv_part=${__awsenv_line%%[[:space:]\\\"\$\`\'\;\&\|\(\)\<\>\#]*}
    fi
    if [[ -n ${__awsenv_part} ]]; then
      __awsenv_text+=${__awsenv_part} __awsenv_has_text=1
      __awsenv_line=${__awsenv_line#"${__awsenv_part}"}
    fi
    __awsenv_sign=${__awsenv_line:0:1} __awsenv_line=${__awsenv_line:1}
    case ${__awsenv_double}${__awsenv_sign} in
      \' | \" | \"\" | \\ | \"\\) __awsenv_read_quote ;;
      \#)
        if [[ -n ${__awsenv_has_text} ]]; then
          __awsenv_text+=${__awsenv_sign}
        else
          __awsenv_part=${__awsenv_line%%$'\n'*} __awsenv_line=${__awsenv_line#"${__awsenv_part}"}
        fi
        ;;
      \$ | \"\$)
        if [[ ${__awsenv_line:0:1} == \( ]]; then
          __awsenv_line=${__awsenv_line:1}
          __awsenv_nest="(${__awsenv_double}:${__awsenv_at}/${__awsenv_nest}"
          __awsenv_double='' __awsenv_at=first __awsenv_text='' __awsenv_has_text=''
        else
          __awsenv_text+=${__awsenv_sign} __awsenv_has_text=1
        fi
        ;;
      *)
        case ${__awsenv_sign}${__awsenv_text} in
          [\<\>]*[!0123456789]*) ;;
          [\<\>]*) __awsenv_text='' __awsenv_has_text='' ;;
          *) ;;
        esac
        if __awsenv_is_guarded_word; then
          \builtin return 0
        fi
        __awsenv_read_sign
        ;;
    esac
  done
  __awsenv_is_guarded_word
}

# Read on behind a sign that quotes.
function __awsenv_read_quote() {
  __awsenv_has_text=1
  case ${__awsenv_sign}${__awsenv_double} in
    \'*)
      __awsenv_part=${__awsenv_line%%\'*}
      __awsenv_text+=${__awsenv_part} __awsenv_line=${__awsenv_line#"${__awsenv_part}"}
      __awsenv_line=${__awsenv_line:1}
      ;;
    \"\") __awsenv_double='' ;;
    \") __awsenv_double=\" ;;
    *) __awsenv_text+=${__awsenv_line:0:1} __awsenv_line=${__awsenv_line:1} ;;
  esac
}

# Read on behind a sign that ends a word.
function __awsenv_read_sign() {
  case ${__awsenv_sign} in
    \( | \`)
      if [[ ${__awsenv_sign}${__awsenv_nest} == \`\`* ]]; then
        __awsenv_sign=\)
      else
        __awsenv_nest="${__awsenv_sign}${__awsenv_double}:${__awsenv_at}/${__awsenv_nest}"
        __awsenv_double='' __awsenv_at=first __awsenv_file=''
      fi
      ;;
    \< | \>) __awsenv_file=1 ;;
    \& | \|)
      # In >&2 and >| they are part of the sign before.
      [[ -n ${__awsenv_file} ]] || __awsenv_at=first
      ;;
    \; | $'\n') __awsenv_at=first __awsenv_file='' ;;
    *) ;;
  esac
  if [[ ${__awsenv_sign} == \) ]]; then
    # What is around it goes on; without that, it is a pattern of `case`.
    __awsenv_part=${__awsenv_nest%%/*} __awsenv_nest=${__awsenv_nest#*/}
    __awsenv_at=first __awsenv_double=''
    if [[ -n ${__awsenv_part} ]]; then
      __awsenv_at=${__awsenv_part#*:} __awsenv_part=${__awsenv_part%%:*}
      __awsenv_double=${__awsenv_part:1}
    fi
  fi
}

# Take the word that ends here: tell whether it starts a guarded program, or is a text that does.
function __awsenv_is_guarded_word() {
  \builtin local __awsenv_word="${__awsenv_text}" __awsenv_had="${__awsenv_has_text}${__awsenv_file}"
  __awsenv_text='' __awsenv_has_text=''
  case ${__awsenv_had} in
    1) ;;
    11)
      __awsenv_file=''
      \builtin return 1
      ;;
    *) \builtin return 1 ;;
  esac
  if [[ -z ${__awsenv_at} ]]; then
    \builtin return 1
  elif [[ ${__awsenv_word} == *[[:space:]]* ]]; then
    [[ ${__awsenv_at} == text ]] && __awsenv_is_guarded "${__awsenv_word}"
    \builtin return
  fi
  __awsenv_word=${__awsenv_word##*/}
  if [[ -n ${__awsenv_word} && " ${__awsenv_guard_commands} " == *" ${__awsenv_word} "* ]]; then
    \builtin return 0
  fi
  case ${__awsenv_at}:${__awsenv_word} in
    *:eval | *:watch | *:sh | *:bash | *:zsh | *:dash | *:ksh | *:su) __awsenv_at=text ;;
    first:sudo | first:doas | first:env | first:time | first:exec | first:command | first:builtin | first:nohup | \
      first:nice | first:ionice | first:xargs | first:timeout | first:stdbuf | first:setsid | first:caffeinate)
      __awsenv_at=any
      ;;
    first:if | first:then | first:elif | first:else | first:while | first:until | first:do) ;;
    first:! | first:\{ | first:*=*) ;;
    first:*) __awsenv_at='' ;;
    *) ;;
  esac
  \builtin return 1
}
