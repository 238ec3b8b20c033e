/**
 * Spaces of pictures on MNIST.
 *
 *     npm run bench -- images --data ROOT [--only autoencoder|vae-step|generative|inversion] [--json]
 *
 * ROOT holds mnist/. Each part is a module of images/ that says what its figures are.
 */

/** In the order in which they run; each a module of images/ that takes what a benchmark takes and returns what one returns. */
const parts = ["autoencoder", "vae-step", "generative", "inversion"];
/** Names that --only takes for a part, besides its own. */
const others = { vae: "vae-step" };

function wanted(only) {
  if (only === undefined) return parts;
  const part = others[only] ?? only;
  if (parts.includes(part)) return [part];
  throw new RangeError(`images: --only must be one of ${[...parts, ...Object.keys(others)].join(", ")}, got ${only}`);
}

/** Pictures: errors of autoencoders, the step of a VAE, the cloud of codes, inversion. `--only PART` runs one of them. */
export default async function bench(context) {
  const { threads, log, options } = context;
  const result = { figures: {}, peers: {}, settings: { threads }, units: {}, notes: [] };
  for (const part of wanted(options.only)) {
    log(`images: ${part}`);
    const { default: run } = await import(`./images/${part}.mjs`);
    const { figures, peers = {}, settings = {}, units = {}, notes = [] } = await run(context);
    Object.assign(result.figures, figures);
    Object.assign(result.settings, settings);
    Object.assign(result.units, units);
    result.notes.push(...notes);
    for (const [peer, told] of Object.entries(peers)) {
      const known = result.peers[peer];
      result.peers[peer] = known?.figures && told.figures ? { figures: { ...known.figures, ...told.figures } } : told;
    }
  }
  return result;
}
