// The volume viewer in the browser. Python sends planes when asked; all drawing is here.
// Sections: layers (voxels), painting (voxels → colours), pulling (asking Python), view (page).

// ---- layers ------------------------------------------------------------------------------

const TYPES = {uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, float32: Float32Array};
const NAN_CODE = -32768;
const NAN_COLOUR = 0xff4b2a3a; // dark violet: missing values must not look like the lowest ones
const CHUNK = 4 * 2 ** 20;

class Layer {
  constructor(facts, bytes) {
    Object.assign(this, facts);
    this.Type = TYPES[this.type];
    this.planeSize = this.shape[1] * this.shape[2] * this.channels;
    this.coarse = new this.Type(bytes);
    this.forget();
  }

  forget() {
    this.voxels = null;
    this.loaded = new Uint8Array(this.shape[0]);
    this.missing = this.shape[0];
  }

  store(planes, data) {
    this.voxels ??= new this.Type(this.planeSize * this.shape[0]);
    const size = this.planeSize * this.Type.BYTES_PER_ELEMENT;
    planes.forEach((plane, i) => {
      const from = new Uint8Array(data.buffer, data.byteOffset + i * size, size);
      new Uint8Array(this.voxels.buffer, plane * size, size).set(from);
      if (!this.loaded[plane]) this.missing -= 1;
      this.loaded[plane] = 1;
    });
  }

  // The missing planes nearest to one, as many as fit a chunk.
  nearestMissing(centre) {
    const count = Math.max(1, Math.floor(CHUNK / (this.planeSize * this.Type.BYTES_PER_ELEMENT)));
    const found = [];
    for (let d = 0; d < this.shape[0] && found.length < count; d++) {
      for (const plane of d ? [centre + d, centre - d] : [centre]) {
        if (this.loaded[plane] === 0) found.push(plane);
      }
    }
    return found;
  }

  // Raw voxel, or colour triple, at whole indices; null outside or where it has not come yet.
  raw(p, r, c) {
    const [P, R, C] = this.shape;
    if (p < 0 || r < 0 || c < 0 || p >= P || r >= R || c >= C || !this.loaded[p]) return null;
    const at = p * this.planeSize + (r * C + c) * this.channels;
    return this.channels === 3 ? this.voxels.subarray(at, at + 3) : this.voxels[at];
  }

  value(raw) {
    return this.coded && raw === NAN_CODE ? NaN : raw * this.slope + this.intercept;
  }
}

// ---- painting ----------------------------------------------------------------------------

const channel = (hex, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16);
const pack = (r, g, b) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;

// 256 colours on straight lines between the given ones.
function ramp(hexes) {
  const out = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const at = i / 255 * (hexes.length - 1);
    const low = Math.min(Math.floor(at), hexes.length - 2);
    const mix = j => Math.floor(0.5 + channel(hexes[low], j) * (1 - at + low) +
      channel(hexes[low + 1], j) * (at - low));
    out[i] = pack(mix(0), mix(1), mix(2));
  }
  return out;
}

// 0 at level − window/2 and below, 255 at level + window/2 and above (NaN gives 0).
function windowIndex(value, level, window) {
  const at = ((value - level) / window + 0.5) * 255;
  return at >= 255 ? 255 : at > 0 ? (at + 0.5) | 0 : 0;
}

// The colour of each possible integer, so that a pixel costs one look-up.
function colourTable(layer, level, window, map) {
  if (layer.type === 'float32' || layer.channels === 3) return null;
  const count = layer.type === 'uint8' ? 256 : 65536;
  const lowest = layer.type === 'int16' ? -32768 : 0;
  const table = new Uint32Array(count);
  const scale = 255 * layer.slope / window;
  const shift = ((layer.intercept - level) / window + 0.5) * 255;
  // The ends are flat: only the ramp between them needs arithmetic.
  for (let i = 0; i < count; i++) {
    const at = (i + lowest) * scale + shift;
    table[i] = map[at >= 255 ? 255 : at > 0 ? (at + 0.5) | 0 : 0];
  }
  if (layer.coded) table[0] = NAN_COLOUR;
  return table;
}

// How a view's pixels find their voxels in an array of some shape (the full one or a coarse one).
function offsets(view, full, shape, channels) {
  const stride = [shape[1] * shape[2] * channels, shape[2] * channels, channels];
  const along = (axis, flip) => Int32Array.from({length: full[axis]}, (_, i) => {
    const at = flip ? full[axis] - 1 - i : i;
    return Math.floor((at + 0.5) * shape[axis] / full[axis]) * stride[axis];
  });
  return {
    across: along(view.across, view.flips[0]),
    down: along(view.down, view.flips[1]),
    normal: along(view.normal, false),
  };
}

// Colour the pixels of some rows and columns.
function paint(out, voxels, layer, place, plane, columns, rows, look) {
  const width = place.across.length, {across} = place, {table, map, level, window} = look;
  const lowest = layer.type === 'int16' ? 32768 : 0;
  for (const y of rows) {
    const start = place.normal[plane] + place.down[y], line = y * width;
    if (layer.channels === 3) {
      for (let j = 0; j < columns.length; j++) {
        const at = start + across[columns[j]];
        out[line + columns[j]] = pack(voxels[at], voxels[at + 1], voxels[at + 2]);
      }
    } else if (table) {
      for (let j = 0; j < columns.length; j++) {
        const x = columns[j];
        out[line + x] = table[voxels[start + across[x]] + lowest];
      }
    } else {
      for (let j = 0; j < columns.length; j++) {
        const value = voxels[start + across[columns[j]]];
        out[line + columns[j]] =
          value === value ? map[windowIndex(value, level, window)] : NAN_COLOUR;
      }
    }
  }
}

