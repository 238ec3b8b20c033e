import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./button.js";
import { useExplorer } from "./context.js";

/** A dialog of the page: the focus stays in it, Escape and a click beside it close it. */
export function Dialog({
  title,
  wide = false,
  children,
}: {
  title: string;
  wide?: boolean;
  children: ComponentChildren;
}) {
  const explorer = useExplorer();
  const element = useRef<HTMLDialogElement>(null);
  const close = () => {
    explorer.dialog.value = null;
  };
  // Before the next key, which is meant for the dialog: for its first field, if it has one.
  useLayoutEffect(() => {
    element.current?.showModal();
    element.current?.querySelector<HTMLElement>(".dialog-body :is(input, select, textarea):enabled")?.focus();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={element}
      class={wide ? "dialog wide" : "dialog"}
      aria-labelledby="dialog-title"
      onCancel={close} // before the next key, which "close" is not
      onClose={close}
      onClick={(event) => event.target === element.current && close()}
    >
      <header class="dialog-head">
        <h2 id="dialog-title">{title}</h2>
        <Button label="Close" icon="close" onClick={close} />
      </header>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}
