// Jupyter's widget model without Jupyter, for tests on a blank page.
(() => {
  const bytes = text => {
    const raw = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    return new DataView(raw.buffer);
  };
  const text = data => {
    const raw = data instanceof ArrayBuffer ? new Uint8Array(data) :
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    let out = '';
    for (const byte of raw) out += String.fromCharCode(byte);
    return btoa(out);
  };

  class Model {
    constructor(state) { this.state = state; this.changed = {}; this.handlers = []; }
    get(name) { return this.state[name]; }
    set(name, value) {
      const values = typeof name === 'object' ? name : {[name]: value};
      for (const [key, now] of Object.entries(values)) {
        const binary = now instanceof DataView; // which JSON would show as {}
        if (!binary && JSON.stringify(this.state[key]) === JSON.stringify(now)) continue;
        this.state[key] = now;
        this.changed[key] = now;
        this.trigger('change:' + key, this, now);
      }
      this.trigger('change', this);
    }
    save_changes() {
      const changed = this.changed;
      this.changed = {};
      if (Object.keys(changed).length) toPython('state', changed, []);
    }
    send(content, _callbacks, buffers) { toPython('custom', content, (buffers ?? []).map(text)); }
    on(name, handler) { this.handlers.push([name, handler]); }
    off(name, handler) {
      this.handlers = this.handlers.filter(([n, h]) =>
        (name && n !== name) || (handler && h !== handler));
    }
    trigger(name, ...args) {
      for (const [n, handler] of [...this.handlers]) if (n === name) handler(...args);
    }
  }

  async function toPython(kind, content, buffers) {
    window.medkitReceive(await window.medkitToPython(kind, content, buffers));
  }

  // Messages and trait changes from Python.
  window.medkitReceive = list => {
    const model = window.medkitModel;
    for (const message of list) {
      if (message.state) {
        const state = {...message.state};
        for (const [k, v] of Object.entries(message.binary ?? {})) state[k] = bytes(v);
        model.set(state);
        for (const key of Object.keys(state)) delete model.changed[key];
      } else {
        model.trigger('msg:custom', message.content, message.buffers.map(bytes));
      }
    }
  };

  let widget;
  const views = [];
  window.medkitMount = async (source, css, plain, binary) => {
    const state = {...plain};
    for (const [k, v] of Object.entries(binary)) state[k] = bytes(v);
    window.medkitModel = new Model(state);
    const style = document.head.appendChild(document.createElement('style'));
    style.textContent = css;
    const url = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
    const module = await import(url);
    widget = typeof module.default === 'function' ? await module.default() : module.default;
    await widget.initialize?.({model: window.medkitModel, signal: new AbortController().signal});
    await window.medkitRender();
  };
  window.medkitRender = async () => {
    const el = document.createElement('div');
    if (!document.getElementById('medkit-root')) el.id = 'medkit-root';
    document.body.appendChild(el);
    const stop = new AbortController();
    const cleanup = await widget.render({model: window.medkitModel, el, signal: stop.signal});
    views.push(() => { cleanup?.(); stop.abort(); el.remove(); });
  };
  window.medkitClose = () => views.shift()();
})()