// One plane of the volume: coarse first where planes are still missing, then the real ones.
function paintBase(out, layer, view, plane, look) {
  const count = n => Int32Array.from({length: n}, (_, i) => i);
  view.place ??= offsets(view, layer.shape, layer.shape, layer.channels);
  view.coarsePlace ??= offsets(view, layer.shape, layer.preview, layer.channels);
  view.columns ??= count(layer.shape[view.across]);
  view.rows ??= count(layer.shape[view.down]);
  let {columns, rows} = view;
  const there = (axis, flip) => (_, i) =>
    layer.loaded[flip ? layer.shape[axis] - 1 - i : i];
  if (layer.missing) {
    if (view.normal === 0 && layer.loaded[plane] === 0) rows = [];
    if (view.across === 0) columns = columns.filter(there(0, view.flips[0]));
    if (view.down === 0) rows = rows.filter(there(0, view.flips[1]));
    if (rows.length < view.rows.length || columns.length < view.columns.length) {
      paint(out, layer.coarse, layer, view.coarsePlace, plane, view.columns, view.rows, look);
    }
  }
  if (layer.voxels) paint(out, layer.voxels, layer, view.place, plane, columns, rows, look);
}

// Walk the overlay along a view: visit(pixel, p, r, c) in the overlay's own voxel numbers.
function walk(base, layer, matrix, view, plane, visit) {
  const width = base.shape[view.across], height = base.shape[view.down];
  const start = [0, 0, 0], right = [0, 0, 0], below = [0, 0, 0];
  start[view.normal] = plane;
  start[view.across] = view.flips[0] ? width - 1 : 0;
  start[view.down] = view.flips[1] ? height - 1 : 0;
  right[view.across] = view.flips[0] ? -1 : 1;
  below[view.down] = view.flips[1] ? -1 : 1;
  const apply = (v, one) => [0, 1, 2].map(i =>
    matrix[4 * i] * v[0] + matrix[4 * i + 1] * v[1] + matrix[4 * i + 2] * v[2] +
    one * matrix[4 * i + 3]);
  const [p0, r0, c0] = apply(start, 1), [pa, ra, ca] = apply(right, 0);
  const [pd, rd, cd] = apply(below, 0), [P, R, C] = layer.shape;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const p = p0 + y * pd + x * pa, r = r0 + y * rd + x * ra, c = c0 + y * cd + x * ca;
      if (p > -0.5 && r > -0.5 && c > -0.5 && p < P - 0.5 && r < R - 0.5 && c < C - 0.5) {
        visit(i, p, r, c);
      }
    }
  }
}

// The coarse copy's voxel at the overlay's own (whole) voxel numbers.
function coarse(layer, p, r, c) {
  const [P, R, C] = layer.shape, [p1, r1, c1] = layer.preview;
  const at = (i, n, m) => Math.floor((i + 0.5) * m / n);
  return layer.coarse[(at(p, P, p1) * r1 + at(r, R, r1)) * c1 + at(c, C, c1)];
}

// Value between voxels, by linear interpolation along the three axes.
function between(layer, p, r, c) {
  const [P, R, C] = layer.shape, v = layer.voxels, plane = R * C;
  p = p < 0 ? 0 : p > P - 1 ? P - 1 : p;
  r = r < 0 ? 0 : r > R - 1 ? R - 1 : r;
  c = c < 0 ? 0 : c > C - 1 ? C - 1 : c;
  const i = p | 0, j = r | 0, k = c | 0, dp = p - i, dr = r - j, dc = c - k;
  const i1 = dp ? 1 : 0;
  if (!layer.loaded[i] || !layer.loaded[i + i1]) return layer.value(coarse(layer, i, j, k));
  const at = i * plane + j * C + k, right = dc ? 1 : 0, below = dr ? C : 0;
  let near = (v[at] * (1 - dc) + v[at + right] * dc) * (1 - dr) +
    (v[at + below] * (1 - dc) + v[at + below + right] * dc) * dr;
  if (i1) {
    const next = at + plane;
    const far = (v[next] * (1 - dc) + v[next + right] * dc) * (1 - dr) +
      (v[next + below] * (1 - dc) + v[next + below + right] * dc) * dr;
    near += (far - near) * dp;
  }
  return layer.coded && v[at] === NAN_CODE ? NaN : near * layer.slope + layer.intercept;
}

function blend(out, i, colour, alpha) {
  const under = out[i], mix = shift => {
    const low = (under >>> shift) & 255;
    return (low + (((colour >>> shift) & 255) - low) * alpha + 0.5) | 0;
  };
  out[i] = pack(mix(0), mix(8), mix(16));
}

