import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Explorer } from "../explorer.js";

export const ExplorerContext = createContext<Explorer | null>(null);

export function useExplorer(): Explorer {
  const explorer = useContext(ExplorerContext);
  if (explorer === null) throw new Error("internal: a component stands outside the explorer");
  return explorer;
}
