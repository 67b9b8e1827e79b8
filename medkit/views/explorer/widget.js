// The browser part of medkit's explorers: native inputs around the canvas of picture.js.
//
// Learner moves a control → request() → kernel draws → answer (trait) → paint() → show().
// At most one request is under way; whatever was moved meanwhile follows in one more, so
// the last value is always shown. While nobody moves, the kernel draws what a slider's next steps
// would show and sends it ahead: a request that asks for just that is painted before its answer.
// Nothing is rebuilt: canvases and inputs are kept.

const BUSY_MS = 400, LOST_MS = 6000, TYPING_MS = 120;
const LOST = "The kernel does not answer. It may be busy with another cell; " +
  "if it was restarted, run this cell again to move the sliders.";

function element(tag, settings = {}, ...children) {
  const { role, ...properties } = settings;
  const node = Object.assign(document.createElement(tag), properties);
  for (const [key, value] of Object.entries(properties))
    if (key.includes("-")) node.setAttribute(key, value);
  if (role) node.setAttribute("role", role);
  // JupyterLab would take the arrow keys, to move between cells, unless the focused node says no.
  if (["input", "select", "button", "canvas"].includes(tag)) node.setAttribute("data-lm-suppress-shortcuts", "true");
  node.append(...children);
  return node;
}

// ---- controls: each is {node, get, set}; `changed` is called when the learner moves it ----

function numberField(spec, { id, label, value, changed }) {
  const { minimum, maximum, step } = spec;
  const node = element("input", { type: "number", id, min: minimum, max: maximum, step, value });
  if (label) node.setAttribute("aria-label", label);
  node.addEventListener("change", () => {
    const typed = node.valueAsNumber;
    if (Number.isFinite(typed)) changed(Math.min(maximum, Math.max(minimum, typed)));
  });
  return node;
}

/**
 * Return a button that moves a slider by itself, in `play_s` seconds from its least place to its
 * greatest and over again, and what stops it. The clock says where the slider stands, so a slow
 * kernel makes larger steps: the next is asked for only when the picture of the last is there.
 * It starts when it is pressed, never by itself, and rests while it is out of sight.
 */
function player(spec, range, idle, go) {
  const count = () => Math.floor((range.max - range.min) / range.step + 1e-9) + 1;
  const node = element("button", { type: "button", className: "mk-play" });
  let frame = 0, start = 0;
  const show = (playing) => {
    node.classList.toggle("mk-playing", playing);
    node.setAttribute("aria-label", `${playing ? "Pause" : "Play"}: ${spec.label}`);
    node.title = playing ? "Pause" : "Play";
  };
  const stop = () => { cancelAnimationFrame(frame); frame = 0; show(false); };
  const inSight = () => {
    const { top, bottom } = node.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  };
  function step(now) {
    if (!node.isConnected) return stop();
    frame = requestAnimationFrame(step);
    if (!idle() || !inSight()) return;
    const part = ((now - start) / (1000 * spec.play_s)) % 1;
    go(+range.min + range.step * Math.floor(part * count()));
  }
  node.addEventListener("click", () => {
    if (frame) return stop();
    const place = Math.round((range.value - range.min) / range.step), places = count();
    const next = (place + 1) % places; // the first step is seen at once
    start = performance.now() - (1000 * spec.play_s * next) / places;
    show(true);
    frame = requestAnimationFrame(step);
  });
  range.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault(); event.stopPropagation();
    node.click();
  });
  show(false);
  return { node, stop };
}

