// Explorers, viewers and quizzes on a page without a kernel: `medkit.site.frozen` puts their own
// front ends before this file, as they are, and gives each a model that looks like anywidget's.
// What a kernel would answer lies in scripts beside the page (packing.py), since a page from a
// disk may load scripts and nothing else. They are loaded when they are first needed.

const waiting = new Map(), AHEAD = "800px", KEPT = 32e6;
window.medkitFrozen = (key, text) => waiting.get(key)?.(text);

/** Load one file; it calls medkitFrozen with its key. */
function load(base, name) {
  return new Promise((done, failed) => {
    const script = document.createElement("script"), path = `${base}${name}.js`;
    waiting.set(path.split("/").slice(-2).join("/").slice(0, -3), (text) => done(open(text)));
    script.src = path;
    script.onerror = () => failed(new Error(`${path} could not be loaded`));
    document.head.append(script);
  });
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Byte planes → items. */
function items(data, width) {
  const count = data.length / width, out = new Uint8Array(data.length);
  for (let plane = 0, from = 0; plane < width; plane++)
    for (let k = plane; k < out.length; k += width) out[k] = data[from++];
  return count && width === 2 ? new Uint16Array(out.buffer) : out;
}

/** What `Packer.write` has written: its head, and a function that gives a buffer. */
async function open(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), start = new DataView(bytes.buffer).getUint32(0, true) + 4;
  const head = JSON.parse(new TextDecoder().decode(await inflate(bytes.subarray(4, start))));
  const small = await inflate(bytes.subarray(start, start + head.small)), blobs = start + head.small;
  const kept = new Map();
  let size = 0;
  async function decode([at, length, width, lags, model]) {
    if (lags === undefined) return items(small.subarray(at, at + length), width);
    const values = items(await inflate(bytes.subarray(blobs + at, blobs + at + length)), width);
    for (const lag of lags.toReversed()) for (let k = lag; k < values.length; k++) values[k] += values[k - lag];
    if (model < 0) return values;
    const base = await buffer(model);
    for (let k = 0; k < values.length; k++) values[k] += base[k];
    return values;
  }
  async function buffer(number) {
    if (kept.has(number)) return kept.get(number);
    const values = await decode(head.buffers[number]);
    size += values.byteLength;
    for (const [old, one] of kept) if (size > KEPT) { kept.delete(old); size -= one.byteLength; }
    kept.set(number, values);
    return values;
  }
  return { head, buffer };
}

/** What anywidget gives a front end, as far as ours use it. */
class Model {
  constructor(state) { this.state = state; this.handlers = []; }
  get(name) { return this.state[name]; }
  set(name, value) {
    if (this.state[name] === value) return;
    this.state[name] = value;
    this.trigger(`change:${name}`);
    this.trigger("change");
  }
  on(name, handler) { this.handlers.push([name, handler]); }
  off(name, handler) { this.handlers = this.handlers.filter(([n, h]) => n !== name || h !== handler); }
  trigger(name, ...args) { for (const [n, handler] of [...this.handlers]) if (n === name) handler(...args); }
  save_changes() {}
}

// ---- explorers ------------------------------------------------------------------------

const same = (one, other) => String(one) === String(other);

/** The place among some values that is nearest to one. */
function nearest(values, value, among = values.map((_, k) => k)) {
  const far = (k) => (Array.isArray(value) ? Math.hypot(...value.map((v, j) => v - values[k][j])) : Math.abs(value - values[k]));
  return among.reduce((best, k) => (same(values[k], value) || far(k) < far(best) ? k : best), among[0]);
}

/**
 * The combination that is shown when the controls ask for some values: there is a picture where
 * at most one is away from its start, and where all are at coarse values. What was moved stays
 * where that can be; the others follow.
 */
function snap(axes, params, shown) {
  const kind = (axis) => typeof axis.values[0];
  const asked = axes.map((axis) => {
    const value = params[axis.name], first = axis.values[0];
    // A button counts on and on: after the last of its pictures comes the first.
    if (axis.presses) return (((value - first) % axis.values.length) + axis.values.length) % axis.values.length;
    return kind(axis) === "number" || Array.isArray(first) ? nearest(axis.values, value) : axis.values.findIndex((v) => same(v, value));
  });
  if (asked.filter((k, j) => k !== axes[j].start).length <= 1) return asked;
  const coarse = axes.map((axis, j) => (axis.coarse.includes(asked[j]) ? asked[j] : nearest(axis.values.map((_, k) => k), asked[j], axis.coarse)));
  const lost = axes.findIndex((axis, j) => asked[j] !== shown[j] && axis.coarse.length < 2);
  return lost < 0 ? coarse : axes.map((axis, j) => (j === lost ? asked[j] : axis.start));
}

