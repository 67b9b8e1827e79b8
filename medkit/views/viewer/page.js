// The viewer's controls, planes and read-out on the page.

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

// Whole numbers as they are; of others three digits, more than the noise of any scanner leaves.
const reading = value => short(value, Number.isInteger(value) ? 16 : 3);

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
        textContent: i ? this.facts.views[i - 1].name : 'All'});
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
    this.level = this.number('Level', 'level');
    this.window = this.number(`Window${unit}`, 'window', 'Window');
    this.map = this.colourMap('Colours', 'colormap');
    this.bar.append(this.preset, this.level, this.window, this.map);
  }

  buildTools() {
    this.toolChoice = make('select', {'aria-label': 'What dragging does'},
      make('option', {value: 'crosshair', textContent: 'Drag: crosshair'}),
      make('option', {value: 'window', textContent: 'Drag: window'}),
      make('option', {value: 'slice', textContent: 'Drag: planes'}));
    if (this.base.channels === 3) this.toolChoice.options[1].remove();
    this.on(this.toolChoice, 'change', () => { this.tool = this.toolChoice.value; });
    this.player = make('button', {type: 'button', textContent: 'Play'});
    this.on(this.player, 'click', () => this.togglePlaying());
    const reset = make('button', {type: 'button', textContent: 'Reset'});
    this.on(reset, 'click', () => this.reset());
    this.bar.append(this.toolChoice);
    this.fps = this.number('fps', 'fps', 'Planes a second');
    if (this.base.shape[0] > 1) this.bar.append(this.player, this.fps);
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
    this.overLevel = this.number('Level', 'overlay_level', 'Overlay level');
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
    const label = make('label', {}, text, input);
    label.input = input;
    // A plane that arrives meanwhile redraws the controls: what is half typed must stay.
    this.on(input, 'input', () => { label.typing = true; });
    for (const event of ['change', 'blur']) {
      this.on(input, event, () => {
        if (label.typing && input.value !== '') this.setNumber(trait, Number(input.value));
        label.typing = false;
        this.schedule();
      });
    }
    this.on(input, 'keydown', event => {
      event.stopPropagation();
      const direction = {ArrowUp: 1, ArrowDown: -1}[event.key];
      if (!direction) return;
      event.preventDefault();
      label.typing = false;
      step(direction);
    });
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
      if (label && !label.typing) label.input.value = value;
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
    show(this.fps, rounded('fps'));
    this.fps.hidden = this.get('view') === 'all' && !this.get('playing');
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
    const value = (layer, got) => got === null ? '…' : `${reading(layer.value(got))} ${layer.unit}`.trim();
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