function paintImage(out, base, layer, matrix, view, plane, look) {
  const {map, level, window, opacity} = look;
  walk(base, layer, matrix, view, plane, (i, p, r, c) => {
    const index = windowIndex(between(layer, p, r, c), level, window);
    // The lowest quarter of the window fades out, so that background stays anatomy.
    if (index) blend(out, i, map[index], opacity * Math.min(1, index / 64));
  });
}

function paintLabels(out, base, layer, matrix, view, plane, look) {
  const width = base.shape[view.across], height = base.shape[view.down];
  const labels = new Uint8Array(width * height);
  walk(base, layer, matrix, view, plane, (i, p, r, c) => {
    p = (p + 0.5) | 0; r = (r + 0.5) | 0; c = (c + 0.5) | 0;
    labels[i] = layer.loaded[p] ? layer.voxels[p * layer.planeSize + r * layer.shape[2] + c] :
      coarse(layer, p, r, c);
  });
  const edge = Math.min(1, 2 * look.opacity);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const label = labels[i];
      if (!label) continue;
      const rim = (x > 0 && labels[i - 1] !== label) || (y > 0 && labels[i - width] !== label) ||
        (x < width - 1 && labels[i + 1] !== label) ||
        (y < height - 1 && labels[i + width] !== label);
      blend(out, i, look.labels[(label - 1) % look.labels.length], rim ? edge : look.opacity);
    }
  }
}

// ---- pulling -----------------------------------------------------------------------------

// What all views of one model share: voxels, and what is still to come.
class Shared {
  constructor(model) {
    this.model = model;
    this.facts = model.get('_facts');
    this.views = new Set();
    this.waiting = false;
    this.version = 0;
    const data = model.get('_preview');
    let at = data.byteOffset;
    this.layers = this.facts.layers.map(facts => {
      const size = facts.preview.reduce((a, b) => a * b) * facts.channels *
        TYPES[facts.type].BYTES_PER_ELEMENT;
      at += size;
      return new Layer(facts, data.buffer.slice(at - size, at));
    });
    this.maps = Object.fromEntries(
      Object.entries(this.facts.colormaps).map(([name, hexes]) => [name, ramp(hexes)]));
    this.labelColours = this.facts.label_colours.map(
      hex => pack(channel(hex, 0), channel(hex, 1), channel(hex, 2)));
    this.restart();
  }

  // Begin with the plane that came with the state.
  restart() {
    const first = this.model.get('_first');
    if (first?.byteLength) this.layers[0].store([this.facts.first_plane], first);
  }

  overlayVoxel(voxel) {
    const m = this.facts.to_overlay;
    return [0, 1, 2].map(i => Math.floor(0.5 + m[4 * i] * voxel[0] + m[4 * i + 1] * voxel[1] +
      m[4 * i + 2] * voxel[2] + m[4 * i + 3]));
  }

  // Ask for the nearest missing planes; one question at a time, so that a jump is served soon.
  pull() {
    if (this.waiting || ![...this.views].some(view => view.visible)) return;
    const voxel = this.model.get('voxel');
    const centres = [voxel[0], this.overlayVoxel(voxel)[0]];
    let best = null;
    this.layers.forEach((layer, number) => {
      if (!layer.missing) return;
      const centre = Math.min(Math.max(centres[number], 0), layer.shape[0] - 1);
      const planes = layer.nearestMissing(centre);
      const distance = Math.abs(planes[0] - centre) / layer.shape[0];
      if (!best || distance < best.distance) best = {layer: number, planes, distance};
    });
    if (!best) return;
    this.waiting = true;
    this.model.send({layer: best.layer, planes: best.planes});
  }

  receive(content, buffers) {
    if (!content.planes) return;
    this.waiting = false;
    if (!this.views.size) return;
    this.layers[content.layer].store(content.planes, buffers[0]);
    this.version += 1;
    this.repaint();
    this.pull();
  }

  repaint() {
    for (const view of this.views) view.schedule();
  }

  // Change a trait now on the page, and soon, at most ten times a second, in Python.
  set(name, value) {
    this.model.set(name, value);
    this.saving ??= setTimeout(() => {
      this.saving = null;
      this.model.save_changes();
    }, 100);
  }

  play(now) {
    if (!this.model.get('playing') || !this.views.size) {
      this.film = null;
      return;
    }
    this.film ??= {shown: now};
    const frames = Math.floor((now - this.film.shown) * this.model.get('fps') / 1000);
    if (frames) {
      this.film.shown += frames * 1000 / this.model.get('fps');
      const axis = this.facts.views.find(v => v.key === this.model.get('view'))?.normal ?? 0;
      const voxel = [...this.model.get('voxel')];
      voxel[axis] = (voxel[axis] + frames) % this.layers[0].shape[axis];
      this.set('voxel', voxel);
    }
    requestAnimationFrame(time => this.play(time));
  }

  add(view) {
    this.views.add(view);
    if (this.model.get('playing') && !this.film) requestAnimationFrame(time => this.play(time));
  }

  // The last view gone, a hundred megabytes must not stay behind.
  remove(view) {
    this.views.delete(view);
    if (this.views.size) return;
    for (const layer of this.layers) layer.forget();
    this.restart();
    this.waiting = false;
  }
}

// ---- view --------------------------------------------------------------------------------

