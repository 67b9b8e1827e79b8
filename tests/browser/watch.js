// Time from a key press to the frame that shows other pixels. Evaluated in the page once.
(() => {
  if (window.medkitWatch) return;
  const small = document.createElement('canvas');
  const pen = small.getContext('2d', {willReadFrequently: true});

  // Canvases that were painted on since they were last looked at, or are new. To read all pixels
  // takes longer than to show them: only after painting is it worth it, or the watch slows down
  // what it watches.
  const known = new WeakMap();
  for (const name of ['clearRect', 'drawImage', 'putImageData', 'fill', 'fillRect', 'fillText', 'stroke', 'strokeRect', 'strokeText']) {
    const paint = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...args) {
      known.delete(this.canvas);
      return paint.apply(this, args);
    };
  }

  // The pixels of a picture as whole numbers, all of them: a thin line may be all that moves.
  function words(picture) {
    const width = picture.naturalWidth ?? picture.width;
    const height = picture.naturalHeight ?? picture.height;
    if (small.width !== width || small.height !== height) [small.width, small.height] = [width, height];
    pen.clearRect(0, 0, width, height);
    pen.drawImage(picture, 0, 0);
    return new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer);
  }

  function hash(list) {
    let sum = 2166136261;
    for (let k = 0; k < list.length; k++) sum = Math.imul(sum ^ list[k], 16777619);
    return sum;
  }

  // One number for all that the canvases and images inside an element show.
  window.medkitLook = look;
  function look(element) {
    let sum = 2166136261;
    const pictures = element.matches('canvas, img') ? [element] :
      element.querySelectorAll('canvas, img');
    for (const picture of pictures) {
      if (picture.tagName === 'IMG' && !(picture.complete && picture.naturalWidth)) return null;
      if (!picture.width || !picture.height) continue;
      const size = `${picture.width} × ${picture.height}`; // a new size empties a canvas
      let seen = picture.tagName === 'IMG' ? null : known.get(picture);
      if (seen?.size !== size) {
        seen = { size, sum: hash(words(picture)) };
        known.set(picture, seen);
      }
      sum = Math.imul(sum ^ seen.sum, 16777619);
    }
    return pictures.length ? sum : null;
  }

  // Milliseconds from now to the first frame in which an element shows a picture: a canvas or
  // an image with more than one colour.
  window.medkitFirst = (element, limit) => {
    const start = performance.now();
    window.medkitTook = new Promise(done => {
      const after = new MessageChannel();
      after.port1.onmessage = () => {
        const time = performance.now() - start;
        for (const picture of element.querySelectorAll('canvas, img')) {
          if (!picture.width || !picture.height) continue;
          if (picture.tagName === 'IMG' && !(picture.complete && picture.naturalWidth)) continue;
          const seen = words(picture);
          if (seen.some(word => word !== seen[0])) {
            after.port1.close();
            return done(time);
          }
        }
        if (time > limit) return done(null);
        requestAnimationFrame(() => after.port2.postMessage(0));
      };
      requestAnimationFrame(() => after.port2.postMessage(0));
    });
  };

  window.medkitWatch = (element, limit) => {
    const before = look(element);
    let pressed = null;
    window.addEventListener('keydown', event => { pressed = event.timeStamp; },
      {capture: true, once: true});
    window.medkitTook = new Promise(done => {
      const after = new MessageChannel();  // its task runs once the frame has been painted
      const stop = result => {
        after.port1.onmessage = null;
        after.port1.close();
        done(result);
      };
      after.port1.onmessage = () => {
        const time = performance.now();
        if (pressed !== null) {
          const now = look(element);
          if (now !== null && now !== before) return stop(time - pressed);
          if (time - pressed > limit) return stop(null);
        }
        requestAnimationFrame(() => after.port2.postMessage(0));
      };
      requestAnimationFrame(() => after.port2.postMessage(0));
    });
  };
})()
