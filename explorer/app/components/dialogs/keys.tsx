import { keyTable } from "../../keys.js";
import { Dialog } from "../dialog.js";

export function KeysDialog() {
  return (
    <Dialog title="Keys">
      <dl class="keys">
        {keyTable.map(({ shown, what }) => (
          <div key={shown}>
            <dt>
              {shown.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