function slider(spec, id, changed, idle) {
  const { minimum, maximum, step, whole, unit } = spec, ratio = Math.log(maximum / minimum);
  // Without a kernel there are only some values (medkit/site/frozen): the range counts through them.
  let list = spec.values, value = spec.default, playing = null;
  const nearest = (v) => list.reduce((best, w, k) => (Math.abs(w - v) < Math.abs(list[best] - v) ? k : best), 0);
  /** Of some values the nearest, but another than now where another was asked for. */
  const other = (v) => {
    const k = nearest(v);
    return list[k] !== value || v === value ? list[k] : list[k + Math.sign(v - value)] ?? value;
  };
  const tidy = (v) => {
    if (list) return list[v];
    if (whole && !spec.log) return Math.min(maximum, minimum + step * Math.round((v - minimum) / step));
    return Math.min(maximum, Math.max(minimum, whole ? Math.round(v) : +v.toPrecision(spec.log ? 3 : 10)));
  };
  const place = (v) => (list ? nearest(v) : spec.log ? (100 * Math.log(v / minimum)) / ratio : v);
  const range = element("input", { type: "range", id, min: place(minimum), max: place(maximum), step: list ? 1 : spec.log ? 0.5 : step });
  const get = () => value;
  const set = (v, moved = range) => {
    value = v;
    if (moved !== range || +range.value !== place(v)) range.value = place(v);
    if (moved !== field || field.valueAsNumber !== v) field.value = +v.toPrecision(6);
    range.setAttribute("aria-valuetext", withUnit(v, unit));
    range.style.setProperty("--mk-filled", (range.value - range.min) / (range.max - range.min));
  };
  const field = numberField(spec, {
    label: `${spec.label}${unit ? `, ${unit}` : ""}`,
    changed: (v) => { playing?.stop(); set(list ? other(v) : whole ? Math.round(v) : v, field); changed(); },
  });
  const moved = (byHand) => {
    let v = tidy(spec.log && !list ? minimum * Math.exp((range.value / 100) * ratio) : +range.value);
    // On a logarithmic slider of whole numbers a small move may round back: step on then.
    if (byHand && v === value && spec.log && whole && !list) v = tidy(v + Math.sign(range.value - place(v)));
    if (v === value) return;
    const position = range.value;
    set(v);
    if (spec.log && !list) range.value = position; // the thumb stays under the pointer
    changed();
  };
  range.addEventListener("input", () => { playing?.stop(); moved(true); });
  range.addEventListener("pointerdown", () => playing?.stop());
  if (spec.play_s) playing = player(spec, range, idle, (position) => { range.value = position; moved(); });
  set(value, null);
  const words = element("label", { htmlFor: id }, spec.label);
  const number = element("span", { className: "mk-number" }, field, element("span", { className: "mk-unit" }, unit === "1" ? "" : unit));
  const track = playing ? element("div", { className: "mk-track" }, playing.node, range) : range;
  const node = element("div", { className: "mk-control" }, element("div", { className: "mk-row" }, words, number), track);
  const offer = (values) => { list = values; range.max = list.length - 1; set(value); };
  return { node, get, set, offer, stop: playing?.stop };
}

function choice(spec, id, changed) {
  const short = spec.options.length <= 4 && spec.options.join("").length <= 30;
  if (!short) {
    const select = element("select", { id }, ...spec.options.map((o) => element("option", { value: o }, o)));
    select.addEventListener("change", changed);
    select.value = spec.default;
    const node = element("div", { className: "mk-control" }, element("label", { htmlFor: id }, spec.label), select);
    return { node, get: () => select.value, set: (v) => (select.value = v) };
  }
  const inputs = spec.options.map((value) => element("input", { type: "radio", name: id, value }));
  const labels = inputs.map((input) => element("label", {}, input, element("span", {}, input.value)));
  const set = (v) => inputs.forEach((input) => (input.checked = input.value === v));
  inputs.forEach((input) => input.addEventListener("change", changed));
  set(spec.default);
  const group = element("div", { className: "mk-segments" }, ...labels);
  return {
    node: element("fieldset", { className: "mk-control" }, element("legend", {}, spec.label), group),
    get: () => inputs.find((input) => input.checked).value, set,
  };
}

