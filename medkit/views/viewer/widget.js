// The volume viewer in the browser. Python sends planes when asked; all drawing is here.
// __init__.py joins voxels.js, plane.js, page.js and this file into one
// module, so that nothing has to be built and nothing is loaded from elsewhere.

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
      Object.entries(this.facts.colormaps).map(([name, hex]) => [name, palette(hex)]));
    this.labelColours = palette(this.facts.label_colours.join(''));
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

  // Change a trait here and in Python. What has not been handed over when an echo of an older
  // value comes back would be lost, so it goes out at the end of this very task; Jupyter itself
  // merges what a busy kernel has not yet taken.
  set(name, value) {
    this.model.set(name, value);
    if (this.saving) return;
    this.saving = true;
    queueMicrotask(() => {
      this.saving = false;
      this.model.save_changes();
    });
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