const LINE_COLOURS = {0: '#e69f00', 1: '#56b4e9', 2: '#41c59b'}; // by the axis seen along
const KEYS = [
  ['↑ ↓', 'next and previous plane'], ['Page ↑ ↓', 'ten planes'], ['Home End', 'first and last'],
  ['Shift + arrows', 'move the crosshair'], ['1–9', 'window presets'], ['0', 'reset'],
  ['Space', 'play or pause'], ['Wheel', 'planes'], ['Right or Shift drag', 'window and level'],
];

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && !name.startsWith('aria')) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const short = (value, digits = 5) => Number.isFinite(value) ?
  String(Number(value.toPrecision(digits))).replace('-', '−') : 'no value';

class View {
  constructor(shared, root) {
    Object.assign(this, {shared, root, model: shared.model, facts: shared.facts});
    this.stop = new AbortController();
    this.visible = true;
    this.tool = 'crosshair';
    this.hover = null;
    [this.base, this.overlay] = shared.layers;
    this.planes = this.facts.views.map(facts => new Plane(this, facts));
    this.build();
    this.change = () => { this.schedule(); this.shared.pull(); };
    this.model.on('change', this.change);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.stage);
    this.sights = new IntersectionObserver(entries => {
      this.visible = entries.at(-1).isIntersecting;
      if (this.visible) { this.draw(); shared.pull(); }
    });
    this.sights.observe(root);
    this.draw();
  }

  get(name) { return this.model.get(name); }
  set(name, value) { this.shared.set(name, value); }
  on(element, event, act, options = {}) {
    element.addEventListener(event, act, {signal: this.stop.signal, ...options});
    return element;
  }

  close() {
    this.stop.abort();
    this.model.off('change', this.change);
    this.sizes.disconnect();
    this.sights.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.telling);
    for (const plane of this.planes) plane.close();
  }

  // Controls, planes, and a line that reads the crosshair or the cursor.
  build() {
    const size = this.base.shape.join(' × ');
    const what = `${this.base.modality || 'Image'} volume, ${size} voxels`;
    this.root.classList.add('medkit-viewer');
    this.root.setAttribute('role', 'group');
    this.root.setAttribute('aria-label', what);
    this.stage = make('div', {className: 'mv-stage'}, ...this.planes.map(p => p.figure));
    this.readout = make('div', {className: 'mv-readout'});
    this.bar = make('div', {className: 'mv-bar'});
    this.buildViewButtons();
    if (this.base.channels === 1) this.buildWindow();
    this.buildTools();
    this.root.append(this.bar);
    if (this.overlay) this.root.append(this.buildOverlay());
    this.root.append(this.stage, this.readout);
    for (const note of this.facts.notes) {
      this.root.append(make('div', {className: 'mv-note', textContent: note}));
    }
  }

  buildViewButtons() {
    if (Math.min(...this.base.shape) < 2) return;
    const group = make('div', {className: 'mv-group', role: 'group', 'aria-label': 'Planes shown'});
    this.viewButtons = ['all', ...this.facts.views.map(v => v.key)].map((key, i) => {
      const button = make('button', {type: 'button',
        textContent: i ? this.facts.views[i - 1].name : 'All planes'});
      this.on(button, 'click', () => this.set('view', key));
      group.append(button);
      return [key, button];
    });
    this.bar.append(group);
  }

  buildWindow() {
    const unit = this.base.unit ? ` ${this.base.unit}` : '';
    const options = this.facts.presets.map(([name], i) => make('option',
      {value: i, textContent: `${i + 1}  ${name}`}));
    this.preset = make('select', {'aria-label': 'Window preset'},
      make('option', {value: '', textContent: 'Own window', hidden: true}), ...options);
    this.on(this.preset, 'change', () => this.choosePreset(Number(this.preset.value)));
    this.level = this.number(`Level${unit}`, 'level');
    this.window = this.number(`Window${unit}`, 'window');
    this.map = this.colourMap('Colours', 'colormap');
    this.bar.append(this.preset, this.level, this.window, this.map);
  }

  buildTools() {
    this.toolChoice = make('select', {'aria-label': 'What dragging does'},
      make('option', {value: 'crosshair', textContent: 'Drag: crosshair'}),
      make('option', {value: 'window', textContent: 'Drag: window, level'}),
      make('option', {value: 'slice', textContent: 'Drag: planes'}));
    if (this.base.channels === 3) this.toolChoice.options[1].remove();
    this.on(this.toolChoice, 'change', () => { this.tool = this.toolChoice.value; });
    this.player = make('button', {type: 'button', textContent: 'Play'});
    this.on(this.player, 'click', () => this.togglePlaying());
    const reset = make('button', {type: 'button', textContent: 'Reset'});
    this.on(reset, 'click', () => this.reset());
    this.bar.append(this.toolChoice);
    if (this.base.shape[0] > 1) this.bar.append(this.player, this.number('fps', 'fps', 'Planes a second'));
    this.bar.append(reset);
    const list = make('dl', {}, ...KEYS.flatMap(([key, means]) =>
      [make('dt', {textContent: key}), make('dd', {textContent: means})]));
    this.bar.append(make('details', {}, make('summary', {textContent: 'Keys'}), list));
  }

  buildOverlay() {
    const bar = make('div', {className: 'mv-bar mv-overlay'});
    const opacity = make('input', {type: 'range', min: 0, max: 1, step: 0.05,
      'aria-label': 'Overlay opacity'});
    this.on(opacity, 'input', () => this.set('opacity', Number(opacity.value)));
    this.opacity = opacity;
    const name = this.overlay.modality || (this.overlay.kind === 'labels' ? 'Labels' : 'Overlay');
    bar.append(make('label', {}, `${name} opacity `, opacity));
    if (this.overlay.kind === 'labels') {
      Object.entries(this.facts.labels).forEach(([label, text]) => {
        const colours = this.facts.label_colours;
        const chip = make('span', {className: 'mv-chip'});
        chip.style.background = `#${colours[(label - 1) % colours.length]}`;
        bar.append(make('span', {}, chip, text));
      });
      return bar;
    }
    const unit = this.overlay.unit ? ` ${this.overlay.unit}` : '';
    this.overLevel = this.number(`Level${unit}`, 'overlay_level', 'Overlay level');
    this.overWindow = this.number(`Window${unit}`, 'overlay_window', 'Overlay window');
    this.overMap = this.colourMap('Overlay colours', 'overlay_colormap');
    this.scale = make('canvas', {className: 'mv-scale', width: 256, height: 1,
      role: 'img', 'aria-label': 'Colour scale of the overlay'});
    this.scaleEnds = [make('span'), make('span')];
    bar.append(this.overMap, make('span', {}, this.scaleEnds[0], this.scale, this.scaleEnds[1]),
      this.overLevel, this.overWindow);
    return bar;
  }

  number(text, trait, name = text) {
    const input = make('input', {type: 'number', step: 'any', 'aria-label': name});
    const step = direction => {
      const size = trait === 'fps' ? 10 : this.get(trait.replace('level', 'window'));
      const by = trait === 'fps' ? 1 : 10 ** Math.floor(Math.log10(size / 10));
      this.setNumber(trait, this.get(trait) + direction * by);
    };
    this.on(input, 'change', () => {
      if (input.value !== '') this.setNumber(trait, Number(input.value));
      this.schedule();
    });
    this.on(input, 'keydown', event => {
      event.stopPropagation();
      const direction = {ArrowUp: 1, ArrowDown: -1}[event.key];
      if (direction) { event.preventDefault(); step(direction); }
    });
    const label = make('label', {}, `${text} `, input);
    label.input = input;
    return label;
  }

  setNumber(trait, value) {
    if (!Number.isFinite(value)) return;
    if (trait === 'fps') value = Math.min(60, Math.max(0.5, value));
    else if (trait.endsWith('window')) value = Math.max(value, 1e-30);
    this.set(trait, Number(value.toPrecision(7)));
  }

  colourMap(name, trait) {
    const select = make('select', {'aria-label': name}, ...Object.keys(this.facts.colormaps)
      .map(map => make('option', {value: map, textContent: map})));
    this.on(select, 'change', () => this.set(trait, select.value));
    return select;
  }

  choosePreset(number) {
    const preset = this.facts.presets[number];
    if (!preset) return;
    this.set('level', preset[1]);
    this.set('window', preset[2]);
  }

  reset() {
    [['level', 'window', this.base], ['overlay_level', 'overlay_window', this.overlay]]
      .forEach(([level, window, layer]) => {
        if (!layer) return;
        this.set(level, layer.first[0]);
        this.set(window, layer.first[1]);
      });
    this.set('voxel', this.base.shape.map(n => Math.floor(n / 2)));
  }

  togglePlaying() { this.set('playing', !this.get('playing')); }

  move(axis, by) { this.go(axis, this.get('voxel')[axis] + by); }

  go(axis, index) {
    const voxel = [...this.get('voxel')];
    voxel[axis] = Math.min(Math.max(Math.round(index), 0), this.base.shape[axis] - 1);
    if (voxel[axis] !== this.get('voxel')[axis]) this.set('voxel', voxel);
  }

  // Draw once, in the next frame, however many events come before it.
  schedule() { this.frame ??= requestAnimationFrame(() => this.draw()); }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    if (!this.root.isConnected) return;
    const shown = this.planes.filter(p => ['all', p.facts.key].includes(this.get('view')));
    const gap = 6, room = this.stage.clientWidth - gap * (shown.length - 1);
    if (room <= 0) return;
    const high = this.get('height') * (shown.length > 1 ? 1 : 1.6);
    const mm = (plane, axis) => this.base.shape[axis] * this.facts.spacing[axis];
    const scale = Math.min(
      room / shown.reduce((sum, p) => sum + mm(p, p.facts.across), 0),
      high / Math.max(...shown.map(p => mm(p, p.facts.down))));
    this.prepareLook();
    for (const plane of this.planes) {
      const visible = shown.includes(plane);
      plane.figure.hidden = !visible;
      if (visible) plane.draw(mm(plane, plane.facts.across) * scale,
        mm(plane, plane.facts.down) * scale, scale);
    }
    this.drawControls();
    this.read();
  }

  // Tables of colours, made anew only when the window or the map changed.
  prepareLook() {
    const [level, window, map] = ['level', 'window', 'colormap'].map(n => this.get(n));
    const key = [level, window, map].join();
    if (key !== this.look?.key) {
      const colours = this.shared.maps[map];
      this.look = {key, level, window, map: colours,
        table: colourTable(this.base, level, window, colours)};
    }
    this.overLook = this.overlay && {
      level: this.get('overlay_level'), window: this.get('overlay_window'),
      opacity: this.get('opacity'), name: this.get('overlay_colormap'),
      map: this.shared.maps[this.get('overlay_colormap')], labels: this.shared.labelColours,
    };
  }

  drawControls() {
    const show = (label, value) => {
      if (label && document.activeElement !== label.input) label.input.value = value;
      if (label && document.activeElement === label.input && Number(label.input.value) !== value &&
        label.input.value !== '') label.input.value = value;
    };
    const rounded = name => Number(this.get(name).toPrecision(5));
    for (const [key, button] of this.viewButtons ?? []) {
      button.setAttribute('aria-pressed', String(key === this.get('view')));
    }
    if (this.preset) {
      const [level, window] = [this.get('level'), this.get('window')];
      const same = this.facts.presets.findIndex(p => p[1] === level && p[2] === window);
      this.preset.value = same < 0 ? '' : String(same);
      show(this.level, rounded('level'));
      show(this.window, rounded('window'));
      this.map.value = this.get('colormap');
    }
    this.player.textContent = this.get('playing') ? 'Pause' : 'Play';
    const fps = this.player.nextSibling;
    if (fps?.input) show(fps, rounded('fps'));
    if (this.opacity) this.opacity.value = this.get('opacity');
    if (this.scale) this.drawScale(show, rounded);
  }

  drawScale(show, rounded) {
    show(this.overLevel, rounded('overlay_level'));
    show(this.overWindow, rounded('overlay_window'));
    const {level, window, map, name} = this.overLook;
    this.overMap.value = name;
    this.scaleEnds[0].textContent = short(level - window / 2, 3);
    this.scaleEnds[1].textContent = short(level + window / 2, 3);
    const data = new ImageData(256, 1);
    new Uint32Array(data.data.buffer).set(map);
    this.scale.getContext('2d').putImageData(data, 0, 0);
  }

  // Value, unit and place under the cursor, else at the crosshair.
  describe(voxel) {
    const raw = this.base.raw(...voxel);
    const value = (layer, got) => got === null ? '…' : `${short(layer.value(got))} ${layer.unit}`.trim();
    const parts = [this.base.channels === 3 ?
      (raw ? `red ${raw[0]}, green ${raw[1]}, blue ${raw[2]}` : '…') : value(this.base, raw)];
    if (this.overlay) {
      const got = this.overlay.raw(...this.shared.overlayVoxel(voxel));
      const labels = this.overlay.kind === 'labels';
      const name = this.overlay.modality || (labels ? 'label' : 'overlay');
      const text = labels && got !== null ? this.facts.labels[got] ?? (got || 'none') :
        value(this.overlay, got);
      parts.push(`${name} ${text}`);
    }
    return parts.join(' · ');
  }

  place(voxel) {
    const at = `voxel (${voxel.join(', ')})`;
    if (!this.facts.sides) return at;
    const m = this.facts.affine;
    const mm = [0, 1, 2].map(i =>
      m[4 * i] * voxel[0] + m[4 * i + 1] * voxel[1] + m[4 * i + 2] * voxel[2] + m[4 * i + 3]);
    const text = mm.map((v, i) => `${(v < 0 ? 'RAF' : 'LPH')[i]} ${Math.abs(v).toFixed(1)}`);
    return `${at} · ${text.join('  ')} mm`;
  }

  read() {
    const voxel = this.hover ?? this.get('voxel');
    this.readout.textContent = `${this.describe(voxel)}  at ${this.place(voxel)}`;
    // Screen readers hear of a change once it has settled.
    this.telling ??= setTimeout(() => {
      this.telling = null;
      for (const plane of this.planes) plane.tell();
    }, 200);
  }
}