function textField(spec, id, changed) {
  const input = element("input", { type: "text", id, maxLength: spec.longest, value: spec.default, autocomplete: "off", spellcheck: false });
  let timer = 0;
  const set = (v) => { clearTimeout(timer); input.value = v; };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(changed, TYPING_MS); });
  const node = element("div", { className: "mk-control mk-text" }, element("label", { htmlFor: id }, spec.label), input);
  if (spec.suggestions.length) {
    const select = element("select", {}, ...["Or choose …", ...spec.suggestions].map((o, k) => element("option", { value: k ? o : "" }, o)));
    select.setAttribute("aria-label", `${spec.label}: choose one`);
    select.addEventListener("change", () => { if (select.value) { set(select.value); select.value = ""; changed(); } });
    node.append(select);
  }
  return { node, get: () => input.value, set };
}

function toggle(spec, id, changed) {
  const box = element("input", { type: "checkbox", id, checked: spec.default });
  box.addEventListener("change", changed);
  const node = element("div", { className: "mk-control mk-toggle" }, box, element("label", { htmlFor: id }, spec.label));
  return { node, get: () => box.checked, set: (v) => (box.checked = v) };
}

function button(spec, id, changed) {
  let count = spec.default;
  const node = element("button", { type: "button", id }, spec.label);
  node.addEventListener("click", () => { count += 1; changed(); });
  return { node: element("div", { className: "mk-control" }, node), get: () => count, set: (v) => (count = v) };
}

function point(spec, id, changed) {
  let value = [spec.x, spec.y];
  const limits = [spec.xlim, spec.ylim];
  const set = (v) => {
    value = v.map((c, k) => Math.min(limits[k][1], Math.max(limits[k][0], +c.toPrecision(6))));
    fields.forEach((field, k) => (field.value = +value[k].toPrecision(4)));
  };
  const fields = ["x", "y"].map((axis, k) => {
    const [minimum, maximum] = limits[k], step = spec.steps?.[k] ?? (maximum - minimum > 20 ? 1 : (maximum - minimum) / 100);
    return numberField({ minimum, maximum, step }, {
      label: `${spec.label}, ${axis}, ${spec.unit}`,
      changed: (v) => { set(value.with(k, v)); changed(); },
    });
  });
  set(value);
  const number = element("span", { className: "mk-number" }, "x ", fields[0], " y ", fields[1], element("span", { className: "mk-unit" }, spec.unit));
  const node = element("fieldset", { className: "mk-control" }, element("legend", {}, "◎ " + spec.label), number);
  return { node, get: () => value, set };
}

function brush(spec, id, changed) {
  const [rows, columns] = spec.shape, largest = Math.max(2, Math.round(Math.min(rows, columns) / 4));
  let mask = new Uint8Array(rows * columns);
  const size = element("input", { type: "range", id, min: 1, max: largest, value: spec.radius });
  const erase = element("input", { type: "checkbox" });
  const clear = element("button", { type: "button" }, "Clear");
  clear.addEventListener("click", () => { mask = new Uint8Array(mask.length); changed(); });
  /** Paint a disc at every pixel between two places. */
  const paint = (fromX, fromY, toX, toY) => {
    const r = +size.value, value = erase.checked ? 0 : 1, steps = Math.ceil(Math.hypot(toX - fromX, toY - fromY)) || 1;
    for (let k = 0; k <= steps; k++) {
      const x = fromX + ((toX - fromX) * k) / steps, y = fromY + ((toY - fromY) * k) / steps;
      for (let row = Math.max(0, Math.ceil(y - r)); row <= Math.min(rows - 1, y + r); row++)
        for (let c = Math.max(0, Math.ceil(x - r)); c <= Math.min(columns - 1, x + r); c++)
          if ((row - y) ** 2 + (c - x) ** 2 <= r * r) mask[row * columns + c] = value;
    }
  };
  const tools = element("div", { className: "mk-row" }, element("label", {}, "size ", size), element("label", {}, erase, " erase"), clear);
  const node = element("fieldset", { className: "mk-control" }, element("legend", {}, "✎ " + spec.label), tools);
  return { node, get: () => mask, set: (v) => (mask = v.slice()), paint, radius: () => +size.value };
}

