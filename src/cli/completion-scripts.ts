import type { Command, Option } from "commander";

/** Scripts that complete verbs, flags and the values of flags; files where nothing else is known. */
export const completionScripts = { bash, zsh, fish };

/** The flags of a verb, `--help` too. */
function optionsOf(verb: Command): readonly Option[] {
  return verb.createHelp().visibleOptions(verb);
}

function namesOf({ short, long }: Option): string[] {
  return [short, long].filter((name) => name !== undefined);
}

/** What an operand of the verb may be, where only some words fit. */
function operandChoices(verb: Command): readonly string[] {
  return verb.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
}

function bash(verbs: readonly Command[]): string {
  const names = verbs.map((verb) => verb.name());
  const valued = new Set<string>();
  const choices = new Map<string, string>();
  for (const option of verbs.flatMap(optionsOf)) {
    for (const name of namesOf(option)) {
      if (option.required) valued.add(name);
      if (option.argChoices) choices.set(name, option.argChoices.join(" "));
    }
  }
  const flagCases = verbs.map((verb) => `    ${verb.name()}) words="${optionsOf(verb).flatMap(namesOf).join(" ")}" ;;`);
  const operandCases = verbs
    .filter((verb) => operandChoices(verb).length > 0)
    .map(
      (verb) => `    ${verb.name()}) COMPREPLY=($(compgen -W "${operandChoices(verb).join(" ")}" -- "$current")) ;;`,
    );
  const choiceCases = [...choices].map(([name, words]) => {
    return `    ${name}) COMPREPLY=($(compgen -W "${words}" -- "$current")); return ;;`;
  });
  return `# bash completion of thing2vec
_thing2vec() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" verb="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
    ${names.join("|")}) verb="$word"; break ;;
    esac
  done
  case "$previous" in
${choiceCases.join("\n")}
    ${[...valued].filter((name) => !choices.has(name)).join("|")}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  if [[ -z "$verb" ]]; then
    COMPREPLY=($(compgen -W "${names.join(" ")} help --help --version" -- "$current"))
    return
  fi
  if [[ "$current" == -* ]]; then
    case "$verb" in
${flagCases.join("\n")}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  case "$verb" in
${operandCases.join("\n")}
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _thing2vec thing2vec
`;
}

function zsh(verbs: readonly Command[]): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const plain = (text: string) => text.replaceAll(/[[\]:\\]/g, "\\$&");
  const spec = (option: Option): string[] => {
    const value = option.required ? `:value:${option.argChoices ? `(${option.argChoices.join(" ")})` : "_files"}` : "";
    return namesOf(option).map((name) => quote(`${name}[${plain(option.description)}]${value}`));
  };
  const cases = verbs.map((verb) => {
    const choices = operandChoices(verb);
    const operands = choices.length > 0 ? `*:value:(${choices.join(" ")})` : "*:file:_files";
    const specs = [...optionsOf(verb).flatMap(spec), quote(operands)];
    return `    ${verb.name()})\n      _arguments ${specs.join(" \\\n        ")}\n      ;;`;
  });
  return `#compdef thing2vec
# zsh completion of thing2vec
_thing2vec() {
  local -a verbs
  verbs=(
${verbs.map((verb) => `    ${quote(`${verb.name()}:${plain(verb.summary())}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe 'verb' verbs
    return
  fi
  local verb="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$verb" in
${cases.join("\n")}
  esac
}
_thing2vec "$@"
`;
}

function fish(verbs: readonly Command[]): string {
  const quote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = ["# fish completion of thing2vec"];
  for (const verb of verbs) {
    lines.push(`complete -c thing2vec -n __fish_use_subcommand -f -a ${verb.name()} -d ${quote(verb.summary())}`);
  }
  for (const verb of verbs) {
    const start = `complete -c thing2vec -n '__fish_seen_subcommand_from ${verb.name()}'`;
    for (const option of optionsOf(verb)) {
      const parts = [start];
      if (option.short) parts.push(`-s ${option.short.slice(1)}`);
      if (option.long) parts.push(`-l ${option.long.slice(2)}`);
      if (option.argChoices) parts.push(`-x -a ${quote(option.argChoices.join(" "))}`);
      else if (option.required) parts.push("-r");
      lines.push(`${parts.join(" ")} -d ${quote(option.description)}`);
    }
    const choices = operandChoices(verb);
    if (choices.length > 0) lines.push(`${start} -f -a ${quote(choices.join(" "))}`);
  }
  return `${lines.join("\n")}\n`;
}
