/** What the coordinates of a fake face are. */
export const faceFeatures = ["smile", "age", "width", "glasses", "hue", "brows"] as const;

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws the face of a code into a square. */
export function drawFace(context: Context, code: ArrayLike<number>, x: number, y: number, size: number): void {
  const [smile, age, width, glasses, hue, brows] = Array.from(code);
  const u = size / 48;
  context.save();
  context.translate(x, y);
  context.scale(u, u);
  context.fillStyle = "#8fa3ad";
  context.fillRect(0, 0, 48, 48);
  const half = 13 + 2.5 * clamp(width);
  const gray = clamp(age) > 0 ? 40 + 55 * clamp(age) : 40;
  context.fillStyle = `hsl(${25 + 15 * clamp(hue)} ${Math.max(0, 45 - 45 * Math.max(0, clamp(age)))}% ${gray * 0.7}%)`;
  ellipse(context, 24, 20, half + 3, 18);
  context.fillStyle = `hsl(${24 + 8 * clamp(hue)} 48% ${66 - 6 * clamp(hue)}%)`;
  ellipse(context, 24, 27, half, 17);
  context.fillStyle = "#22282c";
  ellipse(context, 18, 24, 1.8, 2);
  ellipse(context, 30, 24, 1.8, 2);
  context.strokeStyle = "#3a2f2a";
  context.lineWidth = 1.4;
  line(context, [14.5, 19.5 + 1.5 * clamp(brows)], [21, 19.5 - 1.5 * clamp(brows)]);
  line(context, [27, 19.5 - 1.5 * clamp(brows)], [33.5, 19.5 + 1.5 * clamp(brows)]);
  context.strokeStyle = "#9a4a44";
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(17, 35 - 1.5 * clamp(smile));
  context.quadraticCurveTo(24, 35 + 6 * clamp(smile), 31, 35 - 1.5 * clamp(smile));
  context.stroke();
  context.globalAlpha = Math.min(1, Math.max(0, glasses - 0.1) * 2);
  context.strokeStyle = "#1f2326";
  context.lineWidth = 1.3;
  context.strokeRect(13.5, 20.5, 9, 7);
  context.strokeRect(25.5, 20.5, 9, 7);
  context.globalAlpha = Math.max(0, 0.5 * clamp(age));
  line(context, [15, 31], [13.5, 34]);
  line(context, [33, 31], [34.5, 34]);
  context.restore();
}

function clamp(value: number): number {
  return Math.min(1.5, Math.max(-1.5, value));
}

function ellipse(context: Context, x: number, y: number, a: number, b: number): void {
  context.beginPath();
  context.ellipse(x, y, a, b, 0, 0, 2 * Math.PI);
  context.fill();
}

function line(context: Context, [x0, y0]: readonly number[], [x1, y1]: readonly number[]): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
