// One canvas of the viewer: a plane through the volume, its keys and its mouse.

const LINE_COLOURS = {0: '#e69f00', 1: '#56b4e9', 2: '#41c59b'}; // by the axis seen along

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
    const arrived = this.axis === 0 && !over ? view.base.loaded[plane] : shared.version;
    const key = [plane, arrived, look.key, over].join();
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
    const name = `${this.facts.name} ${plane}`;
    const crowded = pen.measureText(name).width > w / 2 - 18;
    write(name, 7, 12, 'left', LINE_COLOURS[this.axis]);
    write(left, 7, h / 2, 'left');
    write(right, w - 7, h / 2, 'right');
    write(top, w / 2, crowded ? 28 : 12, 'center');
    write(bottom, w / 2, h - 12, 'center');
    if (this.view.facts.placed) this.drawScaleBar(pen, h, pixelsPerMm, write);
  }

  // The largest of 1, 2, 5, 10, … mm that takes at most 80 pixels: the same on all planes.
  drawScaleBar(pen, h, pixelsPerMm, write) {
    const most = 80 / pixelsPerMm, power = 10 ** Math.floor(Math.log10(most));
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
