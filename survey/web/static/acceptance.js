// An acceptance sheet in the hand: everything is kept on the phone at once, photographs are made
// small, and sending waits for signal by itself. What the phone calls the sheet makes a second
// sending harmless; what was refused stays on the phone with the reason.
(function () {
  'use strict';
  var kit = window.checklists, form = document.getElementById('acceptance'), here = form.dataset;
  var key = here.account + ':acceptance:' + here.task, state = document.getElementById('state');
  var button = document.getElementById('send'), faults = document.getElementById('faults');
  var kept = null, saving = Promise.resolve(), wait = 2000, timer = 0, sending = false, MOST = 1600;
  var HIDDEN = ['csrf_token', 'id', 'steps'];

  function say(text) { state.textContent = text; }
  function fields() { return [].slice.call(form.elements).filter(function (f) { return f.name && f.type !== 'file' && HIDDEN.indexOf(f.name) < 0; }); }
  function keep() {
    var answers = {};
    fields().forEach(function (f) {
      if ((f.type !== 'checkbox' && f.type !== 'radio' || f.checked) && f.value.trim()) answers[f.name] = [f.value.trim()];
    });
    answers.steps = (kept.answers || {}).steps || [form.elements.steps.value];
    kept.answers = answers;
    // One after the other, so that an older state never lands on a newer one.
    saving = saving.then(function () { return kit.save(JSON.parse(JSON.stringify(kept))); })
      .then(function () { if (kept.state === 'draft') say(kit.say('saved')); }, function () { say(kit.say('notSaved')); });
    return saving;
  }
  function restore() {
    fields().forEach(function (f) {
      var value = (kept.answers[f.name] || [])[0];
      if (f.type === 'checkbox' || f.type === 'radio') f.checked = f.value === value;
      else if (value !== undefined) f.value = value;
    });
    return kit.photos(key).then(function (found) { found.forEach(showPicture); });
  }
  function complain(text) {
    faults.classList.toggle('gone', !text);
    faults.querySelector('b').textContent = text;
    if (text) faults.focus();
  }
  function wrong() {
    var result = form.querySelector('[name=result]:checked'), score = form.elements.score.value.trim();
    if (!result) return kit.say('choose');
    if (result.value === 'fail') return form.elements.note.value.trim() ? '' : kit.say('reason');
    if (!/^\d{1,3}$/.test(score) || +score > 100) return kit.say('score');
    return form.elements.is_solved.checked && +score >= +here.least ? '' : kit.say('low', here.least);
  }

  // --- photographs: at most 1600 pixels wide or high
  function showPicture(photo) {
    var place = form.querySelector('[data-photo="' + photo.item + '"]');
    if (!place) return;
    place.textContent = '';
    var image = place.appendChild(document.createElement('img')), away = place.appendChild(document.createElement('button'));
    image.src = photo.preview;
    image.alt = place.parentNode.querySelector('label').textContent;
    away.type = 'button';
    away.className = 'btn';
    away.textContent = kit.say('retake');
    away.onclick = function () {
      place.textContent = '';
      form.elements[photo.item].value = '';
      kit.removePhoto(photo.key);
    };
  }
  function drawn(image, most, quality) {
    var canvas = document.createElement('canvas'), ratio = Math.min(1, most / Math.max(image.width, image.height));
    canvas.width = Math.max(1, Math.round(image.width * ratio));
    canvas.height = Math.max(1, Math.round(image.height * ratio));
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/jpeg', quality);
  }
  function take(input) {
    var file = input.files[0], reader = new FileReader(), image = new Image();
    if (!file) return;
    reader.onload = function () { image.src = reader.result; };
    image.onerror = function () { say(kit.say('photoBad')); };
    image.onload = function () {
      var code = atob(drawn(image, MOST, 0.8).split(',')[1]), bytes = new Uint8Array(code.length);
      for (var i = 0; i < code.length; i++) bytes[i] = code.charCodeAt(i);
      var photo = { key: key + ':' + input.name, draft: key, item: input.name, bytes: bytes.buffer, preview: drawn(image, 240, 0.7), digest: '' };
      kit.savePhoto(photo).then(function () {
        showPicture(photo);
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
    button.disabled = true;
    say(kit.say('sending'));
    kit.send(kept).then(function (result) {
      sending = button.disabled = false;
      if (result.state === 'stored') {
        say(kit.say('stored'));
        location.replace(result.href ? result.href + '?done=moved' : location.href);
      } else if (result.state === 'sign-in') {
        say(kit.say('signIn') + ' ');
        var link = state.appendChild(document.createElement('a'));
        link.href = here.signIn;
        link.textContent = kit.say('signInLink');
      } else if (result.state === 'other') {
        say(kit.say('other', kept.account));
      } else if (result.state === 'refused') {
        kept.state = 'refused';
        kept.message = result.message;
        keep();
        say('');
        complain(result.message);
      } else {
        say(kit.say('kept'));
        timer = setTimeout(asked, wait);
        wait = Math.min(wait * 2, 60000);
      }
    });
  }
  function submit(event) {
    event.preventDefault();
    var text = wrong();
    complain(text);
    if (text) return;
    // What is sent was decided on the item as this page shows it.
    kept.answers.steps = [form.elements.steps.value];
    kept.state = 'ready';
    kept.message = '';
    keep().then(asked);
  }

  // --- start
  form.addEventListener('submit', submit);
  ['change', 'input'].forEach(function (name) {
    form.addEventListener(name, function (event) {
      if (!kept) return;
      if (event.target.type === 'file') return name === 'change' ? take(event.target) : undefined;
      if (kept.state !== 'draft') kept.state = 'draft';
      keep();
    });
  });
  addEventListener('online', function () { if (kept && kept.state === 'ready') asked(); });
  kit.prepare(here.worker);
  kit.draft(key).then(function (found) {
    kept = found || { key: key, kind: 'acceptance', account: here.account, task: here.task, id: form.elements.id.value, title: here.title, state: 'draft', message: '', answers: {} };
    kept.url = location.pathname;
    kept.photosUrl = here.photos;
    kept.sessionUrl = here.session;
    form.elements.id.value = kept.id;
    return found ? restore() : null;
  }).then(function () {
    if (kept.message) complain(kept.message);
    if (kept.state === 'ready') asked();
  }, function () { say(kit.say('notSaved')); });
})();