// One canvas: a plane through the volume.
class Plane {
  constructor(view, facts) {
    this.view = view;
    this.facts = {...facts};
    const {shape} = view.base;
    this.axis = facts.normal;
    this.last = shape[this.axis] - 1;
    this.canvas = make('canvas', {tabIndex: 0, role: 'slider',
      'aria-label': `${facts.name} plane`, 'aria-valuemin': 0, 'aria-valuemax': this.last});
    this.slider = make('input', {type: 'range', min: 0, max: this.last, tabIndex: -1,
      'aria-label': `${facts.name} plane number`});
    this.slider.style.visibility = this.last ? '' : 'hidden';
    this.slider.style.accentColor = LINE_COLOURS[this.axis];
    this.figure = make('div', {className: 'mv-plane'}, this.canvas, this.slider);
    this.hidden = document.createElement('canvas');
    this.hidden.width = shape[facts.across];
    this.hidden.height = shape[facts.down];
    this.image = new ImageData(this.hidden.width, this.hidden.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.listen();
  }

  close() {
    // Browsers free a canvas's memory sooner when it is made small.
    for (const canvas of [this.hidden, this.canvas]) canvas.width = canvas.height = 0;
    this.image = this.pixels = null;
  }

  listen() {
    const {view, canvas} = this;
    const on = (event, act, options) => view.on(canvas, event, act, options);
    view.on(this.slider, 'input', () => view.go(this.axis, Number(this.slider.value)));
    on('keydown', event => this.key(event));
    on('pointerdown', event => this.press(event));
    on('pointermove', event => this.drag(event));
    on('pointerup', () => { this.held = null; });
    on('pointercancel', () => { this.held = null; });
    on('pointerleave', () => { view.hover = null; view.read(); });
    on('contextmenu', event => { event.preventDefault(); event.stopPropagation(); });
    on('wheel', event => this.wheel(event), {passive: false});
    view.on(window, 'wheel', event => {
      if (!view.stage.contains(event.target)) Plane.scrolled = event.timeStamp;
    }, {capture: true, passive: true});
  }

  key(event) {
    const {view, axis, last} = this, {across, down, flips} = this.facts;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const side = (a, flip, by) => view.move(a, flip ? -by : by);
    const acts = event.shiftKey ? {
      ArrowLeft: () => side(across, flips[0], -1), ArrowRight: () => side(across, flips[0], 1),
      ArrowUp: () => side(down, flips[1], -1), ArrowDown: () => side(down, flips[1], 1),
    } : {
      ArrowUp: () => view.move(axis, 1), ArrowRight: () => view.move(axis, 1),
      ArrowDown: () => view.move(axis, -1), ArrowLeft: () => view.move(axis, -1),
      PageUp: () => view.move(axis, 10), PageDown: () => view.move(axis, -10),
      Home: () => view.go(axis, 0), End: () => view.go(axis, last),
      ' ': () => view.togglePlaying(), 0: () => view.reset(),
    };
    const act = acts[event.key] ?? (/^[1-9]$/.test(event.key) &&
      (() => view.choosePreset(Number(event.key) - 1)));
    if (!act) return;
    // The notebook has meanings of its own for these keys.
    event.preventDefault();
    event.stopPropagation();
    view.hover = null;
    act();
  }

  // The voxel under a pointer event.
  under(event) {
    const box = this.canvas.getBoundingClientRect(), {across, down, flips} = this.facts;
    const {shape} = this.view.base;
    const at = (fraction, axis, flip) => {
      const i = Math.min(Math.max(Math.floor(fraction * shape[axis]), 0), shape[axis] - 1);
      return flip ? shape[axis] - 1 - i : i;
    };
    const voxel = [...this.view.get('voxel')];
    voxel[across] = at((event.clientX - box.left) / box.width, across, flips[0]);
    voxel[down] = at((event.clientY - box.top) / box.height, down, flips[1]);
    return voxel;
  }

  press(event) {
    const {view} = this;
    event.preventDefault();
    this.canvas.focus({preventScroll: true});
    try {
      this.canvas.setPointerCapture(event.pointerId);
    } catch { /* a pointer that is already gone needs no capture */ }
    let tool = event.button === 1 ? 'slice' : view.tool;
    if ((event.button === 2 || event.shiftKey) && view.base.channels === 1) tool = 'window';
    this.held = {tool, x: event.clientX, y: event.clientY, level: view.get('level'),
      window: view.get('window'), plane: view.get('voxel')[this.axis]};
    if (tool === 'crosshair') view.set('voxel', this.under(event));
  }

  drag(event) {
    const {view, held} = this;
    if (!held) {
      view.hover = this.under(event);
      view.read();
      return;
    }
    const right = event.clientX - held.x, up = held.y - event.clientY;
    view.hover = null;
    if (held.tool === 'crosshair') view.set('voxel', this.under(event));
    else if (held.tool === 'slice') view.go(this.axis, held.plane + up / 4);
    else {
      // 200 pixels double or halve the width; level moves by a window over the picture's height.
      view.setNumber('window', held.window * 2 ** (right / 200));
      view.setNumber('level', held.level - up * held.window / this.canvas.clientHeight);
    }
  }

  // One plane a notch. A page that is being scrolled past the picture keeps scrolling.
  wheel(event) {
    if (event.ctrlKey) return;
    if (event.timeStamp - (Plane.scrolled ?? -1e9) < 250 &&
      document.activeElement !== this.canvas) {
      Plane.scrolled = event.timeStamp;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.turned = (this.turned ?? 0) - event.deltaY * [1, 33, 100][event.deltaMode];
    const notches = Math.trunc(this.turned / 33);
    if (!notches) return;
    this.turned = 0;
    // A mouse wheel's notch is 100 to 120 pixels, a touch pad sends many small steps.
    const fast = Math.abs(notches) > 3 ? Math.sign(notches) * Math.round(Math.abs(notches) / 3) :
      Math.sign(notches);
    this.view.hover = null;
    this.view.move(this.axis, fast);
  }

  draw(width, height, pixelsPerMm) {
    const {view, canvas, facts} = this, ratio = window.devicePixelRatio || 1;
    const plane = view.get('voxel')[this.axis];
    this.fill(plane);
    const [w, h] = [width, height].map(v => Math.max(8, Math.round(v)));
    const [dw, dh] = [w, h].map(v => Math.round(v * ratio));
    if (canvas.width !== dw || canvas.height !== dh) {
      canvas.width = dw;
      canvas.height = dh;
    }
    canvas.style.width = `${w}px`;
    canvas.style.height = `${h}px`;
    const pen = canvas.getContext('2d');
    pen.setTransform(dw / w, 0, 0, dh / h, 0, 0);
    pen.imageSmoothingEnabled = view.get('smooth');
    pen.drawImage(this.hidden, 0, 0, w, h);
    if (view.get('crosshair') && view.get('view') === 'all') this.drawCrosshair(pen, w, h);
    this.drawWords(pen, w, h, plane, pixelsPerMm);
    this.slider.value = plane;
    this.slider.style.width = `${w}px`;
  }

  // Colour the voxels of a plane, if anything changed since.
  fill(plane) {
    const {view} = this, {shared, look, overLook} = view;
    const over = overLook && [overLook.level, overLook.window, overLook.opacity, overLook.name];
    const key = [plane, shared.version, look.key, over].join();
    if (key === this.filled) return;
    this.filled = key;
    paintBase(this.pixels, view.base, this.facts, plane, look);
    if (overLook?.opacity) {
      const act = view.overlay.kind === 'labels' ? paintLabels : paintImage;
      act(this.pixels, view.base, view.overlay, view.facts.to_overlay, this.facts, plane, overLook);
    }
    this.hidden.getContext('2d').putImageData(this.image, 0, 0);
  }

  drawCrosshair(pen, w, h) {
    const voxel = this.view.get('voxel'), {shape} = this.view.base;
    const {across, down, flips} = this.facts;
    const at = (axis, flip) => {
      const f = (voxel[axis] + 0.5) / shape[axis];
      return flip ? 1 - f : f;
    };
    const x = at(across, flips[0]) * w, y = at(down, flips[1]) * h, gap = 9;
    const line = (colour, ...points) => {
      pen.strokeStyle = colour;
      pen.beginPath();
      for (const [x0, y0, x1, y1] of points) { pen.moveTo(x0, y0); pen.lineTo(x1, y1); }
      pen.stroke();
    };
    pen.lineWidth = 1;
    pen.globalAlpha = 0.8;
    line(LINE_COLOURS[across], [x, 0, x, y - gap], [x, y + gap, x, h]);
    line(LINE_COLOURS[down], [0, y, x - gap, y], [x + gap, y, w, y]);
    pen.globalAlpha = 1;
  }

  drawWords(pen, w, h, plane, pixelsPerMm) {
    if (w < 60 || h < 40) return;
    const write = (text, x, y, align, colour = '#fff') => {
      pen.textAlign = align;
      pen.strokeText(text, x, y);
      pen.fillStyle = colour;
      pen.fillText(text, x, y);
    };
    pen.font = '12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';
    pen.textBaseline = 'middle';
    pen.lineWidth = 3;
    pen.lineJoin = 'round';
    pen.strokeStyle = 'rgba(0, 0, 0, 0.75)';
    const [left, right, top, bottom] = this.facts.sides;
    write(`${this.facts.name} ${plane}`, 7, 12, 'left', LINE_COLOURS[this.axis]);
    write(left, 7, h / 2, 'left');
    write(right, w - 7, h / 2, 'right');
    write(top, w / 2, 12, 'center');
    write(bottom, w / 2, h - 12, 'center');
    if (this.view.facts.placed) this.drawScaleBar(pen, w, h, pixelsPerMm, write);
  }

  // The largest of 1, 2, 5, 10, … mm that takes at most a quarter of the width.
  drawScaleBar(pen, w, h, pixelsPerMm, write) {
    const most = w / 4 / pixelsPerMm, power = 10 ** Math.floor(Math.log10(most));
    const mm = [5, 2, 1].find(n => n * power <= most) * power, long = mm * pixelsPerMm;
    if (!(long > 8)) return;
    const text = mm >= 10 ? `${short(mm / 10)} cm` : mm >= 0.1 ? `${short(mm)} mm` :
      `${short(mm * 1000)} µm`;
    pen.fillStyle = 'rgba(0, 0, 0, 0.75)';
    pen.fillRect(6, h - 10, long + 2, 5);
    pen.fillStyle = '#fff';
    pen.fillRect(7, h - 9, long, 3);
    write(text, 7, h - 19, 'left');
  }

  tell() {
    const {view} = this, voxel = view.get('voxel'), unit = view.base.unit;
    const window = view.base.channels === 3 ? '' :
      `, level ${short(view.get('level'))} ${unit}, window ${short(view.get('window'))} ${unit}`;
    this.canvas.setAttribute('aria-valuenow', voxel[this.axis]);
    this.canvas.setAttribute('aria-valuetext', `plane ${voxel[this.axis]} of 0 to ${this.last}` +
      `${window}; crosshair: ${view.describe(voxel)}`);
  }
}

// State lives in this closure: objects hung on the model are not shared with `render`.
export default () => {
  let shared;
  return {
    initialize({model}) {
      shared = new Shared(model);
      model.on('msg:custom', (content, buffers) => shared.receive(content, buffers));
      model.on('change:playing', () => {
        if (model.get('playing') && !shared.film) requestAnimationFrame(time => shared.play(time));
      });
    },
    render({el}) {
      const root = el.appendChild(make('div'));
      const view = new View(shared, root);
      shared.add(view);
      shared.pull();
      return () => { view.close(); shared.remove(view); root.remove(); };
    },
  };
};