/** The values that a slider has while the others stand where they are. */
function offers(axes, at) {
  const list = {};
  axes.forEach((axis, j) => {
    const alone = at.every((k, i) => i === j || k === axes[i].start);
    list[axis.name] = alone || axis.coarse.length < 2 ? axis.values : axis.coarse.map((k) => axis.values[k]);
  });
  return list;
}

/** The bytes that the kernel would send: see `pack` in pixels.py. */
async function message({ head, buffer }, at, envelope) {
  const { text, buffers, error } = head.frames[at.join()], whole = (size) => Math.ceil(size / 8) * 8;
  const words = new TextEncoder().encode(`${JSON.stringify({ error, ...envelope }).slice(0, -1)},"picture":${text}}`);
  const parts = await Promise.all(buffers.map(buffer));
  let to = 8 + whole(words.length);
  const out = new Uint8Array(parts.reduce((sum, part) => sum + whole(part.byteLength), to));
  new DataView(out.buffer).setUint32(0, words.length, true);
  out.set(words, 8);
  for (const part of parts) {
    out.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), to);
    to += whole(part.byteLength);
  }
  return new DataView(out.buffer);
}

async function explorer(el, base) {
  let store = await load(base, ".start"), all = null;
  const { axes, spec } = store.head;
  let shown = axes.map((axis) => axis.start);
  const offered = offers(axes, shown);
  const values = (at) => Object.fromEntries(axes.map((axis, j) => [axis.name, axis.values[at[j]]]));
  const model = new Model({ spec, params: values(shown) });
  const fetchAll = () => (all ??= load(base, "").then((whole) => (store = whole)));
  model.send = async ({ view, seq, params }) => {
    try {
      await fetchAll();
    } catch (problem) {
      return model.set("answer", await message(store, shown, { view, seq, error: problem.message }));
    }
    const at = snap(axes, params, shown), told = values(at);
    const moved = axes.filter((_, j) => at[j] !== shown[j]).map(({ name }) => name);
    // The slider under the learner's hand keeps its values, or it would jump.
    const lists = Object.entries(offers(axes, at))
      .filter(([name, list]) => !same(list, offered[name]) && !(moved.length === 1 && moved[0] === name));
    const own = await message(store, at, { view, seq });
    const follows = lists.length || axes.some(({ name }) => !same(told[name], params[name]));
    const heard = follows && (await message(store, at, { params: told, offers: Object.fromEntries(lists) }));
    shown = at;
    model.state.params = told;
    for (const [name, list] of lists) offered[name] = list;
    model.set("answer", own);
    if (heard) model.set("answer", heard); // to which the controls listen: it is nobody's own
  };
  model.set("answer", await message(store, shown, { params: values(shown) }));
  explorerFront.render({ model, el });
  // Who comes near will move something: by then the pictures are there.
  for (const event of ["pointerenter", "focusin"]) el.addEventListener(event, () => fetchAll().catch(() => {}), { once: true });
  return model;
}

// ---- viewers and quizzes ----------------------------------------------------------------

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

async function viewer(el, base) {
  const { head, buffer } = await load(base, ".start"), front = viewerFront();
  const model = new Model({ ...head.state, _preview: view(await buffer(head.preview)), _first: view(await buffer(head.first)) });
  let all = null;
  model.send = async ({ layer, planes }) => {
    const whole = await (all ??= load(base, ""));
    const parts = await Promise.all(planes.map((k) => whole.buffer(whole.head.planes[layer][k])));
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    model.trigger("msg:custom", { layer, planes }, [view(bytes)]);
  };
  front.initialize({ model });
  front.render({ model, el });
  return model;
}

function quiz(el, _, questions) {
  const model = new Model({ ...JSON.parse(questions), chosen: {}, noted: {} });
  model.save_changes = () => model.set("noted", model.get("chosen"));
  quizFront.render({ model, el });
  return model;
}

// ---- the page ---------------------------------------------------------------------------

const FRONTS = { explorer, viewer, quiz };

/** Put a front end in the place of its still picture; where that fails, the still stays. */
async function mount(node) {
  const { frozen, kind } = node.dataset, live = document.createElement("div");
  const still = node.querySelector(".mk-still"), data = node.querySelector("script");
  still.before(live); // in the page, or a picture would not know its width
  try {
    node.medkitModel = await FRONTS[kind](live, frozen, data?.textContent);
    still.remove();
    node.classList.add("mk-live");
  } catch (problem) {
    live.remove();
    console.warn(`medkit: ${frozen ?? kind}: ${problem.message}`);
  }
}

function start() {
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) { near.unobserve(target); mount(target); }
  }, { rootMargin: AHEAD });
  document.querySelectorAll("[data-kind]").forEach((node) => near.observe(node));
  // Explorers paint again when the body says that the theme has changed, as JupyterLab's does.
  const changed = () => {
    document.querySelectorAll(".mk-explorer").forEach((root) => (root.style.colorScheme = ""));
    document.body.classList.toggle("mk-repaint");
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  new MutationObserver(changed).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
}
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