const CONTROLS = { slider, choice, text: textField, toggle, button, point, brush };

// ---- the picture: two canvases, the upper one for pointers, handles and brushes ----------

function stage(root, handles) {
  const lower = element("canvas", { role: "img" }), upper = element("canvas", { "aria-hidden": "true" });
  const tip = element("div", { className: "mk-tip", hidden: true });
  const node = element("div", { className: "mk-stage" }, lower, upper, tip);
  const kept = []; // one small canvas a panel, for its pixels
  let picture = null, cells = [], theme = null, pointer = null, dragged = null, used = false;

  function size(canvas, width, height, dpr) {
    const [w, h] = [Math.round(width * dpr), Math.round(height * dpr)];
    if (canvas.width !== w || canvas.height !== h) {
      [canvas.width, canvas.height] = [w, h];
      [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
    }
    const ctx = canvas.getContext("2d");
    ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
    ctx.clearRect(0, 0, width, height);
    return ctx;
  }

  function repaint() {
    const width = Math.floor(node.clientWidth);
    if (!picture || width < 40) return;
    theme = readTheme(root);
    root.style.colorScheme = theme.dark ? "dark" : "light";
    const plan = layout(lower.getContext("2d"), picture, width, theme);
    cells = plan.cells;
    const ctx = size(lower, width, plan.height, theme.dpr);
    cells.forEach((cell, k) => {
      cell.pixels = kept[k];
      PAINT[cell.panel.kind](ctx, cell, theme);
      paintHead(ctx, cell, theme);
    });
    overlay();
  }

  function show(next) {
    picture = next;
    picture.panels.forEach((panel, k) => {
      if (panel.kind === "image") fillPixels((kept[k] ??= document.createElement("canvas")), panel);
    });
    lower.setAttribute("aria-label", picture.alt);
    repaint();
  }

  const inside = ({ plot }, { x, y }) => plot && x >= plot.x && x < plot.x + plot.w && y >= plot.y && y < plot.y + plot.h;
  /** Pixel under a place of an image panel: [row, column], not rounded. */
  const pixel = ({ panel, plot }, { x, y }) =>
    [((y - plot.y) / plot.h) * panel.shape[0] - 0.5, ((x - plot.x) / plot.w) * panel.shape[1] - 0.5];

  function overlay() {
    // An empty canvas that stays empty need not be cleared, which costs as much as a picture.
    const wanted = Boolean(handles.length || pointer);
    if (!wanted && !used && upper.width === lower.width && upper.height === lower.height) return;
    used = wanted;
    const ctx = size(upper, lower.width / theme.dpr, lower.height / theme.dpr, theme.dpr);
    for (const { spec, control } of handles) {
      const cell = cells[spec.panel];
      if (spec.kind === "brush") paintBrush(ctx, cell, control);
      else paintHandle(ctx, cell.plot.toX(control.get()[0]), cell.plot.toY(control.get()[1]), dragged?.control === control);
    }
    const cell = pointer && !dragged && cells.find((c) => inside(c, pointer));
    tip.hidden = !cell || cell.panel.kind === "table";
    if (!tip.hidden) {
      tip.textContent = describe(ctx, cell);
      tip.style.left = `${Math.min(pointer.x + 14, node.clientWidth - tip.offsetWidth - 4)}px`;
      tip.style.top = `${pointer.y + 16}px`;
    }
  }

  function paintBrush(ctx, cell, control) {
    const [rows, columns] = cell.panel.shape, mask = { pixels: control.get(), colour: ON_IMAGE[0] };
    paintMask(ctx, cell.plot, mask, rows, columns, 0.35);
    if (!pointer || !inside(cell, pointer)) return;
    ctx.strokeStyle = "#fff"; ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.arc(pointer.x, pointer.y, (control.radius() / columns) * cell.plot.w, 0, 7);
    ctx.stroke();
  }

  /** Say what is under the pointer; show the same place in every image of the same shape. */
  function describe(ctx, cell) {
    const { panel, plot } = cell, { x, y } = pointer;
    if (panel.kind === "image") {
      const [row, column] = pixel(cell, pointer).map(Math.round), shape = String(panel.shape.slice(0, 2));
      const twins = cells.filter((c) => c.panel.kind === "image" && String(c.panel.shape.slice(0, 2)) === shape);
      for (const twin of twins) if (twin !== cell) cross(ctx, twin, row, column);
      const place = panel.extent ? `${panel.xlabel} ${format(plot.fromX(x))}, ${panel.ylabel} ${format(plot.fromY(y))}` : `row ${row}, column ${column}`;
      const values = twins.map((c) => (twins.length > 1 && c.panel.title ? c.panel.title + ": " : "") + valueAt(c.panel, row, column));
      return [place, ...values].join("\n");
    }
    if (panel.kind === "bars") {
      const k = Math.max(0, Math.min(panel.names.length - 1, Math.round(plot.fromX(x))));
      return [panel.names[k], ...panel.series.map((s) => `${s.label}: ${format(s.y[k])}`)].join("\n");
    }
    ctx.strokeStyle = theme.soft; ctx.lineWidth = 1;
    stroke(ctx, [[Math.round(x) + 0.5, plot.y], [Math.round(x) + 0.5, plot.y + plot.h]]);
    const lines = panel.series.map((s) => {
      let k = 0;
      s.x.forEach((v, j) => { if (Math.abs(plot.toX(v) - x) < Math.abs(plot.toX(s.x[k]) - x)) k = j; });
      ctx.fillStyle = s.colour; disc(ctx, plot.toX(s.x[k]), plot.toY(s.y[k]), 4);
      return `${s.label}: ${format(s.y[k])}`;
    });
    return [`${panel.xlabel}: ${format(plot.fromX(x))}`, ...lines].join("\n");
  }

  function cross(ctx, { panel, plot }, row, column) {
    const x = plot.x + ((column + 0.5) / panel.shape[1]) * plot.w, y = plot.y + ((row + 0.5) / panel.shape[0]) * plot.h;
    for (const [colour, width] of [["#000", 3], ["#fff", 1]]) {
      ctx.strokeStyle = colour; ctx.lineWidth = width;
      stroke(ctx, [[x - 6, y], [x + 6, y]]); stroke(ctx, [[x, y - 6], [x, y + 6]]);
    }
  }

  function place(event) {
    const box = upper.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  function drag(to, from = to) {
    const { spec, control } = dragged, cell = cells[spec.panel];
    if (spec.kind === "point") control.set([cell.plot.fromX(to.x), cell.plot.fromY(to.y)]);
    else control.paint(...pixel(cell, from).reverse(), ...pixel(cell, to).reverse());
    dragged.changed();
  }

  upper.addEventListener("pointerdown", (event) => {
    const at = place(event), here = handles.filter((h) => inside(cells[h.spec.panel], at));
    const far = ({ spec, control }) => {
      const { plot } = cells[spec.panel], [x, y] = control.get();
      return Math.hypot(plot.toX(x) - at.x, plot.toY(y) - at.y);
    };
    const points = here.filter((h) => h.spec.kind === "point").sort((a, b) => far(a) - far(b));
    const painting = here.find((h) => h.spec.kind === "brush");
    dragged = points.length && (!painting || far(points[0]) < 15) ? points[0] : painting;
    if (!dragged) return;
    event.preventDefault();
    upper.setPointerCapture(event.pointerId);
    drag((pointer = at));
    overlay();
  });
  upper.addEventListener("pointermove", (event) => {
    const before = pointer;
    pointer = place(event);
    if (dragged) drag(pointer, before);
    upper.style.cursor = handles.some((h) => inside(cells[h.spec.panel] || {}, pointer)) ? "crosshair" : "";
    if (theme) overlay();
  });
  upper.addEventListener("pointerup", () => { dragged = null; overlay(); });
  upper.addEventListener("pointerleave", () => { pointer = null; if (theme) overlay(); });
  if (handles.length) upper.style.touchAction = "none"; // a finger drags, it does not scroll
  paintFromKeyboard();

  /** Let arrow keys move the brush and the space bar paint. */
  function paintFromKeyboard() {
    const painting = handles.find((h) => h.spec.kind === "brush");
    if (!painting) return;
    upper.removeAttribute("aria-hidden");
    upper.setAttribute("role", "application");
    upper.setAttribute("aria-label", `${painting.spec.label}: arrow keys move the brush, space paints`);
    upper.tabIndex = 0;
    upper.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-4, 0], ArrowRight: [4, 0], ArrowUp: [0, -4], ArrowDown: [0, 4], " ": [0, 0] }[event.key];
      if (!step) return;
      event.preventDefault(); event.stopPropagation();
      const { plot } = cells[painting.spec.panel];
      pointer ??= { x: plot.x + plot.w / 2, y: plot.y + plot.h / 2 };
      pointer = { x: pointer.x + step[0], y: pointer.y + step[1] };
      if (event.key === " ") { dragged = painting; drag(pointer); dragged = null; }
      overlay();
    });
  }
  return { node, show, repaint };
}

