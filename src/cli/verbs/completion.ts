import { Argument, type Command } from "commander";
import { verb } from "../flags.js";
import type { Perform } from "../shell.js";

export function completionVerb(perform: Perform): Command {
  const command = verb(
    "completion",
    "keep",
    "a script that completes verbs and flags in a shell",
    "Prints a script for the shell, made from the verbs and flags that there are.",
    [
      ["completion bash > ~/.local/share/bash-completion/completions/thing2vec", "bash"],
      ["completion zsh > ~/.zfunc/_thing2vec", "zsh, with ~/.zfunc in fpath"],
      ["completion fish > ~/.config/fish/completions/thing2vec.fish", "fish"],
    ],
  );
  return command.addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"])).action(
    perform(async ({ output }, _flags, shell: "bash" | "zsh" | "fish") => {
      const { completionScripts } = await import("../completion-scripts.js");
      const script = completionScripts[shell](command.parent?.commands ?? []);
      output.result({ shell, script }, () => script);
    }),
  );
}
