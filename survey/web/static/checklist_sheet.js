// A sheet in the hand, checklist or acceptance: everything is kept on the phone at once, photographs
// are made small, and sending waits for signal by itself. What the phone calls the sheet makes a
// second sending harmless; what was refused stays on the phone with the reason.
//
// `own` is what one kind of sheet does its own way: `kind` and `key` name it in the store, `done` is
// said on the page that follows. answers(before) reads the form, restore() puts kept answers back,
// place(item) finds where a photograph is shown and name(item) says it, wrong() complains of what is
// missing and says whether anything is, refused(result) takes in a refusal and returns the state that
// it leaves, complain(text) shows one. The rest may be left out: pictured(item, photo) hears of
// photographs, changed() of answers, decided(answers) of the moment of sending, fresh() of an empty
// sheet, ready() of one that can be filled in.
window.checklists.sheet = function (form, own) {
  'use strict';
  var kit = window.checklists, here = form.dataset, MOST = 1600, FIRST_WAIT = 2000, LONGEST_WAIT = 60000;
  var state = document.getElementById('state'), button = document.getElementById('send');
  var kept = null, saving = Promise.resolve(), wait = FIRST_WAIT, timer = 0, sending = false;

  function tell(what) { if (own[what]) own[what].apply(null, [].slice.call(arguments, 1)); }
  function say(text) { state.textContent = text; }
  function keep() {
    kept.answers = own.answers(kept.answers);
    // One after the other, so that an older state never lands on a newer one.
    saving = saving.then(function () { return kit.save(JSON.parse(JSON.stringify(kept))); })
      .then(function () { if (kept.state === 'draft') say(kit.say('saved')); }, function () { say(kit.say('notSaved')); });
    return saving;
  }
  function changed() {
    kept.state = 'draft';
    tell('changed');
    return keep();
  }

  // --- photographs: at most so many pixels wide or high
  function showPicture(photo) {
    var place = own.place(photo.item);
    if (!place) return;
    tell('pictured', photo.item, photo);
    place.textContent = '';
    var image = place.appendChild(document.createElement('img')), away = place.appendChild(document.createElement('button'));
    image.src = photo.preview;
    image.alt = own.name(photo.item);
    away.type = 'button';
    away.className = 'btn';
    away.textContent = kit.say('retake');
    away.onclick = function () {
      place.textContent = '';
      form.elements[photo.item].value = '';
      tell('pictured', photo.item, null);
      kit.removePhoto(photo.key).then(changed);
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
      var photo = { key: own.key + ':' + item, draft: own.key, item: item, bytes: bytes.buffer, preview: drawn(image, 240, 0.7), digest: '' };
      kit.savePhoto(photo).then(function () {
        showPicture(photo);
        return changed();
      }, function () { say(kit.say('notSaved')); });
    };
    reader.readAsDataURL(file);
  }

  // --- sending
  function heard(result) {
    if (result.state === 'stored') {
      say(kit.say('stored'));
      location.replace(result.href ? result.href + '?done=' + own.done : location.href);
    } else if (result.state === 'sign-in') {
      say(kit.say('signIn') + ' ');
      var link = state.appendChild(document.createElement('a'));
      link.href = here.signIn;
      link.textContent = kit.say('signInLink');
    } else if (result.state === 'other') {
      say(kit.say('other', kept.account));
    } else if (result.state === 'refused') {
      say('');
      kept.state = own.refused(result);
      kept.message = result.message;
      keep();
    } else {
      say(kit.say('kept'));
      timer = setTimeout(ask, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }
  function ask() {
    clearTimeout(timer);
    // What was changed since it was to be sent waits until somebody sends it again.
    if (sending || kept.state !== 'ready') return;
    sending = button.disabled = true;
    say(kit.say('sending'));
    kit.send(kept).then(function (result) {
      sending = button.disabled = false;
      heard(result);
    });
  }
  function submit(event) {
    event.preventDefault();
    if (!kept || own.wrong()) return;
    tell('decided', kept.answers);
    kept.state = 'ready';
    kept.message = '';
    keep().then(ask);
  }

  // --- start
  form.addEventListener('submit', submit);
  ['change', 'input'].forEach(function (name) {
    form.addEventListener(name, function (event) {
      if (!kept) return;
      if (event.target.type !== 'file') changed();
      else if (name === 'change') take(event.target);
    });
  });
  addEventListener('online', function () { if (kept) ask(); });
  kit.prepare(here.worker);
  kit.draft(own.key).then(function (found) {
    kept = found || { key: own.key, account: here.account, task: here.task, id: form.elements.id.value, title: here.title, state: 'draft', message: '', answers: {} };
    if (own.kind) kept.kind = own.kind;
    // Addresses are of today's server; a draft may be older than they are.
    kept.url = location.pathname;
    kept.photosUrl = here.photos;
    kept.sessionUrl = here.session;
    form.elements.id.value = kept.id;
    if (!found) return tell('fresh');
    own.restore(kept.answers);
    return kit.photos(own.key).then(function (photos) { photos.forEach(showPicture); });
  }).then(function () {
    tell('ready');
    if (kept.message) own.complain(kept.message);
    ask();
  }, function () { say(kit.say('notSaved')); });
  return { keep: keep, say: say };
};
