import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icons.js";

interface ButtonProps {
  /** What it does, for those who cannot see its icon; also its tooltip, with its key. */
  label: string;
  shortcut?: string;
  icon?: IconName;
  pressed?: boolean;
  disabled?: boolean;
  kind?: "plain" | "main" | "quiet";
  onClick: (event: MouseEvent) => void;
  children?: ComponentChildren;
}

export function Button({ label, shortcut, icon, pressed, disabled, kind = "quiet", onClick, children }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind}${children === undefined ? " square" : ""}`}
      aria-label={children === undefined || icon !== undefined ? label : undefined}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={shortcut === undefined ? label : `${label} (${shortcut})`}
      disabled={disabled}
      onClick={onClick}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}