function paintHandle(ctx, x, y, held) {
  for (const [colour, width] of [["#000", 4], [ON_IMAGE[2], 2]]) {
    ctx.strokeStyle = colour; ctx.lineWidth = width;
    ctx.beginPath(); ctx.arc(x, y, held ? 9 : 7, 0, 7); ctx.stroke();
  }
  ctx.fillStyle = ON_IMAGE[2]; disc(ctx, x, y, 1.5);
}

function readTheme(root) {
  const style = getComputedStyle(root), ink = style.color;
  const [r, g, b] = ink.match(/[\d.]+/g).map(Number), dark = 0.3 * r + 0.6 * g + 0.1 * b > 128;
  const shade = (alpha) => `rgba(${r}, ${g}, ${b}, ${alpha})`, family = style.fontFamily;
  return {
    ink, dark, dpr: window.devicePixelRatio || 1, tallest: +style.getPropertyValue("--mk-tallest"), soft: shade(0.68), faint: shade(0.14), wash: shade(0.08),
    colours: COLOURS[dark ? "dark" : "light"],
    plain: `13px ${family}`, large: `15px ${family}`, small: `12px ${family}`, bold: `600 13px ${family}`,
  };
}

// ---- the widget ----------------------------------------------------------------------

function render({ model, el }) {
  const view = Math.random().toString(36).slice(2), { title, controls: specs } = model.get("spec");
  const controls = new Map(specs.map((spec, k) => [spec.name, CONTROLS[spec.kind](spec, `mk-${view}-${k}`, request, () => !waiting)]));
  const handles = specs.filter((s) => s.kind === "point" || s.kind === "brush")
    .map((spec) => ({ spec, control: controls.get(spec.name), changed: request }));
  const reset = element("button", { type: "button", className: "mk-reset", title: "Put every control back to its start" }, "Reset");
  const caption = element("div", { className: "mk-caption", "aria-live": "polite" });
  const foot = element("div", { className: "mk-row mk-foot" }, caption, reset);
  const status = element("div", { className: "mk-status", role: "alert", hidden: true });
  const panel = element("div", { className: "mk-controls", role: "group", "aria-label": title || "Controls" },
    ...[...controls.values()].map((c) => c.node));
  const root = element("div", { className: "mk-explorer" });
  const { node, show, repaint } = stage(root, handles);
  if (title) root.append(element("div", { className: "mk-title" }, title));
  root.append(element("div", { className: "mk-body" }, element("div", { className: "mk-picture" }, node, foot), panel));
  node.append(status); // over the picture: what is below it stays in its place
  el.append(root);

  let seq = 0, waiting = 0, again = false, timers = [], pressed = false;
  let foreseen = [], asked = "", early = 0; // what the kernel expects; the request that it met

  function request() {
    if (waiting) again = true;
    else send();
  }

  function send() {
    again = false;
    waiting = ++seq;
    const params = {}, masks = [], buffers = [];
    for (const { name, kind } of specs) {
      const value = controls.get(name).get();
      if (kind !== "brush") params[name] = value;
      else { masks.push(name); buffers.push(value.slice().buffer); }
    }
    timers = [setTimeout(() => root.classList.add("mk-busy"), BUSY_MS), setTimeout(() => { halt(); say(LOST); }, LOST_MS)];
    model.send({ view, seq, params, masks, pressed }, undefined, buffers);
    asked = JSON.stringify(params);
    meet(foreseen.find((hint) => hint.asked === asked));
  }

  const halt = () => controls.forEach((control) => control.stop?.());

  function say(words) {
    status.hidden = !words;
    status.textContent = words || "";
  }

  function receive() {
    const answer = unpack(model.get("answer"));
    const own = answer.view === view && answer.seq === waiting;
    if (own) {
      timers.forEach(clearTimeout);
      root.classList.remove("mk-busy");
      waiting = 0;
    }
    root.classList.toggle("mk-failed", Boolean(answer.error));
    say(answer.error);
    if (answer.error) halt();
    for (const [name, values] of Object.entries(answer.offers ?? {})) controls.get(name).offer?.(values);
    // Another view or Python moved the controls: follow, unless the learner is moving them.
    if (!own && !waiting) for (const [name, value] of Object.entries(answer.params)) controls.get(name).set(value);
    if (!own || answer.error || answer.seq !== early) {
      early = 0;
      answer.picture.panels.forEach(prepare);
      paint(answer.picture);
    }
    if (own && again) send();
  }

  function foresee(_content, [packed]) {
    const { params, picture } = unpack(packed), hint = { asked: JSON.stringify(params), picture };
    picture.panels.forEach(prepare);
    foreseen = [hint, ...foreseen].slice(0, 3);
    if (waiting && waiting !== early && hint.asked === asked) meet(hint); // on a slow line
  }

  /** Paint what was foreseen in place of the answer that is still to come. */
  function meet(hint) {
    if (hint) { early = waiting; paint(hint.picture); }
  }

  function paint(picture) {
    const { panels, columns, caption: words } = picture;
    // Controls stand beside one panel, unless it is a wide image, such as a figure of matplotlib.
    root.classList.toggle("mk-side", panels.length === 1 ? !(panels[0].proportion < 0.6) : columns === 1);
    // Read aloud only what the learner has asked for, not each step of a slider that plays.
    caption.setAttribute("aria-live", root.querySelector(".mk-playing") ? "off" : "polite");
    caption.textContent = words;
    show(picture);
  }

  reset.addEventListener("click", () => {
    halt();
    for (const spec of specs) {
      const start = { point: [spec.x, spec.y], brush: spec.shape && new Uint8Array(spec.shape[0] * spec.shape[1]) };
      controls.get(spec.name).set(start[spec.kind] ?? spec.default);
    }
    request();
  });
  const sizes = new ResizeObserver(repaint), themes = new MutationObserver(repaint);
  sizes.observe(node);
  themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  root.addEventListener("keydown", (event) => { pressed = event.key.startsWith("Arrow") && !event.repeat; }, true);
  root.addEventListener("pointerdown", () => { pressed = false; }, true);
  model.on("change:answer", receive);
  model.on("msg:custom", foresee);
  receive();
  return () => {
    sizes.disconnect();
    themes.disconnect();
    timers.forEach(clearTimeout);
    halt();
    model.off("change:answer", receive);
    model.off("msg:custom", foresee);
  };
}

export default { render };
