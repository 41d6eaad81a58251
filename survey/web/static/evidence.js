// A photograph on its way to an item: faces are covered here before anything leaves the phone, the
// picture is made small, and it is sent in pieces, each as often as the line needs. What the phone
// wrote of when and where it was taken goes along for staff. Without this script the form sends
// the file as it is.
(function () {
  'use strict';
  var SIDE = 1800, PIECE = 65536, words = document.getElementById('evidence').dataset;
  if (!window.fetch || !window.FormData || !HTMLCanvasElement.prototype.toBlob) return;

 [].forEach.call(document.querySelectorAll('form.sends-evidence'), function (form) {
  var input = form.elements.file, box = form.querySelector('.cover'), state = form.querySelector('[role=status]');
  var bar = form.querySelector('progress'), button = form.querySelector('button:not([type=button])');
  var canvas = box.querySelector('canvas'), undo = box.querySelector('button'), pen = canvas.getContext('2d');
  var blurred = document.createElement('canvas'), steps = [], camera = null, spot = null, ready = false;

  function say(text) { state.textContent = text || ''; }

  // --- what the camera wrote down: the EXIF segment of a JPEG, told that the picture is upright
  function exifOf(buffer) {
    var view = new DataView(buffer), at = 2, size, start, little, ifd, count, i;
    if (view.byteLength < 4 || view.getUint16(0) !== 0xFFD8) return null;
    while (at + 4 < view.byteLength && view.getUint8(at) === 0xFF) {
      size = view.getUint16(at + 2);
      if (view.getUint16(at) === 0xFFE1 && at + 2 + size <= view.byteLength && size > 16 && view.getUint32(at + 4) === 0x45786966) {
        var segment = buffer.slice(at, at + 2 + size), part = new DataView(segment);
        start = 10;
        little = part.getUint16(start) === 0x4949;
        ifd = start + part.getUint32(start + 4, little);
        if (ifd + 2 <= part.byteLength) {
          count = part.getUint16(ifd, little);
          for (i = 0; i < count && ifd + 14 + 12 * i <= part.byteLength; i++) {
            if (part.getUint16(ifd + 2 + 12 * i, little) === 0x0112) part.setUint16(ifd + 10 + 12 * i, 1, little);
          }
        }
        return segment;
      }
      if (view.getUint16(at) === 0xFFDA || size < 2) return null;
      at += 2 + size;
    }
    return null;
  }

  // --- covering faces
  function reset() { steps = []; camera = null; spot = null; ready = false; box.hidden = true; bar.hidden = true; say(''); }
  function show(image) {
    var ratio = Math.min(1, SIDE / Math.max(image.width, image.height));
    canvas.width = Math.max(1, Math.round(image.width * ratio));
    canvas.height = Math.max(1, Math.round(image.height * ratio));
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    // The cover is made of few large points, so that no program brings a face back.
    var coarse = document.createElement('canvas'), few = 28;
    coarse.width = few;
    coarse.height = Math.max(1, Math.round(few * canvas.height / canvas.width));
    coarse.getContext('2d').drawImage(canvas, 0, 0, coarse.width, coarse.height);
    blurred.width = canvas.width;
    blurred.height = canvas.height;
    var smooth = blurred.getContext('2d');
    smooth.imageSmoothingEnabled = false;
    smooth.drawImage(coarse, 0, 0, canvas.width, canvas.height);
    spot = { x: canvas.width / 2, y: canvas.height / 2 };
    box.hidden = false;
    undo.disabled = true;
    ready = true;
    say(words.cover);
  }
  function radius() { return Math.max(canvas.width, canvas.height) / 22; }
  function cover(x, y) {
    pen.save();
    pen.beginPath();
    pen.arc(x, y, radius(), 0, 7);
    pen.clip();
    pen.drawImage(blurred, 0, 0);
    pen.restore();
  }
  function begin() {
    steps.push(pen.getImageData(0, 0, canvas.width, canvas.height));
    if (steps.length > 8) steps.shift();
    undo.disabled = false;
  }
  function place(event) {
    var frame = canvas.getBoundingClientRect();
    spot = { x: (event.clientX - frame.left) * canvas.width / frame.width, y: (event.clientY - frame.top) * canvas.height / frame.height };
    cover(spot.x, spot.y);
  }
  canvas.onpointerdown = function (event) { begin(); canvas.setPointerCapture(event.pointerId); place(event); canvas.onpointermove = place; event.preventDefault(); };
  canvas.onpointerup = canvas.onpointercancel = function () { canvas.onpointermove = null; };
  canvas.onkeydown = function (event) {
    var step = radius(), by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (by) {
      spot.x = Math.min(canvas.width, Math.max(0, spot.x + by[0]));
      spot.y = Math.min(canvas.height, Math.max(0, spot.y + by[1]));
      say(words.at.replace('%x', Math.round(100 * spot.x / canvas.width)).replace('%y', Math.round(100 * spot.y / canvas.height)));
    } else if (event.key === ' ' || event.key === 'Enter') { begin(); cover(spot.x, spot.y); say(words.covered); } else return;
    event.preventDefault();
  };
  undo.onclick = function () {
    var last = steps.pop();
    if (last) pen.putImageData(last, 0, 0);
    undo.disabled = !steps.length;
  };

  input.onchange = function () {
    var file = input.files[0], image = new Image(), reader = new FileReader();
    reset();
    if (!file || !/^image\/(jpeg|png|webp)$/.test(file.type)) return;
    file.slice(0, 262144).arrayBuffer().then(function (head) {
      camera = exifOf(head);
      image.onload = function () { show(image); };
      image.onerror = function () { say(words.bad); };
      reader.onload = function () { image.src = reader.result; };
      reader.readAsDataURL(file);
    });
  };

  // --- sending: the name of the file is what makes a second try go on where the first one ended
  function name() {
    var bytes = crypto.getRandomValues(new Uint8Array(18)), text = '';
    for (var i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
    return btoa(text).replace(/\+/g, '-').replace(/\//g, '_');
  }
  function later(wait) { return new Promise(function (go) { setTimeout(go, wait); }); }
  function whole(blob) {
    if (!ready || !camera) return Promise.resolve(blob);
    // The camera's words stand right behind the first two bytes of a JPEG.
    return Promise.resolve(new Blob([blob.slice(0, 2), camera, blob.slice(2)], { type: blob.type }));
  }
  function content() {
    if (!ready) return Promise.resolve(input.files[0]);
    return new Promise(function (done) { canvas.toBlob(done, 'image/jpeg', 0.82); }).then(whole);
  }
  function post(where, body) {
    return fetch(where, { method: 'POST', body: body, credentials: 'same-origin' });
  }
  function pieces(blob, where, offset, wait) {
    bar.value = offset / blob.size;
    if (offset >= blob.size) return Promise.resolve();
    var body = new FormData();
    body.append('csrf_token', form.elements.csrf_token.value);
    body.append('offset', offset);
    body.append('piece', blob.slice(offset, offset + PIECE), 'piece');
    return post(where, body).then(function (answer) {
      if (answer.redirected || answer.status === 403) throw { said: words.out };
      return answer.json().then(function (said) {
        if (answer.ok || answer.status === 409) return pieces(blob, where, said.offset, 1000);
        if (answer.status < 500 && said.message) throw { said: said.message };
        throw said;
      });
    }).catch(function (fault) {
      if (fault && fault.said) throw fault;
      say(words.waiting);
      return later(wait).then(function () { return pieces(blob, where, offset, Math.min(2 * wait, 30000)); });
    });
  }
  function finish(key, kind, wait) {
    var body = new FormData(form);
    body.delete('file');
    body.append('upload', key);
    body.append('name', kind);
    return post(form.action, body).catch(function () {
      say(words.waiting);
      return later(wait).then(function () { return finish(key, kind, Math.min(2 * wait, 30000)); });
    });
  }
  form.onsubmit = function (event) {
    var key = name(), chosen = input.files[0];
    if (!chosen) return;
    event.preventDefault();
    button.disabled = true;
    bar.hidden = false;
    say(words.sending);
    content().then(function (blob) {
      return pieces(blob, words.pieces.replace('NAME', key), 0, 1000);
    }).then(function () { return finish(key, chosen.name, 1000); }).then(function (answer) {
      // Its address has no fragment, so this is another page even where the reader stands on the same one.
      if (answer.redirected) { location.replace(answer.url); return; }
      return answer.text().then(function (page) {
        var told = new DOMParser().parseFromString(page, 'text/html').querySelector('.err b');
        throw { said: told ? told.textContent.trim() : words.failed };
      });
    }).catch(function (fault) {
      button.disabled = false;
      bar.hidden = true;
      say((fault && fault.said) || words.failed);
    });
  };
 });
})();
