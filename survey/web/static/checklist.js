// A checklist in the hand: what does not apply is hidden, the score is counted along, everything is
// kept on the phone at once, photographs are made small, and sending waits for signal by itself.
(function () {
  'use strict';
  var kit = window.checklists, form = document.getElementById('checklist'), here = form.dataset;
  var key = here.account + ':' + here.task, all = function (selector, root) { return [].slice.call((root || form).querySelectorAll(selector)); };
  if ('done' in here) return;
  var questions = all('[data-q]'), state = document.getElementById('state'), left = document.getElementById('left'), wait = 2000, timer = 0, sending = false;
  var kept = null, pictures = {}, saving = Promise.resolve(), MOST = 1600;

  // --- answers, and what follows from them
  function given(code) {
    return all('[name="' + code + '"]').filter(function (f) { return f.type !== 'file' && (!/radio|checkbox/.test(f.type) || f.checked); })
      .map(function (f) { return f.value.trim(); }).filter(Boolean);
  }
  function route() {
    var answers = {};
    all('[data-q],[data-k],[data-r]').forEach(function (q) {
      var when = q.dataset.r, on = !when || expressions.truth(expressions.evaluate(JSON.parse(when), answers, ''));
      if (q.dataset.k) answers[q.dataset.k] = expressions.text(expressions.evaluate(JSON.parse(q.dataset.e), answers, ''));
      else q.classList.toggle('gone', !on);
      if (on && q.dataset.q) answers[q.dataset.q] = pictures[q.dataset.q] ? 'picture' : given(q.dataset.q).join(' ');
    });
    all('[data-v]').forEach(function (out) { out.textContent = answers[out.dataset.v] || '—'; });
    var open = questions.filter(function (q) { return 'm' in q.dataset && answers[q.dataset.q] === ''; }).length;
    left.textContent = open ? kit.say('left', open) : kit.say('whole');
    return answers;
  }
  function judge(q, answers) {
    var value = answers[q.dataset.q], rule = q.dataset.c, said = q.querySelector('.why-bad'), wrong = '';
    if (value === '' && 'm' in q.dataset) wrong = said.dataset.missing;
    if (value && rule && !expressions.truth(expressions.evaluate(JSON.parse(rule), answers, value))) wrong = q.dataset.cm;
    said.textContent = wrong;
    q.classList.toggle('bad', !!wrong);
    return wrong;
  }
  function faults() {
    var answers = route();
    return questions.filter(function (q) { return judge(q, answers); }).map(function (q) { return q.dataset.q; });
  }
  // What was wrong and has been mended does not stay red until it is sent again.
  function mended() {
    var answers = route();
    all('.q.bad').forEach(function (q) { judge(q, answers); });
  }
  // The words of a point's own question come first: every point has a "what is wrong" of its own.
  function named(q) {
    var words = q.querySelector('legend,label').firstChild.textContent, point = q;
    while (point && point.classList.contains('why-in')) point = point.previousElementSibling;
    return point && point !== q ? point.querySelector('legend,label').firstChild.textContent + '：' + words : words;
  }
  function complain(codes, text) {
    var box = document.getElementById('faults'), list = box.querySelector('ul');
    box.classList.toggle('gone', !codes.length && !text);
    box.querySelector('b').textContent = text || kit.say('faults', codes.length);
    list.textContent = '';
    codes.forEach(function (code) {
      var row = list.appendChild(document.createElement('li')), link = row.appendChild(document.createElement('a'));
      link.href = '#q-' + code;
      link.textContent = named(document.getElementById('q-' + code));
    });
    if (codes.length || text) box.focus();
  }

  // --- the phone keeps it
  function say(text) { state.textContent = text; }
  function keep() {
    var answers = {};
    questions.forEach(function (q) {
      var values = given(q.dataset.q);
      if (values.length) answers[q.dataset.q] = values;
    });
    kept.answers = answers;
    kept.saved = Date.now();
    // One after the other, so that an older state never lands on a newer one.
    saving = saving.then(function () { return kit.save(JSON.parse(JSON.stringify(kept))); })
      .then(function () { if (kept.state === 'draft') say(kit.say('saved')); }, function () { say(kit.say('notSaved')); });
    return saving;
  }
  function restore() {
    Object.keys(kept.answers).forEach(function (code) {
      all('[name="' + code + '"]').forEach(function (f) {
        if (f.type === 'file') return;
        if (/radio|checkbox/.test(f.type)) f.checked = kept.answers[code].indexOf(f.value) >= 0;
        else f.value = kept.answers[code][0];
      });
    });
    return kit.photos(key).then(function (found) { found.forEach(showPicture); });
  }

  // --- photographs: at most 1600 pixels wide or high, one for each check point
  function showPicture(photo) {
    var q = document.getElementById('q-' + photo.item), place = q && q.querySelector('.shots');
    if (!place) return;
    pictures[photo.item] = photo;
    place.textContent = '';
    var image = place.appendChild(document.createElement('img')), button = place.appendChild(document.createElement('button'));
    image.src = photo.preview;
    image.alt = named(q);
    button.type = 'button';
    button.className = 'btn';
    button.textContent = kit.say('retake');
    button.onclick = function () {
      delete pictures[photo.item];
      place.textContent = '';
      q.querySelector('input').value = '';
      kit.removePhoto(photo.key).then(route);
    };
  }
  function drawn(image, most, quality) {
    var canvas = document.createElement('canvas'), ratio = Math.min(1, most / Math.max(image.width, image.height));
    canvas.width = Math.max(1, Math.round(image.width * ratio));
    canvas.height = Math.max(1, Math.round(image.height * ratio));
    var pen = canvas.getContext('2d');
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/jpeg', quality);
  }
  function take(input) {
    var file = input.files[0], item = input.name, reader = new FileReader(), image = new Image();
    if (!file) return;
    reader.onload = function () { image.src = reader.result; };
    image.onerror = function () { say(kit.say('photoBad')); };
    image.onload = function () {
      var code = atob(drawn(image, MOST, 0.8).split(',')[1]), bytes = new Uint8Array(code.length);
      for (var i = 0; i < code.length; i++) bytes[i] = code.charCodeAt(i);
      var photo = { key: key + ':' + item, draft: key, item: item, bytes: bytes.buffer, preview: drawn(image, 240, 0.7), digest: '' };
      kit.savePhoto(photo).then(function () {
        showPicture(photo);
        route();
        return keep();
      }, function () { say(kit.say('notSaved')); });
    };
    reader.readAsDataURL(file);
  }

  // --- sending
  function asked() {
    clearTimeout(timer);
    if (sending) return;
    sending = true;
    document.getElementById('send').disabled = true;
    say(kit.say('sending'));
    kit.send(kept).then(function (result) {
      sending = false;
      document.getElementById('send').disabled = false;
      if (result.state === 'stored') {
        say(kit.say('stored'));
        if (result.href) location.replace(result.href + '?done=handed');
        else location.reload();
      } else if (result.state === 'sign-in') {
        say(kit.say('signIn') + ' ');
        var link = state.appendChild(document.createElement('a'));
        link.href = here.signIn;
        link.textContent = kit.say('signInLink');
      } else if (result.state === 'other') {
        say(kit.say('other', kept.account));
      } else if (result.state === 'refused') {
        kept.state = result.code === 'ANSWERS_REFUSED' ? 'draft' : 'refused';
        kept.message = result.message;
        keep();
        var codes = Object.keys(result.faults).filter(function (code) { return document.getElementById('q-' + code); });
        codes.forEach(function (code) {
          document.getElementById('q-' + code).classList.add('bad');
          document.getElementById('q-' + code).querySelector('.why-bad').textContent = result.faults[code];
        });
        complain(codes, result.message);
      } else {
        say(kit.say('kept'));
        timer = setTimeout(asked, wait);
        wait = Math.min(wait * 2, 60000);
      }
    });
  }
  function submit(event) {
    event.preventDefault();
    var wrong = faults();
    complain(wrong, '');
    if (wrong.length) return;
    kept.state = 'ready';
    kept.message = '';
    keep().then(asked);
  }

  // --- start
  form.classList.add('live');
  form.addEventListener('submit', submit);
  form.addEventListener('change', function (event) {
    if (!kept) return;
    if (event.target.type === 'file') take(event.target);
    if (kept.state !== 'draft') kept.state = 'draft';
    mended();
    keep();
  });
  form.addEventListener('input', function () {
    if (!kept) return;
    mended();
    keep();
  });
  addEventListener('online', function () { if (kept && kept.state === 'ready') asked(); });
  all('[data-place]').forEach(function (button) {
    if (!navigator.geolocation) return;
    button.classList.remove('gone');
    button.onclick = function () {
      navigator.geolocation.getCurrentPosition(function (place) {
        var at = place.coords;
        button.parentNode.querySelector('input').value = [at.latitude.toFixed(6), at.longitude.toFixed(6), '0', Math.round(at.accuracy)].join(' ');
        keep();
      }, function () { say(kit.say('noPlace')); }, { timeout: 15000 });
    };
  });
  kit.prepare(here.worker);
  kit.draft(key).then(function (found) {
    kept = found || { key: key, account: here.account, task: here.task, id: form.elements.id.value, title: here.title, state: 'draft', message: '', answers: {} };
    // Addresses are of today's server; a draft may be older than they are.
    kept.url = location.pathname;
    kept.photosUrl = here.photos;
    kept.sessionUrl = here.session;
    form.elements.id.value = kept.id;
    if (found) return restore();
    all('input[type=datetime-local]').forEach(function (f) {
      var now = new Date();
      if (!f.value) f.value = new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
    });
    return null;
  }).then(function () {
    route();
    if (kept.message) complain([], kept.message);
    if (kept.state === 'ready') asked();
  }, function () { say(kit.say('notSaved')); });
})();
