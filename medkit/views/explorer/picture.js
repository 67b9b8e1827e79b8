// Paints a Picture (medkit/views/explorer/picture.py) on one canvas: layout, images, axes, legends.
// Pure functions of (context, cell, theme); explorer.js, which follows it, holds the state.

const COLOURS = {
  light: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"],
  dark: ["#4BA3E3", "#F0803C", "#2CC295", "#E09CC5", "#F5B942", "#8CCFF5", "#FFFFFF"],
};
const ON_IMAGE = ["#E69F00", "#56B4E9", "#F0E442", "#CC79A7", "#009E73", "#D55E00"];
const GAP = 20, BAR = 60, LEFT = 58, BOTTOM = 38;

// ---- numbers and words ---------------------------------------------------------------

function format(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size && (size >= 1e5 || size < 1e-3)) {
    const [digits, power] = value.toExponential(2).split("e");
    const raised = [...String(+power)].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("");
    const front = +digits === 1 ? "" : `${+digits}·`;
    return `${front}10${raised}`.replace("-", "−");
  }
  return String(+value.toPrecision(4)).replace("-", "−");
}

const withUnit = (value, unit) => format(value) + (unit && unit !== "1" ? " " + unit : "");

function ticks(from, to, count, log) {
  const low = Math.min(from, to), high = Math.max(from, to), list = [];
  if (log) {
    const decades = Math.log10(high / low);
    const digits = decades > 2.2 ? [1] : decades > 0.9 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 7];
    const every = Math.max(1, Math.ceil(decades / count));
    for (let p = Math.floor(Math.log10(low)); p <= Math.log10(high); p += every)
      for (const d of digits) list.push(d * 10 ** p);
  } else {
    const rough = (high - low) / Math.max(1, count), power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((d) => d * power >= rough * 0.999) * power;
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) list.push(k * step);
  }
  return list.filter((v) => v >= low - 1e-9 * (high - low) && v <= high + 1e-9 * (high - low));
}

// ---- the kernel's answer: length, JSON, then the buffers it refers to -------------------

function unpack(view) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const size = new DataView(view.buffer, view.byteOffset).getUint32(0, true);
  const start = 8 + Math.ceil(size / 8) * 8;
  const revive = (_, value) => // copied, because typed arrays need aligned memory
    value?.$ ? bytes.slice(start + value.$[0], start + value.$[0] + value.$[1]) : value;
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)), revive);
}

const floats = (bytes) => new Float64Array(bytes.buffer);

// ---- images --------------------------------------------------------------------------

function rgb(panel, at) {
  if (panel.colours) return [0, 1, 2].map((k) => panel.colours[3 * at + k]);
  return [at, at, at];
}

