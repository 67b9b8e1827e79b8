// What all pages can do: light and dark, code shown or folded, search. Loaded before the page.
(() => {
  const root = document.documentElement;
  const memory = {  // a browser may keep nothing for pages from a disk
    get(key) { try { return localStorage.getItem('medkit-' + key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem('medkit-' + key, value); } catch { /* then not */ } },
  };
  if (memory.get('theme')) root.dataset.theme = memory.get('theme');

  function theme() {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' :
      matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    memory.set('theme', root.dataset.theme);
  }

  function code(button, open) {
    button.textContent = open ? 'Hide code' : 'Show code';
    for (const cell of document.querySelectorAll('.code')) cell.open = open;
  }

  // What scrolls in itself must be reached by the keyboard, and only that.
  function reach(element) {
    if (element.scrollWidth > element.clientWidth) {
      element.tabIndex = 0;
      element.setAttribute('role', 'group');
      element.setAttribute('aria-label', 'Scrolls sideways');
    } else for (const name of ['tabindex', 'role', 'aria-label']) element.removeAttribute(name);
  }

  let entries = null;
  window.medkitIndex = found => {
    entries = found.map(([kind, words, target, more, below]) =>
      ({ kind, words, target, below, key: words.toLowerCase(), all: `${words} ${more}`.toLowerCase(), text: below.toLowerCase() }));
    search();
  };

  // Titles before headings and terms, beginnings before middles; a meaning alone comes last.
  function rank(entry, parts) {
    let sum = { page: 0, term: 1, part: 2 }[entry.kind];
    for (const part of parts) {
      const place = entry.all.indexOf(part);
      if (place < 0 && !(entry.kind === 'term' && entry.text.includes(part))) return null;
      sum += place < 0 ? 40 : entry.key === part ? -6 : place === 0 ? 0 : entry.all[place - 1] === ' ' ? 4 : 10;
    }
    return sum + entry.words.length / 100;
  }

  function search() {
    const field = document.getElementById('find'), list = document.getElementById('found');
    const parts = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.hidden = !parts.length || !entries;
    if (list.hidden) return;
    const best = entries.map(entry => [rank(entry, parts), entry]).filter(([sum]) => sum !== null)
      .sort((a, b) => a[0] - b[0]).slice(0, 14);
    list.replaceChildren(...best.map(([, entry]) => {
      const link = document.createElement('a'), below = document.createElement('small');
      link.href = entry.target;
      link.textContent = entry.words;
      below.textContent = entry.below;
      link.append(below);
      return link;
    }));
    if (!best.length) list.innerHTML = '<p role="status">Nothing found: try a shorter word.</p>';
  }

  function load() {
    if (entries || document.getElementById('index')) return;
    const script = Object.assign(document.createElement('script'), { src: 'search.js', id: 'index' });
    document.head.append(script);
  }

  document.addEventListener('DOMContentLoaded', () => {
    const field = document.getElementById('find'), list = document.getElementById('found');
    document.getElementById('theme').onclick = theme;
    const button = document.getElementById('code');
    if (button) {
      button.onclick = () => {
        const open = button.textContent === 'Show code';
        code(button, open);
        memory.set('code', open);
      };
      if (memory.get('code') === 'false') code(button, false);
    }
    const contents = document.querySelector('.contents details');
    if (contents) contents.open = matchMedia('(min-width: 68rem)').matches;
    const watch = new ResizeObserver(seen => seen.forEach(entry => reach(entry.target)));
    document.querySelectorAll('pre, .wide').forEach(element => watch.observe(element));
    field.onfocus = load;
    field.oninput = () => { load(); search(); };
    document.addEventListener('keydown', event => {
      const links = [...list.querySelectorAll('a')], at = links.indexOf(document.activeElement);
      if (event.key === '/' && !/INPUT|TEXTAREA|SELECT/.test(document.activeElement.tagName)) {
        event.preventDefault();
        field.focus();
      } else if (event.key === 'Escape') {
        for (const menu of document.querySelectorAll('.menu[open]')) menu.open = false;
        list.hidden = true;
      } else if (!list.hidden && (at >= 0 || document.activeElement === field)) {
        if (event.key === 'ArrowDown') (links[at + 1] ?? field).focus();
        else if (event.key === 'ArrowUp') (links[at - 1] ?? field).focus();
        else if (event.key === 'Enter' && at < 0 && links.length) links[0].click();
        else return;
        event.preventDefault();
      }
    });
    document.addEventListener('click', event => {
      if (!event.target.closest('.find')) list.hidden = true;
      for (const menu of document.querySelectorAll('.menu[open]'))
        if (!menu.contains(event.target)) menu.open = false;
    });
  });
})();
