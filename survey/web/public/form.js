// What a script adds to the form, which works without it: pages, hidden conditions, a draft on the
// phone, safe sending. Written for Chromium 69 and WeChat: no ?., no ??, no crypto.subtle (missing
// on plain http). Texts stand in the page, so that this file is the same for every form.
(function () {
  'use strict';
  var doc = document, root = doc.documentElement, form = doc.forms[0], box = doc.querySelector('.p');
  var byId = function (id) { return doc.getElementById(id) };
  var all = function (selector, within) { return [].slice.call((within || form).querySelectorAll(selector)) };
  var pages = all('section'), fields = all('.q input,.q select,textarea');
  var action = form.getAttribute('action'), code = action.split('?')[0].slice(-8), key = 'pingyi:' + code;
  var hidden = function (name) { return form.querySelector('[name=' + name + ']') };
  var ik = hidden('ik'), signals = hidden('signals'), work = hidden('pow') ? hidden('pow').dataset.w : '', at = 0, since = Date.now();
  var get = outbox.get, put = outbox.put, DAY = 864e5;
  function toggle(element, name, on) { element.classList[on ? 'add' : 'remove'](name) }
  // The text that an element came with.
  function first(element) { return element.first || (element.first = element.textContent) }
  function turn(element) {
    element.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  function isAnswer(f) { return !/radio|checkbox/.test(f.type) || f.checked }
  function fill(text, numbers) { return text.replace(/%/g, function () { return numbers.shift() }) }
  function random(length) {
    var numbers = crypto.getRandomValues(new Uint8Array(length)), text = '';
    for (var i = 0; i < length; i++) text += outbox.sums.alphabet[numbers[i] & 31];
    return text;
  }

  function holds(data, answers, current) { return expressions.truth(expressions.evaluate(JSON.parse(data), answers, current)) }

  // --- what is asked, and what is missing
  function nameOf(question) { return question.id.slice(2) }
  var own = function (question) { return fields.filter(function (f) { return f.name === nameOf(question) }) };
  function given(question) {
    return own(question).filter(isAnswer).map(function (f) { return f.value.trim() }).join(' ');
  }
  function route() {
    var answers = {};
    all('.q').forEach(function (q) {
      var when = q.dataset.r, on = !when || holds(when, answers, '');
      toggle(q, 'gone', !on);
      if (on && q.id) answers[nameOf(q)] = given(q);
      var sum = on && q.dataset.k; // only: sums
      if (q.tagName === 'P') q.hidden = false; // only: sums
      if (sum) answers[q.dataset.v] = expressions.text(expressions.evaluate(JSON.parse(sum), answers, '')).replace('NaN', ''); // only: sums
    });
    all('[data-i]').forEach(function (b) { b.textContent = answers[b.dataset.i] || '' }); // only: sums
    return answers;
  }
  function count() {
    all('[data-n]').forEach(function (b) {
      var most = +b.dataset.n, n = Array.from(b.parentNode.previousSibling.value).length, rest = first(b);
      b.textContent = n > most ? fill(b.dataset.o, [n - most]) : n ? fill(b.dataset.t, [n, most - n]) : rest;
    });
  }
  function faults(page) {
    var answers = route();
    return all('.q[id]', page).filter(function (q) {
      var value = answers[nameOf(q)], rule = q.dataset.c, message = q.querySelector('.er');
      var bad = value === '' && 'm' in q.dataset;
      message.textContent = first(message);
      if (value && rule && !holds(rule, answers, value)) bad = true, message.textContent = q.dataset.cm || first(message);
      toggle(q, 'bad', bad);
      return bad;
    });
  }
  function list(page, found, note) {
    var es = byId('es');
    toggle(es, 'on', note || found.length);
    page.insertBefore(es, page.querySelector('h2').nextSibling);
    es.innerHTML = '<b></b>';
    es.firstChild.textContent = note || fill(es.dataset.t, [found.length]);
    found.forEach(function (q) {
      var a = doc.createElement('a'), label = q.querySelector('legend,label').cloneNode(true);
      all('small,.v', label).forEach(function (s) { s.remove() });
      a.href = '#' + q.id;
      a.textContent = label.textContent;
      es.appendChild(a);
    });
    return found.length;
  }
  function summarise(page) { return list(page, faults(page)) }
  function complain(page) {
    var n = summarise(page);
    if (n) turn(byId('es'));
    return n;
  }

  // --- the draft: on this phone only, a day long, never a telephone number
  function entered(withNumber) {
    return fields.filter(function (f) { return f.value && f.type !== 'file' && (withNumber || f.type !== 'tel') && isAnswer(f) })
      .map(function (f) { return [f.name, f.value] });
  }
  function save() { put(key, JSON.stringify({ t: Date.now(), s: since, k: ik.value, v: entered() })) }
  function load(draft, refused) {
    since = draft.s;
    if (refused) return;
    ik.value = draft.k;
    draft.v.forEach(function (pair) {
      fields.forEach(function (f) {
        if (f.name !== pair[0]) return;
        if (/radio|checkbox/.test(f.type)) f.checked = f.checked || f.value === pair[1];
        else if (!f.defaultValue) f.value = pair[1];
      });
    });
  }

  // --- pages
  function show(n, quiet) {
    at = n;
    pages.forEach(function (p, i) { toggle(p, 'on', i === n) });
    toggle(box, 'c0', n === 0);
    toggle(box, 'cz', n === pages.length - 1);
    var pn = byId('pn');
    first(pn);
    pn.textContent = n ? fill(pn.dataset.t, [n, pages.length - 1]) : pn.first;
    byId('pb').value = n;
    toggle(byId('es'), 'on', false);
    if (quiet) return;
    var h = pages[n].querySelector('h2');
    h.tabIndex = -1;
    turn(h);
  }
  function go(n) {
    history.pushState({ p: n }, '');
    show(n);
  }
  // One page on or back; a page on which nothing is asked after these answers is passed over.
  function move(by) {
    var n = at + by;
    while (n > 0 && n < pages.length - 1 && !all('.q:not(.gone):not(i)', pages[n]).length) n += by;
    go(n);
  }

  // --- sending: only our own server's word on this very page counts; until then it is tried again
  var wait = 2000, timer = 0, sending = false, sent = false, record = null;
  function idle() {
    sending = false;
    byId('sb').textContent = byId('sb').first;
  }
  function failed(said) {
    idle();
    toggle(byId('net'), 'on', true);
    byId('nt').textContent = said && said.title || byId('nt').dataset.t;
    timer = setTimeout(send, wait);
    wait = Math.min(wait * 2, 60000);
  }
  // What the server would not have: errors by question, or words about the whole.
  function refuse(reply) {
    idle();
    put(out(), null);
    toggle(byId('net'), 'on', false);
    if (reply.final || reply.again) {
      // It says that best on a page of its own.
      if (!reply.final) save();
      return outbox.solve(code, ik.value, work, function (proof) {
        if (proof) hidden('pow').value = proof;
        HTMLFormElement.prototype.submit.call(form);
      });
    }
    save();
    if (reply.asked) signals.value = 'asked ' + signals.value;
    var page = pages.length - 1;
    pages.forEach(function (p, i) {
      all('.q[id]', p).forEach(function (q) {
        var text = reply.errors[nameOf(q)];
        if (!text) return;
        toggle(q, 'bad', true);
        q.querySelector('.er').textContent = text;
        if (page > i) page = i;
      });
    });
    if (page !== at) go(page);
    list(pages[page], all('.bad', pages[page]), reply.note);
    turn(byId('es'));
  }
  function out() { return outbox.name(record || { c: code, k: ik.value }) }
  function hand() {
    if (sending) return;
    outbox.own = ik.value;
    var receipt = random(12), kept, full;
    var hash = outbox.sums.hash(['rcpt', form.dataset.e, code, receipt].join('|'));
    var own = [['fv', hidden('fv').value], ['ik', ik.value], ['receipt', hash], ['sec', Math.round((Date.now() - since) / 1000)], ['signals', signals.value]];
    if (hidden('ticket')) own.push(['ticket', hidden('ticket').value]);
    record = { a: action, c: code, k: ik.value, r: receipt, w: work, s: since, v: own.concat(entered(true)) };
    full = record.v.length;
    kept = JSON.parse(JSON.stringify(record));
    kept.v = own.concat(entered());
    kept.n = kept.v.length < full;
    var file = fields.filter(function (f) { return f.files && f.files[0] })[0]; // only: picture
    if (file) kept.f = kept.n = true, record.p = [file.name, file.small || file.files[0]]; // only: picture
    put(out(), JSON.stringify(kept));
    put(key, null);
    toggle(byId('net'), 'stay', kept.n || !get(out()));
    send();
  }
  function send() {
    if (sending) return;
    var button = byId('sb'), mine = record;
    sending = true;
    clearTimeout(timer);
    first(button);
    button.textContent = button.dataset.w;
    outbox.solve(code, mine.k, work, function () {
      button.textContent = button.dataset.t;
      outbox.send(mine, function (reply, said) {
        if (!reply || mine !== record) failed(said);
        else if (!reply.taken) refuse(reply);
        else thank();
      });
    });
  }
  function thank() {
    sent = true;
    location.replace(outbox.thanks(record || { a: action }));
  }
  function submit() {
    for (var i = 1; i < pages.length; i++) {
      if (faults(pages[i]).length) {
        if (i !== at) go(i);
        complain(pages[i]);
        return;
      }
    }
    hand();
  }

  // --- start: a form that came back, one that still lacks something, a draft, or a fresh one
  var refused = byId('es').classList.contains('on'), draft = outbox.read(key), late = null;
  root.className = 'js';
  toggle(pages[0], 'gone', false);
  outbox.all().forEach(function (r) { if (r.c === code && (r.n || r.e)) late = r });
  if (late && !refused) load(late);
  else if (draft && draft.k && Date.now() - draft.t < DAY) load(draft, refused);
  else {
    put(key, null);
    if (!refused) ik.value = random(26);
  }
  var before = (get(key + ':receipt') || '').split(' ').length;
  if (get(key + ':receipt')) {
    toggle(byId('old'), 'gone', false);
    byId('on').textContent = before;
    signals.value = (signals.value + ' dup').trim();
  }
  route();
  count();
  history.replaceState({ p: 0 }, '');
  show(0, true);
  outbox.deliver(code);
  var big = byId('big');
  big.checked = get('pingyi:big') === '1';
  big.onchange = function () { put('pingyi:big', big.checked ? '1' : null) };
  form.addEventListener('change', function (event) {
    var t = event.target, question = t.closest('.q[id]'), only = question && question.dataset.x;
    if (only && t.checked) own(question).forEach(function (f) { if ((t.value === only) !== (f.value === only)) f.checked = false });
    route();
    save();
    if (byId('es').classList.contains('on')) summarise(pages[at]);
  });
  form.addEventListener('input', function () { count(); save() });
  form.addEventListener('submit', function (event) { event.preventDefault(); submit() });
  byId('go').onclick = function (event) {
    event.preventDefault();
    outbox.solve(code, ik.value, work, function () {});
    go(1);
  };
  byId('pv').onclick = function () { move(-1) };
  byId('nx').onclick = function () { if (!complain(pages[at])) move(1) };
  byId('rt').onclick = send;
  addEventListener('popstate', function (event) { if (event.state) show(event.state.p) });
  // Who comes back from the thanks page finds an empty form, not the one that was sent.
  addEventListener('pageshow', function (event) { if (event.persisted && sent) location.reload() });
  addEventListener('online', function () { if (byId('net').classList.contains('on')) send() });
  // The same form in two tabs is one page: what was typed last is the draft, and it is sent once.
  addEventListener('storage', function (event) {
    var other = event.key === key && outbox.read(key);
    if (other && !record) ik.value = other.k;
    if (event.key === out() && !event.newValue && outbox.isKept(JSON.parse(event.oldValue))) thank();
  });
  if (refused) {
    for (var i = 1; i < pages.length; i++) {
      if (pages[i].querySelector('.bad')) break;
    }
    i = Math.min(i, pages.length - 1);
    pages[i].insertBefore(byId('es'), pages[i].querySelector('h2').nextSibling);
    go(i);
    toggle(byId('es'), 'on', true);
    turn(byId('es'));
  } else if (late) {
    put(out(), null);
    show(pages.length - 1, true);
    var lost = late.f && form.querySelector('[type=file]'); // only: picture
    if (lost) return show(pages.indexOf(lost.closest('section')), true), list(pages[at], [], lost.dataset.lost); // only: picture
    submit();
  }
})();