/** A function from a code of a pixel to its colour as 32-bit RGBA. */
function shading(panel) {
  const [low, high] = panel.limits, scale = 256 / (high - low), { offset, step } = panel;
  const shades = Uint32Array.from({ length: 256 }, (_, k) => {
    const [r, g, b] = rgb(panel, k);
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
  return (code) => {
    if (panel.missing && code === 65535) return 0;
    // Codes are rounded: a value on the border of two shades must not fall below it.
    const shade = Math.floor((offset + step * code - low) * scale + 0.004);
    return shades[shade < 0 ? 0 : shade > 255 ? 255 : shade];
  };
}

function fillPixels(canvas, panel) {
  const [rows, columns] = panel.shape, ctx = canvas.getContext("2d");
  if (canvas.width !== columns || canvas.height !== rows) [canvas.width, canvas.height] = [columns, rows];
  const image = ctx.createImageData(columns, rows), out = new Uint32Array(image.data.buffer);
  const codes = panel.codes;
  if (panel.shape.length === 3)
    for (let k = 0; k < out.length; k++)
      out[k] = (255 << 24) | (codes[3 * k + 2] << 16) | (codes[3 * k + 1] << 8) | codes[3 * k];
  else {
    const shade = shading(panel); // quicker than a table of 65,536 codes, which must be filled first
    for (let k = 0; k < out.length; k++) out[k] = shade(codes[k]);
  }
  ctx.putImageData(image, 0, 0);
}

/** Decode a panel's buffers once, when it arrives. */
function prepare(panel) {
  if (panel.kind === "image") {
    panel.codes = panel.bits === 16 ? new Uint16Array(panel.pixels.buffer) : panel.pixels;
    const [rows, columns] = panel.shape;
    panel.edges = panel.extent || [-0.5, columns - 0.5, -0.5, rows - 0.5];
    const [dy, dx] = panel.spacing_mm || [1, 1];
    // A figure of matplotlib is not blown up: its letters would blur.
    panel.widest = panel.shape.length === 3 && columns > 500 ? columns : Infinity;
    panel.proportion = panel.extent && !panel.spacing_mm ? null : (rows * dy) / (columns * dx);
  }
  for (const group of ["series", "bands", "curves", "points"])
    for (const s of panel[group] || [])
      for (const key of ["x", "y", "high", "errors"]) if (s[key]) s[key] = floats(s[key]);
}

function valueAt(panel, row, column) {
  const at = row * panel.shape[1] + column;
  if (panel.shape.length === 3) return [0, 1, 2].map((k) => panel.codes[3 * at + k]).join(", ");
  const code = panel.codes[at];
  return panel.missing && code === 65535 ? "no value" : withUnit(panel.offset + panel.step * code, panel.unit);
}

// ---- layout --------------------------------------------------------------------------

function legend(panel, theme) {
  if (panel.kind === "words") return panel.legend.map((label, k) => ({ label, colour: theme.colours[k], style: "box" }));
  const list = [], image = panel.kind === "image";
  const colours = image ? ON_IMAGE : theme.colours;
  const add = (s, style) => {
    s.colour = list.find((e) => e.label === s.label)?.colour || colours[list.length % colours.length];
    if (!list.some((e) => e.label === s.label)) list.push({ label: s.label, colour: s.colour, style });
  };
  for (const s of panel.masks || []) add(s, "line");
  for (const s of panel.curves || []) add(s, "line");
  for (const s of panel.points || []) add(s, "dot");
  for (const s of panel.series || []) add(s, panel.kind === "bars" ? "box" : s.dots ? "dot" : s.dashed ? "dash" : "line");
  for (const s of panel.bands || []) add(s, "box");
  return image || list.length > 1 ? list : [];
}

/** Break a legend into lines that fit. */
function legendLines(ctx, entries, width) {
  const lines = [];
  let room = -1;
  for (const entry of entries) {
    entry.width = 34 + ctx.measureText(entry.label).width;
    if (entry.width > room) { lines.push([]); room = width; }
    lines.at(-1).push(entry);
    room -= entry.width;
  }
  return lines;
}

/** Break a text into lines that fit: [{word, x, y, w, kind, note}], and its height. */
function flow(ctx, panel, width, theme) {
  const measure = (words, font) => (ctx.font = font, ctx.measureText(words).width), places = [];
  const high = panel.notes.some(Boolean) ? 46 : 30;
  let x = 0, y = 0;
  panel.words.forEach((word, k) => {
    const note = panel.notes[k], w = measure(word, theme.large) + (panel.kinds[k] < 0 ? 0 : 8);
    const room = Math.max(w, note ? measure(note, theme.small) : 0);
    if (x && x + room > width) { x = 0; y += high; }
    places.push({ word, note, x, y, w, kind: panel.kinds[k] });
    x += room + 6;
  });
  return { places, height: y + high };
}

function bodyHeight(panel, width, ctx, theme) {
  if (panel.kind === "words") return flow(ctx, panel, width, theme).height;
  if (panel.kind === "table") return 26 * (panel.rows.length + (panel.header.length ? 1 : 0)) + 6;
  if (panel.kind !== "image" || panel.proportion === null) return Math.min(Math.max(0.72 * width, 200), 0.75 * theme.tallest);
  const [left, bottom] = panel.extent ? [LEFT, BOTTOM] : [0, 0];
  return Math.min(Math.min(width - left - barWidth(panel), panel.widest) * panel.proportion, theme.tallest) + bottom;
}

/** Whether a unit stands above the bar of colours, which takes room as a title does. */
const hasUnit = (panel) => panel.kind === "image" && barWidth(panel) > 0 && panel.unit && panel.unit !== "1";
const barWidth = (panel) => (panel.colorbar && panel.shape.length === 2 ? BAR : 0);

function layout(ctx, picture, width, theme) {
  const columns = Math.max(1, Math.min(picture.columns, picture.panels.length, Math.floor((width + GAP) / 240)));
  const cellWidth = Math.floor((width - GAP * (columns - 1)) / columns), cells = [];
  ctx.font = theme.small;
  let top = 0;
  for (let first = 0; first < picture.panels.length; first += columns) {
    const row = picture.panels.slice(first, first + columns).map((panel, k) => ({
      panel, x: k * (cellWidth + GAP), w: cellWidth, lines: legendLines(ctx, legend(panel, theme), cellWidth),
    }));
    const head = Math.max(...row.map((c) => (c.panel.title || hasUnit(c.panel) ? 22 : 4) + 17 * c.lines.length));
    const body = Math.round(Math.max(...row.map((c) => bodyHeight(c.panel, cellWidth, ctx, theme))));
    for (const cell of row) cells.push({ ...cell, top, y: top + head + 4, h: body });
    top += head + body + 4 + GAP;
  }
  return { cells, height: Math.ceil(top - GAP + 8) }; // half of a colour bar's lowest label hangs over
}

// ---- painting ------------------------------------------------------------------------

function text(ctx, words, x, y, { align = "left", base = "alphabetic", colour, font } = {}) {
  ctx.textAlign = align; ctx.textBaseline = base;
  if (font) ctx.font = font;
  if (colour) ctx.fillStyle = colour;
  ctx.fillText(words, x, y);
}

function paintHead(ctx, cell, theme) {
  const middle = (cell.plot?.x ?? cell.x) + (cell.plot?.w ?? cell.w) / 2;
  const up = cell.y - 8 - 17 * cell.lines.length;
  if (cell.panel.title) {
    const half = (ctx.font = theme.bold, ctx.measureText(cell.panel.title).width / 2);
    const at = Math.max(cell.x + half, Math.min(middle, cell.x + cell.w - half));
    text(ctx, cell.panel.title, at, up, { align: "center", colour: theme.ink, font: theme.bold });
  }
  cell.lines.forEach((line, k) => {
    const total = line.reduce((sum, e) => sum + e.width, -12), y = up + 15 + 17 * k;
    let x = Math.max(cell.x, Math.min(middle - total / 2, cell.x + cell.w - total));
    for (const { label, colour, style, width } of line) {
      ctx.fillStyle = ctx.strokeStyle = colour; ctx.lineWidth = 2.5;
      if (style === "dot") disc(ctx, x + 9, y - 4, 4);
      else if (style === "box") ctx.fillRect(x + 3, y - 9, 12, 10);
      else { ctx.setLineDash(style === "dash" ? [5, 3] : []); stroke(ctx, [[x, y - 4], [x + 17, y - 4]]); ctx.setLineDash([]); }
      text(ctx, label, x + 22, y, { colour: theme.ink, font: theme.small });
      x += width;
    }
  });
}

function disc(ctx, x, y, radius) {
  ctx.beginPath(); ctx.arc(x, y, radius, 0, 2 * Math.PI); ctx.fill();
}

function stroke(ctx, points) {
  ctx.beginPath();
  let pen = false;
  for (const [x, y] of points) {
    const here = Number.isFinite(x + y); // NaN is a gap: a canvas would draw across it
    if (here) pen ? ctx.lineTo(x, y) : ctx.moveTo(x, y);
    pen = here;
  }
  ctx.stroke();
}

/** Axes with ticks around a plot; returns the plot with its maps between values and screen. */
function paintAxes(ctx, plot, panel, theme, { xlim, ylim, xlog, ylog, names, grid }) {
  const map = ([a, b], log, from, size) => {
    const f = log ? Math.log : (v) => v, inverse = log ? Math.exp : (v) => v;
    const [low, high] = [f(a), f(b)];
    return [(v) => from + ((f(v) - low) / (high - low)) * size, (p) => inverse(low + ((p - from) / size) * (high - low))];
  };
  [plot.toX, plot.fromX] = map(xlim, xlog, plot.x, plot.w);
  [plot.toY, plot.fromY] = map(ylim, ylog, plot.y + plot.h, -plot.h);
  const bottom = plot.y + plot.h;
  ctx.lineWidth = 1; ctx.strokeStyle = theme.faint;
  const at = (v) => Math.round(v) + 0.5; // hair lines fall on whole pixels
  const xs = names ? names.map((_, k) => k) : ticks(...xlim, plot.w / 70, xlog);
  for (const v of xs) {
    const x = at(plot.toX(v));
    if (grid && !names) stroke(ctx, [[x, plot.y], [x, bottom]]);
    const words = names ? names[v] : format(v);
    ctx.font = theme.small;
    const last = plot.x + plot.w + 8 - ctx.measureText(words).width / 2; // whole, at the right edge too
    text(ctx, words, Math.min(x, last), bottom + 6, { align: "center", base: "top", colour: theme.soft });
  }
  for (const v of ticks(...ylim, plot.h / 36, ylog)) {
    const y = at(plot.toY(v));
    if (grid) stroke(ctx, [[plot.x, y], [plot.x + plot.w, y]]);
    text(ctx, format(v), plot.x - 6, y, { align: "right", base: "middle", colour: theme.soft });
  }
  ctx.strokeStyle = theme.soft;
  stroke(ctx, [[plot.x + 0.5, plot.y], [plot.x + 0.5, at(bottom)], [plot.x + plot.w, at(bottom)]]);
  text(ctx, panel.xlabel, plot.x + plot.w / 2, bottom + 22, { align: "center", base: "top", colour: theme.ink });
  ctx.save();
  ctx.translate(plot.x - LEFT + 4, plot.y + plot.h / 2); ctx.rotate(-Math.PI / 2);
  text(ctx, panel.ylabel, 0, 0, { align: "center", base: "top" });
  ctx.restore();
}

const frame = (cell) => ({ x: cell.x + LEFT, y: cell.y, w: cell.w - LEFT - 8, h: cell.h - BOTTOM });

function paintLines(ctx, cell, theme) {
  const { panel } = cell, plot = (cell.plot = frame(cell));
  paintAxes(ctx, plot, panel, theme, { ...panel, grid: true });
  const line = (x, y) => {
    ctx.beginPath();
    let pen = false;
    for (let k = 0; k < x.length; k++) {
      const px = plot.toX(x[k]), py = plot.toY(y[k]);
      if (!Number.isFinite(px + py)) { pen = false; continue; }
      pen ? ctx.lineTo(px, py) : ctx.moveTo(px, py);
      pen = true;
    }
  };
  ctx.save(); ctx.beginPath(); ctx.rect(plot.x, plot.y - 1, plot.w + 1, plot.h + 2); ctx.clip();
  for (const s of panel.spans) {
    const [a, b] = s.x.map(plot.toX);
    ctx.fillStyle = theme.wash; ctx.fillRect(a, plot.y, b - a, plot.h);
    text(ctx, s.label, (a + b) / 2, plot.y + 5, { align: "center", base: "top", colour: theme.soft, font: theme.small });
  }
  for (const band of panel.bands) {
    ctx.beginPath();
    band.x.forEach((x, k) => (k ? ctx.lineTo : ctx.moveTo).call(ctx, plot.toX(x), plot.toY(band.y[k])));
    for (let k = band.x.length - 1; k >= 0; k--) ctx.lineTo(plot.toX(band.x[k]), plot.toY(band.high[k]));
    ctx.globalAlpha = 0.2; ctx.fillStyle = band.colour; ctx.fill(); ctx.globalAlpha = 1;
  }
  ctx.lineJoin = "round";
  for (const s of panel.series) {
    ctx.strokeStyle = ctx.fillStyle = s.colour; ctx.lineWidth = 2;
    if (s.dots) s.x.forEach((x, k) => Number.isFinite(s.y[k]) && disc(ctx, plot.toX(x), plot.toY(s.y[k]), 3));
    else { ctx.setLineDash(s.dashed ? [6, 4] : []); line(s.x, s.y); ctx.stroke(); ctx.setLineDash([]); }
  }
  for (const m of panel.marks) {
    const x = Math.round(plot.toX(m.x)) + 0.5;
    ctx.strokeStyle = theme.soft; ctx.lineWidth = 1; ctx.setLineDash([4, 3]);
    stroke(ctx, [[x, plot.y], [x, plot.y + plot.h]]); ctx.setLineDash([]);
    const right = x + 5 + ctx.measureText(m.label).width > plot.x + plot.w;
    text(ctx, m.label, x + (right ? -5 : 5), plot.y + 5, { align: right ? "right" : "left", base: "top", colour: theme.ink, font: theme.small });
  }
  ctx.restore();
}

function paintBars(ctx, cell, theme) {
  const { panel } = cell, plot = (cell.plot = frame(cell)), count = panel.series.length;
  paintAxes(ctx, plot, panel, theme, { ...panel, xlim: [-0.5, panel.names.length - 0.5], grid: true });
  const step = (plot.w / panel.names.length) * 0.8 / count, zero = Math.min(plot.toY(0), plot.y + plot.h);
  panel.series.forEach((s, i) => s.y.forEach((value, k) => {
    const x = plot.toX(k) + (i - (count - 1) / 2) * step, y = plot.toY(value);
    ctx.fillStyle = s.colour;
    ctx.fillRect(x - step * 0.46, Math.min(y, zero), step * 0.92, Math.abs(zero - y));
    if (!s.errors) return;
    ctx.strokeStyle = theme.ink; ctx.lineWidth = 1.2;
    const [a, b] = [plot.toY(value - s.errors[k]), plot.toY(value + s.errors[k])];
    for (const points of [[[x, a], [x, b]], [[x - 4, a], [x + 4, a]], [[x - 4, b], [x + 4, b]]]) stroke(ctx, points);
  }));
}

function paintTable(ctx, cell, theme) {
  const { header, rows, highlight } = cell.panel, all = header.length ? [header, ...rows] : rows;
  const shift = all.length - rows.length, width = cell.w / (all[0]?.length || 1);
  all.forEach((line, k) => {
    const y = cell.y + 26 * k, strong = k < shift || k - shift === highlight;
    if (k - shift === highlight) { ctx.fillStyle = theme.wash; ctx.fillRect(cell.x, y, cell.w, 26); }
    ctx.strokeStyle = theme.faint; ctx.lineWidth = 1;
    stroke(ctx, [[cell.x, y + 25.5], [cell.x + cell.w, y + 25.5]]);
    line.forEach((words, j) => text(ctx, words, cell.x + j * width + 6, y + 13,
      { base: "middle", colour: theme.ink, font: strong ? theme.bold : theme.plain }));
  });
}

function paintWords(ctx, cell, theme) {
  for (const { word, note, x, y, w, kind } of flow(ctx, cell.panel, cell.w, theme).places) {
    const left = cell.x + x, top = cell.y + y;
    if (kind >= 0) {
      ctx.fillStyle = theme.colours[kind];
      ctx.globalAlpha = 0.2; ctx.fillRect(left, top, w, 24); ctx.globalAlpha = 1;
      ctx.fillRect(left, top + 22, w, 3);
    }
    text(ctx, word, left + (kind < 0 ? 0 : 4), top + 12, { base: "middle", colour: theme.ink, font: theme.large });
    text(ctx, note, left, top + 35, { base: "middle", colour: theme.soft, font: theme.small });
  }
}

function paintImage(ctx, cell, theme) {
  const { panel } = cell, [rows, columns] = panel.shape, round = (v) => Math.round(v * theme.dpr) / theme.dpr;
  const [left, bottom] = panel.extent ? [LEFT, BOTTOM] : [0, 0];
  let w = Math.min(cell.w - left - barWidth(panel), panel.widest), h = cell.h - bottom;
  if (panel.proportion !== null) [w, h] = w * panel.proportion > h ? [h / panel.proportion, h] : [w, w * panel.proportion];
  const spare = (cell.w - left - barWidth(panel) - w) / 2;
  const plot = (cell.plot = { x: round(cell.x + left + spare), y: round(cell.y), w: round(w), h: round(h) });
  const [x0, x1, y0, y1] = panel.edges, axes = { xlim: [x0, x1], ylim: [y1, y0] };
  if (panel.extent) paintAxes(ctx, plot, panel, theme, axes);
  else {
    plot.toX = (v) => plot.x + ((v - x0) / (x1 - x0)) * plot.w;
    plot.toY = (v) => plot.y + ((v - y0) / (y1 - y0)) * plot.h;
    plot.fromX = (p) => x0 + ((p - plot.x) / plot.w) * (x1 - x0);
    plot.fromY = (p) => y0 + ((p - plot.y) / plot.h) * (y1 - y0);
  }
  ctx.imageSmoothingEnabled = panel.smooth ?? (plot.w * theme.dpr) / columns < 4;
  // Blown up, "high" costs four times as much and looks the same.
  ctx.imageSmoothingQuality = plot.w * theme.dpr < columns ? "high" : "low";
  ctx.drawImage(cell.pixels, plot.x, plot.y, plot.w, plot.h);
  ctx.save(); ctx.beginPath(); ctx.rect(plot.x, plot.y, plot.w, plot.h); ctx.clip();
  for (const mask of panel.masks) paintMask(ctx, plot, mask, rows, columns, panel.mask_opacity);
  ctx.lineWidth = 2;
  for (const s of panel.curves) {
    ctx.strokeStyle = s.colour;
    stroke(ctx, [...s.x].map((x, k) => [plot.toX(x), plot.toY(s.y[k])]));
  }
  for (const s of panel.points) s.x.forEach((x, k) => {
    ctx.fillStyle = "#000"; disc(ctx, plot.toX(x), plot.toY(s.y[k]), 5);
    ctx.fillStyle = s.colour; disc(ctx, plot.toX(x), plot.toY(s.y[k]), 4);
  });
  ctx.restore();
  if (panel.spacing_mm && !panel.extent) paintScale(ctx, plot, plot.w / (columns * panel.spacing_mm[1]), theme);
  if (barWidth(panel)) paintBar(ctx, plot, panel, theme);
}

/** Outline a region along the edges of its pixels, and fill it if wanted. */
function paintMask(ctx, plot, mask, rows, columns, opacity) {
  const on = (r, c) => r >= 0 && c >= 0 && r < rows && c < columns && mask.pixels[r * columns + c] > 0;
  const X = (c) => plot.x + (c / columns) * plot.w, Y = (r) => plot.y + (r / rows) * plot.h;
  const inner = new Path2D(), edge = new Path2D();
  for (let r = 0; r <= rows; r++)
    for (let c = 0; c <= columns; c++) {
      const here = on(r, c);
      if (here) inner.rect(X(c), Y(r), X(c + 1) - X(c), Y(r + 1) - Y(r));
      if (here !== on(r, c - 1)) { edge.moveTo(X(c), Y(r)); edge.lineTo(X(c), Y(r + 1)); }
      if (here !== on(r - 1, c)) { edge.moveTo(X(c), Y(r)); edge.lineTo(X(c + 1), Y(r)); }
    }
  ctx.fillStyle = ctx.strokeStyle = mask.colour; ctx.lineWidth = 1.6; ctx.lineCap = "square";
  if (opacity) { ctx.globalAlpha = opacity; ctx.fill(inner); ctx.globalAlpha = 1; } // in one piece: no seams
  ctx.stroke(edge); ctx.lineCap = "butt";
}

function paintScale(ctx, plot, pxPerMm, theme) {
  const wanted = plot.w / pxPerMm / 4, power = 10 ** Math.floor(Math.log10(wanted));
  // A hair of slack: 100 mm may arrive as 99.99…, whose power rounds up to 100.
  const mm = [5, 2, 1].find((d) => d * power <= wanted * (1 + 1e-9)) * power;
  const words = mm >= 10 ? `${format(mm / 10)} cm` : mm >= 1 ? `${format(mm)} mm` : `${format(1000 * mm)} µm`;
  const x = plot.x + 10, y = plot.y + plot.h - 12;
  // White with a black rim is seen on black, on white and on noise.
  ctx.fillStyle = "#000"; ctx.fillRect(x - 1.5, y - 1.5, mm * pxPerMm + 3, 6);
  ctx.fillStyle = "#fff"; ctx.fillRect(x, y, mm * pxPerMm, 3);
  ctx.save();
  ctx.font = theme.small; ctx.textAlign = "left"; ctx.textBaseline = "alphabetic";
  ctx.strokeStyle = "#000"; ctx.lineWidth = 3; ctx.lineJoin = "round";
  ctx.strokeText(words, x, y - 5);
  ctx.restore();
  text(ctx, words, x, y - 5, { colour: "#fff", font: theme.small });
}

const scales = new Map(); // they hardly ever change, and a fill a row takes longer than the image

/** A canvas one pixel wide with the colours of a panel's scale, the highest value on top. */
function scaleOf(panel, steps) {
  const key = [steps, ...(panel.colours || [])].join();
  if (!scales.has(key)) {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: steps });
    const colours = Uint8Array.from({ length: steps }, (_, k) => Math.min(255, Math.floor((1 - (k + 0.5) / steps) * 256)));
    fillPixels(canvas, { shape: [steps, 1, 3], codes: [...colours].flatMap((at) => rgb(panel, at)) });
    scales.set(key, canvas);
  }
  return scales.get(key);
}

function paintBar(ctx, plot, panel, theme) {
  const x = plot.x + plot.w + 8, steps = Math.round(plot.h * theme.dpr), [low, high] = panel.limits;
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(scaleOf(panel, steps), x, plot.y, 10, plot.h);
  for (const v of ticks(low, high, plot.h / 45))
    text(ctx, format(v), x + 15, plot.y + plot.h * (1 - (v - low) / (high - low)), { base: "middle", colour: theme.soft, font: theme.small });
  if (hasUnit(panel)) text(ctx, panel.unit, x + 4, plot.y - 8, { colour: theme.soft, font: theme.small });
}

const PAINT = { image: paintImage, lines: paintLines, bars: paintBars, table: paintTable, words: paintWords };
