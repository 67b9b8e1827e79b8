// Voxels as the browser holds them, and voxels → colours.

const TYPES = {uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, float32: Float32Array};
const NAN_CODE = -32768;
const NAN_COLOUR = 0xff4b2a3a; // dark violet: missing values must not look like the lowest ones
const CHUNK = 2 * 2 ** 20; // bytes an answer: more would make the page stumble as it comes in

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

const channel = (hex, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16);
const pack = (r, g, b) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;

// A row of colours, six hexadecimal digits each, as the canvas takes them.
const palette = hex => Uint32Array.from({length: hex.length / 6}, (_, i) =>
  pack(channel(hex, 3 * i), channel(hex, 3 * i + 1), channel(hex, 3 * i + 2)));

// Grey 0 to 255 by DICOM's three functions, as in medkit.image.grey (NaN gives 0).
function windowIndex(value, level, window, curve) {
  if (curve === 'SIGMOID') return (255 / (1 + Math.exp(-4 * (value - level) / window)) + 0.5) | 0;
  if (curve === 'LINEAR' && window >= 1) {
    level -= 0.5;
    window -= 1;
  }
  if (window === 0) return value > level ? 255 : 0;
  const at = ((value - level) / window + 0.5) * 255;
  return at >= 255 ? 255 : at > 0 ? (at + 0.5) | 0 : 0;
}

// The colour of each possible integer, so that a pixel costs one look-up.
function colourTable(layer, level, window, map) {
  if (layer.type === 'float32' || layer.channels === 3) return null;
  const count = layer.type === 'uint8' ? 256 : 65536;
  const lowest = layer.type === 'int16' ? -32768 : 0;
  const table = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    table[i] = map[windowIndex((i + lowest) * layer.slope + layer.intercept, level, window,
      layer.curve)];
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
          value === value ? map[windowIndex(value, level, window, layer.curve)] : NAN_COLOUR;
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
    const index = windowIndex(between(layer, p, r, c), level, window, layer.curve);
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
