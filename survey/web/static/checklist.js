// A checklist in the hand: what does not apply is hidden, the score is counted along, and what is
// missing is named point by point; it is kept and sent as every sheet is.
(function () {
  'use strict';
  var kit = window.checklists, form = document.getElementById('checklist'), here = form.dataset;
  var all = function (selector, root) { return [].slice.call((root || form).querySelectorAll(selector)); };
  if ('done' in here) return;
  var questions = all('[data-q]'), left = document.getElementById('left'), pictures = {}, sheet;

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

  // --- as every sheet
  function answers() {
    var found = {};
    questions.forEach(function (q) {
      var values = given(q.dataset.q);
      if (values.length) found[q.dataset.q] = values;
    });
    return found;
  }
  function restore(kept) {
    Object.keys(kept).forEach(function (code) {
      all('[name="' + code + '"]').forEach(function (f) {
        if (f.type === 'file') return;
        if (/radio|checkbox/.test(f.type)) f.checked = kept[code].indexOf(f.value) >= 0;
        else f.value = kept[code][0];
      });
    });
  }
  function place(item) {
    var q = document.getElementById('q-' + item);
    return q && q.querySelector('.shots');
  }
  function pictured(item, photo) {
    if (photo) pictures[item] = photo;
    else delete pictures[item];
  }
  function wrong() {
    var codes = faults();
    complain(codes, '');
    return codes.length > 0;
  }
  function refused(result) {
    var codes = Object.keys(result.faults).filter(function (code) { return document.getElementById('q-' + code); });
    codes.forEach(function (code) {
      document.getElementById('q-' + code).classList.add('bad');
      document.getElementById('q-' + code).querySelector('.why-bad').textContent = result.faults[code];
    });
    complain(codes, result.message);
    return result.code === 'ANSWERS_REFUSED' ? 'draft' : 'refused';
  }
  function fresh() {
    all('input[type=datetime-local]').forEach(function (f) {
      var now = new Date();
      if (!f.value) f.value = new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
    });
  }

  form.classList.add('live');
  all('[data-place]').forEach(function (button) {
    if (!navigator.geolocation) return;
    button.classList.remove('gone');
    button.onclick = function () {
      navigator.geolocation.getCurrentPosition(function (at) {
        var where = at.coords;
        button.parentNode.querySelector('input').value = [where.latitude.toFixed(6), where.longitude.toFixed(6), '0', Math.round(where.accuracy)].join(' ');
        sheet.keep();
      }, function () { sheet.say(kit.say('noPlace')); }, { timeout: 15000 });
    };
  });
  sheet = kit.sheet(form, {
    key: here.account + ':' + here.task, done: 'handed', answers: answers, restore: restore, place: place,
    name: function (item) { return named(document.getElementById('q-' + item)); }, wrong: wrong, refused: refused,
    complain: function (text) { complain([], text); }, pictured: pictured, changed: mended, fresh: fresh, ready: route
  });
})();
